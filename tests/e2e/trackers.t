#!/usr/bin/python3
"""swarmtop trackers: real trackers in a network of their own, where every count is known and every packet is seen."""
import json
import os
import re
import signal
import socket
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from swarm_test import PUBLIC, PUBLIC6, config, fine, report
from swarmtop_test import clean, like, main, ok, part, same, sandbox, wait_until

import namespace
import node_program
from addresses import have_addresses
from announce import EVENT_COMPLETED, AnnounceError, UdpTracker, http_announce
from collection_server import Collection, redirect
from evil import Liar, Watch, rows
from firewall import Firewall, prohibit
from names import Names
from node_program import NodeProgram
from torrents import metainfo
from tracker import PORT, Tracker
from wiretap import Wiretap

SECOND, THIRD, SILENT, CLOSED = "80.67.10.1", "85.214.10.10", "46.4.1.1", "46.4.1.2"
FORBIDDEN = "46.4.1.3"
SPECIAL = ("127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.1.1", "100.64.1.1", "[::1]", "[fd00::66]", "[fe80::66]",
           "[::ffff:10.1.2.3]", "[64:ff9b::a01:203]")
PASSKEY = "0123456789abcdefSECRET"
SCRAPE = b"\0\0\0\2"


class Truth:
    """A torrent, where it is announced, and its peers."""

    def __init__(self, name, tiers, private=False):
        self.name = name
        self.content, self.hash = metainfo(name + ".iso", 1000, private, announce_list=tiers)


def folder(box, torrents):
    """A collection that is a local folder."""
    path = box.path("torrents")
    os.makedirs(path, exist_ok=True)
    for torrent in torrents:
        with open(os.path.join(path, torrent.name + ".torrent"), "wb") as stream:
            stream.write(torrent.content)
    return path


def synced(box, torrents, more="", **options):
    config(box, {"iso": folder(box, torrents)}, more, **options)
    fine(box.run("sync"), "sync")


def taken(peer, torrent, seeds, **options):
    """opentracker reads its list of torrents beside serving: it may not know one of them yet."""
    try:
        peer.announce(torrent.hash, 0 if seeds else 1, **options)
    except AnnounceError:
        return False
    return True


def announced(address, port, torrent, seeders, leechers, completed=0):
    """opentracker tells peers apart by their address: theirs are 5.9.2.1 and so on."""
    for number in range(seeders + leechers):
        with UdpTracker(address, port, "5.9.2.%d" % (number + 1)) as peer:
            wait_until(lambda: taken(peer, torrent, number < seeders), 10, "an announce")
            if number < completed:
                peer.announce(torrent.hash, 0, event=EVENT_COMPLETED)


class OpenTracker:
    def __init__(self, address, torrents):
        self.tracker = Tracker(os.path.join(tempfile.mkdtemp(), "opentracker"), address)
        self.tracker.hashes = [torrent.hash for torrent in torrents]
        self.address, self.udp = address, "udp://%s:%d/announce" % (address, PORT)
        self.http = "http://%s:%d/announce" % (address, PORT)

    def __enter__(self):
        self.tracker.start()
        return self

    def __exit__(self, *error):
        self.tracker.stop()


def counts(box, torrent):
    """What the report says: (seeders, leechers)."""
    row = report(box)[torrent.hash]
    return row["seeders"], row["leechers"]


def scrapes(wire, address):
    """Scrape packets to a UDP tracker: how many hashes in each."""
    return [(len(packet.payload) - 16) // 20 for packet in wire.to(address)
            if packet.protocol == "udp" and packet.payload[8:12] == SCRAPE and len(packet.payload) > 16]


def asked_of(program):
    """What npm's tracker was asked since the last time."""
    return program.ask("asked")["asked"]


