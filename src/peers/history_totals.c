/* The numbers of all time: what was seen, what the file knew, and both together. It does not know when a file is
 * read. */
#include "peers/history_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

void history_sums_add(struct history_sums *sum, const struct history_sums *more)
{
	sum->sightings += more->sightings;
	sum->unique += more->unique;
	sum->connected_ms += more->connected_ms;
	sum->bytes_up += more->bytes_up;
	sum->bytes_down += more->bytes_down;
}

void history_count_client(struct history_totals *t, uint32_t client, uint64_t sightings)
{
	uint32_t old = t->client_count;

	if (client >= old) {
		t->client_count = (client + 1) * 2;
		t->clients = xreallocarray(t->clients, t->client_count, sizeof(*t->clients));
		memset(t->clients + old, 0, (t->client_count - old) * sizeof(*t->clients));
	}
	t->clients[client] += sightings;
}

/* What the file knew, and what was seen while it was being read: an address of both was counted twice. */
void history_take_loaded(struct history *h, struct opening *o)
{
	struct history_totals *t = &h->totals;
	struct known known = h->known;

	h->known = o->known;
	o->known = known;
	for (uint32_t i = 0; i < h->ledger.peer_count; i++) {
		const struct ledger_peer *p = &h->ledger.peers[i];
		uint64_t *country = &t->countries[p->country].unique, more;

		if (known_add(&o->known, &p->ip)) /* it was not counted: a file that is gone has it */
			continue;
		more = known_add(&h->known, &p->ip);
		t->all.unique += more - 1;
		*country = *country + more ? *country + more - 1 : 0; /* it may have moved */
	}
	history_sums_add(&t->all, &o->totals.all);
	for (unsigned c = 0; c < COUNTRY_MAX; c++) {
		history_sums_add(&t->countries[c], &o->totals.countries[c]);
		for (int hour = 0; hour < 24; hour++)
			t->hours[c][hour] += o->totals.hours[c][hour];
	}
	memcpy(t->families, o->totals.families, sizeof(t->families));
	t->family_count = o->totals.family_count;
	t->polls += o->totals.polls;
	if (o->totals.since && (!t->since || o->totals.since < t->since))
		t->since = o->totals.since;
	t->unique_exact = !h->known.full;
	if (!h->alerts_given) {
		memcpy(h->alerts, o->alerts, sizeof(h->alerts));
		h->alert_count = o->alert_count;
	}
	h->loaded = true;
}

/* What waits of a slot of time. `offset`: the date at 0 of the ledger's time. */
static void recount_cell(struct history_totals *t, const struct ledger_cell *cell, int64_t offset)
{
	const struct history_sums more = {
		.sightings = cell->sightings,
		.connected_ms = cell->connected_ms,
		.bytes_up = cell->up,
		.bytes_down = cell->down,
	};

	if (cell->key.subject == LEDGER_POLLS)
		return;
	if (cell->key.subject >= COUNTRY_MAX) {
		history_count_client(t, cell->key.subject - COUNTRY_MAX, cell->sightings);
		return;
	}
	history_sums_add(&t->all, &more);
	history_sums_add(&t->countries[cell->key.subject], &more);
	t->hours[cell->key.subject][clock_hour((int64_t)cell->key.slot * HISTORY_SLOT + offset)] += cell->sightings;
}

void history_recount(struct history *h, struct now now)
{
	int64_t offset = h->ledger.dated ? 0 : now.wall - now.mono_ms / 1000 - h->slot_phase;
	struct history_totals *t = &h->totals;

	known_done(&h->known);
	known_init(&h->known);
	free(t->clients);
	memset(t, 0, sizeof(*t));
	h->loaded = false;
	for (uint32_t i = 0; i < h->ledger.cell_count; i++)
		recount_cell(t, &h->ledger.cells[i], offset);
	for (uint32_t i = 0; i < h->ledger.peer_count; i++) {
		const struct ledger_peer *p = &h->ledger.peers[i];
		uint64_t more = p->sightings ? known_add(&h->known, &p->ip) : 0;

		t->all.unique += more;
		t->countries[p->country].unique += more;
	}
	t->polls = h->ledger.poll_count;
	if (h->ledger.dated && t->polls)
		t->since = h->ledger.polls[0].at;
	t->unique_exact = !h->known.full;
}
