/* What texts of the configuration may be, each by itself. It knows no keys and no other value. */
#include "core/conf_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "base/log.h"
#include "base/str.h"
#include "core/daemon_url.h"
#include "core/httpd.h"
#include "wire/netlist.h"
#include "wire/tracker_url.h"

enum { HOST = 64, TOKEN_MIN = 16, TOKEN_MAX = 200 };

int conf_check_torrent(const char *text, struct err *why)
{
	size_t len = strlen(text);

	if (strcmp(text, "all") == 0)
		return 0;
	if (len && len <= 9 && strspn(text, "0123456789") == len)
		return 0;
	if (len == 40 && strspn(text, "0123456789abcdefABCDEF") == len)
		return 0;
	return err_set(why, -EINVAL, "takes \"all\", the ids that Transmission shows, or info-hashes of 40 digits");
}

int conf_check_url(const char *text, struct err *why)
{
	struct daemon_url url;

	return daemon_url_parse(text, &url, why);
}

int conf_check_username(const char *text, struct err *why)
{
	return strchr(text, ':') ? err_set(why, -EINVAL, "must not hold a ':', HTTP has no way to send it") : 0;
}

int conf_check_level(const char *text, struct err *why)
{
	enum log_level level;

	return log_level_parse(text, &level) ? err_set(why, -EINVAL, "is one of error, warn, info, debug") : 0;
}

/* "http://..." and the like, of the schemes given. */
static bool has_scheme(const char *text, const char *const *schemes)
{
	for (; *schemes; schemes++) {
		size_t len = strlen(*schemes);

		if (strncasecmp(text, *schemes, len) == 0 && strncmp(text + len, "://", 3) == 0 && text[len + 3])
			return true;
	}
	return false;
}

/* Of a URL "scheme://...": a port, where there is one. A login before the host is not looked at. */
static int check_port(const char *url, struct err *why)
{
	const char *host = strstr(url, "://") + 3, *end = host + strcspn(host, "/?#"), *at, *colon;
	char *stop;
	long port;

	at = memrchr(host, '@', (size_t)(end - host));
	host = at ? at + 1 : host;
	at = memrchr(host, ']', (size_t)(end - host));
	host = at ? at + 1 : host;
	colon = memchr(host, ':', (size_t)(end - host));
	if (!colon)
		return 0;
	port = strspn(colon + 1, "0123456789") ? strtol(colon + 1, &stop, 10) : 0;
	if (port >= 1 && port <= 65535 && stop == end)
		return 0;
	return err_set(why, -EINVAL, "takes a port from 1 to 65535 behind the colon");
}

int conf_check_collection_url(const char *text, struct err *why)
{
	static const char *const schemes[] = {"http", "https", "file", NULL};
	const char *url = text;

	if (!*text || !strstr(text, "://"))
		return 0;
	if (!has_scheme(text, schemes))
		return err_set(why, -EINVAL, "takes http://, https://, file:// or the path of a folder or file");
	text = strstr(text, "://") + 3;
	if (memchr(text, '@', strcspn(text, "/?#")))
		return err_set(why, -EINVAL,
			       "must not hold a login, which would stand in logs: take \"user:password@\" out, or let "
			       "another program fetch it into a folder and name that folder");
	return strncasecmp(url, "http", 4) == 0 ? check_port(url, why) : 0;
}

/* What the host of a URL is compared with; that of "http://x" or "x:80" it never equals. */
int conf_check_host(const char *text, struct err *why)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	size_t len = strlen(text);
	struct ip ip;

	if (len && ip_parse(text, len, &ip) == 0)
		return 0;
	if (len && !text[strspn(text, plain)] && text[0] != '.' && text[len - 1] != '.')
		return 0;
	return err_set(why, -EINVAL,
		       "takes names and addresses of hosts only, such as \"files.example.org\" or \"2001:db8::1\": no "
		       "http://, port, path, * or brackets; names with other letters as \"xn--...\"");
}

int conf_check_proxy(const char *text, struct err *why)
{
	static const char *const schemes[] = {"http", "https", "socks5h", NULL};

	if (!*text)
		return 0;
	if (has_scheme(text, schemes))
		return check_port(text, why);
	return err_set(why, -EINVAL, "takes http://, https:// or socks5h:// (names are the proxy's business)");
}

int conf_check_tracker(const char *text, struct err *why)
{
	struct tracker_url url;

	if (tracker_url_parse(text, strlen(text), &url) == 0)
		return 0;
	return err_set(why, -EINVAL, "takes announce URLs: udp://host:port, http://, https://, ws:// or wss://");
}

/* host:port, IPv6 in brackets. */
static bool split_port(const char *text, char *host, size_t size)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	bool bracket = len > 2 && *text == '[' && text[len - 1] == ']';
	char *end;
	long port;

	if (!len || len >= size || strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return false;
	port = strtol(colon + 1, &end, 10);
	snprintf(host, size, "%.*s", (int)(len - 2 * bracket), text + bracket);
	return colon[1] && port >= 0 && port <= 65535 && (bracket || !strchr(host, ':'));
}

/* A socket of IPv6 takes IPv6 only; and a link-local address means nothing without an interface, which none of ours
 * knows. */
