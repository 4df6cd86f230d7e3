/* core/conf_table.c: that every row of the table makes sense, the checks of its texts, and names that were nearly
 * right. */
#include "core/conf_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/conf.h"
#include "core/conf_value.h"
#include "tap.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool is_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && islower((unsigned char)name[0]) && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == len;
}

static size_t size_of(enum conf_type type)
{
	static const size_t sizes[] = {
		[CONF_BOOL] = sizeof(bool),    [CONF_COUNT] = sizeof(uint32_t), [CONF_SECONDS] = sizeof(double),
		[CONF_NUMBER] = sizeof(double),
		[CONF_TEXT] = sizeof(char *), [CONF_LIST] = sizeof(struct conf_list),
	};

	return sizes[type];
}

static void test_rows(void)
{
	for (const struct conf_key *k = conf_keys; k->name; k++) {
		const struct conf_section *s = conf_section_find(k->section);

		if (!ok(s != NULL, "%s.%s is in a section that there is", k->section, k->name))
			continue;
		ok(is_name(k->name) && is_name(k->section), "its names are small letters and _");
		ok(k->help && k->help[0] && k->help[strlen(k->help) - 1] == '.', "its help is a sentence");
		ok(strlen(k->help) <= 80, "which fits into a line");
		ok(k->type != CONF_COUNT || (k->min >= 0 && k->max <= UINT32_MAX), "a count fits into its field");
		ok((k->type != CONF_COUNT && k->type != CONF_SECONDS && k->type != CONF_NUMBER) || k->min < k->max,
		   "its limits leave room");
		ok(!k->secret || k->type == CONF_TEXT, "a secret is a text");
		ok(k->at + size_of(k->type) <= (s->shape == CONF_ONE ? sizeof(struct conf) : s->size),
		   "its field is inside of its struct");
		ok(conf_key_find(k->section, k->name) == k, "it is found by its name, which nobody had before");
	}
}

/* Fields may not lie over each other. */
static void test_places(void)
{
	unsigned overlaps = 0, apart = 0;

	for (const struct conf_key *a = conf_keys; a->name; a++) {
		for (const struct conf_key *b = conf_keys; b != a; b++) {
			const struct conf_section *s = conf_section_find(a->section);
			const struct conf_section *t = conf_section_find(b->section);

			if (s->shape != t->shape || (s->shape != CONF_ONE && s != t))
				continue;
			overlaps += a->at < b->at + size_of(b->type) && b->at < a->at + size_of(a->type);
		}
		for (const struct conf_key *b = a + 2; a[1].name && b->name; b++)
			apart += strcmp(a->section, a[1].section) != 0 && strcmp(a->section, b->section) == 0;
	}
	is_int(overlaps, 0, "no two keys have the same field");
	is_int(apart, 0, "rows of a section stand together");
}

/* A built-in value is read by the same setter as any other. */
static void test_presets(void)
{
	for (const struct conf_key *k = conf_keys; k->name; k++) {
		union {
			struct conf conf;
			struct conf_daemon daemon;
			struct conf_collection collection;
			struct conf_alert alert;
			struct conf_notify notify;
		} base = {.conf = {0}};
		struct err why = {""};
		struct arena arena;
		struct buf out;

		arena_init(&arena, 65536);
		buf_init(&out, 4096);
		is_int(conf_value_set_text(k, &base, k->preset, &arena, &why), 0, "the built-in %s.%s is one %s",
		       k->section, k->name, why.msg);
		is_int(conf_value_print(k, &base, &out), 0, "and is printed");
		is_str(buf_str(&out), k->preset, "as it stands in the table");
		conf_value_done(k, &base);
		buf_done(&out);
		arena_done(&arena);
	}
}

