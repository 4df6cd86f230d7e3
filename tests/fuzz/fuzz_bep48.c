/* Any bytes as the answer to an HTTP scrape, and, as text, as a tracker's URL. */
#include <stdlib.h>
#include <string.h>

#include "wire/bep48.h"
#include "wire/tracker_url.h"

enum { ARENA_MAX = 32 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void see(const struct bep48_file *file, void *arg)
{
	size_t *count = arg;

	++*count;
	if (file->complete < -1 || file->incomplete < -1 || file->downloaded < -1 ||
	    file->complete > (int64_t)UINT32_MAX)
		abort();
}

static void read_answer(const uint8_t *bytes, size_t len)
{
	struct bep48_answer answer;
	struct arena arena;
	size_t count = 0;

	arena_init(&arena, ARENA_MAX);
	if (bep48_read(bytes, len, &arena, see, &count, &answer) == 0 &&
	    (answer.files != count || strlen(answer.failure) >= BEP48_FAILURE))
		abort();
	arena_done(&arena);
}

static void request(const char *announce)
{
	static const uint8_t hashes[3][20] = {{0}, {'a', '&', 0xff}, {0}};
	struct buf url;
	size_t asked = 0;

	buf_init(&url, 8192);
	if (bep48_request(announce, hashes, 3, &url, &asked) == 0 &&
	    (!asked || asked > 3 || url.len > BEP48_URL_MAX || !strstr(buf_str(&url), "info_hash=")))
		abort();
	buf_done(&url);
}

/* What is written is read back the same. */
static void read_url(const char *text, size_t len)
{
	struct tracker_url url, again;
	char shown[TRACKER_SHOWN_MAX], key[TRACKER_KEY_MAX];

	if (tracker_url_parse(text, len, &url))
		return;
	if (tracker_url_parse(url.text, strlen(url.text), &again) || memcmp(&url, &again, sizeof(url)) != 0)
		abort();
	tracker_url_show(&url, shown);
	tracker_url_key(&url, key);
	if (strncmp(shown, url.text, strlen(shown)) != 0 || strncmp(key, url.host, strlen(url.host)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1);

	if (!text)
		abort();
	if (len)
		memcpy(text, bytes, len);
	text[len] = '\0';
	read_answer(bytes, len);
	request(text);
	read_url((const char *)bytes, len);
	free(text);
	return 0;
}
