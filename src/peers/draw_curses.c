/* Frames on a terminal, through ncurses; keys from it. It draws what it is given and decides nothing. */
#include "peers/draw_curses.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "base/text.h"

enum { ESCAPE_WAIT_MS = 25, RESTORE_LEN = 512, FIRST_PAIR = 1 };

/* One for the process, as the terminal is: a signal handler is handed nothing. */
static struct {
	SCREEN *screen;
	bool sized; /* size was given, do not ask the terminal */
	attr_t looks[FRAME_STYLE_COUNT];
	short pairs[FRAME_STYLE_COUNT];
	volatile sig_atomic_t armed; /* term_emergency() has something to do */
	int fd_in, fd_out;
	bool has_termios;
	struct termios termios;
	char restore[RESTORE_LEN]; /* what brings the terminal back */
	size_t restore_len;
} term;

/* ---- styles ---------------------------------------------------------------------------------------------------- */

enum { PLAIN = -1 };

/* Foregrounds with 8, 16 and 256 colours. Blue and orange, not red and green; what matters has an attribute too. */
static const struct palette {
	attr_t look, look_mono;
	short on8, on16, on256;
} palette[FRAME_STYLE_COUNT] = {
	[FRAME_NORMAL] = {A_NORMAL, A_NORMAL, PLAIN, PLAIN, PLAIN},
	[FRAME_TITLE] = {A_BOLD, A_BOLD, COLOR_CYAN, 14, 117},
	[FRAME_HEADER] = {A_NORMAL, A_DIM, COLOR_CYAN, 6, 110},
	[FRAME_STRONG] = {A_BOLD, A_BOLD, PLAIN, PLAIN, PLAIN},
	[FRAME_DIM] = {A_DIM, A_DIM, PLAIN, PLAIN, 246},
	[FRAME_BAR] = {A_NORMAL, A_NORMAL, COLOR_BLUE, 12, 68},
	[FRAME_UP] = {A_NORMAL, A_NORMAL, COLOR_YELLOW, 11, 214},
	[FRAME_DOWN] = {A_NORMAL, A_NORMAL, COLOR_CYAN, 14, 80},
	[FRAME_NOW] = {A_BOLD, A_BOLD, COLOR_YELLOW, 11, 214},
	[FRAME_OK] = {A_BOLD, A_BOLD, COLOR_CYAN, 14, 75},
	[FRAME_WARN] = {A_BOLD, A_BOLD, COLOR_YELLOW, 11, 214},
	[FRAME_ERROR] = {A_BOLD, A_BOLD | A_UNDERLINE, COLOR_MAGENTA, 13, 209},
	[FRAME_CURSOR] = {A_REVERSE, A_REVERSE, PLAIN, PLAIN, PLAIN},
	[FRAME_KEY] = {A_BOLD, A_BOLD, COLOR_CYAN, 14, 117},
	[FRAME_INPUT] = {A_UNDERLINE, A_UNDERLINE, PLAIN, PLAIN, PLAIN},
	[FRAME_HEAT1] = {A_NORMAL, A_NORMAL, COLOR_BLUE, 4, 61},
	[FRAME_HEAT2] = {A_NORMAL, A_NORMAL, COLOR_BLUE, 12, 68},
	[FRAME_HEAT3] = {A_NORMAL, A_NORMAL, COLOR_CYAN, 14, 80},
	[FRAME_HEAT4] = {A_BOLD, A_BOLD, COLOR_YELLOW, 11, 214},
};

static short color_of(const struct palette *p)
{
	return COLORS >= 256 ? p->on256 : COLORS >= 16 ? p->on16 : p->on8;
}

static void make_styles(bool color)
{
	color = color && has_colors() && start_color() == OK && use_default_colors() == OK && COLORS >= 8;
	for (int i = 0; i < FRAME_STYLE_COUNT; i++) {
		const struct palette *p = &palette[i];
		short pair = (short)(FIRST_PAIR + i), foreground = color ? color_of(p) : PLAIN;

		term.looks[i] = color ? p->look : p->look_mono;
		term.pairs[i] = 0;
		/* Grey of its own needs no dimming on top. */
		if (color && COLORS >= 256)
			term.looks[i] &= ~(attr_t)A_DIM;
		if (foreground != PLAIN && pair < COLOR_PAIRS && init_pair(pair, foreground, -1) == OK)
			term.pairs[i] = pair;
	}
}

/* ---- taking the terminal and giving it back -------------------------------------------------------------------- */

/* Appends what a capability sends, without its padding "$<5>". */
static void remember(const char *name)
{
	const char *text = tigetstr(name);

	if (!text || text == (const char *)-1) /* NOLINT: ncurses says "no string" so */
		return;
	while (*text && term.restore_len < RESTORE_LEN) {
		if (text[0] == '$' && text[1] == '<' && strchr(text, '>')) {
			text = strchr(text, '>') + 1;
			continue;
		}
		term.restore[term.restore_len++] = *text++;
	}
}

