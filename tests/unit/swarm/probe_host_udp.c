/* The tracker of a story that speaks UDP (BEP 15), and the DNS server that knows its name. */
#include "probe_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "wire/bep15.h"
#include "wire/krpc.h"

enum {
	PORTS = 100,
	ROW = 12,
	DNS_HEAD = 12,
	DNS_RECORD = 28,
	DNS_PACKET = 512,
	TYPE_A = 1,
	TYPE_AAAA = 28,
	NO_SUCH_NAME = 3
};

static const uint32_t connection[PROBE_SOCKETS] = {0x1234, 0x6666, 0x7777, 0x4321, 0};

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint8_t *put32(uint8_t *p, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*p++ = (uint8_t)(value >> shift);
	return p;
}

/* ---- answers ---- */

struct datagram {
	const struct ip *from;
	uint16_t port;
	uint32_t action, transaction;
	struct probe_asked asked;
};

/* seeders/leechers/completed, or NULL: the truth. On the wire completed is in the middle. */
static uint8_t *put_row(uint8_t *p, const char *counts, int index)
{
	uint32_t seeders = (uint32_t)index + 1, leechers = 2 * (uint32_t)index, completed = 3 * (uint32_t)index;

	if (counts) {
		char *end;

		seeders = (uint32_t)strtoul(counts, &end, 10);
		leechers = (uint32_t)strtoul(end + 1, &end, 10);
		completed = (uint32_t)strtoul(end + 1, NULL, 10);
	}
	return put32(put32(put32(p, seeders), completed), leechers);
}

static void answer(struct probe_host *h, const struct datagram *d, const char *words)
{
	unsigned at = strstr(words, "from port")      ? PROBE_AT_PORT
		      : strstr(words, "from address") ? PROBE_AT_ADDRESS
						      : h->lives_at;
	const char *counts = strchr(words, '/');
	uint8_t bytes[8 + ROW * PROBE_HASHES], *p = put32(put32(bytes, d->action), d->transaction);

	while (counts && counts > words && counts[-1] != ' ')
		counts--;
	if (d->action == BEP15_CONNECT)
		p = put32(put32(p, 0), connection[at]);
	for (size_t i = 0; i < d->asked.count; i++)
		p = put_row(p, counts, probe_script_index(h->script, d->asked.hashes[i]));
	udp_send(h->udp[at], d->from, d->port, bytes, (size_t)(p - bytes));
}

static void refuse(struct probe_host *h, const struct datagram *d, const char *words)
{
	uint8_t bytes[8 + PROBE_WORDS];
	struct buf text;

	buf_init(&text, PROBE_WORDS);
	if (!probe_script_text(h->script, PROBE_BENCODE, words, &text))
		h->bail(h->context, "the words of an error cannot be understood");
	memcpy(put32(put32(bytes, BEP15_ERROR), d->transaction), buf_str(&text), text.len);
	udp_send(h->udp[h->lives_at], d->from, d->port, bytes, 8 + text.len);
	buf_done(&text);
}

static void play(struct probe_host *h, const struct probe_rule *rule, const struct datagram *d)
{
	for (size_t i = 0; i < rule->count; i++) {
		const struct probe_part *part = &rule->parts[i];

		if (strcmp(part->verb, "answers") == 0)
			answer(h, d, part->words);
		else if (strcmp(part->verb, "error") == 0)
			refuse(h, d, part->words);
		else if (strcmp(part->verb, "silent") != 0)
			h->bail(h->context, "trackers by UDP cannot do this");
	}
}

/* ---- questions ---- */

static const char *const places[] = {"", " at another port", " at 127.0.0.2", " at ::1"};

static void tell_question(struct probe_host *h, unsigned at, const uint8_t *bytes, const struct datagram *d)
{
	struct buf names;

	buf_init(&names, PROBE_LINE);
	probe_script_name(h->script, &d->asked, &names);
	if (d->action == BEP15_CONNECT)
		probe_host_tell(h, "connect%s", places[at]);
	else
		probe_host_tell(h, "scrape %s%s%s", buf_str(&names), places[at],
				get32(bytes + 4) == connection[at] ? "" : " with a connection id of somebody else");
	buf_done(&names);
}

