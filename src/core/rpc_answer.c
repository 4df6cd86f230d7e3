/* Reads short answers of Transmission's RPC, in both dialects. It does not know how they were asked for. */
#include "core/rpc_answer.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

/* JSON-RPC's message names the kind of error, data.error_string what it was. */
static const struct json *error_text(const struct json *error)
{
	const struct json *precise = json_member(json_member(error, "data"), "error_string");
	size_t len = 0;

	return json_text(precise, &len) && len ? precise : json_member(error, "message");
}

static int failure_text(const struct json *text, struct err *err)
{
	size_t len = 0;
	const char *said = json_text(text, &len);
	char clean[200];

	text_clean(clean, sizeof(clean), said ? said : "", len, 120);
	return err_set(err, -EREMOTE, "Transmission says: %s", *clean ? clean : "an error without a text");
}

int rpc_payload(const char *body, size_t len, struct json **document, const struct json **payload, struct err *err)
{
	struct err parse = {""};
	struct json *root = json_parse(body, len, &parse);
	const struct json *result = json_member(root, "result"), *error = json_member(root, "error");
	const struct json *arguments = json_member(root, "arguments");
	const char *text;
	size_t text_len = 0;
	int rc = 0;

	text = json_text(result, &text_len);
	if (!root)
		rc = err_set(err, -EBADMSG, "the answer is no JSON (%s): is a proxy or another server in between?",
			     parse.msg);
	else if (error)
		rc = failure_text(error_text(error), err);
	else if (text && strcmp(text, "success") != 0)
		rc = failure_text(result, err);
	else if (!json_is_object(text ? arguments : result))
		rc = err_set(err, -EBADMSG, "the answer lacks what Transmission sends");
	if (rc) {
		json_free(root);
		return rc;
	}
	*document = root;
	*payload = text ? arguments : result;
	return 0;
}

/* NULL: there is neither. */
static const struct json *added_torrent(enum rpc_dialect dialect, const struct json *payload, bool *duplicate)
{
	const struct json *had = json_member(payload, rpc_name(dialect, RPC_TORRENT_DUPLICATE));
	const struct json *new = json_member(payload, rpc_name(dialect, RPC_TORRENT_ADDED));

	*duplicate = json_is_object(had);
	return *duplicate ? had : json_is_object(new) ? new : NULL;
}

int rpc_read_added(enum rpc_dialect dialect, const char *body, size_t len, struct rpc_added *added, struct err *err)
{
	struct rpc_added is = {.duplicate = true};
	struct json *document;
	const struct json *payload, *torrent;
	uint8_t hash[INFO_HASH];
	struct err said;
	const char *hex;
	size_t hex_len = 0;
	int rc = rpc_payload(body, len, &document, &payload, &said);

	/* Daemons before 2.80 call it an error. */
	if (rc == -EREMOTE && strstr(said.msg, "duplicate torrent")) {
		*added = is;
		return 0;
	}
	if (rc)
		return err_set(err, rc, "%s", said.msg);
	torrent = added_torrent(dialect, payload, &is.duplicate);
	hex = json_text(json_member(torrent, rpc_name(dialect, RPC_HASH)), &hex_len);
	if (hex && info_hash_read(hex, hex_len, hash) == 0)
		info_hash_write(hash, is.hash);
	if (torrent)
		*added = is;
	else
		rc = err_set(err, -EBADMSG, "the answer lacks what Transmission sends");
	json_free(document);
	return rc;
}
