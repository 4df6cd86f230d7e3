/* core/geo_check.c: which records and metadata may be read, to the edge of the limits and with hostile bytes; and what
 * is said about files that are no database. Records lie in memory of just their size, so that a sanitizer sees a step
 * beyond their end. Expected bytes are by hand, from the MaxMind DB format specification 2.0, "Data Field Format". */
#include "core/geo_check.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/xmalloc.h"
#include "mmdb.h"
#include "random.h"
#include "scratch.h"
#include "tap.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define BYTES(text) text, sizeof(text) - 1

enum {
	DEPTH = 12, /* below the root: what the module allows */
	VALUES = 4096,
	METADATA = 128 * 1024,
};

static bool sound(const void *bytes, size_t size, uint32_t at)
{
	uint8_t *copy = xmalloc(size ? size : 1);
	bool is;

	memcpy(copy, bytes, size);
	is = geo_check_record(copy, (uint32_t)size, at);
	free(copy);
	return is;
}

/* --- records --- */

static const struct {
	const char *name, *bytes;
	size_t size;
	bool is;
} records[] = {
	{"an empty text", BYTES("\x40"), true},
	{"a text", BYTES("\x42"
			 "DE"),
	 true},
	{"a text that lacks a byte", BYTES("\x43"
					   "DE"),
	 false},
	{"bytes behind a value", BYTES("\x41"
				       "D\xff\xff"),
	 true},
	{"a double", BYTES("\x68\1\2\3\4\5\6\7\10"), true},
	{"half a double", BYTES("\x68\1\2\3\4"), false},
	{"a 16-bit number", BYTES("\xa2\1\2"), true},
	{"a 32-bit number", BYTES("\xc4\1\2\3\4"), true},
	{"a number without bytes: 0", BYTES("\xc0"), true},
	{"a signed number", BYTES("\x04\x01\1\2\3\4"), true},
	{"a 64-bit number", BYTES("\x08\x02\1\2\3\4\5\6\7\10"), true},
	{"a float", BYTES("\x04\x08\1\2\3\4"), true},
	{"a float that lacks a byte", BYTES("\x04\x08\1\2\3"), false},
	{"false", BYTES("\x00\x07"), true},
	{"true, whose size is its value", BYTES("\x01\x07"), true},
	{"an empty map", BYTES("\xe0"), true},
	{"an empty array", BYTES("\x00\x04"), true},
	{"a map of a pair", BYTES("\xe1\x41k\x41v"), true},
	{"a map that lacks a value", BYTES("\xe1\x41k"), false},
	{"a map that lacks a pair", BYTES("\xe2\x41k\x41v"), false},
	{"an array of two", BYTES("\x02\x04\x41"
				  "a\x41"
				  "b"),
	 true},
	{"an array that lacks one", BYTES("\x02\x04\x41"
					  "a"),
	 false},
	{"a cache container", BYTES("\x00\x05"), false},
	{"an end marker", BYTES("\x00\x06"), false},
	{"a type after the last", BYTES("\x00\x09"), false},
	{"the largest type", BYTES("\x00\xff"), false},
	{"an extended type without its number", BYTES("\x00"), false},
	{"a size of one more byte without it", BYTES("\x5d"), false},
	{"a size of two more bytes with one", BYTES("\x5e\x00"), false},
	{"a size of three more bytes with two", BYTES("\x5f\x00\x00"), false},
	{"a map of 16 million pairs", BYTES("\xff\xff\xff\xff\x41k\x41v"), false},
	{"an array of 16 million values", BYTES("\x1f\x04\xff\xff\xff\x41v"), false},
	{"a text of 16 million bytes", BYTES("\x5f\xff\xff\xff"), false},
	{"a pointer to a text behind it", BYTES("\x20\x02\x41"
						"a"),
	 true},
	{"a pointer to itself", BYTES("\x20\x00"), false},
	{"two pointers to each other", BYTES("\x20\x02\x20\x00"), false},
	{"a pointer to the end", BYTES("\x20\x02"), false},
	{"a pointer without its byte", BYTES("\x20"), false},
	{"a pointer of two bytes out of the data", BYTES("\x28\x00\x00"), false},
	{"a pointer of three bytes out of the data", BYTES("\x30\x00\x00\x00"), false},
	{"a pointer of four bytes out of the data", BYTES("\x38\xff\xff\xff\xff"), false},
	{"a pointer of four bytes", BYTES("\x38\x00\x00\x00\x05\x41"
					  "a"),
	 true},
	{"a pointer of four bytes that lacks one", BYTES("\x38\x00\x00\x00"), false},
	{"a map that holds itself", BYTES("\xe1\x41k\x20\x00"), false},
	{"an array that holds itself", BYTES("\x01\x04\x20\x00"), false},
	{"a map that is its own key", BYTES("\xe1\x20\x00\x41v"), false},
	{"nothing", BYTES(""), false},
};

