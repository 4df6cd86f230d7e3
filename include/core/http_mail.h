/* Mail by SMTP, over http's door: TLS, proxies and names of failures are those of core/http.h. Each mail has a thread,
 * because libcurl waits for some answers of a mail server with all that runs beside it. */
#ifndef CORE_HTTP_MAIL_H
#define CORE_HTTP_MAIL_H

#include "core/http.h"

struct http_mail;

/* What is sent. Texts are copied; addresses are bare ASCII without blanks or brackets, which the caller has checked. */
struct http_mail_request {
	/* Of these count url (smtp://host:port: STARTTLS or readable; smtps://: TLS at once), username, password,
	 * cacert, insecure, connect_ms, total_ms, proxy, post and post_len (the mail: head, blank line, text, lines
	 * ending in CRLF), done and context. In the result of done() `status` is the last reply of the server. */
	struct http_request base;
	bool starttls; /* smtp:// without it is an error */
	const char *from;
	const char *const *to; /* NULL-terminated */
	/* The server does not take this recipient: told before done(), with the words behind its status, clean. May be
	 * NULL. */
	void (*refused)(void *context, const char *to, long status, const char *said);
};

/* Starts; done() is called exactly once, unless it is cancelled, and the mail is gone then. Some of several recipients
 * may be refused: only when all are it is a failure. */
struct http_mail *http_mail_start(struct http *h, const struct http_mail_request *request);
/* Ends it; done() is not called. Waits for the thread, which takes up to a second while a name is looked up. */
void http_mail_cancel(struct http_mail *mail);

#endif
