/* The web server: one request, one answer, and the connection is closed. It is driven by the loop and never waits.
 * Limits: 8 KB of request within 5 s, 16 connections; who has sent no whole request yet makes room for others. */
#ifndef CORE_HTTPD_H
#define CORE_HTTPD_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/loop.h"

enum {
	HTTPD_CONNECTIONS = 16,
	HTTPD_REQUEST_MAX = 8192,   /* bytes of the first line and all headers */
	HTTPD_REQUEST_MS = 5000,    /* from the connection to the end of the request, less when others wait */
	HTTPD_ANSWER_MS = 30000,    /* that a reader may take; HTTPD_REQUEST_MS when others wait */
	HTTPD_TEXT_MAX = 16 << 20,  /* bytes of an answer */
	HTTPD_POLICY_MAX = 1024,
};

struct httpd;

/* A GET or a HEAD. Foreign texts, valid during the call. */
struct httpd_request {
	const char *target;        /* as sent: "/path?query" */
	const char *host;          /* the header, "" if there is none, or more than one */
	const char *authorization; /* likewise */
};

struct httpd_answer {
	unsigned status;               /* 200 */
	const char *type;              /* of what is in `text`: static */
	char policy[HTTPD_POLICY_MAX]; /* Content-Security-Policy; "" = nothing may run or load */
	const char *name, *value;      /* one more header: static; NULL = none */
	struct buf text;               /* empty at the start; taken over by the server */
};

struct httpd_ask {
	struct loop *loop;
	const char *listen; /* "127.0.0.1:9899", "[::1]:9899"; port 0 = any */
	/* Fills the answer. For a HEAD too: only its length is sent. */
	void (*serve)(void *context, const struct httpd_request *request, struct httpd_answer *answer);
	void *context;
};

/* NULL with a message if the address cannot be had. */
struct httpd *httpd_new(const struct httpd_ask *ask, struct err *err);
/* Closes everything at once. Accepts NULL. Not from within `serve`. */
void httpd_free(struct httpd *h);
/* "http://127.0.0.1:9899/", with the port that it has. */
const char *httpd_url(const struct httpd *h);

/* Reads "address:port", of IPv6 in brackets. 0 or -EINVAL. */
struct httpd_address {
	char host[64]; /* without brackets */
	bool six, loopback;
	unsigned short port;
};
int httpd_address_parse(const char *text, struct httpd_address *address);

#endif
