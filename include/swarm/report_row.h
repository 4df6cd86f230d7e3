/* A torrent as reports and `pick` show it: what the catalog knows, put in words and judged once for all of them. */
#ifndef SWARM_REPORT_ROW_H
#define SWARM_REPORT_ROW_H

#include "base/buf.h"
#include "swarm/catalog.h"
#include "swarm/health.h"
#include "wire/info_hash.h"
#include "wire/tracker_url.h"

enum { REPORT_TEXT = 4096 };

/* Greatest number that every reader of JSON takes exactly (RFC 8259, section 6). What is said to be more is not
 * true. */
#define REPORT_NUMBER_MAX ((INT64_C(1) << 53) - 1)

struct report_row {
	const struct catalog_row *row;
	struct health health;
	double need;   /* 0 to 100 */
	uint64_t size; /* 0 = unknown, or beyond REPORT_NUMBER_MAX */
	char hash[INFO_HASH_TEXT];
	/* Never empty: the torrent's name, else the stem of its file, else its info-hash. */
	const char *name;
	/* The name for libgen-seedtools, which sorts by the first number in it: where there is none, " (stem)" is
	 * appended if that holds one, else the info-hash's first 8 digits (or as many more as it takes). */
	char numbered[REPORT_TEXT];
	bool published;
	/* Never empty: http(s) URL (not a published one of a private torrent with passkey_in_link()), else a magnet
	 * link (of a private torrent file:// before that), else file://, else a magnet link of hash and name. A magnet
	 * link is always made here, of hash and name, and of those trackers of the stored one that are
	 * report_row_public(). */
	char link[REPORT_TEXT];
	bool bare;                       /* the link is a magnet link of v1 hash and name, and no more */
	char path[REPORT_TEXT];          /* of a local torrent file, "" = none */
	char tracker[TRACKER_SHOWN_MAX]; /* which gave the numbers, scheme://host; "" = none */
};

/* Whether an announce URL may be published: nothing in it can be a passkey, as it has no path but /announce and no
 * query. */
bool report_row_public(const struct tracker_url *url);
/* The magnet link as it is shown: see above. */
void report_row_magnet(const struct catalog_row *row, struct buf *out);
/* Lives as long as `row`. `published`: others will see it. */
void report_row_of(const struct catalog_row *row, int64_t now, bool published, struct report_row *r);
/* One JSON object without a line end: the fields of libgen-seedtools' TorrentFileData, then ours. */
void report_row_json(const struct report_row *r, struct buf *out);

#endif
