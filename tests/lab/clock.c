/* LD_PRELOAD: the date is what a test says. The file $CLOCK_FILE holds two numbers: seconds that the date is off, and
 * whether the system says that its clock is right (adjtimex(2)). Monotonic clocks are left alone. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static void look(long *offset, int *set)
{
	char text[64] = "", *rest;
	const char *path = getenv("CLOCK_FILE");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	*offset = 0;
	*set = 1;
	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0) {
		*offset = strtol(text, &rest, 10);
		*set = (int)strtol(rest, NULL, 10);
	}
	if (fd >= 0)
		close(fd);
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	int rc = (int)syscall(SYS_clock_gettime, id, now), set;
	long offset;

	if (rc || id != CLOCK_REALTIME)
		return rc;
	look(&offset, &set);
	now->tv_sec += offset;
	return 0;
}

int adjtimex(struct timex *state)
{
	long offset;
	int set;

	look(&offset, &set);
	*state = (struct timex){.status = set ? 0 : STA_UNSYNC};
	return set ? TIME_OK : TIME_ERROR;
}
