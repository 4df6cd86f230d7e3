/* `swarmtop inspect`: one line of argv in, a description out. It does not know torrents. */
#include "swarm/inspect.h"

#include <stddef.h>
#include <stdio.h>

#include "core/conf.h"
#include "core/opt.h"
#include "swarm/subject.h"

enum { PRINT_MAX = 8 << 20 };

struct given {
	bool json;
	struct opt_common common;
};

static const struct opt table[] = {
	{.name = "json", .at = offsetof(struct given, json), .take = opt_flag, .help = "One JSON object."},
};

static const struct opt_usage usage = {
	.command = "swarmtop inspect",
	.operands = "FILE.torrent | MAGNET | INFO-HASH [OPTION...]",
	.about = "Shows what a torrent, a magnet link or an info-hash says of itself. Asks nobody.",
};

static int complain(const struct err *err, int status)
{
	fprintf(stderr, "swarmtop: %s\n", err->msg);
	return status;
}

static int inspect(const char *text, bool json)
{
	int status = EXIT_FAILED;
	struct subject subject;
	struct arena arena;
	struct err err;
	struct buf out;

	arena_init(&arena, SUBJECT_ARENA);
	buf_init(&out, PRINT_MAX);
	if (subject_read(text, &arena, &subject, &err)) {
		complain(&err, EXIT_FAILED);
	} else {
		(json ? subject_write_json : subject_write_text)(&subject, &out);
		fputs(buf_str(&out), stdout);
		status = out.full || fflush(stdout) || ferror(stdout) ? EXIT_FAILED : EXIT_FINE;
	}
	buf_done(&out);
	arena_done(&arena);
	return status;
}

int inspect_main(int argc, char **argv)
{
	struct given g = {0};
	const struct opt_group groups[] = {
		{table, sizeof(table) / sizeof(table[0]), &g},
		opt_common_group(&g.common),
	};
	struct err err;
	int operand;

	if (opt_parse(argc, argv, &usage, groups, 2, &operand, &err))
		return complain(&err, EXIT_USAGE);
	if (g.common.help) {
		opt_help(stdout, &usage, groups, 2);
		return EXIT_FINE;
	}
	if (g.common.version) {
		printf("swarmtop %s\n", SWARMTOP_VERSION);
		return EXIT_FINE;
	}
	if (operand + 1 != argc) {
		opt_refuse(&usage, &err, "one file, magnet link or info-hash is needed");
		return complain(&err, EXIT_USAGE);
	}
	return inspect(argv[operand], g.json);
}
