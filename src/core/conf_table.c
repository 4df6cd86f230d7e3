/* Every key: type, limits, built-in value, help, place. It does not know where values come from. */
#include "core/conf_table.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "base/log.h"
#include "base/str.h"
#include "core/alert_words.h"
#include "core/conf.h"
#include "core/daemon_url.h"
#include "core/httpd.h"
#include "wire/netlist.h"
#include "wire/tracker_url.h"

enum { NAMES = 64, TOKEN_MIN = 16, TOKEN_MAX = 200 };

static int check_torrent(const char *text, struct err *why)
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

static int check_url(const char *text, struct err *why)
{
	struct daemon_url url;

	return daemon_url_parse(text, &url, why);
}

static int check_username(const char *text, struct err *why)
{
	return strchr(text, ':') ? err_set(why, -EINVAL, "must not hold a ':', HTTP has no way to send it") : 0;
}

static int check_level(const char *text, struct err *why)
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

static int check_collection_url(const char *text, struct err *why)
{
	static const char *const schemes[] = {"http", "https", "file", NULL};

	if (!*text || !strstr(text, "://"))
		return 0;
	if (!has_scheme(text, schemes))
		return err_set(why, -EINVAL, "takes http://, https://, file:// or the path of a folder or file");
	text = strstr(text, "://") + 3;
	if (memchr(text, '@', strcspn(text, "/?#")))
		return err_set(why, -EINVAL,
			       "must not hold a login, which would stand in logs: take \"user:password@\" out, or let "
			       "another program fetch it into a folder and name that folder");
	return 0;
}

/* What the host of a URL is compared with; that of "http://x" or "x:80" it never equals. */
static int check_host(const char *text, struct err *why)
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

static int check_proxy(const char *text, struct err *why)
{
	static const char *const schemes[] = {"http", "https", "socks5h", NULL};

	if (!*text || has_scheme(text, schemes))
		return 0;
	return err_set(why, -EINVAL, "takes http://, https:// or socks5h:// (names are the proxy's business)");
}

static int check_tracker(const char *text, struct err *why)
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

static int check_listen(const char *text, struct err *why)
{
	char host[NAMES];
	struct ip ip;

	if (split_port(text, host, sizeof(host)) && ip_parse(host, strlen(host), &ip) == 0)
		return 0;
	return err_set(why, -EINVAL, "takes \"address:port\", such as \"0.0.0.0:6881\" or \"[::]:6881\"");
}

static int check_web(const char *text, struct err *why)
{
	struct httpd_address address;

	if (!*text || httpd_address_parse(text, &address) == 0)
		return 0;
	return err_set(why, -EINVAL, "takes \"address:port\", such as \"127.0.0.1:9899\" or \"[::1]:9899\"");
}

/* What a browser and a scraper can send, and nobody can guess. */
static int check_token(const char *text, struct err *why)
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

static int check_node(const char *text, struct err *why)
{
	char host[TRACKER_HOST_MAX];

	if (split_port(text, host, sizeof(host)) && strcmp(strrchr(text, ':'), ":0") != 0 &&
	    host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_")] == '\0')
		return 0;
	return err_set(why, -EINVAL, "takes \"host:port\", such as \"dht.libtorrent.org:25401\"");
}

static int check_list(const char *text, struct err *why)
{
	const char *equals = strchr(text, '=');

	if (equals && netlist_is_tag(text, (size_t)(equals - text)) ? equals[1] != '\0' : str_ends(text, ".mmdb"))
		return 0;
	return err_set(why, -EINVAL,
		       "takes \"tag=path\", of a tag such as vpn or my-own (15 characters at most), or the path of an "
		       "Anonymous IP .mmdb");
}

static int check_exclusion(const char *text, struct err *why)
{
	struct netlist_entry entry;
	const char *no;

	if (netlist_is_tag(text, strlen(text)))
		return 0;
	if (netlist_read(text, strlen(text), &entry, &no) == NETLIST_NETWORK)
		return 0;
	return err_set(why, -EINVAL,
		       "takes tags of lists, addresses, \"192.0.2.0/24\", \"192.0.2.1-192.0.2.9\" and \"AS64500\"");
}

/* ---- notifiers ---- */

static int one_of(const char *text, const char *const *words, const char *list, struct err *why)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return 0;
	return err_set(why, -EINVAL, "is one of %s", list);
}

