/* `swarmtop config`. What is wrong goes to stderr, what was asked for to stdout. */
#include "config_main.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "core/conf.h"
#include "core/opt.h"
#include "config_example.h"

enum { PRINT_MAX = 4 << 20, EXIT_WRITE = 1 };

struct given {
	bool check, print, example;
	struct opt_common common;
};

#define IN_GIVEN(field) offsetof(struct given, field)

static const struct opt table[] = {
	{.name = "check",
	 .at = IN_GIVEN(check),
	 .take = opt_flag,
	 .help = "Say whether the config is right, or all that is wrong with it."},
	{.name = "print",
	 .at = IN_GIVEN(print),
	 .take = opt_flag,
	 .help = "Print what is in force, from file, environment and --set; passwords as \"***\"."},
	{.name = "example",
	 .at = IN_GIVEN(example),
	 .take = opt_flag,
	 .help = "Print a config with every key, its built-in value and what it means."},
};

static const struct opt_usage usage = {
	.command = "swarmtop config",
	.operands = "--check | --print | --example [OPTION...]",
	.about = "Checks, prints or explains the configuration.",
};

static int complain(const struct err *err)
{
	fprintf(stderr, "swarmtop: %s\n", err->msg);
	return EXIT_USAGE;
}

static int load(const struct given *g, struct buf *errors, struct conf *conf)
{
	struct conf_set sets[OPT_LIST_MAX + 1];
	struct conf_source source = {.file = g->common.config, .sets = sets, .errors = errors};
	int status;

	for (size_t i = 0; i < g->common.sets.count; i++)
		sets[source.set_count++] = (struct conf_set){.option = "--set", .value = g->common.sets.items[i]};
	if (g->common.log_level)
		sets[source.set_count++] = (struct conf_set){
			.option = "--log-level", .key = "log.level", .value = g->common.log_level};
	status = conf_load(&source, conf, NULL);
	if (status)
		fputs(buf_str(errors), stderr);
	return status;
}

static int say_ok(const struct conf *conf)
{
	char clean[512];

	text_clean(clean, sizeof(clean), conf->path, strlen(conf->path), 200);
	printf("%s: ok\n", *clean ? clean : "no config file, built-in values");
	return 0;
}

static int print_conf(const struct conf *conf)
{
	struct buf out;
	int r;

	buf_init(&out, PRINT_MAX);
	r = conf_print(conf, &out);
	fputs(buf_str(&out), stdout);
	buf_done(&out);
	return r ? EXIT_WRITE : 0;
}

static int check_or_print(const struct given *g)
{
	struct buf errors;
	struct conf conf;
	int status;

	buf_init(&errors, CONF_ERRORS);
	status = load(g, &errors, &conf);
	buf_done(&errors);
	if (status)
		return status;
	status = g->check ? say_ok(&conf) : print_conf(&conf);
	conf_done(&conf);
	return status;
}

static int run(const struct given *g)
{
	if (!g->example)
		return check_or_print(g);
	fputs(config_example, stdout);
	return 0;
}

static int print_help(const struct opt_group *groups, size_t count)
{
	opt_help(stdout, &usage, groups, count);
	return 0;
}

int config_main(int argc, char **argv)
{
	struct given g = {0};
	const struct opt_group groups[] = {
		{table, sizeof(table) / sizeof(table[0]), &g},
		opt_common_group(&g.common),
	};
	int operand, status;
	struct err err;

	if (opt_parse(argc, argv, &usage, groups, 2, &operand, &err))
		return complain(&err);
	if (g.common.help)
		return print_help(groups, 2);
	if (g.common.version) {
		printf("swarmtop %s\n", SWARMTOP_VERSION);
		return 0;
	}
	if (operand < argc || g.check + g.print + g.example != 1) {
		opt_refuse(&usage, &err, "one of --check, --print and --example is needed, and nothing else");
		return complain(&err);
	}
	status = run(&g);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "swarmtop: cannot write to stdout: %s\n", strerror(errno));
		status = status ? status : EXIT_WRITE;
	}
	return status;
}
