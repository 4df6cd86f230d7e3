/* Torrent files: recorded ones of every version, and what files of the wild and of enemies have in them. */
#include "wire/metainfo.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "core/hash.h"
#include "tap.h"
#include "wire/bencode.h"

enum { ARENA_MAX = 1 << 20, FILE_MAX = 65536 };

/* An info dictionary of a file of 5 bytes. */
#define INFO "4:infod6:lengthi5e4:name1:x6:pieces0:e"

static const struct metainfo_digests digests = {.sha1 = hash_sha1, .sha256 = hash_sha256};

static const char *hex(const uint8_t *bytes, size_t len)
{
	static char text[65];

	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return text;
}

/* The bytes lie in memory of their size, so that a sanitiser sees one too far. */
static int read_bytes(const void *bytes, size_t len, struct arena *a, struct metainfo *m, struct err *err)
{
	void *exact = malloc(len ? len : 1);
	int rc;

	if (!exact)
		abort();
	memcpy(exact, bytes, len);
	arena_init(a, ARENA_MAX);
	err->msg[0] = '\0';
	rc = metainfo_read(exact, len, &digests, a, m, err);
	free(exact);
	return rc;
}

static int read_text(const char *text, struct arena *a, struct metainfo *m, struct err *err)
{
	return read_bytes(text, strlen(text), a, m, err);
}

/* ---- recorded ---- */

struct recorded {
	const char *file, *v1, *v2; /* the hashes that libtorrent said, NULL = none */
	const char *name;
	uint64_t size;
	uint32_t files;
	bool private;
	const char *web_seed;
};

static size_t load(const char *name, char bytes[FILE_MAX])
{
	char path[256];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "tests/data/torrents/%s.torrent", name);
	file = fopen(path, "rb");
	if (!file)
		return 0;
	len = fread(bytes, 1, FILE_MAX, file);
	fclose(file);
	return len;
}

static void check_recorded(const struct recorded *want, const struct metainfo *m)
{
	char cut[41];

	snprintf(cut, sizeof(cut), "%.40s", want->v1 ? want->v1 : want->v2);
	is_str(hex(m->hash, 20), cut, "%s: its hash", want->file);
	is_str(m->has_v2 ? hex(m->hash_v2, 32) : NULL, want->v2, "%s: its v2 hash", want->file);
	is_int(m->has_v1, want->v1 != NULL, "%s: is it v1", want->file);
	is_str(m->name, want->name, "%s: its name", want->file);
	is_int(m->size, want->size, "%s: its size, without padding", want->file);
	is_int(m->files, want->files, "%s: its files, without padding", want->file);
	is_int(m->private, want->private, "%s: is it private", want->file);
	is_str(m->comment, "recorded", "%s: its comment", want->file);
	is_str(m->created_by, "libtorrent 2.0.8", "%s: its maker", want->file);
	is_int(m->created, 1795271154, "%s: its date", want->file);
	is_str(m->web_seed_count ? m->web_seeds[0] : NULL, want->web_seed, "%s: its web seed", want->file);
	if (is_int(m->tracker_count, 3, "%s: its trackers", want->file)) {
		ok(m->trackers[0].tier == 0 && m->trackers[1].tier == 0 && m->trackers[2].tier == 1, "%s: their tiers",
		   want->file);
		is_str(m->trackers[2].url, "wss://web.test/", "%s: the last one", want->file);
	}
}