static void test_records(void)
{
	for (size_t i = 0; i < COUNT(records); i++)
		is_int(sound(records[i].bytes, records[i].size, 0), records[i].is, "%s", records[i].name);
}

static void test_offsets(void)
{
	static const char data[] = "\xff\xff\x41x";

	ok(sound(data, 4, 2), "a record in the middle");
	ok(!sound(data, 4, 3), "one that begins inside of another");
	ok(!sound(data, 4, 4), "one at the end");
	ok(!sound(data, 4, 5), "one behind it");
	ok(!sound(data, 4, UINT32_MAX), "one at 4 GiB");
	ok(!sound(data, 4, INT32_MAX), "one at 2 GiB");
}

/* A text of every form of size, up to the last byte of the data and one beyond. */
static void test_sizes(void)
{
	static const struct {
		uint32_t size;
		const char *head;
		size_t head_len;
	} rows[] = {
		{28, BYTES("\x5c")},
		{29, BYTES("\x5d\x00")},
		{284, BYTES("\x5d\xff")},
		{285, BYTES("\x5e\x00\x00")},
		{65820, BYTES("\x5e\xff\xff")},
		{65821, BYTES("\x5f\x00\x00\x00")},
		{65821 + 256, BYTES("\x5f\x00\x01\x00")},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t size = rows[i].head_len + rows[i].size;
		char *bytes = xcalloc(size, 1);

		memcpy(bytes, rows[i].head, rows[i].head_len);
		ok(sound(bytes, size, 0), "a text of %u bytes", (unsigned)rows[i].size);
		ok(!sound(bytes, size - 1, 0), "and one byte less than that");
		free(bytes);
	}
}

/* A pointer of every form to a text at its target, and to one byte later, where nothing is. */
static void test_pointers(void)
{
	static const struct {
		uint32_t target;
		const char *bytes;
		size_t len;
	} rows[] = {
		{2, BYTES("\x20\x02")},
		{2047, BYTES("\x27\xff")},
		{2048, BYTES("\x28\x00\x00")},
		{526335, BYTES("\x2f\xff\xff")},
		{526336, BYTES("\x30\x00\x00\x00")},
		{526336 + 0x10203, BYTES("\x30\x01\x02\x03")},
		{526336, BYTES("\x38\x00\x08\x08\x00")},
		{526336, BYTES("\x3f\x00\x08\x08\x00")}, /* the low bits of the first byte do not count here */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t size = rows[i].target + 1;
		char *bytes = xmalloc(size);

		memset(bytes, 0xff, size);
		memcpy(bytes, rows[i].bytes, rows[i].len);
		bytes[rows[i].target] = '\x40';
		ok(sound(bytes, size, 0), "pointer %zu to %u", i, (unsigned)rows[i].target);
		bytes[rows[i].target] = '\xff';
		ok(!sound(bytes, size, 0), "leads nowhere else");
		ok(!sound(bytes, size - 1, 0), "nor out of the data");
		free(bytes);
	}
}

/* --- limits --- */

/* `levels` containers in each other; what one begins with must lead to the next. */
static void check_depth(const char *name, const char *head, size_t len, size_t levels, bool is)
{
	size_t size = levels * len + 1;
	char *bytes = xmalloc(size);

	for (size_t i = 0; i < levels; i++)
		memcpy(bytes + i * len, head, len);
	bytes[size - 1] = '\x40';
	is_int(sound(bytes, size, 0), is, "a text in %zu %s", levels, name);
	free(bytes);
}

