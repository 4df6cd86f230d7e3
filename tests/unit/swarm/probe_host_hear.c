/* What the tracker of a story is asked in HTTP, WebSocket and RPC: told, and nothing of it but scrapes. */
#include "probe_host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/xmalloc.h"
#include "core/json.h"

enum { LONGEST = 4096, SHOWN = 60 }; /* bytes of what is behind GET; of those that are told */

void probe_host_tell(struct probe_host *h, const char *format, ...)
{
	char line[PROBE_LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	h->tell(h->context, line);
}

/* Escapes begin with `escape` and have two digits. */
static const char *read_escaped(const char *at, const char *escape, uint8_t hash[INFO_HASH])
{
	for (size_t i = 0; i < INFO_HASH && *at; i++) {
		if (str_starts(at, escape)) {
			at += strlen(escape);
			hash[i] = (uint8_t)(str_hex(at[0]) * 16 + str_hex(at[1]));
			at += 2;
		} else {
			hash[i] = (uint8_t)*at++;
		}
	}
	return at;
}

/* A GET of what ends in scrape or begins with it, with hashes: nothing else is ever asked of a tracker. */
void probe_host_hear_http(struct probe_host *h, const char *request, struct probe_asked *asked)
{
	static const char name[] = "info_hash=";
	size_t len = strcspn(request + 4, " \r");
	char *target = xcalloc(len + 1, 1);
	const char *at;
	char *first;
	struct buf names;

	memcpy(target, request + 4, len);
	asked->count = 0;
	first = strstr(target, name);
	at = first;
	while (at && str_starts(at, name) && asked->count < PROBE_HASHES) {
		at = read_escaped(at + strlen(name), "%", asked->hashes[asked->count++]);
		at += str_starts(at, "&info_hash=");
	}
	if (!str_starts(request, "GET ") || !strstr(target, "/scrape") || !at || *at || len > LONGEST)
		h->bail(h->context, "the probe asked for something else than a scrape of some hashes");
	if (first)
		first[-1] = '\0';
	buf_init(&names, PROBE_LINE);
	probe_script_name(h->script, asked, &names);
	probe_host_tell(h, "asks %.*s%s for %s", SHOWN, target, strlen(target) > SHOWN ? "..." : "", buf_str(&names));
	buf_done(&names);
	free(target);
}

void probe_host_hear_ws(struct probe_host *h, const char *text, struct probe_asked *asked)
{
	static const char begin[] = "{\"action\":\"scrape\",\"info_hash\":[\"";
	const char *at = text + strlen(begin);
	struct buf names;

	if (!str_starts(text, begin))
		h->bail(h->context, "the probe asked for something else than a scrape of some hashes");
	asked->count = 0;
	do {
		at = read_escaped(at, "\\u00", asked->hashes[asked->count++]);
		at += str_starts(at, "\",\"") ? 3 : 0;
	} while (*at && *at != '"' && asked->count < PROBE_HASHES);
	if (strcmp(at, "\"]}") != 0)
		h->bail(h->context, "the probe asked for hashes that are none");
	buf_init(&names, PROBE_LINE);
	probe_script_name(h->script, asked, &names);
	probe_host_tell(h, "asks %s", h->exactly ? text : buf_str(&names));
	buf_done(&names);
}

void probe_host_hear_rpc(struct probe_host *h, const char *request, const char *body, struct probe_asked *asked)
{
	struct json *document = json_parse(body, strlen(body), NULL);
	const struct json *arguments = json_member(document, "arguments"), *ids = json_member(arguments, "ids");
	const struct json *fields = json_member(arguments, "fields");
	struct buf names;
	size_t len = 0;
	const char *method = json_text(json_member(document, "method"), &len);

	if (!str_starts(request, "POST /") || !method || strcmp(method, "torrent-get") != 0)
		h->bail(h->context, "the probe wanted something else than to get torrents");
	asked->count = 0;
	for (size_t i = 0; i < json_count(ids) && i < PROBE_HASHES; i++) {
		const char *hex = json_text(json_item(ids, i), &len);

		if (hex && info_hash_read(hex, len, asked->hashes[asked->count]) == 0)
			asked->count++;
	}
	buf_init(&names, PROBE_LINE);
	probe_script_name(h->script, asked, &names);
	buf_puts(&names, ids ? ":" : "all:");
	for (size_t i = 0; i < json_count(fields); i++)
		buf_printf(&names, " %s", json_text(json_item(fields, i), &len));
	probe_host_tell(h, "asks for %s", buf_str(&names));
	buf_done(&names);
	json_free(document);
}
