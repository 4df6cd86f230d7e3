/* What must hold for every result of text_clean(), said a second time and without its tables. Unit test and fuzz target
 * share it. */
#ifndef TEXT_PROPERTIES_H
#define TEXT_PROPERTIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

/* One character of valid UTF-8 by the syntax of RFC 3629 section 4, written out; 0 where it is not valid. */
static inline size_t valid_character(const unsigned char *s, uint32_t *c)
{
	static const struct {
		unsigned char lead_first, lead_last, second_first, second_last;
		size_t len;
	} forms[] = {
		{0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	static const unsigned char lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (s[0] < forms[i].lead_first || s[0] > forms[i].lead_last)
			continue;
		if (forms[i].len > 1 && (s[1] < forms[i].second_first || s[1] > forms[i].second_last))
			return 0;
		*c = s[0] & lead_bits[forms[i].len];
		for (size_t at = 1; at < forms[i].len; at++) {
			if (s[at] < 0x80 || s[at] > 0xbf)
				return 0;
			*c = *c << 6 | (s[at] & 0x3f);
		}
		return forms[i].len;
	}
	return 0;
}

/* Characters that do something on a terminal or in a browser, or hide; the well-known ones, block by block. */
static inline bool dangerous_character(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} blocks[] = {
		{0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},      {0x600, 0x605},
		{0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x115f, 0x1160},    {0x180b, 0x180f},
		{0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},    {0xd800, 0xf8ff},
		{0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},    {0xfff9, 0xfffb},
		{0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
	};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (c >= blocks[i].first && c <= blocks[i].last)
			return true;
	return (c & 0xffff) >= 0xfffe;
}

/* Marks of the scripts that stacks of marks are made of. */
static inline bool common_mark(uint32_t c)
{
	return (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1ace) || (c >= 0x1dc0 && c <= 0x1dff) ||
	       (c >= 0x20d0 && c <= 0x20f0) || (c >= 0xfe20 && c <= 0xfe2f);
}

/* NULL, or what is wrong with a text that claims to be clean. */
static inline const char *unclean(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	uint32_t c, before = 0;
	size_t step;

	for (; *s; s += step, before = c) {
		step = valid_character(s, &c);
		if (step == 0)
			return "not UTF-8";
		if (dangerous_character(c))
			return "a forbidden character";
		if (c == 0xfffd && before == 0xfffd)
			return "two U+FFFD side by side";
		if (common_mark(c) && (before == 0 || before == 0xfffd || common_mark(before)))
			return "a mark without a base of its own";
	}
	return NULL;
}

/* NULL, or which property text_clean() broke for these bytes. `clean` has `size` bytes and gets the result. */
static inline const char *broken_property(const void *bytes, size_t len, char *clean, size_t size, unsigned cols)
{
	char again[4096];
	size_t used = text_clean(clean, size, bytes, len, cols);

	if (used >= size || used != strlen(clean))
		return "the length returned is not that of the text";
	if (text_cols(clean) > cols)
		return "more columns than allowed";
	if (size <= sizeof(again) && (text_clean(again, size, clean, used, cols) != used || strcmp(again, clean) != 0))
		return "cleaning twice differs from cleaning once";
	return unclean(clean);
}

#endif
