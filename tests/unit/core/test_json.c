/* JSON as a tree. */
#include "core/json.h"

#include "tap.h"

static struct json *parse(const char *text)
{
	struct err err = {""};

	return json_parse(text, strlen(text), &err);
}

static void test_values(void)
{
	static const char text[] =
		"{\"a\":1,\"b\":\"x\\u0000y\",\"c\":[1,\"2\",null,{\"d\":-5}],\"e\":{},\"f\":null,"
		"\"g\":99999999999999999999,\"h\":-1e30,\"i\":\"12\",\"j\":\"abc\",\"k\":2.9,\"l\":1e400,\"m\":\"\"}";
	struct json *document = parse(text);
	const struct json *array = json_member(document, "c");
	size_t len = 0;
	const char *b;

	if (!ok(document != NULL, "a document"))
		return;
	ok(json_is_object(document) && !json_is_array(document), "an object");
	is_int(json_int(json_member(document, "a"), 7), 1, "a number");
	b = json_text(json_member(document, "b"), &len);
	ok(b && len == 3 && memcmp(b, "x\0y", 3) == 0, "a text with a NUL inside");
	ok(json_is_array(array) && !json_is_object(array), "an array");
	is_int(json_count(array), 4, "of four");
	is_int(json_int(json_item(array, 1), 7), 2, "a numerical text");
	is_int(json_int(json_member(json_item(array, 3), "d"), 7), -5, "a member of an item");
	ok(json_item(array, 4) == NULL && json_item(array, (size_t)-1) == NULL, "no item behind the last");
	ok(json_item(array, 2) == NULL, "null is a value that is not there");
	is_int(json_count(json_member(document, "e")), 0, "an object has no items");
	ok(json_member(document, "f") == NULL, "null");
	ok(json_member(document, "z") == NULL, "no such member");
	is_int(json_int(json_member(document, "g"), 7), INT64_MAX, "a number that is too large");
	is_int(json_int(json_member(document, "h"), 7), INT64_MIN, "and one that is too small");
	is_int(json_int(json_member(document, "l"), 7), INT64_MAX, "10^400");
	is_int(json_int(json_member(document, "i"), 7), 12, "a numerical text");
	is_int(json_int(json_member(document, "j"), 7), 7, "a text that is no number");
	is_int(json_int(json_member(document, "m"), 7), 7, "an empty text");
	is_int(json_int(json_member(document, "k"), 7), 2, "a fraction is cut");
	is_int(json_int(json_member(document, "e"), 7), 7, "an object is no number");
	ok(json_text(json_member(document, "a"), &len) == NULL, "a number is no text");
	json_free(document);
}

static void test_bool(void)
{
	struct json *document = parse("[true,false,1,0,0.5,\"true\",null,{},[]]");
	static const struct {
		bool unless, unless_not; /* with a fallback of false, of true */
	} rows[] = {{true, true},   {false, false}, {true, true}, {false, false}, {true, true},
		    {false, true}, {false, true},  {false, true}, {false, true}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		is_int(json_flag(json_item(document, i), false), rows[i].unless, "item %zu as true or false", i);
		is_int(json_flag(json_item(document, i), true), rows[i].unless_not, "and the fallback of what is none");
	}
	json_free(document);
}

static void test_nothing(void)
{
	size_t len = 9;

	ok(!json_is_object(NULL) && !json_is_array(NULL), "what is not there is no object");
	is_int(json_count(NULL), 0, "it has no items");
	ok(json_item(NULL, 0) == NULL && json_member(NULL, "a") == NULL, "nor members");
	is_int(json_int(NULL, -3), -3, "nor a number");
	ok(json_flag(NULL, true) && !json_flag(NULL, false), "nor true nor false");
	ok(json_text(NULL, &len) == NULL && len == 9, "nor a text");
	json_free(NULL);
}

static void test_wrong(void)
{
	static const char *const wrong[] = {
		"", " ", "{", "[1,", "{\"a\":1", "{\"a\"}", "\"abc", "nul", "{\"a\":1}}", "{} x", "[1]2",
		"<h1>409: Conflict</h1>",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = {""};
		struct json *document = json_parse(wrong[i], strlen(wrong[i]), &err);

		ok(document == NULL && *err.msg, "no JSON: %s (%s)", wrong[i], err.msg);
		json_free(document);
	}
	ok(parse("<") == NULL && json_parse("<", 1, NULL) == NULL, "nobody has to want the message");
}

static void test_forms(void)
{
	char deep[200];
	struct json *document = parse(" \n{\"a\":\"\377\"}\n ");
	size_t len = 0;

	ok(json_text(json_member(document, "a"), &len) && len == 1,
	   "text that is no UTF-8, as daemons send it, and blanks around");
	json_free(document);
	document = json_parse("[1]garbage", 3, NULL);
	is_int(json_count(document), 1, "only so many bytes are read");
	json_free(document);
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	ok(json_parse(deep, 200, NULL) == NULL, "100 levels are too deep");
	document = json_parse(deep + 80, 40, NULL);
	ok(document != NULL, "20 are not");
	json_free(document);
	document = parse("{\"a\":1,\"a\":2}");
	is_int(json_int(json_member(document, "a"), 0), 2, "of duplicate keys the last counts");
	json_free(document);
}

int main(void)
{
	test_values();
	test_bool();
	test_nothing();
	test_wrong();
	test_forms();
	return tap_done();
}
