/* A mail as text (RFC 5322, MIME): head, blank line, plain text in UTF-8. Pure. */
#ifndef CORE_MAIL_TEXT_H
#define CORE_MAIL_TEXT_H

#include <stdint.h>

#include "base/buf.h"

struct mail {
	const char *from;      /* bare address, ASCII */
	const char *const *to; /* the same, NULL-terminated */
	const char *subject;   /* one line of UTF-8 */
	const char *text;      /* lines of UTF-8, '\n' between them */
	int64_t wall;
	uint64_t id[2]; /* random, for the Message-ID */
};

/* Whatever is in the texts, a control character becomes a blank in the head, and none becomes a line of it. Lines end
 * in CRLF and have at most 78 bytes. 0 or -ENOBUFS. */
int mail_write(const struct mail *mail, struct buf *out);

#endif
