/* Lists of networks: lines by hand, long ones, counts, pieces. netlist_oracle.t asks ipaddress about many more. */
#include "wire/netlist.h"

#include <stdlib.h>

#include "tap.h"

static void is_network(const char *line, const char *want_first, const char *want_last)
{
	char first[IP_TEXT], last[IP_TEXT];
	struct netlist_entry entry;
	const char *why;

	if (!ok(netlist_read(line, strlen(line), &entry, &why) == NETLIST_NETWORK && !entry.asn, "\"%s\"", line))
		return;
	ip_format(&entry.first, first);
	ip_format(&entry.last, last);
	is_str(first, want_first, "from %s", want_first);
	is_str(last, want_last, "to %s", want_last);
}

static void test_networks(void)
{
	is_network("1.2.3.4", "1.2.3.4", "1.2.3.4");
	is_network(" \t1.2.3.4 name of it", "1.2.3.4", "1.2.3.4");
	is_network("1.2.3.0/24#comment", "1.2.3.0", "1.2.3.255");
	is_network("1.2.3.77/24", "1.2.3.0", "1.2.3.255");
	is_network("0.0.0.0/0", "0.0.0.0", "255.255.255.255");
	is_network("2001:db8::1/33,x", "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff");
	is_network("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	is_network("::/80", "::", "::fffe:ffff:ffff");
	is_network("::ffff:5.9.0.0/112", "5.9.0.0", "5.9.255.255");
	is_network("1.2.3.4-1.2.4.0", "1.2.3.4", "1.2.4.0");
	is_network("1.2.3.4 - 1.2.4.0 , 000 , name", "1.2.3.4", "1.2.4.0");
	is_network("2001:db8::1-2001:db8::f\r", "2001:db8::1", "2001:db8::f");
	is_network("1.2.3.0/24,AS5 /24 1.2.3.4", "1.2.3.0", "1.2.3.255");
	is_network("1.2.3.4 # 1.2.3.5", "1.2.3.4", "1.2.3.4");
	is_network("1.2.3.4 /etc/24", "1.2.3.4", "1.2.3.4");
	is_network("ExitAddress 5.9.1.1 2026-11-20 11:03:45", "5.9.1.1", "5.9.1.1");
}

static void test_systems(void)
{
	static const struct {
		const char *line;
		uint32_t asn; /* 0: rejected */
	} rows[] = {
		{"AS9009 # M247", 9009}, {"as1", 1},	    {"AS4294967295,x", 4294967295}, {"AS4294967296", 0},
		{"AS0", 0},		 {"AS12345678901", 0}, {"AS 5", 0},		    {"AS5x", 0},
	};
	const char *why;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct netlist_entry entry = {0};
		enum netlist_line what = netlist_read(rows[i].line, strlen(rows[i].line), &entry, &why);

		is_int(what, rows[i].asn ? NETLIST_NETWORK : NETLIST_REJECTED, "\"%s\"", rows[i].line);
		is_int(entry.asn, rows[i].asn, "AS number %u", (unsigned)rows[i].asn);
	}
}

static void test_rejected(void)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{"example.org", "no address, range or AS number"},
		{"10/8", "no address, range or AS number"},
		{"1.2.3.4:80", "no address, range or AS number"},
		{"1.2.3.4/33", "no such prefix length"},
		{"1.2.3.4/", "no such prefix length"},
		{"1.2.3.4/255.255.255.0", "no such prefix length"},
		{"1.2.3.4 - text", "its end is no address"},
		{"1.2.3.4-2001:db8::1", "a range of IPv4 and IPv6"},
		{"1.2.3.5-1.2.3.4", "its end is before its beginning"},
		{"AS0", "no such AS number"},
		{"1.2.3.4, 1.2.3.5", "more than one network in a line"},
		{"1.2.3.0\t1.2.3.255\t24", "more than one network in a line"},
		{"1.2.3.0 255.255.255.0", "more than one network in a line"},
		{"1.2.3.0 /24", "more than one network in a line"},
		{"1.2.3.0/24,2001:db8::/32", "more than one network in a line"},
		{"1.2.3.0-1.2.3.9 1.2.4.0-1.2.4.9", "more than one network in a line"},
		{"AS5 AS6", "more than one network in a line"},
		{"AS5,1.2.3.0/24", "more than one network in a line"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct netlist_entry entry;
		const char *why = "nothing wrong";

		is_int(netlist_read(rows[i].line, strlen(rows[i].line), &entry, &why), NETLIST_REJECTED, "\"%s\"",
		       rows[i].line);
		is_str(why, rows[i].why, "why not");
	}
}

static void test_nothing(void)
{
	static const char *const rows[] = {
		"", " \t\r", "#", " # 1.2.3.4", "; 1.2.3.4", "ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E",
		"Published 2026-11-20 10:00:00", "LastStatus 2026-11-20 11:00:00", "@type tordnsel 1.0",
		"Downloaded 2026-11-20 12:00:00",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct netlist_entry entry;
		const char *why;

		is_int(netlist_read(rows[i], strlen(rows[i]), &entry, &why), NETLIST_NOTHING, "\"%s\"", rows[i]);
	}
}

