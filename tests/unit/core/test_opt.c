/* Options by a table: what is read, what is refused with which words, and the help. */
#include "core/opt.h"

#include <stdint.h>
#include <stdlib.h>

#include "tap.h"

struct given {
	bool flag;
	const char *file;
	struct opt_list urls;
	uint32_t number;
	int color;
};

static const char *const colors[] = {"auto", "never", NULL};

static const struct opt table[] = {
	{.letter = 'f', .name = "flag", .at = offsetof(struct given, flag), .take = opt_flag, .help = "A flag."},
	{.letter = 'o',
	 .name = "output",
	 .argument = "FILE",
	 .at = offsetof(struct given, file),
	 .take = opt_text,
	 .help = "A file with a help that is so long that it has to be wrapped at least once, more likely twice, "
		 "within 80 "
		 "columns."},
	{.letter = 'u',
	 .name = "url",
	 .argument = "URL",
	 .at = offsetof(struct given, urls),
	 .take = opt_list,
	 .help = "Many."},
	{.letter = 'n',
	 .name = "number",
	 .argument = "N",
	 .at = offsetof(struct given, number),
	 .take = opt_number,
	 .help = "A number."},
	{.name = "color",
	 .argument = "WHEN",
	 .at = offsetof(struct given, color),
	 .take = opt_choice,
	 .choices = colors,
	 .help = "A choice."},
};

static const struct opt_usage usage = {"swarmtop test", "[OPTION...]", "Tests."};

static int parse(char **argv, struct given *g, struct opt_common *c, int *operand, struct err *err)
{
	const struct opt_group groups[] = {{table, sizeof(table) / sizeof(table[0]), g}, opt_common_group(c)};
	int argc = 0;

	while (argv[argc])
		argc++;
	return opt_parse(argc, argv, &usage, groups, 2, operand, err);
}

static void accepted(void)
{
	char *argv[] = {"test",  "-fu",   "a",     "word", "--url=b", "-n", "12", "--color",
			"never", "--set", "a.b=c", "-c",   "file",    "--", "-x", NULL};
	struct opt_common c = {0};
	struct given g = {0};
	struct err err = {""};
	int operand = 0;

	for (int again = 0; again < 2; again++) {
		g = (struct given){0};
		c = (struct opt_common){0};
		if (!ok(parse(argv, &g, &c, &operand, &err) == 0, "options are read %s", err.msg))
			return;
		ok(g.flag, "a flag");
		is_int(g.urls.count, 2, "a list");
		is_str(g.urls.items[1], "b", "in its order");
		is_int(g.number, 12, "a number");
		is_int(g.color, 1, "a choice");
		is_str(c.config, "file", "a common one");
		is_int(c.sets.count, 1, "and --set");
		ok(!g.file, "what is not given stays");
	}
	is_str(argv[operand], "word", "operands are behind");
	is_str(argv[operand + 1], "-x", "also what follows --");
}

static void refused(void)
{
	static const struct {
		char *argv[3];
		const char *msg;
	} cases[] = {
		{{"-x"}, "there is no option -x; try swarmtop test --help"},
		{{"--colour=auto"}, "there is no option --colour; did you mean --color?; try swarmtop test --help"},
		{{"--zzzzzzzz"}, "there is no option --zzzzzzzz; try swarmtop test --help"},
		{{"--flag=1"}, "option --flag takes no argument; try swarmtop test --help"},
		{{"-n"}, "option --number takes N; try swarmtop test --help"},
		{{"--output"}, "option --output takes FILE; try swarmtop test --help"},
		{{"-o", ""}, "option --output takes FILE, not an empty text; try swarmtop test --help"},
		{{"-n", "0"}, "option --number takes a whole number from 1 on, not \"0\"; try swarmtop test --help"},
		{{"-n", "-1"}, "option --number takes a whole number from 1 on, not \"-1\"; try swarmtop test --help"},
		{{"-n4294967296"},
		 "option --number takes a whole number from 1 on, not \"4294967296\"; try swarmtop test --help"},
		{{"--color", "pink"},
		 "option --color takes one of auto, never, not \"pink\"; try swarmtop test --help"},
	};
	struct opt_common c = {0};
	struct given g = {0};
	int operand;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *argv[] = {"test", cases[i].argv[0], cases[i].argv[1], NULL};
		struct err err = {""};

		is_int(parse(argv, &g, &c, &operand, &err), EXIT_USAGE, "case %zu is refused with 2", i);
		is_str(err.msg, cases[i].msg, "and it says why");
	}
}

static void help(void)
{
	static const char want[] = "usage: swarmtop test [OPTION...]\n"
				   "Tests.\n"
				   "\n"
				   "  -f, --flag              A flag.\n"
				   "  -o, --output FILE       A file with a help that is so long that it has to be\n"
				   "                          wrapped at least once, more likely twice, within 80\n"
				   "                          columns.\n"
				   "  -u, --url URL           Many.\n"
				   "  -n, --number N          A number.\n"
				   "      --color WHEN        A choice.\n";
	const struct opt_group groups[] = {{table, sizeof(table) / sizeof(table[0]), NULL}};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	opt_help(out, &usage, groups, 1);
	fclose(out);
	is_str(text, want, "the help is the table, wrapped at 80 columns");
	free(text);
}

int main(void)
{
	accepted();
	refused();
	help();
	return tap_done();
}
