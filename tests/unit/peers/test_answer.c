/* The container of an answer: it grows, is emptied, and keeps its memory. */
#include "peers/answer.h"

#include "base/xmalloc.h"
#include "tap.h"

int main(void)
{
	struct answer a;
	struct sighting *s;
	size_t room;

	answer_init(&a);
	is_int(a.sighting_count + a.torrent_count + a.all_torrents, 0, "empty at first");
	for (uint32_t i = 0; i < 1000; i++) {
		answer_torrent(&a)->name = xstrdup("name");
		answer_sighting(&a)->torrent = i;
	}
	is_int(a.sighting_count, 1000, "sightings");
	is_int(a.torrent_count, 1000, "torrents");
	is_int(a.sightings[0].torrent, 0, "the first stays when it grows");
	is_int(a.sightings[999].torrent, 999, "the last is there");
	is_str(a.torrents[999].name, "name", "and its torrent");
	a.all_torrents = 7;
	room = a.sighting_cap;
	answer_reset(&a);
	is_int(a.sighting_count + a.torrent_count + a.all_torrents, 0, "emptied");
	is_int(a.sighting_cap, room, "with its memory kept");
	s = answer_sighting(&a);
	is_int(s->torrent + s->rate_up + s->flags, 0, "room that is used again is zeroed");
	ok(answer_torrent(&a)->name == NULL, "a torrent's too");
	answer_reset(&a);
	while (answer_sighting(&a) && a.sighting_count <= ANSWER_MAX_SIGHTINGS)
		;
	is_int(a.sighting_count, ANSWER_MAX_SIGHTINGS, "so many sightings and no more");
	while (answer_torrent(&a) && a.torrent_count <= ANSWER_MAX_TORRENTS)
		;
	is_int(a.torrent_count, ANSWER_MAX_TORRENTS, "so many torrents and no more");
	answer_done(&a);
	ok(!a.sightings && !a.torrents, "nothing is left");
	return tap_done();
}
