#!/usr/bin/python3
"""`make bench`: swarmtop beside transmission-remote 3.00 on the same answers, served on loopback by bench_server.c.

Prints ratios measured side by side in this run, and whether each target of the project is reached; exit 1 if one is not.
CPU is user + system of the program by wait4(), less the mean of its own --version runs.

usage: bench.py [--quick] [--only first,later,memory,rotate,idle] [--sizes 1000,10000,100000]
"""
import argparse
import collections
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
from fake_daemon import FakeDaemon, random_world
from swarmtop_test import ROOT, SWARMTOP, Sandbox, wait_until

TORRENTS = 100
LATER = 20           # later polls of a run
ROTATING = 10000     # peers of a poll while the addresses rotate
MANY, FEW = 1000000, 1000
FIRST_LIMIT, LATER_LIMIT, ROTATE_LIMIT, SWITCH_LIMIT = 0.4, 0.2, 1.5, 2
MEMORY_LIMITS = {100: 6 << 10, 100000: 32 << 10}  # KiB of RssAnon
CPUCLOCK_SCHED = 2   # of a clock id made from a process id, as clock_getcpuclockid(3) makes it
SERVER = os.path.join(ROOT, "build", "bench", "bench_server")
RUNNER = os.path.join(ROOT, "build", "bench", "bench_run")

Cost = collections.namedtuple("Cost", "cpu wall peak anon anon_end")  # seconds, seconds, KiB, KiB, KiB
targets = []


def target(what, value, limit, unit="", least=False):
    """At most the limit, or at least."""
    good = value >= limit if least else value <= limit
    targets.append(good)
    print("  %-68s %9.2f%s  %s %g%s  %s" % (what, value, unit, "at least" if least else "at most", limit, unit,
                                            "reached" if good else "MISSED"), flush=True)


def verdict():
    """The last line, and the exit status."""
    print("%d of %d targets reached" % (sum(targets), len(targets)))
    return 0 if all(targets) else 1


def status_field(pid, name, thread=None):
    path = "/proc/%d/status" % pid if thread is None else "/proc/%d/task/%s/status" % (pid, thread)
    try:
        with open(path) as file:
            match = re.search(r"^%s:\s+(\d+)" % name, file.read(), re.M)
    except OSError:
        return 0
    return int(match[1]) if match else 0