static void prepare_emergency(void)
{
	static const char *const names[] = {"sgr0", "op", "cnorm", "rmkx", "rmcup"};

	term.restore_len = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remember(names[i]);
	term.armed = 1;
}

void term_emergency(void)
{
	const char *text = term.restore;
	size_t left = term.restore_len;

	if (!term.armed)
		return;
	term.armed = 0;
	while (left > 0) {
		ssize_t n = write(term.fd_out, text, left);

		if (n <= 0)
			break;
		text += n;
		left -= (size_t)n;
	}
	if (term.has_termios)
		tcsetattr(term.fd_in, TCSANOW, &term.termios);
}

/* Terminals send these too, whatever their description says. */
static const struct {
	const char *sent;
	int key;
} more_keys[] = {
	{"\033[A", KEY_UP},    {"\033[B", KEY_DOWN}, {"\033[C", KEY_RIGHT}, {"\033[D", KEY_LEFT},  {"\033[H", KEY_HOME},
	{"\033[F", KEY_END},   {"\033OA", KEY_UP},   {"\033OB", KEY_DOWN},  {"\033OC", KEY_RIGHT}, {"\033OD", KEY_LEFT},
	{"\033[1~", KEY_HOME}, {"\033[4~", KEY_END}, {"\033[Z", KEY_BTAB},
};

static void add_keys(void)
{
	for (size_t i = 0; i < sizeof(more_keys) / sizeof(more_keys[0]); i++) {
		if (key_defined(more_keys[i].sent) == 0)
			define_key(more_keys[i].sent, more_keys[i].key);
	}
	/* Nobody asked for clicks. One that comes all the same is an unknown sequence: whole, not just its
	 * beginning. */
	define_key(NULL, KEY_MOUSE);
}

/* Ctrl+S would stop the terminal, and with the next picture the whole program. */
static void ignore_flow_control(void)
{
	struct termios modes;

	if (tcgetattr(term.fd_in, &modes))
		return;
	modes.c_iflag &= ~(tcflag_t)IXON;
	tcsetattr(term.fd_in, TCSANOW, &modes);
	def_prog_mode();
}

static void set_modes(void)
{
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_WAIT_MS);
	curs_set(0);
	leaveok(stdscr, FALSE);
	ignore_flow_control();
}

static bool is_dumb(const char *type)
{
	return !type || !*type || strcmp(type, "dumb") == 0 || strcmp(type, "unknown") == 0;
}

/* newterm() would find out too, but leaves memory behind when it fails. */
static bool is_known(const char *type, int fd)
{
	int result;

	if (setupterm(type, fd, &result) != OK)
		return false;
	del_curterm(cur_term);
	return true;
}

static int start(const char *type, FILE *out, FILE *in, bool color, struct err *err)
{
	if (is_dumb(type))
		return err_set(err, -ENOTSUP, "this terminal (TERM=%s) has no movable cursor: plain output",
			       type && *type ? type : "not set");
	setlocale(LC_CTYPE, "");
	term.fd_in = fileno(in);
	term.fd_out = fileno(out);
	term.has_termios = tcgetattr(term.fd_in, &term.termios) == 0;
	/* Never initscr(): it ends the process where TERM is unknown. */
	term.screen = is_known(type, term.fd_out) ? newterm(type, out, in) : NULL;
	if (!term.screen)
		return err_set(err, -ENOTSUP, "the terminal type TERM=%.40s is not known here: plain output", type);
	set_term(term.screen);
	prepare_emergency();
	set_modes();
	add_keys();
	make_styles(color);
	return 0;
}

int term_start(bool color, struct err *err)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return err_set(err, -ENOTTY, "no terminal: plain output");
	return start(getenv("TERM"), stdout, stdin, color, err);
}

int term_start_on(const char *type, FILE *out, FILE *in, bool color, int cols, int rows, struct err *err)
{
	int rc = start(type, out, in, color, err);

	if (rc)
		return rc;
	term.sized = true;
	resize_term(rows, cols);
	return 0;
}

void term_stop(void)
{
	if (!term.screen)
		return;
	curs_set(1);
	endwin();
	term.armed = 0;
	delscreen(term.screen);
	memset(&term, 0, sizeof(term));
}

