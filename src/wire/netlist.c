/* Lines of address lists. It does not know where a list comes from, nor what being in it means.
 *
 * A line is read from its first NETLIST_LINE bytes: no network is longer, and comments of many kilobytes are common. */
#include "wire/netlist.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/words.h"

static const char no_network[] = N_("no address, range or AS number");
static const char bad_prefix[] = N_("no such prefix length");
static const char bad_range[] = N_("its end is no address");
static const char mixed_range[] = N_("a range of IPv4 and IPv6");
static const char turned_range[] = N_("its end is before its beginning");
static const char bad_asn[] = N_("no such AS number");
static const char long_line[] = N_("too long");
static const char second_network[] = N_("more than one network in a line");

struct slice {
	const char *at, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool is_comment(char c)
{
	return c == '#' || c == ';';
}

static void skip_blanks(struct slice *s)
{
	while (s->at < s->end && is_blank(*s->at))
		s->at++;
}

static bool ends_word(const struct slice *s)
{
	return s->at == s->end || is_blank(*s->at) || is_comment(*s->at) || *s->at == ',';
}

/* The word at the beginning, without what may end an address: '-' stands between the two of a range. */
static struct slice take_word(struct slice *s, bool stops_at_dash)
{
	struct slice word = {s->at, s->at};

	while (!ends_word(s) && !(stops_at_dash && *s->at == '-'))
		s->at++;
	word.end = s->at;
	return word;
}

static size_t length(struct slice s)
{
	return (size_t)(s.end - s.at);
}

static bool is_word(struct slice s, const char *word)
{
	return length(s) == strlen(word) && strncasecmp(s.at, word, length(s)) == 0;
}

/* One to `digits` decimal digits and nothing else; false also above UINT32_MAX. */
static bool read_number(struct slice s, size_t digits, uint64_t *number)
{
	uint64_t value = 0;

	if (s.at == s.end || length(s) > digits)
		return false;
	for (; s.at < s.end; s.at++) {
		if (*s.at < '0' || *s.at > '9')
			return false;
		value = value * 10 + (uint64_t)(*s.at - '0');
	}
	if (value > UINT32_MAX)
		return false;
	*number = value;
	return true;
}

static enum netlist_line reject(const char **why, const char *reason)
{
	*why = reason;
	return NETLIST_REJECTED;
}

/* ---- networks ---- */

/* Sets the bits behind the first `bits` of 128. */
static void set_host(struct ip *ip, unsigned bits, bool ones)
{
	for (unsigned i = 0; i < sizeof(ip->b); i++) {
		unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
		uint8_t host = kept >= 8 ? 0 : (uint8_t)(0xff >> kept);

		ip->b[i] = ones ? ip->b[i] | host : ip->b[i] & (uint8_t)~host;
	}
}

static enum netlist_line read_prefix(struct slice word, const char *slash, struct netlist_entry *entry,
				     const char **why)
{
	struct slice digits = {slash + 1, word.end};
	size_t len = (size_t)(slash - word.at);
	unsigned width = memchr(word.at, ':', len) ? 128 : 32;
	uint64_t bits;
	struct ip ip;

	if (ip_parse(word.at, len, &ip))
		return reject(why, no_network);
	if (!read_number(digits, 3, &bits) || bits > width)
		return reject(why, bad_prefix);
	bits += 128 - width;
	*entry = (struct netlist_entry){.first = ip, .last = ip};
	set_host(&entry->first, (unsigned)bits, false);
	set_host(&entry->last, (unsigned)bits, true);
	/* ::/80 and its like end with the mapped addresses, which are IPv4 here. */
	if (ip_is4(&entry->last) && !ip_is4(&entry->first))
		entry->last = (struct ip){{[10] = 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff}};
	return NETLIST_NETWORK;
}

/* `rest` begins with the '-'. */
static enum netlist_line read_range(const struct ip *first, struct slice *rest, struct netlist_entry *entry,
				    const char **why)
{
	struct slice word;
	struct ip last;

	rest->at++;
	skip_blanks(rest);
	word = take_word(rest, false);
	if (ip_parse(word.at, length(word), &last))
		return reject(why, bad_range);
	if (ip_is4(first) != ip_is4(&last))
		return reject(why, mixed_range);
	if (memcmp(first, &last, sizeof(last)) > 0)
		return reject(why, turned_range);
	*entry = (struct netlist_entry){.first = *first, .last = last};
	return NETLIST_NETWORK;
}

/* An address, or the range that it begins. */
static enum netlist_line read_address(struct slice word, struct slice *rest, struct netlist_entry *entry,
				      const char **why)
{
	struct ip ip;

	if (ip_parse(word.at, length(word), &ip))
		return reject(why, no_network);
	skip_blanks(rest);
	if (rest->at < rest->end && *rest->at == '-')
		return read_range(&ip, rest, entry, why);
	*entry = (struct netlist_entry){.first = ip, .last = ip};
	return NETLIST_NETWORK;
}

/* 0 is no system (RFC 7607). */
static enum netlist_line read_asn(struct slice word, struct netlist_entry *entry, const char **why)
{
	struct slice digits = {word.at + 2, word.end};
	uint64_t asn;

