/* Calls of the system that a store makes, and allocations, which fail, take long, or are a process's last. In place of
 * the library's, for the program and its libraries. After fake_threads.h. Include it once, in the .c with main(). */
#ifndef FAULTED_H
#define FAULTED_H

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

enum faulted_kind { FAULTED_READS, FAULTED_LOCKS, FAULTED_CHANGES, FAULTED_WRITES };

static struct {
	int writes;                    /* the error of all that changes a file; 0 = none */
	int64_t slow_us, slow_sync_us; /* the next write, or fdatasync(), takes so long */

	long at; /* the one of them that fails, or is the last of the process; 0 = none is counted */
	long count;
	int error;     /* 0 = the last */
	bool is_torn;  /* a write that comes to its middle; nothing else is counted */
	bool for_ever; /* those behind it fail as well */

	long allocation_at, allocations; /* likewise */
} faulted;

static void faulted_takes(int64_t *slow_us)
{
	int64_t us = *slow_us;

	*slow_us = 0;
	if (us)
		fake_sleep(us);
}

/* 0, or the error. */
static int faulted_now(enum faulted_kind kind)
{
	if (kind == FAULTED_WRITES)
		faulted_takes(&faulted.slow_us);
	if (kind >= FAULTED_CHANGES && faulted.writes)
		return faulted.writes;
	if (!faulted.at || (faulted.is_torn && kind != FAULTED_WRITES))
		return 0;
	faulted.count++;
	if (faulted.count == faulted.at && !faulted.error && !faulted.is_torn)
		raise(SIGKILL);
	return faulted.count == faulted.at || (faulted.for_ever && faulted.count > faulted.at) ? faulted.error : 0;
}

/* Not static: what fortified headers make of some of these is inline. */
bool faulted_fails(enum faulted_kind kind);

bool faulted_fails(enum faulted_kind kind)
{
	int error = faulted_now(kind);

	if (error)
		errno = error;
	return error;
}

#define FAULTED_REAL(result, name, ...)                                                                                \
	static result (*real)(__VA_ARGS__);                                                                            \
	if (!real)                                                                                                     \
	real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

/* What is there needs no room. */
static bool faulted_open_changes(const char *path, int flags)
{
	bool is_full = faulted.writes == ENOSPC || faulted.writes == EDQUOT;

	return flags & O_CREAT && !(is_full && access(path, F_OK) == 0);
}

int open64(const char *path, int flags, ...)
{
	va_list rest;
	mode_t mode;

	FAULTED_REAL(int, "open64", const char *path, int flags, ...);
	va_start(rest, flags);
	mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
	va_end(rest);
	if (faulted_fails(faulted_open_changes(path, flags) ? FAULTED_CHANGES : FAULTED_READS))
		return -1;
	return real(path, flags, mode);
}

ssize_t pread64(int fd, void *bytes, size_t len, off64_t at)
{
	FAULTED_REAL(ssize_t, "pread64", int fd, void *bytes, size_t len, off64_t at);
	return faulted_fails(FAULTED_READS) ? -1 : real(fd, bytes, len, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
	FAULTED_REAL(ssize_t, "pwrite64", int fd, const void *bytes, size_t len, off64_t at);
	if (faulted_fails(FAULTED_WRITES))
		return -1;
	if (faulted.is_torn && faulted.at && faulted.count == faulted.at) {
		real(fd, bytes, len / 2, at);
		raise(SIGKILL);
	}
	return real(fd, bytes, len, at);
}

int ftruncate64(int fd, off64_t len)
{
	FAULTED_REAL(int, "ftruncate64", int fd, off64_t len);
	return faulted_fails(FAULTED_CHANGES) ? -1 : real(fd, len);
}

/* The disk itself is waited for by nobody: what a process has written outlives it. */
int fdatasync(int fd)
{
	(void)fd;
	faulted_takes(&faulted.slow_sync_us);
	return faulted_fails(FAULTED_CHANGES) ? -1 : 0;
}

int unlink(const char *path)
{
	FAULTED_REAL(int, "unlink", const char *path);
	return faulted_fails(FAULTED_CHANGES) ? -1 : real(path);
}

int rename(const char *from, const char *to)
{
	FAULTED_REAL(int, "rename", const char *from, const char *to);
	return faulted_fails(FAULTED_CHANGES) ? -1 : real(from, to);
}

/* To give back a lock takes nothing. */
int fcntl64(int fd, int what, ...)
{
	va_list rest;
	void *value;

	FAULTED_REAL(int, "fcntl64", int fd, int what, ...);
	va_start(rest, what);
	value = va_arg(rest, void *);
	va_end(rest);
	if (what == F_SETLK && ((const struct flock *)value)->l_type != F_UNLCK && faulted_fails(FAULTED_LOCKS))
		return -1;
	return real(fd, what, value);
}

void *mmap64(void *address, size_t len, int access, int flags, int fd, off64_t at)
{
	FAULTED_REAL(void *, "mmap64", void *address, size_t len, int access, int flags, int fd, off64_t at);
	if (fd >= 0 && faulted_fails(FAULTED_READS))
		return MAP_FAILED;
	return real(address, len, access, flags, fd, at);
}

/* ---- memory ---- */

#ifdef __SANITIZE_ADDRESS__
#define FAULTED_HEAP(name) __interceptor_##name
#else
#define FAULTED_HEAP(name) __libc_##name
#endif
/* No end of ours has such a code. What the sanitiser keeps of freed memory is copied for each child. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "exitcode=99:quarantine_size_mb=1:thread_local_quarantine_size_kb=64";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "exitcode=99";
}

void *FAULTED_HEAP(malloc)(size_t size);
void *FAULTED_HEAP(calloc)(size_t count, size_t size);
void *FAULTED_HEAP(realloc)(void *old, size_t size);

static __thread bool faulted_is_spared;

static bool faulted_is_full(void)
{
	if (faulted_is_spared)
		return false;
	if (!faulted.allocation_at || ++faulted.allocations < faulted.allocation_at ||
	    (faulted.allocations > faulted.allocation_at && !faulted.for_ever))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return faulted_is_full() ? NULL : FAULTED_HEAP(malloc)(size);
}

void *calloc(size_t count, size_t size)
{
	return faulted_is_full() ? NULL : FAULTED_HEAP(calloc)(count, size);
}

void *realloc(void *old, size_t size)
{
	return faulted_is_full() ? NULL : FAULTED_HEAP(realloc)(old, size);
}

#ifdef __SANITIZE_ADDRESS__
/* Where a thread begins, the sanitiser asks for its stack, and cannot do without. */
int pthread_getattr_np(pthread_t id, pthread_attr_t *how)
{
	int code;

	FAULTED_REAL(int, "pthread_getattr_np", pthread_t id, pthread_attr_t *how);
	faulted_is_spared = true;
	code = real(id, how);
	faulted_is_spared = false;
	return code;
}
#endif

#endif
