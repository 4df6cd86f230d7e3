/* Reads announce URLs. It does not resolve names, and does not know which hosts are allowed. */
#include "wire/tracker_url.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "base/str.h"

enum { LABEL_MAX = 63 };

static const struct scheme {
	const char *name;
	uint16_t port; /* 0 = there is no default */
} schemes[] = {
	[TRACKER_UDP] = {"udp", 0},
	[TRACKER_HTTP] = {"http", 80},
	[TRACKER_HTTPS] = {"https", 443},
	[TRACKER_WS] = {"ws", 80},
	[TRACKER_WSS] = {"wss", 443},
};

struct span {
	const char *text;
	size_t len;
};

const char *tracker_scheme_name(enum tracker_scheme scheme)
{
	return schemes[scheme].name;
}

static struct span trimmed(const char *text, size_t len)
{
	static const char blank[] = {' ', '\t', '\r', '\n'};

	while (len && memchr(blank, text[len - 1], sizeof(blank)))
		len--;
	for (; len && memchr(blank, *text, sizeof(blank)); len--)
		text++;
	return (struct span){text, len};
}

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.text[i] <= ' ' || s.text[i] >= 0x7f)
			return false;
	}
	return true;
}

/* Cuts the scheme and "://" off. */
static bool read_scheme(struct span *s, enum tracker_scheme *scheme)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = strlen(schemes[i].name);

		if (s->len < len + 3 || strncasecmp(s->text, schemes[i].name, len) != 0 ||
		    memcmp(s->text + len, "://", 3) != 0)
			continue;
		*scheme = (enum tracker_scheme)i;
		*s = (struct span){s->text + len + 3, s->len - len - 3};
		return true;
	}
	return false;
}

static bool read_port(struct span s, uint16_t *port)
{
	unsigned value = 0;

	if (!s.len || s.len > 5)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.text[i] < '0' || s.text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(s.text[i] - '0');
	}
	if (value < 1 || value > 65535)
		return false;
	*port = (uint16_t)value;
	return true;
}

static bool read_address(struct span s, struct tracker_url *url)
{
	char text[IP_TEXT];
	struct ip ip;

	if (ip_parse(s.text, s.len, &ip))
		return false;
	ip_format(&ip, text);
	url->literal = true;
	return str_copy(url->host, sizeof(url->host), text);
}

/* A label of a name, RFC 1123 section 2.1; '_' is in use. */
static bool is_label(const char *text, size_t len)
{
	if (!len || len > LABEL_MAX || text[0] == '-' || text[len - 1] == '-')
		return false;
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") >= len;
}

/* inet_aton(3) takes "127.1", "0x7f000001" and "017700000001" for addresses, and so do resolvers. */
static bool is_number(const char *label)
{
	size_t len = strlen(label);

	if (strspn(label, "0123456789") == len)
		return true;
	return str_starts(label, "0x") && strspn(label + 2, "0123456789abcdef") == len - 2;
}

static bool read_name(struct span s, char host[TRACKER_HOST_MAX])
{
	const char *label = host;
	size_t len = s.len;

	if (len && s.text[len - 1] == '.')
		len--;
	if (!len || len >= TRACKER_HOST_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		host[i] = (char)(s.text[i] >= 'A' && s.text[i] <= 'Z' ? s.text[i] + 32 : s.text[i]);
	host[len] = '\0';
	for (;;) {
		size_t label_len = strcspn(label, ".");

		if (!is_label(label, label_len))
			return false;
		if (!label[label_len])
			return !is_number(label);
		label += label_len + 1;
	}
}

/* name, name:port, 1.2.3.4:port, [v6]:port */
static bool read_authority(struct span s, struct tracker_url *url)
{
	const char *end = s.text + s.len, *colon;

	if (memchr(s.text, '@', s.len))
		return false;
	if (s.len && *s.text == '[') {
		const char *close = memchr(s.text, ']', s.len);
		struct span inside = {s.text + 1, close ? (size_t)(close - s.text - 1) : 0};

		if (!close || !memchr(inside.text, ':', inside.len) || !read_address(inside, url))
			return false;
		colon = close + 1 < end ? close + 1 : NULL;
		if (colon && *colon != ':')
			return false;
	} else {
		struct span host;

		colon = memchr(s.text, ':', s.len);
		host = (struct span){s.text, (size_t)((colon ? colon : end) - s.text)};
		if (!read_address(host, url) && !read_name(host, url->host))
			return false;
	}
	if (colon)
		return read_port((struct span){colon + 1, (size_t)(end - colon - 1)}, &url->port);
	url->port = schemes[url->scheme].port;
	return url->port != 0;
}

/* "scheme://host", with the port if the scheme has another one or none. */
static int write_origin(const struct tracker_url *url, bool port, char *text, size_t size)
{
	bool v6 = strchr(url->host, ':');
	char number[8] = "";

	if (port && url->port != schemes[url->scheme].port)
		snprintf(number, sizeof(number), ":%u", (unsigned)url->port);
	return snprintf(text, size, "%s://%s%s%s%s", schemes[url->scheme].name, v6 ? "[" : "", url->host, v6 ? "]" : "",
			number);
}

static bool write_text(struct tracker_url *url, struct span path)
{
	size_t at = (size_t)write_origin(url, true, url->text, sizeof(url->text));
	bool slash = path.len ? *path.text != '/' : url->scheme != TRACKER_UDP;

	if (at + slash + path.len >= sizeof(url->text))
		return false;
	url->path = (uint16_t)at;
	if (slash)
		url->text[at++] = '/';
	if (path.len)
		memcpy(url->text + at, path.text, path.len);
	url->text[at + path.len] = '\0';
	return true;
}

/* How many bytes stand before the first of `stops`. */
static size_t length_before(struct span s, const char *stops)
{
	size_t len = 0;

	while (len < s.len && !strchr(stops, s.text[len]))
		len++;
	return len;
}

int tracker_url_parse(const char *text, size_t len, struct tracker_url *url)
{
	struct span s = trimmed(text, len);
	struct tracker_url read = {.host = ""};
	size_t authority;

	if (s.len >= TRACKER_URL_MAX || !is_printable(s))
		return -EINVAL;
	if (!read_scheme(&s, &read.scheme))
		return -ENOTSUP;
	s.len = length_before(s, "#");
	/* A '\\' is a '/' to some readers of URLs and none to others: what they differ about is refused. */
	if (memchr(s.text, '\\', s.len))
		return -EINVAL;
	authority = length_before(s, "/?");
	if (!read_authority((struct span){s.text, authority}, &read) ||
	    !write_text(&read, (struct span){s.text + authority, s.len - authority}))
		return -EINVAL;
	*url = read;
	return 0;
}

void tracker_url_show(const struct tracker_url *url, char text[TRACKER_SHOWN_MAX])
{
	write_origin(url, false, text, TRACKER_SHOWN_MAX);
}

void tracker_url_key(const struct tracker_url *url, char key[TRACKER_KEY_MAX])
{
	const char *web = url->scheme == TRACKER_WS || url->scheme == TRACKER_WSS ? "web|" : "";

	if (url->literal)
		snprintf(key, TRACKER_KEY_MAX, "%s%s|%u", web, url->host, (unsigned)url->port);
	else
		snprintf(key, TRACKER_KEY_MAX, "%s%s", web, url->host);
}
