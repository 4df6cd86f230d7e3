/* base/ip.c: a table of addresses and what each is, and libc's own functions as the oracle for random texts. */
#include "base/ip.h"

#include <arpa/inet.h>
#include <errno.h>

#include "random.h"
#include "tap.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* `located` NULL: the address itself. */
static const struct {
	const char *text;
	enum ip_kind kind;
	const char *format, *located;
} addresses[] = {
	{"8.8.8.8", IP_GLOBAL, "8.8.8.8", NULL},
	{"2.1.1.0", IP_GLOBAL, "2.1.1.0", NULL}, /* looks like a client version, and is an address */
	{"5.9.1.1", IP_GLOBAL, "5.9.1.1", NULL},
	{"1.0.0.0", IP_GLOBAL, "1.0.0.0", NULL},
	{"223.255.255.255", IP_GLOBAL, "223.255.255.255", NULL},
	{"0.0.0.0", IP_UNSPECIFIED, "0.0.0.0", NULL},
	{"0.255.255.255", IP_UNSPECIFIED, "0.255.255.255", NULL},
	{"9.255.255.255", IP_GLOBAL, "9.255.255.255", NULL},
	{"10.0.0.0", IP_PRIVATE, "10.0.0.0", NULL},
	{"10.255.255.255", IP_PRIVATE, "10.255.255.255", NULL},
	{"11.0.0.0", IP_GLOBAL, "11.0.0.0", NULL},
	{"100.63.255.255", IP_GLOBAL, "100.63.255.255", NULL},
	{"100.64.0.0", IP_CGNAT, "100.64.0.0", NULL},
	{"100.127.255.255", IP_CGNAT, "100.127.255.255", NULL},
	{"100.128.0.0", IP_GLOBAL, "100.128.0.0", NULL},
	{"127.0.0.1", IP_LOOPBACK, "127.0.0.1", NULL},
	{"127.255.255.254", IP_LOOPBACK, "127.255.255.254", NULL},
	{"128.0.0.0", IP_GLOBAL, "128.0.0.0", NULL},
	{"169.253.255.255", IP_GLOBAL, "169.253.255.255", NULL},
	{"169.254.169.254", IP_LINK_LOCAL, "169.254.169.254", NULL},
	{"172.15.255.255", IP_GLOBAL, "172.15.255.255", NULL},
	{"172.16.0.0", IP_PRIVATE, "172.16.0.0", NULL},
	{"172.31.255.255", IP_PRIVATE, "172.31.255.255", NULL},
	{"172.32.0.0", IP_GLOBAL, "172.32.0.0", NULL},
	{"192.0.0.8", IP_RESERVED, "192.0.0.8", NULL},
	{"192.0.1.0", IP_GLOBAL, "192.0.1.0", NULL},
	{"192.0.2.1", IP_RESERVED, "192.0.2.1", NULL},
	{"192.88.99.1", IP_RESERVED, "192.88.99.1", NULL},
	{"192.168.1.1", IP_PRIVATE, "192.168.1.1", NULL},
	{"192.169.0.0", IP_GLOBAL, "192.169.0.0", NULL},
	{"198.17.255.255", IP_GLOBAL, "198.17.255.255", NULL},
	{"198.18.0.1", IP_RESERVED, "198.18.0.1", NULL},
	{"198.19.255.255", IP_RESERVED, "198.19.255.255", NULL},
	{"198.20.0.0", IP_GLOBAL, "198.20.0.0", NULL},
	{"198.51.100.7", IP_RESERVED, "198.51.100.7", NULL},
	{"203.0.113.7", IP_RESERVED, "203.0.113.7", NULL},
	{"224.0.0.251", IP_MULTICAST, "224.0.0.251", NULL},
	{"239.255.255.255", IP_MULTICAST, "239.255.255.255", NULL},
	{"240.0.0.1", IP_RESERVED, "240.0.0.1", NULL},
	{"255.255.255.255", IP_RESERVED, "255.255.255.255", NULL},

	{"::ffff:5.9.1.1", IP_GLOBAL, "5.9.1.1", NULL},
	{"::FFFF:509:101", IP_GLOBAL, "5.9.1.1", NULL},
	{"0:0:0:0:0:ffff:192.168.1.1", IP_PRIVATE, "192.168.1.1", NULL},
	{"::ffff:127.0.0.1", IP_LOOPBACK, "127.0.0.1", NULL},

	{"::", IP_UNSPECIFIED, "::", NULL},
	{"0:0:0:0:0:0:0:0", IP_UNSPECIFIED, "::", NULL},
	{"::1", IP_LOOPBACK, "::1", NULL},
	{"0000:0000:0000:0000:0000:0000:0000:0001", IP_LOOPBACK, "::1", NULL},
	{"2a01:4f8::1", IP_GLOBAL, "2a01:4f8::1", NULL},
	{"2A01:04F8:0:0:0:0:0:AbC", IP_GLOBAL, "2a01:4f8::abc", NULL},
	{"2600:0:1:0:0:1:0:0", IP_GLOBAL, "2600:0:1::1:0:0", NULL},    /* the first of equal gaps */
	{"2600:0:0:1:0:0:0:1", IP_GLOBAL, "2600:0:0:1::1", NULL},      /* the longest gap */
	{"2600:0:1:1:1:1:1:1", IP_GLOBAL, "2600:0:1:1:1:1:1:1", NULL}, /* one group is no gap */
	{"2600::", IP_GLOBAL, "2600::", NULL},
	{"2600:1:2:3:4:5:6::", IP_GLOBAL, "2600:1:2:3:4:5:6:0", NULL},
	{"::2:3:4:5:6:7:8", IP_RESERVED, "0:2:3:4:5:6:7:8", NULL},
	{"3ffe::1", IP_GLOBAL, "3ffe::1", NULL},
	{"3fff::1", IP_RESERVED, "3fff::1", NULL},
	{"3fff:1000::1", IP_GLOBAL, "3fff:1000::1", NULL},
	{"4000::1", IP_RESERVED, "4000::1", NULL},
	{"100::1", IP_RESERVED, "100::1", NULL},
	{"5f00::1", IP_RESERVED, "5f00::1", NULL},
	{"2001:db8::1", IP_RESERVED, "2001:db8::1", NULL},
	{"2001:db9::1", IP_GLOBAL, "2001:db9::1", NULL},
	{"2001:10::1", IP_RESERVED, "2001:10::1", NULL},
	{"2001:1ff::1", IP_RESERVED, "2001:1ff::1", NULL},
	{"2001:200::1", IP_GLOBAL, "2001:200::1", NULL},
	{"fc00::1", IP_PRIVATE, "fc00::1", NULL},
	{"fdff:ffff::1", IP_PRIVATE, "fdff:ffff::1", NULL},
	{"fe00::1", IP_RESERVED, "fe00::1", NULL},
	{"fe80::1", IP_LINK_LOCAL, "fe80::1", NULL},
	{"febf::1", IP_LINK_LOCAL, "febf::1", NULL},
	{"fec0::1", IP_PRIVATE, "fec0::1", NULL},
	{"ff02::1", IP_MULTICAST, "ff02::1", NULL},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_MULTICAST, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},

	{"2002:509:101::1", IP_GLOBAL, "2002:509:101::1", "5.9.1.1"},
	{"2002:7f00:1::", IP_LOOPBACK, "2002:7f00:1::", "127.0.0.1"},
	{"2002:c0a8:101::1", IP_PRIVATE, "2002:c0a8:101::1", "192.168.1.1"},
	{"2002::1", IP_UNSPECIFIED, "2002::1", "0.0.0.0"},
	{"2001:0:4136:e378:8000:63bf:faf6:fefe", IP_GLOBAL, "2001:0:4136:e378:8000:63bf:faf6:fefe", "5.9.1.1"},
	{"2001::f5ff:fffe", IP_PRIVATE, "2001::f5ff:fffe", "10.0.0.1"},
	{"64:ff9b::5.9.1.1", IP_GLOBAL, "64:ff9b::509:101", "5.9.1.1"},
	{"64:ff9b::10.0.0.1", IP_PRIVATE, "64:ff9b::a00:1", "10.0.0.1"},
	{"64:ff9b:1::5.9.1.1", IP_RESERVED, "64:ff9b:1::509:101", NULL},
	{"::5.9.1.1", IP_GLOBAL, "::5.9.1.1", NULL},
	{"::127.0.0.1", IP_LOOPBACK, "::127.0.0.1", NULL},
	{"1:2:3:4:5:6:7.8.9.10", IP_RESERVED, "1:2:3:4:5:6:708:90a", NULL},
};

