/* KRPC, the messages of the DHT (BEP 5; BEP 32 want, BEP 33 scrape, BEP 42 ip, BEP 43 ro): queries are written, any
 * datagram is read. Nothing is allocated. */
#ifndef WIRE_KRPC_H
#define WIRE_KRPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "wire/compact.h"

enum {
	KRPC_ID = 20,
	KRPC_TID_MIN = 2,
	KRPC_TID_MAX = 4,
	KRPC_VERSION_MAX = 4,
	KRPC_QUERY_MAX = 160, /* room for any query that is written */
	KRPC_DEPTH = 16,      /* deepest nesting that is read */
	KRPC_ERROR_TEXT = 64,
};

enum krpc_method { KRPC_PING, KRPC_FIND_NODE, KRPC_GET_PEERS };

struct krpc_query {
	enum krpc_method method;
	const uint8_t *id;     /* our own, KRPC_ID bytes */
	const uint8_t *target; /* node id or info hash, KRPC_ID bytes; not for a ping */
	const uint8_t *tid;
	size_t tid_len;      /* KRPC_TID_MIN to KRPC_TID_MAX */
	const char *version; /* up to KRPC_VERSION_MAX bytes, or NULL */
	bool want4, want6;   /* BEP 32: only to be asked for when both are needed; not for a ping */
	bool scrape;         /* BEP 33; only for get_peers */
	bool read_only;      /* BEP 43: do not ask us back */
};

/* Returns the length, or -EINVAL (length of tid or version). */
int krpc_write_query(const struct krpc_query *query, uint8_t datagram[KRPC_QUERY_MAX]);

/* Bytes within the datagram; NULL and 0 if it does not have them. */
struct krpc_slice {
	const uint8_t *bytes;
	size_t len;
};

enum krpc_type { KRPC_QUERY, KRPC_REPLY, KRPC_ERROR };

/* Everything points into the datagram. Of a query the arguments are here, of a reply its values. */
struct krpc_message {
	enum krpc_type type;
	struct krpc_slice tid;     /* of any length, also 0 */
	struct krpc_slice version; /* unclean */
	struct krpc_slice method;  /* of a query; unclean */
	bool read_only;
	bool has_external;
	struct ip external;              /* we, as the sender sees us (BEP 42) */
	const uint8_t *id;               /* of the sender, KRPC_ID bytes, or NULL */
	const uint8_t *target;           /* of a query: target or info_hash, KRPC_ID bytes, or NULL */
	struct krpc_slice nodes, nodes6; /* for compact_get_nodes() */
	struct krpc_slice values;        /* for krpc_values() */
	struct krpc_slice token;
	const uint8_t *seeds, *peers;     /* filters BFsd and BFpe (BEP 33), BLOOM_BYTES each, or NULL */
	int error;                        /* of an error: its code, 0 if it has none */
	char error_text[KRPC_ERROR_TEXT]; /* clean */
};

/* Keys may be in any order and twice (the first one counts), bytes may follow, and what has another type or length
 * than it should is as if it were not there. Returns 0 or -EBADMSG: no dictionary, cut, too deep, no transaction, or
 * neither a query with method and arguments, nor a reply with values, nor an error. */
int krpc_read(const uint8_t *datagram, size_t len, struct krpc_message *message);

/* As many as `max` of the peers in message->values, where IPv4 and IPv6 may be mixed; what is none is left out. A
 * string of several IPv4 peers (not of three: that is one of IPv6) is what the first client wrote. Returns how many
 * were written. */
size_t krpc_values(const struct krpc_message *message, struct compact_peer *peers, size_t max);

#endif
