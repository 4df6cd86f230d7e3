/* Plays tests/replay/scrape-*.scn with a fake clock: a scrape by UDP, and what its tracker does packet by packet. Times
 * are milliseconds.
 *
 *	hashes N                       are to be told
 *	tracker rtt 20 ids 120000      round trip; how long it knows its connection ids
 *	tracker silent-stranger        says nothing about ids that it does not know (else: an error)
 *	tracker restarts 500           then it knows no id any more
 *	tracker deaf 500 2500          hears nothing from then to then
 *	tracker path 1472              longer datagrams get lost, both ways
 *	connect 2: silent              what becomes of the second such packet; "3-7:", "*:"; the last line counts
 *	scrape *: answers rows 30      an answer; "+" between several; each may be
 *	    in MS                        late
 *	    rows N, bytes N, more N      cut after rows or bytes; with N bytes behind
 *	    action N, wrong-id           with another action, another transaction
 *	    error WORDS                  an error instead, to the end of the line
 *	stall FROM MS                  the program does nothing then; what arrives is read first thing afterwards
 *	run [tries N] [polite] [quiet] begins, or begins again at another address, and lets it come to its end;
 *	                               quiet: of its packets only connects are told
 *	> ...                          what must have happened */
#include <inttypes.h>

#include "scenario.h"
#include "swarm/udp_scrape.h"

enum { RULES = 64, PARTS = 4, QUEUE = 256, HASHES = 20000, START = 50000, RTT = 20, STEPS = 100000 };

struct part {
	bool silent, wrong_id;
	long in, rows, bytes, more, action; /* -1 = as it should be */
	char error[64];
};

struct rule {
	char kind; /* c or s */
	unsigned from, to;
	struct part parts[PARTS];
	size_t part_count;
};

struct datagram {
	int64_t at;
	size_t len;
	uint8_t bytes[BEP15_SCRAPE_SIZE];
};

struct story {
	struct scenario scenario;
	struct rule rules[RULES];
	size_t rule_count;
	int64_t rtt, ids, restarts, deaf_from, deaf_to, path, stall_from, stall_ms;
	bool silent_stranger, quiet;
	uint8_t (*hashes)[INFO_HASH];
	size_t count, rows, wrong;
	unsigned told[HASHES];
	struct udp_scrape *scrape;
	struct datagram queue[QUEUE];
	size_t queued;
	int64_t now;
	unsigned connects, scrapes;
	uint32_t connection; /* the latest one that was given */
	int64_t given;
	uint64_t sent, ignored; /* before the latest address */
};

/* ---- bytes ---- */

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint8_t *put32(uint8_t *p, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*p++ = (uint8_t)(value >> shift);
	return p;
}

/* ---- the tracker ---- */

static const struct part usual = {.in = -1, .rows = -1, .bytes = -1, .more = -1, .action = -1};

static const struct rule *rule_for(const struct story *s, char kind, unsigned number)
{
	for (size_t i = s->rule_count; i-- > 0;)
		if (s->rules[i].kind == kind && number >= s->rules[i].from && number <= s->rules[i].to)
			return &s->rules[i];
	return NULL;
}

static void queue(struct story *s, const struct part *part, const uint8_t *bytes, size_t len)
{
	int64_t at = s->now + (part->in >= 0 ? part->in : s->rtt);

	if ((int64_t)len > s->path)
		return;
	if (s->queued == QUEUE)
		scenario_bail(&s->scenario, "too many datagrams are on their way");
	s->queue[s->queued].at = at;
	s->queue[s->queued].len = len;
	memcpy(s->queue[s->queued++].bytes, bytes, len);
}

static size_t put_rows(uint8_t *bytes, const struct part *part, const uint8_t *hashes, size_t count)
{
	uint8_t *p = bytes;

	for (size_t i = 0; i < count && (part->rows < 0 || i < (size_t)part->rows); i++) {
		uint32_t number = get32(hashes + i * INFO_HASH);

		p = put32(put32(put32(p, number + 1), 3 * number), 2 * number);
	}
	return (size_t)(p - bytes);
}

