/* Opening the catalog, and values on their way into SQL and out. It does not know what is asked of it. */
#include "swarm/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "core/state.h"
#include "swarm/catalog_private.h"

enum {
	QUEUE = 16 << 20,
	COMMIT_MS = 2000,
	FLUSH_MS = 5000,
	LIST = 1 << 16, /* characters of ids of collections */
};

int catalog_path(const char *configured, char *path, size_t size, struct err *err)
{
	return state_path(configured, "swarm.db", "[store] path", path, size, err);
}

/* ---- opening ---- */

int catalog_open(const char *path, enum catalog_mode mode, struct catalog **catalog, struct err *err)
{
	struct store_open how = {
		.path = path,
		.migrations = catalog_migrations,
		.writer = mode == CATALOG_WRITE,
		.queue_max = QUEUE,
		.commit_ms = COMMIT_MS,
		.writers = "`swarmtop sync` or `swarmtop trackers`",
	};
	struct store *store;
	struct err left;
	struct catalog *c;
	int code = mode == CATALOG_WRITE ? state_make_folders(path, err) : 0;

	if (!code)
		code = store_open(&how, &store, err);
	if (code == -ENOENT && mode == CATALOG_READ)
		return err_set(err, code, "there is no store at %s yet: run `swarmtop sync` first", path);
	if (code)
		return code;
	store_take_left(store, &left);
	if (*left.msg)
		log_warn("%s", left.msg);
	c = xcalloc(1, sizeof(*c));
	c->store = store;
	c->writes = how.writer;
	c->fresh_max = CATALOG_FRESH;
	*catalog = c;
	return 0;
}

int catalog_flush(struct catalog *c, struct err *err)
{
	return store_flush_within(c->store, FLUSH_MS, err);
}

bool catalog_settled(struct catalog *c)
{
	return store_settled(c->store);
}

void catalog_free(struct catalog *c)
{
	if (!c)
		return;
	store_free(c->store);
	free(c);
}

/* ---- values ---- */

struct store_value catalog_text(const char *text, size_t max)
{
	size_t len = text ? strnlen(text, max + 1) : 0;

	if (!len)
		return (struct store_value){.type = STORE_NULL};
	if (len > max)
		for (len = max; len && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
			;
	return (struct store_value){.type = STORE_TEXT, .bytes = text, .len = len};
}

struct store_value catalog_whole_text(const char *text, size_t max)
{
	return catalog_text(text && strnlen(text, max + 1) > max ? NULL : text, max);
}

struct store_value catalog_known(int64_t number)
{
	if (number < 0)
		return (struct store_value){.type = STORE_NULL};
	return STORE_INT_OF(number);
}

struct store_value catalog_known_or_none(int64_t number)
{
	return catalog_known(number ? number : -1);
}

const char *catalog_column_text(const struct store_value *column)
{
	return column->type == STORE_TEXT ? column->bytes : "";
}

int64_t catalog_column(const struct store_value *column, int64_t if_null)
{
	return column->type == STORE_INT ? column->number : if_null;
}

int32_t catalog_column_count(const struct store_value *column)
{
	int64_t n = catalog_column(column, CATALOG_UNKNOWN);

	return n < 0 ? CATALOG_UNKNOWN : n > INT32_MAX ? INT32_MAX : (int32_t)n;
}

void catalog_column_copy(const struct store_value *column, char *text, size_t size)
{
	str_copy(text, size, catalog_column_text(column));
}

int catalog_take_number(void *context, const struct store_value *columns, size_t count)
{
	(void)count;
	*(int64_t *)context = catalog_column(&columns[0], 0);
	return 0;
}

/* ---- which collections ---- */

int catalog_chosen(struct catalog *c, const char *const *collections, char **list, struct err *err)
{
	static const char find[] = "SELECT id FROM collections WHERE name = ?1";
	struct buf ids;
	int code = 0;

	*list = NULL;
	if (!collections)
		return 0;
	buf_init(&ids, LIST);
	buf_putc(&ids, ',');
	for (; *collections && !code; collections++) {
		int64_t id = 0;

		code = CATALOG_GET(c, find, catalog_take_number, &id, err, store_text(*collections));
		if (!code && id && buf_printf(&ids, "%lld,", (long long)id))
			code = err_set(err, -E2BIG, "too many collections");
	}
	if (!code)
		*list = xstrdup(buf_str(&ids));
	buf_done(&ids);
	return code;
}
