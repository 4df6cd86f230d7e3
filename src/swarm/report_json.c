/* The report for programs: one JSON array, an object a line, as libgen-seedtools reads it. It keeps no rows. */
#include "swarm/report.h"

#include <stdlib.h>

#include "base/xmalloc.h"

struct list {
	bool some;
};

static void *json_begin(const struct report_about *about, struct newfile *file)
{
	(void)about;
	buf_putc(&file->text, '[');
	return xcalloc(1, sizeof(struct list));
}

static void json_row(void *report, const struct report_row *row, struct newfile *file)
{
	struct list *list = report;

	buf_puts(&file->text, list->some ? ",\n" : "\n");
	list->some = true;
	report_row_json(row, &file->text);
}

static void json_end(void *report, struct newfile *file)
{
	(void)report;
	buf_puts(&file->text, "\n]\n");
}

const struct report_ops report_json = {
	.name = "json",
	.begin = json_begin,
	.row = json_row,
	.end = json_end,
	.free = free,
};
