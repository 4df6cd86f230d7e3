/* core/conf_value.c: fields of every type from TOML and from text, the words of every refusal, and how they print. */
#include "core/conf_value.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/xmalloc.h"
#include "core/conf.h"
#include "tap.h"

enum { ARENA_MAX = 1 << 20 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A field of every type, with keys of our own: those of the program are conf_table.c's. */
struct fields {
	bool flag;
	uint32_t count;
	double seconds;
	char *text, *word, *secret;
	struct conf_list list, numbers;
};

static int check_word(const char *text, struct err *why)
{
	return strcmp(text, "bad") == 0 ? err_set(why, -EINVAL, "must not be bad") : 0;
}

#define AT(field) .at = offsetof(struct fields, field)

static const struct conf_key flag_key = {.name = "flag", .type = CONF_BOOL, AT(flag)};
static const struct conf_key count_key = {.name = "count", .type = CONF_COUNT, .min = 10, .max = 4294967295, AT(count)};
static const struct conf_key seconds_key = {
	.name = "seconds", .type = CONF_SECONDS, .min = 0.1, .max = 86400, AT(seconds)};
static const struct conf_key text_key = {.name = "text", .type = CONF_TEXT, AT(text)};
static const struct conf_key word_key = {.name = "word", .type = CONF_TEXT, .check = check_word, AT(word)};
static const struct conf_key secret_key = {.name = "secret", .type = CONF_TEXT, .secret = true, AT(secret)};
static const struct conf_key list_key = {.name = "list", .type = CONF_LIST, .check = check_word, AT(list)};
static const struct conf_key numbers_key = {.name = "numbers", .type = CONF_LIST, .min = 2, AT(numbers)};

static const struct conf_key *const keys[] = {&flag_key, &count_key,  &seconds_key, &text_key,
					      &word_key, &secret_key, &list_key,    &numbers_key};

static void fields_init(struct fields *f)
{
	*f = (struct fields){.text = xstrdup(""), .word = xstrdup(""), .secret = xstrdup("")};
}

static void fields_done(struct fields *f)
{
	for (size_t i = 0; i < COUNT(keys); i++)
		conf_value_done(keys[i], f);
}

/* Sets a field by a value as it stands in a file. */
static int set_toml(const struct conf_key *k, struct fields *f, const char *text, struct err *why)
{
	struct toml_error error;
	const struct toml *v;
	struct arena arena;
	int r = -EILSEQ;

	arena_init(&arena, ARENA_MAX);
	if (toml_parse_value(text, strlen(text), &arena, &v, &error) == 0)
		r = conf_value_set(k, f, v, why);
	arena_done(&arena);
	return r;
}

static int set_text(const struct conf_key *k, struct fields *f, const char *text, struct err *why)
{
	struct arena arena;
	int r;

	arena_init(&arena, ARENA_MAX);
	r = conf_value_set_text(k, f, text, &arena, why);
	arena_done(&arena);
	return r;
}

/* The field as conf_value_print() has it, valid until the next call. */
static const char *printed(const struct conf_key *k, const struct fields *f)
{
	static char text[512];
	struct buf out;

	buf_init(&out, sizeof(text) - 1);
	text[0] = '\0';
	if (ok(conf_value_print(k, f, &out) == 0, "%s is printed", k->name))
		snprintf(text, sizeof(text), "%s", buf_str(&out));
	buf_done(&out);
	return text;
}

struct row {
	const struct conf_key *key;
	const char *from, *want; /* what is printed, or why it is refused */
};

typedef int setter(const struct conf_key *k, struct fields *f, const char *text, struct err *why);

static void check_good(setter *set, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct err why = {""};
		struct fields f;

		fields_init(&f);
		if (!ok(set(rows[i].key, &f, rows[i].from, &why) == 0, "%s = %s", rows[i].key->name, rows[i].from))
			printf("# %s\n", why.msg);
		is_str(printed(rows[i].key, &f), rows[i].want, "is what was meant");
		fields_done(&f);
	}
}

/* A refused value leaves the field as it was. */
static void check_bad(setter *set, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct err why = {""};
		struct fields f;
		char before[512];

		fields_init(&f);
		set_toml(&list_key, &f, "[\"old\"]", &why);
		set_toml(&text_key, &f, "\"old\"", &why);
		set_toml(&word_key, &f, "\"old\"", &why);
		snprintf(before, sizeof(before), "%s", printed(rows[i].key, &f));
		is_int(set(rows[i].key, &f, rows[i].from, &why), -EINVAL, "%s = %s is refused", rows[i].key->name,
		       rows[i].from);
		is_str(why.msg, rows[i].want, "with what it must be");
		is_str(printed(rows[i].key, &f), before, "and the field is as before");
		fields_done(&f);
	}
}

