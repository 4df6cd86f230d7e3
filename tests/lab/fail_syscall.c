/* Runs a program, of which one system call fails: the FAIL_AT-th of the kind FAIL_CALL, in whatever thread or child,
 * with the error FAIL_ERRNO (and all behind it, if FAIL_FOR_EVER is set). Nothing is done then, as if by the kernel. It
 * counts from where main() begins, which is where the program looks whether stderr is open. Without FAIL_CALL every
 * kind is counted, and COUNT_TO is the file that says how many of each there were. The program cannot tell, and needs
 * not be built for it: seccomp(2) asks us about each call. Exits as the program does; 125: the kernel does not offer
 * this. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_OFFERED = 125, KINDS = 1024, STACK = 256 * 1024 };

/* clang-format off */
#define KIND(name) {#name, SYS_##name}
/* clang-format on */

static const struct kind {
	const char *name;
	long number;
} kinds[] = {
#ifdef SYS_open
	KIND(access), KIND(epoll_wait), KIND(getdents), KIND(link), KIND(mkdir), KIND(open), KIND(pipe), KIND(poll),
	KIND(readlink), KIND(rename), KIND(stat), KIND(unlink),
#endif
#ifdef SYS_newfstatat
	KIND(newfstatat),
#endif
	KIND(accept4), KIND(bind), KIND(clone), KIND(clone3), KIND(close), KIND(connect), KIND(dup),
	KIND(dup3), KIND(epoll_create1), KIND(epoll_ctl), KIND(epoll_pwait), KIND(eventfd2), KIND(faccessat),
	KIND(faccessat2), KIND(fallocate), KIND(fchmod), KIND(fchown), KIND(fcntl), KIND(fdatasync), KIND(flock),
	KIND(fstat), KIND(fsync), KIND(ftruncate), KIND(getdents64), KIND(getpeername), KIND(getrandom),
	KIND(getsockname), KIND(getsockopt), KIND(ioctl), KIND(linkat), KIND(lseek), KIND(mkdirat), KIND(mmap),
	KIND(mprotect), KIND(mremap), KIND(openat), KIND(pipe2), KIND(ppoll), KIND(prctl), KIND(pread64),
	KIND(prlimit64), KIND(pwrite64), KIND(read), KIND(readlinkat), KIND(readv), KIND(recvfrom), KIND(recvmmsg),
	KIND(recvmsg), KIND(renameat), KIND(renameat2), KIND(rt_sigaction), KIND(sched_getaffinity), KIND(sendmmsg),
	KIND(sendmsg), KIND(sendto), KIND(setsockopt), KIND(shutdown), KIND(signalfd4), KIND(socket), KIND(socketpair),
	KIND(statx), KIND(sysinfo), KIND(timerfd_create), KIND(timerfd_settime), KIND(umask), KIND(uname),
	KIND(unlinkat), KIND(wait4), KIND(write), KIND(writev),
};

struct child {
	char **words;
	long kind;              /* -1 = all */
	_Atomic int *listener;  /* shared: -1 as long as there is none; -errno - 1 if there will be none */
};

static long number_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return kinds[i].number;
	fprintf(stderr, "fail_syscall: no kind %s\n", name);
	exit(2);
}

static long number(const char *name, long otherwise)
{
	return getenv(name) ? strtol(getenv(name), NULL, 10) : otherwise;
}

/* ---- the program ---- */

/* We are asked about fcntl() of stderr, about the kind, and about nothing else. */
static long install_filter(long kind)
{
	struct sock_filter one[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)kind, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, STDERR_FILENO, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)};
	struct sock_fprog program = {sizeof(one) / sizeof(*one), one};

	if (kind < 0)
		program = (struct sock_fprog){1, all};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* It shares our descriptors until execve(2): so we have its listener without a call that would have to wait for us. */
