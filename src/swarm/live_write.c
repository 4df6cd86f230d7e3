/* Shows what every source said of a torrent, for people and for programs. It asks none of them. */
#include "swarm/live.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "swarm/subject.h"

enum { PART = 64, SOURCE = 26, SEEDERS = 7, LEECHERS = 8, COMPLETED = 9, PEERS = 6 };

static bool counts(const struct live_answer *a)
{
	return a->state == LIVE_ANSWERED && a->kind != LIVE_DHT;
}

/* The maximum over trackers and one's own daemons, never the sum, and never of the DHT. */
static int32_t most(const struct live_answer *answers, size_t count, size_t at)
{
	int32_t best = CATALOG_UNKNOWN;

	for (size_t i = 0; i < count; i++) {
		int32_t value = *(const int32_t *)((const char *)&answers[i] + at);

		if (counts(&answers[i]) && value > best)
			best = value;
	}
	return best;
}

#define MOST(field) most(answers, count, offsetof(struct live_answer, field))

/* ---- for people ---- */

/* A number under its heading; "~" before an estimate. */
static void column(struct buf *out, const char *about, int32_t value, int width)
{
	char number[STR_NUMBER], text[PART] = "";

	if (value >= 0) {
		str_count((uint64_t)value, number);
		snprintf(text, sizeof(text), "%s%s", about, number);
	}
	buf_printf(out, " %*s", width, text);
}

static void write_numbers(const struct live_answer *a, struct buf *out)
{
	const char *about = a->kind == LIVE_DHT ? "~" : "";

	column(out, about, a->seeders, SEEDERS);
	column(out, about, a->leechers, LEECHERS);
	column(out, "", a->completed, COMPLETED);
	column(out, "", a->peers, PEERS);
}

static void write_answer(const struct live_answer *a, int width, struct buf *out)
{
	static const char *const states[] = {
		[LIVE_ASKED] = N_("no answer in time"),
		[LIVE_ANSWERED] = "",
		[LIVE_UNKNOWN] = N_("does not know it"),
		[LIVE_FAILED] = N_("no answer"),
		[LIVE_OFF] = N_("no answer"),
	};
	/* What a tracker has said is never alone in its line. */
	const char *said = _(a->error[0] ? a->error : states[a->state]);

	buf_printf(out, "    %s%*s", a->source, width - (int)text_cols(a->source), "");
	if (a->state == LIVE_ANSWERED)
		write_numbers(a, out);
	else
		buf_printf(out, "  %s", a->kind == LIVE_DHT && a->state == LIVE_UNKNOWN ? _("nobody there") : said);
	if (a->kind == LIVE_DHT && a->asked)
		buf_printf(out, _n("  %u of %u node", "  %u of %u nodes", a->asked), a->answered, a->asked);
	else if (a->latency_ms > 0)
		buf_printf(out, "  %.0f ms", a->latency_ms);
	buf_putc(out, '\n');
}

static void head(const char *title, int width, struct buf *out)
{
	int cols = (int)text_cols(title);

	buf_printf(out, " %*s%s", cols < width ? width - cols : 0, "", title);
}

static void write_heads(int width, struct buf *out)
{
	const char *source = _("source");
	int cols = (int)text_cols(source);

	buf_printf(out, "    %s%*s", source, cols < width ? width - cols : 0, "");
	head(_("seeders"), SEEDERS, out);
	head(_("leechers"), LEECHERS, out);
	head(_("completed"), COMPLETED, out);
	head(_("peers"), PEERS, out);
	buf_putc(out, '\n');
}

static void write_table(const struct live_answer *answers, size_t count, struct buf *out)
{
	int width = SOURCE;

	for (size_t i = 0; i < count; i++)
		width = (int)text_cols(answers[i].source) > width ? (int)text_cols(answers[i].source) : width;
	if (count)
		write_heads(width, out);
	for (size_t i = 0; i < count; i++)
		write_answer(&answers[i], width, out);
}

void live_write_counts(int32_t seeders, int32_t leechers, struct buf *out)
{
	buf_printf(out, _n("%d seeder, ", "%d seeders, ", (unsigned long)seeders), seeders);
	if (leechers >= 0)
		buf_printf(out, _n("%d leecher", "%d leechers", (unsigned long)leechers), leechers);
	else
		buf_puts(out, _("leechers unknown"));
}

void live_write_text(const struct live_answer *answers, size_t count, struct buf *out)
{
	int32_t seeders = MOST(seeders), leechers = MOST(leechers);

	subject_label(out, _("health now"));
	if (seeders >= 0)
		live_write_counts(seeders, leechers, out);
	else
		buf_puts(out, count ? _("no tracker says how many seeders") : _("nobody to ask"));
	if (seeders >= 0 && leechers >= 0)
		buf_puts(out, _(" (the most that a tracker says)"));
	buf_putc(out, '\n');
	write_table(answers, count, out);
}

/* ---- for programs ---- */

static void number(struct jsonw *w, const char *key, int32_t value)
{
	jsonw_member_int(w, key, value >= 0, value);
}

static void json_answer(const struct live_answer *a, struct jsonw *w)
{
	static const char *const kinds[] = {
		[LIVE_TRACKER] = "tracker", [LIVE_DHT] = "dht", [LIVE_CLIENT] = "transmission"};
	static const char *const states[] = {
		[LIVE_ASKED] = "silent",  [LIVE_ANSWERED] = "answered", [LIVE_UNKNOWN] = "unknown",
		[LIVE_FAILED] = "failed", [LIVE_OFF] = "off",
	};

	jsonw_object(w);
	jsonw_member_text(w, "kind", kinds[a->kind]);
	jsonw_member_text(w, "source", a->source);
	jsonw_member_text(w, "state", states[a->state]);
	number(w, "seeders", a->seeders);
	number(w, "leechers", a->leechers);
	number(w, "completed", a->completed);
	number(w, "peers", a->peers);
	number(w, "nodes_asked", a->kind == LIVE_DHT ? a->asked : CATALOG_UNKNOWN);
	number(w, "nodes_answered", a->kind == LIVE_DHT ? a->answered : CATALOG_UNKNOWN);
	jsonw_key(w, "latency_ms");
	if (a->latency_ms > 0)
		jsonw_double(w, a->latency_ms, 1);
	else
		jsonw_null(w);
	jsonw_member_text(w, "error", a->error);
	jsonw_object_end(w);
}

void live_write_json(const struct live_answer *answers, size_t count, struct jsonw *w)
{
	jsonw_key(w, "health");
	jsonw_object(w);
	jsonw_key(w, "time");
	jsonw_time(w, clock_now().wall);
	number(w, "seeders", MOST(seeders));
	number(w, "leechers", MOST(leechers));
	number(w, "completed", MOST(completed));
	jsonw_key(w, "sources");
	jsonw_array(w);
	for (size_t i = 0; i < count; i++)
		json_answer(&answers[i], w);
	jsonw_array_end(w);
	jsonw_object_end(w);
}