static void test_depth(void)
{
	char pointers[2 * DEPTH + 4];

	check_depth("maps", BYTES("\xe1\x41k"), DEPTH, true);
	check_depth("maps", BYTES("\xe1\x41k"), DEPTH + 1, false);
	check_depth("maps", BYTES("\xe1\x41k"), 1000000, false);
	check_depth("arrays", BYTES("\x01\x04"), DEPTH, true);
	check_depth("arrays", BYTES("\x01\x04"), DEPTH + 1, false);
	check_depth("arrays", BYTES("\x01\x04"), 1000000, false);
	for (size_t i = 0; i <= DEPTH + 1; i++) {
		pointers[2 * i] = '\x20';
		pointers[2 * i + 1] = (char)(2 * i + 2);
	}
	pointers[2 * DEPTH] = '\x40';
	ok(sound(pointers, sizeof(pointers), 0), "12 pointers in a row");
	pointers[2 * DEPTH] = '\x20';
	pointers[2 * DEPTH + 2] = '\x40';
	ok(!sound(pointers, sizeof(pointers), 0), "13 pointers in a row");
}

/* An array of so many booleans. */
static bool wide(size_t count)
{
	size_t size = 4 + 2 * count;
	uint8_t *bytes = xmalloc(size);
	bool is;

	memcpy(bytes, "\x1e\x04", 2);
	bytes[2] = (uint8_t)((count - 285) >> 8);
	bytes[3] = (uint8_t)(count - 285);
	for (size_t i = 0; i < count; i++)
		memcpy(bytes + 4 + 2 * i, "\x01\x07", 2);
	is = sound(bytes, size, 0);
	free(bytes);
	return is;
}

/* Each level is an array of two pointers to the next one: few bytes, 2^levels values. */
static bool bomb(unsigned levels)
{
	uint8_t bytes[6 * DEPTH + 1];

	for (unsigned i = 0; i < levels; i++) {
		const uint8_t next = (uint8_t)(6 * (i + 1)), array[] = {0x02, 0x04, 0x20, next, 0x20, next};

		memcpy(bytes + 6 * i, array, sizeof(array));
	}
	bytes[6 * levels] = 0x40;
	return sound(bytes, 6 * levels + 1, 0);
}

static void test_number(void)
{
	ok(wide(VALUES - 1), "4,096 values with the array that holds them");
	ok(!wide(VALUES), "4,097");
	ok(!wide(65000), "65,000");
	ok(bomb(DEPTH / 2), "64 paths to one text");
	ok(!bomb(DEPTH), "4,096 paths are too deep, or too many");
}

/* A pointer costs a level: the bomb above ends by depth. This one is flat and ends by number. */
static void test_shared(void)
{
	uint8_t bytes[2 * (4 + 2 * 300)], *at = bytes;

	for (unsigned level = 0; level < 2; level++) {
		memcpy(at, "\x1e\x04\x00\x0f", 4);
		at += 4;
		for (unsigned i = 0; i < 300; i++, at += 2)
			memcpy(at, level ? "\x01\x07" : "\x22\x5c", 2); /* 604 = 4 + 2 x 300 */
	}
	ok(sound(bytes, sizeof(bytes), 604), "300 booleans");
	ok(!sound(bytes, sizeof(bytes), 0), "300 pointers to 300 booleans");
}

/* --- damage --- */

/* A record as real databases have it. */
static const char real[] = "\xe2\x47"
			   "country\xe2\x48"
			   "iso_code\x42"
			   "DE\x45"
			   "names\xe1\x42"
			   "en\x47"
			   "Germany\x48"
			   "location\xe2\x48"
			   "latitude\x68\x40\x49\x80\x00\x00\x00\x00\x00\x49"
			   "longitude\x68\x40\x2a\xcc\xcc\xcc\xcc\xcc\xcd";

static void test_cut(void)
{
	size_t refused = 0, size = sizeof(real) - 1;

	ok(sound(real, size, 0), "a record as real databases have it");
	for (size_t len = 0; len < size; len++)
		refused += !sound(real, len, 0);
	is_int(refused, size, "is refused wherever it is cut");
}

