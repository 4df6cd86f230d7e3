/* A process that writes until it is killed, at a moment that nobody chose. After random.h. */
#ifndef KILLED_H
#define KILLED_H

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Starts a child that calls work(), which says through `say` (killed_say()) how far it is, again and again, and never
 * returns. Kills it within 30 ms after its first word. Returns its last word, -1 if there was none. */
static inline int64_t killed_at_work(struct random *random, void (*work)(int say))
{
	int64_t n = -1, said = -1;
	int ends[2];
	pid_t child;

	fflush(stdout);
	if (pipe(ends) < 0 || (child = fork()) < 0)
		return -1;
	if (child == 0)
		work(ends[1]);
	close(ends[1]);
	if (read(ends[0], &n, sizeof(n)) == sizeof(n))
		said = n;
	/* No moment is waited for: any will do. */
	usleep(random_below(random, 30000));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	while (read(ends[0], &n, sizeof(n)) == sizeof(n))
		said = n;
	close(ends[0]);
	return said;
}

static inline void killed_say(int say, int64_t n)
{
	if (write(say, &n, sizeof(n)) != sizeof(n))
		_exit(1);
}

#endif
