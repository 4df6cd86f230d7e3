/* Thinning, in small steps, so that no write keeps the others waiting for long. It does not know what samples say. */
#include "swarm/catalog_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HOUR = 3600,
	DAY = 24 * HOUR,
	EVERY = DAY - HOUR,   /* a round, at most; an hour less, so that who calls it daily gets one a day */
	STEP = 500,           /* torrents */
	FRESH_LOOK = 1 << 14, /* samples between two looks at how many there are */
	ANSWERS_KEPT = 366 * DAY,
};

static const char state_key[] = "thinning";

/* From which age on one sample in how long is enough. */
static const struct rule {
	int64_t age, every;
} rules[] = {
	{2 * DAY, 6 * HOUR},
	{30 * DAY, DAY},
};

/* Of those that begin in the same stretch of time the last stays: it is the one that may last beyond it, and then it is
 * the only one that tells of the time after. */
static void thin_torrents(struct catalog *c, const struct rule *rule, int64_t first, int64_t end)
{
	static const char thin[] =
		"DELETE FROM samples WHERE (series, since) IN (SELECT s.series, s.since FROM torrents t "
		"CROSS JOIN (SELECT 0 AS kind UNION ALL SELECT 1 UNION ALL SELECT 2) k CROSS JOIN samples s "
		"WHERE t.id >= ?1 AND t.id < ?2 AND s.series = t.id * 4 + k.kind AND s.since >= ?3 AND s.since < ?4 "
		"AND EXISTS(SELECT 1 FROM samples n WHERE n.series = s.series AND n.since > s.since "
		"AND n.since < (s.since / ?5 + 1) * ?5))";
	int64_t from = c->thinning.done - rule->age, to = c->thinning.now - rule->age;

	/* What was old enough in the round before has been seen to, but for the stretch it ended in. */
	from = c->thinning.done && from > 0 ? from - from % rule->every : 0;
	if (to > from)
		CATALOG_PUT(c, thin, STORE_INT_OF(first), STORE_INT_OF(end), STORE_INT_OF(from), STORE_INT_OF(to),
			    STORE_INT_OF(rule->every));
}

static void settle(struct catalog *c)
{
	CATALOG_PUT(c, "INSERT INTO settled VALUES(?1)", STORE_INT_OF(0));
	c->samples = 0;
}

/* ---- a round ---- */

static void remember(struct catalog *c)
{
	char text[96];
	int len = snprintf(text, sizeof(text), "%lld %lld %lld", (long long)c->thinning.done,
			   (long long)c->thinning.now, (long long)c->thinning.next);

	catalog_put_state(c, state_key, text, (size_t)len);
}

static void recall(struct catalog *c)
{
	struct catalog_thinning *t = &c->thinning;
	void *bytes = NULL;
	int64_t len = catalog_state(c, state_key, &bytes);

	if (len > 0) {
		char *at = bytes;

		at[len] = '\0';
		t->done = strtoll(at, &at, 10);
		t->now = strtoll(at, &at, 10);
		t->next = strtoll(at, &at, 10);
	}
	free(bytes);
}

static void step(struct catalog *c)
{
	struct catalog_thinning *t = &c->thinning;
	int64_t end = t->next + STEP;

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		thin_torrents(c, &rules[i], t->next, end);
	t->next = end;
	if (t->next > t->last) {
		t->done = t->now;
		t->now = 0;
	}
	remember(c);
}

static void begin(struct catalog *c, int64_t now)
{
	static const char answers[] = "DELETE FROM answers WHERE at < ?1";

	c->thinning.now = now;
	c->thinning.next = 0;
	settle(c);
	CATALOG_PUT(c, answers, STORE_INT_OF(now - ANSWERS_KEPT));
}

void catalog_thin(struct catalog *c, int64_t now)
{
	struct catalog_thinning *t = &c->thinning;

	if (!c->writes)
		return;
	if (!t->now && !t->done)
		recall(c);
	if (t->done > now)
		t->done = 0; /* the clock was wrong then */
	if (!t->now && now - t->done < EVERY)
		return;
	if (!t->now)
		begin(c, now);
	store_get(c->store, "SELECT max(id) FROM torrents", NULL, 0, catalog_take_number, &t->last, NULL);
	t->at = now;
	step(c);
}

void catalog_thin_step(struct catalog *c, int64_t at)
{
	static const char waiting[] = "SELECT max(rowid) - min(rowid) FROM fresh";
	int64_t fresh = 0;

	if (c->thinning.now && c->thinning.last && at > c->thinning.at) {
		c->thinning.at = at;
		step(c);
	}
	if (++c->samples < FRESH_LOOK)
		return;
	c->samples = 0;
	store_get(c->store, waiting, NULL, 0, catalog_take_number, &fresh, NULL);
	if (fresh > c->fresh_max)
		settle(c);
}
