/* The life of the history: the file is opened, or tried again; answers are taken; a save begins when it is time and
 * goes on as the disk takes it. It does not know tables nor screens. */
#include "peers/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "peers/history_private.h"

enum {
	MOMENT_MS = 50,           /* that a poll does */
	LOOK_MS = 25,             /* until it is looked again whether the file is open ... */
	AT_ONCE_MS = 1000,        /* ... if it may be so at once */
	PATIENCE_MS = 60 * 1000,  /* that the disk may take for one */
	OTHER_MS = 60 * 1000,     /* until it is looked whether another monitor has ended */
	OURS_MS = 1000,           /* ... or this one's own has let the file go */
	TRUST_MS = 5 * 60 * 1000, /* a clock that says nothing is believed after that */
	FRESH_MAX = 1 << 16,      /* rows, and they are settled before the day is over */
};

static const int64_t day_ms = (int64_t)HISTORY_DAY * 1000;

enum history_state history_state(const struct history *h)
{
	return h->state;
}

const struct history_totals *history_totals(const struct history *h)
{
	return h->loaded ? &h->totals : NULL;
}

/* ---- what the user hears ---- */

/* The web page says it in its reader's language, which it finds by the whole sentence. Where nobody listens for long,
 * the latest takes the place of the one before. */
static void tell(struct history *h, bool bad, const char *format, const char *what)
{
	if (h->message_count == HISTORY_MESSAGES)
		h->message_count--;
	err_set(&h->messages[h->message_count].err, 0, format, what);
	h->messages[h->message_count++].bad = bad;
}

const char *history_lost_text(struct history *h, const char *what, char *text, size_t size)
{
	char count[STR_NUMBER];

	str_copy(text, size, what);
	if (h->ledger.dropped) {
		str_count(h->ledger.dropped, count);
		snprintf(text, size,
			 h->ledger.dropped == 1 ? N_("%s; %s sighting or poll was lost")
						: N_("%s; %s sightings and polls were lost"),
			 what, count);
	}
	h->ledger.dropped = 0;
	h->told_dropped = false;
	return text;
}

/* Said when it begins, by when it is known whether the file can be opened; how many were lost is said when it is over,
 * whatever kept it from being saved. */
static void tell_full(struct history *h, struct now now)
{
	bool opens = h->aside && now.mono_ms - h->saved_ms < PATIENCE_MS;
	char count[STR_NUMBER];

	if (h->message_count || opens)
		return;
	str_count(h->ledger.peers_max, count);
	if (h->ledger.crowded && !h->told_crowded)
		tell(h, true,
		     N_("more addresses come between two saves than have room (%s; a larger [monitor] remember makes "
			"more): of the others only sums are recorded"),
		     count);
	if (h->ledger.dropped && !h->told_dropped)
		tell(h, true, N_("more comes between two saves than memory has room for: sightings and polls are lost"),
		     "");
	h->told_crowded |= h->ledger.crowded;
	h->told_dropped |= h->ledger.dropped > 0;
}

bool history_trouble(struct history *h, bool *bad, struct err *err)
{
	if (!h->message_count)
		return false;
	*bad = h->messages[0].bad;
	*err = h->messages[0].err;
	memmove(h->messages, h->messages + 1, --h->message_count * sizeof(h->messages[0]));
	return true;
}

/* ---- opening ---- */

static const char *const failures[] = {
	[HISTORY_RECORDS] = "%s",
	[HISTORY_WAITS] = N_("%.430s; what is seen is kept in memory, and it is tried again"),
	[HISTORY_OTHER] = N_("%.430s; this one runs on without recording"),
	[HISTORY_OFF] = N_("%.430s; nothing is recorded"),
};

static void tell_opened(struct history *h, const struct opening *o, enum history_state before)
{
	char text[HISTORY_LOST_TEXT];

	if (*o->left.msg)
		tell(h, true, "%s", o->left.msg);
	if (*o->moved.msg)
		tell(h, true, "%s", o->moved.msg);
	else if (h->state == HISTORY_RECORDS && before != HISTORY_RECORDS)
		tell(h, false, "%s", history_lost_text(h, N_("the history is recorded now"), text, sizeof(text)));
	else if (h->state != before)
		tell(h, true, failures[h->state], o->err.msg);
	if (o->load_code && o->load_code != h->load_code)
		tell(h, true, N_("%.430s; the numbers of all time are unknown"), o->load_err.msg);
	h->load_code = o->load_code;
}

