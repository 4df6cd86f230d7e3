/* The configuration: every source, their order, and what is refused with which words. */
#include "core/conf.h"

#include <errno.h>

#include "base/buf.h"
#include "base/str.h"
#include "config_example.h"
#include "core/conf_table.h"
#include "scratch.h"
#include "tap.h"

/* Without any file of this machine, unless `file` is one. */
static int load(const char *file, const struct conf_set *sets, size_t set_count, struct conf *conf, struct err *err)
{
	struct conf_source source = {.file = file ? file : "/dev/null", .sets = sets, .set_count = set_count};

	return conf_load(&source, conf, err);
}

static int load_urls(const char *file, const char *const *urls, size_t count, struct conf *conf, struct err *err)
{
	struct conf_source source = {.file = file, .urls = urls, .url_count = count};

	return conf_load(&source, conf, err);
}

static void built_in(void)
{
	struct conf conf;
	struct err err = {""};

	if (!ok(load(NULL, NULL, 0, &conf, &err) == 0, "nothing configured is fine %s", err.msg))
		return;
	ok(conf.monitor.refresh == 30, "30 seconds");
	is_int(conf.monitor.remember, 200000, "200,000 addresses");
	is_int(conf.monitor.torrents.count, 1, "one torrent");
	is_str(conf.monitor.torrents.items[0], "all", "which is all");
	is_int(conf.daemon_count, 1, "one daemon");
	is_str(conf.daemons[0].url, "http://127.0.0.1:9091/transmission/rpc", "of this machine");
	is_str(conf.daemons[0].name, "localhost", "called by its host");
	ok(conf.daemons[0].from_argv, "TR_AUTH is for it");
	ok(!conf.geoip.named, "no database is named");
	is_str(conf.log.level, "info", "info is logged");
	conf_done(&conf);
}

/* The embedded example and the table say the same. */
static void example_is_the_default(void)
{
	struct buf table, example;
	struct conf conf;
	struct err err = {""};

	buf_init(&table, 65536);
	buf_init(&example, 65536);
	if (ok(load(NULL, NULL, 0, &conf, &err) == 0, "the table %s", err.msg)) {
		conf_print(&conf, &table);
		conf_done(&conf);
	}
	if (ok(load(scratch_file("example.toml", config_example, 0644), NULL, 0, &conf, &err) == 0, "the example %s",
	       err.msg)) {
		conf_print(&conf, &example);
		conf_done(&conf);
	}
	is_str(buf_str(&example), buf_str(&table), "they are equal");
	for (const struct conf_key *k = conf_keys; k->name; k++) {
		bool named = conf_section_find(k->section)->shape == CONF_NAMED; /* shown, but none is built in */
		char line[512];

		snprintf(line, sizeof(line), "\n%s%s = %s\n", named ? "# " : "", k->name, k->preset);
		ok(strstr(config_example, line) != NULL, "the example has %s.%s = %s", k->section, k->name, k->preset);
	}
	buf_done(&table);
	buf_done(&example);
}

static void file_values(void)
{
	static const char text[] = "[monitor]\nrefresh = 0.5\ntorrents = [3, \"all\"]\nremember = 1000\n"
				   "[[transmission]]\nurl = \"nas\"\n[[transmission]]\nurl = \"https://nas/bt/\"\n"
				   "name = \"x\"\ninsecure = true\n[[transmission]]\nurl = \"nas:1\"\n"
				   "[geoip]\ndatabases = [\"/a,b\"]\n[log]\nlevel = \"debug\"\nfile = \"/tmp/x\"\n";
	struct conf conf;
	struct err err = {""};

	if (!ok(load(scratch_file("a.toml", text, 0644), NULL, 0, &conf, &err) == 0, "a file is read %s", err.msg))
		return;
	ok(conf.monitor.refresh == .5, "a float");
	is_str(conf.monitor.torrents.items[0], "3", "an id as a number");
	is_int(conf.monitor.remember, 1000, "an integer");
	is_int(conf.daemon_count, 3, "three daemons instead of the built-in one");
	is_str(conf.daemons[0].name, "nas", "a name by the host");
	is_str(conf.daemons[0].url, "http://nas:9091/transmission/rpc", "a full address");
	is_str(conf.daemons[1].url, "https://nas:443/bt/rpc", "another");
	is_str(conf.daemons[1].name, "x", "a name by the file");
	ok(conf.daemons[1].insecure && !conf.daemons[0].insecure, "a boolean");
	is_str(conf.daemons[2].name, "nas-2", "names are unique");
	ok(!conf.daemons[0].from_argv, "TR_AUTH is not for those of the file");
	is_str(conf.geoip.databases.items[0], "/a,b", "a list of files");
	ok(conf.geoip.named, "a database is named");
	ok(strstr(conf.path, "/a.toml") != NULL, "which file it was");
	conf_done(&conf);
}

