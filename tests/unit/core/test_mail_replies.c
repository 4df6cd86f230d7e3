/* core/mail_replies.c: whom a mail server refuses, and with what words. */
#include "core/mail_replies.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

/* Lines of both sides: "> ours", "< theirs". */
static void play(struct mail_replies *r, const char *const *lines)
{
	mail_replies_init(r);
	for (; *lines; lines++)
		(**lines == '>' ? mail_replies_asked : mail_replies_said)(r, *lines + 2, strlen(*lines + 2));
}

static void is_refusal(const struct mail_replies *r, size_t i, size_t to, long status, const char *said)
{
	if (!ok(i < r->count, "refusal %zu is there", i))
		return;
	is_int((long long)r->refusals[i].to, (long long)to, "its recipient");
	is_int(r->refusals[i].status, status, "its status");
	is_str(r->refusals[i].said, said, "its words");
}

static void test_session(void)
{
	static const char *const lines[] = {"< 220 550 hi\r\n",
					    "> EHLO me\r\n",
					    "< 250-550 no\r\n",
					    "< 250 ok\r\n",
					    "> MAIL FROM:<a@b>\r\n",
					    "< 250 ok\r\n",
					    "> RCPT TO:<a@b>\r\n",
					    "< 550-5.1.1 nobody\r\n",
					    "noise\r\n",
					    "< 550 5.1.1 of \033[31m that name\r\n",
					    "> RCPT TO:<c@d>\r\n",
					    "< 251 elsewhere\r\n",
					    "> RCPT TO:<e@f>\r\n",
					    "< 450\r\n",
					    "< 550 what else\r\n",
					    "> RCPT TO:<g@h>\r\n",
					    "< 55x no reply\r\n",
					    "< 5501 nor this\r\n",
					    "< 55\r\n",
					    "< 421-\n",
					    "< 421 bye\n",
					    "> DATA\r\n",
					    "< 554 no\r\n",
					    "> QUIT\r\n",
					    "< 221 bye\r\n",
					    NULL};
	struct mail_replies r;

	play(&r, lines);
	is_int((long long)r.asked, 4, "four recipients");
	is_int((long long)r.count, 3, "three are refused");
	is_refusal(&r, 0, 0, 550, "5.1.1 nobody 5.1.1 of \xef\xbf\xbd[31m that name");
	is_refusal(&r, 1, 2, 450, "");
	is_refusal(&r, 2, 3, 421, "bye");
	is_int(r.last.status, 554, "at last the mail is");
	is_str(r.last.said, "no", "its words");
	mail_replies_done(&r);
}

/* What is refused on the way, and not at last: there is another way. */
static void test_another_way(void)
{
	static const char *const lines[] = {"> EHLO me\r\n",
					    "< 502-5.5.1 what\r\n",
					    "< 502 is that\r\n",
					    NULL,
					    "> HELO me\r\n",
					    "< 250 ok\r\n",
					    NULL};
	struct mail_replies r;

	play(&r, lines);
	is_str(r.last.said, "5.5.1 what is that", "the words of the latest reply");
	mail_replies_asked(&r, lines[4] + 2, strlen(lines[4] + 2));
	mail_replies_said(&r, lines[5] + 2, strlen(lines[5] + 2));
	ok(r.last.status == 0 && r.count == 0, "a good one is none");
	mail_replies_done(&r);
}

/* A reply that is too long: a password that is cut there would not be found any more, so its beginning goes too. */
static void test_long(void)
{
	char line[MAIL_SAID + 200], kept[MAIL_SAID];
	const char *const lines[] = {"> RCPT TO:<a@b>\r\n", line, "< 550 end\r\n", NULL};
	struct mail_replies r;

	snprintf(line, sizeof(line), "< 550-%0*d%s\r\n", MAIL_SAID - 5, 0, "s3cr3tpass");
	snprintf(kept, sizeof(kept), "%0*d", MAIL_SAID - MAIL_LAST_PIECE, 0);
	play(&r, lines);
	is_refusal(&r, 0, 0, 550, kept);
	mail_replies_done(&r);
	snprintf(line, sizeof(line), "< 550 %0*d%s\r\n", MAIL_SAID - 10, 0, "s3cr3tpass");
	play(&r, lines);
	is_int(r.count ? (long long)strlen(r.refusals[0].said) : 0, MAIL_SAID, "one that just fits is whole");
	mail_replies_done(&r);
}

int main(void)
{
	test_session();
	test_another_way();
	test_long();
	return tap_done();
}