static const char *const no_addresses[] = {
	"",
	" ",
	"1",
	"1.2",
	"1.2.3",
	"1.2.3.",
	"1.2.3.4.",
	"1.2.3.4.5",
	".1.2.3.4",
	"1..2.3",
	"01.2.3.4",
	"1.2.3.04",
	"1.2.3.00",
	"256.1.1.1",
	"1.1.1.256",
	"1.1.1.1000",
	"99999999999.1.1.1",
	"-1.2.3.4",
	"+1.2.3.4",
	" 1.2.3.4",
	"1.2.3.4 ",
	"1.2.3.4\n",
	"1.2.3.a",
	"0x7f.0.0.1",
	"2130706433",
	"127.1",
	"1.2.3.4:6881",
	"1.2.3.4/24",
	":",
	":::",
	"1:",
	":1",
	":1:2:3:4:5:6:7",
	"1:2:3:4:5:6:7",
	"1:2:3:4:5:6:7:",
	"1:2:3:4:5:6:7:8:9",
	"1:2:3:4:5:6:7:8::",
	"::1:2:3:4:5:6:7:8",
	"1::2::3",
	"1:::2",
	"12345::",
	"::00001",
	"::g",
	"[::1]",
	"::1]",
	"fe80::1%eth0",
	"fe80::1%2",
	"::1%",
	"::1.2.3",
	"::1.2.3.4.5",
	"::1.2.3.256",
	"::01.2.3.4",
	"::1.2.3.4:5",
	"1.2.3.4::",
	"1:2:3:4:5:1.2.3.4",
	"1:2:3:4:5:6:7:1.2.3.4",
	"1:2:3:4:5:6::1.2.3.4",
	"::ffff:1.2.3.4 ",
	"expyuzz4wqqyqhjn.onion",
	"facebookwkhpilnemxj7asaniu7vnjjbiltxjqhye3mhbshg7kx5tfyd.onion",
	"localhost",
	"qBittorrent 2.1.1.0",
};

