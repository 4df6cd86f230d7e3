/* Packets of UDP trackers, byte by byte as BEP 15 has them. */
#include "wire/bep15.h"

#include <errno.h>

#include "tap.h"

static uint8_t hashes[BEP15_HASHES_V4 + 1][20];

static void test_requests(void)
{
	static const uint8_t connect[] = {0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0, 0xde, 0xad, 0xbe, 0xef};
	static const uint8_t scrape[] = {1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 2, 0xca, 0xfe, 0xba, 0xbe};
	const uint64_t connection = 0x0102030405060708;
	uint8_t packet[BEP15_SCRAPE_SIZE];

	is_int(bep15_write_connect(0xdeadbeef, packet), 16, "a connect request is 16 bytes");
	ok(memcmp(packet, connect, 16) == 0, "and those");
	is_int(bep15_write_scrape(connection, 0xcafebabe, hashes, 2, packet), 56, "a scrape of two");
	ok(memcmp(packet, scrape, 16) == 0 && memcmp(packet + 16, hashes, 40) == 0, "its head and its hashes");
	is_int(bep15_write_scrape(connection, 1, hashes, BEP15_HASHES, packet), 1416, "a scrape of 70");
	is_int(bep15_write_scrape(connection, 1, hashes, BEP15_HASHES_V4, packet), 1456, "a scrape of 72");
	ok(memcmp(packet + 16, hashes, 1440) == 0, "all of its hashes");
	is_int(bep15_write_scrape(connection, 1, hashes, BEP15_HASHES_V4 + 1, packet), 0, "73 would be cut");
	is_int(bep15_write_scrape(connection, 1, hashes, 0, packet), 0, "none at all");
}

static void test_limits(void)
{
	is_int(20 + 8 + 16 + 20 * BEP15_HASHES_V4, 1484, "72 in IPv4 fit 1492 bytes");
	ok(20 + 8 + 16 + 20 * (BEP15_HASHES_V4 + 1) > 1500, "73 do not even fit 1500");
	ok(40 + 8 + 16 + 20 * BEP15_HASHES_V6 <= 1500 && 40 + 8 + 16 + 20 * (BEP15_HASHES_V6 + 1) > 1500, "71 in IPv6");
	ok(40 + 8 + 16 + 20 * BEP15_HASHES_V6_MIN <= 1280 && 40 + 8 + 16 + 20 * (BEP15_HASHES_V6_MIN + 1) > 1280,
	   "60 on the narrowest IPv6 link");
}

static void test_header(void)
{
	static const uint8_t packet[] = {0, 0, 0, 3, 0x80, 0, 0, 1, 'x'};
	static const uint8_t unknown[] = {0, 0, 0, 4, 0, 0, 0, 1};
	struct bep15_header header = {BEP15_SCRAPE, 77};

	is_int(bep15_read_header(packet, 7, &header), -EBADMSG, "7 bytes are no answer");
	is_int(bep15_read_header(NULL, 0, &header), -EBADMSG, "nor are none");
	is_int(bep15_read_header(unknown, 8, &header), -EBADMSG, "nor is action 4");
	is_int(header.transaction, 77, "a failure writes nothing");
	is_int(bep15_read_header(packet, 8, &header), 0, "8 bytes");
	ok(header.action == BEP15_ERROR && header.transaction == 0x80000001, "action and transaction");
}

static void test_connect(void)
{
	static const uint8_t packet[18] = {0, 0, 0, 0, 0, 0, 0, 9, 0xff, 1, 2, 3, 4, 5, 6, 0xfe, 7, 7};
	uint64_t connection = 5;

	is_int(bep15_read_connect(packet, 15, &connection), -EBADMSG, "a short connect answer");
	is_int(connection, 5, "writes nothing");
	is_int(bep15_read_connect(packet, 16, &connection), 0, "a whole one");
	ok(connection == 0xff010203040506fe, "its connection id");
	is_int(bep15_read_connect(packet, sizeof(packet), &connection), 0, "bytes behind it do no harm");
}

static const uint8_t scraped[] = {
	0, 0, 0, 2, 0, 0, 0, 9,             /* head */
	0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, /* seeders, completed, leechers */
	0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
	9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, /* a row but for a byte */
};

static void test_scrape(void)
{
	struct bep15_row rows[4] = {{0, 0, 0}};
	uint64_t connection;
	size_t count = 9;

	is_int(bep15_read_scrape(scraped, 7, rows, 4, &count), -EBADMSG, "a short scrape answer");
	is_int(bep15_read_connect(scraped, sizeof(scraped), &connection), -EBADMSG, "a scrape is no connect");
	is_int(count, 9, "a failure writes nothing");
	is_int(bep15_read_scrape(scraped, sizeof(scraped), rows, 4, &count), 0, "a scrape answer that was cut");
	is_int(count, 2, "holds two whole rows");
	ok(rows[0].seeders == 1 && rows[0].completed == 2 && rows[0].leechers == 3, "completed is the middle one");
	ok(rows[1].seeders == 256 && rows[1].completed == UINT32_MAX && rows[1].leechers == 0, "big endian");
	rows[1].seeders = 42;
	is_int(bep15_read_scrape(scraped, sizeof(scraped), rows, 1, &count), 0, "more rows than asked for");
	ok(count == 1 && rows[1].seeders == 42, "are not read");
	is_int(bep15_read_scrape(scraped, 8, rows, 4, &count), 0, "no row");
	is_int(count, 0, "is an empty answer");
}

static void error_reads(const char *packet, size_t len, const char *want)
{
	char text[32] = "";
	int rc = bep15_read_error(packet, len, text, sizeof(text));

	ok(rc == 0 && strcmp(text, want) == 0, "the error \"%s\"", want);
}

#define ERROR_READS(text, want) error_reads("\0\0\0\3\0\0\0\1" text, sizeof(text) - 1 + 8, want)

static void test_error(void)
{
	char text[32] = "kept";

	ERROR_READS("", "");
	ERROR_READS("Connection ID missmatch.\0", "Connection ID missmatch.");
	ERROR_READS("a\0b", "a");
	ERROR_READS("\033[31mred\r\n", "\357\277\275[31mred\357\277\275");
	ERROR_READS("0123456789012345678901234567890123456789", "0123456789012345678901234567890");
	is_int(bep15_read_error("\0\0\0\3\0\0\0", 7, text, sizeof(text)), -EBADMSG, "a short error");
	is_int(bep15_read_error(scraped, sizeof(scraped), text, sizeof(text)), -EBADMSG, "a scrape is no error");
	is_str(text, "kept", "a failure writes nothing");
}

int main(void)
{
	for (size_t i = 0; i < sizeof(hashes); i++)
		hashes[i / 20][i % 20] = (uint8_t)(i * 7);
	test_requests();
	test_limits();
	test_header();
	test_connect();
	test_scrape();
	test_error();
	return tap_done();
}
