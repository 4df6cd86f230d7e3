#!/usr/bin/python3
"""What the monitor remembers over restarts: recorded on exit, shown by `swarmtop history`, forgotten on request."""
import contextlib
import csv
import datetime
import io
import ipaddress
import json
import os
import re
import signal
import sqlite3
import stat
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
from clock import Clock
from fake_daemon import FakeDaemon, peer, small_world, torrent
from swarmtop_test import like, main, ok, same, sandbox

PATH = "state/swarmtop/peers.db"


def host_port(daemon):
    return "127.0.0.1:%d" % daemon.port


def record(box, daemon, polls=3, *more, refresh=0.1):
    return box.run("-u", host_port(daemon), "-n", str(polls), "-r", refresh, "--json", "--record", *more)


def rows(box, *args):
    return json.loads(box.run("history", "--json", *args).text)["rows"]


def remembers():
    """--record writes what was seen; the next run adds to it; --once alone leaves it alone"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        path = box.path(PATH)
        box.run("-u", host_port(daemon), "--once", "--json")
        ok(not os.path.exists(path), "--once makes no file")
        result = record(box, daemon, refresh=1.5)  # each poll counts, so each has its time
        same((result.code, result.said), (0, ""), "--record says nothing")
        same(stat.S_IMODE(os.stat(path).st_mode), 0o600, "nobody else may read the file")
        seen = result.records[-1]
        countries = rows(box)
        same({one["code"]: one["sightings"] for one in countries},
             {one["code"]: one["sightings"] for one in seen["countries"] if one["sightings"]},
             "sightings by country as in the last record")
        same(sum(one["peers"] for one in countries), seen["unique"], "and the addresses")
        result = record(box, daemon, refresh=1.5)
        same(sum(one["sightings"] for one in rows(box)), 2 * seen["sightings"], "a second run adds to it")
        now, ever = result.records[-1], result.records[-1]["all_time"]
        same((ever["sightings"], ever["unique"], ever["polls"], ever["unique_exact"]),
             (2 * now["sightings"], now["unique"], 6, True), "and knows both")
        same([(one["code"], one["sightings"]) for one in ever["countries"]],
             [(one["code"], 2 * one["sightings"]) for one in now["countries"]], "by country")
        same(sum(ever["hours"]), ever["sightings"], "by hour")
        ok(ever["since"] <= now["time"] and ever["bytes_up"] > 0, "since the first")
        same([one["visits"] for one in rows(box, "--by", "peer")], [1] * seen["unique"], "in the same visit")
        result = box.run("-u", host_port(daemon), "-n", "1", "--json", "--record", "--set", "history.path=none",
                         "--set", "history.save_interval=10")
        same((result.code, result.said), (0, ""), "path = \"none\" records nothing")
        same(sum(one["sightings"] for one in rows(box)), 2 * seen["sightings"], "and changes nothing")


def few_remembered():
    """What waits to be saved is not what is remembered: who has left the tables is in the history"""
    world = [torrent("one", [peer("5.9.%d.%d" % divmod(number, 256)) for number in range(1300)])]
    with sandbox() as box, FakeDaemon(world) as daemon:
        result = record(box, daemon, 2, "--set", "monitor.remember=1000")
        same((result.code, result.said), (0, ""), "nothing is said to be lost")
        same(len(rows(box, "--by", "peer")), 1300, "every peer is there")


def service():
    """A monitor that runs on: SIGTERM saves; kill -9 loses no more than a save interval; a second one does not record"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        with box.start("-u", host_port(daemon), "--json", "-r", "0.2") as program:
            program.wait_for(lambda self: len(self.records) >= 2 and os.path.exists(box.path(PATH)))
            with box.start("-u", host_port(daemon), "--json", "-r", "0.2") as second:
                second.wait_records(2)
                second.signal(signal.SIGTERM)
                result = second.finish()
            same(result.code, 0, "the second runs")
            like(result.message, "runs on without recording", "and says that it does not record")
            result = box.run("history", "--forget")
            same(result.code, 75, "nothing can be forgotten meanwhile")
            program.signal(signal.SIGTERM)
            result = program.finish()
        same(result.code, 0, "SIGTERM: exit 0")
        polls = sum(one["polls"] for one in rows(box, "--by", "hour"))
        ok(polls >= 2, "and all polls are recorded", polls)
        with box.start("-u", host_port(daemon), "--json", "-r", "0.2") as program:
            program.wait_records(2)
            program.signal(signal.SIGKILL)
            program.finish()
        same(sum(one["polls"] for one in rows(box, "--by", "hour")), polls, "after kill -9 what was there is there")
        with sqlite3.connect(box.path(PATH)) as db:
            same(db.execute("PRAGMA integrity_check").fetchone()[0], "ok", "and whole")


