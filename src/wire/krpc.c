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
static const uint8_t *pass_value(const uint8_t *p, const uint8_t *end, int deepest)
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
			if (++depth > deepest)
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

/* ---- reading: members of a dictionary, each in passing ---- */

/* What was found on the way. */
struct reading {
	struct krpc_message *m;
	const uint8_t *end; /* of the datagram, or of the dictionary */
	int deepest;        /* so many containers may be in a value */
	bool has_values;
	struct krpc_slice type, arguments, error;
};

/* Each takes p at the value and returns what is behind, or NULL when that is broken or cut. */
struct field {
	const char *key;
	size_t len;
	const uint8_t *(*read)(struct reading *r, const uint8_t *p);
};

/* In the order in which keys come. */
struct fields {
	const struct field *list;
	unsigned count;
};

#define FIELD(key, read)                                                                                               \
	{                                                                                                              \
#key, sizeof(#key) - 1, read                                                                           \
	}

#define FIELDS(list)                                                                                                   \
	{                                                                                                              \
		list, sizeof(list) / sizeof(list[0])                                                                   \
	}

static const uint8_t *skip(struct reading *r, const uint8_t *p)
{
	return pass_value(p, r->end, r->deepest);
}

/* The bencoding itself. */
static const uint8_t *read_whole(struct reading *r, const uint8_t *p, struct krpc_slice *value)
{
	const uint8_t *behind = skip(r, p);

	if (behind)
		*value = (struct krpc_slice){p, (size_t)(behind - p)};
	return behind;
}

/* What is no string is as if it were not there. */
static const uint8_t *read_string(struct reading *r, const uint8_t *p, struct krpc_slice *string)
{
	return p < r->end && *p >= '0' && *p <= '9' ? pass_string(p, r->end, string) : skip(r, p);
}

/* Nor what is no string of that length. */
static const uint8_t *read_bytes(struct reading *r, const uint8_t *p, size_t len, const uint8_t **bytes)
{
	struct krpc_slice string = {NULL, 0};
	const uint8_t *behind = read_string(r, p, &string);

	if (string.len == len)
		*bytes = string.bytes;
	return behind;
}

/* The one of a key, `count` = none. It is probably soon behind the last one. */
static unsigned field_of(const struct fields *fields, struct krpc_slice key, unsigned last)
{
	for (unsigned n = 0, i = last; n < fields->count; n++, i++) {
		const struct field *f;

		if (i >= fields->count)
			i = 0;
		f = &fields->list[i];
		if (f->len == key.len && *f->key == (char)*key.bytes && !memcmp(f->key, key.bytes, key.len))
			return i;
	}
	return fields->count;
}

/* Of a key that comes twice the first counts. */
static const uint8_t *read_dictionary(struct reading *r, const uint8_t *p, const struct fields *fields)
{
	unsigned seen = 0, last = 0;

	if (p == r->end || *p++ != 'd')
		return NULL;
	while (p && p < r->end && *p != 'e') {
		struct krpc_slice key;
		unsigned field;

		p = pass_string(p, r->end, &key);
		if (!p)
			return NULL;
		field = field_of(fields, key, last);
		if (field == fields->count || seen & 1u << field) {
			p = skip(r, p);
			continue;
		}
		p = fields->list[field].read(r, p);
		seen |= 1u << field;
		last = field + 1;
	}
	return p && p < r->end ? p + 1 : NULL;
}

static const uint8_t *read_id(struct reading *r, const uint8_t *p)
{
	return read_bytes(r, p, KRPC_ID, &r->m->id);
}

static const uint8_t *read_target(struct reading *r, const uint8_t *p)
{
	return r->m->target ? skip(r, p) : read_bytes(r, p, KRPC_ID, &r->m->target);
}

static const uint8_t *read_nodes(struct reading *r, const uint8_t *p)
{
	return read_string(r, p, &r->m->nodes);
}

static const uint8_t *read_nodes6(struct reading *r, const uint8_t *p)
{
	return read_string(r, p, &r->m->nodes6);
}

static const uint8_t *read_token(struct reading *r, const uint8_t *p)
{
	return read_string(r, p, &r->m->token);
}

static const uint8_t *read_seeds(struct reading *r, const uint8_t *p)
{
	return read_bytes(r, p, BLOOM_BYTES, &r->m->seeds);
}

static const uint8_t *read_peers(struct reading *r, const uint8_t *p)
{
	return read_bytes(r, p, BLOOM_BYTES, &r->m->peers);
}

static const uint8_t *read_values(struct reading *r, const uint8_t *p)
{
	return p < r->end && *p == 'l' ? read_whole(r, p, &r->m->values) : skip(r, p);
}

static const struct field argument_list[] = {
	FIELD(id, read_id),
	FIELD(info_hash, read_target),
	FIELD(target, read_target),
};

