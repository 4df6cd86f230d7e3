/* core/http_easy.c: what is told of a failure in libcurl's words. */
#include <string.h>

#include "core/http_private.h"
#include "tap.h"

/* Where libcurl cuts, a secret that somebody repeats may be cut too. */
static void test_words(void)
{
	static const size_t lengths[] = {0, 10, CURL_ERROR_SIZE - 2, CURL_ERROR_SIZE - 1};
	const struct http_policy policy = {.denied = false};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct http_result result = {.failure = HTTP_BROKEN};
		char said[CURL_ERROR_SIZE] = "";

		memset(said, 'x', lengths[i]);
		if (lengths[i] > 6)
			memcpy(said + lengths[i] - 6, "s3cr3t", 6);
		http_easy_words(&result, CURLE_SEND_ERROR, said, &policy);
		if (lengths[i] + 1 == CURL_ERROR_SIZE)
			ok(!strstr(result.error, "s3c") && strlen(result.error) > 100, "%zu: %s", lengths[i],
			   result.error);
		else
			is_str(result.error, lengths[i] ? said : curl_easy_strerror(CURLE_SEND_ERROR), "all of %zu",
			       lengths[i]);
	}
}

/* Bytes that are no text take more room than they had. */
static void test_odd(void)
{
	const struct http_policy policy = {.denied = false};
	struct http_result result = {.failure = HTTP_BROKEN};
	char said[CURL_ERROR_SIZE] = "";

	for (size_t i = 0; i + 12 < sizeof(said); i += 2)
		memcpy(said + i, "\001x", 2);
	memcpy(said + strlen(said), "end", 4);
	http_easy_words(&result, CURLE_SEND_ERROR, said, &policy);
	ok(strlen(result.error) > 400 && strcmp(result.error + strlen(result.error) - 4, "xend") == 0,
	   "nothing is cut: %s", result.error);
}

int main(void)
{
	test_words();
	test_odd();
	return tap_done();
}