def hostile_client():
    """The names of clients are whatever peers like"""
    world = [torrent("one", [peer("5.9.1.1", client="=cmd()|'\x1b[31m,\"x\"\n"), peer("5.9.1.2", client="<script>")])]
    with sandbox() as box, FakeDaemon(world) as daemon:
        record(box, daemon)
        for by in ("peer", "client"):
            for form in ([], ["--json"], ["--csv"]):
                out = box.run("history", "--by", by, *form).out
                ok(b"\x1b" not in out and b"\n\n" not in out, "%s %s: inert" % (by, form))
        table = list(csv.reader(io.StringIO(box.run("history", "--by", "peer", "--csv").text)))
        same({len(one) for one in table}, {11}, "CSV: every row has its columns")
        ok(all(not one[2].startswith("=") for one in table), "and no formula")


def shows():
    """By country, hour, day, peer, client; ranges; three formats; what is asked wrong"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        result = box.run("history")
        same(result.code, 1, "without a file: exit 1")
        like(result.message, "there is no history at .*peers.db yet", "and why")
        for args in ((), ("--forget",)):
            result = box.run("history", *args, "--set", "history.path=" + box.home)
            same((result.code, "is not a file" in result.message), (1, True), "a folder is none: exit 1")
        record(box, daemon)
        for by, count in (("country", None), ("hour", 24), ("day", 1), ("peer", None), ("client", None)):
            got = rows(box, "--by", by)
            ok(got and (count is None or len(got) in (count, count + 1)), "--by %s: %d rows" % (by, len(got)))
            table = list(csv.DictReader(io.StringIO(box.run("history", "--by", by, "--csv").text)))
            same([list(one) for one in table], [list(one) for one in got], "CSV has the same columns")
            text = box.run("history", "--by", by).text
            same(len(text.splitlines()), len(got) + 1, "as text a line each, and a head")
            ok(max(len(line) for line in text.splitlines()) <= 80, "in 80 columns")
        same(len(rows(box, "--since", "yesterday", "--until", "today")), len(rows(box)), "yesterday and today hold all")
        same(rows(box, "--until", "2020-01-01"), [], "2020 holds nothing")
        before = json.loads(box.run("history", "--json", "--until", "2020-01-01").text)
        same((before["since"], before["until"]), ("2020-01-02T00:00:00Z",) * 2, "and its range does not end before it begins")
        for by in ("country", "client", "peer"):
            got = box.run("history", "--by", by, "--since", "today").text.splitlines()
            same(len(got), len(rows(box, "--by", by)) + 2, "a range: a line more")
            like(got[0], r"^ \d{4}-\d\d-\d\d \d\d:\d\d to \d{4}-", "says which one it is")
        for wrong, what in ((("--since", "soon"), "takes a day"), (("--since", "2026-02-31"), "takes a day"),
                            (("--by", "moon"), "takes one of country"), (("--json", "--csv"), "only one of"),
                            (("--since", "1d", "--until", "2d"), "is not before"), (("5.9.1.1",), "with --forget")):
            result = box.run("history", *wrong)
            same(result.code, 2, "%s: exit 2" % " ".join(wrong))
            like(result.message, what, "and what is wrong")


def long_address():
    """The column of addresses is as wide as the longest of them"""
    long = "2a01:4f8:1111:2222:3333:4444:5555:6666"
    with sandbox() as box, FakeDaemon([torrent("one", [peer("5.9.77.88"), peer(long)])]) as daemon:
        record(box, daemon)
        lines = box.run("history", "--by", "peer").text.splitlines()
        same(sorted(line.split()[0] for line in lines), [long, "5.9.77.88", "address"],
             "none is cut")
        same({line.index(line.split()[1]) for line in lines}, {len(long) + 2}, "and what follows is in its column")


def in_files(box, address):
    """Whether the bytes of an address are anywhere in the state folder."""
    packed = ipaddress.ip_address(address).packed
    return any(packed in open(os.path.join(folder, name), "rb").read()
               for folder, _, names in os.walk(os.path.dirname(box.path(PATH))) for name in names)


@contextlib.contextmanager
def locked(path, seconds):
    """Another program writes to the file, for so long or to the end of the block."""
    over, has = threading.Event(), threading.Event()

    def hold():
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            has.set()
            over.wait(seconds)
            db.execute("ROLLBACK")
    thread = threading.Thread(target=hold)
    thread.start()
    try:
        has.wait(10)
        yield
    finally:
        over.set()
        thread.join()


def ends_late():
    """The end, while another program has the file locked: what is waited for is said, and it is saved when it can be"""
    waits = rb"peers.db (is locked by another program|does not answer).*; the history waits for it, \d+ seconds at most: another Ctrl\+C"
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        args = ("-u", host_port(daemon), "--json", "-r", "0.2")
        with box.start(*args) as program:
            program.wait_for(lambda self: len(self.records) >= 3 and os.path.exists(box.path(PATH)))
            with locked(box.path(PATH), 60):
                program.signal(signal.SIGTERM)
                program.wait_for(lambda self: re.search(waits, self.err), 9)
                ok(True, "what it waits for is said")
            result = program.finish()
        same((result.code, result.message.count("waits for it")), (0, 1), "once")
        ok(sum(one["polls"] for one in rows(box, "--by", "hour")) >= 3, "and when the lock has gone all is saved")
        with box.start(*args) as program, locked(box.path(PATH), 60):
            program.wait_records(3)
            program.signal(signal.SIGTERM)
            program.wait_for(lambda self: b"Ctrl+C gives up" in self.err, 9)
            program.signal(signal.SIGINT)
            same(program.finish().code, 130, "Ctrl+C gives up")
        with contextlib.closing(sqlite3.connect(box.path(PATH), isolation_level=None)) as other:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            with box.start(*args) as program:
                program.wait_records(3)
                program.signal(signal.SIGTERM)
                program.wait_for(lambda self: b"Ctrl+C gives up" in self.err, 9)
                other.close()
                result = program.finish()
            same(result.code, 0, "one that could not even be opened")
            ok(b"could not be recorded" not in result.err, "... is, when the lock has gone", result.message)
        ok(sum(one["polls"] for one in rows(box, "--by", "hour")) >= 6, "and all is saved")


def forgets():
    """--forget: a peer, a network, what is old, everything"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        day = datetime.datetime.now(datetime.timezone.utc).date()
        record(box, daemon)
        peers = [one["address"] for one in rows(box, "--by", "peer")]
        sightings = sum(one["sightings"] for one in rows(box))
        for name in (".corrupt-20260101T000000Z", ".corrupt-20260101T000000Z-2-wal"):
            open(box.path(PATH) + name, "w").close()
        open(box.path("state/swarmtop/other.db.corrupt-20260101T000000Z"), "w").close()
        with locked(box.path(PATH), 60):
            result = box.run("history", "--forget", peers[0], timeout=60)
        same(result.code, 75, "a peer, while another program has the file locked for long: not forgotten")
        like(result.message, "peers.db is locked", "... and that is said")
        ok(peers[0] in [one["address"] for one in rows(box, "--by", "peer")], "... and so it is")
        with locked(box.path(PATH), 3):
            result = box.run("history", "--forget", peers[0], timeout=60)
        same(result.code, 0, "a peer is forgotten, when the lock is gone")
        ok(peers[0] not in [one["address"] for one in rows(box, "--by", "peer")], "and gone")
        same(sum(one["sightings"] for one in rows(box)), sightings, "the sums stay")
        with contextlib.closing(sqlite3.connect(box.path(PATH), isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM peers").fetchall()
            result = box.run("history", "--forget", peers[2], timeout=60)
            like(result.message, "1 peer forgotten\n.*the bytes stay on the disk", "while another program reads, that is said")
            same(result.code, 0, "... and done")
            reader.execute("COMMIT")
            result = box.run("history", "--forget", peers[2], timeout=60)
            ok("stay" not in result.message, "when it reads no more nothing is said", result.message)
            ok(not in_files(box, peers[2]), "and no byte is left, though it has the file open")
        ok(not in_files(box, peers[0]), "no byte of it is in the file")
        ok(in_files(box, peers[1]), "as those of others are")
        box.run("history", "--forget", "0.0.0.0/0", "::/0")
        same(rows(box, "--by", "peer"), [], "two prefixes are everybody")
        same(box.run("history", "--forget", "not.an.address").code, 2, "an address that is none: exit 2")
        same(box.run("history", "--forget", "--until", "2020-01-01").code, 0, "what is older than 2020")
        same(box.run("history", "--forget", "--until", str(day)).code, 0, "what is older than the day of its first record")
        same(sum(one["sightings"] for one in rows(box)), sightings, "is nothing either: the day itself stays")
        same(box.run("history", "--forget", "--until", str(day + datetime.timedelta(2))).code, 0, "than a later day")
        same(rows(box), [], "is all of it")
        with sqlite3.connect(box.path(PATH)) as db:
            same(db.execute("SELECT sum(uniques) FROM totals").fetchone()[0], len(peers), "all time counts them still")
        same(box.run("history", "--forget").code, 0, "all")
        same([name for name in os.listdir(os.path.dirname(box.path(PATH))) if not name.endswith(".lock")],
             ["other.db.corrupt-20260101T000000Z"], "leaves no file but those of others")
        like(box.run("history", "--forget").message, "there is no history at .*peers.db$", "then there is none")
        open(box.path(PATH) + ".corrupt-20260101T000000Z", "w").close()
        result = box.run("history", "--forget", "--until", "2020-01-01")
        same(result.code, 1, "where only a damaged one is left nothing can be picked out")
        like(result.message, r"there is no history at .*peers.db but what is left of others, .*: --forget alone removes that", "and why")
        same(box.run("history", "--forget").code, 0, "all of that")
        ok(not os.path.exists(box.path(PATH) + ".corrupt-20260101T000000Z"), "is removed")
        for what in ("the head", "everything"):
            record(box, daemon)
            size = os.path.getsize(box.path(PATH))
            with open(box.path(PATH), "r+b") as file:
                file.seek(100 if what == "the head" else 0)
                file.write(b"\x5a" * (size - file.tell()))
            result = box.run("history", "--forget", peers[0])
            same(result.code, 1, "damaged, %s of it: nothing can be picked out" % what)
            like(result.message, r"peers.db is damaged: --forget alone removes it$", "and what to do")
            same(box.run("history", "--forget").code, 0, "which is done")
            same([name for name in os.listdir(os.path.dirname(box.path(PATH))) if name.startswith("peers.db")],
                 ["peers.db.lock"], "nothing of it is left")
        record(box, daemon)
        path = box.path(PATH)
        with contextlib.closing(sqlite3.connect(path)) as db:
            with db:
                db.execute("UPDATE fresh SET visits = 7")
            with open(path + "-wal", "rb") as file:
                log = file.read()
        os.remove(path)
        with open(path + "-wal", "wb") as file:
            file.write(log)
        ok(in_files(box, peers[0]), "a log that was left alone has peers")
        same(box.run("history", "--forget", peers[0]).code, 1, "... none of whom can be picked out")
        same(box.run("history", "--forget").code, 0, "... but all of them")
        ok(not in_files(box, peers[0]), "... and then they are gone")
        foreign = box.write("foreign.db", "this is no database, and it is long enough to be looked at " * 9)
        result = box.run("history", "--set", "history.path=" + foreign, "--forget")
        same((result.code, os.path.exists(foreign)), (1, True), "a file that cannot be ours stays")


def forgets_hardly():
    """--forget on a disk that takes the log, and not the file itself: what is said is not that somebody reads"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        record(box, daemon)
        box.run("history", "--forget", "203.0.113.1")  # what is fresh goes where the rest is
        with contextlib.closing(sqlite3.connect(box.path(PATH))) as db, db:
            db.executemany("INSERT INTO peers SELECT NULL, ?, country, client, tags, first, last, visits, sightings, connected, up,"
                           " down FROM peers LIMIT 1", [((ipaddress.ip_address("9.0.0.0") + n).packed,) for n in range(3000)])
        small = ("sh", "-c", 'ulimit -f 128 && exec "$@"', "sh")  # of 512 bytes
        result = box.run("history", "--forget", "9.0.11.180", wrap=small)
        same(result.code, 0, "it is forgotten")
        like(result.message, r"1 peer forgotten\nhistory: \S+peers.db cannot .*: the bytes stay on the disk until", "but the bytes stay")
        ok("reads" not in result.message, "... and nobody is said to read", result.message)
        ok(in_files(box, "9.0.11.180"), "which is true")
        box.run("history", "--forget", "9.0.11.179")
        ok(not in_files(box, "9.0.11.180"), "until it runs once more")


def links():
    """A link to the file: one writer by whichever name, and --forget removes the file"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        record(box, daemon)
        path, real = box.path(PATH), box.path("elsewhere.db")
        os.rename(path, real)
        os.symlink(real, path)
        with box.start("-u", host_port(daemon), "--json", "-r", "0.2") as program:
            program.wait_for(lambda self: os.path.exists(real + "-wal"), 10)
            program.wait_records(3)
            with box.start("-u", host_port(daemon), "--json", "-r", "0.2", "--set", "history.path=" + real) as other:
                other.wait_for(lambda self: b"this one runs on without recording" in self.err, 10)
                ok(True, "a second monitor by the file's other name does not record")
            same(box.run("history", "--forget", "--set", "history.path=" + real).code, 75, "nor is anything forgotten")
            program.signal(signal.SIGTERM)
            same(program.finish().code, 0, "the first one ends")
        same(box.run("history", "--forget").code, 0, "all is forgotten, by the link")
        ok(os.path.islink(path) and not os.path.exists(real), "the file is gone, the link is not")
        result = record(box, daemon)
        ok(os.path.exists(real) and rows(box), "and leads to the next one", result.message)
        same(os.stat(real).st_mode & 0o777, 0o600, "which nobody else reads")


def moved_away():
    """Its files are removed, or moved, while the monitor runs: it says so, and what waits is in new ones"""
    for name in ("removed", "moved"):
        with sandbox() as box, FakeDaemon(small_world()) as daemon:
            record(box, daemon)
            folder = os.path.dirname(box.path(PATH))
            with box.start("-u", host_port(daemon), "--json", "-r", "0.2") as program:
                program.wait_for(lambda self: os.path.exists(box.path(PATH + "-wal")), 10)
                program.wait_records(3)
                os.mkdir(box.path("away"))
                for one in os.listdir(folder):
                    os.rename(os.path.join(folder, one), box.path("away", one))
                    if name == "removed":
                        os.remove(box.path("away", one))
                program.signal(signal.SIGHUP)
                program.wait_for(lambda self: b"the history was moved or replaced" in self.err, 20)
                program.wait_for(lambda self: os.path.exists(box.path(PATH)), 20)
                program.signal(signal.SIGTERM)
                result = program.finish()
            same(result.code, 0, name + ": it ends")
            same(sum(one["polls"] for one in rows(box, "--by", "hour")), len(result.records), name + ": no poll is lost")
            if name == "moved":
                old = box.run("history", "--by", "hour", "--json", "--set", "history.path=" + box.path("away", "peers.db"))
                same(sum(one["polls"] for one in json.loads(old.text)["rows"]), 3, "and the old one is as it was")


def moved_alone():
    """The file alone is moved, its log stays: what was saved is in the file, and a file that takes its place keeps its own"""
    names = ("moved", "replaced", "at the end")
    options = ("--json", "-r", "0.2", "--set", "history.save_interval=10")

    def polls(path):
        if not os.path.exists(path):  # nothing waited at the end
            return 0
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True)) as db:
            same(db.execute("PRAGMA integrity_check").fetchone()[0], "ok", os.path.basename(path) + " is whole")
            return db.execute("SELECT sum(polls) FROM observed").fetchone()[0] or 0

    def is_saved(path):
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True)) as db:
            return db.execute("SELECT sum(polls) FROM observed").fetchone()[0] > 3

    with contextlib.ExitStack() as stack:
        daemon = stack.enter_context(FakeDaemon(small_world()))
        boxes = [stack.enter_context(sandbox()) for _ in names]
        for box in boxes:
            record(box, daemon)
        record(boxes[1], daemon, 4, "--set", "history.path=" + boxes[1].path("backup.db"))
        programs = [stack.enter_context(box.start("-u", host_port(daemon), *options, env=Clock(box).env))
                    for box in boxes]
        for name, box, program in zip(names, boxes, programs):
            path, old = box.path(PATH), box.path("old.db")
            program.wait_for(lambda self: is_saved(path), 60)
            os.rename(path, old)
            if name == "replaced":
                os.rename(box.path("backup.db"), path)
            if name != "at the end":
                program.signal(signal.SIGHUP)
                program.wait_for(lambda self: b"the history was moved or replaced" in self.err and os.path.exists(path), 30)
            program.signal(signal.SIGTERM)
            result = program.finish()
            same(result.code, 0, name + ": it ends")
            kept = polls(old)
            ok(kept > 3, name + ": what was saved is in the old file", kept)
            same(kept + polls(path), 3 + len(result.records) + (4 if name == "replaced" else 0),
                 name + ": and nothing of either is lost")


