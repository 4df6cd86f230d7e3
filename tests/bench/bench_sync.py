#!/usr/bin/python3
"""`swarmtop sync` of 10,000 .torrent files beside one curl process that fetches the same list, from bench_files.c on
loopback. CPU is user + system by wait4(), less that of --version runs.

usage: bench_sync.py [--count N] [--pieces N] [--runs N]
"""
import argparse
import json
import os
import shutil
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e")]

import bench
from bench import Server, build, mean, measure, target, verdict
from swarmtop_test import ROOT, SWARMTOP, Sandbox

LIMIT = 3
FILES = os.path.join(ROOT, "build", "bench", "bench_files")


def curl_list(box, port, count):
    """A list of the page and all torrents, for curl -K."""
    lines = [f'url = "http://127.0.0.1:{port}/{name}"\noutput = "/dev/null"\n'
             for name in ["", *(f"{number}.torrent" for number in range(count))]]
    return box.write("list.curl", "".join(lines))


def main():
    parser = argparse.ArgumentParser(description="swarmtop sync beside curl")
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--pieces", type=int, default=400, help="of a torrent; 20 bytes each")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    if not shutil.which("curl"):
        sys.exit("bench: there is no curl")
    build(bench.RUNNER)
    build(FILES)
    bench.SERVER = FILES
    with Sandbox() as box, Server(args.count, args.pieces) as server:
        base = {name: mean([measure(box, [program, "--version"]) for _ in range(5)]).cpu
                for name, program in (("curl", "curl"), ("swarmtop", SWARMTOP))}
        fetch = ["curl", "--disable", "--silent", "--fail", "--noproxy", "*", "-K", curl_list(box, server.port, args.count)]
        box.config('[collection.bench]\ntorrent_url = "http://127.0.0.1:%d/"\nallow_private = true\n' % server.port)
        print("%4s %-10s %10s %10s %10s" % ("run", "", "CPU ms", "wall ms", "peak KiB"))
        ratios = []
        for number in range(args.runs):
            store = box.path(f"store{number}.db")
            costs = {"curl": measure(box, fetch),
                     "swarmtop": measure(box, [SWARMTOP, "sync", "--set", "store.path=" + json.dumps(store)])}
            for name, cost in costs.items():
                print("%4d %-10s %10.0f %10.0f %10d" % (number + 1, name, (cost.cpu - base[name]) * 1e3, cost.wall * 1e3,
                                                        cost.peak), flush=True)
            ratios.append((costs["swarmtop"].cpu - base["swarmtop"]) / (costs["curl"].cpu - base["curl"]))
        found = json.loads(box.run("report", "--set", "store.path=" + json.dumps(store), timeout=60).out)
        if len(found) != args.count:
            sys.exit("bench: %d torrents served, %d in the store" % (args.count, len(found)))
    print()
    target("CPU of sync / curl, %d torrents, median" % args.count, statistics.median(ratios), LIMIT)
    return verdict()


if __name__ == "__main__":
    sys.exit(main())
