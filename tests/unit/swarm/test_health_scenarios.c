/* Plays tests/replay/health-*.scn: what is said of one torrent goes into a store, and what a report says of it comes
 * out. Time passes only where a story says so.
 *
 *	trackers say NUMBERS        "3 seeders 9 leechers 70 completed 88 peers", or some of them
 *	client says NUMBERS         one's own Transmission
 *	DHT says NUMBERS            a lookup that found somebody
 *	DHT proves                  ... that nobody is there
 *	DHT fails                   ... that ended without a result
 *	later N                     minutes
 *	report                      > what its JSON has
 *	inspect SOURCE NUMBERS      a source's answer to `inspect`: a tracker's URL, "DHT"
 *	inspected                   > what it writes, for programs and people */
#include "scenario.h"
#include "scratch.h"
#include "swarm/catalog.h"
#include "swarm/live.h"
#include "swarm/report_row.h"
#include "unit/swarm/catalogued.h"

enum { ANSWERS = 8, WRITTEN = 1 << 16 };

struct story {
	struct scenario scenario;
	struct catalog *catalog;
	int64_t now;
	struct live_answer answers[ANSWERS];
	size_t answer_count;
	struct buf json;
};

/* ---- what is said ---- */

struct numbers {
	int32_t seeders, leechers, completed, peers;
};

static bool read_numbers(char **words, size_t count, size_t from, struct numbers *n)
{
	const struct {
		const char *name;
		int32_t *number;
	} names[] = {{"seeders", &n->seeders},
		     {"leechers", &n->leechers},
		     {"completed", &n->completed},
		     {"peers", &n->peers}};
	size_t known = 0;

	*n = (struct numbers){CATALOG_UNKNOWN, CATALOG_UNKNOWN, CATALOG_UNKNOWN, CATALOG_UNKNOWN};
	for (size_t i = from; i + 1 < count; i += 2)
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (strcmp(words[i + 1], names[k].name) == 0) {
				*names[k].number = (int32_t)strtol(words[i], NULL, 10);
				known++;
			}
	return count >= from && known * 2 == count - from;
}

static bool put_said(struct story *s, char **words, size_t count, enum catalog_kind kind)
{
	struct catalog_sample sample = {.torrent = 1, .at = s->now, .kind = kind};
	struct numbers n;

	if (count == 2 && strcmp(words[1], "proves") == 0)
		n = (struct numbers){0, 0, CATALOG_UNKNOWN, 0};
	else if (!read_numbers(words, count, 2, &n))
		return false;
	sample.outcome = strcmp(words[1], "proves") == 0  ? CATALOG_NONE
			 : strcmp(words[1], "fails") == 0 ? CATALOG_TIMED_OUT
							  : CATALOG_FOUND;
	sample.seeders = n.seeders;
	sample.leechers = n.leechers;
	sample.completed = n.completed;
	sample.peers = n.peers;
	catalog_put_sample(s->catalog, &sample);
	flushed(s->catalog);
	return true;
}

static bool put_answer(struct story *s, char **words, size_t count)
{
	struct live_answer *a = &s->answers[s->answer_count];
	struct numbers n;

	if (s->answer_count == ANSWERS || count < 2 || !read_numbers(words, count, 2, &n))
		return false;
	s->answer_count++;
	*a = (struct live_answer){.state = LIVE_ANSWERED,
				  .kind = strcmp(words[1], "DHT") == 0 ? LIVE_DHT : LIVE_TRACKER,
				  .seeders = n.seeders,
				  .leechers = n.leechers,
				  .completed = n.completed,
				  .peers = n.peers};
	str_copy(a->source, sizeof(a->source), words[1]);
	return true;
}

/* ---- what is shown ---- */

static int write_row(void *context, const struct catalog_row *row)
{
	static struct report_row r;
	struct story *s = context;

	report_row_of(row, s->now, true, &r);
	report_row_json(&r, &s->json);
	return 0;
}

