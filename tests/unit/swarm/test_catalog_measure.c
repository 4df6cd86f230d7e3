/* What a pass is given and what it leaves: targets, trackers, answers, samples, rows with their history, and small
 * things by name. */
#include "swarm/catalog.h"

#include <errno.h>

#include "scratch.h"
#include "swarm/catalog_private.h"
#include "tap.h"
#include "unit/swarm/catalogued.h"

enum { MANY = 10000 };

static struct seen_row seen;

/* ---- targets ---- */

/* Ids of the targets, "2,3,1". */
static const char *targets_are(struct catalog *c, const char *const *collections, enum catalog_kind kind)
{
	static char text[256];
	struct catalog_target *targets = NULL;
	int64_t count = catalog_targets(c, collections, kind, &targets, &err);
	size_t len = 0;

	text[0] = '\0';
	for (int64_t i = 0; i < count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%lld", i ? "," : "",
					(long long)targets[i].id);
	free(targets);
	return text;
}

static void test_targets(void)
{
	static const char *const films_only[] = {"films", NULL}, *const both[] = {"books", "films", NULL};
	struct catalog *c = filled("targets.db", 4);
	int64_t films = collection(c, "films");
	struct catalog_torrent film = listed(9, "film");
	struct catalog_target *targets = NULL;
	uint8_t hash[INFO_HASH];

	film.private = true;
	put_at(c, films, &film, "", START);
	flushed(c);
	is_str(targets_are(c, NULL, CATALOG_DHT), "1,2,3,4,5", "nothing measured: as they came");
	put_counts(c, 2, START + 10, 1, 1);
	put_counts(c, 1, START + 20, 1, 1);
	put_lookup(c, 3, START + 5, CATALOG_TIMED_OUT, 0);
	put_lookup(c, 4, START + 4, CATALOG_FOUND, 3);
	flushed(c);
	is_str(targets_are(c, NULL, CATALOG_TRACKER), "3,4,5,2,1", "the longest unmeasured first");
	is_str(targets_are(c, NULL, CATALOG_DHT), "1,2,5,4,3", "each kind by itself, a try that failed counts");
	is_str(targets_are(c, films_only, CATALOG_DHT), "5", "of one collection");
	is_str(targets_are(c, both, CATALOG_TRACKER), "3,4,5,2,1", "of two");
	is_int(catalog_targets(c, films_only, CATALOG_DHT, &targets, &err), 1, "a target");
	hash_of(9, hash);
	ok(targets->private && !memcmp(targets->hash, hash, INFO_HASH) && !targets->measured,
	   "private, never measured");
	free(targets);
	is_int(catalog_targets(c, NULL, CATALOG_TRACKER, &targets, &err), 5, "all");
	is_int(targets[4].measured, START + 20, "when it was measured");
	free(targets);
	is_int(catalog_targets(c, NULL, CATALOG_DHT, &targets, &err), 5, "by the other kind");
	is_int(targets[4].measured, 0, "a try is no measurement");
	free(targets);
	catalog_gone(c, films, START + 1);
	flushed(c);
	is_str(targets_are(c, NULL, CATALOG_DHT), "1,2,4,3", "what is gone is no target");
	catalog_free(c);
}

/* ---- trackers ---- */

/* "udp://a:1 0 2; ..." tier and targets of each tracker */
static const char *trackers_are(const struct catalog_trackers *t)
{
	static char text[512];
	size_t len = 0, at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < t->count; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? "; " : "", t->trackers[i].url);
		for (; at < t->link_count && t->links[at].tracker == i; at++)
			len += (size_t)snprintf(text + len, sizeof(text) - len, " %u/%u", t->links[at].torrent,
						t->links[at].tier);
	}
	return at == t->link_count ? text : "links that are not sorted";
}

