/* The end of the history: the last save, which is waited for; or, where the monitor goes on elsewhere, one that is not.
 * It does not know how a save is made. */
#include "peers/history_private.h"

#include <stdlib.h>

#include "base/log.h"

enum { ASKED_MS = 1000 /* for what was asked of the file */ };

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
	store_free(store);
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
			int failed = store_flush_patiently(h->store, left(until), code ? NULL : err);

			code = code ? code : failed;
			late = !left(until);
		}
		h->saving = false;
	}
	return code;
}

static void last_save(struct history *h, struct now now, int64_t until)
{
	struct err err;
	int code = 0;

	if (h->ledger.dated)
		code = write_all(h, now, until, &err);
	else if (h->ledger.cell_count)
		log_warn("the clock was never set: what was seen is not recorded");
	if (!code)
		code = store_flush_patiently(h->store, left(until), &err);
	if (code)
		log_warn("%s", err.msg);
	store_free_within(h->store, left(until));
}

/* It is of the thread that closes it. */
static void let_be(void *store)
{
	(void)store;
}

void history_free(struct history *h, struct now now, int64_t ms)
{
	int64_t until = clock_now().mono_ms + ms;
	char text[PATH_MAX + HISTORY_LOST_TEXT];

	if (!h)
		return;
	if (!h->store && !h->aside && h->state == HISTORY_WAITS && waits(&h->ledger))
		history_begin_opening(h, NULL, now);
	if (h->aside)
		history_take_opened(h, left(until));
	history_settle_date(h, now, true);
	/* Who closes the file last puts it in order, and who only reads cannot. */
	history_peer_end(h, ASKED_MS);
	history_past_end(h, ASKED_MS);
	if (h->store)
		last_save(h, now, until);
	else if (h->ledger.cell_count)
		log_warn("%s: what was seen could not be recorded", h->path);
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
}
