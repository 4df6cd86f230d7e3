/* Plays stories with a fake clock, tests/replay/X.scn. A line is a command, a comment (#), or "> ...": what must have
 * happened in the command before it, line by line. Include it once, in the .c with main(). */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "tap.h"

enum { SCENARIO_WORDS = 256, SCENARIO_LINE = 2048, SCENARIO_HAPPENED = 1 << 16 };

/* The first member of a story. */
struct scenario {
	const char *file;
	unsigned line;
	unsigned ran; /* the line of the latest command in which something may have happened */
	struct buf happened;
	bool skipped; /* the rest is not played */
};

struct scenario_kind {
	const char *files; /* a pattern */
	size_t size;       /* of a story, which begins as zeros */
	void (*begin)(void *story);
	bool (*read)(void *story, char *line); /* a command; false: it cannot be understood */
	void (*end)(void *story);
};

static inline void scenario_bail(const struct scenario *s, const char *why)
{
	printf("Bail out! %s:%u: %s\n", s->file, s->line, why);
	exit(1);
}

/* The rest of the story cannot be played on this machine. */
static inline void scenario_skip(struct scenario *s, const char *why)
{
	printf("ok %d - %s: from line %u on # SKIP %s\n", ++tap_count, s->file, s->line, why);
	s->skipped = true;
}

/* Something may happen now. */
static inline void scenario_runs(struct scenario *s)
{
	s->ran = s->line;
	buf_reset(&s->happened);
}

static inline size_t scenario_split(char *line, char **words)
{
	size_t count = 0;
	char *rest = NULL;

	for (char *word = strtok_r(line, " \t\n", &rest); word && count < SCENARIO_WORDS;
	     word = strtok_r(NULL, " \t\n", &rest))
		words[count++] = word;
	return count;
}

static inline void scenario_compare(struct scenario *s, struct buf *expected)
{
	if (!s->ran && expected->len)
		scenario_bail(s, "nothing can have happened before this line");
	if (s->ran && !ok(strcmp(buf_str(&s->happened), buf_str(expected)) == 0, "%s: line %u", s->file, s->ran)) {
		printf("# happened:\n");
		for (const char *at = buf_str(&s->happened), *end; (end = strchr(at, '\n')); at = end + 1)
			printf("# > %.*s\n", (int)(end - at), at);
	}
	s->ran = 0;
	buf_reset(expected);
}

static inline void scenario_play(const struct scenario_kind *kind, const char *path)
{
	struct scenario *s = xcalloc(1, kind->size);
	char line[SCENARIO_LINE];
	struct buf expected;
	FILE *file;

	s->file = path;
	buf_init(&s->happened, SCENARIO_HAPPENED);
	buf_init(&expected, SCENARIO_HAPPENED);
	kind->begin(s);
	file = fopen(path, "r");
	if (!file)
		scenario_bail(s, "cannot be read");
	while (!s->skipped && fgets(line, sizeof(line), file)) {
		s->line++;
		if (!strchr(line, '\n'))
			scenario_bail(s, "the line is too long, or the last one has no end");
		if (line[0] == '>') {
			buf_puts(&expected, line + strspn(line, "> "));
			continue;
		}
		scenario_compare(s, &expected);
		if (line[0] != '#' && line[0] != '\n' && !kind->read(s, line))
			scenario_bail(s, "cannot be understood");
	}
	scenario_compare(s, &expected);
	fclose(file);
	kind->end(s);
	buf_done(&s->happened);
	buf_done(&expected);
	free(s);
}

static inline int scenario_main(const struct scenario_kind *kind)
{
	glob_t found;

	if (glob(kind->files, 0, NULL, &found)) {
		printf("Bail out! no stories in %s\n", kind->files);
		exit(1);
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		scenario_play(kind, found.gl_pathv[i]);
	globfree(&found);
	return tap_done();
}

#endif
