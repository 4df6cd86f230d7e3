#!/usr/bin/python3
"""Hours of the real thing: the dashboard and `swarmtop health` beside a Transmission that is stopped and started, peers that come
and go, trackers, DHT nodes, readers of the page, a receiver of alerts, lists and configurations that change. Memory and
descriptors stay what they were.

HOURS is how long: in `make test` a minute that has all of it, in `make soak` three days. Ctrl+C ends it earlier, and what was
measured counts. A third of the time, two hours at most, is for warming up: until all is there that has a limit, as the addresses that
are remembered (1,000 of 3,000), and the caches of SQLite (2 MB for each connection). Where these were not full, as their file was
small, what they may take since then is told, and allowed.
"""
import contextlib
import itertools
import json
import os
import random
import re
import shutil
import signal
import sys
import threading
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab_test import Lab, make_databases, namespace
from swarmtop_test import ASAN, SLOW, WRAP, Screen, main, note, ok, plain_text, sandbox, skip, wait_until

namespace.enter()

from addresses import have_addresses
from announce import AnnounceError, UdpTracker
from clock import Clock
from collection_server import Collection, apache_index, torrent_page
from daemon import free_port
from fake_daemon import FakeDaemon, peer, torrent
from krpc import Oracle
from node_program import NodeProgram
from receivers import Hook
from soak_test import Calendar, Meter, cpu_seconds
from swarm_test import config
from torrents import metainfo
from tracker import PORT, Tracker

HOURS = float(os.environ.get("HOURS", "0.017"))
LONG = HOURS > 0.2
DRIFT = 1024  # KiB
FDS = 0 if LONG else 4  # a minute may never see a program between two passes; and it has dozens of what may lose one
REFRESH = 0.1  # seconds from poll to poll, the least that there is: an hour has as many as twelve days of one each 30 s
PEERS = 12
KEEP_OUTPUT = 1 << 16
DAEMON_DOWN = 20  # seconds
KEYS = ["1", "2", "jjjk", "\r", "\x1b", "s", "S", "r", "3", "\r", "\x1b", "4", "5", "/qbit\r", "/\x1b", "6", "\r", "\x1b", "7", "G", "g",
        "m", "m", "M", "a", "1", "a", "n", "\t", "x", "x", "?", "\x1b", "p", "p", " ", "\x0c"]
SIZES = [(120, 40), (80, 24), (200, 60), (38, 9)]
READ = ["", "api/v1", "api/v1/overview", "api/v1/peers?filter=qbit&limit=50", "api/v1/countries", "api/v1/clients", "api/v1/torrents",
        "api/v1/networks", "api/v1/history?range=1d", "api/v1/history?range=30d"]
SECOND_TRACKER = "80.67.10.9"
NODES = ["10.2.0.%d" % number for number in range(1, 9)]


