/* A test program's voice: TAP lines on stdout. Include it once, in the .c with main(). */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed;

#define ok(what, ...) tap_ok((what), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, ...) tap_is_int((long long)(got), (long long)(want), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, want, ...) tap_is_str((got), (want), __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 4, 5))) static inline bool tap_ok(bool what, const char *file, int line, const char *name,
								...)
{
	va_list args;

	printf("%sok %d - ", what ? "" : "not ", ++tap_count);
	va_start(args, name);
	vprintf(name, args);
	va_end(args);
	printf("\n");
	if (!what) {
		tap_failed++;
		printf("# at %s:%d\n", file, line);
	}
	fflush(stdout);
	return what;
}

__attribute__((format(printf, 5, 6))) static inline bool tap_is_int(long long got, long long want, const char *file,
								    int line, const char *name, ...)
{
	char text[512];
	va_list args;

	va_start(args, name);
	vsnprintf(text, sizeof(text), name, args);
	va_end(args);
	if (!tap_ok(got == want, file, line, "%s", text))
		printf("#   got %lld\n#  want %lld\n", got, want);
	return got == want;
}

__attribute__((format(printf, 5, 6))) static inline bool tap_is_str(const char *got, const char *want, const char *file,
								    int line, const char *name, ...)
{
	bool same = got && want ? strcmp(got, want) == 0 : got == want;
	char text[512];
	va_list args;

	va_start(args, name);
	vsnprintf(text, sizeof(text), name, args);
	va_end(args);
	if (!tap_ok(same, file, line, "%s", text))
		printf("#   got '%s'\n#  want '%s'\n", got ? got : "(null)", want ? want : "(null)");
	return same;
}

/* What limits of time are to be multiplied by: the runner says where programs are slow, sanitised or emulated. */
static inline long tap_slow(void)
{
	const char *slow = getenv("SWARMTOP_SLOW");

	return slow ? strtol(slow, NULL, 10) : 1;
}

/* The last line of main(): `return tap_done();` */
static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