/* One datagram; hashes NULL: to a connect. */
static void say(struct story *s, const struct part *part, uint32_t transaction, const uint8_t *hashes, size_t count)
{
	uint8_t bytes[BEP15_SCRAPE_SIZE] = {0};
	uint32_t action = *part->error ? BEP15_ERROR : hashes ? BEP15_SCRAPE : BEP15_CONNECT;
	size_t len = 8;

	if (part->silent)
		return;
	put32(put32(bytes, part->action >= 0 ? (uint32_t)part->action : action),
	      transaction ^ (part->wrong_id ? 0x10000 : 0));
	if (*part->error) {
		memcpy(bytes + 8, part->error, strlen(part->error));
		len += strlen(part->error) + 1; /* opentracker puts a NUL behind */
	} else if (hashes) {
		len += put_rows(bytes + 8, part, hashes, count);
	} else {
		put32(put32(bytes + 8, 0), s->connection);
		len += 8;
	}
	if (part->more >= 0)
		len += (size_t)part->more;
	if (part->bytes >= 0)
		len = (size_t)part->bytes;
	if (len > sizeof(bytes))
		scenario_bail(&s->scenario, "the datagram is too long");
	queue(s, part, bytes, len);
}

static void answer(struct story *s, char kind, unsigned number, const uint8_t *packet, const uint8_t *hashes,
		   size_t count)
{
	const struct rule *rule = rule_for(s, kind, number);

	if (!rule)
		say(s, &usual, get32(packet + 12), hashes, count);
	for (size_t i = 0; rule && i < rule->part_count; i++)
		say(s, &rule->parts[i], get32(packet + 12), hashes, count);
}

static bool is_known(const struct story *s, const uint8_t *packet)
{
	int64_t clock = s->now - START;

	return get32(packet + 4) == s->connection && s->now - s->given < s->ids &&
	       (clock < s->restarts || s->given - START >= s->restarts);
}

static bool is_deaf(const struct story *s)
{
	return s->now - START >= s->deaf_from && s->now - START < s->deaf_to;
}

static void hear(struct story *s, const uint8_t *packet, size_t len)
{
	size_t count = len > 16 ? (len - 16) / INFO_HASH : 0;
	bool connects = get32(packet + 8) == BEP15_CONNECT;
	struct part stranger = usual;

	if (!connects && get32(packet + 8) != BEP15_SCRAPE)
		scenario_bail(&s->scenario, "the engine sent something else than connects and scrapes");
	s->connects += connects;
	s->scrapes += !connects;
	if (connects)
		buf_printf(&s->scenario.happened, "%d connect\n", (int)(s->now - START));
	else if (!s->quiet)
		buf_printf(&s->scenario.happened, "%d scrape %zu from %u\n", (int)(s->now - START), count,
			   get32(packet + 16));
	if (is_deaf(s) || (int64_t)len > s->path)
		return;
	if (connects) {
		s->connection++;
		s->given = s->now;
		answer(s, 'c', s->connects, packet, NULL, 0);
	} else if (is_known(s, packet)) {
		answer(s, 's', s->scrapes, packet, packet + 16, count);
	} else if (!s->silent_stranger) {
		snprintf(stranger.error, sizeof(stranger.error), "Connection ID missmatch.");
		say(s, &stranger, get32(packet + 12), packet + 16, count);
	}
}

/* ---- time ---- */

static void take_row(void *context, size_t index, const struct probe_row *row)
{
	struct story *s = context;
	int32_t number = (int32_t)index;

	s->rows++;
	s->told[index]++;
	s->wrong += row->seeders != number + 1 || row->leechers != 2 * number || row->completed != 3 * number;
}

/* The first that arrives until `end`. */
static bool take_datagram(struct story *s, int64_t end, struct datagram *taken)
{
	size_t first = 0;

	for (size_t i = 1; i < s->queued; i++)
		if (s->queue[i].at < s->queue[first].at)
			first = i;
	if (!s->queued || s->queue[first].at > end)
		return false;
	*taken = s->queue[first];
	memmove(&s->queue[first], &s->queue[first + 1], (--s->queued - first) * sizeof(*taken));
	return true;
}

