/* The terminal: shows frames, reads keys, and is always left as it was found. The only part that knows ncurses, and
 * there is one terminal per process. It is what stdin and stdout are. */
#ifndef PEERS_DRAW_CURSES_H
#define PEERS_DRAW_CURSES_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "peers/frame.h"
#include "peers/keycode.h"

/* Takes the terminal. -ENOTTY: stdin or stdout is none; -ENOTSUP with a message: TERM is unset, unknown, or can not
 * move its cursor. Then nothing has changed, and plain output is what remains. Sets the locale's character type, which
 * decides what can be shown. `color` false: bold, underline and reverse only. */
int term_start(bool color, struct err *err);
/* The same on other streams, for tests: `type` is the terminal's name; `cols` x `rows` its size, whatever it says. */
int term_start_on(const char *type, FILE *out, FILE *in, bool color, int cols, int rows, struct err *err);
/* Gives it back. Harmless when it was not taken. */
void term_stop(void);
/* True if only ASCII can be shown: for frame_init(). */
bool term_ascii(void);
void term_size(int *cols, int *rows);
/* The terminal may have another size now: SIGWINCH arrived. Also done for KEYCODE_RESIZE. */
void term_resize(void);
/* Shows a frame; what has not changed is not sent. */
void term_show(const struct frame *f);
/* The next frame is sent whole. */
void term_redraw(void);
/* The bell, or a flash where there is none. */
void term_ring(void);
/* The next key, KEYCODE_NONE when none waits; never blocks. */
int term_key(void);
/* SIGTSTP arrived: gives the terminal back, stops the process, and takes it again when it goes on. Then draw anew. */
void term_suspend(void);
/* For the handler of a crash: puts the terminal in order. Async-signal-safe. */
void term_emergency(void);

#endif
