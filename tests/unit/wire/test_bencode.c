/* Bencoding: what is read, what is refused and with which number, and what is written. */
#include "wire/bencode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "tap.h"

enum { ARENA_MAX = 1 << 20 };

static void numbers(void)
{
	static const struct {
		const char *text;
		int64_t number;
	} cases[] = {
		{"i0e", 0},
		{"i42e", 42},
		{"i-42e", -42},
		{"i-0e", 0},
		{"i007e", 7},
		{"i9223372036854775807e", INT64_MAX},
		{"i-9223372036854775808e", INT64_MIN},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct bencode *value = NULL;
		struct arena a;
		int rc;

		arena_init(&a, ARENA_MAX);
		rc = bencode_read(cases[i].text, strlen(cases[i].text), &a, &value);
		if (ok(rc == 0 && value->type == BENCODE_INT, "%s is a number", cases[i].text))
			ok(value->number == cases[i].number, "%s is %" PRId64, cases[i].text, cases[i].number);
		arena_done(&a);
	}
}

static void refused(void)
{
	static const char *const cases[] = {
		"",
		"e",
		"x",
		"i",
		"ie",
		"i-e",
		"i+1e",
		"i1",
		"i1.5e",
		"i 1e",
		"i9223372036854775808e",
		"i-9223372036854775809e",
		"i99999999999999999999999999e",
		"5:four",
		"4four",
		"4",
		"-1:x",
		"18446744073709551615:x",
		"18446744073709551617:x",
		"99999999999999999999999:x",
		"l",
		"li1e",
		"d",
		"d1:a",
		"d1:ae",
		"d1:ai1e",
		"di1ei1ee",
		"dlei1ee",
		"d1:ai1e1:be",
		"i1ei2e",
		"lee",
		"4:spam ",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct bencode *value = NULL;
		size_t len = strlen(cases[i]);
		char *exact = malloc(len ? len : 1); /* so that a sanitiser sees a byte too far */
		struct arena a;

		if (!exact)
			abort();
		memcpy(exact, cases[i], len);
		arena_init(&a, ARENA_MAX);
		is_int(bencode_read(exact, len, &a, &value), -EBADMSG, "'%s' is refused", cases[i]);
		ok(!value, "'%s' leaves the result alone", cases[i]);
		arena_done(&a);
		free(exact);
	}
}

/* No letter begins a value but four, and a NUL is none of them. */
static void zeros(void)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {{"\0", 1}, {"\0e", 2}, {"l\0ee", 4}, {"d1:a\0ee", 7}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct bencode *value = NULL;
		struct arena a;

		arena_init(&a, ARENA_MAX);
		is_int(bencode_read(cases[i].bytes, cases[i].len, &a, &value), -EBADMSG, "a zero begins nothing: %zu",
		       i);
		arena_done(&a);
	}
}

static void tree(void)
{
	static const char text[] = "d3:keyli1e2:abdee5:other0:e";
	const struct bencode *root, *list, *item;
	struct arena a;

	arena_init(&a, ARENA_MAX);
	if (!ok(bencode_read(text, strlen(text), &a, &root) == 0, "a tree is read")) {
		arena_done(&a);
		return;
	}
	is_int(root->type, BENCODE_DICT, "its root is a dictionary");
	is_int(root->count, 2, "... of two members");
	list = bencode_get_type(root, "key", BENCODE_LIST);
	if (ok(list && list->count == 3, "a member is a list of three")) {
		ok(list->raw == text + 6 && list->raw_len == 11, "... whose bytes are known");
		item = list->child;
		is_int(item->number, 1, "its first element");
		ok(!item->key, "... has no key");
		ok(bencode_is(item->next, "ab"), "its second element");
		ok(item->next->next->type == BENCODE_DICT && !item->next->next->count,
		   "its third is an empty dictionary");
		ok(!item->next->next->next, "... and the last");
	}
	ok(bencode_is(bencode_get(root, "other"), ""), "a member is an empty string");
	ok(!bencode_get(root, "ke") && !bencode_get(root, "keys"), "a part of a key is no key");
	ok(!bencode_get_type(root, "key", BENCODE_DICT), "a member of another type is none");
	ok(!bencode_get(list, "key") && !bencode_get(NULL, "key"), "what is no dictionary has no members");
	ok(!bencode_is(list, "") && !bencode_is(NULL, ""), "what is no string is no text");
	arena_done(&a);
}