static void is_trackers(struct catalog *c, const char *want, const char *what)
{
	struct catalog_target *targets = NULL;
	struct catalog_trackers trackers;
	int64_t count = catalog_targets(c, NULL, CATALOG_TRACKER, &targets, &err);

	catalogued_must(catalog_trackers(c, targets, (size_t)count, &trackers, &err), "trackers");
	is_str(trackers_are(&trackers), want, "%s", what);
	catalog_trackers_free(&trackers);
	free(targets);
}

static void test_trackers(void)
{
	static const struct catalog_tracker_url ab[] = {{"udp://a:1", 0}, {"http://b/announce", 1}},
						bc[] = {{"http://b/announce", 0}, {"wss://c/", 3}},
						d[] = {{"udp://d:1", 0}, {"", 1}, {"udp://d:1", 2}};
	struct catalog *c = filled("trackers.db", 3);
	int64_t books = collection(c, "books");
	struct catalog_torrent t = listed(1, NULL);

	is_trackers(c, "", "none");
	t.trackers = ab;
	t.tracker_count = 2;
	t.whole = true;
	put_at(c, books, &t, "", START);
	hash_of(3, t.hash);
	t.trackers = bc;
	put_at(c, books, &t, "", START);
	flushed(c);
	is_trackers(c, "udp://a:1 0/0; http://b/announce 0/1 2/0; wss://c/ 2/3", "each tracker once");
	put_counts(c, 1, START, 5, 5);
	flushed(c);
	is_trackers(c, "udp://a:1 2/0; http://b/announce 1/0 2/1; wss://c/ 1/3", "in the order of the targets");

	hash_of(1, t.hash);
	t.whole = false;
	t.trackers = NULL;
	t.tracker_count = 0;
	put_at(c, books, &t, "", START);
	flushed(c);
	is_trackers(c, "udp://a:1 2/0; http://b/announce 1/0 2/1; wss://c/ 1/3", "a list without any takes none away");
	t.trackers = d;
	t.tracker_count = 3;
	put_at(c, books, &t, "", START);
	flushed(c);
	is_trackers(c, "udp://a:1 2/0; http://b/announce 1/0 2/1; wss://c/ 1/3; udp://d:1 2/0", "a magnet adds its");
	t.whole = true;
	put_at(c, books, &t, "", START);
	flushed(c);
	is_trackers(c, "http://b/announce 1/0; wss://c/ 1/3; udp://d:1 2/0", "a file's replace them");
	catalog_free(c);
}

static void test_tracker_health(void)
{
	struct catalog *c = filled("health.db", 1);
	struct catalog_tracker got, t = {.answered = START, .tried = START + 9, .failures = 2, .wait_s = 600};
	int64_t id = catalog_tracker(c, "udp://extra:1", &err);

	ok(id > 0, "a tracker that no torrent names");
	is_int(catalog_tracker(c, "udp://extra:1", &err), id, "is the same again");
	is_int(catalog_tracker(c, "", &err), -EINVAL, "one without a URL is none");
	is_int(catalog_tracker_get(c, id, &got, &err), 0, "what is known of it");
	ok(!strcmp(got.url, "udp://extra:1") && !got.tried && !got.answered && !got.failures && !*got.error &&
		   !got.wait_s,
	   "nothing");
	free(got.url);
	t.id = id;
	t.latency_ms = 41.5;
	snprintf(t.error, sizeof(t.error), "no answer");
	catalog_put_tracker(c, &t);
	flushed(c);
	is_int(catalog_tracker_get(c, id, &got, &err), 0, "later");
	ok(got.id == id && got.answered == START && got.tried == START + 9 && got.failures == 2 &&
		   got.latency_ms == 41.5 && got.wait_s == 600 && !strcmp(got.error, "no answer"),
	   "all that was put");
	free(got.url);
	is_int(catalog_tracker_get(c, 999, &got, &err), -ENOENT, "no such tracker");
	catalog_free(c);
}

/* ---- answers ---- */

