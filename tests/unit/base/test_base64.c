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

	buf_init(&out, 64);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		is_int(base64_write(cases[i][0], strlen(cases[i][0]), &out), 0, "'%s' fits", cases[i][0]);
		is_str(buf_str(&out), cases[i][1], "... and is right");
		base64_text(cases[i][0], strlen(cases[i][0]), text);
		is_str(text, cases[i][1], "... as text too");
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

int main(void)
{
	vectors();
	room();
	return tap_done();
}
