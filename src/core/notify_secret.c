/* Finds secrets of a notifier in what others say. It does not know who said it. */
#include "core/notify_secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "wire/jsontoken.h"

enum { LONG = 8, SHORT = 3, FORMS = 4 };

/* What is searched: as it stands, and without the escapes of a URL, of JSON, of a URL in JSON. Each once. */
struct searched {
	char *forms[FORMS]; /* owned */
	size_t count;
};

static void forget(char *secret)
{
	explicit_bzero(secret, strlen(secret));
	free(secret);
}

/* RFC 3986, section 2.1; a percent sign without two digits stands for itself, and so does %00. */
static char *decode(const char *text, size_t len)
{
	char *decoded = xmalloc(len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int high = text[i] == '%' && len - i > 2 ? str_hex(text[i + 1]) : -1;
		int low = high >= 0 ? str_hex(text[i + 2]) : -1;
		bool coded = low >= 0 && (high || low);

		decoded[n++] = coded ? (char)(high << 4 | low) : text[i];
		i += coded ? 2 : 0;
	}
	decoded[n] = '\0';
	return decoded;
}

/* All of it as if it were within a string of JSON; \u0000 becomes an end of line. */
static char *unescape(const char *text)
{
	size_t len = strlen(text), room = 2 * len; /* "\u" without digits becomes three bytes */
	char *plain = xmalloc(room + 1);
	size_t n = jsontoken_unescape(text, len, plain, room);

	for (size_t i = 0; i < n; i++)
		plain[i] = plain[i] ? plain[i] : '\n';
	plain[n] = '\0';
	return plain;
}

static void add_form(struct searched *s, char *form)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->forms[i], form) == 0) {
			forget(form);
			return;
		}
	s->forms[s->count++] = form;
}

static void searched_init(struct searched *s, const char *text)
{
	char *plain = unescape(text);

	s->count = 0;
	add_form(s, xstrdup(text));
	add_form(s, decode(text, strlen(text)));
	add_form(s, decode(plain, strlen(plain)));
	add_form(s, plain);
}

static void searched_done(struct searched *s)
{
	while (s->count)
		forget(s->forms[--s->count]);
}

static bool any_form(const struct searched *s, bool (*holds)(const char *text, const char *part), const char *part)
{
	bool is = false;

	for (size_t i = 0; i < s->count && !is; i++)
		is = holds(s->forms[i], part);
	return is;
}

/* ---- parts ---- */

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool is_word(char c)
{
	return is_alnum(c) || c == '-' || c == '_';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* What is in the URLs of everybody, and what is said of them; whatever stands around it. */
static bool is_common(const char *part, size_t len)
{
	static const char *const words[] = {
		"api",       "bot",      "false",           "hook",     "hooks",       "http",     "https",
		"incoming",  "message",  "incomingwebhook", "messages", "notify",      "password", "passwords",
		"post",      "push",     "rest",            "rooms",    "send",        "services", "sendmessage",
		"spaces",    "true",     "webhook",         "webhooks", "workflow",    "workflows"};

	for (; len && !is_alnum(*part); len--)
		part++;
	while (len && !is_alnum(part[len - 1]))
		len--;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncasecmp(words[i], part, len) == 0 && !words[i][len])
			return true;
	return false;
}

/* How much of both is the same from here on. */
static size_t common_run(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && lower(a[n]) == lower(b[n]))
		n++;
	return n;
}

/* A text may cut a secret, or hold what is behind its colon only: any long run of both, as far as it goes. */
static bool shares_run(const char *text, const char *part)
{
	for (const char *at = text; *at; at++)
		for (const char *p = part; *p; p++) {
			bool first = at == text || p == part || lower(at[-1]) != lower(p[-1]);
			size_t n = first ? common_run(at, p) : 0;

			if (n >= LONG && !is_common(p, n))
				return true;
		}
	return false;
}

static bool stands_alone(const char *text, const char *part)
{
	size_t len = strlen(part);

	for (const char *at = text; (at = strcasestr(at, part)); at++)
		if ((at == text || !is_word(at[-1])) && !is_word(at[len]))
			return true;
	return false;
}

