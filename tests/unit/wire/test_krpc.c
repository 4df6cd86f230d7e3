/* KRPC: the queries of BEP 5 and its extensions byte by byte, replies as nodes in the wild send them, and every way to
 * break one. */
#include "wire/krpc.h"

#include <errno.h>
#include <stdlib.h>

#include "random.h"
#include "tap.h"
#include "wire/bloom.h"

#define ID "abcdefghij0123456789"
#define HASH "mnopqrstuvwxyz123456"
#define NODE ID "\1\2\3\4\x1a\xe1"
#define DB8 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"

static const uint8_t *bytes(const char *text)
{
	return (const uint8_t *)text;
}

/* On the heap in its exact size, so that a sanitiser sees a byte too far. The message's pointers live until the next
 * call; NULL gives the memory back. */
static int read_copy(const void *datagram, size_t len, struct krpc_message *m)
{
	static uint8_t *copy;

	free(copy);
	copy = NULL;
	if (!datagram)
		return 0;
	copy = malloc(len ? len : 1);
	if (!copy)
		abort();
	memcpy(copy, datagram, len);
	return krpc_read(copy, len, m);
}

#define READ(text, m) read_copy((text), sizeof(text) - 1, (m))

static bool is_slice(struct krpc_slice got, const void *want, size_t len)
{
	return got.bytes && got.len == len && memcmp(got.bytes, want, len) == 0;
}

#define IS_SLICE(got, want, ...) ok(is_slice((got), (want), sizeof(want) - 1), __VA_ARGS__)

static void writes(const struct krpc_query *q, const char *want, size_t len, const char *name)
{
	uint8_t datagram[KRPC_QUERY_MAX];
	int got = krpc_write_query(q, datagram);

	if (!ok(got == (int)len && memcmp(datagram, want, len) == 0, "%s", name))
		printf("# %d bytes: %.*s\n", got, got > 0 ? got : 0, (const char *)datagram);
}

#define WRITES(q, want, name) writes((q), (want), sizeof(want) - 1, (name))

static void test_queries(void)
{
	struct krpc_query q = {.id = bytes(ID), .target = bytes(HASH), .tid = bytes("aa"), .tid_len = 2};

	WRITES(&q, "d1:ad2:id20:" ID "e1:q4:ping1:t2:aa1:y1:qe", "the ping of BEP 5");
	q.method = KRPC_FIND_NODE;
	WRITES(&q, "d1:ad2:id20:" ID "6:target20:" HASH "e1:q9:find_node1:t2:aa1:y1:qe", "the find_node of BEP 5");
	q.method = KRPC_GET_PEERS;
	WRITES(&q, "d1:ad2:id20:" ID "9:info_hash20:" HASH "e1:q9:get_peers1:t2:aa1:y1:qe", "the get_peers of BEP 5");
	q.want4 = q.want6 = q.scrape = q.read_only = true;
	q.tid = bytes("\0\xff:e");
	q.tid_len = 4;
	q.version = "ST01";
	WRITES(&q,
	       "d1:ad2:id20:" ID "9:info_hash20:" HASH "6:scrapei1e4:wantl2:n42:n6ee1:q9:get_peers2:roi1e1:t4:\0\xff:e"
	       "1:v4:ST011:y1:qe",
	       "everything at once");
	q.want4 = false;
	q.version = "";
	q.method = KRPC_FIND_NODE;
	WRITES(&q, "d1:ad2:id20:" ID "6:target20:" HASH "4:wantl2:n6ee1:q9:find_node2:roi1e1:t4:\0\xff:e1:v0:1:y1:qe",
	       "a find_node has no scrape");
	q.method = KRPC_PING;
	q.version = NULL;
	WRITES(&q, "d1:ad2:id20:" ID "e1:q4:ping2:roi1e1:t4:\0\xff:e1:y1:qe", "a ping wants nothing");
}

static void test_refused_queries(void)
{
	struct krpc_query q = {.id = bytes(ID), .tid = bytes("12345"), .tid_len = 5};
	uint8_t datagram[KRPC_QUERY_MAX];

	is_int(krpc_write_query(&q, datagram), -EINVAL, "a transaction of 5 bytes");
	q.tid_len = 1;
	is_int(krpc_write_query(&q, datagram), -EINVAL, "of 1 byte");
	q.tid_len = 3;
	q.version = "ST001";
	is_int(krpc_write_query(&q, datagram), -EINVAL, "a version of 5 bytes");
}