/* A node that knows nobody. */
static void hear_dht(struct probe_host *h, unsigned at, const struct ip *from, uint16_t port, const uint8_t *bytes,
		     size_t len)
{
	static const char head[] = "d1:rd2:id20:abcdefghij0123456789e1:t";
	struct krpc_message query;
	struct buf reply;

	if (krpc_read(bytes, len, &query) || query.method.len < 1 || query.method.bytes[0] != 'f') {
		h->bail(h->context, "a first node is asked for something else than nodes");
		return;
	}
	probe_host_tell(h, "find_node%s", places[at]);
	if (at != h->lives_at)
		return;
	buf_init(&reply, PROBE_LINE);
	buf_printf(&reply, "%s%zu:", head, query.tid.len);
	buf_add(&reply, query.tid.bytes, query.tid.len);
	buf_puts(&reply, "1:y1:re");
	udp_send(h->udp[at], from, port, buf_str(&reply), reply.len);
	buf_done(&reply);
}

static void hear(struct probe_host *h, unsigned at, const struct ip *from, uint16_t port, const uint8_t *bytes,
		 size_t len)
{
	struct datagram d = {.from = from, .port = port};

	if (h->speech == PROBE_SPEAKS_DHT) {
		hear_dht(h, at, from, port, bytes, len);
		return;
	}
	if (len < BEP15_CONNECT_SIZE) {
		h->bail(h->context, "the probe sent a datagram that is no question");
		return;
	}
	d.action = get32(bytes + 8);
	d.transaction = get32(bytes + 12);
	for (size_t i = 16; i + INFO_HASH <= len; i += INFO_HASH)
		memcpy(d.asked.hashes[d.asked.count++], bytes + i, INFO_HASH);
	if (d.action == BEP15_CONNECT ? len != BEP15_CONNECT_SIZE
				      : d.action != BEP15_SCRAPE || !d.asked.count || (len - 16) % INFO_HASH)
		h->bail(h->context, "the probe sent something else than connects and scrapes");
	tell_question(h, at, bytes, &d);
	if (at != h->lives_at)
		return;
	if (d.action == BEP15_CONNECT)
		play(h, probe_script_find(h->script, true, ++h->connects), &d);
	else
		play(h, probe_script_find(h->script, false, ++h->questions), &d);
}

static void heard_home(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len)
{
	hear(context, PROBE_AT_HOME, from, port, bytes, len);
}

static void heard_port(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len)
{
	hear(context, PROBE_AT_PORT, from, port, bytes, len);
}

static void heard_address(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len)
{
	hear(context, PROBE_AT_ADDRESS, from, port, bytes, len);
}

static void heard_v6(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len)
{
	hear(context, PROBE_AT_V6, from, port, bytes, len);
}

/* ---- names ---- */

bool probe_host_name(struct probe_host *h, char *rest)
{
	static const struct {
		const char *word;
		int code;
	} codes[] = {{"none", NO_SUCH_NAME}, {"broken", 2}, {"silent", -1}};
	struct probe_zone *z = &h->zone[h->zone_count];
	char *colon = strstr(rest, ": "), *save = NULL;

	if (h->zone_count == PROBE_ZONE || !colon)
		return false;
	*colon = '\0';
	*z = (struct probe_zone){0};
	str_copy(z->name, sizeof(z->name), rest);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(colon + 2, codes[i].word) == 0)
			z->code = codes[i].code;
	for (char *word = strtok_r(colon + 2, " ", &save); word && !z->code; word = strtok_r(NULL, " ", &save))
		if (z->count == 4 || ip_parse(word, strlen(word), &z->addresses[z->count++]))
			return false;
	h->zone_count++;
	return true;
}

/* The name of the question as text; what follows it begins there. */
static size_t question_name(const uint8_t *bytes, size_t len, char *name, size_t size)
{
	size_t at = DNS_HEAD, n = 0;

	while (at < len && bytes[at] && n + bytes[at] + 2 < size) {
		for (size_t i = 1; i <= bytes[at]; i++)
			name[n++] = (char)(bytes[at + i] >= 'A' && bytes[at + i] <= 'Z' ? bytes[at + i] | 32
											: bytes[at + i]);
		name[n++] = '.';
		at += bytes[at] + 1u;
	}
	name[n ? n - 1 : 0] = '\0';
	return at + 1;
}

