#!/usr/bin/python3
"""swarmtop health: every pass at its interval, --once, one writer, signals, a new configuration, in a closed network."""
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]

import namespace

namespace.enter()

from collection_server import Collection, Page, apache_index, torrent_page
from lab_test import make_databases
from names import Names
from swarmtop_test import SLOW, like, ok, main, part, same, sandbox, wait_until
from torrents import metainfo


def collection(box, count=3, name="a", **sets):
    """A folder of torrents, and a configuration in which nothing waits for the network long."""
    folder = box.path(name)
    os.makedirs(folder, exist_ok=True)
    for number in range(count):
        with open(os.path.join(folder, f"t{number}.torrent"), "wb") as file:
            file.write(metainfo(f"{name}{number}")[0])
    values = {"report.json": box.path("r.json"), "dht.listen": ["127.0.0.1:0"], "dht.bootstrap": [], **sets}
    sections = {}
    for key, value in values.items():
        section, _, word = key.rpartition(".")
        sections.setdefault(section, []).append(f"{word} = {json.dumps(value)}\n")
    text = f'[collection.{name}]\ntorrent_url = "{folder}"\n'
    for section, lines in sections.items():
        text += f"[{section}]\n" + "".join(lines)
    return text


def report(box):
    with open(box.path("r.json")) as file:
        return json.load(file)


def once():
    """--once: one pass of each, and the report has what the collection has"""
    with sandbox() as box:
        box.config(collection(box))
        result = box.run("health", "--once")
        same(result.code, 0, "exit 0: what cannot be measured is no failure")
        same(len(report(box)), 3, "three torrents")
        same({row["seeders"] for row in report(box)}, {-1}, "of which nobody said anything")
        like(result.message, r"sync: 1 collection, 3 torrents: 3 new", "the summary of a pass")
        like(result.message, r"trackers: 3 torrents at 0 trackers", "one pass sees what the one before has brought")
        like(result.message, r"health: passes of sync: 1, trackers: 1, dht: 1, report: 1", "and of all")
        os.rename(box.path("a"), box.path("b"))
        same(box.run("health", "--once").code, 1, "a collection that cannot be read: exit 1")
        same(len(report(box)), 3, "nothing is lost")


def intervals():
    """Each pass comes again at its interval, and one of before a restart counts"""
    with sandbox() as box:
        box.config(collection(box, **{"sync.interval": 3600, "trackers.interval": 1, "dht.interval": 3600, "report.interval": 1}))
        with box.start("health", "--log-level", "info") as program:
            program.wait_for(lambda p: p.err.count(b"trackers: 3 torrents") >= 3, 20, "three passes of trackers")
            same(program.err.count(b"sync: 1 collection"), 1, "one of sync")
            program.wait_for(lambda p: b"dht: " in p.err, 20, "a pass of the DHT")
            same(program.err.count(b"dht: "), 1, "one of the DHT")
            wait_until(lambda: os.path.exists(box.path("r.json")), 10, "a report")
            program.signal(signal.SIGTERM)
            same(program.finish().code, 0, "SIGTERM: exit 0")
        with box.start("health", "--log-level", "info") as program:
            program.wait_for(lambda p: b"trackers: 3 torrents" in p.err, 20, "trackers again")
            program.signal(signal.SIGINT)
            result = program.finish()
            same(result.code, 0, "Ctrl+C: exit 0")
            ok("sync: " not in result.said.split("health:")[0], "sync waits for its hour", result.said)


def said_once():
    """What is wrong with the geo databases, or a port that is busy, is said once, and once more when it was not so in between"""
    with sandbox() as box, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as busy:
        busy.bind(("127.0.0.1", 0))
        made = make_databases(box.path("geo"))
        used = box.path("used.mmdb")
        shutil.copy(made["flat-city-ipv4"], used)
        box.config(collection(box, **{"dht.interval": 1, "geoip.databases": [used],
                                      "dht.listen": ["127.0.0.1:%d" % busy.getsockname()[1]]}))
        with box.start("health", "--log-level", "info") as program:
            def passes(more):
                want = program.err.count(b"dht: ") + more
                program.wait_for(lambda p: p.err.count(b"dht: ") >= want, 30, "%d passes of the DHT" % more)

            def warnings():
                return program.err.count(b"warning: no open geo database has countries of IPv6")
            passes(3)
            same(warnings(), 1, "three passes, and one line")
            shutil.copy(made["country"], used + ".new")
            os.rename(used + ".new", used)
            passes(2)
            shutil.copy(made["flat-city-ipv4"], used + ".new")
            os.rename(used + ".new", used)
            passes(2)
            same(warnings(), 2, "again, as it was not so in between")
            same(program.err.count(b"warning: [dht] listen: port"), 1, "the port is busy all the time")
            program.signal(signal.SIGINT)
            same(program.finish().code, 0, "exit 0")


