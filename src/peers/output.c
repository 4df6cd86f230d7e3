/* A queue in front of a descriptor. Pipes and terminals are written to in small pieces when they have room, so that a
 * reader who sleeps never stops the loop. It does not know what records are. */
#include "peers/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xmalloc.h"

enum {
	QUEUE_MAX = 1 << 30, /* bytes a slow reader may be behind */
	PIECE = PIPE_BUF,      /* a pipe that has room at all has room for so many bytes */
};

#define NO_DEADLINE INT64_MAX

struct output {
	struct loop *loop;
	char *path; /* NULL = stdout */
	int fd;
	bool broken, watched, written, failed;
	bool torn; /* what was written last is no whole line */
	struct buf queue;
	size_t sent; /* of the queue */
	void (*on_broken)(void *context);
	void *context;
};

static int open_file(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);

	if (fd < 0)
		return err_set(err, -errno, "cannot open %s to append to it: %s", path, strerror(errno));
	return fd;
}

struct output *output_new(struct loop *loop, const char *path, void (*broken)(void *context), void *context,
			  struct err *err)
{
	struct output *o;
	int fd = path ? open_file(path, err) : STDOUT_FILENO;

	if (fd < 0)
		return NULL;
	o = xcalloc(1, sizeof(*o));
	o->loop = loop;
	o->path = path ? xstrdup(path) : NULL;
	o->fd = fd;
	o->on_broken = broken;
	o->context = context;
	buf_init(&o->queue, QUEUE_MAX);
	return o;
}

static void unwatch(struct output *o)
{
	if (o->watched)
		loop_unwatch(o->loop, o->fd);
	o->watched = false;
}

void output_free(struct output *o)
{
	if (!o)
		return;
	unwatch(o);
	if (o->path)
		close(o->fd);
	free(o->path);
	buf_done(&o->queue);
	free(o);
}

bool output_is_empty(const struct output *o)
{
	struct stat st;

	if (!o->path)
		return !o->written;
	return fstat(o->fd, &st) == 0 && st.st_size == 0 && o->queue.len == o->sent;
}

static void give_up(struct output *o, int error)
{
	unwatch(o);
	buf_reset(&o->queue);
	o->sent = 0;
	/* A terminal that was closed is as gone as the end of a pipe. */
	if (error == EPIPE || (error == EIO && !o->path)) {
		o->broken = true;
		o->on_broken(o->context);
	} else if (!o->failed) {
		o->failed = true;
		log_error("cannot write to %s: %s; what cannot be written is lost", o->path ? o->path : "stdout",
			  strerror(error));
	}
}

static bool has_room(int fd, int wait_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, wait_ms) > 0;
}

static int left_ms(int64_t deadline_us)
{
	int64_t left = (deadline_us - clock_mono_us()) / 1000;

	if (deadline_us == NO_DEADLINE)
		return -1;
	return left > 0 ? (int)left : 0;
}

/* Writes while there is room, waiting for it until the deadline (monotonic; one in the past does not wait, NO_DEADLINE
 * waits for ever). */
static void push(struct output *o, int64_t deadline_us)
{
	while (o->sent < o->queue.len && has_room(o->fd, left_ms(deadline_us))) {
		size_t left = o->queue.len - o->sent;
		ssize_t n = write(o->fd, o->queue.data + o->sent, left < PIECE ? left : PIECE);

		if (n < 0 && errno != EINTR && errno != EAGAIN) {
			give_up(o, errno);
			return;
		}
		if (n > 0) {
			o->torn = o->queue.data[o->sent + (size_t)n - 1] != '\n';
			o->sent += (size_t)n;
			o->failed = false;
		}
	}
	if (o->sent == o->queue.len) {
		unwatch(o);
		/* One long record is no reason to keep its memory for years. */
		buf_done(&o->queue);
		o->sent = 0;
	}
}

static void ready(void *context, int fd, unsigned events)
{
	(void)fd;
	(void)events;
	push(context, 0);
}

int output_write(struct output *o, const struct buf *text)
{
	int rc;

	if (o->broken)
		return 0;
	if (o->sent) {
		buf_drop(&o->queue, o->sent);
		o->sent = 0;
	}
	if (o->torn && !o->queue.len)
		buf_putc(&o->queue, '\n'); /* the rest of a line was lost: the next one stands for itself */
	rc = buf_add(&o->queue, buf_str(text), text->len);
	if (rc)
		return rc;
	o->written = true;
	push(o, 0);
	if (o->queue.len && !o->watched)
		o->watched = loop_watch(o->loop, o->fd, LOOP_OUT, ready, o) == 0;
	return 0;
}

int output_reopen(struct output *o, struct err *err)
{
	int fd;

	if (!o->path)
		return 0;
	fd = open_file(o->path, err);
	if (fd < 0)
		return fd;
	output_flush(o, 0);
	unwatch(o);
	close(o->fd);
	o->fd = fd;
	o->torn = false;
	return 0;
}

int output_flush(struct output *o, int wait_ms)
{
	if (o->broken)
		return 0;
	push(o, wait_ms < 0 ? NO_DEADLINE : clock_mono_us() + (int64_t)wait_ms * 1000);
	if (o->failed)
		return -EIO;
	return o->sent < o->queue.len ? -ETIMEDOUT : 0;
}
