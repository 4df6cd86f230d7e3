/* Small things by name, and the nodes nearest to each torrent. It does not know what is in them. */
#include "swarm/catalog_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

void catalog_put_state(struct catalog *c, const char *key, const void *bytes, size_t len)
{
	static const char put[] =
		"INSERT INTO state(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value";

	if (len <= CATALOG_MAX_STATE)
		CATALOG_PUT(c, put, catalog_text(key, CATALOG_MAX_SHORT), store_blob(bytes, len));
}

struct found {
	void *bytes; /* NULL = none */
	int64_t len;
};

static int take_state(void *context, const struct store_value *columns, size_t count)
{
	struct found *f = context;

	(void)count;
	f->len = (int64_t)columns[0].len;
	f->bytes = xmalloc(columns[0].len + 1);
	if (f->len)
		memcpy(f->bytes, columns[0].bytes, columns[0].len);
	return 0;
}

int64_t catalog_state(struct catalog *c, const char *key, void **bytes)
{
	static const char get[] = "SELECT value FROM state WHERE key = ?1";
	struct found f = {NULL, 0};
	int code = CATALOG_GET(c, get, take_state, &f, NULL, catalog_text(key, CATALOG_MAX_SHORT));

	if (!f.bytes)
		return code ? code : -ENOENT;
	*bytes = f.bytes;
	return f.len;
}

void catalog_put_time(struct catalog *c, const char *key, int64_t wall)
{
	catalog_put_state(c, key, &wall, sizeof(wall));
}

int64_t catalog_time(struct catalog *c, const char *key)
{
	int64_t wall = 0;
	void *bytes = NULL;

	if (catalog_state(c, key, &bytes) == sizeof(wall))
		memcpy(&wall, bytes, sizeof(wall));
	free(bytes);
	return wall;
}

void catalog_put_near(struct catalog *c, int64_t torrent, int family, const void *nodes, size_t len)
{
	static const char put[] =
		"INSERT INTO near(torrent, family, nodes) VALUES(?1, ?2, ?3) "
		"ON CONFLICT(torrent, family) DO UPDATE SET nodes = excluded.nodes WHERE nodes <> excluded.nodes";

	if (len <= CATALOG_MAX_NEAR)
		CATALOG_PUT(c, put, STORE_INT_OF(torrent), STORE_INT_OF(family), store_blob(nodes, len));
}

struct near_taker {
	void (*take)(void *context, int64_t torrent, const void *nodes, size_t len);
	void *context;
};

static int take_near(void *context, const struct store_value *columns, size_t count)
{
	const struct near_taker *t = context;

	(void)count;
	t->take(t->context, columns[0].number, columns[1].bytes, columns[1].len);
	return 0;
}

void catalog_near(struct catalog *c, int family,
		  void (*take)(void *context, int64_t torrent, const void *nodes, size_t len), void *context)
{
	static const char get[] = "SELECT torrent, nodes FROM near WHERE family = ?1";
	struct near_taker t = {take, context};

	CATALOG_GET(c, get, take_near, &t, NULL, STORE_INT_OF(family));
}
