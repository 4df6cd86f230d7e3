#!/usr/bin/python3
"""The history and the clock: jumps of a year, no clock at all, the nights when clocks are changed, a suspended machine."""
import calendar
import json
import os
import signal
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]

from clock import Clock
from fake_daemon import FakeDaemon, small_world
from swarmtop_test import SLOW, like, main, ok, same, sandbox

HOUR, YEAR = 3600, 366 * 86400


def rows(box, clock, *args, zone="UTC"):
    return json.loads(box.run("history", "--json", *args, env={**clock.env, "TZ": zone}).text)["rows"]


def polls(box, clock, *args):
    return sum(one["polls"] for one in rows(box, clock, "--by", "hour", *args))


def start(box, daemon, clock, zone="UTC"):
    return box.start("-u", "127.0.0.1:%d" % daemon.port, "--json", "-r", "0.2", env={**clock.env, "TZ": zone})


def record(box, daemon, clock, count=3, *more, zone="UTC"):
    return box.run("-u", "127.0.0.1:%d" % daemon.port, "-n", str(count), "-r", "0.2", "--json", "--record", *more,
                   env={**clock.env, "TZ": zone})


def iso(wall):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wall))


def jumps():
    """A year ahead, a year back: polls come as ever, none is lost, and nobody was seen in the future"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        clock, began, count = Clock(box), time.time(), 0
        with start(box, daemon, clock) as program:
            for offset in (0, YEAR, -YEAR, 0):
                clock.set(offset)
                count = len(program.records) + 5
                before = time.monotonic()
                program.wait_records(count)
                ok(time.monotonic() - before < 25 * SLOW, "the date jumps by %d days, the polls go on" % (offset // 86400))
            program.signal(signal.SIGTERM)
            count = len(program.finish().records)
        same(polls(box, clock, "--until", iso(time.time() + 2 * YEAR)), count, "no poll is lost")
        now = polls(box, clock)
        ok(0 < now < count, "those of next year are not shown this year", now)
        peers = rows(box, clock, "--by", "peer", "--until", iso(time.time() + 2 * YEAR))
        same([one for one in peers if one["first_seen"] > one["last_seen"]], [], "no age is negative")
        ok(all(one["connected"] <= time.time() - began + 1 for one in peers), "time connected is time")
        record(box, daemon, clock)
        record(box, daemon, clock)
        same([one["last_seen"] for one in rows(box, clock, "--by", "peer", "--until", iso(time.time() + 2 * YEAR))
              if one["last_seen"] > iso(time.time() + 1)], [], "once the clock is right, nobody was seen in the future")


def doubtful():
    """A clock that is a year ahead, and nobody vouches for it, empties no file"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        clock = Clock(box)
        record(box, daemon, clock, 3, "--set", "history.keep_days=30")
        before = rows(box, clock)
        clock.set(YEAR, False)
        for _ in range(2):
            record(box, daemon, clock, 3, "--set", "history.keep_days=30")
        clock.set(0)
        same(rows(box, clock), before, "what was there is there")
        clock.set(YEAR)
        record(box, daemon, clock, 3, "--set", "history.keep_days=30")
        clock.set(0)
        same(rows(box, clock), [], "if the system vouches for it, keep_days counts")


def no_clock():
    """A machine without a clock of its own: 1970, until the network tells the time"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        clock, began = Clock(box), time.time()
        clock.set(20 - int(began), False)
        with start(box, daemon, clock) as program:
            program.wait_records(5)
            like(program.records[-1]["time"], "^1970-01-01", "nobody knows the date")
            clock.set(0)
            program.wait_records(8)
            program.signal(signal.SIGTERM)
            count = len(program.finish().records)
        same(polls(box, clock, "--since", iso(began - 400)), count, "then all polls get their dates")
        ok(all(iso(began - 2) <= one["first_seen"] <= iso(time.time()) for one in rows(box, clock, "--by", "peer")),
           "as when it happened")
        clock.set(20 - int(began), False)
        result = record(box, daemon, clock)
        same(result.code, 0, "one that never learns the time runs")
        like(result.message, "clock was never set: what was seen is not recorded", "and says what is lost")
        clock.set(0)
        same(polls(box, clock, "--since", "1970-01-02"), count, "the history stays as it was")


def summer_time():
    """The nights when the clocks are changed: an hour of two hours, and one that is none"""
    zone = "Europe/Rome"
    if not os.path.exists("/usr/share/zoneinfo/" + zone):
        zone = "CET-1CEST,M3.5.0/2,M10.5.0/3"
    for turn, hours in (("2026-10-25T01:00:00Z", {2}), ("2026-03-29T01:00:00Z", {1, 3})):
        with sandbox() as box, FakeDaemon(small_world()) as daemon:
            clock = Clock(box)
            at = calendar.timegm(time.strptime(turn, "%Y-%m-%dT%H:%M:%SZ"))
            clock.set(at - 60 - int(time.time()))
            with start(box, daemon, clock, zone) as program:
                program.wait_records(3)
                clock.set(at + 60 - int(time.time()))
                program.wait_records(7)
                program.signal(signal.SIGTERM)
                records = program.finish().records
            same({hour for hour, n in enumerate(records[-1]["hours"]) if n}, hours, "%s: hours of this run" % turn)
            got = rows(box, clock, "--by", "hour", zone=zone)
            same({int(one["hour"]) for one in got if one["polls"]}, hours, "and of the history")
            same(sum(one["polls"] for one in got), len(records), "every poll once")
            same(len(rows(box, clock, "--by", "day", zone=zone)), 1, "in one day")
            result = record(box, daemon, clock, 1, zone=zone)
            same({hour for hour, n in enumerate(result.record["all_time"]["hours"]) if n}, hours, "and of all time")


def suspended():
    """Eight hours asleep: one poll, no burst, and eight hours in which nobody was connected"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        clock, began = Clock(box), time.time()
        with start(box, daemon, clock) as program:
            program.wait_records(5)
            count = len(program.records)
            clock.set(8 * HOUR)
            time_before = time.monotonic()
            program.wait_records(count + 10)
            took, came = time.monotonic() - time_before, len(program.records) - count
            ok(came < took / 0.2 + 30, "polls take their time: %d in %.1f s" % (came, took))
            program.signal(signal.SIGTERM)
            count = len(program.finish().records)
        clock.set(9 * HOUR)
        same(polls(box, clock), count, "no poll is lost")
        same(len([one for one in rows(box, clock, "--by", "hour") if one["polls"]]), 2, "in two hours")
        ok(all(one["connected"] < time.time() - began + 1 for one in rows(box, clock, "--by", "peer")),
           "who was asleep was not connected")


main(jumps, doubtful, no_clock, summer_time, suspended)
