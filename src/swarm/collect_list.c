/* Cuts a JSON list into its items and reads them. The list is the document itself, or stands in an object around it. It
 * does not know which items are wanted. */
#include "swarm/collect_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/json.h"
#include "wire/info_hash.h"

void collect_list_init(struct collect_list *l, const struct collect_page_events *events)
{
	*l = (struct collect_list){.events = events};
	buf_init(&l->item, COLLECT_OBJECT_MAX);
}

void collect_list_done(struct collect_list *l)
{
	buf_done(&l->item);
}

/* ---- items ---- */

/* The first of these members that is a text without NUL, not empty. */
static const char *text_of(const struct json *object, const char *const *keys)
{
	for (; *keys; keys++) {
		size_t len = 0;
		const char *text = json_text(json_member(object, *keys), &len);

		if (text && len && strlen(text) == len)
			return text;
	}
	return "";
}

/* 0 is unknown, and so is what no size and no time can be: 2^53 is also where other readers of JSON lose digits. */
static int64_t number_of(const struct json *object, const char *const *keys)
{
	for (; *keys; keys++) {
		int64_t number = json_int(json_member(object, *keys), 0);

		if (number > 0 && number <= INT64_C(1) << 53)
			return number;
	}
	return 0;
}

/* 64 digits, as our own reports have them, or as a multihash. */
static bool hash_v2_of(const struct json *object, uint8_t hash[INFO_HASH_V2])
{
	static const char *const keys[] = {"infohash_v2", NULL};
	static const char sha256[] = "1220";
	const char *text = text_of(object, keys);
	char multihash[sizeof(sha256) + 2 * (size_t)INFO_HASH_V2];

	if (strlen(text) != 2 * (size_t)INFO_HASH_V2)
		return info_hash_read_v2(text, strlen(text), hash) == 0;
	snprintf(multihash, sizeof(multihash), "%s%s", sha256, text);
	return info_hash_read_v2(multihash, strlen(multihash), hash) == 0;
}

static bool is_magnet(const char *text)
{
	return strncasecmp(text, "magnet:", strlen("magnet:")) == 0;
}

static void take_object(const struct collect_list *l, const struct json *object)
{
	static const char *const hash_keys[] = {"btih", "infohash", "info_hash", NULL};
	static const char *const name_keys[] = {"name", "display_name", NULL};
	static const char *const link_keys[] = {"url", "link", NULL};
	static const char *const magnet_keys[] = {"magnet_link", "magnet", NULL};
	static const char *const type_keys[] = {"type", NULL};
	static const char *const size_keys[] = {"size_bytes", "data_size", "torrent_size", NULL};
	static const char *const created_keys[] = {"created_unix", NULL};
	const char *hash = text_of(object, hash_keys);
	struct collect_entry e = {
		.name = text_of(object, name_keys),
		.link = text_of(object, link_keys),
		.magnet = text_of(object, magnet_keys),
		.type = text_of(object, type_keys),
		.size = (uint64_t)number_of(object, size_keys),
		.created = number_of(object, created_keys),
	};

	e.private = json_flag(json_member(object, "private"), false);
	e.has_v2 = hash_v2_of(object, e.hash_v2);
	e.has_hash = info_hash_read(hash, strlen(hash), e.hash) == 0;
	if (e.has_v2 && !e.has_hash) {
		memcpy(e.hash, e.hash_v2, sizeof(e.hash));
		e.has_hash = true;
	}
	if (is_magnet(e.link)) {
		e.magnet = *e.magnet ? e.magnet : e.link;
		e.link = "";
	}
	/* A magnet link cannot say that its torrent is private. */
	if (e.has_hash || (e.private && is_magnet(e.magnet)))
		l->events->entry(l->events->context, &e);
	else if (is_magnet(e.magnet))
		l->events->magnet(l->events->context, e.magnet);
	else if (*e.link)
		l->events->link(l->events->context, e.link);
	else
		l->events->bad(l->events->context, "an object without btih, infohash, magnet_link or url");
}

