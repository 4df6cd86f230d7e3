/* The geo databases: what they say in every schema, what is said about files that are none, and that no damage to a
 * file leads to more than an error. */
#include "core/geo.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "mmdb.h"
#include "random.h"
#include "tap.h"

#define BUILT "1764547200"

static char folder[MMDB_PATH];

static const char *in_folder(const char *name)
{
	static char path[MMDB_PATH * 2];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static struct ip address(const char *text)
{
	struct ip ip = {{0}};

	if (ip_parse(text, strlen(text), &ip) < 0)
		ok(false, "%s is an address", text);
	return ip;
}

static struct geo *open_good(const char *name)
{
	struct err err = {""};
	struct geo *geo = NULL;

	if (!ok(geo_open(in_folder(name), &geo, &err) == 0, "%s opens", name))
		printf("# %s\n", err.msg);
	return geo;
}

static int look_up(const struct geo *geo, const char *text, struct geo_record *r)
{
	struct ip ip = address(text);
	uint32_t record = 0;
	int rc = geo_find(geo, &ip, &record);

	return rc ? rc : geo_read(geo, record, r);
}

static const struct {
	const char *file, *address, *country, *city;
	double latitude, longitude;
	uint32_t asn;
	const char *as_name;
} facts[] = {
	{"city.mmdb", "5.9.1.1", "DE", "Falkenstein", 50.4777, 12.3649, 0, ""},
	{"city.mmdb", "2a01:4f8:0:1::5", "DE", "Falkenstein", 50.4777, 12.3649, 0, ""},
	{"city.mmdb", "195.46.255.255", "CH", "Zürich", 47.3769, 8.5417, 0, ""},
	{"city.mmdb", "8.8.8.8", "US", "", 37.7510, -97.8220, 0, ""},
	{"city.mmdb", "9.9.9.9", "CH", "", 0, 0, 0, ""},
	{"city.mmdb", "11.0.2.1", "IT", "Nowhere", 0, 0, 0, ""},
	{"country.mmdb", "133.11.0.1", "JP", "", 0, 0, 0, ""},
	{"country.mmdb", "240b:10::5", "JP", "", 0, 0, 0, ""},
	{"country.mmdb", "9.9.9.9", "CH", "", 0, 0, 0, ""},
	{"flat-country.mmdb", "177.8.0.1", "BR", "", 0, 0, 0, ""},
	{"flat-country.mmdb", "2003::1", "DE", "", 0, 0, 0, ""},
	{"flat-city-ipv4.mmdb", "177.8.0.1", "BR", "São Paulo", -23.5505, -46.6333, 0, ""},
	{"flat-city-ipv6.mmdb", "2804:14c::9", "BR", "São Paulo", -23.5505, -46.6333, 0, ""},
	{"flat-city-text.mmdb", "177.8.0.1", "BR", "São Paulo", -23.5505, -46.6333, 0, ""},
	{"asn.mmdb", "5.9.1.1", "", "", 0, 0, 24940, "Hetzner Online GmbH"},
	{"asn.mmdb", "2001:4860:1::8", "", "", 0, 0, 15169, "Google LLC"},
	{"flat-asn.mmdb", "5.9.1.1", "DE", "", 0, 0, 24940, "Hetzner Online GmbH"},
};

static void test_schemas(void)
{
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		struct geo *geo = open_good(facts[i].file);
		struct geo_record r = {0};

		is_int(look_up(geo, facts[i].address, &r), 0, "%s has %s", facts[i].file, facts[i].address);
		is_str(r.country, facts[i].country, "its country");
		is_str(r.city, facts[i].city, "its city");
		is_str(r.as_name, facts[i].as_name, "its network's name");
		is_int(r.asn, facts[i].asn, "its network");
		is_int(r.located, facts[i].latitude != 0, "whether it has a position");
		ok(fabs((double)r.latitude - facts[i].latitude) < 1e-4 &&
			   fabs((double)r.longitude - facts[i].longitude) < 1e-4,
		   "its position");
		geo_close(geo);
	}
}

