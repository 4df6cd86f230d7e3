/* Packets of a UDP tracker. It does not know sockets, time or which request an answer belongs to. */
#include "wire/bep15.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/text.h"

enum { HEADER = 8, CONNECTION = 16, ROW = 12, HASH = 20 };

static const uint64_t protocol_id = 0x41727101980; /* BEP 15 */

static uint8_t *put32(uint8_t *p, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*p++ = (uint8_t)(value >> shift);
	return p;
}

static uint8_t *put64(uint8_t *p, uint64_t value)
{
	return put32(put32(p, (uint32_t)(value >> 32)), (uint32_t)value);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

size_t bep15_write_connect(uint32_t transaction, uint8_t packet[BEP15_CONNECT_SIZE])
{
	put32(put32(put64(packet, protocol_id), BEP15_CONNECT), transaction);
	return BEP15_CONNECT_SIZE;
}

size_t bep15_write_scrape(uint64_t connection, uint32_t transaction, const uint8_t (*hashes)[20], size_t count,
			  uint8_t packet[BEP15_SCRAPE_SIZE])
{
	uint8_t *p;

	if (count == 0 || count > BEP15_HASHES_V4)
		return 0;
	p = put32(put32(put64(packet, connection), BEP15_SCRAPE), transaction);
	memcpy(p, hashes, count * HASH);
	return (size_t)(p - packet) + count * HASH;
}

int bep15_read_header(const void *packet, size_t len, struct bep15_header *header)
{
	const uint8_t *p = packet;

	if (len < HEADER || get32(p) > BEP15_ERROR)
		return -EBADMSG;
	*header = (struct bep15_header){.action = (enum bep15_action)get32(p), .transaction = get32(p + 4)};
	return 0;
}

/* Is it an answer of that kind, and as long as the kind is at least? */
static int expect(const void *packet, size_t len, enum bep15_action action, size_t least)
{
	struct bep15_header header;
	int rc = bep15_read_header(packet, len, &header);

	if (rc)
		return rc;
	return header.action == action && len >= least ? 0 : -EBADMSG;
}

int bep15_read_connect(const void *packet, size_t len, uint64_t *connection)
{
	const uint8_t *p = packet;
	int rc = expect(packet, len, BEP15_CONNECT, CONNECTION);

	if (rc)
		return rc;
	*connection = (uint64_t)get32(p + HEADER) << 32 | get32(p + HEADER + 4);
	return 0;
}

int bep15_read_scrape(const void *packet, size_t len, struct bep15_row *rows, size_t asked, size_t *count)
{
	const uint8_t *p = packet;
	int rc = expect(packet, len, BEP15_SCRAPE, HEADER);
	size_t held;

	if (rc)
		return rc;
	held = (len - HEADER) / ROW;
	if (held > asked)
		held = asked;
	p += HEADER;
	for (size_t i = 0; i < held; i++, p += ROW)
		rows[i] = (struct bep15_row){.seeders = get32(p), .completed = get32(p + 4), .leechers = get32(p + 8)};
	*count = held;
	return 0;
}

int bep15_read_error(const void *packet, size_t len, char *text, size_t size)
{
	const char *words = (const char *)packet + HEADER;
	int rc = expect(packet, len, BEP15_ERROR, HEADER);

	if (rc)
		return rc;
	text_clean(text, size, words, strnlen(words, len - HEADER), UINT_MAX);
	return 0;
}
