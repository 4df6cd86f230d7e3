/* Finds what may be a key in an announce URL. It does not know which torrents are private. */
#include "swarm/passkey.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { SHORTEST = 6 }; /* shorter ones are words of people */

static void hide(const char *key, size_t len, char *text)
{
	for (; *text; text++)
		if (strncasecmp(text, key, len) == 0)
			memset(text, '*', len);
}

/* Path segments, and the names and values of a query. */
void passkey_hide(const struct tracker_url *url, char *text)
{
	const char *at = url->text + url->path;

	while (*at) {
		size_t len = strcspn(at, "/?&=;");

		if (len >= SHORTEST && !str_starts(at, "announce") && !str_starts(at, "passkey"))
			hide(at, len, text);
		at += len;
		at += strspn(at, "/?&=;");
	}
}
