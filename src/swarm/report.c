/* One walk through the rows, several reports. It does not know what a report looks like, nor where rows come from. */
#include "swarm/report.h"

#include <errno.h>
#include <string.h>

const struct report_ops *const report_kinds[REPORT_KINDS] = {&report_json, &report_html, &report_stats};

struct one {
	void *report; /* NULL = not wanted */
	struct newfile file;
};

struct walk {
	struct report_about about;
	struct tally *tally;
	struct one one[REPORT_KINDS];
	size_t wanted, deserted; /* deserted: nobody reads it any more */
};

static int begin(struct walk *w, size_t kind, struct err *err)
{
	const char *path = w->about.paths->path[kind];
	int rc = *path ? newfile_open(&w->one[kind].file, path, err) : 0;

	if (!*path || rc)
		return rc;
	w->one[kind].file.stopped = w->about.paths->stopped;
	w->one[kind].report = report_kinds[kind]->begin(&w->about, &w->one[kind].file);
	w->wanted++;
	return 0;
}

static bool is_deserted(const struct newfile *file)
{
	return !file->replaces && file->rc == -EPIPE;
}

static void desert(struct walk *w, size_t kind)
{
	newfile_abort(&w->one[kind].file);
	report_kinds[kind]->free(w->one[kind].report);
	w->one[kind].report = NULL;
	w->deserted++;
}

static int take(void *context, const struct catalog_row *row)
{
	struct walk *w = context;
	struct report_row r;

	report_row_of(row, w->about.now, true, &r);
	tally_add(w->tally, &r);
	for (size_t i = 0; i < REPORT_KINDS; i++) {
		struct one *one = &w->one[i];

		if (!one->report)
			continue;
		report_kinds[i]->row(one->report, &r, &one->file);
		newfile_pass(&one->file);
		if (is_deserted(&one->file))
			desert(w, i);
		/* A disk that is full stays full: no need to read on. */
		else if (one->file.rc)
			return one->file.rc;
	}
	return w->deserted < w->wanted ? 0 : -EPIPE;
}

/* Ends one report, `rc` not 0: without a new file. The message of a file that could not be written is the best. */
static int finish(struct walk *w, size_t kind, int rc, struct err *err)
{
	struct one *one = &w->one[kind];

	if (!one->report)
		return rc;
	if (!rc) {
		report_kinds[kind]->end(one->report, &one->file);
		newfile_write(&one->file, "", 0);
	}
	if (is_deserted(&one->file)) {
		desert(w, kind);
		return rc;
	}
	if (!rc || one->file.rc)
		rc = newfile_commit(&one->file, err);
	else
		newfile_abort(&one->file);
	report_kinds[kind]->free(one->report);
	return rc;
}

int report_write(report_source *walk, void *source, const struct report_paths *paths, int64_t now, struct tally *tally,
		 struct err *err)
{
	struct walk w = {.about = {now, paths, tally}, .tally = tally};
	int rc = 0;

	for (size_t i = 0; i < REPORT_KINDS && !rc; i++)
		rc = begin(&w, i, err);
	if (!rc)
		rc = walk(source, take, &w, err);
	for (size_t i = 0; i < REPORT_KINDS; i++)
		rc = finish(&w, i, rc, err);
	return rc || !w.wanted || w.deserted < w.wanted ? rc : -EPIPE;
}

static size_t kind_of(const struct report_ops *ops)
{
	size_t i = 0;

	while (report_kinds[i] != ops)
		i++;
	return i;
}

/* A file name as part of a URL: '#', '?' and '%' mean something there. */
static void put_name(const char *name, struct buf *out)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *name; name++) {
		if (strchr(plain, *name))
			buf_putc(out, *name);
		else
			buf_printf(out, "%%%02X", (unsigned)(unsigned char)*name);
	}
}

void report_link(const struct report_paths *paths, const struct report_ops *from, const struct report_ops *to,
		 const char *text, struct buf *out)
{
	const char *here = paths->path[kind_of(from)], *there = paths->path[kind_of(to)];
	const char *here_file = strrchr(here, '/'), *file = strrchr(there, '/');
	size_t folder = file ? (size_t)(file + 1 - there) : 0;

	if ((here_file ? (size_t)(here_file + 1 - here) : 0) != folder || strncmp(here, there, folder) != 0 ||
	    !there[folder] || strcmp(there, "-") == 0)
		return;
	buf_puts(out, "<a href=\"./");
	put_name(there + folder, out);
	buf_printf(out, "\">%s</a>\n", text);
}
