/* Reads what is to be inspected. It asks nobody. */
#include "swarm/subject.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "core/hash.h"
#include "wire/info_hash.h"
#include "wire/magnet.h"

enum { SHOWN = 128, SHOWN_COLS = 60, PIECE = 65536 };

static const char *shown(const char *text, char clean[SHOWN])
{
	text_clean(clean, SHOWN, text, strlen(text), SHOWN_COLS);
	return clean;
}

/* All of a file, up to the cap. */
static int read_file(const char *path, struct buf *bytes, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc = 0;
	char piece[PIECE], clean[SHOWN];
	struct stat st;
	ssize_t n = 0;

	if (fd < 0 || fstat(fd, &st))
		rc = err_set(err, -errno, "cannot read %s: %s", shown(path, clean), strerror(errno));
	else if (!S_ISREG(st.st_mode))
		rc = err_set(err, -EINVAL, "%s is no file", shown(path, clean));
	while (!rc && (n = read(fd, piece, sizeof(piece))) > 0)
		if (buf_add(bytes, piece, (size_t)n))
			rc = err_set(err, -EFBIG, "%s has more than 64 MiB: no torrent", shown(path, clean));
	if (n < 0)
		rc = err_set(err, -errno, "cannot read %s: %s", shown(path, clean), strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

static int read_torrent(const char *path, struct arena *a, struct subject *s, struct err *err)
{
	static const struct metainfo_digests digests = {hash_sha1, hash_sha256};
	char clean[SHOWN];
	struct buf bytes;
	struct err why;
	int rc;

	buf_init(&bytes, SUBJECT_FILE_MAX);
	rc = read_file(path, &bytes, err);
	if (!rc) {
		rc = metainfo_read(buf_str(&bytes), bytes.len, &digests, a, &s->metainfo, &why);
		if (rc)
			err_set(err, rc, "%s is no good torrent: %s", shown(path, clean), why.msg);
	}
	buf_done(&bytes);
	s->whole = rc == 0;
	return rc;
}

static int read_magnet(const char *text, struct arena *a, struct subject *s, struct err *err)
{
	struct metainfo *m = &s->metainfo;
	struct magnet link;
	int rc = magnet_read(text, strlen(text), a, &link, err);

	if (rc)
		return rc;
	m->has_v1 = link.has_v1;
	m->has_v2 = link.has_v2;
	memcpy(m->hash, link.hash, sizeof(m->hash));
	memcpy(m->hash_v2, link.hash_v2, sizeof(m->hash_v2));
	m->name = link.name;
	m->size = link.size;
	for (size_t i = 0; i < link.tracker_count && i < METAINFO_TRACKERS; i++) {
		m->trackers[i].url = link.trackers[i];
		m->tracker_count = i + 1;
	}
	return 0;
}

/* 64 hex digits, or as magnet links have them. */
static int read_hash_v2(const char *text, struct metainfo *m)
{
	char multihash[INFO_HASH_V2_TEXT];

	if (strlen(text) == 2 * (size_t)INFO_HASH_V2)
		snprintf(multihash, sizeof(multihash), "1220%s", text);
	else
		snprintf(multihash, sizeof(multihash), "%s", strlen(text) < sizeof(multihash) ? text : "");
	if (info_hash_read_v2(multihash, strlen(multihash), m->hash_v2))
		return -EINVAL;
	m->has_v2 = true;
	memcpy(m->hash, m->hash_v2, sizeof(m->hash));
	return 0;
}

static int read_hash(const char *text, struct metainfo *m)
{
	if (info_hash_read(text, strlen(text), m->hash))
		return read_hash_v2(text, m);
	m->has_v1 = true;
	return 0;
}

/* Neither a magnet link, nor a hash, nor the name of a file that is there: what was it meant to be? */
static int refuse_name(const char *text, struct err *err)
{
	size_t len = strlen(text), plain = 0;
	char clean[SHOWN];

	while (isalnum((unsigned char)text[plain]))
		plain++;
	/* It may hold a passkey: not shown. */
	if (strstr(text, "://"))
		return err_set(err, -EINVAL, "a URL is not fetched here: save the torrent as a file first");
	if (!len)
		return err_set(err, -EINVAL, "an empty text is no file, magnet link or info-hash");
	if (plain == len)
		return err_set(err, -EINVAL,
			       "%s is no file here, and no info-hash: that has 40 hexadecimal or 32 base32 digits (64 "
			       "hexadecimal ones in version 2), and this has %zu characters",
			       shown(text, clean), len);
	return err_set(err, -ENOENT, "cannot read %s: %s", shown(text, clean), strerror(ENOENT));
}

int subject_read(const char *text, struct arena *a, struct subject *s, struct err *err)
{
	*s = (struct subject){.metainfo = {.name = "", .comment = "", .created_by = ""}};
	if (strncasecmp(text, "magnet:", strlen("magnet:")) == 0)
		return read_magnet(text, a, s, err);
	if (access(text, F_OK) != 0) {
		bool missing = errno == ENOENT;

		if (read_hash(text, &s->metainfo) == 0)
			return 0;
		if (missing)
			return refuse_name(text, err);
	}
	return read_torrent(text, a, s, err);
}
