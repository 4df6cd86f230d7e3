#!/usr/bin/python3
"""The screen answers keys while a daemon hangs: the 95th percentile of 50 keys is at most 50 ms."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_daemon import FakeDaemon, random_world, small_world
from swarmtop_test import SLOW, main, note, ok, part, same, sandbox, wait_until

KEYS, LIMIT_MS, TRIES = 50, 50, 4  # a busy machine may be quiet at the next try


def check(screen, name):
    """50 keys that each change the view."""
    for _ in range(TRIES):
        times = []
        for number in range(KEYS):
            took = screen.answer_ms("12"[number % 2 == 0])
            times.append(float("inf") if took is None else took)
            screen.settle(0.02)
        times.sort()
        percentile = times[int(len(times) * 0.95) - 1]
        if percentile <= LIMIT_MS * SLOW:
            break
    note("%s: median %.1f ms, 95th percentile %.1f ms, worst %.1f ms" % (name, times[len(times) // 2], percentile, times[-1]))
    ok(percentile <= LIMIT_MS * SLOW, name + ": 95th percentile at most %d ms" % LIMIT_MS, times[-5:])


def hanging():
    """The daemon accepts and says nothing; stops in the middle of a run; sends one byte a second; sends endlessly"""
    hangs = (("silent from the start", "silence-accept", None), ("silent after two polls", "silence", range(3, 99)),
             ("a byte a second", "slow-body", range(3, 99)), ("an endless answer", "endless-peers", range(2, 99)))
    for name, fault, polls in hangs:
        with part(name), sandbox() as box, FakeDaemon(small_world()) as daemon:
            daemon.fail(fault, on="any" if polls is None else "peers", polls=polls)
            began = time.monotonic()
            with box.screen("-u", "127.0.0.1:%d" % daemon.port, "-r", 0.5) as screen:
                screen.wait_text("swarmtop")
                first = (time.monotonic() - began) * 1000
                note("first paint after %.0f ms" % first)
                ok(first < 5000 * SLOW, name + ": the screen is up at once", first)
                if polls is None:
                    wait_until(lambda: daemon.connections > 0, 10, "its connection")
                else:
                    wait_until(lambda: (screen.pump(0.01), daemon.polls >= polls[0])[1], 20, "its polls")
                check(screen, name)
                screen.send("q")
                same(screen.finish(), 0, name + ": q ends it")


def large():
    """20,000 peers while it polls twice a second"""
    with sandbox() as box, FakeDaemon(random_world(20000, 20)) as daemon:
        daemon.fail("silence", on="table", polls=range(3, 99))
        with box.screen("-u", "127.0.0.1:%d" % daemon.port, "-r", 0.5, cols=200, rows=60) as screen:
            wait_until(lambda: (screen.pump(0.01), daemon.polls >= 3)[1], 30, "its polls")
            check(screen, "20,000 peers, then silence")
            screen.send("q")
            same(screen.finish(), 0, "q ends it")


if __name__ == "__main__":
    main(hanging, large)
