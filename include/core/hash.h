/* SHA-1 and SHA-256. The only door to libcrypto. */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Before another library begins to use libcrypto: it does not survive that memory ends while it starts, so the program
 * ends then as xmalloc() ends it. */
void hash_begin(void);

void hash_sha1(const void *bytes, size_t len, uint8_t digest[20]);
void hash_sha256(const void *bytes, size_t len, uint8_t digest[32]);

#endif
