/* Writes JSON (RFC 8259) into a buffer: commas, quotes and escapes are its business, structure is the caller's. What
 * does not fit is left out, and out->full says so: check it once, at the end. */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { JSONW_DEPTH = 16 }; /* deepest nesting */

struct jsonw {
	struct buf *out;
	int depth;
	bool some[JSONW_DEPTH]; /* an element was written at this depth */
	bool after_key;
};

void jsonw_init(struct jsonw *w, struct buf *out);
/* After a whole value the writer is ready for the next; what stands between two (a newline) is the caller's. */
/* Values; inside an object each follows a jsonw_key(). */
void jsonw_object(struct jsonw *w);
void jsonw_object_end(struct jsonw *w);
void jsonw_array(struct jsonw *w);
void jsonw_array_end(struct jsonw *w);
void jsonw_key(struct jsonw *w, const char *key);
void jsonw_text(struct jsonw *w, const char *text); /* NULL writes null; clean UTF-8 */
void jsonw_int(struct jsonw *w, int64_t value);
/* Up to `decimals` digits after the point, trailing zeros cut; NaN and infinities write null. Same in every locale. */
void jsonw_double(struct jsonw *w, double value, int decimals);
void jsonw_bool(struct jsonw *w, bool value);
void jsonw_null(struct jsonw *w);
/* Seconds since 1970 as an RFC 3339 text. */
void jsonw_time(struct jsonw *w, int64_t wall);

/* Members: a key, and its value where there is one; null for an empty text, what is not known, no time (0). */
void jsonw_member_text(struct jsonw *w, const char *key, const char *text);
void jsonw_member_int(struct jsonw *w, const char *key, bool known, int64_t value);
void jsonw_member_time(struct jsonw *w, const char *key, int64_t wall);

#endif
