/* Reads options by tables through getopt_long(3), and prints the tables as --help. It does not know any command. */
#include "core/opt.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "core/language.h"

enum { OPTS = 64, HELP_COLS = 80, HELP_AT = 26, SHOWN = 160, VALUES = 1000 /* above every letter */ };

/* All groups in the form that getopt_long() takes. */
struct table {
	const struct opt *opts[OPTS];
	void *into[OPTS];
	size_t count;
	struct option longs[OPTS + 1];
	char shorts[3 * OPTS + 2];
	const char *names[OPTS + 1];
};

static const char *shown(const char *text, char clean[SHOWN])
{
	text_clean(clean, SHOWN, text, strlen(text), 40);
	return clean;
}

/* --- what options do --- */

int opt_flag(const struct opt *opt, void *field, const char *argument, struct err *why)
{
	(void)opt, (void)argument, (void)why;
	*(bool *)field = true;
	return 0;
}

int opt_text(const struct opt *opt, void *field, const char *argument, struct err *why)
{
	if (!*argument)
		return err_set(why, -EINVAL, "takes %s, not an empty text", opt->argument);
	*(const char **)field = argument;
	return 0;
}

int opt_list(const struct opt *opt, void *field, const char *argument, struct err *why)
{
	struct opt_list *list = field;

	if (!*argument)
		return err_set(why, -EINVAL, "takes %s, not an empty text", opt->argument);
	if (list->count == OPT_LIST_MAX)
		return err_set(why, -EINVAL, "may be given %d times at most", OPT_LIST_MAX);
	list->items[list->count++] = argument;
	return 0;
}

int opt_number(const struct opt *opt, void *field, const char *argument, struct err *why)
{
	char clean[SHOWN];
	uint64_t value;

	(void)opt;
	if (str_u64(argument, &value) || value < 1 || value > UINT32_MAX)
		return err_set(why, -EINVAL, "takes a whole number from 1 on, not \"%s\"", shown(argument, clean));
	*(uint32_t *)field = (uint32_t)value;
	return 0;
}

int opt_choice(const struct opt *opt, void *field, const char *argument, struct err *why)
{
	char all[200] = "", clean[SHOWN];
	size_t len = 0;

	for (int i = 0; opt->choices[i]; i++) {
		if (strcmp(opt->choices[i], argument) == 0) {
			*(int *)field = i;
			return 0;
		}
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", i ? ", " : "", opt->choices[i]);
		if (len >= sizeof(all))
			len = sizeof(all) - 1;
	}
	return err_set(why, -EINVAL, "takes one of %s, not \"%s\"", all, shown(argument, clean));
}

#define IN_COMMON(field) offsetof(struct opt_common, field)

static const struct opt common[] = {
	{.letter = 'c',
	 .name = "config",
	 .argument = "FILE",
	 .at = IN_COMMON(config),
	 .take = opt_text,
	 .help = N_("Read FILE instead of ~/.config/swarmtop/config.toml or /etc/swarmtop/config.toml.")},
	{.name = "set",
	 .argument = "SECTION.KEY=VALUE",
	 .at = IN_COMMON(sets),
	 .take = opt_list,
	 .help = N_("Set any key of the config; repeatable.")},
	{.name = "log-level",
	 .argument = "LEVEL",
	 .at = IN_COMMON(log_level),
	 .take = opt_text,
	 .help = N_("error, warn, info or debug.")},
	{.name = "version", .at = IN_COMMON(version), .take = opt_flag, .help = N_("Print the version.")},
	{.name = "help", .letter = 'h', .at = IN_COMMON(help), .take = opt_flag, .help = N_("Print this.")},
};

struct opt_group opt_common_group(struct opt_common *into)
{
	return (struct opt_group){common, sizeof(common) / sizeof(common[0]), into};
}

/* --- parsing --- */

static void table_add(struct table *t, const struct opt *opt, void *into)
{
	size_t len = strlen(t->shorts);

	if (t->count == OPTS)
		abort(); /* a table of ours outgrew OPTS */
	t->opts[t->count] = opt;
	t->into[t->count] = into;
	t->names[t->count] = opt->name;
	t->longs[t->count] = (struct option){
		.name = opt->name,
		.has_arg = opt->argument ? required_argument : no_argument,
		.val = VALUES + (int)t->count,
	};
	if (opt->letter) {
		t->shorts[len++] = opt->letter;
		if (opt->argument)
			t->shorts[len] = ':';
	}
	t->count++;
}

static void table_make(struct table *t, const struct opt_group *groups, size_t group_count)
{
	/* ':' tells a missing argument from an unknown option. */
	*t = (struct table){.shorts = ":"};
	for (size_t g = 0; g < group_count; g++) {
		for (size_t i = 0; i < groups[g].count; i++)
			table_add(t, &groups[g].opts[i], groups[g].into);
	}
}

