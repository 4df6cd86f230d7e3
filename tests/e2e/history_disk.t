#!/usr/bin/python3
"""The history on a disk that is full, read-only or locked: the screen answers, words are said once, and nothing is lost
when there is room again. The disks are small ones in memory, mounted where nobody else sees them."""
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import re
import shutil
import sqlite3
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]

import namespace

namespace.enter()

from clock import Clock
from fake_daemon import FakeDaemon, peer, torrent
from preload import preload
from swarmtop_test import SLOW, main, ok, plain_text, same, sandbox, wait_until

MS_RDONLY, MS_REMOUNT = 1, 32
REFRESH, SAVE = 0.25, 10  # seconds; the shortest save interval there is
LOG = {"cols": 200, "rows": 60}  # so large that all of the log is seen, and a sentence is on one line
TRIES = 4  # a busy machine may be quiet at the next one
libc = ctypes.CDLL(None, use_errno=True)


def mount(place, flags, options):
    if libc.mount(b"swarmtop-disk", place.encode(), b"tmpfs", flags, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), "mount " + place)


class Disk:
    """A file system of 640 kB in the state folder."""

    def __init__(self, box):
        self.place = box.path("state", "swarmtop")
        os.mkdir(self.place, 0o700)
        mount(self.place, 0, "size=640k,mode=0700")
        self.history = os.path.join(self.place, "peers.db")
        self.refusal = box.path("refusal")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        libc.umount2(self.place.encode(), 2)

    def fill(self):
        with open(os.path.join(self.place, "filler"), "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    def make_room(self):
        os.remove(os.path.join(self.place, "filler"))

    def refuse(self, code):
        """What is written from now on, with that error; 0: no more."""
        with open(self.refusal, "w") as file:
            file.write(str(code))

    def read_only(self, on):
        mount(self.place, MS_REMOUNT | (MS_RDONLY if on else 0), "size=640k")


def crowd():
    return [torrent("one", [peer("5.%d.%d.%d" % (n // 100, n % 100, n % 7 + 1), up=n) for n in range(200)])]


def watch(box, daemon, clock, *more):
    return box.screen("-u", "127.0.0.1:%d" % daemon.port, "-r", str(REFRESH), "--set", "history.save_interval=%d" % SAVE,
                      *more, env=clock.env, **LOG)


def answers(shown, name, seconds=0):
    """Keys, while the disk does not."""
    for _ in range(TRIES):
        end, took = time.monotonic() + seconds, []
        while not took or time.monotonic() < end:
            took += [shown.answer_ms(key) for key in "234564321"]  # each leads elsewhere
        if None in took or max(took) < 1000 * SLOW:
            break
    ok(None not in took and max(took) < 1000 * SLOW, "%s: keys are answered" % name, took)


def polls_on_time(shown, daemon, since, name):
    for _ in range(TRIES):
        times = []
        while len(times) < 5 and time.monotonic() < since + 60 * SLOW:
            shown.pump(0.1)
            times = [one.time for one in daemon.requests if one.phase == "peers" and one.time >= since]
        gaps = [after - before for before, after in zip(times, times[1:])]
        if not gaps or max(gaps) < REFRESH + 1 * SLOW:
            break
        since = time.monotonic()
    ok(gaps and max(gaps) < REFRESH + 1 * SLOW, "%s: polls come on time" % name, max(gaps or [0]))


def saved(disk):
    """Polls in the file."""
    with sqlite3.connect("file:%s?mode=ro" % disk.history, uri=True, timeout=0.1) as db:
        return db.execute("SELECT coalesce(sum(polls), 0) FROM observed").fetchone()[0]


def first_save(shown, disk):
    def there():
        shown.pump(0.1)
        try:
            return saved(disk) > 0
        except sqlite3.Error:
            return False
    wait_until(there, 2 * SAVE + 5, "the first save")


def told(shown, pattern, name):
    """In the log on the screen."""
    ok(wait_until(lambda: shown.shows("7", pattern), 2 * SAVE + 20, pattern), "%s: it is told" % name)


def count_told(shown, pattern):
    """Of a log that is drawn anew."""
    since = len(shown.output)
    shown.send("17\x0c")

    def found():
        shown.pump(0.1)
        return re.findall(pattern, plain_text(shown.output[since:]).rsplit("Log", 1)[-1])
    wait_until(found, 10, pattern)
    shown.settle()
    return len(found())


def recorded(box, clock, key="sightings"):
    return sum(one[key] for one in json.loads(box.run("history", "--json", env=clock.env).text)["rows"])


def record(box, daemon, clock):
    """A history of before; its sightings."""
    box.run("-u", "127.0.0.1:%d" % daemon.port, "-n", "3", "-r", "0.1", "--record", env=clock.env)
    return recorded(box, clock)


def nothing_lost(box, shown, clock, name, before=0):
    shown.send("q")
    same(shown.finish(20), 0, "%s: it ends" % name)
    seen = int(re.search(r"Total sightings: (\d+)", plain_text(shown.output)).group(1))
    same(recorded(box, clock), before + seen, "%s: nothing is lost" % name)
    same(recorded(box, clock, "peers"), 200, "%s: and nobody is counted twice" % name)
    with sqlite3.connect(box.path("state", "swarmtop", "peers.db")) as db:
        same(db.execute("PRAGMA integrity_check").fetchone()[0], "ok", "%s: the file is whole" % name)


def trouble(name, begin, end, pattern, refuses=False):
    """A disk that works, does not, and works again. `refuses`: the one of Disk.refuse()."""
    with sandbox() as box, Disk(box) as disk, FakeDaemon(crowd()) as daemon:
        clock = Clock(box)
        if refuses:
            env = preload(box, "refusing", REFUSE_PATH="peers.db", REFUSE_FILE=disk.refusal)
            clock.env.update(env, LD_PRELOAD=":".join([clock.env["LD_PRELOAD"], env["LD_PRELOAD"]]))
        with watch(box, daemon, clock) as shown:
            shown.wait_text("1 overview", 20)
            first_save(shown, disk)
            begin(disk)
            since = time.monotonic()
            told(shown, pattern, name)
            answers(shown, name)
            same(count_told(shown, pattern), 1, "%s: once" % name)
            polls_on_time(shown, daemon, since, name)
            end(disk)
            told(shown, "the history is written again", name)
            nothing_lost(box, shown, clock, name)


def full():
    """A disk that is full, until somebody makes room"""
    trouble("full", Disk.fill, Disk.make_room, "the disk is full: make room")


def quota():
    """A user whose quota is used up"""
    trouble("quota", lambda disk: disk.refuse(errno.EDQUOT), lambda disk: disk.refuse(0),
            "Disk quota exceeded", True)


def broken():
    """A disk that answers each write with an error, for a while"""
    trouble("broken", lambda disk: disk.refuse(errno.EIO), lambda disk: disk.refuse(0), "look after the disk", True)


def read_only():
    """A folder that cannot be written when the monitor is started, as after a disk had errors"""
    name = "read-only"
    with sandbox() as box, Disk(box) as disk, FakeDaemon(crowd()) as daemon:
        clock = Clock(box)
        before = record(box, daemon, clock)
        disk.read_only(True)
        with watch(box, daemon, clock) as shown:
            shown.wait_text("1 overview", 20)
            since = time.monotonic()
            told(shown, "Read-only", name)
            answers(shown, name)
            same(count_told(shown, "Read-only"), 1, "%s: once" % name)
            polls_on_time(shown, daemon, since, name)
            disk.read_only(False)
            told(shown, "the history is recorded now", name)
            nothing_lost(box, shown, clock, name, before)


def locked():
    """Another program writes to the file and does not end"""
    held = []

    def lock(disk):
        held.append(sqlite3.connect(disk.history, isolation_level=None))
        held[0].execute("BEGIN IMMEDIATE")

    trouble("locked", lock, lambda disk: held[0].close(), "locked by another program")


def first_poll_waits_not(box, daemon, clock, name):
    """Opening gives up after two seconds; the best of five starts has its first record long before."""
    took = []
    while len(took) < 5 and (not took or min(took) > 1):
        with box.start("-u", "127.0.0.1:%d" % daemon.port, "--json", "-r", "5", env=clock.env) as program:
            program.wait_records(1, 20)
            took.append(time.monotonic() - program.began)
            program.signal(9)
            program.finish()
    ok(min(took) < 1.3 * SLOW, "%s: the first poll does not wait for it" % name, took)


def locked_before():
    """Another program has locked the whole file when the monitor is started"""
    name = "locked before"
    with sandbox() as box, Disk(box) as disk, FakeDaemon(crowd()) as daemon:
        clock = Clock(box)
        before = record(box, daemon, clock)
        other = sqlite3.connect(disk.history, isolation_level=None)
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        first_poll_waits_not(box, daemon, clock, name)
        began = time.monotonic()
        with watch(box, daemon, clock) as shown:
            shown.wait_text("1 overview", 20)
            ok(time.monotonic() - began < 6 * SLOW, "%s: the screen is there" % name, time.monotonic() - began)
            answers(shown, name, 2)
            told(shown, "locked by another program", name)
            since = time.monotonic()
            answers(shown, name, SAVE + 3)  # over the next try
            polls_on_time(shown, daemon, since, name)
            other.close()
            told(shown, "the history is recorded now", name)
            nothing_lost(box, shown, clock, name, before)


def rows_at(box, clock, path):
    return sum(one["sightings"] for one in json.loads(
        box.run("history", "--json", "--set", "history.path=%s" % path, env=clock.env).text)["rows"])


def moved():
    """The history goes to another file while the disk of the old one hangs: nobody waits, and nothing is lost"""
    name = "moved"
    with sandbox() as box, Disk(box) as disk, FakeDaemon(crowd()) as daemon:
        clock, other, text = Clock(box), box.path("other.db"), '[history]\nsave_interval = %d\npath = "%s"\n'
        box.config(text % (SAVE, disk.history))
        with box.screen("-u", "127.0.0.1:%d" % daemon.port, "-r", str(REFRESH), env=clock.env, **LOG) as shown:
            shown.wait_text("1 overview", 20)
            first_save(shown, disk)
            held = sqlite3.connect(disk.history, isolation_level=None)
            held.execute("BEGIN IMMEDIATE")
            since = time.monotonic()
            polls_on_time(shown, daemon, since, name)
            for path in (other, disk.history, other):  # there, back again, and there
                box.config(text % (SAVE, path))
                since = len(shown.output)
                shown.send("7")
                shown.signal(1)
                shown.wait_text("the configuration was read again", 20, since)
                answers(shown, name + " to " + os.path.basename(path), 1)
            polls_on_time(shown, daemon, time.monotonic(), name)
            told(shown, "locked by another program", name)
            held.close()

            def closed():
                shown.pump(0.1)
                with open(disk.history + ".lock") as lock, contextlib.suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                    return True
            ok(wait_until(closed, 90, "the old history"), name + ": the old file is saved and closed")
            polls_on_time(shown, daemon, time.monotonic(), name)
            shown.send("q")
            same(shown.finish(20), 0, name + ": it ends")
            seen = int(re.search(r"Total sightings: (\d+)", plain_text(shown.output)).group(1))
            same(rows_at(box, clock, disk.history) + rows_at(box, clock, other), seen, name + ": nothing is lost, nor twice")


def shown_read_only():
    """`swarmtop history` of a file on a disk that is read-only, or full: no index of its log can be made there"""
    with sandbox() as box, Disk(box) as disk, FakeDaemon(crowd()) as daemon:
        clock, log = Clock(box), disk.history + "-wal"
        before = record(box, daemon, clock)
        disk.read_only(True)
        same(recorded(box, clock), before, "it is shown")
        same(box.run("history", env=clock.env).message, "", "without a word")
        disk.read_only(False)
        for end in ("-wal", "-shm"):  # who only reads cannot remove them
            with contextlib.suppress(FileNotFoundError):
                os.remove(disk.history + end)
        disk.fill()
        same(recorded(box, clock), before, "of one that is full too")
        disk.make_room()
        with contextlib.closing(sqlite3.connect(disk.history)) as db:
            with db:
                db.execute("UPDATE hours SET sightings = sightings + 1000")
            shutil.copy(log, box.path("log"))
        with contextlib.closing(sqlite3.connect(disk.history)) as db, db:
            db.execute("UPDATE hours SET sightings = sightings - 1000")
        shutil.copy(box.path("log"), log)
        disk.read_only(True)
        result = box.run("history", env=clock.env)
        same(result.code, 0, "with a log that was left beside it")
        same(result.message.count("the latest is in a log beside the file that cannot be read there"), 1, "... that is said")
        same(recorded(box, clock), before, "... and what is in the file is shown")
        disk.read_only(False)


def names_hang():
    """SIGHUP to one history after another, on a disk that does not even say which files they are"""
    with sandbox() as box, FakeDaemon(crowd()) as daemon:
        env = preload(box, "hanging", HANG_PATH="/names", HANG_FILE=box.path("hang"))
        for number in range(7):
            os.mkdir(box.path("names%d" % number))
        text = '[history]\npath = "%s"\n'
        box.config(text % box.path("names0", "a.db"))
        with box.screen("-u", "127.0.0.1:%d" % daemon.port, "-r", str(REFRESH), env=env) as shown:
            shown.wait_text("1 overview", 20)
            wait_until(lambda: os.path.exists(box.path("names0", "a.db-wal")), 20, "the history")
            box.write("hang", "")
            for number in range(1, 7):
                box.config(text % box.path("names%d" % number, "a.db"))
                shown.signal(1)
                answers(shown, "history %d" % number)
            shown.send("7")
            shown.wait_text("the configuration was read again", 20)
            os.remove(box.path("hang"))
            shown.send("q")
            same(shown.finish(30), 0, "it ends")


def moved_at_the_end():
    """The disk of the old file still hangs at the end: that is waited for, and what is lost is said"""
    name = "moved at the end"
    with sandbox() as box, Disk(box) as disk, FakeDaemon(crowd()) as daemon:
        clock, text = Clock(box), '[history]\nsave_interval = %d\npath = "%s"\n'
        box.config(text % (SAVE, disk.history))
        with box.start("-u", "127.0.0.1:%d" % daemon.port, "-r", str(REFRESH), "--json", env=clock.env) as program:
            program.wait_records(3, 30)
            held = sqlite3.connect(disk.history, isolation_level=None)
            held.execute("BEGIN IMMEDIATE")
            box.config(text % (SAVE, "none"))
            program.signal(1)
            program.wait_records(len(program.records) + 3, 30)
            program.signal(15)
            result = program.finish(40)
            held.close()
        same(result.code, 0, name + ": it ends")
        ok("locked by another program" in result.message, name + ": and says why something is lost", result.message)


def full_at_the_end():
    """Nobody makes room before the end: what is waited for is said, and then once what came of it"""
    name = "full at the end"
    with sandbox() as box, Disk(box) as disk, FakeDaemon(crowd()) as daemon:
        clock = Clock(box)
        box.config('[history]\nsave_interval = %d\npath = "%s"\n' % (SAVE, disk.history))
        with box.start("-u", "127.0.0.1:%d" % daemon.port, "-r", str(REFRESH), "--json", env=clock.env) as program:
            program.wait_records(3, 30)
            disk.fill()
            program.signal(15)
            result = program.finish(40)
        lines = [line for line in result.message.splitlines() if "the disk is full: make room" in line]
        same(result.code, 0, name + ": it ends")
        same([("the history waits for it" in line, "are lost" in line) for line in lines], [(True, False), (False, True)],
             name + ": it is waited for, then what is lost is told")


main(full, full_at_the_end, quota, broken, read_only, locked, locked_before, moved, shown_read_only, names_hang, moved_at_the_end)