static int check_notify_url(const char *text, struct err *why)
{
	static const char *const schemes[] = {"http", "https", "smtp", "smtps", NULL};

	if (!*text)
		return 0;
	if (!has_scheme(text, schemes))
		return err_set(why, -EINVAL, "takes http://, https://, smtp:// or smtps://");
	if (text[strcspn(text, " \\")])
		return err_set(why, -EINVAL, "must not hold blanks or backslashes");
	text = strstr(text, "://") + 3;
	if (memchr(text, '@', strcspn(text, "/?#")))
		return err_set(why, -EINVAL, "must not hold a login: there are username and password for it");
	return 0;
}

static int check_form(const char *text, struct err *why)
{
	static const char *const words[] = {"", "json", "ntfy", "telegram", "discord", "slack", NULL};

	return one_of(text, words, "json, ntfy, telegram, discord, slack", why);
}

static int check_starttls(const char *text, struct err *why)
{
	static const char *const words[] = {"auto", "always", "never", NULL};

	return one_of(text, words, "auto, always, never", why);
}

/* What goes into the lines of an SMTP session and of a mail's head: printable ASCII that means nothing there. */
static int check_recipient(const char *text, struct err *why)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if (text[i] <= ' ' || text[i] > '~' || strchr("<>()[],;:\"\\", text[i]))
			return err_set(why, -EINVAL,
				       "takes a bare address, such as me@example.org, or the id of a chat");
	}
	return len <= 254 ? 0 : err_set(why, -EINVAL, "is too long: an address has at most 254 characters");
}

static int check_some_recipient(const char *text, struct err *why)
{
	return *text ? check_recipient(text, why) : err_set(why, -EINVAL, "must not hold an empty text");
}

#define IN_CONF(field) offsetof(struct conf, field)
#define IN_DAEMON(field) offsetof(struct conf_daemon, field)
#define IN_COLLECTION(field) offsetof(struct conf_collection, field)
#define IN_ALERT(field) offsetof(struct conf_alert, field)
#define IN_NOTIFY(field) offsetof(struct conf_notify, field)

const struct conf_section conf_sections[] = {
	{.name = "monitor"},
	{.name = "transmission",
	 .shape = CONF_REPEATED,
	 .at = IN_CONF(daemons),
	 .count_at = IN_CONF(daemon_count),
	 .size = sizeof(struct conf_daemon),
	 .max = CONF_DAEMONS},
	{.name = "geoip"},
	{.name = "filter"},
	{.name = "history"},
	{.name = "web"},
	{.name = "log"},
	{.name = "store"},
	{.name = "collection",
	 .shape = CONF_NAMED,
	 .at = IN_CONF(collections),
	 .count_at = IN_CONF(collection_count),
	 .size = sizeof(struct conf_collection),
	 .max = CONF_COLLECTIONS},
	{.name = "sync"},
	{.name = "trackers"},
	{.name = "dht"},
	{.name = "report"},
	{.name = "alert",
	 .shape = CONF_NAMED,
	 .at = IN_CONF(alerts),
	 .count_at = IN_CONF(alert_count),
	 .size = sizeof(struct conf_alert),
	 .max = CONF_ALERTS},
	{.name = "notify",
	 .shape = CONF_NAMED,
	 .at = IN_CONF(notifiers),
	 .count_at = IN_CONF(notifier_count),
	 .size = sizeof(struct conf_notify),
	 .max = CONF_NOTIFIERS},
	{.name = "proxy"},
	{.name = NULL},
};

