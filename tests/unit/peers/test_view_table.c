/* peers/view_table.c: that each table makes sense, the letters of all flags, and rows that are sums. */
#include "peers/view_table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "folded.h"
#include "peers/view_filter.h"
#include "tap.h"

enum { WALL = 1795266030 };

/* --- the tables --- */

static bool is_key(const char *key)
{
	return key[0] && strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(key);
}

static void check_column(const struct view_table *t, unsigned i)
{
	const struct view_column *c = &t->columns[i];
	unsigned twins = 0, leavers = 0;

	ok(is_key(c->key), "%s.%s: its key is small letters and -", t->noun, c->key);
	ok(c->number || c->text, "it has a number or a text");
	ok(c->format != VIEW_TEXT || c->text, "a text has one");
	ok(c->format == VIEW_TEXT || c->number, "and a number has one");
	ok(c->format < VIEW_FORMATS, "its format is one");
	ok(c->min > 0 && c->min <= c->want && c->want <= c->max, "its widths grow");
	ok(!c->hidden || c->text, "what is hidden is a text");
	for (unsigned j = 0; j < t->column_count; j++) {
		twins += strcmp(t->columns[j].key, c->key) == 0;
		leavers += c->drop && t->columns[j].drop == c->drop;
	}
	for (unsigned j = 0; j < t->flag_count; j++)
		twins += strcmp(t->flags[j].key, c->key) == 0;
	is_int(twins, 1, "nothing else has its key");
	ok(leavers <= 1, "nothing else leaves at the same time");
	ok(c->other < t->column_count && (!c->other || t->columns[c->other].text), "its other text is one");
}

static void check_table(const struct view_table *t)
{
	ok(t->noun && is_key(t->noun), "%s: the noun", t->noun);
	ok(t->column_count > 0 && t->column_count <= VIEW_COLUMNS, "a number of columns that fits");
	ok(t->columns[t->column_count - 1].key && (t->column_count == VIEW_COLUMNS || !t->columns[t->column_count].key),
	   "is that of the columns that there are");
	ok(t->columns[0].drop == 0 && t->columns[0].text, "the first one stays, and is a text");
	ok(t->sort < t->column_count, "it is sorted by a column");
	ok(t->tie < t->column_count && t->columns[t->tie].number, "and between equals by a number");
	ok(t->collect && t->live, "it has rows, and knows which are of now");
	for (unsigned i = 0; i < t->column_count; i++)
		check_column(t, i);
	for (unsigned i = 0; i < t->flag_count; i++)
		ok(is_key(t->flags[i].key) && t->flags[i].is, "flag %s", t->flags[i].key);
}

/* Every column and every flag is a word of the filter. */
static void check_filters(enum view_kind kind)
{
	struct view v;
	char text[128];
	struct err err = {""};

	view_init(&v, kind);
	for (unsigned i = 0; i < v.table->column_count; i++) {
		const struct view_column *c = &v.table->columns[i];

		snprintf(text, sizeof(text), "%s%s", c->key, c->format == VIEW_TEXT ? "~x" : ">0");
		is_int(view_filter(&v, text, NULL, &err, NULL), 0, "%s: /%s/ %s", v.table->noun, text, err.msg);
	}
	for (unsigned i = 0; i < v.table->flag_count; i++) {
		snprintf(text, sizeof(text), "not %s or %s=no", v.table->flags[i].key, v.table->flags[i].key);
		is_int(view_filter(&v, text, NULL, &err, NULL), 0, "%s: /%s/ %s", v.table->noun, text, err.msg);
	}
	if (v.table->has_tag)
		is_int(view_filter(&v, "not tag('vpn')=yes", NULL, &err, NULL), -EINVAL, "%s: a tag of no list",
		       v.table->noun);
	view_done(&v);
}

static void test_tables(void)
{
	for (int kind = 0; kind < VIEW_KINDS; kind++) {
		check_table(view_table((enum view_kind)kind));
		check_filters((enum view_kind)kind);
	}
}

/* --- flags --- */

/* The position of a letter in the order of flagStr, -1 if it is none. */
static int rank(char letter)
{
	const char *order = "TODdUuK?EHXI", *at = letter ? strchr(order, letter) : NULL;

	return at ? (int)(at - order) : -1;
}

static bool has(const char *letters, char letter)
{
	return strchr(letters, letter) != NULL;
}

/* The words of Transmission's documentation for one letter each. */
static bool letters_right(unsigned flags, const char *l)
{
	bool d = flags & PEER_DOWNLOADING, w = flags & PEER_WE_WANT, u = flags & PEER_UPLOADING, i = flags & PEER_WANTS;

	return has(l, 'D') == d && has(l, 'd') == (w && !d) && has(l, 'U') == u && has(l, 'u') == (i && !u) &&
	       has(l, 'K') == (!(flags & PEER_CHOKES_US) && !w) && has(l, '?') == (!(flags & PEER_CHOKED) && !i) &&
	       has(l, 'T') == !!(flags & PEER_UTP) && has(l, 'O') == !!(flags & PEER_OPTIMISTIC) &&
	       has(l, 'E') == !!(flags & PEER_ENCRYPTED) && has(l, 'I') == !!(flags & PEER_INCOMING) &&
	       has(l, 'H') == !!(flags & PEER_FROM_DHT) && has(l, 'X') == (flags & PEER_FROM_PEX && !has(l, 'H'));
}

