/* Fuzz target of wire/rpcpeers.c: the first byte chooses the sizes of the pieces, and what is read must not depend on
 * them. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/rpcpeers_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Less than the largest value that the reader takes. */
enum { SIZE_MAX_HERE = 512 << 10 };

static void compare(const struct reading *whole, const struct reading *cut, size_t most)
{
	if (reading_equal(whole, cut))
		return;
	fprintf(stderr, "broken: pieces of %zu bytes are read as\n%s%d %s\nand not as\n%s%d %s\n", most,
		buf_str(&cut->log), cut->rc, cut->failure, buf_str(&whole->log), whole->rc, whole->failure);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	struct reading whole, cut;
	struct random random;
	size_t most;

	if (size < 2 || size > SIZE_MAX_HERE)
		return 0;
	most = (size_t)data[0] % 64 + 1;
	random.state = data[0] + 1u;
	whole = reading_of(text, size - 1, size - 1, NULL);
	cut = reading_of(text, size - 1, most, data[0] & 0x80 ? &random : NULL);
	compare(&whole, &cut, most);
	reading_done(&whole);
	reading_done(&cut);
	return 0;
}
