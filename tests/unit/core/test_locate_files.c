/* core/locate_files.c: which databases are opened, in which order, what is told of them, and whom they credit. */
#include "core/locate_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "mmdb.h"
#include "tap.h"

#define BUILT "1764547200" /* 2025-12-01 */
#define OLDER "1700000000" /* 2023-11-14 */

enum { PATH = MMDB_PATH * 2, DAY = 86400, CROWD = 70 };

static const int64_t built = 1764547200;
static char databases[MMDB_PATH], older[MMDB_PATH]; /* all that the script made, twice */

struct notes {
	struct buf lines;
	int count, problems;
};

static void take_note(void *arg, bool problem, const char *line)
{
	struct notes *notes = arg;

	buf_printf(&notes->lines, "%s\n", line);
	notes->count++;
	notes->problems += problem;
}

static void notes_clear(struct notes *notes)
{
	buf_reset(&notes->lines);
	notes->count = notes->problems = 0;
}

static void told(const struct notes *notes, const char *text)
{
	if (!ok(strstr(buf_str(&notes->lines), text), "told \"%s\"", text))
		printf("# %s\n", buf_str(&notes->lines));
}

static char *path_of(const char *folder, const char *name)
{
	char *path = malloc(PATH);

	snprintf(path, PATH, "%s/%s", folder, name);
	return path;
}

/* The names of the open files without their folders, with blanks between. */
static const char *opened(const struct locate_files *files, char text[1024])
{
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < files->count; i++)
		at += (size_t)snprintf(text + at, 1024 - at, "%s%s", i ? " " : "",
				       strrchr(geo_info(files->geo[i])->path, '/') + 1);
	return text;
}

/* --- named files --- */

/* Opens `count` files; each path is "old/x" for one of the older set. */
static int open_named(const char *const *names, size_t count, bool named, struct locate_files *files,
		      struct notes *notes, struct err *err)
{
	char *paths[LOCATE_FILES + 1];
	struct locate_ask ask = {
		.paths = paths, .count = count, .named = named, .wall = built, .note = take_note, .arg = notes};
	int rc;

	for (size_t i = 0; i < count; i++)
		paths[i] = strncmp(names[i], "old/", 4) ? path_of(databases, names[i]) : path_of(older, names[i] + 4);
	rc = locate_files_find(&ask, files, err);
	for (size_t i = 0; i < count; i++)
		free(paths[i]);
	return rc;
}

static void test_order(struct notes *notes)
{
	static const struct {
		const char *names[4];
		const char *want;
	} rows[] = {
		{{"asn.mmdb", "country.mmdb", "city.mmdb"}, "city.mmdb country.mmdb asn.mmdb"},
		{{"flat-asn.mmdb", "asn.mmdb", "city.mmdb"}, "city.mmdb flat-asn.mmdb asn.mmdb"},
		{{"flat-city-ipv6.mmdb", "city.mmdb", "flat-city-ipv4.mmdb"},
		 "city.mmdb flat-city-ipv4.mmdb flat-city-ipv6.mmdb"},
		{{"old/asn.mmdb", "old/city.mmdb", "country.mmdb"}, "city.mmdb country.mmdb asn.mmdb"},
		{{"old/country.mmdb", "flat-country.mmdb"}, "flat-country.mmdb country.mmdb"},
		{{"asn.mmdb", "asn.mmdb"}, "asn.mmdb asn.mmdb"},
	};
	char text[1024];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct locate_files files = {.count = 0};
		struct err err = {""};
		size_t count = 0;

		while (count < 4 && rows[i].names[count])
			count++;
		is_int(open_named(rows[i].names, count, true, &files, notes, &err), 0, "%zu files", count);
		is_str(opened(&files, text), rows[i].want, "cities, then countries, then networks; the newer first");
		locate_files_close(&files);
		is_int(files.count, 0, "closed");
	}
}

static void test_newer(struct notes *notes)
{
	static const char *const two[] = {"old/city.mmdb", "city.mmdb"};
	struct locate_files files = {.count = 0};
	struct err err;

	is_int(open_named(two, 2, true, &files, notes, &err), 0, "two of a kind");
	is_int(geo_info(files.geo[0])->built, built, "the newer is first");
	is_int(geo_info(files.geo[1])->built, atoll(OLDER), "the older second");
	locate_files_close(&files);
	locate_files_close(&files);
	is_int(files.count, 0, "nothing is closed twice");
}

