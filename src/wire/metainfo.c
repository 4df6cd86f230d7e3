/* Torrent files: v1, v2 and hybrid. It does not know where they come from, and reads no piece hashes. */
#include "wire/metainfo.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "wire/bencode.h"
#include "wire/foreign.h"

#define CREATED_MAX INT64_C(253402300799) /* the last second of the year 9999 */

struct reader {
	struct arena *arena;
	struct err *err;
	struct metainfo m;
};

static int no_memory(struct reader *r)
{
	return err_set(r->err, -ENOMEM, "the torrent file has too much in it");
}

/* ---- files ---- */

static bool is_padding(const struct bencode *file)
{
	const struct bencode *attr = bencode_get_type(file, "attr", BENCODE_BYTES);

	return attr && memchr(attr->bytes, 'p', attr->len);
}

/* A dictionary with `length`: of the list `files`, of the tree's leaves, and the info dictionary of a single file. */
static int add_file(struct reader *r, const struct bencode *file)
{
	const struct bencode *length = bencode_get_type(file, "length", BENCODE_INT);

	if (!length || length->number < 0)
		return err_set(r->err, -EBADMSG, "a file of the torrent has no length");
	if (is_padding(file))
		return 0;
	if (r->m.files == METAINFO_FILES)
		return err_set(r->err, -EBADMSG, "the torrent has more than %d files", METAINFO_FILES);
	/* The sum stays an int64_t, which databases and JSON have. */
	if ((uint64_t)length->number > INT64_MAX - r->m.size)
		return err_set(r->err, -EBADMSG, "the lengths of the torrent's files are more than 63 bits");
	r->m.files++;
	r->m.size += (uint64_t)length->number;
	return 0;
}

static int add_list(struct reader *r, const struct bencode *files)
{
	for (const struct bencode *file = files->child; file; file = file->next) {
		int rc = add_file(r, file);

		if (rc)
			return rc;
	}
	return 0;
}

/* BEP 52: a member "" makes its dictionary a file, other names are folders or files in it. No deeper than
 * BENCODE_DEPTH, since it has been read. */
static int add_tree(struct reader *r, const struct bencode *folder)
{
	for (const struct bencode *entry = folder->child; entry; entry = entry->next) {
		int rc;

		if (entry->type != BENCODE_DICT)
			return err_set(r->err, -EBADMSG, "the file tree of the torrent has an entry that is none");
		rc = bencode_is(entry->key, "") ? add_file(r, entry) : add_tree(r, entry);
		if (rc)
			return rc;
	}
	return 0;
}

/* In a hybrid both say the same, and old clients go by the list. */
static int read_files(struct reader *r, const struct bencode *info)
{
	const struct bencode *list = bencode_get_type(info, "files", BENCODE_LIST);

	if (!r->m.has_v1)
		return add_tree(r, bencode_get_type(info, "file tree", BENCODE_DICT));
	return list ? add_list(r, list) : add_file(r, info);
}

/* ---- the info dictionary ---- */

static int read_versions(struct reader *r, const struct bencode *info)
{
	const struct bencode *pieces = bencode_get_type(info, "pieces", BENCODE_BYTES);
	const struct bencode *version = bencode_get_type(info, "meta version", BENCODE_INT);

	r->m.has_v1 = pieces != NULL;
	r->m.has_v2 = version && version->number == 2 && bencode_get_type(info, "file tree", BENCODE_DICT);
	if (pieces && pieces->len % 20)
		return err_set(r->err, -EBADMSG, "the piece hashes of the torrent are cut off");
	if (r->m.has_v1 || r->m.has_v2)
		return 0;
	if (version && version->number != 2)
		return err_set(r->err, -EBADMSG, "the torrent is of version %lld, only 1 and 2 are known",
			       (long long)version->number);
	return err_set(r->err, -EBADMSG, "the torrent has neither piece hashes nor a file tree");
}

/* Over the bytes as they are: written anew, a dictionary with unsorted keys would have another hash. */
static void read_hashes(struct reader *r, const struct bencode *info, const struct metainfo_digests *digests)
{
	struct metainfo *m = &r->m;

	if (m->has_v2)
		digests->sha256(info->raw, info->raw_len, m->hash_v2);
	if (m->has_v1)
		digests->sha1(info->raw, info->raw_len, m->hash);
	else
		memcpy(m->hash, m->hash_v2, sizeof(m->hash));
}

/* ---- texts ---- */

/* Where an encoding was guessed, the member with ".utf-8" has it right. */
static int read_text(struct reader *r, const struct bencode *dict, const char *const keys[2], unsigned cols,
		     const char **text)
{
	const struct bencode *value = bencode_get_type(dict, keys[0], BENCODE_BYTES);

	if (!value || !value->len)
		value = bencode_get_type(dict, keys[1], BENCODE_BYTES);
	*text = value ? foreign_text(r->arena, value->bytes, value->len, cols) : "";
	return *text ? 0 : no_memory(r);
}

static int read_texts(struct reader *r, const struct bencode *root, const struct bencode *info)
{
	static const char *const name[] = {"name.utf-8", "name"};
	static const char *const comment[] = {"comment.utf-8", "comment"};
	static const char *const created_by[] = {"created by.utf-8", "created by"};
	int rc = read_text(r, info, name, TEXT_TORRENT_COLS, &r->m.name);

	if (rc == 0)
		rc = read_text(r, root, comment, FOREIGN_COLS, &r->m.comment);
	if (rc == 0)
		rc = read_text(r, root, created_by, TEXT_TORRENT_COLS, &r->m.created_by);
	return rc;
}