/* To the next thing that happens; during a stall nothing does. False: nothing will. */
static bool step(struct story *s)
{
	int64_t end = udp_scrape_wake(s->scrape), stalled = START + s->stall_from;
	struct datagram d;

	for (size_t i = 0; i < s->queued; i++)
		end = s->queue[i].at < end ? s->queue[i].at : end;
	if (end == INT64_MAX)
		return false;
	if (end >= stalled && end < stalled + s->stall_ms)
		end = stalled + s->stall_ms;
	s->now = end > s->now ? end : s->now;
	while (take_datagram(s, s->now, &d))
		udp_scrape_answer(s->scrape, s->now, d.bytes, d.len);
	return true;
}

static void tell_end(struct story *s)
{
	struct buf *out = &s->scenario.happened;
	enum udp_scrape_state state = udp_scrape_state(s->scrape);
	size_t told = 0, twice = 0;
	const char *error;

	udp_scrape_error(s->scrape, &error);
	for (size_t i = 0; i < s->count; i++) {
		told += s->told[i] > 0;
		twice += s->told[i] > 1;
	}
	buf_printf(out, "%d %s%s: %zu of %zu told, %" PRIu64 " packets, %" PRIu64 " passed over", (int)(s->now - START),
		   state == UDP_SCRAPE_DONE     ? "done"
		   : state == UDP_SCRAPE_FAILED ? "failed, "
						: "goes on",
		   state == UDP_SCRAPE_FAILED ? error : "", told, s->count, udp_scrape_sent(s->scrape) - s->sent,
		   udp_scrape_ignored(s->scrape) - s->ignored);
	if (twice || s->wrong)
		buf_printf(out, ", %zu twice, %zu wrong", twice, s->wrong);
	buf_puts(out, "\n");
	s->sent = udp_scrape_sent(s->scrape);
	s->ignored = udp_scrape_ignored(s->scrape);
}

static bool run(struct story *s, char **words, size_t count)
{
	uint8_t packet[BEP15_SCRAPE_SIZE];
	unsigned tries = 2;
	bool polite = false;
	size_t len;

	s->quiet = false;
	for (size_t i = 1; i < count; i++) {
		if (strcmp(words[i], "tries") == 0 && i + 1 < count)
			tries = (unsigned)strtoul(words[++i], NULL, 10);
		else if (strcmp(words[i], "polite") == 0)
			polite = true;
		else if (strcmp(words[i], "quiet") == 0)
			s->quiet = true;
		else
			return false;
	}
	scenario_runs(&s->scenario);
	s->queued = 0;
	udp_scrape_begin(s->scrape, tries, polite);
	for (unsigned steps = 0; steps < STEPS && udp_scrape_state(s->scrape) == UDP_SCRAPE_GOING; steps++) {
		while ((len = udp_scrape_packet(s->scrape, s->now, packet)))
			hear(s, packet, len);
		if (udp_scrape_state(s->scrape) == UDP_SCRAPE_GOING && !step(s))
			break;
	}
	tell_end(s);
	return true;
}

/* ---- reading a story ---- */

static bool read_hashes(struct story *s, char **words, size_t count)
{
	if (count != 2 || s->hashes)
		return false;
	s->count = strtoul(words[1], NULL, 10);
	if (!s->count || s->count > HASHES)
		return false;
	s->hashes = xcalloc(s->count, INFO_HASH);
	for (uint32_t i = 0; i < s->count; i++)
		put32(s->hashes[i], i);
	s->scrape = udp_scrape_new((const uint8_t(*)[INFO_HASH])s->hashes, s->count, take_row, s);
	return true;
}

static bool read_tracker(struct story *s, char **words, size_t count)
{
	const struct {
		const char *name;
		int64_t *first, *second;
	} values[] = {
		{"rtt", &s->rtt, NULL},
		{"ids", &s->ids, NULL},
		{"restarts", &s->restarts, NULL},
		{"deaf", &s->deaf_from, &s->deaf_to},
		{"path", &s->path, NULL},
	};
	const size_t known = sizeof(values) / sizeof(values[0]);

	for (size_t i = 1; i < count; i++) {
		size_t v = 0;

		if (strcmp(words[i], "silent-stranger") == 0) {
			s->silent_stranger = true;
			continue;
		}
		while (v < known && strcmp(values[v].name, words[i]) != 0)
			v++;
		if (v == known || i + 1 + (values[v].second != NULL) >= count)
			return false;
		*values[v].first = strtol(words[++i], NULL, 10);
		if (values[v].second)
			*values[v].second = strtol(words[++i], NULL, 10);
	}
	return true;
}