def interrupted():
    """A pass that was stopped is no pass: after the restart it goes on at once; so does one of a new collection, before its hour"""
    for before in (False, True):
        with part("an hour before its time" if before else "the first one"):
            stopped(before)


def stopped(before):
    names = [f"t{number}.torrent" for number in range(60)]
    pages = {"/" + name: torrent_page(metainfo(name)[0], delay=2) for name in names}
    with sandbox() as box, Collection(pages={"/": apache_index(names), **pages}) as server:
        box.config(collection(box, **{"report.interval": 1}))
        if before:
            same(box.run("health", "--once").code, 0, "a pass of another collection")
            os.remove(box.path("r.json"))
        box.config(collection(box, **{"report.interval": 1, "collection.web.torrent_url": server.url + "/",
                                      "collection.web.allow_private": True}))
        with box.start("health") as program:
            wait_until(lambda: len(server.asked()) > 8, 10, "some downloads")
            program.signal(signal.SIGINT)
            same(program.finish().code, 0, "Ctrl+C in the pass: exit 0")
        ok(len(server.asked()) < 50, "which was not at its end", len(server.asked()))
        with box.start("health") as program:
            wait_until(lambda: os.path.exists(box.path("r.json")) and len(report(box)) == 63, 30, "all of them in the report")
            program.signal(signal.SIGINT)
            same(program.finish().code, 0, "after the restart all are there")


def not_there_yet():
    """A collection that cannot be read is tried again soon, not after a day"""
    with sandbox() as box:
        box.config(collection(box, **{"report.interval": 1, "sync.interval": 2}))
        os.rename(box.path("a"), box.path("b"))
        with box.start("health", "--log-level", "info") as program:
            program.wait_for(lambda p: b"1 not read" in p.err, 10, "a failure")
            os.rename(box.path("b"), box.path("a"))
            wait_until(lambda: os.path.exists(box.path("r.json")) and len(report(box)) == 3, 20, "its torrents")
            program.signal(signal.SIGINT)
            same(program.finish().code, 0, "exit 0")


class SilentNames(Names):
    """A DNS server that is there and never answers."""

    def heard(self, packet, client):
        self.asked.append(packet)


def limited():
    """What a server with a rate limit did not give is asked for a minute later, not after a day, nor before it wants that, nor with others; which do not wait for it"""
    often = {"sync.interval": 65, "trackers.interval": 55}
    with limited_health(1) as (box, server, program), limited_health(80) as (box80, server80, program80), \
         limited_health(1, delay=12, **often) as (_, _, program_often):
        done(box, server, program)
        same(server80.asked().count("/t1.torrent"), 1, "who wants to be left alone for longer")
        program_often.wait_for(lambda p: p.err.count(b"sync: 2 collections") == 2, 90, "all of them again")
        same(program_often.err.split(b"sync: 2 collections")[1].count(b" trackers: "), 1, "65 s after the beginning of the first pass, not 72")
        done(box80, server80, program80)
        times = [request.time for request in server80.requests if request.path in ("/", "/t1.torrent")]
        ok(len(times) == 4 and times[2] - times[1] >= 79, "is left alone for so long", times)


@contextlib.contextmanager
def limited_health(seconds, delay=2, **sets):
    """The first pass is over. One of three torrents was refused, with a wish for so many seconds of rest."""
    names = ["t0.torrent", "t1.torrent", "t2.torrent"]
    with sandbox() as box, Collection() as server:
        server.pages = {"/": apache_index(names), **{"/" + name: torrent_page(metainfo(name)[0]) for name in names}}
        server.pages["/t1.torrent"] = Page(metainfo("t1")[0], fails=1, failure=429, failure_headers={"Retry-After": str(seconds)},
                                           delay=delay)
        text = collection(box, **{"report.interval": 1, **sets})
        os.makedirs(box.path("b"))
        shutil.copy(box.path("a", "t0.torrent"), box.path("b"))
        box.config(text.replace('"%s"' % box.path("a"), '"%s/"\nallow_private = true' % server.url, 1) +
                   '[collection.b]\ntorrent_url = "%s"\n' % box.path("b"))
        with box.start("health", "--log-level", "info") as program:
            program.wait_for(lambda p: b"sync: 2 collections, 3 torrents: 3 new" in p.err and b"1 failed" in p.err, 20, "the first pass")
            yield box, server, program