def udp_counts():
    """200 torrents by UDP: every count is right, in as many packets as it takes"""
    tier = [["udp://%s:%d/announce" % (PUBLIC, PORT), "http://%s:%d/announce" % (PUBLIC, PORT)]]
    torrents = [Truth("torrent-%d" % number, tier) for number in range(200)]
    with sandbox() as box, OpenTracker(PUBLIC, torrents), Wiretap() as wire:
        people = {torrents[0]: (3, 2, 2), torrents[70]: (1, 0, 1), torrents[139]: (0, 4, 0), torrents[199]: (5, 5, 0)}
        for torrent, peers in people.items():
            announced(PUBLIC, PORT, torrent, *peers)
        synced(box, torrents)
        before = len(wire.to(PUBLIC))
        result = box.run("trackers")
        fine(result, "trackers")
        found = report(box)
        wrong = [torrent.name for torrent in torrents
                 if (found[torrent.hash]["seeders"], found[torrent.hash]["leechers"]) != people.get(torrent, (0, 0))[:2]]
        same(wrong, [], "every count is what the peers have made it")
        same([found[torrent.hash].get("completed") for torrent in people], [2, 1, 0, 0], "completed, too")
        same(scrapes(wire, PUBLIC), [70, 70, 60], "three scrapes of 70, 70 and 60")
        packets = [packet for packet in wire.to(PUBLIC)[before:] if packet.target_port == PORT]
        same(len(packets), 4, "and a connect: nothing more, and HTTP of the same host is not asked")
        like(result.message, r"trackers: 200 torrents at 1 tracker \(1 answered\): 200 with an answer, 0 without; "
             r"4 packets in \d+ s\n$", "the summary")
        clean(result.err, "what it says is clean")


def every_way():
    """HTTP, WebSocket, UDP over IPv6: each alone gives the same counts, and the maximum of all is taken"""
    with NodeProgram("npm_tracker.mjs", tempfile.mkdtemp()) as program, sandbox() as box:
        ports = program.ask("listen", udp=SECOND, udp6=PUBLIC6, http=SECOND)
        ways = {"udp": "udp://%s:%d/announce" % (SECOND, ports["udp"]),
                "udp6": "udp://[%s]:%d/announce" % (PUBLIC6, ports["udp6"]),
                "http": "http://%s:%d/announce" % (SECOND, ports["http"]),
                "ws": "ws://%s:%d/" % (SECOND, ports["http"])}
        torrents = {name: Truth("by-" + name, [[url]]) for name, url in ways.items()}
        unknown = Truth("unknown", [["http://%s:%d/announce" % (THIRD, PORT)]])
        both = Truth("both", [[ways["udp"]], ["udp://%s:%d" % (PUBLIC, PORT)]])
        for torrent in [*torrents.values(), both]:
            with UdpTracker(SECOND, ports["udp"], SECOND) as peers:
                for number in range(7):
                    peers.announce(torrent.hash, 0 if number < 4 else 1, number)
        with OpenTracker(PUBLIC, [both]), OpenTracker(THIRD, []):
            announced(PUBLIC, PORT, both, 2, 6)
            synced(box, [*torrents.values(), unknown, both])
            fine(box.run("trackers"), "trackers")
        for name, torrent in torrents.items():
            same(counts(box, torrent), (4, 3), "%s: 4 seeders, 3 leechers" % name)
        same(counts(box, unknown), (-1, -1), "what a tracker does not list is unknown, not zero")
        same(counts(box, both), (4, 6), "of two trackers the maximum of each, not the sum")


def failover():
    """Closed ports, dead addresses, names with several addresses, schemes: what was not told is asked elsewhere"""
    with NodeProgram("npm_tracker.mjs", tempfile.mkdtemp()) as program, sandbox() as box:
        ports = program.ask("listen", udp=SECOND, udp6=PUBLIC6, http=SECOND)
        names = {"six.test": [CLOSED, PUBLIC6], "both.test": [SECOND], "gone.test": []}
        torrents = {"six": Truth("six", [["udp://six.test:%d" % ports["udp6"]]]),
                    "http": Truth("http", [["udp://both.test:9/announce", "http://both.test:%d/announce" % ports["http"]]]),
                    "tier": Truth("tier", [["udp://gone.test:80"], ["udp://%s:%d" % (SECOND, ports["udp"])]]),
                    "none": Truth("none", [["udp://gone.test:80"]])}
        with UdpTracker(SECOND, ports["udp"], SECOND) as peers:
            for torrent in torrents.values():
                peers.announce(torrent.hash, 0, 1)
        with Names(names):
            synced(box, torrents.values())
            result = box.run("trackers", "--log-level", "debug")
        fine(result, "trackers")
        same(counts(box, torrents["six"]), (1, 0), "the IPv4 address refuses: its IPv6 address is asked")
        same(counts(box, torrents["http"]), (1, 0), "UDP refuses: HTTP of the same host is asked")
        same(counts(box, torrents["tier"]), (1, 0), "the first tier is gone: the second one answers")
        same(counts(box, torrents["none"]), (-1, -1), "a torrent whose only tracker is gone is unknown")
        like(result.message, "udp://gone.test: there is no host of that name", "and the log says why")
        like(result.message, r"4 torrents at 4 trackers \(3 answered\): 3 with an answer, 1 without", "the summary counts hosts")