static const struct {
	const char *file, *type;
	int version;
	bool v4, v6, country, city, asn;
} kinds[] = {
	{"city.mmdb", "GeoLite2-City", 6, true, true, true, true, false},
	{"country.mmdb", "DBIP-Country-Lite", 6, true, true, true, false, false},
	{"flat-country.mmdb", "country ipvAll", 6, true, true, true, false, false},
	{"flat-city-ipv4.mmdb", "city ipv4", 4, true, false, true, true, false},
	{"flat-city-ipv6.mmdb", "city ipv6", 6, false, true, true, true, false},
	{"flat-city-text.mmdb", "city", 6, true, true, true, true, false},
	{"asn.mmdb", "GeoLite2-ASN", 6, true, true, false, false, true},
	{"flat-asn.mmdb", "ipinfo lite", 6, true, true, true, false, true},
};

static void test_info(void)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct geo *geo = open_good(kinds[i].file);
		const struct geo_info *info = geo_info(geo);

		is_str(info->path, in_folder(kinds[i].file), "its path");
		is_str(info->type, kinds[i].type, "its type");
		is_int(info->built, atoll(BUILT), "its build date");
		is_int(info->ip_version, kinds[i].version, "its tree");
		is_int(info->has_v4, kinds[i].v4, "whether it answers IPv4");
		is_int(info->has_v6, kinds[i].v6, "whether it answers IPv6");
		is_int(info->has_country, kinds[i].country, "whether it has countries");
		is_int(info->has_city, kinds[i].city, "whether it has cities");
		is_int(info->has_asn, kinds[i].asn, "whether it has networks");
		geo_close(geo);
	}
}

static void test_find(void)
{
	struct geo *city = open_good("city.mmdb"), *v4 = open_good("flat-city-ipv4.mmdb");
	struct ip ips[] = {address("5.9.1.1"), address("5.9.200.7"), address("::ffff:5.9.1.1"), address("46.4.0.1"),
			   address("2a01:4f8::1")};
	uint32_t records[] = {0, 0, 0, 0, 0};
	struct geo_record r;

	for (int i = 0; i < 5; i++)
		is_int(geo_find(city, &ips[i], &records[i]), 0, "address %d is found", i);
	ok(records[0] != 0, "a record is not 0");
	is_int(records[1], records[0], "one network, one record");
	is_int(records[2], records[0], "a mapped address is its IPv4 address");
	is_int(records[4], records[0], "equal data of another network is the same record");
	ok(records[3] != records[0], "other data is another record");
	is_int(look_up(city, "200.1.1.1", &r), -ENOENT, "IPv4 address that is not in the file");
	is_int(look_up(city, "2c0f::1", &r), -ENOENT, "IPv6 address that is not in the file");
	is_int(look_up(v4, "2a01:4f8::1", &r), -EAFNOSUPPORT, "IPv6 in a file of IPv4");
	is_int(geo_read(city, 0, &r), -EIO, "0 is no record");
	is_int(geo_read(city, UINT32_MAX, &r), -EIO, "a record outside of the file");
	geo_close(city);
	geo_close(v4);
}

static void test_hostile_text(void)
{
	struct geo *geo = open_good("city.mmdb");
	struct geo_record r = {0};

	is_int(look_up(geo, "11.0.1.1", &r), 0, "a city's name with escape codes");
	ok(strstr(r.city, "City") && !strpbrk(r.city, "\033\a\n"), "has no control characters left");
	ok(!strstr(r.city, "\u202e") && !strstr(r.city, "\u200b"), "nor characters that hide or reverse");
	is_int(look_up(geo, "11.0.4.1", &r), 0, "a city's name of 400 letters");
	is_int(strlen(r.city), 64, "is cut");
	geo_close(geo);
}

