/* KRPC: writes queries, reads any datagram in one walk over its bencoding (BEP 3). It knows no sockets, no
 * transactions, and believes nothing: whether a reply was asked for is the caller's business. */
#include "wire/krpc.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "wire/bloom.h"

/* ---- writing ---- */

static const struct {
	const char *name, *target;
} methods[] = {
	[KRPC_PING] = {"4:ping", NULL},
	[KRPC_FIND_NODE] = {"9:find_node", "6:target20:"},
	[KRPC_GET_PEERS] = {"9:get_peers", "9:info_hash20:"},
};

static uint8_t *put(uint8_t *p, const void *bytes, size_t len)
{
	memcpy(p, bytes, len);
	return p + len;
}

static uint8_t *put_text(uint8_t *p, const char *text)
{
	return put(p, text, strlen(text));
}

/* A key of one letter and a string of less than ten bytes. */
static uint8_t *put_short(uint8_t *p, char key, const void *bytes, size_t len)
{
	const char start[] = {'1', ':', key, (char)('0' + len), ':'};

	return put(put(p, start, sizeof(start)), bytes, len);
}

/* Keys in order: id, info_hash, scrape, target, want. */
static uint8_t *put_arguments(uint8_t *p, const struct krpc_query *q)
{
	const char *target = methods[q->method].target;

	p = put(put_text(p, "d2:id20:"), q->id, KRPC_ID);
	if (target)
		p = put(put_text(p, target), q->target, KRPC_ID);
	if (q->scrape && q->method == KRPC_GET_PEERS)
		p = put_text(p, "6:scrapei1e");
	if (target && (q->want4 || q->want6)) {
		p = put_text(p, "4:wantl");
		p = put_text(p, q->want4 ? "2:n4" : "");
		p = put_text(p, q->want6 ? "2:n6" : "");
		p = put_text(p, "e");
	}
	return put_text(p, "e");
}

int krpc_write_query(const struct krpc_query *q, uint8_t datagram[KRPC_QUERY_MAX])
{
	size_t version_len = q->version ? strlen(q->version) : 0;
	uint8_t *p = datagram;

	if (q->tid_len < KRPC_TID_MIN || q->tid_len > KRPC_TID_MAX || version_len > KRPC_VERSION_MAX)
		return -EINVAL;
	p = put_arguments(put_text(p, "d1:a"), q);
	p = put_text(put_text(p, "1:q"), methods[q->method].name);
	if (q->read_only)
		p = put_text(p, "2:roi1e");
	p = put_short(p, 't', q->tid, q->tid_len);
	if (q->version)
		p = put_short(p, 'v', q->version, version_len);
	p = put_text(p, "1:y1:qe");
	return (int)(p - datagram);
}

/* ---- bencoding: each takes [p, end) and returns what is behind, or NULL when it is broken or cut ---- */

static inline const uint8_t *pass_string(const uint8_t *p, const uint8_t *end, struct krpc_slice *string)
{
	const uint8_t *start = p;
	size_t len = 0;

	/* Most are short. */
	if (end - p > 1 && *p >= '0' && *p <= '9' && p[1] == ':' && *p - '0' <= end - p - 2) {
		*string = (struct krpc_slice){p + 2, (size_t)(*p - '0')};
		return p + 2 + string->len;
	}
	for (; p < end && *p >= '0' && *p <= '9' && len <= UINT16_MAX; p++)
		len = len * 10 + (size_t)(*p - '0');
	if (p == start || p == end || *p++ != ':' || len > (size_t)(end - p))
		return NULL;
	*string = (struct krpc_slice){p, len};
	return p + len;
}

/* p is behind the 'i'. Large numbers stop growing: none that we read is large. */
static const uint8_t *pass_number(const uint8_t *p, const uint8_t *end, int *number)
{
	bool minus = p < end && *p == '-';
	const uint8_t *start = minus ? ++p : p;
	int value = 0;

	for (; p < end && *p >= '0' && *p <= '9'; p++)
		if (value < 100000000)
			value = value * 10 + (*p - '0');
	if (p == start || p == end || *p != 'e')
		return NULL;
	*number = minus ? -value : value;
	return p + 1;
}

/* Peers are the most of what comes: nearly every one is a string of six bytes. */
static bool is_peer4(const uint8_t *p, const uint8_t *end)
{
	return end - p > 2 + COMPACT_PEER4 && memcmp(p, "6:", 2) == 0;
}

/* Any value. Of containers only the brackets are looked at: what stands in a dictionary that nobody reads may have keys
 * of any type. */
