/* Runs a program and reports what it cost. The kernel counts the memory of whoever starts a program as the program's
 * own peak until exec, and an interpreter is larger than what is measured here: hence this small parent.
 *
 * usage: bench_run DESCRIPTOR PROGRAM ARGUMENT...
 * Reports on that descriptor: the process id; at the end CPU seconds, wall seconds, peak KiB, exit code (128 + a
 * signal). */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	double began = now();
	int status, report;
	pid_t pid;

	if (argc < 3)
		return 2;
	report = (int)strtol(argv[1], NULL, 10);
	pid = fork();
	if (pid == 0) {
		close(report);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	dprintf(report, "%d\n", (int)pid);
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		return 1;
	dprintf(report, "%.6f %.6f %ld %d\n", seconds(usage.ru_utime) + seconds(usage.ru_stime), now() - began,
		usage.ru_maxrss, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	return 0;
}