const struct conf_key conf_keys[] = {
	{.section = "monitor",
	 .name = "refresh",
	 .type = CONF_SECONDS,
	 .min = 0.1,
	 .max = 86400,
	 .preset = "30",
	 .at = IN_CONF(monitor.refresh),
	 .help = "Seconds from one question to the daemons to the next, 0.1 to 86400."},
	{.section = "monitor",
	 .name = "torrents",
	 .type = CONF_LIST,
	 .min = 1,
	 .preset = "[\"all\"]",
	 .at = IN_CONF(monitor.torrents),
	 .check = check_torrent,
	 .help = "\"all\", or the ids or info-hashes of the torrents to look at."},
	{.section = "monitor",
	 .name = "remember",
	 .type = CONF_COUNT,
	 .min = 1000,
	 .max = 10000000,
	 .preset = "200000",
	 .at = IN_CONF(monitor.remember),
	 .help = "Addresses to remember; the longest unseen leave first."},

	{.section = "transmission",
	 .name = "name",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_DAEMON(name),
	 .help = "How the daemon is called on the screen; empty: by its host."},
	{.section = "transmission",
	 .name = "url",
	 .type = CONF_TEXT,
	 .at = IN_DAEMON(url),
	 .check = check_url,
	 .preset = "\"http://127.0.0.1:9091/transmission/rpc\"",
	 .help = "Its address: http://, https://, host, host:port, or unix:/path."},
	{.section = "transmission",
	 .name = "username",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_DAEMON(username),
	 .check = check_username,
	 .help = "The login; both empty: from password_file, TR_AUTH or ~/.netrc."},
	{.section = "transmission",
	 .name = "password",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_DAEMON(password),
	 .secret = true,
	 .help = "A file that holds a password must be private: chmod 600."},
	{.section = "transmission",
	 .name = "password_file",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_DAEMON(password_file),
	 .help = "A private file with user:password, or the password of username."},
	{.section = "transmission",
	 .name = "cacert",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_DAEMON(cacert),
	 .help = "A PEM file of the authorities to trust with https; empty: the system's."},
	{.section = "transmission",
	 .name = "insecure",
	 .type = CONF_BOOL,
	 .preset = "false",
	 .at = IN_DAEMON(insecure),
	 .help = "true: with https, trust whoever answers."},

	{.section = "geoip",
	 .name = "databases",
	 .type = CONF_LIST,
	 .preset = "[]",
	 .at = IN_CONF(geoip.databases),
	 .help = "Files of countries, cities or networks (.mmdb); empty: the usual places."},

	{.section = "filter",
	 .name = "lists",
	 .type = CONF_LIST,
	 .preset = "[]",
	 .at = IN_CONF(filter.lists),
	 .check = check_list,
	 .help = "Lists of networks with a tag each: \"vpn=/path/to/list\"."},
	{.section = "filter",
	 .name = "exclude",
	 .type = CONF_LIST,
	 .preset = "[]",
	 .at = IN_CONF(filter.exclude),
	 .check = check_exclusion,
	 .help = "Tags and networks that are left out of the tables, and counted apart."},

	{.section = "history",
	 .name = "path",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_CONF(history.path),
	 .help = "Its file; empty: peers.db in the state folder; \"none\": nothing is kept."},
	{.section = "history",
	 .name = "save_interval",
	 .type = CONF_SECONDS,
	 .min = 10,
	 .max = 86400,
	 .preset = "900",
	 .at = IN_CONF(history.save_interval),
	 .help = "Seconds between two saves, 10 to 86400; a power cut loses so much."},
	{.section = "history",
	 .name = "keep_days",
	 .type = CONF_COUNT,
	 .min = 1,
	 .max = 36500,
	 .preset = "365",
	 .at = IN_CONF(history.keep_days),
	 .help = "Days after which hours and peers are forgotten."},
	{.section = "history",
	 .name = "anonymize",
	 .type = CONF_BOOL,
	 .preset = "false",
	 .at = IN_CONF(history.anonymize),
	 .help = "true: of addresses only the network is kept, an IPv4 /24 or IPv6 /48."},

	{.section = "web",
	 .name = "listen",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_CONF(web.listen),
	 .check = check_web,
	 .help = "Address and port of the page, /api/v1 and /metrics; empty: none."},
	{.section = "web",
	 .name = "token",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_CONF(web.token),
	 .secret = true,
	 .check = check_token,
	 .help = "Who asks must show it; needed for addresses other machines can reach."},
	{.section = "web",
	 .name = "hosts",
	 .type = CONF_LIST,
	 .preset = "[]",
	 .at = IN_CONF(web.hosts),
	 .check = check_host,
	 .help = "Names that the page is asked for under, besides localhost and addresses."},

	{.section = "log",
	 .name = "level",
	 .type = CONF_TEXT,
	 .preset = "\"info\"",
	 .at = IN_CONF(log.level),
	 .check = check_level,
	 .help = "What is logged: error, warn, info or debug."},
	{.section = "log",
	 .name = "file",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_CONF(log.file),
	 .help = "Where to; empty: stderr."},

	{.section = "store",
	 .name = "path",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_CONF(store.path),
	 .help = "The store of torrents and measurements; empty: swarm.db in the state folder."},

	{.section = "collection",
	 .name = "torrent_url",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_COLLECTION(torrent_url),
	 .check = check_collection_url,
	 .help = "A page or list of torrents, a .torrent, a folder or a file."},
	{.section = "collection",
	 .name = "enabled",
	 .type = CONF_BOOL,
	 .preset = "true",
	 .at = IN_COLLECTION(enabled),
	 .help = "false: left alone by every command."},
	{.section = "collection",
	 .name = "required_substring",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_COLLECTION(required_substring),
	 .help = "Only links that hold this text."},
	{.section = "collection",
	 .name = "type",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_COLLECTION(type),
	 .help = "The type that reports give; empty: the name."},
	{.section = "collection",
	 .name = "hosts",
	 .type = CONF_LIST,
	 .preset = "[]",
	 .at = IN_COLLECTION(hosts),
	 .check = check_host,
	 .help = "Other hosts that its links may lead to."},
	{.section = "collection",
	 .name = "allow_private",
	 .type = CONF_BOOL,
	 .preset = "false",
	 .at = IN_COLLECTION(allow_private),
	 .help = "true: its server may be at a private address."},
	{.section = "collection",
	 .name = "redis_db_id",
	 .type = CONF_COUNT,
	 .min = 0,
	 .max = 65535,
	 .preset = "0",
	 .at = IN_COLLECTION(redis_db_id),
	 .help = "Of TSMD; has no effect."},

	{.section = "sync",
	 .name = "interval",
	 .type = CONF_SECONDS,
	 .min = 1,
	 .max = 31536000,
	 .preset = "86400",
	 .at = IN_CONF(sync.interval),
	 .help = "Seconds between two passes of `health`."},
	{.section = "sync",
	 .name = "connections",
	 .type = CONF_COUNT,
	 .min = 1,
	 .max = 64,
	 .preset = "4",
	 .at = IN_CONF(sync.connections),
	 .help = "Downloads at once from one host."},

	{.section = "trackers",
	 .name = "extra",
	 .type = CONF_LIST,
	 .preset = "[]",
	 .at = IN_CONF(trackers.extra),
	 .check = check_tracker,
	 .help = "Announce URLs that are asked for every public torrent."},
	{.section = "trackers",
	 .name = "allow_private",
	 .type = CONF_BOOL,
	 .preset = "false",
	 .at = IN_CONF(trackers.allow_private),
	 .help = "true: trackers at private addresses are asked too."},
	{.section = "trackers",
	 .name = "interval",
	 .type = CONF_SECONDS,
	 .min = 1,
	 .max = 31536000,
	 .preset = "1200",
	 .at = IN_CONF(trackers.interval),
	 .help = "Seconds between two passes of `health`."},

	{.section = "dht",
	 .name = "listen",
	 .type = CONF_LIST,
	 .min = 1,
	 .preset = "[\"0.0.0.0:6881\", \"[::]:6881\"]",
	 .at = IN_CONF(dht.listen),
	 .check = check_listen,
	 .help = "Addresses and ports; one IPv4 and one IPv6 at most."},
	{.section = "dht",
	 .name = "bootstrap",
	 .type = CONF_LIST,
	 .preset = "[\"router.bittorrent.com:6881\", \"dht.transmissionbt.com:6881\", \"dht.libtorrent.org:25401\", "
		   "\"router.utorrent.com:6881\", \"dht.aelitis.com:6881\", \"router.silotis.us:6881\"]",
	 .at = IN_CONF(dht.bootstrap),
	 .check = check_node,
	 .help = "Nodes to begin with, as long as none are remembered."},
	{.section = "dht",
	 .name = "rate",
	 .type = CONF_NUMBER,
	 .min = 0,
	 .max = 1000000,
	 .preset = "250",
	 .at = IN_CONF(dht.rate),
	 .help = "Packets a second in all; 0 = no limit."},
	{.section = "dht",
	 .name = "rate_per_address",
	 .type = CONF_NUMBER,
	 .min = 0,
	 .max = 1000000,
	 .preset = "2",
	 .at = IN_CONF(dht.rate_per_address),
	 .help = "Packets a second to one address; 0 = no limit."},
	{.section = "dht",
	 .name = "allow_private",
	 .type = CONF_BOOL,
	 .preset = "false",
	 .at = IN_CONF(dht.allow_private),
	 .help = "true: nodes at private addresses are asked too."},
	{.section = "dht",
	 .name = "interval",
	 .type = CONF_SECONDS,
	 .min = 1,
	 .max = 31536000,
	 .preset = "1200",
	 .at = IN_CONF(dht.interval),
	 .help = "Seconds between two passes of `health`."},

	{.section = "report",
	 .name = "json",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_CONF(report.json),
	 .help = "File of the JSON report; empty: none."},
	{.section = "report",
	 .name = "html",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_CONF(report.html),
	 .help = "File of the page; empty: none."},
	{.section = "report",
	 .name = "stats",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_CONF(report.stats),
	 .help = "File of the page of collections; empty: none."},
	{.section = "report",
	 .name = "interval",
	 .type = CONF_SECONDS,
	 .min = 1,
	 .max = 31536000,
	 .preset = "3600",
	 .at = IN_CONF(report.interval),
	 .help = "Seconds between two reports of `health`."},

	{.section = "alert",
	 .name = "when",
	 .type = CONF_TEXT,
	 .check = alert_check,
	 .preset = "\"\"",
	 .at = IN_ALERT(when),
	 .help = "The condition, such as \"country('CN').connections > 50\"."},
	{.section = "alert",
	 .name = "clear",
	 .type = CONF_TEXT,
	 .check = alert_check,
	 .preset = "\"\"",
	 .at = IN_ALERT(clear),
	 .help = "The condition of its end; empty: when is not true any more."},
	{.section = "alert",
	 .name = "for",
	 .type = CONF_COUNT,
	 .min = 1,
	 .max = 100000,
	 .preset = "3",
	 .at = IN_ALERT(polls),
	 .help = "Polls in a row that it takes to raise an alert, and to end it."},
	{.section = "alert",
	 .name = "cooldown",
	 .type = CONF_SECONDS,
	 .min = 0,
	 .max = 31536000,
	 .preset = "3600",
	 .at = IN_ALERT(cooldown),
	 .help = "Seconds from one message of the alert to the next."},
	{.section = "alert",
	 .name = "message",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_ALERT(message),
	 .help = "What the message says first, in your own words."},
	{.section = "alert",
	 .name = "notify",
	 .type = CONF_LIST,
	 .preset = "[]",
	 .at = IN_ALERT(notify),
	 .help = "Names of notifiers that tell it; empty: screen and log only."},

	{.section = "notify",
	 .name = "url",
	 .type = CONF_TEXT,
	 .check = check_notify_url,
	 .path = true,
	 .preset = "\"\"",
	 .at = IN_NOTIFY(url),
	 .help = "smtp://, smtps://, or the http(s):// address of a webhook."},
	{.section = "notify",
	 .name = "form",
	 .type = CONF_TEXT,
	 .check = check_form,
	 .preset = "\"\"",
	 .at = IN_NOTIFY(form),
	 .help = "json, ntfy, telegram, discord, slack; empty: by the host."},
	{.section = "notify",
	 .name = "to",
	 .type = CONF_LIST,
	 .check = check_some_recipient,
	 .preset = "[]",
	 .at = IN_NOTIFY(to),
	 .help = "Addresses of a mail, or the id of a Telegram chat."},
	{.section = "notify",
	 .name = "from",
	 .type = CONF_TEXT,
	 .check = check_recipient,
	 .preset = "\"\"",
	 .at = IN_NOTIFY(from),
	 .help = "The sender's address of a mail."},
	{.section = "notify",
	 .name = "username",
	 .type = CONF_TEXT,
	 .check = check_username,
	 .preset = "\"\"",
	 .at = IN_NOTIFY(username),
	 .help = "The login."},
	{.section = "notify",
	 .name = "password",
	 .type = CONF_TEXT,
	 .secret = true,
	 .preset = "\"\"",
	 .at = IN_NOTIFY(password),
	 .help = "Its password; without a username the token of a webhook."},
	{.section = "notify",
	 .name = "password_file",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_NOTIFY(password_file),
	 .help = "A private file with nothing but the password."},
	{.section = "notify",
	 .name = "starttls",
	 .type = CONF_TEXT,
	 .check = check_starttls,
	 .preset = "\"auto\"",
	 .at = IN_NOTIFY(starttls),
	 .help = "With smtp://: auto (not to this machine), always or never."},
	{.section = "notify",
	 .name = "cacert",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_NOTIFY(cacert),
	 .help = "A PEM file of the authorities to trust; empty: the system's."},
	{.section = "notify",
	 .name = "insecure",
	 .type = CONF_BOOL,
	 .preset = "false",
	 .at = IN_NOTIFY(insecure),
	 .help = "true: trust whoever answers."},
	{.section = "notify",
	 .name = "command",
	 .type = CONF_LIST,
	 .preset = "[]",
	 .at = IN_NOTIFY(command),
	 .help = "A program and its arguments; the message is in its environment."},
	{.section = "notify",
	 .name = "bell",
	 .type = CONF_BOOL,
	 .preset = "false",
	 .at = IN_NOTIFY(bell),
	 .help = "true: rings the terminal's bell."},
	{.section = "notify",
	 .name = "timeout",
	 .type = CONF_SECONDS,
	 .min = 1,
	 .max = 600,
	 .preset = "30",
	 .at = IN_NOTIFY(timeout),
	 .help = "Seconds that one message may take."},

	{.section = "proxy",
	 .name = "url",
	 .type = CONF_TEXT,
	 .preset = "\"\"",
	 .at = IN_CONF(proxy.url),
	 .check = check_proxy,
	 .login = true,
	 .help = "http://, https:// or socks5h://, with a login or without; empty: none."},
	{.section = "proxy",
	 .name = "enforce",
	 .type = CONF_BOOL,
	 .preset = "false",
	 .at = IN_CONF(proxy.enforce),
	 .help = "true: nothing goes out without it, so no DHT and no UDP trackers."},
	{.name = NULL},
};