static void test_failures(struct notes *notes)
{
	static const char *const names[] = {"city.mmdb", "missing.mmdb", "asn.mmdb"};
	struct locate_files files = {.count = 0};
	struct err err = {""};
	char text[1024];

	notes_clear(notes);
	is_int(open_named(names, 3, true, &files, notes, &err), -ENOENT, "a named file that is missing");
	ok(strstr(err.msg, "missing.mmdb: no such file"), "is complained of: %s", err.msg);
	is_str(opened(&files, text), "city.mmdb", "what was opened before is there to be closed");
	is_int(notes->count, 0, "nothing is noted beside the message");
	locate_files_close(&files);
	is_int(open_named(names, 3, false, &files, notes, &err), 0, "nobody named it: a note is enough");
	told(notes, "missing.mmdb: no such file");
	is_int(notes->problems, 1, "as a problem");
	is_str(opened(&files, text), "city.mmdb asn.mmdb", "the others are open");
	locate_files_close(&files);
}

static void test_too_many(struct notes *notes)
{
	const char *names[LOCATE_FILES + 1];
	struct locate_files files = {.count = 0};
	struct err err = {""};

	for (size_t i = 0; i <= LOCATE_FILES; i++)
		names[i] = "asn.mmdb";
	is_int(open_named(names, LOCATE_FILES, true, &files, notes, &err), 0, "16 files");
	is_int(files.count, LOCATE_FILES, "are open");
	locate_files_close(&files);
	is_int(open_named(names, LOCATE_FILES + 1, true, &files, notes, &err), -E2BIG, "17 are too many");
	is_str(err.msg, "more than 16 geo databases", "and it says so");
	is_int(files.count, LOCATE_FILES, "those before are there to be closed");
	locate_files_close(&files);
}

/* --- folders --- */

static void put(const char *folder, const char *as, const char *from, const char *name)
{
	char *source = path_of(from, name), *target = path_of(folder, as);
	size_t len = 0;
	char *bytes = mmdb_read(source, &len);

	ok(bytes && mmdb_write(target, bytes, len), "%s as %s", name, as);
	free(bytes);
	free(source);
	free(target);
}

static void search(const char *first, const char *second, struct locate_files *files, struct notes *notes)
{
	const char *folders[] = {first, second, NULL};
	struct locate_ask ask = {.folders = folders, .wall = built, .note = take_note, .arg = notes};
	struct err err = {""};

	notes_clear(notes);
	*files = (struct locate_files){.count = 0};
	is_int(locate_files_find(&ask, files, &err), 0, "folders are searched");
}

/* A file is taken if it knows something of a family that those before it do not. */
static void test_needed(struct notes *notes)
{
	char base[MMDB_PATH], first[PATH], second[PATH], text[1024];
	struct locate_files files;

	mmdb_new_folder(base);
	snprintf(first, sizeof(first), "%s/a", base);
	snprintf(second, sizeof(second), "%s/b", base);
	ok(mkdir(first, 0755) == 0 && mkdir(second, 0755) == 0, "two folders, whose names decide between equals");
	put(first, "four.mmdb", databases, "flat-city-ipv4.mmdb");
	put(second, "country.mmdb", databases, "country.mmdb");
	put(second, "six.mmdb", databases, "flat-city-ipv6.mmdb");
	search(first, second, &files, notes);
	is_str(opened(&files, text), "four.mmdb six.mmdb", "cities of each family leave nothing for countries");
	locate_files_close(&files);
	search(second, first, &files, notes);
	is_str(opened(&files, text), "six.mmdb country.mmdb", "countries of IPv4 in an earlier folder win");
	locate_files_close(&files);
	put(first, "both.mmdb", databases, "flat-asn.mmdb");
	put(second, "asn.mmdb", databases, "asn.mmdb");
	search(first, second, &files, notes);
	is_str(opened(&files, text), "four.mmdb both.mmdb", "one file of countries and networks of both");
	locate_files_close(&files);
	search(NULL, NULL, &files, notes);
	is_int(files.count, 0, "no folders, no files");
	is_int(notes->count, 0, "and nothing to say while looking");
	mmdb_remove(base);
}