static void test_all_flags(void)
{
	unsigned ordered = 0, right = 0, inside = 0;

	for (unsigned flags = 0; flags <= UINT16_MAX; flags++) {
		char letters[VIEW_FLAGS + 1];
		bool rises = true;

		memset(letters, '#', sizeof(letters));
		view_flags((uint16_t)flags, letters);
		inside += letters[VIEW_FLAGS] == '#' && memchr(letters, '\0', VIEW_FLAGS);
		letters[VIEW_FLAGS - 1] = '\0';
		for (size_t i = 0; letters[i]; i++)
			rises = rises && rank(letters[i]) > (i ? rank(letters[i - 1]) : -1);
		ordered += rises;
		right += letters_right(flags, letters);
	}
	is_int(inside, 65536, "the letters of all 65,536 sets of flags have room");
	is_int(ordered, 65536, "are those of flagStr in its order");
	is_int(right, 65536, "and mean what they are said to");
}

/* --- rows --- */

struct world {
	unsigned turn;
	struct fold *fold;
	struct clients *clients;
	struct scene scene;
	struct answer answer;
};

static void world_init(struct world *w)
{
	*w = (struct world){.clients = clients_new()};
	w->fold = folded_new(100000, &w->turn);
	w->scene = (struct scene){.fold = w->fold, .clients = w->clients, .now = {0, WALL}};
	answer_init(&w->answer);
}

static void world_done(struct world *w)
{
	answer_done(&w->answer);
	fold_free(w->fold);
	clients_free(w->clients);
}

static void world_answer(struct world *w, unsigned source, int64_t wall)
{
	fold_answer(w->fold, source, &w->answer, (struct fold_time){(wall - WALL) * 1000 + 1000000, wall, 13});
	fold_recount(w->fold, wall);
	answer_reset(&w->answer);
}

static uint32_t client(struct world *w, const char *name)
{
	return clients_number(w->clients, (struct rpcslice){name, strlen(name)});
}

static const char *rows_text(struct view *v, const struct scene *scene, char text[1024])
{
	char cell[VIEW_CELL];
	size_t at = 0;

	view_update(v, scene);
	text[0] = '\0';
	for (uint32_t i = 0; i < v->count; i++)
		at += (size_t)snprintf(text + at, 1024 - at, "%s%s", i ? ", " : "", view_cell(v, 0, v->rows[i], cell));
	return text;
}

static uint64_t number_at(struct view *v, const char *key, uint32_t place)
{
	return view_number(v, view_column(v, key), v->rows[place]);
}

/* One torrent at two daemons, and a peer that both of them have. */
static void two_daemons(struct world *w)
{
	add_torrent(&w->answer, 1, "one");
	add_peer(&w->answer, IP4(20, 1, 0, 1), client(w, "qBittorrent 4.5"))->rate_up = 100;
	add_peer(&w->answer, IP4(20, 1, 0, 2), client(w, "qBittorrent 4.6"))->rate_up = 10;
	add_torrent(&w->answer, 2, "");
	add_peer(&w->answer, IP4(20, 2, 0, 3), client(w, "Deluge 2"));
	world_answer(w, 0, WALL - 60);
	add_torrent(&w->answer, 1, "one");
	add_peer(&w->answer, IP4(20, 1, 0, 1), client(w, "qBittorrent 4.5"))->rate_up = 1000;
	world_answer(w, 1, WALL - 50);
}

static void test_torrent_peers(void)
{
	struct world w;
	struct view v;
	char text[1024];

	world_init(&w);
	two_daemons(&w);
	view_init(&v, VIEW_TORRENTS);
	is_str(rows_text(&v, &w.scene, text), "one, (no name)", "torrents, one of them without a name");
	is_int(number_at(&v, "peers", 0), 3, "entries of both daemons");
	view_done(&v);
	for (uint32_t t = 0; t < w.fold->torrent_count; t++) {
		bool one = w.fold->torrents[t].name && strcmp(w.fold->torrents[t].name, "one") == 0;

		if (!one)
			continue;
		view_init(&v, VIEW_PEERS);
		view_scope(&v, VIEW_OF_TORRENT, t);
		is_str(rows_text(&v, &w.scene, text), "20.1.0.1, 20.1.0.2", "a peer of two daemons is one row");
		view_done(&v);
	}
	world_done(&w);
}

