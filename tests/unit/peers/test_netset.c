/* Sets of networks: what touches is merged, and every answer is that of a list that is searched from end to end. */
#include "peers/netset.h"

#include <stdlib.h>

#include "random.h"
#include "tap.h"

static void add(struct netset *set, const char *line)
{
	struct netlist_entry entry;
	const char *why;

	if (netlist_read(line, strlen(line), &entry, &why) != NETLIST_NETWORK || !netset_add(set, &entry))
		printf("Bail out! %s\n", line);
}

static bool has(const struct netset *set, const char *text)
{
	struct ip ip;

	return ip_parse(text, strlen(text), &ip) == 0 && netset_has(set, &ip);
}

static void test_empty(void)
{
	struct netset set = {0};

	netset_settle(&set);
	ok(!has(&set, "0.0.0.0") && !has(&set, "::") && !netset_has_system(&set, 1), "nothing is in an empty set");
	netset_done(&set);
}

static void test_merged(void)
{
	struct netset set = {0};

	add(&set, "5.9.0.0/24");
	add(&set, "1.0.0.0-1.0.0.9");
	add(&set, "5.9.1.0/24");
	add(&set, "1.0.0.5");
	add(&set, "1.0.0.11");
	add(&set, "255.255.255.0/24");
	add(&set, "255.255.255.255");
	netset_settle(&set);
	is_int(set.v4_count, 4, "touching and overlapping ranges are one");
	ok(has(&set, "1.0.0.0") && has(&set, "1.0.0.9") && !has(&set, "1.0.0.10") && has(&set, "1.0.0.11"), "ends");
	ok(has(&set, "5.9.1.255") && !has(&set, "5.9.2.0") && !has(&set, "5.8.255.255"), "prefixes");
	ok(has(&set, "255.255.255.255") && !has(&set, "0.0.0.0"), "the last address");
	netset_done(&set);
}

static void test_six(void)
{
	struct netset set = {0};

	add(&set, "2001:db8:1::/48");
	add(&set, "2001:db8::/48");
	add(&set, "2001:db8::7");
	add(&set, "2a01::1-2a01::5");
	add(&set, "ff00::/8");
	add(&set, "ffff::");
	netset_settle(&set);
	is_int(set.v6_count, 3, "touching and overlapping ranges of IPv6");
	ok(has(&set, "2001:db8:1:ffff:ffff:ffff:ffff:ffff") && !has(&set, "2001:db8:2::"), "the end of a prefix");
	ok(has(&set, "2a01::5") && !has(&set, "2a01::6") && !has(&set, "2a01::"), "the ends of a range");
	ok(has(&set, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "the last address");
	netset_done(&set);
	add(&set, "::/0");
	netset_settle(&set);
	ok(has(&set, "::") && has(&set, "2001:db8::1"), "::/0 is all of IPv6");
	ok(!has(&set, "1.2.3.4") && !has(&set, "::ffff:1.2.3.4"), "and none of IPv4");
	netset_done(&set);
}

static void test_systems(void)
{
	struct netset set = {0};

	add(&set, "AS9009");
	add(&set, "AS4294967295");
	add(&set, "AS9009");
	add(&set, "AS1");
	netset_settle(&set);
	ok(netset_has_system(&set, 9009) && netset_has_system(&set, 1) && netset_has_system(&set, UINT32_MAX), "in");
	ok(!netset_has_system(&set, 9010) && !netset_has_system(&set, 2) && !netset_has_system(&set, 0), "not in");
	ok(!has(&set, "0.0.35.49"), "an AS number is no address");
	netset_done(&set);
}

/* Few bits, so that ranges meet. */
static struct ip random_ip(struct random *r, bool v4)
{
	struct ip ip = {.b = {[0] = 0x20}};

	if (v4)
		ip = ip_from_v4(0);
	ip.b[14] = (uint8_t)random_below(r, 3);
	ip.b[15] = (uint8_t)random_below(r, 256);
	return ip;
}

static bool sound(const struct netset *set)
{
	for (uint32_t i = 1; i < set->v4_count; i++)
		if ((uint64_t)set->v4[i - 1].last + 1 >= set->v4[i].first)
			return false;
	for (uint32_t i = 1; i < set->v6_count; i++)
		if (set->v6[i - 1].last.high == set->v6[i].first.high &&
		    set->v6[i - 1].last.low + 1 >= set->v6[i].first.low)
			return false;
	return true;
}

static bool searched(const struct netlist_entry *entries, unsigned count, const struct ip *ip)
{
	for (unsigned i = 0; i < count; i++)
		if (memcmp(&entries[i].first, ip, sizeof(*ip)) <= 0 && memcmp(ip, &entries[i].last, sizeof(*ip)) <= 0)
			return true;
	return false;
}

static unsigned wrong_answers(struct random *r, unsigned count)
{
	struct netlist_entry entries[40];
	struct netset set = {0};
	unsigned wrong = 0;

	for (unsigned i = 0; i < count; i++) {
		bool v4 = random_below(r, 2);
		struct ip a = random_ip(r, v4), b = random_ip(r, v4);
		bool turned = memcmp(&a, &b, sizeof(a)) > 0;

		if (random_below(r, 2))
			b = a;
		entries[i] = (struct netlist_entry){.first = turned ? b : a, .last = turned ? a : b};
		netset_add(&set, &entries[i]);
	}
	netset_settle(&set);
	wrong += !sound(&set);
	for (unsigned i = 0; i < 400; i++) {
		struct ip ip = random_ip(r, i % 2);

		wrong += netset_has(&set, &ip) != searched(entries, count, &ip);
	}
	netset_done(&set);
	return wrong;
}

static void test_random(void)
{
	struct random r = {.state = 20261121};
	unsigned wrong = 0;

	for (unsigned i = 0; i < 500; i++)
		wrong += wrong_answers(&r, i % 40);
	is_int(wrong, 0, "200,000 answers as of a list that is searched");
}

static void test_full(void)
{
	struct netset set = {0};
	uint32_t added = 0;

	while (netset_add(&set, &(struct netlist_entry){.asn = added + 1}))
		added++;
	is_int(added, NETSET_MAX, "a set has a maximum");
	netset_settle(&set);
	is_int(set.system_count, 1, "what touches is one");
	netset_done(&set);
}

int main(void)
{
	test_empty();
	test_merged();
	test_six();
	test_systems();
	test_random();
	test_full();
	return tap_done();
}
