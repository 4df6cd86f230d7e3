/* peers/monitor_history.c: a history of a newer swarmtop ends the start, whenever that is found out; one that is
 * replaced has another number. */
#include "peers/monitor_private.h"

#include <stdatomic.h>

#include "scratch.h"
#include "tap.h"
#include "unit/peers/historied.h"

enum { TRIES = 500 };

/* A monitor that has no more than what its history needs. */
static void monitor_begin(struct monitor *m, char *path)
{
	*m = (struct monitor){.loop = loop_new(), .clients = clients_new()};
	m->options.conf.history.path = path;
	m->options.conf.history.save_interval = 900;
	m->options.conf.history.keep_days = 365;
	m->options.conf.monitor.refresh = 30;
	m->options.conf.monitor.remember = 1000;
}

static void monitor_done(struct monitor *m)
{
	monitor_end_history(m);
	clients_free(m->clients);
	loop_free(m->loop);
}

static void make(const char *path, const char *sql)
{
	struct store_open how = {path, history_migrations, true, 1 << 20, 1, NULL};
	struct store *s = NULL;

	if (store_open(&how, &s, &err))
		printf("# %s\n", err.msg);
	store_put(s, sql, NULL, 0);
	store_flush(s, &err);
	store_free(s);
}

/* The file is being opened when the start asks, and is known by the time it wants to save. */
static void test_known_late(void)
{
	char path[PATH_MAX];
	struct monitor m;
	struct history_setup setup = {.path = path, .save_ms = 900000, .refresh_ms = STEP_MS, .peers_max = 1000};
	int code = 0;

	ok(realpath("newer.db", path) != NULL, "it is there");
	monitor_begin(&m, path);
	setup.clients = m.clients;
	m.history = history_new(&setup, clock_now());
	while (m.history->tried) { /* known already: the other thread was quicker */
		history_free(m.history, clock_now(), 0);
		m.history = history_new(&setup, clock_now());
	}
	for (int i = 0; i < TRIES && !code && !*m.refusal.msg; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		code = monitor_keep_history(&m, &m.options, &err);
	}
	is_int(code, -EPROTO, "what is found out while the start saves ends it");
	ok(strstr(err.msg, "newer swarmtop"), "and says why");
	ok(!m.history || !m.history->message_count, "once");
	monitor_done(&m);
}

/* A page that shows charts of the old one has to know. */
static void test_replaced(void)
{
	char path[PATH_MAX];
	struct monitor m;
	uint64_t first;

	ok(realpath("damaged.db", path) != NULL, "it is there");
	damage(path);
	monitor_begin(&m, path);
	is_int(monitor_keep_history(&m, &m.options, &err), 0, "a damaged one does not end the start");
	first = m.history_id;
	for (int i = 0; i < TRIES && history_state(m.history) != HISTORY_RECORDS; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		monitor_save_history(&m);
	}
	is_int(history_state(m.history), HISTORY_RECORDS, "a new one is in its place");
	ok(m.history_id != first, "and has another number");
	first = m.history_id;
	monitor_save_history(&m);
	ok(m.history_id == first, "from then on");
	monitor_done(&m);
}

/* Until it is told to end. */
static void hold(void *context)
{
	while (!atomic_load((atomic_bool *)context))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Back to a path that is still being closed: nobody has to ask again. */
static void test_change_waits(void)
{
	char wanted[] = "wanted.db", other[] = "other.db";
	atomic_bool end = false;
	struct history *first;
	struct monitor m;

	monitor_begin(&m, wanted);
	is_int(monitor_keep_history(&m, &m.options, &err), 0, "a history");
	first = m.history;
	while (first->aside)
		history_take_opened(first, 10);
	history_retire(first, clock_now());
	first->closing = aside_begin(hold, &end);
	m.retired[m.retired_count++] = first;
	m.history = NULL;
	m.options.conf.history.path = other;
	is_int(monitor_keep_history(&m, &m.options, &err), 0, "is left for another");
	m.options.conf.history.path = wanted;
	is_int(monitor_keep_history(&m, &m.options, &err), -EBUSY, "and wanted again while it is closed");
	ok(history_is_named(m.history, other), "until then the other one stays");
	monitor_save_history(&m);
	ok(history_is_named(m.history, other), "however long");
	atomic_store(&end, true);
	for (int i = 0; i < TRIES && !history_is_named(m.history, wanted); i++) {
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		monitor_save_history(&m);
	}
	ok(history_is_named(m.history, wanted), "then it is taken");
	monitor_done(&m);
}

int main(void)
{
	scratch_init();
	make("newer.db", "PRAGMA user_version = 99");
	make("damaged.db", "INSERT INTO observed VALUES(1, 1)");
	test_known_late();
	test_replaced();
	test_change_waits();
	return tap_done();
}
