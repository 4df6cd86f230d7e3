/* Reads what a mail server says to each recipient. It does not know who carries the lines. */
#include "core/mail_replies.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xmalloc.h"

enum { STATUS = 3, CLEAN = 3 * MAIL_SAID + 1 };

void mail_replies_init(struct mail_replies *r)
{
	*r = (struct mail_replies){.asked = 0};
	buf_init(&r->said, MAIL_SAID);
}

void mail_replies_done(struct mail_replies *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->refusals[i].said);
	free(r->refusals);
	free(r->last.said);
	buf_done(&r->said);
}

/* Whatever else we say, the next reply is about that. */
void mail_replies_asked(struct mail_replies *r, const char *line, size_t len)
{
	static const char recipient[] = "RCPT TO:";

	r->over = len >= 4 && memcmp(line, "QUIT", 4) == 0;
	r->waiting = len >= sizeof(recipient) - 1 && memcmp(line, recipient, sizeof(recipient) - 1) == 0;
	r->asked += r->waiting;
	r->cut = false;
	buf_reset(&r->said);
}

/* The status of a reply's line, -1 if it is none. */
static long read_status(const char *line, size_t len)
{
	long status = 0;

	if (len < STATUS || (len > STATUS && line[STATUS] != ' ' && line[STATUS] != '-'))
		return -1;
	for (size_t i = 0; i < STATUS; i++) {
		if (line[i] < '0' || line[i] > '9')
			return -1;
		status = status * 10 + line[i] - '0';
	}
	return status;
}

static void keep_words(struct mail_replies *r, const char *words, size_t len)
{
	size_t room;

	if (r->said.len)
		buf_putc(&r->said, ' ');
	room = MAIL_SAID - r->said.len;
	r->cut = r->cut || len > room;
	buf_add(&r->said, words, len < room ? len : room);
}

static char *clean_words(const struct mail_replies *r)
{
	size_t len = r->said.len - (r->cut ? MAIL_LAST_PIECE : 0);
	char clean[CLEAN];

	text_clean(clean, sizeof(clean), buf_str(&r->said), len, sizeof(clean));
	return xstrdup(clean);
}

/* A reply is whole. */
static void take(struct mail_replies *r, long status)
{
	free(r->last.said);
	r->last = (struct mail_refusal){.status = 0};
	if (r->waiting && status / 100 != 2) {
		r->refusals = xrealloc(r->refusals, (r->count + 1) * sizeof(*r->refusals));
		r->refusals[r->count++] = (struct mail_refusal){r->asked - 1, status, clean_words(r)};
	} else if (!r->waiting && status >= 400) {
		r->last = (struct mail_refusal){.status = status, .said = clean_words(r)};
	}
	r->waiting = r->cut = false;
	buf_reset(&r->said);
}

void mail_replies_said(struct mail_replies *r, const char *line, size_t len)
{
	long status;

	while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	status = r->over ? -1 : read_status(line, len);
	if (status < 0)
		return;
	if (len > STATUS + 1)
		keep_words(r, line + STATUS + 1, len - STATUS - 1);
	if (len == STATUS || line[STATUS] != '-')
		take(r, status);
}
