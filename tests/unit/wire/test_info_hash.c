/* Info hashes in hex and base32, there and back. */
#include "wire/info_hash.h"

#include <errno.h>

#include "tap.h"

#define HASH "0123456789abcdef0123456789abcdef01234567"

static void read_back(void)
{
	static const char *const same[] = {HASH, "0123456789ABCDEF0123456789abcdef01234567",
					   "AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH", "aerukz4jvpg66ajdivtytk6n54asgrlh"};
	char text[INFO_HASH_TEXT];
	uint8_t hash[INFO_HASH];

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		memset(hash, 0, sizeof(hash));
		is_int(info_hash_read(same[i], strlen(same[i]), hash), 0, "%s is read", same[i]);
		info_hash_write(hash, text);
		is_str(text, HASH, "... and right");
	}
}

static void refused(void)
{
	static const char *const cases[] = {
		"",
		"0123456789abcdef0123456789abcdef0123456",
		HASH "0",
		"0123456789abcdef0123456789abcdef0123456g",
		"AERUKZ4JVPG66AJDIVTYTK6N54ASGRL",
		"AERUKZ4JVPG66AJDIVTYTK6N54ASGRL1",
		"AERUKZ4JVPG66AJDIVTYTK6N54ASGRL=",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t hash[INFO_HASH] = {7};

		is_int(info_hash_read(cases[i], strlen(cases[i]), hash), -EINVAL, "'%s' is no hash", cases[i]);
		is_int(hash[0], 7, "... and leaves the result alone");
	}
}

static void v2(void)
{
	static const char text[] = "1220" HASH "89abcdef0123456789abcdef";
	uint8_t hash[INFO_HASH_V2] = {0};
	char again[INFO_HASH_V2_TEXT];

	is_int(info_hash_read_v2(text, strlen(text), hash), 0, "a v2 hash is read");
	ok(hash[0] == 0x01 && hash[31] == 0xef, "... and right");
	info_hash_write_v2(hash, again);
	is_str(again, text, "and written the same");
	is_int(info_hash_read_v2(text, strlen(text) - 1, hash), -EINVAL, "a short one is none");
	is_int(info_hash_read_v2(text + 4, strlen(text) - 4, hash), -EINVAL, "nor one without its function");
	is_int(info_hash_read_v2("1114" HASH, 44, hash), -EINVAL, "nor one of another function");
}

int main(void)
{
	read_back();
	refused();
	v2();
	return tap_done();
}
