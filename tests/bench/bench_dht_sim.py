#!/usr/bin/python3
"""Part of `make bench`: the DHT at scale, on the simulator dht_sim: 65,536 nodes, round trips of 20-120 ms, a quarter of
them dead, and the flood ban of libtorrent in all the others.

First on a clock of its own, with the default 250 packets a second and without a limit; then the whole program in real
time, with the simulator behind a UDP socket in a network namespace, as 127.10.0.0/16; last, memory with many torrents
while they are looked up. Exit 1 if a target is missed.

usage: bench_dht_sim.py [--torrents 10000] [--many 100000] [--virtual]
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e"), os.path.join(os.path.dirname(HERE), "lab")]

import namespace
from bench import RUNNER, build, measure, status_field, target, verdict
from swarmtop_test import ROOT, SWARMTOP, Sandbox, wait_until

SIMULATOR = os.path.join(os.environ.get("TEST_BIN", os.path.join(ROOT, "build", "release", "tests")), "dht_sim")
FIRST = ["127.10.0.1:6881", "127.10.0.2:6881", "127.10.0.3:6881"]
MEMORY_LIMIT = 128 << 10    # KiB
MEMORY_SECONDS = 20
MEMORY_LOOKUPS = 500        # at least so many within these seconds


class Simulator:
    """The network behind its socket. `list` is a collection with all its torrents."""

    def __init__(self, box, torrents):
        self.list = box.path("list.json")
        self.process = subprocess.Popen([SIMULATOR, "--socket", str(torrents), self.list], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.start = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def counts(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def options(box, simulator, name):
    sets = {"dht.rate": "0", "dht.allow_private": "true", "dht.bootstrap": json.dumps(FIRST), "dht.listen": '["0.0.0.0:0"]',
            "store.path": json.dumps(box.path(name + ".db")), "collection.sim.torrent_url": json.dumps(simulator.list)}
    words = [word for key, value in sets.items() for word in ("--set", f"{key}={value}")]
    if box.run("sync", *words).code:
        sys.exit("bench: sync failed")
    return words


def in_real_time(box, torrents):
    with Simulator(box, torrents) as simulator:
        words = options(box, simulator, "real")
        for name in ("cold", "second pass"):
            before = simulator.counts()
            cost = measure(box, [SWARMTOP, "dht", *words])
            after = simulator.counts()
            rows = json.loads(box.run("report", *words).out)
            exact = sum(row["dht_peers"] == simulator.start["peers"] for row in rows)
            empty = sum(row["dht_peers"] == 0 for row in rows)
            packets = (after["received"] - before["received"]) / torrents
            print("  %-12s %6.1f lookups/s  %5.2f packets a lookup with the warm-up (floor 8)  %d of %d exact, CPU %.3f ms a "
                  "lookup" % (name, torrents / cost.wall, packets, exact, torrents, cost.cpu * 1000 / torrents), flush=True)
            target("false empty, %s in real time" % name, empty, 0)
            target("nodes that ban us, %s in real time" % name, after["bans"] - before["bans"], 0)


def memory(box, many):
    with Simulator(box, many) as simulator:
        words = options(box, simulator, "many")
        for name in ("first", "second"):
            process = subprocess.Popen([SWARMTOP, "dht", *words], stderr=subprocess.PIPE, env=box.env, text=True)
            said = []
            reader = threading.Thread(target=lambda: said.extend(process.stderr), daemon=True)
            reader.start()
            end, peak = time.monotonic() + MEMORY_SECONDS, 0
            while time.monotonic() < end and process.poll() is None:
                peak = max(peak, status_field(process.pid, "RssAnon"))
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            wait_until(lambda: process.poll() is not None, 20)
            reader.join(20)
            found = re.search(r": ([\d,]+) found", said[-1] if said else "")
            target("exit status, %s pass" % name, process.returncode, 0)
            target("lookups that had found somebody by then", int(found[1].replace(",", "")) if found else 0,
                   min(many, MEMORY_LOOKUPS), least=True)
            target("anonymous memory with %d torrents, %s pass" % (many, name), peak / 1024, MEMORY_LIMIT / 1024, " MiB")


def main():
    parser = argparse.ArgumentParser(description="swarmtop's DHT at scale")
    parser.add_argument("--torrents", type=int, default=10000)
    parser.add_argument("--many", type=int, default=100000)
    parser.add_argument("--virtual", action="store_true", help="only on the simulator's own clock")
    args = parser.parse_args()
    build(RUNNER)
    if not os.path.exists(SIMULATOR):
        sys.exit("bench: there is no %s" % re.sub(".*/build/", "build/", SIMULATOR))
    if not args.virtual:
        namespace.enter("error")
    target("missed on the simulator's own clock", subprocess.run([SIMULATOR, str(args.torrents)]).returncode, 0)
    if not args.virtual:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        with Sandbox() as box:
            in_real_time(box, args.torrents)
            memory(box, args.many)
    return verdict()


if __name__ == "__main__":
    sys.exit(main())
