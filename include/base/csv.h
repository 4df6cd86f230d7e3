/* Comma-separated values, RFC 4180, but lines end in LF. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/buf.h"

/* Clean text as a cell, quoted if it must be. One that a spreadsheet would take for a formula gets a leading quote. */
void csv_cell(struct buf *out, const char *text);

#endif
