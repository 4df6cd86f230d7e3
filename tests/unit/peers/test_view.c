/* Rows: order, filters, columns that leave, letters of flags. */
#include <errno.h>
#include <stdlib.h>

#include "base/country.h"
#include "base/str.h"
#include "base/text.h"
#include "peers/view.h"
#include "peers/view_filter.h"
#include "peers/view_table.h"
#include "random.h"
#include "tap.h"

enum { WALL = 1795266030, MANY = 200000 };

static struct located find(void *context, const struct ip *ip)
{
	static const char *const codes[] = {"IT", "DE", "FR", "US", "??"};

	(void)context;
	return (struct located){.country = country_by_code(codes[ip->b[15] % 5], 2)};
}

/* Tables and all that a view needs around them. */
struct fixture {
	struct fold *fold;
	struct clients *clients;
	struct source_status source;
	struct scene scene;
	struct answer answer;
};

static void fixture_init(struct fixture *x)
{
	*x = (struct fixture){
		.fold = fold_new(1000000, (struct fold_locator){find, NULL, NULL}),
		.clients = clients_new(),
	};
	x->scene = (struct scene){.fold = x->fold,
				  .clients = x->clients,
				  .sources = &x->source,
				  .source_count = 1,
				  .now = {0, WALL + 60}};
	answer_init(&x->answer);
}

static void fixture_done(struct fixture *x)
{
	answer_done(&x->answer);
	fold_free(x->fold);
	clients_free(x->clients);
}

static struct sighting *add(struct fixture *x, const char *address, const char *client, uint32_t up, unsigned flags)
{
	struct sighting *s = answer_sighting(&x->answer);

	ip_parse(address, strlen(address), &s->ip);
	s->client = clients_number(x->clients, (struct rpcslice){client, strlen(client)});
	s->rate_up = up;
	s->flags = (uint16_t)flags;
	s->progress = flags & PEER_SEED ? 1000 : 250;
	return s;
}

static void poll(struct fixture *x, const char *torrent, int64_t wall)
{
	struct answer_torrent *t = answer_torrent(&x->answer);

	memset(t->hash, torrent[0], sizeof(t->hash));
	t->name = strdup(torrent);
	fold_answer(x->fold, 0, &x->answer, (struct fold_time){(wall - WALL) * 1000 + 1000000, wall, 13});
	fold_recount(x->fold, wall);
	answer_reset(&x->answer);
}

/* 10.0.0.N has country N % 5. One peer of the first poll is gone in the second. */
static void five_peers(struct fixture *x)
{
	fixture_init(x);
	add(x, "1.0.0.9", "Deluge 2.1.1", 50, PEER_ENCRYPTED);
	poll(x, "one", WALL - 120);
	add(x, "1.0.0.5", "qBittorrent 4.5.2", 2000, PEER_ENCRYPTED | PEER_UTP | PEER_UTP_KNOWN);
	add(x, "1.0.0.1", "qBittorrent 4.6.0", 30000, PEER_INCOMING | PEER_UPLOADING);
	add(x, "1.0.0.2", "", 10000, PEER_SEED);
	add(x, "2001:db9::3", "Transmission 3.00", 0, PEER_ENCRYPTED | PEER_SEED);
	poll(x, "one", WALL);
}

/* The first column of all rows, with blanks between. */
static const char *rows_text(struct view *v, const struct scene *scene, char text[1024])
{
	char cell[VIEW_CELL];
	size_t at = 0;

	view_update(v, scene);
	text[0] = '\0';
	for (uint32_t i = 0; i < v->count; i++)
		at += (size_t)snprintf(text + at, 1024 - at, "%s%s", i ? " " : "", view_cell(v, 0, v->rows[i], cell));
	return text;
}