/* What another one records is not to be recorded twice; what the file that was did not take is not, either way. */
static void forget_waiting(struct history *h)
{
	uint32_t peers_max = h->ledger.peers_max;
	char count[STR_NUMBER];

	if (h->rest) {
		str_count(store_rest_count(h->rest), count);
		tell(h, true, N_("%s writes of the history were lost"), count);
	}
	store_rest_free(h->rest);
	h->rest = NULL;
	ledger_done(&h->ledger);
	ledger_init(&h->ledger, peers_max);
	ledger_anonymize(&h->ledger, h->setup.anonymize);
	ledger_set_refresh(&h->ledger, h->setup.refresh_ms);
}

/* Takes what is opened, after at most so long. */
void history_take_opened(struct history *h, int64_t ms)
{
	struct opening *o = h->opening;
	enum history_state before = h->tried ? h->state : HISTORY_RECORDS;

	if (!aside_over(h->aside, ms))
		return;
	h->aside = NULL;
	h->opening = NULL;
	h->tried = true;
	/* Once it was recorded: the file may be put right, and what waits is kept. */
	if (h->recorded && o->state == HISTORY_OFF && o->code != h->open_code)
		before = HISTORY_RECORDS;
	h->state = h->recorded && o->state == HISTORY_OFF ? HISTORY_WAITS : o->state;
	h->recorded |= o->state == HISTORY_RECORDS;
	h->open_code = o->code;
	h->open_ours = o->ours;
	h->file = o->file;
	str_copy(h->real, sizeof(h->real), o->real);
	h->replaced |= *o->moved.msg != '\0';
	h->rest = o->rest;
	o->rest = NULL;
	h->refused = o->code == -EPROTO ? o->err : (struct err){""};
	if (o->store || o->reader) {
		store_free(h->reader);
		h->reader = o->reader;
		h->store = o->store;
		o->reader = o->store = NULL;
		h->ids = o->ids;
		h->whole = h->ledger.anonymize ? o->whole : 0;
	}
	if (o->loaded)
		history_take_loaded(h, o);
	tell_opened(h, o, before);
	if (h->state != HISTORY_RECORDS && h->state != HISTORY_WAITS)
		forget_waiting(h);
	opening_free(o);
}

static void begin_opening(struct history *h, struct store *doubtful, bool damaged, struct now now)
{
	h->opening = opening_new(h->path, !h->loaded, now);
	h->opening->doubtful = doubtful;
	h->opening->rest = h->rest;
	h->rest = NULL;
	h->opening->anonymize = h->ledger.anonymize;
	h->opening->damaged = damaged && h->doubted;
	h->doubted |= damaged;
	h->aside = aside_begin(opening_run, h->opening);
}

void history_begin_opening(struct history *h, struct now now)
{
	begin_opening(h, NULL, false, now);
}

void history_change(struct history *h, const struct history_setup *setup)
{
	if (setup->path != h->path)
		str_copy(h->path, sizeof(h->path), setup->path);
	h->look_now = true;
	h->refused = (struct err){""};
	if (h->state != HISTORY_OTHER && !h->store && h->tried && !h->aside) { /* it may have been put right */
		h->state = HISTORY_WAITS;
		h->saved_ms = INT32_MIN;
	}
	h->setup = *setup;
	h->setup.path = h->path;
	if (setup->anonymize != h->ledger.anonymize) {
		h->whole = setup->anonymize; /* from the first on; a file that is not open is looked at when it is */
		h->recount |= h->tried || h->aside;
	}
	ledger_anonymize(&h->ledger, setup->anonymize);
	h->ledger.peers_max = setup->peers_max;
	ledger_set_refresh(&h->ledger, setup->refresh_ms);
}

void history_refresh(struct history *h, int64_t refresh_ms)
{
	ledger_set_refresh(&h->ledger, refresh_ms);
}

/* Seconds of the date into its slot, when the monotonic clock was 0. */
static int64_t slot_phase(struct now now)
{
	int64_t phase = (now.wall - now.mono_ms / 1000) % HISTORY_SLOT;

	return phase < 0 ? phase + HISTORY_SLOT : phase;
}

struct history *history_new(const struct history_setup *setup, struct now now)
{
	struct history *h = xcalloc(1, sizeof(*h));

	str_copy(h->path, sizeof(h->path), setup->path);
	ledger_init(&h->ledger, setup->peers_max);
	known_init(&h->known);
	history_change(h, setup);
	h->began_ms = setup->began_ms ? setup->began_ms : -1;
	h->upkeep_ms = -1;
	h->slot_phase = slot_phase(now);
	h->saved_ms = now.mono_ms;
	h->state = HISTORY_WAITS;
	h->totals.unique_exact = true;
	history_begin_opening(h, now);
	history_take_opened(h, setup->wait_ms);
	return h;
}

