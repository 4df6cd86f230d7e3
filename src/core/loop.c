/* epoll, a sorted list of timers and a signalfd. It does not know what the events mean. */
#include "core/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/xmalloc.h"

/* Events: more than there ever are, so that all descriptors are heard before a timer fires. */
enum { EVENTS_AT_ONCE = 256, SIGNALS = 65, AGAIN_MS = 100 };

struct watch {
	void (*ready)(void *context, int fd, unsigned events);
	void *context;
	unsigned events; /* 0 = not watched */
	bool unmet;      /* the kernel did not do it yet */
};

struct loop {
	int epoll, signals;
	bool running;
	struct now now;
	struct watch *watches; /* by descriptor */
	int watch_count;
	bool unmet; /* one of them is */
	struct loop_timer *timers; /* by time */
	sigset_t caught;
	struct {
		void (*caught)(void *context, int signal);
		void *context;
	} handlers[SIGNALS];
	void (*before_sleep)(void *context);
	void *before_sleep_context;
};

/* Without these nobody could wait for anything, nor stop it. As for memory, it is said at once. */
static void must_end(const char *what)
{
	fprintf(stderr, "swarmtop: cannot wait for %s: %s\n", what, strerror(errno));
	exit(1);
}

struct loop *loop_new(void)
{
	struct loop *l = xcalloc(1, sizeof(*l));

	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		must_end("events");
	l->signals = -1;
	l->now = clock_now();
	sigemptyset(&l->caught);
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	if (l->signals >= 0)
		close(l->signals);
	close(l->epoll);
	free(l->watches);
	free(l);
}

void loop_stop(struct loop *l)
{
	l->running = false;
}

struct now loop_now(const struct loop *l)
{
	return l->now;
}

/* ---- descriptors ---- */

static void watches_grow(struct loop *l, int fd)
{
	if (fd < l->watch_count)
		return;
	l->watches = xreallocarray(l->watches, (size_t)fd + 16, sizeof(*l->watches));
	memset(l->watches + l->watch_count, 0, ((size_t)fd + 16 - (size_t)l->watch_count) * sizeof(*l->watches));
	l->watch_count = fd + 16;
}

static int tell_kernel(struct loop *l, int fd, unsigned events)
{
	struct epoll_event e = {.data.fd = fd};

	if (events & LOOP_IN)
		e.events |= EPOLLIN;
	if (events & LOOP_OUT)
		e.events |= EPOLLOUT;
	if (epoll_ctl(l->epoll, l->watches[fd].events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e) == 0)
		return 0;
	/* A descriptor that was closed and opened again behind our back. */
	if (errno == ENOENT && epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) == 0)
		return 0;
	return -errno;
}

int loop_watch(struct loop *l, int fd, unsigned events, void (*ready)(void *context, int fd, unsigned events),
	       void *context)
{
	bool unmet;
	int rc;

	watches_grow(l, fd);
	rc = tell_kernel(l, fd, events);
	/* A file that is always ready, or none, stays so; whatever else it is may pass. */
	unmet = rc && rc != -EPERM && rc != -EBADF;
	if (rc && !unmet)
		return rc;
	l->watches[fd] = (struct watch){ready, context, events, unmet};
	l->unmet = l->unmet || unmet;
	return 0;
}

/* Whoever waits would wait until his time is up, else. */
static void watch_again(struct loop *l)
{
	l->unmet = false;
	for (int fd = 0; fd < l->watch_count; fd++) {
		struct watch *w = &l->watches[fd];

		if (w->events && w->unmet)
			w->unmet = tell_kernel(l, fd, w->events) != 0;
		l->unmet = l->unmet || (w->events && w->unmet);
	}
}

void loop_unwatch(struct loop *l, int fd)
{
	if (fd >= l->watch_count || !l->watches[fd].events)
		return;
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
	l->watches[fd].events = 0;
}

static void dispatch(struct loop *l, const struct epoll_event *e)
{
	int fd = e->data.fd;
	struct watch w = l->watches[fd];
	unsigned events = 0;

	if (e->events & EPOLLIN)
		events |= LOOP_IN;
	if (e->events & EPOLLOUT)
		events |= LOOP_OUT;
	if (e->events & (EPOLLERR | EPOLLHUP))
		events |= w.events;
	if (w.events & events)
		w.ready(w.context, fd, events);
}

/* ---- timers ---- */

void loop_timer_stop(struct loop *l, struct loop_timer *timer)
{
	struct loop_timer **at = &l->timers;

	if (!timer->armed)
		return;
	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	timer->armed = false;
}

void loop_timer_at(struct loop *l, struct loop_timer *timer, int64_t at_ms)
{
	struct loop_timer **at = &l->timers;

	loop_timer_stop(l, timer);
	while (*at && (*at)->at_ms <= at_ms)
		at = &(*at)->next;
	timer->at_ms = at_ms;
	timer->next = *at;
	timer->armed = true;
	*at = timer;
}

void loop_timer_in(struct loop *l, struct loop_timer *timer, int64_t delay_ms)
{
	loop_timer_at(l, timer, l->now.mono_ms + delay_ms);
}

/* As many as are due now: one that arms itself again for now has to wait until descriptors had their turn. */
static void fire_timers(struct loop *l)
{
	int64_t now = l->now.mono_ms;
	unsigned due = 0;

	for (const struct loop_timer *t = l->timers; t && t->at_ms <= now; t = t->next)
		due++;
	while (due-- > 0 && l->running && l->timers && l->timers->at_ms <= now) {
		struct loop_timer *timer = l->timers;

		loop_timer_stop(l, timer);
		timer->fire(timer->context);
	}
}

static int sleep_ms(const struct loop *l)
{
	int64_t left, longest = l->unmet ? AGAIN_MS : 3600000;

	if (!l->timers)
		return l->unmet ? AGAIN_MS : -1;
	left = l->timers->at_ms - clock_now().mono_ms;
	if (left < 0)
		return 0;
	return (int)(left > longest ? longest : left);
}

/* ---- signals ---- */

static void signals_ready(void *context, int fd, unsigned events)
{
	struct loop *l = context;
	struct signalfd_siginfo info;

	(void)events;
	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		l->handlers[info.ssi_signo].caught(l->handlers[info.ssi_signo].context, (int)info.ssi_signo);
}

void loop_signal(struct loop *l, int signal, void (*caught)(void *context, int signal), void *context)
{
	l->handlers[signal].caught = caught;
	l->handlers[signal].context = context;
	sigaddset(&l->caught, signal);
	sigprocmask(SIG_BLOCK, &l->caught, NULL);
	l->signals = signalfd(l->signals, &l->caught, SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->signals < 0 || loop_watch(l, l->signals, LOOP_IN, signals_ready, l))
		must_end("signals");
}

/* ---- the loop ---- */

void loop_before_sleep(struct loop *l, void (*hook)(void *context), void *context)
{
	l->before_sleep = hook;
	l->before_sleep_context = context;
}

void loop_run(struct loop *l)
{
	struct epoll_event events[EVENTS_AT_ONCE];

	l->running = true;
	while (l->running) {
		int n;

		if (l->before_sleep)
			l->before_sleep(l->before_sleep_context);
		if (!l->running)
			break;
		if (l->unmet)
			watch_again(l);
		n = epoll_wait(l->epoll, events, EVENTS_AT_ONCE, sleep_ms(l));
		l->now = clock_now();
		for (int i = 0; i < n && l->running; i++)
			dispatch(l, &events[i]);
		fire_timers(l);
	}
}