static void recorded(void)
{
	static const struct recorded files[] = {
		{"v1-single", "4877fa5f8b986bfa2b8178e1878e70849e3a89b8", NULL, "single.txt", 12, 1, true, NULL},
		{"v1-many", "d1d1cc0d4424b632dbcbb745e524eebe33fe445b", NULL, "many", 60002, 3, false,
		 "https://seed.test/data/"},
		{"v2", NULL, "17d141de24c84dcff47f55bbb9f8e84b37afe71472ab0cbe2c9dca35231150ee", "many", 60002, 3,
		 false, NULL},
		{"hybrid", "fdc0ff48b49c64d641e540746196b51d84303f26",
		 "e460b5a1ea9e6e9526aa3d3b666d2673b0fb5a73cd7bdc42205f9835658c83e5", "many", 60002, 3, false,
		 "https://seed.test/data/"},
	};
	static char bytes[FILE_MAX];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t len = load(files[i].file, bytes);
		struct metainfo m = {0};
		struct err err;
		struct arena a;

		if (ok(read_bytes(bytes, len, &a, &m, &err) == 0, "%s is read (%s)", files[i].file, err.msg))
			check_recorded(&files[i], &m);
		arena_done(&a);
	}
}

/* Cut off anywhere it is refused. */
static void cut_off(void)
{
	static char bytes[FILE_MAX];
	size_t len = load("hybrid", bytes), refused = 0;

	for (size_t cut = 0; cut < len; cut++) {
		struct metainfo m;
		struct err err;
		struct arena a;

		refused += read_bytes(bytes, cut, &a, &m, &err) == -EBADMSG && *err.msg;
		arena_done(&a);
	}
	ok(len && refused == len, "%zu of %zu cut files are refused", refused, len);
}

/* ---- the wild ---- */

/* Unsorted keys, a leading zero, a key twice: the hash is of the bytes, which no writer would write again. */
static void raw_bytes(void)
{
	static const char info[] = "d6:pieces0:6:lengthi05e4:name1:x4:name1:ye";
	uint8_t want[20];
	char text[128];
	struct metainfo m = {0};
	struct err err;
	struct arena a;

	snprintf(text, sizeof(text), "d4:info%s1:zi1ee", info);
	hash_sha1(info, strlen(info), want);
	ok(read_text(text, &a, &m, &err) == 0 && memcmp(m.hash, want, 20) == 0, "the hash is of the raw bytes");
	is_str(m.name, "x", "the first of two names counts");
	is_int(m.size, 5, "a length with a leading zero");
	arena_done(&a);
}

static void texts(void)
{
	struct metainfo m = {0};
	struct err err;
	struct arena a;

	is_int(read_text("d7:comment3:old13:comment.utf-84:n\xc3\xa4w"
			 "10:created by4:a\x1b"
			 "bc13:creation datei-5e4:infod6:lengthi5e4:name2:\xff"
			 "x6:pieces0:7:privatei2eee",
			 &a, &m, &err),
	       0, "a file with odd texts (%s)", err.msg);
	is_str(m.comment, "n\xc3\xa4w", "the text in UTF-8 counts");
	is_str(m.created_by,
	       "a\xef\xbf\xbd"
	       "bc",
	       "controls are cleaned");
	is_str(m.name, "\xef\xbf\xbdx", "what is no UTF-8 too");
	is_int(m.created, 0, "a date before 1970 is none");
	ok(m.private, "any number but 0 is private, as for libtorrent");
	arena_done(&a);
	is_int(read_text("d7:commenti5e13:creation datei253402300800e4:infod6:lengthi0e6:pieces0:ee", &a, &m, &err), 0,
	       "a file without texts (%s)", err.msg);
	ok(!*m.name && !*m.comment && !*m.created_by && !m.created, "... has none, and no date after 9999");
	arena_done(&a);
}

static void privacy(void)
{
	static const struct {
		const char *value;
		bool private;
	} cases[] = {
		{"i1e", true}, {"i2e", true}, {"i-1e", true}, {"i0e", false}, {"1:1", false}, {"le", false},
	};
	struct metainfo m = {0};
	struct err err;
	struct arena a;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "d4:infod6:lengthi5e4:name1:x6:pieces0:7:private%see", cases[i].value);
		is_int(read_text(text, &a, &m, &err), 0, "private: %s (%s)", cases[i].value, err.msg);
		is_int(m.private, cases[i].private, "... is %sprivate", cases[i].private ? "" : "not ");
		arena_done(&a);
	}
}

