/* Memory of all processes of a user: one and the same for them, nobody else's, and not used if it is not as it should
 * be. */
#include "core/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "scratch.h"
#include "tap.h"

enum { SIZE = 10000, PROCESSES = 8, ROUNDS = 1000 };

static const char what[] = "test-1";

/* Makes what has the name as a test wants it; -1 = there was something already. */
static int foreign(int mode, off_t size)
{
	char name[SHARED_NAME];
	int fd;

	shared_name(what, name);
	shm_unlink(name);
	fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd >= 0 && (fchmod(fd, (mode_t)mode) || ftruncate(fd, size)))
		is_int(errno, 0, "what is foreign is made");
	return fd;
}

static void forget(void)
{
	char name[SHARED_NAME];

	shared_name(what, name);
	shm_unlink(name);
}

static void test_shared(void)
{
	struct shared a = {.bytes = NULL}, b = {.bytes = NULL};
	struct err err;
	int zeros = 0;

	if (!ok(shared_open(&a, what, SIZE, &err) == 0, "it is made %s", err.msg))
		return;
	for (size_t i = 0; i < SIZE; i++)
		zeros += ((uint8_t *)a.bytes)[i] == 0;
	is_int(zeros, SIZE, "of zeros");
	if (!ok(shared_open(&b, what, SIZE, &err) == 0, "and opened once more %s", err.msg))
		return;
	((uint8_t *)a.bytes)[SIZE - 1] = 77;
	is_int(((uint8_t *)b.bytes)[SIZE - 1], 77, "it is the same");
	shared_close(&a);
	shared_close(&b);
	shared_close(&b);
	ok(shared_open(&a, what, SIZE, &err) == 0, "opened when nobody has it any more");
	is_int(((uint8_t *)a.bytes)[SIZE - 1], 77, "and still the same");
	ok(!shared_is_gone(&a), "its name leads to it");
	forget();
	ok(shared_is_gone(&a), "somebody has removed it: that is seen");
	((uint8_t *)a.bytes)[0] = 1;
	ok(shared_open(&b, what, SIZE, &err) == 0, "who opens it now");
	is_int(((uint8_t *)b.bytes)[SIZE - 1], 0, "... has another");
	shared_close(&a);
	shared_close(&b);
	forget();
}

/* All at once, when there is none yet; one of them is killed. */
static void test_processes(void)
{
	int status, good = 0, killed = 0;
	struct shared s = {.bytes = NULL};
	struct err err;

	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0) {
			if (shared_open(&s, what, SIZE, &err))
				_exit(1);
			for (int n = 0; n < ROUNDS; n++)
				atomic_fetch_add((_Atomic uint32_t *)s.bytes, 1);
			if (i == 0)
				raise(SIGKILL);
			_exit(0);
		}
	while (wait(&status) > 0) {
		good += WIFEXITED(status) && WEXITSTATUS(status) == 0;
		killed += WIFSIGNALED(status);
	}
	is_int(good, PROCESSES - 1, "processes that make it at once");
	is_int(killed, 1, "one of them is killed");
	ok(shared_open(&s, what, SIZE, &err) == 0, "it outlives them");
	is_int(*(uint32_t *)s.bytes, PROCESSES * ROUNDS, "all have counted in the same");
	shared_close(&s);
	forget();
}

static void refused(int fd, int code, const char *about)
{
	struct shared s = {.bytes = NULL};
	struct err err = {""};
	char name[SHARED_NAME];

	shared_name(what, name);
	is_int(shared_open(&s, what, SIZE, &err), code, "%s: it is not used", about);
	ok(strstr(err.msg, name) != NULL, "... and said: %s", err.msg);
	ok(!s.bytes, "... and nothing is open");
	if (fd >= 0)
		close(fd);
	forget();
}

