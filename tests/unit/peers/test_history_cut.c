/* peers/history_cut.c: whole addresses of before are cut when `anonymize` is set, those of a network become one row,
 * and whoever is killed meanwhile loses nothing and counts nothing twice. `test_history_cut 200` kills 200. */
#include "random.h"
#include "killed.h"
#include "scratch.h"
#include "tap.h"
#include "unit/peers/historied.h"

enum { NETS = 2500, HOSTS = 4, ROWS = NETS * HOSTS, KILLS = 10 };

static const char is_whole[] =
	"SELECT count(*) FROM everyone WHERE CASE WHEN length(ip) = 4 THEN substr(ip, 4) <> x'00' "
	"WHEN substr(hex(ip), 1, 4) = '2002' THEN substr(hex(ip), 11) <> '0000000000000000000000' "
	"ELSE substr(hex(ip), 13) <> '00000000000000000000' END";

/* Host by host, so that a network's rows are far apart; every third network is IPv6, and each sixth one 6to4. */
static size_t bytes_of(int64_t n, uint8_t bytes[16])
{
	int64_t net = n % NETS, host = 1 + n / NETS;

	memset(bytes, 0, 16);
	if (net % 3) {
		memcpy(bytes, (uint8_t[]){20, (uint8_t)(net >> 8), (uint8_t)net, (uint8_t)host}, 4);
		return 4;
	}
	if (net % 2)
		memcpy(bytes, (uint8_t[]){0x20, 0x02, 20, (uint8_t)(net >> 8), (uint8_t)net, (uint8_t)host}, 6);
	else
		memcpy(bytes, (uint8_t[]){0x2a, 0x01, 0, 9, (uint8_t)(net >> 8), (uint8_t)net, 0, (uint8_t)host}, 8);
	bytes[15] = (uint8_t)host;
	return 16;
}

static void put_peer(struct store *s, int64_t n)
{
	static const char put[] = "INSERT INTO peers VALUES(NULL, ?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?10)";
	uint8_t bytes[16];
	size_t len = bytes_of(n, bytes);
	int64_t host = n / NETS;
	/* The one that was seen last is neither the first row nor the last one. */
	int64_t last = START - 1000 + (host == 2 ? 900 : host);

	HISTORY_PUT(s, put, store_blob(bytes, len), store_text(host == 2 ? "IT" : "DE"),
		    store_text(host == 2 ? "Transmission 3.00" : "Deluge 2.1"), store_text(host == 1 ? "tor" : NULL),
		    STORE_INT_OF(START - 9000 - n), STORE_INT_OF(last), STORE_INT_OF(n + 1), STORE_INT_OF(2 * n),
		    STORE_INT_OF(3 * n), STORE_INT_OF(4 * n));
}

/* A file of before, without anonymize. */
static void fill(const char *path)
{
	struct store_open how = {path, history_migrations, true, 16 << 20, 1, NULL};
	struct store *s = NULL;

	unlink(path);
	if (store_open(&how, &s, &err))
		printf("# %s\n", err.msg);
	for (int64_t n = 0; n < ROWS; n++)
		put_peer(s, n);
	store_flush(s, &err);
	store_free(s);
}

static bool sums_stay(const char *path)
{
	const int64_t all = (int64_t)ROWS * (ROWS - 1) / 2;

	return in_file(path, "SELECT sum(sightings) FROM everyone") == all + ROWS &&
	       in_file(path, "SELECT sum(visits) FROM everyone") == ROWS &&
	       in_file(path, "SELECT sum(connected) FROM everyone") == 2 * all &&
	       in_file(path, "SELECT sum(up) FROM everyone") == 3 * all &&
	       in_file(path, "SELECT sum(down) FROM everyone") == 4 * all &&
	       in_file(path, "SELECT sum(uniques) FROM totals") == ROWS;
}

