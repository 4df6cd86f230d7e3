/* Finds what may be a key in an announce URL or a link. It does not know which torrents are private. */
#include "swarm/passkey.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { SHORTEST = 6, SHORTEST_OF_LINK = 20, SHORTEST_HEX = 16 }; /* shorter ones are words of people */
enum { HASH = 40, HASH_V2 = 64 }; /* digits */
enum { PIECE = 8, TURNS = 3, TURN_EVERY = 4 }; /* nobody's word: of so many characters, with so many turns */

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

/* What is in a part of a link. */
struct makeup {
	size_t lower, upper, digits, hex, lines; /* lines: '-' and '_' */
	size_t turns; /* a digit beside a letter, or a capital behind a small letter */
};

static struct makeup makeup_of(const char *part, size_t len)
{
	struct makeup m = {0};

	for (size_t i = 0; i < len; i++) {
		bool lower = part[i] >= 'a' && part[i] <= 'z', upper = part[i] >= 'A' && part[i] <= 'Z';
		bool digit = part[i] >= '0' && part[i] <= '9';
		char before = i ? part[i - 1] : '-';

		m.lower += lower;
		m.upper += upper;
		m.digits += digit;
		m.hex += str_hex(part[i]) >= 0;
		m.lines += part[i] == '-' || part[i] == '_';
		if (digit)
			m.turns += (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z');
		else if (lower || upper)
			m.turns += (before >= '0' && before <= '9') || (upper && before >= 'a' && before <= 'z');
	}
	return m;
}

/* "Zk3-Qp9xVb2LmN7tRw_c5" is base64, "A-Show-S01E02-1080p-WEB-x264" are words: the longest piece tells. */
static bool is_random(const char *part, size_t len)
{
	struct makeup m;
	size_t longest = 0, at = 0;

	for (size_t i = 0, piece = 0; i < len; i++) {
		piece = part[i] == '-' || part[i] == '_' ? 0 : piece + 1;
		if (piece > longest) {
			longest = piece;
			at = i + 1 - piece;
		}
	}
	m = makeup_of(part + at, longest);
	return longest >= PIECE && m.lower && m.upper && m.digits && m.turns >= TURNS &&
	       m.turns * TURN_EVERY >= longest;
}

static bool is_key(const char *part, size_t len)
{
	static const char ending[] = ".torrent";
	struct makeup m;

	if (len > strlen(ending) && strncmp(part + len - strlen(ending), ending, strlen(ending)) == 0) {
		len -= strlen(ending);
		if (len == HASH || len == HASH_V2)
			return false; /* files are named so */
	}
	m = makeup_of(part, len);
	if (!m.digits || m.lower + m.upper == 0 || m.lower + m.upper + m.digits + m.lines != len)
		return false;
	if (m.hex >= SHORTEST_HEX && m.hex + m.lines == len)
		return true;
	return len >= SHORTEST_OF_LINK && (!m.lines || is_random(part, len));
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
