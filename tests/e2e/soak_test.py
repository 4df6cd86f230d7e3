"""What the soak measures with, and what it does when.

Knows /proc, files of SQLite and clocks; does not know what the programs do.
"""
import contextlib
import os
import re
import sqlite3
import statistics
import time

WARM = 7200  # seconds, at most; by then what fills by design is full: the addresses that are remembered, the caches of SQLite
CONNECTIONS, CACHE = 2, 2200  # one that writes, one that reads; KiB: of each the 2 MB of pages, and what goes with them


def smaps(pid):
    """(private, resident) in KiB. Private is anonymous memory, in RAM or swapped out: pages of the program's own file come and go
    as the kernel likes."""
    with open("/proc/%d/smaps_rollup" % pid) as file:
        sizes = {name: int(kib) for name, kib in re.findall(r"(?m)^(\w+):\s+(\d+) kB", file.read())}
    return sizes["Anonymous"] + sizes["Swap"], sizes["Rss"]


def status(pid, name):
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"(?m)^%s:\s+(\d+)" % name, file.read())[1])


def pages_kib(path):
    """How large a file of SQLite is, with what is still in its log."""
    with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True)) as file:
        (count,), (size,) = (file.execute("PRAGMA page_" + what).fetchone() for what in ("count", "size"))
    return count * size >> 10


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Minute:
    """What a program had between two moments: the least of private memory, RSS, descriptors and threads, for what a pass takes and
    gives back is not in it, and what it does not give back is; and the most of RSS, which the kernel notes (VmHWM)."""

    def __init__(self, looks, peak, file):
        self.at, self.peak, self.file = time.monotonic(), peak, file
        self.private, self.rss, self.fds, self.threads = map(min, zip(*looks))

    def __str__(self):
        return ("private %d KiB, RSS %d, at most %d, %d fds, %d threads, file %d KiB"
                % (self.private, self.rss, self.peak, self.fds, self.threads, self.file))


class Meter:
    """The minutes of one program that keeps a file of SQLite. look() often, close() each minute."""

    def __init__(self, name, pid, file):
        self.name, self.pid, self.file = name, pid, file
        self.looks, self.minutes, self.began = [], [], time.monotonic()
        self.forget_peak()

    def look(self):
        private, rss = smaps(self.pid)
        self.looks.append((private, rss, len(os.listdir("/proc/%d/fd" % self.pid)), status(self.pid, "Threads")))

    def close(self):
        if self.looks:
            self.minutes.append(Minute(self.looks, status(self.pid, "VmHWM"), pages_kib(self.file)))
            self.looks = []
        self.forget_peak()

    def forget_peak(self):
        with open("/proc/%d/clear_refs" % self.pid, "w") as file:
            file.write("5")

    def warm(self):
        """The minutes that count: a third of the time, or WARM, is for warming up."""
        from_then = self.began + min(WARM, (time.monotonic() - self.began) / 3)
        return [minute for minute in self.minutes if minute.at > from_then]

    def ends(self, what, of):
        """Of the minutes that count the first third and the last one, each as one number: the median, or the least."""
        values = [getattr(minute, what) for minute in self.warm()]
        some = (len(values) + 2) // 3
        return of(values[:some]), of(values[-some:])

    def drift(self, what):
        """How much more it is at the end, in KiB."""
        first, last = self.ends(what, statistics.median)
        return last - first

    def cached(self):
        """How much of that may be SQLite's caches: they hold no more than their limit, nor than there is in the file."""
        first, last = self.ends("file", statistics.median)
        return CONNECTIONS * (min(CACHE, last) - min(CACHE, first))

    def __str__(self):
        return "%s: %s" % (self.name, self.minutes[-1] if self.minutes else "nothing yet")


class Calendar:
    """What comes again and again. The intervals are of a run of hours; a short one lives faster, so that it has all of it too."""

    def __init__(self, seconds):
        self.began, self.pace = time.monotonic(), min(1, seconds / 3600)
        self.ends, self.warm_at = self.began + seconds, self.began + min(WARM, seconds / 3)
        self.entries, self.cut = [], False  # cut: by Ctrl+C

    def every(self, seconds, what, least=0.5):
        """what() each so many seconds, and half of that from now for the first time."""
        seconds = max(least, seconds * self.pace)
        self.entries.append([time.monotonic() + seconds / 2, seconds, what])

    def once(self, seconds, what):
        """what() so many seconds from now."""
        self.entries.append([time.monotonic() + max(0.5, seconds * self.pace), None, what])

    def run(self):
        """Until the end, or Ctrl+C, which is an end too."""
        try:
            while (now := time.monotonic()) < self.ends:
                entry = min(self.entries, key=lambda entry: entry[0])
                if entry[0] > now:
                    time.sleep(min(entry[0], self.ends) - now)
                    continue
                if entry[1] is None:
                    self.entries.remove(entry)
                else:
                    entry[0] = now + entry[1]
                entry[2]()
        except KeyboardInterrupt:
            self.cut = True
            print("# Ctrl+C", flush=True)

    def is_warm(self):
        return time.monotonic() > self.warm_at

    @property
    def hours(self):
        return (time.monotonic() - self.began) / 3600