static void collections(void)
{
	static const char text[] = "[collection.libgen_r]\ntorrent_url = \"http://t.example/r/\"\nredis_db_id = 3\n"
				   "[collection.\"a b\"]\nenabled = false\nhosts = [\"u.example\"]\n";
	const struct conf_set sets[] = {
		{.option = "--set", .value = "collection.libgen_r.type=books"},
		{.option = "--set", .value = "collection.c.d.torrent_url=/srv/t"},
	};
	struct conf conf;
	struct err err = {""};

	if (!ok(load(scratch_file("c.toml", text, 0644), sets, 2, &conf, &err) == 0, "collections are read %s",
		err.msg))
		return;
	is_int(conf.collection_count, 3, "two of the file, one of argv");
	is_str(conf.collections[0].name, "libgen_r", "a name");
	is_str(conf.collections[0].type, "books", "argv changes one");
	ok(conf.collections[0].enabled && !conf.collections[1].enabled, "on, and off");
	is_str(conf.collections[1].hosts.items[0], "u.example", "a host");
	is_str(conf.collections[2].name, "c.d", "or makes one");
	is_str(conf.collections[2].torrent_url, "/srv/t", "with its key");
	conf_done(&conf);
}

static void alerts(void)
{
	static const char text[] =
		"[alert.china]\nwhen = \"country('CN').connections > 50\"\nfor = 2\n"
		"notify = [\"mail\", \"hook\"]\n[alert.lost]\nwhen = \"source('nas').state != 'ok'\"\n"
		"[[transmission]]\nurl = \"nas\"\n[notify.mail]\nurl = \"smtp://127.0.0.1\"\n"
		"from = \"a@b\"\nto = [\"c@d\"]\n[notify.hook]\n"
		"url = \"https://ntfy.sh/{password}\"\npassword_file = \"secret\"\n";
	struct conf conf;
	struct err err = {""};

	scratch_file("secret", "abc\n", 0600);
	if (!ok(load(scratch_file("c.toml", text, 0644), NULL, 0, &conf, &err) == 0, "alerts are read %s", err.msg))
		return;
	is_int(conf.alert_count, 2, "two alerts");
	is_str(conf.alerts[0].name, "china", "a name");
	is_int(conf.alerts[0].polls, 2, "after two polls");
	is_int(conf.alerts[1].polls, 3, "after three, if nothing is said");
	is_str(conf.alerts[0].notify.items[1], "hook", "who tells it");
	is_int(conf.notifier_count, 2, "two notifiers");
	is_str(conf.notifiers[1].url, "https://ntfy.sh/{password}", "a URL that is no secret by itself");
	conf_done(&conf);
	is_int(load(scratch_file("c.toml", "[notify.a]\nurl = \"https://ntfy.sh/topic\"\n", 0644), NULL, 0, &conf,
		    &err),
	       EXIT_CONFIG, "one that is, in a file that others may read");
	scratch_file("secret", "abc\n", 0644);
	is_int(load(scratch_file("c.toml", text, 0600), NULL, 0, &conf, &err), EXIT_CONFIG, "and so a password_file");
	ok(strstr(err.msg, "chmod 600"), "and why: %s", err.msg);
}

static void no_room(void)
{
	const struct conf_set set = {.option = "--set", .value = "notify.new.url=http://127.0.0.1/"};
	struct err err = {""};
	struct conf conf;
	char text[4096];
	int used = 0;

	for (int i = 0; i < CONF_NOTIFIERS; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "[notify.n%d]\nbell = true\n", i);
	is_int(load(scratch_file("c.toml", text, 0600), &set, 1, &conf, &err), EXIT_USAGE, "one too many");
	is_str(err.msg, "--set: at most 16 sections [notify.NAME]", "and why");
}

/* A look at another daemon, with a file whose alerts name one of its own. */
static void alerts_of_others(void)
{
	static const char text[] =
		"[[transmission]]\nname = \"home\"\n[alert.a]\nwhen = \"source('home').peers > 1\"\n";
	const char *const urls[] = {"nas"};
	const struct conf_set set = {.option = "--set", .value = "alert.a.when=tag('x').share > 0"};
	struct conf_source source = {.file = scratch_file("c.toml", text, 0644), .urls = urls, .url_count = 1};
	struct err err = {""};
	struct conf conf;

	if (ok(conf_load(&source, &conf, &err) == 0, "-u with an alert about another daemon %s", err.msg))
		conf_done(&conf);
	source.file = scratch_file("c.toml", "[alert.a]\nwhen = \"not tag('vpnn').connections > 1\"\n", 0644);
	is_int(conf_load(&source, &conf, &err), EXIT_CONFIG, "but tags are its own");
	ok(str_ends(err.msg, "c.toml:2:8: [alert.a] when: column 9: no list of [filter] has this tag"),
	   "with the reason: %s", err.msg);
	source.sets = &set;
	source.set_count = 1;
	is_int(conf_load(&source, &conf, &err), EXIT_CONFIG, "another one on the command line");
	is_str(err.msg, "[alert.a] when: column 5: no list of [filter] has this tag", "stands nowhere in the file");
}