/* As the kernel does it: in an orphaned process group, which nobody could wake, it does nothing. */
static void stop_here(void)
{
	sigset_t stop, before;

	signal(SIGTSTP, SIG_DFL);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

void term_suspend(void)
{
	if (!term.screen)
		return;
	curs_set(1);
	endwin();
	stop_here();
	/* The first output takes the terminal again; it may have another size. */
	term_resize();
	set_modes();
	term_redraw();
}

/* ---- size ------------------------------------------------------------------------------------------------------ */

bool term_ascii(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

void term_size(int *cols, int *rows)
{
	*cols = term.screen ? COLS : 80;
	*rows = term.screen ? LINES : 24;
}

void term_resize(void)
{
	struct winsize size;

	if (!term.screen || term.sized || ioctl(term.fd_out, TIOCGWINSZ, &size) != 0 || !size.ws_row || !size.ws_col)
		return;
	if (size.ws_row != LINES || size.ws_col != COLS)
		resize_term(size.ws_row, size.ws_col);
	term_redraw();
}

void term_ring(void)
{
	if (term.screen)
		beep();
}

void term_redraw(void)
{
	if (term.screen)
		clearok(stdscr, TRUE);
}

/* ---- showing --------------------------------------------------------------------------------------------------- */

/* The characters of a cell. One that the C library takes for narrower or wider than we do would shift the row: '?'. */
static void wide_text(const struct frame_cell *cell, int cols, wchar_t wide[CCHARW_MAX])
{
	size_t len = strlen(cell->text), at = 0;
	uint32_t character;
	int n = 0;

	while (at < len && n < CCHARW_MAX - 1) {
		at += text_decode(cell->text + at, len - at, &character);
		wide[n++] = (wchar_t)character;
	}
	wide[n] = L'\0';
	if (n == 0 || wcwidth(wide[0]) != cols)
		wcscpy(wide, L"?");
	else if (n > 1 && wcwidth(wide[1]) != 0)
		wide[1] = L'\0';
}

static void show_cell(const struct frame *f, int x, int y)
{
	const struct frame_cell *cell = frame_cell(f, x, y), *next = frame_cell(f, x + 1, y);
	int cols = next && next->text[0] == '\0' ? 2 : 1;
	wchar_t wide[CCHARW_MAX];
	cchar_t out;

	if (cell->text[0] == '\0')
		return;
	wide_text(cell, cols, wide);
	if (setcchar(&out, wide, term.looks[cell->style], term.pairs[cell->style], NULL) != OK)
		return;
	mvadd_wch(y, x, &out);
	if (cols == 2 && wide[0] == L'?')
		mvadd_wch(y, x + 1, &out);
}

void term_show(const struct frame *f)
{
	bool typing = f->cursor_x >= 0 && f->cursor_x < COLS && f->cursor_y < LINES;

	if (!term.screen)
		return;
	for (int y = 0; y < f->h && y < LINES; y++) {
		for (int x = 0; x < f->w && x < COLS; x++)
			show_cell(f, x, y);
	}
	curs_set(typing ? 1 : 0);
	if (typing)
		move(f->cursor_y, f->cursor_x);
	refresh();
}

/* ---- keys ------------------------------------------------------------------------------------------------------ */

static const struct {
	wint_t curses;
	int code;
} special[] = {
	{KEY_UP, KEYCODE_UP},
	{KEY_DOWN, KEYCODE_DOWN},
	{KEY_LEFT, KEYCODE_LEFT},
	{KEY_RIGHT, KEYCODE_RIGHT},
	{KEY_PPAGE, KEYCODE_PAGE_UP},
	{KEY_NPAGE, KEYCODE_PAGE_DOWN},
	{KEY_HOME, KEYCODE_HOME},
	{KEY_END, KEYCODE_END},
	{KEY_BTAB, KEYCODE_BACKTAB},
	{KEY_BACKSPACE, KEYCODE_BACKSPACE},
	{KEY_ENTER, KEYCODE_ENTER},
	{KEY_RESIZE, KEYCODE_RESIZE},
};

static int special_key(wint_t key)
{
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		if (special[i].curses == key)
			return special[i].code;
	}
	return KEYCODE_OTHER;
}

enum { SEQUENCE_MAX = 256 };

/* The rest of a control sequence (ECMA-48 section 5.4): up to its final character. */
static void skip_sequence(void)
{
	wint_t key = 0;

	for (int i = 0; i < SEQUENCE_MAX && (key < '@' || key > '~'); i++) {
		if (get_wch(&key) != OK)
			return;
	}
}

/* What follows an escape at once belongs to it: a key together with Alt, or a sequence that the terminal's description
 * does not know. None of its characters is a key of its own. */
static int after_escape(void)
{
	wint_t key;
	int kind = get_wch(&key);

	if (kind == ERR)
		return KEYCODE_ESCAPE;
	if (kind == OK && key == KEYCODE_ESCAPE) {
		unget_wch((wchar_t)key);
		return KEYCODE_ESCAPE;
	}
	if (kind == OK && key == '[')
		skip_sequence();
	else if (kind == OK && key == 'O')
		get_wch(&key);
	return KEYCODE_OTHER;
}

int term_key(void)
{
	wint_t key;
	int kind;

	if (!term.screen)
		return KEYCODE_NONE;
	kind = get_wch(&key);
	if (kind == ERR)
		return KEYCODE_NONE;
	if (kind == KEY_CODE_YES) {
		if (key == KEY_RESIZE)
			term_resize();
		return special_key(key);
	}
	if (key == KEYCODE_ESCAPE)
		return after_escape();
	if (key == 0x7f || key == 0x08)
		return KEYCODE_BACKSPACE;
	return key < KEYCODE_FIRST ? (int)key : KEYCODE_OTHER;
}
