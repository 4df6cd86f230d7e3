/* A ring of messages and the patience between tries. It does not know how a message is sent. */
#include "core/notify_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

static unsigned at(const struct notify_queue *q, unsigned n)
{
	return (q->first + n) % NOTIFY_WAITING;
}

static void pop(struct notify_queue *q)
{
	free(q->items[q->first].message);
	q->items[q->first].message = NULL;
	q->first = at(q, 1);
	q->count--;
	q->flying = false;
}

static void lose(struct notify_queue *q)
{
	q->lost++;
	q->lost_since++;
}

void notify_queue_done(struct notify_queue *q)
{
	while (q->count)
		pop(q);
}

/* The second one, while the first is on its way. */
static void lose_second(struct notify_queue *q)
{
	free(q->items[at(q, 1)].message);
	q->items[at(q, 1)] = q->items[q->first];
	q->items[q->first].message = NULL;
	q->first = at(q, 1);
	q->count--;
}

const struct notify_message *notify_queue_at(const struct notify_queue *q, unsigned i)
{
	return q->items[at(q, i)].message;
}

bool notify_queue_add(struct notify_queue *q, const struct notify_message *m, int64_t now_ms)
{
	struct notify_message *copy = xmalloc(sizeof(*copy));
	bool room = q->count < NOTIFY_WAITING;

	*copy = *m;
	if (!room) {
		lose(q);
		if (q->flying)
			lose_second(q);
		else
			pop(q);
	}
	q->items[at(q, q->count)].message = copy;
	q->items[at(q, q->count)].born_ms = now_ms;
	q->count++;
	return room;
}

const struct notify_message *notify_queue_next(struct notify_queue *q, int64_t now_ms)
{
	if (q->flying || now_ms < q->next_ms)
		return NULL;
	while (q->count && now_ms - q->items[q->first].born_ms > NOTIFY_OLD_MS) {
		lose(q);
		pop(q);
	}
	q->flying = q->count > 0;
	return q->flying ? q->items[q->first].message : NULL;
}

int64_t notify_queue_due(const struct notify_queue *q)
{
	return q->count && !q->flying ? q->next_ms : -1;
}

void notify_queue_sent(struct notify_queue *q)
{
	q->sent++;
	q->lost_since = 0;
	q->failures = 0;
	q->next_ms = 0;
	pop(q);
}

/* Between half of the rest and all of it, so that many do not come back at the same moment. */
static int64_t rest(unsigned failures, uint32_t random)
{
	int64_t most = NOTIFY_FIRST_MS;

	for (unsigned i = 1; i < failures && most < NOTIFY_REST_MS; i++)
		most *= 2;
	most = most < NOTIFY_REST_MS ? most : NOTIFY_REST_MS;
	return most / 2 + random % (most / 2 + 1);
}

void notify_queue_failed(struct notify_queue *q, int64_t now_ms, int64_t after_ms, uint32_t random)
{
	int64_t wait;

	q->flying = false;
	q->failures++;
	wait = rest(q->failures, random);
	after_ms = after_ms < NOTIFY_AFTER_MS ? after_ms : NOTIFY_AFTER_MS;
	q->next_ms = now_ms + (after_ms > wait ? after_ms : wait);
}

void notify_queue_refused(struct notify_queue *q)
{
	lose(q);
	q->failures = 0;
	q->next_ms = 0;
	pop(q);
}

void notify_queue_landed(struct notify_queue *q)
{
	q->flying = false;
	notify_queue_hurry(q);
}

void notify_queue_hurry(struct notify_queue *q)
{
	q->failures = 0;
	q->next_ms = 0;
}

bool notify_queue_holds_end(const struct notify_queue *q, const char *alert)
{
	for (unsigned i = 0; i < q->count; i++) {
		const struct notify_message *m = q->items[at(q, i)].message;

		if (m->state == NOTIFY_CLEARED && strcmp(m->alert, alert) == 0)
			return true;
	}
	return false;
}

static bool is_last(const struct notify_queue *q, unsigned n)
{
	const char *alert = q->items[at(q, n)].message->alert;

	for (unsigned i = n + 1; i < q->count; i++)
		if (strcmp(q->items[at(q, i)].message->alert, alert) == 0)
			return false;
	return true;
}

unsigned notify_queue_kept(const struct notify_queue *q,
			   bool (*kept)(void *context, const struct notify_message *m, bool last), void *context)
{
	unsigned count = 0;

	for (unsigned i = 0; i < q->count; i++)
		count += kept(context, q->items[at(q, i)].message, is_last(q, i));
	return count;
}

bool notify_queue_holds(const struct notify_queue *q, const char *alert, int64_t wall)
{
	for (unsigned i = 0; i < q->count; i++) {
		const struct notify_message *m = q->items[at(q, i)].message;

		if (m->state == NOTIFY_RAISED && m->wall == wall && strcmp(m->alert, alert) == 0)
			return true;
	}
	return false;
}
