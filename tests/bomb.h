/* Bytes that become many more when they are unpacked. */
#ifndef BOMB_H
#define BOMB_H

#include <stddef.h>
#include <string.h>

enum { BOMB_REPEATS = 100000, BOMB_SIZE = 200000 };

struct bomb_bits {
	unsigned char *at;
	unsigned count;
};

static inline void bomb_put(struct bomb_bits *b, unsigned value, unsigned count)
{
	for (unsigned i = 0; i < count; i++, b->count++)
		b->at[b->count / 8] |= (unsigned char)(((value >> i) & 1) << (b->count % 8));
}

/* One letter, and then over and over "258 bytes from 1 byte back" in fixed codes (RFC 1951, 3.2.6): 13 bits each. */
static inline size_t bomb_make(unsigned char *bytes, unsigned repeats)
{
	static const unsigned char head[10] = {0x1f, 0x8b, 8};
	struct bomb_bits b = {bytes, sizeof(head) * 8};

	memcpy(bytes, head, sizeof(head));
	bomb_put(&b, 1, 1); /* the last block */
	bomb_put(&b, 1, 2); /* fixed codes */
	bomb_put(&b, 0x19, 8); /* 'h': 10011000, from its first bit on */
	while (repeats-- > 0) {
		bomb_put(&b, 0xa3, 8); /* 285: 11000101 */
		bomb_put(&b, 0, 5);
	}
	bomb_put(&b, 0, 7); /* the end of the block */
	return (b.count + 7) / 8;
}

#endif