/* A second opinion, as slow and plain as can be: what the bytes say when nothing limits the walk but `left`. */
static bool plain_walk(const uint8_t *bytes, size_t size, size_t *at, unsigned depth, unsigned *left)
{
	static const uint32_t sizes[] = {0, 29, 285, 65821}, targets[] = {0, 2048, 526336, 0};
	unsigned type, more;
	uint64_t value;
	size_t children;

	if (depth > DEPTH || *left == 0 || *at >= size)
		return false;
	--*left;
	type = bytes[*at] >> 5;
	value = bytes[(*at)++] & 31;
	if (type == 1) {
		more = (unsigned)(value >> 3);
		value = more == 3 ? 0 : value & 7;
		for (unsigned i = 0; i <= more; i++) {
			if (*at >= size)
				return false;
			value = value << 8 | bytes[(*at)++];
		}
		value += targets[more];
		children = (size_t)value;
		return value < size && plain_walk(bytes, size, &children, depth + 1, left);
	}
	if (type == 0 && *at >= size)
		return false;
	if (type == 0)
		type = 7u + bytes[(*at)++];
	if (value > 28) {
		uint64_t extra = 0;

		more = (unsigned)value - 28;
		for (unsigned i = 0; i < more; i++) {
			if (*at >= size)
				return false;
			extra = extra << 8 | bytes[(*at)++];
		}
		value = sizes[more] + extra;
	}
	if (type == 12 || type == 13 || type > 15)
		return false;
	children = type == 7 ? (size_t)value * 2 : type == 11 ? (size_t)value : 0;
	if (type != 7 && type != 11 && type != 14) {
		if (value > size - *at)
			return false;
		*at += (size_t)value;
	}
	while (children-- > 0)
		if (!plain_walk(bytes, size, at, depth + 1, left))
			return false;
	return true;
}

static bool agrees(const uint8_t *bytes, size_t size, unsigned *good)
{
	unsigned left = VALUES;
	size_t at = 0;
	bool is = sound(bytes, size, 0);

	*good += is;
	return is == plain_walk(bytes, size, &at, 0, &left);
}

static void test_random(void)
{
	static const uint8_t likely[] = {0x00, 0x01, 0x04, 0x07, 0x20, 0x22, 0x28,
					 0x40, 0x41, 0x42, 0x5d, 0xe0, 0xe1, 0xe2};
	struct random r = {20261121};
	unsigned agreed = 0, good = 0;

	for (int i = 0; i < 100000; i++) {
		uint8_t bytes[40];
		size_t size = random_below(&r, sizeof(bytes) + 1);

		for (size_t at = 0; at < size; at++)
			bytes[at] = random_below(&r, 4) ? likely[random_below(&r, sizeof(likely))]
							: (uint8_t)random_below(&r, 256);
		agreed += agrees(bytes, size, &good);
	}
	is_int(agreed, 100000, "100,000 random records are judged as by a plain walk");
	ok(good > 10000 && good < 90000, "%u of them are sound", good);
}