/* --- Files that are no databases --- */

static void refused(const char *path, int code, const char *says, const char *name)
{
	struct err err = {""};
	struct geo *geo = NULL;

	is_int(geo_open(path, &geo, &err), code, "%s is refused", name);
	ok(!geo, "%s: nothing is open", name);
	if (!ok(strstr(err.msg, says) && !strchr(err.msg, '\n'), "%s: the message says \"%s\"", name, says))
		printf("# %s\n", err.msg);
}

static const struct {
	const char *name;
	size_t at;
	const char *bytes;
	int code;
	const char *says;
} strangers[] = {
	{"empty.mmdb", 0, NULL, -ENODATA, "is empty"},
	{"gzip.mmdb", 0, "\x1f\x8b\x08\x02", -EINVAL, "packed (gzip)"},
	{"zip.mmdb", 0, "PK\x03\x04", -EINVAL, "packed (zip)"},
	{"xz.mmdb", 0,
	 "\xfd"
	 "7zXZ",
	 -EINVAL, "packed (xz)"},
	{"bzip2.mmdb", 0, "BZh9", -EINVAL, "packed (bzip2)"},
	{"zstd.mmdb", 0, "\x28\xb5\x2f\xfd", -EINVAL, "packed (zstd)"},
	{"tar.mmdb", 257, "ustar", -EINVAL, "tar archive"},
	{"GeoIP.dat", 0, "\x01\x02\x03", -EINVAL, "legacy GeoIP .dat"},
	{"renamed.mmdb", 700, "GEO-106FREE 20191224 Build 1 Copyright", -EINVAL, "legacy GeoIP .dat"},
	{"noise.mmdb", 0, "\x01\x02\x03", -EIO, "no MaxMind DB file, or was cut short"},
};

static void test_strangers(void)
{
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		const char *path = in_folder(strangers[i].name);
		char bytes[1000] = {0};

		if (strangers[i].bytes)
			memcpy(bytes + strangers[i].at, strangers[i].bytes, strlen(strangers[i].bytes));
		ok(mmdb_write(path, bytes, strangers[i].bytes ? sizeof(bytes) : 0), "%s is there", strangers[i].name);
		refused(path, strangers[i].code, strangers[i].says, strangers[i].name);
	}
}

static void test_text_files(void)
{
	const char *page = "\xef\xbb\xbf\r\n <!DOCTYPE html><html><body>Log in</body></html>\n";
	const char *csv = "1.0.0.0,1.0.0.255,AU\n";

	ok(mmdb_write(in_folder("page.mmdb"), page, strlen(page)), "page.mmdb is there");
	refused(in_folder("page.mmdb"), -EINVAL, "is a web page", "page.mmdb");
	ok(mmdb_write(in_folder("csv.mmdb"), csv, strlen(csv)), "csv.mmdb is there");
	refused(in_folder("csv.mmdb"), -EINVAL, "is text", "csv.mmdb");
}

/* Root may read everything, so it becomes somebody else for a moment. */
static void test_no_permission(void)
{
	const char *path = in_folder("secret.mmdb");
	bool root = geteuid() == 0;

	ok(mmdb_write(path, "x", 1) && chmod(path, 0) == 0, "secret.mmdb is there");
	if (root)
		ok(seteuid(65534) == 0, "root becomes nobody");
	refused(path, -EACCES, "no permission to read it", "secret.mmdb");
	if (root)
		ok(seteuid(0) == 0, "and root again");
}

static void test_no_files(void)
{
	refused(in_folder("missing.mmdb"), -ENOENT, "no such file", "missing.mmdb");
	refused(folder, -EISDIR, "is a folder", "a folder");
	ok(mkfifo(in_folder("pipe.mmdb"), 0600) == 0, "pipe.mmdb is there");
	refused(in_folder("pipe.mmdb"), -EINVAL, "no regular file", "pipe.mmdb");
	refused(in_folder("anonymous.mmdb"), -EMEDIUMTYPE, "another kind (GeoIP2-Anonymous-IP)", "anonymous.mmdb");
	refused(in_folder("esc\033[31m\n.mmdb"), -ENOENT, "no such file", "a name with escape codes");
}