static void trackers(void)
{
	static const struct {
		const char *text, *list; /* tier and URL of each */
	} cases[] = {
		{"d" INFO "e", ""},
		{"d8:announce12:udp://a.test" INFO "e", "0 udp://a.test "},
		{"d8:announce12:udp://a.test13:announce-listll12:udp://b.testee" INFO "e", "0 udp://b.test "},
		{"d8:announce12:udp://a.test13:announce-listle" INFO "e", "0 udp://a.test "},
		{"d13:announce-listl12:udp://a.test12:udp://b.teste" INFO "e", "0 udp://a.test 1 udp://b.test "},
		{"d13:announce-listll12:udp://a.test12:udp://a.teste0:l4:junkel12:UDP://a.testel12:udp://b.testee" INFO
		 "e",
		 "0 udp://a.test 1 udp://b.test "},
		{"d8:announcei5e13:announce-listd1:al12:udp://a.testee" INFO "e", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char list[256] = "";
		struct metainfo m = {0};
		struct err err;
		struct arena a;
		int rc = read_text(cases[i].text, &a, &m, &err);

		for (size_t t = 0; rc == 0 && t < m.tracker_count; t++)
			snprintf(list + strlen(list), sizeof(list) - strlen(list), "%u %s ", m.trackers[t].tier,
				 m.trackers[t].url);
		is_str(rc ? NULL : list, cases[i].list, "row %zu: trackers (%s)", i, err.msg);
		arena_done(&a);
	}
}

static void web_seeds(void)
{
	static const struct {
		const char *text;
		size_t count;
	} cases[] = {
		{"d" INFO "8:url-list13:http://s.teste", 1},
		{"d" INFO "8:url-list0:e", 0},
		{"d" INFO "8:url-listl13:http://s.test13:http://s.test14:https://s.test4:junki5eee", 2},
		{"d" INFO "8:url-listi5ee", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct metainfo m = {0};
		struct err err;
		struct arena a;

		is_int(read_text(cases[i].text, &a, &m, &err), 0, "row %zu: a file with url-list (%s)", i, err.msg);
		is_int(m.web_seed_count, cases[i].count, "... web seeds");
		arena_done(&a);
	}
}

static void caps(void)
{
	struct metainfo m = {0};
	struct err err;
	struct arena a;
	struct buf out;

	buf_init(&out, FILE_MAX);
	buf_puts(&out, "d13:announce-listl");
	for (int i = 0; i < 100; i++)
		buf_printf(&out, "l14:udp://a%02d.teste", i);
	buf_puts(&out, "e" INFO "8:url-listl");
	for (int i = 0; i < 100; i++)
		buf_printf(&out, "15:http://s%02d.test", i);
	buf_puts(&out, "ee");
	is_int(read_bytes(out.data, out.len, &a, &m, &err), 0, "a file with too many URLs (%s)", err.msg);
	is_int(m.tracker_count, METAINFO_TRACKERS, "... keeps so many trackers");
	is_int(m.web_seed_count, METAINFO_WEB_SEEDS, "... and so many web seeds");
	arena_done(&a);
	arena_init(&a, 2048);
	is_int(metainfo_read(out.data, out.len, &digests, &a, &m, &err), -ENOMEM, "an arena that is too small");
	is_str(err.msg, "the torrent file has too much in it", "... and its message");
	arena_done(&a);
	buf_done(&out);
}

/* ---- files ---- */

static void file_lists(void)
{
	static const struct {
		const char *info;
		uint64_t size;
		uint32_t files;
	} cases[] = {
		{"d5:filesle6:pieces0:e", 0, 0},
		{"d5:filesld6:lengthi3eed4:attr1:x6:lengthi4eed4:attr2:xp6:lengthi9eee6:pieces0:e", 7, 2},
		{"d5:filesld6:lengthi3eee6:lengthi9e6:pieces0:e", 3, 1},
		{"d5:filesld6:lengthi9223372036854775806eed6:lengthi1eee6:pieces0:e", INT64_MAX, 2},
		{"d9:file treede12:meta versioni2ee", 0, 0},
		{"d9:file treed1:ad0:d6:lengthi3eee1:bd1:cd0:d6:lengthi4eee"
		 "1:dd0:d6:lengthi0eeeee12:meta versioni2ee", 7,
		 3},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512];
		struct metainfo m = {0};
		struct err err;
		struct arena a;

		snprintf(text, sizeof(text), "d4:info%se", cases[i].info);
		is_int(read_text(text, &a, &m, &err), 0, "row %zu: files are read (%s)", i, err.msg);
		is_int(m.size, cases[i].size, "... their size");
		is_int(m.files, cases[i].files, "... their count");
		arena_done(&a);
	}
}

/* Scripts that send torrent files leave a line end behind them; clients read on to the end of the dictionary. */
static void line_ends(void)
{
	struct metainfo m = {0};
	struct err err = {""};
	struct arena a;

	is_int(read_text("d" INFO "e \r\n\n", &a, &m, &err), 0, "line ends behind a torrent are none of it (%s)",
	       err.msg);
	is_int(m.size, 5, "... it is read");
	arena_done(&a);
}

static void refused(void)
{
	static const struct {
		const char *text, *msg;
	} cases[] = {
		{"", "this is no torrent file"},
		{"<html>", "this is a web page, no torrent file"},
		{"d4:info", "the torrent file is damaged or cut off"},
		{"d" INFO "e\nd", "the torrent file is damaged or cut off"},
		{"le", "the torrent file has no info dictionary"},
		{"de", "the torrent file has no info dictionary"},
		{"d4:info2:dee", "the torrent file has no info dictionary"},
		{"lllllllllllllllllllllllllllllllllllllllleeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
		 "the torrent file is nested more than 32 deep"},
		{"d4:infodee", "the torrent has neither piece hashes nor a file tree"},
		{"d4:infod12:meta versioni2eee", "the torrent has neither piece hashes nor a file tree"},
		{"d4:infod9:file treede12:meta versioni3eee",
		 "the torrent is of version 3, only 1 and 2 are known"},
		{"d4:infod6:lengthi5e6:pieces3:abcee", "the piece hashes of the torrent are cut off"},
		{"d4:infod6:pieces0:ee", "a file of the torrent has no length"},
		{"d4:infod6:lengthi-1e6:pieces0:ee", "a file of the torrent has no length"},
		{"d4:infod6:length1:56:pieces0:ee", "a file of the torrent has no length"},
		{"d4:infod5:filesli5ee6:pieces0:ee", "a file of the torrent has no length"},
		{"d4:infod5:filesld6:lengthi9223372036854775807eed6:lengthi1eee6:pieces0:ee",
		 "the lengths of the torrent's files are more than 63 bits"},
		{"d4:infod9:file treed1:ai5ee12:meta versioni2eee",
		 "the file tree of the torrent has an entry that is none"},
		{"d4:infod9:file treed1:ad0:deee12:meta versioni2eee", "a file of the torrent has no length"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct metainfo m = {.files = 7};
		struct err err;
		struct arena a;

		is_int(read_text(cases[i].text, &a, &m, &err), -EBADMSG, "row %zu is refused", i);
		is_str(err.msg, cases[i].msg, "... and why");
		is_int(m.files, 7, "... and the result left alone");
		arena_done(&a);
	}
}

int main(void)
{
	recorded();
	cut_off();
	raw_bytes();
	texts();
	privacy();
	trackers();
	web_seeds();
	caps();
	file_lists();
	line_ends();
	refused();
	return tap_done();
}