/* ---- what is seen ---- */

static bool collects(const struct history *h)
{
	return h->state == HISTORY_RECORDS || h->state == HISTORY_WAITS;
}

/* Without a date, sums are kept in slots that already begin where those of the clock do: if its date is right after all
 * (most machines that do not vouch for it have the right one), none is moved but by whole slots. A date that is lost
 * again goes on from the last one. */
static int64_t ledger_now(struct history *h, struct now now)
{
	if (!h->ledger.dated)
		return now.mono_ms / 1000 + h->slot_phase;
	if (now.wall >= CLOCK_OLDEST)
		h->date_at_0 = now.wall - now.mono_ms / 1000;
	return now.mono_ms / 1000 + h->date_at_0;
}

/* Of all time, at once: they do not wait for a save. */
static void count(struct history *h, const struct address *a, const struct connection *c, int64_t interval_ms, int hour,
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

	history_sums_add(&h->totals.all, &more);
	history_sums_add(&h->totals.countries[a->country], &more);
	h->totals.hours[a->country][hour]++;
	history_count_client(&h->totals, c->client, 1);
}

void history_answer(struct history *h, const struct fold *f, unsigned source, struct now now)
{
	const struct fold_source *from = &f->sources[source];
	const struct netlists *lists = h->setup.lists;
	int hour = clock_hour(now.wall);

	h->asked.valid = false;
	h->ledger.doubtful = lists ? netlists_doubtful(lists) : 0;
	h->ledger.untagged = !lists || !(netlists_tags_in_use(lists) & ~h->ledger.doubtful);
	if (h->began_ms < 0)
		h->began_ms = now.mono_ms;
	for (size_t i = 0; i < from->count; i++) {
		const struct connection *c = &from->connections[i];
		const struct address *a = &f->addresses[c->address];
		uint32_t connected_ms = 0;

		if (collects(h))
			connected_ms = ledger_sighting(&h->ledger, a, c, ledger_now(h, now), now.mono_ms,
						       from->interval_ms);
		count(h, a, c, from->interval_ms, hour, connected_ms);
	}
	h->totals.unique_exact = !h->known.full;
}

/* The date is right when the system says so. One that says nothing is believed after a while, if it can be; and at the
 * end, since there will be no better one. */
void history_settle_date(struct history *h, struct now now, bool believe)
{
	bool waited = h->began_ms >= 0 && now.mono_ms - h->began_ms >= TRUST_MS;

	if (h->ledger.dated || now.wall < CLOCK_OLDEST)
		return;
	if (h->set || waited || believe)
		ledger_date(&h->ledger, now.wall - now.mono_ms / 1000 - h->slot_phase);
}

void history_poll(struct history *h, const struct fold *f, struct now now, bool set)
{
	h->set = set;
	history_settle_date(h, now, false);
	if (!fold_is_known(f))
		return;
	h->totals.polls++;
	if (h->ledger.dated && !h->totals.since)
		h->totals.since = now.wall;
	if (collects(h))
		ledger_poll(&h->ledger, &f->now, ledger_now(h, now));
}

/* ---- saving ---- */

/* The file is closed, and what is at its path is opened. One that seems to be damaged is looked at, and if it is, or
 * seems so again, a new one is begun. */
static void begin_again(struct history *h, bool damaged, struct now now)
{
	h->waited = true;
	begin_opening(h, h->store, damaged, now);
	h->store = NULL;
	h->state = HISTORY_WAITS;
	h->saving = h->stuck = false;
	h->alerts_changed = true; /* a new one has none */
}

void history_find_again(struct history *h, struct now now)
{
	bool astray = h->store && history_is_astray(h), recount = h->store && h->recount;

	h->look_now = false;
	if (!astray && !recount)
		return;
	if (astray) {
		tell(h, true,
		     N_("the history was moved or replaced: what is at %.330s now is opened, or a new one begun"),
		     h->path);
		h->replaced = true;
		h->upkeep_ms = -1;
	}
	h->recount = false;
	history_recount(h, now);
	begin_again(h, false, now);
	h->tried = astray; /* else nobody need hear that it is opened, but that it cannot be */
}

static void tell_again(struct history *h)
{
	char text[HISTORY_LOST_TEXT];

	tell(h, false, "%s", history_lost_text(h, N_("the history is written again"), text, sizeof(text)));
}