static void test_anonymity(const char *name, bool has_country)
{
	static const struct {
		const char *address;
		unsigned anonymity;
	} rows[] = {
		{"8.8.8.8", GEO_VPN | GEO_HOSTING}, {"5.9.1.1", GEO_TOR}, {"81.2.69.1", GEO_PROXY},
		{"2a00:23c0::1", GEO_PROXY},	    {"126.1.1.1", GEO_PROXY}, {"1.1.1.1", 0},
	};
	struct geo *geo = open_good(name);

	if (!geo)
		return;
	ok(geo_info(geo)->has_anonymity, "%s says who hides", name);
	is_int(geo_info(geo)->has_country, has_country, "%s and countries", name);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct geo_record r = {.anonymity = 99};

		is_int(look_up(geo, rows[i].address, &r), 0, "%s is in %s", rows[i].address, name);
		is_int(r.anonymity, rows[i].anonymity, "what %s is", rows[i].address);
	}
	geo_close(geo);
	geo = open_good("city.mmdb");
	ok(geo && !geo_info(geo)->has_anonymity, "a database of cities says nothing of it");
	geo_close(geo);
}

/* --- Files that change while they are open --- */

static void test_cut_while_open(const char *name, int (*open_it)(const char *, struct geo **, struct err *))
{
	struct err err = {""};
	struct geo *geo = NULL;
	struct geo_record r = {0};
	size_t len = 0;
	char *bytes = mmdb_read(in_folder(name), &len);

	ok(bytes && mmdb_write(in_folder("open.mmdb"), bytes, len), "a copy of %s", name);
	is_int(open_it(in_folder("open.mmdb"), &geo, &err), 0, "opens");
	is_str(geo_info(geo)->path, in_folder("open.mmdb"), "under its own name");
	ok(mmdb_write(in_folder("open.mmdb"), "", 0), "it is emptied in place");
	is_int(look_up(geo, "5.9.1.1", &r), 0, "and answers as before");
	memset(bytes, 0xff, len);
	ok(mmdb_write(in_folder("open.mmdb"), bytes, len), "it is filled with something else");
	is_int(look_up(geo, "8.8.8.8", &r), 0, "and answers as before");
	geo_close(geo);
	free(bytes);
}

/* One with a hole of this size before it; its metadata are sound. */
static void test_too_large(void)
{
	struct err err = {""};
	struct geo *geo = NULL;
	size_t len = 0;
	char *bytes = mmdb_read(in_folder("anonymity.mmdb"), &len);
	FILE *file = fopen(in_folder("large.mmdb"), "wb");

	ok(file && fseeko(file, GEO_COPY_MAX, SEEK_SET) == 0 && fwrite(bytes, 1, len, file) == len,
	   "a database of more than 256 MiB");
	is_int(fclose(file), 0, "is written");
	is_int(geo_open_copy(in_folder("large.mmdb"), &geo, &err), -EFBIG, "is refused where it must be copied");
	ok(strstr(err.msg, "is larger than 256 MiB"), "with a reason: %s", err.msg);
	is_int(geo_open(in_folder("large.mmdb"), &geo, &err), -EMEDIUMTYPE, "and else looked at");
	free(bytes);
	unlink(in_folder("large.mmdb"));
}

/* --- Damage --- */