static const struct row good_toml[] = {
	{&flag_key, "true", "true"},
	{&flag_key, "false", "false"},
	{&count_key, "10", "10"},
	{&count_key, "4294967295", "4294967295"},
	{&count_key, "0x10", "16"},
	{&seconds_key, "0.1", "0.1"},
	{&seconds_key, "1", "1"},
	{&seconds_key, "86400", "86400"},
	{&seconds_key, "86400.0", "86400"},
	{&seconds_key, "2.125", "2.125"},
	{&text_key, "\"\"", "\"\""},
	{&text_key, "'a\"b\\c'", "\"a\\\"b\\\\c\""},
	{&text_key, "\"\xc3\xa9\xf0\x9f\x98\x80\"", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
	{&word_key, "\"good\"", "\"good\""},
	{&secret_key, "\"a\\tb\\u001f\"", "\"***\""},
	{&secret_key, "\"\"", "\"\""},
	{&list_key, "[]", "[]"},
	{&list_key, "[\"a\", \"b,c\"]", "[\"a\", \"b,c\"]"},
	{&numbers_key, "[1, -2, 9223372036854775807, \"x\"]", "[\"1\", \"-2\", \"9223372036854775807\", \"x\"]"},
};

#define CONTROLS "must not hold control characters"

static const struct row bad_toml[] = {
	{&flag_key, "1", "must be true or false, not an integer"},
	{&flag_key, "\"true\"", "must be true or false, not a string"},
	{&flag_key, "[true]", "must be true or false, not an array"},
	{&count_key, "9", "must be from 10 to 4294967295"},
	{&count_key, "4294967296", "must be from 10 to 4294967295"},
	{&count_key, "-1", "must be from 10 to 4294967295"},
	{&count_key, "-9223372036854775808", "must be from 10 to 4294967295"},
	{&count_key, "9223372036854775807", "must be from 10 to 4294967295"},
	{&count_key, "10.0", "must be a whole number, not a number with a point"},
	{&count_key, "\"10\"", "must be a whole number, not a string"},
	{&count_key, "true", "must be a whole number, not a boolean"},
	{&seconds_key, "0", "must be from 0.1 to 86400 seconds"},
	{&seconds_key, "0.0999", "must be from 0.1 to 86400 seconds"},
	{&seconds_key, "86400.001", "must be from 0.1 to 86400 seconds"},
	{&seconds_key, "86401", "must be from 0.1 to 86400 seconds"},
	{&seconds_key, "-1", "must be from 0.1 to 86400 seconds"},
	{&seconds_key, "nan", "must be from 0.1 to 86400 seconds"},
	{&seconds_key, "-nan", "must be from 0.1 to 86400 seconds"},
	{&seconds_key, "inf", "must be from 0.1 to 86400 seconds"},
	{&seconds_key, "-inf", "must be from 0.1 to 86400 seconds"},
	{&seconds_key, "\"30\"", "must be a number of seconds, not a string"},
	{&seconds_key, "07:30:00", "must be a number of seconds, not a date or time"},
	{&text_key, "1", "must be a text in quotes, not an integer"},
	{&text_key, "true", "must be a text in quotes, not a boolean"},
	{&text_key, "2026-11-21", "must be a text in quotes, not a date or time"},
	{&text_key, "[\"a\"]", "must be a text in quotes, not an array"},
	{&text_key, "{a = 1}", "must be a text in quotes, not a table"},
	{&text_key, "\"a\\u0000b\"", CONTROLS},
	{&text_key, "\"a\\nb\"", CONTROLS},
	{&text_key, "\"a\\tb\"", CONTROLS},
	{&text_key, "\"\\u001b[31m\"", CONTROLS},
	{&text_key, "\"\\u007f\"", CONTROLS},
	{&secret_key, "\"a\\u0000b\"", CONTROLS},
	{&secret_key, "\"a\\u007fb\"", CONTROLS},
	{&secret_key, "12345678", "must be a text in quotes, not an integer"},
	{&word_key, "\"bad\"", "must not be bad"},
	{&list_key, "\"a\"", "must be a list such as [\"a\", \"b\"], not a string"},
	{&list_key, "1", "must be a list such as [\"a\", \"b\"], not an integer"},
	{&list_key, "[\"a\", true]", "must be a list of texts in quotes, not a boolean"},
	{&list_key, "[\"a\", [\"b\"]]", "must be a list of texts in quotes, not an array"},
	{&list_key, "[\"a\", 1.5]", "must be a list of texts in quotes, not a number with a point"},
	{&list_key, "[\"a\", \"bad\"]", "must not be bad"},
	{&list_key, "[\"a\", \"b\\u0000\"]", CONTROLS},
	{&numbers_key, "[]", "must not be empty"},
};

static const struct row good_text[] = {
	{&flag_key, "true", "true"},
	{&flag_key, " false ", "false"},
	{&count_key, "100", "100"},
	{&count_key, "1_000", "1000"},
	{&seconds_key, " 5 ", "5"},
	{&seconds_key, "5e1", "50"},
	{&text_key, "plain", "\"plain\""},
	{&text_key, "", "\"\""},
	{&text_key, "\"in quotes\"", "\"in quotes\""},
	{&text_key, "'in quotes'", "\"in quotes\""},
	{&text_key, "\"one quote", "\"\\\"one quote\""},
	{&text_key, "true", "\"true\""},
	{&text_key, "42", "\"42\""},
	{&text_key, "2026-11-21", "\"2026-11-21\""},
	{&text_key, "[a]", "\"[a]\""},
	{&text_key, "[1]", "\"[1]\""},
	{&text_key, " blanks stay ", "\" blanks stay \""},
	{&secret_key, "007", "\"***\""},
	{&list_key, "", "[]"},
	{&list_key, "a", "[\"a\"]"},
	{&list_key, "a, b ,c", "[\"a\", \"b\", \"c\"]"},
	{&list_key, ",a,,b,", "[\"a\", \"b\"]"},
	{&list_key, "1", "[\"1\"]"},
	{&list_key, "true", "[\"true\"]"},
	{&list_key, "\"a,b\"", "[\"a\", \"b\"]"},
	{&list_key, "[\"a,b\", \"c\"]", "[\"a,b\", \"c\"]"},
	{&list_key, "[]", "[]"},
	{&numbers_key, "1,2", "[\"1\", \"2\"]"},
	{&numbers_key, "[1, 2]", "[\"1\", \"2\"]"},
};

static const struct row bad_text[] = {
	{&flag_key, "yes", "must be true or false, not a string"},
	{&flag_key, "", "must be true or false, not a string"},
	{&flag_key, "True", "must be true or false, not a string"},
	{&count_key, "many", "must be a whole number, not a string"},
	{&count_key, "5", "must be from 10 to 4294967295"},
	{&count_key, "99999999999999999999", "must be a whole number, not a string"},
	{&seconds_key, "5s", "must be a number of seconds, not a string"},
	{&seconds_key, "5,5", "must be a number of seconds, not a string"},
	{&seconds_key, "0", "must be from 0.1 to 86400 seconds"},
	{&seconds_key, "", "must be a number of seconds, not a string"},
	{&text_key, "a\nb", CONTROLS},
	{&text_key, "\"a\\u0000b\"", CONTROLS},
	{&word_key, "bad", "must not be bad"},
	{&word_key, "\"bad\"", "must not be bad"},
	{&list_key, "a,bad", "must not be bad"},
	{&list_key, "a,\033[31m", CONTROLS},
	{&list_key, "[\"a\"",
	 "is no list, character 5: expected ',' or ']' behind the value, found the end of the document"},
	{&list_key, "[a]", "is no list, character 2: expected a value, found \"a\"; texts are written in quotes"},
	{&numbers_key, "", "must not be empty"},
	{&numbers_key, " , ,", "must not be empty"},
};

/* --- limits --- */

static void test_text_limit(void)
{
	char text[CONF_TEXT_MAX + 2];
	struct fields f;
	struct err why = {""};

	fields_init(&f);
	memset(text, 'x', sizeof(text));
	text[CONF_TEXT_MAX] = '\0';
	is_int(set_text(&text_key, &f, text, &why), 0, "4,096 bytes of text");
	is_str(f.text, text, "are kept");
	text[CONF_TEXT_MAX] = 'x';
	text[CONF_TEXT_MAX + 1] = '\0';
	is_int(set_text(&text_key, &f, text, &why), -EINVAL, "one more is refused");
	is_str(why.msg, "is too long: at most 4096 bytes", "and it says so");
	is_int(strlen(f.text), CONF_TEXT_MAX, "the old one stays");
	is_int(set_text(&list_key, &f, text, &why), -EINVAL, "the same in a list");
	is_str(why.msg, "is too long: at most 4096 bytes", "and it says so");
	fields_done(&f);
}

/* "a,a,a" or ["a","a","a"], to be freed. */
static char *many_items(size_t count, bool toml)
{
	char *text = xmalloc(count * 4 + 3), *at = text;

	if (toml)
		*at++ = '[';
	for (size_t i = 0; i < count; i++) {
		memcpy(at, toml ? "'a'," : "a,", toml ? 4 : 2);
		at += toml ? 4 : 2;
	}
	if (toml)
		*at++ = ']';
	*at = '\0';
	return text;
}

static void test_list_limit(void)
{
	for (int toml = 0; toml < 2; toml++) {
		char *most = many_items(CONF_ITEMS, toml), *more = many_items(CONF_ITEMS + 1, toml);
		struct fields f;
		struct err why = {""};

		fields_init(&f);
		is_int(set_text(&list_key, &f, most, &why), 0, "1,024 items, %s", toml ? "as TOML" : "with commas");
		is_int(f.list.count, CONF_ITEMS, "are kept");
		is_int(set_text(&list_key, &f, more, &why), -EINVAL, "one more is refused");
		is_str(why.msg, "is too long: at most 1024 items", "and it says so");
		is_int(f.list.count, CONF_ITEMS, "the old ones stay");
		fields_done(&f);
		free(most);
		free(more);
	}
}

/* --- items of argv --- */

static void test_items(void)
{
	static const char *const good[] = {"a,b", "\"c\"", "[d]"}, *const bad[] = {"a", "bad"};
	struct fields f;
	struct err why = {""};

	fields_init(&f);
	is_int(conf_value_set_items(&list_key, &f, good, 3, &why), 0, "items as they are");
	is_str(printed(&list_key, &f), "[\"a,b\", \"\\\"c\\\"\", \"[d]\"]", "nothing of them is read");
	is_int(conf_value_set_items(&list_key, &f, bad, 2, &why), -EINVAL, "each is checked");
	is_str(why.msg, "must not be bad", "and complained of");
	is_int(f.list.count, 3, "the old ones stay");
	is_int(conf_value_set_items(&list_key, &f, NULL, 0, &why), 0, "none at all");
	is_int(f.list.count, 0, "is an empty list");
	is_int(conf_value_set_items(&numbers_key, &f, NULL, 0, &why), -EINVAL, "unless some are needed");
	is_str(why.msg, "must not be empty", "which it says");
	fields_done(&f);
}

/* --- printing --- */

static void test_print(void)
{
	struct fields f;
	struct err why;
	struct buf out;

	fields_init(&f);
	set_toml(&secret_key, &f, "\"hunter\\u00012\"", &why);
	is_str(f.secret, "hunter\0012", "a password may hold anything but a NUL");
	is_str(printed(&secret_key, &f), "\"***\"", "and is not shown");
	free(f.text);
	f.text = xstrdup("\001\x7f\xff\t");
	is_str(printed(&text_key, &f), "\"\\u0001\\u007f\xef\xbf\xbd\\u0009\"", "what TOML forbids is escaped");
	set_toml(&list_key, &f, "[\"aaaa\", \"bbbb\"]", &why);
	for (size_t max = 0; max < strlen("[\"aaaa\", \"bbbb\"]"); max++) {
		buf_init(&out, max);
		is_int(conf_value_print(&list_key, &f, &out), -ENOBUFS, "a list in %zu bytes", max);
		ok(out.len <= max, "does not fit");
		buf_done(&out);
	}
	fields_done(&f);
}

/* What is printed reads back as the same. */
static void test_round_trip(void)
{
	static const char *const texts[] = {"\"a\\\\\\\"b\"", "'\\u0041'", "\"\xe2\x82\xac \xf0\x9f\x98\x80\"",
					    "\"'\""};
	struct err why;

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct fields f, again;

		fields_init(&f);
		fields_init(&again);
		is_int(set_toml(&text_key, &f, texts[i], &why), 0, "%s", texts[i]);
		is_int(set_toml(&text_key, &again, printed(&text_key, &f), &why), 0, "what is printed is read");
		is_str(again.text, f.text, "as the same");
		fields_done(&f);
		fields_done(&again);
	}
}

static void test_done(void)
{
	struct fields f;
	struct err why;

	fields_init(&f);
	set_toml(&list_key, &f, "[\"a\"]", &why);
	is_int(set_toml(&text_key, &f, "\"x\"", &why), 0, "fields that own something");
	fields_done(&f);
	ok(!f.text && !f.secret && !f.list.items && f.list.count == 0, "own nothing afterwards");
	fields_done(&f);
	ok(!f.text, "and may be done twice");
}

int main(void)
{
	check_good(set_toml, good_toml, COUNT(good_toml));
	check_bad(set_toml, bad_toml, COUNT(bad_toml));
	check_good(set_text, good_text, COUNT(good_text));
	check_bad(set_text, bad_text, COUNT(bad_text));
	test_text_limit();
	test_list_limit();
	test_items();
	test_print();
	test_round_trip();
	test_done();
	return tap_done();
}
