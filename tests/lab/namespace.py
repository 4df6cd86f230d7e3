"""Moves the calling script into a closed network of its own, which ends with it whatever happens.

The caller is split in two by enter(): a supervisor that stays outside, passes signals on and returns the exit status,
and a child that is process 1 of new network, process and mount namespaces and goes on with the script. The kernel ends
every process of the namespaces when that child ends, and it ends when the supervisor does (PR_SET_PDEATHSIG). Files are
made in a tmpfs that is mounted there alone (TMPDIR points at it), so they need nobody to remove them.

Does not know what is run inside. Needs Linux, and user namespaces where the caller is not root.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 1 << 18
PR_SET_PDEATHSIG = 1
MARK = "SWARMTOP_LAB"                           # set in the environment of everything that runs inside
MOUNT_POINTS = ("/mnt", "/srv", "/media", "/opt")
TMPFS_SIZE = "512m"
PASSED_ON = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}

libc = ctypes.CDLL(None, use_errno=True)


class Refused(Exception):
    """The system does not allow a namespace; the text says which step failed."""


def inside():
    return MARK in os.environ


def enter(refused="tap"):
    """Returns inside the namespace; outside it never returns but exits with the script's own status.

    Call it first, before threads and before anything that must be cleaned up. Where a namespace is refused, "tap"
    prints a skipped plan and exits 0 (under CI=true a failed one, exit 1), "error" prints a message and exits 1.
    """
    if inside():
        return
    sys.stdout.flush()
    sys.stderr.flush()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON | {signal.SIGCHLD})
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    report, answer = os.pipe()
    try:
        unshare()
        child = os.fork()
    except (Refused, OSError) as error:
        give_up(error, refused)
    if child == 0:
        os.close(report)
        settle(answer)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return
    os.close(answer)
    with open(report) as stream:
        complaint = stream.read()
    if complaint:
        os.waitpid(child, 0)
        give_up(complaint, refused)
    supervise(child)


def call(name, *args):
    if getattr(libc, name)(*args) != 0:
        raise Refused(f"{name}: {os.strerror(ctypes.get_errno())}")


def unshare():
    """Root needs no user namespace, unless it is root of a container without CAP_SYS_ADMIN."""
    uid, gid = os.geteuid(), os.getegid()
    wanted = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID
    if uid == 0 and libc.unshare(wanted) == 0:
        return
    call("unshare", wanted | CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w") as stream:
            stream.write(text)


def settle(answer):
    """Process 1: dies with the supervisor, and makes the place habitable; an empty answer means that it is."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if supervisor_is_gone(answer):
        os._exit(1)
    try:
        call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        # Some containers forbid a new /proc; the old one shows more processes but serves.
        libc.mount(b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
        mount_temp()
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True, stderr=subprocess.PIPE)
    except (Refused, OSError, subprocess.SubprocessError) as error:
        os.write(answer, str(error).encode())
        os._exit(1)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)            # process 1 would ignore them else
    os.environ[MARK] = "1"
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.close(answer)


def leave(number, _frame):
    sys.exit(128 + number)


def supervisor_is_gone(answer):
    """It may have died before prctl: then nobody can read our answer any more."""
    poll = select.poll()
    poll.register(answer, select.POLLOUT)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def mount_temp():
    """On a directory that is empty, so that it hides nothing; without one, temp files go where they always do."""
    for place in MOUNT_POINTS:
        if not os.access(place, os.R_OK) or os.listdir(place) or os.path.realpath(os.getcwd()) == place:
            continue
        options = f"size={TMPFS_SIZE},mode=0755".encode()
        if libc.mount(b"swarmtop-lab", place.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, options) == 0:
            os.environ["TMPDIR"] = place
            return


def supervise(child):
    """Passes on the signals that a process sent; what the terminal sent has reached the child already."""
    while True:
        info = signal.sigwaitinfo(PASSED_ON | {signal.SIGCHLD})
        if info.si_signo == signal.SIGCHLD:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                os._exit(code if code >= 0 else 128 - code)
        elif info.si_code <= 0:
            os.kill(child, info.si_signo)


def give_up(error, refused):
    reason = f"no network namespace ({str(error).strip()})"
    if refused != "tap":
        print(f"{os.path.basename(sys.argv[0])}: {reason}.\nIt needs root, or a kernel that lets users make user"
              " namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone).", file=sys.stderr)
        status = 1
    elif os.environ.get("CI") == "true":
        print(f"not ok 1 - {reason}\n1..1")
        status = 1
    else:
        print(f"1..0 # SKIP {reason}")
        status = 0
    sys.stdout.flush()
    os._exit(status)