class Drained(Screen):
    """A terminal that is always read, and of what was written keeps the end."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.leaving, self.written = threading.Event(), 0
        self.thread = threading.Thread(target=self.drain, daemon=True)
        self.thread.start()

    def drain(self):
        while not self.leaving.is_set():
            self.written += len(self.pump(0.2))
            self.output = self.output[-KEEP_OUTPUT:]

    def leave(self):
        self.leaving.set()
        self.thread.join()

    def __exit__(self, *error):
        self.leave()
        super().__exit__(*error)

    def finish(self, timeout=10):
        self.leave()
        return super().finish(timeout)


class Crowd:
    """A second daemon, of which nothing is real but that others are there each second: more than are remembered, from all over."""

    ALL, AT_ONCE, REMEMBERED = 3000, 40, 1000
    HURRY, CALM = 37, 7  # others each second: at first so many that the history's file soon fills SQLite's caches

    def __init__(self):
        dice, self.at, self.first = random.Random(36), 0, 0
        clients = ["qBittorrent 4.5.2", "Transmission 3.00", "Deluge 2.1.1.0", "Xunlei 0.0.1.2", *("Client %d" % n for n in range(50))]
        self.peers = [peer("2a02:%x::%x" % (number % 97, number) if number % 5 == 0 else
                           "%d.%d.%d.7" % (dice.randrange(1, 224), dice.randrange(256), number % 256),
                           dice.choice(clients), up=dice.choice((0, 0, 900, 25000)), flags=dice.choice(("UEI", "TDEI", "DI")))
                      for number in range(self.ALL)]
        self.daemon = FakeDaemon()
        self.daemon.gzip = False
        self.change()

    def change(self, others=HURRY):
        """Others; and every ten times there are so few that an alert is over, or enough for it again."""
        self.at, self.first = self.at + 1, (self.first + others) % self.ALL
        count = self.AT_ONCE if self.at // 10 % 2 else self.AT_ONCE // 4
        now = [self.peers[(self.first + number) % self.ALL] for number in range(count)]
        self.daemon.world = [torrent("crowd %d" % number, now[number::4]) for number in range(4)]
        self.daemon.requests.clear()


class Monitor:
    """The dashboard with all that it can have at once. Its configuration has two faces, in turns."""

    def __init__(self, box, lab, crowd, hook):
        self.box, self.lab, self.crowd, self.hook = box, lab, crowd, hook
        self.turn = self.reads = self.polls = self.restarts = self.posts = self.lists = 0
        self.unread, self.losses, self.geo = [], [], make_databases(box.path("geo"))
        self.port, self.keys, self.pages = free_port(), itertools.cycle(KEYS), itertools.cycle(READ)
        self.sizes = itertools.cycle(SIZES)
        self.change_list()
        self.configure()
        # A machine whose clock is not known to be right keeps its history in memory for five minutes.
        self.screen = Drained(box, "-r", REFRESH, cols=120, rows=40, env={} if LONG else Clock(box).env)
        wait_until(self.poll, 20, "the page")
        self.meter = Meter("monitor", self.screen.pid, box.path("state", "swarmtop", "peers.db"))

    def configure(self):
        other = self.turn % 2
        lists = ["vpn=" + self.box.path("vpn"), self.geo["anonymity"]]
        self.box.config("""
            [monitor]
            remember = %d
            [[transmission]]
            name = "home"
            url = "%s"
            [[transmission]]
            name = "crowd"
            url = "%s"
            [geoip]
            databases = ["%s", "%s"]
            [filter]
            lists = %s
            exclude = %s
            [history]
            save_interval = 10
            [web]
            listen = "127.0.0.1:%d"
            [log]
            file = "%s"
            [alert.crowd]
            when = "source('crowd').peers > 20"
            for = 1
            cooldown = 0
            notify = ["hook"]
            [notify.hook]
            url = "%s"
            """ % (self.crowd.REMEMBERED, self.lab.daemon.url, self.crowd.daemon.url, self.geo["city"], self.geo["asn"],
                   json.dumps(lists[:2 - other]), '["AS64500"]' if other else "[]", self.port, self.box.path("log"), self.hook.url)
            + ('[alert.gone]\nwhen = "sources_down > 0 or new_country"\nnotify = ["hook"]\n' if other else ""))

    # What happens to it.

    def press(self):
        self.screen.send(next(self.keys))

    def resize(self):
        self.screen.resize(*next(self.sizes))

    def read(self):
        """The metrics, and one of the other pages; and if all daemons have answered, a look at what that takes: a connection less
        is open to one that is down."""
        for path in ("metrics", next(self.pages)):
            self.reads += 1
            code = self.get(path)[0]
            if code != 200 and not (code == 503 and "history" in path):
                self.unread.append((path, code))
        if poll := self.poll():
            self.polls = poll["poll"]
            if all(source["state"] == "ok" for source in poll["sources"]):
                self.meter.look()

    def poll(self):
        code, body = self.get("api/v1/poll")
        return json.loads(body) if code == 200 else None

    def get(self, path):
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d/%s" % (self.port, path), timeout=20 * SLOW) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, b""
        except OSError as error:
            return str(error), b""

    def change_list(self):
        """A list is written anew: now some networks, now thousands."""
        self.lists += 1
        dice = random.Random(self.lists)
        lines = ["%d.%d.0.0/16\n" % (dice.randrange(1, 224), dice.randrange(256)) for _ in range(dice.choice((5, 300, 5000)))]
        self.box.write("vpn.new", "".join(lines))
        os.rename(self.box.path("vpn.new"), self.box.path("vpn"))

    def reload(self):
        """What a nightly job does: the log is put away, a new geo database is there; and the configuration is another one."""
        self.turn += 1
        self.configure()
        self.look_into_log()
        shutil.copy(self.geo["city"], self.geo["city"] + ".new")
        os.rename(self.geo["city"] + ".new", self.geo["city"])
        rotate(self.box)
        self.screen.signal(signal.SIGHUP)

    def look_into_log(self):
        """Also into the one that was put away last: until SIGHUP was heard it was still written."""
        for name in filter(os.path.exists, map(self.box.path, ("log.1", "log"))):
            with open(name) as file:
                self.losses += [line for line in file if "lost" in line]

    def restart_daemon(self):
        self.restarts += 1
        self.lab.restart_daemon()

    def take_posts(self):
        self.posts += len(self.hook.posts)
        self.hook.posts.clear()

    def end(self):
        """Ctrl+C"""
        if poll := self.poll():
            self.polls = poll["poll"]
        self.take_posts()
        self.screen.send("\x03")
        ok(self.screen.finish(30) == 0, "monitor: Ctrl+C ends it, exit 0")
        found = re.findall(r"Total sightings: ([\d,]+)", plain_text(self.screen.output))
        ok(found, "monitor: with the summary", plain_text(self.screen.output)[-600:])
        self.look_into_log()
        ok(not self.losses, "monitor: nothing that was seen was lost", "".join(self.losses[:9]))
        ok(self.reads and not self.unread, "monitor: %d reads of the page were answered" % self.reads, self.unread[:9])
        ok(self.posts and self.restarts and self.turn, "monitor: %d polls, %d alerts posted, %d bytes drawn, %d restarts of the"
           " daemon, %d SIGHUP, %d lists" % (self.polls, self.posts, self.screen.written, self.restarts, self.turn, self.lists))


class Health:
    """`swarmtop health`, whose passes follow each other every second: a collection that changes, two opentrackers, DHT nodes."""

    ALL, AT_ONCE = 60, 30

    def __init__(self, box, lab):
        self.box, self.turn, self.at = box, 0, 0
        self.lab, self.closing = lab, contextlib.ExitStack()
        self.torrents = [metainfo("torrent %d" % number, announce_list=[["udp://%s:%d/announce" % (lab.tracker.address, PORT)],
                                                                        ["http://%s:%d/announce" % (SECOND_TRACKER, PORT)]])
                         for number in range(self.ALL)]

    def __enter__(self):
        with self.closing:
            have_addresses([SECOND_TRACKER, "10.1.0.1", *NODES])
            second = Tracker(os.path.join(self.lab.root, "tracker2"), SECOND_TRACKER)
            second.start()
            self.closing.callback(second.stop)
            self.trackers = [self.lab.tracker, second]
            for tracker in self.trackers:
                for _, info_hash in self.torrents:
                    tracker.hashes.append(info_hash)
                tracker.allow(self.torrents[0][1])
            dht = self.closing.enter_context(NodeProgram("libtorrent_dht.py", self.box.home))
            self.nodes = dht.ask("start", addresses=NODES, ban=1000)["nodes"]
            self.oracle = self.closing.enter_context(Oracle("10.1.0.1"))
            self.server = self.closing.enter_context(Collection())
            self.change()
            self.configure()
            self.program = self.closing.enter_context(self.box.start("health"))
            wait_until(lambda: os.path.exists(self.box.path("r.json")), 30, "a report")
            self.meter = Meter("health", self.program.pid, self.box.path("state", "swarmtop", "swarm.db"))
            self.closing = self.closing.pop_all()
        return self

    def __exit__(self, *error):
        self.closing.close()

    def configure(self):
        if self.turn % 2:
            os.makedirs(self.box.path("folder"), exist_ok=True)
            with open(self.box.path("folder", "one.torrent"), "wb") as file:
                file.write(metainfo("of a folder")[0])
        collections = {"web": {"torrent_url": self.server.url + "/", "allow_private": True},
                       **({"folder": self.box.path("folder")} if self.turn % 2 else {})}
        config(self.box, collections, '[[transmission]]\nurl = "%s"\n' % self.lab.daemon.url, sync_interval=1, sync_connections=2,
               trackers_interval=1, trackers_allow_private=True, dht_interval=1, dht_allow_private=True, dht_rate_per_address=0,
               dht_listen=["10.1.0.1:6881"], dht_bootstrap=self.nodes[:2], report_interval=1, report_json=self.box.path("r.json"),
               report_html=self.box.path("r.html"), report_stats=self.box.path("s.html"), log_file=self.box.path("log"))

    # What happens to it.

    def change(self):
        """The collection has another torrent and lacks one, and somebody joins the swarm of a third."""
        self.at += 1
        now = [(self.at + number) % self.ALL for number in range(self.AT_ONCE)]
        names = ["t%d.torrent" % number for number in now]
        pages = {"/" + name: torrent_page(self.torrents[number][0], etag='"%d"' % number) for name, number in zip(names, now)}
        self.server.pages = {"/": apache_index(names), **pages}
        self.server.forget()
        info_hash = self.torrents[now[-1]][1]
        for tracker in self.trackers:
            with contextlib.suppress(OSError, AnnounceError), UdpTracker(tracker.address, PORT, "10.1.0.1") as each:
                each.announce(info_hash, self.at % 2)
        self.oracle.announce([(NODES[self.at % len(NODES)], 6881)], info_hash, 6881)

    def look(self):
        self.meter.look()

    def reload(self):
        self.turn += 1
        self.configure()
        rotate(self.box)
        self.program.signal(signal.SIGHUP)

    def end(self):
        self.program.signal(signal.SIGINT)
        result = self.program.finish(30)
        ok(result.code == 0, "health: Ctrl+C ends it, exit 0", result.message[-600:])
        found = re.search(r"health: passes of .*", result.message)
        ok(found, found[0] if found else "health: with its summary", result.message[-600:])


def rotate(box):
    if os.path.exists(box.path("log")):
        os.rename(box.path("log"), box.path("log.1"))


def flat(meter, calendar):
    """What it had when it was warm is what it has at the end."""
    warm = meter.warm()
    if not warm and calendar.cut:
        skip("%s: memory and descriptors" % meter.name, "it was ended before it was warm")
        return
    if not ok(warm, "%s: was looked at" % meter.name):
        return
    for when, minute in (("at first", meter.minutes[0]), ("when warm", warm[0]), ("at the end", warm[-1])):
        note("%s: %-10s %s" % (meter.name, when, minute))
    note("%s: the most   private %d KiB, RSS %d, %d fds, %d threads, of %d measures"
         % (meter.name, *(max(getattr(minute, what) for minute in warm) for what in ("private", "peak", "fds", "threads")), len(warm)))
    for what, name, spare in (("fds", "descriptors", FDS), ("threads", "threads", 0)):
        first, last = meter.ends(what, min)
        ok(last <= first + spare, "%s: no more %s than when it was warm, %d" % (meter.name, name, first), last)
    for what, name in (("private", "private memory"), ("rss", "resident memory")):
        if ASAN or WRAP:
            skip("%s: %s" % (meter.name, name), "it is that of a sanitiser or an emulator")
        else:
            ok(meter.drift(what) < DRIFT + meter.cached(), "%s: %s has changed by %d KiB since then; the caches of its file may by %d"
               % (meter.name, name, meter.drift(what), meter.cached()))


def soak():
    """Everything at once"""
    crowd = Crowd()
    with sandbox() as box, sandbox() as other, Lab(PEERS, lively=True, wait=False) as lab, crowd.daemon, Hook() as hook, \
            Health(other, lab) as health:
        monitor = Monitor(box, lab, crowd, hook)
        with monitor.screen:
            calendar = Calendar(HOURS * 3600)
            live(calendar, lab, crowd, monitor, health)
            monitor.end()
        health.end()
        for meter in (monitor.meter, health.meter):
            flat(meter, calendar)


def live(calendar, lab, crowd, monitor, health):
    meters = (monitor.meter, health.meter)

    def close():
        for meter in meters:
            meter.close()

    def tell():
        note("%.2f h, %d polls, %d alerts, CPU %.0f s and %.0f s"
             % (calendar.hours, monitor.polls, monitor.posts, *(cpu_seconds(meter.pid) for meter in meters)))
        for meter in meters:
            note("  %s" % meter)

    def outage():
        lab.daemon.stop()
        calendar.once(DAEMON_DOWN, monitor.restart_daemon)

    def others():
        crowd.change(crowd.CALM if calendar.is_warm() else crowd.HURRY)

    for seconds, what in ((1, others), (3, monitor.press), (61, monitor.resize), (5, monitor.read), (5, health.look),
                          (10, lab.tend), (30, monitor.take_posts), (60, monitor.change_list), (60, health.change),
                          (300, monitor.reload), (330, health.reload)):
        calendar.every(seconds, what)
    calendar.every(600, outage, 15)
    calendar.every(60, close, 5)
    calendar.every(300, tell, 20)
    calendar.run()
    close()


if __name__ == "__main__":
    if LONG:
        os.nice(10)
    main(soak)