static bool holds(const char *text, const char *part)
{
	size_t len = strlen(part);

	if (len < SHORT || is_common(part, len))
		return false;
	return len >= LONG ? shares_run(text, part) : stands_alone(text, part);
}

/* The part as a whole, and each of its words: the short ones are no run. */
static bool holds_words(const struct searched *s, char *part)
{
	bool is = any_form(s, holds, part);

	for (char *at = part; *at && !is;) {
		char *end = at, old;

		while (is_word(*end))
			end++;
		old = *end;
		*end = '\0';
		is = end - at < LONG && any_form(s, holds, at);
		*end = old;
		at = end + (old != '\0');
	}
	return is;
}

static bool holds_part(const struct searched *s, const char *part, size_t len)
{
	char *raw = xmalloc(len + 1), *decoded = decode(part, len);
	bool is;

	memcpy(raw, part, len);
	raw[len] = '\0';
	is = holds_words(s, raw) || (strcmp(raw, decoded) != 0 && holds_words(s, decoded));
	forget(raw);
	forget(decoded);
	return is;
}

/* ---- the password ---- */

static bool holds_whole(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

/* As base64, of which the first `known` bytes are no secret. */
static bool holds_coded(const struct searched *s, const char *bytes, size_t len, size_t known)
{
	char *coded = xmalloc(4 * (len / 3 + 1) + 1);
	bool is;

	base64_text(bytes, len, coded);
	is = any_form(s, holds_whole, coded) || any_form(s, shares_run, coded + known / 3 * 4);
	forget(coded);
	return is;
}

/* As HTTP (RFC 7617) and SMTP (RFC 4616, and LOGIN) send it along with the name. */
static bool holds_login(const struct searched *s, const char *name, const char *password)
{
	size_t known = strlen(name) + 1, size = known + strlen(password) + 2;
	char *both = xmalloc(size);
	bool is;

	snprintf(both, size, "%c%s:%s", 0, name, password);
	is = holds_coded(s, password, strlen(password), 0) || holds_coded(s, both + 1, size - 2, known);
	both[known] = '\0';
	is = is || holds_coded(s, both, size - 1, known + 1);
	explicit_bzero(both, size);
	free(both);
	return is;
}

static bool holds_password(const struct searched *s, const char *name, const char *password)
{
	return *password && (any_form(s, holds_whole, password) || holds_part(s, password, strlen(password)) ||
			     holds_login(s, name, password));
}

/* ---- the URL ---- */

static bool holds_caseless(const char *text, const char *part)
{
	return strcasestr(text, part) != NULL;
}

/* The whole path, however short its parts are. */
static bool holds_path(const struct searched *s, const char *path, size_t len)
{
	char *decoded = decode(path, len);
	bool is = len > 1 && any_form(s, holds_caseless, decoded);

	forget(decoded);
	return is;
}

static bool holds_url(const struct searched *s, const char *url)
{
	const char *at = strstr(url, "://");
	bool query = false, is;

	at = at ? at + 3 : url;
	at += strcspn(at, "/?#");
	is = *at == '/' && holds_path(s, at, strcspn(at, "?#"));
	while (*at && !is) {
		size_t len = strcspn(at, "/?&#{");
		size_t name = query ? strcspn(at, "=/?&#{") : len;

		name = name < len ? name + 1 : 0;
		is = holds_part(s, at + name, len - name);
		at += len;
		query = query || *at == '?';
		at += str_starts(at, CONF_PASSWORD) ? strlen(CONF_PASSWORD) : *at != '\0';
	}
	return is;
}

const char *notify_secret(const struct conf_notify *conf, const char *password, const char *text)
{
	const char *what = NULL;
	struct searched s;

	searched_init(&s, text);
	if (holds_password(&s, conf->username, password))
		what = "the password";
	else if (holds_url(&s, conf->url))
		what = "the path of the url";
	searched_done(&s);
	return what;
}
