/* The life of the history: the file is opened, or tried again; answers are taken; a save begins when it is time and
 * goes on as the disk takes it. It does not know tables nor screens. */
#include "peers/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "core/state.h"
#include "peers/history_private.h"

enum {
	QUEUE = 16 << 20,
	COMMIT_MS = 1000,
	GO_ON_MS = 200,             /* until a save that is on its way is looked after */
	PATIENCE_MS = 60 * 1000,    /* that the disk may take for one */
	END_MS = 10 * 1000,         /* for the last save */
	TRUST_MS = 5 * 60 * 1000,   /* a clock that says nothing is believed after that */
	FRESH_MAX = 1 << 16,        /* rows, and they are settled before the day is over */
	OLDEST_DATE = 1577836800,   /* 2020: an earlier one is that of no clock */
};

static const int64_t day_ms = (int64_t)HISTORY_DAY * 1000;

int history_path(const char *configured, char *path, size_t size, struct err *err)
{
	return state_path(configured, "peers.db", "[history] path", path, size, err);
}

bool history_is_off(const char *configured)
{
	return configured && strcmp(configured, "none") == 0;
}

enum history_state history_state(const struct history *h)
{
	return h->state;
}

bool history_is_at(const struct history *h, const char *path)
{
	return strcmp(h->path, path) == 0;
}

const struct history_totals *history_totals(const struct history *h)
{
	return &h->totals;
}

/* ---- what the user hears ---- */

static void tell(struct history *h, bool bad, const char *what, const char *then)
{
	err_set(&h->message, 0, "%.380s%s", what, then);
	h->has_message = true;
	h->bad = bad;
}

bool history_trouble(struct history *h, bool *bad, struct err *err)
{
	bool has = h->has_message;

	if (has) {
		*bad = h->bad;
		*err = h->message;
	}
	h->has_message = false;
	return has;
}

/* ---- opening ---- */

/* The store's lock, looked at from outside: SQLite's own locks fail alike, and they are worth waiting for. */
static bool another_records(const char *path)
{
	char name[PATH_MAX + 8];
	int fd;
	bool taken;

	snprintf(name, sizeof(name), "%s.lock", path);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	taken = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	if (fd >= 0)
		close(fd);
	return taken;
}

static const struct failure {
	enum history_state state;
	const char *then;
} failures[] = {
	[HISTORY_WAITS] = {HISTORY_WAITS, "; what is seen is kept in memory, and it is tried again"},
	[HISTORY_OTHER] = {HISTORY_OTHER, "; this one runs on without recording"},
	[HISTORY_OFF] = {HISTORY_OFF, "; nothing is recorded"},
};

static enum history_state state_of(const char *path, int code)
{
	if (code == -EPROTO || code == -EUCLEAN)
		return HISTORY_OFF;
	return code == -EBUSY && another_records(path) ? HISTORY_OTHER : HISTORY_WAITS;
}

static void load(struct history *h, struct store *store)
{
	struct err err = {""};

	if (h->loaded)
		return;
	h->loaded = true;
	if (history_load(h, store, &err))
		tell(h, true, err.msg, "; the numbers of all time are incomplete");
}

/* Who does not record may still read. */
static void open_reader(struct history *h)
{
	struct store_open how = {.path = h->path, .migrations = history_migrations};

	if (!h->reader && store_open(&how, &h->reader, NULL) == 0)
		load(h, h->reader);
}

static void open_store(struct history *h)
{
	struct store_open how = {h->path, history_migrations, true, QUEUE, COMMIT_MS};
	enum history_state before = h->state;
	struct err err = {""};
	int code = state_make_folders(h->path, &err);

	if (!code)
		code = store_open(&how, &h->store, &err);
	if (!code) {
		store_free(h->reader);
		h->reader = NULL;
		h->state = HISTORY_RECORDS;
		load(h, h->store);
		if (before != HISTORY_RECORDS)
			tell(h, false, "the history is recorded now", "");
		return;
	}
	h->store = NULL;
	h->state = state_of(h->path, code);
	if (h->state == HISTORY_OTHER)
		open_reader(h);
	if (h->state != before)
		tell(h, true, err.msg, failures[h->state].then);
}

