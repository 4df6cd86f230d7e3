/* All that is known of one peer, and the torrents it is in. It waits for nobody: what the history knows is drawn once
 * it is there. */
#include "peers/screen_peer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/words.h"
#include "peers/screen_table.h"
#include "peers/view_table.h"

enum { LABEL_COLS = 13, TORRENT_ROWS = 64 };

/* Where the next line goes. */
struct lines {
	struct frame *f;
	struct frame_area area;
	int y;
};

static void line(struct lines *l, const char *label, enum frame_style style, const char *text)
{
	if (l->y >= l->area.y + l->area.h || !*text)
		return;
	frame_put(l->f, l->area.x, l->y, LABEL_COLS, FRAME_DIM, _(label));
	frame_put(l->f, l->area.x + LABEL_COLS + 1, l->y++, l->area.w - LABEL_COLS - 1, style, text);
}

static const char *coordinates(const struct place *place)
{
	if (place->latitude < 0)
		return place->longitude < 0 ? _("%.2f S  %.2f W") : _("%.2f S  %.2f E");
	return place->longitude < 0 ? _("%.2f N  %.2f W") : _("%.2f N  %.2f E");
}

static void place_lines(struct lines *l, const struct scene *scene, const struct address *a)
{
	const struct place *place = scene->locate ? locate_get(scene->locate, a->place) : NULL;
	const struct network *network = scene->locate ? locate_network_get(scene->locate, a->network) : NULL;
	char text[VIEW_CELL];

	snprintf(text, sizeof(text), "%s %s%s%s", country_code(a->country), _(country_name(a->country)),
		 place && place->city ? ", " : "", place && place->city ? place->city : "");
	line(l, N_("place"), FRAME_NORMAL, text);
	if (place && (place->latitude != 0 || place->longitude != 0)) {
		snprintf(text, sizeof(text), coordinates(place), fabs((double)place->latitude),
			 fabs((double)place->longitude));
		line(l, N_("coordinates"), FRAME_NORMAL, text);
	}
	if (network && network->asn) {
		snprintf(text, sizeof(text), "AS%u %s", (unsigned)network->asn, network->name);
		line(l, N_("network"), FRAME_NORMAL, text);
	}
	netlists_tags_text(scene->lists, a->tags, text, sizeof(text));
	if (*text)
		line(l, N_("tags"), FRAME_NORMAL, text);
}

static const struct {
	unsigned flag;
	const char *word;
} flag_words[] = {
	{PEER_UTP, "uTP"},
	{PEER_ENCRYPTED, N_("encrypted")},
	{PEER_INCOMING, N_("incoming")},
	{PEER_DOWNLOADING, N_("we download")},
	{PEER_UPLOADING, N_("we upload")},
	{PEER_OPTIMISTIC, N_("optimistic unchoke")},
	{PEER_FROM_DHT, N_("found by DHT")},
	{PEER_FROM_PEX, N_("found by PEX")},
	{PEER_SEED, N_("seed")},
};

static void flag_line(struct lines *l, const struct address *a)
{
	char text[VIEW_CELL];
	size_t at;

	view_flags(a->flags, text);
	at = strlen(text);
	for (size_t i = 0; i < sizeof(flag_words) / sizeof(flag_words[0]); i++) {
		if (a->flags & flag_words[i].flag)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", strchr(text, ' ') ? ", " : "  ",
					       _(flag_words[i].word));
	}
	line(l, N_("flags"), FRAME_NORMAL, text);
}

static void traffic_lines(struct lines *l, const struct address *a, bool live)
{
	char up[STR_NUMBER], down[STR_NUMBER], text[VIEW_CELL];

	str_bytes(live ? a->rate_up : 0, up);
	str_bytes(live ? a->rate_down : 0, down);
	snprintf(text, sizeof(text), "↑ %s/s   ↓ %s/s", up, down);
	line(l, N_("rates"), FRAME_NORMAL, text);
	str_bytes((double)a->bytes_up, up);
	str_bytes((double)a->bytes_down, down);
	snprintf(text, sizeof(text), _("↑ %s   ↓ %s   estimated: rates over time"), up, down);
	line(l, N_("bytes"), FRAME_NORMAL, text);
}

static void time_lines(struct lines *l, const struct address *a, bool live)
{
	char text[VIEW_CELL], count[STR_NUMBER];

	str_count(a->sightings, count);
	line(l, N_("sightings"), FRAME_NORMAL, count);
	clock_local(a->first_seen, "%Y-%m-%d %H:%M:%S", text);
	line(l, N_("first seen"), FRAME_NORMAL, text);
	clock_local(a->last_seen, "%Y-%m-%d %H:%M:%S", text);
	if (live)
		str_copy(text + strlen(text), sizeof(text) - strlen(text), _(", connected"));
	line(l, N_("last seen"), live ? FRAME_NORMAL : FRAME_WARN, text);
}

