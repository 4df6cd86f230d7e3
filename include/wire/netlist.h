/* Lists of networks, as people publish and keep them: one network a line.
 *
 *     line    = [ network [ what is ignored ] ] [ comment ]
 *     network = address | address "/" bits | address "-" address | "AS" number | "ExitAddress" address
 *     comment = "#" or ";" to the end of the line, also right behind a network
 *
 * What follows a network after white space or a comma is ignored: names, ports and dates of many formats; but a line
 * with another network there, or with bits behind a blank, is rejected. Host bits behind a prefix are cleared, as
 * ipset(8) and nft(8) do. Read like this are plain lists of addresses, FireHOL's .ipset and .netset, X4BNet's ipv4.txt,
 * ipv6.txt and ASN.txt, Tor's bulk exit list, and Tor's exit list (TorDNSEL's exitlist-spec), whose lines ExitNode,
 * Published and LastStatus name no address, nor do @type and Downloaded of CollecTor's copies. Lines end in LF, CR LF
 * or CR; a byte order mark is passed over. What is no network is rejected and counted; the first few are kept so that a
 * user can be told. */
#ifndef WIRE_NETLIST_H
#define WIRE_NETLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

enum {
	NETLIST_LINE = 256,      /* bytes of a line that are looked at: a network must end within */
	NETLIST_FAULTS = 5,      /* rejected lines that are kept */
	NETLIST_SHOWN_COLS = 40, /* columns of each */
	NETLIST_TAG = 16,        /* bytes of a tag, NUL included */
};

struct netlist_entry {
	uint32_t asn; /* an autonomous system; 0: the range instead */
	/* Of one family, first <= last. An IPv6 range may reach over ::ffff:0:0/96, which is not meant. */
	struct ip first, last;
};

enum netlist_line {
	NETLIST_NOTHING, /* blank, or only a comment; or a line of a Tor exit list that names no address */
	NETLIST_NETWORK,
	NETLIST_REJECTED,
};

/* A rejected line. */
struct netlist_fault {
	uint64_t line;                         /* from 1 */
	const char *why;                       /* "no address, range or AS number" ... */
	char text[4 * NETLIST_SHOWN_COLS + 1]; /* clean */
};

/* Reads one line without its end. *entry is written for NETLIST_NETWORK, *why (a constant text) for
 * NETLIST_REJECTED. */
enum netlist_line netlist_read(const char *line, size_t len, struct netlist_entry *entry, const char **why);

/* Is it a network, and nothing else but a comment? *entry may be written in any case. */
bool netlist_is_network(const char *text, size_t len, struct netlist_entry *entry);

/* Is it the name of a tag? A lower-case letter, then these, digits and '-', shorter than NETLIST_TAG. */
bool netlist_is_tag(const char *text, size_t len);

/* A list that comes in pieces. Made by netlist_init(); needs no end but netlist_end(). */
struct netlist {
	/* Gets each network; false when there are too many: the rest of the list is left unread. */
	bool (*take)(void *context, const struct netlist_entry *entry);
	void *context;
	uint64_t lines;              /* that have ended */
	uint64_t networks, rejected; /* lines */
	bool full;                   /* `take` said so */
	unsigned fault_count;
	struct netlist_fault faults[NETLIST_FAULTS]; /* the first ones */
	size_t held;                                 /* bytes in `line` */
	bool cut;                                    /* the line is longer */
	bool cr;                                     /* the last byte was one */
	char line[NETLIST_LINE];
};

void netlist_init(struct netlist *list, bool (*take)(void *context, const struct netlist_entry *entry), void *context);
void netlist_feed(struct netlist *list, const void *bytes, size_t len);
/* The last line may have no end. */
void netlist_end(struct netlist *list);

#endif
