#!/usr/bin/python3
"""`swarmtop report` and `pick` of 100,000 torrents with a month of history: seconds, and memory of their own. The store is
filled by tests/e2e/catalog_dump.c, which `make tests` builds.

usage: bench_report.py [--count N] [--runs N]
"""
import argparse
import os
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e")]

import bench
from bench import build, measure, target, verdict
from report_test import CONFIG, fill, many
from swarmtop_test import SWARMTOP, Sandbox

SECONDS, MEMORY_MIB = 5, 128


def main():
    parser = argparse.ArgumentParser(description="swarmtop report and pick")
    parser.add_argument("--count", type=int, default=100000)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    build(bench.RUNNER)
    with Sandbox() as box:
        box.config(CONFIG)
        fill(box, many(args.count))
        files = [word for kind in ("json", "html", "stats") for word in ("--" + kind, box.path("report." + kind))]
        costs = {}
        print("%4s %-10s %10s %10s %10s" % ("run", "", "CPU ms", "wall ms", "anon KiB"))
        for number in range(args.runs):
            for name, words in (("report", files), ("pick", ["--size", "100TB"])):
                cost = measure(box, [SWARMTOP, name, *words], sample=True)
                costs.setdefault(name, []).append(cost)
                print("%4d %-10s %10.0f %10.0f %10d" % (number + 1, name, cost.cpu * 1e3, cost.wall * 1e3, cost.anon), flush=True)
        sizes = {kind: os.path.getsize(box.path("report." + kind)) / 1e6 for kind in ("json", "html")}
    print("\nJSON %.1f MB, HTML %.1f MB" % (sizes["json"], sizes["html"]))
    for name, runs in costs.items():
        target("seconds of %s, %d torrents, median" % (name, args.count), statistics.median(cost.wall for cost in runs), SECONDS, " s")
        target("memory of %s" % name, max(cost.anon for cost in runs) / 1024, MEMORY_MIB, " MiB")
    return verdict()


if __name__ == "__main__":
    sys.exit(main())