def changed(box, change, *values):
    with sqlite3.connect(box.path("state", "swarmtop", "swarm.db")) as database:
        database.execute(change, values)
    database.close()


def age(box, seconds):
    """As if that much time had gone by since trackers were tried."""
    changed(box, "UPDATE trackers SET tried = tried - ?", seconds)


def thinned():
    """A pass leaves one sample a day of the days that are more than thirty ago"""
    torrent = Truth("old", [["udp://%s:6969" % SECOND]])
    with sandbox() as box, Liar(SECOND, 6969, knowing([torrent], 4)):
        synced(box, [torrent])
        day = int(time.time()) // 86400 * 86400 - 40 * 86400
        for hour in range(24):
            changed(box, "INSERT INTO samples(series, since, span, seeders) SELECT 4 * id, ?, 0, ? FROM torrents",
                    day + 3600 * hour, hour)
        changed(box, "DELETE FROM state WHERE key = 'thinning'")
        fine(box.run("trackers"), "trackers")
        with sqlite3.connect(box.path("state", "swarmtop", "swarm.db")) as database:
            left = database.execute("SELECT since, seeders FROM samples").fetchall()
        database.close()
        same(left, [(day + 23 * 3600, 23)], "the last of the day")


def dead_tracker():
    """A dead tracker costs two packets once, then nothing while it rests, then one"""
    many = [Truth("many-%d" % number, [["udp://%s:80" % SILENT], ["udp://%s:%d" % (PUBLIC, PORT)]]) for number in range(150)]
    with sandbox() as box, OpenTracker(PUBLIC, many), Wiretap() as wire:
        # Somebody is there, but never says a word.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
            mute.bind((SILENT, 80))
            synced(box, many)
            sent = []
            for _ in range(4):
                before = len(wire.to(SILENT))
                result = box.run("trackers", timeout=40)
                fine(result, "trackers")
                sent.append(len(wire.to(SILENT)) - before)
                if len(sent) == 2:
                    like(result.message, r"\(1 answered, 1 left alone after failures\)", "that it rests is said")
                    age(box, 200)
        same(sent, [2, 0, 1, 0], "150 torrents: two packets, none, one, none")
        same(counts(box, many[149]), (0, 0), "the other tracker has told all of them")


def knowing(torrents, seeders):
    """A UDP tracker that knows these torrents, and says zeros for others."""
    known = {torrent.hash for torrent in torrents}

    def behaviour(packet):
        action, transaction = packet[8:12], packet[12:16]
        if action == bytes(4):
            return [action + transaction + bytes(8)]
        asked = [packet[at:at + 20].hex() for at in range(16, len(packet), 20)]
        return [action + transaction + b"".join(rows(1, seeders if digest in known else 0, 0, 0) for digest in asked)]
    return behaviour