/* What is no database does not end the search, what is one of another kind is not worth a word. */
static void test_junk(struct notes *notes)
{
	char folder[MMDB_PATH], text[1024];
	struct locate_files files;
	char *junk, *inner;

	mmdb_new_folder(folder);
	junk = path_of(folder, "junk.mmdb");
	inner = path_of(folder, "inner.mmdb");
	ok(mmdb_write(junk, "junk\0", 5) && mkdir(inner, 0755) == 0, "junk and a folder");
	put(folder, "other.mmdb", databases, "anonymous.mmdb");
	put(folder, "city.MMDB", databases, "city.mmdb");
	put(folder, "city.mmdb.bak", databases, "city.mmdb");
	put(folder, ".mmdb", databases, "asn.mmdb");
	search(folder, NULL, &files, notes);
	is_str(opened(&files, text), ".mmdb", "only .mmdb is looked at");
	is_int(notes->problems, 2, "two of them are no databases");
	told(notes, "junk.mmdb is no MaxMind DB file");
	told(notes, "inner.mmdb is a folder");
	locate_files_close(&files);
	free(junk);
	free(inner);
	mmdb_remove(folder);
}

/* More files than are looked at; those that are not chosen are closed again. */
static void test_crowd(struct notes *notes)
{
	char folder[MMDB_PATH], name[32];
	struct locate_files files;
	char *target = path_of(databases, "asn.mmdb");
	unsigned links = 0;

	mmdb_new_folder(folder);
	for (int i = 0; i < CROWD; i++) {
		char *link;

		snprintf(name, sizeof(name), "%d.mmdb", i);
		link = path_of(folder, name);
		links += symlink(target, link) == 0;
		free(link);
	}
	is_int(links, CROWD, "70 databases in one folder");
	search(folder, NULL, &files, notes);
	is_int(files.count, 1, "one of them is enough");
	locate_files_close(&files);
	free(target);
	mmdb_remove(folder);
}

/* Root may look anywhere, so it becomes somebody else for a moment. */
static void test_no_permission(struct notes *notes)
{
	bool root = geteuid() == 0;
	char folder[MMDB_PATH];
	struct locate_files files;

	mmdb_new_folder(folder);
	ok(chmod(folder, 0) == 0, "a folder for nobody");
	if (root)
		ok(seteuid(65534) == 0, "root becomes nobody");
	search("/nonexistent", folder, &files, notes);
	if (root)
		ok(seteuid(0) == 0, "and root again");
	told(notes, ": no permission to look for geo databases there");
	is_int(notes->count, 1, "of a folder that is not there nothing is said");
	chmod(folder, 0755);
	mmdb_remove(folder);
}

/* --- what is told of them --- */

static void test_notes(struct notes *notes)
{
	static const char *const names[] = {"old/flat-city-ipv4.mmdb", "asn.mmdb", "flat-asn.mmdb"};
	struct locate_ask ask = {.wall = built, .note = take_note, .arg = notes};
	struct locate_files files = {.count = 0};
	struct err err;

	notes_clear(notes);
	locate_files_note(&files, &ask);
	is_str(buf_str(&notes->lines),
	       "no geo database found: countries are ??; put an .mmdb into /var/lib/GeoIP, or run `make geoip`\n",
	       "without any it says what to do");
	is_int(open_named(names, 1, true, &files, notes, &err), 0, "an old one of IPv4");
	notes_clear(notes);
	locate_files_note(&files, &ask);
	told(notes, "flat-city-ipv4.mmdb (city ipv4), built 2023-11-14: cities, IPv4 only\n");
	told(notes, "older than 90 days: ");
	told(notes, "was built 2023-11-14; `make geoip` or geoipupdate gets newer data\n");
	told(notes, "no open geo database has countries of IPv6: IPv6 addresses are ??\n");
	is_int(notes->count, 3, "no word more");
	is_int(notes->problems, 2, "two of them are problems");
	ask.note = NULL;
	locate_files_note(&files, &ask);
	is_int(notes->count, 3, "nobody needs to listen");
	locate_files_close(&files);
	is_int(open_named(names + 1, 2, true, &files, notes, &err), 0, "two of networks");
	ask.note = take_note;
	notes_clear(notes);
	locate_files_note(&files, &ask);
	told(notes, "flat-asn.mmdb (ipinfo lite), built 2025-12-01: countries and networks, IPv4 and IPv6\n");
	told(notes, "asn.mmdb (GeoLite2-ASN), built 2025-12-01: networks, IPv4 and IPv6\n");
	is_int(notes->problems, 0, "nothing is missing");
	locate_files_close(&files);
}

