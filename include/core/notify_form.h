/* What is posted to a webhook: JSON in the form that the service wants. Pure. */
#ifndef CORE_NOTIFY_FORM_H
#define CORE_NOTIFY_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "core/conf.h"
#include "core/notify_message.h"

struct notify_form {
	const char *name;
	const char *host; /* of the service; NULL: many have it */
	bool one_chat;    /* `to` is where it goes */
	bool topic;       /* the last part of the URL's path is one */
	void (*write)(struct jsonw *w, const struct notify_message *m, const struct conf_notify *n, const char *topic);
};

/* The form of a notifier with an http(s) URL: the one that is configured, else the one of its host, else "json". */
const struct notify_form *notify_form_of(const struct conf_notify *n);
/* The whole body. 0, -EINVAL or -ENOBUFS as below. */
int notify_form_write(const struct notify_message *m, const struct conf_notify *n, const char *password,
		      struct buf *out);
/* Where it is posted: the password in its place, without the topic and with the query. 0; -EINVAL: a password that fits
 * into no URL; -ENOBUFS. */
int notify_form_url(const struct conf_notify *n, const char *password, struct buf *url);

/* The last part of a URL's path; false if there is none, or no room. `topic` may be NULL, to only ask. */
bool notify_topic(const char *url, char *topic, size_t size);
/* The host of any URL with "://", small, IPv6 without brackets, cut if need be. */
void notify_host(const char *url, char *host, size_t size);
/* What is sent to this host never leaves this machine. */
bool notify_loopback(const char *url);

#endif
