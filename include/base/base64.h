/* Base64 (RFC 4648, section 4), with padding. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

#include "base/buf.h"

/* `text` has room for 4 characters for 3 bytes begun, and NUL. */
void base64_text(const void *bytes, size_t len, char *text);
/* Adds the text of `len` bytes: all or nothing, 0 or -ENOBUFS. */
int base64_write(const void *bytes, size_t len, struct buf *out);
/* Reads a whole text, padding and all: 0 with the number of bytes; -EINVAL for what is no base64, -ENOBUFS when there
 * are more than `size` bytes. */
int base64_read(const char *text, void *bytes, size_t size, size_t *len);

#endif
