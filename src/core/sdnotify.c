/* Datagrams to the service manager, never waited for. It does not know what the program does. */
#include "core/sdnotify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "base/text.h"
#include "base/xmalloc.h"

enum { AGAIN_MS = 1000, STATUS_MAX = 200, BEAT_MIN_MS = 100, BEAT_MAX_MS = 3600 * 1000 };

struct sdnotify {
	int fd;
	struct sockaddr_un to;
	socklen_t to_len;
	struct loop *loop;
	struct loop_timer again; /* while READY=1 has not been taken */
	struct loop_timer beat;
	int64_t beat_ms;
};

/* "/path", or "@name" in the abstract namespace, whose first byte is NUL. Others (vsock:) are for virtual machines. */
static int parse_address(const char *text, struct sockaddr_un *to, socklen_t *to_len)
{
	size_t len = strlen(text);

	if ((*text != '/' && *text != '@') || len < 2)
		return -EAFNOSUPPORT;
	if (len >= sizeof(to->sun_path))
		return -ENAMETOOLONG;
	*to = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(to->sun_path, text, len);
	if (*text == '@')
		to->sun_path[0] = '\0';
	/* An abstract name has no end but its length; a path takes its NUL along. */
	*to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (*text == '/'));
	return 0;
}

static int tell(struct sdnotify *n, const char *text)
{
	ssize_t sent = sendto(n->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&n->to,
			      n->to_len);

	return sent < 0 ? -errno : 0;
}

static void ready_again(void *context)
{
	sdnotify_ready(context);
}

/* ---- the watchdog ---- */

static void beat(void *context)
{
	struct sdnotify *n = context;

	(void)tell(n, "WATCHDOG=1");
	loop_timer_in(n->loop, &n->beat, n->beat_ms);
}

/* Half of what the watchdog waits, as sd_watchdog_enabled(3) advises; 0 = it is not for us. */
static int64_t beat_interval(void)
{
	const char *usec_text = getenv("WATCHDOG_USEC"), *pid_text = getenv("WATCHDOG_PID");
	uint64_t usec, pid;

	if (!usec_text || str_u64(usec_text, &usec) || usec == 0)
		return 0;
	if (pid_text && (str_u64(pid_text, &pid) || pid != (uint64_t)getpid()))
		return 0;
	if (usec / 2000 > BEAT_MAX_MS)
		return BEAT_MAX_MS;
	return usec / 2000 < BEAT_MIN_MS ? BEAT_MIN_MS : (int64_t)(usec / 2000);
}

/* ---- beginning and end ---- */

struct sdnotify *sdnotify_new(struct loop *loop)
{
	const char *address = getenv("NOTIFY_SOCKET");
	struct sdnotify made = {.loop = loop, .beat_ms = beat_interval()}, *n;
	int rc;

	if (!address || !*address)
		return NULL;
	rc = parse_address(address, &made.to, &made.to_len);
	made.fd = rc ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (made.fd < 0) {
		log_warn("the service manager cannot be told anything: %s", strerror(rc ? -rc : errno));
		return NULL;
	}
	n = xcalloc(1, sizeof(*n));
	*n = made;
	n->again = (struct loop_timer){.fire = ready_again, .context = n};
	n->beat = (struct loop_timer){.fire = beat, .context = n};
	if (n->beat_ms)
		loop_timer_in(loop, &n->beat, 0);
	return n;
}

void sdnotify_free(struct sdnotify *n)
{
	if (!n)
		return;
	loop_timer_stop(n->loop, &n->again);
	loop_timer_stop(n->loop, &n->beat);
	close(n->fd);
	free(n);
}

/* ---- what is told ---- */

void sdnotify_ready(struct sdnotify *n)
{
	int rc;

	if (!n)
		return;
	rc = tell(n, "READY=1");
	if (rc == -EAGAIN || rc == -ENOBUFS)
		loop_timer_in(n->loop, &n->again, AGAIN_MS);
	else if (rc)
		log_warn("the service manager cannot be told anything: %s", strerror(-rc));
}

void sdnotify_reloading(struct sdnotify *n)
{
	char text[64];

	if (!n)
		return;
	loop_timer_stop(n->loop, &n->again); /* a READY=1 from now on is that of its end */
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono_us());
	(void)tell(n, text);
}

/* A second line would be a message of its own, and half a character would have systemd drop all of it. */
void sdnotify_status(struct sdnotify *n, const char *format, ...)
{
	char whole[STATUS_MAX * 2], text[STATUS_MAX + 1] = "STATUS=";
	size_t head = strlen(text);
	va_list args;

	if (!n)
		return;
	va_start(args, format);
	vsnprintf(whole, sizeof(whole), format, args);
	va_end(args);
	text_clean(text + head, sizeof(text) - head, whole, strcspn(whole, "\n"), STATUS_MAX);
	(void)tell(n, text);
}

void sdnotify_stopping(struct sdnotify *n)
{
	if (!n)
		return;
	loop_timer_stop(n->loop, &n->again);
	(void)tell(n, "STOPPING=1");
}
