/* A poll as a block of text, to the letter. */
#include "peers/draw.h"

#include "tap.h"
#include "unit/peers/drawn.h"

#define DAEMONS                                                                                                        \
	"home: ok, Transmission 3.00 (bb6b5a062e), 2 torrents, 4 peers\n"                                              \
	"nas: refused, login \"refused\", \\o/ (http://nas:9091/)\n"                                                   \
	"attic: connecting (unix:/run/t)\n"
#define TABLES                                                                                                         \
	DAEMONS                                                                                                        \
	"Total sightings: 6\n"                                                                                         \
	"Unique addresses: 4\n"                                                                                        \
	"Connected now: 4, from 3 addresses; up 1.6 kB/s, down 0 B/s\n"                                                \
	"\n"                                                                                                           \
	"Connections by country       sightings   unique      now     up/s   down/s\n"                                 \
	" DE Germany                          3        1        2   1.6 kB      0 B\n"                                 \
	" -- Local                            1        1        1      0 B      0 B\n"                                 \
	" ?? Unknown                          1        1        1      0 B      0 B\n"                                 \
	" IT Italy                            1        1        0      0 B      0 B\n"                                 \
	"\n"                                                                                                           \
	"Connections by hour of the day (00-23), in sightings\n"                                                       \
	" 00: 0        01: 0        02: 0        03: 0        04: 0        05: 0\n"                                    \
	" 06: 0        07: 6        08: 0        09: 0        10: 0        11: 0\n"                                    \
	" 12: 0        13: 0        14: 0        15: 0        16: 0        17: 0\n"                                    \
	" 18: 0        19: 0        20: 0        21: 0        22: 0        23: 0\n"
#define PEERS                                                                                                          \
	"\n"                                                                                                           \
	"Peers (* connected)                        country  sightings     up/s   down/s  client\n"                    \
	" * 5.9.1.1                                 DE               3   1.6 kB      0 B  qBittorrent 4.5.2\n"         \
	" * 10.0.0.9                                --               1      0 B      0 B  Unknown\n"                   \
	" * 200.1.2.3                               ??               1      0 B      0 B  \u00b5Torrent 3.5\n"         \
	"   93.40.0.7                               IT               1      0 B      0 B  =1+1, \"so\"\n"

static void test_block(void)
{
	static const struct draw_style style;
	struct drawn d;
	struct buf out;

	drawn_begin(&d);
	out = drawn_record(&d, &draw_plain, false, false);
	is_str(buf_str(&out), "=== swarmtop record: 2026-11-21 07:30:00, poll 2 ===\n" TABLES "=== end ===\n\n",
	       "a block");
	buf_reset(&out);
	draw_plain.summary(&style, &d.scene, &out);
	is_str(buf_str(&out), "=== swarmtop summary: 2026-11-21 07:30:00, poll 2 ===\n" TABLES "=== end ===\n\n",
	       "the summary is the same block");
	buf_done(&out);
	d.scene.credit = "IP Geolocation by DB-IP (https://db-ip.com)";
	out = drawn_record(&d, &draw_plain, true, false);
	is_str(buf_str(&out),
	       "=== swarmtop record: 2026-11-21 07:30:00, poll 2 ===\n" TABLES PEERS
	       "\nIP Geolocation by DB-IP (https://db-ip.com)\n=== end ===\n\n",
	       "with peers and a credit");
	buf_done(&out);
	drawn_end(&d);
}

/* Takes the escape codes out; false if one is not of the kind that switches on or off. */
static bool strip(struct buf *b)
{
	char *to = b->data;
	bool fine = true;

	for (const char *p = b->data; *p; p++) {
		if (*p != '\033') {
			*to++ = *p;
			continue;
		}
		p += strspn(p, "\033[0123456789;");
		fine = fine && *p == 'm';
	}
	*to = '\0';
	return fine;
}

