/* The container that a source fills and the fold empties. It does not know where the answer comes from. */
#include "peers/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

enum { FIRST_SIGHTINGS = 64, FIRST_TORRENTS = 16 };

void answer_init(struct answer *a)
{
	*a = (struct answer){0};
}

void answer_reset(struct answer *a)
{
	for (size_t i = 0; i < a->torrent_count; i++)
		free(a->torrents[i].name);
	a->sighting_count = a->torrent_count = 0;
	a->all_torrents = 0;
}

void answer_done(struct answer *a)
{
	answer_reset(a);
	free(a->sightings);
	free(a->torrents);
	answer_init(a);
}

struct sighting *answer_sighting(struct answer *a)
{
	struct sighting *s;

	if (a->sighting_count == ANSWER_MAX_SIGHTINGS)
		return NULL;
	if (a->sighting_count == a->sighting_cap) {
		a->sighting_cap = a->sighting_cap ? a->sighting_cap + a->sighting_cap / 2 : FIRST_SIGHTINGS;
		a->sightings = xreallocarray(a->sightings, a->sighting_cap, sizeof(*a->sightings));
	}
	s = &a->sightings[a->sighting_count++];
	memset(s, 0, sizeof(*s));
	return s;
}

struct answer_torrent *answer_torrent(struct answer *a)
{
	struct answer_torrent *t;

	if (a->torrent_count == ANSWER_MAX_TORRENTS)
		return NULL;
	if (a->torrent_count == a->torrent_cap) {
		a->torrent_cap = a->torrent_cap ? a->torrent_cap * 2 : FIRST_TORRENTS;
		a->torrents = xreallocarray(a->torrents, a->torrent_cap, sizeof(*a->torrents));
	}
	t = &a->torrents[a->torrent_count++];
	memset(t, 0, sizeof(*t));
	return t;
}
