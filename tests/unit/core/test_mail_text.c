/* core/mail_text.c: heads that nobody can add a line to, and a text that is the same after it was read. Python's email
 * package reads the mails of the end-to-end test. */
#include "core/mail_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "tap.h"

static const char *const to[] = {"you@example.org", "they@example.net", NULL};

static void write_mail(const char *subject, const char *text, struct buf *out)
{
	const struct mail mail = {"me@example.org", to, subject, text, 1795266030, {0x12345678abcdef, 7}};

	buf_init(out, 1 << 20);
	mail_write(&mail, out);
}

static void test_whole(void)
{
	struct buf out;

	write_mail("swarmtop: china", "One line.\nAnother, = with signs. ", &out);
	is_str(buf_str(&out),
	       "From: <me@example.org>\r\n"
	       "To: <you@example.org>,\r\n <they@example.net>\r\n"
	       "Subject: swarmtop: china\r\n"
	       "Date: Sat, 21 Nov 2026 13:00:30 +0000\r\n"
	       "Message-ID: <0012345678abcdef0000000000000007@example.org>\r\n"
	       "Auto-Submitted: auto-generated\r\n"
	       "MIME-Version: 1.0\r\n"
	       "Content-Type: text/plain; charset=utf-8\r\n"
	       "Content-Transfer-Encoding: quoted-printable\r\n"
	       "\r\n"
	       "One line.\r\nAnother, =3D with signs.=20\r\n",
	       "a mail");
	buf_done(&out);
}

/* The lines of the head, "" at its end; NULL when a line is too long or ends in something else. */
static size_t head_lines(const char *mail)
{
	size_t lines = 0;

	while (!str_starts(mail, "\r\n")) {
		const char *end = strstr(mail, "\r\n");

		if (!end || end - mail > 78 || memchr(mail, '\n', (size_t)(end - mail)) ||
		    memchr(mail, '\r', (size_t)(end - mail)))
			return 0;
		lines += *mail != ' ';
		mail = end + 2;
	}
	return lines;
}

static void test_injection(void)
{
	static const char *const subjects[] = {
		"x\r\nBcc: everybody@example.org",
		"x\nBcc: everybody@example.org\n\nA text of theirs",
		"\r\n\r\n",
		"=?UTF-8?B?eA==?=",
		"caf\303\251 \344\270\255\346\226\207 \344\270\255\346\226\207 and more and more and more, and more",
		"a subject of plain letters that is much longer than a line of a mail may be, and goes on and on",
		"\377\376 no UTF-8",
	};

	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		struct buf out;

		write_mail(subjects[i], "text", &out);
		is_int(head_lines(buf_str(&out)), 9, "subject %zu: nine fields of short lines", i);
		ok(!strstr(buf_str(&out), "\nBcc"), "and none of a stranger");
		ok(strstr(buf_str(&out), "Subject: =?UTF-8?B?") != NULL, "encoded");
		buf_done(&out);
	}
}

/* RFC 2045 read backwards. */
static void decode(const char *text, char *out)
{
	for (; *text; text++) {
		if (text[0] == '=' && text[1] == '\r') {
			text += 2;
		} else if (text[0] == '=') {
			*out++ = (char)(str_hex(text[1]) << 4 | str_hex(text[2]));
			text += 2;
		} else if (text[0] != '\r') {
			*out++ = *text;
		}
	}
	*out = '\0';
}

static void test_text(void)
{
	char text[4096], back[4200];
	struct buf out;
	bool fits = true;

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)(i % 97 == 96 ? '\n' : 1 + i * 7 % 255);
	text[sizeof(text) - 2] = 'x';
	text[sizeof(text) - 1] = '\0';
	for (char *c = text; *c; c++)
		*c = *c == '\r' ? '.' : *c;
	write_mail("s", text, &out);
	decode(strstr(buf_str(&out), "\r\n\r\n") + 4, back);
	back[strlen(back) - 1] = '\0'; /* the line end at the end */
	is_str(back, text, "every byte comes back");
	for (const char *line = buf_str(&out); *line; line = strstr(line, "\r\n") + 2)
		fits = fits && strstr(line, "\r\n") - line <= 78;
	ok(fits, "no line is longer than 78 bytes");
	buf_done(&out);
	buf_init(&out, 100);
	ok(mail_write(&(struct mail){"a@b", to, "s", "t", 0, {0, 0}}, &out) != 0, "no room is an error");
	buf_done(&out);
}

int main(void)
{
	test_whole();
	test_injection();
	test_text();
	return tap_done();
}
