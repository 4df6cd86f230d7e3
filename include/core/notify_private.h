/* What the files of core/notify share: a way to tell is a table of functions, in its own file. */
#ifndef CORE_NOTIFY_PRIVATE_H
#define CORE_NOTIFY_PRIVATE_H

#include "core/login.h"
#include "core/notify.h"
#include "core/notify_queue.h"

enum { NOTIFY_QUOTE = 1024 };

enum notify_verdict { NOTIFY_SENT, NOTIFY_LATER, NOTIFY_NEVER };

/* How a try ended. */
struct notify_outcome {
	enum notify_verdict verdict;
	int64_t after_ms; /* NOTIFY_LATER: what the other side asks for, 0 = nothing */
	char error[320];  /* clean, without secrets; "" when sent to all who should get it */
};

struct notifier;

struct notify_ops {
	/* Starts a try, which ends with notify_ended(), also from within. */
	void (*start)(struct notifier *r, const struct notify_message *m);
	/* Ends one that is under way; notify_ended() is not called then. */
	void (*cancel)(struct notifier *r);
};

extern const struct notify_ops notify_web, notify_mail, notify_command, notify_bell;

struct notifier {
	struct notify *owner;
	const struct notify_world *world;
	const struct notify_ops *ops;
	char *name;                     /* owned */
	const struct conf_notify *conf; /* of the configuration in force */
	const char *proxy;              /* for it; "" = none */
	char password[LOGIN_TEXT];
	struct notify_queue queue;
	struct loop_timer due;
	void *flight; /* of the ops, while a try is under way */
	bool once;    /* one try only */
	bool partly;  /* the error is that not all got the latest message */
	char error[320];
};

void notify_ended(struct notifier *r, const struct notify_outcome *outcome);
/* The outcome of a failed connection or answer, in words that tell what to do. */
void notify_http_failed(const struct notifier *r, const struct http_result *result, struct notify_outcome *outcome);
/* Writes an error, cleaned. What somebody else said goes through notify_quote() before. */
__attribute__((format(printf, 2, 3))) void notify_say(struct notify_outcome *outcome, const char *format, ...);
/* ": SAID", clean, to stand behind what failed; "" for "". What holds a secret of the notifier is left out, and that
 * said. */
void notify_quote(const struct notifier *r, const char *said, char quoted[NOTIFY_QUOTE]);

#endif
