/* Sizes and ranges of a command line: what is taken, and what is refused. */
#include "swarm/amount.h"

#include <errno.h>

#include "tap.h"

static void sizes(void)
{
	static const struct {
		const char *text;
		long long want;
	} cases[] = {
		{"2TB", 2000000000000},
		{"2tb", 2000000000000},
		{"1.5 GB", 1500000000},
		{"1.5GiB", 1610612736},
		{"1kib", 1024},
		{"1K", 1000},
		{"3PB", 3000000000000000},
		{"3PiB", 3377699720527872},
		{"4096", 4096},
		{"10B", 10},
		{".5kB", 500},
		{"0", -ERANGE},
		{"0.1", -ERANGE},
		{"10000PB", -ERANGE},
		{"", -EINVAL},
		{"TB", -EINVAL},
		{"1.5", -EINVAL},
		{"2.0B", -EINVAL},
		{"2XB", -EINVAL},
		{"2TBs", -EINVAL},
		{"2iB", -EINVAL},
		{"-2TB", -EINVAL},
		{"1,5GB", -EINVAL},
		{"1e3", -EINVAL},
		{"0x10", -EINVAL},
		{"1.2.3GB", -EINVAL},
		{"111111111111111111111111111111", -EINVAL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t bytes = 77;
		int rc = amount_bytes(cases[i].text, &bytes);

		is_int(rc ? rc : (long long)bytes, cases[i].want, "'%s'", cases[i].text);
		if (rc)
			ok(bytes == 77, "... and nothing is touched");
	}
}

static void ranges(void)
{
	static const struct {
		const char *text;
		int rc;
		int32_t least, most;
	} cases[] = {
		{"0-3", 0, 0, 3},
		{"2", 0, 2, 2},
		{"4-", 0, 4, INT32_MAX},
		{"0-0", 0, 0, 0},
		{"3-1", -EINVAL, 7, 7},
		{"-3", -EINVAL, 7, 7},
		{"", -EINVAL, 7, 7},
		{"-", -EINVAL, 7, 7},
		{"1-2-3", -EINVAL, 7, 7},
		{"a", -EINVAL, 7, 7},
		{"1-b", -EINVAL, 7, 7},
		{"99999999999", -EINVAL, 7, 7},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int32_t least = 7, most = 7;

		is_int(amount_range(cases[i].text, &least, &most), cases[i].rc, "'%s'", cases[i].text);
		ok(least == cases[i].least && most == cases[i].most, "... from %d to %d", least, most);
	}
}

int main(void)
{
	sizes();
	ranges();
	return tap_done();
}