static int become_program(void *context)
{
	struct child *c = context;
	long listener;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	listener = install_filter(c->kind);

	atomic_store(c->listener, listener < 0 ? -errno - 1 : (int)listener);
	if (listener < 0)
		_exit(NOT_OFFERED);
	execv(c->words[0], c->words);
	_exit(127);
}

/* ---- what we say to each call ---- */

struct judge {
	long kind, at;
	int error, for_ever;
	int begun;
	long count[KINDS];
};

/* To give back a lock, or what is watched, takes nothing. These are not even counted. */
static int cannot_fail(pid_t pid, const struct seccomp_data *call)
{
	struct flock lock = {.l_type = F_UNLCK};
	struct iovec here = {&lock, sizeof(lock)}, there = {(void *)call->args[2], sizeof(lock)};

	if (call->nr == SYS_epoll_ctl)
		return call->args[1] == EPOLL_CTL_DEL;
	if (call->nr != SYS_fcntl || (call->args[1] != F_SETLK && call->args[1] != F_SETLKW))
		return 0;
	process_vm_readv(pid, &here, 1, &there, 1, 0);
	return lock.l_type == F_UNLCK;
}

/* True: it fails. */
static int judge_call(struct judge *j, pid_t pid, const struct seccomp_data *call)
{
	long n;

	if (!j->begun) {
		j->begun = call->nr == SYS_fcntl && call->args[0] == STDERR_FILENO && call->args[1] == F_GETFD;
		return 0;
	}
	if (call->nr < 0 || call->nr >= KINDS || cannot_fail(pid, call))
		return 0;
	n = ++j->count[call->nr];
	return call->nr == j->kind && (n == j->at || (j->for_ever && n > j->at));
}

/* One that was interrupted meanwhile is gone, and comes again. */
static void answer_one(struct judge *j, int listener)
{
	struct seccomp_notif asked;
	struct seccomp_notif_resp answer = {0};

	memset(&asked, 0, sizeof(asked));
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked))
		return;
	answer.id = asked.id;
	if (judge_call(j, (pid_t)asked.pid, &asked.data))
		answer.error = -j->error;
	else
		answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* Until the last process of the program has ended. */
static void serve(struct judge *j, int listener)
{
	struct pollfd watched = {.fd = listener, .events = POLLIN};

	while (!(watched.revents & POLLHUP)) {
		poll(&watched, 1, -1);
		if (watched.revents & POLLIN)
			answer_one(j, listener);
	}
}

static void tell_counts(const struct judge *j)
{
	FILE *file = fopen(getenv("COUNT_TO") ? getenv("COUNT_TO") : "/dev/null", "w");

	for (size_t i = 0; file && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (j->count[kinds[i].number])
			fprintf(file, "%s %ld\n", kinds[i].name, j->count[kinds[i].number]);
	if (file)
		fclose(file);
}

/* ---- we ---- */

static pid_t program;

static void pass_on(int number)
{
	kill(program, number);
}

static int end_alike(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	const char *name = getenv("FAIL_CALL");
	struct judge judge = {.at = number("FAIL_AT", 0), .error = (int)number("FAIL_ERRNO", EIO)};
	struct child child = {.words = argv + 1, .kind = name ? number_of(name) : -1};
	char *stack = malloc(STACK);
	int status = 0;

	if (argc < 2)
		return 2;
	judge.kind = child.kind;
	judge.for_ever = getenv("FAIL_FOR_EVER") != NULL;
	child.listener = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	atomic_store(child.listener, -1);
	program = clone(become_program, stack + STACK, CLONE_FILES | SIGCHLD, &child);
	signal(SIGTERM, pass_on);
	signal(SIGINT, pass_on);
	while (atomic_load(child.listener) == -1)
		sched_yield();
	if (atomic_load(child.listener) < 0)
		return NOT_OFFERED;
	serve(&judge, atomic_load(child.listener));
	if (!name)
		tell_counts(&judge);
	waitpid(program, &status, 0);
	return end_alike(status);
}
