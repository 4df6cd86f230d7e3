/* The torrents of a story about probes, and what its tracker says to each question. Its lines:
 *
 *	hashes N               torrents without names, with bytes of every value in their hashes
 *	hash NAME HEX          one with a name; its hash is these bytes, over and over
 *	question 2: PARTS      what becomes of the second question; "3-7:", "*:"; the last line counts; else "answers"
 *	connect *: PARTS       the same for a connect of UDP
 *
 * Parts, with " + " between them, each of them may begin with "in MS ":
 *	answers                the truth about all that is asked: N + 1 seeders, 2 N leechers, 3 N completed of the Nth
 *	answers from port      UDP: from another one; "from address", too
 *	answers S/L/C          UDP: these numbers of each
 *	error WORDS            UDP
 *	says TEXT              HTTP, RPC: with a status before it; WebSocket: as one frame
 *	frame 01 TEXT          WebSocket: with this first byte
 *	masked 81 TEXT         ... masked, as only we must do it
 *	lies 81 7e0005 TEXT    ... with these bytes as its length
 *	floods TEXT            over and over, as fast as it is read
 *	drips TEXT             over and over, a byte each second
 *	bomb                   HTTP: 160 kB that become 26 MB
 *	silent; hangs up
 *
 * In a TEXT: <a> the hash named a as this kind of tracker writes it; <utf8 a>, <escaped a>, <twice a> in other ways;
 * <esc> a control character. */
#ifndef PROBE_SCRIPT_H
#define PROBE_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "wire/info_hash.h"

enum {
	PROBE_HASHES = 1000,
	PROBE_NAME = 16,
	PROBE_RULES = 32,
	PROBE_PARTS = 12,
	PROBE_WORDS = 1024,
	PROBE_ANSWER = 1 << 20,
};

/* How hashes and counts are written. */
enum probe_form { PROBE_BENCODE, PROBE_JSON, PROBE_RPC };

struct probe_part {
	int64_t in_ms;
	char verb[16], words[PROBE_WORDS];
};

struct probe_rule {
	bool connect;
	unsigned from, to;
	struct probe_part parts[PROBE_PARTS];
	size_t count;
};

/* Starts as {0}. */
struct probe_script {
	uint8_t hashes[PROBE_HASHES][INFO_HASH];
	char names[PROBE_HASHES][PROBE_NAME]; /* "" = it has none */
	size_t count;
	struct probe_rule rules[PROBE_RULES];
	size_t rule_count;
};

/* What is asked in one question. */
struct probe_asked {
	uint8_t hashes[PROBE_HASHES][INFO_HASH];
	size_t count;
};

/* A line, its command `name` being cut off. False: it cannot be understood. */
bool probe_script_hash(struct probe_script *s, const char *name, char *rest);
bool probe_script_rule(struct probe_script *s, const char *name, char *rest);
/* What becomes of a question. Never NULL. */
const struct probe_rule *probe_script_find(const struct probe_script *s, bool connect, unsigned number);
/* -1: it is none of ours. */
int probe_script_index(const struct probe_script *s, const uint8_t hash[INFO_HASH]);
/* "a b c", or how many. */
void probe_script_name(const struct probe_script *s, const struct probe_asked *asked, struct buf *out);
/* False: a hash in it has no name of the story. */
bool probe_script_text(const struct probe_script *s, enum probe_form form, const char *words, struct buf *out);
/* The truth, for all that is asked. */
void probe_script_truth(const struct probe_script *s, enum probe_form form, const struct probe_asked *asked,
			struct buf *out);

#endif
