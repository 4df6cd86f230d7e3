/* What a user asks of rows, in the grammar of wire/expr.h. It knows columns and values, but not what they are of. */
#include "peers/view_filter.h"

#include <string.h>

#include "base/text.h"
#include "base/words.h"
#include "peers/view_table.h"
#include "wire/expr.h"

enum {
	FILTER_MEMORY = 128 * 1024, /* what expr_parse() asks for */
	FLAG_IDS = 100,             /* ids of flags in a filter start here, those of columns at 1 */
	TAG_ID = 1000,              /* of tag('...') */
};

static const enum expr_type expr_types[VIEW_FORMATS] = {
	[VIEW_TEXT] = EXPR_TEXT,
	[VIEW_COUNT] = EXPR_NUMBER,
	[VIEW_BYTES] = EXPR_NUMBER,
	[VIEW_RATE_UP] = EXPR_NUMBER,
	[VIEW_RATE_DOWN] = EXPR_NUMBER,
	[VIEW_PERCENT] = EXPR_FRACTION,
	[VIEW_SHARE] = EXPR_FRACTION,
	[VIEW_TIME] = EXPR_TIME,
	[VIEW_AGE] = EXPR_TIME,
};

static size_t filter_fields(const struct view_table *table, struct expr_field fields[EXPR_FIELDS_MAX])
{
	size_t count = 0;

	for (unsigned i = 0; i < table->column_count; i++) {
		const struct view_column *c = &table->columns[i];

		fields[count++] = (struct expr_field){
			.name = c->key,
			.type = expr_types[c->format],
			.id = (int)i + 1,
			.other_id = c->other ? c->other + 1 : 0,
		};
	}
	for (unsigned i = 0; i < table->flag_count; i++)
		fields[count++] = (struct expr_field){
			.name = table->flags[i].key, .type = EXPR_FLAG, .id = FLAG_IDS + (int)i};
	if (table->has_tag)
		fields[count++] = (struct expr_field){
			.name = "tag", .type = EXPR_FLAG, .takes_argument = true, .id = TAG_ID};
	return count;
}

static const char *refuse_tag(const void *context, const struct expr_field *field, const char *argument)
{
	const struct netlists *lists = context;
	int bit = field->id == TAG_ID && lists ? netlists_tag_find(lists, argument) : -1;

	if (field->id != TAG_ID || (bit >= 0 && netlists_tags_in_use(lists) >> bit & 1))
		return NULL;
	return _("no list has this tag");
}

static bool blank(const char *text)
{
	return text[strspn(text, " \t")] == '\0';
}

void view_filter_begin(struct view *v)
{
	arena_init(&v->arena, FILTER_MEMORY);
}

int view_filter(struct view *v, const char *text, const struct netlists *lists, struct err *err, unsigned *column)
{
	struct expr_field fields[EXPR_FIELDS_MAX];
	struct expr_schema schema = {
		.fields = fields,
		.count = filter_fields(v->table, fields),
		.bare_text = true,
		.refuse = refuse_tag,
		.context = lists,
	};
	struct expr *filter = NULL;
	struct arena arena;
	int rc = 0;

	arena_init(&arena, FILTER_MEMORY);
	if (!blank(text))
		rc = expr_parse(text, &schema, &arena, &filter, err, column);
	if (rc) {
		arena_done(&arena);
		return rc;
	}
	arena_done(&v->arena);
	v->arena = arena;
	v->filter = filter;
	v->dirty = true;
	return 0;
}

/* Who answers a filter: one row. */
struct row_source {
	const struct view *v;
	uint32_t row;
	char scratch[VIEW_CELL];
};

static const char *row_text(void *context, int id, const char *argument)
{
	struct row_source *s = context;
	const struct view_column *c = &s->v->table->columns[id - 1];

	const char *text = c->text(s->v, s->row, s->scratch);

	(void)argument;
	return *text ? text : NULL;
}

/* Times are compared as how long ago they were. */
static double row_number(void *context, int id, const char *argument)
{
	struct row_source *s = context;
	const struct view_column *c = &s->v->table->columns[id - 1];
	uint64_t n = c->number(s->v, s->row);

	(void)argument;
	if (expr_types[c->format] == EXPR_FRACTION)
		return (double)n / 1000;
	if (expr_types[c->format] == EXPR_TIME)
		return n ? (double)s->v->scene->now.wall - (double)n : 0;
	return (double)n;
}

static bool row_flag(void *context, int id, const char *argument)
{
	struct row_source *s = context;

	if (id == TAG_ID)
		return s->v->table->has_tag(s->v, s->row, argument);
	return s->v->table->flags[id - FLAG_IDS].is(s->v, s->row);
}

static bool row_any_text(void *context, const char *needle)
{
	struct row_source *s = context;

	for (unsigned i = 0; i < s->v->table->column_count; i++) {
		const struct view_column *c = &s->v->table->columns[i];

		if (c->text && text_has(c->text(s->v, s->row, s->scratch), needle))
			return true;
	}
	return false;
}

void view_filter_rows(struct view *v)
{
	struct row_source row = {.v = v};
	struct expr_source source = {
		.context = &row, .text = row_text, .number = row_number, .flag = row_flag, .any_text = row_any_text};
	uint32_t kept = 0;

	v->all = v->count;
	if (!v->filter)
		return;
	for (uint32_t i = 0; i < v->count; i++) {
		row.row = v->rows[i];
		if (expr_eval(v->filter, &source))
			v->rows[kept++] = v->rows[i];
	}
	v->count = kept;
}
