/* The configuration: TOML + environment + argv -> struct conf, through ONE table of keys (conf_table.c). */
#ifndef CORE_CONF_H
#define CORE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/exits.h"

#define CONF_PASSWORD "{password}" /* in the URL of a notifier: its password goes here */

struct conf_list {
	char **items; /* NUL-terminated texts, owned by the conf */
	size_t count;
};

/* One daemon: an entry of [[transmission]] or a -u. All texts owned by the conf, never NULL. */
struct conf_daemon {
	char *name;     /* clean, fits in CONF_NAME, never empty, and no other daemon has it */
	char *url;      /* normalised: http(s)://host:port/path or unix:/path */
	char *username; /* as configured; login_find() says what is really used */
	char *password;
	char *password_file;
	char *cacert;
	bool insecure;
	bool from_argv; /* given by -u, or the built-in default: TR_AUTH applies */
	unsigned place; /* of the [[transmission]] in the file that it is, or borrows from; 0: of none */
};

/* One collection: a [collection.NAME]. All texts owned by the conf, never NULL. */
struct conf_collection {
	char *name;
	char *torrent_url;        /* http(s)://, file:// or a path */
	bool enabled;
	char *required_substring; /* of the links; "" = any */
	char *type;               /* for reports; "" = the name */
	struct conf_list hosts;   /* others that its links may lead to */
	bool allow_private;       /* its server may be at a private address */
	uint32_t redis_db_id;     /* TSMD's; has no effect */
};

/* One alert: an [alert.NAME]. All texts owned by the conf, never NULL. */
struct conf_alert {
	char *name;
	char *when;              /* condition, by core/alert_words.h */
	char *clear;             /* condition of its end; "" = `when` is not true any more */
	uint32_t polls;          /* in a row that it takes, both ways; the key is "for" */
	double cooldown;         /* seconds from one message to the next */
	char *message;           /* in the user's own words, "" = none */
	struct conf_list notify; /* names of [notify.NAME] */
};

/* One way to tell somebody: a [notify.NAME]. One of url, command and bell is set. All texts owned by the conf, never
 * NULL. */
struct conf_notify {
	char *name;
	char *url;     /* http(s)://, smtp(s):// */
	char *form;    /* of what is posted: "json", "ntfy" ...; "" = by the host */
	struct conf_list to;
	char *from;
	char *username, *password, *password_file;
	char *starttls; /* "auto", "always", "never" */
	char *cacert;
	bool insecure;
	struct conf_list command;
	bool bell;
	double timeout; /* seconds */
};

struct conf {
	char *path; /* file that was read, "" = none: built-in defaults */
	struct {
		double refresh; /* seconds, >= 0.1 */
		struct conf_list torrents;
		uint32_t remember; /* addresses */
	} monitor;
	struct conf_daemon *daemons;
	size_t daemon_count; /* >= 1 */
	struct {
		struct conf_list databases;
		bool named; /* given by -g or in the config: unusable ones are fatal (exit 78) */
	} geoip;
	struct {
		char *path; /* "" = peers.db in the state folder, "none" = off */
		double save_interval; /* seconds */
		uint32_t keep_days;
		bool anonymize;
	} history;
	struct {
		struct conf_list lists;   /* "tag=path", or the path of a .mmdb */
		struct conf_list exclude; /* tags, addresses, prefixes, ranges, AS numbers */
	} filter;
	struct {
		char *level, *file;
	} log;
	struct {
		char *listen;           /* "address:port"; "" = no page */
		char *token;            /* who asks must show it; "" = anybody on this machine may ask */
		struct conf_list hosts; /* names that the page is asked for under, besides "localhost" */
	} web;
	struct {
		char *path; /* "" = swarm.db in the state folder */
	} store;
	struct conf_collection *collections;
	size_t collection_count;
	struct {
		double interval; /* seconds, here and below */
		uint32_t connections; /* at once to one host */
	} sync;
	struct {
		struct conf_list extra; /* announce URLs, asked for every public torrent */
		bool allow_private;
		double interval;
	} trackers;
	struct {
		struct conf_list listen;    /* "0.0.0.0:6881": address and port, of IPv6 in brackets */
		struct conf_list bootstrap; /* host:port */
		double rate;                /* packets a second of one run; 0 = no limit */
		double rate_per_address;    /* likewise to one address, of all together */
		bool allow_private;
		double interval;
	} dht;
	struct {
		char *json, *html, *stats; /* files; "" = not written */
		double interval;
	} report;
	struct conf_alert *alerts;
	size_t alert_count;
	struct conf_notify *notifiers;
	size_t notifier_count;
	struct {
		char *url; /* "" = none */
		bool enforce;
	} proxy;
};

enum {
	CONF_DAEMONS = 32,     /* at most */
	CONF_COLLECTIONS = 1000, /* at most */
	CONF_ALERTS = 64,      /* at most */
	CONF_NOTIFIERS = 16,   /* at most */
	CONF_LISTS = 64,       /* of networks, at most */
	CONF_ITEMS = 1024,     /* in a list, at most */
	CONF_TEXT_MAX = 4096,  /* bytes of a text, at most */
	CONF_NAME = 64,	       /* bytes of a daemon's name, NUL included */
	CONF_ERRORS = 16384,   /* room for all messages of one load */
};

/* A key that argv sets. */
struct conf_set {
	const char *option; /* for messages: "--refresh" */
	const char *key;    /* "monitor.refresh"; NULL: the value is SECTION.KEY=VALUE, as of --set */
	const char *value;  /* read as TOML, else as text; lists also comma separated */
	/* Instead of `value`, for a list whose items may hold commas: */
	const char *const *items;
	size_t count;
};

/* What a configuration is made from; nothing here is kept. In order: built-in defaults, the file, the environment
 * (SWARMTOP_SECTION_KEY), `sets`, `urls`. */
struct conf_source {
	const char
		*file; /* must exist; NULL = $XDG_CONFIG_HOME/swarmtop/config.toml, /etc/swarmtop/config.toml, none */
	const struct conf_set *sets;
	size_t set_count;
	const char *const *urls; /* -u: they replace the daemons; one of the same host and port lends its login */
	size_t url_count;
	struct buf *errors; /* NULL, or all messages go here too, a line each */
};

/* Makes a configuration; may be called again for another one at any time. 0; else EXIT_USAGE or EXIT_CONFIG
 * with the first message, and `conf` is untouched. */
int conf_load(const struct conf_source *source, struct conf *conf, struct err *err);
/* What is no mistake, but will hardly be meant: true with the next one; `at` begins with 0. */
bool conf_doubt(const struct conf *conf, size_t *at, struct err *doubt);
/* Would the password of a notifier go over a network readably? Writes the doubt. */
bool conf_notify_exposed(const struct conf_notify *n, struct err *doubt);
/* Is the daemon of this name meant by a text: by its name, or by what that was made of, long or with odd characters? */
bool conf_is_daemon(const char *name, const char *text);
/* Frees what a conf owns, and wipes its passwords. */
void conf_done(struct conf *conf);
/* The whole configuration as TOML, passwords as "***". 0 or -ENOBUFS. */
int conf_print(const struct conf *conf, struct buf *out);

#endif
