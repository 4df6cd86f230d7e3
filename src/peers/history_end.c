/* The end of the history: the last save, which is waited for; or, where the monitor goes on elsewhere, one that is not.
 * It does not know how a save is made. */
#include "peers/history_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/str.h"

enum {
	ASKED_MS = 1000, /* for what was asked of the file */
	SAY_MS = 1000,   /* that is waited without a word */
	CLOSE_MS = 10 * 1000,
};

static int64_t left(int64_t until)
{
	int64_t ms = until - clock_now().mono_ms;

	return ms > 0 ? ms : 0;
}

/* ---- without waiting ---- */

void history_retire(struct history *h, struct now now)
{
	history_settle_date(h, now, true);
	history_peer_end(h, 0);
	history_past_end(h, 0);
	history_keep_alerts(h, NULL, 0); /* they go on elsewhere */
	h->saved_ms = now.mono_ms - h->setup.save_ms;
}

bool history_is_closing(const struct history *h)
{
	return h->closing != NULL;
}

static bool waits(const struct ledger *l)
{
	bool waits = l->cell_count || l->poll_count;

	for (uint32_t i = 0; i < l->peer_count && !waits; i++)
		waits = l->peers[i].sightings > 0;
	return waits;
}

/* Nothing is left to be saved, or nothing can be. */
static bool is_spent(const struct history *h)
{
	if (h->aside || h->saving || (h->store && !store_settled(h->store)))
		return false;
	return h->state == HISTORY_OTHER || h->state == HISTORY_OFF || !h->ledger.dated || !waits(&h->ledger);
}

/* The log goes back into the file, and that may take as long as any write. */
static void close_store(void *store)
{
	struct err gone = {""};

	store_free_within(store, CLOSE_MS, &gone);
	if (*gone.msg)
		log_warn("%s", gone.msg);
}

bool history_retired(struct history *h, struct now now, int64_t *next)
{
	*next = now.mono_ms + HISTORY_GO_ON_MS;
	if (h->closing && aside_over(h->closing, 0))
		h->closing = NULL;
	else if (h->closing)
		return false;
	else
		*next = history_save(h, now);
	if (!is_spent(h)) {
		/* What came to the peers that a save had passed by already. */
		if (h->store && !h->saving && store_settled(h->store))
			h->saved_ms = now.mono_ms - h->setup.save_ms;
		return false;
	}
	if (!h->store)
		return true;
	h->closing = aside_begin(close_store, h->store);
	h->store = NULL;
	*next = now.mono_ms + HISTORY_GO_ON_MS;
	return false;
}

/* ---- waiting ---- */

/* Nobody shall wonder what a program does that was told to end. */
static void say_waiting(struct history *h, const char *why, int64_t until)
{
	if (!h->told_waiting)
		log_warn("%s; the history waits for it, %d seconds at most: another Ctrl+C gives up what is not saved",
			 why, (int)((left(until) + 999) / 1000));
	h->told_waiting = true;
}

/* 0: all is on disk, by whichever attempt. Else the failure, with a message. */
static int flush(struct history *h, int64_t until, struct err *err)
{
	int64_t ms = left(until);
	struct err why = {""};
	int code;

	if (h->told_waiting || ms <= SAY_MS)
		return store_flush_patiently(h->store, ms, err);
	code = store_flush_patiently(h->store, SAY_MS, &why);
	if (!code)
		return 0;
	if (store_settled(h->store)) /* written just now, or given up */
		return code == -ETIMEDOUT ? store_flush_patiently(h->store, 0, err) : err_set(err, code, "%s", why.msg);
	say_waiting(h, why.msg, until);
	return store_flush_patiently(h->store, left(until), err);
}

/* Queues all that waits, part after part, each when the one before is on disk, by whichever attempt. 0, or the first
 * failure with a message. */