static void test_written_is_read(void)
{
	for (int bits = 0; bits < 48; bits++) {
		struct krpc_query q = {.method = (enum krpc_method)(bits / 16),
				       .id = bytes(ID),
				       .target = bytes(HASH),
				       .tid = bytes("xyz"),
				       .tid_len = 3,
				       .want4 = bits & 1,
				       .want6 = bits & 2,
				       .scrape = bits & 4,
				       .read_only = bits & 8};
		struct krpc_message m = {.type = KRPC_ERROR};
		uint8_t datagram[KRPC_QUERY_MAX];
		int len = krpc_write_query(&q, datagram);

		ok(len > 0 && read_copy(datagram, (size_t)len, &m) == 0 && m.type == KRPC_QUERY &&
			   m.read_only == q.read_only && is_slice(m.tid, "xyz", 3) && m.id &&
			   memcmp(m.id, ID, KRPC_ID) == 0 && !m.target == (q.method == KRPC_PING) && !m.version.bytes,
		   "query %d is read as it was written", bits);
	}
}

static void test_reply(void)
{
	struct krpc_message m = {.type = KRPC_QUERY};
	struct compact_node nodes[4];
	struct compact_peer peers[4];

	is_int(READ("d2:ip6:\5\x09\1\1\x1a\xe1"
		    "1:rd2:id20:" ID "5:nodes52:" NODE NODE "6:nodes638:" ID DB8 "\0\7"
		    "5:token8:aoeusnth6:valuesl6:\1\2\3\4\0\5"
		    "18:" DB8 "\0\6"
		    "6:\1\2\3\4\0\0"
		    "5:short6:\1\2\3\5\0\1"
		    "ee1:t2:aa1:v4:LT\2\1"
		    "1:y1:re",
		    &m),
	       0, "a reply with everything");
	is_int(m.type, KRPC_REPLY, "is a reply");
	IS_SLICE(m.tid, "aa", "transaction");
	IS_SLICE(m.version, "LT\2\1", "version");
	ok(m.id && memcmp(m.id, ID, KRPC_ID) == 0, "id");
	ok(m.has_external && ip_is4(&m.external) && ip_v4(&m.external) == 0x05090101, "our own address");
	IS_SLICE(m.token, "aoeusnth", "token");
	ok(!m.seeds && !m.peers && !m.method.bytes && !m.target, "and nothing else");
	is_int(compact_get_nodes(m.nodes.bytes, m.nodes.len, COMPACT_NODE4, nodes, 4), 2, "nodes");
	is_int(compact_get_nodes(m.nodes6.bytes, m.nodes6.len, COMPACT_NODE6, nodes, 4), 1, "nodes6");
	is_int(nodes[0].at.port, 7, "its port");
	is_int(krpc_values(&m, peers, 4), 3, "values of both kinds, without rubbish");
	ok(peers[0].port == 5 && peers[1].port == 6 && peers[2].port == 1, "in their order");
	ok(ip_is4(&peers[0].ip) && !ip_is4(&peers[1].ip), "and kinds");
	is_int(krpc_values(&m, peers, 2), 2, "no more than there is room for");
	is_int(krpc_values(&m, peers, 0), 0, "nor without room");
	is_int(READ("d1:rd2:id20:" ID "6:valuesl24:\1\1\1\1\0\1\2\2\2\2\0\2\3\3\3\3\0\0\4\4\4\4\0\4"
		    "6:\5\5\5\5\0\5"
		    "ee1:t2:aa1:y1:re",
		    &m),
	       0, "several peers in one string");
	is_int(krpc_values(&m, peers, 4), 4, "are peers, without port 0");
	ok(peers[1].port == 2 && peers[2].port == 4 && peers[3].port == 5, "in their order, too");
	is_int(krpc_values(&m, peers, 2), 2, "also of those no more than there is room for");
}

