/* LD_PRELOAD: a disk that takes nothing. As long as the file $REFUSE_FILE has the number of an error in it, who writes
 * to a file whose path has $REFUSE_PATH in it gets that (pwrite(2), write(2), as SQLite calls them). */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 0 = it takes it. */
static int refusal(int fd)
{
	const char *file = getenv("REFUSE_FILE"), *part = getenv("REFUSE_PATH");
	char number[16] = "", link[32], path[PATH_MAX] = "";
	int from = file && part ? open(file, O_RDONLY | O_CLOEXEC) : -1;

	if (from < 0)
		return 0;
	if (read(from, number, sizeof(number) - 1) < 0)
		number[0] = '\0';
	close(from);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return readlink(link, path, sizeof(path) - 1) > 0 && strstr(path, part) ? (int)strtol(number, NULL, 10) : 0;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	static ssize_t (*real)(int fd, const void *bytes, size_t size);
	int code = refusal(fd);

	if (!real)
		real = (ssize_t(*)(int fd, const void *bytes, size_t size))dlsym(RTLD_NEXT, "write");
	errno = code;
	return code ? -1 : real(fd, bytes, size);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
	static ssize_t (*real)(int fd, const void *bytes, size_t size, off64_t at);
	int code = refusal(fd);

	if (!real)
		real = (ssize_t(*)(int fd, const void *bytes, size_t size, off64_t at))dlsym(RTLD_NEXT, "pwrite64");
	errno = code;
	return code ? -1 : real(fd, bytes, size, at);
}