static void format(const struct ip *ip, char text[IP_TEXT])
{
	memset(text, '#', IP_TEXT);
	ip_format(ip, text);
}

static void test_addresses(void)
{
	for (size_t i = 0; i < COUNT(addresses); i++) {
		const char *text = addresses[i].text;
		struct ip ip, located;
		char back[IP_TEXT];

		if (!is_int(ip_parse(text, strlen(text), &ip), 0, "%s is an address", text))
			continue;
		is_int(ip_kind(&ip), addresses[i].kind, "%s: kind", text);
		format(&ip, back);
		is_str(back, addresses[i].format, "%s: format", text);
		located = ip_located(&ip);
		format(&located, back);
		is_str(back, addresses[i].located ? addresses[i].located : addresses[i].format, "%s: located", text);
	}
}

static void test_no_addresses(void)
{
	for (size_t i = 0; i < COUNT(no_addresses); i++) {
		struct ip ip = {{1, 2, 3}}, before = ip;

		is_int(ip_parse(no_addresses[i], strlen(no_addresses[i]), &ip), -EINVAL, "'%s' is none",
		       no_addresses[i]);
		ok(ip_equal(&ip, &before), "'%s': nothing written", no_addresses[i]);
	}
}

static void test_parse_len(void)
{
	struct ip ip;

	is_int(ip_parse("1.2.3.45", 7, &ip), 0, "only `len` bytes are read");
	is_int(ip_v4(&ip), 0x01020304, "1.2.3.4");
	is_int(ip_parse("1.2.3.4\0", 8, &ip), -EINVAL, "a NUL byte is no part of an address");
	is_int(ip_parse("::1\xff", 4, &ip), -EINVAL, "nor is a high byte");
}

