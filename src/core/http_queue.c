/* Who waits for a turn: calls in the order of their start, hosts in rotation, within limits for each host and for all;
 * hosts that had too much of us rest. It does not know what a turn is for. */
#include "core/http_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

enum { MAX_NAME = 1024, REST_MS = 1000, REST_MAX_MS = 60000, ASKED_MAX_MS = 86400 * 1000 };

/* Those that wait for one host. */
struct http_host {
	char *name;
	unsigned running;
	unsigned at_once;  /* 0 = as many as others */
	unsigned rests;    /* in a row */
	int64_t rests_ms;  /* until then; 0 = it does not */
	int64_t asked_ms;  /* it asked for a rest until then; 0 = for none that is longer than those are */
	struct http_turn *first, *last;
	struct http_host *next;
};

/* Where it is, or would be. */
static struct http_host **host_at(struct http_queue *q, const char *url, struct buf *name)
{
	struct http_host **at = &q->hosts;

	buf_init(name, MAX_NAME);
	http_url_host(url, name);
	while (*at && strcmp((*at)->name, buf_str(name)) != 0)
		at = &(*at)->next;
	return at;
}

static struct http_host *host_get(struct http_queue *q, const char *url)
{
	struct buf name;
	struct http_host **at = host_at(q, url, &name);

	if (!*at) {
		*at = xcalloc(1, sizeof(**at));
		(*at)->name = xstrdup(buf_str(&name));
	}
	buf_done(&name);
	return *at;
}

static void host_release(struct http_queue *q, struct http_host *host)
{
	struct http_host **at = &q->hosts;

	if (host->running || host->first || host->rests_ms || host->asked_ms)
		return;
	while (*at != host)
		at = &(*at)->next;
	*at = host->next;
	free(host->name);
	free(host);
}

void http_queue_add(struct http_queue *q, struct http_turn *turn, const char *url, bool first)
{
	struct http_host *host = host_get(q, url);

	turn->host = host;
	turn->running = false;
	turn->after = first ? host->first : NULL;
	*(first || !host->last ? &host->first : &host->last->after) = turn;
	if (!turn->after)
		host->last = turn;
}

static void unlink_turn(struct http_turn *turn)
{
	struct http_turn **at = &turn->host->first, *before = NULL;

	while (*at != turn) {
		before = *at;
		at = &before->after;
	}
	*at = turn->after;
	if (turn->host->last == turn)
		turn->host->last = before;
}

void http_queue_drop(struct http_queue *q, struct http_turn *turn)
{
	struct http_host *host = turn->host;

	if (!host)
		return;
	if (turn->running) {
		host->running--;
		q->running--;
	} else {
		unlink_turn(turn);
	}
	turn->host = NULL;
	host_release(q, host);
}

static struct http_host **end_of(struct http_queue *q)
{
	struct http_host **at = &q->hosts;

	while (*at)
		at = &(*at)->next;
	return at;
}

static bool may_go(const struct http_queue *q, const struct http_host *host)
{
	unsigned at_once = host->at_once ? host->at_once : q->per_host;

	return host->first && !host->rests_ms && (!at_once || host->running < at_once);
}

struct http_turn *http_queue_next(struct http_queue *q)
{
	struct http_host **at = &q->hosts, *host;
	struct http_turn *turn;

	if (q->total && q->running >= q->total)
		return NULL;
	while (*at && !may_go(q, *at))
		at = &(*at)->next;
	host = *at;
	if (!host)
		return NULL;
	/* The next turn is another host's. */
	*at = host->next;
	host->next = NULL;
	*end_of(q) = host;
	turn = host->first;
	unlink_turn(turn);
	turn->running = true;
	host->running++;
	q->running++;
	return turn;
}

/* ---- rests ---- */

static int64_t back_off(unsigned rests)
{
	int64_t ms = REST_MS;

	while (rests-- > 1 && ms < REST_MAX_MS)
		ms *= 2;
	return ms < REST_MAX_MS ? ms : REST_MAX_MS;
}

/* The answers of those that were on their way when it began are no further rests. */
static void begin_rest(const struct http_queue *q, struct http_host *host)
{
	unsigned at_once = host->at_once ? host->at_once : q->per_host ? q->per_host : host->running;

	host->rests++;
	host->at_once = at_once > 1 ? at_once / 2 : 1;
}

unsigned http_queue_rest(struct http_queue *q, const char *url, int64_t now, int64_t ms)
{
	struct http_host *host = host_get(q, url);

	if (!host->rests_ms)
		begin_rest(q, host);
	if (ms <= 0)
		ms = back_off(host->rests);
	if (ms > REST_MAX_MS) {
		host->asked_ms = now + (ms < ASKED_MAX_MS ? ms : ASKED_MAX_MS);
		ms = REST_MAX_MS;
	}
	if (host->rests_ms < now + ms)
		host->rests_ms = now + ms;
	return host->rests;
}

void http_queue_answered(struct http_turn *turn)
{
	if (turn->host && !turn->host->rests_ms)
		turn->host->rests = 0;
}

bool http_queue_sent_on(struct http_turn *turn, const char *url)
{
	struct buf name;
	bool elsewhere;

	buf_init(&name, MAX_NAME);
	http_url_host(url, &name);
	elsewhere = turn->host && strcmp(turn->host->name, buf_str(&name)) != 0;
	if (elsewhere)
		http_queue_answered(turn);
	buf_done(&name);
	return elsewhere;
}

int64_t http_queue_asked(struct http_queue *q, const char *url, int64_t now)
{
	struct buf name;
	const struct http_host *host = *host_at(q, url, &name);

	buf_done(&name);
	return host && host->asked_ms > now ? host->asked_ms - now : 0;
}

int64_t http_queue_wake(struct http_queue *q, int64_t now)
{
	int64_t next = INT64_MAX;

	for (struct http_host *host = q->hosts, *after; host; host = after) {
		int64_t until;

		after = host->next;
		if (host->asked_ms <= now)
			host->asked_ms = 0;
		if (host->rests_ms <= now)
			host->rests_ms = 0;
		until = host->rests_ms ? host->rests_ms : host->asked_ms;
		if (until && until < next)
			next = until;
		host_release(q, host);
	}
	return next;
}
