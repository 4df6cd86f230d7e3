/* Reads one peer object of Transmission's answer, of which there may be 100,000: at once, by guessing that its keys
 * come in the order of the one before. It does not know where in the answer it stands. */
#include "wire/rpcpeers_private.h"

#include <errno.h>
#include <string.h>

#include "wire/jsontoken.h"

enum peer_kind { SKIPPED, ADDRESS, CLIENT, LETTERS, PORT, PROGRESS, RATE_UP, RATE_DOWN, TRUTH };

static const struct rpcpeers_key {
	const char *classic, *modern;
	enum peer_kind kind;
	uint16_t flags; /* of a TRUTH: set when true */
	uint16_t known; /* of a TRUTH: set in any case */
} peer_keys[] = {
	{"address", NULL, ADDRESS, 0, 0},
	{"clientName", "client_name", CLIENT, 0, 0},
	{"flagStr", "flag_str", LETTERS, 0, 0},
	{"port", NULL, PORT, 0, 0},
	{"progress", NULL, PROGRESS, 0, 0},
	{"rateToPeer", "rate_to_peer", RATE_UP, 0, 0},
	{"rateToClient", "rate_to_client", RATE_DOWN, 0, 0},
	{"isEncrypted", "is_encrypted", TRUTH, PEER_ENCRYPTED, 0},
	{"isIncoming", "is_incoming", TRUTH, PEER_INCOMING, 0},
	{"isUTP", "is_utp", TRUTH, PEER_UTP, PEER_UTP_KNOWN},
	{"isDownloadingFrom", "is_downloading_from", TRUTH, PEER_DOWNLOADING, 0},
	{"isUploadingTo", "is_uploading_to", TRUTH, PEER_UPLOADING, 0},
	{"clientIsChoked", "client_is_choked", TRUTH, PEER_CHOKES_US, 0},
	{"clientIsInterested", "client_is_interested", TRUTH, PEER_WE_WANT, 0},
	{"peerIsChoked", "peer_is_choked", TRUTH, PEER_CHOKED, 0},
	{"peerIsInterested", "peer_is_interested", TRUTH, PEER_WANTS, 0},
};

static const struct rpcpeers_key unknown_key = {"", NULL, SKIPPED, 0, 0};

static const uint16_t letter_flags[256] = {
	['O'] = PEER_OPTIMISTIC,
	['H'] = PEER_FROM_DHT,
	['X'] = PEER_FROM_PEX,
};

