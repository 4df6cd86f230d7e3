/* Scrapes over HTTP (BEP 48): the URL to get, and the answer. */
#ifndef WIRE_BEP48_H
#define WIRE_BEP48_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

enum {
	BEP48_HASHES = 59,    /* opentracker answers 100 in a request and refuses 200 */
	BEP48_URL_MAX = 4096, /* request lines that servers take */
	BEP48_FAILURE = 256,  /* bytes of a tracker's words, NUL included */
};

struct bep48_file {
	uint8_t hash[20];
	int64_t complete, incomplete, downloaded; /* 0 to 2^32 - 1; -1 = not said */
};

struct bep48_answer {
	char failure[BEP48_FAILURE]; /* clean; "" = none */
	size_t files;                /* given to the callback */
	size_t odd;                  /* whose key was no hash or whose value no dictionary: passed over */
	int64_t wait_s;              /* flags, min_request_interval: any number that is not negative; 0 = not said */
};

/* The scrape URL of an announce URL: what is behind its last '/' begins with "announce", and that becomes "scrape".
 * -ENOTSUP: the tracker cannot be scraped, by the rule of BEP 48. -EINVAL: no http(s) URL, or characters that none has
 * (other than printable ASCII, '#'). -ENOBUFS. `url` is emptied first. */
int bep48_scrape_url(const char *announce, struct buf *url);
/* The request for as many of the hashes as fit in BEP48_HASHES, BEP48_URL_MAX and url->max; *asked is how many, 1 at
 * least: a scrape without a hash is one for all torrents of the tracker. Errors as above; -EINVAL too if count is 0. */
int bep48_request(const char *announce, const uint8_t (*hashes)[20], size_t count, struct buf *url, size_t *asked);

/* Reads the body of an answer, in any order of keys; `each` is called for every file, also for what nobody asked for.
 * Keys are 20 bytes, or those as characters in UTF-8, as some trackers write them. 0 (look at `failure`: with one no
 * file is given), -EBADMSG (not bencoded, or neither files nor a failure), or an error of bencode_read(). Bytes behind
 * the value are passed over. */
int bep48_read(const void *body, size_t len, struct arena *a, void (*each)(const struct bep48_file *file, void *arg),
	       void *arg, struct bep48_answer *answer);

#endif
