/* What the history knows, for the charts. Reading the file takes some milliseconds, or seconds where the disk is slow:
 * an answer is kept for a minute, and until there is another. It does not know how it is drawn. */
#include "peers/web_answer.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "peers/draw_json.h"
#include "peers/history_course.h"

enum { KEPT_MS = 60000, DAY = 86400 };

static const struct {
	const char *name;
	int64_t seconds;
} ranges[WEB_RANGES] = {{"1d", DAY}, {"7d", 7 * DAY}, {"30d", 30 * DAY}, {"365d", 365 * DAY}};

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* [at, connections, peak, addresses, rate up, rate down] */
static void put_course(struct jsonw *w, const struct course *c)
{
	draw_json_int(w, "since", (uint64_t)c->since);
	draw_json_int(w, "until", (uint64_t)c->until);
	draw_json_int(w, "step", (uint64_t)c->step);
	jsonw_key(w, "points");
	jsonw_array(w);
	for (unsigned i = 0; i < c->count; i++) {
		const struct course_point *p = &c->points[i];

		jsonw_array(w);
		jsonw_int(w, p->at);
		jsonw_double(w, p->connections, 2);
		jsonw_int(w, (int64_t)p->peak);
		jsonw_double(w, p->addresses, 2);
		jsonw_double(w, p->rate_up, 0);
		jsonw_double(w, p->rate_down, 0);
		jsonw_array_end(w);
	}
	jsonw_array_end(w);
}

static void put_country_days(struct jsonw *w, const struct course_days *d, unsigned row, const char *code,
			     const char *name)
{
	jsonw_object(w);
	jsonw_member_text(w, "code", code);
	jsonw_member_text(w, "name", name);
	jsonw_key(w, "days");
	jsonw_array(w);
	for (unsigned i = 0; i < d->day_count; i++)
		jsonw_int(w, (int64_t)d->seen[row][i]);
	jsonw_array_end(w);
	jsonw_object_end(w);
}

static void put_days(struct jsonw *w, const struct course_days *d)
{
	jsonw_key(w, "by_day");
	jsonw_object(w);
	jsonw_key(w, "days");
	jsonw_array(w);
	for (unsigned i = 0; i < d->day_count; i++)
		jsonw_text(w, d->days[i]);
	jsonw_array_end(w);
	jsonw_key(w, "countries");
	jsonw_array(w);
	for (unsigned i = 0; i < d->country_count; i++)
		put_country_days(w, d, i, country_code(d->countries[i]), country_name(d->countries[i]));
	if (d->country_count == COURSE_COUNTRIES)
		put_country_days(w, d, COURSE_COUNTRIES, "", "others");
	jsonw_array_end(w);
	jsonw_object_end(w);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void write_history(const struct history_past *past, struct buf *out)
{
	struct jsonw w;

	buf_reset(out);
	jsonw_init(&w, out);
	jsonw_object(&w);
	draw_json_int(&w, "schema", 1);
	put_course(&w, &past->course);
	put_days(&w, &past->days);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

/* While a slow disk is being read, the answer of before does. */
static int refresh(const struct scene *scene, int64_t seconds, struct web_kept *kept, struct err *err)
{
	const struct history_past *past;
	int code = history_past(scene->history, scene->now, seconds, (unsigned)(seconds / DAY), &past, err);

	if (code)
		return code == -EAGAIN && kept->text.len ? 0 : code;
	write_history(past, &kept->text);
	kept->at_ms = scene->now.mono_ms;
	return 0;
}

static int range_of(const struct webreq *r)
{
	const char *name = webreq_param(r, "range") ? webreq_param(r, "range") : ranges[0].name;

	for (int i = 0; i < WEB_RANGES; i++)
		if (strcmp(ranges[i].name, name) == 0)
			return i;
	return -1;
}

void web_forget_history(struct web_tables *tables)
{
	for (int i = 0; i < WEB_RANGES; i++)
		buf_done(&tables->kept[i].text);
	memset(tables->kept, 0, sizeof(tables->kept));
}

void web_history(const struct web_asked *asked, struct httpd_answer *answer)
{
	const struct scene *scene = asked->scene;
	int range = range_of(asked->request), code = 0;
	struct web_kept *kept;
	struct err err;

	if (range < 0 || !scene->history) {
		web_refuse(answer, range < 0 ? 400 : 404, 0,
			   range < 0 ? "range is one of 1d, 7d, 30d, 365d" : "no history is kept");
		return;
	}
	if (asked->tables->history_id != scene->history_id)
		web_forget_history(asked->tables);
	asked->tables->history_id = scene->history_id;
	kept = &asked->tables->kept[range];
	if (!kept->text.max)
		buf_init(&kept->text, HTTPD_TEXT_MAX);
	if (!kept->text.len || scene->now.mono_ms - kept->at_ms > KEPT_MS)
		code = refresh(scene, ranges[range].seconds, kept, &err);
	if (code) {
		web_refuse(answer, code == -EAGAIN ? 503 : 500, 0, err.msg);
		answer->name = code == -EAGAIN ? "Retry-After" : NULL;
		answer->value = "1";
		return;
	}
	answer->type = WEB_JSON;
	buf_add(&answer->text, kept->text.data, kept->text.len);
}
