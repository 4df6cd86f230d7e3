/* Writes datagrams as stories name them. It knows neither the engine nor time. */
#include "krpc_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "wire/bencode.h"
#include "wire/bloom.h"

enum { ITEMS = 128, INSIDE = 1024, STRING = 4096 };

bool krpc_words_peer(const char *text, struct compact_peer *peer)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	bool bracket = len > 2 && *text == '[';

	if (!len || ip_parse(text + bracket, len - 2 * bracket, &peer->ip))
		return false;
	peer->port = (uint16_t)strtoul(colon + 1, NULL, 10);
	return true;
}

bool krpc_words_id(const char *text, uint8_t id[COMPACT_ID])
{
	static const char digits[] = "0123456789abcdef";

	memset(id, 0, COMPACT_ID);
	for (int i = 0; text[i]; i++) {
		const char *digit = strchr(digits, text[i]);

		if (!digit || i == 2 * COMPACT_ID)
			return false;
		id[i / 2] |= (uint8_t)((digit - digits) << (i % 2 ? 0 : 4));
	}
	return true;
}

/* ---- what stands in braces: the words behind the first ---- */

static bool put_tid(const struct krpc_words *w, char **items, size_t count, struct buf *out)
{
	(void)items;
	bencode_put_bytes(out, w->tid, sizeof(w->tid));
	return count == 0;
}

static bool put_id(const struct krpc_words *w, char **items, size_t count, struct buf *out)
{
	(void)items;
	bencode_put_bytes(out, w->id, sizeof(w->id));
	return count == 0;
}

/* What is written in brackets has 16 bytes, even if it is an IPv4 address. */
static size_t compact(const char *text, const struct compact_peer *peer, uint8_t bytes[COMPACT_PEER6])
{
	if (!strchr(text, '['))
		return compact_put_peer(peer, bytes);
	memcpy(bytes, peer->ip.b, sizeof(peer->ip.b));
	bytes[COMPACT_PEER6 - 2] = (uint8_t)(peer->port >> 8);
	bytes[COMPACT_PEER6 - 1] = (uint8_t)peer->port;
	return COMPACT_PEER6;
}

static bool put_asker(const struct krpc_words *w, char **items, size_t count, struct buf *out)
{
	uint8_t bytes[COMPACT_PEER6];

	(void)items;
	bencode_put_bytes(out, bytes, compact_put_peer(&w->asker_at, bytes));
	return count == 0;
}

static bool read_node(const struct krpc_words *w, char *text, struct compact_node *node)
{
	char *at = strchr(text, '@');

	if (!at)
		return w->find(w->context, text, node);
	*at = 0;
	if (strcmp(text, "self") == 0)
		memcpy(node->id, w->asker, COMPACT_ID);
	else if (!krpc_words_id(text, node->id))
		return false;
	return krpc_words_peer(at + 1, &node->at);
}

static size_t split(char *text, char **items)
{
	size_t count = 0;
	char *rest = NULL;

	for (char *item = strtok_r(text, " ", &rest); item && count < ITEMS; item = strtok_r(NULL, " ", &rest))
		items[count++] = item;
	return count;
}

static bool put_nodes(const struct krpc_words *w, char **items, size_t count, struct buf *out)
{
	char known[INSIDE], *known_items[ITEMS];
	uint8_t bytes[ITEMS * COMPACT_NODE6];
	size_t len = 0;

	if (count == 0) {
		snprintf(known, sizeof(known), "%s", w->known);
		items = known_items;
		count = split(known, items);
	}
	for (size_t i = 0; i < count; i++) {
		const char *at = strchr(items[i], '@');
		struct compact_node node;

		at = at ? at + 1 : "";
		if (!read_node(w, items[i], &node))
			return false;
		memcpy(bytes + len, node.id, COMPACT_ID);
		len += COMPACT_ID;
		len += compact(at, &node.at, bytes + len);
	}
	bencode_put_bytes(out, bytes, len);
	return true;
}

/* What is behind a '*', which is cut off; else 1. */
static unsigned long times_of(char *item)
{
	char *star = strchr(item, '*');

	if (!star)
		return 1;
	*star = 0;
	return strtoul(star + 1, NULL, 10);
}

static void next_address(struct ip *ip)
{
	for (size_t i = sizeof(ip->b); i-- > 0 && ++ip->b[i] == 0;)
		;
}

