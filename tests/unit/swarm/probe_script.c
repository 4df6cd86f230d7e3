/* What the tracker of a story about probes says, as text. It knows no sockets. */
#include "probe_script.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"

/* ---- torrents ---- */

/* Every byte occurs, zeros and what JSON and URLs escape too. */
static void invent(size_t index, uint8_t hash[INFO_HASH])
{
	for (size_t i = 0; i < INFO_HASH; i++)
		hash[i] = (uint8_t)(index * 31 + i * 97 + index / 256 * i);
	hash[0] = (uint8_t)index;
	hash[1] = (uint8_t)(index >> 8);
}

static bool read_many(struct probe_script *s, const char *rest)
{
	unsigned long count = strtoul(rest, NULL, 10);

	if (s->count || !count || count > PROBE_HASHES)
		return false;
	for (s->count = 0; s->count < count; s->count++)
		invent(s->count, s->hashes[s->count]);
	return true;
}

bool probe_script_hash(struct probe_script *s, const char *name, char *rest)
{
	char *hex = strchr(rest, ' ');
	size_t len = hex ? strlen(hex + 1) / 2 : 0;

	if (strcmp(name, "hashes") == 0)
		return read_many(s, rest);
	if (s->count == PROBE_HASHES || !len || len > INFO_HASH)
		return false;
	*hex++ = '\0';
	for (size_t i = 0; i < INFO_HASH; i++)
		s->hashes[s->count][i] = (uint8_t)(str_hex(hex[i % len * 2]) * 16 + str_hex(hex[i % len * 2 + 1]));
	return str_copy(s->names[s->count++], PROBE_NAME, rest);
}

int probe_script_index(const struct probe_script *s, const uint8_t hash[INFO_HASH])
{
	for (size_t i = 0; i < s->count; i++)
		if (memcmp(s->hashes[i], hash, INFO_HASH) == 0)
			return (int)i;
	return -1;
}

void probe_script_name(const struct probe_script *s, const struct probe_asked *asked, struct buf *out)
{
	if (s->count && !*s->names[0]) {
		buf_printf(out, "%zu", asked->count);
		return;
	}
	for (size_t i = 0; i < asked->count; i++) {
		int index = probe_script_index(s, asked->hashes[i]);

		buf_printf(out, "%s%s", i ? " " : "", index < 0 ? "?" : s->names[index]);
	}
}

/* ---- rules ---- */

static bool read_part(struct probe_part *part, char *text)
{
	char *words;

	*part = (struct probe_part){0};
	if (str_starts(text, "in ")) {
		part->in_ms = strtol(text + 3, &text, 10);
		text += strspn(text, " ");
	}
	words = text + strcspn(text, " ");
	snprintf(part->verb, sizeof(part->verb), "%.*s", (int)(words - text), text);
	words += *words == ' ';
	return *part->verb && str_copy(part->words, sizeof(part->words), words);
}

static bool read_range(struct probe_rule *rule, const char *text)
{
	char *end;

	rule->to = UINT_MAX;
	if (strcmp(text, "*") == 0)
		return true;
	rule->from = rule->to = (unsigned)strtoul(text, &end, 10);
	if (*end == '-')
		rule->to = (unsigned)strtoul(end + 1, &end, 10);
	return end != text && !*end;
}

bool probe_script_rule(struct probe_script *s, const char *name, char *rest)
{
	struct probe_rule *rule = &s->rules[s->rule_count];
	char *colon = strstr(rest, ": ");

	if (s->rule_count == PROBE_RULES || !colon)
		return false;
	*colon = '\0';
	memset(rule, 0, sizeof(*rule));
	rule->connect = strcmp(name, "connect") == 0;
	if (!read_range(rule, rest))
		return false;
	for (char *at = colon + 2, *next; at; at = next) {
		next = strstr(at, " + ");
		if (next) {
			*next = '\0';
			next += strlen(" + ");
		}
		if (rule->count == PROBE_PARTS || !read_part(&rule->parts[rule->count++], at))
			return false;
	}
	s->rule_count++;
	return true;
}

const struct probe_rule *probe_script_find(const struct probe_script *s, bool connect, unsigned number)
{
	static const struct probe_rule usual = {.parts = {{.verb = "answers"}}, .count = 1};

	for (size_t i = s->rule_count; i-- > 0;) {
		const struct probe_rule *rule = &s->rules[i];

		if (rule->connect == connect && number >= rule->from && number <= rule->to)
			return rule;
	}
	return &usual;
}

/* ---- texts ---- */

