#!/usr/bin/python3
"""Part of `make bench`: `swarmtop trackers` with many info-hashes at a real opentracker on loopback, by UDP.

Every count is known, because raw announces made the peers. Prints whether all are right, packets sent against the least
possible (one scrape for each 70), CPU as a ratio to opentracker's own, and anonymous memory; then memory with all of
them at ten trackers at once. Exit 1 if a target is missed.

usage: bench_trackers.py [--torrents 100000]
"""
import argparse
import contextlib
import hashlib
import json
import os
import re
import sqlite3
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("e2e", "lab"):
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), folder))
import namespace
namespace.enter(refused="error")
from announce import EVENT_COMPLETED, EVENT_STARTED, AnnounceError, UdpTracker
from swarmtop_test import Sandbox, Program, wait_until
from tracker import PORT, Tracker

BATCH = 70
SOURCES = 6                 # peers: 127.0.1.1 and so on
ADDRESSES = ["127.0.0.%d" % (n + 1) for n in range(10)]   # of ten trackers; only the first one has peers
PEOPLED = 10                # every tenth torrent has peers
CPUCLOCK_SCHED = 2
MEMORY_LIMIT = 128 << 10    # KiB
targets = []


def target(what, value, limit, unit=""):
    good = value <= limit
    targets.append(good)
    print("  %-68s %9.3f%s  at most %g%s  %s"
          % (what, value, unit, limit, unit, "reached" if good else "MISSED"), flush=True)


def status_kib(pid, name):
    try:
        with open("/proc/%d/status" % pid) as file:
            match = re.search(r"^%s:\s+(\d+)" % name, file.read(), re.M)
    except OSError:
        return 0
    return int(match[1]) if match else 0


def cpu_seconds(pid):
    """User and system time of a process so far, by the clock id that clock_getcpuclockid(3) makes; 0 when it is gone."""
    try:
        return time.clock_gettime(~pid << 3 | CPUCLOCK_SCHED)
    except OSError:
        return 0.0


def hashes_of(count):
    return [hashlib.sha1(b"torrent %d" % i).digest() for i in range(count)]


def truth(i):
    """Seeders, leechers and completed of torrent number i."""
    if i % PEOPLED:
        return 0, 0, 0
    seeders, leechers = i // PEOPLED % 4, i // (PEOPLED * 4) % 3
    return seeders, leechers, seeders


def announce(peer, info_hash, seeds):
    try:
        peer.announce(info_hash.hex(), 0 if seeds else 1, event=EVENT_COMPLETED if seeds else EVENT_STARTED)
    except AnnounceError:
        return False
    return True


def people(tracker, hashes):
    """Announces what truth() says: seeders complete, so that they count as completed, too. opentracker reads its list of
    torrents beside serving, so that the first announces may come too early."""
    peers = [UdpTracker(tracker.address, PORT, "127.0.1.%d" % (n + 1)) for n in range(SOURCES)]
    for i in range(0, len(hashes), PEOPLED):
        seeders, leechers, _ = truth(i)
        for n in range(seeders + leechers):
            wait_until(lambda: announce(peers[n], hashes[i], n < seeders), 20, "the tracker takes an announce")


def write_list(box, name, hashes, trackers):
    """A collection that is a JSON list, with magnet links that name the trackers."""
    path = os.path.join(box.home, name)
    tail = "".join("&tr=" + url.replace(":", "%3A").replace("/", "%2F") for url in trackers)
    with open(path, "w") as stream:
        json.dump([{"infohash": h.hex(), "name": "torrent %d" % i, "size_bytes": 1 << 20,
                    "magnet_link": "magnet:?xt=urn:btih:%s%s" % (h.hex(), tail)} for i, h in enumerate(hashes)], stream)
    return path


class Watched:
    """A run of swarmtop, with the largest RssAnon and the last CPU time that were seen."""

    def __init__(self, box, *args, timeout=600):
        self.anonymous, self.cpu = 0, 0.0
        with Program(box, *args) as program:
            wait_until(lambda: self.look(program), timeout, " ".join(args))
            self.result = program.finish(timeout)

    def look(self, program):
        self.anonymous = max(self.anonymous, status_kib(program.pid, "RssAnon"))
        self.cpu = max(self.cpu, cpu_seconds(program.pid))
        with open("/proc/%d/stat" % program.pid) as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"

    @property
    def text(self):
        return self.result.err.decode()