static int see_answer(void *context, const char *url, const struct catalog_answer *a)
{
	char *text = context;
	size_t len = strlen(text);

	snprintf(text + len, 256 - len, "%s%s %d/%d/%d", len ? "; " : "", url, a->seeders, a->leechers, a->completed);
	return 0;
}

static int see_said(void *context, const struct catalog_answer *a)
{
	char name[32];

	snprintf(name, sizeof(name), "%d", (int)a->torrent);
	return see_answer(context, name, a);
}

static void test_answers(void)
{
	struct catalog *c = filled("answers.db", 2);
	int64_t a = catalog_tracker(c, "udp://a:1", &err), b = catalog_tracker(c, "udp://b:1", &err);
	struct catalog_answer first = {1, a, START, 3, 4, 5}, second = {1, b, START, 7, -1, -1};
	struct catalog_answer other = {2, a, START, 9, 9, 9};
	static int64_t many[MANY];
	char text[256] = "";

	for (int64_t i = 0; i < MANY; i++)
		many[i] = INT64_MAX - i;

	catalog_put_answer(c, &first);
	catalog_put_answer(c, &second);
	catalog_put_answer(c, &other);
	flushed(c);
	is_int(catalog_answers(c, 1, see_answer, text, &err), 0, "what each tracker said");
	is_str(text, "udp://b:1 7/-1/-1; udp://a:1 3/4/5", "most seeders first");
	first.seeders = 8;
	catalog_put_answer(c, &first);
	flushed(c);
	text[0] = '\0';
	catalog_answers(c, 1, see_answer, text, &err);
	is_str(text, "udp://a:1 8/4/5; udp://b:1 7/-1/-1", "the latest");
	other.at = START + 10;
	catalog_put_answer(c, &other);
	flushed(c);
	text[0] = '\0';
	is_int(catalog_said(c, a, START, see_said, text, &err), 0, "what one tracker said of all");
	is_str(text, "1 8/4/5; 2 9/9/9", "by torrent");
	text[0] = '\0';
	catalog_said(c, a, START + 1, see_said, text, &err);
	is_str(text, "2 9/9/9", "since then");
	text[0] = '\0';
	catalog_answers(c, 3, see_answer, text, &err);
	is_str(text, "", "of a torrent that nobody knows: nothing");
	catalog_drop_answers(c, a, (const int64_t[]){7, 1}, 2);
	catalog_drop_answers(c, a, many, MANY);
	flushed(c);
	catalog_said(c, a, START, see_said, text, &err);
	is_str(text, "2 9/9/9", "what a tracker does not know any more is forgotten");
	text[0] = '\0';
	catalog_answers(c, 1, see_answer, text, &err);
	is_str(text, "udp://b:1 7/-1/-1", "another's answer is not");
	catalog_free(c);
}

/* ---- samples ---- */

