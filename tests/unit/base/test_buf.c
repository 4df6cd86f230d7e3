/* base/buf.c: growing, the maximum, all or nothing. */
#include "base/buf.h"

#include <errno.h>

#include "random.h"
#include "tap.h"

static void test_adding(void)
{
	struct buf b;

	buf_init(&b, 100);
	is_str(buf_str(&b), "", "empty at first");
	ok(b.data == NULL && b.len == 0 && b.cap == 0, "without memory");
	is_int(buf_add(&b, "abc\0d", 5), 0, "bytes with a NUL");
	is_int(b.len, 5, "are five");
	ok(memcmp(b.data, "abc\0d", 6) == 0, "and one NUL more behind");
	buf_reset(&b);
	is_str(buf_str(&b), "", "reset empties");
	ok(b.cap > 0, "and keeps the memory");
	is_int(buf_puts(&b, "n="), 0, "puts");
	is_int(buf_printf(&b, "%d/%s", 42, "x"), 0, "printf");
	is_int(buf_putc(&b, '!'), 0, "putc");
	is_str(buf_str(&b), "n=42/x!", "one behind the other");
	is_int(buf_add(&b, NULL, 0), 0, "nothing can be added");
	buf_done(&b);
	is_str(buf_str(&b), "", "done is empty again");
	is_int(b.max, 100, "with the same maximum");
	is_int(buf_puts(&b, "again"), 0, "and may be used again");
	buf_done(&b);
}

static void test_maximum(void)
{
	struct buf b;

	buf_init(&b, 10);
	is_int(buf_puts(&b, "1234567890"), 0, "ten of ten");
	ok(!b.full, "not refused yet");
	is_int(buf_putc(&b, 'x'), -ENOBUFS, "one more is refused");
	ok(b.full, "and remembered");
	is_int(buf_printf(&b, "%d", 7), -ENOBUFS, "printf is refused, too");
	is_str(buf_str(&b), "1234567890", "nothing changed");
	is_int(buf_add(&b, "", 0), 0, "nothing still fits");
	buf_drop(&b, 4);
	is_int(buf_puts(&b, "abcde"), -ENOBUFS, "all or nothing");
	is_int(buf_puts(&b, "abcd"), 0, "what fits, fits");
	is_str(buf_str(&b), "567890abcd", "behind what was left");
	ok(b.full, "the refusal is remembered until reset");
	buf_reset(&b);
	ok(!b.full, "reset forgets it");
	is_int(buf_printf(&b, "%s", "12345678901"), -ENOBUFS, "eleven by printf");
	is_str(buf_str(&b), "", "leave nothing");
	is_int(buf_add(&b, "x", SIZE_MAX), -ENOBUFS, "a length that would overflow");
	buf_done(&b);
}

static void test_zero(void)
{
	struct buf b;

	buf_init(&b, 0);
	is_int(buf_putc(&b, 'x'), -ENOBUFS, "a maximum of 0 takes nothing");
	is_int(buf_puts(&b, ""), 0, "but the empty text");
	is_str(buf_str(&b), "", "and is empty");
	buf_done(&b);
}

static void test_drop(void)
{
	struct buf b;

	buf_init(&b, 20);
	buf_drop(&b, 0);
	buf_puts(&b, "head:body");
	buf_drop(&b, 5);
	is_str(buf_str(&b), "body", "the front goes");
	buf_drop(&b, 0);
	is_str(buf_str(&b), "body", "0 changes nothing");
	buf_drop(&b, 4);
	is_str(buf_str(&b), "", "all goes");
	is_int(b.len, 0, "and none is left");
	buf_done(&b);
}

/* Random additions and drops beside a plain array; the memory never passes maximum and NUL. */
static void test_random(void)
{
	enum { MAX = 1000 };
	struct random r = {.state = 9};
	char plain[MAX], bytes[300];
	size_t len = 0;
	unsigned wrong = 0;
	struct buf b;

	buf_init(&b, MAX);
	for (int i = 0; i < 20000; i++) {
		size_t add = random_below(&r, sizeof(bytes));
		size_t drop = random_below(&r, (uint32_t)len + 1);

		memset(bytes, (int)random_below(&r, 256), add);
		if (random_below(&r, 3) == 0) {
			buf_drop(&b, drop);
			memmove(plain, plain + drop, len - drop);
			len -= drop;
		} else if (len + add > MAX) {
			wrong += buf_add(&b, bytes, add) != -ENOBUFS;
		} else {
			wrong += buf_add(&b, bytes, add) != 0;
			memcpy(plain + len, bytes, add);
			len += add;
		}
		wrong += b.len != len || memcmp(buf_str(&b), plain, len) != 0 || buf_str(&b)[len] != '\0';
		wrong += b.cap > MAX + 1;
	}
	is_int(wrong, 0, "20,000 random operations agree with the array");
	buf_done(&b);
}

int main(void)
{
	test_adding();
	test_maximum();
	test_zero();
	test_drop();
	test_random();
	return tap_done();
}