/* Bytes as characters, as who takes them for text writes them. */
static void write_utf8(const uint8_t *bytes, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		char text[4];

		buf_add(out, text, text_encode(bytes[i], text));
	}
}

static void write_character(uint8_t c, struct buf *out)
{
	if (c == '"' || c == '\\')
		buf_printf(out, "\\%c", c);
	else if (c < ' ')
		buf_printf(out, "\\u%04X", c);
	else
		write_utf8(&c, 1, out);
}

static void write_bytes(const uint8_t hash[INFO_HASH], struct buf *out)
{
	buf_printf(out, "%d:", INFO_HASH);
	buf_add(out, hash, INFO_HASH);
}

static void write_mangled(const uint8_t hash[INFO_HASH], struct buf *out)
{
	struct buf text;

	buf_init(&text, 2 * INFO_HASH);
	write_utf8(hash, INFO_HASH, &text);
	buf_printf(out, "%zu:", text.len);
	buf_add(out, buf_str(&text), text.len);
	buf_done(&text);
}

static void write_json(const uint8_t hash[INFO_HASH], struct buf *out)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < INFO_HASH; i++)
		write_character(hash[i], out);
	buf_putc(out, '"');
}

static void write_escaped(const uint8_t hash[INFO_HASH], struct buf *out)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < INFO_HASH; i++)
		buf_printf(out, "\\u%04x", hash[i]);
	buf_putc(out, '"');
}

static void write_twice(const uint8_t hash[INFO_HASH], struct buf *out)
{
	struct buf once;

	buf_init(&once, 2 * INFO_HASH);
	write_utf8(hash, INFO_HASH, &once);
	buf_putc(out, '"');
	for (size_t i = 0; i < once.len; i++)
		write_character((uint8_t)once.data[i], out);
	buf_putc(out, '"');
	buf_done(&once);
}

static void write_hex(const uint8_t hash[INFO_HASH], struct buf *out)
{
	char text[INFO_HASH_TEXT];

	info_hash_write(hash, text);
	buf_printf(out, "\"%s\"", text);
}

static void (*const writers[])(const uint8_t hash[INFO_HASH], struct buf *out) = {
	[PROBE_BENCODE] = write_bytes,
	[PROBE_JSON] = write_json,
	[PROBE_RPC] = write_hex,
};

/* What is in the brackets. */
static bool write_place(const struct probe_script *s, enum probe_form form, const char *place, struct buf *out)
{
	static const struct {
		const char *name;
		void (*write)(const uint8_t hash[INFO_HASH], struct buf *out);
	} ways[] = {{"utf8 ", write_mangled}, {"escaped ", write_escaped}, {"twice ", write_twice}};
	void (*write)(const uint8_t hash[INFO_HASH], struct buf *out) = writers[form];

	if (strcmp(place, "esc") == 0)
		return buf_putc(out, 0x1b) == 0;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (str_starts(place, ways[i].name)) {
			write = ways[i].write;
			place += strlen(ways[i].name);
			break;
		}
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->names[i], place) == 0) {
			write(s->hashes[i], out);
			return true;
		}
	return false;
}

bool probe_script_text(const struct probe_script *s, enum probe_form form, const char *words, struct buf *out)
{
	while (*words) {
		size_t plain = strcspn(words, "<");
		const char *end = words[plain] ? strchr(words + plain, '>') : NULL;
		char place[2 * PROBE_NAME];

		buf_add(out, words, end ? plain : strlen(words));
		if (!end)
			return true;
		words += plain + 1;
		snprintf(place, sizeof(place), "%.*s", (int)(end - words), words);
		if (!write_place(s, form, place, out))
			return false;
		words = end + 1;
	}
	return true;
}

void probe_script_truth(const struct probe_script *s, enum probe_form form, const struct probe_asked *asked,
			struct buf *out)
{
	bool json = form != PROBE_BENCODE;

	buf_puts(out, json ? "{\"action\":\"scrape\",\"files\":{" : "d5:filesd");
	for (size_t i = 0; i < asked->count; i++) {
		int index = probe_script_index(s, asked->hashes[i]);

		if (index < 0)
			continue;
		buf_puts(out, json && i ? "," : "");
		writers[form](asked->hashes[i], out);
		buf_printf(out,
			   json ? ":{\"complete\":%d,\"incomplete\":%d,\"downloaded\":%d}"
				: "d8:completei%de10:incompletei%de10:downloadedi%dee",
			   index + 1, 2 * index, 3 * index);
	}
	buf_puts(out, json ? "}}" : "ee");
}
