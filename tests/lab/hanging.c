/* LD_PRELOAD: a disk that does not answer. While there is a file $HANG_FILE, who asks for the state of a file whose
 * path has $HANG_PATH in it waits (stat(2)). */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int stat64(const char *path, struct stat64 *st)
{
	static int (*real)(const char *path, struct stat64 *st);
	const char *file = getenv("HANG_FILE"), *part = getenv("HANG_PATH");

	while (file && part && strstr(path, part) && access(file, F_OK) == 0)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	if (!real)
		real = (int (*)(const char *path, struct stat64 *st))dlsym(RTLD_NEXT, "stat64");
	return real(path, st);
}
