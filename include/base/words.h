/* The words that people read, in their language. One door to gettext(3): what is marked here goes into
 * src/share/po/swarmtop.pot. Only our own texts are ever looked up, never one that came from outside.
 *
 * Until words_open() everything stays English. What programs read (JSON, CSV, plain records, metrics, logs) is never
 * marked, or is written where nobody has opened the words. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdbool.h>

/* Takes the user's language from the environment (LANGUAGE, LC_ALL, LC_MESSAGES, LANG) and its catalogue from below
 * `folder` (it/LC_MESSAGES/swarmtop.mo). English stays where there is none, and where the terminal is not UTF-8. The
 * program's own locale is not touched: numbers, dates and the C library's messages stay as they are. */
void words_open(const char *folder);
void words_close(void);
/* While it is true everything is English again: for a program that asks while a person watches the screen. */
void words_hush(bool hushed);

/* The text in the user's language, in UTF-8; lives as long as the program, or is the one that was given. "" and NULL
 * stay what they are. From one thread. */
const char *words(const char *english) __attribute__((format_arg(1)));
/* The form for `n` things. */
const char *words_count(const char *one, const char *many, unsigned long n)
	__attribute__((format_arg(1), format_arg(2)));

#define _(text) words(text)
#define _n(one, many, n) words_count(one, many, n)
/* Marks a text in a table; it is looked up where it is drawn. */
#define N_(text) text

#endif