def put_right():
    """A database of another program takes its place while the monitor runs: it stays as it is, and when the history is
    back, what was seen meanwhile is in it"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        record(box, daemon)
        path, ours, foreign = box.path(PATH), box.path("ours.db"), box.path("foreign.db")
        with contextlib.closing(sqlite3.connect(foreign)) as db, db:
            db.execute("CREATE TABLE t(x)")
        with open(foreign, "rb") as file:
            before = file.read()
        with box.start("-u", host_port(daemon), "--json", "-r", "0.2") as program:
            program.wait_for(lambda self: os.path.exists(path + "-wal"), 10)
            program.wait_records(3)
            os.rename(path, ours)
            os.rename(foreign, path)
            program.signal(signal.SIGHUP)
            program.wait_for(lambda self: b"another program and was left as it is" in self.err, 20)
            ok(b"what is seen is kept in memory" in program.err, "it is told what happens to the rest")
            os.rename(path, foreign)
            os.rename(ours, path)
            ok(not os.path.exists(path + "-wal"), "the other one has no log")
            program.signal(signal.SIGHUP)
            program.wait_for(lambda self: os.path.exists(path + "-wal"), 20)
            program.wait_records(len(program.records) + 3)
            program.signal(signal.SIGTERM)
            result = program.finish()
        same(result.code, 0, "it ends")
        same(sum(one["polls"] for one in rows(box, "--by", "hour")), 3 + len(result.records), "no poll is lost")
        with open(foreign, "rb") as file:
            same(file.read(), before, "the other one is as it was")


def not_recorded():
    """What --record cannot do is not fine: exit 1 with the reason, or 75 beside another monitor"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        os.mkdir(box.path("folder"))
        os.mkfifo(box.path("pipe"))
        with sqlite3.connect(box.path("foreign.db")) as db:
            db.execute("CREATE TABLE t(x)")
        for name, reason in (("folder", "is not a file"), ("pipe", "is not a file"), ("foreign.db", "nothing is recorded")):
            result = record(box, daemon, 2, "--set", "history.path=" + box.path(name))
            same((result.code, len(result.records)), (1, 2), name + ": exit 1, after the records")
            like(result.message, reason, "for that reason")
        with box.start("-u", host_port(daemon), "--json", "-r", "0.2") as program:
            program.wait_for(lambda self: os.path.exists(box.path(PATH + "-wal")), 10)
            program.wait_records(1)
            result = record(box, daemon, 2)
            same((result.code, len(result.records)), (75, 2), "another monitor records: exit 75, after the records")
            like(result.message, "runs on without recording", "and it is told")
            program.signal(signal.SIGTERM)
            program.finish()
        same(record(box, daemon, 2).code, 0, "and else it is fine")


