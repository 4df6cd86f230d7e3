/* Base64: the vectors of RFC 4648, section 10, every digit, and room. */
#include "base/base64.h"

#include <errno.h>

#include "tap.h"

static void vectors(void)
{
	static const char *const cases[][2] = {
		{"", ""},
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
		{"\xfb\xff\xbf", "+/+/"},
	};
	struct buf out;
	char text[16];
	size_t len;

	buf_init(&out, 64);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		is_int(base64_write(cases[i][0], strlen(cases[i][0]), &out), 0, "'%s' fits", cases[i][0]);
		is_str(buf_str(&out), cases[i][1], "... and is right");
		base64_text(cases[i][0], strlen(cases[i][0]), text);
		is_str(text, cases[i][1], "... as text too");
		is_int(base64_read(cases[i][1], text, sizeof(text), &len), 0, "... is read");
		ok(len == strlen(cases[i][0]) && memcmp(text, cases[i][0], len) == 0, "... as what it was");
	}
	buf_done(&out);
}

static void room(void)
{
	struct buf out;

	buf_init(&out, 9);
	is_int(base64_write("fooba", 5, &out), 0, "8 of 9 bytes");
	is_int(base64_write("f", 1, &out), -ENOBUFS, "4 more do not fit");
	ok(out.full && out.len == 8, "nothing was added, and it says so");
	buf_done(&out);
}

static void refused(void)
{
	static const char *const cases[] = {"Z",    "Zg",        "Zg=",  "Zg==Zg==", "====", "Z===",      "=g==",
					    "Z=g=", "Zm9v Zg==", "Zm9*", "Zh==",     "Zm9=", "Zm\xc3\xa9"};
	char text[8] = "";
	size_t len = 7;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(base64_read(cases[i], text, sizeof(text), &len), -EINVAL, "'%s' is none", cases[i]);
	is_int(len, 7, "and nothing was told");
	is_int(base64_read("Zm9vYg==", text, 3, &len), -ENOBUFS, "4 bytes in 3");
	is_int(base64_read("Zm9v", text, 3, &len), 0, "3 bytes in 3");
}

int main(void)
{
	vectors();
	refused();
	room();
	return tap_done();
}