static void test_flipped(void)
{
	unsigned agreed = 0, good = 0, size = sizeof(real) - 1;
	uint8_t bytes[sizeof(real)];

	memcpy(bytes, real, sizeof(real));
	for (unsigned bit = 0; bit < size * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		agreed += agrees(bytes, size, &good);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	is_int(agreed, size * 8, "and so is a real one with each of its bits flipped");
	ok(good > 0 && good < size * 8, "%u of them are sound", good);
}

/* --- files --- */

/* `says` is what the message must say behind the name that is shown. */
static void check_file(const char *path, int code, const char *says)
{
	struct err err = {""};

	is_int(geo_check_file(path, "SHOWN", &err), code, "%s", path);
	if (!ok(strncmp(err.msg, code ? "SHOWN" : "", 5) == 0 && strstr(err.msg, says) && !strchr(err.msg, '\n'),
		"it says: %s", says))
		printf("# %s\n", err.msg);
}

static void check_bytes(const char *name, const void *bytes, size_t len, int code, const char *says)
{
	ok(mmdb_write(name, bytes, len), "%s is there", name);
	check_file(name, code, says);
}

static void test_good_file(void)
{
	struct buf file;

	buf_init(&file, METADATA * 2);
	mmdb_craft(&file, real, sizeof(real) - 1);
	check_bytes("good.mmdb", file.data, file.len, 0, "");
	check_bytes("good.dat", file.data, file.len, 0, "");
	buf_done(&file);
}

/* A file with a byte of data, so many bytes of nothing, and then this metadata. */
static void check_metadata(const char *name, const char *bytes, size_t len, size_t gap, int code, const char *says)
{
	struct buf file;

	buf_init(&file, METADATA * 2);
	buf_putc(&file, '\0');
	for (size_t i = 0; i < gap; i++)
		buf_putc(&file, '\xff');
	buf_add(&file, BYTES("\xab\xcd\xefMaxMind.com"));
	buf_add(&file, bytes, len);
	check_bytes(name, file.data, file.len, code, says);
	buf_done(&file);
}

#define DAMAGED "is damaged: its metadata cannot be read; fetch it again"

static void test_metadata(void)
{
	static const struct {
		const char *name, *bytes;
		size_t len;
		bool is;
	} rows[] = {
		{"empty-map", BYTES("\xe0"), true},
		{"number", BYTES("\xe1\x41k\xc1\x07"), true},
		{"texts", BYTES("\xe1\x41k\x02\x04\x41"
				"a\x41"
				"b"),
		 true},
		{"map-of-texts", BYTES("\xe1\x41k\xe1\x41l\x41t"), true},
		{"boolean", BYTES("\xe1\x41k\x01\x07"), true},
		{"nothing", BYTES(""), false},
		{"cut", BYTES("\xe2\x41k\x41v"), false},
		{"list-of-numbers", BYTES("\xe1\x41k\x01\x04\xc1\x07"), false},
		{"list-of-lists", BYTES("\xe1\x41k\x01\x04\x00\x04"), false},
		{"list-of-maps", BYTES("\xe1\x41k\x01\x04\xe0"), false},
		{"map-of-numbers", BYTES("\xe1\x41k\xe1\x41l\xc1\x07"), false},
		{"loop", BYTES("\xe1\x41k\x20\x00"), false},
		{"list-of-itself", BYTES("\x01\x04\x20\x00"), false},
		{"huge", BYTES("\xff\xff\xff\xff"), false},
		{"second-marker", BYTES("\xff\xab\xcd\xefMaxMind.com\xe0"), true},
		{"second-marker-empty", BYTES("\xe0\xab\xcd\xefMaxMind.com"), false},
	};
	static const size_t around = sizeof("MaxMind.com") - 1 + 3 + 1; /* marker and an empty map */

	for (size_t i = 0; i < COUNT(rows); i++)
		check_metadata(rows[i].name, rows[i].bytes, rows[i].len, 0, rows[i].is ? 0 : -EIO,
			       rows[i].is ? "" : DAMAGED);
	check_metadata("long", BYTES("\xe0"), METADATA - around, 0, "");
	check_metadata("marker-last", BYTES(""), METADATA, -EIO, DAMAGED);
}

/* Metadata are looked for in the last 128 KiB, as the specification has it. */
static void test_far_marker(void)
{
	struct buf file;

	for (int more = 0; more < 2; more++) {
		buf_init(&file, METADATA * 2);
		buf_putc(&file, '\0');
		buf_add(&file, BYTES("\xab\xcd\xefMaxMind.com\xe0"));
		while (file.len < METADATA + 1 + (size_t)more)
			buf_putc(&file, '\xff');
		check_bytes(more ? "too-far" : "far", file.data, file.len, more ? -EIO : 0,
			    more ? "is no MaxMind DB file, or was cut short; fetch it again" : "");
		buf_done(&file);
	}
}

static void test_strangers(void)
{
	static const struct {
		const char *name;
		size_t at;
		const char *bytes;
		size_t len;
		int code;
		const char *says;
	} rows[] = {
		{"gzip", 0, BYTES("\x1f\x8b\x08\0"), -EINVAL, "is packed (gzip): unpack it with gunzip or tar xzf"},
		{"gzip-cut", 0, BYTES("\x1f\x8b"), -EIO, "is no MaxMind DB file"},
		{"zip", 0, BYTES("PK\x03\x04"), -EINVAL, "is packed (zip): unpack it with unzip, and name the .mmdb"},
		{"bzip2", 0, BYTES("BZh9"), -EINVAL, "is packed (bzip2)"},
		{"tar", 257, BYTES("ustar"), -EINVAL, "is a tar archive"},
		{"tar-cut", 257, BYTES("usta"), -EIO, "is no MaxMind DB file"},
		{"page", 0, BYTES("\xef\xbb\xbf \r\n<html>"), -EINVAL, "is a web page, not a database"},
		{"text", 0, BYTES("1.0.0.0,1.0.0.255,<AU>\n"), -EINVAL, "is text, not a database"},
		{"blanks", 0, BYTES(" \n\t\r\n"), -EINVAL, "is text, not a database"},
		{"delete", 0, BYTES("text\x7f"), -EIO, "is no MaxMind DB file"},
		{"legacy", 3, BYTES("GEO-106FREE 2019 Build 1"), -EINVAL, "is a legacy GeoIP .dat database"},
		{"zero", 0, BYTES("\0"), -EIO, "is no MaxMind DB file, or was cut short"},
		{"half-marker", 1, BYTES("\xab\xcd\xefMaxMind.co"), -EIO, "is no MaxMind DB file"},
	};
	char bytes[300];

	for (size_t i = 0; i < COUNT(rows); i++) {
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes + rows[i].at, rows[i].bytes, rows[i].len);
		check_bytes(rows[i].name, bytes, rows[i].at + rows[i].len, rows[i].code, rows[i].says);
	}
}

