/* What a notifier tells: one message of an alert. All of it is clean text of ours, made by whoever has the alert. */
#ifndef CORE_NOTIFY_MESSAGE_H
#define CORE_NOTIFY_MESSAGE_H

#include <stdint.h>

enum notify_state { NOTIFY_RAISED, NOTIFY_CLEARED, NOTIFY_TEST };

enum { NOTIFY_ALERT = 264, NOTIFY_TITLE = 320, NOTIFY_TEXT = 4096 };

struct notify_message {
	int64_t wall; /* seconds since 1970, when it was decided */
	enum notify_state state;
	char alert[NOTIFY_ALERT]; /* name */
	char title[NOTIFY_TITLE]; /* one line */
	char text[NOTIFY_TEXT];   /* lines, '\n' between them; nothing else that is no plain text */
};

/* "raised", "cleared", "test". */
const char *notify_state_name(enum notify_state state);

#endif
