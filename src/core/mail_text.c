/* Writes mails. It does not know how they are sent, nor any locale: dates are English, in UTC. */
#include "core/mail_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/base64.h"
#include "base/text.h"

enum {
	LINE = 76,      /* RFC 2045, section 6.7 */
	WORD_BYTES = 42 /* of an encoded word: 56 of base64 and 12 around them stay below 75 (RFC 2047, section 2) */
};

/* ---- the head ---- */

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* At most `max` bytes, whole characters. */
static size_t take(const char *text, size_t len, size_t max)
{
	size_t used = 0;
	uint32_t c;

	while (used < len) {
		size_t step = text_decode(text + used, len - used, &c);

		if (used + step > max)
			break;
		used += step;
	}
	return used;
}

static int write_word(const char *text, size_t len, struct buf *out)
{
	char bytes[WORD_BYTES];
	int r;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		bytes[i] = (char)(c < ' ' || c == 0x7f ? ' ' : c);
	}
	r = buf_puts(out, "=?UTF-8?B?");
	r = r ? r : base64_write(bytes, len, out);
	return r ? r : buf_puts(out, "?=");
}

/* A long or foreign text as encoded words, one a line. */
static int write_subject(const char *text, struct buf *out)
{
	size_t len = strlen(text), used = 0;
	int r = buf_puts(out, "Subject: ");

	if (is_plain(text) && len + sizeof("Subject: ") <= LINE && !strstr(text, "=?"))
		return r ? r : buf_printf(out, "%s\r\n", text);
	while (!r && used < len) {
		size_t step = take(text + used, len - used, WORD_BYTES);

		r = used ? buf_puts(out, "\r\n ") : 0;
		r = r ? r : write_word(text + used, step, out);
		used += step;
	}
	return r ? r : buf_puts(out, "\r\n");
}

static int write_date(int64_t wall, struct buf *out)
{
	static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t when = (time_t)wall;
	struct tm tm = {.tm_mday = 1, .tm_year = 70, .tm_wday = 4};

	gmtime_r(&when, &tm);
	return buf_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
			  months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static int write_head(const struct mail *mail, struct buf *out)
{
	const char *at = strrchr(mail->from, '@');
	int r = buf_printf(out, "From: <%s>\r\n", mail->from);

	for (size_t i = 0; !r && mail->to[i]; i++)
		r = buf_printf(out, "%s<%s>", i ? ",\r\n " : "To: ", mail->to[i]);
	r = r ? r : buf_puts(out, "\r\n");
	r = r ? r : write_subject(mail->subject, out);
	r = r ? r : write_date(mail->wall, out);
	r = r ? r
	      : buf_printf(out, "Message-ID: <%016llx%016llx@%s>\r\n", (unsigned long long)mail->id[0],
			   (unsigned long long)mail->id[1], at ? at + 1 : "localhost");
	return r ? r
		 : buf_puts(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
				 "Content-Type: text/plain; charset=utf-8\r\n"
				 "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
}

/* ---- the text, quoted-printable (RFC 2045, section 6.7) ---- */

static bool is_literal(char c, bool last)
{
	return (c >= '!' && c <= '~' && c != '=') || (c == ' ' && !last);
}

static int write_text(const char *text, struct buf *out)
{
	size_t column = 0;
	int r = 0;

	for (; *text && !r; text++) {
		bool literal = is_literal(*text, text[1] == '\0' || text[1] == '\n');
		size_t cols = literal ? 1 : 3;

		if (*text == '\n') {
			r = buf_puts(out, "\r\n");
			column = 0;
			continue;
		}
		if (column + cols > LINE - 1) {
			r = buf_puts(out, "=\r\n");
			column = 0;
		}
		column += cols;
		if (!r)
			r = literal ? buf_putc(out, *text) : buf_printf(out, "=%02X", (unsigned)(unsigned char)*text);
	}
	return r ? r : buf_puts(out, "\r\n");
}

int mail_write(const struct mail *mail, struct buf *out)
{
	int r = write_head(mail, out);

	return r ? r : write_text(mail->text, out);
}
