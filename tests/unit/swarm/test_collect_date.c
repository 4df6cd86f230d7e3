/* The three forms of a date of HTTP, and what is none. */
#include "swarm/collect_date.h"

#include <errno.h>
#include <stddef.h>

#include "tap.h"

static const struct {
	const char *text;
	int64_t date; /* -1 = none */
} rows[] = {
	{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
	{"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
	{"Sun Nov  6 08:49:37 1994", 784111777},
	{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
	{"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199},
	{"Fri, 01 Mar 2024 00:00:00 GMT", 1709251200},
	{"Fri, 31 Dec 1999 23:59:60 GMT", 946684800},
	{"Monday, 01-Jan-69 00:00:00 GMT", 3124224000},
	{"sat, 21 nov 2026 07:30:00 gmt", 1795246200},
	{"", -1},
	{"120", -1},
	{"-5", -1},
	{"Sun, 06 Nov 1994", -1},
	{"Sun, 06 Xyz 1994 08:49:37 GMT", -1},
	{"Sun, 32 Nov 1994 08:49:37 GMT", -1},
	{"Sun, 00 Nov 1994 08:49:37 GMT", -1},
	{"Sun, 06 Nov 1994 24:49:37 GMT", -1},
	{"Sun, 06 Nov 1994 08:60:37 GMT", -1},
	{"Sun, 06 Nov 1994 08:49:61 GMT", -1},
	{"Sun, 06 Nov 1994 08:49 GMT", -1},
	{"Sun, 06 Nov 1994 08:49:37:11 GMT", -1},
	{"Sun, 06 Nov 1994 12 08:49:37 GMT", -1},
	{"Sun, 06 Nov 19945 08:49:37 GMT", -1},
	{"2026-11-21T07:30:00Z", -1},
	{"Sun, 06 Nov 1994 08:49:37 +0100", -1},
};

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t date = -1;

		is_int(collect_date(rows[i].text, &date), rows[i].date < 0 ? -EINVAL : 0, "'%s'", rows[i].text);
		is_int(date, rows[i].date, "is that second, or none");
	}
	return tap_done();
}