/* Opens and looks around; whatever comes back must be an error with words or clean data. */
static bool survives(const char *path)
{
	static const char *const addresses[] = {"1.1.1.1",   "5.9.1.1",     "133.11.0.1",
						"255.1.1.1", "2a01:4f8::1", "ffff::1"};
	struct err err = {""};
	struct geo *geo;
	bool good = true;

	if (geo_open(path, &geo, &err) < 0)
		return err.msg[0] != '\0' && !strchr(err.msg, '\n');
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct geo_record r = {0};
		int rc = look_up(geo, addresses[i], &r);

		good &= rc == 0 || rc == -ENOENT || rc == -EIO || rc == -EAFNOSUPPORT;
		good &= !strpbrk(r.city, "\033\n") && !strpbrk(r.as_name, "\033\n");
	}
	geo_close(geo);
	return good;
}

static const char *const victims[] = {"city.mmdb", "flat-country.mmdb", "flat-city-ipv4.mmdb", "asn.mmdb"};

static void test_cut_short(const char *name)
{
	size_t len = 0;
	char *bytes = mmdb_read(in_folder(name), &len);
	int refusals = 0;

	for (size_t i = 0; i < 64; i++) {
		struct err err = {""};
		struct geo *geo = NULL;

		ok(mmdb_write(in_folder("cut.mmdb"), bytes, len * i / 64), "%s cut to %zu/64", name, i);
		refusals += geo_open(in_folder("cut.mmdb"), &geo, &err) < 0 && strlen(err.msg) > 20;
		geo_close(geo);
	}
	is_int(refusals, 64, "%s is refused whenever it is cut short", name);
	memmove(bytes + 64, bytes + 128, len - 128);
	ok(mmdb_write(in_folder("cut.mmdb"), bytes, len - 64), "%s without 64 bytes of its middle", name);
	refused(in_folder("cut.mmdb"), -EIO, "damaged", name);
	free(bytes);
}

static void test_flipped_bits(const char *name)
{
	struct random random = {20261121};
	int survived = 0;
	size_t len = 0;
	char *bytes = mmdb_read(in_folder(name), &len);

	for (int i = 0; i < 500; i++) {
		uint32_t at = random_below(&random, (uint32_t)len);
		char bit = (char)(1 << random_below(&random, 8));

		bytes[at] ^= bit;
		survived += mmdb_write(in_folder("flipped.mmdb"), bytes, len) && survives(in_folder("flipped.mmdb"));
		bytes[at] ^= bit;
	}
	is_int(survived, 500, "%s with each of 500 bits flipped does no harm", name);
	free(bytes);
}

static void crafted_is_refused(const void *data, size_t len, const char *name)
{
	const char *path = in_folder("crafted.mmdb");
	struct buf file;

	buf_init(&file, 8 << 20);
	mmdb_craft(&file, data, len);
	ok(!file.full && mmdb_write(path, file.data, file.len), "%s: the file is made", name);
	refused(path, -EIO, "records cannot be read", name);
	buf_done(&file);
}

static void test_monsters(void)
{
	enum { DEEP = 1000000 };
	char *deep = xmalloc(DEEP * 3);
	struct buf wide;

	for (size_t i = 0; i < DEEP; i++)
		memcpy(deep + i * 3,
		       "\xe1\x41"
		       "a",
		       3);
	crafted_is_refused(deep, (size_t)DEEP * 3, "a million maps in each other");
	for (size_t i = 0; i < DEEP; i++)
		memcpy(deep + i * 2, "\x01\x04", 2);
	crafted_is_refused(deep, (size_t)DEEP * 2, "a million arrays in each other");
	free(deep);
	buf_init(&wide, 1 << 20);
	buf_add(&wide, "\xfe\xff\xff", 3);
	for (int i = 0; i < 65000; i++)
		buf_add(&wide, "\x41k\x41v", 4);
	crafted_is_refused(wide.data, wide.len, "a map of 65,000 pairs");
	buf_done(&wide);
	crafted_is_refused("\xff\xff\xff\xff\x41k\x41v", 8, "a map that claims 16 million pairs");
	crafted_is_refused("\x20\x00", 2, "a pointer to itself");
	crafted_is_refused("\xe1\x41k\x20\x00", 5, "a map that holds itself");
	crafted_is_refused("\x38\xff\xff\xff\xff", 5, "a pointer out of the file");
	crafted_is_refused("\xe1\x41k\x5f\xff\xff\xff", 7, "a text longer than the file");
	crafted_is_refused("\x00\xff", 2, "a type that does not exist");
}

