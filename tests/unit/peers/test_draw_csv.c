/* A poll as rows of CSV, to the letter. */
#include "peers/draw.h"

#include "tap.h"
#include "unit/peers/drawn.h"

static void test_countries(void)
{
	struct drawn d;
	struct buf out;

	drawn_begin(&d);
	out = drawn_record(&d, &draw_csv, false, true);
	is_str(buf_str(&out),
	       "time,poll,code,name,sightings,unique,connections,addresses,rate_up,rate_down\n"
	       "2026-11-21T07:30:00Z,2,DE,Germany,3,1,2,1,1600,0\n"
	       "2026-11-21T07:30:00Z,2,'--,Local,1,1,1,1,0,0\n"
	       "2026-11-21T07:30:00Z,2,??,Unknown,1,1,1,1,0,0\n"
	       "2026-11-21T07:30:00Z,2,IT,Italy,1,1,0,0,0,0\n",
	       "a row per country that was seen, most sightings first; no escape codes");
	ok(!draw_csv.summary, "there is no summary");
	buf_done(&out);
	drawn_end(&d);
}

static void test_peers(void)
{
	struct drawn d;
	struct buf out;

	drawn_begin(&d);
	out = drawn_record(&d, &draw_csv, true, false);
	is_str(buf_str(&out),
	       "time,address,country,city,latitude,longitude,sightings,first_seen,last_seen,connected,torrents,client,"
	       "rate_up,rate_down,estimated_bytes_up,estimated_bytes_down,progress,flags,asn,network,tags\n"
	       "2026-11-21T07:30:00Z,5.9.1.1,DE,,,,3,2026-11-21T07:29:30Z,2026-11-21T07:30:00Z,true,2,"
	       "qBittorrent 4.5.2,1600,0,48000,0,0.25,EI,,,\n"
	       "2026-11-21T07:30:00Z,10.0.0.9,'--,,,,1,2026-11-21T07:30:00Z,2026-11-21T07:30:00Z,true,1,"
	       ",0,0,0,0,0,K?,,,\n"
	       "2026-11-21T07:30:00Z,200.1.2.3,??,,,,1,2026-11-21T07:30:00Z,2026-11-21T07:30:00Z,true,1,"
	       "\u00b5Torrent 3.5,0,0,0,0,1,K?,,,\n"
	       "2026-11-21T07:30:00Z,93.40.0.7,IT,,,,1,2026-11-21T07:29:30Z,2026-11-21T07:29:30Z,false,1,"
	       "\"'=1+1, \"\"so\"\"\",0,0,0,0,0,K?,,,\n",
	       "a row per remembered address, connected ones first; what is unknown is empty, nothing is 0");
	buf_done(&out);
	drawn_end(&d);
}

static void test_empty(void)
{
	static const struct draw_style countries = {.peers = false};
	struct drawn d;
	struct buf out;

	drawn_empty(&d);
	out = drawn_record(&d, &draw_csv, false, false);
	is_str(buf_str(&out), "time,poll,code,name,sightings,unique,connections,addresses,rate_up,rate_down\n",
	       "before the first answer there are no rows");
	buf_reset(&out);
	drawn_polls(&d);
	draw_csv.record(&countries, &d.scene, &out);
	ok(strncmp(buf_str(&out), "2026-11-21T07:30:00Z,2,DE,", 26) == 0, "a record alone has no head");
	buf_done(&out);
	drawn_end(&d);
}

int main(void)
{
	test_countries();
	test_peers();
	test_empty();
	return tap_done();
}
