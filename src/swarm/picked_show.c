/* Shows what was chosen: to people, to programs, to clients. It does not know why. */
#include "swarm/picked.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"

enum { MEASURED = 9, NAME_AT = 41, NAME_LEAST = 16, NAME_SIZE = 4096 };

static void seeders_text(const struct picked_one *one, char text[STR_NUMBER])
{
	char count[STR_NUMBER];

	if (one->guess == CATALOG_UNKNOWN) {
		str_copy(text, STR_NUMBER, "?");
		return;
	}
	str_count((uint64_t)one->guess, count);
	/* By the DHT: an estimate. */
	snprintf(text, STR_NUMBER, "%s%.20s", one->seeders == CATALOG_UNKNOWN ? "~" : "", count);
}

/* Behind a blank. */
static void put_right(struct buf *out, const char *text, int width)
{
	int cols = (int)text_cols(text);

	buf_printf(out, " %*s%s", cols < width ? width - cols : 0, "", text);
}

static void put_heads(struct buf *out)
{
	put_right(out, _("rank"), 4);
	put_right(out, _("need"), 5);
	put_right(out, _("seeders"), 8);
	put_right(out, _("size"), 8);
	put_right(out, _("measured"), MEASURED);
	buf_printf(out, "  %s\n", _("name"));
}

static void put_line(const struct picked_one *one, size_t rank, int64_t now, unsigned cols, struct buf *out)
{
	char seeders[STR_NUMBER], size[STR_NUMBER] = "?", age[CLOCK_TEXT] = "", name[NAME_SIZE];
	unsigned room = cols ? cols - NAME_AT : NAME_SIZE;

	seeders_text(one, seeders);
	if (one->size)
		str_bytes((double)one->size, size);
	if (one->measured)
		clock_age(now - one->measured, age);
	text_cut(name, sizeof(name), one->name, room < NAME_LEAST || room > cols ? NAME_LEAST : room, false);
	buf_printf(out, "%5zu %5.1f", rank, one->need);
	put_right(out, seeders, 8);
	put_right(out, size, 8);
	put_right(out, one->measured ? age : _("never"), MEASURED);
	buf_printf(out, "  %s\n", cols ? name : one->name);
}

void picked_table(const struct picked *p, int64_t now, unsigned cols, struct buf *out)
{
	put_heads(out);
	for (size_t i = 0; i < p->count; i++)
		put_line(&p->ones[i], i + 1, now, cols, out);
	picked_total(p, out);
}

void picked_total(const struct picked *p, struct buf *out)
{
	char count[STR_NUMBER], size[STR_NUMBER], budget[STR_NUMBER];
	size_t sizeless = 0;

	for (size_t i = 0; i < p->count; i++)
		sizeless += !p->ones[i].size;
	str_count(p->count, count);
	str_bytes((double)p->size, size);
	str_bytes((double)p->wish.budget, budget);
	buf_printf(out, _n("%s torrent", "%s torrents", p->count), count);
	buf_printf(out, ", %s", size);
	if (p->wish.budget != UINT64_MAX)
		buf_printf(out, _(" of %s"), budget);
	str_count(sizeless, count);
	if (sizeless) {
		buf_puts(out, ", ");
		buf_printf(out, _("%s of unknown size"), count);
	}
	buf_putc(out, '\n');
}

void picked_json(const struct picked *p, struct buf *out)
{
	buf_putc(out, '[');
	for (size_t i = 0; i < p->count; i++)
		buf_printf(out, "%s\n%s", i ? "," : "", p->ones[i].json);
	buf_puts(out, "\n]\n");
}

/* A name with a line end or an escape sequence is none to print. */
static bool is_plain(const char *path)
{
	char clean[REPORT_TEXT];

	text_clean(clean, sizeof(clean), path, strlen(path), REPORT_TEXT);
	return strcmp(clean, path) == 0;
}

void picked_links(const struct picked *p, struct buf *out)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct picked_one *one = &p->ones[i];
		bool file = str_starts(one->link, "file:") && is_plain(one->path);

		buf_printf(out, "%s\n", file ? one->path : one->link);
	}
}

void picked_left_out(const struct picked *p, struct buf *out)
{
	const struct {
		size_t count;
		const char *why;
	} reasons[] = {
		{p->private, N_("%s private (--private)")},
		{p->unmeasured, N_("%s never measured (--unmeasured)")},
		{p->sizeless, N_("%s of unknown size")},
		{p->too_many, N_("%s over the budget")},
	};
	char count[STR_NUMBER];

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (!reasons[i].count)
			continue;
		str_count(reasons[i].count, count);
		buf_puts(out, out->len ? ", " : "");
		buf_printf(out, _(reasons[i].why), count);
	}
}
