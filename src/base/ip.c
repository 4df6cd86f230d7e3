/* Addresses: text to bytes and back, and what kind of address one is. It resolves no names and opens no sockets. */
#include "base/ip.h"

#include <errno.h>
#include <string.h>

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

/* Value of a hex digit + 1; 0 = no digit. */
static const uint8_t hex_digit[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* Reads 0-255 without leading zeros; the place behind it, or NULL. */
static inline const char *read_octet(const char *p, const char *end, uint8_t *octet)
{
	unsigned value, digit;

	if (p == end)
		return NULL;
	value = (unsigned char)*p++ - (unsigned)'0';
	if (value > 9)
		return NULL;
	while (p < end && (digit = (unsigned char)*p - (unsigned)'0') <= 9) {
		value = value * 10 + digit;
		if (value > 255 || value == digit)
			return NULL;
		p++;
	}
	*octet = (uint8_t)value;
	return p;
}

static inline bool read_quad(const char *p, const char *end, uint8_t quad[4])
{
	for (int i = 0; i < 4; i++) {
		if (i > 0 && (p == end || *p++ != '.'))
			return false;
		p = read_octet(p, end, &quad[i]);
		if (!p)
			return false;
	}
	return p == end;
}

/* Reads one to four hex digits, high byte first; the place behind them, or NULL. */
static const char *read_group(const char *p, const char *end, uint8_t group[2])
{
	const char *start = p;
	unsigned value = 0, digit;

	while (p < end && p - start < 4 && (digit = hex_digit[(unsigned char)*p]) > 0) {
		value = value << 4 | (digit - 1);
		p++;
	}
	if (p == start)
		return NULL;
	group[0] = (uint8_t)(value >> 8);
	group[1] = (uint8_t)value;
	return p;
}

/* RFC 4291 section 2.2. `at` counts bytes written; `gap` is where "::" stands, -1 = nowhere yet. */
static bool read_groups(const char *p, const char *end, uint8_t b[16])
{
	int at = 0, gap = -1;
	bool dotted = end - p >= 9 && memchr(end - 4, '.', 4); /* ends in a dotted quad, if it is an address */

	if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
		gap = 0;
		p += 2;
	}
	while (p < end) {
		if (dotted && at <= 12 && (at == 12 || gap >= 0) && read_quad(p, end, b + at)) {
			at += 4;
			break;
		}
		p = at < 16 ? read_group(p, end, b + at) : NULL;
		if (!p)
			return false;
		at += 2;
		if (p == end)
			break;
		if (*p++ != ':' || p == end)
			return false;
		if (*p != ':')
			continue;
		if (gap >= 0)
			return false;
		gap = at;
		p++;
	}
	if (gap < 0)
		return at == 16;
	memmove(b + 16 - (at - gap), b + gap, (size_t)(at - gap));
	memset(b + gap, 0, (size_t)(16 - at));
	return at < 16;
}

int ip_parse(const char *text, size_t len, struct ip *ip)
{
	struct ip read;

	memcpy(read.b, mapped, sizeof(mapped));
	if (!read_quad(text, text + len, read.b + 12) && !read_groups(text, text + len, read.b))
		return -EINVAL;
	*ip = read;
	return 0;
}

static char *write_decimal(char *p, unsigned value)
{
	if (value >= 100)
		*p++ = (char)('0' + value / 100);
	if (value >= 10)
		*p++ = (char)('0' + value / 10 % 10);
	*p++ = (char)('0' + value % 10);
	return p;
}

static char *write_quad(char *p, const uint8_t quad[4])
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*p++ = '.';
		p = write_decimal(p, quad[i]);
	}
	return p;
}

static unsigned group_at(const struct ip *ip, int i)
{
	return (unsigned)ip->b[2 * i] << 8 | ip->b[2 * i + 1];
}