static const uint8_t *pass_value(const uint8_t *p, const uint8_t *end)
{
	struct krpc_slice string;
	int depth = 0, number;

	do {
		if (p == end)
			return NULL;
		if (is_peer4(p, end)) {
			do
				p += 2 + COMPACT_PEER4;
			while (depth > 0 && is_peer4(p, end));
		} else if (*p == 'd' || *p == 'l') {
			if (++depth > KRPC_DEPTH)
				return NULL;
			p++;
		} else if (*p == 'e') {
			if (--depth < 0)
				return NULL;
			p++;
		} else {
			p = *p == 'i' ? pass_number(p + 1, end, &number) : pass_string(p, end, &string);
		}
	} while (p && depth > 0);
	return p;
}

/* ---- reading: a value is the slice of its bencoding, complete ---- */

/* What was found on the way; the parts are read once the type is known. */
struct reading {
	struct krpc_message *m;
	struct krpc_slice type, arguments, values, error;
};

struct field {
	const char *key;
	size_t len;
	void (*read)(struct reading *r, struct krpc_slice value);
};

#define FIELD(key, read)                                                                                               \
	{                                                                                                              \
#key, sizeof(#key) - 1, read                                                                           \
	}

static struct krpc_slice string_of(struct krpc_slice value)
{
	struct krpc_slice string = {NULL, 0};

	if (value.len)
		pass_string(value.bytes, value.bytes + value.len, &string);
	return string;
}

/* NULL if it is no string of that length. */
static const uint8_t *bytes_of(struct krpc_slice value, size_t len)
{
	struct krpc_slice string = string_of(value);

	return string.len == len ? string.bytes : NULL;
}

static int number_of(struct krpc_slice value)
{
	int number = 0;

	if (value.len && *value.bytes == 'i')
		pass_number(value.bytes + 1, value.bytes + value.len, &number);
	return number;
}

static const uint8_t *read_member(const uint8_t *p, const uint8_t *end, const struct field *fields, unsigned *seen,
				  struct reading *r)
{
	struct krpc_slice key, value = {0};

	value.bytes = pass_string(p, end, &key);
	p = value.bytes ? pass_value(value.bytes, end) : NULL;
	if (!p)
		return NULL;
	value.len = (size_t)(p - value.bytes);
	for (unsigned i = 0; fields[i].key; i++) {
		if (fields[i].len != key.len || *fields[i].key != (char)*key.bytes ||
		    memcmp(fields[i].key, key.bytes, key.len) != 0)
			continue;
		if (!(*seen & 1u << i))
			fields[i].read(r, value);
		*seen |= 1u << i;
		break;
	}
	return p;
}

/* `fields` ends with a NULL key. */
static int read_dictionary(struct krpc_slice from, const struct field *fields, struct reading *r)
{
	const uint8_t *p = from.bytes, *end;
	unsigned seen = 0;

	if (from.len == 0 || *p++ != 'd')
		return -EBADMSG;
	end = from.bytes + from.len;
	while (p && p < end && *p != 'e')
		p = read_member(p, end, fields, &seen, r);
	return p && p < end ? 0 : -EBADMSG;
}

static void read_id(struct reading *r, struct krpc_slice value)
{
	r->m->id = bytes_of(value, KRPC_ID);
}

static void read_target(struct reading *r, struct krpc_slice value)
{
	if (!r->m->target)
		r->m->target = bytes_of(value, KRPC_ID);
}

static void read_nodes(struct reading *r, struct krpc_slice value)
{
	r->m->nodes = string_of(value);
}

static void read_nodes6(struct reading *r, struct krpc_slice value)
{
	r->m->nodes6 = string_of(value);
}

static void read_token(struct reading *r, struct krpc_slice value)
{
	r->m->token = string_of(value);
}

static void read_seeds(struct reading *r, struct krpc_slice value)
{
	r->m->seeds = bytes_of(value, BLOOM_BYTES);
}

static void read_peers(struct reading *r, struct krpc_slice value)
{
	r->m->peers = bytes_of(value, BLOOM_BYTES);
}

static void read_values(struct reading *r, struct krpc_slice value)
{
	if (*value.bytes == 'l')
		r->m->values = value;
}

static const struct field argument_fields[] = {
	FIELD(id, read_id), FIELD(info_hash, read_target), FIELD(target, read_target), {0},
};

static const struct field value_fields[] = {
	FIELD(BFpe, read_peers),     FIELD(BFsd, read_seeds),   FIELD(id, read_id),         FIELD(nodes, read_nodes),
	FIELD(nodes6, read_nodes6), FIELD(token, read_token), FIELD(values, read_values), {0},
};

