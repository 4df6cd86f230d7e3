/* What a mail server says to each recipient of a mail, and at last (RFC 5321, section 4.2), read from the lines of
 * their dialogue. Pure. */
#ifndef CORE_MAIL_REPLIES_H
#define CORE_MAIL_REPLIES_H

#include <stdbool.h>

#include "base/buf.h"

enum {
	MAIL_SAID = 1024,      /* bytes of a reply that are kept */
	MAIL_LAST_PIECE = 64,  /* what of them is left out where more came: a secret may be cut there */
};

struct mail_refusal {
	size_t to;   /* which recipient, from 0 */
	long status; /* 450, 550 */
	char *said;  /* owned: the words behind the status, clean, the lines as one */
};

struct mail_replies {
	size_t asked;     /* recipients that the server was told of */
	bool waiting;     /* for the reply to the last of them */
	bool cut;
	bool over; /* what is said to QUIT means nothing */
	struct buf said; /* of the reply that is being read */
	struct mail_refusal *refusals; /* owned */
	size_t count;
	struct mail_refusal last; /* the latest reply if it refuses something else; else its status is 0 */
};

void mail_replies_init(struct mail_replies *r);
void mail_replies_done(struct mail_replies *r);
/* A line of ours, a line of the server. */
void mail_replies_asked(struct mail_replies *r, const char *line, size_t len);
void mail_replies_said(struct mail_replies *r, const char *line, size_t len);

#endif
