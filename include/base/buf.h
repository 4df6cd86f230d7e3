/* A growable byte buffer that states its maximum when it is made. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;  /* NUL-terminated once anything was added; owned */
	size_t len;  /* bytes without the NUL */
	size_t cap;
	size_t max;  /* len never exceeds it */
	bool full;   /* an addition was refused since the last buf_reset() */
};

/* An empty buffer; allocates nothing yet. */
void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);
/* Empties it and keeps the memory. */
void buf_reset(struct buf *b);

/* Each adds all or nothing: 0, or -ENOBUFS when the maximum would be passed (and sets `full`). */
int buf_add(struct buf *b, const void *bytes, size_t len);
int buf_putc(struct buf *b, char c);
int buf_puts(struct buf *b, const char *text);
int buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Drops the first `len` bytes; len <= b->len. */
void buf_drop(struct buf *b, size_t len);
/* The text, "" when empty; valid until the next change. */
const char *buf_str(const struct buf *b);

#endif