static void test_foreign(void)
{
	char name[SHARED_NAME], path[SHARED_NAME + 16];
	int fd;

	refused(foreign(0640, SIZE), -EPERM, "others may read it");
	refused(foreign(0602, SIZE), -EPERM, "others may write to it");
	refused(foreign(0600, SIZE - 1), -ERANGE, "it is too short");
	refused(foreign(0600, SIZE + 4096), -ERANGE, "it is too long");
	fd = foreign(0600, SIZE);
	if (geteuid() == 0 && fchown(fd, 65534, 65534) == 0)
		ok(1, "root, as nobody else gives files away");
	if (geteuid() == 0)
		refused(fd, -EPERM, "it is another's");
	else
		close(fd);
	forget();
	shared_name(what, name);
	snprintf(path, sizeof(path), "/dev/shm%s", name);
	if (ok(symlink(scratch_file("target", "", 0600), path) == 0, "a link in its place"))
		refused(-1, -ELOOP, "it leads elsewhere");
	if (ok(mkdir(path, 0600) == 0, "a folder in its place"))
		refused(-1, -EINVAL, "it is a folder");
	rmdir(path);
}

/* As on a full disk: an error, and not the end of the program. */
static void test_full(void)
{
	struct rlimit before, none;
	struct shared s = {.bytes = NULL};
	struct err err;

	getrlimit(RLIMIT_FSIZE, &before);
	none = before;
	none.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &none);
	is_int(shared_open(&s, what, SIZE, &err), -EFBIG, "no room: %s", err.msg);
	setrlimit(RLIMIT_FSIZE, &before);
	is_int(shared_open(&s, what, SIZE, &err), 0, "when there is some it is had");
	shared_close(&s);
	forget();
}

/* Of one folder, before it has been made and after. */
static void test_spellings(void)
{
	static const char *const spellings[] = {"state", "state/", "state//.", "link", "link/"};
	char path[PATH_MAX], names[2 * 5][SHARED_NAME];
	size_t count = 0;

	snprintf(path, sizeof(path), "%s/state", scratch);
	is_int(mkdir(path, 0700), 0, "a folder");
	snprintf(path, sizeof(path), "%s/link", scratch);
	is_int(symlink("state", path), 0, "a link to it");
	for (int made = 0; made < 2; made++) {
		for (size_t i = 0; i < 5; i++) {
			snprintf(path, sizeof(path), "%s/%s", scratch, spellings[i]);
			setenv("XDG_STATE_HOME", path, 1);
			shared_name(what, names[count]);
			is_str(names[count++], names[0], "%s is the same", spellings[i]);
		}
		snprintf(path, sizeof(path), "%s/state/swarmtop", scratch);
		is_int(mkdir(path, 0700), made ? -1 : 0, "the state folder in it is made once");
	}
	unsetenv("XDG_STATE_HOME");
}

static void test_name(void)
{
	char here[SHARED_NAME], other[SHARED_NAME], again[SHARED_NAME], uid[32];

	shared_name(what, here);
	shared_name("test-2", other);
	ok(strcmp(here, other) != 0, "another purpose, another name");
	setenv("XDG_STATE_HOME", "/elsewhere", 1);
	shared_name(what, other);
	ok(strcmp(here, other) != 0, "another state folder, another name");
	unsetenv("XDG_STATE_HOME");
	shared_name(what, again);
	is_str(again, here, "the same, the same");
	test_spellings();
	snprintf(uid, sizeof(uid), "/swarmtop-%u-", (unsigned)geteuid());
	ok(strncmp(here, uid, strlen(uid)) == 0 && strlen(here) == strlen(uid) + 16, "%s", here);
	unsetenv("HOME");
	shared_name(what, other);
	ok(strlen(other) == strlen(here), "one too where there is no home: %s", other);
	setenv("HOME", scratch, 1);
}

int main(void)
{
	scratch_init();
	test_shared();
	test_processes();
	test_foreign();
	test_full();
	test_name();
	return tap_done();
}