uint32_t rpcpeers_saturate(double value)
{
	if (!(value > 0))
		return 0;
	return value >= UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* Most numbers are short and whole. */
static inline const char *count(const char *p, const char *end, uint32_t *value, int *rc)
{
	const char *start = p;
	uint32_t n = 0;
	double d;

	for (; p < end && p - start < 9 && *p >= '0' && *p <= '9'; p++)
		n = n * 10 + (uint32_t)(*p - '0');
	if (p < end && p > start && (*p == ',' || *p == '}')) {
		*value = n;
		return p;
	}
	p = jsontoken_number(start, end, &d, rc);
	*value = rpcpeers_saturate(d);
	return p;
}

static const char *peer_text(const struct rpcpeers_key *key, const char *p, const char *end, struct rpcpeer *peer)
{
	const char *start = ++p;

	p = jsontoken_text(p, end);
	if (!p)
		return NULL;
	if (key->kind == ADDRESS)
		peer->address = (struct rpcslice){start, (size_t)(p - start)};
	else if (key->kind == CLIENT)
		peer->client = (struct rpcslice){start, (size_t)(p - start)};
	else if (key->kind == LETTERS)
		for (; start < p; start++)
			peer->flags |= letter_flags[(unsigned char)*start];
	return p + 1;
}

static const char *peer_number(const struct rpcpeers_key *key, const char *p, const char *end, struct rpcpeer *peer,
			       int *rc)
{
	uint32_t n = 0;
	double d;

	if (key->kind == PROGRESS) {
		p = jsontoken_number(p, end, &d, rc);
		peer->progress = d >= 1 ? 1000 : (uint16_t)rpcpeers_saturate(d * 1000);
		if (d >= 1)
			peer->flags |= PEER_SEED;
		return p;
	}
	p = count(p, end, &n, rc);
	if (key->kind == RATE_UP)
		peer->rate_up = n;
	else if (key->kind == RATE_DOWN)
		peer->rate_down = n;
	else
		peer->port = (uint16_t)n;
	return p;
}

/* p is at the first byte of the value. A value of another type than the key's is passed over. */
static inline const char *peer_value(const struct rpcpeers_key *key, const char *p, const char *end,
				     struct rpcpeer *peer, int *rc)
{
	bool value = false; /* as long as it is not complete */

	if (*p == '"')
		return peer_text(key, p, end, peer);
	if (key->kind >= PORT && key->kind <= RATE_DOWN && jsontoken_in_number(*p))
		return peer_number(key, p, end, peer, rc);
	if (key->kind != TRUTH || *p == '{' || *p == '[')
		return jsontoken_skip(p, end, rc);
	p = jsontoken_truth(p, end, &value, rc);
	peer->flags |= (uint16_t)(key->known | (value ? key->flags : 0));
	return p;
}

bool rpcpeers_is(const char *bytes, size_t len, const char *name)
{
	return name && strlen(name) == len && memcmp(bytes, name, len) == 0;
}

static const struct rpcpeers_key *peer_key_find(const char *bytes, size_t len)
{
	for (size_t i = 0; i < sizeof(peer_keys) / sizeof(peer_keys[0]); i++)
		if (rpcpeers_is(bytes, len, peer_keys[i].classic) || rpcpeers_is(bytes, len, peer_keys[i].modern))
			return &peer_keys[i];
	return &unknown_key;
}

/* The key that was not foreseen: read it, and foresee it for the next peer. Leaves *at at the value. */
static int peer_key_read(struct rpcpeers_learned *slot, const char **at, const char *end,
			 const struct rpcpeers_key **key)
{
	const char *quote = jsontoken_blank(*at, end), *p;

	if (quote == end)
		return RPCPEERS_MORE;
	if (*quote != '"')
		return -EBADMSG;
	p = jsontoken_text(quote + 1, end);
	if (!p)
		return RPCPEERS_MORE;
	*key = peer_key_find(quote + 1, (size_t)(p - quote - 1));
	p = jsontoken_blank(p + 1, end);
	if (p == end)
		return RPCPEERS_MORE;
	if (*p++ != ':')
		return -EBADMSG;
	if (slot && p - quote <= RPCPEERS_KEY_TEXT) {
		slot->len = (size_t)(p - quote);
		memcpy(slot->text, quote, slot->len);
		slot->key = *key;
	}
	*at = jsontoken_blank(p, end);
	return *at == end ? RPCPEERS_MORE : 0;
}

/* memcmp() for a few bytes, without a call: this is asked 18 times a peer. */
static inline bool stands_at(const struct rpcpeers_learned *slot, const char *p)
{
	uint64_t a, b;
	size_t i = 0;

	for (; i + 8 <= slot->len; i += 8) {
		memcpy(&a, p + i, 8);
		memcpy(&b, slot->text + i, 8);
		if (a != b)
			return false;
	}
	for (; i < slot->len; i++)
		if (p[i] != slot->text[i])
			return false;
	return true;
}

int rpcpeers_peer(struct rpcpeers_learned learned[RPCPEERS_KEYS], const char **at, const char *end,
		  struct rpcpeer *peer)
{
	const char *p = jsontoken_blank(*at + 1, end);
	int rc = 0;

	if (p < end && *p == '}') {
		*at = p + 1;
		return 0;
	}
	for (size_t i = 0;; i++) {
		struct rpcpeers_learned *slot = i < RPCPEERS_KEYS ? &learned[i] : NULL;
		const struct rpcpeers_key *key;

		if (slot && slot->len && (size_t)(end - p) > slot->len && stands_at(slot, p)) {
			key = slot->key;
			p = jsontoken_blank(p + slot->len, end);
			if (p == end)
				return RPCPEERS_MORE;
		} else {
			rc = peer_key_read(slot, &p, end, &key);
			if (rc)
				return rc;
		}
		p = peer_value(key, p, end, peer, &rc);
		if (rc)
			return rc;
		if (!p)
			return RPCPEERS_MORE;
		p = jsontoken_blank(p, end);
		if (p == end)
			return RPCPEERS_MORE;
		if (*p == '}')
			break;
		if (*p++ != ',')
			return -EBADMSG;
	}
	*at = p + 1;
	return 0;
}