static bool put_peers(const struct krpc_words *w, char **items, size_t count, struct buf *out)
{
	(void)w;
	for (size_t i = 0; i < count; i++) {
		unsigned long times = times_of(items[i]);
		uint8_t bytes[COMPACT_PEER6];
		struct compact_peer peer;

		if (!krpc_words_peer(items[i], &peer))
			return false;
		for (; times > 0; times--, next_address(&peer.ip))
			bencode_put_bytes(out, bytes, compact(items[i], &peer, bytes));
	}
	return true;
}

static bool put_joined(const struct krpc_words *w, char **items, size_t count, struct buf *out)
{
	uint8_t bytes[ITEMS * COMPACT_PEER6];
	size_t len = 0;

	(void)w;
	for (size_t i = 0; i < count; i++) {
		struct compact_peer peer;

		if (!krpc_words_peer(items[i], &peer))
			return false;
		len += compact(items[i], &peer, bytes + len);
	}
	bencode_put_bytes(out, bytes, len);
	return true;
}

static bool put_filter(const struct krpc_words *w, char **items, size_t count, struct buf *out)
{
	struct bloom filter = {{0}};
	struct ip ip;

	(void)w;
	for (size_t i = 0; i < count; i++) {
		unsigned long times = times_of(items[i]);

		if (strcmp(items[i], "full") == 0)
			memset(&filter, 0xff, sizeof(filter));
		else if (ip_parse(items[i], strlen(items[i]), &ip))
			return false;
		else
			for (; times > 0; times--, next_address(&ip))
				bloom_insert(&filter, &ip, hash_sha1);
	}
	bencode_put_bytes(out, filter.bits, BLOOM_BYTES);
	return true;
}

static bool put_string(const struct krpc_words *w, char **items, size_t count, struct buf *out)
{
	char letters[STRING];
	size_t len = count == 1 ? strtoul(items[0], NULL, 10) : STRING + 1;

	(void)w;
	if (len > STRING)
		return false;
	memset(letters, 'x', sizeof(letters));
	bencode_put_bytes(out, letters, len);
	return true;
}

static bool put_bytes(const struct krpc_words *w, char **items, size_t count, struct buf *out)
{
	static const char digits[] = "0123456789ABCDEF";
	uint8_t bytes[INSIDE / 2] = {0};
	size_t len = count == 1 ? strlen(items[0]) : 0;

	(void)w;
	for (size_t i = 0; i < len; i++) {
		const char *digit = strchr(digits, items[0][i]);

		if (!digit)
			return false;
		bytes[i / 2] |= (uint8_t)((digit - digits) << (i % 2 ? 0 : 4));
	}
	bencode_put_bytes(out, bytes, len / 2);
	return len > 0 && len % 2 == 0;
}

static bool put_lists(const struct krpc_words *w, char **items, size_t count, struct buf *out)
{
	(void)w;
	for (unsigned long left = count == 1 ? strtoul(items[0], NULL, 10) : 0; left > 0; left--)
		buf_putc(out, 'l');
	return count == 1;
}

/* ---- the whole ---- */

static bool put_inside(const struct krpc_words *w, const char *text, size_t len, struct buf *out)
{
	static const struct {
		const char *name;
		bool (*put)(const struct krpc_words *w, char **items, size_t count, struct buf *out);
	} kinds[] = {
		{"t", put_tid},         {"id", put_id},         {"ip", put_asker},      {"nodes", put_nodes},
		{"peers", put_peers},   {"joined", put_joined}, {"filter", put_filter}, {"string", put_string},
		{"lists", put_lists},   {"bytes", put_bytes},
	};
	char inside[INSIDE], *items[ITEMS];
	size_t count;

	if (len >= sizeof(inside))
		return false;
	memcpy(inside, text, len);
	inside[len] = 0;
	count = split(inside, items);
	for (size_t i = 0; count && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(items[0], kinds[i].name) == 0)
			return kinds[i].put(w, items + 1, count - 1, out);
	return false;
}

bool krpc_words_write(const struct krpc_words *w, const char *words, struct buf *out)
{
	while (*words) {
		const char *brace = strchr(words, '{'), *end = brace ? strchr(brace, '}') : NULL;
		size_t plain = brace ? (size_t)(brace - words) : strlen(words);

		buf_add(out, words, plain);
		if (!brace)
			return true;
		if (!end || !put_inside(w, brace + 1, (size_t)(end - brace - 1), out))
			return false;
		words = end + 1;
	}
	return true;
}
