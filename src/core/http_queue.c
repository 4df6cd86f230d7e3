/* Who waits for a turn: calls in the order of their start, hosts in rotation, within limits for each host and for all.
 * It does not know what a turn is for. */
#include "core/http_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

enum { MAX_NAME = 1024 };

/* Those that wait for one host. */
struct http_host {
	char *name;
	unsigned running;
	struct http_turn *first, *last;
	struct http_host *next;
};

static struct http_host *host_get(struct http_queue *q, const char *url)
{
	struct http_host **at = &q->hosts;
	struct buf name;

	buf_init(&name, MAX_NAME);
	/* Without a limit for each host all are one. */
	if (q->per_host)
		http_url_host(url, &name);
	while (*at && strcmp((*at)->name, buf_str(&name)) != 0)
		at = &(*at)->next;
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

	if (host->running || host->first)
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
	return host->first && (!q->per_host || host->running < q->per_host);
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
