/* Shows what is inspected, for people and for programs. It reads and asks nothing. */
#include "swarm/subject.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "wire/info_hash.h"
#include "wire/magnet.h"
#include "wire/tracker_url.h"

enum { LABEL = 12, URL_COLS = 200, URL_SHOWN = 1024, MAGNET_TEXT = 4096 };

static void hex(const uint8_t *bytes, size_t len, char *text)
{
	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* A tracker that cannot be understood is shown as its scheme alone, for the same reason. */
static void show_tracker(const char *raw, char text[TRACKER_SHOWN_MAX])
{
	struct tracker_url url;
	char clean[TRACKER_SHOWN_MAX];

	if (tracker_url_parse(raw, strlen(raw), &url) == 0) {
		tracker_url_show(&url, text);
		return;
	}
	text_clean(clean, sizeof(clean), raw, strcspn(raw, ":"), 20);
	snprintf(text, TRACKER_SHOWN_MAX, "%.40s://?", clean);
}

/* As scheme://host/path: a login or a query may be a key. */
static void show_web_seed(const char *raw, char text[URL_SHOWN])
{
	const char *mark = strstr(raw, "://"), *host = mark ? mark + 3 : raw, *rest = host;
	char place[URL_SHOWN / 2], scheme[32];

	for (const char *c = host; mark && *c && !strchr("/?#", *c); c++)
		if (*c == '@')
			rest = c + 1;
	text_clean(scheme, sizeof(scheme), raw, (size_t)(host - raw), sizeof(scheme) - 1);
	text_clean(place, sizeof(place), rest, strcspn(rest, "?#"), URL_COLS);
	snprintf(text, URL_SHOWN, "%s%s", scheme, place);
}

static void write_magnet(const struct metainfo *m, struct buf *link)
{
	if (m->has_v1)
		magnet_write(m->hash, m->name, link);
	else
		magnet_write_v2(m->hash_v2, m->name, link);
}

/* ---- for people ---- */

void subject_label(struct buf *out, const char *label)
{
	int cols = (int)text_cols(label);

	buf_printf(out, "  %s%*s", label, cols < LABEL ? LABEL - cols : 1, "");
}

void subject_line(struct buf *out, const char *label, const char *text)
{
	if (!*text)
		return;
	subject_label(out, label);
	buf_printf(out, "%s\n", text);
}

static void write_hashes(const struct metainfo *m, struct buf *out)
{
	char text[2 * INFO_HASH_V2 + 1];

	hex(m->hash, INFO_HASH, text);
	subject_line(out, m->has_v1 ? _("info-hash") : _("cut hash"), text);
	hex(m->hash_v2, INFO_HASH_V2, text);
	subject_line(out, _("v2 hash"), m->has_v2 ? text : "");
}

static void write_size(const struct subject *s, struct buf *out)
{
	const struct metainfo *m = &s->metainfo;
	char about[STR_NUMBER], bytes[STR_NUMBER], files[STR_NUMBER], text[128];
	int len;

	if (!s->whole && !m->size)
		return;
	str_bytes((double)m->size, about);
	str_count(m->size, bytes);
	str_count(m->files, files);
	len = snprintf(text, sizeof(text), _n("%s (%s byte)", "%s (%s bytes)", m->size), about, bytes);
	if (s->whole && len >= 0 && (size_t)len < sizeof(text))
		snprintf(text + len, sizeof(text) - (size_t)len,
			 _n(" in %s file", " in %s files", (unsigned long)m->files), files);
	subject_line(out, _("size"), text);
}

static void write_trackers(const struct metainfo *m, struct buf *out)
{
	char text[TRACKER_SHOWN_MAX], label[32];

	for (size_t i = 0; i < m->tracker_count; i++) {
		show_tracker(m->trackers[i].url, text);
		snprintf(label, sizeof(label), _("tier %u"), m->trackers[i].tier + 1);
		subject_line(out, label, text);
	}
}

void subject_write_text(const struct subject *s, struct buf *out)
{
	const struct metainfo *m = &s->metainfo;
	char date[CLOCK_TEXT], url[URL_SHOWN];
	struct buf link;

	buf_printf(out, "%s\n", *m->name ? m->name : _("(no name)"));
	write_hashes(m, out);
	write_size(s, out);
	clock_rfc3339(m->created, date);
	subject_line(out, _("created"), m->created ? date : "");
	subject_line(out, _("created by"), m->created_by);
	subject_line(out, _("comment"), m->comment);
	subject_line(out, _("private"), m->private ? _("yes: only its own trackers know its peers (BEP 27)") : "");
	write_trackers(m, out);
	for (size_t i = 0; i < m->web_seed_count; i++) {
		show_web_seed(m->web_seeds[i], url);
		subject_line(out, _("web seed"), url);
	}
	buf_init(&link, MAGNET_TEXT);
	write_magnet(m, &link);
	subject_line(out, _("magnet"), buf_str(&link));
	buf_done(&link);
}

/* ---- for programs ---- */

static void json_hashes(struct jsonw *w, const struct metainfo *m)
{
	char text[2 * INFO_HASH_V2 + 1];

	hex(m->hash, INFO_HASH, text);
	jsonw_member_text(w, "infohash", text);
	hex(m->hash_v2, INFO_HASH_V2, text);
	jsonw_member_text(w, "infohash_v2", m->has_v2 ? text : "");
}

static void json_trackers(struct jsonw *w, const struct metainfo *m)
{
	char text[TRACKER_SHOWN_MAX];

	jsonw_key(w, "trackers");
	jsonw_array(w);
	for (size_t i = 0; i < m->tracker_count; i++) {
		show_tracker(m->trackers[i].url, text);
		jsonw_object(w);
		jsonw_member_int(w, "tier", true, m->trackers[i].tier + 1);
		jsonw_member_text(w, "url", text);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static void json_web_seeds(struct jsonw *w, const struct metainfo *m)
{
	char url[URL_SHOWN];

	jsonw_key(w, "web_seeds");
	jsonw_array(w);
	for (size_t i = 0; i < m->web_seed_count; i++) {
		show_web_seed(m->web_seeds[i], url);
		jsonw_text(w, url);
	}
	jsonw_array_end(w);
}

void subject_write_json(const struct subject *s, struct jsonw *w)
{
	const struct metainfo *m = &s->metainfo;
	struct buf link;

	buf_init(&link, MAGNET_TEXT);
	write_magnet(m, &link);
	jsonw_member_int(w, "schema", true, 1);
	json_hashes(w, m);
	jsonw_member_text(w, "name", m->name);
	jsonw_member_int(w, "size_bytes", s->whole || m->size, (int64_t)m->size);
	jsonw_member_int(w, "files", s->whole, m->files);
	jsonw_member_time(w, "created", m->created);
	jsonw_member_text(w, "created_by", m->created_by);
	jsonw_member_text(w, "comment", m->comment);
	jsonw_key(w, "private");
	if (s->whole || m->private)
		jsonw_bool(w, m->private);
	else
		jsonw_null(w);
	json_trackers(w, m);
	json_web_seeds(w, m);
	jsonw_member_text(w, "magnet", buf_str(&link));
	buf_done(&link);
}
