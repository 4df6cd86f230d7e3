/* core/notify_queue.c: order, rests between tries, what is lost and counted. The clock is the test's. */
#include "core/notify_queue.h"

#include <stdio.h>

#include "tap.h"

static struct notify_message message(unsigned number)
{
	struct notify_message m = {.wall = number};

	snprintf(m.title, sizeof(m.title), "%u", number);
	return m;
}

static void add(struct notify_queue *q, unsigned number, int64_t now)
{
	struct notify_message m = message(number);

	notify_queue_add(q, &m, now);
}

static long long next(struct notify_queue *q, int64_t now)
{
	const struct notify_message *m = notify_queue_next(q, now);

	return m ? m->wall : -1;
}

static void test_order(void)
{
	struct notify_queue q = {.count = 0};

	is_int(notify_queue_due(&q), -1, "an empty queue has nothing due");
	is_int(next(&q, 5), -1, "and nothing to send");
	add(&q, 1, 10);
	add(&q, 2, 11);
	is_int(notify_queue_due(&q), 0, "a message is due at once");
	is_int(next(&q, 12), 1, "the first goes");
	is_int(next(&q, 12), -1, "and the second waits for it");
	is_int(notify_queue_due(&q), -1, "nothing is due meanwhile");
	notify_queue_sent(&q);
	is_int(next(&q, 13), 2, "then the second goes");
	notify_queue_sent(&q);
	is_int(q.sent, 2, "two were sent");
	is_int(q.count, 0, "none waits");
	notify_queue_done(&q);
}

/* 2, 4, 8 ... seconds, up to 15 minutes; between half and all of it. */
static void test_rests(void)
{
	static const int64_t rests[] = {2000, 4000, 8000, 16000, 32000, 64000, 128000, 256000, 512000, 900000, 900000};
	struct notify_queue q = {.count = 0};
	int64_t now = 1000;

	add(&q, 7, now);
	for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
		is_int(next(&q, now), 7, "try %zu", i + 1);
		notify_queue_failed(&q, now, 0, i % 2 ? UINT32_MAX - 3 : 0);
		ok(notify_queue_due(&q) - now >= rests[i] / 2 && notify_queue_due(&q) - now <= rests[i],
		   "rests %lld ms, of at most %lld", (long long)(notify_queue_due(&q) - now), (long long)rests[i]);
		is_int(next(&q, notify_queue_due(&q) - 1), -1, "and not less");
		now = notify_queue_due(&q);
	}
	is_int(next(&q, now), 7, "it is still there");
	notify_queue_sent(&q);
	add(&q, 8, now);
	is_int(next(&q, now), 8, "after a success there is no rest");
	notify_queue_failed(&q, now, 0, 0);
	is_int(notify_queue_due(&q), now + 1000, "and the next failure is the first again");
	notify_queue_hurry(&q);
	is_int(next(&q, now), 8, "who is in a hurry does not rest");
	notify_queue_hurry(&q);
	is_int(next(&q, now), -1, "but one on its way is not sent twice");
	notify_queue_done(&q);
}

static void test_retry_after(void)
{
	struct notify_queue q = {.count = 0};

	add(&q, 1, 0);
	next(&q, 0);
	notify_queue_failed(&q, 0, 30000, 0);
	is_int(notify_queue_due(&q), 30000, "the other side says when");
	next(&q, 30000);
	notify_queue_failed(&q, 30000, 100, 0);
	is_int(notify_queue_due(&q), 32000, "but not sooner than we would");
	next(&q, 32000);
	notify_queue_failed(&q, 32000, INT64_MAX, 0);
	is_int(notify_queue_due(&q), 32000 + NOTIFY_AFTER_MS, "and no later than in an hour");
	notify_queue_done(&q);
}

static void test_full(void)
{
	struct notify_queue q = {.count = 0};
	struct notify_message m = message(1000);

	for (unsigned i = 0; i < NOTIFY_WAITING; i++)
		add(&q, i, 0);
	is_int(q.lost, 0, "a hundred have room");
	ok(!notify_queue_add(&q, &m, 0), "the next costs the oldest");
	is_int(next(&q, 0), 1, "which was 0");
	ok(!notify_queue_add(&q, &m, 0), "while the first is on its way");
	is_int(q.count, NOTIFY_WAITING, "it is the second that goes");
	notify_queue_sent(&q);
	is_int(next(&q, 0), 3, "which was 2");
	notify_queue_refused(&q);
	is_int(q.lost, 3, "three lost");
	is_int(q.lost_since, 1, "one since the last that was sent");
	for (unsigned i = 4; i < NOTIFY_WAITING; i++) {
		if (next(&q, 0) != (long long)i)
			break;
		notify_queue_sent(&q);
	}
	is_int(q.count, 2, "the others in their order, and the two that came last are left");
	is_int(q.lost_since, 0, "what was lost has been told");
	notify_queue_done(&q);
}

static void test_old(void)
{
	struct notify_queue q = {.count = 0};

	add(&q, 1, 0);
	add(&q, 2, 1000);
	add(&q, 3, NOTIFY_OLD_MS);
	is_int(next(&q, NOTIFY_OLD_MS + 1001), 3, "what is a day old is no news");
	is_int(q.lost, 2, "and is counted as lost");
	notify_queue_landed(&q);
	is_int(next(&q, NOTIFY_OLD_MS + 1001), 3, "what was called back goes again");
	notify_queue_done(&q);
}

static void test_holds(void)
{
	struct notify_message m = {.wall = 1000, .state = NOTIFY_RAISED, .alert = "crowd"};
	struct notify_queue q = {.count = 0};

	notify_queue_add(&q, &m, 0);
	ok(notify_queue_holds(&q, "crowd", 1000), "it waits");
	ok(!notify_queue_holds(&q, "crowd", 1001) && !notify_queue_holds(&q, "crow", 1000), "no other one");
	next(&q, 0);
	ok(notify_queue_holds(&q, "crowd", 1000), "on its way it waits still");
	notify_queue_sent(&q);
	m.state = NOTIFY_CLEARED;
	notify_queue_add(&q, &m, 0);
	ok(!notify_queue_holds(&q, "crowd", 1000), "sent; that it is over is another message");
	notify_queue_done(&q);
}

static bool is_kept(void *context, const struct notify_message *m, bool last)
{
	return strcmp(m->alert, context) == 0 && last;
}

static void test_kept(void)
{
	struct notify_message crowd = {.state = NOTIFY_RAISED, .alert = "crowd"}, few = {.alert = "few"};
	struct notify_queue q = {.count = 0};
	char name[] = "crowd";

	is_int(notify_queue_kept(&q, is_kept, name), 0, "none waits, none is kept");
	notify_queue_add(&q, &crowd, 0);
	notify_queue_add(&q, &few, 0);
	is_int(notify_queue_kept(&q, is_kept, name), 1, "one of two");
	crowd.state = NOTIFY_CLEARED;
	notify_queue_add(&q, &crowd, 0);
	is_int(notify_queue_kept(&q, is_kept, name), 1, "which is the last about an alert is known");
	is_str(notify_queue_at(&q, 1)->alert, "few", "each can be looked at");
	notify_queue_done(&q);
}

int main(void)
{
	test_order();
	test_rests();
	test_retry_after();
	test_full();
	test_old();
	test_holds();
	test_kept();
	return tap_done();
}
