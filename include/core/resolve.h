/* Names to addresses without waiting (c-ares): for UDP trackers and the DHT's first nodes. It does not judge the
 * addresses. */
#ifndef CORE_RESOLVE_H
#define CORE_RESOLVE_H

#include <stddef.h>

#include "base/ip.h"
#include "core/loop.h"

enum { RESOLVE_MAX = 16 }; /* addresses of one name that are told */

struct resolve;

/* NULL if c-ares cannot be started. It reads /etc/resolv.conf when the first name is asked for, and from time to time
 * after that; where c-ares has no memory for that, names are -EIO. At most some dozens of questions are on their way at
 * once, the rest wait; an answer is remembered for a few minutes, a failure for a shorter time. /etc/hosts is read too;
 * localhost is loopback without it (RFC 6761). */
struct resolve *resolve_new(struct loop *loop);
/* Nobody is told any more. NULL is accepted. */
void resolve_free(struct resolve *r);
/* done() is called exactly once, never from within this call: 0 and IPv4 before IPv6, each once; -ENOENT: there is no
 * such name, or it has no address, or it is none (RFC 1123); -ETIMEDOUT; -EIO. An address as text is its own answer.
 * done() may free the resolver. */
void resolve_name(struct resolve *r, const char *name,
		  void (*done)(void *context, int rc, const struct ip *addresses, size_t count), void *context);
/* Nobody with this context is told any more. */
void resolve_cancel(struct resolve *r, const void *context);
/* From now on these servers ("127.0.0.1:5353,[::1]:53") are asked instead of those of /etc/resolv.conf, each with this
 * patience; what is remembered is forgotten. For tests; nothing may be on its way. 0 or -EINVAL. */
int resolve_servers(struct resolve *r, const char *servers, unsigned timeout_ms);

#endif
