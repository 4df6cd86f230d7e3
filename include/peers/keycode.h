/* What a key press is called between a terminal and a screen: a Unicode character, or one of these. */
#ifndef PEERS_KEYCODE_H
#define PEERS_KEYCODE_H

enum keycode {
	KEYCODE_NONE = -1, /* nothing was typed */
	KEYCODE_CTRL_L = 0x0c,
	KEYCODE_TAB = 0x09,
	KEYCODE_ENTER = 0x0d,
	KEYCODE_ESCAPE = 0x1b,
	KEYCODE_CTRL_U = 0x15,
	KEYCODE_FIRST = 0x110000, /* above all characters */
	KEYCODE_UP = KEYCODE_FIRST,
	KEYCODE_DOWN,
	KEYCODE_LEFT,
	KEYCODE_RIGHT,
	KEYCODE_PAGE_UP,
	KEYCODE_PAGE_DOWN,
	KEYCODE_HOME,
	KEYCODE_END,
	KEYCODE_BACKTAB,
	KEYCODE_BACKSPACE,
	KEYCODE_RESIZE, /* the terminal has another size now */
	KEYCODE_OTHER,  /* some key that means nothing here */
};

#endif
