/* Scrapes over HTTP. It does not know connections, nor what was asked for. */
#include "wire/bep48.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/text.h"
#include "wire/bencode.h"

enum { HASH = 20 };

static bool is_printable(const char *text)
{
	for (; *text; text++) {
		if (*text <= ' ' || *text >= 0x7f || *text == '#')
			return false;
	}
	return true;
}

/* What is behind "http://" or "https://"; NULL if it is neither. */
static const char *authority_of(const char *url)
{
	static const char *const schemes[] = {"http://", "https://"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
			return url + strlen(schemes[i]);
	}
	return NULL;
}

int bep48_scrape_url(const char *announce, struct buf *url)
{
	static const char word[] = "announce";
	const char *authority = authority_of(announce), *slash;

	if (!authority || !is_printable(announce))
		return -EINVAL;
	/* The last one of the whole text, query and all: the rule is that simple. */
	slash = strrchr(authority, '/');
	if (!slash || memchr(authority, '?', (size_t)(slash - authority)) || !str_starts(slash + 1, word))
		return -ENOTSUP;
	buf_reset(url);
	buf_add(url, announce, (size_t)(slash + 1 - announce));
	buf_puts(url, "scrape");
	buf_puts(url, slash + strlen(word) + 1);
	return url->full ? -ENOBUFS : 0;
}

static bool is_unreserved(uint8_t byte)
{
	return byte && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", byte);
}

/* All of "&info_hash=..." or nothing. */
static int add_hash(struct buf *url, bool query, const uint8_t hash[HASH])
{
	static const char name[] = "info_hash=", digits[] = "0123456789ABCDEF";
	char text[sizeof(name) + 3 * HASH], *p = text;
	char last = url->data[url->len - 1];

	if (!query || (last != '?' && last != '&'))
		*p++ = query ? '&' : '?';
	memcpy(p, name, sizeof(name) - 1);
	p += sizeof(name) - 1;
	for (int i = 0; i < HASH; i++) {
		if (is_unreserved(hash[i])) {
			*p++ = (char)hash[i];
			continue;
		}
		*p++ = '%';
		*p++ = digits[hash[i] >> 4];
		*p++ = digits[hash[i] & 15];
	}
	if (url->len + (size_t)(p - text) > BEP48_URL_MAX)
		return -ENOBUFS;
	return buf_add(url, text, (size_t)(p - text));
}

int bep48_request(const char *announce, const uint8_t (*hashes)[20], size_t count, struct buf *url, size_t *asked)
{
	size_t added = 0;
	bool query;
	int rc = count ? bep48_scrape_url(announce, url) : -EINVAL;

	if (rc)
		return rc;
	query = strchr(buf_str(url), '?');
	while (added < count && added < BEP48_HASHES && add_hash(url, query || added, hashes[added]) == 0)
		added++;
	if (!added)
		return -ENOBUFS;
	*asked = added;
	return 0;
}

/* A tracker that took its keys for text wrote each byte from 128 on as two. */
static bool read_mangled(const char *key, size_t len, uint8_t hash[HASH])
{
	size_t count = 0;

	for (size_t at = 0; at < len; count++) {
		uint32_t character;

		at += text_decode(key + at, len - at, &character);
		if (count == HASH || character > 0xff)
			return false;
		hash[count] = (uint8_t)character;
	}
	return count == HASH;
}

static bool read_key(const struct bencode *key, uint8_t hash[HASH])
{
	if (key->len != HASH)
		return read_mangled(key->bytes, key->len, hash);
	memcpy(hash, key->bytes, HASH);
	return true;
}

static int64_t number_of(const struct bencode *dict, const char *key)
{
	const struct bencode *value = bencode_get_type(dict, key, BENCODE_INT);

	return value && value->number >= 0 && value->number <= (int64_t)UINT32_MAX ? value->number : -1;
}

static bool read_file(const struct bencode *value, struct bep48_file *file)
{
	if (value->type != BENCODE_DICT || !read_key(value->key, file->hash))
		return false;
	file->complete = number_of(value, "complete");
	file->incomplete = number_of(value, "incomplete");
	file->downloaded = number_of(value, "downloaded");
	return true;
}

static void read_failure(const struct bencode *reason, char failure[BEP48_FAILURE])
{
	if (text_clean(failure, BEP48_FAILURE, reason->bytes, reason->len, UINT_MAX) == 0)
		str_copy(failure, BEP48_FAILURE, "no reason given");
}

static int64_t read_wait(const struct bencode *root)
{
	const struct bencode *flags = bencode_get_type(root, "flags", BENCODE_DICT), *seconds = NULL;

	if (flags)
		seconds = bencode_get_type(flags, "min_request_interval", BENCODE_INT);
	return seconds && seconds->number > 0 ? seconds->number : 0;
}

int bep48_read(const void *body, size_t len, struct arena *a, void (*each)(const struct bep48_file *file, void *arg),
	       void *arg, struct bep48_answer *answer)
{
	struct bep48_answer read = {.failure = ""};
	const struct bencode *root, *reason, *files;
	size_t used;
	int rc = bencode_read_first(body, len, a, &root, &used);

	if (rc)
		return rc;
	reason = bencode_get_type(root, "failure reason", BENCODE_BYTES);
	files = bencode_get_type(root, "files", BENCODE_DICT);
	if (!reason && !files)
		return -EBADMSG;
	read.wait_s = read_wait(root);
	if (reason)
		read_failure(reason, read.failure);
	/* A refusal has no counts. */
	for (const struct bencode *value = files && !reason ? files->child : NULL; value; value = value->next) {
		struct bep48_file file;

		if (!read_file(value, &file)) {
			read.odd++;
			continue;
		}
		read.files++;
		each(&file, arg);
	}
	*answer = read;
	return 0;
}