def upgraded():
    """A file of before alerts were kept: it can be read, and the next monitor brings it up to date"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        record(box, daemon)
        before = rows(box)
        with sqlite3.connect(box.path(PATH)) as db:
            db.executescript("DROP TABLE alerts; PRAGMA user_version = 1")
        same(rows(box), before, "an older file is shown")
        record(box, daemon)
        with sqlite3.connect(box.path(PATH)) as db:
            same(db.execute("PRAGMA user_version").fetchone()[0], 2, "and brought up to date")
        ok(sum(one["sightings"] for one in rows(box)) > sum(one["sightings"] for one in before), "with what it had")


def empty():
    """A file without a byte: it is said to be empty, and the monitor takes it for a new one"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        box.write(PATH, "", 0o644)
        result = box.run("history")
        same(result.code, 1, "it is no history of an older swarmtop")
        like(result.message, r"peers.db is empty, nothing was ever written to it: run `swarmtop` first", "but empty")
        same(os.path.getsize(box.path(PATH)), 0, "and that it stays")
        same(record(box, daemon).said, "", "to the monitor it is a new one")
        ok(rows(box), "which is shown then")
        same(stat.S_IMODE(os.stat(box.path(PATH)).st_mode), 0o600, "to nobody else")


def anonymize():
    """anonymize = true: no whole address in the file"""
    world = [torrent("one", [peer("5.9.77.88"), peer("5.9.77.99"), peer("2a01:4f8:1:2::3")])]
    with sandbox() as box, FakeDaemon(world) as daemon:
        record(box, daemon, 2, "--set", "history.anonymize=true")
        same(sorted(one["address"] for one in rows(box, "--by", "peer")), ["2a01:4f8:1::", "5.9.77.0"],
             "networks, not addresses")
        data = b"".join(open(os.path.join(folder, name), "rb").read()
                        for folder, _, names in os.walk(os.path.dirname(box.path(PATH))) for name in names)
        ok(bytes([5, 9, 77, 88]) not in data and bytes([5, 9, 77, 99]) not in data, "none is in the file")


