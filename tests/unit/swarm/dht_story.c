/* Who is there in a story about the DHT, and what they say. It knows neither the engine nor the clock. */
#include "dht_story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/nodeid.h"

enum { FLOOD_MS = 10000, BAN_MS = 300000 };
enum { LINE = DHT_STORY_LINE, USUAL = 2 * LINE, WRITTEN = 1 << 18, RTT = 40, PORT = 6881 };

/* ---- nodes ---- */

static struct dht_story_node *node_named(struct dht_story *s, const char *name)
{
	for (uint32_t i = 0; i < s->node_count; i++)
		if (strcmp(s->nodes[i].name, name) == 0)
			return &s->nodes[i];
	return NULL;
}

static bool is_same(const struct compact_peer *a, const struct compact_peer *b)
{
	return ip_equal(&a->ip, &b->ip) && a->port == b->port;
}

static struct dht_story_node *node_at(struct dht_story *s, const struct compact_peer *at)
{
	for (uint32_t i = 0; i < s->node_count; i++)
		if (is_same(&s->nodes[i].at.at, at))
			return &s->nodes[i];
	return NULL;
}

const char *dht_story_name(const struct dht_story *s, const struct compact_peer *at)
{
	struct compact_peer router, other = dht_story_other_router(s);

	for (uint32_t i = 0; i < s->node_count; i++)
		if (is_same(&s->nodes[i].at.at, at))
			return s->nodes[i].name;
	router = dht_story_router(s);
	return is_same(&router, at) ? "the router" : is_same(&other, at) ? "the other router" : "a stranger";
}

struct compact_peer dht_story_router(const struct dht_story *s)
{
	struct compact_peer at = {ip_from_v4(1 << 24 | 1), PORT};

	if (s->v6)
		at.ip = (struct ip){{0x2a, 0, 0xff, [15] = 1}};
	return at;
}

struct compact_peer dht_story_other_router(const struct dht_story *s)
{
	struct dht_story other = {.v6 = !s->v6};

	return dht_story_router(&other);
}

/* Addresses: 5.1.1.1, 5.1.2.1, ...; private: 10.1.1.1, ...; [2a00:1::1], ... */
static void place(const struct dht_story *s, uint32_t number, struct compact_peer *at)
{
	at->ip = ip_from_v4((s->private ? 10u : 5u) << 24 | 1 << 16 | number << 8 | 1);
	at->port = PORT;
	if (s->v6)
		at->ip = (struct ip){{0x2a, 0, [3] = (uint8_t)number, [15] = 1}};
}

/* An address whose id is near the hash: 5.2.0.1, 5.3.0.1, ... or as soon as may be behind that. */
static bool place_bound(uint32_t number, struct compact_node *node)
{
	for (uint32_t i = 0; i < 1 << 19; i++) {
		node->at = (struct compact_peer){ip_from_v4(5u << 24 | (number + 1) << 16 | (i >> 3)), PORT};
		nodeid_make(&node->at.ip, i & 7, node->id);
		if (node->id[0] == 0x80 && node->id[1] == 0)
			return true;
	}
	return false;
}

static bool read_nodes(struct dht_story *s, char **words, size_t count)
{
	bool near = strcmp(words[0], "near") == 0, bound = strcmp(words[0], "bound") == 0;

	for (size_t i = 1; i < count; i++) {
		struct dht_story_node *node = &s->nodes[s->node_count];

		if (s->node_count == DHT_STORY_NODES || strlen(words[i]) >= sizeof(node->name))
			return false;
		*node = (struct dht_story_node){.rtt = RTT, .near = near, .at = {.id = {0x80}}};
		snprintf(node->name, sizeof(node->name), "%s", words[i]);
		node->at.id[near ? 10 : 2] = (uint8_t)++s->node_count;
		place(s, s->node_count, &node->at.at);
		if (bound && !place_bound(s->node_count, &node->at))
			return false;
	}
	return true;
}

static bool read_chain(struct dht_story *s, char **words, size_t count)
{
	uint32_t length = count == 2 ? (uint32_t)strtoul(words[1], NULL, 10) : 0, first = s->node_count;
	char name[DHT_STORY_NAME], near[] = "near", *link[] = {near, name};

	for (uint32_t i = 1; i <= length; i++) {
		struct dht_story_node *node = &s->nodes[s->node_count];

		snprintf(name, sizeof(name), "c%u", i);
		if (!read_nodes(s, link, 2))
			return false;
		node->hidden = true;
		snprintf(node->knows, sizeof(node->knows), "%s", i > 1 ? s->nodes[first + i - 2].name : name);
	}
	return length > 0;
}

