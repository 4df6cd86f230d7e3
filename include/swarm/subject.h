/* What is inspected, however it was named: a torrent file, a magnet link, an info-hash. */
#ifndef SWARM_SUBJECT_H
#define SWARM_SUBJECT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "wire/metainfo.h"

/* A magnet link and an info-hash know less: what is unknown is 0, "" or none. */
struct subject {
	struct metainfo metainfo;
	bool whole; /* a file, here or read by the store: then all is known, but web seeds only of one that is here */
};

enum { SUBJECT_FILE_MAX = 64 << 20, SUBJECT_ARENA = 512 << 20 };

/* Reads a file, a magnet link, or an info-hash (40 hex or 32 base32 digits; v2: 64 hex digits, or 1220 and those),
 * whichever `text` is; texts are in the arena. 0, or -errno with a message. */
int subject_read(const char *text, struct arena *a, struct subject *s, struct err *err);
/* For people, and as the members of a JSON object. Trackers as scheme://host: paths hold passkeys. */
void subject_label(struct buf *out, const char *label); /* the labels stand in a column */
void subject_line(struct buf *out, const char *label, const char *text); /* nothing, if the text is "" */
void subject_write_text(const struct subject *s, struct buf *out);
void subject_write_json(const struct subject *s, struct jsonw *w);

#endif