void history_change(struct history *h, const struct history_setup *setup)
{
	h->setup = *setup;
	h->setup.path = h->path;
	h->ledger.anonymize = setup->anonymize;
	h->ledger.peers_max = setup->peers_max;
	ledger_set_refresh(&h->ledger, setup->refresh_ms);
}

void history_refresh(struct history *h, int64_t refresh_ms)
{
	ledger_set_refresh(&h->ledger, refresh_ms);
}

struct history *history_new(const struct history_setup *setup, struct now now)
{
	struct history *h = xcalloc(1, sizeof(*h));

	str_copy(h->path, sizeof(h->path), setup->path);
	ledger_init(&h->ledger, setup->peers_max);
	known_init(&h->known);
	history_change(h, setup);
	h->began_ms = h->upkeep_ms = -1;
	h->saved_ms = now.mono_ms;
	open_store(h);
	h->totals.unique_exact = !h->known.full;
	return h;
}

/* ---- what is seen ---- */

static bool collects(const struct history *h)
{
	return h->state == HISTORY_RECORDS || h->state == HISTORY_WAITS;
}

static int64_t ledger_now(const struct history *h, struct now now)
{
	return h->ledger.dated ? now.wall : now.mono_ms / 1000;
}

static void sums_add(struct history_sums *sum, const struct history_sums *more)
{
	sum->sightings += more->sightings;
	sum->unique += more->unique;
	sum->connected_ms += more->connected_ms;
	sum->bytes_up += more->bytes_up;
	sum->bytes_down += more->bytes_down;
}

/* Of all time, at once: they do not wait for a save. */
static void count(struct history *h, const struct address *a, const struct connection *c, int64_t interval_ms,
		  uint32_t connected_ms)
{
	struct ip key = ledger_address(&h->ledger, &a->ip);
	struct history_sums more = {
		.sightings = 1,
		.unique = known_add(&h->known, &key),
		.connected_ms = connected_ms,
		.bytes_up = (uint64_t)((int64_t)c->rate_up * interval_ms / 1000),
		.bytes_down = (uint64_t)((int64_t)c->rate_down * interval_ms / 1000),
	};

	sums_add(&h->totals.all, &more);
	sums_add(&h->totals.countries[a->country], &more);
}

void history_answer(struct history *h, const struct fold *f, unsigned source, struct now now)
{
	const struct fold_source *from = &f->sources[source];

	h->asked.valid = false;
	if (h->began_ms < 0)
		h->began_ms = now.mono_ms;
	for (size_t i = 0; i < from->count; i++) {
		const struct connection *c = &from->connections[i];
		const struct address *a = &f->addresses[c->address];
		uint32_t connected_ms = 0;

		if (collects(h))
			connected_ms = ledger_sighting(&h->ledger, a, c, ledger_now(h, now), now.mono_ms,
						       from->interval_ms);
		count(h, a, c, from->interval_ms, connected_ms);
	}
	h->totals.unique_exact = !h->known.full;
}

/* The date is right when the system says so. One that says nothing is believed after a while, if it can be; and at the
 * end, since there will be no better one. */
static void settle_date(struct history *h, struct now now, bool believe)
{
	bool waited = h->began_ms >= 0 && now.mono_ms - h->began_ms >= TRUST_MS;

	if (h->ledger.dated || now.wall < OLDEST_DATE)
		return;
	if (h->set || waited || believe)
		ledger_date(&h->ledger, now.wall - now.mono_ms / 1000);
}

void history_poll(struct history *h, const struct fold *f, struct now now, bool set)
{
	h->set = set;
	settle_date(h, now, false);
	h->totals.polls++;
	if (h->ledger.dated && !h->totals.since)
		h->totals.since = now.wall;
	if (collects(h))
		ledger_poll(&h->ledger, &f->now, ledger_now(h, now));
}

/* ---- saving ---- */

