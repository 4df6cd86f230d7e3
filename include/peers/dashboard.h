/* The dashboard on a terminal: a screen, a frame and a terminal held together. */
#ifndef PEERS_DASHBOARD_H
#define PEERS_DASHBOARD_H

#include <stdbool.h>

#include "base/err.h"
#include "peers/scene.h"
#include "peers/screen.h"

struct dashboard;

/* Takes the terminal. NULL with a message where it cannot be used: then plain text is the thing. */
struct dashboard *dashboard_start(bool color, bool ascii, struct err *err);
/* Gives the terminal back; NULL is accepted. */
void dashboard_stop(struct dashboard *d);
/* Draws if anything changed; only changed cells are sent. */
void dashboard_draw(struct dashboard *d, const struct scene *scene);
/* Takes all keys that wait. Returns what they ask for (enum screen_result) that the dashboard cannot do itself. */
unsigned dashboard_keys(struct dashboard *d, const struct scene *scene);
/* The picture is not true any more. */
void dashboard_touch(struct dashboard *d, bool tables);
/* The window has another size; the program was stopped by Ctrl+Z. */
void dashboard_resized(struct dashboard *d);
void dashboard_suspend(struct dashboard *d);
/* The login that was typed; wiped by dashboard_forget_login(). */
const struct screen_login *dashboard_login(const struct dashboard *d);
void dashboard_forget_login(struct dashboard *d);
/* Daemon `number` is another one now: a login that is being typed is not for it. */
void dashboard_daemon_changed(struct dashboard *d, unsigned number);
void dashboard_ring(struct dashboard *d);
/* A line in the footer until the next key; not while something is typed. */
void dashboard_message(struct dashboard *d, bool bad, const char *text);

#endif
