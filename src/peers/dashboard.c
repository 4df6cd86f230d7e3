/* Holds screen, frame and terminal together: keys go in, pictures come out, and whatever kills the program, the
 * terminal is given back first. It knows neither tables nor escape codes. */
#include "peers/dashboard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "peers/draw_curses.h"

enum { PICTURE_MAX = 4 << 20, SAME_SECOND = 100 };

struct dashboard {
	struct screen screen;
	struct frame frame;
	bool dirty;
};

static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGQUIT};

static void crashed(int signal)
{
	term_emergency();
	raise(signal); /* SA_RESETHAND: now it kills */
}

static void catch_crashes(void (*handler)(int signal))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESETHAND | SA_NODEFER};

	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &action, NULL);
}

struct dashboard *dashboard_start(bool color, bool ascii, struct err *err)
{
	struct dashboard *d;

	if (term_start(color, err))
		return NULL;
	catch_crashes(crashed);
	xmalloc_before_end(term_emergency);
	d = xcalloc(1, sizeof(*d));
	screen_init(&d->screen);
	frame_init(&d->frame, ascii || term_ascii());
	d->dirty = true;
	return d;
}

void dashboard_stop(struct dashboard *d)
{
	if (!d)
		return;
	term_stop();
	xmalloc_before_end(NULL);
	catch_crashes(SIG_DFL);
	screen_done(&d->screen);
	frame_done(&d->frame);
	free(d);
}

void dashboard_draw(struct dashboard *d, const struct scene *scene)
{
	int cols, rows;

	if (!d->dirty)
		return;
	d->dirty = false;
	term_size(&cols, &rows);
	frame_reset(&d->frame, cols, rows);
	screen_draw(&d->screen, scene, &d->frame);
	term_show(&d->frame);
}

/* ---- saving the picture ---- */

static int open_new(int64_t wall, char path[64])
{
	char date[CLOCK_TEXT];
	int fd = -1;

	clock_local(wall, "%Y%m%d-%H%M%S", date);
	for (int i = 1; i < SAME_SECOND && fd < 0; i++) {
		if (i == 1)
			snprintf(path, 64, "swarmtop-%s.txt", date);
		else
			snprintf(path, 64, "swarmtop-%s-%d.txt", date, i);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd;
}

static int write_all(int fd, const struct buf *text)
{
	for (size_t done = 0; done < text->len;) {
		ssize_t n = write(fd, text->data + done, text->len - done);

		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

static void save(struct dashboard *d)
{
	struct buf text;
	char path[64];
	int fd = open_new(clock_now().wall, path), rc;

	if (fd < 0) {
		screen_message(&d->screen, true, _("cannot save to ./%s: %s"), path, strerror(errno));
		return;
	}
	buf_init(&text, PICTURE_MAX);
	frame_text(&d->frame, false, &text);
	rc = write_all(fd, &text);
	close(fd);
	buf_done(&text);
	if (rc)
		screen_message(&d->screen, true, _("cannot save to ./%s: %s"), path, strerror(-rc));
	else
		screen_message(&d->screen, false, _("saved to ./%s"), path);
}

/* ---- keys ---- */

unsigned dashboard_keys(struct dashboard *d, const struct scene *scene)
{
	unsigned all = 0;
	int key;

	while ((key = term_key()) != KEYCODE_NONE) {
		unsigned result = key == KEYCODE_RESIZE ? SCREEN_DIRTY : screen_key(&d->screen, key, scene);

		if (result & SCREEN_SAVE)
			save(d);
		if (result & SCREEN_FULL_REDRAW)
			term_redraw();
		all |= result;
	}
	d->dirty |= all != 0;
	return all;
}

void dashboard_touch(struct dashboard *d, bool tables)
{
	if (tables)
		screen_touch(&d->screen);
	d->dirty = true;
}

void dashboard_resized(struct dashboard *d)
{
	term_resize();
	d->dirty = true;
}

void dashboard_suspend(struct dashboard *d)
{
	term_suspend();
	d->dirty = true;
}

const struct screen_login *dashboard_login(const struct dashboard *d)
{
	return &d->screen.login;
}

void dashboard_forget_login(struct dashboard *d)
{
	screen_login_wipe(&d->screen);
}

void dashboard_daemon_changed(struct dashboard *d, unsigned number)
{
	screen_daemon_changed(&d->screen, number);
	d->dirty = true;
}

void dashboard_ring(struct dashboard *d)
{
	(void)d;
	term_ring();
}

void dashboard_message(struct dashboard *d, bool bad, const char *text)
{
	if (d->screen.input == SCREEN_INPUT_NONE)
		screen_message(&d->screen, bad, "%s", text);
	d->dirty = true;
}