static void test_sort(void)
{
	static const struct {
		const char *column;
		bool reverse;
		const char *want;
	} cases[] = {
		{"rate-up", false, "1.0.0.1 1.0.0.2 1.0.0.5 2001:db9::3 1.0.0.9"},
		{"rate-up", true, "2001:db9::3 1.0.0.5 1.0.0.2 1.0.0.1 1.0.0.9"},
		{"address", false, "1.0.0.1 1.0.0.2 1.0.0.5 2001:db9::3 1.0.0.9"},
		{"address", true, "2001:db9::3 1.0.0.5 1.0.0.2 1.0.0.1 1.0.0.9"},
		{"client", false, "1.0.0.5 1.0.0.1 2001:db9::3 1.0.0.2 1.0.0.9"},
		{"country-name", false, "1.0.0.2 1.0.0.1 1.0.0.5 2001:db9::3 1.0.0.9"},
		{"progress", false, "1.0.0.2 2001:db9::3 1.0.0.5 1.0.0.1 1.0.0.9"},
	};
	struct fixture x;
	struct view v;
	char text[1024];

	five_peers(&x);
	view_init(&v, VIEW_PEERS);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		view_sort(&v, view_column(&v, cases[i].column), cases[i].reverse);
		is_str(rows_text(&v, &x.scene, text), cases[i].want, "by %s%s; who is gone comes last", cases[i].column,
		       cases[i].reverse ? ", reversed" : "");
		is_int(v.live, 4, "four of five are connected");
	}
	v.limit = 2;
	view_sort(&v, view_column(&v, "rate-up"), false);
	is_str(rows_text(&v, &x.scene, text), "1.0.0.1 1.0.0.2", "only the best two");
	v.limit = 0;
	v.hide = true;
	view_touch(&v);
	is_str(rows_text(&v, &x.scene, text), "1.0.x.x 1.0.x.x 1.0.x.x 2001:db9:x 1.0.x.x", "addresses hidden");
	view_done(&v);
	fixture_done(&x);
}

static void test_filter(void)
{
	static const struct {
		const char *filter, *want;
	} cases[] = {
		{"", "1.0.0.1 1.0.0.2 1.0.0.5 2001:db9::3 1.0.0.9"},
		{"country=IT", "1.0.0.5"},
		{"country=italy", "1.0.0.5"},
		{"client~qbit rate-up>10k", "1.0.0.1"},
		{"client~QBIT", "1.0.0.1 1.0.0.5"},
		{"seeding", "1.0.0.2 2001:db9::3"},
		{"seeding ipv6", "2001:db9::3"},
		{"not connected", "1.0.0.9"},
		{"last-seen>1m", "1.0.0.9"},
		{"progress<50%", "1.0.0.1 1.0.0.5 1.0.0.9"},
		{"encrypted or incoming", "1.0.0.1 1.0.0.5 2001:db9::3 1.0.0.9"},
		{"2001", "2001:db9::3"},
		{"flags~UK", "1.0.0.1"},
		{"city=Rome", ""},
		{"city!=Rome", ""},
	};
	struct fixture x;
	struct view v;
	char text[1024];
	struct err err = {.msg = ""};
	unsigned column = 0;

	five_peers(&x);
	view_init(&v, VIEW_PEERS);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_int(view_filter(&v, cases[i].filter, NULL, &err, &column), 0, "'%s' is a filter", cases[i].filter);
		is_str(rows_text(&v, &x.scene, text), cases[i].want, "'%s' finds them", cases[i].filter);
		is_int(v.all, 5, "of five");
	}
	view_filter(&v, "country=IT", NULL, &err, &column);
	is_int(view_filter(&v, "rate-up>10k nonsense=5", NULL, &err, &column), -EINVAL, "no such column");
	is_int(column, 13, "the mistake's column");
	ok(strstr(err.msg, "column 13") != NULL, "and message: %s", err.msg);
	is_str(rows_text(&v, &x.scene, text), "1.0.0.5", "the old filter stays");
	view_done(&v);
	fixture_done(&x);
}

static void test_others(void)
{
	struct fixture x;
	struct view v;
	char text[1024], cell[VIEW_CELL];

	five_peers(&x);
	view_init(&v, VIEW_COUNTRIES);
	view_sort(&v, view_column(&v, "sightings"), false);
	rows_text(&v, &x.scene, text);
	is_int(v.count, 5, "countries");
	is_int(view_number(&v, view_column(&v, "share"), v.rows[0]), 250, "a quarter of the connections");
	view_done(&v);
	view_init(&v, VIEW_CLIENTS);
	is_str(rows_text(&v, &x.scene, text), "qBittorrent Unknown Transmission Deluge", "families");
	is_int(view_number(&v, view_column(&v, "versions"), v.rows[0]), 2, "of two versions");
	is_str(view_cell(&v, view_column(&v, "rate-up"), v.rows[0], cell), "32 kB", "rates are summed");
	view_done(&v);
	view_init(&v, VIEW_VERSIONS);
	view_scope(
		&v, VIEW_ALL,
		clients_get(x.clients, clients_number(x.clients, (struct rpcslice){"qBittorrent 4.6.0", 17}))->family);
	is_str(rows_text(&v, &x.scene, text), "qBittorrent 4.5.2 qBittorrent 4.6.0", "versions of one");
	view_done(&v);
	view_init(&v, VIEW_TORRENTS);
	is_str(rows_text(&v, &x.scene, text), "one", "torrents");
	view_done(&v);
	view_init(&v, VIEW_CITIES);
	view_scope(&v, VIEW_OF_COUNTRY, country_by_code("IT", 2));
	is_str(rows_text(&v, &x.scene, text), "(city unknown)", "cities without a database");
	view_done(&v);
	view_init(&v, VIEW_PEERS);
	view_scope(&v, VIEW_OF_COUNTRY, country_by_code("DE", 2));
	is_str(rows_text(&v, &x.scene, text), "1.0.0.1", "peers of a country");
	view_scope(&v, VIEW_OF_TORRENT, 0);
	view_touch(&v);
	rows_text(&v, &x.scene, text);
	is_int(v.count, x.fold->torrents[0].sightings == 5 ? 4 : 0, "peers of a torrent: those that are in it now");
	view_done(&v);
	fixture_done(&x);
}

