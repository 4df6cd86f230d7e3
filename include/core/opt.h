/* Options on the command line: a table says what exists, and --help is printed from it. */
#ifndef CORE_OPT_H
#define CORE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/exits.h"

enum { OPT_LIST_MAX = 64 };

/* What a repeatable option was given, in order; the texts are argv's. */
struct opt_list {
	const char *items[OPT_LIST_MAX];
	size_t count;
};

/* One option. */
struct opt {
	char letter;          /* '\0' = has none */
	const char *name;     /* without the dashes; never NULL */
	const char *argument; /* what --help calls it; NULL = takes none */
	const char *help;     /* one sentence or two; wrapped by the printer */
	size_t at;            /* offset of the field in the group's struct */
	/* Stores it; 0 or -EINVAL with the rest of "option --name ...". Those below, or one's own. */
	int (*take)(const struct opt *opt, void *field, const char *argument, struct err *why);
	const char *const *choices; /* of opt_choice(), NULL-terminated */
};

int opt_flag(const struct opt *opt, void *field, const char *argument, struct err *why);   /* bool */
int opt_text(const struct opt *opt, void *field, const char *argument, struct err *why);   /* const char *; not "" */
int opt_list(const struct opt *opt, void *field, const char *argument, struct err *why);   /* struct opt_list */
int opt_number(const struct opt *opt, void *field, const char *argument, struct err *why); /* uint32_t, 1 and up */
int opt_choice(const struct opt *opt, void *field, const char *argument, struct err *why); /* int: index of choices */

/* A table, and the struct its fields are in. */
struct opt_group {
	const struct opt *opts;
	size_t count;
	void *into;
};

/* What every subcommand takes. */
struct opt_common {
	const char *config, *log_level; /* NULL = not given */
	struct opt_list sets;
	bool version, help;
};

/* The group of the common options. */
struct opt_group opt_common_group(struct opt_common *into);

/* A command, for its --help. */
struct opt_usage {
	const char *command;  /* "swarmtop config" */
	const char *operands; /* "[monitor] [OPTION...]" */
	const char *about;    /* one line */
};

enum {
	OPT_GROUPS = 4, /* at most */
};

/* Reads argv[1] and on; argv may be permuted, operands last. 0 with the index of the first operand; EXIT_USAGE with
 * a message that ends in "try swarmtop ... --help". May be called again with the same argv: it keeps nothing. */
int opt_parse(int argc, char **argv, const struct opt_usage *usage, const struct opt_group *groups, size_t group_count,
	      int *first_operand, struct err *err);
/* Prints --help, at most 80 columns wide. */
void opt_help(FILE *out, const struct opt_usage *usage, const struct opt_group *groups, size_t group_count);
/* Makes a message that ends in "try swarmtop ... --help", for what a caller finds wrong. Returns EXIT_USAGE. */
int opt_refuse(const struct opt_usage *usage, struct err *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
