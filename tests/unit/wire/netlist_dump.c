/* A list on stdin, a line of stdout for each of its lines: "first last", "AS number", "nothing" or "rejected"; then the
 * same list in pieces, as totals. For netlist_oracle.t. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/netlist.h"

enum { LIST_MAX = 64 << 20, PIECE = 61 };

static void dump_network(const struct netlist_entry *entry)
{
	char first[IP_TEXT], last[IP_TEXT];

	if (entry->asn) {
		printf("AS %" PRIu32 "\n", entry->asn);
		return;
	}
	ip_format(&entry->first, first);
	ip_format(&entry->last, last);
	printf("%s %s\n", first, last);
}

static void dump_line(const char *line, size_t len)
{
	struct netlist_entry entry;
	const char *why;

	switch (netlist_read(line, len, &entry, &why)) {
	case NETLIST_NOTHING:
		printf("nothing\n");
		break;
	case NETLIST_NETWORK:
		dump_network(&entry);
		break;
	case NETLIST_REJECTED:
		printf("rejected\n");
		break;
	}
}

static bool take(void *context, const struct netlist_entry *entry)
{
	uint64_t *sum = context;

	for (size_t i = 0; i < sizeof(entry->last.b); i++)
		*sum += entry->first.b[i] + entry->last.b[i];
	*sum += entry->asn;
	return true;
}

int main(void)
{
	char *text = malloc(LIST_MAX);
	size_t len = text ? fread(text, 1, LIST_MAX, stdin) : 0;
	struct netlist list;
	uint64_t sum = 0;

	for (size_t at = 0; at < len;) {
		size_t line = 0;

		while (at + line < len && !memchr("\r\n", text[at + line], 2))
			line++;
		dump_line(text + at, line);
		at += line;
		at += at + 1 < len && text[at] == '\r' && text[at + 1] == '\n' ? 2 : 1;
	}
	netlist_init(&list, take, &sum);
	for (size_t at = 0; at < len; at += PIECE)
		netlist_feed(&list, text + at, len - at < PIECE ? len - at : PIECE);
	netlist_end(&list);
	printf("total %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", list.lines, list.networks, list.rejected,
	       sum);
	free(text);
	return 0;
}
