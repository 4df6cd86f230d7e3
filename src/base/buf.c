/* A growable byte buffer with a maximum. It does not know what the bytes mean. */
#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void buf_done(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->full = false;
	if (b->data)
		b->data[0] = '\0';
}

/* Room for `more` bytes and the NUL. */
static int reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 64;

	if (more > b->max - b->len) {
		b->full = true;
		return -ENOBUFS;
	}
	if (b->len + more < b->cap)
		return 0;
	while (cap <= b->len + more)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	b->data = xreallocarray(b->data, cap, 1);
	b->cap = cap;
	return 0;
}

int buf_add(struct buf *b, const void *bytes, size_t len)
{
	int rc = reserve(b, len);

	if (rc)
		return rc;
	if (len)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int buf_putc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_puts(struct buf *b, const char *text)
{
	return buf_add(b, text, strlen(text));
}

int buf_vprintf(struct buf *b, const char *format, va_list args)
{
	va_list again;
	int need, rc;

	va_copy(again, args);
	need = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (need < 0)
		return -EINVAL;
	rc = reserve(b, (size_t)need);
	if (rc)
		return rc;
	vsnprintf(b->data + b->len, (size_t)need + 1, format, args);
	b->len += (size_t)need;
	return 0;
}

int buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	int rc;

	va_start(args, format);
	rc = buf_vprintf(b, format, args);
	va_end(args);
	return rc;
}

void buf_drop(struct buf *b, size_t len)
{
	if (!len)
		return;
	b->len -= len;
	memmove(b->data, b->data + len, b->len + 1);
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}