static bool read_kind(struct dht_story *s, char **words, size_t count)
{
	*(strcmp(words[0], "v6") == 0 ? &s->v6 : &s->private) = true;
	return count == 1 && !s->node_count;
}

/* ---- what they say ---- */

static bool find_node(void *context, const char *name, struct compact_node *node)
{
	const struct dht_story_node *found = node_named(context, name);

	if (found)
		*node = found->at;
	return found != NULL;
}

static void usual_words(const struct dht_story *s, const struct dht_story_node *node, bool get, char words[USUAL])
{
	bool has = get && *node->has;

	snprintf(words, USUAL, "d2:ip{ip}1:rd2:id{id}%s{nodes}5:token4:abcd%s%s%se1:t{t}1:y1:re",
		 s->v6 ? "6:nodes6" : "5:nodes", has ? "6:valuesl{peers " : "", has ? node->has : "", has ? "}e" : "");
}

static void known_to(const struct dht_story *s, const struct dht_story_node *node, bool get, char known[LINE])
{
	bool chosen = *node->knows && get;
	size_t len = 0;

	snprintf(known, LINE, "%s", chosen ? node->knows : "");
	for (uint32_t i = 0; i < s->node_count && !chosen && len < LINE; i++)
		if (!s->nodes[i].hidden && (get || !s->nodes[i].near))
			len += (size_t)snprintf(known + len, LINE - len, "%s ", s->nodes[i].name);
}

/* The speaker and the query that he answers. */
struct turn {
	struct dht_story *story;
	const struct dht_story_node *node;
	const struct krpc_message *query; /* NULL = none */
	bool get;
	dht_story_send *send;
	void *context;
};

/* `saying` NULL: the usual. */
static bool speak(const struct turn *t, const struct dht_story_saying *saying)
{
	struct krpc_words w = {.find = find_node, .context = t->story};
	struct compact_peer from = t->node->at.at;
	char known[LINE], usual[USUAL];
	int64_t in = t->node->rtt;
	struct buf out;
	bool good;

	krpc_words_peer("93.184.216.34:6881", &w.asker_at);
	memcpy(w.id, t->node->at.id, COMPACT_ID);
	usual_words(t->story, t->node, t->get, usual);
	known_to(t->story, t->node, t->get, known);
	w.known = known;
	if (t->query) {
		memcpy(w.tid, t->query->tid.bytes, sizeof(w.tid));
		memcpy(w.asker, t->query->id, COMPACT_ID);
	}
	buf_init(&out, WRITTEN);
	good = krpc_words_write(&w, saying && strcmp(saying->words, "reply") != 0 ? saying->words : usual, &out);
	if (saying && saying->in >= 0)
		in = saying->in;
	if (saying && saying->has_from)
		from = saying->from;
	if (saying && saying->cut < out.len)
		out.len = saying->cut;
	t->send(t->context, in, &from, buf_str(&out), out.len);
	buf_done(&out);
	return good;
}

static bool answer(const struct turn *t, bool scrape)
{
	const struct dht_story *s = t->story;
	bool said = false, good = true;

	for (uint32_t i = 0; i < s->saying_count && t->get && good; i++) {
		const struct dht_story_saying *saying = &s->sayings[i];

		if (saying->node != (uint32_t)(t->node - s->nodes) || saying->plain == scrape)
			continue;
		said = true;
		good = speak(t, saying);
	}
	return said ? good : speak(t, NULL);
}

bool dht_story_bans(struct dht_story *s, const struct compact_peer *to, int64_t now)
{
	struct dht_story_node *node = node_at(s, to);
	int64_t *oldest;

	if (!node || !node->bans)
		return false;
	oldest = &node->heard[node->hears++ % DHT_STORY_FLOOD];
	if (node->hears >= DHT_STORY_FLOOD && now - node->heard[node->hears % DHT_STORY_FLOOD] < FLOOD_MS)
		node->banned_until = now + BAN_MS;
	*oldest = now;
	return now < node->banned_until;
}

