/* A monitor's polls by a fake clock, and the file they end in, for the tests of the history. After scratch.h, tap.h. */
#ifndef HISTORIED_H
#define HISTORIED_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "peers/history_private.h"
#include "unit/peers/folded.h"

enum {
	MINUTE = 60,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
	START = 1700006400, /* a midnight (UTC) */
	STEP_MS = 30 * 1000,
};

static struct err err;

struct world {
	unsigned turn;
	struct fold *fold;
	struct clients *clients;
	struct answer answer;
	struct history_setup setup;
	struct history *history;
	struct now now;
	bool set;  /* the clock */
	bool slow; /* the disk: nobody waits for it */
};

static inline void world_init(struct world *w, const char *path)
{
	*w = (struct world){
		.now = {1000000, START},
		.set = true,
		.clients = clients_new(),
		.setup =
			{.path = path, .save_ms = 900000, .keep_days = 365, .refresh_ms = STEP_MS, .peers_max = 200000},
	};
	w->setup.clients = w->clients;
	w->fold = folded_new(200000, &w->turn);
	answer_init(&w->answer);
}

/* Until the file is open, or cannot be: the opener's time is the real one. */
static inline void world_wait(struct world *w)
{
	while (w->history->aside) {
		history_save(w->history, w->now);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
}

static inline void world_open(struct world *w)
{
	w->history = history_new(&w->setup, w->now);
	world_wait(w);
}

static inline void world_close(struct world *w)
{
	history_free(w->history, w->now, 10000);
	w->history = NULL;
}

static inline void world_done(struct world *w)
{
	world_close(w);
	fold_free(w->fold);
	clients_free(w->clients);
	answer_done(&w->answer);
}

static inline uint32_t client(struct world *w, const char *name)
{
	return clients_number(w->clients, (struct rpcslice){name, strlen(name)});
}

/* A new answer, of one torrent. */
static inline void answer_of(struct world *w)
{
	answer_reset(&w->answer);
	add_torrent(&w->answer, 1, "one");
}

static inline void pass_time(struct world *w, int64_t ms)
{
	w->now.mono_ms += ms;
	w->now.wall += ms / 1000;
}

/* The answer comes once more, `ms` later. */
static inline void poll_after(struct world *w, int64_t ms)
{
	struct fold_time when;

	pass_time(w, ms);
	when = (struct fold_time){w->now.mono_ms, w->now.wall, 0};
	fold_answer(w->fold, 0, &w->answer, when);
	fold_recount(w->fold, w->now.wall);
	history_answer(w->history, w->fold, 0, w->now);
	history_poll(w->history, w->fold, w->now, w->set);
	history_save(w->history, w->now);
	if (!w->slow)
		world_wait(w);
	/* The writer's time is the real one too. */
	if (w->history->store && !w->slow)
		store_flush(w->history->store, &err);
}

static inline void poll_times(struct world *w, unsigned times)
{
	while (times--)
		poll_after(w, STEP_MS);
}

static inline int take_number(void *context, const struct store_value *columns, size_t count)
{
	(void)count;
	*(int64_t *)context = columns[0].type == STORE_INT ? columns[0].number : -1;
	return 0;
}

/* A number in the file, -1 for NULL; opened as another program would. */
static inline int64_t in_file(const char *path, const char *sql)
{
	struct store_open how = {.path = path, .migrations = history_migrations};
	struct store *s = NULL;
	int64_t n = -2;

	if (store_open(&how, &s, &err) || store_get(s, sql, NULL, 0, take_number, &n, &err))
		printf("# %s\n", err.msg);
	store_free(s);
	return n;
}

/* What is known of a peer, as soon as the file has been asked. */
static inline int peer_of(struct world *w, const struct ip *ip, struct history_peer *peer)
{
	int code;

	while ((code = history_peer(w->history, ip, peer)) == -EAGAIN)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	return code;
}

static inline void is_told(struct world *w, bool want_bad, const char *part)
{
	struct err told = {""};
	bool bad = false, any = history_trouble(w->history, &bad, &told);

	if (!ok(any && bad == want_bad && strstr(told.msg, part), "it says: %s", part))
		printf("# %d %s\n", bad, told.msg);
	if (!ok(!history_trouble(w->history, &bad, &told), "once"))
		printf("# %d %s\n", bad, told.msg);
}

/* Every page but the first. */
static inline void damage(const char *path)
{
	char page[4096];
	struct stat st;
	int fd = open(path, O_RDWR);

	memset(page, 0x5a, sizeof(page));
	ok(fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 8 * 4096, "a history of some pages is damaged");
	for (off_t at = 4096; at < st.st_size; at += 4096)
		ok(pwrite(fd, page, sizeof(page), at) == sizeof(page), "page");
	close(fd);
}

/* The files of a folder whose name has this in it. */
static inline int count_names(const char *part)
{
	struct dirent *one;
	DIR *dir = opendir(".");
	int count = 0;

	while (dir && (one = readdir(dir)))
		count += strstr(one->d_name, part) != NULL;
	closedir(dir);
	return count;
}

/* Until all that waits is on disk, however many attempts that takes. */
static inline void saved(struct world *w)
{
	struct history *h = w->history;

	h->saved_ms = w->now.mono_ms - h->setup.save_ms;
	do {
		history_save(h, w->now);
		if (h->store)
			store_flush(h->store, &err);
	} while (h->store && (h->saving || !store_settled(h->store)));
}

#endif