static void test_checks(void)
{
	static const char hash[] = "0123456789abcdefABCDEF0123456789abcdef01";
	static const char torrents[] = "takes \"all\", the ids that Transmission shows, or info-hashes of 40 digits";
	static const char colon[] = "must not hold a ':', HTTP has no way to send it";
	static const char listen[] = "takes \"address:port\", such as \"0.0.0.0:6881\" or \"[::]:6881\"";
	static const char web[] = "takes \"address:port\", such as \"127.0.0.1:9899\" or \"[::1]:9899\"";
	static const char mapped[] = "takes an IPv4 address as it is, such as 127.0.0.1, not as ::ffff:127.0.0.1";
	static const char local[] = "takes no link-local address: it would need the name of an interface";
	static const char token[] = "takes 16 to 200 characters, such as those of `openssl rand -hex 16`";
	static const char ascii[] = "takes letters, digits and signs of ASCII, no blanks";
	static const char node[] = "takes \"host:port\", such as \"dht.libtorrent.org:25401\"";
	static const char login[] =
		"must not hold a login, which would stand in logs: take \"user:password@\" out, or let "
		"another program fetch it into a folder and name that folder";
	static const char hosts[] = "takes names and addresses of hosts only, such as \"files.example.org\" or "
				    "\"2001:db8::1\": no http://, "
				    "port, path, * or brackets; names with other letters as \"xn--...\"";
	static const char bare[] = "takes a bare address, such as me@example.org, or the id of a chat";
	static const char port[] = "takes a port from 1 to 65535 behind the colon";
	static const char level[] = "is one of error, warn, info, debug";
	static const struct {
		const char *section, *name, *text, *msg; /* NULL: nothing is wrong with it */
	} rows[] = {
		{"monitor", "torrents", "all", NULL},
		{"monitor", "torrents", "0", NULL},
		{"monitor", "torrents", "1", NULL},
		{"monitor", "torrents", "999999999", NULL},
		{"monitor", "torrents", "1000000000", torrents},
		{"monitor", "torrents", hash, NULL},
		{"monitor", "torrents", hash + 1, torrents},
		{"monitor", "torrents", "0123456789abcdefABCDEF0123456789abcdef012", torrents},
		{"monitor", "torrents", "0123456789abcdefABCDEF0123456789abcdef0g", torrents},
		{"monitor", "torrents", "", torrents},
		{"monitor", "torrents", "-1", torrents},
		{"monitor", "torrents", "1 ", torrents},
		{"monitor", "torrents", "All", torrents},
		{"monitor", "torrents", "0x1", torrents},
		{"transmission", "username", "", NULL},
		{"transmission", "username", "me@home", NULL},
		{"transmission", "username", "me:you", colon},
		{"transmission", "username", ":", colon},
		{"transmission", "url", "nas", NULL},
		{"transmission", "url", "unix:/run/x", NULL},
		{"transmission", "url", "ftp://nas",
		 "\"ftp://nas\" is no address of a daemon: expected http://, https:// or unix:/path"},
		{"web", "listen", "", NULL},
		{"web", "listen", "127.0.0.1:0", NULL},
		{"web", "listen", "[::]:9899", NULL},
		{"web", "listen", "localhost:9899", web},
		{"web", "listen", "[::ffff:127.0.0.1]:9899", mapped},
		{"web", "listen", "[::ffff:7f00:1]:9899", mapped},
		{"web", "listen", "[fe80::1]:9899", local},
		{"web", "listen", "169.254.1.1:9899", NULL},
		{"web", "listen", "9899", web},
		{"web", "token", "", NULL},
		{"web", "token", "0123456789abcdef", NULL},
		{"web", "token", "0123456789abcde", token},
		{"web", "token", "0123456789 abcdef", ascii},
		{"web", "token", "0123456789abcd\xc3\xa9", ascii},
		{"collection", "torrent_url", "", NULL},
		{"collection", "torrent_url", "HTTPS://a.example/t/", NULL},
		{"collection", "torrent_url", "/srv/torrents", NULL},
		{"collection", "torrent_url", "ftp://a.example/",
		 "takes http://, https://, file:// or the path of a folder or file"},
		{"collection", "torrent_url", "http://a.example/@x?y@z", NULL},
		{"collection", "torrent_url", "file:///srv/a@b", NULL},
		{"collection", "torrent_url", "/srv/a@b", NULL},
		{"collection", "torrent_url", "http://user:secretpw@a.example/", login},
		{"collection", "torrent_url", "https://user@a.example?x", login},
		{"collection", "torrent_url", "HTTP://user:a@b@a.example", login},
		{"collection", "torrent_url", "http://a.example\\@b.example/", login},
		{"collection", "torrent_url", "http://[2001:db8::1]:65535/t/", NULL},
		{"collection", "torrent_url", "http://a.example:65536/t/", port},
		{"collection", "torrent_url", "file://a:99999/t", NULL},
		{"collection", "hosts", "files.example.org", NULL},
		{"collection", "hosts", "xn--bcher-kva.example", NULL},
		{"collection", "hosts", "5.9.1.1", NULL},
		{"collection", "hosts", "2001:db8::1", NULL},
		{"collection", "hosts", "a.org:80", hosts},
		{"collection", "hosts", "http://x", hosts},
		{"collection", "hosts", "a.org/x", hosts},
		{"collection", "hosts", "user@a.org", hosts},
		{"collection", "hosts", "*.a.org", hosts},
		{"collection", "hosts", ".a.org", hosts},
		{"collection", "hosts", "a.org.", hosts},
		{"collection", "hosts", "[2001:db8::1]", hosts},
		{"collection", "hosts", "b\303\274cher.example", hosts},
		{"collection", "hosts", " a.org", hosts},
		{"collection", "hosts", "", hosts},
		{"trackers", "extra", "udp://t.example:80", NULL},
		{"trackers", "extra", "t.example",
		 "takes announce URLs: udp://host:port, http://, https://, ws:// or wss://"},
		{"dht", "listen", "0.0.0.0:0", NULL},
		{"dht", "listen", "[::1]:65535", NULL},
		{"dht", "listen", "[::1]", listen},
		{"dht", "listen", "[::ffff:192.0.2.1]:6881", mapped},
		{"dht", "listen", "::1:80", listen},
		{"dht", "listen", "0.0.0.0:65536", listen},
		{"dht", "listen", "0.0.0.0:", listen},
		{"dht", "listen", "localhost:80", listen},
		{"dht", "bootstrap", "a.example:80", NULL},
		{"dht", "bootstrap", "[2001:db8::1]:80", NULL},
		{"dht", "bootstrap", "a.example:0", node},
		{"dht", "bootstrap", "a.example", node},
		{"dht", "bootstrap", "a b:1", node},
		{"alert", "when", "", NULL},
		{"alert", "when", "country('CN').connections > 50 and not source('any').state = ok", NULL},
		{"alert", "when", "conections > 5",
		 "is no condition, column 1: no field 'conections' here; did you mean 'connections'?"},
		{"alert", "clear", "share('XYZ') < 1%",
		 "is no condition, column 7: no country has this code: two letters are needed, as in country('CN'), or "
		 "'--' for local addresses"},
		{"notify", "url", "", NULL},
		{"notify", "url", "smtps://mail.example.org", NULL},
		{"notify", "url", "HTTPS://ntfy.sh/a@b", NULL},
		{"notify", "url", "ftp://a", "takes http://, https://, smtp:// or smtps://"},
		{"notify", "url", "smtp://me:secretpw@mail.example.org",
		 "must not hold a login: there are username and password for it"},
		{"notify", "url", "http://a b", "must not hold blanks or backslashes"},
		{"notify", "url", "smtp://[::1]", NULL},
		{"notify", "url", "smtp://[::1]:25", NULL},
		{"notify", "url", "smtp://mail.example.org:99999", port},
		{"notify", "url", "smtps://mail.example.org:0", port},
		{"notify", "url", "https://ntfy.sh:/topic", port},
		{"notify", "url", "https://ntfy.sh:80a/topic", port},
		{"notify", "url", "https://ntfy.sh:-80/topic", port},
		{"notify", "url", "https://ntfy.sh:99999999999999999999/topic", port},
		{"notify", "url", "https://ntfy.sh/a:99999?b:c", NULL},
		{"notify", "form", "ntfy", NULL},
		{"notify", "form", "irc", "is one of json, ntfy, telegram, discord, slack"},
		{"notify", "starttls", "", "is one of auto, always, never"},
		{"notify", "to", "me+alerts@example.org", NULL},
		{"notify", "to", "-1001234", NULL},
		{"notify", "to", "", "must not hold an empty text"},
		{"notify", "to", "a@b>,c@d", bare},
		{"notify", "from", "Me <me@example.org>", bare},
		{"notify", "from", "me@b\303\274cher.example", bare},
		{"proxy", "url", "", NULL},
		{"proxy", "url", "socks5h://u:p@127.0.0.1:9050", NULL},
		{"proxy", "url", "http://u:99999@127.0.0.1", NULL},
		{"proxy", "url", "http://u:p@127.0.0.1:99999", port},
		{"proxy", "url", "socks5://127.0.0.1:9050",
		 "takes http://, https:// or socks5h:// (names are the proxy's business)"},
		{"log", "level", "error", NULL},
		{"log", "level", "warn", NULL},
		{"log", "level", "info", NULL},
		{"log", "level", "debug", NULL},
		{"log", "level", "", level},
		{"log", "level", "warning", level},
		{"log", "level", "debug ", level},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct conf_key *k = conf_key_find(rows[i].section, rows[i].name);
		struct err why = {""};

		if (!ok(k && k->check, "%s.%s is checked", rows[i].section, rows[i].name))
			continue;
		is_int(k->check(rows[i].text, &why), rows[i].msg ? -EINVAL : 0, "'%s' is %s", rows[i].text,
		       rows[i].msg ? "refused" : "taken");
		is_str(why.msg, rows[i].msg ? rows[i].msg : "", "and why");
	}
}

