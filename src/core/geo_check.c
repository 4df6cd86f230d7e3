/* Tells a geo database that may be read from everything else. It knows the format's frame and its data types, not what
 * the data mean.
 *
 * libmaxminddb in Debian 12 (1.7.1) descends into nested data without a limit. So every piece of data is walked here
 * first, with limits on depth and number, before the library may read it. */
#include "core/geo_check.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/xmalloc.h"

enum {
	HEAD_SIZE = 512,
	METADATA_MAX = 128 * 1024, /* format specification, "Database Metadata" */
	VALUE_DEPTH = 12,          /* real records have 4 levels */
	VALUE_COUNT = 4096,        /* real records have up to 300 values */
};

/* Of the format specification, "Data Field Format". */
enum {
	TYPE_EXTENDED = 0,
	TYPE_POINTER = 1,
	TYPE_TEXT = 2,
	TYPE_MAP = 7,
	TYPE_ARRAY = 11,
	TYPE_CONTAINER = 12,
	TYPE_END_MARKER = 13,
	TYPE_BOOLEAN = 14,
	TYPE_LAST = 15, /* float */
};

static const char marker[] = "\xab\xcd\xefMaxMind.com";

#define FILE_MAX ((off_t)INT_MAX) /* offsets in the data section stay far from 2^32, 32-bit machines can map it */

/* --- Data that the library may read: a walk within limits --- */

struct walk {
	const uint8_t *bytes;
	uint32_t size;
	unsigned left;       /* values that may still come */
	unsigned texts_from; /* at this depth and below there may be only texts */
};

/* A big-endian number of `count` bytes. */
static bool take(const struct walk *w, uint32_t *at, unsigned count, uint32_t *value)
{
	uint32_t v = 0;

	if (count > w->size || *at > w->size - count)
		return false;
	while (count-- > 0)
		v = v << 8 | w->bytes[(*at)++];
	*value = v;
	return true;
}

/* A pointer's target (format specification, "pointer - 1"). */
static bool take_pointer(const struct walk *w, uint32_t *at, uint32_t control, uint32_t *target)
{
	static const uint32_t base[] = {0, 2048, 526336, 0};
	unsigned more = control >> 3 & 3;
	uint32_t low;

	if (!take(w, at, more + 1, &low))
		return false;
	*target = more == 3 ? low : ((control & 7) << (8 * (more + 1)) | low) + base[more];
	return true;
}

/* The type and size before a value ("Data Field Format"); of a pointer the target instead of the size. */
static bool take_header(const struct walk *w, uint32_t *at, uint32_t *type, uint32_t *size)
{
	static const uint32_t base[] = {0, 29, 285, 65821};
	uint32_t control, extra;

	if (!take(w, at, 1, &control))
		return false;
	*type = control >> 5;
	*size = control & 31;
	if (*type == TYPE_POINTER)
		return take_pointer(w, at, control, size);
	if (*type == TYPE_EXTENDED) {
		if (!take(w, at, 1, &extra))
			return false;
		*type = extra + 7;
	}
	if (*size < 29)
		return true;
	if (!take(w, at, *size - 28, &extra))
		return false;
	*size = base[*size - 28] + extra;
	return true;
}

static bool walk_value(struct walk *w, uint32_t *at, unsigned depth)
{
	uint32_t type, size;
	uint32_t children = 0;

	if (depth > VALUE_DEPTH || w->left == 0)
		return false;
	w->left--;
	if (!take_header(w, at, &type, &size))
		return false;
	if (type == TYPE_POINTER)
		return walk_value(w, &size, depth + 1);
	if (depth >= w->texts_from && type != TYPE_TEXT)
		return false;
	if (type == TYPE_CONTAINER || type == TYPE_END_MARKER || type > TYPE_LAST)
		return false;
	if (type == TYPE_MAP || type == TYPE_ARRAY)
		children = type == TYPE_MAP ? size * 2 : size;
	else if (type != TYPE_BOOLEAN && size > w->size - *at)
		return false;
	else if (type != TYPE_BOOLEAN)
		*at += size;
	while (children-- > 0)
		if (!walk_value(w, at, depth + 1))
			return false;
	return true;
}

bool geo_check_record(const uint8_t *bytes, uint32_t size, uint32_t at)
{
	struct walk w = {.bytes = bytes, .size = size, .left = VALUE_COUNT, .texts_from = UINT_MAX};

	return walk_value(&w, &at, 0);
}

/* Metadata is a map of numbers, texts, and lists of texts. The library leaks memory over lists of anything else. */
static bool metadata_sound(const uint8_t *bytes, uint32_t size)
{
	struct walk w = {.bytes = bytes, .size = size, .left = VALUE_COUNT, .texts_from = 2};
	uint32_t at = 0;

	return walk_value(&w, &at, 0);
}

/* --- The file before the library sees it --- */