def wanted_rest():
    """npm's tracker says over HTTP and WebSocket that it wants no other question for ten minutes: it is left alone for so long"""
    with NodeProgram("npm_tracker.mjs", tempfile.mkdtemp()) as program, sandbox() as box:
        ports = program.ask("listen", udp=SECOND, udp6=PUBLIC6, http=SECOND)
        urls = {"http": "http://%s:%d/announce" % (SECOND, ports["http"]), "udp": "udp://%s:%d" % (SECOND, ports["udp"]),
                "ws": "ws://%s:%d/" % (SECOND, ports["http"])}
        torrents = [Truth("by-" + name, [[url]]) for name, url in urls.items()]
        for torrent in torrents:
            http_announce(SECOND, ports["http"], torrent.hash, 0, SECOND, 1)
        synced(box, torrents)

        def asks(what, kinds, said):
            asked_of(program)
            result = box.run("trackers")
            fine(result, what)
            same(sorted(each["kind"] for each in asked_of(program)), kinds, what)
            like(result.message, r"3 torrents at 3 trackers \(%s\): " % said, what + ": it says so")
            same([counts(box, torrent) for torrent in torrents], [(1, 0)] * 3, what + ": the counts stand")

        asks("the first time", ["http", "udp", "ws"], "3 answered")
        asks("at once again", ["udp"], "1 answered, 2 want to be left alone for now")
        result = box.run("inspect", "--json", "--timeout", "5", box.path("torrents", "by-ws.torrent"), timeout=60)
        fine(result, "inspect")
        same([each["kind"] for each in asked_of(program)], ["ws"], "inspect asks all the same")
        age(box, 400)
        asks("some minutes after", ["udp"], "1 answered, 2 want to be left alone for now")
        age(box, 200)
        asks("ten minutes after", ["http", "udp", "ws"], "3 answered")

        os.remove(box.path("torrents", "by-udp.torrent"))
        config(box, {"iso": box.path("torrents")}, dht_listen=["127.0.0.1:0"], dht_bootstrap=[])
        like(box.run("health", "--once", "--log-level", "info", timeout=60).message,
             r"swarmtop: trackers: .*\(0 answered, 2 want to be left alone for now\)", "no warning that nobody answers")
        with open(box.path("torrents", "dead.torrent"), "wb") as file:
            file.write(Truth("dead", [["http://%s:81/announce" % CLOSED]]).content)
        like(box.run("health", "--once", "--log-level", "info", timeout=60).message,
             r"swarmtop: warning: trackers: .*\(0 answered, 2 want to be left alone for now\)", "but where all that are asked fail there is")

        http = torrents[0]
        other = Truth("other", [["http://%s:%d/announce" % (SECOND, ports["http"])]])
        for name, each in (("a", http), ("b", other)):
            os.makedirs(box.path(name))
            with open(box.path(name, "x.torrent"), "wb") as file:
                file.write(each.content)
        config(box, {name: box.path(name) for name in "ab"})
        fine(box.run("sync"), "two collections at one tracker")
        for name, kinds in (("a", []), ("b", ["http"]), ("b", []), ("a", [])):
            asked_of(program)
            fine(box.run("trackers", name), name)
            same([each["kind"] for each in asked_of(program)], kinds, "it is asked for what it was not asked for lately: " + name)


def parked():
    """A host that sends everybody elsewhere is no tracker any more: it rests as a dead one does"""
    torrent = Truth("parked", [["http://%s:8000/announce" % SECOND]])
    with sandbox() as box, Collection(SECOND, 8000, {"/scrape": redirect("http://elsewhere.test/")}) as server:
        synced(box, [torrent])
        for name in ("it is asked", "it rests"):
            fine(box.run("trackers"), name)
            same(len(server.asked()), 1, name + ": one request")


def ports():
    """Several trackers at one host name: what one says is no answer for a torrent that names only the other"""
    urls = ["udp://two.test:6969", "udp://two.test:7070"]
    one, two, both = Truth("one", [urls[:1]]), Truth("two", [urls[1:]]), Truth("both", [urls])
    with sandbox() as box, Names({"two.test": [SECOND]}), Liar(SECOND, 6969, knowing([one, both], 1)), \
            Liar(SECOND, 7070, knowing([two, both], 9)):
        synced(box, [one, two, both])
        for _ in range(2):
            fine(box.run("trackers"), "trackers")
            same([counts(box, torrent)[0] for torrent in (one, two, both)], [1, 9, 9], "each its own, and the maximum")


def fallen_silent():
    """A tracker that falls silent has not taken back its count; another one's zero, for want of knowledge, is no news"""
    urls = ["udp://%s:6969" % SECOND, "udp://%s:6969" % THIRD]
    torrent = Truth("known", [urls])
    with sandbox() as box, Liar(SECOND, 6969, knowing([], 0)):
        with Liar(THIRD, 6969, knowing([torrent], 40)):
            synced(box, [torrent])
            fine(box.run("trackers"), "both answer")
        first = report(box)[torrent.hash]
        same((first["seeders"], first["tracker"]), (40, "udp://" + THIRD), "the maximum")
        for name in ("it is silent", "it rests"):
            wait_until(lambda: time.time() >= first["scraped_date"] + 2, 10, "the next second")
            fine(box.run("trackers", timeout=60), name)
            again = report(box)[torrent.hash]
            same([again[key] for key in ("seeders", "tracker", "scraped_date")],
                 [first[key] for key in ("seeders", "tracker", "scraped_date")], name + ": its count stands, with its time")
        changed(box, "UPDATE answers SET at = at - 4 * 86400 WHERE seeders = 40")
        fine(box.run("trackers", timeout=60), "four days after")
        same(report(box)[torrent.hash]["seeders"], 0, "it is out of date")


