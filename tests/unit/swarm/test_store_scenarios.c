/* Plays tests/replay/store-*.scn with a fake clock: a store, or the catalog in one, and what happens to its disk. It
 * writes on a thread of its own, which takes turns with ours.
 *
 *	kind catalog | queue WRITES    of what is opened then; two are a row
 *	open, close                    for writing
 *	rows N                         are put, which is all
 *	save [within MS]               waits for them
 *	look                           reads all that is committed
 *	run S [with rows]              the loop, with a timer each second that reads, and puts a row
 *	disk full, quota, errors, read-only: what is written fails; disk well
 *	disk takes S [to sync]         for the next thing that is written, or to say that all is on it
 *	other locks FILE AT            another program has a lock of that byte; other goes
 *	file text WORDS, file cut BYTES, file byte AT VALUE, file rubbish AT BYTES
 *	> ...                          what must have happened
 *
 * Each of these plays the lines behind it, parted by commas, in a process of its own; but for the first, again and
 * again: with the first call that fails (or is the last of the process), with the second ... until none is left. Then
 * the store is opened again. What came out is told once, however often it did: what was told, and what is there.
 *	in a process of its own: open, rows 2, save, close
 *	killed at each call:
 *	killed amid each write:
 *	each call fails once with EIO:
 *	all calls fail from one on with ENOSPC:
 *	each allocation fails once:
 *	all allocations fail from one on: */
#include <ftw.h>
#include <sys/wait.h>

#include "fake_threads.h"
#include "faulted.h"
#include "scenario.h"
#include "scratch.h"
#include "unit/swarm/store_story.h"

enum { WAL_WRITE_LOCK = 120, LATE_MS = 50, OUTCOMES = 16, CALLS = 20000 };

/* ---- the store ---- */

static bool read_kind(struct story *s, char **words, size_t count)
{
	s->is_catalog = count == 2 && strcmp(words[1], "catalog") == 0;
	return s->is_catalog;
}

static bool read_queue(struct story *s, char **words, size_t count)
{
	s->queue = count == 2 ? strtoul(words[1], NULL, 10) : 0;
	s->queue *= sizeof(struct store_queued) + STORE_NUMBER;
	return s->queue;
}

static bool read_open(struct story *s, char **words, size_t count)
{
	struct story_files before = {{NULL, NULL}, {0, 0}}, after = before;
	struct err err = {""}, left = {""};
	int code;

	(void)words;
	if (!s->told)
		before = story_read_files(s);
	code = story_open(s, &err);
	if (code) {
		story_tell_failure(s, "refused", code, err.msg);
		if (!s->told)
			after = story_read_files(s);
		if (!s->told)
			story_tell(s, story_are_same(&before, &after) ? "the file is what it was" : "IT HAS CHANGED",
				   NULL);
	} else {
		store_take_left(s->store, &left);
		story_tell(s, "open", *left.msg ? left.msg : NULL);
	}
	story_free_files(&before);
	story_free_files(&after);
	return count == 1;
}

static bool read_close(struct story *s, char **words, size_t count)
{
	struct err left = {""};

	(void)words;
	if (!s->store)
		return s->told;
	story_close(s, &left);
	story_tell(s, "closed", *left.msg ? left.msg : NULL);
	return count == 1;
}

static bool read_rows(struct story *s, char **words, size_t count)
{
	long rows = count == 2 ? strtol(words[1], NULL, 10) : 0;

	for (long i = 0; s->store && i < rows; i++)
		story_put(s);
	s->settled = false;
	return rows && (s->store || s->told);
}

static bool read_save(struct story *s, char **words, size_t count)
{
	int64_t within_ms = count == 3 ? strtol(words[2], NULL, 10) : 0;
	struct err err = {""};
	int code;

	if (!s->store)
		return s->told;
	code = story_save(s, within_ms, &err);
	if (code)
		story_tell_failure(s, "not saved", code, err.msg);
	else
		story_tell(s, "saved", NULL);
	s->settled = store_settled(s->store);
	return count == 1 || within_ms;
}

static bool read_look(struct story *s, char **words, size_t count)
{
	char text[2 * sizeof(struct err)];

	(void)words;
	if (!s->store)
		return false;
	story_look(s, text, sizeof(text));
	story_tell(s, text, NULL);
	return count == 1;
}

