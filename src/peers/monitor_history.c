/* The monitor's history: begun, changed and ended as the configuration says, and saved in time. One that is ended while
 * the monitor goes on is retired: its disk may hang. It does not know what is in it. */
#include "peers/monitor_private.h"

#include <errno.h>
#include <limits.h>
#include <math.h>

#include "base/exits.h"
#include "base/words.h"

enum {
	START_MS = 1500, /* that a run of a few polls waits for the file, and that a refused one ends any */
	SOON_MS = 50,    /* that a running monitor does */
	END_MS = 10000,  /* that the end waits for the disk */
	WAITING = 10000, /* peers that have room until they are saved, however few are remembered */
};

static void save_again(void *context)
{
	monitor_save_history(context);
}

static void listen(struct monitor *m, struct history *h, const char *format)
{
	struct err err = {""}, told;
	bool bad;

	while (history_trouble(h, &bad, &err)) {
		err_set(&told, 0, format, err.msg);
		monitor_tell(m, bad, "", told.msg);
	}
}

/* Returns when they want to be looked after next. */
static int64_t save_retired(struct monitor *m)
{
	int64_t next = INT64_MAX;
	unsigned left = 0;

	for (unsigned i = 0; i < m->retired_count; i++) {
		struct history *h = m->retired[i];
		int64_t wanted;
		bool over = history_retired(h, clock_now(), &wanted);

		listen(m, h, N_("the history of before: %.480s"));
		if (over) {
			history_free(h, clock_now(), 0);
			continue;
		}
		m->retired[left++] = h;
		next = wanted < next ? wanted : next;
	}
	m->retired_count = left;
	return next;
}

/* What was in the way is closed. */
static void change_now(struct monitor *m)
{
	struct err err;

	if (!monitor_keep_history(m, &m->options, &err))
		monitor_tell(m, false, "", N_("the history is that of the configuration now"));
	else if (!m->change_waits)
		monitor_tell(m, true, "history", err.msg);
}

/* The start does not wait for the file; but that it is of a newer swarmtop is mostly known soon, and then ends it. */
static bool ends_start(struct monitor *m)
{
	struct err err;

	if (clock_now().mono_ms >= m->refused_until || !history_refused(m->history, &err))
		return false;
	m->refusal = err;
	loop_stop(m->loop);
	return true;
}

/* A page may stay open while the monitor is started again: the first number is not that of the last time. */
static void number(struct monitor *m)
{
	m->history_id = m->history_id ? m->history_id + 1 : (uint64_t)clock_now().wall;
}

void monitor_save_history(struct monitor *m)
{
	unsigned retired = m->retired_count;
	int64_t next = save_retired(m), wanted;
	bool known;

	if (m->change_waits && m->retired_count < retired) {
		change_now(m); /* which calls this one again */
		return;
	}

	if (m->history) {
		known = history_totals(m->history) != NULL;
		wanted = history_save(m->history, clock_now());
		if (ends_start(m))
			return;
		if (history_was_replaced(m->history))
			number(m);
		next = wanted < next ? wanted : next;
		m->redraw |= known != (history_totals(m->history) != NULL);
		listen(m, m->history, N_("history: %.480s"));
	}
	m->saving.fire = save_again;
	m->saving.context = m;
	if (next < INT64_MAX)
		loop_timer_at(m->loop, &m->saving, next);
	else
		loop_timer_stop(m->loop, &m->saving);
}

static void retire(struct monitor *m)
{
	history_retire(m->history, clock_now());
	m->retired[m->retired_count++] = m->history;
	m->history = NULL;
}

/* Whether the one of now can be left for that of another path, or for none. */
static int check_change(const struct monitor *m, const char *path, const struct history_file *file, struct err *err)
{
	for (unsigned i = 0; i < m->retired_count; i++)
		if (history_is_at(m->retired[i], path, file) && history_is_closing(m->retired[i]))
			return err_set(err, -EBUSY, N_("%.300s is still being closed: it is taken again when it is"),
				       path);
	if (m->history && m->retired_count == MONITOR_RETIRED)
		return err_set(err, -EBUSY,
			       N_("too many histories wait for their disks: this one stays until one is closed"));
	return 0;
}

/* One that was left and still waits for its disk. */
static void take_back(struct monitor *m, const char *path, const struct history_file *file)
{
	for (unsigned i = 0; i < m->retired_count && !m->history; i++) {
		if (!history_is_at(m->retired[i], path, file))
			continue;
		m->history = m->retired[i];
		m->retired[i] = m->retired[--m->retired_count];
	}
}

static int begin(struct monitor *m, const struct history_setup *setup, const struct history_file *file, struct err *err)
{
	int code;

	if (!m->history)
		number(m);
	take_back(m, setup->path, file);
	if (m->history)
		history_change(m->history, setup);
	else
		m->history = history_new(setup, clock_now());
	code = history_refused(m->history, err);
	if (code) {
		history_free(m->history, clock_now(), END_MS);
		m->history = NULL;
	}
	return code;
}

/* Rounds are begun after it. */
static int64_t patience_ms(const struct monitor *m, const struct options *o)
{
	if (m->round.loop)
		return SOON_MS;
	return o->polls ? START_MS : 0;
}

int monitor_keep_history(struct monitor *m, const struct options *o, struct err *err)
{
	bool off = history_is_off(o->conf.history.path) || (o->polls && !o->record);
	char path[PATH_MAX] = "";
	struct history_setup setup = {
		.path = path,
		.save_ms = llround(o->conf.history.save_interval * 1000),
		.keep_days = o->conf.history.keep_days,
		.anonymize = o->conf.history.anonymize,
		.refresh_ms = llround(o->conf.monitor.refresh * 1000),
		.wait_ms = patience_ms(m, o),
		.began_ms = m->began_ms,
		.peers_max = o->conf.monitor.remember > WAITING ? o->conf.monitor.remember : WAITING,
		.clients = m->clients,
		.lists = m->lists,
	};
	struct history_file file = {false};
	bool stays;
	int code;

	m->change_waits = false;
	code = off ? 0 : history_path(o->conf.history.path, path, sizeof(path), err);

	if (!code && !off && (m->history || m->retired_count))
		file = history_file_at(path);
	stays = m->history && !off && (history_is_named(m->history, path) || history_is_at(m->history, path, &file));
	if (!code && !stays) {
		code = check_change(m, path, &file, err);
		m->change_waits = code == -EBUSY;
	}
	if (!code && m->history && !stays)
		retire(m);
	m->refused_until = m->round.loop ? 0 : clock_now().mono_ms + START_MS;
	if (!code && !off)
		code = begin(m, &setup, &file, err);
	monitor_save_history(m);
	if (!code && *m->refusal.msg) /* known only now, and nothing runs yet that would be stopped */
		code = err_set(err, -EPROTO, "%s", m->refusal.msg);
	return code;
}

int monitor_end_history(struct monitor *m)
{
	bool other = m->history && history_state(m->history) == HISTORY_OTHER;
	int64_t until = clock_now().mono_ms + END_MS;
	int code = history_free(m->history, clock_now(), END_MS);

	m->history = NULL;
	for (unsigned i = 0; i < m->retired_count; i++) {
		int64_t left = until - clock_now().mono_ms;

		history_free(m->retired[i], clock_now(), left > 0 ? left : 0);
	}
	m->retired_count = 0;
	if (!code || !m->options.polls || !m->options.record)
		return EXIT_FINE;
	return other ? EXIT_BUSY : EXIT_FAILED;
}