def taken_back():
    """A tracker that did not know a torrent any more when it was last heard: its older count does not come back"""
    torrent = Truth("known", [["udp://%s:6969" % SECOND]])
    with sandbox() as box, Liar(SECOND, 6969, knowing([], 0)):
        with Liar(THIRD, 6969, knowing([torrent], 40)):
            synced(box, [torrent], trackers_extra=["udp://%s:6969" % THIRD])
            fine(box.run("trackers"), "it knows the torrent")
        same(counts(box, torrent)[0], 40, "the maximum")
        with Liar(THIRD, 6969, knowing([], 0)):
            fine(box.run("trackers"), "it does not")
        same(counts(box, torrent)[0], 0, "what the others say")
        fine(box.run("trackers", timeout=60), "it is silent")
        same(counts(box, torrent)[0], 0, "what the others say, still")


def in_doubt():
    """Zeros of an extra tracker: what it dropped or lost among others that it kept is one; all at once it has forgotten"""
    torrents = [Truth("extra-%d" % number, []) for number in range(5)]
    first, rest = torrents[0], torrents[1:]
    with sandbox() as box:
        def says(known, seeders, what):
            with Liar(SECOND, 6969, knowing(known, 3)):
                fine(box.run("trackers"), what)
            same([counts(box, torrent)[0] for torrent in torrents], seeders, what)

        synced(box, torrents, trackers_extra=["udp://%s:6969" % SECOND])
        says(torrents, [3] * 5, "it knows all of them")
        says([], [3] * 5, "it was started anew: what was measured stays")
        says(rest, [3] * 5, "four are back")
        says(rest, [3] * 5, "the other one is in doubt")
        changed(box, "UPDATE answers SET at = at - 4 * 86400 WHERE seeders IS NULL")
        says(rest, [0] + [3] * 4, "for four days: nobody is there")
        says([first] + rest[1:], [3, 0, 3, 3, 3], "one is lost, and three are kept: that one is a zero at once")


def inspected():
    """inspect asks a tracker once, however often and in whatever way it is named"""
    torrent = Truth("once", [["udp://%s:6969/announce" % SECOND], ["udp://%s:6969" % SECOND, "udp://%s:6969/x?y" % SECOND]])
    with sandbox() as box, Liar(SECOND, 6969, knowing([torrent], 4)) as tracker:
        synced(box, [torrent], trackers_extra=["udp://%s:6969" % SECOND])
        result = box.run("inspect", "--json", "--timeout", "5", box.path("torrents", "once.torrent"), timeout=60)
        fine(result, "inspect")
        sources = [one for one in json.loads(result.out)["health"]["sources"] if one["source"].startswith("udp://")]
        same([(one["source"], one["seeders"]) for one in sources], [("udp://" + SECOND, 4)], "one source")
        same(tracker.asked, 2, "a connection and a question")


def extras():
    """Extra trackers say zeros for what they do not know: no answer, however they are asked; a torrent's own one's are"""
    with NodeProgram("npm_tracker.mjs", tempfile.mkdtemp()) as program, sandbox() as box, \
            Liar(THIRD, 6969, knowing([], 0)):
        ports = program.ask("listen", udp=SECOND, udp6=PUBLIC6, http=SECOND)
        bare, named = Truth("bare", []), Truth("named", [["udp://%s:6969" % THIRD]])
        urls = [scheme % (SECOND, ports[kind]) for scheme, kind in
                (("udp://%s:%d", "udp"), ("http://%s:%d/announce", "http"), ("ws://%s:%d/", "http"))]
        for extra in urls:
            synced(box, [bare, named], trackers_extra=[extra])
            fine(box.run("trackers"), "trackers with " + extra[:4])
            same([counts(box, torrent) for torrent in (bare, named)], [(-1, -1), (0, 0)], "unknown, and a zero")
        config(box, {"iso": box.path("torrents")}, trackers_extra=urls)
        result = box.run("inspect", "--json", "--timeout", "5", box.path("torrents", "named.torrent"), timeout=60)
        fine(result, "inspect")
        got = [(one["state"], one["seeders"]) for one in json.loads(result.out)["health"]["sources"]]
        same(got[:4], [("answered", 0)] + [("unknown", None)] * 3, "inspect says so of each")


def suspect():
    """A suspect with two addresses: the living IPv6 one is found again behind a silent IPv4 one"""
    torrent = Truth("dual", [["udp://dual.test:6969"]])
    with sandbox() as box, Names({"dual.test": [SILENT, PUBLIC6]}), Wiretap() as wire, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind((SILENT, 6969))
        synced(box, [torrent])
        fine(box.run("trackers", timeout=60), "nobody answers")
        same(counts(box, torrent)[0], -1, "and the torrent is unknown")
        age(box, 200)
        before = len(wire.to(SILENT))
        with Liar(PUBLIC6, 6969, knowing([torrent], 3)):
            fine(box.run("trackers", timeout=60), "the IPv6 address has come back")
        same(counts(box, torrent)[0], 3, "and is asked")
        same(len(wire.to(SILENT)) - before, 1, "after one packet to the IPv4 address")


