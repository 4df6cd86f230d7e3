/* Texts and URLs of strangers. It does not know where they stood, and asks no network whether they are true. */
#include "wire/foreign.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

enum { COL_BYTES = 8 }; /* a column is at most a character and a mark of 4 bytes each */

static const char *const tracker_schemes[] = {"udp", "http", "https", "ws", "wss", NULL};
static const char *const web_seed_schemes[] = {"http", "https", "ftp", NULL};

const char *foreign_text(struct arena *a, const char *bytes, size_t len, unsigned cols)
{
	char clean[FOREIGN_COLS * COL_BYTES + 1];

	return arena_strndup(a, clean, text_clean(clean, sizeof(clean), bytes, len, cols));
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void trim(const char **bytes, size_t *len)
{
	while (*len && is_space((*bytes)[*len - 1]))
		--*len;
	while (*len && is_space(**bytes)) {
		++*bytes;
		--*len;
	}
}

/* The scheme that the URL begins with, NULL if it is none of these. */
static const char *scheme_of(const char *bytes, size_t len, const char *const *schemes)
{
	for (; *schemes; schemes++) {
		size_t n = strlen(*schemes);

		if (len > n + 3 && strncasecmp(bytes, *schemes, n) == 0 && memcmp(bytes + n, "://", 3) == 0)
			return *schemes;
	}
	return NULL;
}

/* Appends one byte as a URL may have it; the new length, 0 if it must not or does not fit. */
static size_t put_byte(char url[FOREIGN_URL], size_t at, char byte)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char c = (unsigned char)byte;
	bool plain = c > ' ' && c < 0x7f;

	if (c < ' ' || c == 0x7f || at + (plain ? 1 : 3) > FOREIGN_URL_MAX)
		return 0;
	if (plain) {
		url[at] = byte;
		return at + 1;
	}
	url[at] = '%';
	url[at + 1] = digits[c >> 4];
	url[at + 2] = digits[c & 15];
	return at + 3;
}

static bool read_url(const char *bytes, size_t len, const char *const *schemes, char url[FOREIGN_URL])
{
	const char *scheme;
	size_t skip, at;

	trim(&bytes, &len);
	scheme = scheme_of(bytes, len, schemes);
	if (!scheme || strchr("/?#:", bytes[strlen(scheme) + 3]))
		return false;
	at = skip = strlen(scheme);
	memcpy(url, scheme, skip);
	for (size_t i = skip; i < len; i++) {
		at = put_byte(url, at, bytes[i]);
		if (!at)
			return false;
	}
	url[at] = '\0';
	return true;
}

bool foreign_tracker(const char *bytes, size_t len, char url[FOREIGN_URL])
{
	return read_url(bytes, len, tracker_schemes, url);
}

bool foreign_web_seed(const char *bytes, size_t len, char url[FOREIGN_URL])
{
	return read_url(bytes, len, web_seed_schemes, url);
}
