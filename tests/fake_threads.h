/* Threads in fake time: they take turns, each runs until it waits, and when all wait, time jumps to the end of the
 * shortest wait. So the same happens in the same order on a machine of any pace. For threads that wait for condition
 * variables, mutexes, each other's end, or sleep. Include it once, in the .c with main(). */
#ifndef FAKE_THREADS_H
#define FAKE_THREADS_H

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fake_time.h"

enum { FAKE_THREADS = 16 };

#define FAKE_END_US (INT64_C(10) * 86400 * 1000000)

static struct fake_thread {
	sem_t turn;
	bool used, ready, ended;
	const void *what; /* it waits for; NULL = for time alone */
	int64_t until_us; /* INT64_MAX = for ever */
	bool late;        /* time came first */
	pthread_t id;
	void *(*run)(void *context);
	void *context;
} fake_threads[FAKE_THREADS] = {{.used = true, .ready = true}};

static int64_t fake_begun_us;
static struct fake_thread *fake_running = fake_threads; /* the first is that of main() */

/* The next that can run, behind the one that ran; else the one that waits no longer first. */
static struct fake_thread *fake_next(void)
{
	size_t from = (size_t)(fake_running - fake_threads);
	struct fake_thread *next = NULL;

	for (size_t i = 1; i <= FAKE_THREADS; i++) {
		struct fake_thread *t = &fake_threads[(from + i) % FAKE_THREADS];

		if (t->used && t->ready)
			return t;
		if (t->used && t->until_us < INT64_MAX && (!next || t->until_us < next->until_us))
			next = t;
	}
	/* Or one of them tries again and again. */
	if (!next || next->until_us - fake_begun_us > FAKE_END_US) {
		printf("Bail out! nobody will ever go on\n");
		fflush(stdout);
		_exit(1);
	}
	fake_us = next->until_us > fake_us ? next->until_us : fake_us;
	next->ready = next->late = true;
	return next;
}

static void fake_hand_over(void)
{
	struct fake_thread *self = fake_running;

	fake_running = fake_next();
	if (fake_running == self)
		return;
	sem_post(&fake_running->turn);
	while (!self->ended && sem_wait(&self->turn) < 0)
		;
}

/* false: it did not come in time. */
static bool fake_wait(const void *what, int64_t until_us)
{
	struct fake_thread *self = fake_running;

	self->ready = self->late = false;
	self->what = what;
	self->until_us = until_us;
	fake_hand_over();
	self->what = NULL;
	self->until_us = INT64_MAX;
	return !self->late;
}

static void fake_wake(const void *what, size_t most)
{
	for (size_t i = 0; i < FAKE_THREADS && most; i++) {
		struct fake_thread *t = &fake_threads[i];

		if (t->used && !t->ready && t->what == what) {
			t->ready = true;
			most--;
		}
	}
}

static void fake_sleep_in_turn(int64_t us)
{
	fake_wait(NULL, fake_us + us);
}

__attribute__((constructor)) static void fake_threads_begin(void)
{
	fake_begun_us = fake_us;
	fake_sleep = fake_sleep_in_turn;
}

/* ---- in place of the library's ---- */

int usleep(useconds_t us)
{
	fake_sleep_in_turn(us);
	return 0;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)left;
	fake_sleep_in_turn((int64_t)time->tv_sec * 1000000 + time->tv_nsec / 1000);
	return 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	int code;

	while ((code = pthread_mutex_trylock(mutex)) == EBUSY)
		fake_wait(mutex, INT64_MAX);
	return code;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	static int (*real)(pthread_mutex_t * mutex);

	if (!real)
		real = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_unlock");
	fake_wake(mutex, 1);
	return real(mutex);
}

static int fake_cond_wait(const pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t until_us)
{
	bool came;

	pthread_mutex_unlock(mutex);
	came = fake_wait(cond, until_us);
	pthread_mutex_lock(mutex);
	return came ? 0 : ETIMEDOUT;
}

int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	return fake_cond_wait(cond, mutex, INT64_MAX);
}

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *at)
{
	return fake_cond_wait(cond, mutex, (int64_t)at->tv_sec * 1000000 + at->tv_nsec / 1000);
}

int pthread_cond_signal(pthread_cond_t *cond)
{
	fake_wake(cond, 1);
	return 0;
}

int pthread_cond_broadcast(pthread_cond_t *cond)
{
	fake_wake(cond, FAKE_THREADS);
	return 0;
}

static void *fake_thread_run(void *context)
{
	struct fake_thread *self = context;
	void *result;

	while (sem_wait(&self->turn) < 0)
		;
	result = self->run(self->context);
	self->ended = true;
	self->ready = false;
	fake_wake(self, FAKE_THREADS);
	fake_hand_over();
	return result;
}

int pthread_create(pthread_t *id, const pthread_attr_t *how, void *(*run)(void *context), void *context)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = (int (*)(
		pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(RTLD_NEXT, "pthread_create");
	struct fake_thread *t = NULL;
	int code;

	for (size_t i = 0; i < FAKE_THREADS && !t; i++)
		t = fake_threads[i].used ? NULL : &fake_threads[i];
	if (!t)
		return EAGAIN;
	*t = (struct fake_thread){.used = true, .ready = true, .until_us = INT64_MAX, .run = run, .context = context};
	sem_init(&t->turn, 0, 0);
	code = real(id, how, fake_thread_run, t);
	t->used = code == 0;
	t->id = code == 0 ? *id : t->id;
	return code;
}

int pthread_join(pthread_t id, void **result)
{
	int (*real)(pthread_t, void **) = (int (*)(pthread_t, void **))dlsym(RTLD_NEXT, "pthread_join");
	struct fake_thread *t = fake_threads + 1;

	while (!t->used || !pthread_equal(t->id, id))
		t++;
	while (!t->ended)
		fake_wait(t, INT64_MAX);
	t->used = false;
	return real(id, result);
}

#endif