def polite():
    """A tracker of others is asked for thousands of torrents: a burst, and the rest with a pause after each"""
    hashes = ["%040x" % (number + 1 << 140) for number in range(61 * 70)]
    with sandbox() as box, Watch(SECOND, 6969, knowing([], 0)) as tracker:
        box.write("list.txt", "".join("magnet:?xt=urn:btih:%s\n" % digest for digest in hashes))
        config(box, {"iso": box.path("list.txt")}, trackers_extra=["udp://%s:6969" % SECOND])
        fine(box.run("sync"), "sync")
        fine(box.run("trackers", timeout=60), "trackers")
        ok(len(tracker.times) >= 62, "a connect and 61 scrapes, and what a slow machine made be sent again", len(tracker.times))
        # At 20 a second behind a burst of 20 it takes two; at once, some milliseconds.
        ok(tracker.times[-1] - tracker.times[0] >= 1, "not all at once", tracker.times[-1] - tracker.times[0])


def nobody():
    """That no tracker answers is a result, too; and without trackers there is nothing to do"""
    torrent = Truth("alone", [["udp://%s:9" % CLOSED]])
    with sandbox() as box:
        synced(box, [torrent])
        result = box.run("trackers")
        fine(result, "nobody answers")
        like(result.message, r"1 torrent at 1 tracker \(0 answered\): 0 with an answer, 1 without", "and that is said")
        same(counts(box, torrent), (-1, -1), "the torrent is unknown")
    with sandbox() as box:
        synced(box, [Truth("bare", [])])
        result = box.run("trackers")
        fine(result, "a torrent without a tracker")
        like(result.message, r"1 torrent at 0 trackers", "is told as one")


def foreign():
    """Links to a private torrent name another tracker: it never hears of it, whatever is run"""
    with sandbox() as box, Wiretap() as wire, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind((SILENT, 6969))
        secret = Truth("secret", [["udp://%s:%d" % (PUBLIC, PORT)]], private=True)
        magnet = "magnet:?xt=urn:btih:%s&tr=udp%%3A%%2F%%2F%s%%3A6969" % (secret.hash, SILENT)
        box.write("list.txt", magnet + "\n")
        with OpenTracker(PUBLIC, [secret]):
            config(box, {"iso": folder(box, [secret]), "links": box.path("list.txt")}, dht_listen=["127.0.0.1:0"],
                   dht_bootstrap=[])
            for _ in range(2):
                fine(box.run("sync"), "sync")
                fine(box.run("trackers"), "trackers")
            for what in (magnet, secret.hash):
                result = box.run("inspect", what, "--timeout", "5", timeout=40)
                fine(result, "inspect " + what[:6])
                like(result.out, "udp://%s" % PUBLIC, "its own tracker is shown")
        same(len(scrapes(wire, PUBLIC)), 4, "its own tracker is asked each time")
        same(wire.to(SILENT), [], "the other one never")


def shared():
    """A torrent in two collections: each one's trackers are asked, but of a private one those of its first file only"""
    def put(box, path, name, tracker, private=False):
        torrent = Truth(name, [["udp://%s:%d" % (tracker, PORT)]], private)
        os.makedirs(os.path.dirname(box.path(path)), exist_ok=True)
        with open(box.path(path), "wb") as stream:
            stream.write(torrent.content)

    def asked(box, *collections):
        with Wiretap() as wire:
            for name in collections:
                fine(box.run("sync", name), "sync " + name)
            fine(box.run("trackers"), "trackers")
            return [address for address in (PUBLIC, SECOND, THIRD) if wire.to(address)]

    with sandbox() as box:
        config(box, {"a": box.path("a"), "b": box.path("b")})
        put(box, "a/1.torrent", "open", PUBLIC)
        put(box, "b/1.torrent", "open", SECOND)
        same(asked(box, "a", "b"), [PUBLIC, SECOND], "a public one: both")
    with sandbox() as box:
        config(box, {"a": box.path("a"), "b": box.path("b")})
        put(box, "a/1.torrent", "secret", PUBLIC, True)
        put(box, "a/other.torrent", "other", PUBLIC, True)
        put(box, "b/1.torrent", "secret", SECOND, True)
        same(asked(box, "a", "b"), [PUBLIC], "a private one: only that of the first")
        os.remove(box.path("a/1.torrent"))
        put(box, "a/moved.torrent", "secret", THIRD, True)
        fine(box.run("sync"), "sync")
        same([address for address in asked(box, "a", "b") if address != PUBLIC], [THIRD], "... or of the one that has come in its place in that collection")


