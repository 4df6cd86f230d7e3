/* Reports: what is known of the torrents, as files for programs and for people. A kind of report is a table of
 * functions; all that are wanted are written in one walk through the store. */
#ifndef SWARM_REPORT_H
#define SWARM_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "core/conf.h"
#include "core/newfile.h"
#include "swarm/catalog.h"
#include "swarm/report_row.h"
#include "swarm/tally.h"

enum { REPORT_KINDS = 3 };

/* Where the reports go; "" = not written, "-" = stdout. In the order of report_kinds. */
struct report_paths {
	const char *path[REPORT_KINDS];
	bool (*stopped)(void); /* see core/newfile.h; may be NULL */
};

/* What every report of one walk knows from the start. */
struct report_about {
	int64_t now;
	const struct report_paths *paths; /* for links from one to another */
	const struct tally *tally;        /* complete at end() */
};

struct report_ops {
	const char *name; /* "json": the key in [report], and the option */
	/* Begins; what it returns is handed to the others. */
	void *(*begin)(const struct report_about *about, struct newfile *file);
	void (*row)(void *report, const struct report_row *row, struct newfile *file);
	void (*end)(void *report, struct newfile *file);
	/* After end(), or instead of it. */
	void (*free)(void *report);
};

extern const struct report_ops report_json, report_html, report_stats;
extern const struct report_ops *const report_kinds[REPORT_KINDS];

/* What gives rows: rows_walk(), or a test. 0, what take() returned if not 0, or another failure with a message. */
typedef int report_source(void *source, int (*take)(void *context, const struct catalog_row *row), void *context,
			  struct err *err);

/* Writes all reports that have a path; either each is replaced, or, on failure, those that could not be are as they
 * were. `tally` is filled for the caller. A pipe that nobody reads any more ends its report alone. 0; -EPIPE, when
 * nobody reads any of them; -errno, or what `source` returned; with a message. */
int report_write(report_source *walk, void *source, const struct report_paths *paths, int64_t now, struct tally *tally,
		 struct err *err);
/* A link in report `from` to report `to`, if they are in one folder; `text` is its words. Else nothing. */
void report_link(const struct report_paths *paths, const struct report_ops *from, const struct report_ops *to,
		 const char *text, struct buf *out);

#endif
