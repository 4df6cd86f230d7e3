/* What a browser or a scraper asks us for: the target of a request (RFC 9112 3.2.1, origin form only), the host that it
 * believes to talk to (RFC 9110 7.2), and the token it shows (RFC 6750 2.1, RFC 7617). */
#ifndef WIRE_WEBREQ_H
#define WIRE_WEBREQ_H

#include <stdbool.h>
#include <stddef.h>

enum {
	WEBREQ_PATH = 128, /* room, NULs included, here and below */
	WEBREQ_PARAMS = 8,
	WEBREQ_NAME = 16,
	WEBREQ_VALUE = 512,
	WEBREQ_HOST = 256,
	WEBREQ_TOKEN = 256,
};

struct webreq_param {
	char name[WEBREQ_NAME];
	char value[WEBREQ_VALUE]; /* "" also for a parameter without one */
};

/* Decoded; all of it is UTF-8 without control characters. */
struct webreq {
	char path[WEBREQ_PATH]; /* begins with '/' */
	struct webreq_param params[WEBREQ_PARAMS];
	size_t count;
};

/* "/path?name=value&name": 0; -EINVAL for what is no such target; -EILSEQ for bytes that are no text; -ENAMETOOLONG
 * for a path or a name that has no room, -EMSGSIZE for a value, -E2BIG for too many parameters. `r` is untouched unless
 * 0. */
int webreq_parse(const char *target, struct webreq *r);
/* The first of that name; NULL if there is none. */
const char *webreq_param(const struct webreq *r, const char *name);

/* The name or address in a Host header, in lower case, without port, brackets and a dot at the end. 0 or -EINVAL. */
int webreq_host(const char *header, char host[WEBREQ_HOST]);

/* The token in an Authorization header: of "Bearer TOKEN" the token, of "Basic ..." the password. 0 or -EINVAL. */
int webreq_token(const char *header, char token[WEBREQ_TOKEN]);

#endif
