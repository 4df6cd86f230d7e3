/* Every key: type, limits, built-in value, help, place. It does not know where values come from. */
#include "core/conf_table.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "core/conf.h"
#include "core/daemon_url.h"

enum { NAMES = 64 };

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

#define IN_CONF(field) offsetof(struct conf, field)
#define IN_DAEMON(field) offsetof(struct conf_daemon, field)

const struct conf_section conf_sections[] = {
	{"monitor", false}, {"transmission", true}, {"geoip", false}, {"log", false}, {NULL, false},
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
	{.name = NULL},
};

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