/* ---- the loop ---- */

static void tick(void *context)
{
	struct story *s = context;
	int64_t now = clock_now().mono_ms;
	char text[64];
	struct err err = {""};
	bool settled;

	s->late += now - s->due_ms > LATE_MS;
	story_rows(s, &err);
	s->unread += *err.msg != '\0';
	settled = store_settled(s->store);
	if (settled && !s->settled) {
		snprintf(text, sizeof(text), "all is settled after %lld s",
			 (long long)(now - s->began_ms) / STORY_SECOND);
		story_tell(s, text, NULL);
	}
	s->settled = settled;
	if (s->ticks_put)
		story_put(s);
	s->due_ms += STORY_SECOND;
	if (++s->ticks < s->wanted)
		loop_timer_at(s->loop, &s->tick, s->due_ms);
	else
		loop_stop(s->loop);
}

static bool read_run(struct story *s, char **words, size_t count)
{
	char text[96];

	if (!s->store || count < 2)
		return false;
	s->wanted = strtol(words[1], NULL, 10);
	s->ticks_put = count == 4;
	s->ticks = s->late = s->unread = 0;
	s->loop = loop_new();
	s->tick = (struct loop_timer){.fire = tick, .context = s};
	s->began_ms = loop_now(s->loop).mono_ms;
	s->due_ms = s->began_ms + STORY_SECOND;
	loop_timer_at(s->loop, &s->tick, s->due_ms);
	loop_run(s->loop);
	loop_free(s->loop);
	snprintf(text, sizeof(text), "%ld ticks, %ld late, %ld could not read", s->ticks, s->late, s->unread);
	story_tell(s, text, NULL);
	return s->wanted > 0;
}

/* ---- the disk ---- */

static bool read_disk(struct story *s, char **words, size_t count)
{
	static const struct {
		const char *name;
		int error;
	} states[] = {{"full", ENOSPC}, {"quota", EDQUOT}, {"errors", EIO}, {"read-only", EROFS}, {"well", 0}};

	(void)s;
	if (count >= 3 && strcmp(words[1], "takes") == 0) {
		*(count > 3 ? &faulted.slow_sync_us : &faulted.slow_us) = (int64_t)1000000 * strtol(words[2], NULL, 10);
		return true;
	}
	for (size_t i = 0; count == 2 && i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].name, words[1]) == 0) {
			faulted.writes = states[i].error;
			return true;
		}
	return false;
}

/* Until `ends` is closed. */
static void be_another(const char *name, off_t at, int begins, int ends)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = at ? 1 : 0};
	int fd = open(name, O_RDWR);
	char byte;

	if (fd < 0 || fcntl(fd, F_SETLK, &lock) < 0 || write(begins, "", 1) != 1)
		_exit(1);
	_exit(read(ends, &byte, 1) < 0);
}

static void end_other(struct story *s)
{
	close(s->other_ends);
	waitpid(s->other, NULL, 0);
	s->other = 0;
}

static bool read_other(struct story *s, char **words, size_t count)
{
	char name[192], byte;
	int begins[2], ends[2];

	if (count == 2 && strcmp(words[1], "goes") == 0 && s->other) {
		end_other(s);
		return true;
	}
	if (count != 3 || strcmp(words[1], "locks") != 0 || pipe(begins) < 0 || pipe(ends) < 0)
		return false;
	snprintf(name, sizeof(name), "%s%s", s->path, strcmp(words[2], "log") == 0 ? "-shm" : "");
	fflush(stdout);
	s->other = fork();
	if (s->other == 0) {
		close(ends[1]);
		be_another(name, strcmp(words[2], "log") == 0 ? WAL_WRITE_LOCK : 0, begins[1], ends[0]);
	}
	close(begins[1]);
	close(ends[0]);
	s->other_ends = ends[1];
	count = (size_t)read(begins[0], &byte, 1);
	close(begins[0]);
	return count == 1;
}