static void test_fit(void)
{
	bool fits = true, titles = true, first = true;

	for (int kind = 0; kind < VIEW_KINDS; kind++) {
		struct view v;
		int widths[VIEW_COLUMNS], before = 0;

		view_init(&v, (enum view_kind)kind);
		for (int w = 0; w < 300; w++) {
			int total = 0, shown = 0;

			view_fit(&v, w, widths);
			for (unsigned i = 0; i < v.table->column_count; i++) {
				total += widths[i] ? widths[i] + (total > 0) : 0;
				shown += widths[i] > 0;
			}
			fits = fits && total <= w;
			first = first && (w == 0 || widths[0] > 0);
			before = shown;
		}
		is_int(before, v.table->column_count, "all %s columns at 300", v.table->noun);
		for (unsigned i = 0; i < v.table->column_count; i++)
			titles = titles &&
				 text_cols(v.table->columns[i].title) + (v.table->columns[i].format != VIEW_TEXT) <=
					 v.table->columns[i].min;
		view_done(&v);
	}
	ok(fits, "never wider than the screen");
	ok(first, "the first column is always there");
	ok(titles, "titles of numbers fit, with the mark of the order");
}

static void test_flags(void)
{
	static const struct {
		unsigned flags;
		const char *want;
	} cases[] = {
		{PEER_CHOKES_US | PEER_CHOKED, ""},
		{0, "K?"},
		{PEER_UTP | PEER_OPTIMISTIC | PEER_DOWNLOADING | PEER_WE_WANT | PEER_UPLOADING | PEER_WANTS |
			 PEER_ENCRYPTED |
			 PEER_FROM_DHT | PEER_INCOMING,
		 "TODUEHI"},
		{PEER_WE_WANT | PEER_WANTS | PEER_CHOKES_US | PEER_CHOKED | PEER_FROM_PEX, "duX"},
		{PEER_CHOKED | PEER_ENCRYPTED, "KE"},
		{PEER_CHOKES_US, "?"},
	};
	char letters[VIEW_FLAGS];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		view_flags((uint16_t)cases[i].flags, letters);
		is_str(letters, cases[i].want, "flags %#x", cases[i].flags);
	}
}

static void test_many(void)
{
	struct random r = {7};
	struct fixture x;
	struct view v;
	int64_t start, sorted, again;
	bool falls = true;

	fixture_init(&x);
	for (uint32_t i = 0; i < MANY; i++) {
		struct sighting *s = answer_sighting(&x.answer);

		s->ip = ip_from_v4(0x20000000 + i);
		s->rate_up = random_below(&r, 1000);
	}
	poll(&x, "many", WALL);
	view_init(&v, VIEW_PEERS);
	start = clock_mono_us();
	view_update(&v, &x.scene);
	sorted = clock_mono_us();
	for (int i = 0; i < 1000; i++)
		view_update(&v, &x.scene);
	again = clock_mono_us();
	for (uint32_t i = 1; i < v.count; i++)
		falls = falls && view_number(&v, v.sort, v.rows[i - 1]) >= view_number(&v, v.sort, v.rows[i]);
	ok(v.count == MANY && falls, "%d peers in order", MANY);
	ok(again - sorted < sorted - start, "nothing is sorted again while nothing has changed");
	printf("# sorted in %lld ms\n", (long long)(sorted - start) / 1000);
	view_done(&v);
	fixture_done(&x);
}

int main(void)
{
	test_sort();
	test_filter();
	test_others();
	test_fit();
	test_flags();
	test_many();
	return tap_done();
}
