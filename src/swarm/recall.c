/* What trackers said in earlier passes, from the catalog's torrents to a pass's. It keeps nothing of it. */
#include "swarm/recall.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/xmalloc.h"

struct order {
	int64_t id;
	uint32_t position;
};

struct recall {
	struct catalog *catalog;
	const struct catalog_target *targets;
	size_t count;
	struct order *order; /* by id; made once it is needed */
	size_t next;
	plan_recall_fn *take;
	void *taker;
};

struct recall *recall_new(struct catalog *catalog, const struct catalog_target *targets, size_t count)
{
	struct recall *recall = xcalloc(1, sizeof(*recall));

	*recall = (struct recall){.catalog = catalog, .targets = targets, .count = count};
	return recall;
}

void recall_free(struct recall *recall)
{
	if (!recall)
		return;
	free(recall->order);
	free(recall);
}

static int by_id(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void make_order(struct recall *recall)
{
	recall->order = xreallocarray(NULL, recall->count + 1, sizeof(*recall->order));
	for (size_t i = 0; i < recall->count; i++)
		recall->order[i] = (struct order){recall->targets[i].id, (uint32_t)i};
	if (recall->count)
		qsort(recall->order, recall->count, sizeof(*recall->order), by_id);
}

/* They come by id, so that the two lists are read side by side. */
static int take_answer(void *context, const struct catalog_answer *answer)
{
	struct recall *recall = context;
	struct probe_row row = {answer->seeders, answer->leechers, answer->completed};

	while (recall->next < recall->count && recall->order[recall->next].id < answer->torrent)
		recall->next++;
	if (recall->next < recall->count && recall->order[recall->next].id == answer->torrent)
		recall->take(recall->taker, recall->order[recall->next].position, &row, answer->at);
	return 0;
}

void recall_said(struct recall *recall, int64_t tracker, int64_t since, plan_recall_fn *take, void *taker)
{
	struct err err;

	if (!recall->order)
		make_order(recall);
	recall->next = 0;
	recall->take = take;
	recall->taker = taker;
	if (catalog_said(recall->catalog, tracker, since, take_answer, recall, &err))
		log_warn("what a tracker said before cannot be read: %s", err.msg);
}
