/* A ring of the latest events. It does not know what is an event. */
#include "peers/events.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/str.h"

void events_add(struct events *e, int64_t wall, const char *format, ...)
{
	struct event *event = &e->ring[e->count++ % EVENTS_KEPT];
	char text[4 * EVENT_TEXT];
	va_list args;

	event->wall = wall;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	str_copy(event->text, sizeof(event->text), text);
}

const struct event *events_get(const struct events *e, uint32_t n)
{
	if (n >= EVENTS_KEPT || n >= e->count)
		return NULL;
	return &e->ring[(e->count - 1 - n) % EVENTS_KEPT];
}
