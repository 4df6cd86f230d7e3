/* Lines of the log that are true pass after pass, and are written once. It does not know what they are about. */
#include "swarm/said.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"

enum { SAID_MAX = 64 << 10, LINE = 1024 }; /* bytes */

struct said {
	struct buf now, before; /* lines of this pass, and of the last one */
};

struct said *said_new(void)
{
	struct said *s = xcalloc(1, sizeof(*s));

	buf_init(&s->now, SAID_MAX);
	buf_init(&s->before, SAID_MAX);
	return s;
}

void said_free(struct said *s)
{
	if (!s)
		return;
	buf_done(&s->now);
	buf_done(&s->before);
	free(s);
}

void said_begin(struct said *s)
{
	struct buf last = s->before;

	s->before = s->now;
	s->now = last;
	buf_reset(&s->now);
}

void said_tell(struct said *s, void (*log)(const char *format, ...), const char *format, ...)
{
	char line[LINE], whole[LINE + 2];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (!s || !strstr(buf_str(&s->before), whole))
		log("%s", line);
	if (s)
		buf_puts(&s->now, whole);
}
