/* What the monitor was told: its options and, under them, the configuration. */
#ifndef PEERS_OPTIONS_H
#define PEERS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "core/conf.h"

enum options_format { OPTIONS_SCREEN, OPTIONS_PLAIN, OPTIONS_JSON, OPTIONS_CSV };
enum options_color { OPTIONS_COLOR_AUTO, OPTIONS_COLOR_ALWAYS, OPTIONS_COLOR_NEVER };

struct options {
	struct conf conf;
	enum options_format format; /* as asked for; with OPTIONS_SCREEN the caller may have to fall back to plain */
	uint32_t polls; /* stop after so many, 0 = never; 1 = --once */
	bool once;      /* --once was given: one plain block is the summary */
	bool peers;     /* --peers: with every address */
	bool ascii;
	bool record;    /* --record: the history is kept, in spite of --once and --polls */
	int color;          /* enum options_color */
	const char *output; /* append there; NULL = stdout. Points into argv */
	const char *textfile; /* metrics go there, each poll; NULL = nowhere. Points into argv */
	int argc;           /* kept for options_reload() */
	char **argv;
};

enum { OPTIONS_DONE = -1 };

/* Reads the options of `swarmtop [monitor]`, argv[0] being the word before the first option, and loads the
 * configuration. 0 = run; OPTIONS_DONE = --help or --version was printed on stdout: exit 0; else the exit status, 2
 * (usage) or 78 (config), with a message. `o` is untouched unless 0. argv must live as long as `o`. */
int options_parse(int argc, char **argv, struct options *o, struct err *err);
/* The same again, with the argv that `old` keeps: what SIGHUP does. `old` stays as it is and has its own
 * options_done(). */
int options_reload(const struct options *old, struct options *fresh, struct err *err);
void options_done(struct options *o);

#endif
