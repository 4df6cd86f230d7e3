/* `swarmtop config`. What is wrong goes to stderr, what was asked for to stdout. */
#include "config_main.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/words.h"
#include "core/conf.h"
#include "core/notify.h"
#include "core/opt.h"
#include "config_example.h"

enum { PRINT_MAX = 4 << 20, EXIT_WRITE = 1 };

struct given {
	bool check, print, example;
	const char *test_notify;
	struct opt_common common;
};

#define IN_GIVEN(field) offsetof(struct given, field)

static const struct opt table[] = {
	{.name = "check",
	 .at = IN_GIVEN(check),
	 .take = opt_flag,
	 .help = N_("Say whether the config is right, or all that is wrong with it.")},
	{.name = "print",
	 .at = IN_GIVEN(print),
	 .take = opt_flag,
	 .help = N_("Print what is in force, from file, environment and --set; passwords as \"***\".")},
	{.name = "example",
	 .at = IN_GIVEN(example),
	 .take = opt_flag,
	 .help = N_("Print a config with every key, its built-in value and what it means.")},
	{.name = "test-notify",
	 .argument = "NAME",
	 .at = IN_GIVEN(test_notify),
	 .take = opt_text,
	 .help = N_("Send a test message by [notify.NAME], and say what became of it.")},
};

static const struct opt_usage usage = {
	.command = "swarmtop config",
	.operands = "--check | --print | --example | --test-notify NAME",
	.about = N_("Checks, prints or explains the configuration, and tries a notifier."),
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
	struct err doubt;
	size_t at = 0;

	while (conf_doubt(conf, &at, &doubt))
		fprintf(stderr, "swarmtop: warning: %s\n", doubt.msg);
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

/* ---- a test message ---- */

struct test {
	struct loop *loop;
	int status;
};

static bool ring(void *context, bool aloud)
{
	(void)context;
	if (aloud && isatty(STDERR_FILENO))
		fputs("\a", stderr);
	return isatty(STDERR_FILENO);
}

static void tested(void *context, const char *name, const char *error)
{
	struct test *t = context;

	t->status = *error ? EXIT_FAILED : 0;
	if (*error)
		fprintf(stderr, "swarmtop: %s: %s\n", name, error);
	else
		printf("%s: the test message was sent\n", name);
	loop_stop(t->loop);
}

static void warn(const struct conf *conf, const char *name)
{
	struct err doubt;

	for (size_t i = 0; i < conf->notifier_count; i++)
		if (strcmp(conf->notifiers[i].name, name) == 0 && conf_notify_exposed(&conf->notifiers[i], &doubt))
			fprintf(stderr, "swarmtop: warning: %s\n", doubt.msg);
}

static int try_notifier(const struct conf *conf, struct notify *notify, struct test *t, const char *name)
{
	struct notify_message m = {
		.wall = clock_now().wall,
		.state = NOTIFY_TEST,
		.alert = "test",
		.title = "swarmtop: a test",
		.text = "This is a test message of swarmtop. Alerts will come this way.",
	};
	char clean[128];
	struct err err;

	if (notify_configure(notify, conf, &err)) {
		fprintf(stderr, "swarmtop: %s\n", err.msg);
		return EXIT_CONFIG;
	}
	if (notify_try(notify, name, &m)) {
		text_clean(clean, sizeof(clean), name, strlen(name), 40);
		fprintf(stderr, "swarmtop: there is no [notify.%s] in the config\n", clean);
		return EXIT_USAGE;
	}
	warn(conf, name);
	loop_run(t->loop);
	return t->status;
}

static int test_notifier(const struct conf *conf, const char *name)
{
	struct test t = {.loop = loop_new(), .status = EXIT_FAILED};
	struct http *http = http_new(t.loop);
	struct notify *notify = notify_new(
		&(struct notify_world){.loop = t.loop, .http = http, .ring = ring, .done = tested, .context = &t});
	int status = http ? try_notifier(conf, notify, &t, name) : EXIT_FAILED;

	notify_free(notify);
	http_free(http);
	loop_free(t.loop);
	return status;
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
	if (g->test_notify)
		status = test_notifier(&conf, g->test_notify);
	else
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
	if (operand < argc || g.check + g.print + g.example + (g.test_notify != NULL) != 1) {
		opt_refuse(&usage, &err,
			   "one of --check, --print, --example and --test-notify is needed, and nothing else");
		return complain(&err);
	}
	status = run(&g);
	if ((fflush(stdout) || ferror(stdout)) && errno != EPIPE) {
		fprintf(stderr, "swarmtop: cannot write to stdout: %s\n", strerror(errno));
		status = status ? status : EXIT_WRITE;
	}
	return status;
}