/* What libc reads, in our form. */
static bool oracle_parse(const char *text, struct ip *ip)
{
	struct in_addr v4;

	*ip = (struct ip){{0}};
	if (inet_pton(AF_INET, text, &v4) == 1) {
		*ip = ip_from_v4(ntohl(v4.s_addr));
		return true;
	}
	return inet_pton(AF_INET6, text, ip->b) == 1;
}

static bool agrees(const char *text)
{
	struct ip got = {{0}}, want;
	bool good = ip_parse(text, strlen(text), &got) == 0;

	if (good == oracle_parse(text, &want) && (!good || ip_equal(&got, &want)))
		return true;
	printf("# inet_pton differs on '%s'\n", text);
	return false;
}

/* Letters that addresses are made of, in no order. */
static void random_text(struct random *r, char *text, size_t size)
{
	static const char letters[] = "0011223456789aAfF::::....%g/ ";
	size_t len = random_below(r, (uint32_t)size);

	for (size_t i = 0; i < len; i++)
		text[i] = letters[random_below(r, sizeof(letters) - 1)];
	text[len] = '\0';
}

/* An address with many zeros, as text, with one letter changed half of the time. */
static void random_near_address(struct random *r, char *text, size_t size)
{
	unsigned char b[16];
	bool v4 = random_below(r, 2);

	for (int i = 0; i < 16; i++)
		b[i] = random_below(r, 2) ? 0 : (unsigned char)random_next(r);
	inet_ntop(v4 ? AF_INET : AF_INET6, b, text, (socklen_t)size);
	if (random_below(r, 2))
		text[random_below(r, (uint32_t)strlen(text))] = "0:.1f"[random_below(r, 5)];
}

static void test_against_inet_pton(void)
{
	struct random r = {.state = 7};
	bool same = true;
	char text[64];

	for (int i = 0; i < 100000 && same; i++) {
		random_text(&r, text, 24);
		same = agrees(text);
		random_near_address(&r, text, sizeof(text));
		same = same && agrees(text);
	}
	ok(same, "200,000 random texts are read as inet_pton reads them");
	for (size_t i = 0; i < COUNT(addresses); i++)
		same = same && agrees(addresses[i].text);
	for (size_t i = 0; i < COUNT(no_addresses); i++)
		same = same && agrees(no_addresses[i]);
	ok(same, "so are the tables of this test");
}

static void test_against_inet_ntop(void)
{
	struct random r = {.state = 11};
	char got[IP_TEXT], want[INET6_ADDRSTRLEN];
	bool same = true;

	for (int i = 0; i < 100000 && same; i++) {
		struct ip ip, back;
		uint32_t zeros = random_below(&r, 4);

		for (int at = 0; at < 16; at += 2) {
			ip.b[at] = random_below(&r, 4) < zeros ? 0 : (uint8_t)random_next(&r);
			ip.b[at + 1] = random_below(&r, 4) < zeros ? 0 : (uint8_t)random_next(&r);
		}
		if (random_below(&r, 4) == 0)
			ip = ip_from_v4((uint32_t)random_next(&r));
		format(&ip, got);
		if (ip_is4(&ip))
			inet_ntop(AF_INET, ip.b + 12, want, sizeof(want));
		else
			inet_ntop(AF_INET6, ip.b, want, sizeof(want));
		same = strcmp(got, want) == 0 && ip_parse(got, strlen(got), &back) == 0 && ip_equal(&ip, &back);
		if (!same)
			printf("# got '%s', inet_ntop writes '%s'\n", got, want);
	}
	ok(same, "100,000 random addresses are written as inet_ntop writes them, and read back");
}

static void test_v4(void)
{
	struct ip ip = ip_from_v4(0x05090101), other = ip_from_v4(0x05090102);
	char text[IP_TEXT];

	ok(ip_is4(&ip), "from a number");
	is_int(ip_v4(&ip), 0x05090101, "and back");
	format(&ip, text);
	is_str(text, "5.9.1.1", "as text");
	ok(ip_equal(&ip, &ip) && !ip_equal(&ip, &other), "equal to itself only");
}