static void the_wild(void)
{
	static const char unsorted[] = "d1:bi1e1:ai2e1:bi3ee", trailing[] = "d1:ai1eerubbish";
	const struct bencode *root = NULL;
	size_t used = 0;
	struct arena a;

	arena_init(&a, ARENA_MAX);
	if (ok(bencode_read(unsorted, strlen(unsorted), &a, &root) == 0, "unsorted keys are read")) {
		is_int(bencode_get(root, "a")->number, 2, "... and found");
		is_int(bencode_get(root, "b")->number, 1, "of a key that is there twice the first one counts");
		is_int(root->count, 3, "... and both are members");
	}
	is_int(bencode_read(trailing, strlen(trailing), &a, &root), -EBADMSG, "bytes behind the value are refused");
	is_int(bencode_read_first(trailing, strlen(trailing), &a, &root, &used), 0, "... but where they are expected");
	is_int(used, 8, "... and told apart");
	arena_done(&a);
}

static void limits(void)
{
	char deep[2 * BENCODE_DEPTH + 2];
	static char wide[20002];
	const struct bencode *root;
	struct arena a;

	memset(deep, 'l', BENCODE_DEPTH + 1);
	memset(deep + BENCODE_DEPTH + 1, 'e', BENCODE_DEPTH + 1);
	memset(wide, 'l', sizeof(wide));
	for (size_t i = 2; i < sizeof(wide) - 1; i += 2)
		wide[i] = 'e';
	wide[sizeof(wide) - 1] = 'e';
	arena_init(&a, ARENA_MAX);
	is_int(bencode_read(deep + 1, 2 * BENCODE_DEPTH, &a, &root), 0, "%d lists in each other", BENCODE_DEPTH);
	is_int(bencode_read(deep, 2 * BENCODE_DEPTH + 2, &a, &root), -EMSGSIZE, "one more is too deep");
	is_int(bencode_read(wide, sizeof(wide), &a, &root), 0, "ten thousand lists beside each other");
	is_int(root->count, 10000, "... are counted");
	arena_done(&a);
	arena_init(&a, 4096);
	is_int(bencode_read(wide, sizeof(wide), &a, &root), -ENOMEM, "... and too much for a small arena");
	arena_done(&a);
}

/* What costs others their stack or their time is refused in one walk, or none. */
static void hostile(void)
{
	enum { DEEP = 150000, AGAIN = 100 };
	static char deep[DEEP];
	const struct bencode *root = NULL;
	struct arena a;
	clock_t start;
	int wrong = 0;

	memset(deep, 'l', sizeof(deep));
	arena_init(&a, ARENA_MAX);
	start = clock();
	for (int i = 0; i < AGAIN; i++)
		wrong += bencode_read(deep, sizeof(deep), &a, &root) != -EMSGSIZE;
	memset(deep, 'd', sizeof(deep));
	for (int i = 0; i < AGAIN; i++)
		wrong += bencode_read(deep, sizeof(deep), &a, &root) == 0;
	memcpy(deep, "1000000000000000000:", 20);
	for (int i = 0; i < AGAIN; i++)
		wrong += bencode_read(deep, sizeof(deep), &a, &root) != -EBADMSG;
	is_int(wrong, 0, "150,000 lists or dictionaries in each other, and a string of 10^18 bytes, are refused");
	ok(clock() - start < CLOCKS_PER_SEC, "each in no time");
	ok(!root, "and the result is left alone");
	arena_done(&a);
}

static void writer(void)
{
	struct buf out;

	buf_init(&out, 64);
	buf_putc(&out, 'd');
	bencode_put_text(&out, "a");
	bencode_put_int(&out, INT64_MIN);
	bencode_put_text(&out, "b");
	bencode_put_bytes(&out, "\0\xff", 2);
	buf_putc(&out, 'e');
	ok(out.len == 34 && memcmp(buf_str(&out),
				   "d1:ai-9223372036854775808e1:b2:\0\xff"
				   "e",
				   34) == 0,
	   "what is written");
	buf_done(&out);
	buf_init(&out, 8);
	bencode_put_text(&out, "abc");
	bencode_put_text(&out, "defg");
	ok(out.full, "a full buffer is marked");
	is_str(buf_str(&out), "3:abc", "... and ends behind the last string that fits");
	buf_done(&out);
}

int main(void)
{
	numbers();
	refused();
	zeros();
	tree();
	the_wild();
	limits();
	hostile();
	writer();
	return tap_done();
}
