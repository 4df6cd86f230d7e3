/* Any bytes as a datagram of a UDP tracker: no reader takes more than there is, and only one kind fits. */
#include <stdlib.h>
#include <string.h>

#include "wire/bep15.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void scrape(const uint8_t *bytes, size_t len, size_t asked)
{
	struct bep15_row *rows = malloc(asked ? asked * sizeof(*rows) : 1);
	size_t count = 0;

	if (!rows)
		abort();
	if (bep15_read_scrape(bytes, len, rows, asked, &count) == 0 && (count > asked || 8 + 12 * count > len))
		abort();
	free(rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct bep15_header header = {BEP15_CONNECT, 0};
	int known = bep15_read_header(bytes, len, &header) == 0;
	char text[64] = "";
	uint64_t connection;

	if (bep15_read_connect(bytes, len, &connection) == 0 && !(known && header.action == BEP15_CONNECT && len >= 16))
		abort();
	if (bep15_read_error(bytes, len, text, sizeof(text)) == 0 && !(known && header.action == BEP15_ERROR))
		abort();
	if (strnlen(text, sizeof(text)) == sizeof(text))
		abort();
	scrape(bytes, len, 0);
	scrape(bytes, len, 1);
	scrape(bytes, len, BEP15_HASHES);
	return 0;
}
