/* HTTP requests, driven by the loop. The only door to libcurl. */
#ifndef CORE_HTTP_H
#define CORE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/loop.h"

struct http;
struct http_call;

/* Why a call ended without a whole answer. */
enum http_failure {
	HTTP_FINE,        /* there is an answer, of whatever status */
	HTTP_NO_HOST,     /* the name is not known */
	HTTP_UNREACHABLE, /* connection refused, no way to the host, timeout while connecting */
	HTTP_NO_TLS,      /* TLS was wanted, and cannot be agreed on */
	HTTP_UNTRUSTED,   /* the certificate is not trusted */
	HTTP_SILENT,      /* the answer did not come in time */
	HTTP_BROKEN,      /* the answer ended early, or is no HTTP */
	HTTP_TOO_BIG,     /* body or headers are over the cap */
	HTTP_STOPPED,     /* body() said so */
};

struct http_result {
	enum http_failure failure;
	long status;     /* 0 if there is none */
	char error[256]; /* what libcurl says of a failure */
};

/* What is asked. Texts are copied. NULL is "not given". */
struct http_request {
	const char *url;
	const char *unix_socket; /* path; the host in the URL is then only a name */
	const char *post;        /* body of a POST, `post_len` bytes; else GET */
	size_t post_len;
	const char *content_type;
	const char *const *headers;      /* "Name: value", NULL-terminated */
	const char *username, *password; /* Basic, sent at once */
	const char *cacert;
	bool insecure;   /* do not verify the certificate */
	bool compressed; /* ask for compression */
	long connect_ms, total_ms;
	size_t max_body; /* bytes after decompression */
	/* Each may be NULL. header(): one header line without its line end. body(): 0 goes on, else the call ends.
	 * done() is called exactly once, unless the call is cancelled; the call is gone then. */
	void (*header)(void *context, const char *line, size_t len);
	int (*body)(void *context, long status, const char *bytes, size_t len);
	void (*done)(void *context, const struct http_result *result);
	void *context;
};

/* NULL if libcurl cannot be started. Connections are kept alive and reused within one struct http. */
struct http *http_new(struct loop *loop);
void http_free(struct http *h);
/* Starts a call; redirects are never followed, proxies of the environment never used. */
struct http_call *http_start(struct http *h, const struct http_request *request);
/* Ends it; done() is not called. Not to be called from within its own header() or body(). */
void http_cancel(struct http_call *call);
/* "libcurl/7.88.1 ..." */
const char *http_version(void);

#endif