/* The words of one part; how many were used, 0 = they cannot be understood. */
static size_t read_part(struct part *part, char **words, size_t count)
{
	const struct {
		const char *name;
		long *value;
	} values[] = {{"in", &part->in},     {"rows", &part->rows},     {"bytes", &part->bytes},
		      {"more", &part->more}, {"action", &part->action}, {NULL, NULL}};
	size_t i = 0, v;

	*part = usual;
	part->silent = strcmp(words[0], "silent") == 0;
	if (strcmp(words[0], "error") == 0) {
		for (i = 1; i < count; i++) {
			size_t used = strlen(part->error);

			snprintf(part->error + used, sizeof(part->error) - used, "%s%s", used ? " " : "", words[i]);
		}
		return *part->error ? count : 0;
	}
	if (!part->silent && strcmp(words[0], "answers") != 0)
		return 0;
	for (i = 1; i < count && strcmp(words[i], "+") != 0; i++) {
		for (v = 0; values[v].name && strcmp(values[v].name, words[i]) != 0;)
			v++;
		if (strcmp(words[i], "wrong-id") == 0)
			part->wrong_id = true;
		else if (!values[v].name || i + 1 == count)
			return 0;
		else
			*values[v].value = strtol(words[++i], NULL, 10);
	}
	return i;
}

static bool read_rule(struct story *s, char **words, size_t count)
{
	struct rule *rule = &s->rules[s->rule_count];
	char *end = words[1];
	size_t used;

	if (count < 3 || s->rule_count == RULES)
		return false;
	*rule = (struct rule){.kind = words[0][0], .to = UINT32_MAX};
	if (strcmp(words[1], "*:") != 0) {
		rule->from = rule->to = (unsigned)strtoul(words[1], &end, 10);
		if (*end == '-')
			rule->to = (unsigned)strtoul(end + 1, &end, 10);
		if (strcmp(end, ":") != 0)
			return false;
	}
	for (size_t i = 2; i < count; i += used + 1) {
		if (rule->part_count == PARTS)
			return false;
		used = read_part(&rule->parts[rule->part_count++], words + i, count - i);
		if (!used)
			return false;
	}
	s->rule_count++;
	return true;
}

static bool read_stall(struct story *s, char **words, size_t count)
{
	if (count != 3)
		return false;
	s->stall_from = strtol(words[1], NULL, 10);
	s->stall_ms = strtol(words[2], NULL, 10);
	return true;
}

static bool read_line(void *story, char *line)
{
	static const struct {
		const char *name;
		bool (*read)(struct story *s, char **words, size_t count);
	} commands[] = {
		{"hashes", read_hashes}, {"tracker", read_tracker}, {"connect", read_rule},
		{"scrape", read_rule},   {"stall", read_stall},     {"run", run},
	};
	struct story *s = story;
	char *words[SCENARIO_WORDS];
	size_t count = scenario_split(line, words);

	for (size_t i = 0; count && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(words[0], commands[i].name) == 0)
			return (s->scrape || i == 0) && commands[i].read(s, words, count);
	return !count;
}

static void begin(void *story)
{
	struct story *s = story;

	s->now = START;
	s->rtt = RTT;
	s->ids = s->restarts = s->path = INT64_MAX;
	s->deaf_from = s->deaf_to = s->stall_from = -1;
}

static void end(void *story)
{
	struct story *s = story;

	udp_scrape_free(s->scrape);
	free(s->hashes);
}

int main(void)
{
	static const struct scenario_kind kind = {"tests/replay/scrape-*.scn", sizeof(struct story), begin, read_line,
						  end};

	return scenario_main(&kind);
}