static void test_filters(void)
{
	char datagram[1024], peers[BLOOM_BYTES], seeds[BLOOM_BYTES];
	struct krpc_message m;
	size_t len;

	memset(peers, 'p', sizeof(peers));
	memset(seeds, 's', sizeof(seeds));
	len = (size_t)snprintf(datagram, sizeof(datagram),
			       "d1:rd4:BFpe256:%.256s4:BFsd256:%.256s2:id20:" ID "e1:t2:aa1:y1:re", peers, seeds);
	is_int(read_copy(datagram, len, &m), 0, "a reply to a scrape");
	ok(m.seeds && m.peers && m.seeds[0] == 's' && m.seeds[BLOOM_BYTES - 1] == 's' && m.peers[0] == 'p' &&
		   m.peers[BLOOM_BYTES - 1] == 'p',
	   "has both filters");
	is_int(READ("d1:rd4:BFpe3:abc4:BFsdi1e2:id20:" ID "e1:t2:aa1:y1:re", &m), 0, "filters of another size");
	ok(!m.seeds && !m.peers && m.id, "are none");
}

static void test_external(void)
{
	static const struct {
		const char *ip;
		size_t len;
		const char *want;
	} rows[] = {
		{"4:\1\2\3\4", 6, "1.2.3.4"},
		{"6:\1\2\3\4\0\0", 8, "1.2.3.4"},
		{"16:" DB8, 19, "2001:db8::1"},
		{"18:" DB8 "\0\1", 21, "2001:db8::1"},
		{"5:\1\2\3\4\5", 7, NULL},
		{"7:1.2.3.4", 9, NULL},
		{"0:", 2, NULL},
		{"i7e", 3, NULL},
		{"l4:\1\2\3\4e", 8, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char datagram[128], text[IP_TEXT] = "";
		struct krpc_message m = {.has_external = false};
		size_t len = strlen("d2:ip");

		memcpy(datagram, "d2:ip", len);
		memcpy(datagram + len, rows[i].ip, rows[i].len);
		len += rows[i].len;
		memcpy(datagram + len, "1:rde1:t1:a1:y1:re", 18);
		is_int(read_copy(datagram, len + 18, &m), 0, "ip of form %zu", i);
		if (m.has_external)
			ip_format(&m.external, text);
		is_str(text, rows[i].want ? rows[i].want : "", "ip of form %zu: what it says", i);
	}
}

static void test_errors(void)
{
	struct krpc_message m;

	is_int(READ("d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee", &m), 0, "the error of BEP 5");
	is_int(m.type, KRPC_ERROR, "is an error");
	is_int(m.error, 201, "its code");
	is_str(m.error_text, "A Generic Error Ocurred", "its text");
	is_int(READ("d1:eli-203e7:\33[2Jbade1:t2:aa1:y1:ee", &m), 0, "an error with a terminal's escape");
	is_int(m.error, -203, "a negative code");
	is_str(m.error_text, "\357\277\275[2Jbad", "is cleaned");
	is_int(READ("d1:e4:oops1:t2:aa1:y1:ee", &m), 0, "an error without a list");
	is_str(m.error_text, "oops", "has its text");
	is_int(m.error, 0, "and no code");
	is_int(READ("d1:eli99999999999999999999ee1:t2:aa1:y1:ee", &m), 0, "a code beyond all bounds");
	ok(m.error > 0, "is still one");
	is_int(READ("d1:ele1:t2:aa1:y1:ee", &m), 0, "an empty list");
	is_int(READ("d1:edee1:y1:e1:t2:aa1:y1:ee", &m), -EBADMSG, "a bracket too many");
	is_int(READ("d1:ede1:t2:aa1:y1:ee", &m), 0, "a dictionary");
	is_int(READ("d1:t2:aa1:y1:ee", &m), 0, "an error of no words");
	ok(m.error == 0 && !*m.error_text, "says nothing");
}

static void test_tolerance(void)
{
	struct krpc_message m;

	is_int(READ("d1:y1:r1:t2:aa1:rd2:id20:" ID "eerubbish", &m), 0, "keys in another order, and a tail");
	ok(m.id != NULL, "the id is found");
	is_int(READ("d1:rd2:id20:" ID "2:id20:" HASH "e1:t2:aa1:t2:bb1:y1:re", &m), 0, "keys twice");
	ok(is_slice(m.tid, "aa", 2) && m.id && memcmp(m.id, ID, KRPC_ID) == 0, "the first one counts");
	is_int(READ("d1:rd2:id19:abcdefghij012345678e1:t0:1:y1:re", &m), 0, "an id of 19 bytes");
	ok(!m.id && m.tid.bytes && m.tid.len == 0, "is none; an empty transaction is one");
	is_int(READ("d1:rd1:xd1:yllli5eeee1:zi-3ee5:nodesle5:tokeni1e6:values6:\1\2\3\4\0\1e1:t1:a1:y1:re", &m), 0,
	       "other types and unknown keys");
	ok(!m.nodes.bytes && !m.token.bytes && krpc_values(&m, &(struct compact_peer){.port = 0}, 1) == 0,
	   "are as if they were not there");
	is_int(READ("d1:ad2:id20:" ID "6:target20:" HASH "e1:q17:sample_infohashes1:t2:aa1:y1:qe", &m), 0,
	       "a query we do not know");
	IS_SLICE(m.method, "sample_infohashes", "has a method");
	ok(m.target && memcmp(m.target, HASH, KRPC_ID) == 0, "and a target");
	is_int(READ("d1:ad2:id20:" ID "e1:q4:ping1:rd2:id20:" HASH "e1:t2:aa1:y1:re", &m), 0, "query and reply in one");
	ok(m.type == KRPC_REPLY && memcmp(m.id, HASH, KRPC_ID) == 0 && !m.method.bytes, "is what it says it is");
}

/* Values are read before it is known whether somebody replies. */
static void test_values_of_others(void)
{
	char datagram[1024];
	struct krpc_message m;
	size_t len;

	is_int(READ("d1:ade1:q4:ping1:rd2:id20:" HASH "5:nodes1:n5:token1:t6:valuesl6:\1\2\3\4\0\1ee1:t2:aa1:y1:qe",
		    &m),
	       0, "a query with values");
	ok(!m.id && !m.nodes.bytes && !m.token.bytes && !m.values.bytes, "has none");
	len = (size_t)snprintf(datagram, sizeof(datagram),
			       "d1:ade1:q4:ping1:rd4:BFpe256:%0256d4:BFsd256:%0256de1:t2:aa1:y1:qe", 1, 1);
	is_int(read_copy(datagram, len, &m), 0, "a query with filters");
	ok(!m.seeds && !m.peers, "has none");
	is_int(READ("d1:eli201ee1:rd2:id20:" HASH "6:nodes61:ne1:t2:aa1:y1:ee", &m), 0, "an error with values");
	ok(!m.id && !m.nodes6.bytes && m.error == 201, "has none");
	is_int(READ("d1:ade1:q4:ping1:rd2:id20:" HASH "i5e3:abce1:t2:aa1:y1:qe", &m), 0,
	       "a query with values that nobody could read");
	ok(!m.id && is_slice(m.method, "ping", 4), "is a query");
	is_int(READ("d1:rd2:id20:" HASH "i5e3:abce1:t2:aa1:y1:re", &m), -EBADMSG, "a reply with such is none");
	is_int(READ("d1:rd2:id20:" ID "e1:rd2:id20:" HASH "e1:t2:aa1:y1:re", &m), 0, "values twice");
	ok(m.id && memcmp(m.id, ID, KRPC_ID) == 0, "the first count");
	is_int(READ("d1:rdi5e3:abce1:rd2:id20:" HASH "e1:t2:aa1:y1:re", &m), -EBADMSG,
	       "nor if others follow: the first count");
}

static void test_broken(void)
{
	static const char *const broken[] = {
		"", "d", "e", "i1e", "le", "2:aa", "de", "x", "d1:", "d1:y1:re", "d1:t2:aae", "d1:t2:aa1:y1:re",
		"d1:rde1:y1:re",             /* no transaction */
		"d1:rle1:t2:aa1:y1:re",      /* values in a list */
		"d1:r2:aa1:t2:aa1:y1:re",    /* or a string */
		"d1:rde1:ti5e1:y1:re",       /* a number for a transaction */
		"d1:rde1:t2:aa1:y1:xe",      /* a type that is none */
		"d1:rde1:t2:aa1:y2:rre",     /* or too long */
		"d1:rde1:t2:aa1:y0:e",       /* or empty */
		"d1:rde1:t2:aa1:yi1ee",      /* or a number */
		"d1:ade1:t2:aa1:y1:qe",      /* a query without method */
		"d1:q4:ping1:t2:aa1:y1:qe",  /* or arguments */
		"d1:qi1e1:ade1:t1:a1:y1:qe", /* or a number for a method */
		"di1e2:aa1:y1:re",           /* a number for a key */
		"d1:rde1:t2:aa1:y1:r",       /* no end */
		"d1:rd1:xe1:t2:aa1:y1:re",   /* a key without value */
		"d1:rd1:xiee1:t2:aa1:y1:re", /* a number without digits */
		"d1:rd1:xi-ee1:t2:aa1:y1:re",
		"d1:rd1:xi1xe1:t2:aa1:y1:re",
		"d1:rd1:x-1:ae1:t2:aa1:y1:re", /* a negative length */
		"d1:rd1:x99999999999999999999:ae1:t2:aa1:y1:re",
		"d1:rd1:x18446744073709551617:ae1:t2:aa1:y1:re",
		"d1:rd1:x70000:ae1:t2:aa1:y1:re",
		"d1:rd1:x:ae1:t2:aa1:y1:re",
	};
	struct krpc_message m = {.error = 7};

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		is_int(read_copy(broken[i], strlen(broken[i]), &m), -EBADMSG, "\"%s\"", broken[i]);
	is_int(m.error, 7, "and the message is left alone");
}

static void test_depth(void)
{
	static const char lists[] = "llllllllllllllllllllllll", ends[] = "eeeeeeeeeeeeeeeeeeeeeeee";
	struct krpc_message m;

	for (int depth = KRPC_DEPTH - 1; depth <= KRPC_DEPTH + 1; depth++) {
		char datagram[128];
		int len = snprintf(datagram, sizeof(datagram), "d1:xl%.*s%.*se1:rde1:t1:a1:y1:re", depth - 1, lists,
				   depth - 1, ends);

		is_int(read_copy(datagram, (size_t)len, &m), depth <= KRPC_DEPTH ? 0 : -EBADMSG, "lists %d deep",
		       depth);
		len = snprintf(datagram, sizeof(datagram), "d1:rd1:x%.*s%.*se1:t1:a1:y1:re", depth - 1, lists,
			       depth - 1, ends);
		is_int(read_copy(datagram, (size_t)len, &m), depth <= KRPC_DEPTH ? 0 : -EBADMSG,
		       "the same with that of the values");
	}
}

/* Every beginning of a datagram is broken, and every changed byte is survived. */
static void test_mutations(void)
{
	static const char whole[] = "d2:ip6:\5\x09\1\1\x1a\xe1"
				    "1:rd2:id20:" ID "5:nodes26:" NODE "5:token4:abcd6:valuesl6:\1\2\3\4\0\5"
				    "6:\1\2\3\5\0\6"
				    "ee1:t2:aa1:v4:LT\2\1"
				    "1:y1:re";
	const size_t len = sizeof(whole) - 1;
	struct random random = {5};
	struct krpc_message m;
	unsigned whole_ones = 0, reads = 0;

	for (size_t cut = 0; cut < len; cut++)
		whole_ones += read_copy(whole, cut, &m) == 0;
	is_int(whole_ones, 0, "no beginning of a datagram is one");
	for (int i = 0; i < 20000; i++) {
		char changed[sizeof(whole)];
		struct compact_peer peers[8];

		memcpy(changed, whole, sizeof(whole));
		for (uint32_t n = random_below(&random, 3) + 1; n > 0; n--)
			changed[random_below(&random, (uint32_t)len)] = (char)random_next(&random);
		if (read_copy(changed, len, &m) == 0 && krpc_values(&m, peers, 8) <= 8)
			reads++;
	}
	ok(reads > 0 && reads < 20000, "of 20000 changed ones %u are read", reads);
}

int main(void)
{
	test_queries();
	test_refused_queries();
	test_written_is_read();
	test_reply();
	test_filters();
	test_external();
	test_errors();
	test_tolerance();
	test_values_of_others();
	test_broken();
	test_depth();
	test_mutations();
	read_copy(NULL, 0, NULL);
	return tap_done();
}
