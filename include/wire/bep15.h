/* Packets of a UDP tracker (BEP 15): connect and scrape. We never announce, so there is no announce here. */
#ifndef WIRE_BEP15_H
#define WIRE_BEP15_H

#include <stddef.h>
#include <stdint.h>

/* How many info-hashes a scrape request (16 + 20 n bytes behind the IP and UDP headers) may carry before the datagram
 * is cut in fragments, which many paths lose. BEP 15 speaks of "about 74", and that is one fragment too many. */
enum {
	BEP15_HASHES_V4 = 72,     /* 1456 bytes: fits 1500 (RFC 894), and 1492 with PPPoE (RFC 2516) */
	BEP15_HASHES_V6 = 71,     /* 1436 bytes: the IPv6 header is 20 bytes longer (RFC 8200 section 3) */
	BEP15_HASHES_V6_MIN = 60, /* 1216 bytes: the 1280 that every IPv6 link carries (RFC 8200 section 5) */
	BEP15_HASHES = 70,        /* what we ask for: fits both; opentracker answers 75 at most */
	BEP15_CONNECT_SIZE = 16,
	BEP15_SCRAPE_SIZE = 16 + 20 * BEP15_HASHES_V4, /* of the longest request that is written */
	BEP15_CONNECTION_S = 60, /* seconds that a client may use a connection id (BEP 15 "UDP connections") */
};

enum bep15_action { BEP15_CONNECT = 0, BEP15_ANNOUNCE = 1, BEP15_SCRAPE = 2, BEP15_ERROR = 3 };

struct bep15_header {
	enum bep15_action action;
	uint32_t transaction; /* as in the request */
};

/* As the tracker says it; a hash that it does not know is all zeros, as an empty swarm is. */
struct bep15_row {
	uint32_t seeders, completed, leechers; /* in the order of the packet */
};

/* Requests; each returns the bytes written. */
size_t bep15_write_connect(uint32_t transaction, uint8_t packet[BEP15_CONNECT_SIZE]);
/* The first `count` hashes. 0 if count is 0 or above BEP15_HASHES_V4. */
size_t bep15_write_scrape(uint64_t connection, uint32_t transaction, const uint8_t (*hashes)[20], size_t count,
			  uint8_t packet[BEP15_SCRAPE_SIZE]);

/* Answers. -EBADMSG: too short for its kind, or of another kind. Bytes too many are passed over. */
int bep15_read_header(const void *packet, size_t len, struct bep15_header *header);
int bep15_read_connect(const void *packet, size_t len, uint64_t *connection);
/* Rows in the order of the request: as many as the datagram holds whole, never more than `asked`. Fewer means that the
 * rest must be asked again. */
int bep15_read_scrape(const void *packet, size_t len, struct bep15_row *rows, size_t asked, size_t *count);
/* The tracker's words, clean, without the NUL that some put behind; "" if it gave none. size >= 1. */
int bep15_read_error(const void *packet, size_t len, char *text, size_t size);

#endif