/* What the store has to say, without waiting for it. */
static void listen(struct history *h, struct now now)
{
	struct err err = {""};
	int code = store_flush_within(h->store, 0, &err);
	bool late = code == -ETIMEDOUT && now.mono_ms - h->queued_ms > PATIENCE_MS;

	if (code == -EUCLEAN) {
		begin_again(h, true, now);
		return;
	}
	if (!code && h->stuck && store_settled(h->store)) {
		tell_again(h);
		h->stuck = false;
	} else if ((late || (code && code != -ETIMEDOUT)) && !h->stuck) {
		tell(h, true, "%s", err.msg);
		h->stuck = true;
	}
}

void history_begin_save(struct history *h, struct now now)
{
	bool due = h->upkeep_ms < 0 || now.mono_ms - h->upkeep_ms >= day_ms || h->fresh > FRESH_MAX;

	h->saving = true;
	h->told_crowded &= h->ledger.crowded;
	h->ledger.crowded = false;
	h->doubted &= !due;
	h->ledger.next_peer = 0;
	h->saved_ms = now.mono_ms;
	if (due && !h->whole)
		history_upkeep(h, now);
	history_write_alerts(h);
}

/* A part of it is queued only when the one before is on disk: so the queue never fills, and what waits in memory is
 * merged and does not grow with each poll. */
static void go_on(struct history *h, struct now now)
{
	if (history_write(h, now)) {
		h->saving = false;
		if (h->ledger.dropped && !h->stuck) /* else it is said when the disk takes it */
			tell_again(h);
	}
	store_settled(h->store);
}

static void save_opened(struct history *h, struct now now)
{
	bool due = now.mono_ms - h->saved_ms >= h->setup.save_ms, settled = store_settled(h->store);

	if (settled || !h->unsettled) /* what is queued, is so from now on */
		h->queued_ms = now.mono_ms;
	if (!h->saving && settled && (h->look_now || (due && h->ledger.dated)))
		history_find_again(h, now);
	if (!h->store)
		return;
	if (due && !h->ledger.dated && !h->told_undated) {
		tell(h, true,
		     now.wall < CLOCK_OLDEST
			     ? N_("this machine's clock is not set: the history waits in memory until it is")
			     : N_("this machine's clock is not known to be right yet: the history waits in memory "
				  "until it is, 5 minutes at most"),
		     "");
		h->told_undated = true;
	}
	if ((due || h->whole) && h->ledger.dated && !h->saving && settled)
		history_begin_save(h, now);
	else if (h->alerts_told && now.wall >= CLOCK_OLDEST && settled) /* a date that is not vouched for will do */
		history_write_alerts(h);
	h->alerts_told &= h->alerts_changed;
	if (h->saving && settled)
		go_on(h, now);
	listen(h, now);
}

/* When the next save is due, or the next try to open the file. */
static int64_t next_save(const struct history *h)
{
	int64_t most = h->state == HISTORY_OTHER ? OTHER_MS : h->setup.save_ms;

	if (!h->store && h->open_ours)
		most = OURS_MS;
	return h->saved_ms + (most < h->setup.save_ms ? most : h->setup.save_ms);
}

int64_t history_save(struct history *h, struct now now)
{
	int64_t moment = 0;

	if (h->state == HISTORY_OFF && !h->aside)
		return INT64_MAX;
	if (!h->store && !h->aside && now.mono_ms >= next_save(h)) {
		h->saved_ms = now.mono_ms;
		history_begin_opening(h, now);
		h->waited = true;
		moment = MOMENT_MS;
	}
	if (h->aside) {
		history_take_opened(h, moment);
		h->unsettled = false;
		if (h->store && h->waited) /* what has waited, at once */
			h->saved_ms = now.mono_ms - h->setup.save_ms;
	}
	tell_full(h, now);
	if (h->aside)
		return now.mono_ms + (now.mono_ms - h->saved_ms < AT_ONCE_MS ? LOOK_MS : HISTORY_GO_ON_MS);
	if (h->store)
		save_opened(h, now);
	if (h->aside) /* it was left, and is opened again */
		return now.mono_ms + LOOK_MS;
	h->unsettled = h->store && (h->saving || !store_settled(h->store));
	if (h->unsettled)
		return now.mono_ms + (h->stuck ? PATIENCE_MS : HISTORY_GO_ON_MS);
	return next_save(h) > now.mono_ms ? next_save(h) : now.mono_ms + PATIENCE_MS;
}