void *conf_elements(const struct conf_section *s, const void *conf, size_t *count)
{
	*count = *(const size_t *)((const char *)conf + s->count_at);
	return *(void *const *)((const char *)conf + s->at);
}

/* Behind its host a webhook's URL says who one is, unless the password does. */
static bool has_key(const char *url)
{
	const char *path = strncasecmp(url, "http", 4) == 0 ? strstr(url, "://") : NULL;

	if (!path || strstr(url, CONF_PASSWORD))
		return false;
	path += 3 + strcspn(path + 3, "/?#");
	return path[0] && path[1];
}

bool conf_is_secret(const struct conf_key *k, const void *base)
{
	const char *text;

	if (!k->secret && !k->login && !k->path)
		return false;
	text = *(char *const *)((const char *)base + k->at);
	if (k->path)
		return has_key(text);
	return k->secret ? *text != '\0' : strchr(text, '@') != NULL;
}

const struct conf_section *conf_section_find(const char *name)
{
	for (const struct conf_section *s = conf_sections; s->name; s++) {
		if (strcmp(s->name, name) == 0)
			return s;
	}
	return NULL;
}

const struct conf_key *conf_key_find(const char *section, const char *name)
{
	for (const struct conf_key *k = conf_keys; k->name; k++) {
		if (strcmp(k->section, section) == 0 && strcmp(k->name, name) == 0)
			return k;
	}
	return NULL;
}

const char *conf_section_nearest(const char *name)
{
	const char *names[NAMES] = {NULL};
	size_t count = 0;

	for (const struct conf_section *s = conf_sections; s->name && count < NAMES - 1; s++)
		names[count++] = s->name;
	return str_nearest(name, names);
}

const char *conf_key_nearest(const char *section, const char *name)
{
	const char *names[NAMES] = {NULL};
	size_t count = 0;

	for (const struct conf_key *k = conf_keys; k->name && count < NAMES - 1; k++) {
		if (strcmp(k->section, section) == 0)
			names[count++] = k->name;
	}
	return str_nearest(name, names);
}
