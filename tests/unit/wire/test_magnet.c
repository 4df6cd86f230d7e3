/* Magnet links: what is read of them, what is refused, and what is written. */
#include "wire/magnet.h"

#include <errno.h>

#include "tap.h"

#define HEX "0123456789abcdef0123456789abcdef01234567"
#define HEX_V2 "fedcba98" HEX "0123456789abcdef"
#define BASE32 "AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH"

enum { ARENA_MAX = 65536 };

static int read_link(const char *text, struct arena *a, struct magnet *m, struct err *err)
{
	arena_init(a, ARENA_MAX);
	return magnet_read(text, strlen(text), a, m, err);
}

static void hashes(void)
{
	static const struct {
		const char *text, *hash;
		bool v1, v2;
	} cases[] = {
		{"magnet:?xt=urn:btih:" HEX, HEX, true, false},
		{"MAGNET:?dn=x&xt=URN:BTIH:" BASE32, HEX, true, false},
		{"magnet:?xt=urn%3Abtih%3a" HEX "&", HEX, true, false},
		{"magnet:?xt.1=urn:btih:" HEX "&xt.2=urn:ed2k:31D6CFE0D16AE931B73C59D7E0C089C0", HEX, true, false},
		{"magnet:?xt=urn:btih:" HEX "&xt=urn:btih:ffffffffffffffffffffffffffffffffffffffff", HEX, true, false},
		{"magnet:?xt=urn:btmh:1220" HEX_V2, "fedcba980123456789abcdef0123456789abcdef", false, true},
		{"magnet:?xt=urn:btih:" HEX "&xt=urn:btmh:1220" HEX_V2, HEX, true, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char hash[INFO_HASH_TEXT];
		struct err err = {{0}};
		struct magnet m;
		struct arena a;

		if (ok(read_link(cases[i].text, &a, &m, &err) == 0, "%s (%s)", cases[i].text, err.msg)) {
			info_hash_write(m.hash, hash);
			is_str(hash, cases[i].hash, "... has the hash");
			ok(m.has_v1 == cases[i].v1 && m.has_v2 == cases[i].v2, "... and the version");
			is_int(m.hash_v2[31], cases[i].v2 ? 0xef : 0, "... and its own hash for v2");
		}
		arena_done(&a);
	}
}

static void parameters(void)
{
	struct err err = {{0}};
	struct magnet m;
	struct arena a;
	int rc = read_link("magnet:?xt=urn:btih:" HEX "&amp;dn=a+b%20c%2B%1b%zz&amp;xl=12345&tr=udp%3A%2F%2Ft.test%3A80"
			   "&tr.1=http://t.test/a+b&tr=udp://t.test:80&tr=file:///etc&x.pe=192.0.2.1:80"
			   "&ws=http://s.test"
			   "&so=0&novalue&=&tr&dn=second&trx=udp://no.test",
			   &a, &m, &err);

	if (ok(rc == 0, "a link with all parameters (%s)", err.msg)) {
		is_str(m.name, "a b c+\xef\xbf\xbd%zz", "its name, decoded and clean");
		is_int(m.size, 12345, "its size");
		is_int(m.tracker_count, 2, "each tracker once, and no other URLs");
		is_str(m.trackers[0], "udp://t.test:80", "its first tracker");
		is_str(m.trackers[1], "http://t.test/a+b", "a numbered tracker, whose plus stays");
	}
	arena_done(&a);
	rc = read_link("magnet:?xt=urn:btih:" HEX "&xl=-1&xl=99999999999999999999&dn=", &a, &m, &err);
	ok(rc == 0 && m.size == 0, "a size that is none is unknown");
	is_str(rc == 0 ? m.name : NULL, "", "no name");
	arena_done(&a);
}

static void refused(void)
{
	static const struct {
		const char *text, *msg;
	} cases[] = {
		{"", "this is no magnet link: it does not begin with magnet:?"},
		{"http://x.test/?xt=urn:btih:" HEX, "this is no magnet link: it does not begin with magnet:?"},
		{"magnet:?", "the magnet link names no torrent (xt=urn:btih:...)"},
		{"magnet:?dn=urn:btih:" HEX, "the magnet link names no torrent (xt=urn:btih:...)"},
		{"magnet:?xt=urn", "the magnet link names no torrent (xt=urn:btih:...)"},
		{"magnet:?xt=urn:btih:" HEX "0",
		 "the info hash of the magnet link is not 40 hexadecimal or 32 base32 digits"},
		{"magnet:?xt=urn:btih:", "the info hash of the magnet link is not 40 hexadecimal or 32 base32 digits"},
		{"magnet:?xt=urn:btmh:1220" HEX,
		 "the v2 info hash of the magnet link is not 1220 and 64 hexadecimal digits"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct magnet m = {.size = 7};
		struct err err = {{0}};
		struct arena a;

		is_int(read_link(cases[i].text, &a, &m, &err), -EBADMSG, "'%s' is refused", cases[i].text);
		is_str(err.msg, cases[i].msg, "... and why");
		is_int(m.size, 7, "... and the result left alone");
		arena_done(&a);
	}
}

static void limits(void)
{
	static char text[MAGNET_MAX + 2] = "magnet:?xt=urn:btih:" HEX;
	size_t len = strlen(text);
	struct magnet m;
	struct arena a;

	for (int i = 0; i < MAGNET_TRACKERS + 6; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "&tr=udp://t%d.test:1", i);
	arena_init(&a, ARENA_MAX);
	is_int(magnet_read(text, len, &a, &m, NULL), 0, "more trackers than are kept");
	is_int(m.tracker_count, MAGNET_TRACKERS, "... are cut");
	memset(text + len, '&', sizeof(text) - len);
	is_int(magnet_read(text, MAGNET_MAX, &a, &m, NULL), 0, "the longest link");
	is_int(magnet_read(text, MAGNET_MAX + 1, &a, &m, NULL), -EBADMSG, "one longer");
	arena_done(&a);
	arena_init(&a, 64);
	is_int(magnet_read(text, len, &a, &m, NULL), -ENOMEM, "an arena that is too small");
	arena_done(&a);
}

static void written(void)
{
	uint8_t hash[INFO_HASH], hash_v2[INFO_HASH_V2];
	struct magnet m;
	struct arena a;
	struct buf out;

	info_hash_read(HEX, strlen(HEX), hash);
	buf_init(&out, MAGNET_MAX);
	is_int(magnet_write(hash, "a&b=c d\xc3\xa4.~", &out), 0, "a link is written");
	is_str(buf_str(&out), "magnet:?xt=urn:btih:" HEX "&dn=a%26b%3Dc%20d%C3%A4.~", "... with an escaped name");
	is_int(read_link(buf_str(&out), &a, &m, NULL), 0, "... and read");
	is_str(m.name, "a&b=c d\xc3\xa4.~", "... to the same name");
	arena_done(&a);
	buf_reset(&out);
	magnet_write(hash, "", &out);
	magnet_write(hash, NULL, &out);
	is_str(buf_str(&out), "magnet:?xt=urn:btih:" HEX "magnet:?xt=urn:btih:" HEX, "a name is not needed");
	buf_done(&out);
	buf_init(&out, MAGNET_MAX);
	info_hash_read_v2("1220" HEX_V2, strlen("1220" HEX_V2), hash_v2);
	is_int(magnet_write_v2(hash_v2, "a b", &out), 0, "a link to a v2 hash");
	is_str(buf_str(&out), "magnet:?xt=urn:btmh:1220" HEX_V2 "&dn=a%20b", "... is a multihash");
	buf_done(&out);
	buf_init(&out, 30);
	is_int(magnet_write(hash, NULL, &out), -ENOBUFS, "a buffer that is too small");
	buf_done(&out);
}

int main(void)
{
	hashes();
	parameters();
	refused();
	limits();
	written();
	return tap_done();
}