static bool read_file(struct story *s, char **words, size_t count)
{
	struct story_files files = story_read_files(s);
	size_t at = count > 2 ? strtoul(words[2], NULL, 10) : 0, value = count > 3 ? strtoul(words[3], NULL, 10) : 0;
	bool known = true;

	if (!files.bytes[0])
		files.bytes[0] = xcalloc(1, STORY_TEXT);
	if (count >= 3 && strcmp(words[1], "text") == 0)
		files.len[0] = (size_t)snprintf(files.bytes[0], STORY_TEXT, "%0500d %.400s\n", 0, words[2]);
	else if (count == 3 && strcmp(words[1], "cut") == 0 && at <= files.len[0])
		files.len[0] = at;
	else if (count == 4 && strcmp(words[1], "byte") == 0 && at < files.len[0])
		files.bytes[0][at] = (char)value;
	else if (count == 4 && strcmp(words[1], "rubbish") == 0 && at + value <= files.len[0])
		memset(files.bytes[0] + at, 0x5a, value);
	else
		known = false;
	if (known)
		story_write_files(s, &files);
	story_free_files(&files);
	return known;
}

/* ---- each call ---- */

static bool play(struct story *s, char *line);

static const struct fault {
	const char *words;
	bool is_allocation, is_torn, for_ever, is_none;
	int error;
} fault_kinds[] = {
	{.words = "in a process of its own", .is_none = true},
	{.words = "killed at each call"},
	{.words = "killed amid each write", .is_torn = true},
	{.words = "each call fails once with EIO", .error = EIO},
	{.words = "all calls fail from one on with EIO", .error = EIO, .for_ever = true},
	{.words = "all calls fail from one on with ENOSPC", .error = ENOSPC, .for_ever = true},
	{.words = "each allocation fails once", .is_allocation = true},
	{.words = "all allocations fail from one on", .is_allocation = true, .for_ever = true},
};

struct shared {
	char told[STORY_TOLD];
	long count;
};

static void be_played(struct story *s, const struct fault *fault, const char *script, long n, struct shared *shared)
{
	char text[SCENARIO_LINE], *rest = NULL;

	s->told = shared->told;
	snprintf(text, sizeof(text), "%s", script);
	faulted.error = fault->error;
	faulted.is_torn = fault->is_torn;
	faulted.for_ever = fault->for_ever;
	*(fault->is_allocation ? &faulted.allocation_at : &faulted.at) = n;
	for (char *line = strtok_r(text, ",", &rest); line; line = strtok_r(NULL, ",", &rest))
		if (!play(s, line))
			_exit(3);
	shared->count = faulted.count + faulted.allocations;
	_exit(0);
}

/* What one of them begins with, and what is found then. */
struct begun {
	struct story_files files;
	char left[2 * sizeof(struct err)];
};

static void look_again(struct story *s, char *left, size_t size)
{
	struct err err = {""};

	if (story_open(s, &err)) {
		snprintf(left, size, "refused: %s", err.msg);
		return;
	}
	story_look(s, left, size);
	story_close(s, &err);
}

/* Where not a byte has changed, nobody need look: that takes the most time. */
static void tell_left(struct story *s, const struct begun *begun, char *told)
{
	struct story_files files = story_read_files(s);
	char left[2 * sizeof(struct err)];

	if (!story_are_same(&files, &begun->files))
		look_again(s, left, sizeof(left));
	story_add(told, "%s\n", story_are_same(&files, &begun->files) ? begun->left : left);
	story_free_files(&files);
}

/* Whose memory ends says so, and nothing else. */
static void tell_exit(char *told, int code, int fd)
{
	static const char expected[] = "swarmtop: out of memory (";
	char words[STORY_TEXT] = "";

	if (pread(fd, words, sizeof(words) - 1, 0) < 0)
		words[0] = '\0';
	if (code == 1 && strncmp(words, expected, strlen(expected)) == 0)
		story_add(told, "out of memory, ");
	else
		story_add(told, "EXIT %d: %.80s, ", code, words);
}

/* How the n-th one ended, and what it left. false: badly. */
static bool play_once(struct story *s, const struct fault *fault, const char *script, long n, const struct begun *begun,
		      struct shared *shared)
{
	int words = memfd_create("words", MFD_CLOEXEC), status = 0;
	pid_t child;

