/* base/xmalloc.c: memory that is there, and how the program ends when there is none. */
#include "base/xmalloc.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

/* The address sanitizer ends the program itself over a size that nobody can have, unless it is told not to. */
const char *__asan_default_options(void);
__attribute__((used)) const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* More than any machine gives. Not known to the compiler, which would warn. */
static volatile size_t huge = SIZE_MAX - 4096, half = SIZE_MAX / 2 + 1;

static void test_memory(void)
{
	unsigned char *bytes = xmalloc(100), *zeros = xcalloc(1000, 7);
	bool clean = true;

	memset(bytes, 0xa5, 100);
	bytes = xreallocarray(bytes, 1000, 10);
	ok(bytes[0] == 0xa5 && bytes[99] == 0xa5, "memory that grows keeps its bytes");
	memset(bytes, 1, 10000);
	for (size_t i = 0; i < 7000; i++)
		clean = clean && zeros[i] == 0;
	ok(clean, "xcalloc() gives zeros");
	free(bytes);
	free(zeros);
	bytes = xreallocarray(NULL, 4, 8);
	ok(bytes != NULL, "what grows from nothing is new");
	memset(bytes, 2, 32);
	free(bytes);
}

/* Nothing asked for is no failure, whatever malloc(3) makes of it. */
static void test_nothing(void)
{
	free(xmalloc(0));
	free(xcalloc(0, 8));
	free(xcalloc(8, 0));
	free(xreallocarray(NULL, 0, 8));
	free(xreallocarray(NULL, 8, 0));
	free(xreallocarray(xmalloc(8), 0, 8));
	ok(true, "0 bytes do not end the program");
}

static void test_texts(void)
{
	char text[] = "swarm\0top";
	char *copy = xstrdup(text);

	text[0] = 'S';
	is_str(copy, "swarm", "a copy is one's own");
	free(copy);
	copy = xstrndup(text, 3);
	is_str(copy, "Swa", "a part of a text");
	free(copy);
	copy = xstrndup(text, 0);
	is_str(copy, "", "nothing of a text");
	free(copy);
	copy = xstrndup(text, sizeof(text));
	ok(memcmp(copy, "Swarm\0top\0\0", sizeof(text) + 1) == 0, "a NUL inside is a byte like others");
	free(copy);
}

/* --- the end --- */

static void huge_malloc(void)
{
	free(xmalloc(huge));
}

static void huge_calloc(void)
{
	free(xcalloc(1, huge));
}

static void overflowing_calloc(void)
{
	free(xcalloc(half, 3));
}

static void huge_realloc(void)
{
	free(xreallocarray(xmalloc(16), huge, 1));
}

/* Twice this wraps around to a few bytes. */
static void overflowing_realloc(void)
{
	free(xreallocarray(xmalloc(16), half + 1, 2));
}

static void huge_text(void)
{
	free(xstrndup("x", huge));
}

static void say_goodbye(void)
{
	static const char word[] = "goodbye\n";

	if (write(STDERR_FILENO, word, sizeof(word) - 1) < 0)
		_exit(9);
}

/* What a process that does this writes to stderr, and how it ends. */
static int last_words(void (*act)(void), char *words, size_t size)
{
	int ends[2], status = -1;
	size_t len = 0;
	ssize_t n;
	pid_t child;

	if (pipe(ends) || (child = fork()) < 0)
		return -errno;
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		alarm(20);
		act();
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], words + len, size - 1 - len)) > 0)
		len += (size_t)n;
	words[len] = '\0';
	close(ends[0]);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static const struct {
	const char *name;
	void (*act)(void);
} ends[] = {
	{"xmalloc", huge_malloc},
	{"xcalloc", huge_calloc},
	{"xcalloc of a product that is too large", overflowing_calloc},
	{"xreallocarray", huge_realloc},
	{"xreallocarray of a product that is too large", overflowing_realloc},
	{"xstrndup", huge_text},
};

/* The sanitizer has its own words before ours. */
static const char *our_words(const char *words)
{
	const char *ours = strstr(words, "swarmtop: ");

	return ours ? ours : words;
}

static void test_ends(void)
{
	char words[4096];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const char *ours;

		is_int(last_words(ends[i].act, words, sizeof(words)), 1, "%s: exit status 1", ends[i].name);
		ours = our_words(words);
		ok(strncmp(ours, "swarmtop: out of memory (", 25) == 0 && strstr(ours, " bytes)\n"),
		   "%s: and a message", ends[i].name);
		ok(!strstr(words, "goodbye"), "%s: nothing before it", ends[i].name);
	}
}

static void test_before_end(void)
{
	char words[4096];
	const char *first, *then;

	xmalloc_before_end(say_goodbye);
	is_int(last_words(huge_malloc, words, sizeof(words)), 1, "with a wish for before the end, still status 1");
	first = strstr(words, "goodbye");
	then = strstr(words, "swarmtop: out of memory");
	ok(first && then && first < then, "the wish comes before the message");
	xmalloc_before_end(NULL);
	last_words(huge_malloc, words, sizeof(words));
	ok(!strstr(words, "goodbye") && strstr(words, "out of memory"), "a wish can be taken back");
}

int main(void)
{
	test_memory();
	test_nothing();
	test_texts();
	test_ends();
	test_before_end();
	return tap_done();
}