static void test_age(struct notes *notes)
{
	static const char *const names[] = {"city.mmdb"};
	static const struct {
		int64_t wall;
		int problems;
	} rows[] = {
		{0, 0}, {1764547200, 0}, {1764547200 + 90 * DAY, 0}, {1764547200 + 90 * DAY + 1, 1},
		{INT64_MAX / 2, 1},
	};
	struct locate_files files = {.count = 0};
	struct err err;

	is_int(open_named(names, 1, true, &files, notes, &err), 0, "a database");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct locate_ask ask = {.wall = rows[i].wall, .note = take_note, .arg = notes};

		notes_clear(notes);
		locate_files_note(&files, &ask);
		is_int(notes->problems, rows[i].problems, "problems at %lld", (long long)rows[i].wall);
	}
	locate_files_close(&files);
}

static void test_answers(void)
{
	static const struct geo_info four = {.has_v4 = true}, six = {.has_v6 = true};

	ok(locate_answers(&four, 0) && !locate_answers(&four, 1), "a file of IPv4");
	ok(!locate_answers(&six, 0) && locate_answers(&six, 1), "a file of IPv6");
}

/* --- credits --- */

static void check_credit(const char *const *names, size_t count, const char *want, struct notes *notes)
{
	struct locate_files files = {.count = 0};
	char credit[LOCATE_CREDIT];
	struct err err;

	memset(credit, '#', sizeof(credit));
	is_int(open_named(names, count, true, &files, notes, &err), 0, "%zu files", count);
	locate_files_credit(&files, credit);
	is_str(credit, want, "are credited");
	locate_files_close(&files);
}

static void test_credit(struct notes *notes)
{
	static const char *const all[] = {"city.mmdb", "country.mmdb", "old/country.mmdb", "flat-asn.mmdb", "asn.mmdb"};
	static const char *const plain[] = {"flat-city-ipv4.mmdb", "flat-country.mmdb"};

	check_credit(all, 0, "", notes);
	check_credit(plain, 2, "", notes);
	check_credit(all + 1, 2, "IP Geolocation by DB-IP (https://db-ip.com)", notes);
	check_credit(all, 5,
		     "IP Geolocation by DB-IP (https://db-ip.com); This product includes GeoLite2 Data created by "
		     "MaxMind, available from https://www.maxmind.com; IP address data powered by IPinfo "
		     "(https://ipinfo.io)",
		     notes);
}

/* The mark counts in the name of a file, and not in that of a folder. */
static void test_credit_by_name(struct notes *notes)
{
	char base[MMDB_PATH], folder[PATH], credit[LOCATE_CREDIT];
	struct locate_files files;

	mmdb_new_folder(base);
	snprintf(folder, sizeof(folder), "%s/dbip", base);
	ok(mkdir(folder, 0755) == 0, "a folder of this name");
	put(folder, "plain.mmdb", databases, "flat-country.mmdb");
	search(folder, NULL, &files, notes);
	locate_files_credit(&files, credit);
	is_str(credit, "", "does not count");
	locate_files_close(&files);
	put(folder, "DBIP-x.mmdb", older, "flat-city-text.mmdb");
	search(folder, NULL, &files, notes);
	locate_files_credit(&files, credit);
	is_str(credit, "IP Geolocation by DB-IP (https://db-ip.com)", "a file does, in any case of letters");
	locate_files_close(&files);
	mmdb_remove(base);
}

int main(void)
{
	struct notes notes = {.count = 0};

	buf_init(&notes.lines, 1 << 16);
	mmdb_new_folder(databases);
	mmdb_new_folder(older);
	if (!ok(mmdb_make(databases, BUILT) && mmdb_make(older, OLDER), "the databases are made"))
		return tap_done();
	test_order(&notes);
	test_newer(&notes);
	test_failures(&notes);
	test_too_many(&notes);
	test_needed(&notes);
	test_junk(&notes);
	test_crowd(&notes);
	test_no_permission(&notes);
	test_notes(&notes);
	test_age(&notes);
	test_answers();
	test_credit(&notes);
	test_credit_by_name(&notes);
	mmdb_remove(databases);
	mmdb_remove(older);
	buf_done(&notes.lines);
	return tap_done();
}
