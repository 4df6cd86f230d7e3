/* swarmtop: a table of subcommands. What each does is in its own file. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config_main.h"
#include "base/exits.h"
#include "base/words.h"
#include "core/language.h"
#include "peers/history_main.h"
#include "peers/monitor.h"
#include "swarm/daemon.h"
#include "swarm/inspect.h"
#include "swarm/pick.h"
#include "swarm/report_main.h"
#include "swarm/run.h"

static const struct {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *what;
} commands[] = {
	{"monitor", monitor_main, N_("who is connected to your Transmission (the default)")},
	{"history", history_main, N_("what the monitor has recorded, by country, hour, day, peer or client")},
	{"sync", sync_main, N_("fetch the torrents of the collections into the store")},
	{"trackers", trackers_main, N_("ask their trackers for seeders and leechers")},
	{"dht", dht_main, N_("look them up in the DHT")},
	{"report", report_main, N_("write the HTML and JSON reports")},
	{"health", health_main, N_("the four above at their intervals, until stopped")},
	{"pick", pick_main, N_("which torrents need seeders most, within a disk budget")},
	{"inspect", inspect_main, N_("what a torrent is, and its health now")},
	{"config", config_main, N_("check, print or begin the configuration")},
};

static int help(void)
{
	language_start();
	printf(_("swarmtop: top for BitTorrent swarms\n\nUsage: swarmtop [COMMAND] [OPTION]...\n\nCommands:\n"));
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %-10s %s\n", commands[i].name, _(commands[i].what));
	printf(_("\n`swarmtop COMMAND --help` lists the options of a command.\n"));
	return EXIT_FINE;
}

static int run(const char *name, int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].main(argc, argv);
	fprintf(stderr, "swarmtop: there is no command '%s'; try `swarmtop help`\n", name);
	return EXIT_USAGE;
}

/* Memory holds logins: it goes into no core file, and no other process of the user may look into it. */
static void keep_secrets(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	prctl(PR_SET_DUMPABLE, 0);
}

/* Started with stdin, stdout or stderr closed: their numbers must not become those of other files. Writing to a stdout
 * that was closed fails, as it should. */
static void hold_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_FAILED);
}

int main(int argc, char **argv)
{
	hold_standard_files();
	keep_secrets();
	/* Who writes to nobody is told so, and goes on. */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2 || argv[1][0] == '-')
		return run("monitor", argc, argv);
	if (strcmp(argv[1], "help") == 0)
		return help();
	return run(argv[1], argc - 1, argv + 1);
}
