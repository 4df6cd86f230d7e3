/* How far long work has come, for people. It does not know what the work is, nor who reads stderr. */
#include "core/progress.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "base/xmalloc.h"

enum {
	BAR_MS = 200,
	LINE_MS = 5000,
	WINDOW_MS = 15000, /* the rate is that of the last one to two of these */
	WORD = 32,
	NOTE = 128,
	LINE = 512,
	LINE_MAX_COLS = 200,
	BAR_COLS = 20,
	DEFAULT_COLS = 80,
	LEAST_COLS = 10,
};

struct progress {
	struct loop *loop; /* NULL = progress_step() */
	struct loop_timer timer;
	int64_t next_ms; /* without a loop */
	char what[WORD], unit[WORD], note[NOTE];
	uint64_t done, passed, total;
	struct {
		int64_t at_ms;
		uint64_t worked;
	} before, latest; /* where the windows began */
	bool terminal, ascii, bar;
};

static int64_t mono_ms(const struct progress *p)
{
	return (p->loop ? loop_now(p->loop) : clock_now()).mono_ms;
}

/* ---- words ---- */

static uint64_t worked(const struct progress *p)
{
	return p->done > p->passed ? p->done - p->passed : 0;
}

/* Things a second since the last window but one began; 0 = not known. */
static double rate_of(const struct progress *p)
{
	int64_t ms = mono_ms(p) - p->before.at_ms;
	uint64_t more = worked(p) > p->before.worked ? worked(p) - p->before.worked : 0;

	return ms > 0 ? (double)more * 1000.0 / (double)ms : 0;
}

static void add_rate(const struct progress *p, struct buf *out)
{
	char number[STR_NUMBER];
	double rate = rate_of(p);

	if (rate <= 0)
		return;
	if (rate >= 10)
		str_count((uint64_t)(rate + 0.5), number);
	else
		str_decimal(rate, 1, number);
	buf_printf(out, ", %s/s", number);
}

static void add_left(const struct progress *p, struct buf *out)
{
	char age[CLOCK_TEXT];
	double rate = rate_of(p), left;

	if (rate <= 0 || p->total <= p->done)
		return;
	left = (double)(p->total - p->done) / rate;
	clock_age(left > 1e9 ? 1000000000 : (int64_t)(left + 0.999), age);
	buf_printf(out, _(", %s left"), age);
}

/* "1,204 of 6,000 torrents, 350/s, 14 s left (note)" */
static void add_words(const struct progress *p, struct buf *out)
{
	char done[STR_NUMBER], total[STR_NUMBER];

	str_count(p->done, done);
	str_count(p->total, total);
	if (p->total)
		buf_printf(out, _("%s of %s %s"), done, total, _(p->unit));
	else
		buf_printf(out, "%s %s", done, _(p->unit));
	add_rate(p, out);
	add_left(p, out);
	if (*p->note)
		buf_printf(out, " (%s)", p->note);
}

/* ---- drawing ---- */

static void put(const struct buf *line)
{
	if (write(STDERR_FILENO, buf_str(line), line->len) < 0)
		return; /* nobody reads it any more; the work goes on */
}

static unsigned terminal_cols(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
		return DEFAULT_COLS;
	return size.ws_col;
}

/* Eighths of a column, or whole ones. */
static void add_bar(const struct progress *p, struct buf *out)
{
	static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	uint64_t done = p->done < p->total ? p->done : p->total;
	double part = (double)done / (double)p->total;
	unsigned filled = (unsigned)(part * BAR_COLS * 8), cols = 0;

	for (; cols < filled / 8; cols++)
		buf_puts(out, p->ascii ? "#" : "█");
	if (filled % 8 && !p->ascii) {
		buf_puts(out, eighths[filled % 8]);
		cols++;
	}
	for (; cols < BAR_COLS; cols++)
		buf_putc(out, p->ascii ? '.' : ' ');
	buf_printf(out, " %3u %%  ", (unsigned)(part * 100));
}

static void draw_bar(struct progress *p)
{
	unsigned cols = terminal_cols();
	char cut[LINE * 2];
	struct buf text, line;

	buf_init(&text, sizeof(cut));
	buf_init(&line, sizeof(cut) + WORD);
	buf_printf(&text, "%s ", p->what);
	if (p->total)
		add_bar(p, &text);
	add_words(p, &text);
	text_cut(cut, sizeof(cut), buf_str(&text), (cols > LEAST_COLS ? cols : LEAST_COLS) - 1, p->ascii);
	buf_printf(&line, "\r%s\x1b[K", cut);
	put(&line);
	buf_done(&text);
	buf_done(&line);
	p->bar = true;
	log_over_bar(true);
}

static void draw_line(const struct progress *p)
{
	char cut[LINE];
	struct buf text, line;

	buf_init(&text, LINE * 2);
	buf_init(&line, LINE * 2);
	buf_printf(&text, "%s: ", p->what);
	add_words(p, &text);
	text_cut(cut, sizeof(cut), buf_str(&text), LINE_MAX_COLS, true);
	buf_printf(&line, "%s\n", cut);
	put(&line);
	buf_done(&text);
	buf_done(&line);
}

static void draw_next_in(struct progress *p, int64_t ms)
{
	p->next_ms = mono_ms(p) + ms;
	if (p->loop)
		loop_timer_in(p->loop, &p->timer, ms);
}

static void tick(void *context)
{
	struct progress *p = context;
	int64_t now = mono_ms(p);

	if (p->terminal)
		draw_bar(p);
	else
		draw_line(p);
	if (now - p->latest.at_ms >= WINDOW_MS) {
		p->before = p->latest;
		p->latest.at_ms = now;
		p->latest.worked = worked(p);
	}
	draw_next_in(p, p->terminal ? BAR_MS : LINE_MS);
}

/* ---- making ---- */

static bool can_draw(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

/* By the environment; the program itself may run in another locale. */
static bool is_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8 = locale && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;

	if (locale)
		freelocale(locale);
	return utf8;
}

struct progress *progress_new(struct loop *loop, const char *what, const char *unit)
{
	struct progress *p = xcalloc(1, sizeof(*p));

	p->loop = loop;
	p->timer = (struct loop_timer){.fire = tick, .context = p};
	str_copy(p->what, sizeof(p->what), what);
	str_copy(p->unit, sizeof(p->unit), unit);
	p->terminal = can_draw();
	p->ascii = p->terminal && !is_utf8();
	p->before.at_ms = p->latest.at_ms = mono_ms(p);
	draw_next_in(p, p->terminal ? BAR_MS : LINE_MS);
	return p;
}

void progress_set(struct progress *p, uint64_t done, uint64_t total, const char *note)
{
	p->done = done;
	p->total = total;
	str_copy(p->note, sizeof(p->note), note);
}

void progress_step(struct progress *p)
{
	if (mono_ms(p) >= p->next_ms)
		tick(p);
}

void progress_pass(struct progress *p, uint64_t passed)
{
	p->passed = passed;
}

void progress_free(struct progress *p)
{
	struct buf wipe;

	if (!p)
		return;
	if (p->loop)
		loop_timer_stop(p->loop, &p->timer);
	if (p->bar) {
		buf_init(&wipe, WORD);
		buf_puts(&wipe, "\r\x1b[K");
		put(&wipe);
		buf_done(&wipe);
		log_over_bar(false);
	}
	free(p);
}