def private():
    """A private torrent is asked for only at its own tracker, by its own URL; a passkey is shown nowhere"""
    with NodeProgram("npm_tracker.mjs", tempfile.mkdtemp()) as program, sandbox() as box, Wiretap() as wire:
        ports = program.ask("listen", udp=SECOND, udp6=PUBLIC6, http=SECOND)
        keyed = "http://%s:%d/announce?passkey=%s" % (SECOND, ports["http"], PASSKEY)
        torrents = {"secret": Truth("secret", [[keyed]], private=True), "public": Truth("public", [[keyed]]),
                    "plain": Truth("plain", [["udp://%s:%d" % (PUBLIC, PORT)]])}
        for torrent in torrents.values():
            http_announce(SECOND, ports["http"], torrent.hash, 0, SECOND, 1)
        with OpenTracker(PUBLIC, torrents.values()):
            announced(PUBLIC, PORT, torrents["public"], 3, 1)
            synced(box, torrents.values(), trackers_extra=["udp://%s:%d/announce" % (PUBLIC, PORT)])
            before = len(wire.packets)
            result = box.run("trackers", "--log-level", "debug")
            fine(result, "trackers")
        secret = bytes.fromhex(torrents["secret"].hash)
        escaped = "".join("%%%02x" % byte for byte in secret)
        told = [packet for packet in wire.packets[before:] if secret in packet.payload
                or escaped in packet.payload.decode("latin-1").lower()]
        same([packet for packet in told if packet.target == PUBLIC], [], "the extra tracker never hears of it")
        same(counts(box, torrents["secret"]), (1, 0), "its own tracker tells")
        same(counts(box, torrents["public"]), (3, 1), "a public one is asked for at the extra tracker, too")
        ok(PASSKEY not in result.message and "passkey" not in result.message, "no passkey in what it says", result.message)
        like(result.message, "http://%s:" % SECOND, "trackers are shown as scheme://host")


def special():
    """Trackers at special addresses get no packet, whatever way they are named; allow_private opens it"""
    names = {"inside.test": ["10.1.2.3", "fd00::66"], "loop.test": ["127.0.0.1"]}
    hosts = SPECIAL + tuple(names)
    urls = [scheme % host for scheme in ("udp://%s:81", "http://%s:81/announce", "ws://%s:81/") for host in hosts]
    torrents = [Truth("t%d" % number, [[url]]) for number, url in enumerate(urls)]
    targets = [host.strip("[]") for host in SPECIAL] + ["::ffff:10.1.2.3", "64:ff9b::a01:203"]
    with sandbox() as box, Names(names, "127.0.0.54"), Wiretap() as wire:
        synced(box, torrents)
        like(box.run("trackers", timeout=40).message, r"at \d+ trackers \(0 answered\)", "nobody may be asked")
        touched = [packet for packet in wire.to(*targets) if packet.target_port == 81]
        same(touched, [], "and not a packet goes to any of %d URLs" % len(urls))
    inside = Truth("inside", [["udp://127.0.0.1:%d" % PORT]])
    with sandbox() as box, OpenTracker("127.0.0.1", [inside]):
        synced(box, [inside])
        fine(box.run("trackers"), "without allow_private")
        same(counts(box, inside), (-1, -1), "one's own tracker is not asked either")
        synced(box, [inside], trackers_allow_private=True)
        fine(box.run("trackers"), "with allow_private")
        same(counts(box, inside), (0, 0), "it is asked at once: that it was not allowed was no failure")


def failing(box):
    """The errors of the trackers that fail, and how often they have failed in a row: sorted by URL."""
    with sqlite3.connect(box.path("state", "swarmtop", "swarm.db")) as database:
        found = database.execute("SELECT error, failures FROM trackers WHERE error <> '' ORDER BY url").fetchall()
    database.close()
    return [error for error, _ in found], [failures for _, failures in found]