static void test_secret(void)
{
	unsigned secrets = 0;

	for (const struct conf_key *k = conf_keys; k->name; k++)
		secrets += k->secret;
	is_int(secrets, 3, "there are three secrets");
	ok(conf_key_find("transmission", "password")->secret && conf_key_find("notify", "password")->secret,
	   "the passwords");
	ok(conf_key_find("web", "token")->secret, "the token of the page");
	ok(conf_key_find("proxy", "url")->login, "and a proxy's login, if it has one");
}

/* Whether the URL of a notifier must not be shown. */
static void test_secret_url(void)
{
	static const struct {
		const char *url, *shown; /* NULL: it is no secret */
	} rows[] = {
		{"", NULL},
		{"smtps://mail.example.org:465", NULL},
		{"https://hooks.example.org", NULL},
		{"https://hooks.example.org/", NULL},
		{"https://api.telegram.org/bot{password}/sendMessage", NULL},
		{"https://discord.com/api/webhooks/1/abc", "\"https://discord.com/***\""},
		{"HTTP://nas:8080?token=abc", "\"HTTP://nas:8080/***\""},
	};
	const struct conf_key *k = conf_key_find("notify", "url");

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct conf_notify n = {.url = strdup(rows[i].url)};
		struct buf out;

		buf_init(&out, 4096);
		is_int(conf_is_secret(k, &n), rows[i].shown != NULL, "'%s' is %s secret", rows[i].url,
		       rows[i].shown ? "a" : "no");
		conf_value_print(k, &n, &out);
		if (rows[i].shown)
			is_str(buf_str(&out), rows[i].shown, "and what is shown of it");
		buf_done(&out);
		conf_value_done(k, &n);
	}
}