static int check_own(const char *host, struct err *why)
{
	struct ip ip;

	if (!strchr(host, ':') || ip_parse(host, strlen(host), &ip))
		return 0;
	if (ip_is4(&ip))
		return err_set(why, -EINVAL,
			       "takes an IPv4 address as it is, such as 127.0.0.1, not as ::ffff:127.0.0.1");
	if (ip_kind(&ip) == IP_LINK_LOCAL)
		return err_set(why, -EINVAL, "takes no link-local address: it would need the name of an interface");
	return 0;
}

int conf_check_listen(const char *text, struct err *why)
{
	char host[HOST];
	struct ip ip;

	if (split_port(text, host, sizeof(host)) && ip_parse(host, strlen(host), &ip) == 0)
		return check_own(host, why);
	return err_set(why, -EINVAL, "takes \"address:port\", such as \"0.0.0.0:6881\" or \"[::]:6881\"");
}

int conf_check_web(const char *text, struct err *why)
{
	struct httpd_address address;

	if (!*text)
		return 0;
	if (httpd_address_parse(text, &address) == 0)
		return check_own(address.host, why);
	return err_set(why, -EINVAL, "takes \"address:port\", such as \"127.0.0.1:9899\" or \"[::1]:9899\"");
}

/* What a browser and a scraper can send, and nobody can guess. */
int conf_check_token(const char *text, struct err *why)
{
	size_t len = strlen(text);

	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~')
			return err_set(why, -EINVAL, "takes letters, digits and signs of ASCII, no blanks");
	if (!len || (len >= TOKEN_MIN && len <= TOKEN_MAX))
		return 0;
	return err_set(why, -EINVAL, "takes %d to %d characters, such as those of `openssl rand -hex 16`", TOKEN_MIN,
		       TOKEN_MAX);
}

int conf_check_node(const char *text, struct err *why)
{
	char host[TRACKER_HOST_MAX];

	if (split_port(text, host, sizeof(host)) && strcmp(strrchr(text, ':'), ":0") != 0 &&
	    host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_")] == '\0')
		return 0;
	return err_set(why, -EINVAL, "takes \"host:port\", such as \"dht.libtorrent.org:25401\"");
}

int conf_check_list(const char *text, struct err *why)
{
	const char *equals = strchr(text, '=');
	bool tagged = equals && netlist_is_tag(text, (size_t)(equals - text)), database = str_ends(text, ".mmdb");

	if (tagged && database)
		return err_set(why, -EINVAL, "takes an Anonymous IP .mmdb by its path alone: it says its tags itself");
	if (tagged ? equals[1] != '\0' : database)
		return 0;
	return err_set(why, -EINVAL,
		       "takes \"tag=path\", of a tag such as vpn or my-own (15 characters at most), or the path of an "
		       "Anonymous IP .mmdb");
}

int conf_check_exclusion(const char *text, struct err *why)
{
	struct netlist_entry entry;

	if (netlist_is_tag(text, strlen(text)) || netlist_is_network(text, strlen(text), &entry))
		return 0;
	return err_set(why, -EINVAL,
		       "takes tags of lists, addresses, \"192.0.2.0/24\", \"192.0.2.1-192.0.2.9\" and \"AS64500\", "
		       "each as a text of its own");
}

/* ---- notifiers ---- */

static int one_of(const char *text, const char *const *words, const char *list, struct err *why)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return 0;
	return err_set(why, -EINVAL, "is one of %s", list);
}

int conf_check_notify_url(const char *text, struct err *why)
{
	static const char *const schemes[] = {"http", "https", "smtp", "smtps", NULL};
	const char *host;

	if (!*text)
		return 0;
	if (!has_scheme(text, schemes))
		return err_set(why, -EINVAL, "takes http://, https://, smtp:// or smtps://");
	if (text[strcspn(text, " \\")])
		return err_set(why, -EINVAL, "must not hold blanks or backslashes");
	host = strstr(text, "://") + 3;
	if (memchr(host, '@', strcspn(host, "/?#")))
		return err_set(why, -EINVAL, "must not hold a login: there are username and password for it");
	return check_port(text, why);
}

int conf_check_form(const char *text, struct err *why)
{
	static const char *const words[] = {"", "json", "ntfy", "telegram", "discord", "slack", NULL};

	return one_of(text, words, "json, ntfy, telegram, discord, slack", why);
}

int conf_check_starttls(const char *text, struct err *why)
{
	static const char *const words[] = {"auto", "always", "never", NULL};

	return one_of(text, words, "auto, always, never", why);
}

/* What goes into the lines of an SMTP session and of a mail's head: printable ASCII that means nothing there. */
int conf_check_recipient(const char *text, struct err *why)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if (text[i] <= ' ' || text[i] > '~' || strchr("<>()[],;:\"\\", text[i]))
			return err_set(why, -EINVAL,
				       "takes a bare address, such as me@example.org, or the id of a chat");
	}
	return len <= 254 ? 0 : err_set(why, -EINVAL, "is too long: an address has at most 254 characters");
}

int conf_check_some_recipient(const char *text, struct err *why)
{
	return *text ? conf_check_recipient(text, why) : err_set(why, -EINVAL, "must not hold an empty text");
}