def anonymize_later():
    """anonymize is set later: what is there already is cut, too; an address is forgotten with its network"""
    world = [torrent("one", [peer("5.9.77.88"), peer("5.9.77.99"), peer("5.9.78.1"), peer("2a01:4f8:1:2::3")])]
    with sandbox() as box, FakeDaemon(world) as daemon:
        record(box, daemon)
        before = {one["address"]: one for one in rows(box, "--by", "peer")}
        ok(in_files(box, "5.9.77.88"), "whole addresses are in the file")
        box.config("[history]\nanonymize = true\n")
        same(record(box, daemon).code, 0, "the next run cuts them")
        after = {one["address"]: one for one in rows(box, "--by", "peer")}
        same(sorted(set(after)), ["2a01:4f8:1::", "5.9.77.0", "5.9.78.0"], "networks")
        ok(after["5.9.77.0"]["sightings"] > before["5.9.77.88"]["sightings"] + before["5.9.77.99"]["sightings"], "of both, and of now")
        same([address for address in before if in_files(box, address)], [], "no whole one is in the file")
        result = box.run("history", "--forget", "5.9.77.88")
        like(result.message, "^history: 1 network forgotten: addresses are kept by network here, so those beside them went too$",
             "one of them is forgotten with its network, and that is said")
        same(sorted(one["address"] for one in rows(box, "--by", "peer")), ["2a01:4f8:1::", "5.9.78.0"], "others stay")
        same(box.run("history", "--forget", "5.9.77.88").message, "history: 0 peers forgotten\n", "once")
        same(box.run("history", "--forget", "2a01:4f8:1:2::/64", "5.9.0.0/16").message,
             "history: 1 peer forgotten\nhistory: 1 network forgotten: addresses are kept by network here, so those beside them"
             " went too\n", "prefixes, too")