/* The row of what getopt_long() returned, SIZE_MAX if there is none. */
static size_t table_row(const struct table *t, int value)
{
	if (value >= VALUES)
		return (size_t)(value - VALUES);
	for (size_t i = 0; i < t->count; i++) {
		if (value && t->opts[i]->letter == value)
			return i;
	}
	return SIZE_MAX;
}

int opt_refuse(const struct opt_usage *usage, struct err *err, const char *format, ...)
{
	char why[400];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return err_set(err, EXIT_USAGE, "%s; try %s --help", why, usage->command);
}

/* What getopt_long() could not read. `word` is where it stopped. */
static int refuse_unknown(const struct table *t, const struct opt_usage *usage, const char *word, struct err *err)
{
	size_t row = table_row(t, optopt);
	char clean[SHOWN], name[SHOWN];
	const char *near = NULL;

	if (optopt && row == SIZE_MAX)
		return opt_refuse(usage, err, "there is no option -%s", shown((char[]){(char)optopt, '\0'}, clean));
	if (row != SIZE_MAX) /* a long one without argument, with "=..." */
		return opt_refuse(usage, err, "option --%s takes no argument", t->opts[row]->name);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	if (str_starts(name, "--"))
		near = str_nearest(name + 2, t->names);
	return opt_refuse(usage, err, "there is no option %s%s%s%s", shown(name, clean),
			  near ? "; did you mean --" : "", near ? near : "", near ? "?" : "");
}

static int take(const struct table *t, size_t row, const struct opt_usage *usage, struct err *err)
{
	const struct opt *opt = t->opts[row];
	struct err why = {""};

	if (opt->take(opt, (char *)t->into[row] + opt->at, optarg, &why))
		return opt_refuse(usage, err, "option --%s %s", opt->name, why.msg);
	return 0;
}

int opt_parse(int argc, char **argv, const struct opt_usage *usage, const struct opt_group *groups, size_t group_count,
	      int *first_operand, struct err *err)
{
	struct table t;
	int value, r;

	table_make(&t, groups, group_count);
	opterr = 0;
	optind = 0; /* getopt_long(3): start anew */
	for (;;) {
		value = getopt_long(argc, argv, t.shorts, t.longs, NULL);
		if (value < 0)
			break;
		if (value == ':')
			return opt_refuse(usage, err, "option --%s takes %s", t.opts[table_row(&t, optopt)]->name,
					  t.opts[table_row(&t, optopt)]->argument);
		if (value == '?')
			return refuse_unknown(&t, usage, argv[optind - 1], err);
		r = take(&t, table_row(&t, value), usage, err);
		if (r)
			return r;
	}
	*first_operand = optind;
	return 0;
}

/* --- help --- */

static int word_cols(const char *text, size_t len)
{
	uint32_t character;
	int cols = 0;

	for (size_t at = 0; at < len; cols += (int)text_char_cols(character))
		at += text_decode(text + at, len - at, &character);
	return cols;
}

/* One paragraph, wrapped at words; the first line begins at column `at` already. */
static void print_wrapped(FILE *out, const char *text, int at)
{
	int column = at;

	while (*text) {
		int len = (int)strcspn(text, " "), cols = word_cols(text, (size_t)len);

		if (column > at && column + 1 + cols > HELP_COLS) {
			fprintf(out, "\n%*s", at, "");
			column = at;
		} else if (column > at) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", len, text);
		column += cols;
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void print_opt(FILE *out, const struct opt *opt)
{
	char left[HELP_COLS];
	int len;

	if (opt->letter)
		len = snprintf(left, sizeof(left), "  -%c, --%s", opt->letter, opt->name);
	else
		len = snprintf(left, sizeof(left), "      --%s", opt->name);
	if (opt->argument)
		len += snprintf(left + len, sizeof(left) - (size_t)len, " %s", opt->argument);
	fprintf(out, "%s", left);
	if (len + 2 > HELP_AT)
		fprintf(out, "\n%*s", HELP_AT, "");
	else
		fprintf(out, "%*s", HELP_AT - len, "");
	print_wrapped(out, _(opt->help), HELP_AT);
}

void opt_help(FILE *out, const struct opt_usage *usage, const struct opt_group *groups, size_t group_count)
{
	language_start();
	fprintf(out, _("usage: %s %s\n"), usage->command, _(usage->operands));
	print_wrapped(out, _(usage->about), 0);
	fputc('\n', out);
	for (size_t g = 0; g < group_count; g++) {
		for (size_t i = 0; i < groups[g].count; i++)
			print_opt(out, &groups[g].opts[i]);
	}
}