static void what_belongs_together(void)
{
	static const struct {
		const char *text, *msg, *place;
	} cases[] = {
		{"[collection.a]\nenabled = true\n",
		 "[collection.a] has no torrent_url: say where its torrents are, or enabled = false", "1:13"},
		{"[proxy]\nenforce = true\n", "proxy.enforce is true, but there is no proxy.url", "2:11"},
		{"[alert.a]\nfor = 2\n", "[alert.a] has no condition: say when = \"...\"", "1:8"},
		{"[filter]\nlists = [\"vpn=/x\"]\nexclude = [\"AS1\", \"vpn\", \"as2\", \"tor\"]\n",
		 "[filter] exclude: no list has the tag \"tor\"", "3:11"},
		{"[alert.a]\nwhen = \"source('hme').peers > 1\"\n",
		 "[alert.a] when: column 8: no daemon has this name: it is the name of a [[transmission]] section, or "
		 "its host", "2:8"},
		{"[alert.a]\nwhen = \"unique > 1\"\nclear = \"source('x').age < 5m\"\n",
		 "[alert.a] clear: column 8: no daemon has this name: it is the name of a [[transmission]] section, or "
		 "its host", "3:9"},
		{"[alert.a]\nwhen = \"unique > 1\"\nnotify = [\"fone\"]\n[notify.phone]\nbell = true\n",
		 "[alert.a] notify: there is no [notify.fone]; did you mean \"phone\"?", "3:10"},
		{"[alert.a]\nwhen = \"unique > 1\"\nnotify = [\"a\", \"b\", \"a\"]\n[notify.a]\nbell = true\n"
		 "[notify.b]\nbell = true\n",
		 "[alert.a] notify: \"a\" stands there twice", "3:10"},
		{"[notify.a]\nfrom = \"me@example.org\"\n", "[notify.a] one of url, command and bell is needed", "1:9"},
		{"[notify.a]\nbell = true\ncommand = [\"x\"]\n",
		 "[notify.a] one of url, command and bell is needed", "1:9"},
		{"[notify.a]\ncommand = [\"\"]\n", "[notify.a] command: the program has no name", "1:9"},
		{"[notify.a]\nurl = \"smtp://m\"\nto = [\"a@b\"]\n", "[notify.a] a mail needs from and to", "1:9"},
		{"[notify.a]\nurl = \"smtp://m\"\nfrom = \"a@b\"\nto = [\"c\"]\n",
		 "[notify.a] to: this is no address of a mail", "1:9"},
		{"[notify.a]\nurl = \"smtp://m\"\nfrom = \"a@b\"\nto = [\"c@d\"]\npassword_file = \"/dev/null\"\n",
		 "[notify.a] password: the login of a mail needs a username", "1:9"},
		{"[notify.a]\nurl = \"smtp://m/x\"\n", "[notify.a] url: smtp://host:port has nothing behind it", "1:9"},
		{"[notify.a]\nurl = \"https://ntfy.sh/\"\n",
		 "[notify.a] url: the topic is missing, as in https://ntfy.sh/topic", "1:9"},
		{"[notify.a]\nurl = \"https://api.telegram.org/bot{password}/sendMessage\"\n",
		 "[notify.a] to: the id of one chat is needed", "1:9"},
		{"[[transmission]]\nurl = \"nas\"\n[[transmission]]\nname = \"x\"\nurl = \"nas:9091\"\n",
		 "the daemon http://nas:9091/transmission/rpc is named twice", "5:7"},
		{"[[transmission]]\n[[transmission]]\nname = \"x\"\n",
		 "the daemon http://127.0.0.1:9091/transmission/rpc is named twice", "2:3"},
		{"[[transmission]]\n[[transmission]]\nurl = \"nas\"\npassword_file = \"none\"\n",
		 "cannot read none: No such file or directory", "4:17"},
		{"[web]\nlisten = \"0.0.0.0:9899\"\n",
		 "web.listen is 0.0.0.0:9899, which other machines can reach: set web.token (`openssl rand "
		 "-hex 16` makes one), or listen at 127.0.0.1", "2:10"},
		{"[web]\nlisten = \"[::]:9899\"\n",
		 "web.listen is [::]:9899, which other machines can reach: set web.token (`openssl rand "
		 "-hex 16` makes one), or listen at 127.0.0.1", "2:10"},
	};
	struct conf conf;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *file = scratch_file("t.toml", cases[i].text, 0644);
		struct err err = {""}, want;

		err_set(&want, 0, "%s:%s: %s", file, cases[i].place, cases[i].msg);
		is_int(load(file, NULL, 0, &conf, &err), EXIT_CONFIG, "refused");
		is_str(err.msg, want.msg, "with the place and the reason");
	}
}