/* The row of a network, as it must have become. */
static bool is_merged(const char *path, int64_t net)
{
	static const char query[] =
		"SELECT count(*) FROM peers WHERE ip = x'14%02x%02x00' AND sightings = %d AND visits = 4 AND up = %d "
		"AND first = %d AND last = %d AND country = 'IT' AND client = 'Transmission 3.00' AND tags = 'tor'";
	int n = (int)(4 * net + 6 * NETS);
	char sql[512];

	snprintf(sql, sizeof(sql), query, (unsigned)net >> 8, (unsigned)net & 255, n + 4, 3 * n,
		 (int)(START - 9000 - net - 3 * NETS), START - 100);
	return in_file(path, sql) == 1;
}

static void test_cut(void)
{
	static const char path[] = "cut.db";
	struct world w;
	int merged = 0;

	fill(path);
	ok(sums_stay(path) && in_file(path, is_whole) == ROWS, "a file of whole addresses");
	world_init(&w, path);
	w.setup.anonymize = true;
	world_open(&w);
	is_int((int64_t)history_totals(w.history)->all.unique, ROWS, "which is read");
	is_int(w.history->known.count, NETS, "by network");
	answer_of(&w);
	poll_times(&w, 1);
	saved(&w);
	is_int(w.history->whole, 0, "is cut by the first save");
	is_int(in_file(path, is_whole), 0, "all of it");
	is_int(in_file(path, "SELECT count(*) FROM peers"), NETS, "to a row per network");
	ok(sums_stay(path), "sums stay");
	for (int64_t net = 1; net < NETS; net += 3)
		merged += is_merged(path, net);
	is_int(merged, NETS / 3, "first, last, and what it was called last");
	world_done(&w);
	is_int(in_file(path, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0, "sound");
}

/* Set while the monitor runs: what waits, what was saved today, and what is queued. */
static void test_set_later(void)
{
	static const char path[] = "later.db";
	struct world w;

	world_init(&w, path);
	world_open(&w);
	answer_of(&w);
	add_peer(&w.answer, IP4(5, 9, 1, 1), CLIENT_NONE);
	add_peer(&w.answer, IP4(5, 9, 1, 2), CLIENT_NONE);
	poll_times(&w, 2);
	saved(&w);
	w.history->upkeep_ms = -1;
	poll_times(&w, 2);
	saved(&w);
	poll_times(&w, 1);
	saved(&w);
	ok(in_file(path, "SELECT count(*) FROM peers") == 2 && in_file(path, "SELECT count(*) FROM fresh") > 0,
	   "peers, and fresh ones");
	w.setup.anonymize = true;
	history_change(w.history, &w.setup);
	poll_times(&w, 1);
	saved(&w);
	is_int(in_file(path, is_whole), 0, "no whole address is left");
	is_int(in_file(path, "SELECT count(*) FROM everyone"), 1, "but their network");
	is_int(in_file(path, "SELECT sightings FROM everyone"), 12, "with all they did");
	is_int(in_file(path, "SELECT sum(uniques) FROM totals"), 2, "and two that were unique");
	world_done(&w);
}

/* ---- killed ---- */

static const char killed_path[] = "killed.db";

static void work(int say)
{
	struct world w;

	world_init(&w, killed_path);
	w.setup.anonymize = true;
	world_open(&w);
	answer_of(&w);
	killed_say(say, 1);
	poll_times(&w, 1);
	saved(&w);
	for (;;)
		pause();
}

static void test_killed(long kills)
{
	struct random random = {2031};
	int stayed = 0, ended = 0;

	for (long i = 0; i < kills; i++) {
		struct world w;

		fill(killed_path);
		killed_at_work(&random, work);
		stayed += sums_stay(killed_path);
		world_init(&w, killed_path);
		w.setup.anonymize = true;
		world_open(&w);
		saved(&w);
		world_done(&w);
		ended += sums_stay(killed_path) && in_file(killed_path, is_whole) == 0 &&
			 in_file(killed_path, "SELECT count(*) FROM peers") == NETS;
	}
	is_int(stayed, kills, "killed %ld times, the sums are what they were each time", kills);
	is_int(ended, kills, "and the next one goes on to the end");
}

int main(int argc, char **argv)
{
	scratch_init();
	setenv("TZ", "UTC", 1);
	test_cut();
	test_set_later();
	test_killed(argc > 1 ? strtol(argv[1], NULL, 10) : KILLS);
	return tap_done();
}
