/* The configuration: TOML + environment + argv -> struct conf, through ONE table of keys (conf_table.c). */
#ifndef CORE_CONF_H
#define CORE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/exits.h"

struct conf_list {
	char **items; /* NUL-terminated texts, owned by the conf */
	size_t count;
};

/* One daemon: an entry of [[transmission]] or a -u. All texts owned by the conf, never NULL. */
struct conf_daemon {
	char *name;     /* never empty, and no other daemon has it */
	char *url;      /* normalised: http(s)://host:port/path or unix:/path */
	char *username; /* as configured; login_find() says what is really used */
	char *password;
	char *password_file;
	char *cacert;
	bool insecure;
	bool from_argv; /* given by -u, or the built-in default: TR_AUTH applies */
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
		char *level, *file;
	} log;
};

#define CONF_DAEMONS_TEXT "32" /* CONF_DAEMONS in messages */

enum {
	CONF_DAEMONS = 32,     /* at most */
	CONF_ITEMS = 1024,     /* in a list, at most */
	CONF_TEXT_MAX = 4096,  /* bytes of a text, at most */
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
/* Frees what a conf owns, and wipes its passwords. */
void conf_done(struct conf *conf);
/* The whole configuration as TOML, passwords as "***". 0 or -ENOBUFS. */
int conf_print(const struct conf *conf, struct buf *out);

#endif
