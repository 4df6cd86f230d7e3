/* Tells people what happened: by mail, webhook, command or bell. Messages wait in a queue for each notifier, are tried
 * again with growing rests, and never hold up the loop. */
#ifndef CORE_NOTIFY_H
#define CORE_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/conf.h"
#include "core/http.h"
#include "core/loop.h"
#include "core/notify_message.h"

struct notify;

struct notify_world {
	struct loop *loop;
	struct http *http;
	/* The bell of whatever terminal there is, which rings if `aloud`. False: there is none. */
	bool (*ring)(void *context, bool aloud);
	/* Something for the log: who, and clean text without secrets. Each trouble is told once, and its end. May be
	 * NULL. */
	void (*noted)(void *context, bool problem, const char *name, const char *text);
	/* A message is done with: sent, or lost, or sent to some only (`error` says why). May be NULL. */
	void (*done)(void *context, const char *name, const char *error);
	/* One was sent; one is given up, as its notifier is not in the configuration any more. May be NULL. */
	void (*heard)(void *context, const struct notify_message *m);
	void (*dropped)(void *context, const struct notify_message *m);
	void *context;
};

struct notify_status {
	const char *name;
	unsigned waiting;
	uint64_t sent, lost;
	const char *error; /* of the latest try, clean; "" = it went well, or there was none; also who of several
			    * did not get what was sent to the others */
};

struct notify *notify_new(const struct notify_world *world);
/* Messages that wait are lost; a command that runs is killed, with its children. NULL is accepted. */
void notify_free(struct notify *n);
/* Takes over the notifiers of a configuration, which must live until the next call or notify_free(). What waits for one
 * of the same name stays; what waits for one that is gone is lost, which is noted. 0; -errno with a message (a password
 * cannot be read), and all is as it was. */
int notify_configure(struct notify *n, const struct conf *conf, struct err *err);
/* Hands a message to those named. It is copied. */
void notify_send(struct notify *n, const struct conf_list *names, const struct notify_message *m);
/* Hands it to one, and gives it one try only. 0 or -ENOENT. */
int notify_try(struct notify *n, const char *name, const struct notify_message *m);
/* Is a message on its way, or about to be? Those that rest after a failure do not count. */
bool notify_busy(const struct notify *n);
/* Does somebody wait for the message that an alert was raised, which was decided at `wall`? */
bool notify_waits(const struct notify *n, const char *alert, int64_t wall);
/* Or one about its end. */
bool notify_end_waits(const struct notify *n, const char *alert);
/* Runs the loop until nobody is busy, at most so long. */
void notify_flush(struct notify *n, int64_t wait_ms);
/* Says how many messages are lost with the end of the program, and how many wait for the next start: see
 * notify_queue_kept(). */
void notify_tell_left(const struct notify *n, bool (*kept)(void *context, const struct notify_message *m, bool last),
		      void *context);

size_t notify_count(const struct notify *n);
struct notify_status notify_status(const struct notify *n, size_t i);

#endif
