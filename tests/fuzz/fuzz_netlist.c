/* Any bytes as a list of networks, whole, in pieces and with LF at the end of each line: the same networks in the same
 * order, each in bounds and, written and read again, itself. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text_properties.h"
#include "wire/netlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_again(const struct netlist_entry *entry)
{
	char first[IP_TEXT], last[IP_TEXT], line[2 * IP_TEXT + 1];
	struct netlist_entry again;
	const char *why;
	int len;

	ip_format(&entry->first, first);
	ip_format(&entry->last, last);
	len = entry->asn ? snprintf(line, sizeof(line), "AS%u", (unsigned)entry->asn)
			 : snprintf(line, sizeof(line), "%s-%s", first, last);
	must(netlist_read(line, (size_t)len, &again, &why) == NETLIST_NETWORK);
	must(memcmp(&again, entry, sizeof(again)) == 0);
}

/* The sum depends on the order. */
static bool take(void *context, const struct netlist_entry *entry)
{
	uint64_t *sum = context;
	const uint8_t *bytes = (const uint8_t *)entry;

	must(memcmp(&entry->first, &entry->last, sizeof(entry->first)) <= 0);
	must(ip_is4(&entry->first) == ip_is4(&entry->last));
	check_again(entry);
	for (size_t i = 0; i < sizeof(*entry); i++)
		*sum = *sum * 31 + bytes[i];
	return true;
}

static uint64_t read_list(struct netlist *list, const uint8_t *bytes, size_t len, size_t piece)
{
	uint64_t sum = 1;

	netlist_init(list, take, &sum);
	for (size_t at = 0; at < len; at += piece)
		netlist_feed(list, bytes + at, len - at < piece ? len - at : piece);
	netlist_end(list);
	return sum;
}

/* CR LF and CR become LF. */
static size_t with_lf(const uint8_t *bytes, size_t len, uint8_t *out)
{
	size_t written = 0;

	for (size_t i = 0; i < len; i++)
		if (bytes[i] != '\n' || i == 0 || bytes[i - 1] != '\r')
			out[written++] = bytes[i] == '\r' ? '\n' : bytes[i];
	return written;
}

static void check_ends(const struct netlist *whole, uint64_t sum, const uint8_t *bytes, size_t len)
{
	uint8_t *text = malloc(len + 1);
	struct netlist list;

	must(text != NULL);
	must(read_list(&list, text, with_lf(bytes, len, text), len + 1) == sum);
	must(list.lines == whole->lines && list.networks == whole->networks && list.rejected == whole->rejected);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct netlist whole, pieces;
	uint64_t sum = read_list(&whole, bytes, len, len ? len : 1);

	must(read_list(&pieces, bytes, len, 7) == sum);
	must(whole.lines == pieces.lines && whole.networks == pieces.networks && whole.rejected == pieces.rejected);
	check_ends(&whole, sum, bytes, len);
	must(whole.networks + whole.rejected <= whole.lines && whole.lines <= len);
	must(whole.fault_count == (whole.rejected < NETLIST_FAULTS ? whole.rejected : NETLIST_FAULTS));
	for (unsigned i = 0; i < whole.fault_count; i++) {
		must(whole.faults[i].line >= 1 && whole.faults[i].line <= whole.lines && *whole.faults[i].why);
		must(!unclean(whole.faults[i].text));
	}
	return 0;
}
