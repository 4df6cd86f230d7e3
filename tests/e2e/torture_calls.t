#!/usr/bin/python3
"""Each system call fails once, in every command, wherever it is made: in our code, in a library, in a thread. The
command ends in time, says why or does its work all the same, and the store and the files are whole."""
import errno
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from torture_test import ALL, compiled, scene, spread
from swarmtop_test import ASAN, main, note, ok, same, skip

import namespace
import node_program

TRIES = {"first": 2, "sync": 4, "dht": 2, "health": 2}  # of one kind of call, spread over all of them
SECONDS = 20
NOT_OFFERED = 125

# How each may fail, the likeliest first. Not here: what cannot fail, and what only a kernel without memory refuses and
# the C library does not survive (futex, munmap, signal masks).
ERRORS = {
    "EIO EMFILE EACCES": "open openat",
    "EIO EINTR": "getdents getdents64 pread64 read readv",
    "ENOSPC EIO EINTR": "pwrite64 write writev",
    "EIO ENOSPC": "close fallocate fdatasync fsync ftruncate lseek",
    "EACCES EIO": "access faccessat faccessat2 fstat newfstatat readlink readlinkat stat statx",
    "EROFS ENOSPC": "link linkat mkdir mkdirat rename renameat renameat2 unlink unlinkat",
    "EPERM": "fchmod fchown prctl prlimit64 sched_getaffinity",
    "EMFILE ENOMEM": "accept4 dup dup3 epoll_create1 eventfd2 pipe pipe2 signalfd4 socket socketpair timerfd_create",
    "ENOMEM EIO": "epoll_ctl",
    "ENOMEM": "mmap mprotect mremap recvfrom recvmmsg recvmsg timerfd_settime",
    "EADDRINUSE": "bind",
    "EAGAIN": "clone clone3",
    "ENETUNREACH EINTR": "connect",
    "EINTR": "epoll_pwait epoll_wait poll ppoll wait4",
    "ENOLCK": "fcntl flock",
    "ENOSYS": "getrandom",
    "ENOBUFS EPERM": "getpeername getsockname getsockopt sendmmsg sendmsg sendto setsockopt shutdown",
    "ENOTTY": "ioctl",
}
OF_SANITISER = {"mmap", "mprotect", "mremap"} if ASAN else set()  # it does not survive it
ERRORS_OF = {kind: errors.split() for errors, kinds in ERRORS.items() for kind in set(kinds.split()) - OF_SANITISER}


def counted(place, injector, words):
    """{kind: how many calls}, of one run that nothing happens to; None where the kernel does not offer it."""
    counts = place.box.path("counts")
    result = place.box.run(*words, wrap=[injector], env={"COUNT_TO": counts})
    if result.code == NOT_OFFERED:
        return None
    with open(counts) as file:
        return {kind: int(count) for kind, count in map(str.split, file)}


def fail_one(place, injector, name, words, kind, number, error):
    place.reset(name)
    env = {"FAIL_CALL": kind, "FAIL_AT": str(number), "FAIL_ERRNO": str(getattr(errno, error))}
    result = place.box.run(*words, wrap=[injector], env=env, timeout=SECONDS)
    found = place.complaints(name, result)
    if os.environ.get("TORTURE_SHOW"):
        said = " | ".join(result.message.strip().splitlines())[-300:]
        note(f"{name} {kind} {number} {error}: {result.code} {result.seconds:.2f} s: {said}")
    return [f"{kind} {number} {error}: {', '.join(found)}: {result.message[-300:]}"] if found else []


def tortured(place, injector, name, words, counts):
    runs, found = 0, []
    for kind, count in counts.items():
        for error in ERRORS_OF.get(kind, [])[:None if ALL else 1]:
            for number in spread(count, TRIES.get(name, 6)):
                found += fail_one(place, injector, name, words, kind, number, error)
                runs += 1
    same(found, [], f"{name}: {runs} of {sum(counts.values())} calls failed, each in a run of its own")


def each_call():
    """In every command that reads, fetches or writes"""
    with scene() as place:
        injector = compiled(place.box, "fail_syscall")
        for name, words in place.commands().items():
            place.reset(name)
            counts = counted(place, injector, words)
            if counts is None:
                return skip("each call", "this kernel does not let a process judge another's calls (seccomp_unotify)")
            ok(len(counts) > 5, f"{name}: {len(counts)} kinds of calls")
            tortured(place, injector, name, words, counts)
        place.reset("sync")
        same(place.box.run("sync").code, 0, "and it still works")
    return None


if __name__ == "__main__":
    namespace.enter()
    if lacking := node_program.lacking():
        node_program.give_up(lacking)
    main(each_call)
