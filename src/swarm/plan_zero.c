/* When "0 seeders, 0 leechers, 0 completed" is a zero, and when it is what trackers say of what they do not know. It
 * does not know who said what before, but by recall().
 *
 * - Of a tracker that the torrent names it is a zero: its peers announce there, or nobody does.
 * - Of an extra one that the torrent does not name it is none, unless it told something of the torrent the last time.
 *   Then all have left; or it has forgotten the torrent: it was started anew, or does not want it any more.
 * - It has not forgotten if it has kept what it told. Of the torrents that it told of the last time, whoever names it,
 *   it tells at this URL in this pass of three at least for each that it has lost. Lost is what it says zeros of,
 *   or no completed downloads where there were some. Then its zeros count at once.
 * - Else the zero is in doubt, and so is what it told before: that counts no more, nor as lost in the next pass. It
 *   counts when it has been in doubt for three days, in which something was kept at each look, and the tracker has not
 *   forgotten now: so long nobody has announced the torrent where others are announced.
 * - A zero that counted says no more that it knows the torrent: the next one is worth nothing.
 *
 * What is not a zero leaves the count that was measured last, with its date. As the others are heard first, zeros wait
 * for the end of the job. Of completed downloads they say nothing: those may be what is forgotten. */
#include "swarm/plan_private.h"

#include "base/xmalloc.h"

enum {
	TOLD = 1,      /* something but zeros */
	COMPLETED = 2, /* and that somebody has completed it */
	DOUBTED = 4,   /* nothing but zeros, which were in doubt from then on */
	MARKS = 8,
	KEPT_FOR_LOST = 3,
};

static unsigned marks_of(const struct probe_row *row)
{
	if (!probe_row_says(row, true))
		return DOUBTED;
	return (probe_row_says(row, false) ? TOLD : 0) | (row->completed > 0 ? COMPLETED : 0);
}

/* When, and what: of two words the larger one is the later. */
static void note_word(void *context, uint32_t torrent, const struct probe_row *row, int64_t at)
{
	uint64_t *words = context, word = (uint64_t)at * MARKS + marks_of(row);

	if (at > 0 && word > words[torrent])
		words[torrent] = word;
}

void plan_recall_words(const struct plan *plan, struct plan_group *group)
{
	if (group->words || !plan->events.recall)
		return;
	group->words = xcalloc(plan->world.target_count + 1, sizeof(*group->words));
	for (uint32_t i = 0; i < group->count; i++)
		for (uint32_t t = plan->endpoints[group->first + i].tracker; t != PLAN_NONE; t = plan->same[t])
			if (plan->world.trackers[t].answered)
				plan->events.recall(plan->events.context, t, 0, note_word, group->words);
}

void plan_weigh(struct plan_group *group, uint32_t torrent, const struct probe_row *row)
{
	uint64_t word = group->words ? group->words[torrent] : 0;
	bool gone = (word & COMPLETED) && row->completed == 0;

	if ((word & TOLD) && probe_row_says(row, true))
		*(probe_row_says(row, false) && !gone ? &group->kept : &group->lost) += 1;
}

bool plan_hold(const struct plan_group *group, uint32_t torrent, size_t index, const struct probe_row *row)
{
	struct plan_flight *flight = group->flight;
	uint64_t word = group->words ? group->words[torrent] : 0;

	if (!(word & (TOLD | DOUBTED)) || probe_row_says(row, false) || !probe_row_says(row, true))
		return false;
	if (flight->held_count == flight->held_room) {
		flight->held_room = flight->held_room ? 2 * flight->held_room : 16;
		flight->held = xreallocarray(flight->held, flight->held_room, sizeof(*flight->held));
	}
	flight->held[flight->held_count++] = (struct plan_held){
		.index = (uint32_t)index,
		.row = {row->seeders, row->leechers, CATALOG_UNKNOWN},
		.doubted = word & DOUBTED ? (int64_t)(word / MARKS) : 0,
	};
	return true;
}

bool plan_is_zero(const struct plan_group *group, const struct plan_held *held, int64_t now)
{
	bool kept = group->kept && group->kept / KEPT_FOR_LOST >= group->lost;

	return kept && (!held->doubted || now - held->doubted >= PLAN_RECALL_S);
}