static int write_all(struct history *h, struct now now, int64_t until, struct err *err)
{
	bool late = false;
	int code = 0;

	/* Twice: a save that was on its way has passed by what came to its first peers since. */
	for (int turn = h->saving ? 0 : 1; turn < 2 && !late; turn++) {
		if (!h->saving)
			history_begin_save(h, now);
		while (!history_write(h, now) && !late) {
			int failed = flush(h, until, code ? NULL : err);

			code = code ? code : failed;
			late = !left(until);
		}
		h->saving = false;
	}
	return code;
}

/* What a damaged file did not take, when there is no time for another. */
static void say_lost(const struct history *h, uint64_t writes)
{
	char count[STR_NUMBER];

	str_count(writes, count);
	if (writes)
		log_warn("%s: %s writes were lost", h->path, count);
}

static int last_save(struct history *h, struct now now, int64_t until)
{
	struct err err, gone = {""};
	uint64_t rest;
	int code = 0;

	if (h->ledger.dated)
		code = write_all(h, now, until, &err);
	else if (h->ledger.cell_count)
		log_warn("the clock was never set: what was seen is not recorded");
	if (!code)
		code = flush(h, until, &err);
	rest = store_rest_of(h->store);
	store_free_within(h->store, left(until), &gone);
	/* The close tries once more, and says the same and how much is lost. */
	if (code && !str_starts(gone.msg, err.msg))
		log_warn("%s", err.msg);
	say_lost(h, rest);
	if (*gone.msg)
		log_warn("%s", gone.msg);
	return code;
}

/* It is of the thread that closes it. */
static void let_be(void *store)
{
	(void)store;
}

/* As often as another program has it locked. */
static void open_at_last(struct history *h, struct now now, int64_t until)
{
	char why[PATH_MAX + HISTORY_LOST_TEXT];
	bool wanted = !h->store && h->state == HISTORY_WAITS && waits(&h->ledger);

	snprintf(why, sizeof(why), "%s cannot be opened yet", h->path);
	while (wanted || h->aside) {
		if (!h->aside)
			history_begin_opening(h, now);
		history_take_opened(h, left(until) < SAY_MS ? left(until) : SAY_MS);
		if (!left(until))
			return;
		wanted &= !h->store && h->open_code == -EBUSY && h->state == HISTORY_WAITS;
		if (wanted || h->aside)
			say_waiting(h, why, until);
	}
}

int history_free(struct history *h, struct now now, int64_t ms)
{
	int64_t until = clock_now().mono_ms + ms;
	char text[PATH_MAX + HISTORY_LOST_TEXT];
	int code;

	if (!h)
		return 0;
	h->recount = false; /* nobody will ask */
	if (!h->saving && waits(&h->ledger) && h->store && store_settled(h->store))
		history_find_again(h, now);
	open_at_last(h, now, until);
	history_settle_date(h, now, true);
	/* Who closes the file last puts it in order, and who only reads cannot. */
	history_peer_end(h, ASKED_MS);
	history_past_end(h, ASKED_MS);
	code = h->aside ? -ETIMEDOUT : h->open_code;
	if (h->store)
		code = last_save(h, now, until);
	else if (h->ledger.cell_count)
		log_warn("%s: what was seen could not be recorded", h->path);
	say_lost(h, store_rest_count(h->rest));
	store_rest_free(h->rest);
	if (h->aside)
		aside_drop(h->aside, opening_free);
	if (h->closing && !aside_over(h->closing, left(until)))
		aside_drop(h->closing, let_be);
	for (unsigned i = 0; i < h->message_count; i++) /* nobody will ask any more */
		if (h->messages[i].bad)
			log_warn("history: %s", h->messages[i].err.msg);
	if (h->ledger.dropped)
		log_warn("%s", history_lost_text(h, h->path, text, sizeof(text)));
	store_free(h->reader);
	ledger_done(&h->ledger);
	known_done(&h->known);
	free(h->totals.clients);
	free(h);
	return code;
}
