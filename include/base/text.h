/* UTF-8 text: THE sanitiser of foreign strings, and widths in terminal columns. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TEXT_CLIENT_COLS = 64,   /* cap for client names */
	TEXT_TORRENT_COLS = 200, /* cap for torrent names */
};

/* Copies `len` bytes of a foreign string as text that is inert on every output: valid UTF-8, no control (C0, DEL, C1),
 * bidi, zero-width, line-separator, tag or other format character, no private use, no noncharacter, at most one
 * combining mark per base character. What is malformed or forbidden becomes U+FFFD, a run of it only one; so does a
 * mark without a base. Surplus marks and variation selectors (U+FE00-FE0F) are left out. Cleaning twice changes
 * nothing. Whoever copies a foreign string into a lasting struct calls it. Stops at `cols` terminal columns or when
 * `size` (>= 1, NUL included) is used up, never inside a character. Returns the length in bytes. */
size_t text_clean(char *clean, size_t size, const void *foreign, size_t len, unsigned cols);

/* Reads one character of valid or invalid UTF-8 (RFC 3629): its length in bytes (>= 1 for len >= 1), U+FFFD for a
 * malformed byte (then 1). 0 and U+FFFD for len == 0. */
size_t text_decode(const char *text, size_t len, uint32_t *character);
/* Writes one character; returns its length, 1 to 4. U+FFFD for what is no Unicode scalar value. */
size_t text_encode(uint32_t character, char bytes[4]);

/* Terminal columns of one character: 0 (combining), 1 or 2; 1 for what clean text never holds. Own table, the same in
 * every locale. */
unsigned text_char_cols(uint32_t character);
/* Terminal columns of clean text. */
unsigned text_cols(const char *text);
/* Copies as much of clean text as fits in `cols` columns; what was cut ends in "…" (or "~" when ascii). Returns the
 * columns used. */
unsigned text_cut(char *cut, size_t size, const char *text, unsigned cols, bool ascii);
/* Case-insensitive (ASCII letters) search; true if `needle` is empty. */
bool text_has(const char *text, const char *needle);

#endif
