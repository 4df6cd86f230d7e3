/* The monitor's options. It does not know what they lead to. */
#include "peers/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/words.h"
#include "core/opt.h"

/* As on argv, before the configuration is made of it. */
struct given {
	struct options o;
	struct opt_common common;
	struct opt_list urls, databases;
	const char *refresh, *torrents;
	bool plain, json, csv;
};

#define IN_GIVEN(field) offsetof(struct given, field)

static const char *const colors[] = {"auto", "always", "never", NULL};

static const struct opt table[] = {
	{.letter = 'u',
	 .name = "url",
	 .argument = "URL",
	 .at = IN_GIVEN(urls),
	 .take = opt_list,
	 .help = N_("Ask this daemon instead of those of the config; repeatable. http(s)://HOST:PORT/PATH, HOST, PORT, "
		 "HOST:PORT, [V6]:PORT or unix:/PATH.")},
	{.letter = 'r',
	 .name = "refresh",
	 .argument = "SECONDS",
	 .at = IN_GIVEN(refresh),
	 .take = opt_text,
	 .help = N_("Ask so often, 0.1 to 86400 (30).")},
	{.letter = 't',
	 .name = "torrents",
	 .argument = "LIST",
	 .at = IN_GIVEN(torrents),
	 .take = opt_text,
	 .help = N_("\"all\", or ids or info-hashes with commas.")},
	{.letter = 'g',
	 .name = "geoip",
	 .argument = "FILE",
	 .at = IN_GIVEN(databases),
	 .take = opt_list,
	 .help = N_("Use this geo database; repeatable.")},
	{.letter = '1',
	 .name = "once",
	 .at = IN_GIVEN(o.once),
	 .take = opt_flag,
	 .help = N_("One poll, its block, the end.")},
	{.letter = 'n',
	 .name = "polls",
	 .argument = "N",
	 .at = IN_GIVEN(o.polls),
	 .take = opt_number,
	 .help = N_("Stop after N polls.")},
	{.name = "plain",
	 .at = IN_GIVEN(plain),
	 .take = opt_flag,
	 .help = N_("Text blocks, as when stdout is no terminal.")},
	{.name = "json", .at = IN_GIVEN(json), .take = opt_flag, .help = N_("JSON Lines, one a poll.")},
	{.name = "csv", .at = IN_GIVEN(csv), .take = opt_flag, .help = N_("CSV, one row a country and poll.")},
	{.name = "peers", .at = IN_GIVEN(o.peers), .take = opt_flag, .help = N_("Also every remembered address.")},
	{.letter = 'o',
	 .name = "output",
	 .argument = "FILE",
	 .at = IN_GIVEN(o.output),
	 .take = opt_text,
	 .help = N_("Append to FILE instead of writing to stdout; reopened on SIGHUP.")},
	{.name = "textfile",
	 .argument = "FILE",
	 .at = IN_GIVEN(o.textfile),
	 .take = opt_text,
	 .help = N_("Write metrics there at every poll, for the textfile collector of node_exporter.")},
	{.name = "color",
	 .argument = "WHEN",
	 .at = IN_GIVEN(o.color),
	 .take = opt_choice,
	 .choices = colors,
	 .help = N_("auto, always or never.")},
	{.name = "record",
	 .at = IN_GIVEN(o.record),
	 .take = opt_flag,
	 .help = N_("Keep the history also with --once and --polls.")},
	{.name = "ascii", .at = IN_GIVEN(o.ascii), .take = opt_flag, .help = N_("Draw with ASCII characters only.")},
};

static const struct opt_usage usage = {
	.command = "swarmtop",
	.operands = N_("[monitor] [OPTION...]"),
	.about = N_("Shows who is connected to your Transmission, from which country and at which hour."),
};

/* What goes together. */
static int settle(struct given *g, struct err *err)
{
	if (g->plain + g->json + g->csv > 1)
		return opt_refuse(&usage, err, "only one of --plain, --json and --csv can be had");
	if (g->o.once && g->o.polls > 1)
		return opt_refuse(&usage, err, "--once and --polls %u do not go together", (unsigned)g->o.polls);
	if (g->o.textfile && strcmp(g->o.textfile, "-") == 0)
		return opt_refuse(&usage, err, "--textfile wants a file, and not stdout: records are there");
	if (g->o.once)
		g->o.polls = 1;
	g->o.format = g->plain ? OPTIONS_PLAIN : g->json ? OPTIONS_JSON : g->csv ? OPTIONS_CSV : OPTIONS_SCREEN;
	return 0;
}

static int load(struct given *g, struct err *err)
{
	struct conf_set sets[OPT_LIST_MAX + 4];
	struct conf_source source = {
		.file = g->common.config, .sets = sets, .urls = g->urls.items, .url_count = g->urls.count};
	const struct conf_set own[] = {
		{.option = "--refresh", .key = "monitor.refresh", .value = g->refresh},
		{.option = "--torrents", .key = "monitor.torrents", .value = g->torrents},
		{.option = "--log-level", .key = "log.level", .value = g->common.log_level},
		{.option = "--geoip",
		 .key = "geoip.databases",
		 .items = g->databases.count ? g->databases.items : NULL,
		 .count = g->databases.count},
	};

	for (size_t i = 0; i < g->common.sets.count; i++)
		sets[source.set_count++] = (struct conf_set){.option = "--set", .value = g->common.sets.items[i]};
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (own[i].value || own[i].items)
			sets[source.set_count++] = own[i];
	}
	return conf_load(&source, &g->o.conf, err);
}

static int print_version(void)
{
	printf("swarmtop %s\n", SWARMTOP_VERSION);
	return OPTIONS_DONE;
}

int options_parse(int argc, char **argv, struct options *o, struct err *err)
{
	struct given g = {.o = {.argc = argc, .argv = argv}};
	const struct opt_group groups[] = {
		{table, sizeof(table) / sizeof(table[0]), &g},
		opt_common_group(&g.common),
	};
	char clean[128];
	int operand, r;

	r = opt_parse(argc, argv, &usage, groups, 2, &operand, err);
	if (r)
		return r;
	if (g.common.help) {
		opt_help(stdout, &usage, groups, 2);
		return OPTIONS_DONE;
	}
	if (g.common.version)
		return print_version();
	if (operand < argc) {
		text_clean(clean, sizeof(clean), argv[operand], strlen(argv[operand]), 40);
		return opt_refuse(&usage, err, "\"%s\" is no option, and a command comes before all options", clean);
	}
	r = settle(&g, err);
	if (!r)
		r = load(&g, err);
	if (!r)
		*o = g.o;
	return r;
}

int options_reload(const struct options *old, struct options *fresh, struct err *err)
{
	return options_parse(old->argc, old->argv, fresh, err);
}

void options_done(struct options *o)
{
	conf_done(&o->conf);
}
