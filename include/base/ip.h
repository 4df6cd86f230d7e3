/* Addresses, prefixes, and what kind of address one is. One table serves geolocation, SSRF checks and the DHT. */
#ifndef BASE_IP_H
#define BASE_IP_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Network order; IPv4 as ::ffff:a.b.c.d, so that a v4-mapped address *is* its IPv4 address. */
struct ip {
	uint8_t b[16];
};

/* In two words: who reads more of an address than was written at once waits for both, in every processor. */
static inline struct ip ip_from_v4(uint32_t host_order)
{
	const uint64_t words[] = {0, htobe64(UINT64_C(0xffff) << 32 | host_order)};
	struct ip ip;

	memcpy(ip.b, words, sizeof(ip.b));
	return ip;
}

enum { IP_TEXT = 46 }; /* room for any address as text */

/* What an address is for, by the IANA special-purpose registries (RFC 6890 and later entries). */
enum ip_kind {
	IP_GLOBAL,      /* may be looked up and connected to */
	IP_UNSPECIFIED, /* 0.0.0.0/8, :: */
	IP_LOOPBACK,
	IP_PRIVATE, /* RFC 1918, fc00::/7, fec0::/10 */
	IP_LINK_LOCAL,
	IP_CGNAT, /* 100.64.0.0/10 */
	IP_MULTICAST,
	IP_RESERVED, /* documentation, benchmarking, 240/4, discard-only, what IANA has not given out ... */
};

/* Reads "1.2.3.4", "2001:db8::1", "::ffff:1.2.3.4"; no brackets, no port, no zone, no leading zeros or short forms in
 * dotted quads. `len` bytes, no NUL needed. 0 or -EINVAL. Fast: called for every peer of every poll. */
int ip_parse(const char *text, size_t len, struct ip *ip);
/* IPv4 dotted, IPv6 by RFC 5952 (as inet_ntop(3) writes it). */
void ip_format(const struct ip *ip, char text[IP_TEXT]);
bool ip_is4(const struct ip *ip);
/* IPv4 address in host order; only for ip_is4(). */
uint32_t ip_v4(const struct ip *ip);
bool ip_equal(const struct ip *a, const struct ip *b);

/* The kind of the address itself; an IPv6 address that embeds an IPv4 one (6to4 2002::/16 RFC 3056, Teredo 2001::/32
 * RFC 4380, NAT64 64:ff9b::/96 RFC 6052, IPv4-compatible ::/96) has the kind of what is inside. */
enum ip_kind ip_kind(const struct ip *ip);
/* The address to look up for a place: the IPv4 address inside 6to4, Teredo (bits inverted) and NAT64, else itself. */
struct ip ip_located(const struct ip *ip);

struct ip_prefix {
	struct ip ip;
	uint8_t bits; /* 0-128, counted in the 128-bit form: an IPv4 /24 is 120 */
};

/* "10.0.0.0/8", "2001:db8::/32", or one address. Bits behind the prefix must be 0. 0 or -EINVAL. */
int ip_prefix_parse(const char *text, struct ip_prefix *prefix);
/* An IPv4 address is in no IPv6 prefix shorter than 96 bits: "::/0" and the "::/8" of bogon lists hold IPv6 only. */
bool ip_in(const struct ip *ip, const struct ip_prefix *prefix);

/* Hides the host part for the eyes of others: "5.9.x.x", "2a01:4f8:x". No address to parse back. */
void ip_format_hidden(const struct ip *ip, char text[IP_TEXT]);

#endif
