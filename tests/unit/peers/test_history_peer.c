/* peers/history_peer.c, history_past.c: what is known of one peer and of the past, from a disk that takes its time for
 * every page. */
#include "peers/history_course.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"
#include "unit/peers/historied.h"

enum { SLOW_MS = 200, GERMAN = IP4(5, 9, 1, 1), ITALIAN = IP4(93, 40, 0, 7) };

static atomic_bool slow;
static atomic_uint slow_reads;

/* In place of the library's; with large files its name is pread64(), which is the one that SQLite takes. */
ssize_t pread(int fd, void *to, size_t size, off_t at)
{
	if (slow) {
		slow_reads++;
		nanosleep(&(struct timespec){.tv_nsec = SLOW_MS * 1000000L}, NULL);
	}
	return preadv(fd, &(struct iovec){.iov_base = to, .iov_len = size}, 1, at);
}

static int ask(struct world *w, uint32_t v4, struct history_peer *peer, int64_t *took_ms)
{
	struct ip ip = ip_from_v4(v4);
	int64_t began = clock_now().mono_ms;
	int code = history_peer(w->history, &ip, peer);

	*took_ms = clock_now().mono_ms - began;
	return code;
}

static void open_world(struct world *w)
{
	world_init(w, "slow.db");
	world_open(w);
	answer_of(w);
	add_peer(&w->answer, GERMAN, CLIENT_NONE);
	poll_times(w, 10);
	saved(w);
}

static void test_slow(void)
{
	struct ip german = ip_from_v4(GERMAN), italian = ip_from_v4(ITALIAN);
	struct history_peer peer;
	struct world w;
	int64_t took;

	open_world(&w);
	slow = true;
	is_int(ask(&w, GERMAN, &peer, &took), -EAGAIN, "a slow disk: the answer comes later");
	ok(took < SLOW_MS, "and nobody waits for it: %d ms", (int)took);
	ok(history_asks(w.history), "it is on its way");
	is_int(ask(&w, ITALIAN, &peer, &took), -EAGAIN, "of another peer too");
	ok(took < SLOW_MS, "without waiting");
	is_int(peer_of(&w, &german, &peer), 1, "in the end it is known");
	ok(slow_reads > 0, "from the disk");
	is_int(peer.sightings, 10, "with its sightings");
	is_int(peer_of(&w, &italian, &peer), 0, "who was never there is not");
	is_int(peer_of(&w, &german, &peer), 1, "and back");
	ok(!history_asks(w.history), "nothing is asked any more");
	w.slow = true;
	poll_after(&w, STEP_MS);
	is_int(ask(&w, GERMAN, &peer, &took), 1, "after a poll the old answer stays");
	is_int(peer.sightings, 10, "as it was");
	ok(history_asks(w.history), "until the new one is there");
	while (history_asks(w.history))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	ask(&w, GERMAN, &peer, &took);
	is_int(peer.sightings, 11, "which counts on");
	slow = false;
	world_done(&w);
}

static void test_past(void)
{
	const struct history_past *past = NULL;
	struct world w;
	int64_t began;
	int code;

	open_world(&w);
	slow = true;
	began = clock_now().mono_ms;
	is_int(history_past(w.history, w.now, DAY, 30, &past, &err), -EAGAIN, "charts: the answer comes later");
	ok(clock_now().mono_ms - began < SLOW_MS, "and nobody waits for it");
	is_int(history_past(w.history, w.now, 7 * DAY, 30, &past, &err), -EAGAIN, "another one still later");
	while ((code = history_past(w.history, w.now, DAY, 30, &past, &err)) == -EAGAIN)
		;
	is_int(code, 0, "in the end it is there");
	ok(past && past->course.count > 0, "with polls");
	is_int(past ? past->days.day_count : 0, 1, "and days");
	slow = false;
	while ((code = history_past(w.history, w.now, 7 * DAY, 30, &past, &err)) == -EAGAIN)
		;
	is_int(code, 0, "and the other one");
	is_int(past->course.step, 1800, "in its own steps");
	/* Two who ask in turn, of a slow disk: neither takes the answer of the other away. */
	slow = true;
	is_int(history_past(w.history, w.now, DAY, 30, &past, &err), -EAGAIN, "one is told to ask again");
	slow = false;
	nanosleep(&(struct timespec){.tv_nsec = 4 * SLOW_MS * 1000000L}, NULL);
	is_int(history_past(w.history, w.now, 7 * DAY, 30, &past, &err), -EAGAIN, "meanwhile another waits");
	is_int(history_past(w.history, w.now, DAY, 30, &past, &err), 0, "until the first one has asked again");
	pass_time(&w, 60000);
	history_past(w.history, w.now, 30 * DAY, 30, &past, &err);
	pass_time(&w, 60000);
	w.now.wall -= DAY; /* a clock that is set back holds nobody up */
	while ((code = history_past(w.history, w.now, 7 * DAY, 30, &past, &err)) == -EAGAIN)
		;
	is_int(code, 0, "but not for who never comes back");
	world_done(&w);
}

static void test_end(void)
{
	const struct history_past *past;
	struct history_peer peer;
	struct world w;
	int64_t took;

	open_world(&w);
	slow = true;
	ask(&w, GERMAN, &peer, &took);
	history_past(w.history, w.now, DAY, 30, &past, &err);
	slow = false;
	world_done(&w);
	ok(true, "who asked may end before the answer");
	ok(access("slow.db-wal", F_OK) < 0, "and the file is left in order");
}

int main(void)
{
	scratch_init();
	setenv("TZ", "UTC", 1);
	test_slow();
	test_past();
	test_end();
	return tap_done();
}