static void read_arguments(struct reading *r, struct krpc_slice value)
{
	r->arguments = value;
}

static void read_reply(struct reading *r, struct krpc_slice value)
{
	r->values = value;
}

static void read_error(struct reading *r, struct krpc_slice value)
{
	r->error = value;
}

static void read_type(struct reading *r, struct krpc_slice value)
{
	r->type = string_of(value);
}

static void read_method(struct reading *r, struct krpc_slice value)
{
	r->m->method = string_of(value);
}

static void read_tid(struct reading *r, struct krpc_slice value)
{
	r->m->tid = string_of(value);
}

static void read_version(struct reading *r, struct krpc_slice value)
{
	r->m->version = string_of(value);
}

static void read_read_only(struct reading *r, struct krpc_slice value)
{
	r->m->read_only = number_of(value) == 1;
}

/* BEP 42 has a port behind the address; older nodes send the address alone. */
static void read_external(struct reading *r, struct krpc_slice value)
{
	struct krpc_slice string = string_of(value);

	if (string.len == COMPACT_PEER4 || string.len == COMPACT_PEER6)
		string.len -= 2;
	r->m->has_external = compact_get_ip(string.bytes, string.len, &r->m->external);
}

static const struct field message_fields[] = {
	FIELD(a, read_arguments), FIELD(e, read_error),      FIELD(ip, read_external), FIELD(q, read_method),
	FIELD(r, read_reply),     FIELD(ro, read_read_only), FIELD(t, read_tid),       FIELD(v, read_version),
	FIELD(y, read_type),      {0},
};

static int finish_query(struct reading *r)
{
	if (!r->m->method.bytes)
		return -EBADMSG;
	return read_dictionary(r->arguments, argument_fields, r);
}

static int finish_reply(struct reading *r)
{
	r->m->method = (struct krpc_slice){NULL, 0};
	return read_dictionary(r->values, value_fields, r);
}

/* A list of code and text; some nodes send the text alone, and some nothing. */
static int finish_error(struct reading *r)
{
	struct krpc_slice value = r->error, text;
	const uint8_t *behind;

	r->m->method = (struct krpc_slice){NULL, 0};
	if (value.len && *value.bytes == 'l')
		value = (struct krpc_slice){value.bytes + 1, value.len - 1};
	if (value.len && *value.bytes == 'i') {
		behind = pass_number(value.bytes + 1, value.bytes + value.len, &r->m->error);
		value = (struct krpc_slice){behind, (size_t)(value.bytes + value.len - behind)};
	}
	text = string_of(value);
	if (text.len)
		text_clean(r->m->error_text, sizeof(r->m->error_text), text.bytes, text.len, KRPC_ERROR_TEXT);
	return 0;
}

int krpc_read(const uint8_t *datagram, size_t len, struct krpc_message *message)
{
	static const struct {
		char letter;
		enum krpc_type type;
		int (*finish)(struct reading *r);
	} types[] = {
		{'r', KRPC_REPLY, finish_reply}, {'q', KRPC_QUERY, finish_query}, {'e', KRPC_ERROR, finish_error},
	};
	struct krpc_message m = {0};
	struct reading r = {.m = &m};
	int rc = read_dictionary((struct krpc_slice){datagram, len}, message_fields, &r);

	if (rc || !m.tid.bytes || r.type.len != 1)
		return -EBADMSG;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (*r.type.bytes != (uint8_t)types[i].letter)
			continue;
		m.type = types[i].type;
		rc = types[i].finish(&r);
		if (rc == 0)
			*message = m;
		return rc;
	}
	return -EBADMSG;
}

size_t krpc_values(const struct krpc_message *message, struct compact_peer *peers, size_t max)
{
	const uint8_t *p = message->values.bytes, *end;
	size_t count = 0;

	if (!p)
		return 0;
	end = p + message->values.len;
	p++;
	while (*p != 'e' && count < max) {
		struct krpc_slice string;

		if (is_peer4(p, end)) {
			count += compact_get_peer(p + 2, COMPACT_PEER4, &peers[count]);
			p += 2 + COMPACT_PEER4;
			continue;
		}
		string = string_of((struct krpc_slice){p, (size_t)(end - p)});
		p = pass_value(p, end);
		if (compact_get_peer(string.bytes, string.len, &peers[count]))
			count++;
		else if (string.len % COMPACT_PEER4 == 0)
			count += compact_get_peers(string.bytes, string.len, COMPACT_PEER4, peers + count, max - count);
	}
	return count;
}
