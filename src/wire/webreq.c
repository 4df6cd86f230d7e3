/* Reads what stands in a request for our page. It does not know which paths there are, nor who may ask. */
#include "wire/webreq.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/ip.h"
#include "base/str.h"
#include "base/text.h"

/* UTF-8 without control characters; what is malformed decodes to U+FFFD, but U+FFFD itself is good text. */
static bool is_text(const char *text, size_t len)
{
	while (len) {
		uint32_t character;
		size_t n = text_decode(text, len, &character);

		if (character < 0x20 || (character >= 0x7f && character < 0xa0) || (character == 0xfffd && n == 1))
			return false;
		text += n;
		len -= n;
	}
	return true;
}

static int escaped(const char *from, size_t len)
{
	int high = len > 2 ? str_hex(from[1]) : -1, low = len > 2 ? str_hex(from[2]) : -1;

	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Undoes %41, and in a query "+" for a blank. 0, -EINVAL or -ENAMETOOLONG. */
static int decode(const char *from, size_t len, bool query, char *to, size_t size)
{
	size_t n = 0;

	while (len) {
		bool escape = *from == '%';
		int byte = escape ? escaped(from, len) : query && *from == '+' ? ' ' : (unsigned char)*from;
		size_t step = escape ? 3 : 1;

		if (byte <= 0)
			return byte < 0 ? -EINVAL : -EILSEQ;
		if (n + 1 >= size)
			return -ENAMETOOLONG;
		to[n++] = (char)byte;
		from += step;
		len -= step;
	}
	to[n] = '\0';
	return is_text(to, n) ? 0 : -EILSEQ;
}

static int add_param(struct webreq *r, const char *pair, size_t len)
{
	const char *equals = memchr(pair, '=', len);
	size_t name = equals ? (size_t)(equals - pair) : len;
	struct webreq_param *p;
	int rc;

	if (!len)
		return 0;
	if (r->count == WEBREQ_PARAMS)
		return -E2BIG;
	p = &r->params[r->count++];
	rc = decode(pair, name, true, p->name, sizeof(p->name));
	if (rc || !equals)
		return rc;
	rc = decode(equals + 1, len - name - 1, true, p->value, sizeof(p->value));
	return rc == -ENAMETOOLONG ? -EMSGSIZE : rc;
}

int webreq_parse(const char *target, struct webreq *r)
{
	size_t path = strcspn(target, "?");
	const char *query = target + path;
	struct webreq made = {.count = 0};
	int rc;

	if (*target != '/' || strchr(target, '#'))
		return -EINVAL;
	rc = decode(target, path, false, made.path, sizeof(made.path));
	while (!rc && *query) {
		size_t len = strcspn(++query, "&");

		rc = add_param(&made, query, len);
		query += len;
	}
	if (!rc)
		*r = made;
	return rc;
}

const char *webreq_param(const struct webreq *r, const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->params[i].name, name) == 0)
			return r->params[i].value;
	return NULL;
}

/* ---- the host --------------------------------------------------------------------------------------------------- */

/* ":8080" or nothing. */
static bool is_port(const char *text)
{
	size_t digits = *text ? strspn(text + 1, "0123456789") : 0;

	return !*text || (*text == ':' && digits <= 5 && !text[1 + digits]);
}

/* The end of "[2001:db8::1]" or of "name.example"; NULL for neither. */
static const char *host_end(const char *header)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	struct ip ip;
	size_t len;

	if (*header != '[')
		return header + strspn(header, plain);
	len = strcspn(header, "]");
	return header[len] && ip_parse(header + 1, len - 1, &ip) == 0 ? header + len + 1 : NULL;
}

int webreq_host(const char *header, char host[WEBREQ_HOST])
{
	const char *end = host_end(header);
	bool bracket = *header == '[';
	size_t len;

	if (!end || !is_port(end))
		return -EINVAL;
	len = (size_t)(end - header) - 2 * bracket;
	if (!bracket && len && header[len - 1] == '.')
		len--;
	if (!len || len >= WEBREQ_HOST)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		char c = header[bracket + i];

		host[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	host[len] = '\0';
	return 0;
}

/* ---- the token -------------------------------------------------------------------------------------------------- */

/* What stands behind the word for the scheme, NULL for another scheme. */
static const char *of_scheme(const char *header, const char *scheme)
{
	size_t len = strlen(scheme);

	if (strncasecmp(header, scheme, len) != 0 || header[len] != ' ')
		return NULL;
	return header + len + strspn(header + len, " ");
}

static int bearer(const char *text, char token[WEBREQ_TOKEN])
{
	size_t len = strlen(text);

	if (!len || len >= WEBREQ_TOKEN || !is_text(text, len))
		return -EINVAL;
	memcpy(token, text, len + 1);
	return 0;
}

/* "user:password"; the user is of no interest. */
static int basic(const char *text, char token[WEBREQ_TOKEN])
{
	char plain[2 * WEBREQ_TOKEN] = "";
	const char *colon;
	size_t len;

	if (base64_read(text, plain, sizeof(plain) - 1, &len) || memchr(plain, '\0', len))
		return -EINVAL;
	plain[len] = '\0';
	colon = strchr(plain, ':');
	return colon ? bearer(colon + 1, token) : -EINVAL;
}

int webreq_token(const char *header, char token[WEBREQ_TOKEN])
{
	const char *text = of_scheme(header, "Bearer");

	if (text)
		return bearer(text, token);
	text = of_scheme(header, "Basic");
	return text ? basic(text, token) : -EINVAL;
}