static void read_numbers(struct reader *r, const struct bencode *root, const struct bencode *info)
{
	const struct bencode *private = bencode_get_type(info, "private", BENCODE_INT);
	const struct bencode *created = bencode_get_type(root, "creation date", BENCODE_INT);

	/* BEP 27 says 1; clients take any other number for it as well, and what they keep to themselves we do. */
	r->m.private = private && private->number != 0;
	if (created && created->number > 0 && created->number <= CREATED_MAX)
		r->m.created = created->number;
}

/* ---- trackers and web seeds ---- */

/* A URL that is none, or is there, or finds no room, is passed over. */
static int add_tracker(struct reader *r, const struct bencode *value, unsigned tier)
{
	struct metainfo *m = &r->m;
	char url[FOREIGN_URL];

	if (value->type != BENCODE_BYTES || m->tracker_count == METAINFO_TRACKERS ||
	    !foreign_tracker(value->bytes, value->len, url))
		return 0;
	for (size_t i = 0; i < m->tracker_count; i++) {
		if (strcmp(m->trackers[i].url, url) == 0)
			return 0;
	}
	m->trackers[m->tracker_count].tier = tier;
	m->trackers[m->tracker_count].url = arena_strndup(r->arena, url, strlen(url));
	return m->trackers[m->tracker_count++].url ? 0 : no_memory(r);
}

/* BEP 12; a tier should be a list, and is only its URL in some files. Tiers without a good URL are not counted. */
static int read_trackers(struct reader *r, const struct bencode *root)
{
	const struct bencode *tiers = bencode_get_type(root, "announce-list", BENCODE_LIST);
	const struct bencode *announce = bencode_get(root, "announce");
	unsigned tier = 0;
	int rc = 0;

	for (const struct bencode *t = tiers ? tiers->child : NULL; t && rc == 0; t = t->next) {
		size_t before = r->m.tracker_count;

		if (t->type == BENCODE_BYTES)
			rc = add_tracker(r, t, tier);
		for (const struct bencode *url = t->child; url && rc == 0 && t->type == BENCODE_LIST; url = url->next)
			rc = add_tracker(r, url, tier);
		tier += r->m.tracker_count > before;
	}
	if (rc == 0 && announce && r->m.tracker_count == 0)
		rc = add_tracker(r, announce, 0);
	return rc;
}

static int add_web_seed(struct reader *r, const struct bencode *value)
{
	struct metainfo *m = &r->m;
	char url[FOREIGN_URL];

	if (value->type != BENCODE_BYTES || m->web_seed_count == METAINFO_WEB_SEEDS ||
	    !foreign_web_seed(value->bytes, value->len, url))
		return 0;
	for (size_t i = 0; i < m->web_seed_count; i++) {
		if (strcmp(m->web_seeds[i], url) == 0)
			return 0;
	}
	m->web_seeds[m->web_seed_count] = arena_strndup(r->arena, url, strlen(url));
	return m->web_seeds[m->web_seed_count++] ? 0 : no_memory(r);
}

/* BEP 19: one URL, or a list of them. */
static int read_web_seeds(struct reader *r, const struct bencode *root)
{
	const struct bencode *list = bencode_get(root, "url-list");
	int rc = list && list->type == BENCODE_BYTES ? add_web_seed(r, list) : 0;

	if (!list || list->type != BENCODE_LIST)
		return rc;
	for (const struct bencode *url = list->child; url && rc == 0; url = url->next)
		rc = add_web_seed(r, url);
	return rc;
}

/* ---- the file ---- */

/* Scripts that send torrents leave a line end behind them, and clients do not mind. */
static size_t without_line_ends(const char *bytes, size_t len)
{
	while (len && memchr("\r\n\t ", bytes[len - 1], 4))
		len--;
	return len;
}

static int read_root(struct reader *r, const void *bytes, size_t len, const struct bencode **root)
{
	int rc = bencode_read(bytes, without_line_ends(bytes, len), r->arena, root);

	if (rc == -ENOMEM)
		return no_memory(r);
	if (rc == -EMSGSIZE)
		return err_set(r->err, -EBADMSG, "the torrent file is nested more than %d deep", BENCODE_DEPTH);
	if (rc && len && *(const char *)bytes == '<')
		return err_set(r->err, -EBADMSG, "this is a web page, no torrent file");
	if (rc && len && *(const char *)bytes == 'd')
		return err_set(r->err, -EBADMSG, "the torrent file is damaged or cut off");
	return rc ? err_set(r->err, -EBADMSG, "this is no torrent file") : 0;
}

int metainfo_read(const void *bytes, size_t len, const struct metainfo_digests *digests, struct arena *a,
		  struct metainfo *m, struct err *err)
{
	struct reader r = {.arena = a, .err = err};
	const struct bencode *root, *info;
	int rc = read_root(&r, bytes, len, &root);

	if (rc)
		return rc;
	info = bencode_get_type(root, "info", BENCODE_DICT);
	if (!info)
		return err_set(err, -EBADMSG, "the torrent file has no info dictionary");
	rc = read_versions(&r, info);
	if (rc == 0)
		rc = read_files(&r, info);
	if (rc == 0)
		rc = read_texts(&r, root, info);
	if (rc == 0)
		rc = read_trackers(&r, root);
	if (rc == 0)
		rc = read_web_seeds(&r, root);
	if (rc)
		return rc;
	read_numbers(&r, root, info);
	read_hashes(&r, info, digests);
	*m = r.m;
	return 0;
}
