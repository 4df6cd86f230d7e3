/* peers/history_peer.c, history_past.c: what is known of one peer and of the past, from a disk that answers when the
 * test lets it. */
#include "peers/history_course.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"
#include "unit/peers/historied.h"

enum { HELD_MS = 20000, GERMAN = IP4(5, 9, 1, 1), ITALIAN = IP4(93, 40, 0, 7) };

static atomic_bool held; /* the disk: it answers nobody, for HELD_MS at most */
static atomic_uint held_reads;

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* In place of the library's; with large files its name is pread64(), which is the one that SQLite takes. */
ssize_t pread(int fd, void *to, size_t size, off_t at)
{
	held_reads += held;
	for (int ms = 0; held && ms < HELD_MS; ms++)
		nap();
	return preadv(fd, &(struct iovec){.iov_base = to, .iov_len = size}, 1, at);
}

static int ask(struct world *w, uint32_t v4, struct history_peer *peer)
{
	struct ip ip = ip_from_v4(v4);

	return history_peer(w->history, &ip, peer);
}

/* Long before the disk answers, on a busy machine too. */
static bool soon(int64_t began_ms)
{
	return clock_now().mono_ms - began_ms < HELD_MS / 2;
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
	int64_t began;

	open_world(&w);
	held = true;
	began = clock_now().mono_ms;
	is_int(ask(&w, GERMAN, &peer), -EAGAIN, "a slow disk: the answer comes later");
	ok(history_asks(w.history), "it is on its way");
	is_int(ask(&w, ITALIAN, &peer), -EAGAIN, "of another peer too");
	ok(soon(began), "and nobody waits for it");
	held = false;
	is_int(peer_of(&w, &german, &peer), 1, "in the end it is known");
	ok(held_reads > 0, "from the disk");
	is_int(peer.sightings, 10, "with its sightings");
	is_int(peer_of(&w, &italian, &peer), 0, "who was never there is not");
	is_int(peer_of(&w, &german, &peer), 1, "and back");
	ok(!history_asks(w.history), "nothing is asked any more");
	w.slow = true;
	held = true;
	poll_after(&w, STEP_MS);
	is_int(ask(&w, GERMAN, &peer), 1, "after a poll the old answer stays");
	is_int(peer.sightings, 10, "as it was");
	ok(history_asks(w.history), "until the new one is there");
	held = false;
	while (history_asks(w.history))
		nap();
	ask(&w, GERMAN, &peer);
	is_int(peer.sightings, 11, "which counts on");
	world_done(&w);
}

/* Until what was asked for is there, for whoever asks for it next. */
static void past_read(struct world *w)
{
	while (!aside_over(w->history->past.aside, HELD_MS))
		;
	w->history->past.aside = NULL;
}

static void test_past(void)
{
	const struct history_past *past = NULL;
	struct world w;
	int64_t began;
	int code;

	open_world(&w);
	held = true;
	began = clock_now().mono_ms;
	is_int(history_past(w.history, w.now, DAY, 30, &past, &err), -EAGAIN, "charts: the answer comes later");
	is_int(history_past(w.history, w.now, 7 * DAY, 30, &past, &err), -EAGAIN, "another one still later");
	ok(soon(began), "and nobody waits for it");
	held = false;
	while ((code = history_past(w.history, w.now, DAY, 30, &past, &err)) == -EAGAIN)
		;
	is_int(code, 0, "in the end it is there");
	ok(past && past->course.count > 0, "with polls");
	is_int(past ? past->days.day_count : 0, 1, "and days");
	while ((code = history_past(w.history, w.now, 7 * DAY, 30, &past, &err)) == -EAGAIN)
		;
	is_int(code, 0, "and the other one");
	is_int(past->course.step, 1800, "in its own steps");
	/* Two who ask in turn, of a slow disk: neither takes the answer of the other away. */
	held = true;
	is_int(history_past(w.history, w.now, DAY, 30, &past, &err), -EAGAIN, "one is told to ask again");
	held = false;
	past_read(&w);
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
	bool tidy = false;

	/* The answer is waited for, but for a moment only. */
	for (int turn = 0; turn < 10 && !tidy; turn++) {
		open_world(&w);
		held = true;
		ask(&w, GERMAN, &peer);
		history_past(w.history, w.now, DAY, 30, &past, &err);
		held = false;
		world_done(&w);
		tidy = access("slow.db-wal", F_OK) < 0;
	}
	ok(true, "who asked may end before the answer");
	ok(tidy, "and the file is left in order");
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
