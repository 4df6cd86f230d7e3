/* Compact peers and nodes: bytes by hand, and back. */
#include "wire/compact.h"

#include "random.h"
#include "tap.h"

#define ID "abcdefghij0123456789"
#define DB8 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
#define MAPPED "\0\0\0\0\0\0\0\0\0\0\xff\xff\5\x09\1\1"

static const uint8_t *bytes(const char *text)
{
	return (const uint8_t *)text;
}

static void is_peer(const struct compact_peer *peer, const char *want_ip, unsigned want_port)
{
	char text[IP_TEXT];

	ip_format(&peer->ip, text);
	is_str(text, want_ip, "address %s", want_ip);
	is_int(peer->port, want_port, "port %u", want_port);
}

static void test_peer(void)
{
	struct compact_peer peer = {.port = 7};

	for (size_t len = 0; len <= 20; len++) {
		uint8_t ones[20];

		memset(ones, 1, sizeof(ones));
		is_int(compact_get_peer(ones, len, &peer), len == COMPACT_PEER4 || len == COMPACT_PEER6,
		       "a peer of %zu bytes", len);
	}
	ok(compact_get_peer(bytes("\5\x09\1\xfe\x1a\xe1"), 6, &peer), "IPv4");
	is_peer(&peer, "5.9.1.254", 6881);
	ok(!compact_get_peer(bytes("\5\x09\1\1\0\0"), 6, &peer), "port 0 is none");
	is_peer(&peer, "5.9.1.254", 6881);
	ok(compact_get_peer(bytes(DB8 "\xff\xff"), 18, &peer), "IPv6");
	is_peer(&peer, "2001:db8::1", 65535);
	ok(compact_get_peer(bytes(MAPPED "\0\1"), 18, &peer), "IPv4 in 16 bytes");
	is_peer(&peer, "5.9.1.1", 1);
}

static void test_peers(void)
{
	struct compact_peer peers[3];
	const uint8_t *list = bytes("\1\0\0\1\0\1"
				    "\1\0\0\2\0\0"
				    "\1\0\0\3\0\3"
				    "\1\0\0\4\0\4"
				    "\1\0\0\5\0");

	is_int(compact_get_peers(list, 29, COMPACT_PEER4, peers, 3), 3, "port 0 and the rest are left out");
	is_peer(&peers[0], "1.0.0.1", 1);
	is_peer(&peers[1], "1.0.0.3", 3);
	is_peer(&peers[2], "1.0.0.4", 4);
	memset(peers, 0, sizeof(peers));
	is_int(compact_get_peers(list, 29, COMPACT_PEER4, peers, 2), 2, "no more than there is room for");
	is_int(peers[2].port, 0, "and nothing behind it");
	is_int(compact_get_peers(list, 5, COMPACT_PEER4, peers, 3), 0, "too short");
	is_int(compact_get_peers(NULL, 0, COMPACT_PEER4, peers, 3), 0, "nothing");
	is_int(compact_get_peers(bytes(DB8 "\0\1" DB8 "\0\2"), 36, COMPACT_PEER6, peers, 3), 2, "IPv6");
	is_peer(&peers[1], "2001:db8::1", 2);
}

static void test_nodes(void)
{
	struct compact_node nodes[2];

	is_int(compact_get_nodes(bytes(ID "\1\0\0\1\0\0" ID "\1\0\0\2\0\2"), 52, COMPACT_NODE4, nodes, 2), 1,
	       "nodes, one with port 0");
	ok(memcmp(nodes[0].id, ID, COMPACT_ID) == 0, "its id");
	is_peer(&nodes[0].at, "1.0.0.2", 2);
	is_int(compact_get_nodes(bytes(ID MAPPED "\0\1" ID DB8 "\0\2"), 76, COMPACT_NODE6, nodes, 2), 1,
	       "IPv4 is no node of the IPv6 DHT");
	is_peer(&nodes[0].at, "2001:db8::1", 2);
	is_int(compact_get_nodes(bytes(ID DB8 "\0\2"), 37, COMPACT_NODE6, nodes, 2), 0, "cut");
}

static void test_and_back(void)
{
	struct random random = {23};
	unsigned wrong = 0;

	for (int i = 0; i < 2000; i++) {
		struct compact_node node = {.id = {0}}, got = node;
		uint8_t written[COMPACT_NODE6];
		size_t len, want = i & 1 ? COMPACT_NODE4 : COMPACT_NODE6;

		node.at.ip = ip_from_v4((uint32_t)random_next(&random));
		if (want == COMPACT_NODE6)
			node.at.ip.b[0] = 0x20;
		node.at.port = (uint16_t)(1 + random_below(&random, 65535));
		node.id[i % COMPACT_ID] = (uint8_t)random_next(&random);
		len = compact_put_node(&node, written);
		wrong += len != want || compact_get_nodes(written, len, want, &got, 1) != 1 ||
			 memcmp(&node, &got, sizeof(node)) != 0;
		wrong += compact_put_peer(&node.at, written) != want - COMPACT_ID ||
			 !compact_get_peer(written, want - COMPACT_ID, &got.at) || !ip_equal(&got.at.ip, &node.at.ip) ||
			 got.at.port != node.at.port;
	}
	is_int(wrong, 0, "random nodes and peers, written and read");
}

int main(void)
{
	test_peer();
	test_peers();
	test_nodes();
	test_and_back();
	return tap_done();
}
