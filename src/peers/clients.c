/* Interns client names. Daemons repeat the same few thousand times a poll, so a small cache over the raw bytes comes
 * first; only a name that is not in it is unescaped, cleaned and looked up. It does not know who uses which client. */
#include "peers/clients.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "wire/jsontoken.h"

enum { CACHE = 1024 };

struct entry {
	struct client client; /* first: clients_get() hands it out */
	uint64_t key;         /* SipHash of the clean name */
};

struct clients {
	struct entry *entries;
	uint32_t count, cap;
	struct map by_key; /* its seed serves the cache too */
	struct {
		uint64_t raw; /* SipHash of the raw bytes, 0 = empty */
		uint32_t number;
	} cache[CACHE];
};

/* Azureus-style codes (BEP 20) that Transmission 3.00 shows as they are. */
static const struct {
	char code[3];
	const char *family;
} codes[] = {{"BI", "BiglyBT"}, {"FW", "FrostWire"}, {"PI", "PicoTorrent"}};

static const struct {
	const char *name, *family;
} aliases[] = {
	{"uTorrent", "\u00b5Torrent"},
	{"\u03bcTorrent", "\u00b5Torrent"},
	{"libTorrent (Rakshasa)", "rTorrent"},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Of ASCII only: a character of several bytes must not be split between the points of a version. */
static bool is_code(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_digit(text[i]) && !((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z'))
			return false;
	return true;
}

/* "-BI3500-": a peer id prefix that the daemon had no name for. */
static bool split_peer_id(const char *name, char *family, char *version)
{
	char code[3];

	if (strlen(name) < 8 || name[0] != '-' || name[7] != '-' || !is_digit(name[3]) || !is_code(name + 1, 6))
		return false;
	memcpy(code, name + 1, 2);
	code[2] = '\0';
	str_copy(family, CLIENT_NAME, code);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].code, code) == 0)
			str_copy(family, CLIENT_NAME, codes[i].family);
	for (int i = 0; i < 4; i++) {
		version[2 * i] = name[3 + i];
		version[2 * i + 1] = i < 3 ? '.' : '\0';
	}
	return true;
}

/* Start of the first word that looks like a version, or NULL. */
static const char *version_start(const char *name)
{
	for (const char *p = name; *p; p++) {
		const char *word = p + 1;

		if (*p != ' ' && *p != '/')
			continue;
		if (is_digit(word[0]) || (word[0] == 'v' && is_digit(word[1])))
			return word;
	}
	return NULL;
}

void client_split(const char *name, char family[CLIENT_NAME], char version[CLIENT_NAME])
{
	const char *start = version_start(name);

	version[0] = '\0';
	if (split_peer_id(name, family, version))
		return;
	str_copy(family, CLIENT_NAME, name);
	if (start) {
		family[start - name - 1] = '\0';
		str_trim(family);
		str_copy(version, CLIENT_NAME, start + (*start == 'v'));
		version[strcspn(version, " ")] = '\0';
	}
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(family, aliases[i].name) == 0)
			str_copy(family, CLIENT_NAME, aliases[i].family);
}

static uint32_t family_find(const struct clients *c, const char *family, uint32_t none)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (c->entries[i].client.family == i && strcmp(c->entries[i].client.family_name, family) == 0)
			return i;
	return none;
}

static uint32_t add(struct clients *c, const char *name, uint64_t key)
{
	char family[CLIENT_NAME], version[CLIENT_NAME];
	uint32_t number = c->count;
	struct entry *entry;

	if (number == CLIENTS_MAX)
		return CLIENT_OTHER;
	if (number == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 32;
		c->entries = xreallocarray(c->entries, c->cap, sizeof(*c->entries));
	}
	client_split(name, family, version);
	entry = &c->entries[number];
	entry->key = key;
	entry->client = (struct client){
		.name = xstrdup(name),
		.family = family_find(c, family, number),
		.family_name = xstrdup(family),
		.version = xstrdup(version),
	};
	map_add(&c->by_key, map_hash(&c->by_key, &key), number);
	c->count++;
	return number;
}

static uint64_t name_key(const struct clients *c, const char *name)
{
	return siphash13(c->by_key.seed, name, strlen(name)) | 1;
}

struct clients *clients_new(void)
{
	struct clients *c = xcalloc(1, sizeof(*c));

	map_init(&c->by_key, sizeof(struct entry), offsetof(struct entry, key), sizeof(uint64_t));
	add(c, N_("Unknown"), name_key(c, ""));
	add(c, N_("(other clients)"), name_key(c, "(other clients)"));
	return c;
}

void clients_free(struct clients *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->count; i++) {
		free(c->entries[i].client.name);
		free(c->entries[i].client.family_name);
		free(c->entries[i].client.version);
	}
	free(c->entries);
	map_done(&c->by_key);
	free(c);
}

uint32_t clients_count(const struct clients *c)
{
	return c->count;
}

const struct client *clients_get(const struct clients *c, uint32_t number)
{
	return &c->entries[number].client;
}

static uint32_t number_of_new(struct clients *c, struct rpcslice raw)
{
	char text[4 * CLIENT_NAME], clean[CLIENT_NAME], *name;
	size_t len = jsontoken_unescape(raw.bytes, raw.len, text, sizeof(text));
	uint64_t key;
	uint32_t number;

	text_clean(clean, sizeof(clean), text, len, TEXT_CLIENT_COLS);
	name = str_trim(clean);
	key = name_key(c, name);
	number = map_find(&c->by_key, c->entries, &key, map_hash(&c->by_key, &key));
	return number != MAP_NONE ? number : add(c, name, key);
}

uint32_t clients_number(struct clients *c, struct rpcslice raw)
{
	uint64_t hash = siphash13(c->by_key.seed, raw.bytes, raw.len) | 1;
	size_t at = (hash >> 8) % CACHE;

	if (c->cache[at].raw != hash) {
		c->cache[at].number = number_of_new(c, raw);
		c->cache[at].raw = hash;
	}
	return c->cache[at].number;
}