def sync(box, store, path):
    done = Watched(box, "sync", *settings(store, path))
    if done.result.code:
        sys.exit("sync: exit %s: %s" % (done.result.code, done.text[-500:]))


def settings(store, path, *more):
    keys = ("store.path=" + store, "collection.bench.torrent_url=" + path, "collection.bench.allow_private=true",
            "trackers.allow_private=true") + more
    return [word for key in keys for word in ("--set", key)]


def wrong_counts(store, hashes):
    """How many torrents have other counts than the tracker was told."""
    rows = {}
    with sqlite3.connect("file:%s?mode=ro" % store, uri=True) as database:
        query = ("SELECT t.hash, l.seeders, l.leechers, l.completed FROM torrents t"
                 " JOIN latest l ON l.series = t.id * 4 WHERE l.at > 0")
        for info_hash, *counts in database.execute(query):
            rows[bytes(info_hash)] = tuple(counts)
    return sum(rows.get(info_hash) != truth(i) for i, info_hash in enumerate(hashes))


class OpenTracker(Tracker):
    """One that knows the torrents, while the `with` lasts."""

    def __init__(self, hashes, address=ADDRESSES[0]):
        super().__init__(os.path.join(tempfile.mkdtemp(), "opentracker"), address)
        self.hashes = [info_hash.hex() for info_hash in hashes]

    def __enter__(self):
        self.start()
        if self.address == ADDRESSES[0]:
            people(self, hashes_of(len(self.hashes)))
        return self

    def __exit__(self, *error):
        self.stop()


def datagrams():
    """What was sent by UDP in this namespace so far."""
    with open("/proc/self/net/snmp") as file:
        names, values = (line.split() for line in file if line.startswith("Udp:"))
    return int(values[names.index("OutDatagrams")])


def last_line(run):
    lines = run.text.strip().splitlines()
    return lines[-1] if lines else "(no summary)"


def one_tracker(box, count):
    hashes, store = hashes_of(count), box.path("one.db")
    path = write_list(box, "one.json", hashes, ["udp://127.0.0.1:%d/announce" % PORT])
    with OpenTracker(hashes) as tracker:
        sync(box, store, path)
        before, out, began = cpu_seconds(tracker.process.pid), datagrams(), time.monotonic()
        run = Watched(box, "trackers", *settings(store, path))
        took, trackers_cpu, out = (time.monotonic() - began, cpu_seconds(tracker.process.pid) - before,
                                   datagrams() - out)
    sent = int(re.search(r"([\d,]+) packets?", run.text)[1].replace(",", ""))
    least = -(-count // BATCH)
    print("%s\n%d torrents at opentracker in %.1f s, %.2f s of CPU; opentracker's own: %.2f s"
          % (last_line(run), count, took, run.cpu, trackers_cpu))
    target("torrents with a wrong count", wrong_counts(store, hashes), 0)
    # Each is answered, so the kernel has seen twice as many.
    target("packets that the kernel counts beside them and as many answers", abs(out - 2 * sent), 0.01 * sent)
    target("packets / scrapes that are needed (%d / %d)" % (sent, least), sent / least, 1.02)
    print("  %-68s %9.1f" % ("CPU / opentracker's CPU", run.cpu / max(trackers_cpu, 0.01)))
    target("anonymous memory", run.anonymous / 1024, MEMORY_LIMIT / 1024, " MiB")


def ten_trackers(box, count):
    hashes, store = hashes_of(count), box.path("ten.db")
    urls = ["udp://%s:%d" % (address, PORT) for address in ADDRESSES]
    path = write_list(box, "ten.json", hashes, urls)
    with contextlib.ExitStack() as trackers:
        for address in ADDRESSES:
            trackers.enter_context(OpenTracker(hashes, address))
        sync(box, store, path)
        run = Watched(box, "trackers", *settings(store, path))
    print(last_line(run))
    target("torrents with a wrong count", wrong_counts(store, hashes), 0)
    target("anonymous memory, %d torrents at %d trackers" % (count, len(ADDRESSES)), run.anonymous / 1024, MEMORY_LIMIT / 1024,
           " MiB")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--torrents", type=int, default=100000)
    arguments = parser.parse_args()
    with Sandbox() as box:
        one_tracker(box, arguments.torrents)
        ten_trackers(box, arguments.torrents)
    return 0 if all(targets) else 1


if __name__ == "__main__":
    sys.exit(main())