/* Of what is shown the ending counts, and legacy marks only near the end: an address book may hold them, too. */
static void test_legacy(void)
{
	struct err err = {""};
	char bytes[2000] = {0};

	memcpy(bytes + 100, "GEO-", 4);
	check_bytes("early", bytes, sizeof(bytes), -EIO, "is no MaxMind DB file");
	is_int(geo_check_file("early", "x/GeoIP.dat", &err), -EINVAL, "a .dat is known by its name");
	is_str(err.msg, "x/GeoIP.dat is a legacy GeoIP .dat database; a .mmdb file is needed", "and called so");
}

static void test_no_files(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char name[NAME_MAX + 2];

	check_file("missing", -ENOENT, ": no such file");
	check_file(".", -EISDIR, "is a folder; name the .mmdb file in it");
	check_bytes("empty", "", 0, -ENODATA, "is empty; fetch it again");
	check_file("empty/x", -ENOTDIR, "cannot be opened: Not a directory");
	check_file("/dev/null", -EINVAL, "is no regular file");
	ok(symlink("circle", "circle") == 0, "a link to itself");
	check_file("circle", -ELOOP, "cannot be opened: ");
	ok(mkfifo("pipe", 0600) == 0, "a pipe that nobody writes to");
	check_file("pipe", -EINVAL, "is no regular file");
	ok(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "a socket");
	check_file("socket", -ENXIO, "cannot be opened: ");
	close(fd);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	check_file(name, -ENAMETOOLONG, "cannot be opened: ");
}

/* Holes take no room on the disk. */
static void test_huge_file(void)
{
	ok(mmdb_write("huge", "\0", 1), "huge is there");
	if (truncate("huge", (off_t)INT_MAX + 1)) {
		ok(true, "# SKIP no files of 2 GiB here");
		return;
	}
	check_file("huge", -EFBIG, "is larger than any geo database known (2 GiB)");
	ok(truncate("huge", INT_MAX) == 0, "a byte less");
	check_file("huge", -EIO, "is no MaxMind DB file");
}

static void test_no_err(void)
{
	is_int(geo_check_file("missing", "SHOWN", NULL), -ENOENT, "without room for a message the code is the same");
}

int main(void)
{
	scratch_init();
	test_records();
	test_offsets();
	test_sizes();
	test_pointers();
	test_depth();
	test_number();
	test_shared();
	test_cut();
	test_random();
	test_flipped();
	test_good_file();
	test_metadata();
	test_far_marker();
	test_strangers();
	test_legacy();
	test_no_files();
	test_huge_file();
	test_no_err();
	return tap_done();
}
