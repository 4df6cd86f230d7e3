/* The tables of /api/v1: filtered with the words of the screen's filters, sorted by a column, a part at a time. It does
 * not know who asks. */
#include "peers/web_answer.h"

#include <string.h>

#include "base/str.h"
#include "peers/draw_json.h"
#include "peers/view_filter.h"

/* ---- parameters ------------------------------------------------------------------------------------------------- */

/* How the rows of a table are written: what the first columns are to programs may be something else than what people
 * read. */
struct table {
	enum view_kind kind;
	const char *key;
	unsigned first;                                                         /* columns that ... */
	void (*put_first)(struct jsonw *w, const struct view *v, uint32_t row); /* ... this writes */
};

/* The numbers of all time are only there with a history. */
static bool has_column(const struct view *v, unsigned column)
{
	return v->all_time || !view_is_all_time(v, column);
}

/* "rate_up" is "rate-up" too, as in the answers; and some of their keys are columns by another name. */
static unsigned column_of(const struct view *v, const char *name)
{
	static const struct {
		const char *key, *column;
	} aliases[] = {
		{"estimated-bytes-up", "bytes-up"},
		{"estimated-bytes-down", "bytes-down"},
		{"code", "country"},
		{"asn", "network"},
	};
	char key[WEBREQ_VALUE];
	unsigned column;

	str_copy(key, sizeof(key), name);
	for (char *c = key; *c; c++)
		if (*c == '_')
			*c = '-';
	column = view_column(v, key);
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]) && column == VIEW_NONE; i++)
		if (strcmp(key, aliases[i].key) == 0)
			column = view_column(v, aliases[i].column);
	return column != VIEW_NONE && has_column(v, column) ? column : VIEW_NONE;
}

static void refuse_column(const struct view *v, struct httpd_answer *answer)
{
	struct buf text;

	buf_init(&text, 1024);
	buf_puts(&text, "sort: there is no such column; there are ");
	for (unsigned i = 0; i < v->table->column_count; i++)
		if (has_column(v, i))
			buf_printf(&text, "%s%s", i ? ", " : "", v->table->columns[i].key);
	web_refuse(answer, 400, 0, buf_str(&text));
	buf_done(&text);
}

static bool choose_order(struct view *v, const struct webreq *r, struct httpd_answer *answer)
{
	const char *sort = webreq_param(r, "sort"), *reverse = webreq_param(r, "reverse");
	unsigned column = sort && *sort ? column_of(v, sort) : v->table->sort;

	if (column == VIEW_NONE) {
		refuse_column(v, answer);
		return false;
	}
	view_sort(v, column, reverse && strcmp(reverse, "0") != 0 && strcmp(reverse, "false") != 0);
	return true;
}

/* What the view has already need not be read again; but a tag of it may be there no more, or again. */
static bool choose_rows(struct view *v, const struct web_asked *asked, enum view_kind kind, struct httpd_answer *answer)
{
	const char *filter = webreq_param(asked->request, "filter");
	const struct netlists *lists = asked->scene->lists;
	uint64_t tags = lists ? netlists_tags_in_use(lists) : 0;
	unsigned column = 0;
	struct err err;

	filter = filter ? filter : "";
	if (strcmp(filter, asked->tables->filters[kind]) == 0 && tags == asked->tables->tags[kind])
		return true;
	if (view_filter(v, filter, lists, &err, &column) == 0) {
		str_copy(asked->tables->filters[kind], WEBREQ_VALUE, filter);
		asked->tables->tags[kind] = tags;
		return true;
	}
	web_refuse(answer, 400, column, err.msg);
	return false;
}