def rest(box, count):
    """All but one of the trackers fail, rest, and when their time has come a further failure is counted."""
    fine(box.run("trackers", timeout=60), "they fail")
    same(failing(box)[1], [1] * count, "each failure is one")
    like(box.run("trackers", timeout=60).message, r"\(1 answered, %d left alone after failures\)" % count, "they rest")
    changed(box, "UPDATE trackers SET failures = 3, tried = tried - 86400 WHERE error <> ''")
    fine(box.run("trackers", timeout=60), "a day after")
    errors, failures = failing(box)
    same(failures, [4] * count, "it is one more")
    return errors


def beside():
    """A dead tracker that has a special address beside its public one rests as others do; nobody speaks to the special one"""
    names = {"four.test": [CLOSED, "fd00::66"], "six.test": ["10.1.2.3", PUBLIC6], "round.test": [SECOND, "fd00::66"]}
    urls = ["http://four.test:81/announce", "http://round.test:8000/announce", "http://six.test:81/announce",
            "ws://four.test:81/", "ws://six.test:81/"]
    torrents = [Truth("t%d" % number, [[url]]) for number, url in enumerate([*urls, "udp://%s:6969" % SECOND])]
    with sandbox() as box, Names(names), Liar(SECOND, 6969, knowing(torrents, 4)), Wiretap() as wire, \
            Collection(SECOND, 8000, {"/scrape": redirect("/scrape")}):
        synced(box, torrents)
        errors = rest(box, len(urls))
        same([error for error in errors if "public address" in error], [], "what became of the public one is said")
        like(errors[1], "redirected more than", "and that one leads nowhere")
        same([packet for packet in wire.to("fd00::66", "10.1.2.3") if packet.target_port in (81, 8000)], [], "not a packet")


def forbidden():
    """The network says that a tracker must not be spoken to: that is a failure like others, and it rests"""
    urls = ["udp://%s:6969" % FORBIDDEN, "udp://[%s]:6969" % PUBLIC6]
    torrents = [Truth("t%d" % number, [[url]]) for number, url in enumerate([*urls, "udp://%s:6969" % SECOND])]
    prohibit(FORBIDDEN)
    with sandbox() as box, Liar(SECOND, 6969, knowing(torrents, 4)), Firewall(PUBLIC6, 6969):
        synced(box, torrents)
        same(rest(box, len(urls)), ["no way to it: Permission denied"] * 2, "by a route here, by a firewall there")


def enforced():
    """[proxy] enforce: no UDP, and it says so"""
    torrent = Truth("proxied", [["udp://%s:%d" % (PUBLIC, PORT)]])
    with sandbox() as box, OpenTracker(PUBLIC, [torrent]), Wiretap() as wire:
        synced(box, [torrent], proxy_url="http://127.0.0.1:9", proxy_enforce=True)
        before = len(wire.to(PUBLIC))
        result = box.run("trackers")
        same(len(wire.to(PUBLIC)) - before, 0, "no packet to the UDP tracker")
        like(result.message, "UDP trackers are not asked", "and it says so")


def stopped():
    """Ctrl+C: what was measured is kept, exit 0 within two seconds"""
    told = Truth("told", [["udp://%s:%d" % (PUBLIC, PORT)]])
    waiting = Truth("waiting", [["udp://%s:80" % SILENT]])
    with sandbox() as box, OpenTracker(PUBLIC, [told]), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind((SILENT, 80))
        mute.settimeout(20)
        announced(PUBLIC, PORT, told, 2, 0)
        synced(box, [told, waiting])
        with box.start("trackers", "--log-level", "debug") as program:
            program.wait_for(lambda p: b"asked for 1 torrents" in p.err, what="one tracker's answer")
            mute.recv(100)
            program.signal(signal.SIGINT)
            result = program.finish(2)
        fine(result, "stopped")
        like(result.message, "stopped before the end", "the summary says so")
        like(result.message, "1 with an answer, 0 without, 1 left; ", "and who was not asked to the end, as `dht` does")
        same(counts(box, told), (2, 0), "what was told is kept")
        same(counts(box, waiting), (-1, -1), "what was not is unknown")


if __name__ == "__main__":
    namespace.enter()
    have_addresses([PUBLIC, PUBLIC6, SECOND, THIRD, SILENT, CLOSED, "10.1.2.3", "fd00::66",
                    *("5.9.2.%d" % (number + 1) for number in range(12))])
    if lacking := node_program.lacking():
        node_program.give_up(lacking)
    main(udp_counts, every_way, failover, thinned, dead_tracker, wanted_rest, parked, ports, fallen_silent, taken_back, in_doubt,
         inspected, extras, suspect, polite, nobody, foreign, shared, private, special, beside, forbidden, enforced, stopped)