static void test_prefixes(void)
{
	static const struct {
		const char *text;
		int bits; /* -1: none */
	} rows[] = {
		{"10.0.0.0/8", 104},
		{"0.0.0.0/0", 96},
		{"1.2.3.4", 128},
		{"1.2.3.4/32", 128},
		{"192.168.0.0/16", 112},
		{"2001:db8::/32", 32},
		{"::/0", 0},
		{"::1", 128},
		{"::1/128", 128},
		{"::ffff:0:0/96", 96},
		{"::ffff:10.0.0.0/104", 104},
		{"128.0.0.0/1", 97},
		{"10.0.0.1/8", -1},
		{"10.0.0.0/33", -1},
		{"10.0.0.0/", -1},
		{"10.0.0.0/08", -1},
		{"10.0.0.0/8 ", -1},
		{"10.0.0.0/+8", -1},
		{"10.0.0.0/-1", -1},
		{"10.0.0.0/8/8", -1},
		{"10.0.0/8", -1},
		{"/8", -1},
		{"", -1},
		{"2001:db8::/129", -1},
		{"2001:db8::/31", 31},
		{"2001:db8::/28", -1},
		{"2001:db8::1/64", -1},
		{"::/999", -1},
		{"::ffff:0:0/90", -1},
		{"10.0.0.0/0x8", -1},
		{"10.0.0.0/255.0.0.0", -1},
		{"128.0.0.0/0", -1},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip_prefix prefix = {.bits = 77};
		int rc = ip_prefix_parse(rows[i].text, &prefix);

		is_int(rc, rows[i].bits < 0 ? -EINVAL : 0, "prefix '%s'", rows[i].text);
		is_int(prefix.bits, rows[i].bits < 0 ? 77 : rows[i].bits, "prefix '%s': bits", rows[i].text);
	}
}

static void test_in(void)
{
	static const struct {
		const char *ip, *prefix;
		bool in;
	} rows[] = {
		{"10.1.2.3", "10.0.0.0/8", true},
		{"11.0.0.0", "10.0.0.0/8", false},
		{"10.127.0.1", "10.0.0.0/9", true},
		{"10.128.0.1", "10.0.0.0/9", false},
		{"1.2.3.4", "1.2.3.4", true},
		{"1.2.3.5", "1.2.3.4", false},
		{"1.2.3.5", "1.2.3.4/31", true},
		{"1.2.3.6", "1.2.3.4/31", false},
		{"9.9.9.9", "0.0.0.0/0", true},
		{"2600::1", "0.0.0.0/0", false},
		{"2600::1", "::/0", true},
		{"9.9.9.9", "::/0", false},
		{"9.9.9.9", "::/8", false},
		{"::9", "::/8", true},
		{"9.9.9.9", "::ffff:0:0/96", true},
		{"2001:db8:ffff::1", "2001:db8::/32", true},
		{"2001:db9::1", "2001:db8::/32", false},
		{"::ffff:10.0.0.1", "10.0.0.0/8", true},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip_prefix prefix;
		struct ip ip;

		ok(ip_parse(rows[i].ip, strlen(rows[i].ip), &ip) == 0 &&
			   ip_prefix_parse(rows[i].prefix, &prefix) == 0 && ip_in(&ip, &prefix) == rows[i].in,
		   "%s is %sin %s", rows[i].ip, rows[i].in ? "" : "not ", rows[i].prefix);
	}
}

static void test_hidden(void)
{
	static const struct {
		const char *ip, *hidden;
	} rows[] = {
		{"5.9.1.1", "5.9.x.x"},        {"255.255.255.255", "255.255.x.x"},
		{"::ffff:5.9.1.1", "5.9.x.x"}, {"2a01:4f8:1:2:3:4:5:6", "2a01:4f8:x"},
		{"2600::1", "2600:0:x"},       {"::1", "0:0:x"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[IP_TEXT];
		struct ip ip;

		is_int(ip_parse(rows[i].ip, strlen(rows[i].ip), &ip), 0, "%s", rows[i].ip);
		ip_format_hidden(&ip, text);
		is_str(text, rows[i].hidden, "%s hidden", rows[i].ip);
	}
}

int main(void)
{
	test_addresses();
	test_no_addresses();
	test_parse_len();
	test_against_inet_pton();
	test_against_inet_ntop();
	test_v4();
	test_prefixes();
	test_in();
	test_hidden();
	return tap_done();
}
