/* Magnet links, read and written. It does not know torrent files, and asks nobody for them. */
#include "wire/magnet.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/text.h"
#include "wire/foreign.h"

static const char scheme[] = "magnet:?";
static const char btih[] = "urn:btih:";
static const char btmh[] = "urn:btmh:";

struct reader {
	struct arena *arena;
	struct err *err;
	struct magnet m;
	char value[MAGNET_MAX + 1]; /* of the parameter, decoded; NUL-terminated */
	size_t len;
};

static int no_memory(struct reader *r)
{
	return err_set(r->err, -ENOMEM, "the magnet link has too much in it");
}

/* ---- parameters ---- */

static bool has_prefix(const struct reader *r, const char *prefix)
{
	return strncasecmp(r->value, prefix, strlen(prefix)) == 0;
}

/* Other topics than torrents are passed over; of two of a kind the first one counts. */
static int read_topic(struct reader *r)
{
	const char *digits = r->value + sizeof(btih) - 1;
	size_t len = r->len - (sizeof(btih) - 1);

	if (has_prefix(r, btih) && !r->m.has_v1) {
		if (info_hash_read(digits, len, r->m.hash))
			return err_set(r->err, -EBADMSG,
				       "the info hash of the magnet link is not 40 hexadecimal or 32 base32 digits");
		r->m.has_v1 = true;
	} else if (has_prefix(r, btmh) && !r->m.has_v2) {
		if (info_hash_read_v2(digits, len, r->m.hash_v2))
			return err_set(r->err, -EBADMSG,
				       "the v2 info hash of the magnet link is not 1220 and 64 hexadecimal digits");
		r->m.has_v2 = true;
	}
	return 0;
}

static int read_name(struct reader *r)
{
	if (*r->m.name)
		return 0;
	r->m.name = foreign_text(r->arena, r->value, r->len, TEXT_TORRENT_COLS);
	return r->m.name ? 0 : no_memory(r);
}

static int read_size(struct reader *r)
{
	uint64_t size;

	if (strlen(r->value) == r->len && str_u64(r->value, &size) == 0 && size <= INT64_MAX)
		r->m.size = size;
	return 0;
}

static int read_tracker(struct reader *r)
{
	struct magnet *m = &r->m;
	char url[FOREIGN_URL];

	if (m->tracker_count == MAGNET_TRACKERS || !foreign_tracker(r->value, r->len, url))
		return 0;
	for (size_t i = 0; i < m->tracker_count; i++) {
		if (strcmp(m->trackers[i], url) == 0)
			return 0;
	}
	m->trackers[m->tracker_count] = arena_strndup(r->arena, url, strlen(url));
	return m->trackers[m->tracker_count++] ? 0 : no_memory(r);
}

static const struct {
	const char *key;
	int (*read)(struct reader *r);
	char plus; /* what a plus stands for: names are often written as forms are */
} parameters[] = {{"xt", read_topic, '+'}, {"dn", read_name, ' '}, {"xl", read_size, '+'}, {"tr", read_tracker, '+'}};

static bool all_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

/* A key may be numbered: "tr.1". */
static bool is_key(const char *text, size_t len, const char *key)
{
	size_t n = strlen(key);

	if (len < n || memcmp(text, key, n) != 0)
		return false;
	return len == n || (text[n] == '.' && all_digits(text + n + 1, len - n - 1));
}

/* RFC 3986, section 2.1; a percent sign without two digits stands for itself. */
static void decode(struct reader *r, const char *text, size_t len, char plus)
{
	r->len = 0;
	for (size_t i = 0; i < len; i++) {
		int high = text[i] == '%' && len - i > 2 ? str_hex(text[i + 1]) : -1;
		int low = high >= 0 ? str_hex(text[i + 2]) : -1;

		r->value[r->len++] = low >= 0 ? (char)(high << 4 | low) : text[i] == '+' ? plus : text[i];
		if (low >= 0)
			i += 2;
	}
	r->value[r->len] = '\0';
}

static int read_parameter(struct reader *r, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	size_t key_len = equals ? (size_t)(equals - text) : 0;

	for (size_t i = 0; equals && i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		if (!is_key(text, key_len, parameters[i].key))
			continue;
		decode(r, equals + 1, len - key_len - 1, parameters[i].plus);
		return parameters[i].read(r);
	}
	return 0;
}

/* ---- the link ---- */

static int read_parameters(struct reader *r, const char *text, const char *end)
{
	static const char entity[] = "amp;";
	size_t skip = sizeof(entity) - 1;

	while (text < end) {
		const char *stop = memchr(text, '&', (size_t)(end - text));
		size_t len = (size_t)((stop ? stop : end) - text);
		int rc = read_parameter(r, text, len);

		if (rc)
			return rc;
		text = stop ? stop + 1 : end;
		if (stop && (size_t)(end - text) >= skip && memcmp(text, entity, skip) == 0)
			text += skip;
	}
	return 0;
}

int magnet_read(const char *text, size_t len, struct arena *a, struct magnet *m, struct err *err)
{
	struct reader r = {.arena = a, .err = err, .m.name = ""};
	size_t skip = sizeof(scheme) - 1;
	int rc;

	if (len > MAGNET_MAX)
		return err_set(err, -EBADMSG, "the magnet link is longer than %d bytes", MAGNET_MAX);
	if (len < skip || strncasecmp(text, scheme, skip) != 0)
		return err_set(err, -EBADMSG, "this is no magnet link: it does not begin with %s", scheme);
	rc = read_parameters(&r, text + skip, text + len);
	if (rc)
		return rc;
	if (!r.m.has_v1 && !r.m.has_v2)
		return err_set(err, -EBADMSG, "the magnet link names no torrent (xt=urn:btih:...)");
	if (!r.m.has_v1)
		memcpy(r.m.hash, r.m.hash_v2, sizeof(r.m.hash));
	*m = r.m;
	return 0;
}

/* RFC 3986: all but the unreserved characters is escaped. */
static void put_escaped(struct buf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text; text++) {
		if (strchr(plain, *text))
			buf_putc(out, *text);
		else
			buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
	}
}

static int write_name(const char *name, struct buf *out)
{
	if (name && *name) {
		buf_puts(out, "&dn=");
		put_escaped(out, name);
	}
	return out->full ? -ENOBUFS : 0;
}

int magnet_write(const uint8_t hash[20], const char *name, struct buf *out)
{
	char text[INFO_HASH_TEXT];

	info_hash_write(hash, text);
	buf_printf(out, "%sxt=%s%s", scheme, btih, text);
	return write_name(name, out);
}

int magnet_write_v2(const uint8_t hash_v2[32], const char *name, struct buf *out)
{
	char text[INFO_HASH_V2_TEXT];

	info_hash_write_v2(hash_v2, text);
	buf_printf(out, "%sxt=%s%s", scheme, btmh, text);
	return write_name(name, out);
}

int magnet_write_tracker(const char *url, struct buf *out)
{
	buf_puts(out, "&tr=");
	put_escaped(out, url);
	return out->full ? -ENOBUFS : 0;
}
