/* Preloaded into a program: calls of the system fail (failing.h), whatever they are. It does not know the program, nor
 * whether that failure makes sense. */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failing.h"

#define CALLER __builtin_return_address(0)

/* Every call is the real one, unless it fails. */
#define WRAP(type, failure, name, parameters, arguments)                                                               \
	type name parameters;                                                                                          \
	type name parameters                                                                                           \
	{                                                                                                              \
		static type(*real) parameters;                                                                         \
                                                                                                                       \
		if (failing(CALLER, #name))                                                                            \
			return failure;                                                                                \
		if (!real)                                                                                             \
			real = (type(*) parameters)dlsym(RTLD_NEXT, #name);                                            \
		return real arguments;                                                                                 \
	}

WRAP(int, -1, access, (const char *path, int mode), (path, mode))
WRAP(int, -1, bind, (int fd, const struct sockaddr *at, socklen_t len), (fd, at, len))
WRAP(int, -1, chmod, (const char *path, mode_t mode), (path, mode))
WRAP(int, -1, epoll_create1, (int flags), (flags))
WRAP(int, -1, epoll_ctl, (int epoll, int op, int fd, struct epoll_event *event), (epoll, op, fd, event))
WRAP(int, -1, epoll_wait, (int epoll, struct epoll_event *events, int max, int ms), (epoll, events, max, ms))
WRAP(int, -1, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, -1, flock, (int fd, int how), (fd, how))
WRAP(int, -1, fstat64, (int fd, struct stat64 *st), (fd, st))
WRAP(int, -1, fsync, (int fd), (fd))
WRAP(int, -1, fdatasync, (int fd), (fd))
WRAP(int, -1, ftruncate64, (int fd, off64_t len), (fd, len))
WRAP(ssize_t, -1, getrandom, (void *bytes, size_t len, unsigned flags), (bytes, len, flags))
WRAP(int, -1, getsockname, (int fd, struct sockaddr *at, socklen_t *len), (fd, at, len))
WRAP(int, -1, getsockopt, (int fd, int level, int name, void *value, socklen_t *len), (fd, level, name, value, len))
WRAP(int, -1, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
WRAP(int, -1, lstat64, (const char *path, struct stat64 *st), (path, st))
WRAP(int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, -1, mkostemp64, (char *path, int flags), (path, flags))
WRAP(void *, (void *)-1, mmap64, (void *at, size_t len, int protection, int flags, int fd, off64_t offset),
     (at, len, protection, flags, fd, offset))
WRAP(DIR *, NULL, opendir, (const char *path), (path))
WRAP(int, -1, posix_spawn,
     (pid_t * pid, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
      char *const argv[], char *const env[]),
     (pid, path, actions, attributes, argv, env))
WRAP(ssize_t, -1, pread64, (int fd, void *bytes, size_t len, off64_t at), (fd, bytes, len, at))
WRAP(ssize_t, -1, pwrite64, (int fd, const void *bytes, size_t len, off64_t at), (fd, bytes, len, at))
WRAP(ssize_t, -1, read, (int fd, void *bytes, size_t len), (fd, bytes, len))
WRAP(ssize_t, -1, readlink, (const char *path, char *text, size_t size), (path, text, size))
WRAP(int, -1, recvmmsg, (int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *wait),
     (fd, headers, count, flags, wait))
WRAP(ssize_t, -1, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
WRAP(int, -1, rename, (const char *from, const char *to), (from, to))
WRAP(ssize_t, -1, sendto, (int fd, const void *bytes, size_t len, int flags, const struct sockaddr *to, socklen_t size),
     (fd, bytes, len, flags, to, size))
WRAP(int, -1, setsockopt, (int fd, int level, int name, const void *value, socklen_t len),
     (fd, level, name, value, len))
WRAP(int, -1, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags))
WRAP(int, -1, socket, (int family, int type, int protocol), (family, type, protocol))
WRAP(int, -1, stat64, (const char *path, struct stat64 *st), (path, st))
WRAP(int, -1, unlink, (const char *path), (path))
WRAP(ssize_t, -1, write, (int fd, const void *bytes, size_t len), (fd, bytes, len))
WRAP(int, -1, __open64_2, (const char *path, int flags), (path, flags))

int fcntl64(int fd, int command, ...)
{
	static int (*real)(int fd, int command, ...);
	va_list args;
	void *value;

	va_start(args, command);
	value = va_arg(args, void *);
	va_end(args);
	/* Nobody's unlocking fails, and who thinks that it did waits for himself. */
	if (!(command == F_SETLK && ((struct flock64 *)value)->l_type == F_UNLCK) && failing(CALLER, "fcntl64"))
		return -1;
	if (!real)
		real = (int (*)(int fd, int command, ...))dlsym(RTLD_NEXT, "fcntl64");
	return real(fd, command, value);
}

int open64(const char *path, int flags, ...)
{
	static int (*real)(const char *path, int flags, ...);
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	if (failing(CALLER, "open64"))
		return -1;
	if (!real)
		real = (int (*)(const char *path, int flags, ...))dlsym(RTLD_NEXT, "open64");
	return real(path, flags, mode);
}