def done(box, server, program):
    wait_until(lambda: os.path.exists(box.path("r.json")) and len(report(box)) == 4, 90 + 60, "the next pass")
    ok(b"sync: 1 collection, 3 torrents" in program.err, "of that collection alone", program.err)
    same(server.asked().count("/t1.torrent"), 2, "it was asked for in each pass")
    program.signal(signal.SIGINT)
    same(program.finish().code, 0, "exit 0")


def silent_names():
    """Ctrl+C is heard at once while names are asked for"""
    with sandbox() as box, SilentNames({}) as names:
        with open(box.path("x.torrent"), "wb") as file:
            file.write(metainfo("x", announce_list=[[f"http://t{number}.test/announce" for number in range(3)]])[0])
        box.config(f'[collection.a]\ntorrent_url = "{box.path("x.torrent")}"\n[dht]\nbootstrap = ["r.test:6881"]\n'
                   'listen = ["127.0.0.1:0"]\n')
        same(box.run("sync").code, 0, "a torrent with trackers")
        for arguments in (["trackers"], ["dht"], ["health"], ["inspect", box.path("x.torrent")],
                          ["sync", "--set", "collection.a.torrent_url=http://c.test/"]):
            with box.start(*arguments) as program:
                names.asked.clear()
                wait_until(lambda: names.asked and stopping_is_heard(program.pid), 10, "a question")
                began = time.monotonic()
                program.signal(signal.SIGINT)
                same(program.finish().code, 0, arguments[0] + ": exit 0")
                ok(time.monotonic() - began < 4 * SLOW, arguments[0] + ": at once", time.monotonic() - began)


def stopping_is_heard(pid):
    """SIGINT is blocked, so an event of the loop."""
    with open(f"/proc/{pid}/status") as file:
        blocked = int(next(line for line in file if line.startswith("SigBlk")).split()[1], 16)
    return blocked >> (signal.SIGINT - 1) & 1


def one_writer():
    """A second writer exits 75 and readers read on"""
    with sandbox() as box:
        box.config(collection(box))
        with box.start("health") as program:
            wait_until(lambda: os.path.exists(box.path("r.json")), 15, "a report")
            for command in ("sync", "trackers", "dht", "health"):
                result = box.run(command)
                same(result.code, 75, command + ": another one is writing")
                like(result.message, r"swarmtop: .*(another|other)", "and it says so")
            same(box.run("report").code, 0, "report only reads")
            same(box.run("pick").code, 0, "pick too")
            program.signal(signal.SIGINT)
            same(program.finish().code, 0, "the writer goes on to its end")


def new_configuration():
    """SIGHUP reads the configuration again; a broken one changes nothing"""
    with sandbox() as box:
        first = collection(box, **{"sync.interval": 1, "report.interval": 1})
        box.config(first)
        with box.start("health") as program:
            wait_until(lambda: os.path.exists(box.path("r.json")), 15, "a report")
            box.config(first + "[nonsense]\n")
            program.signal(signal.SIGHUP)
            program.wait_for(lambda p: b"the old configuration stays" in p.err, 10, "a refusal")
            box.config(first.replace("sync]\ninterval = 1\n", "sync]\ninterval = 3600\n"))
            program.signal(signal.SIGHUP)
            program.wait_for(lambda p: b"the configuration was read again" in p.err, 10, "another interval")
            os.makedirs(box.path("b"))
            with open(box.path("b", "x.torrent"), "wb") as file:
                file.write(metainfo("another")[0])
            first = first.replace("sync]\ninterval = 1\n", "sync]\ninterval = 3600\n")
            box.config(first + '[collection.b]\ntorrent_url = "%s"\n' % box.path("b"))
            program.signal(signal.SIGHUP)
            wait_until(lambda: len(report(box)) == 4, 20, "the torrent of another collection in the report")
            box.config(first + '[collection.b]\ntorrent_url = "%s"\n' % box.path("c"))
            program.signal(signal.SIGHUP)
            program.wait_for(lambda p: b"1 not read" in p.err, 20, "a place where nothing is")
            os.rename(box.path("b"), box.path("c"))
            with open(box.path("c", "y.torrent"), "wb") as file:
                file.write(metainfo("one more")[0])
            program.signal(signal.SIGHUP)
            wait_until(lambda: len(report(box)) >= 5, 20, "what failed before is tried again at once")
            program.signal(signal.SIGINT)
            same(program.finish().code, 0, "exit 0")


