/* base/err.c: the code comes back, the message is written whole or cut, and nobody needs to want it. */
#include "base/err.h"

#include <errno.h>

#include "tap.h"

static void test_message(void)
{
	struct err err = {"old"};

	is_int(err_set(&err, -EINVAL, "%s is %d%%", "x", 7), -EINVAL, "the code comes back");
	is_str(err.msg, "x is 7%", "the message is there");
	is_int(err_set(&err, 0, "%s", ""), 0, "0 is a code, too");
	is_str(err.msg, "", "nothing of the old message is left");
	is_int(err_set(&err, 78, "exit"), 78, "and so is what is no errno");
}

static void test_nobody(void)
{
	is_int(err_set(NULL, -ENOENT, "%s", "unheard"), -ENOENT, "without a struct only the code comes back");
}

/* A message cut at its maximum may not reach what stands behind it. */
static void test_limit(void)
{
	struct {
		struct err err;
		char behind[16];
	} box;
	char text[2 * sizeof(box.err.msg)];
	const size_t most = sizeof(box.err.msg) - 1;

	for (size_t len = most - 1; len <= most + 1; len++) {
		memset(&box, '#', sizeof(box));
		memset(text, 'x', sizeof(text));
		text[len] = '\0';
		is_int(err_set(&box.err, -EIO, "%s", text), -EIO, "%zu bytes", len);
		is_int(strnlen(box.err.msg, sizeof(box.err.msg)), len < most ? len : most, "are kept or cut");
		ok(strspn(box.err.msg, "x") == strlen(box.err.msg), "and are the message's");
		ok(box.behind[0] == '#' && box.behind[15] == '#', "nothing behind it is touched");
	}
	text[sizeof(text) - 1] = '\0';
	memset(text, 'y', sizeof(text) - 1);
	err_set(&box.err, -EIO, "%s", text);
	is_int(strlen(box.err.msg), most, "twice the room is cut, too");
}

int main(void)
{
	test_message();
	test_nobody();
	test_limit();
	return tap_done();
}