bool dht_story_asked(struct dht_story *s, const struct compact_peer *to, const struct krpc_message *q, bool get,
		     bool scrape, dht_story_send *send, void *context)
{
	struct dht_story_node router = {.rtt = RTT, .at = {.at = dht_story_router(s)}}, *node = node_at(s, to);
	struct turn t = {s, node, q, get, send, context};

	if (!node) {
		t.node = &router;
		return !is_same(to, &router.at.at) || speak(&t, NULL);
	}
	if (get && node->refuses) {
		send(context, node->rtt, to, NULL, 0);
		return true;
	}
	if (get && node->silent) {
		node->silent -= node->silent < UINT32_MAX;
		return true;
	}
	return answer(&t, scrape);
}

bool dht_story_unasked(const struct dht_story *s, dht_story_send *send, void *context)
{
	static const struct dht_story_node nobody;
	struct turn t = {.node = &nobody, .get = true, .send = send, .context = context};
	bool good = true;

	t.story = (struct dht_story *)s;
	for (uint32_t i = 0; i < s->saying_count; i++)
		if (s->sayings[i].node == DHT_STORY_NODES)
			good = good && speak(&t, &s->sayings[i]);
	return good;
}

/* ---- reading ---- */

/* The words from `i` on, as they were: one space is as good as several. */
static void join(char **words, size_t i, size_t count, char text[LINE])
{
	size_t len = 0;

	*text = 0;
	for (; i < count && len < LINE; i++)
		len += (size_t)snprintf(text + len, LINE - len, "%s%s", len ? " " : "", words[i]);
}

static bool read_saying(struct dht_story *s, uint32_t node, char **words, size_t count)
{
	struct dht_story_saying *saying = &s->sayings[s->saying_count];
	size_t i = node == DHT_STORY_NODES ? 1 : 2;

	for (uint32_t k = 0; k < s->saying_count && strcmp(words[1], "says") == 0; k++)
		if (s->sayings[k].node == node)
			s->sayings[k].node = UINT32_MAX;
	if (s->saying_count == DHT_STORY_SAYINGS)
		return false;
	s->saying_count++;
	*saying = (struct dht_story_saying){
		.node = node, .plain = strcmp(words[1], "plain") == 0, .in = -1, .cut = SIZE_MAX};
	for (; i + 2 < count; i += 2) {
		if (strcmp(words[i], "in") == 0)
			saying->in = strtol(words[i + 1], NULL, 10);
		else if (strcmp(words[i], "cut") == 0)
			saying->cut = strtoul(words[i + 1], NULL, 10);
		else if (strcmp(words[i], "from") == 0)
			saying->has_from = krpc_words_peer(words[i + 1], &saying->from);
		else
			break;
	}
	join(words, i, count, saying->words);
	return *saying->words && (node != DHT_STORY_NODES || saying->has_from);
}

static bool read_node(struct dht_story *s, struct dht_story_node *node, char **words, size_t count)
{
	const char *verb = words[1];

	if (strcmp(verb, "says") == 0 || strcmp(verb, "then") == 0 || strcmp(verb, "plain") == 0)
		return count > 2 && read_saying(s, (uint32_t)(node - s->nodes), words, count);
	if (strcmp(verb, "knows") == 0)
		join(words, 2, count, node->knows);
	else if (strcmp(verb, "has") == 0)
		join(words, 2, count, node->has);
	else if (strcmp(verb, "rtt") == 0 && count == 3)
		node->rtt = strtol(words[2], NULL, 10);
	else if (strcmp(verb, "silent") == 0)
		node->silent = count == 3 ? (unsigned)strtoul(words[2], NULL, 10) : UINT32_MAX;
	else if (strcmp(verb, "bans") == 0)
		node->bans = true;
	else if (strcmp(verb, "refuses") == 0)
		node->refuses = true;
	else
		return false;
	return true;
}

bool dht_story_read(struct dht_story *s, char **words, size_t count)
{
	static const struct {
		const char *name;
		bool (*read)(struct dht_story *s, char **words, size_t count);
	} lines[] = {
		{"nodes", read_nodes}, {"near", read_nodes}, {"bound", read_nodes},
		{"chain", read_chain}, {"v6", read_kind},    {"private", read_kind},
	};
	struct dht_story_node *node = node_named(s, words[0]);

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strcmp(words[0], lines[i].name) == 0)
			return lines[i].read(s, words, count);
	if (count < 2)
		return false;
	if (node)
		return read_node(s, node, words, count);
	return strcmp(words[0], "somebody") == 0 && read_saying(s, DHT_STORY_NODES, words, count);
}
