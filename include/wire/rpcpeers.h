/* A streaming reader of the one hot document: Transmission's answer to torrent-get with peers, in both dialects
 * (docs/rpc-spec.md of Transmission: classic camelCase since 1.x, JSON-RPC 2.0 snake_case since 4.1). It keeps no tree:
 * each peer and each torrent is handed over as it ends. Allocates only its window. */
#ifndef WIRE_RPCPEERS_H
#define WIRE_RPCPEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Flags of a peer; the first ten are booleans of the peer object, the next come from the letters of its flagStr. */
enum peer_flag {
	PEER_ENCRYPTED = 1 << 0,
	PEER_INCOMING = 1 << 1,
	PEER_UTP = 1 << 2,
	PEER_UTP_KNOWN = 1 << 3,   /* the daemon said whether (2.30 and later) */
	PEER_DOWNLOADING = 1 << 4, /* we download from it */
	PEER_UPLOADING = 1 << 5,   /* we upload to it */
	PEER_CHOKES_US = 1 << 6,   /* clientIsChoked */
	PEER_WE_WANT = 1 << 7,     /* clientIsInterested */
	PEER_CHOKED = 1 << 8,      /* peerIsChoked: we choke the peer */
	PEER_WANTS = 1 << 9,       /* peerIsInterested */
	PEER_OPTIMISTIC = 1 << 10, /* O */
	PEER_FROM_DHT = 1 << 11,   /* H */
	PEER_FROM_PEX = 1 << 12,   /* X */
	PEER_SEED = 1 << 13,       /* progress is 1 */
};

/* Where a daemon met its peers (`peersFrom`). */
enum peer_origin {
	ORIGIN_TRACKER,
	ORIGIN_INCOMING,
	ORIGIN_DHT,
	ORIGIN_PEX,
	ORIGIN_LPD,
	ORIGIN_LTEP,
	ORIGIN_CACHE,
	ORIGIN_COUNT,
};

/* A JSON string between its quotes, as it stands in the document; jsontoken_unescape() makes text of it. */
struct rpcslice {
	const char *bytes;
	size_t len;
};

struct rpcpeer {
	struct rpcslice address, client;
	uint32_t rate_up, rate_down; /* bytes/s to and from the peer; saturating */
	uint16_t flags;              /* enum peer_flag */
	uint16_t progress;           /* thousandths */
	uint16_t port;
};

struct rpctorrent {
	struct rpcslice hash, name;
	uint32_t from[ORIGIN_COUNT];
};

struct rpcpeers_ops {
	/* Each returns 0, or -errno which ends the reading. Slices are valid during the call only. */
	int (*peer)(void *context, const struct rpcpeer *peer);
	/* After the last peer of a torrent: the peers since the torrent before are its. */
	int (*torrent)(void *context, const struct rpctorrent *torrent);
};

struct rpcpeers;

/* The reader is freed with rpcpeers_free(); NULL is accepted there. */
struct rpcpeers *rpcpeers_new(const struct rpcpeers_ops *ops, void *context);
void rpcpeers_free(struct rpcpeers *reader);
/* Ready for the next document. */
void rpcpeers_reset(struct rpcpeers *reader);
/* Takes the next bytes, in any division. 0; -EBADMSG: no JSON, or not of the expected form; -EMSGSIZE: one value is
 * larger than 1 MiB; or what an op returned. */
int rpcpeers_feed(struct rpcpeers *reader, const char *bytes, size_t len);
/* The document is over: 0, -EBADMSG when it is not complete, -EREMOTE when the daemon reports a failure. */
int rpcpeers_finish(struct rpcpeers *reader);
/* What the daemon said when it reports a failure; foreign text, "" if nothing. Valid until reset. */
const char *rpcpeers_failure(const struct rpcpeers *reader);

#endif