static void test_color(void)
{
	struct drawn d;
	struct buf plain, color;

	drawn_begin(&d);
	plain = drawn_record(&d, &draw_plain, true, false);
	color = drawn_record(&d, &draw_plain, true, true);
	ok(strncmp(buf_str(&color),
		   "\033[1;36m=== swarmtop record: 2026-11-21 07:30:00, poll 2 ===\033[0m\nhome: ", 70) == 0,
	   "a title in colour, switched off before the line ends");
	ok(strstr(buf_str(&color), "\n\033[1mPeers (* connected) "), "strong headings");
	ok(strip(&color), "nothing but colours");
	is_str(color.data, buf_str(&plain), "under them the same block");
	buf_done(&color);
	buf_done(&plain);
	drawn_end(&d);
}

static bool has_negative(const char *text)
{
	for (const char *p = text; (p = strstr(p, " -")); p += 2)
		if (p[2] >= '0' && p[2] <= '9')
			return true;
	return false;
}

static void test_before_the_first(void)
{
	struct drawn d;
	struct buf out;

	drawn_empty(&d);
	d.scene.wall = 0;
	d.scene.poll = 0;
	d.sources[0].version[0] = '\0';
	out = drawn_record(&d, &draw_plain, false, false);
	ok(strstr(buf_str(&out), "=== swarmtop record: 2026-11-21 07:30:00, poll 0 ===\n"), "it has a time");
	ok(strstr(buf_str(&out), "\nhome: ok, Transmission ?, 2 torrents, 4 peers\n"), "an unknown version");
	ok(strstr(buf_str(&out), "Total sightings: 0\nUnique addresses: 0\n"
				 "Connected now: 0, from 0 addresses; up 0 B/s, down 0 B/s\n"),
	   "nothing was seen");
	ok(strstr(buf_str(&out), "   down/s\n none yet\n\n"), "in no country");
	ok(!has_negative(buf_str(&out)), "no number is negative");
	buf_done(&out);
	d.sources[0].torrents = d.sources[0].peers = 1;
	out = drawn_record(&d, &draw_plain, false, false);
	ok(strstr(buf_str(&out), ", 1 torrent, 1 peer\n"), "one of each");
	buf_done(&out);
	drawn_end(&d);
}

/* Numbers that are larger than their columns push, and are not cut; names are cut. */
static void test_large(void)
{
	country_t islands = country_by_code("HM", 2), germany = country_by_code("DE", 2);
	struct drawn d;
	struct buf out;

	drawn_begin(&d);
	d.fold->forgot = true;
	d.fold->unique = 4000000000u;
	d.fold->sightings = 10000000000000000000u;
	d.fold->hours[0] = 12345678901u;
	d.fold->hours[5] = 9876543210u;
	d.fold->countries[germany].sightings = 10000000000000000000u;
	d.fold->countries[germany].now.rate_up = UINT64_MAX;
	d.fold->countries[islands].sightings = 2;
	out = drawn_record(&d, &draw_plain, false, false);
	ok(strstr(buf_str(&out), "\nTotal sightings: 10000000000000000000\nUnique addresses: ~4000000000\n"),
	   "an estimate has its sign");
	ok(strstr(buf_str(&out), "\n DE Germany                 10000000000000000000 "), "very many sightings");
	ok(strstr(buf_str(&out), "   999 PB      0 B\n"), "a very high rate");
	ok(strstr(buf_str(&out), "\n HM Heard and McDonald Isl"), "a long name");
	ok(!strstr(buf_str(&out), "McDonald Islands"), "is cut");
	ok(strstr(buf_str(&out), "\n 00: 12345678901 01: 0 "), "very many in an hour");
	ok(strstr(buf_str(&out), " 05: 9876543210\n"), "also at the end of a line");
	ok(!has_negative(buf_str(&out)), "no number is negative");
	buf_done(&out);
	drawn_end(&d);
}

int main(void)
{
	test_block();
	test_color();
	test_before_the_first();
	test_large();
	return tap_done();
}
