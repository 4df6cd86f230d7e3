/* Info hashes as people write them. */
#ifndef WIRE_INFO_HASH_H
#define WIRE_INFO_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { INFO_HASH = 20, INFO_HASH_V2 = 32, INFO_HASH_TEXT = 41, INFO_HASH_V2_TEXT = 69 };

/* 40 hex or 32 base32 digits (BEP 9), of either case; 0 or -EINVAL. */
int info_hash_read(const char *text, size_t len, uint8_t hash[INFO_HASH]);
/* As magnet links of BEP 52 have it: the multihash 1220 and 64 hex digits; 0 or -EINVAL. */
int info_hash_read_v2(const char *text, size_t len, uint8_t hash[INFO_HASH_V2]);
/* 40 small hex digits. */
void info_hash_write(const uint8_t hash[INFO_HASH], char text[INFO_HASH_TEXT]);
/* 1220 and 64 small hex digits. */
void info_hash_write_v2(const uint8_t hash[INFO_HASH_V2], char text[INFO_HASH_V2_TEXT]);

#endif