static void test_samples(void)
{
	struct catalog *c = filled("samples.db", 2);
	struct catalog_sample s;

	look_at(c, 1, &seen);
	is_int(seen.row.latest[CATALOG_TRACKER].at, 0, "never measured");
	is_int(seen.row.latest[CATALOG_TRACKER].seeders, CATALOG_UNKNOWN, "unknown is not zero");
	is_int(seen.row.point_count, 0, "and no history");
	put_counts(c, 1, START, 3, 1);
	put_counts(c, 1, START + 20 * MINUTE, 3, 1);
	put_counts(c, 1, START + 40 * MINUTE, 3, 1);
	flushed(c);
	look_at(c, 1, &seen);
	is_str(points_are(&seen), "0-40 0 3/1/-1", "an unchanged one extends the one before");
	is_int(number(c, "SELECT count(*) FROM fresh") + number(c, "SELECT count(*) FROM samples"), 0, "and is no row");
	put_counts(c, 1, START + 60 * MINUTE, 4, 1);
	put_counts(c, 1, START + 80 * MINUTE, 4, 2);
	put_counts(c, 2, START + 80 * MINUTE, 0, 0);
	flushed(c);
	look_at(c, 1, &seen);
	is_str(points_are(&seen), "0-40 0 3/1/-1; 60-60 0 4/1/-1; 80-80 0 4/2/-1", "a change is a new one");
	is_int(seen.row.latest[CATALOG_TRACKER].seeders, 4, "the latest");
	is_int(seen.row.latest[CATALOG_TRACKER].at, START + 80 * MINUTE, "and when");
	look_at(c, 2, &seen);
	is_str(points_are(&seen), "80-80 0 0/0/-1", "a zero that was measured");

	put_counts(c, 1, START + 100 * MINUTE, -1, -1);
	flushed(c);
	look_at(c, 1, &seen);
	is_int(seen.row.latest[CATALOG_TRACKER].seeders, 4, "no tracker knew it: what was known stays");
	is_int(seen.row.tried[CATALOG_TRACKER], START + 100 * MINUTE, "the try is noted");
	is_int(seen.row.latest[CATALOG_TRACKER].at, START + 80 * MINUTE, "not the time");

	s = (struct catalog_sample){.torrent = 1, .at = START + 120 * MINUTE, .seeders = 4, .leechers = 2};
	s.completed = 77;
	s.tracker = catalog_tracker(c, "udp://best:1", &err);
	catalog_put_sample(c, &s);
	flushed(c);
	look_at(c, 1, &seen);
	is_str(seen.tracker, "udp://best:1", "who said so");
	is_int(seen.row.latest[CATALOG_TRACKER].completed, 77, "and how often it was completed");
	ok(strstr(points_are(&seen), "80-120 0 4/2/-1"), "which is no change of the swarm; a tracker counts no peers");
	put_counts(c, 1, START + 140 * MINUTE, 4, 2);
	flushed(c);
	look_at(c, 1, &seen);
	is_str(seen.tracker, "", "nobody in particular");
	is_int(seen.row.latest[CATALOG_TRACKER].completed, 77, "what was completed stays so");
	catalog_free(c);
}

static void put_taken_up(struct catalog *c, int at, int seeders, int taken_up)
{
	struct catalog_sample s = {.torrent = 1, .at = START + at * MINUTE, .seeders = seeders, .leechers = 1};

	s.completed = CATALOG_UNKNOWN;
	s.taken_up = START + taken_up * MINUTE;
	catalog_put_sample(c, &s);
}

/* An older answer that is the most again, now that what said more says less. */
static void test_taken_up(void)
{
	struct catalog *c = filled("taken.db", 1);

	put_counts(c, 1, START, 50, 1);
	put_counts(c, 1, START + 20 * MINUTE, 50, 1);
	put_taken_up(c, 10, 40, 30);
	flushed(c);
	look_at(c, 1, &seen);
	is_int(seen.row.latest[CATALOG_TRACKER].seeders, 40, "it is the latest");
	is_int(seen.row.latest[CATALOG_TRACKER].at, START + 10 * MINUTE, "with the time when it was said");
	is_int(seen.row.tried[CATALOG_TRACKER], START + 30 * MINUTE, "the try is of now");
	is_str(points_are(&seen), "0-20 0 50/1/-1", "the past stays as it was");
	put_taken_up(c, 10, 40, 40);
	put_counts(c, 1, START + 50 * MINUTE, 40, 1);
	flushed(c);
	look_at(c, 1, &seen);
	is_str(points_are(&seen), "0-20 0 50/1/-1; 30-50 0 40/1/-1", "said again, it stood from when it was taken up");
	put_counts(c, 1, START + 60 * MINUTE, 60, 1);
	put_counts(c, 1, START + 70 * MINUTE, 70, 1);
	put_taken_up(c, 60, 60, 80);
	put_counts(c, 1, START + 90 * MINUTE, 7, 1);
	flushed(c);
	look_at(c, 1, &seen);
	is_str(points_are(&seen), "0-20 0 50/1/-1; 30-50 0 40/1/-1; 60-60 0 60/1/-1; 70-70 0 70/1/-1; 80-90 0 7/1/-1",
	       "what was not said again has no span");
	put_taken_up(c, 60, 60, 100);
	put_counts(c, 1, START + 65 * MINUTE, 6, 1);
	flushed(c);
	look_at(c, 1, &seen);
	ok(strstr(points_are(&seen), "65-65 0 6/1/-1"), "a clock that is set back then keeps nothing waiting");
	catalog_free(c);
}

