/* The options of one transfer that do not depend on what is asked, and libcurl's codes as reasons. */
#include "core/http_private.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"

enum { RECEIVE_BUFFER = 128 * 1024, LAST_PIECE = 64 };

static void set_trust(CURL *easy, const struct http_request *q)
{
	if (q->cacert && *q->cacert)
		curl_easy_setopt(easy, CURLOPT_CAINFO, q->cacert);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, q->insecure ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, q->insecure ? 0L : 2L);
}

void http_easy_connect(CURL *easy, const struct http_request *q)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* A call that ends does not wait for its thread that asks for the name, which silent servers hold for long. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	/* Both stand for what the environment says, which would lead around a proxy that is enforced. */
	curl_easy_setopt(easy, CURLOPT_PROXY, q->proxy ? q->proxy : "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, q->connect_ms);
	set_trust(easy, q);
}

static void set_body(CURL *easy, const struct http_request *q)
{
	if (!q->post)
		return;
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->post_len);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, q->post);
}

static struct curl_slist *set_headers(CURL *easy, const struct http_request *q)
{
	struct curl_slist *headers;
	char line[128];

	/* Without these libcurl would wait for "100 Continue" on longer bodies, which no daemon sends. */
	headers = curl_slist_append(NULL, "Expect:");
	if (q->content_type) {
		snprintf(line, sizeof(line), "Content-Type: %s", q->content_type);
		headers = curl_slist_append(headers, line);
	}
	for (size_t i = 0; q->headers && q->headers[i]; i++)
		headers = curl_slist_append(headers, q->headers[i]);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	return headers;
}

struct curl_slist *http_easy_ask(CURL *easy, const struct http_request *q)
{
	if (q->unix_socket)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, q->unix_socket);
	if (q->username && *q->username) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME, q->username);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, q->password ? q->password : "");
	}
	if (q->compressed)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
	set_body(easy, q);
	return set_headers(easy, q);
}

static const struct {
	CURLcode code;
	enum http_failure failure;
} failures[] = {
	{CURLE_OK, HTTP_FINE},
	{CURLE_COULDNT_RESOLVE_HOST, HTTP_NO_HOST},
	{CURLE_COULDNT_RESOLVE_PROXY, HTTP_NO_HOST},
	{CURLE_COULDNT_CONNECT, HTTP_UNREACHABLE},
	{CURLE_PROXY, HTTP_UNREACHABLE},
	{CURLE_SSL_CONNECT_ERROR, HTTP_NO_TLS},
	{CURLE_USE_SSL_FAILED, HTTP_NO_TLS},
	{CURLE_SSL_CACERT_BADFILE, HTTP_UNTRUSTED},
	{CURLE_PEER_FAILED_VERIFICATION, HTTP_UNTRUSTED},
	{CURLE_OPERATION_TIMEDOUT, HTTP_SILENT},
	{CURLE_OUT_OF_MEMORY, HTTP_TOO_BIG}, /* a header line longer than 100 KiB */
};

/* These codes are what libcurl makes of a refusal. */
static bool is_denied(CURLcode code, const struct http_policy *policy)
{
	return policy->denied &&
	       (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK || code == CURLE_OPERATION_TIMEDOUT);
}

enum http_failure http_easy_failure(CURL *easy, CURLcode code, const struct http_policy *policy)
{
	curl_off_t connected = 0, secured = 0;
	long tunnel = 0;

	if (is_denied(code, policy))
		return HTTP_DENIED;
	/* A connection that was kept has no time of its own, but one to the transfer. */
	curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected);
	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &secured);
	if (code == CURLE_OPERATION_TIMEDOUT && secured == 0)
		return connected ? HTTP_NO_TLS : HTTP_UNREACHABLE;
	curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
	if (code == CURLE_RECV_ERROR && tunnel >= 300)
		return HTTP_UNREACHABLE; /* the proxy would not open a tunnel */
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (failures[i].code == code)
			return failures[i].failure;
	return HTTP_BROKEN;
}

/* libcurl's own words are so long that the name, which is their point, is cut. */
static const char *plain_words(CURLcode code, const char *said)
{
	if (code == CURLE_PEER_FAILED_VERIFICATION && strstr(said, "subject name"))
		return "the certificate is for another host name";
	return *said ? said : curl_easy_strerror(code);
}

/* What filled libcurl's room was cut: perhaps within a secret that somebody repeated, of which no search would find the
 * rest. */
static size_t words_len(const char *words)
{
	size_t len = strlen(words);

	return len + 1 < CURL_ERROR_SIZE ? len : len - LAST_PIECE;
}

void http_easy_words(struct http_result *result, CURLcode code, const char *said, const struct http_policy *policy)
{
	const char *words = plain_words(code, said);

	result->no_public = result->failure == HTTP_DENIED && policy->no_public;
	result->off_hosts = result->failure == HTTP_DENIED && policy->off_hosts;
	if (result->failure == HTTP_DENIED)
		str_copy(result->error, sizeof(result->error), policy->why);
	else if (code != CURLE_OK) /* libcurl repeats what others wrote: the name in a certificate */
		text_clean(result->error, sizeof(result->error), words, words_len(words), sizeof(result->error));
}
