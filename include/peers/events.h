/* What happened: the last lines of the monitor's life, for the log view. */
#ifndef PEERS_EVENTS_H
#define PEERS_EVENTS_H

#include <stddef.h>
#include <stdint.h>

enum { EVENTS_KEPT = 200, EVENT_TEXT = 256 };

struct event {
	int64_t wall;
	char text[EVENT_TEXT]; /* clean */
	char said[EVENT_TEXT]; /* the same in the user's language; "" = likewise */
};

struct events {
	struct event ring[EVENTS_KEPT];
	uint32_t count; /* ever */
};

void events_add(struct events *e, int64_t wall, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The latest in the user's language. */
void events_say(struct events *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* All of them, once there is a user who reads them. */
void events_say_all(struct events *e, void (*say)(const char *english, char *said, size_t size));
/* What a screen shows of it. */
const char *events_said(const struct event *event);
/* The n-th newest, 0 = newest; NULL if there is none. */
const struct event *events_get(const struct events *e, uint32_t n);

#endif
