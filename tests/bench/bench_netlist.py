#!/usr/bin/python3
"""Part of `make bench`: a look-up in lists of 500,000 ranges beside bsearch(3) on the same ranges, in one run.
Exit 1 if a target is missed."""
import ipaddress
import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e")]

from bench import target, verdict
from swarmtop_test import ROOT

PROGRAM = os.path.join(os.environ.get("TEST_BIN", os.path.join(ROOT, "build", "release", "tests")), "netlist_bench")
RANGES = 500000
RATIO = 2
SEED = 20261121


def write_list(path):
    """Ranges that do not touch, in no order: 500,000 of IPv4 and as many of IPv6."""
    rng = random.Random(SEED)
    step = 2**32 // RANGES
    lines = []
    for i in range(RANGES):
        first = ipaddress.IPv4Address(i * step + rng.randrange(step // 3))
        lines.append("%s-%s" % (first, first + rng.randrange(step // 3)))
        lines.append("2a%02x:%x:%x::/48" % (i % 7, i >> 4, (i & 15) * 2))
    rng.shuffle(lines)
    with open(path, "w") as out:
        out.write("# made by bench_netlist.py\n" + "\n".join(lines) + "\n")


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "list")
        write_list(path)
        done = subprocess.run([PROGRAM, path], stdout=subprocess.PIPE, timeout=300)
    if done.returncode:
        sys.exit("bench: %s ended with %d" % (PROGRAM, done.returncode))
    found = json.loads(done.stdout)
    print("%d lines read, sorted and merged in %.0f ms, %.0f ns each"
          % (found["lines"], found["read_ms"], found["read_ms"] * 1e6 / found["lines"]))
    if not found["same"]:
        sys.exit("bench: bsearch(3) found something else")
    for family in ("v4", "v6"):
        one = found[family]
        print("%s: %d ranges, %.0f ns a look-up, bsearch(3) %.0f ns" % (family, one["ranges"], one["ns"], one["bsearch_ns"]))
        target("a look-up in %d ranges of %s / bsearch(3)" % (one["ranges"], family), one["ns"] / one["bsearch_ns"], RATIO)
    return verdict()


if __name__ == "__main__":
    sys.exit(main())