/* What the history knows of it, this run included. */
static void history_line(struct lines *l, struct history *history, const struct ip *ip)
{
	char since[CLOCK_TEXT], time[CLOCK_TEXT], up[STR_NUMBER], down[STR_NUMBER], visits[STR_NUMBER], text[VIEW_CELL];
	struct history_peer known;
	int code = history ? history_peer(history, ip, &known) : 0;

	if (code == -EAGAIN)
		line(l, N_("all time"), FRAME_DIM, "...");
	if (code != 1 || !known.first)
		return;
	str_count(known.visits, visits);
	clock_local(known.first, "%Y-%m-%d", since);
	clock_age((int64_t)known.connected, time);
	str_bytes((double)known.bytes_up, up);
	str_bytes((double)known.bytes_down, down);
	snprintf(text, sizeof(text),
		 _n("%s visit since %s, connected %s, ↑ %s ↓ %s", "%s visits since %s, connected %s, ↑ %s ↓ %s",
		    known.visits),
		 visits, since, time, up, down);
	line(l, N_("all time"), FRAME_NORMAL, text);
}

static void client_line(struct lines *l, const struct scene *scene, const struct address *a)
{
	bool known = scene->clients && a->client < clients_count(scene->clients);
	const char *name = known ? clients_get(scene->clients, a->client)->name : "Unknown";

	line(l, N_("client"), FRAME_NORMAL, a->client > CLIENT_OTHER ? name : _(name));
}

static void torrent_row(struct lines *l, const struct fold *fold, const struct connection *c, bool live)
{
	const char *name = fold->torrents[c->torrent].name;
	int x = l->area.x, name_cols = l->area.w - 24 > 80 ? 80 : l->area.w - 24;
	char text[VIEW_CELL];

	frame_put(l->f, x, l->y, name_cols, live ? FRAME_NORMAL : FRAME_DIM, name && *name ? name : _("(no name)"));
	snprintf(text, sizeof(text), "%u %%", c->progress / 10u);
	frame_put_right(l->f, x + name_cols, l->y, 6, FRAME_NORMAL, text);
	screen_put_rate(l->f, x + name_cols + 7, l->y, 8, FRAME_UP, live ? c->rate_up : 0);
	screen_put_rate(l->f, x + name_cols + 16, l->y, 8, FRAME_DOWN, live ? c->rate_down : 0);
	l->y++;
}

static void torrent_rows(struct lines *l, const struct fold *fold, uint32_t peer)
{
	int name_cols = l->area.w - 24 > 80 ? 80 : l->area.w - 24, end = l->area.y + l->area.h;

	if (l->y + 2 >= end || name_cols < 8)
		return;
	l->y++;
	frame_put(l->f, l->area.x, l->y, name_cols, FRAME_TITLE, _("In these torrents"));
	frame_put_right(l->f, l->area.x + name_cols, l->y, 6, FRAME_HEADER, _("done"));
	frame_put_right(l->f, l->area.x + name_cols + 7, l->y, 8, FRAME_HEADER, "↑/s");
	frame_put_right(l->f, l->area.x + name_cols + 16, l->y++, 8, FRAME_HEADER, "↓/s");
	for (unsigned s = 0; s < FOLD_SOURCES; s++) {
		for (size_t i = 0; i < fold->sources[s].count && l->y < end; i++) {
			if (fold->sources[s].connections[i].address == peer)
				torrent_row(l, fold, &fold->sources[s].connections[i], fold->sources[s].live);
		}
	}
}

static void draw(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	const struct fold *fold = scene->fold;
	const struct address *a = s->peer_row < fold->address_top ? &fold->addresses[s->peer_row] : NULL;
	struct lines l = {f, area, area.y};
	char address[IP_TEXT], text[VIEW_CELL];
	bool live;

	(s->hide ? ip_format_hidden : ip_format)(&s->peer, address);
	snprintf(text, sizeof(text), _("Peer > %s"), address);
	frame_put(f, area.x, l.y++, area.w, FRAME_TITLE, text);
	/* Its place may hold another address by now. */
	if (!a || !a->first_seen || !ip_equal(&a->ip, &s->peer)) {
		screen_draw_nothing(f, area, _("This address has been forgotten: it was not seen for a long time."));
		return;
	}
	live = fold_connected(fold, a);
	l.y += area.h >= 16;
	place_lines(&l, scene, a);
	client_line(&l, scene, a);
	flag_line(&l, a);
	snprintf(text, sizeof(text), "%u.%u %%", a->progress / 10u, a->progress % 10u);
	line(&l, N_("done"), FRAME_NORMAL, text);
	traffic_lines(&l, a, live);
	time_lines(&l, a, live);
	history_line(&l, scene->history, &a->ip);
	torrent_rows(&l, fold, s->peer_row);
}

const struct screen_view screen_peer = {N_("peer"), SCREEN_HAS_ADDRESSES | SCREEN_LEAVES, VIEW_PEERS, draw, NULL};