static void take_text(const struct collect_list *l, const char *text)
{
	if (is_magnet(text))
		l->events->magnet(l->events->context, text);
	else if (collect_is_torrent(text))
		l->events->link(l->events->context, text);
	else
		l->events->bad(l->events->context, "a text that is no link");
}

static void item_ended(struct collect_list *l)
{
	struct json *item = NULL;
	struct err why;
	size_t len = 0;

	l->taking = false;
	if (l->too_long || l->item.full)
		l->events->bad(l->events->context, "an object of more than 1 MiB");
	else if (!(item = json_parse(buf_str(&l->item), l->item.len, &why)))
		l->events->bad(l->events->context, why.msg);
	else if (json_is_object(item))
		take_object(l, item);
	else if (json_text(item, &len) && strlen(json_text(item, &len)) == len)
		take_text(l, json_text(item, &len));
	json_free(item);
	buf_reset(&l->item);
}

/* ---- the list ---- */

/* What stands in the document's own list, or in a list of its object. */
static bool item_begins(const struct collect_list *l)
{
	return !l->taking &&
	       ((l->depth == 1 && l->open[0] == '[') || (l->depth == 2 && l->open[0] == '{' && l->open[1] == '['));
}

static void take_begin(struct collect_list *l)
{
	l->taking = true;
	l->too_long = false;
	l->item_depth = l->depth;
}

static void add(struct collect_list *l, const char *bytes, size_t len)
{
	if (l->taking && buf_add(&l->item, bytes, len))
		l->too_long = true;
}

static int step_text(struct collect_list *l, char c)
{
	if (l->escaped)
		l->escaped = false;
	else if (c == '\\')
		l->escaped = true;
	else if (c == '"')
		l->text = false;
	add(l, &c, 1);
	if (!l->text && l->taking && l->depth == l->item_depth)
		item_ended(l);
	return 0;
}

static int open_one(struct collect_list *l, char c, struct err *err)
{
	if (l->depth == COLLECT_DEPTH)
		return err_set(err, -EBADMSG, "the list is nested too deep");
	if (c == '{' && item_begins(l))
		take_begin(l);
	l->open[l->depth++] = c;
	add(l, &c, 1);
	return 0;
}

static int close_one(struct collect_list *l, char c, struct err *err)
{
	if (!l->depth || l->open[l->depth - 1] != (c == '}' ? '{' : '['))
		return err_set(err, -EBADMSG, "the list is no JSON: a bracket too many");
	l->depth--;
	add(l, &c, 1);
	if (l->taking && l->depth == l->item_depth)
		item_ended(l);
	l->ended = l->depth == 0;
	return 0;
}

static int step(struct collect_list *l, char c, struct err *err)
{
	if (l->text)
		return step_text(l, c);
	if (l->ended && !strchr(" \t\r\n", c))
		return err_set(err, -EBADMSG, "the list is no JSON: something stands behind its end");
	if (c == '{' || c == '[')
		return open_one(l, c, err);
	if (c == '}' || c == ']')
		return close_one(l, c, err);
	if (c == '"') {
		if (item_begins(l) && l->open[l->depth - 1] == '[')
			take_begin(l);
		l->text = true;
	}
	add(l, &c, 1);
	return 0;
}

/* Inside a text most bytes are only that. */
static size_t plain_run(const struct collect_list *l, const char *bytes, size_t len)
{
	size_t n = 0;

	if (!l->text || l->escaped)
		return 0;
	while (n < len && bytes[n] != '"' && bytes[n] != '\\')
		n++;
	return n;
}

int collect_list_feed(struct collect_list *l, const char *bytes, size_t len, struct err *err)
{
	int rc = 0;

	while (len && !rc) {
		size_t run = plain_run(l, bytes, len);

		add(l, bytes, run);
		bytes += run;
		len -= run;
		if (!len)
			break;
		rc = step(l, *bytes, err);
		bytes++;
		len--;
	}
	return rc;
}

int collect_list_end(const struct collect_list *l, struct err *err)
{
	return l->ended ? 0 : err_set(err, -EBADMSG, "the list breaks off");
}