/* What stands behind a key of the JSON. */
static void put_member(struct story *s, const char *before, const char *key, bool time)
{
	char quoted[40];
	const char *at;
	size_t len;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = strstr(buf_str(&s->json), quoted);
	if (!at)
		scenario_bail(&s->scenario, "a key is not there");
	at += strlen(quoted);
	len = strcspn(at, ",}");
	if (time && strncmp(at, "null", 4) != 0 && strncmp(at, "0,", 2) != 0)
		buf_printf(&s->scenario.happened, "%s%s %d min ago", before, key,
			   (int)((s->now - strtoll(at, NULL, 10)) / MINUTE));
	else
		buf_printf(&s->scenario.happened, "%s%s %.*s", before, key, (int)len, at);
}

static bool report(struct story *s)
{
	uint8_t hash[INFO_HASH];

	scenario_runs(&s->scenario);
	buf_reset(&s->json);
	hash_of(1, hash);
	catalogued_must(catalog_row(s->catalog, hash, write_row, s, &err), "row");
	put_member(s, "", "seeders", false);
	put_member(s, ", ", "leechers", false);
	put_member(s, ", ", "completed", false);
	put_member(s, ", ", "scraped_date", true);
	put_member(s, "\n", "dht_peers", false);
	put_member(s, ", ", "dht_seeders", false);
	put_member(s, ", ", "dht_leechers", false);
	put_member(s, ", ", "dht_scraped", true);
	put_member(s, "\n", "need", false);
	buf_puts(&s->scenario.happened, "\n");
	return true;
}

/* Without the spaces at both ends of lines. */
static void put_lines(struct story *s, const char *text)
{
	for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
		size_t len = (size_t)(end - text);
		size_t indent = strspn(text, " ");

		while (len > indent && text[len - 1] == ' ')
			len--;
		buf_printf(&s->scenario.happened, "%.*s\n", (int)(len - indent), text + indent);
	}
}

/* The totals of the JSON, which come first, and all that is for people. */
static bool inspected(struct story *s)
{
	struct jsonw w;

	scenario_runs(&s->scenario);
	buf_reset(&s->json);
	jsonw_init(&w, &s->json);
	jsonw_object(&w);
	live_write_json(s->answers, s->answer_count, &w);
	jsonw_object_end(&w);
	put_member(s, "", "seeders", false);
	put_member(s, ", ", "leechers", false);
	put_member(s, ", ", "completed", false);
	buf_reset(&s->json);
	live_write_text(s->answers, s->answer_count, &s->json);
	buf_puts(&s->scenario.happened, "\n");
	put_lines(s, buf_str(&s->json));
	return true;
}

/* ---- reading a story ---- */

static bool read_line(void *story, char *line)
{
	struct story *s = story;
	char *words[SCENARIO_WORDS];
	size_t count = scenario_split(line, words);

	if (!count)
		return true;
	if (strcmp(words[0], "report") == 0)
		return report(s);
	if (strcmp(words[0], "inspected") == 0)
		return inspected(s);
	if (count < 2)
		return false;
	if (strcmp(words[0], "trackers") == 0)
		return put_said(s, words, count, CATALOG_TRACKER);
	if (strcmp(words[0], "client") == 0)
		return put_said(s, words, count, CATALOG_CLIENT);
	if (strcmp(words[0], "DHT") == 0)
		return put_said(s, words, count, CATALOG_DHT);
	if (strcmp(words[0], "inspect") == 0)
		return put_answer(s, words, count);
	if (strcmp(words[0], "later") != 0)
		return false;
	s->now += strtol(words[1], NULL, 10) * MINUTE;
	return true;
}

static void begin(void *story)
{
	struct story *s = story;
	static unsigned number;
	char path[128];

	snprintf(path, sizeof(path), "%s/%u.db", scratch, number++);
	s->catalog = filled(path, 1);
	s->now = START;
	buf_init(&s->json, WRITTEN);
}

static void end(void *story)
{
	struct story *s = story;

	catalog_free(s->catalog);
	buf_done(&s->json);
}

int main(void)
{
	static const struct scenario_kind kind = {"tests/replay/health-*.scn", sizeof(struct story), begin, read_line,
						  end};
	char here[4096];

	if (!getcwd(here, sizeof(here)))
		return 1;
	scratch_init();
	if (chdir(here))
		return 1;
	return scenario_main(&kind);
}
