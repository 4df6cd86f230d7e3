/* A request outlives the texts that it was made of: it may wait for its turn. It does not know what is asked. */
#include "core/http_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

static const size_t text_at[] = {
	offsetof(struct http_request, url),          offsetof(struct http_request, unix_socket),
	offsetof(struct http_request, content_type), offsetof(struct http_request, username),
	offsetof(struct http_request, password),     offsetof(struct http_request, cacert),
	offsetof(struct http_request, proxy),
};

static const size_t list_at[] = {offsetof(struct http_request, headers), offsetof(struct http_request, hosts)};

enum { TEXTS = sizeof(text_at) / sizeof(text_at[0]), LISTS = sizeof(list_at) / sizeof(list_at[0]) };

static const char **text_of(struct http_request *q, size_t i)
{
	return (const char **)(void *)((char *)q + text_at[i]);
}

static const char *const **list_of(struct http_request *q, size_t i)
{
	return (const char *const **)(void *)((char *)q + list_at[i]);
}

static size_t texts_size(struct http_request *q, size_t *entries)
{
	size_t size = q->post ? q->post_len : 0;

	*entries = 0;
	for (size_t i = 0; i < TEXTS; i++)
		size += *text_of(q, i) ? strlen(*text_of(q, i)) + 1 : 0;
	for (size_t i = 0; i < LISTS; i++) {
		const char *const *list = *list_of(q, i);

		for (; list && *list; list++, ++*entries)
			size += strlen(*list) + 1;
		*entries += 1;
	}
	return size;
}

static const char *copy_text(char **to, const char *text, size_t len)
{
	char *copy = *to;

	memcpy(copy, text, len);
	*to += len;
	return copy;
}

void http_kept_init(struct http_kept *kept, const struct http_request *request)
{
	struct http_request *q = &kept->request;
	size_t entries, size;
	const char **entry;
	char *to;

	*q = *request;
	size = texts_size(q, &entries);
	kept->size = size;
	kept->texts = to = xcalloc(1, size + 1);
	kept->lists = entry = xcalloc(entries, sizeof(*entry));
	for (size_t i = 0; i < TEXTS; i++)
		if (*text_of(q, i))
			*text_of(q, i) = copy_text(&to, *text_of(q, i), strlen(*text_of(q, i)) + 1);
	for (size_t i = 0; i < LISTS; i++) {
		const char *const *list = *list_of(q, i);

		if (!list)
			continue;
		*list_of(q, i) = entry;
		for (; *list; list++)
			*entry++ = copy_text(&to, *list, strlen(*list) + 1);
		*entry++ = NULL;
	}
	if (q->post)
		q->post = copy_text(&to, q->post, q->post_len);
}

void http_kept_done(struct http_kept *kept)
{
	/* A login that was dropped is still there. */
	explicit_bzero(kept->texts, kept->size);
	free(kept->texts);
	free(kept->lists);
}
