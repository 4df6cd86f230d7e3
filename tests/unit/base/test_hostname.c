/* base/hostname.c */
#include "base/hostname.h"

#include <string.h>

#include "tap.h"

static void names(void)
{
	static const struct {
		const char *text, *name; /* NULL = none */
	} rows[] = {
		{"Tracker.Example", "tracker.example"},
		{"example.", "example"},
		{"a_b-c.1x", "a_b-c.1x"},
		{"9.example", "9.example"},
		{"", NULL},
		{".", NULL},
		{"a..b", NULL},
		{".a", NULL},
		{"a..", NULL},
		{"10.0.0.1", NULL},
		{"example.7", NULL},
		{"a b", NULL},
		{"a\tb", NULL},
		{"a:80", NULL},
		{"\xc3\xa9.example", NULL},
	};
	char name[HOSTNAME];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool is = hostname_read(rows[i].text, name);

		ok(is == (rows[i].name != NULL) && (!is || strcmp(name, rows[i].name) == 0), "\"%s\"", rows[i].text);
	}
}

/* Of 253 characters at most, in labels of 63; what is behind the name is zero. */
static void lengths(void)
{
	char text[HOSTNAME + 64], name[HOSTNAME], zero[HOSTNAME] = "";

	memset(text, 'a', sizeof(text));
	text[63] = '\0';
	memset(name, 'x', sizeof(name));
	ok(hostname_read(text, name) && memcmp(name + 63, zero, sizeof(name) - 63) == 0, "63 characters, then zeros");
	text[63] = 'a';
	text[64] = '\0';
	ok(!hostname_read(text, name), "64 characters without a dot");
	text[64] = 'a';
	for (size_t i = 50; i < sizeof(text); i += 50)
		text[i] = '.';
	text[253] = '\0';
	ok(hostname_read(text, name) && strlen(name) == 253, "253 characters");
	text[253] = '.';
	text[254] = '\0';
	ok(hostname_read(text, name) && strlen(name) == 253, "and the dot of the root");
	text[253] = 'a';
	ok(!hostname_read(text, name), "254 characters");
	text[254] = 'a';
	text[sizeof(text) - 1] = '\0';
	ok(!hostname_read(text, name), "more");
}

int main(void)
{
	names();
	lengths();
	return tap_done();
}