/* As many as the monitor takes, and not one more. */
static void too_many_lists(void)
{
	struct err err = {""};
	struct conf conf;
	struct buf text;

	for (unsigned count = CONF_LISTS; count <= CONF_LISTS + 1; count++) {
		buf_init(&text, 65536);
		buf_printf(&text, "[filter]\nlists = [");
		for (unsigned i = 0; i < count; i++)
			buf_printf(&text, "\"vpn=/x%u\", ", i);
		buf_printf(&text, "]\n");
		is_int(load(scratch_file("l.toml", buf_str(&text), 0644), NULL, 0, &conf, &err),
		       count > CONF_LISTS ? EXIT_CONFIG : 0, "%u lists %s", count, err.msg);
		buf_done(&text);
		if (count == CONF_LISTS)
			conf_done(&conf);
	}
	ok(str_ends(err.msg, "l.toml:2:9: [filter] lists: more than 64"), "with the reason: %s", err.msg);
}

/* A URL is a secret when it holds a login. */
static void proxy_login(void)
{
	static const char open[] = "[proxy]\nurl = \"http://p.example:3128\"\n";
	static const char closed[] = "[proxy]\nurl = \"http://u:hunter2@p.example:3128\"\n";
	struct buf out;
	struct conf conf;
	struct err err = {""};

	buf_init(&out, 65536);
	if (ok(load(scratch_file("p.toml", open, 0644), NULL, 0, &conf, &err) == 0, "without one %s", err.msg)) {
		conf_print(&conf, &out);
		ok(strstr(buf_str(&out), "p.example:3128") != NULL, "it is shown");
		conf_done(&conf);
	}
	buf_reset(&out);
	is_int(load(scratch_file("q.toml", closed, 0644), NULL, 0, &conf, &err), EXIT_CONFIG,
	       "with one the file is private");
	if (ok(load(scratch_file("r.toml", closed, 0600), NULL, 0, &conf, &err) == 0, "which it can be")) {
		conf_print(&conf, &out);
		ok(!strstr(buf_str(&out), "hunter2"), "and nothing is shown");
		conf_done(&conf);
	}
	buf_done(&out);
}

