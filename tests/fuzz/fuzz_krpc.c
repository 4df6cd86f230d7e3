/* Any bytes as a datagram of the DHT: what the message points to lies inside, and what is said of it holds. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz/text_properties.h"
#include "wire/bloom.h"
#include "wire/krpc.h"

enum { PEERS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void inside(const uint8_t *bytes, size_t len, const uint8_t *part, size_t part_len)
{
	must(!part || (part >= bytes && part <= bytes + len && part_len <= (size_t)(bytes + len - part)));
}

static void check_parts(const uint8_t *bytes, size_t len, const struct krpc_message *m)
{
	const struct krpc_slice slices[] = {m->tid, m->version, m->method, m->nodes, m->nodes6, m->values, m->token};

	for (size_t i = 0; i < sizeof(slices) / sizeof(slices[0]); i++) {
		must(slices[i].bytes || !slices[i].len);
		inside(bytes, len, slices[i].bytes, slices[i].len);
	}
	inside(bytes, len, m->id, KRPC_ID);
	inside(bytes, len, m->target, KRPC_ID);
	inside(bytes, len, m->seeds, BLOOM_BYTES);
	inside(bytes, len, m->peers, BLOOM_BYTES);
	must(m->type == KRPC_REPLY ||
	     (!m->seeds && !m->peers && !m->nodes.bytes && !m->nodes6.bytes && !m->values.bytes && !m->token.bytes));
	must(m->type != KRPC_ERROR || !m->id);
	must(m->tid.bytes != NULL);
	must((m->type == KRPC_QUERY) == (m->method.bytes != NULL));
	must(!unclean(m->error_text));
}

/* With less room there are fewer peers, and the same. */
static void check_values(const struct krpc_message *m)
{
	struct compact_peer peers[PEERS], few[PEERS / 2];
	size_t count = krpc_values(m, peers, PEERS), half = krpc_values(m, few, PEERS / 2);

	must(count <= PEERS && half == (count < PEERS / 2 ? count : PEERS / 2));
	for (size_t i = 0; i < count; i++)
		must(peers[i].port &&
		     (i >= half || (few[i].port == peers[i].port && ip_equal(&few[i].ip, &peers[i].ip))));
}

/* The bytes as what a query is made of. */
static void check_query(const uint8_t *bytes, size_t len)
{
	struct krpc_message m;
	struct krpc_query q = {.id = bytes + 1, .target = bytes + 1 + KRPC_ID, .tid = bytes + 1, .tid_len = 2};
	uint8_t datagram[KRPC_QUERY_MAX];
	int written;

	if (len < 1 + 2 * KRPC_ID)
		return;
	q.method = (enum krpc_method)(bytes[0] % 3);
	q.tid_len += bytes[0] / 3 % 3;
	q.want4 = bytes[0] & 16;
	q.want6 = bytes[0] & 32;
	q.scrape = bytes[0] & 64;
	q.read_only = bytes[0] & 128;
	q.version = bytes[0] & 1 ? "ST01" : NULL;
	written = krpc_write_query(&q, datagram);
	must(written > 0 && written <= KRPC_QUERY_MAX && krpc_read(datagram, (size_t)written, &m) == 0);
	must(m.type == KRPC_QUERY && m.tid.len == q.tid_len && memcmp(m.tid.bytes, q.tid, q.tid_len) == 0);
	must(memcmp(m.id, q.id, KRPC_ID) == 0 && m.read_only == q.read_only && !m.version.bytes == !q.version);
	must(q.method == KRPC_PING ? !m.target : memcmp(m.target, q.target, KRPC_ID) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct krpc_message m;

	check_query(bytes, len);
	if (krpc_read(bytes, len, &m))
		return 0;
	check_parts(bytes, len, &m);
	check_values(&m);
	return 0;
}
