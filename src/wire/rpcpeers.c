/* Reads peers out of Transmission's answer as it arrives: the envelope, walked by a table of places and keys; a peer
 * object itself is read by rpcpeers_peer.c. It does not know what is done with the peers, nor whether texts are valid
 * UTF-8. */
#include "wire/rpcpeers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "wire/jsontoken.h"
#include "wire/rpcpeers_private.h"

enum {
	WINDOW_MAX = 1 << 20, /* bytes of the largest value */
	FIRST_BITE = 4096,    /* of a new piece, to complete the value that was cut */
	DEPTH_MAX = 8,        /* known containers within each other */
	NAME_RAW = 4096,
	HASH_RAW = 64,
	FAILURE_RAW = 256,
};

/* ---- what stands where ---- */

enum place { ROOT, ARGUMENTS, TORRENTS, TORRENT, PEERS, FROM, FAILURE, FAILURE_DATA, NOWHERE };

static const bool place_is_array[NOWHERE + 1] = {[TORRENTS] = true, [PEERS] = true};

enum envelope_field { NO_FIELD, RESULT, MESSAGE, HASH, NAME, FROM_FIRST };

static const struct envelope_key {
	enum place in;
	const char *classic, *modern; /* modern NULL: the same */
	enum place container;         /* what an object or array there is */
	enum envelope_field field;    /* what a text or number there is */
} envelope[] = {
	{ROOT, "arguments", NULL, ARGUMENTS, NO_FIELD},
	{ROOT, "result", NULL, ARGUMENTS, RESULT},
	{ROOT, "error", NULL, FAILURE, NO_FIELD},
	{FAILURE, "message", NULL, NOWHERE, MESSAGE},
	{FAILURE, "data", NULL, FAILURE_DATA, NO_FIELD},
	{FAILURE_DATA, "error_string", NULL, NOWHERE, MESSAGE},
	{ARGUMENTS, "torrents", NULL, TORRENTS, NO_FIELD},
	{TORRENT, "hashString", "hash_string", NOWHERE, HASH},
	{TORRENT, "name", NULL, NOWHERE, NAME},
	{TORRENT, "peers", NULL, PEERS, NO_FIELD},
	{TORRENT, "peersFrom", "peers_from", FROM, NO_FIELD},
	{FROM, "fromTracker", "from_tracker", NOWHERE, FROM_FIRST + ORIGIN_TRACKER},
	{FROM, "fromIncoming", "from_incoming", NOWHERE, FROM_FIRST + ORIGIN_INCOMING},
	{FROM, "fromDht", "from_dht", NOWHERE, FROM_FIRST + ORIGIN_DHT},
	{FROM, "fromPex", "from_pex", NOWHERE, FROM_FIRST + ORIGIN_PEX},
	{FROM, "fromLpd", "from_lpd", NOWHERE, FROM_FIRST + ORIGIN_LPD},
	{FROM, "fromLtep", "from_ltep", NOWHERE, FROM_FIRST + ORIGIN_LTEP},
	{FROM, "fromCache", "from_cache", NOWHERE, FROM_FIRST + ORIGIN_CACHE},
};

struct rpcpeers {
	const struct rpcpeers_ops *ops;
	void *context;
	struct buf window; /* the beginning of a value whose end has not come */
	size_t retry_at;   /* window length at which reading it again is worth the while */
	enum place stack[DEPTH_MAX];
	int depth;
	bool after_value; /* a comma or a close must come */
	bool done;        /* the root object is closed */
	int skip_depth;   /* > 0: inside an unknown container */
	struct rpctorrent torrent;
	char hash[HASH_RAW], name[NAME_RAW];
	bool result_seen, success, failed, torrents_seen;
	char failure[FAILURE_RAW];
	struct rpcpeers_learned learned[RPCPEERS_KEYS];
};

struct rpcpeers *rpcpeers_new(const struct rpcpeers_ops *ops, void *context)
{
	struct rpcpeers *r = xcalloc(1, sizeof(*r));

	r->ops = ops;
	r->context = context;
	buf_init(&r->window, WINDOW_MAX);
	rpcpeers_reset(r);
	return r;
}

void rpcpeers_free(struct rpcpeers *r)
{
	if (!r)
		return;
	buf_done(&r->window);
	free(r);
}

static void torrent_reset(struct rpcpeers *r)
{
	r->torrent = (struct rpctorrent){.hash = {r->hash, 0}, .name = {r->name, 0}};
}

void rpcpeers_reset(struct rpcpeers *r)
{
	buf_reset(&r->window);
	r->retry_at = 0;
	r->depth = 0;
	r->after_value = r->done = false;
	r->skip_depth = 0;
	r->result_seen = r->success = r->failed = r->torrents_seen = false;
	r->failure[0] = '\0';
	torrent_reset(r);
}