def other_rules():
    """SIGHUP reads a collection at once of which something else may be fetched, though its page is as it was; also when the disk is slow"""
    with sandbox() as box, Collection() as server:
        away = server.url.replace("127.0.0.1", "localhost") + "/w0.torrent"
        names = ["t0.torrent", "u0.torrent", away]
        server.pages = {"/" + os.path.basename(name): torrent_page(metainfo(name[-10:-8])[0]) for name in names}
        server.pages["/"] = Page("".join('<a href="%s">x</a>' % name for name in names), etag='"1"')
        own = collection(box, 1, "b", **{"report.interval": 1})

        def configure(more, own=own):
            box.config('[collection.web]\ntorrent_url = "%s/"\n%s\n%s' % (server.url, more, own))

        def after(*args, **options):
            configure(*args, **options)
            read_again(program)

        def shows(names):
            wait_until(lambda: os.path.exists(box.path("r.json")) and {row["name"] for row in report(box)} == set(names.split()), 20, names)
        configure('allow_private = true\nrequired_substring = "t0"')
        with box.start("health", "--log-level", "info") as program:
            shows("b0 t0")
            after("allow_private = true")
            shows("b0 t0 u0")
            with locked(box):
                after('allow_private = true\nhosts = ["localhost"]')
                read_again(program)
            shows("b0 t0 u0 w0")
            after('allow_private = true\nhosts = ["localhost"]', own=own.replace("[report]", "enabled = false\n[report]"))
            shows("t0 u0 w0")
            with open(box.path("b", "more.torrent"), "wb") as file:
                file.write(metainfo("b1")[0])
            after('allow_private = true\nhosts = ["localhost"]')
            shows("b0 b1 t0 u0 w0")
            after('allow_private = false\nhosts = ["localhost"]')
            program.wait_for(lambda p: b"1 not read" in p.err, 20, "a server that may not be asked any more")
            program.signal(signal.SIGINT)
            same(program.finish().code, 0, "exit 0")


def read_again(program):
    before = program.err.count(b"the configuration was read again")
    program.signal(signal.SIGHUP)
    program.wait_for(lambda p: p.err.count(b"the configuration was read again") > before, 20, "the configuration")


