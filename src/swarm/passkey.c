/* Finds what may be a key in an announce URL or a link. It does not know which torrents are private. */
#include "swarm/passkey.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { SHORTEST = 6, SHORTEST_OF_LINK = 20 }; /* shorter ones are words of people */
enum { HASH = 40, HASH_V2 = 64 }; /* digits */

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

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_key(const char *part, size_t len)
{
	static const char ending[] = ".torrent";
	size_t letters = 0, digits = 0;

	if (len > strlen(ending) && strncmp(part + len - strlen(ending), ending, strlen(ending)) == 0) {
		len -= strlen(ending);
		if (len == HASH || len == HASH_V2)
			return false; /* files are named so */
	}
	for (size_t i = 0; i < len; i++) {
		letters += is_letter(part[i]);
		digits += is_digit(part[i]);
	}
	return len >= SHORTEST_OF_LINK && letters && digits && letters + digits == len;
}

bool passkey_in_link(const char *link)
{
	const char *scheme = strstr(link, "://"), *at = scheme ? scheme + 3 : link;
	size_t host = strcspn(at, "/?#");

	if (memchr(at, '@', host))
		return true;
	for (at += host; *at && !strchr("?#", *at); at += strcspn(at, "/;=&?#")) {
		at++;
		if (is_key(at, strcspn(at, "/;=&?#")))
			return true;
	}
	return *at == '?' && at[1] != '\0' && at[1] != '#';
}