class Sampler(threading.Thread):
    """The largest and the last RssAnon of a process."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.largest, self.last, self.done = pid, 0, 0, threading.Event()
        self.start()

    def run(self):
        while not self.done.wait(0.003):
            if kib := status_field(self.pid, "RssAnon"):
                self.last, self.largest = kib, max(kib, self.largest)


def measure(box, args, sample=False):
    """Runs a program to its end, its output thrown away; ends the bench when the program fails."""
    reader, writer = os.pipe()
    process = subprocess.Popen([RUNNER, str(writer)] + args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, env=box.env, cwd=box.home, pass_fds=[writer])
    os.close(writer)
    with os.fdopen(reader) as report, process:
        sampler = Sampler(int(report.readline())) if sample else report.readline() and None
        message = process.stderr.read()
        cpu, wall, peak, code = report.readline().split()
    if sampler:
        sampler.done.set()
        sampler.join()
    if int(code):
        sys.exit("%s: exit %s: %s" % (" ".join(args), code, message.decode("utf-8", "replace")[-500:]))
    return Cost(float(cpu), float(wall), int(peak), sampler.largest if sampler else 0, sampler.last if sampler else 0)


def mean(costs):
    return Cost(*(statistics.mean(column) for column in zip(*costs)))


class Server:
    def __init__(self, *args):
        self.args = [str(arg) for arg in args]

    def __enter__(self):
        self.process = subprocess.Popen([SERVER] + self.args, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def build(product):
    os.makedirs(os.path.dirname(product), exist_ok=True)
    source = os.path.join(HERE, os.path.basename(product) + ".c")
    if not os.path.exists(product) or os.path.getmtime(product) < os.path.getmtime(source):
        compiler = [os.environ.get("CC", "cc"), "-O2", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra"]
        subprocess.run(compiler + [source, "-o", product], check=True)


def swarmtop(port, *args):
    return [SWARMTOP, "-u", "127.0.0.1:%d" % port, "--plain", *(str(arg) for arg in args)]


def remote(port):
    return ["transmission-remote", "127.0.0.1:%d" % port, "-t", "all", "-pi"]


def refresh_for(peers):
    """Short, and longer than a poll takes."""
    return 0.1 if peers <= 10000 else 0.7


class Bench:
    def __init__(self, box, quick):
        self.box, self.quick = box, quick
        self.runs = 5 if quick else 20
        self.repeats = 1 if quick else 3
        self.base = {name: mean([measure(box, [program, "--version"]) for _ in range(self.runs)])
                     for name, program in (("remote", "transmission-remote"), ("swarmtop", SWARMTOP))}
        print("--version alone: transmission-remote %.2f ms CPU, swarmtop %.2f ms CPU\n"
              % (self.base["remote"].cpu * 1e3, self.base["swarmtop"].cpu * 1e3))

    def cpu(self, name, cost):
        """CPU seconds less the --version run; never 0, for it divides."""
        return max(cost.cpu - self.base[name].cpu, 1e-5)

    def later_cost(self, port, refresh):
        """CPU seconds of one later poll: a run of 21 polls less a run of one."""
        one, many = (mean([measure(self.box, swarmtop(port, "-n", count, "-r", refresh)) for _ in range(self.repeats)])
                     for count in (1, 1 + LATER))
        return max(many.cpu - one.cpu, 1e-6) / LATER

    def check(self, port, peers, refresh):
        """What is measured is the whole work: each poll sees every peer."""
        result = self.box.run("-u", "127.0.0.1:%d" % port, "-n", 3, "-r", refresh, "--json", timeout=60)
        seen = [(record["sources"][0]["state"], record["connections"]) for record in result.records]
        if result.code or seen != [("ok", peers)] * 3:
            sys.exit("bench: %d peers, exit %s, polls %s: %s" % (peers, result.code, seen, result.message[-500:]))
        if {one["code"] for one in result.records[0]["countries"]} <= {"??", "--"}:
            print("           without a geo database: locating is no part of this (`make geoip`)")

    def compare(self, sizes, later):
        print("%9s  %-22s %12s %12s %12s %10s" % ("peers", "", "CPU ms", "wall ms", "peak KiB", "CPU ratio"))
        ratios = {}
        for peers in sizes:
            with Server(peers, TORRENTS) as server:
                self.check(server.port, peers, refresh_for(peers))
                # in turns, so that a change of the machine's speed meets both
                pairs = [(measure(self.box, remote(server.port)), measure(self.box, swarmtop(server.port, "--once")))
                         for _ in range(self.runs)]
                other, first = mean([pair[0] for pair in pairs]), mean([pair[1] for pair in pairs])
                theirs, ours = self.cpu("remote", other), self.cpu("swarmtop", first)
                print("%9d  %-22s %12.2f %12.2f %12d"
                      % (peers, "transmission-remote", theirs * 1e3, other.wall * 1e3, other.peak))
                print("%9s  %-22s %12.2f %12.2f %12d %10.3f   wall %.2f, peak %.2f"
                      % ("", "swarmtop, first poll", ours * 1e3, first.wall * 1e3, first.peak, ours / theirs,
                         first.wall / other.wall, first.peak / other.peak))
                ratios[peers] = [ours / theirs, None]
                if later:
                    poll = self.later_cost(server.port, refresh_for(peers))
                    ratios[peers][1] = poll / theirs
                    print("%9s  %-22s %12.2f %12s %12s %10.3f"
                          % ("", "swarmtop, later polls", poll * 1e3, "", "", poll / theirs))
        print()
        for peers, (first, later_ratio) in ratios.items():
            if peers >= 10000:
                target("CPU of the first poll / transmission-remote, %d peers" % peers, first, FIRST_LIMIT)
                if later_ratio is not None:
                    target("CPU of a later poll / transmission-remote, %d peers" % peers, later_ratio, LATER_LIMIT)
        print()

    def memory(self):
        print("%9s  %22s %22s %12s %26s"
              % ("peers", "RssAnon largest KiB", "RssAnon at end KiB", "peak KiB", "transmission-remote peak"))
        found = {}
        for peers in (100, 1000, 10000, 100000):
            with Server(peers, min(TORRENTS, peers)) as server:
                other = measure(self.box, remote(server.port))
                ours = measure(self.box, swarmtop(server.port, "-n", 5, "-r", 0.7), sample=True)
                found[peers] = ours.anon
                print("%9d  %22d %22d %12d %26d" % (peers, ours.anon, ours.anon_end, ours.peak, other.peak))
        print()
        for peers, limit in MEMORY_LIMITS.items():
            target("anonymous memory at %d peers" % peers, found[peers] / 1024, limit / 1024, " MiB")
        print()

    def rotate(self):
        """A poll of 10,000 peers out of 1,000,000 remembered addresses against one out of 1,000."""
        costs = {}
        for universe in (FEW, MANY):
            with Server(ROTATING, TORRENTS, universe) as server:
                costs[universe] = statistics.median(self.rotating_cost(server.port, universe) for _ in range(self.repeats))
        for universe, cost in costs.items():
            print("%9d remembered addresses: %8.2f ms CPU for a poll of %d peers, %.0f ns each"
                  % (universe, cost * 1e3, ROTATING, cost / ROTATING * 1e9))
        print()
        target("cost per peer at 1,000,000 remembered addresses / at 1,000", costs[MANY] / costs[FEW], ROTATE_LIMIT)
        print()

    def rotating_cost(self, port, universe):
        """CPU seconds of a later poll, within one run, once every address of the universe has been seen."""
        fill, more = MANY // ROTATING + 1, LATER if self.quick else 2 * LATER
        with self.box.start("-u", "127.0.0.1:%d" % port, "--json", "-n", fill + more + 1, "-r", 0.1,
                            "--set", "monitor.remember=2000000") as program:
            start = self.cpu_at(program, fill)
            cost = (self.cpu_at(program, fill + more) - start) / more
            record = program.records[-1]
            if (record["unique"], record["unique_exact"]) != (universe, True):
                sys.exit("bench: %d addresses served, %d remembered" % (universe, record["unique"]))
            program.finish(30)
        return cost

    @staticmethod
    def cpu_at(program, polls):
        """CPU seconds of the program, all its threads, when it has written so many records."""
        wait_until(lambda: sum(chunk.count(b"\n") for chunk in program.chunks["out"]) >= polls, 120, "poll %d" % polls)
        return time.clock_gettime(~program.pid << 3 | CPUCLOCK_SCHED)

    def idle(self):
        """The dashboard between two polls while nobody types."""
        refresh, rounds = 2, 2 if self.quick else 4
        with FakeDaemon(random_world(100, 5)) as daemon, \
                self.box.screen("-u", "127.0.0.1:%d" % daemon.port, "-r", refresh) as screen:
            worst = 0
            for number in range(1, rounds + 1):
                wait_until(lambda: (screen.pump(0.01), daemon.polls > number)[1], 20, "poll %d" % number)
                began = daemon.requests[-1].time
                while time.monotonic() < began + 0.3:
                    screen.pump(0.05)
                before = self.switches(screen.pid)
                while time.monotonic() < began + refresh - 0.1:
                    screen.pump(0.05)
                worst = max(worst, self.switches(screen.pid) - before)
            anon = status_field(screen.pid, "RssAnon")
            screen.send("q")
            screen.finish()
        target("voluntary context switches between two polls, worst of %d" % rounds, worst, SWITCH_LIMIT)
        target("anonymous memory of the dashboard at 100 peers", anon / 1024, MEMORY_LIMITS[100] / 1024, " MiB")
        print()

    @staticmethod
    def switches(pid):
        return sum(status_field(pid, "voluntary_ctxt_switches", thread) for thread in os.listdir("/proc/%d/task" % pid))


def main():
    parts = ("first", "later", "memory", "rotate", "idle")
    parser = argparse.ArgumentParser(description="swarmtop beside transmission-remote on the same answers")
    parser.add_argument("--quick", action="store_true", help="fewer runs, for developers")
    parser.add_argument("--only", default=",".join(parts), help="of " + ",".join(parts))
    parser.add_argument("--sizes", default="1000,10000,100000")
    args = parser.parse_args()
    wanted = set(args.only.split(","))
    if not wanted <= set(parts):
        parser.error("--only takes " + ",".join(parts))
    for program in (SWARMTOP, "transmission-remote"):
        if not shutil.which(program):
            sys.exit("bench: there is no %s" % program)
    build(SERVER)
    build(RUNNER)
    with Sandbox() as box:
        bench = Bench(box, args.quick)
        if wanted & {"first", "later"}:
            bench.compare([int(size) for size in args.sizes.split(",")], "later" in wanted)
        for part in ("memory", "rotate", "idle"):
            if part in wanted:
                getattr(bench, part)()
    return verdict()


if __name__ == "__main__":
    sys.exit(main())