static int take_countries(void *context, const struct catalog_row *row)
{
	snprintf(context, 2000, "%s", row->latest[CATALOG_DHT].countries);
	return 0;
}

/* More than fit. */
static void test_countries(struct catalog *c)
{
	static char many[3000], got[2000];
	struct catalog_sample s = {.torrent = 1, .at = START + DAY, .kind = CATALOG_DHT, .peers = 1, .countries = many};
	uint8_t hash[INFO_HASH];

	for (size_t i = 0; i + 7 < sizeof(many); i += 7)
		memcpy(many + i, "DE 123,", 7);
	catalog_put_sample(c, &s);
	flushed(c);
	hash_of(1, hash);
	is_int(catalog_row(c, hash, take_countries, got, &err), 1, "many countries");
	ok(strlen(got) > CATALOG_COUNTRIES - 14 && str_ends(got, "DE 123"), "are cut between two of them");
}

static void test_outcomes(void)
{
	struct catalog *c = filled("outcomes.db", 1);
	const struct catalog_sample *s = &seen.row.latest[CATALOG_DHT];

	put_lookup(c, 1, START, CATALOG_UNREACHABLE, 0);
	flushed(c);
	look_at(c, 1, &seen);
	ok(!s->at && s->peers == CATALOG_UNKNOWN && seen.row.tried[CATALOG_DHT] == START, "unreachable: only a try");
	ok(s->outcome == CATALOG_UNREACHABLE && s->asked == 12 && s->answered == 8,
	   "of which the outcome is kept, and how many nodes were asked and answered");
	put_lookup(c, 1, START + 20 * MINUTE, CATALOG_FOUND, 3);
	put_lookup(c, 1, START + 40 * MINUTE, CATALOG_TIMED_OUT, 0);
	flushed(c);
	look_at(c, 1, &seen);
	ok(s->peers == 3 && s->at == START + 20 * MINUTE, "timed out: what was found stays");
	is_int(s->outcome, CATALOG_TIMED_OUT, "and that it timed out is known");
	is_str(seen.countries, "DE 2,?? 1", "and the countries");
	is_int(seen.row.tried[CATALOG_DHT], START + 40 * MINUTE, "the try is noted");
	put_lookup(c, 1, START + 60 * MINUTE, CATALOG_NONE, 0);
	flushed(c);
	look_at(c, 1, &seen);
	ok(s->peers == 0 && s->outcome == CATALOG_NONE && s->at == START + 60 * MINUTE, "none writes a zero");
	is_str(seen.countries, "", "from no country");
	is_str(points_are(&seen), "20-20 1 -1/-1/3; 60-60 1 -1/-1/0", "the history has what was known");
	test_countries(c);
	catalog_free(c);
}

/* The clock goes back, once and for all. */
static void test_clock(void)
{
	struct catalog *c = filled("clock.db", 1);

	put_counts(c, 1, START + 100 * MINUTE, 3, 1);
	put_counts(c, 1, START + 110 * MINUTE, 3, 1);
	put_counts(c, 1, START + 10 * MINUTE, 3, 1);
	put_counts(c, 1, START + 30 * MINUTE, 3, 1);
	is_int(catalog_flush(c, &err), 0, "written");
	look_at(c, 1, &seen);
	is_str(points_are(&seen), "10-30 0 3/1/-1; 100-110 0 3/1/-1", "no sample ends before it begins");
	catalog_free(c);
}