@contextlib.contextmanager
def locked(box):
    """The store takes nothing, and when a report has ended, as there is one each second, no pass begins (for ten seconds)."""
    with contextlib.closing(sqlite3.connect(box.path("state", "swarmtop", "swarm.db"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(2)
        yield
        other.execute("ROLLBACK")


def always_busy():
    """SIGHUP while passes follow each other without a gap: the log is opened anew at once, and none begins before the configuration is read"""
    with sandbox() as box, Collection() as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        server.pages = {"/scrape": Page(b"d5:filesdee", "text/plain", delay=3)}
        text = collection(box, **{"trackers.interval": 1, "trackers.allow_private": True, "dht.interval": 1, "dht.allow_private": True,
                                  "trackers.extra": [server.url + "/announce"], "log.file": box.path("log"),
                                  "dht.bootstrap": ["127.0.0.1:%d" % silent.getsockname()[1]]})
        box.config(text)
        with box.start("health") as program:
            wait_until(lambda: all(said(box.path("log"), word) > 1 for word in ("info: trackers: ", "warn: dht: ")), 60, "two passes of each")
            os.rename(box.path("log"), box.path("log.1"))
            box.config(text.replace("interval = 1", "interval = 3600"))
            before = len(server.requests)
            program.signal(signal.SIGHUP)
            wait_until(lambda: os.path.exists(box.path("log")), 10, "a new log")
            wait_until(lambda: said(box.path("log"), "the configuration was read again"), 60, "the new configuration")
            ok(len(server.requests) <= before + 1, "nothing was begun before", len(server.requests) - before)
            same(said(box.path("log.1"), "read again"), 0, "the old log is left alone")
            program.signal(signal.SIGINT)
            same(program.finish().code, 0, "exit 0")


def said(path, words):
    if not os.path.exists(path):
        return 0
    with open(path) as file:
        return file.read().count(words)


def another_collection():
    """A collection that is new, or has moved, is read at once, after a restart and after SIGHUP; so is one that failed"""
    def shows(*names):
        return os.path.exists(box.path("r.json")) and {row["name"] for row in report(box)} == {name + "0" for name in names}
    with sandbox() as box:
        parts = [collection(box, 1, name, **{"report.interval": 1}) for name in "abcd"]
        first, *others = parts[0], *(part.split("[report]")[0] for part in parts[1:])
        box.config(first)
        with box.start("health") as program:
            wait_until(lambda: shows("a"), 20, "a report")
            program.signal(signal.SIGINT)
            same(program.finish().code, 0, "exit 0")
        box.config(first + others[0])
        with box.start("health") as program:
            wait_until(lambda: shows("a", "b"), 20, "another collection after the restart")
            box.config(first + others[0] + others[1])
            program.signal(signal.SIGHUP)
            wait_until(lambda: shows("a", "b", "c"), 20, "another collection after SIGHUP")
            moved = others[1].replace(box.path("c"), box.path("d"))
            box.config(first + others[0] + moved)
            program.signal(signal.SIGHUP)
            wait_until(lambda: shows("a", "b", "d"), 20, "a collection from its new place")
            box.config(first + others[0] + moved + 'type = "fiction"\n')
            program.signal(signal.SIGHUP)
            wait_until(lambda: {row["type"] for row in report(box)} == {"a", "b", "fiction"}, 20, "its new type")
            os.rename(box.path("b"), box.path("e"))
            box.config(first + others[0] + others[2])
            program.signal(signal.SIGHUP)
            program.wait_for(lambda p: b"1 not read" in p.err, 20, "a collection that is gone")
            os.rename(box.path("e"), box.path("b"))
            program.signal(signal.SIGHUP)
            program.wait_for(lambda p: b"3 collections, 3 torrents" in p.err, 20, "once more after SIGHUP")
            program.signal(signal.SIGINT)
            same(program.finish().code, 0, "exit 0 once more")


def none_enabled():
    """SIGHUP with no collection that is enabled: that is said once, and is no failure; what is there is left alone until one is"""
    with sandbox() as box:
        own = collection(box, **{"sync.interval": 1, "trackers.interval": 1, "report.interval": 1})
        box.config(own)
        with box.start("health", "--log-level", "info") as program:
            wait_until(lambda: os.path.exists(box.path("r.json")), 20, "a report")
            box.config(own.replace("[report]", "enabled = false\n[report]"))
            read_again(program)
            before = len(program.err)
            program.wait_for(lambda p: p.err.count(b"trackers: 0 torrents", before) >= 4 and p.err.count(b"sync: ", before) >= 3, 30,
                             "some passes")
            said = program.err[before:].decode()
            same(program.err.count(b"warning: no collection is enabled"), 1, "said once")
            ok(not re.search("(?m)error|ended with|no collection", said), "nothing fails", said)
            os.remove(box.path("r.json"))
            box.config(own)
            read_again(program)
            wait_until(lambda: os.path.exists(box.path("r.json")) and len(report(box)) == 3, 20, "a report of the one that is enabled again")
            program.signal(signal.SIGINT)
            same(program.finish().code, 0, "exit 0")


def wrong():
    """What is wrong is said before anything begins"""
    with sandbox() as box:
        box.config(collection(box))
        for arguments, message in ((["health", "aa"], r'no collection "aa"; did you mean "a"'), (["sync", "zzzzzzz"], "no collection"),
                                   (["health", "--nonsense"], "nonsense"), (["trackers", "--set", "dht.rate=x"], "rate")):
            result = box.run(*arguments)
            same(result.code, 2, " ".join(arguments) + ": exit 2")
            like(result.message, message, "and why")
        for arguments in (["report"], ["pick"]):
            result = box.run(*arguments)
            same(result.code, 1, arguments[0] + " before any sync: exit 1")
            like(result.message, "swarmtop sync", "says what to do first")
        box.config("")
        result = box.run("sync")
        same(result.code, 78, "no collection at all: exit 78")
        like(result.message, r"collection\.NAME", "and how to add one")


if __name__ == "__main__":
    main(once, intervals, said_once, interrupted, not_there_yet, limited, silent_names, one_writer, new_configuration,
         another_collection, other_rules, always_busy, none_enabled, wrong)
