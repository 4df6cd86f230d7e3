#!/usr/bin/python3
"""What the history writes in a day: bytes handed to write(2), with 200 peers at a time and a poll every 30 s, once
20,000 addresses have come and gone. Beside it, in the same run, what a save after every poll would write. The days are
lived through by tests/unit/peers/history_dump.c, which `make tests` builds.

usage: bench_history.py [--peers N] [--universe N] [--days N]
"""
import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e")]

from bench import target, verdict
from swarmtop_test import Sandbox

MB_A_DAY = 25
PROGRAM = os.path.join(os.environ.get("TEST_BIN", "build/release/tests"), "history_dump")


def days(args, save):
    with Sandbox() as box:
        words = [os.path.abspath(PROGRAM), args.peers, args.universe, save, args.days]
        out = subprocess.run([str(word) for word in words], cwd=box.home, stdout=subprocess.PIPE, check=True, timeout=600)
        *written, size = (int(line) / 1e6 for line in out.stdout.split())
    return written, size


def main():
    parser = argparse.ArgumentParser(description="what the history writes")
    parser.add_argument("--peers", type=int, default=200)
    parser.add_argument("--universe", type=int, default=20000)
    parser.add_argument("--days", type=int, default=4)
    args = parser.parse_args()
    last = {}
    for save in (30, 300, 900, 3600):
        written, size = days(args, save)
        last[save] = written[-1]
        print("saved every %4d s: %s MB a day, file %.1f MB" % (save, ", ".join("%.1f" % day for day in written), size))
    print("\na save after every poll writes %.1f times as much" % (last[30] / last[900]))
    target("MB written a day, saved every 900 s", last[900], MB_A_DAY, " MB")
    return verdict()


if __name__ == "__main__":
    sys.exit(main())