const char *rpcpeers_failure(const struct rpcpeers *r)
{
	return r->failure;
}

/* ---- the envelope ---- */

static int push(struct rpcpeers *r, enum place place)
{
	if (r->depth == DEPTH_MAX)
		return -EBADMSG;
	r->stack[r->depth++] = place;
	r->after_value = false;
	if (place == TORRENT)
		torrent_reset(r);
	if (place == TORRENTS)
		r->torrents_seen = true;
	if (place == FAILURE)
		r->failed = true;
	return 0;
}

static int pop(struct rpcpeers *r)
{
	enum place place = r->stack[--r->depth];

	r->after_value = true;
	r->done = r->depth == 0;
	return place == TORRENT ? r->ops->torrent(r->context, &r->torrent) : 0;
}

static const struct envelope_key *envelope_find(enum place in, const char *bytes, size_t len)
{
	for (size_t i = 0; i < sizeof(envelope) / sizeof(envelope[0]); i++)
		if (envelope[i].in == in &&
		    (rpcpeers_is(bytes, len, envelope[i].classic) || rpcpeers_is(bytes, len, envelope[i].modern)))
			return &envelope[i];
	return NULL;
}

static size_t keep(char *to, size_t size, struct rpcslice text)
{
	size_t len = text.len < size ? text.len : size;

	memcpy(to, text.bytes, len);
	return len;
}

static void envelope_text(struct rpcpeers *r, const struct envelope_key *key, struct rpcslice text)
{
	size_t len;

	if (key->field == HASH)
		r->torrent.hash.len = keep(r->hash, sizeof(r->hash), text);
	if (key->field == NAME)
		r->torrent.name.len = keep(r->name, sizeof(r->name), text);
	if (key->field != RESULT && key->field != MESSAGE)
		return;
	if (key->field == RESULT) {
		r->result_seen = true;
		r->success = rpcpeers_is(text.bytes, text.len, "success");
		r->failed |= !r->success;
	}
	if (key->field == RESULT && r->success)
		return;
	len = jsontoken_unescape(text.bytes, text.len, r->failure, sizeof(r->failure) - 1);
	r->failure[len] = '\0';
}

static int envelope_value(struct rpcpeers *r, const struct envelope_key *key, const char **at, const char *end)
{
	const char *p = *at;
	double d = 0;
	int rc = 0;

	if (*p == '{' || *p == '[') {
		enum place place = key ? key->container : NOWHERE;

		*at = p + 1;
		if (place != NOWHERE && place_is_array[place] == (*p == '['))
			return push(r, place);
		r->skip_depth = 1;
		return 0;
	}
	if (*p == '"') {
		p = jsontoken_text(p + 1, end);
		if (!p)
			return RPCPEERS_MORE;
		if (key)
			envelope_text(r, key, (struct rpcslice){*at + 1, (size_t)(p - *at - 1)});
		p++;
	} else if (key && key->field >= FROM_FIRST && jsontoken_in_number(*p)) {
		p = jsontoken_number(p, end, &d, &rc);
		if (p)
			r->torrent.from[key->field - FROM_FIRST] = rpcpeers_saturate(d);
	} else {
		p = jsontoken_skip(p, end, &rc);
	}
	if (rc)
		return rc;
	if (!p)
		return RPCPEERS_MORE;
	*at = p;
	r->after_value = true;
	return 0;
}

/* `"key": value` of an object that is not a peer. */
static int member(struct rpcpeers *r, const char **at, const char *end)
{
	const char *p = *at, *name = p + 1;
	const struct envelope_key *key;
	int rc;

	if (*p != '"')
		return -EBADMSG;
	p = jsontoken_text(name, end);
	if (!p)
		return RPCPEERS_MORE;
	key = envelope_find(r->stack[r->depth - 1], name, (size_t)(p - name));
	p = jsontoken_blank(p + 1, end);
	if (p == end)
		return RPCPEERS_MORE;
	if (*p != ':')
		return -EBADMSG;
	p = jsontoken_blank(p + 1, end);
	if (p == end)
		return RPCPEERS_MORE;
	rc = envelope_value(r, key, &p, end);
	if (rc == 0)
		*at = p;
	return rc;
}

static int element(struct rpcpeers *r, const char **at, const char *end)
{
	struct rpcpeer peer = {.address = {"", 0}, .client = {"", 0}};
	int rc;

	if (**at != '{')
		return -EBADMSG;
	if (r->stack[r->depth - 1] == TORRENTS) {
		++*at;
		return push(r, TORRENT);
	}
	rc = rpcpeers_peer(r->learned, at, end, &peer);
	if (rc)
		return rc;
	r->after_value = true;
	return r->ops->peer(r->context, &peer);
}

