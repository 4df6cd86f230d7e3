/* Lines that are said once. */
#include "swarm/said.h"

#include <stdarg.h>
#include <stdio.h>

#include "tap.h"

static unsigned count;

static void log_line(const char *format, ...)
{
	(void)format;
	count++;
}

static void pass(struct said *s, const char *const *lines)
{
	count = 0;
	said_begin(s);
	for (; *lines; lines++)
		said_tell(s, log_line, "%s", *lines);
}

int main(void)
{
	static const char *const far[] = {"/usr/geo: no permission", "port 68810 is busy", NULL};
	static const char *const near[] = {"/geo: no permission", "port 68810 is", NULL};
	static const char *const both[] = {"/usr/geo: no permission", "/geo: no permission", NULL};
	static const char *const none[] = {NULL};
	struct said *s = said_new();

	pass(s, far);
	is_int(count, 2, "what is new is said");
	pass(s, far);
	is_int(count, 0, "and not again");
	pass(s, near);
	is_int(count, 2, "parts of a line are other lines");
	pass(s, both);
	is_int(count, 1, "one was there before");
	pass(s, none);
	pass(s, both);
	is_int(count, 2, "when it was not so in between it is said once more");
	said_free(s);
	said_tell(NULL, log_line, "%s", "x");
	is_int(count, 3, "without a memory all is said");
	return tap_done();
}
