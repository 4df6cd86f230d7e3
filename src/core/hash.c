/* SHA-1 and SHA-256 of libcrypto. It does not know what is hashed. */
#include "core/hash.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/exits.h"
#include "base/xmalloc.h"

static void *take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return xmalloc(size);
}

static void *change(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return xrealloc(old, size);
}

static void give_back(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	free(memory);
}

void hash_begin(void)
{
	CRYPTO_set_mem_functions(take, change, give_back);
}

/* A digest of bytes in memory fails only when memory is out, or the library is broken. */
static void digest_of(const EVP_MD *how, const void *bytes, size_t len, uint8_t *digest)
{
	hash_begin();
	if (EVP_Digest(bytes, len, digest, NULL, how, NULL) == 1)
		return;
	fputs("swarmtop: libcrypto cannot hash: memory is out\n", stderr);
	exit(EXIT_FAILED);
}

void hash_sha1(const void *bytes, size_t len, uint8_t digest[20])
{
	digest_of(EVP_sha1(), bytes, len, digest);
}

void hash_sha256(const void *bytes, size_t len, uint8_t digest[32])
{
	digest_of(EVP_sha256(), bytes, len, digest);
}