/* A number that may be missing. */
static bool number(const struct webreq *r, const char *name, uint64_t *value, struct httpd_answer *answer)
{
	const char *text = webreq_param(r, name);

	if (!text || str_u64(text, value) == 0)
		return true;
	web_refuse(answer, 400, 0, "limit and offset take numbers");
	return false;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static void put_cell(struct jsonw *w, const struct view *v, unsigned column, uint32_t row)
{
	const struct view_column *c = &v->table->columns[column];
	char scratch[VIEW_CELL];
	uint64_t value;

	if (c->text) {
		jsonw_text(w, c->text(v, row, scratch));
		return;
	}
	value = c->number(v, row);
	if (c->format == VIEW_TIME || c->format == VIEW_AGE)
		jsonw_time(w, value ? (int64_t)value : v->scene->now.wall);
	else if (c->format == VIEW_PERCENT || c->format == VIEW_SHARE)
		jsonw_double(w, (double)value / 1000, 3);
	else
		jsonw_int(w, (int64_t)value);
}

static void put_key(struct jsonw *w, const char *key)
{
	char name[64];

	str_copy(name, sizeof(name), key);
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	jsonw_key(w, name);
}

static void put_rows(struct jsonw *w, const struct table *t, const struct view *v, const uint32_t *rows, uint32_t count)
{
	jsonw_key(w, t->key);
	jsonw_array(w);
	for (uint32_t i = 0; i < count; i++) {
		jsonw_object(w);
		if (t->put_first)
			t->put_first(w, v, rows[i]);
		for (unsigned c = t->first; c < v->table->column_count; c++) {
			if (!has_column(v, c))
				continue;
			put_key(w, v->table->columns[c].key);
			put_cell(w, v, c, rows[i]);
		}
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static void put_table(const struct table *t, const struct view *v, uint64_t limit, uint64_t offset, struct buf *out)
{
	uint32_t from = offset < v->count ? (uint32_t)offset : v->count;
	uint32_t count = v->count - from < limit ? v->count - from : (uint32_t)limit;
	const uint32_t *rows = v->rows ? v->rows + from : NULL;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	draw_json_int(&w, "schema", 1);
	jsonw_key(&w, "time");
	jsonw_time(&w, record_wall(v->scene));
	draw_json_int(&w, "all", v->all);
	draw_json_int(&w, "found", v->count);
	draw_json_int(&w, "offset", from);
	put_rows(&w, t, v, rows, count);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

static struct view *view_of(const struct web_asked *asked, enum view_kind kind)
{
	if (!asked->tables->made[kind])
		view_init(&asked->tables->views[kind], kind);
	asked->tables->made[kind] = true;
	return &asked->tables->views[kind];
}

static void answer_table(const struct web_asked *asked, const struct table *t, struct httpd_answer *answer)
{
	struct view *v = view_of(asked, t->kind);
	uint64_t limit = WEB_ROWS, offset = 0;

	/* What the history says changes without the tables, and its names end with it. These tables are small. */
	if (v->table->all_time && asked->scene->all_time)
		view_touch(v);
	view_all_time(v, asked->scene->all_time != NULL);
	if (!choose_order(v, asked->request, answer) || !choose_rows(v, asked, t->kind, answer) ||
	    !number(asked->request, "limit", &limit, answer) || !number(asked->request, "offset", &offset, answer))
		return;
	view_update(v, asked->scene);
	answer->type = WEB_JSON;
	put_table(t, v, limit < WEB_ROWS_MAX ? limit : WEB_ROWS_MAX, offset, &answer->text);
}

static void put_country(struct jsonw *w, const struct view *v, uint32_t row)
{
	draw_json_row(w, record_country_fields, row, v->scene);
}

void web_countries(const struct web_asked *asked, struct httpd_answer *answer)
{
	answer_table(asked, &(struct table){VIEW_COUNTRIES, "countries", 9, put_country}, answer);
}

static void put_peer(struct jsonw *w, const struct view *v, uint32_t row)
{
	draw_json_row(w, record_peer_fields, row, v->scene);
}

void web_peers(const struct web_asked *asked, struct httpd_answer *answer)
{
	answer_table(asked, &(struct table){VIEW_PEERS, "peers", VIEW_COLUMNS, put_peer}, answer);
}

void web_clients(const struct web_asked *asked, struct httpd_answer *answer)
{
	answer_table(asked, &(struct table){VIEW_CLIENTS, "clients", 0, NULL}, answer);
}

static void put_torrent(struct jsonw *w, const struct view *v, uint32_t row)
{
	const char *name = v->scene->fold->torrents[row].name;

	jsonw_key(w, "name");
	jsonw_text(w, name && *name ? name : NULL);
}

void web_torrents(const struct web_asked *asked, struct httpd_answer *answer)
{
	answer_table(asked, &(struct table){VIEW_TORRENTS, "torrents", 1, put_torrent}, answer);
}

/* As in a poll, which leaves Local addresses out. */
static void put_network(struct jsonw *w, const struct view *v, uint32_t row)
{
	draw_json_network(w, v, row);
	jsonw_key(w, "local");
	jsonw_bool(w, v->scene->fold->addresses[v->groups[row].id].country == COUNTRY_LOCAL);
}

void web_networks(const struct web_asked *asked, struct httpd_answer *answer)
{
	answer_table(asked, &(struct table){VIEW_NETWORKS, "networks", 3, put_network}, answer);
}
