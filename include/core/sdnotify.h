/* Tells the service manager how we are: sd_notify(3)'s protocol over the datagram socket $NOTIFY_SOCKET, and systemd's
 * watchdog. Where nobody listens there is no struct sdnotify, and every function below takes NULL and does nothing. */
#ifndef CORE_SDNOTIFY_H
#define CORE_SDNOTIFY_H

#include "core/loop.h"

struct sdnotify;

/* From $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID. NULL: no service manager, or one that cannot be reached, which
 * is logged. With a watchdog, the loop tells it that it still turns, twice in each of its intervals. */
struct sdnotify *sdnotify_new(struct loop *loop);
void sdnotify_free(struct sdnotify *n);

/* READY=1: the start is over, or a reload. Told again until the service manager takes it. */
void sdnotify_ready(struct sdnotify *n);
/* RELOADING=1 and the time: the configuration is read again, until sdnotify_ready(), which must follow soon. */
void sdnotify_reloading(struct sdnotify *n);
/* STATUS=...: one line for `systemctl status`, cut at 200 bytes; foreign text has been through text_clean(). */
void sdnotify_status(struct sdnotify *n, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* STOPPING=1: the end has begun; the loop is not needed any more. */
void sdnotify_stopping(struct sdnotify *n);

#endif