static void test_find(void)
{
	ok(conf_section_find("transmission")->shape == CONF_REPEATED &&
		   conf_section_find("collection")->shape == CONF_NAMED &&
		   conf_section_find("monitor")->shape == CONF_ONE,
	   "daemons repeat, collections have names, other sections are there once");
	ok(!conf_section_find("") && !conf_section_find("Monitor") && !conf_section_find("monitor.refresh"),
	   "what is no section");
	ok(!conf_key_find("monitor", "") && !conf_key_find("log", "refresh") && !conf_key_find("", "refresh"),
	   "a key is one of its section only");
}

static void test_nearest(void)
{
	is_str(conf_section_nearest("monitr"), "monitor", "a section with a letter too few");
	is_str(conf_section_nearest("geo_ip"), "geoip", "or one too many");
	is_str(conf_section_nearest("zzzzzzzz"), NULL, "none is near to this");
	is_str(conf_key_nearest("monitor", "refesh"), "refresh", "a key");
	is_str(conf_key_nearest("transmission", "user_name"), "username", "another");
	is_str(conf_key_nearest("log", "refresh"), NULL, "one of another section is not meant");
	is_str(conf_key_nearest("nothing", "refresh"), NULL, "a section that there is not has no keys");
}

int main(void)
{
	test_rows();
	test_places();
	test_presets();
	test_checks();
	test_secret();
	test_secret_url();
	test_find();
	test_nearest();
	return tap_done();
}