static void test_crafted_good(void)
{
	static const char data[] = "\xe3\x47"
				   "country\x20\x25\x49"
				   "city_name\x45"
				   "Essen\x43"
				   "asn\x45"
				   "AS064"
				   "\x42"
				   "de";
	struct geo_record r = {0};
	struct geo *geo;
	struct buf file;

	buf_init(&file, 4096);
	mmdb_craft(&file, data, sizeof(data) - 1);
	ok(mmdb_write(in_folder("good.mmdb"), file.data, file.len), "a record with a pointer");
	geo = open_good("good.mmdb");
	is_int(look_up(geo, "1.2.3.4", &r), 0, "is found");
	is_str(r.country, "DE", "a country behind a pointer, in small letters");
	is_str(r.city, "Essen", "a city under another name");
	is_int(r.asn, 64, "a network as text");
	geo_close(geo);
	buf_done(&file);
}

/* A node that points to itself: the lookup ends after 32 steps at no record. */
static void test_loop(void)
{
	struct ip left = address("1.1.1.1"), right = address("200.1.1.1");
	static const char data[] = "\xe1\x47"
				   "country\x42"
				   "DE";
	uint32_t record = 0;
	struct buf file;
	struct geo *geo;

	buf_init(&file, 4096);
	mmdb_craft(&file, data, sizeof(data) - 1);
	file.data[2] = 0;
	ok(mmdb_write(in_folder("loop.mmdb"), file.data, file.len), "a tree whose left half is itself");
	geo = open_good("loop.mmdb");
	is_int(geo_find(geo, &right, &record), 0, "its right half has a record");
	is_int(geo_find(geo, &left, &record), 0, "a left and then right turn has one");
	left = address("0.0.0.0");
	is_int(geo_find(geo, &left, &record), -EIO, "only left turns end in an error");
	geo_close(geo);
	buf_done(&file);
}

static void test_replaced(void)
{
	struct geo_record r = {0};
	char next[MMDB_PATH * 2];
	size_t len = 0;
	char *bytes = mmdb_read(in_folder("city.mmdb"), &len);
	struct geo *geo;

	ok(mmdb_write(in_folder("used.mmdb"), bytes, len), "a database in use");
	geo = open_good("used.mmdb");
	ok(mmdb_write(in_folder("next.mmdb"), "short", 5), "its successor");
	snprintf(next, sizeof(next), "%s", in_folder("next.mmdb"));
	ok(rename(next, in_folder("used.mmdb")) == 0, "takes its place");
	is_int(look_up(geo, "5.9.1.1", &r), 0, "the open one goes on");
	is_str(r.city, "Falkenstein", "with its own data");
	geo_close(geo);
	free(bytes);
}

int main(void)
{
	mmdb_new_folder(folder);
	if (!ok(mmdb_make(folder, BUILT), "the databases are made"))
		return tap_done();
	test_schemas();
	test_info();
	test_find();
	test_hostile_text();
	test_anonymity("anonymity.mmdb", false);
	test_anonymity("enterprise.mmdb", true);
	test_strangers();
	test_text_files();
	test_no_permission();
	test_no_files();
	test_cut_while_open("city.mmdb", geo_open);
	test_cut_while_open("anonymity.mmdb", geo_open_copy);
	test_too_large();
	for (size_t i = 0; i < sizeof(victims) / sizeof(victims[0]); i++) {
		test_cut_short(victims[i]);
		test_flipped_bits(victims[i]);
	}
	test_monsters();
	test_crafted_good();
	test_loop();
	test_replaced();
	mmdb_remove(folder);
	return tap_done();
}
