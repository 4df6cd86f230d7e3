/* base/text.c: the sanitiser character by character, its properties on random bytes, widths, cutting, searching. */
#include "base/text.h"

#include <stdlib.h>

#include "fuzz/text_properties.h"
#include "random.h"
#include "tap.h"

#define HOLE "\xef\xbf\xbd"

static void is_clean(const char *foreign, size_t len, const char *want, const char *name)
{
	char clean[512];
	size_t used = text_clean(clean, sizeof(clean), foreign, len, TEXT_TORRENT_COLS);

	is_str(clean, want, "%s", name);
	is_int(used, strlen(want), "%s: length", name);
}

static void test_clean(void)
{
	static const struct {
		const char *name, *foreign, *want;
	} rows[] = {
		{"empty", "", ""},
		{"ASCII stays", "qBittorrent/4.5.2 (~!\"#$%&'<>)", "qBittorrent/4.5.2 (~!\"#$%&'<>)"},
		{"Latin stays", "Größe naïve Łódź", "Größe naïve Łódź"},
		{"Cyrillic, Greek, Arabic, Hebrew stay", "Привет Ελλάς سلام שלום", "Привет Ελλάς سلام שלום"},
		{"CJK and emoji stay", "日本語 한국어 😀", "日本語 한국어 😀"},
		{"escape sequence", "\x1b]0;pwn\x07x", HOLE "]0;pwn" HOLE "x"},
		{"OSC 52", "\x1b]52;c;cm0gLXJm\x1b\\", HOLE "]52;c;cm0gLXJm" HOLE "\\"},
		{"newline, tab, return", "a\nb\tc\rd", "a" HOLE "b" HOLE "c" HOLE "d"},
		{"DEL",
		 "a\x7f"
		 "b",
		 "a" HOLE "b"},
		{"C1 as UTF-8 (CSI)",
		 "a\xc2\x9b"
		 "31mb",
		 "a" HOLE "31mb"},
		{"C1 as a raw byte",
		 "a\x9b"
		 "31mb",
		 "a" HOLE "31mb"},
		{"bidi override",
		 "a\u202e"
		 "txt.exe\u202c",
		 "a" HOLE "txt.exe" HOLE},
		{"bidi isolates", "\u2066a\u2069", HOLE "a" HOLE},
		{"bidi marks",
		 "a\u200e\u200f\u061c"
		 "b",
		 "a" HOLE "b"},
		{"zero-width space and joiners",
		 "a\u200b"
		 "b\u200c"
		 "c\u200d"
		 "d",
		 "a" HOLE "b" HOLE "c" HOLE "d"},
		{"word joiner, BOM, soft hyphen",
		 "a\u2060"
		 "b\ufeff"
		 "c\u00ad"
		 "d",
		 "a" HOLE "b" HOLE "c" HOLE "d"},
		{"line and paragraph separator",
		 "a\u2028"
		 "b\u2029"
		 "c",
		 "a" HOLE "b" HOLE "c"},
		{"tags",
		 "a\U000e0041\U000e007f"
		 "b",
		 "a" HOLE "b"},
		{"supplementary variation selector",
		 "a\U000e0100"
		 "b",
		 "a" HOLE "b"},
		{"noncharacters",
		 "a\ufdd0"
		 "b\uffff"
		 "c\U0001fffe"
		 "d\U0010ffff",
		 "a" HOLE "b" HOLE "c" HOLE "d" HOLE},
		{"private use",
		 "a\ue0b0"
		 "b\U000f0000"
		 "c",
		 "a" HOLE "b" HOLE "c"},
		{"Hangul filler",
		 "a\u3164"
		 "b",
		 "a" HOLE "b"},
		{"surrogates",
		 "a\xed\xa0\x80\xed\xb0\x80"
		 "b",
		 "a" HOLE "b"},
		{"overlong slash",
		 "a\xc0\xaf"
		 "b\xe0\x80\xaf"
		 "c",
		 "a" HOLE "b" HOLE "c"},
		{"overlong NUL",
		 "a\xc0\x80"
		 "b",
		 "a" HOLE "b"},
		{"beyond Unicode",
		 "a\xf4\x90\x80\x80"
		 "b\xf5\x80\x80\x80"
		 "c",
		 "a" HOLE "b" HOLE "c"},
		{"lone continuation bytes",
		 "a\x80\xbf\x80"
		 "b",
		 "a" HOLE "b"},
		{"cut character",
		 "a\xe2\x82"
		 "b\xf0\x9f\x98",
		 "a" HOLE "b" HOLE},
		{"bytes that are none", "\xfe\xff", HOLE},
		{"U+FFFD joins a run", "a" HOLE HOLE "\x01\xff" HOLE "b", "a" HOLE "b"},
		{"Latin-1", "caf\xe9", "caf" HOLE},
		{"one mark stays", "e\u0301", "e\u0301"},
		{"more marks go", "Z\u0351\u036b\u0343\u036aa\u0300", "Z\u0351a\u0300"},
		{"a mark at the start",
		 "\u0301\u0302"
		 "a",
		 HOLE "a"},
		{"a mark after U+FFFD",
		 "\x01\u0301"
		 "a",
		 HOLE "a"},
		{"enclosing mark", "1\u20e3\u20e3", "1\u20e3"},
		{"emoji variation selector", "\u2764\ufe0f!", "\u2764!"},
		{"selector between marks", "a\u0301\ufe0f\u0301", "a\u0301"},
		{"flag", "\U0001f1ee\U0001f1f9", "\U0001f1ee\U0001f1f9"},
		{"skin tone, ZWJ", "\U0001f469\u200d\U0001f4bb", "\U0001f469" HOLE "\U0001f4bb"},
		{"Korean in parts (macOS)", "\u1112\u1161\u11ab\u1100\u116e\u11a8",
		 "\u1112\u1161\u11ab\u1100\u116e\u11a8"},
		{"Hangul vowels in a heap", "\u1112\u1161\u1161\u1161\u1161", "\u1112\u1161\u1161"},
		{"Hangul vowel at the start",
		 "\u1161"
		 "a",
		 HOLE "a"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_clean(rows[i].foreign, strlen(rows[i].foreign), rows[i].want, rows[i].name);
	is_clean("a\0b", 3, "a" HOLE "b", "NUL byte inside");
	is_clean(NULL, 0, "", "no bytes at all");
}

static void test_limits(void)
{
	static const struct {
		const char *foreign;
		size_t size;
		unsigned cols;
		const char *want, *name;
	} rows[] = {
		{"abcdef", 64, 3, "abc", "three columns"},
		{"abcdef", 4, 64, "abc", "four bytes"},
		{"abcdef", 1, 64, "", "one byte holds the NUL"},
		{"abcdef", 64, 0, "", "no columns"},
		{"日本語", 64, 5, "日本", "no half of a wide character"},
		{"日本語", 9, 64, "日本", "no part of a character's bytes"},
		{"日本語", 10, 64, "日本語", "just enough bytes"},
		{"abe\u0301x", 64, 3, "abe\u0301", "the last base keeps its mark"},
		{"abe\u0301x", 5, 3, "abe", "no bytes for the mark"},
		{"a\x01"
		 "b",
		 4, 9, "a", "no bytes for U+FFFD"},
	};
	char clean[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t used = text_clean(clean, rows[i].size, rows[i].foreign, strlen(rows[i].foreign), rows[i].cols);

		is_str(clean, rows[i].want, "%s", rows[i].name);
		is_int(used, strlen(rows[i].want), "%s: length", rows[i].name);
	}
}

static void test_client_of_256_kib(void)
{
	size_t len = 256 * 1024;
	char *foreign = malloc(len);
	char clean[TEXT_CLIENT_COLS * 4 + 1];

	memset(foreign, 0x1b, len);
	is_int(text_clean(clean, sizeof(clean), foreign, len, TEXT_CLIENT_COLS), 3, "256 KiB of ESC are one U+FFFD");
	memset(foreign, 'x', len);
	is_int(text_clean(clean, sizeof(clean), foreign, len, TEXT_CLIENT_COLS), 64, "256 KiB of x are 64");
	free(foreign);
}

/* Every scalar value through the sanitiser: kept or replaced as the second opinion of text_properties.h says. */
static void test_every_character(void)
{
	unsigned wrong = 0, kept = 0;
	char bytes[4], foreign[6] = "x", clean[16];

	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		size_t len = text_encode(c, bytes);

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		memcpy(foreign + 1, bytes, len);
		text_clean(clean, sizeof(clean), foreign, len + 1, 9);
		wrong += unclean(clean) != NULL;
		kept += strlen(clean) == len + 1 && memcmp(clean, foreign, len + 1) == 0;
	}
	is_int(wrong, 0, "no character of Unicode passes that should not");
	ok(kept > 908000 && kept < 909000, "but the rest does: %u of planes 0 to 13", kept);
}

static void fill_random(struct random *r, char *bytes, size_t len)
{
	static const uint32_t spice[] = {
		0x1b,   0x9b,   0xad,   0x301,  0x302,  0x1100, 0x1161,  0x11a8,  0x200b,  0x202e, 0x2028,
		0x20e3, 0x3042, 0x3099, 0xfe0f, 0xfeff, 0xfffd, 0x1f600, 0x1f1ee, 0xe0041, 0xe000, 0x10ffff,
	};
	size_t at = 0, step;
	char one[4];

	while (at < len) {
		uint32_t dice = random_below(r, 4);

		if (dice == 0)
			step = text_encode(spice[random_below(r, sizeof(spice) / sizeof(spice[0]))], one);
		else if (dice == 1)
			step = text_encode(random_below(r, 0x3200), one);
		else
			step = text_encode((uint32_t)(random_next(r) & 0x7f), one);
		if (random_below(r, 8) == 0)
			one[random_below(r, (uint32_t)step)] = (char)random_next(r);
		for (size_t i = 0; i < step && at < len; i++)
			bytes[at++] = one[i];
	}
}

static void test_properties(void)
{
	struct random r = {.state = 20261121};
	char bytes[200], clean[256];
	const char *broken = NULL;

	for (int round = 0; round < 40000 && !broken; round++) {
		size_t len = random_below(&r, sizeof(bytes));
		size_t size = 1 + random_below(&r, sizeof(clean) - 1);

		fill_random(&r, bytes, len);
		broken = broken_property(bytes, len, clean, size, random_below(&r, 80));
	}
	is_str(broken, NULL, "all properties hold for 40,000 random strings");
}

static void test_decode(void)
{
	static const struct {
		const char *bytes;
		size_t len, want_len;
		uint32_t want;
	} rows[] = {
		{"", 0, 0, 0xfffd},
		{"A", 1, 1, 'A'},
		{"\0", 1, 1, 0},
		{"\xc3\xa9", 2, 2, 0xe9},
		{"\xc3\xa9", 1, 1, 0xfffd},
		{"\xe2\x82\xac", 3, 3, 0x20ac},
		{"\xe2\x82\xac", 2, 1, 0xfffd},
		{"\xf0\x9f\x98\x80", 4, 4, 0x1f600},
		{"\xf0\x9f\x98\x80", 3, 1, 0xfffd},
		{"\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff},
		{"\xf4\x90\x80\x80", 4, 1, 0xfffd},
		{"\xed\x9f\xbf", 3, 3, 0xd7ff},
		{"\xed\xa0\x80", 3, 1, 0xfffd},
		{"\xe0\x9f\xbf", 3, 1, 0xfffd},
		{"\xf0\x8f\xbf\xbf", 4, 1, 0xfffd},
		{"\xc1\xbf", 2, 1, 0xfffd},
		{"\xff", 1, 1, 0xfffd},
		{"\xc3"
		 "A",
		 2, 1, 0xfffd},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t c;

		is_int(text_decode(rows[i].bytes, rows[i].len, &c), rows[i].want_len, "decode %zu: length", i);
		is_int(c, rows[i].want, "decode %zu: character", i);
	}
}

static void test_round_trip(void)
{
	uint32_t wrong = 0, c, back;
	char bytes[4];

	for (c = 0; c <= 0x10ffff; c++) {
		size_t len = text_encode(c, bytes);
		bool surrogate = c >= 0xd800 && c <= 0xdfff;

		wrong += text_decode(bytes, len, &back) != len || back != (surrogate ? 0xfffd : c);
	}
	is_int(wrong, 0, "every character is read back as it was written, surrogates as U+FFFD");
	is_int(text_encode(0x110000, bytes), 3, "beyond Unicode is written as U+FFFD");
}

static void test_columns(void)
{
	static const struct {
		uint32_t c;
		unsigned cols;
	} rows[] = {
		{'a', 1},     {' ', 1},     {0xe9, 1},    {0x300, 0},   {0x36f, 0},   {0x370, 1},   {0x5d0, 1},
		{0x5b0, 0},   {0x93f, 1},   {0x941, 0},   {0xe33, 1},   {0xe34, 0},   {0x1100, 2},  {0x1161, 0},
		{0x11a8, 0},  {0x2026, 1},  {0x2588, 1},  {0x2581, 1},  {0x25cf, 1},  {0x2191, 1},  {0x231a, 2},
		{0x2614, 2},  {0x2615, 2},  {0x2616, 1},  {0x2764, 1},  {0x2b50, 2},  {0x3000, 2},  {0x302a, 0},
		{0x3042, 2},  {0x3099, 0},  {0x303f, 1},  {0x4dc0, 2},  {0x4e00, 2},  {0x9fff, 2},  {0xac00, 2},
		{0xd7a3, 2},  {0xd7b0, 0},  {0xf900, 2},  {0xfe0f, 0},  {0xfe20, 0},  {0xff01, 2},  {0xff60, 2},
		{0xff61, 1},  {0xffe0, 2},  {0xfffd, 1},  {0x1d400, 1}, {0x1f1e6, 1}, {0x1f321, 1}, {0x1f600, 2},
		{0x1f64f, 2}, {0x1f650, 1}, {0x1faf0, 2}, {0x20000, 2}, {0x3fffd, 2}, {0x3fffe, 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(text_char_cols(rows[i].c), rows[i].cols, "U+%04X has %u columns", rows[i].c, rows[i].cols);
	is_int(text_cols(""), 0, "no text, no columns");
	is_int(text_cols("abc"), 3, "abc");
	is_int(text_cols("日本e\u0301\xff"), 6, "wide, marked and malformed");
}

static void test_cut(void)
{
	static const struct {
		const char *text;
		unsigned cols;
		size_t size;
		bool ascii;
		const char *want;
		unsigned used;
	} rows[] = {
		{"United States", 13, 64, false, "United States", 13},
		{"United States", 10, 64, false, "United St…", 10},
		{"United States", 10, 64, true, "United St~", 10},
		{"United States", 1, 64, false, "…", 1},
		{"United States", 0, 64, false, "", 0},
		{"", 5, 64, false, "", 0},
		{"日本語", 6, 64, false, "日本語", 6},
		{"日本語", 5, 64, false, "日本…", 5},
		{"日本語", 4, 64, false, "日…", 3},
		{"日本語", 2, 64, false, "…", 1},
		{"cafe\u0301", 4, 64, false, "cafe\u0301", 4},
		{"cafe\u0301s", 4, 64, false, "caf…", 4},
		{"cae\u0301es", 4, 64, false, "cae\u0301…", 4},
		{"abcdef", 9, 6, false, "ab…", 3},
		{"abcdef", 9, 7, false, "abcdef", 6},
		{"abcdef", 9, 4, false, "…", 1},
		{"abcdef", 9, 3, false, "ab", 2},
		{"abcdef", 9, 1, false, "", 0},
		{"abcdef", 9, 3, true, "a~", 2},
	};
	char cut[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		is_int(text_cut(cut, rows[i].size, rows[i].text, rows[i].cols, rows[i].ascii), rows[i].used,
		       "cut %zu: columns", i);
		is_str(cut, rows[i].want, "cut %zu", i);
	}
}

static void test_has(void)
{
	ok(text_has("qBittorrent 4.5.2", "QBIT"), "any case");
	ok(text_has("qBittorrent", ""), "nothing is in everything");
	ok(text_has("", ""), "nothing is in nothing");
	ok(!text_has("", "a"), "something is not in nothing");
	ok(text_has("aab", "ab"), "a start that fails does not hide the match");
	ok(text_has("xyz", "z") && !text_has("xyz", "zz"), "at the end, not beyond");
	ok(text_has("Größe", "ÖSSE") == false && text_has("Größe", "öße"), "other letters by their bytes");
	ok(!text_has("[", "{") && !text_has("@", "`"), "only letters have case");
}

int main(void)
{
	test_clean();
	test_limits();
	test_client_of_256_kib();
	test_every_character();
	test_properties();
	test_decode();
	test_round_trip();
	test_columns();
	test_cut();
	test_has();
	return tap_done();
}
