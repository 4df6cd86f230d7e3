/* A thread for one job, and who frees what when. It does not know the job. */
#include "core/aside.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/xmalloc.h"

struct aside {
	void (*run)(void *context);
	void *context;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t news;
	bool over;
	void (*drop)(void *context); /* not NULL: nobody waits */
};

static void aside_free(struct aside *a)
{
	pthread_cond_destroy(&a->news);
	pthread_mutex_destroy(&a->mutex);
	free(a);
}

/* Whoever comes last, the thread or who gives the job up, frees. */
static void *thread_run(void *context)
{
	struct aside *a = context;
	void (*drop)(void *context);

	a->run(a->context);
	pthread_mutex_lock(&a->mutex);
	a->over = true;
	drop = a->drop;
	pthread_cond_signal(&a->news);
	pthread_mutex_unlock(&a->mutex);
	if (drop) {
		drop(a->context);
		aside_free(a);
	}
	return NULL;
}

/* Signals are the loop's. */
static int thread_start(struct aside *a)
{
	pthread_attr_t detached;
	sigset_t all, before;
	pthread_t thread;
	int code;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	code = pthread_create(&thread, &detached, thread_run, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&detached);
	return code;
}

struct aside *aside_begin(void (*run)(void *context), void *context)
{
	struct aside *a = xcalloc(1, sizeof(*a));
	pthread_condattr_t monotonic;

	a->run = run;
	a->context = context;
	pthread_mutex_init(&a->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&a->news, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (thread_start(a))
		thread_run(a);
	return a;
}

bool aside_over(struct aside *a, int64_t ms)
{
	int64_t until = clock_now().mono_ms + ms;
	struct timespec at = {.tv_sec = (time_t)(until / 1000), .tv_nsec = (long)(until % 1000) * 1000000};
	bool over;

	pthread_mutex_lock(&a->mutex);
	while (!a->over && clock_now().mono_ms < until)
		pthread_cond_timedwait(&a->news, &a->mutex, &at);
	over = a->over;
	pthread_mutex_unlock(&a->mutex);
	if (over)
		aside_free(a);
	return over;
}

void aside_drop(struct aside *a, void (*drop)(void *context))
{
	void *context = a->context;
	bool over;

	pthread_mutex_lock(&a->mutex);
	over = a->over;
	a->drop = drop;
	pthread_mutex_unlock(&a->mutex);
	if (over) {
		drop(context);
		aside_free(a);
	}
}