static char *write_group(char *p, unsigned group)
{
	int shift = 12;

	while (shift > 0 && group >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*p++ = "0123456789abcdef"[group >> shift & 15];
	return p;
}

/* The longest run of two zero groups or more, the first of equals: its place, and its length in `*count`. */
static int longest_gap(const struct ip *ip, int *count)
{
	int best = -1, run = 0;

	*count = 1;
	for (int i = 0; i < 8; i++) {
		run = group_at(ip, i) == 0 ? run + 1 : 0;
		if (run > *count) {
			*count = run;
			best = i + 1 - run;
		}
	}
	return best;
}

/* RFC 5952 section 4; an IPv4-compatible address (::/96) as section 5 has it, "::192.0.2.1", like inet_ntop(3). */
static char *write_groups(char *p, const struct ip *ip)
{
	int count, gap = longest_gap(ip, &count);

	for (int i = 0; i < 8; i++) {
		if (i == gap) {
			*p++ = ':';
			i += count - 1;
			if (i == 7)
				*p++ = ':';
			continue;
		}
		if (i > 0)
			*p++ = ':';
		if (i == 6 && gap == 0 && count == 6)
			return write_quad(p, ip->b + 12);
		p = write_group(p, group_at(ip, i));
	}
	return p;
}

void ip_format(const struct ip *ip, char text[IP_TEXT])
{
	char *end = ip_is4(ip) ? write_quad(text, ip->b + 12) : write_groups(text, ip);

	*end = '\0';
}

void ip_format_hidden(const struct ip *ip, char text[IP_TEXT])
{
	bool v4 = ip_is4(ip);
	char *p = text;

	p = v4 ? write_decimal(p, ip->b[12]) : write_group(p, group_at(ip, 0));
	*p++ = v4 ? '.' : ':';
	p = v4 ? write_decimal(p, ip->b[13]) : write_group(p, group_at(ip, 1));
	memcpy(p, v4 ? ".x.x" : ":x", v4 ? 5 : 3);
}

bool ip_is4(const struct ip *ip)
{
	return memcmp(ip->b, mapped, sizeof(mapped)) == 0;
}

uint32_t ip_v4(const struct ip *ip)
{
	const uint8_t *b = ip->b + 12;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

struct kind4_row {
	uint32_t value, mask;
	enum ip_kind kind;
};

struct kind6_row {
	struct ip_prefix in;
	enum ip_kind kind;
};

#define V4(a, b, c, bits) (uint32_t)(a) << 24 | (b) << 16 | (c) << 8, (uint32_t)(0xffffffffu << (32 - (bits)))
#define V6(bits, ...)                                                                                                  \
	{                                                                                                              \
		{{__VA_ARGS__}}, bits                                                                                  \
	}

/* The first row that holds the address counts. IANA IPv4 and IPv6 Special-Purpose Address Registries; the few single
 * services in there that are reachable (such as 192.0.0.9) are no peers. */
static const struct kind4_row kinds4[] = {
	{V4(0, 0, 0, 8), IP_UNSPECIFIED},     /* this network, RFC 791 */
	{V4(10, 0, 0, 8), IP_PRIVATE},        /* RFC 1918 */
	{V4(100, 64, 0, 10), IP_CGNAT},       /* RFC 6598 */
	{V4(127, 0, 0, 8), IP_LOOPBACK},      /* RFC 1122 */
	{V4(169, 254, 0, 16), IP_LINK_LOCAL}, /* RFC 3927 */
	{V4(172, 16, 0, 12), IP_PRIVATE},     /* RFC 1918 */
	{V4(192, 0, 0, 24), IP_RESERVED},     /* IETF protocols, RFC 6890 */
	{V4(192, 0, 2, 24), IP_RESERVED},     /* documentation, RFC 5737 */
	{V4(192, 88, 99, 24), IP_RESERVED},   /* 6to4 relays, RFC 7526 */
	{V4(192, 168, 0, 16), IP_PRIVATE},    /* RFC 1918 */
	{V4(198, 18, 0, 15), IP_RESERVED},    /* benchmarking, RFC 2544 */
	{V4(198, 51, 100, 24), IP_RESERVED},  /* documentation, RFC 5737 */
	{V4(203, 0, 113, 24), IP_RESERVED},   /* documentation, RFC 5737 */
	{V4(224, 0, 0, 4), IP_MULTICAST},     /* RFC 5771 */
	{V4(240, 0, 0, 4), IP_RESERVED},      /* RFC 1112; and 255.255.255.255 */
	{0, 0, IP_GLOBAL},                    /* the rest */
};

static const struct kind6_row kinds6[] = {
	{V6(128, [15] = 0), IP_UNSPECIFIED},
	{V6(128, [15] = 1), IP_LOOPBACK},
	{V6(23, 0x20, 0x01), IP_RESERVED},             /* IETF protocols, RFC 2928 */
	{V6(32, 0x20, 0x01, 0x0d, 0xb8), IP_RESERVED}, /* documentation, RFC 3849 */
	{V6(20, 0x3f, 0xff), IP_RESERVED},             /* documentation, RFC 9637 */
	{V6(3, 0x20), IP_GLOBAL},
	{V6(7, 0xfc), IP_PRIVATE},
	{V6(10, 0xfe, 0x80), IP_LINK_LOCAL},
	{V6(10, 0xfe, 0xc0), IP_PRIVATE},
	{V6(8, 0xff), IP_MULTICAST},
	{V6(0, 0), IP_RESERVED}, /* not given out (RFC 4291 section 2.4), or special as 100::/64, 5f00::/16 are */
};

/* Where an IPv6 address hides an IPv4 one. */
static const struct embedding {
	struct ip_prefix in;
	uint8_t at;   /* byte of the IPv4 address */
	uint8_t flip; /* exclusive-or of its bytes */
	bool located; /* its place is that of the IPv4 address */
} embeddings[] = {
	{V6(16, 0x20, 0x02), 2, 0x00, true},              /* 6to4 */
	{V6(32, 0x20, 0x01), 12, 0xff, true},             /* Teredo */
	{V6(96, 0x00, 0x64, 0xff, 0x9b), 12, 0x00, true}, /* NAT64 */
	{V6(96, 0), 12, 0x00, false},                     /* IPv4-compatible */
};

static const struct embedding *embedding_of(const struct ip *ip)
{
	for (size_t i = 0; i < sizeof(embeddings) / sizeof(embeddings[0]); i++)
		if (ip_in(ip, &embeddings[i].in))
			return &embeddings[i];
	return NULL;
}

static struct ip inside(const struct ip *ip, const struct embedding *e)
{
	struct ip v4 = ip_from_v4(0);

	for (int i = 0; i < 4; i++)
		v4.b[12 + i] = ip->b[e->at + i] ^ e->flip;
	return v4;
}

static enum ip_kind kind_of4(const struct ip *ip)
{
	const struct kind4_row *row = kinds4;
	uint32_t v4 = ip_v4(ip);

	while ((v4 & row->mask) != row->value)
		row++;
	return row->kind;
}

static enum ip_kind kind_of6(const struct ip *ip)
{
	const struct kind6_row *row = kinds6;

	while (!ip_in(ip, &row->in))
		row++;
	return row->kind;
}

enum ip_kind ip_kind(const struct ip *ip)
{
	const struct embedding *e;
	enum ip_kind outer;
	struct ip v4;

	if (ip_is4(ip))
		return kind_of4(ip);
	outer = kind_of6(ip);
	e = embedding_of(ip);
	if (!e || outer == IP_UNSPECIFIED || outer == IP_LOOPBACK)
		return outer;
	v4 = inside(ip, e);
	return kind_of4(&v4);
}

struct ip ip_located(const struct ip *ip)
{
	const struct embedding *e = embedding_of(ip);

	return e && e->located ? inside(ip, e) : *ip;
}

/* "0" to `max` without leading zeros, and nothing behind it. */
static bool read_bits(const char *text, unsigned max, unsigned *bits)
{
	uint8_t octet;
	const char *end = text + strlen(text);

	if (read_octet(text, end, &octet) != end || octet > max)
		return false;
	*bits = octet;
	return true;
}

static bool has_host_bits(const struct ip *ip, unsigned bits)
{
	for (unsigned i = bits; i < 128; i++)
		if (ip->b[i / 8] & 0x80 >> i % 8)
			return true;
	return false;
}

int ip_prefix_parse(const char *text, struct ip_prefix *prefix)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	unsigned width = memchr(text, ':', len) ? 128 : 32;
	unsigned bits = width;
	struct ip ip;

	if (ip_parse(text, len, &ip) || (slash && !read_bits(slash + 1, width, &bits)))
		return -EINVAL;
	bits += 128 - width;
	if (has_host_bits(&ip, bits))
		return -EINVAL;
	*prefix = (struct ip_prefix){.ip = ip, .bits = (uint8_t)bits};
	return 0;
}

bool ip_in(const struct ip *ip, const struct ip_prefix *prefix)
{
	size_t whole = prefix->bits / 8;
	unsigned rest = prefix->bits % 8;

	if (memcmp(ip->b, prefix->ip.b, whole) != 0)
		return false;
	if (rest && (ip->b[whole] ^ prefix->ip.b[whole]) >> (8 - rest))
		return false;
	return prefix->bits >= 96 || !ip_is4(ip);
}