/* A record with an address. Returns its end. */
static uint8_t *put_record(uint8_t *p, uint8_t type, const struct ip *ip)
{
	const uint8_t size = type == TYPE_A ? 4 : sizeof(ip->b),
		      head[] = {0xc0, DNS_HEAD, 0, type, 0, 1, 0, 0, 0, 60, 0, size};

	memcpy(p, head, sizeof(head));
	memcpy(p + sizeof(head), ip->b + sizeof(ip->b) - size, size);
	return p + sizeof(head) + size;
}

static void heard_dns(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len)
{
	static const struct probe_zone unknown = {.code = NO_SUCH_NAME};
	struct probe_host *h = context;
	const struct probe_zone *z = &unknown;
	uint8_t out[DNS_PACKET + 4 * DNS_RECORD] = {0};
	char name[256];
	size_t end, at;

	if (len < DNS_HEAD || len > DNS_PACKET)
		return;
	end = question_name(bytes, len, name, sizeof(name));
	at = end + 4;
	if (at > len)
		return;
	for (size_t i = 0; i < h->zone_count; i++)
		if (strcmp(h->zone[i].name, name) == 0)
			z = &h->zone[i];
	if (z->code < 0)
		return;
	memcpy(out, bytes, at);
	out[2] = 0x81;
	out[3] = (uint8_t)(0x80 | z->code);
	memset(out + 6, 0, 6);
	for (size_t i = 0; i < z->count; i++) {
		if (bytes[end + 1] != (ip_is4(&z->addresses[i]) ? TYPE_A : TYPE_AAAA))
			continue;
		at = (size_t)(put_record(out + at, bytes[end + 1], &z->addresses[i]) - out);
		out[7]++;
	}
	udp_send(h->udp[PROBE_AT_DNS], from, port, out, at);
}

/* ---- sockets ---- */

static bool open_at(struct probe_host *h, unsigned at, uint32_t address, uint16_t port,
		    void (*heard)(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes,
				  size_t len))
{
	struct udp_events events = {.packet = heard, .context = h};
	struct ip ip = ip_from_v4(address);

	return udp_open(h->loop, &ip, port, &events, &h->udp[at], NULL) == 0;
}

/* False: somebody else has that port. Not every machine has the address. */
static bool open_v6(struct probe_host *h, uint16_t port)
{
	struct udp_events events = {.packet = heard_v6, .context = h};
	struct ip ip = {{[15] = 1}};

	return udp_open(h->loop, &ip, port, &events, &h->udp[PROBE_AT_V6], NULL) != -EADDRINUSE;
}

/* The other addresses have the same port: somebody else may have it. */
static bool open_all(struct probe_host *h)
{
	for (unsigned i = 0; i < PORTS; i++) {
		if (!open_at(h, PROBE_AT_HOME, 0x7f000001, 0, heard_home))
			return false;
		if (open_at(h, PROBE_AT_ADDRESS, 0x7f000002, udp_port(h->udp[PROBE_AT_HOME]), heard_address)) {
			if (open_v6(h, udp_port(h->udp[PROBE_AT_HOME])))
				return true;
			udp_free(h->udp[PROBE_AT_ADDRESS]);
		}
		udp_free(h->udp[PROBE_AT_HOME]);
	}
	return false;
}

void probe_host_begin_udp(struct probe_host *h)
{
	if (!open_all(h) || !open_at(h, PROBE_AT_PORT, 0x7f000001, 0, heard_port) ||
	    !open_at(h, PROBE_AT_DNS, 0x7f000001, 0, heard_dns)) {
		printf("Bail out! no sockets for datagrams\n");
		exit(1);
	}
	h->udp_port = udp_port(h->udp[PROBE_AT_HOME]);
	h->dns_port = udp_port(h->udp[PROBE_AT_DNS]);
}

void probe_host_end_udp(struct probe_host *h)
{
	for (unsigned i = 0; i < PROBE_SOCKETS; i++)
		udp_free(h->udp[i]);
}
