/* Small helpers for C strings that libc lacks or has dangerous forms of. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies with truncation, never inside a UTF-8 character; always NUL-terminated (size >= 1). False if it was cut. */
bool str_copy(char *to, size_t size, const char *from);
bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);
/* Cuts white space off both ends, in place; returns the start. */
char *str_trim(char *text);
/* The whole text as a decimal number; 0, -EINVAL (not a number, empty, white space, trailing text) or -ERANGE. No sign
 * for str_u64(); no "inf", "nan" or hexadecimal, and always a point, for str_double(). */
int str_u64(const char *text, uint64_t *value);
int str_i64(const char *text, int64_t *value);
int str_double(const char *text, double *value);
/* The value of a hexadecimal digit, -1 for any other character. */
int str_hex(char digit);
/* The entry of `names` (NULL-terminated) that is nearest to `text` by edit distance; NULL if none is near enough to be
 * meant (distance <= 1/3 of the length + 1, lengths up to 63 bytes). The first of equals. */
const char *str_nearest(const char *text, const char *const *names);

enum {
	STR_NUMBER = 32,   /* room for any number below */
	STR_DECIMALS = 14, /* most digits after a point */
};

/* A number for programs, the same in every locale: up to `decimals` digits after the point, trailing zeros cut, never
 * "-0"; from 1e15 on "%.17g". `value` is finite. */
void str_decimal(double value, int decimals, char text[STR_NUMBER]);
/* Numbers for people: 1204 -> "1,204" */
void str_count(uint64_t value, char text[STR_NUMBER]);
/* 1234567 -> "1.2 MB", decimal units B kB MB GB TB PB, at most 3 digits of figure: "999 B", "1.0 kB", "12 kB",
 * "410 kB". From 999 PB on "999 PB"; negative and NaN "0 B". */
void str_bytes(double bytes, char text[STR_NUMBER]);

#endif
