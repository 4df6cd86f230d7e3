/* Reads and writes the place of a daemon. It does not resolve names and connects to nobody. */
#include "core/daemon_url.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/ip.h"
#include "base/str.h"
#include "base/text.h"

static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_";

struct span {
	const char *text;
	size_t len;
};

static int refuse(struct err *err, const char *text, const char *why)
{
	char clean[256];

	text_clean(clean, sizeof(clean), text, strlen(text), 60);
	return err_set(err, -EINVAL, "\"%s\" is no address of a daemon: %s", clean, why);
}

static bool copy_lower(const char *from, size_t len, char host[DAEMON_HOST_MAX])
{
	if (!len || len >= DAEMON_HOST_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		host[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] + 32 : from[i]);
		if (!strchr(letters, host[i]) || !host[i])
			return false;
	}
	host[len] = '\0';
	return true;
}

static bool read_port(const char *text, size_t len, uint16_t *port)
{
	unsigned value = 0;

	if (!len || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	if (value < 1 || value > 65535)
		return false;
	*port = (uint16_t)value;
	return true;
}

static bool read_ip6(const char *text, size_t len, char host[DAEMON_HOST_MAX])
{
	struct ip ip;
	char formatted[IP_TEXT];

	if (!memchr(text, ':', len) || ip_parse(text, len, &ip))
		return false;
	/* The form of a v4-mapped one is dotted, and as good. */
	ip_format(&ip, formatted);
	return str_copy(host, DAEMON_HOST_MAX, formatted);
}

/* host, host:port, [v6], [v6]:port, v6 */
static const char *read_authority(struct span s, struct daemon_url *url)
{
	const char *end = s.text + s.len, *close = s.len && *s.text == '[' ? memchr(s.text, ']', s.len) : NULL;
	const char *colon = memchr(s.text, ':', s.len);

	if (close) {
		if (!read_ip6(s.text + 1, (size_t)(close - s.text - 1), url->host))
			return "expected an IPv6 address in the brackets";
		colon = close + 1;
		if (colon < end && *colon != ':')
			return "expected a port behind the brackets";
	} else if (read_ip6(s.text, s.len, url->host)) {
		return NULL;
	} else if (!copy_lower(s.text, (size_t)((colon ? colon : end) - s.text), url->host)) {
		return "expected a host name of letters, digits, '.' and '-', or an address";
	}
	if (colon && colon < end && !read_port(colon + 1, (size_t)(end - colon - 1), &url->port))
		return "expected a port from 1 to 65535";
	return NULL;
}

/* transmission-remote's rule: the path is a base, and "rpc" is added to it. */
static const char *read_path(const char *text, char path[DAEMON_PATH_MAX])
{
	const char *added = "";

	if (!*text || strcmp(text, "/") == 0)
		text = "/transmission/rpc";
	else if (str_ends(text, "/") && !str_ends(text, "/rpc/"))
		added = "rpc";
	else if (str_ends(text, "/transmission"))
		added = "/rpc";
	for (const char *p = text; *p; p++) {
		if (*p <= ' ' || *p >= 0x7f || *p == '#')
			return "expected a path of printable ASCII characters, others written as %XX";
	}
	if (snprintf(path, DAEMON_PATH_MAX, "%s%s", text, added) >= DAEMON_PATH_MAX)
		return "its path is too long";
	return NULL;
}

static const char *read_socket(const char *text, struct daemon_url *url)
{
	url->local = true;
	if (*text != '/')
		return "expected unix:/path/of/the/socket";
	if (strlen(text) > 107) /* sun_path, unix(7) */
		return "the path of a socket has at most 107 bytes";
	str_copy(url->path, sizeof(url->path), text);
	return NULL;
}

static const char *read_url(const char *text, struct daemon_url *url)
{
	size_t len = strcspn(text, "/?#");
	const char *why = read_authority((struct span){text, len}, url);

	return why ? why : read_path(text + len, url->path);
}

static const char *read_http(const char *text, struct daemon_url *url)
{
	url->port = 80;
	return read_url(text, url);
}

static const char *read_https(const char *text, struct daemon_url *url)
{
	url->tls = true;
	url->port = 443;
	return read_url(text, url);
}

static const char *read_bare(const char *text, struct daemon_url *url)
{
	size_t len = strlen(text);

	url->bare = true;
	url->port = DAEMON_PORT;
	str_copy(url->path, sizeof(url->path), "/transmission/rpc");
	if (len && strspn(text, "0123456789") == len) {
		str_copy(url->host, sizeof(url->host), "localhost");
		return read_port(text, len, &url->port) ? NULL : "expected a port from 1 to 65535";
	}
	return read_authority((struct span){text, len}, url);
}

static bool holds_login(const char *text)
{
	const char *scheme = strstr(text, "://");
	const char *authority = scheme ? scheme + 3 : text;

	return !str_starts(text, "unix:") && memchr(authority, '@', strcspn(authority, "/?#"));
}

int daemon_url_parse(const char *text, struct daemon_url *url, struct err *err)
{
	static const struct {
		const char *prefix;
		const char *(*read)(const char *, struct daemon_url *);
	} kinds[] = {{"http://", read_http}, {"https://", read_https}, {"unix:", read_socket}};
	struct daemon_url read = {0};
	const char *why = NULL;
	size_t i = 0;

	if (holds_login(text))
		return err_set(err, -EINVAL,
			       "takes no login in the address of a daemon: put it into the config "
			       "(username, password_file), into TR_AUTH=user:password, or into ~/.netrc");
	while (i < sizeof(kinds) / sizeof(kinds[0]) && !str_starts(text, kinds[i].prefix))
		i++;
	if (i < sizeof(kinds) / sizeof(kinds[0]))
		why = kinds[i].read(text + strlen(kinds[i].prefix), &read);
	else if (strstr(text, "://"))
		why = "expected http://, https:// or unix:/path";
	else
		why = read_bare(text, &read);
	if (why)
		return refuse(err, text, why);
	*url = read;
	return 0;
}

void daemon_url_format(const struct daemon_url *url, char text[DAEMON_URL_MAX])
{
	bool ip6 = strchr(url->host, ':');

	if (url->local)
		snprintf(text, DAEMON_URL_MAX, "unix:%s", url->path);
	else
		snprintf(text, DAEMON_URL_MAX, "%s://%s%s%s:%u%s", url->tls ? "https" : "http", ip6 ? "[" : "",
			 url->host, ip6 ? "]" : "", (unsigned)url->port, url->path);
}

bool daemon_url_same(const struct daemon_url *a, const struct daemon_url *b)
{
	if (a->local || b->local)
		return a->local && b->local && strcmp(a->path, b->path) == 0;
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

bool daemon_url_loopback(const struct daemon_url *url)
{
	struct ip ip;

	if (url->local || strcmp(url->host, "localhost") == 0)
		return true;
	return ip_parse(url->host, strlen(url->host), &ip) == 0 && ip_kind(&ip) == IP_LOOPBACK;
}

const char *daemon_url_name(const struct daemon_url *url)
{
	const char *slash = strrchr(url->path, '/');

	if (url->local)
		return slash[1] ? slash + 1 : url->path;
	if (strcmp(url->host, "127.0.0.1") == 0 || strcmp(url->host, "::1") == 0)
		return "localhost";
	return url->host;
}