/* What the store has to say, without waiting for it. */
static void listen(struct history *h, struct now now)
{
	struct err err = {""};
	int code = store_flush_within(h->store, 0, &err);
	bool late = code == -ETIMEDOUT && now.mono_ms - h->saved_ms > PATIENCE_MS;

	if (!code && h->stuck && store_settled(h->store)) {
		tell(h, false, "the history is written again", "");
		h->stuck = false;
	} else if ((late || (code && code != -ETIMEDOUT)) && !h->stuck) {
		tell(h, true, err.msg, "");
		h->stuck = true;
	}
}

static void begin_save(struct history *h, struct now now)
{
	bool due = h->upkeep_ms < 0 || now.mono_ms - h->upkeep_ms >= day_ms || h->fresh > FRESH_MAX;

	h->saving = true;
	h->next_peer = 0;
	h->saved_ms = now.mono_ms;
	if (due)
		history_upkeep(h, now);
}

/* A part of it is queued only when the one before is on disk: so the queue never fills, and what waits in memory is
 * merged and does not grow with each poll. */
static void go_on(struct history *h, struct now now)
{
	if (history_write(h, now))
		h->saving = false;
	store_settled(h->store);
}

static void save_opened(struct history *h, struct now now)
{
	bool due = now.mono_ms - h->saved_ms >= h->setup.save_ms, settled = store_settled(h->store);

	if (due && !h->ledger.dated && !h->told_undated) {
		tell(h, true, "this machine's clock is not set", ": the history waits in memory until it is");
		h->told_undated = true;
	}
	if (due && h->ledger.dated && !h->saving && settled)
		begin_save(h, now);
	if (h->saving && settled)
		go_on(h, now);
	listen(h, now);
}

int64_t history_save(struct history *h, struct now now)
{
	bool unsettled;

	if (h->state == HISTORY_OFF)
		return INT64_MAX;
	if (!h->store && now.mono_ms - h->saved_ms >= h->setup.save_ms) {
		h->saved_ms = now.mono_ms;
		open_store(h);
		if (h->store) /* what has waited, at once */
			h->saved_ms -= h->setup.save_ms;
	}
	if (h->store)
		save_opened(h, now);
	unsettled = h->store && (h->saving || !store_settled(h->store));
	if (unsettled)
		return now.mono_ms + (h->stuck ? PATIENCE_MS : GO_ON_MS);
	return h->saved_ms + h->setup.save_ms > now.mono_ms ? h->saved_ms + h->setup.save_ms
							    : now.mono_ms + PATIENCE_MS;
}

/* ---- the end ---- */

/* Queues all that waits, part after part. */
static void write_all(struct history *h, struct now now, int64_t until)
{
	int code = 0;

	/* Twice: a save that was on its way has passed by what came to its first peers since. */
	for (int turn = h->saving ? 0 : 1; turn < 2 && !code; turn++) {
		if (!h->saving)
			begin_save(h, now);
		while (!history_write(h, now) && !code)
			code = store_flush_within(h->store, until - clock_now().mono_ms, NULL);
		h->saving = false;
	}
}

static void last_save(struct history *h, struct now now)
{
	int64_t until = clock_now().mono_ms + END_MS, left;
	struct err err;

	if (h->ledger.dated)
		write_all(h, now, until);
	else if (h->ledger.cell_count)
		log_warn("the clock was never set: what was seen is not recorded");
	if (store_flush_within(h->store, until - clock_now().mono_ms, &err))
		log_warn("%s", err.msg);
	left = until - clock_now().mono_ms;
	store_free_within(h->store, left > 0 ? left : 0);
}

void history_free(struct history *h, struct now now)
{
	if (!h)
		return;
	if (!h->store && h->state == HISTORY_WAITS)
		open_store(h);
	settle_date(h, now, true);
	if (h->store)
		last_save(h, now);
	else if (h->ledger.cell_count)
		log_warn("%s: what was seen could not be recorded", h->path);
	store_free(h->reader);
	ledger_done(&h->ledger);
	known_done(&h->known);
	free(h);
}
