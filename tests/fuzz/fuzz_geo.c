/* Any bytes as a geo database, and as the data section of one whose frame is sound: open, look up, decode. */
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/text.h"
#include "core/geo.h"
#include "mmdb.h"

enum { INPUT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_text(const char *text)
{
	char again[GEO_TEXT];

	text_clean(again, sizeof(again), text, strnlen(text, GEO_TEXT), GEO_TEXT);
	if (strcmp(again, text) != 0)
		abort();
}

static void look_up(const struct geo *geo, const char *address)
{
	struct geo_record r;
	uint32_t record = 0;
	struct ip ip;

	if (ip_parse(address, strlen(address), &ip) < 0)
		abort();
	if (geo_find(geo, &ip, &record) < 0)
		return;
	if (record == 0)
		abort();
	if (geo_read(geo, record, &r) < 0)
		return;
	if (r.country[0] &&
	    (!isupper((unsigned char)r.country[0]) || !isupper((unsigned char)r.country[1]) || r.country[2]))
		abort();
	if (!(r.latitude >= -90 && r.latitude <= 90 && r.longitude >= -180 && r.longitude <= 180))
		abort();
	check_text(r.city);
	check_text(r.as_name);
}

static void try_file(const void *bytes, size_t len)
{
	static const char *const addresses[] = {
		"0.0.0.1",         "1.1.1.1",   "5.9.1.1",      "8.8.8.8",     "177.8.0.1",
		"255.255.255.255", "::1:0:0:1", "2001:4860::1", "2a01:4f8::1", "ffff::1",
	};
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct err err = {""};
	struct geo *geo;
	char path[64];

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (geo_open(path, &geo, &err) == 0) {
		check_text(geo_info(geo)->type);
		for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
			look_up(geo, addresses[i]);
		geo_close(geo);
	} else if (!err.msg[0]) {
		abort();
	}
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct buf crafted;

	if (len > INPUT_MAX)
		return 0;
	try_file(bytes, len);
	buf_init(&crafted, INPUT_MAX + 1024);
	mmdb_craft(&crafted, bytes, len);
	try_file(crafted.data, crafted.len);
	buf_done(&crafted);
	return 0;
}