/* Inside an unknown container: strings and brackets are all that counts. */
static int skip_on(struct rpcpeers *r, const char **at, const char *end)
{
	const char *p = *at;

	for (; p < end && r->skip_depth; p++) {
		if (*p == '"') {
			const char *close = jsontoken_text(p + 1, end);

			if (!close)
				break;
			if (close - p > WINDOW_MAX)
				return -EMSGSIZE;
			p = close;
		} else if (*p == '{' || *p == '[') {
			if (++r->skip_depth > JSONTOKEN_DEPTH)
				return -EBADMSG;
		} else if (*p == '}' || *p == ']') {
			r->skip_depth--;
		}
	}
	*at = p;
	if (r->skip_depth)
		return RPCPEERS_MORE;
	r->after_value = true;
	return 0;
}

/* One thing of the document: an opening, a closing, a member, an element. On 0 *at is behind it. */
static int step(struct rpcpeers *r, const char **at, const char *end)
{
	const char *p = *at;
	bool array;
	int rc;

	if (r->depth == 0) {
		if (r->done || *p != '{')
			return -EBADMSG;
		++*at;
		return push(r, ROOT);
	}
	array = place_is_array[r->stack[r->depth - 1]];
	if (*p == (array ? ']' : '}')) {
		++*at;
		return pop(r);
	}
	if (r->after_value) {
		if (*p != ',')
			return -EBADMSG;
		p = jsontoken_blank(p + 1, end);
		if (p == end)
			return RPCPEERS_MORE;
	}
	rc = array ? element(r, &p, end) : member(r, &p, end);
	if (rc == 0)
		*at = p;
	return rc;
}

/* Reads as far as the values are complete; *used says how far. */
static int run(struct rpcpeers *r, const char *bytes, size_t len, size_t *used)
{
	const char *p = bytes, *end = bytes + len, *start;
	int rc = 0;

	while (rc == 0) {
		if (r->skip_depth) {
			rc = skip_on(r, &p, end);
			continue;
		}
		p = start = jsontoken_blank(p, end);
		rc = p == end ? RPCPEERS_MORE : step(r, &p, end);
		/* What is too large in pieces is too large at once. */
		if (rc == 0 && p - start > WINDOW_MAX)
			rc = -EMSGSIZE;
	}
	*used = (size_t)(p - bytes);
	return rc == RPCPEERS_MORE ? 0 : rc;
}

/* Completes the value in the window from a new piece. *taken: how much of the piece is done with. */
static int feed_window(struct rpcpeers *r, const char *bytes, size_t len, size_t *taken)
{
	size_t before = r->window.len, bite = len < FIRST_BITE ? len : FIRST_BITE, used;
	int rc;

	if (bite < len && before + bite < r->retry_at)
		bite = r->retry_at - before < len ? r->retry_at - before : len;
	if (bite > WINDOW_MAX - before)
		bite = WINDOW_MAX - before;
	*taken = bite;
	if (!bite || buf_add(&r->window, bytes, bite))
		return -EMSGSIZE;
	if (r->window.len < r->retry_at)
		return 0;
	rc = run(r, r->window.data, r->window.len, &used);
	if (rc)
		return rc;
	if (used >= before) {
		*taken = used - before;
		buf_reset(&r->window);
		r->retry_at = 0;
		return 0;
	}
	buf_drop(&r->window, used);
	/* Growing by a quarter before each try keeps the work linear, however small the pieces are. */
	r->retry_at = r->window.len + r->window.len / 4 + 1;
	if (r->retry_at > WINDOW_MAX)
		r->retry_at = WINDOW_MAX;
	return 0;
}

int rpcpeers_feed(struct rpcpeers *r, const char *bytes, size_t len)
{
	size_t used;
	int rc;

	while (r->window.len && len) {
		rc = feed_window(r, bytes, len, &used);
		if (rc)
			return rc;
		bytes += used;
		len -= used;
	}
	if (!len)
		return 0;
	rc = run(r, bytes, len, &used);
	if (rc)
		return rc;
	return buf_add(&r->window, bytes + used, len - used) ? -EMSGSIZE : 0;
}

int rpcpeers_finish(struct rpcpeers *r)
{
	size_t used;
	int rc;

	if (r->window.len) {
		rc = run(r, r->window.data, r->window.len, &used);
		if (rc)
			return rc;
		buf_drop(&r->window, used);
	}
	if (!r->done || r->window.len)
		return -EBADMSG;
	if (r->failed)
		return -EREMOTE;
	return r->torrents_seen ? 0 : -EBADMSG;
}