static const struct field value_list[] = {
	FIELD(BFpe, read_peers),    FIELD(BFsd, read_seeds),  FIELD(id, read_id),         FIELD(nodes, read_nodes),
	FIELD(nodes6, read_nodes6), FIELD(token, read_token), FIELD(values, read_values),
};

static const struct fields argument_fields = FIELDS(argument_list), value_fields = FIELDS(value_list);

static const uint8_t *read_arguments(struct reading *r, const uint8_t *p)
{
	return read_whole(r, p, &r->arguments);
}

/* Nearly all that comes are replies: their values are read at once, whatever the type will be. */
static const uint8_t *read_reply(struct reading *r, const uint8_t *p)
{
	const uint8_t *behind;

	r->deepest--;
	behind = read_dictionary(r, p, &value_fields);
	r->deepest++;
	r->has_values = behind != NULL;
	return behind ? behind : skip(r, p);
}

static const uint8_t *read_error(struct reading *r, const uint8_t *p)
{
	return read_whole(r, p, &r->error);
}

static const uint8_t *read_type(struct reading *r, const uint8_t *p)
{
	return read_string(r, p, &r->type);
}

static const uint8_t *read_method(struct reading *r, const uint8_t *p)
{
	return read_string(r, p, &r->m->method);
}

static const uint8_t *read_tid(struct reading *r, const uint8_t *p)
{
	return read_string(r, p, &r->m->tid);
}

static const uint8_t *read_version(struct reading *r, const uint8_t *p)
{
	return read_string(r, p, &r->m->version);
}

static const uint8_t *read_read_only(struct reading *r, const uint8_t *p)
{
	int number = 0;

	if (p < r->end && *p == 'i')
		p = pass_number(p + 1, r->end, &number);
	else
		p = skip(r, p);
	r->m->read_only = number == 1;
	return p;
}

/* BEP 42 has a port behind the address; older nodes send the address alone. */
static const uint8_t *read_external(struct reading *r, const uint8_t *p)
{
	struct krpc_slice string = {NULL, 0};
	const uint8_t *behind = read_string(r, p, &string);

	if (string.len == COMPACT_PEER4 || string.len == COMPACT_PEER6)
		string.len -= 2;
	r->m->has_external = compact_get_ip(string.bytes, string.len, &r->m->external);
	return behind;
}

static const struct field message_list[] = {
	FIELD(a, read_arguments), FIELD(e, read_error),      FIELD(ip, read_external), FIELD(q, read_method),
	FIELD(r, read_reply),     FIELD(ro, read_read_only), FIELD(t, read_tid),       FIELD(v, read_version),
	FIELD(y, read_type),
};

static const struct fields message_fields = FIELDS(message_list);

/* ---- what the type makes of it ---- */

/* Values of a message that is no reply. */
static void forget_values(struct krpc_message *m)
{
	const struct krpc_slice none = {NULL, 0};

	m->id = m->seeds = m->peers = NULL;
	m->nodes = m->nodes6 = m->values = m->token = none;
}

static int finish_query(struct reading *r)
{
	forget_values(r->m);
	if (!r->m->method.bytes || !r->arguments.bytes)
		return -EBADMSG;
	r->end = r->arguments.bytes + r->arguments.len;
	return read_dictionary(r, r->arguments.bytes, &argument_fields) ? 0 : -EBADMSG;
}

static int finish_reply(struct reading *r)
{
	r->m->method = (struct krpc_slice){NULL, 0};
	return r->has_values ? 0 : -EBADMSG;
}

/* A list of code and text; some nodes send the text alone, and some nothing. */
static int finish_error(struct reading *r)
{
	struct krpc_slice value = r->error, text = {NULL, 0};
	const uint8_t *behind;

	forget_values(r->m);
	r->m->method = (struct krpc_slice){NULL, 0};
	if (value.len && *value.bytes == 'l')
		value = (struct krpc_slice){value.bytes + 1, value.len - 1};
	if (value.len && *value.bytes == 'i') {
		behind = pass_number(value.bytes + 1, value.bytes + value.len, &r->m->error);
		value = (struct krpc_slice){behind, (size_t)(value.bytes + value.len - behind)};
	}
	if (value.len)
		pass_string(value.bytes, value.bytes + value.len, &text);
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
	struct reading r = {.m = &m, .end = datagram + len, .deepest = KRPC_DEPTH};
	int rc;

	if (!len || !read_dictionary(&r, datagram, &message_fields) || !m.tid.bytes || r.type.len != 1)
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
		struct krpc_slice string = {NULL, 0};

		if (is_peer4(p, end)) {
			count += compact_get_peer4(p + 2, &peers[count]);
			p += 2 + COMPACT_PEER4;
			continue;
		}
		pass_string(p, end, &string);
		p = pass_value(p, end, KRPC_DEPTH);
		if (compact_get_peer(string.bytes, string.len, &peers[count]))
			count++;
		else if (string.len % COMPACT_PEER4 == 0)
			count += compact_get_peers(string.bytes, string.len, COMPACT_PEER4, peers + count, max - count);
	}
	return count;
}
