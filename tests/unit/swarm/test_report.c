/* One walk, several reports: all are replaced, or, when something fails, none that could not be whole. */
#include "swarm/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "scratch.h"
#include "swarm/summary.h"
#include "tap.h"
#include "unit/swarm/rowed.h"

enum { ROWS = 250, BIG = 16 << 20 };

struct source {
	int rows, fail_at; /* 0 = never */
};

static int walk(void *source, int (*take)(void *context, const struct catalog_row *row), void *context, struct err *err)
{
	const struct source *s = source;

	for (int i = 0; i < s->rows; i++) {
		struct catalog_row row = rowed((uint8_t)i, i % 2 ? "</script><b>'\"&\xe2\x80\xa8" : "Name");
		int rc;

		rowed_sample(&row, CATALOG_TRACKER, i % 20, 1, CATALOG_UNKNOWN, NULL);
		row.link = i % 3 ? "http://a.test/one.torrent" : "http://a.test/other.torrent";
		row.torrent.private = i % 50 == 0;
		if (s->fail_at == i + 1)
			return err_set(err, -EIO, "the store broke");
		rc = take(context, &row);
		if (rc)
			return rc;
	}
	return 0;
}

static char *content(const char *path)
{
	static char text[BIG];
	FILE *file = fopen(path, "r");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (file)
		fclose(file);
	text[n] = '\0';
	return text;
}

static size_t occurrences(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

static void all_of_them(void)
{
	const struct report_paths paths = {.path = {"a.json", "a.html", "stats.html"}};
	struct source source = {.rows = ROWS};
	struct err err = {""};
	struct json *json;
	struct tally tally;
	const char *text;
	char *end;

	tally_init(&tally, NULL);
	is_int(report_write(walk, &source, &paths, ROWED_NOW, &tally, &err), 0, "three reports (%s)", err.msg);
	is_int(tally.total.torrents, ROWS, "of all rows");
	text = content("a.json");
	json = json_parse(text, strlen(text), &err);
	is_int(json_count(json), ROWS, "JSON has them");
	is_int(occurrences(text, "\n"), ROWS + 2, "... one a line");
	json_free(json);
	text = content("a.html");
	ok(strncmp(text, "<!DOCTYPE html>", 15) == 0 && strstr(text, "</html>\n"), "HTML is whole");
	ok(strstr(text, "href=\"./stats.html\"") && strstr(text, "href=\"./a.json\""), "... with links to the others");
	is_int(occurrences(text, "<b>"), 0, "... and no markup of theirs");
	is_int(occurrences(text, "</script>"), 2, "... and two scripts, data and ours");
	is_int(occurrences(strstr(text, "<noscript>"), "<tr>"), 1 + 100, "... and a hundred for who runs none");
	text = strstr(text, "id=\"data\">") + strlen("id=\"data\">");
	end = strstr(text, "</script>");
	json = json_parse(text, (size_t)(end - text), &err);
	is_int(json_count(json), ROWS, "... and rows that are JSON");
	json_free(json);
	ok(strstr(content("stats.html"), "<td class=\"number\">250</td>"), "statistics have the count");
	tally_done(&tally);
}

static void failures(void)
{
	const struct report_paths paths = {.path = {"a.json", "a.html", ""}},
				  no_folder = {.path = {"a.json", "none/a.html", ""}},
				  full = {.path = {"a.json", "/dev/full", ""}};
	struct source broken = {.rows = ROWS, .fail_at = 200}, whole = {.rows = 3};
	struct err err = {""};
	struct tally tally;

	scratch_file("a.json", "old", 0600);
	tally_init(&tally, NULL);
	is_int(report_write(walk, &broken, &paths, ROWED_NOW, &tally, &err), -EIO, "a store that breaks");
	is_str(err.msg, "the store broke", "... it says so");
	is_str(content("a.json"), "old", "... and the old report stays");
	is_int(report_write(walk, &whole, &no_folder, ROWED_NOW, &tally, &err), -ENOENT, "no such folder");
	is_str(content("a.json"), "old", "... the other stays too");
	is_int(report_write(walk, &whole, &full, ROWED_NOW, &tally, &err), -ENOSPC, "a full disk");
	is_str(err.msg, "cannot write /dev/full: No space left on device", "... it says so");
	tally_done(&tally);
}

static void nothing(void)
{
	const struct report_paths paths = {.path = {"a.json", "a.html", "stats.html"}};
	struct source empty = {.rows = 0};
	struct err err = {""};
	struct tally tally;

	tally_init(&tally, NULL);
	is_int(report_write(walk, &empty, &paths, ROWED_NOW, &tally, &err), 0, "no torrents at all");
	is_str(content("a.json"), "[\n]\n", "an empty array");
	ok(strstr(content("a.html"), "id=\"data\">[\n\n]</script>"), "an empty page");
	tally_done(&tally);
}

static void large_script(void)
{
	char *own = malloc((1 << 20) + 1);
	struct buf script;

	memset(own, '/', 1 << 20);
	own[1 << 20] = '\0';
	is_int(summary_script(own, &script), -ENOBUFS, "a script that is too large is told");
	buf_done(&script);
	is_int(summary_script("", &script), 0, "ours is not");
	buf_done(&script);
	free(own);
}

int main(void)
{
	scratch_init();
	large_script();
	all_of_them();
	failures();
	nothing();
	return tap_done();
}
