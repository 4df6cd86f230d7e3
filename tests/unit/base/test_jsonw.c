/* base/jsonw.c: structure, escapes, numbers, a full buffer; numbers again under a locale with commas. */
#include "base/jsonw.h"

#include <math.h>

#include "comma_locale.h"
#include "tap.h"

struct paper {
	struct buf out;
	struct jsonw w;
};

static void paper_init(struct paper *p)
{
	buf_init(&p->out, 4096);
	jsonw_init(&p->w, &p->out);
}

static void paper_is(struct paper *p, const char *want, const char *name)
{
	is_str(buf_str(&p->out), want, "%s", name);
	buf_done(&p->out);
}

static void test_structure(void)
{
	struct paper p;

	paper_init(&p);
	jsonw_object(&p.w);
	jsonw_key(&p.w, "schema");
	jsonw_int(&p.w, 1);
	jsonw_key(&p.w, "sources");
	jsonw_array(&p.w);
	jsonw_object(&p.w);
	jsonw_key(&p.w, "name");
	jsonw_text(&p.w, "home");
	jsonw_key(&p.w, "error");
	jsonw_text(&p.w, NULL);
	jsonw_object_end(&p.w);
	jsonw_object(&p.w);
	jsonw_object_end(&p.w);
	jsonw_array(&p.w);
	jsonw_array_end(&p.w);
	jsonw_array_end(&p.w);
	jsonw_key(&p.w, "exact");
	jsonw_bool(&p.w, true);
	jsonw_object_end(&p.w);
	paper_is(&p, "{\"schema\":1,\"sources\":[{\"name\":\"home\",\"error\":null},{},[]],\"exact\":true}",
		 "a record");
}

static void test_commas(void)
{
	struct paper p;

	paper_init(&p);
	jsonw_array(&p.w);
	jsonw_null(&p.w);
	jsonw_bool(&p.w, false);
	jsonw_int(&p.w, -7);
	jsonw_double(&p.w, 0.5, 2);
	jsonw_text(&p.w, "x");
	jsonw_time(&p.w, 1795246200);
	jsonw_array(&p.w);
	jsonw_int(&p.w, 1);
	jsonw_int(&p.w, 2);
	jsonw_array_end(&p.w);
	jsonw_array_end(&p.w);
	paper_is(&p, "[null,false,-7,0.5,\"x\",\"2026-11-21T07:30:00Z\",[1,2]]", "one comma between any two values");
}

static void test_members(void)
{
	struct paper p;

	paper_init(&p);
	jsonw_object(&p.w);
	jsonw_member_text(&p.w, "a", "x");
	jsonw_member_text(&p.w, "b", "");
	jsonw_member_int(&p.w, "c", true, 0);
	jsonw_member_int(&p.w, "d", false, 7);
	jsonw_member_time(&p.w, "e", 1795246200);
	jsonw_member_time(&p.w, "f", 0);
	jsonw_object_end(&p.w);
	paper_is(&p, "{\"a\":\"x\",\"b\":null,\"c\":0,\"d\":null,\"e\":\"2026-11-21T07:30:00Z\",\"f\":null}",
		 "what is not there is null");
}

static void test_lines(void)
{
	struct paper p;

	paper_init(&p);
	for (int i = 0; i < 2; i++) {
		jsonw_object(&p.w);
		jsonw_key(&p.w, "poll");
		jsonw_int(&p.w, i);
		jsonw_object_end(&p.w);
		buf_putc(&p.out, '\n');
	}
	paper_is(&p, "{\"poll\":0}\n{\"poll\":1}\n", "one writer, one record a line");
}

static void test_depth(void)
{
	struct paper p;

	paper_init(&p);
	for (int i = 0; i < JSONW_DEPTH; i++)
		jsonw_array(&p.w);
	jsonw_int(&p.w, 1);
	jsonw_int(&p.w, 2);
	for (int i = 0; i < JSONW_DEPTH; i++)
		jsonw_array_end(&p.w);
	paper_is(&p, "[[[[[[[[[[[[[[[[1,2]]]]]]]]]]]]]]]]", "as deep as it goes");
}

static void test_escapes(void)
{
	static const char *const rows[][2] = {
		{"", "\"\""},
		{"plain / 'text'", "\"plain / 'text'\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
		{"\x01\x1b\x1f", "\"\\u0001\\u001b\\u001f\""},
		{"\x7f", "\"\x7f\""},
		{"Größe 日本 😀 \xef\xbf\xbd", "\"Größe 日本 😀 \xef\xbf\xbd\""},
		{"\"", "\"\\\"\""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct paper p;

		paper_init(&p);
		jsonw_text(&p.w, rows[i][0]);
		paper_is(&p, rows[i][1], "a text");
	}
}

static void test_key_escapes(void)
{
	struct paper p;

	paper_init(&p);
	jsonw_object(&p.w);
	jsonw_key(&p.w, "a\"\n");
	jsonw_null(&p.w);
	jsonw_object_end(&p.w);
	paper_is(&p, "{\"a\\\"\\n\":null}", "a key is escaped like a text");
}

static void test_numbers(void)
{
	static const struct {
		double value;
		int decimals;
		const char *want;
	} rows[] = {
		{51.3, 4, "51.3"},
		{3.14159, 2, "3.14"},
		{9.999, 2, "10"},
		{-0.0, 2, "0"},
		{1200, 1, "1200"},
		{1e20, 2, "1e+20"},
		{(double)NAN, 2, "null"},
		{(double)INFINITY, 2, "null"},
		{-(double)INFINITY, 2, "null"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct paper p;

		paper_init(&p);
		jsonw_double(&p.w, rows[i].value, rows[i].decimals);
		paper_is(&p, rows[i].want, "a double");
	}
}

static void test_integers(void)
{
	struct paper p;

	paper_init(&p);
	jsonw_array(&p.w);
	jsonw_int(&p.w, INT64_MIN);
	jsonw_int(&p.w, INT64_MAX);
	jsonw_array_end(&p.w);
	paper_is(&p, "[-9223372036854775808,9223372036854775807]", "the extreme integers");
}

static void test_full(void)
{
	struct buf out;
	struct jsonw w;

	buf_init(&out, 8);
	jsonw_init(&w, &out);
	jsonw_array(&w);
	jsonw_text(&w, "much too long");
	jsonw_array_end(&w);
	ok(out.full, "a full buffer says so");
	ok(out.len <= 8, "and keeps its maximum");
	buf_done(&out);
}

int main(void)
{
	test_structure();
	test_commas();
	test_members();
	test_lines();
	test_depth();
	test_escapes();
	test_key_escapes();
	test_numbers();
	test_integers();
	test_full();
	if (comma_locale()) {
		test_numbers();
		test_integers();
	} else {
		ok(true, "numbers under it_IT # SKIP no such locale, and localedef cannot make one");
	}
	return tap_done();
}