static void file_errors(void)
{
	static const struct {
		const char *text, *msg; /* the message behind the file's name */
	} cases[] = {
		{"[monitor]\nrefesh = 30\n", ":2:1: unknown key \"refesh\" in [monitor]; did you mean \"refresh\"?"},
		{"[monitor]\nx.y = 30\n", ":2:1: unknown key \"x\" in [monitor]"},
		{"[monitr]\n", ":1:2: unknown section \"monitr\"; did you mean [monitor]?"},
		{"colour = true\n", ":1:1: unknown key \"colour\""},
		{"[colection.a]\n", ":1:2: unknown section \"colection\"; did you mean [collection]?"},
		{"[collection.a]\nurl = 1\n", ":2:1: unknown key \"url\" in [collection]"},
		{"[collection]\nenabled = true\n", ":2:1: this needs a name: write [collection.NAME]"},
		{"[[collection]]\n", ":1:3: this section has names: write [collection.NAME]"},
		{"[collection.\"-a\"]\n",
		 ":1:13: a name has 1 to 64 plain characters, and no '=', ',', '/' or '-' in front"},
		{"[collection.\"a\\u0007\"]\n",
		 ":1:13: a name has 1 to 64 plain characters, and no '=', ',', '/' or '-' in front"},
		{"[monitor]\n refresh = \"30\"\n", ":2:12: refresh must be a number of seconds, not a string"},
		{"[monitor]\nrefresh = 0.01\n", ":2:11: refresh must be from 0.1 to 86400 seconds"},
		{"[monitor]\nrefresh = nan\n", ":2:11: refresh must be from 0.1 to 86400 seconds"},
		{"[monitor]\nremember = -1\n", ":2:12: remember must be from 1000 to 10000000"},
		{"[monitor]\nremember = 5000.0\n", ":2:12: remember must be a whole number, not a number with a point"},
		{"[monitor]\ntorrents = \"all\"\n",
		 ":2:12: torrents must be a list such as [\"a\", \"b\"], not a string"},
		{"[monitor]\ntorrents = []\n", ":2:12: torrents must not be empty"},
		{"[monitor]\ntorrents = [\"some\"]\n",
		 ":2:12: torrents takes \"all\", the ids that Transmission shows, or info-hashes of 40 digits"},
		{"[log]\nlevel = \"loud\"\n", ":2:9: level is one of error, warn, info, debug"},
		{"[log]\nfile = \"a\\u001bb\"\n", ":2:8: file must not hold control characters"},
		{"[log]\nfile = \"a\\u0000b\"\n", ":2:8: file must not hold control characters"},
		{"[transmission]\nurl = \"nas\"\n",
		 ":1:2: this section repeats: write [[transmission]] in two pairs of brackets"},
		{"transmission = [1]\n", ":1:1: this section repeats: write [[transmission]] in two pairs of brackets"},
		{"[[transmission]]\ninsecure = 1\n", ":2:12: insecure must be true or false, not an integer"},
		{"[[transmission]]\nurl = \"ftp://nas\"\n",
		 ":2:7: url \"ftp://nas\" is no address of a daemon: expected http://, https:// or unix:/path"},
		{"monitor = 1\n", ":1:1: this is the name of a section: write it in brackets"},
		{"[monitor\n", ":1:9: expected '.' or ']' behind the key, found the end of the line"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *path = scratch_file("bad.toml", cases[i].text, 0644);
		struct conf conf = {0};
		struct err err = {""};

		is_int(load(path, NULL, 0, &conf, &err), EXIT_CONFIG, "case %zu is refused with 78", i);
		ok(strncmp(err.msg, path, strlen(path)) == 0, "the message names the file");
		is_str(err.msg + strlen(path), cases[i].msg, "the place and the reason");
		ok(!conf.daemons && !conf.path, "nothing is handed out");
	}
}

static void all_errors(void)
{
	struct buf errors;
	struct conf_source source = {.errors = &errors};
	struct conf conf;
	unsigned lines = 0;

	buf_init(&errors, CONF_ERRORS);
	source.file = scratch_file("bad.toml",
				   "[monitor]\nrefresh = 0\nremember = 0\nx = 1\n[y]\n[notify.a]\nurl = \"x\"\n", 0644);
	is_int(conf_load(&source, &conf, NULL), EXIT_CONFIG, "a file with five mistakes");
	for (const char *p = buf_str(&errors); *p; p++)
		lines += *p == '\n';
	is_int(lines, 5, "has five messages");
	buf_reset(&errors);
	source.file = scratch_file(
		"bad.toml",
		"[notify.a]\nfrom = \"a@b\"\n[notify.b]\nfrom = \"a@b\"\n[alert.c]\nfor = 2\n[alert.d]\n"
		"for = 2\n",
		0644);
	is_int(conf_load(&source, &conf, NULL), EXIT_CONFIG, "sections that lack something");
	ok(strstr(buf_str(&errors), "[notify.a]") && strstr(buf_str(&errors), "[notify.b]") &&
		   strstr(buf_str(&errors), "[alert.c]") && strstr(buf_str(&errors), "[alert.d]"),
	   "are all told: %s", buf_str(&errors));
	buf_reset(&errors);
	source.file = scratch_file("bad.toml",
				   "[notify.a]\nurl = \"smtp://m\"\nfrom = \"A <a@b>\"\nto = [\"C <c@d>\"]\n", 0644);
	is_int(conf_load(&source, &conf, NULL), EXIT_CONFIG, "addresses with names");
	ok(!strstr(buf_str(&errors), "needs from and to"), "are not missing: %s", buf_str(&errors));
	buf_done(&errors);
}

static void which_file(void)
{
	char path[256];
	struct conf_source source = {0};
	struct conf conf;
	struct err err = {""};

	is_int(load("/nonexistent/x", NULL, 0, &conf, &err), EXIT_CONFIG, "a named file must exist");
	is_str(err.msg, "cannot read the config /nonexistent/x: No such file or directory", "and the message says it");
	snprintf(path, sizeof(path), "%s",
		 scratch_file(".config/swarmtop/config.toml", "[monitor]\nrefresh = 7\n", 0644));
	if (ok(conf_load(&source, &conf, &err) == 0, "~/.config is found")) {
		is_str(conf.path, path, "by its path");
		conf_done(&conf);
	}
	snprintf(path, sizeof(path), "%s", scratch_file("xdg/swarmtop/config.toml", "[monitor]\nrefresh = 8\n", 0644));
	path[strlen(path) - strlen("/swarmtop/config.toml")] = '\0';
	setenv("XDG_CONFIG_HOME", path, 1);
	if (ok(conf_load(&source, &conf, &err) == 0, "$XDG_CONFIG_HOME is found")) {
		ok(conf.monitor.refresh == 8, "instead");
		conf_done(&conf);
	}
	unsetenv("XDG_CONFIG_HOME");
	is_int(load(scratch, NULL, 0, &conf, &err), EXIT_CONFIG, "a folder is no config");
}

static void secrets(void)
{
	static const char text[] = "[[transmission]]\nusername = \"u\"\npassword = \"hunter2\"\n";
	static const char mail[] = "[notify.a]\nurl = \"smtp://m\"\nfrom = \"a@b\"\nto = [\"c@d\"]\n";
	static const char with_file[] = "[[transmission]]\nusername = \"u\"\npassword_file = \"pw\"\n";
	struct conf conf;
	struct err err = {""};
	struct buf out;

	is_int(load(scratch_file("s.toml", text, 0640), NULL, 0, &conf, &err), EXIT_CONFIG, "others may read: refused");
	ok(strstr(err.msg, "chmod 600") && !strstr(err.msg, "hunter2"), "with advice, without the secret: %s", err.msg);
	if (!ok(load(scratch_file("s.toml", text, 0600), NULL, 0, &conf, &err) == 0, "a private file is taken"))
		return;
	is_str(conf.daemons[0].password, "hunter2", "with its password");
	buf_init(&out, 65536);
	conf_print(&conf, &out);
	ok(!strstr(buf_str(&out), "hunter2") && strstr(buf_str(&out), "password = \"***\""), "which is never printed");
	buf_done(&out);
	conf_done(&conf);
	scratch_file("pw", "hunter2\n", 0644);
	is_int(load(scratch_file("s.toml", with_file, 0644), NULL, 0, &conf, &err), EXIT_CONFIG,
	       "the same for a password_file");
	scratch_file("rpc-password", "u:w\n", 0600);
	setenv("CREDENTIALS_DIRECTORY", ".", 1);
	if (ok(load("s.toml", NULL, 0, &conf, &err) == 0, "which is not read where a credential takes its place"))
		conf_done(&conf);
	scratch_file("notify-password-a", "word\n", 0600);
	is_int(load(scratch_file("m.toml", mail, 0644), NULL, 0, &conf, &err), EXIT_CONFIG,
	       "a login of a mail whose password is a credential");
	ok(strstr(err.msg, "needs a username"), "needs a username too: %s", err.msg);
	unsetenv("CREDENTIALS_DIRECTORY");
	scratch_file("pw", "hunter2\n", 0600);
	if (ok(load(scratch_file("s.toml", with_file, 0644), NULL, 0, &conf, &err) == 0, "a private one is taken"))
		conf_done(&conf);
	unlink("pw");
	is_int(load(scratch_file("s.toml", with_file, 0644), NULL, 0, &conf, &err), EXIT_CONFIG, "it must exist");
}

static void environment(void)
{
	const char *path = scratch_file("e.toml", "[monitor]\nrefresh = 5\nremember = 5000\n", 0644);
	struct conf conf;
	struct err err = {""};

	setenv("SWARMTOP_MONITOR_REFRESH", "6", 1);
	setenv("SWARMTOP_MONITOR_TORRENTS", "1, 2,", 1);
	setenv("SWARMTOP_GEOIP_DATABASES", "[\"/a,b\"]", 1);
	setenv("SWARMTOP_LOG_FILE", "true", 1);
	setenv("SWARMTOP", "elsewhere", 1);
	if (ok(load(path, NULL, 0, &conf, &err) == 0, "the environment is read %s", err.msg)) {
		ok(conf.monitor.refresh == 6 && conf.monitor.remember == 5000, "it is stronger than the file");
		is_int(conf.monitor.torrents.count, 2, "a list with commas");
		is_str(conf.monitor.torrents.items[1], "2", "in its order");
		is_str(conf.geoip.databases.items[0], "/a,b", "a list as TOML");
		is_str(conf.log.file, "true", "a text may look like something else");
		conf_done(&conf);
	}
	setenv("SWARMTOP_MONITOR_REFRESH", "often", 1);
	is_int(load(path, NULL, 0, &conf, &err), EXIT_CONFIG, "a wrong value is refused");
	is_str(err.msg, "SWARMTOP_MONITOR_REFRESH: refresh must be a number of seconds, not a string", "by its name");
	unsetenv("SWARMTOP_MONITOR_REFRESH");
	setenv("SWARMTOP_MONITOR_REFESH", "6", 1);
	is_int(load(path, NULL, 0, &conf, &err), EXIT_CONFIG, "a wrong key too");
	is_str(err.msg, "SWARMTOP_MONITOR_REFESH: unknown key \"refesh\" in [monitor]; did you mean \"refresh\"?",
	       "with the nearest");
	unsetenv("SWARMTOP_MONITOR_REFESH");
	setenv("SWARMTOP_TRANSMISSION_URL", "nas", 1);
	is_int(load(path, NULL, 0, &conf, &err), EXIT_CONFIG, "and what repeats");
	clearenv();
	setenv("HOME", scratch, 1);
}

/* HOME is the scratch folder. */
static void own_folder(void)
{
	struct conf conf;
	struct err err = {""};
	char want[4096];

	if (!ok(load(scratch_file("home.toml",
				  "[filter]\nlists = [\"vpn=~/vpn.txt\", \"~/a=b.mmdb\", \"tor=/x/~/y\", \"own=~x\"]\n"
				  "[history]\npath = \"~/h.db\"\n[log]\nlevel = \"info\"\nfile = \"x/~/y\"\n"
				  "[collection.a]\ntorrent_url = \"~/torrents\"\n",
				  0600),
		     NULL, 0, &conf, &err) == 0,
		"~/ in paths of files"))
		return;
	snprintf(want, sizeof(want), "vpn=%s/vpn.txt", scratch);
	is_str(conf.filter.lists.items[0], want, "is one's own folder, behind a tag");
	snprintf(want, sizeof(want), "%s/a=b.mmdb", scratch);
	is_str(conf.filter.lists.items[1], want, "and without one");
	is_str(conf.filter.lists.items[2], "tor=/x/~/y", "but not in the middle");
	is_str(conf.filter.lists.items[3], "own=~x", "and somebody else's is not known");
	snprintf(want, sizeof(want), "%s/h.db", scratch);
	is_str(conf.history.path, want, "of the history");
	is_str(conf.log.file, "x/~/y", "not in the middle of a text");
	conf_done(&conf);
}

static void argv_sets(void)
{
	static const struct {
		const char *value, *msg;
	} cases[] = {
		{"monitor.refresh", "--set takes SECTION.KEY=VALUE, not \"monitor.refresh\""},
		{"refresh=5", "--set takes SECTION.KEY=VALUE, not \"refresh\""},
		{"monitor.refesh=5", "--set: unknown key in \"monitor.refesh\"; did you mean \"refresh\"?"},
		{"swarm.refresh=5", "--set: unknown section in \"swarm.refresh\""},
		{"collection.url=x", "--set takes collection.NAME.KEY=VALUE, not \"collection.url\""},
		{"collection.a.ur=x", "--set: unknown key in \"collection.a.ur\""},
		{"notify.a.password=x",
		 "--set: a password is not taken from the command line, where others may read it"},
		{"monitor.a.refresh=1", "--set: unknown key in \"monitor.a.refresh\"; did you mean \"refresh\"?"},
		{"transmission.url=nas", "--set cannot set [[transmission]]: use --url or the config"},
		{"monitor.refresh=0", "--set: refresh must be from 0.1 to 86400 seconds"},
		{"monitor.torrents=[1",
		 "--set: torrents is no list, character 3: expected ',' or ']' behind the value, "
		 "found the end of the document"},
	};
	const char *const files[] = {"/x,y", "/z"};
	const struct conf_set sets[] = {
		{.option = "--set", .value = "monitor.refresh=2.5"},
		{.option = "--set", .value = "log.file=/tmp/a=b"},
		{.option = "--torrents", .key = "monitor.torrents", .value = "all"},
		{.option = "--geoip", .key = "geoip.databases", .items = files, .count = 2},
	};
	struct conf conf;
	struct err err = {""};

	if (ok(load(NULL, sets, 4, &conf, &err) == 0, "argv is read %s", err.msg)) {
		ok(conf.monitor.refresh == 2.5, "as TOML");
		is_str(conf.log.file, "/tmp/a=b", "or as text");
		is_int(conf.geoip.databases.count, 2, "or as it is");
		is_str(conf.geoip.databases.items[0], "/x,y", "with commas");
		conf_done(&conf);
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf_set set = {.option = "--set", .value = cases[i].value};

		is_int(load(NULL, &set, 1, &conf, &err), EXIT_USAGE, "%s is refused with 2", cases[i].value);
		is_str(err.msg, cases[i].msg, "and it says why");
	}
}

static void argv_urls(void)
{
	static const char text[] =
		"[[transmission]]\nname = \"box\"\nurl = \"https://nas:9091/x/rpc\"\nusername = \"u\"\n"
		"cacert = \"/ca\"\ninsecure = true\n[[transmission]]\nurl = \"http://other\"\n";
	const char *const urls[] = {"NAS:9091", "http://third:9091/transmission/", "https://nas:9091/y/rpc"};
	const char *const plain[] = {"http://nas:9091"}, *const twice[] = {"nas", "nas:9091"}, *const bad[] = {"a b"};
	char path[256];
	struct conf conf;
	struct err err = {""};

	snprintf(path, sizeof(path), "%s", scratch_file("u.toml", text, 0644));
	if (ok(load_urls(path, urls, 3, &conf, &err) == 0, "-u is read %s", err.msg)) {
		is_int(conf.daemon_count, 3, "it replaces all of the file");
		is_str(conf.daemons[0].url, "https://nas:9091/x/rpc",
		       "without a scheme it takes the address of the same host");
		is_str(conf.daemons[0].name, "box", "and its name");
		is_str(conf.daemons[0].username, "u", "and its login");
		is_str(conf.daemons[1].url, "http://third:9091/transmission/rpc", "another host stands alone");
		is_str(conf.daemons[1].username, "", "without a login");
		is_str(conf.daemons[2].url, "https://nas:9091/y/rpc", "with a scheme it keeps its own address");
		is_str(conf.daemons[2].cacert, "/ca", "and borrows the rest");
		ok(conf.daemons[2].insecure && conf.daemons[2].from_argv, "all of it; TR_AUTH is for it");
		is_str(conf.daemons[2].name, "box-2", "under a name of its own");
		conf_done(&conf);
	}
	if (ok(load_urls(path, plain, 1, &conf, &err) == 0, "plain http to a host with https")) {
		is_str(conf.daemons[0].username, "", "borrows no login");
		conf_done(&conf);
	}
	is_int(load_urls(path, twice, 2, &conf, &err), EXIT_USAGE, "the same daemon twice is refused");
	is_str(err.msg, "the daemon https://nas:9091/x/rpc is named twice", "which is no fault of the file");
	snprintf(path, sizeof(path), "%s",
		 scratch_file("v.toml", "[[transmission]]\nurl = \"nas\"\npassword_file = \"none\"\n", 0644));
	is_int(load_urls(path, plain, 1, &conf, &err), EXIT_CONFIG, "what a file lends is that file's fault");
	ok(strstr(err.msg, "v.toml:3:17: cannot read none"), "in its place: %s", err.msg);
	is_int(load_urls(path, bad, 1, &conf, &err), EXIT_USAGE, "and so is what is no address");
	ok(strncmp(err.msg, "--url: \"a b\" is no address", 26) == 0, "with its reason: %s", err.msg);
}

/* An announce URL may hold a passkey. */
static void passkeys(void)
{
	static const char text[] =
		"[trackers]\nextra = [\"udp://a:1/announce\", \"udp://a:2\", \"http://b/s3cret/announce\", "
		"\"https://c:8443/announce?passkey=s3cret\", \"https://[2001:db8::1]?s3cret\"]\n";
	static const char want[] = "extra = [\"udp://a:1/announce\", \"udp://a:2\", \"http://b/***\", "
				   "\"https://c:8443/***\", \"https://[2001:db8::1]/***\"]\n";
	struct conf conf;
	struct err err = {""};
	struct buf out;

	buf_init(&out, 65536);
	if (ok(load(scratch_file("k.toml", text, 0644), NULL, 0, &conf, &err) == 0, "extra trackers %s", err.msg)) {
		conf_print(&conf, &out);
		conf_done(&conf);
	}
	ok(strstr(buf_str(&out), want) && !strstr(buf_str(&out), "s3cret"), "are printed without their passkeys");
	if (ok(load(scratch_file("l.toml", buf_str(&out), 0644), NULL, 0, &conf, &err) == 0, "which is read %s",
	       err.msg))
		conf_done(&conf);
	buf_done(&out);
}

/* What is printed reads back the same. */
static void printed(void)
{
	static const char text[] =
		"[monitor]\nrefresh = 0.25\ntorrents = [1, 2]\n[[transmission]]\nname = \"a\\\"\\\\b\"\n"
		"url = \"unix:/run/x\"\n[log]\nfile = \"\\u00e9\"\n";
	struct buf first, second;
	struct conf conf;
	struct err err = {""};

	buf_init(&first, 65536);
	buf_init(&second, 65536);
	if (ok(load(scratch_file("p.toml", text, 0644), NULL, 0, &conf, &err) == 0, "a config %s", err.msg)) {
		is_int(conf_print(&conf, &first), 0, "is printed");
		conf_done(&conf);
	}
	if (ok(load(scratch_file("q.toml", buf_str(&first), 0644), NULL, 0, &conf, &err) == 0, "and read %s",
	       err.msg)) {
		conf_print(&conf, &second);
		conf_done(&conf);
	}
	is_str(buf_str(&second), buf_str(&first), "and is the same");
	buf_done(&first);
	buf_init(&first, 100);
	if (ok(load(NULL, NULL, 0, &conf, &err) == 0, "a small buffer")) {
		is_int(conf_print(&conf, &first), -ENOBUFS, "is too small");
		conf_done(&conf);
	}
	buf_done(&first);
	buf_done(&second);
}

int main(void)
{
	scratch_init();
	built_in();
	example_is_the_default();
	file_values();
	file_errors();
	collections();
	alerts();
	alerts_of_others();
	no_room();
	what_belongs_together();
	too_many_lists();
	proxy_login();
	all_errors();
	which_file();
	secrets();
	environment();
	own_folder();
	argv_sets();
	argv_urls();
	passkeys();
	printed();
	return tap_done();
}