static void test_tag(void)
{
	static const char *const good[] = {"vpn", "a", "my-own2", "fifteen-letters"};
	static const char *const bad[] = {"", "VPN", "2go", "-x", "a b", "a_b", "\xc3\xa9", "sixteen-letters-"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(netlist_is_tag(good[i], strlen(good[i])), "\"%s\" is a tag", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!netlist_is_tag(bad[i], strlen(bad[i])), "\"%s\" is none", bad[i]);
	ok(netlist_is_tag("vpn=x", 3), "only so many bytes are looked at");
}

/* ---- lists ---- */

struct taken {
	unsigned count, most;
};

static bool take(void *context, const struct netlist_entry *entry)
{
	struct taken *taken = context;

	(void)entry;
	if (taken->count == taken->most)
		return false;
	taken->count++;
	return true;
}

static void read_text(struct netlist *list, struct taken *taken, const char *text, size_t piece)
{
	size_t len = strlen(text);

	taken->count = 0;
	netlist_init(list, take, taken);
	for (size_t at = 0; at < len; at += piece)
		netlist_feed(list, text + at, len - at < piece ? len - at : piece);
	netlist_end(list);
}

static void test_list(void)
{
	static const char text[] = "\xef\xbb\xbf"
				   "1.2.3.4\r\n# comment\n\nwrong \x1b[2J\xff line\n5.9.0.0/16\nAS5\n1.2.3.4/99";
	struct taken taken = {.most = 100};
	struct netlist list;

	for (size_t piece = 1; piece < sizeof(text); piece++) {
		read_text(&list, &taken, text, piece);
		if (list.lines != 7 || list.networks != 3 || list.rejected != 2 || taken.count != 3)
			break;
	}
	ok(list.lines == 7 && list.networks == 3 && list.rejected == 2 && taken.count == 3, "the same in any pieces");
	is_int(list.fault_count, 2, "both rejected lines are kept");
	is_int(list.faults[0].line, 4, "the number of the first");
	is_str(list.faults[0].text, "wrong \xef\xbf\xbd[2J\xef\xbf\xbd line", "its text is clean");
	is_int(list.faults[1].line, 7, "a last line without end");
	is_str(list.faults[1].why, "no such prefix length", "and why");
}

/* LF, CR and CR LF, in one list, cut anywhere. */
static void test_line_ends(void)
{
	static const char text[] = "1.2.3.4\r5.9.0.0/16\r\nAS5\n\r\rwrong\r\n\n1.2.3.5\r";
	struct taken taken = {.most = 100};
	struct netlist list;

	for (size_t piece = 1; piece <= sizeof(text); piece++) {
		read_text(&list, &taken, text, piece);
		ok(list.lines == 8 && list.networks == 4 && list.rejected == 1, "pieces of %zu: eight lines", piece);
		is_int((long)list.faults[0].line, 6, "the wrong one by its number");
	}
}

static void test_bounds(void)
{
	struct taken taken = {.most = 2};
	struct netlist list;

	read_text(&list, &taken, "1.1.1.1\n2.2.2.2\n3.3.3.3\n4.4.4.4\nx\n", 3);
	ok(list.full, "full");
	is_int(list.networks, 2, "no more than are taken");
	is_int(list.rejected, 0, "the rest is not read");
	taken.most = 100;
	read_text(&list, &taken, "a\nb\nc\nd\ne\nf\ng\n", 100);
	is_int(list.rejected, 7, "all rejected are counted");
	is_int(list.fault_count, NETLIST_FAULTS, "the first are kept");
	is_str(list.faults[NETLIST_FAULTS - 1].text, "e", "the last of them");
}

static void test_long(const char *name, unsigned blanks, const char *network, char behind, unsigned long_by,
		      int networks, int rejected)
{
	char text[1024];
	struct taken taken = {.most = 100};
	struct netlist list;
	size_t len = blanks;

	memset(text, ' ', sizeof(text));
	memcpy(text + len, network, strlen(network));
	len += strlen(network);
	memset(text + len, behind, long_by);
	text[len + long_by] = '\0';
	read_text(&list, &taken, text, 50);
	is_int(list.networks, networks, "%s: networks", name);
	is_int(list.rejected, rejected, "%s: rejected", name);
}

static void test_long_lines(void)
{
	test_long("a comment", 0, "#", 'x', 600, 0, 0);
	test_long("a network and a name", 0, "1.2.3.4 ", 'x', 600, 1, 0);
	test_long("a network and a comment", 0, "1.2.3.4#", 'x', 600, 1, 0);
	test_long("a network and blanks, and perhaps a range", 0, "1.2.3.4", ' ', 600, 0, 1);
	test_long("a word", 0, "", '1', 600, 0, 1);
	test_long("a network that ends with the look", NETLIST_LINE - 7, "1.2.3.4", '\0', 1, 1, 0);
	test_long("a network that ends behind it", NETLIST_LINE - 7, "1.2.3.45", '\0', 1, 0, 1);
	test_long("a network far behind it", NETLIST_LINE, "1.2.3.4", '\0', 1, 0, 1);
}

int main(void)
{
	test_networks();
	test_systems();
	test_rejected();
	test_nothing();
	test_tag();
	test_list();
	test_line_ends();
	test_bounds();
	test_long_lines();
	return tap_done();
}
