/* Cells of CSV. It does not know rows. */
#include "base/csv.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

static bool is_formula(const char *text)
{
	double number;

	return *text && strchr("=+-@", *text) && str_double(text, &number) != 0;
}

void csv_cell(struct buf *out, const char *text)
{
	bool formula = is_formula(text), quoted = strpbrk(text, ",\"\n\r") != NULL;

	if (quoted)
		buf_putc(out, '"');
	if (formula)
		buf_putc(out, '\'');
	for (; *text; text++) {
		if (*text == '"')
			buf_putc(out, '"');
		buf_putc(out, *text);
	}
	if (quoted)
		buf_putc(out, '"');
}