def read_only():
    """A folder that cannot be written: the monitor runs, says so once, and records when it can"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        missing = box.path("missing", "peers.db")
        with box.start("-u", host_port(daemon), "--json", "-r", "0.2", "--set", "history.path=" + missing) as program:
            program.wait_records(3)
            os.mkdir(os.path.dirname(missing))
            program.signal(signal.SIGTERM)
            result = program.finish()
        same(result.code, 0, "it runs")
        same(result.message.count("kept in memory"), 1, "and says once that the history waits")
        polls = sum(one["polls"] for one in rows(box, "--by", "hour", "--set", "history.path=" + missing))
        ok(polls >= 3, "in the end all of it is recorded", polls)


def damaged():
    """A damaged history is moved out of the way, loudly; one of a newer swarmtop is refused; neither is removed"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        path = box.path(PATH)
        for text in (b"not a database, and long enough to be looked at " * 9, None):
            record(box, daemon)
            size = os.path.getsize(path)
            with open(path, "r+b") as file:
                if text is None:  # all but the header
                    file.seek(4096)
                file.write(text or b"\x5a" * (size - 4096))
            before = open(path, "rb").read()
            result = record(box, daemon)
            same(result.code, 0, "a damaged history: the monitor runs")
            found = re.search(r"it was moved to (\S+), and a new history begins", result.message)
            ok(found, "it says so", result.message)
            same(open(found.group(1), "rb").read(), before, "the old one is what it was")
            same(sum(one["polls"] for one in rows(box, "--by", "hour")), 3, "the new one is written")
        with open(path, "r+b") as file:
            file.seek(60)
            file.write((99).to_bytes(4, "big"))
        before = open(path, "rb").read()
        for args in (("-u", host_port(daemon), "-r", "0.2"), ("history",)):
            result = box.run(*args)
            same(result.code, 78, "of a newer swarmtop: exit 78")
            same(result.message.count("newer swarmtop"), 1, "and why, once")
        same(open(path, "rb").read(), before, "it is what it was")


def on_the_screen():
    """The detail of a peer tells of its visits, of this run and of those before"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        record(box, daemon)
        with box.screen("-u", host_port(daemon), "-r", "0.2") as screen:
            screen.wait_text("(?i)countries").settle()
            screen.send("2")
            screen.wait_text("(?i)client")
            screen.settle()
            screen.send("\r")
            screen.wait_text(r"all time *1 visit since 20\d\d-\d\d-\d\d, connected")
            screen.send("3")
            screen.settle()
            screen.send("a")
            screen.wait_text("all seen")
            screen.signal(signal.SIGTERM)
            same(screen.finish(), 0, "one visit, since today; and all time beside this run")


main(on_the_screen, damaged, remembers, few_remembered, service, ends_late, hostile_client, shows, long_address, forgets, forgets_hardly, links, moved_away, moved_alone, put_right, not_recorded, upgraded, empty, anonymize, anonymize_later, read_only)