static const struct {
	size_t at;
	const char *bytes;
	const char *what;
} packed[] = {
	{0, "\x1f\x8b\x08", "packed (gzip): unpack it with gunzip or tar xzf"},
	{0, "PK\x03\x04", "packed (zip): unpack it with unzip"},
	{0,
	 "\xfd"
	 "7zXZ",
	 "packed (xz): unpack it with unxz or tar xJf"},
	{0, "BZh", "packed (bzip2): unpack it with bunzip2 or tar xjf"},
	{0, "\x28\xb5\x2f\xfd", "packed (zstd): unpack it with unzstd"},
	{257, "ustar", "a tar archive: unpack it with tar xf"},
};

static int check_packed(const char *path, const uint8_t *head, size_t len, struct err *err)
{
	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++) {
		size_t need = strlen(packed[i].bytes);

		if (len >= packed[i].at + need && memcmp(head + packed[i].at, packed[i].bytes, need) == 0)
			return err_set(err, -EINVAL, "%s is %s, and name the .mmdb file", path, packed[i].what);
	}
	return 0;
}

static bool is_text(const uint8_t *head, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (head[i] == 0x7f || (head[i] < ' ' && !isspace(head[i])))
			return false;
	return true;
}

/* What a file without metadata is. Legacy databases carry "GEO-106FREE 20191224 Build 1 ..." near their end. */
static int name_stranger(const char *path, const uint8_t *head, size_t head_len, const uint8_t *tail, size_t tail_len,
			 struct err *err)
{
	size_t skip = tail_len > HEAD_SIZE ? tail_len - HEAD_SIZE : 0;

	if (is_text(head, head_len)) {
		size_t i = 0;

		while (i < head_len && (isspace(head[i]) || head[i] >= 0x80))
			i++;
		if (i < head_len && head[i] == '<')
			return err_set(err, -EINVAL, "%s is a web page, not a database; a download that went wrong?",
				       path);
		return err_set(err, -EINVAL, "%s is text, not a database; a .mmdb file is needed", path);
	}
	if (str_ends(path, ".dat") || memmem(tail + skip, tail_len - skip, "GEO-", 4))
		return err_set(err, -EINVAL, "%s is a legacy GeoIP .dat database; a .mmdb file is needed", path);
	return err_set(err, -EIO, "%s is no MaxMind DB file, or was cut short; fetch it again", path);
}

/* Position after the last metadata marker, or NULL. The library takes the last one, too. */
static const uint8_t *find_metadata(const uint8_t *tail, size_t len)
{
	const size_t marker_len = sizeof(marker) - 1;
	const uint8_t *found = NULL;
	const uint8_t *at = tail;

	while ((at = memmem(at, len - (size_t)(at - tail), marker, marker_len)) != NULL) {
		at += marker_len;
		found = at;
	}
	return found;
}

static int check_content(int fd, off_t file_size, const char *path, struct err *err)
{
	size_t tail_len = file_size < METADATA_MAX ? (size_t)file_size : METADATA_MAX;
	uint8_t head[HEAD_SIZE];
	ssize_t head_len = pread(fd, head, sizeof(head), 0);
	uint8_t *tail = xmalloc(tail_len);
	const uint8_t *metadata;
	int rc = 0;

	if (head_len < 0 || pread(fd, tail, tail_len, file_size - (off_t)tail_len) != (ssize_t)tail_len) {
		rc = err_set(err, -EIO, "%s cannot be read", path);
		goto out;
	}
	rc = check_packed(path, head, (size_t)head_len, err);
	if (rc)
		goto out;
	metadata = find_metadata(tail, tail_len);
	if (!metadata)
		rc = name_stranger(path, head, (size_t)head_len, tail, tail_len, err);
	else if (!metadata_sound(metadata, (uint32_t)(tail + tail_len - metadata)))
		rc = err_set(err, -EIO, "%s is damaged: its metadata cannot be read; fetch it again", path);
out:
	free(tail);
	return rc;
}

static int check_stat(const struct stat *st, const char *path, struct err *err)
{
	if (S_ISDIR(st->st_mode))
		return err_set(err, -EISDIR, "%s is a folder; name the .mmdb file in it", path);
	if (!S_ISREG(st->st_mode))
		return err_set(err, -EINVAL, "%s is no regular file", path);
	if (st->st_size == 0)
		return err_set(err, -ENODATA, "%s is empty; fetch it again", path);
	if (st->st_size > FILE_MAX)
		return err_set(err, -EFBIG, "%s is larger than any geo database known (2 GiB)", path);
	return 0;
}

/* O_NONBLOCK: a pipe must not make us wait. */
int geo_check_file(const char *path, const char *shown, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int rc;

	if (fd < 0) {
		rc = -errno;
		if (rc == -ENOENT)
			return err_set(err, rc, "%s: no such file", shown);
		if (rc == -EACCES)
			return err_set(err, rc, "%s: no permission to read it (this is user %u)", shown,
				       (unsigned)geteuid());
		return err_set(err, rc, "%s cannot be opened: %s", shown, strerror(-rc));
	}
	rc = fstat(fd, &st) ? err_set(err, -errno, "%s: %s", shown, strerror(errno)) : check_stat(&st, shown, err);
	if (rc == 0)
		rc = check_content(fd, st.st_size, shown, err);
	close(fd);
	return rc;
}
