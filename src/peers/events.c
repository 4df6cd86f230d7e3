/* A ring of the latest events. It does not know what is an event. */
#include "peers/events.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/str.h"

__attribute__((format(printf, 2, 0))) static void write(char to[EVENT_TEXT], const char *format, va_list args)
{
	char text[4 * EVENT_TEXT];

	vsnprintf(text, sizeof(text), format, args);
	str_copy(to, EVENT_TEXT, text);
}

void events_add(struct events *e, int64_t wall, const char *format, ...)
{
	struct event *event = &e->ring[e->count++ % EVENTS_KEPT];
	va_list args;

	event->wall = wall;
	event->said[0] = '\0';
	va_start(args, format);
	write(event->text, format, args);
	va_end(args);
}

void events_say(struct events *e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write(e->ring[(e->count - 1) % EVENTS_KEPT].said, format, args);
	va_end(args);
}

void events_say_all(struct events *e, void (*say)(const char *english, char *said, size_t size))
{
	uint32_t kept = e->count < EVENTS_KEPT ? e->count : EVENTS_KEPT;

	for (uint32_t i = 0; i < kept; i++)
		say(e->ring[i].text, e->ring[i].said, EVENT_TEXT);
}

const char *events_said(const struct event *event)
{
	return event->said[0] ? event->said : event->text;
}

const struct event *events_get(const struct events *e, uint32_t n)
{
	if (n >= EVENTS_KEPT || n >= e->count)
		return NULL;
	return &e->ring[(e->count - 1 - n) % EVENTS_KEPT];
}
