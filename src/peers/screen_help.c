/* The help: lines from the table of keys and from texts, in one or two columns. It does not know what keys do. */
#include "peers/screen_help.h"

#include <string.h>

#include "base/words.h"
#include "peers/screen_bars.h"
#include "peers/screen_keys.h"

enum { HELP_LINES = 80, LABEL_COLS = 14, TWO_COLUMNS = 100, GAP = 3 };

/* One line: a heading has no label, a text neither. */
struct help_line {
	const char *label, *text;
	bool heading;
};

struct help {
	struct help_line lines[HELP_LINES];
	int count;
};

static const struct help_line terms[] = {
	{NULL, N_("Words"), true},
	{N_("now"), N_("connections: entries of the peer lists in the latest poll"), false},
	{N_("addresses"), N_("distinct addresses in the latest poll"), false},
	{N_("unique"), N_("distinct addresses since the start; ~ an estimate"), false},
	{N_("seen"), N_("sightings: one per peer, torrent and poll"), false},
	{"↑/s ↓/s", N_("bytes a second to peers, from peers"), false},
	{N_("est."), N_("the rate summed over time; no daemon counts it"), false},
};

static const struct help_line flags[] = {
	{NULL, N_("Flags"), true},
	{"T", N_("connected over uTP"), false},
	{"O", N_("optimistic unchoke: given a try"), false},
	{"D  d", N_("we download from it; we would, if it let us"), false},
	{"U  u", N_("we upload to it; it would like us to"), false},
	{"K", N_("it lets us download, but we do not want to"), false},
	{"?", N_("we let it download, but it does not want to"), false},
	{"E", N_("encrypted"), false},
	{"H  X", N_("found through DHT; through peer exchange (PEX)"), false},
	{"I", N_("incoming: it connected to us"), false},
};

static const struct help_line filters[] = {
	{NULL, N_("Filter"), true},
	{"qbit", N_("any text has it"), false},
	{"client~qbit", N_("this text has it; also = != !~"), false},
	{"rate-up>10k", N_("numbers: > >= < <= = !=; sizes 10k 5M, ages 5m 2h"), false},
	{"seeding", N_("a fact: seeding encrypted incoming utp uploading"), false},
	{"", "downloading connected optimistic dht pex ipv4 ipv6", false},
	{"tag('vpn')", N_("it is in a list of this tag; see [filter] lists"), false},
	{"not ( ) or", N_("terms side by side must all hold"), false},
};

static const struct help_line marks[] = {
	{NULL, N_("Marks"), true},
	{"●  ○  !", N_("daemon answers; connecting; in trouble, see 7 log"), false},
	{N_("dim"), N_("not connected now: what was seen last"), false},
	{N_("?? Unknown"), N_("not in the geo database"), false},
	{N_("-- Local"), N_("private, loopback and other special addresses"), false},
};

static void add_lines(struct help *h, const struct help_line *lines, size_t count)
{
	for (size_t i = 0; i < count && h->count < HELP_LINES; i++)
		h->lines[h->count++] = lines[i];
}

static void add_blank(struct help *h)
{
	add_lines(h, &(struct help_line){"", "", false}, 1);
}

static void add_keys(struct help *h)
{
	size_t count;
	const struct screen_key *keys = screen_keys(&count);

	add_lines(h, &(struct help_line){NULL, N_("Keys"), true}, 1);
	for (size_t i = 0; i < count; i++) {
		if (keys[i].help)
			add_lines(h, &(struct help_line){keys[i].label, keys[i].help, false}, 1);
	}
}

#define ADD(h, lines) add_lines(h, lines, sizeof(lines) / sizeof((lines)[0]))

static void add_legend(struct help *h)
{
	ADD(h, flags);
	add_blank(h);
	ADD(h, filters);
}

static void add_terms(struct help *h)
{
	ADD(h, terms);
	add_blank(h);
	ADD(h, marks);
}

static void draw_lines(const struct help *h, struct frame *f, struct frame_area area, int top)
{
	for (int i = 0; i < area.h && top + i < h->count; i++) {
		const struct help_line *line = &h->lines[top + i];
		int x = area.x;

		if (!line->heading) {
			frame_put(f, x, area.y + i, LABEL_COLS, FRAME_KEY, _(line->label));
			x += LABEL_COLS + 1;
		}
		frame_put(f, x, area.y + i, area.x + area.w - x, line->heading ? FRAME_TITLE : FRAME_NORMAL,
			  _(line->text));
	}
}

static void limit_top(struct screen *s, int lines, int rows)
{
	uint32_t last = lines > rows ? (uint32_t)(lines - rows) : 0;

	if (s->help_top > last)
		s->help_top = last;
	s->panes[s->at].page = rows > 0 ? (uint32_t)rows : 1;
}

void screen_draw_help(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	bool two = area.w >= TWO_COLUMNS;
	struct help left = {.count = 0}, right = {.count = 0};
	struct frame_area half;

	screen_draw_credit(scene, f, &area);
	half = (struct frame_area){area.x, area.y, two ? (area.w - GAP) / 2 : area.w, area.h};
	add_keys(&left);
	if (!two)
		add_blank(&left);
	add_legend(two ? &right : &left);
	add_blank(&left);
	add_terms(&left);
	limit_top(s, left.count > right.count ? left.count : right.count, half.h);
	draw_lines(&left, f, half, (int)s->help_top);
	if ((int)s->help_top + half.h < left.count)
		frame_put_right(f, area.x, area.y + half.h - 1, area.w, FRAME_DIM, _(" more below: ↓ "));
	half.x += half.w + GAP;
	draw_lines(&right, f, half, (int)s->help_top);
}