static void test_sums(void)
{
	struct world w;
	struct view v;
	char text[1024];

	world_init(&w);
	two_daemons(&w);
	view_init(&v, VIEW_CLIENTS);
	is_str(rows_text(&v, &w.scene, text), "qBittorrent, Deluge", "families");
	is_int(number_at(&v, "versions", 0), 2, "versions of the first");
	is_int(number_at(&v, "connections", 0), 3, "its connections");
	is_int(number_at(&v, "rate-up", 0), 1110, "its rate");
	is_int(number_at(&v, "share", 0), 750, "three quarters of all connections");
	is_int(number_at(&v, "share", 1), 250, "and one");
	view_done(&v);
	view_init(&v, VIEW_COUNTRIES);
	rows_text(&v, &w.scene, text);
	is_int(v.count, 2, "countries");
	is_int(number_at(&v, "share", 0) + number_at(&v, "share", 1), 1000, "whose shares are all there is");
	view_done(&v);
	world_done(&w);
}

/* Nobody is connected: nothing is divided by nothing, and rows of the past stay. */
static void test_nobody(void)
{
	struct world w;
	struct view v;
	char text[1024], cell[VIEW_CELL];

	world_init(&w);
	two_daemons(&w);
	fold_lost(w.fold, 0);
	fold_lost(w.fold, 1);
	fold_recount(w.fold, WALL);
	for (int kind = 0; kind < VIEW_KINDS; kind++) {
		unsigned share, up;

		view_init(&v, (enum view_kind)kind);
		if (kind == VIEW_CITIES)
			view_scope(&v, VIEW_OF_COUNTRY, w.fold->addresses[0].country);
		if (kind == VIEW_VERSIONS)
			view_scope(&v, VIEW_ALL, clients_get(w.clients, client(&w, "Deluge 2"))->family);
		rows_text(&v, &w.scene, text);
		ok(v.count > 0 && v.live == 0, "%s: %u rows, none of now", v.table->noun, (unsigned)v.count);
		share = view_column(&v, "share");
		if (share != VIEW_NONE)
			is_str(view_cell(&v, share, v.rows[0], cell), "0 %", "a share of nothing");
		up = view_column(&v, "rate-up");
		is_int(view_number(&v, up, v.rows[0]), 0, "no rate");
		view_done(&v);
	}
	world_done(&w);
}

/* Peers of software whose name nobody kept, and no databases of places. */
static void test_unknown(void)
{
	struct world w;
	struct view v;
	char text[1024], cell[VIEW_CELL];

	world_init(&w);
	add_torrent(&w.answer, 1, "one");
	add_peer(&w.answer, IP4(20, 1, 0, 1), 4000);
	add_peer(&w.answer, IP4(10, 1, 0, 1), CLIENT_NONE);
	world_answer(&w, 0, WALL);
	view_init(&v, VIEW_PEERS);
	rows_text(&v, &w.scene, text);
	for (uint32_t i = 0; i < v.count; i++) {
		is_str(view_cell(&v, view_column(&v, "client"), v.rows[i], cell), "Unknown", "peer %u", (unsigned)i);
		is_str(view_cell(&v, view_column(&v, "city"), v.rows[i], cell), "", "without a city");
		is_str(view_cell(&v, view_column(&v, "network"), v.rows[i], cell), "", "and a network");
	}
	is_int(view_filter(&v, "local", NULL, NULL, NULL), 0, "only those nearby");
	is_str(rows_text(&v, &w.scene, text), "10.1.0.1", "are one");
	is_int(view_filter(&v, "ipv6", NULL, NULL, NULL), 0, "only IPv6");
	is_str(rows_text(&v, &w.scene, text), "", "is none");
	view_done(&v);
	w.scene.clients = NULL;
	view_init(&v, VIEW_CLIENTS);
	is_str(rows_text(&v, &w.scene, text), "", "without names there are no families");
	view_done(&v);
	world_done(&w);
}

static void test_cities(void)
{
	struct world w;
	struct view v;
	char text[1024];

	world_init(&w);
	two_daemons(&w);
	view_init(&v, VIEW_CITIES);
	view_scope(&v, VIEW_OF_COUNTRY, address_of(w.fold, IP4(20, 1, 0, 1))->country);
	is_str(rows_text(&v, &w.scene, text), "(city unknown)", "without a database one row for all addresses");
	is_int(number_at(&v, "remembered", 0), 2, "of the country");
	is_int(number_at(&v, "addresses", 0), 2, "connected now");
	is_int(number_at(&v, "share", 0), 1000, "all of it");
	view_scope(&v, VIEW_OF_COUNTRY, COUNTRY_UNKNOWN);
	is_str(rows_text(&v, &w.scene, text), "", "a country without addresses has no rows");
	view_done(&v);
	world_done(&w);
}

int main(void)
{
	test_tables();
	test_all_flags();
	test_torrent_peers();
	test_sums();
	test_nobody();
	test_unknown();
	test_cities();
	return tap_done();
}