	memset(shared, 0, sizeof(*shared));
	child = fork();
	if (child == 0) {
		dup2(words, STDERR_FILENO);
		be_played(s, fault, script, n, shared);
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		story_add(shared->told, "%s", WTERMSIG(status) == SIGKILL ? "killed, " : "CRASH, ");
	else if (WEXITSTATUS(status))
		tell_exit(shared->told, WEXITSTATUS(status), words);
	close(words);
	tell_left(s, begun, shared->told);
	return !status;
}

struct outcomes {
	size_t count;
	char lines[OUTCOMES][STORY_TOLD];
};

/* Each once, in the order of their letters: which comes first may be another with each version of a library. */
static void add_outcome(struct outcomes *o, const char *line)
{
	size_t at = 0;

	while (at < o->count && strcmp(o->lines[at], line) < 0)
		at++;
	if (at < o->count && strcmp(o->lines[at], line) == 0)
		return;
	if (o->count == OUTCOMES)
		at = --o->count;
	memmove(o->lines[at + 1], o->lines[at], (o->count - at) * sizeof(*o->lines));
	snprintf(o->lines[at], sizeof(*o->lines), "%s", line);
	o->count++;
}

static void play_each(struct story *s, const struct fault *fault, const char *script)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct begun begun = {.files = story_read_files(s)};
	struct outcomes outcomes = {.count = 0};
	long count;

	fflush(stdout);
	look_again(s, begun.left, sizeof(begun.left));
	story_write_files(s, &begun.files);
	/* Up to its n-th call each is the same as one in which nothing fails. */
	if (!play_once(s, fault, script, fault->is_none ? 0 : CALLS, &begun, shared) || shared->count >= CALLS)
		scenario_bail(&s->scenario, "it comes to no good end though nothing fails");
	count = shared->count;
	if (fault->is_none)
		add_outcome(&outcomes, shared->told);
	story_write_files(s, &begun.files);
	for (long n = 1; n <= count; n++) {
		play_once(s, fault, script, n, &begun, shared);
		add_outcome(&outcomes, shared->told);
		story_write_files(s, &begun.files);
	}
	for (size_t i = 0; i < outcomes.count; i++)
		buf_puts(&s->scenario.happened, outcomes.lines[i]);
	munmap(shared, sizeof(*shared));
	story_free_files(&begun.files);
}

/* ---- reading a story ---- */

static bool play(struct story *s, char *line)
{
	static const struct {
		const char *name;
		bool (*read)(struct story *s, char **words, size_t count);
	} commands[] = {
		{"kind", read_kind}, {"queue", read_queue}, {"open", read_open}, {"close", read_close},
		{"rows", read_rows}, {"save", read_save},   {"look", read_look}, {"run", read_run},
		{"disk", read_disk}, {"other", read_other}, {"file", read_file},
	};
	char *words[SCENARIO_WORDS];
	size_t count = scenario_split(line, words);

	for (size_t i = 0; count && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(words[0], commands[i].name) == 0)
			return commands[i].read(s, words, count);
	return !count;
}

static bool read_line(void *story, char *line)
{
	struct story *s = story;
	char *colon = strchr(line, ':');

	scenario_runs(&s->scenario);
	for (size_t i = 0; colon && i < sizeof(fault_kinds) / sizeof(fault_kinds[0]); i++)
		if ((size_t)(colon - line) == strlen(fault_kinds[i].words) &&
		    strncmp(line, fault_kinds[i].words, strlen(fault_kinds[i].words)) == 0) {
			play_each(s, &fault_kinds[i], colon + 1);
			return true;
		}
	return play(s, line);
}

static void begin(void *story)
{
	struct story *s = story;

	memset(&faulted, 0, sizeof(faulted));
	s->queue = 1 << 20;
	snprintf(s->folder, sizeof(s->folder), "%s/story", scratch);
	snprintf(s->path, sizeof(s->path), "%s/x.db", s->folder);
	mkdir(s->folder, 0700);
}

static void end(void *story)
{
	struct story *s = story;
	struct err err;

	if (s->store)
		story_close(s, &err);
	if (s->other)
		end_other(s);
	nftw(s->folder, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	static const struct scenario_kind kind = {"tests/replay/store-*.scn", sizeof(struct story), begin, read_line,
						  end};
	int top = open(".", O_RDONLY | O_DIRECTORY);

	scratch_init();
	if (fchdir(top) < 0)
		return 1;
	return scenario_main(&kind);
}