/* Values that wait in each of the three places. */
static void test_points(void)
{
	struct catalog *c = filled("points.db", 3);

	put_counts(c, 1, START - 40 * DAY, 9, 9);
	put_counts(c, 1, START - 39 * DAY, 8, 8);
	put_counts(c, 1, START - 28 * DAY, 8, 8);
	put_counts(c, 1, START, 1, 1);
	put_lookup(c, 1, START + 10 * MINUTE, CATALOG_FOUND, 5);
	put_lookup(c, 1, START + 30 * MINUTE, CATALOG_FOUND, 6);
	catalog_thin(c, START + 30 * MINUTE);
	put_counts(c, 1, START + 20 * MINUTE, 2, 2);
	put_counts(c, 1, START + 40 * MINUTE, 3, 3);
	put_lookup(c, 1, START + 50 * MINUTE, CATALOG_FOUND, 7);
	put_counts(c, 3, START, 1, 1);
	flushed(c);
	ok(number(c, "SELECT count(*) FROM samples") >= 3, "some have moved");
	ok(number(c, "SELECT count(*) FROM fresh") >= 3, "some have not");
	look_at(c, 1, &seen);
	is_str(points_are(&seen),
	       "-56160--40320 0 8/8/-1; 0-0 0 1/1/-1; 10-10 1 -1/-1/5; 20-20 0 2/2/-1; 30-30 1 -1/-1/6; 40-40 0 "
	       "3/3/-1; "
	       "50-50 1 -1/-1/7",
	       "thirty days of both kinds, oldest first, with the one that stood when they began");
	look_at_all(c, NULL, &seen);
	is_int(seen.count, 3, "all rows");
	is_int(seen.row.point_count, 1, "have their own");
	catalog_free(c);
}

/* ---- small things ---- */

static void see_near(void *context, int64_t torrent, const void *nodes, size_t len)
{
	char *text = context;
	size_t at = strlen(text);

	snprintf(text + at, 128 - at, "%lld=%.*s ", (long long)torrent, (int)len, (const char *)nodes);
}

static void test_small(void)
{
	struct catalog *c = filled("small.db", 3);
	static char large[5 << 20];
	char text[128] = "";
	void *bytes = NULL;

	is_int(catalog_state(c, "dht.nodes4", &bytes), -ENOENT, "no state");
	catalog_put_state(c, "dht.nodes4", "a\0b", 3);
	catalog_put_state(c, "empty", "", 0);
	flushed(c);
	is_int(catalog_state(c, "dht.nodes4", &bytes), 3, "a state");
	ok(memcmp(bytes, "a\0b", 3) == 0, "as it was put");
	free(bytes);
	is_int(catalog_state(c, "empty", &bytes), 0, "an empty one");
	free(bytes);
	catalog_put_state(c, "dht.nodes4", "cd", 2);
	catalog_put_state(c, "large", large, sizeof(large));
	flushed(c);
	is_int(catalog_state(c, "dht.nodes4", &bytes), 2, "another in its place");
	free(bytes);
	is_int(catalog_state(c, "large", &bytes), -ENOENT, "one that is too large is not kept");

	catalog_put_near(c, 2, 4, "old", 3);
	catalog_put_near(c, 2, 4, "two", 3);
	catalog_put_near(c, 1, 4, "one", 3);
	catalog_put_near(c, 3, 6, "six", 3);
	flushed(c);
	catalog_near(c, 4, see_near, text);
	is_str(text, "1=one 2=two ", "nodes of one family");
	text[0] = '\0';
	catalog_near(c, 6, see_near, text);
	is_str(text, "3=six ", "and of the other");
	catalog_free(c);
}

int main(void)
{
	scratch_init();
	test_targets();
	test_trackers();
	test_tracker_health();
	test_answers();
	test_samples();
	test_taken_up();
	test_outcomes();
	test_clock();
	test_points();
	test_small();
	return tap_done();
}
