/* Time that passes only while the loop sleeps: on a machine of any slowness the same happens in the same order, and at
 * once. For programs that talk to nobody else. Include it once, in the .c with main(). */
#ifndef FAKE_TIME_H
#define FAKE_TIME_H

#include <stdint.h>
#include <sys/epoll.h>
#include <time.h>

static int64_t fake_us = INT64_C(1700000000) * 1000000;

/* In place of the library's. A look at the clock takes a microsecond, so that nobody waits for it for ever. */
int clock_gettime(clockid_t clock, struct timespec *at)
{
	(void)clock;
	fake_us++;
	*at = (struct timespec){.tv_sec = (time_t)(fake_us / 1000000), .tv_nsec = (long)(fake_us % 1000000) * 1000};
	return 0;
}

#if defined(__TIMESIZE) && __TIMESIZE == 32
/* The libraries of such a system know it by its old name. */
struct fake_timespec {
	int32_t tv_sec, tv_nsec;
};

int fake_clock(clockid_t clock, struct fake_timespec *at) __asm__("clock_gettime");

int fake_clock(clockid_t clock, struct fake_timespec *at)
{
	struct timespec wide;

	clock_gettime(clock, &wide);
	*at = (struct fake_timespec){(int32_t)wide.tv_sec, (int32_t)wide.tv_nsec};
	return 0;
}
#endif

/* For who talks to himself over loopback: returns when all that he has sent has arrived. */
static void (*fake_settle)(void);

/* How time passes for who sleeps; fake_threads.h has another way. */
static void fake_pass(int64_t us)
{
	fake_us += us;
}

static void (*fake_sleep)(int64_t us) = fake_pass;

/* What is ready comes first; who would wait for ever does. */
int epoll_wait(int epoll, struct epoll_event *events, int max, int ms)
{
	int n;

	if (fake_settle)
		fake_settle();
	n = epoll_pwait(epoll, events, max, ms < 0 ? -1 : 0, NULL);
	if (n == 0 && ms > 0)
		fake_sleep((int64_t)ms * 1000);
	return n;
}

#endif
