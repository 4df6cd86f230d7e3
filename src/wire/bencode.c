/* Bencoding (BEP 3), read without recursion and written piece by piece. It does not know what document it is. */
#include "wire/bencode.h"

#include <errno.h>
#include <string.h>

/* A list or dictionary that has not ended. */
struct open {
	struct bencode *value;
	const struct bencode **tail; /* where the next child is hung */
	const struct bencode *key;   /* read, and waits for its value */
};

struct reader {
	const char *at, *end;
	struct arena *arena;
	const struct bencode *root;
	struct open open[BENCODE_DEPTH];
	unsigned depth;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits up to `stop`, which is passed over too. Leading zeros are read: the wild has them. */
static int read_digits(struct reader *r, char stop, uint64_t max, uint64_t *number)
{
	const char *start = r->at;
	uint64_t n = 0;

	for (; r->at < r->end && is_digit(*r->at); r->at++) {
		uint64_t digit = (uint64_t)(*r->at - '0');

		if (n > (max - digit) / 10)
			return -EBADMSG;
		n = n * 10 + digit;
	}
	if (r->at == start || r->at == r->end || *r->at != stop)
		return -EBADMSG;
	r->at++;
	*number = n;
	return 0;
}

static int read_int(struct reader *r, struct bencode *value)
{
	bool minus = r->end - r->at > 1 && r->at[1] == '-';
	uint64_t number;

	value->type = BENCODE_INT;
	r->at += minus ? 2 : 1;
	if (read_digits(r, 'e', (uint64_t)INT64_MAX + minus, &number))
		return -EBADMSG;
	/* The negation of INT64_MIN's digits is no int64: one less, and one more. */
	value->number = !minus ? (int64_t)number : number ? -(int64_t)(number - 1) - 1 : 0;
	return 0;
}

static int read_bytes(struct reader *r, struct bencode *value)
{
	uint64_t len;

	value->type = BENCODE_BYTES;
	if (read_digits(r, ':', SIZE_MAX, &len) || len > (size_t)(r->end - r->at))
		return -EBADMSG;
	value->bytes = r->at;
	value->len = (size_t)len;
	r->at += len;
	return 0;
}

static int read_open(struct reader *r, struct bencode *value)
{
	if (r->depth == BENCODE_DEPTH)
		return -EMSGSIZE;
	value->type = *r->at == 'd' ? BENCODE_DICT : BENCODE_LIST;
	r->at++;
	r->open[r->depth++] = (struct open){.value = value, .tail = &value->child};
	return 0;
}

static int read_end(struct reader *r)
{
	struct open *top = r->depth ? &r->open[r->depth - 1] : NULL;

	if (!top || top->key)
		return -EBADMSG;
	r->at++;
	top->value->raw_len = (size_t)(r->at - top->value->raw);
	r->depth--;
	return 0;
}

static void hang(struct reader *r, struct bencode *value)
{
	struct open *parent = r->depth ? &r->open[r->depth - 1] : NULL;

	if (!parent) {
		r->root = value;
		return;
	}
	value->key = parent->key;
	parent->key = NULL;
	*parent->tail = value;
	parent->tail = &value->next;
	parent->value->count++;
}

/* A number, a string, the begin of a list or dictionary. */
static int read_value(struct reader *r)
{
	struct open *parent = r->depth ? &r->open[r->depth - 1] : NULL;
	bool is_key = parent && parent->value->type == BENCODE_DICT && !parent->key;
	struct bencode *value;
	char first = *r->at;
	int rc;

	if ((is_key || !memchr("ild", first, 3)) && !is_digit(first))
		return -EBADMSG;
	value = arena_alloc(r->arena, sizeof(*value));
	if (!value)
		return -ENOMEM;
	value->raw = r->at;
	if (is_key)
		parent->key = value;
	else
		hang(r, value);
	rc = first == 'i' ? read_int(r, value) : is_digit(first) ? read_bytes(r, value) : read_open(r, value);
	value->raw_len = (size_t)(r->at - value->raw);
	return rc;
}

int bencode_read_first(const void *bytes, size_t len, struct arena *a, const struct bencode **value, size_t *used)
{
	struct reader r = {.at = bytes, .arena = a};
	int rc = 0;

	r.end = len ? r.at + len : r.at;
	do {
		if (r.at == r.end)
			return -EBADMSG;
		rc = *r.at == 'e' ? read_end(&r) : read_value(&r);
	} while (rc == 0 && r.depth);
	if (rc)
		return rc;
	*value = r.root;
	*used = r.root->raw_len;
	return 0;
}

int bencode_read(const void *bytes, size_t len, struct arena *a, const struct bencode **value)
{
	const struct bencode *first;
	size_t used;
	int rc = bencode_read_first(bytes, len, a, &first, &used);

	if (rc)
		return rc;
	if (used != len)
		return -EBADMSG;
	*value = first;
	return 0;
}

bool bencode_is(const struct bencode *value, const char *text)
{
	size_t len = strlen(text);

	return value && value->type == BENCODE_BYTES && value->len == len && memcmp(value->bytes, text, len) == 0;
}

const struct bencode *bencode_get(const struct bencode *dict, const char *key)
{
	if (!dict || dict->type != BENCODE_DICT)
		return NULL;
	for (const struct bencode *member = dict->child; member; member = member->next) {
		if (bencode_is(member->key, key))
			return member;
	}
	return NULL;
}

const struct bencode *bencode_get_type(const struct bencode *dict, const char *key, enum bencode_type type)
{
	const struct bencode *member = bencode_get(dict, key);

	return member && member->type == type ? member : NULL;
}

void bencode_put_int(struct buf *out, int64_t number)
{
	buf_printf(out, "i%llde", (long long)number);
}

/* All or nothing, so that a full buffer never ends in a length without its bytes. */
void bencode_put_bytes(struct buf *out, const void *bytes, size_t len)
{
	size_t before = out->len;

	if (buf_printf(out, "%zu:", len) == 0 && buf_add(out, bytes, len) != 0) {
		out->len = before;
		out->data[before] = '\0';
	}
}

void bencode_put_text(struct buf *out, const char *text)
{
	bencode_put_bytes(out, text, strlen(text));
}
