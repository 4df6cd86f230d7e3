/* HTTP requests, driven by the loop. The only door to libcurl. */
#ifndef CORE_HTTP_H
#define CORE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "core/loop.h"

struct http;
struct http_call;

enum { HTTP_TOO_MANY = 429 };

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
	HTTP_LEFT_ALONE,  /* it is sent on to another host that has asked for that: see http_asked() */
	HTTP_DENIED,      /* the address policy: a special address, another scheme, a redirect off the hosts */
};

struct http_result {
	enum http_failure failure;
	long status;     /* 0 if there is none */
	char error[768]; /* what libcurl says of a failure; clean */
	long retry_after; /* seconds that the answer asks to wait (RFC 9110, 10.2.3), 0 = it does not; HTTP_LEFT_ALONE:
			   * for which that host is left alone still */
	bool no_public;  /* HTTP_DENIED because there is no address but those that are none of the Internet's */
	bool off_hosts;  /* HTTP_DENIED because of a redirect to a host that is not in `hosts` */
	const char *url; /* after redirects; valid during done() */
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
	/* A stranger named the URL: http and https only, never a connection to an address that is not IP_GLOBAL
	 * (base/ip.h), checked on the address that is connected to. With a proxy names are its business, and only
	 * literal addresses are checked. */
	bool public_only;
	const char *proxy; /* http://, https:// or socks5h://; NULL or "" = none */
	/* NULL: redirects are not followed, the answer is theirs. Else (NULL-terminated, may be empty) up to 5 are, to
	 * the host (and any port) of `url` and to these hosts ("files.example.org"); another one is HTTP_DENIED, and so
	 * is one from https to http. header() and body() are told of the last answer only; a POST is not sent on, and a
	 * login only to the same origin. */
	const char *const *hosts;
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
/* Starts a call; proxies of the environment are never used. Like http_cancel() it may be called from within header()
 * and body() of another call. */
struct http_call *http_start(struct http *h, const struct http_request *request);
/* Ends it; done() is not called. Not to be called from within its own header() or body(). */
void http_cancel(struct http_call *call);
/* At most so many connections to one host at once, and in all; 0 = no limit. The rest wait, and their time does not
 * run. Streams are not counted. Set it before the first call. */
void http_limits(struct http *h, unsigned per_host, unsigned total);
/* The host of `url` has said that we ask too much (429): no call to it begins for `ms`, 60 s at most, and then half as
 * many run at once, at least one, for as long as any wait. 0 = it did not say how long: 1 s, and twice that with each
 * rest in a row. What else comes in while it rests only makes that one longer. Returns how many there were without an
 * answer in between. */
unsigned http_rest(struct http *h, const char *url, int64_t ms);
/* For how long still the host of `url` has asked to be left alone, in ms, when that was for more than the 60 s that
 * http_rest() keeps calls back; a day at most. 0 = it has not. Calls to it begin all the same: it is for who makes them
 * to ask; but none that another host sends on. */
int64_t http_asked(struct http *h, const char *url);

/* A connection for another protocol over http's door (WebSocket): TLS, proxy and address policy are as for calls. */
struct http_stream;

struct http_stream_events {
	void (*opened)(void *context); /* bytes may be sent from now on */
	void (*bytes)(void *context, const char *bytes, size_t len);
	/* It has ended, or never began; HTTP_FINE: the other side closed. Called once, never from within
	 * http_stream_open(); the stream is gone. */
	void (*closed)(void *context, const struct http_result *result);
	void *context;
};

/* `url` is http:// or https://; of the request only url, public_only, proxy, cacert, insecure and connect_ms count. */
struct http_stream *http_stream_open(struct http *h, const struct http_request *request,
				     const struct http_stream_events *events);
/* Sends all, now or as soon as the connection takes it. 0 or -ENOBUFS (more than 256 KiB wait). */
int http_stream_send(struct http_stream *s, const void *bytes, size_t len);
/* Closes; closed() is not called. May be called from within bytes() and opened(). NULL is accepted. */
void http_stream_close(struct http_stream *s);

/* RFC 3986: `reference` of a page at `base` as a URL without fragment, percent-encoded where it needs to be, host
 * small, dots resolved. 0; -EINVAL: neither http nor https, no URL, a login in it; -ENOBUFS. */
int http_url_join(const char *base, const char *reference, struct buf *url);
/* The host of an http(s) URL, small, IPv6 without brackets. 0, -EINVAL or -ENOBUFS. */
int http_url_host(const char *url, struct buf *host);

#endif