	if (!read_number(digits, 10, &asn) || asn == 0)
		return reject(why, bad_asn);
	*entry = (struct netlist_entry){.asn = (uint32_t)asn};
	return NETLIST_NETWORK;
}

static bool begins_asn(struct slice word)
{
	return length(word) > 2 && strncasecmp(word.at, "AS", 2) == 0 && word.at[2] >= '0' && word.at[2] <= '9';
}

/* Facts of a Tor exit list beside the addresses; the last two are of CollecTor, which archives them. */
static bool is_tor_fact(struct slice word)
{
	return is_word(word, "ExitNode") || is_word(word, "Published") || is_word(word, "LastStatus") ||
	       is_word(word, "@type") || is_word(word, "Downloaded");
}

/* What is ignored behind a network is not to be one, nor "/24" behind a blank: less would be read than is meant. Behind
 * a prefix the number of its AS tells whose it is. */
static bool names_another(struct slice rest, const struct netlist_entry *entry)
{
	struct slice word;
	const char *slash;
	uint64_t bits;
	struct ip ip;

	while (rest.at < rest.end && (is_blank(*rest.at) || *rest.at == ','))
		rest.at++;
	word = take_word(&rest, true);
	slash = memchr(word.at, '/', length(word));
	if (slash && slash == word.at)
		return read_number((struct slice){slash + 1, word.end}, 3, &bits);
	return (entry->asn && begins_asn(word)) ||
	       ip_parse(word.at, slash ? (size_t)(slash - word.at) : length(word), &ip) == 0;
}

/* Leaves in *rest what was not looked at. */
static enum netlist_line read_network(struct slice *rest, struct netlist_entry *entry, const char **why)
{
	struct slice word;
	const char *slash;

	skip_blanks(rest);
	if (rest->at == rest->end || is_comment(*rest->at))
		return NETLIST_NOTHING;
	word = take_word(rest, true);
	if (is_tor_fact(word))
		return NETLIST_NOTHING;
	if (is_word(word, "ExitAddress")) {
		skip_blanks(rest);
		word = take_word(rest, true);
	}
	slash = memchr(word.at, '/', length(word));
	if (slash && ends_word(rest))
		return read_prefix(word, slash, entry, why);
	if (begins_asn(word) && ends_word(rest))
		return read_asn(word, entry, why);
	return read_address(word, rest, entry, why);
}

static enum netlist_line read_line(struct slice *rest, struct netlist_entry *entry, const char **why)
{
	enum netlist_line what = read_network(rest, entry, why);

	return what == NETLIST_NETWORK && names_another(*rest, entry) ? reject(why, second_network) : what;
}

enum netlist_line netlist_read(const char *line, size_t len, struct netlist_entry *entry, const char **why)
{
	return read_line(&(struct slice){line, line + len}, entry, why);
}

bool netlist_is_network(const char *text, size_t len, struct netlist_entry *entry)
{
	struct slice rest = {text, text + len};
	const char *why;

	if (read_line(&rest, entry, &why) != NETLIST_NETWORK)
		return false;
	skip_blanks(&rest);
	return rest.at == rest.end || is_comment(*rest.at);
}

bool netlist_is_tag(const char *text, size_t len)
{
	if (len == 0 || len >= NETLIST_TAG || *text < 'a' || *text > 'z')
		return false;
	for (size_t i = 1; i < len; i++)
		if (!(text[i] >= 'a' && text[i] <= 'z') && !(text[i] >= '0' && text[i] <= '9') && text[i] != '-')
			return false;
	return true;
}

/* ---- lists ---- */

void netlist_init(struct netlist *list, bool (*take)(void *context, const struct netlist_entry *entry), void *context)
{
	*list = (struct netlist){.take = take, .context = context};
}

static void note_fault(struct netlist *list, const char *why)
{
	struct netlist_fault *fault;

	list->rejected++;
	if (list->fault_count == NETLIST_FAULTS)
		return;
	fault = &list->faults[list->fault_count++];
	fault->line = list->lines;
	fault->why = why;
	text_clean(fault->text, sizeof(fault->text), list->line, list->held, NETLIST_SHOWN_COLS);
}

static void pass_mark(struct netlist *list)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t len = sizeof(mark) - 1;

	if (list->lines != 1 || list->held < len || memcmp(list->line, mark, len) != 0)
		return;
	list->held -= len;
	memmove(list->line, list->line + len, list->held);
}

static void end_line(struct netlist *list)
{
	struct netlist_entry entry;
	const char *why = NULL;
	enum netlist_line what;
	struct slice rest;

	list->lines++;
	pass_mark(list);
	rest = (struct slice){list->line, list->line + list->held};
	what = read_line(&rest, &entry, &why);
	/* What reaches the end of the look may go on behind it. */
	if (list->cut && rest.at == rest.end && what != NETLIST_REJECTED)
		what = reject(&why, long_line);
	if (what == NETLIST_REJECTED)
		note_fault(list, why);
	if (what == NETLIST_NETWORK && list->take(list->context, &entry))
		list->networks++;
	else if (what == NETLIST_NETWORK)
		list->full = true;
	list->held = 0;
	list->cut = false;
}

static void hold(struct netlist *list, const char *bytes, size_t len)
{
	size_t room = sizeof(list->line) - list->held;

	if (len > room) {
		list->cut = true;
		len = room;
	}
	memcpy(list->line + list->held, bytes, len);
	list->held += len;
}

/* CR LF is one end of a line, also with a cut between the two. */
static const char *pass_end(struct netlist *list, const char *at)
{
	bool second = list->cr && *at == '\n';

	list->cr = *at == '\r';
	if (!second)
		end_line(list);
	return at + 1;
}

static bool is_end(char c)
{
	return c == '\n' || c == '\r';
}

void netlist_feed(struct netlist *list, const void *bytes, size_t len)
{
	const char *at = bytes, *end = at + len;

	while (at < end && !list->full) {
		const char *stop = at;

		while (stop < end && !is_end(*stop))
			stop++;
		if (stop > at)
			list->cr = false;
		hold(list, at, (size_t)(stop - at));
		at = stop < end ? pass_end(list, stop) : stop;
	}
}

void netlist_end(struct netlist *list)
{
	if (!list->full && (list->held > 0 || list->cut))
		end_line(list);
}
