/* The monitor's options over a configuration. */
#include "peers/options.h"

#include "scratch.h"
#include "tap.h"

enum { ARGS = 20 };

static int parse(char *const *args, struct options *o, struct err *err)
{
	static char *argv[ARGS + 1];
	int argc = 0;

	argv[argc++] = "monitor";
	while (*args && argc < ARGS)
		argv[argc++] = *args++;
	argv[argc] = NULL;
	return options_parse(argc, argv, o, err);
}

static void defaults(void)
{
	struct options o;
	struct err err = {""};

	if (!ok(parse((char *[]){"-c", "/dev/null", NULL}, &o, &err) == 0, "hardly an option %s", err.msg))
		return;
	is_int(o.format, OPTIONS_SCREEN, "the screen");
	is_int(o.polls, 0, "without end");
	is_int(o.color, OPTIONS_COLOR_AUTO, "in colour where it can be had");
	ok(!o.once && !o.peers && !o.ascii && !o.output, "and nothing else");
	ok(o.conf.monitor.refresh == 30, "every 30 seconds");
	options_done(&o);
}

static void all_of_them(void)
{
	char *args[] = {"-u",          "nas",    "--url=unix:/run/x",
			"-r",          "0.5",    "-t1,2",
			"-g",          "/a,b",   "-g/c",
			"-n3",         "--json", "--peers",
			"--ascii",     "-oout",  "--color=never",
			"-c/dev/null", NULL};
	struct options o;
	struct err err = {""};

	if (!ok(parse(args, &o, &err) == 0, "all of them %s", err.msg))
		return;
	is_int(o.conf.daemon_count, 2, "two daemons");
	is_str(o.conf.daemons[0].url, "http://nas:9091/transmission/rpc", "the first");
	is_str(o.conf.daemons[1].url, "unix:/run/x", "the second");
	ok(o.conf.monitor.refresh == .5, "refresh");
	is_int(o.conf.monitor.torrents.count, 2, "torrents");
	is_int(o.conf.geoip.databases.count, 2, "databases");
	is_str(o.conf.geoip.databases.items[0], "/a,b", "a comma in a file's name");
	ok(o.conf.geoip.named, "they were named");
	is_int(o.polls, 3, "polls");
	is_int(o.format, OPTIONS_JSON, "JSON");
	ok(o.peers && o.ascii && !o.once, "flags");
	is_str(o.output, "out", "output");
	is_int(o.color, OPTIONS_COLOR_NEVER, "color");
	options_done(&o);
}

static void refused(void)
{
	static const struct {
		char *args[5];
		int status;
		const char *msg;
	} cases[] = {
		{{"--json", "--csv"}, 2, "only one of --plain, --json and --csv can be had; try swarmtop --help"},
		{{"-1", "-n2"}, 2, "--once and --polls 2 do not go together; try swarmtop --help"},
		{{"whatever"},
		 2,
		 "\"whatever\" is no option, and a command comes before all options; try swarmtop --help"},
		{{"-r", "0"}, 2, "--refresh: refresh must be from 0.1 to 86400 seconds"},
		{{"-t", "x"},
		 2,
		 "--torrents: torrents takes \"all\", the ids that Transmission shows, or info-hashes of 40 digits"},
		{{"-t", ","}, 2, "--torrents: torrents must not be empty"},
		{{"--log-level", "loud"}, 2, "--log-level: level is one of error, warn, info, debug"},
		{{"-c", "/nonexistent"}, 78, "cannot read the config /nonexistent: No such file or directory"},
	};
	struct options o;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = {""};

		is_int(parse(cases[i].args, &o, &err), cases[i].status, "case %zu is refused with %d", i,
		       cases[i].status);
		is_str(err.msg, cases[i].msg, "and it says why");
	}
}

static void once(void)
{
	struct options o;
	struct err err = {""};

	if (!ok(parse((char *[]){"--once", "-c/dev/null", NULL}, &o, &err) == 0, "--once"))
		return;
	ok(o.once && o.polls == 1, "is one poll");
	options_done(&o);
}

static void reload(void)
{
	struct options o, fresh;
	struct err err = {""};

	scratch_file(".config/swarmtop/config.toml", "[monitor]\nrefresh = 7\nremember = 5000\n", 0644);
	if (!ok(parse((char *[]){"-r", "9", "--plain", NULL}, &o, &err) == 0, "a config file %s", err.msg))
		return;
	ok(o.conf.monitor.refresh == 9 && o.conf.monitor.remember == 5000, "argv is stronger");
	scratch_file(".config/swarmtop/config.toml", "[monitor]\nremember = 6000\n", 0644);
	if (ok(options_reload(&o, &fresh, &err) == 0, "it is read again %s", err.msg)) {
		is_int(fresh.conf.monitor.remember, 6000, "with its new value");
		ok(fresh.conf.monitor.refresh == 9 && fresh.format == OPTIONS_PLAIN, "under the same argv");
		options_done(&fresh);
	}
	scratch_file(".config/swarmtop/config.toml", "[monitor\n", 0644);
	is_int(options_reload(&o, &fresh, &err), 78, "a broken file is refused");
	is_int(o.conf.monitor.remember, 5000, "and the old one lives");
	options_done(&o);
}

static void help(void)
{
	struct options o;
	struct err err = {""};
	int saved = dup(STDOUT_FILENO), status;

	fflush(stdout);
	if (!freopen("help.txt", "w", stdout))
		return;
	status = parse((char *[]){"--help", NULL}, &o, &err);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	is_int(status, OPTIONS_DONE, "--help is all that is wanted");
	if (ok(freopen("help.txt", "r", stdin) != NULL, "it was printed")) {
		char line[256];
		size_t longest = 0, lines = 0;

		for (; fgets(line, sizeof(line), stdin); lines++)
			longest = strlen(line) > longest ? strlen(line) : longest;
		ok(lines > 15 && longest <= 81, "%zu lines, at most 80 columns wide", lines);
	}
}

int main(void)
{
	scratch_init();
	defaults();
	all_of_them();
	refused();
	once();
	reload();
	help();
	return tap_done();
}
