/* The digests' known answers: FIPS 180-2, appendices A and B, and the empty message. */
#include "core/hash.h"

#include "tap.h"

static const char *hex(const uint8_t *bytes, size_t len)
{
	static char text[65];

	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return text;
}

static void known_answers(void)
{
	static const struct {
		const char *message, *sha1, *sha256;
	} cases[] = {
		{"", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "a9993e364706816aba3e25717850c26c9cd0d89d",
		 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		 "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
		 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t digest[32];

		hash_sha1(cases[i].message, strlen(cases[i].message), digest);
		is_str(hex(digest, 20), cases[i].sha1, "SHA-1 of \"%s\"", cases[i].message);
		hash_sha256(cases[i].message, strlen(cases[i].message), digest);
		is_str(hex(digest, 32), cases[i].sha256, "SHA-256 of \"%s\"", cases[i].message);
	}
}

static void a_million(void)
{
	static char message[1000000];
	uint8_t digest[20];

	memset(message, 'a', sizeof(message));
	hash_sha1(message, sizeof(message), digest);
	is_str(hex(digest, 20), "34aa973cd4c4daa4f61eeb2bdbad27316534016f", "SHA-1 of a million a");
}

int main(void)
{
	known_answers();
	a_million();
	return tap_done();
}
