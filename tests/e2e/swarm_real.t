#!/usr/bin/python3
"""swarmtop trackers, dht, health and report against real trackers, real DHT nodes and a real Transmission: opentracker,
bittorrent-tracker, bittorrent-dht, libtorrent, transmission-daemon, in a network of their own."""
import contextlib
import json
import os
import re
import signal
import socket
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from swarm_test import config, failed, fine, report
from swarmtop_test import SLOW, clean, like, main, ok, part, same, sandbox, wait_until

import namespace
import node_program
from addresses import have_addresses, have_range
from announce import EVENT_COMPLETED, EVENT_STARTED, EVENT_STOPPED, UdpTracker, http_announce
from daemon import Daemon
from evil import Watch, answering
from krpc import Oracle, acquaint
from names import Names
from node_program import NodeProgram
from proxies import HttpProxy, SocksProxy
from torrents import Torrent, metainfo
from tracker import PORT as OPENTRACKER_PORT, Tracker
from wiretap import Wiretap

OPENTRACKER, NPM, NPM6, WS = "80.67.10.1", "81.224.3.4", "2a01:4f8:0:1::5", "81.224.3.5"
SILENT, SILENT6 = "85.0.10.20", "2a01:238:1::99"
DAEMON = "85.214.10.10"
PORT = 6881                                     # of DHT nodes
PASSKEY = "s3cretkey0123456789"


class Made:
    """A torrent of the collection, and what its trackers will count."""

    def __init__(self, name, trackers, **options):
        self.name = name
        self.content, self.hash = metainfo(name, announce_list=[[url] if isinstance(url, str) else url for url in trackers],
                                           **options)

    def put(self, folder):
        with open(os.path.join(folder, self.name + ".torrent"), "wb") as file:
            file.write(self.content)
        return self


def address(number):
    return f"10.100.{number >> 8}.{number & 255}"


class Trackers:
    """opentracker and bittorrent-tracker. `urls`: ways to ask them."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp()
        os.chmod(self.folder, 0o755)
        self.open = Tracker(os.path.join(self.folder, "opentracker"), OPENTRACKER)
        self.open.start()
        self.npm = NodeProgram("npm_tracker.mjs", self.folder)
        self.ports = self.npm.ask("listen", udp=NPM, udp6=NPM6, http=NPM)
        self.ws_port = self.npm.ask("listen", http=WS)["http"]
        self.silent = [socket.socket(family, socket.SOCK_DGRAM) for family in (socket.AF_INET, socket.AF_INET6)]
        for each, where in zip(self.silent, (SILENT, SILENT6)):
            each.bind((where, 6969))
        self.urls = {
            "open-udp": f"udp://{OPENTRACKER}:{OPENTRACKER_PORT}/announce",
            "open-http": f"http://{OPENTRACKER}:{OPENTRACKER_PORT}/announce",
            "udp": f"udp://{NPM}:{self.ports['udp']}/announce", "udp6": f"udp://[{NPM6}]:{self.ports['udp6']}/announce",
            "http": f"http://{NPM}:{self.ports['http']}/announce", "ws": f"ws://{WS}:{self.ws_port}/announce",
            "silent": f"udp://{SILENT}:6969/announce", "dead": f"http://{NPM}:9/announce",
        }
        return self

    def __exit__(self, *error):
        self.npm.close()
        self.open.stop()
        for each in self.silent:
            each.close()

    def swarm(self, torrent, where, seeders, leechers, completed=0):
        """Peers announce themselves at "open" or "npm"."""
        for number in range(seeders + leechers):
            left = 0 if number < seeders else 5
            event = EVENT_COMPLETED if number < completed else EVENT_STARTED
            if where == "ws":
                http_announce(WS, self.ws_port, torrent.hash, left, address(number + 1), number)
            elif where == "npm" and number % 3 == 2:
                http_announce(NPM, self.ports["http"], torrent.hash, left, address(number + 1), number,
                              "completed" if number < completed else "started")
            elif where == "npm":
                with UdpTracker(NPM, self.ports["udp"], address(number + 1)) as tracker:
                    tracker.announce(torrent.hash, left, number, event)
            else:
                with UdpTracker(OPENTRACKER, OPENTRACKER_PORT, address(number + 1)) as tracker:
                    tracker.announce(torrent.hash, left, number, event)

    def allow(self, hashes):
        """opentracker serves what it was told of; it does not say when it has read its list."""
        self.open.hashes += hashes[:-1]
        self.open.allow(hashes[-1])

        def served():
            with contextlib.suppress(Exception), UdpTracker(OPENTRACKER, OPENTRACKER_PORT, address(1)) as tracker:
                tracker.announce(hashes[-1], 5)
                tracker.announce(hashes[-1], 5, event=EVENT_STOPPED)
                return True
        wait_until(served, 10, "opentracker to read its list")


def counts(torrent):
    return torrent["seeders"], torrent["leechers"]


def written(info_hash):
    """The ways in which a hash may stand in a packet."""
    raw = bytes.fromhex(info_hash)
    quoted = urllib.parse.quote(raw, safe="").encode()
    every = b"".join(b"%%%02x" % byte for byte in raw)
    return raw, info_hash.encode(), info_hash.upper().encode(), quoted, quoted.lower(), every, every.upper()


def kinds_of_trackers():
    """UDP, HTTP and WebSocket, over IPv4 and IPv6: every count is right"""
    with sandbox() as box, Trackers() as lab:
        os.mkdir(box.path("torrents"))
        made, truth = {}, {}
        for number, kind in enumerate(("open-udp", "open-http", "udp", "http", "ws", "udp6")):
            torrent = made[kind] = Made(f"{kind} 1.iso", [lab.urls[kind]]).put(box.path("torrents"))
            truth[kind] = (number + 1, 7 - number)
        several = made["several"] = Made("several 2.iso", [lab.urls["open-udp"], lab.urls["udp"]]).put(box.path("torrents"))
        tiers = made["tiers"] = Made("tiers 3.iso", [[lab.urls["dead"], lab.urls["silent"]], [lab.urls["http"]]]
                                     ).put(box.path("torrents"))
        both = made["both"] = Made("both 4.iso", [lab.urls["open-http"], lab.urls["open-udp"]]).put(box.path("torrents"))
        empty = made["empty"] = Made("empty 5.iso", [lab.urls["open-udp"]]).put(box.path("torrents"))
        os.mkdir(box.path("strangers"))
        stranger = Made("stranger 6.iso", [lab.urls["open-http"]]).put(box.path("strangers"))
        lab.allow([each.hash for each in made.values()])
        for kind in truth:
            lab.swarm(made[kind], "open" if kind.startswith("open") else "ws" if kind == "ws" else "npm", *truth[kind])
        lab.swarm(several, "open", 4, 1)
        lab.swarm(several, "npm", 2, 3)
        lab.swarm(tiers, "npm", 3, 2)
        lab.swarm(both, "open", 2, 2)
        config(box, {"iso": box.path("torrents")})
        fine(box.run("sync"), "sync")
        lab.npm.ask("asked")
        result = box.run("trackers", timeout=90)
        fine(result, "trackers")
        like(result.text + result.message, r"(?m)^trackers: .*\b1[01]\b", "the last line says how many")
        got = report(box)
        for kind in truth:
            same(counts(got[made[kind].hash]), truth[kind], kind)
        same(counts(got[several.hash])[0], 4, "of two trackers the maximum, not the sum")
        ok(counts(got[several.hash])[1] in (1, 3), "its leechers, too")
        same(counts(got[tiers.hash]), (3, 2), "a tier that is dead is passed over")
        same(counts(got[both.hash]), (2, 2), "UDP and HTTP of one host are one tracker")
        same(counts(got[empty.hash]), (0, 0), "nobody there, as the tracker says")
        ok(all(got[made[kind].hash]["scraped_date"] > 1e9 for kind in truth), "when it was measured is known")
        asked = [each for each in lab.npm.ask("asked")["asked"] if each["action"] == "scrape"]
        same(sorted(each["kind"] for each in asked), ["http", "udp", "udp", "ws"], "each tracker is asked once")
        with part("a stranger"):
            config(box, {"iso": box.path("strangers")}, store_path=box.path("strangers.db"))
            fine(box.run("sync"), "sync of a hash that the HTTP tracker does not know")
            box.run("trackers", timeout=60)
            same(counts(report(box)[stranger.hash]), (-1, -1), "that is no zero")
        with part("again"):
            config(box, {"iso": box.path("torrents")})
            lab.swarm(made["udp"], "npm", 12, 0)
            fine(box.run("trackers", timeout=90), "trackers again")
            same(counts(report(box)[made["udp"].hash])[0], 12, "a change is seen")


def many_hashes():
    """Hundreds of hashes of one tracker: batches, the right rows, few packets; extra trackers"""
    with sandbox() as box, Trackers() as lab, Wiretap() as wire:
        magnets = ["%040x" % ((number + 1) * 7919 << 130 | number) for number in range(300)]
        box.write("list.txt", "".join(f"magnet:?xt=urn:btih:{each}&dn=n{each[-6:]}\n" for each in magnets))
        config(box, {"iso": box.path("list.txt")}, trackers_extra=[lab.urls["open-udp"], lab.urls["http"]])
        lab.allow(magnets)

        truth = {}
        trackers = [UdpTracker(OPENTRACKER, OPENTRACKER_PORT, address(number + 1)) for number in range(6)]
        for number, each in enumerate(magnets):
            truth[each] = (number % 4, number % 3)
            for peer in range(sum(truth[each])):
                trackers[peer].announce(each, 0 if peer < truth[each][0] else 5, peer)
        for each in trackers:
            each.socket.close()
        fine(box.run("sync"), "sync")
        wire.forget()
        fine(box.run("trackers", timeout=60), "trackers")
        got = report(box)
        truth = {each: counted if any(counted) else (-1, -1) for each, counted in truth.items()}
        same({each: counts(got[each]) for each in magnets}, truth, "300 counts are right: who was never announced is unknown")
        sent = [packet for packet in wire.to(OPENTRACKER) if packet.target_port == OPENTRACKER_PORT]
        ok(len(sent) <= 6, "in one connect and five scrapes", len(sent))
        ok(all(len(packet.payload) <= 16 + 20 * 70 for packet in sent), "of at most 70 hashes")
        gets = [packet for packet in wire.to(NPM) if packet.payload.startswith(b"GET ")]
        ok(gets and all(len(packet.payload) < 5000 for packet in gets), "HTTP in requests under 4 KiB",
           [len(packet.payload) for packet in gets])


def silence():
    """A tracker that does not answer costs little, and less the next time; names with a dead IPv6 address"""
    with sandbox() as box, Trackers() as lab, Wiretap() as wire, Names({"dual.test": [SILENT6, NPM]}):
        os.mkdir(box.path("torrents"))
        for number in range(150):
            Made(f"silent {number}.iso", [lab.urls["silent"]]).put(box.path("torrents"))
        dual = Made("dual 1.iso", [f"udp://dual.test:{lab.ports['udp']}/announce"]).put(box.path("torrents"))
        lab.swarm(dual, "npm", 2, 1)
        config(box, {"iso": box.path("torrents")})
        fine(box.run("sync"), "sync")
        wire.forget()
        result = box.run("trackers", timeout=100)
        fine(result, "trackers")
        ok(result.seconds < 60 * SLOW, "a silent tracker does not hold up the rest", result.seconds)
        first = len(wire.to(SILENT))
        ok(1 <= first <= 8, "it is asked a few times, not for every batch", first)
        got = report(box)
        same(counts(got[dual.hash]), (2, 1), "a name with two addresses: the one that lives answers")
        same({counts(each) for info_hash, each in got.items() if info_hash != dual.hash}, {(-1, -1)}, "no answer is no zero")
        wire.forget()
        box.run("trackers", timeout=100)
        same(wire.to(SILENT), [], "it rests for two minutes: the next time no packet at all")


def proxied():
    """HTTP and WebSocket trackers through a proxy, names too; with enforce no UDP tracker is asked"""
    with Trackers() as lab:
        for kind, scheme in ((HttpProxy, "http"), (SocksProxy, "socks5h")):
            with part(scheme), sandbox() as box, kind({"h.test": NPM, "w.test": WS}) as proxy, Names({}) as dns, Wiretap() as wire:
                os.mkdir(box.path("torrents"))
                made = [Made(f"{scheme} {each} 1.iso", [url]).put(box.path("torrents")) for each, url in
                        (("http", f"http://h.test:{lab.ports['http']}/announce"), ("ws", f"ws://w.test:{lab.ws_port}/"),
                         ("udp", lab.urls["udp"]))]
                for torrent, where in zip(made, ("npm", "ws", "npm")):
                    lab.swarm(torrent, where, 3, 2)
                config(box, {"iso": box.path("torrents")}, proxy_url=f"{scheme}://{proxy.address}")
                fine(box.run("sync"), "sync")
                fine(box.run("trackers", timeout=60), scheme + " proxy")
                same([counts(report(box)[each.hash]) for each in made], [(3, 2)] * 3, "all counts, those of UDP directly")
                same({host for host, _ in proxy.used}, {"h.test", "w.test"}, "it is told the names")
                same(dns.asked, [], "and nobody else")
                config(box, {"iso": box.path("torrents")}, proxy_url=f"{scheme}://{proxy.address}", proxy_enforce=True,
                       store_path=box.path("enforce.db"))
                fine(box.run("sync"), "sync")
                wire.forget()
                fine(box.run("trackers", timeout=60), "with enforce")
                same([counts(report(box)[each.hash]) for each in made], [(3, 2), (3, 2), (-1, -1)], "UDP is off")
                same([packet for packet in wire.to(NPM) if packet.protocol == "udp"], [], "and not a datagram was sent")


def only_its_own(lab, dht, wire, torrent):
    own = (NPM, lab.ports["http"])
    heard = {(packet.target, packet.target_port) for packet in wire.holding(*written(torrent.hash))
             if (packet.source, packet.source_port) != own}
    same(heard, {own}, "only its tracker was asked")
    asked = [each for each in lab.npm.ask("asked")["asked"] if torrent.hash in each["hashes"]]
    same({each["kind"] for each in asked}, {"http"}, "by the URL that it has")
    same(torrent.hash in dht.ask("asked")["asked"], False, "no DHT node heard of it")


def private():
    """A private torrent: only its own tracker hears of it, and its passkey is nowhere else"""
    with sandbox() as box, Trackers() as lab, NodeProgram("dht_nodes.mjs", lab.folder) as dht:
        nodes = dht.ask("start", count=20, prefix="10.1")["nodes"]
        os.mkdir(box.path("torrents"))
        secret = Made("private 1.iso", [lab.urls["http"] + "?passkey=" + PASSKEY], private=True).put(box.path("torrents"))
        public = Made("public 2.iso", [lab.urls["open-udp"]]).put(box.path("torrents"))
        lab.allow([public.hash])
        lab.swarm(secret, "npm", 3, 1)
        config(box, {"iso": box.path("torrents")}, trackers_extra=[lab.urls["open-udp"], lab.urls["udp"], lab.urls["ws"]],
               dht_bootstrap=nodes[:3], dht_allow_private=True, dht_listen=["10.200.0.1:6881"],
               report_json=box.path("r.json"), report_html=box.path("r.html"), report_stats=box.path("s.html"),
               log_level="debug", log_file=box.path("log"))
        lab.npm.ask("asked")
        with Wiretap() as wire:
            runs = [box.run(command, "--log-level", "debug", timeout=60) for command in ("sync", "trackers", "dht", "report")]
            runs.append(box.run("inspect", box.path("torrents", secret.name + ".torrent"), timeout=60))
            only_its_own(lab, dht, wire, secret)
            keys = wire.holding(PASSKEY.encode())
            with part("inspect by hash"):
                wire.forget()
                runs.append(box.run("inspect", "--json", secret.hash, timeout=60))
                only_its_own(lab, dht, wire, secret)
        for run, what in zip(runs, ("sync", "trackers", "dht", "report", "inspect", "inspect --json")):
            fine(run, what)
        ok(keys, "the tracker gets its passkey")
        found = []
        for run in runs:
            found += [text for text in (run.out, run.err) if PASSKEY.encode() in text]
        for name in ("r.json", "r.html", "s.html", "log"):
            with part(name), open(box.path(name), "rb") as file:
                found += [name] if PASSKEY.encode() in file.read() else []
        same(found, [], "no output, log or report has it")
        got = json.load(open(box.path("r.json")))
        same([counts(each) for each in got if each["infohash"] == secret.hash], [(3, 1)], "its counts")
        same([each["dht_peers"] for each in got if each["infohash"] == secret.hash], [None], "nothing of the DHT")


def dht_options(nodes, **more):
    return {"dht_bootstrap": nodes, "dht_allow_private": True, "dht_listen": ["10.200.0.1:6881"], **more}


def dht_npm():
    """40 bittorrent-dht nodes: every count is right, and nobody there is a zero with a proof"""
    with sandbox() as box, NodeProgram("dht_nodes.mjs", box.home) as dht, Wiretap() as wire:
        nodes = dht.ask("start", count=40, prefix="10.1")["nodes"]
        swarms = [{"peers": 1 + number % 20} for number in range(40)]
        truth = dht.ask("announce", swarms=swarms)["truth"]
        none = ["%040x" % (0xdead << 64 | number << 140) for number in range(3)]
        box.write("list.txt", "".join(f"magnet:?xt=urn:btih:{each}\n" for each in [*truth, *none]))
        config(box, {"iso": box.path("list.txt")}, **dht_options(nodes[:3], dht_rate=0, dht_rate_per_address=0))
        fine(box.run("sync"), "sync")
        for _ in range(3):
            result = box.run("dht", timeout=60)
            got = report(box)
            if {each: got[each]["dht_peers"] for each in truth} == truth:
                break
            dht.ask("announce", swarms=swarms)  # nodes that a busy machine has held up for long take each other for dead
        fine(result, "dht")
        like(result.text + result.message, r"(?m)^dht: .*\b4[03]\b", "the last line says how many")
        same({each: got[each]["dht_peers"] for each in truth}, truth, "40 counts")
        same([got[each]["dht_peers"] for each in none], [0, 0, 0], "nobody there: 0")
        ok(all(got[each]["dht_scraped"] > 1e9 for each in got), "when it was measured is known")
        same({counts(each) for each in got.values()}, {(-1, -1)}, "seeders are the trackers' word, not the DHT's")
        sources = json.loads(box.run("inspect", "--json", none[0], timeout=60).out)["health"]["sources"]
        same([[source[key] for key in ("state", "seeders", "leechers", "peers")] for source in sources
              if source["source"] == "DHT IPv4"], [["unknown", 0, 0, 0]], "inspect says the same of nobody")
        with part("politeness"):
            config(box, {"iso": box.path("list.txt")}, **dht_options([], dht_rate=50))
            wire.forget()
            result = box.run("dht", timeout=120)
            fine(result, "with limits, and no nodes but those that were saved")
            wire.catch_up()
            sent = [packet for packet in wire.packets if packet.source == "10.200.0.1"]
            most = max(sum(packet.target == f"10.1.0.{node}" for packet in sent) for node in range(1, 41))
            ok(len(sent) <= 50 * result.seconds + 50, "not more than 50 packets a second", len(sent) / result.seconds)
            ok(most <= 2 * result.seconds + 21, "not more than 2 a second to one address", most / result.seconds)
            ok(all(b"2:roi1e" in packet.payload for packet in sent if b"1:y1:q" in packet.payload), "as a read-only node")
            same([packet for packet in sent if b"announce_peer" in packet.payload], [], "nothing is announced")
            same({each: value["dht_peers"] for each, value in report(box).items() if each in truth}, truth, "the same counts")


def dht_runs():
    """The limit of one address is kept from run to run, however the one before ended"""
    where = "10.9.9.9"
    have_addresses([where])
    with sandbox() as box, Watch(where, PORT, answering(lambda query, target: {})) as node:
        box.write("list.txt", "".join(f"magnet:?xt=urn:btih:{number << 140:040x}\n" for number in range(300)))
        config(box, {"iso": box.path("list.txt")}, store_path=box.path("swarm.db"), **dht_options([f"{where}:{PORT}"]))
        fine(box.run("sync"), "sync")
        began = time.monotonic()
        for way in (signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGINT, signal.SIGKILL, signal.SIGINT):
            first, until = node.asked, time.monotonic() + 2
            with box.start("dht") as program:
                wait_until(lambda: node.asked >= first + 19 or (node.asked > first and time.monotonic() > until), 30, "packets")
                program.signal(way)
                program.finish(10)
        ok(node.asked <= 20 + 2 * (time.monotonic() - began), "20, and two a second, in all runs together", node.asked)
        ok(node.most(10) < 40, "never 40 within 10 s", node.most(10))
        same(len(box.ledgers()), 1, "what was sent is in memory that all share")
        os.unlink(box.ledgers()[0])
        with box.start("dht") as program:
            first = node.asked
            wait_until(lambda: node.asked > first + 2, 30, "packets")
            program.signal(signal.SIGINT)
            fine(program.finish(10), "when somebody has removed that it is made anew")
        ok(node.most(10) < 40, "... and still never 40", node.most(10))
        os.chmod(box.ledgers()[0], 0o644)
        result = box.run("inspect", f"{1 << 140:040x}", timeout=60)
        fine(result, "where others may read it")
        like(result.message, r"what other runs .* is not counted: .*/dev/shm/swarmtop-\d+-\w+ ", "it is not used, and said")


def dht_together():
    """`inspect` several times at once, beside a `dht` that is killed and begun anew: never 40 packets within 10 s"""
    where = "10.9.9.10"
    have_addresses([where])
    with sandbox() as box, Watch(where, PORT, answering(lambda query, target: {})) as node:
        box.write("list.txt", "".join(f"magnet:?xt=urn:btih:{number << 140:040x}\n" for number in range(300)))
        config(box, {"iso": box.path("list.txt")}, **dht_options([f"{where}:{PORT}"]))
        fine(box.run("sync"), "sync")
        ended, results = threading.Event(), []

        def look():
            while not ended.is_set():
                results.append(box.run("inspect", f"{len(results) << 140:040x}", timeout=60))
        lookers = [threading.Thread(target=look) for _ in range(3)]
        for each in lookers:
            each.start()
        wait_until(lambda: len(results) >= 6 and node.asked >= 20, 60, "six lookups")
        for way in (signal.SIGKILL, signal.SIGKILL, signal.SIGINT):
            first, until = len(node.times), time.monotonic() + 4
            with box.start("dht") as program:
                wait_until(lambda: len(node.times) > first and time.monotonic() > until, 30, "packets")
                program.signal(way)
                program.finish(10)
        ended.set()
        for each in lookers:
            each.join()
        same({result.code for result in results}, {0}, "%d lookups have come to an end" % len(results))
        ok(node.most(10) < 40, "never 40 within 10 s, of all together", node.most(10))
        ok(len(node.times) >= 1.5 * (node.times[-1] - node.times[0]) > 15, "two a second, and they are used",
           "%d in %g s" % (len(node.times), node.times[-1] - node.times[0]))


def dht_libtorrent():
    """12 libtorrent nodes with their flood protection: seeders and leechers by BEP 33"""
    with sandbox() as box, NodeProgram("libtorrent_dht.py", box.home) as dht, Oracle() as oracle:
        where = [f"10.2.0.{number}" for number in range(1, 13)]
        have_addresses(where)
        nodes = dht.ask("start", addresses=where)["nodes"]
        pairs = [(each, PORT) for each in where]
        acquaint(dht, oracle, pairs)
        truth = {"%040x" % (0xbeef << 140 | number): seeds for number, seeds in enumerate(((3, 6), (0, 4), (10, 0), (20, 35)))}
        for number in range(max(map(sum, truth.values()))):
            with Oracle(address(number + 1)) as peer:
                for each, (seeders, leechers) in truth.items():
                    if number < seeders + leechers:
                        peer.announce(pairs, each, PORT, number < seeders)
        box.write("list.txt", "".join(f"magnet:?xt=urn:btih:{each}\n" for each in truth))
        config(box, {"iso": box.path("list.txt")}, **dht_options(nodes[:2]))
        fine(box.run("sync"), "sync")
        fine(box.run("dht", timeout=100), "dht")
        got = report(box)
        for each, (seeders, leechers) in truth.items():
            same(got[each]["dht_peers"], seeders + leechers, f"{seeders} + {leechers}: distinct addresses")
            close = [got[each].get(key) is not None and abs(got[each][key] - want) <= 1 + want * 0.1 for key, want in
                     (("dht_seeders", seeders), ("dht_leechers", leechers))]
            ok(all(close), "seeders and leechers by BEP 33", got[each])
            same([key for key, want in (("dht_seeders", seeders), ("dht_leechers", leechers)) if got[each][key] == 0],
                 [key for key, want in (("dht_seeders", seeders), ("dht_leechers", leechers)) if want == 0], "zeros are exact")
        ok(all(oracle.ask(node, "ping") for node in pairs), "nobody was banned here")
        each, (seeders, leechers) = list(truth.items())[0]
        like(box.run("inspect", "--offline", each).text, r"(?m)^  measured +\S+ s ago in the DHT: %d peers, about %d seeders$" % (
            seeders + leechers, got[each]["dht_seeders"]), "inspect says what only the DHT has told")


def dht_ipv6():
    """libtorrent nodes with IPv6 addresses only, and a torrent that is in both networks"""
    ours, prefix = "2a03:1:2:3::1", "2a01:{:x}::1"
    with sandbox() as box, NodeProgram("libtorrent_dht.py", box.home) as six, NodeProgram("dht_nodes.mjs", box.home) as four:
        where = [prefix.format(number) for number in range(1, 11)]
        peers = [f"2a02:{number:x}::1" for number in range(1, 10)]
        have_addresses([ours, *where, *peers])
        six.ask("start", addresses=where)
        nodes = four.ask("start", count=20, prefix="10.1")["nodes"]
        pairs = [(each, PORT) for each in where]
        with Oracle(ours) as oracle:
            acquaint(six, oracle, pairs)
        torrent = "%040x" % (0xfee1 << 140)
        for number, each in enumerate(peers):
            with Oracle(each) as peer:
                peer.announce(pairs, torrent, PORT, number < 3)
        box.write("list.txt", f"magnet:?xt=urn:btih:{torrent}\n")
        bootstrap = [f"[{each}]:{PORT}" for each in where[:2]]
        config(box, {"iso": box.path("list.txt")}, dht_listen=[f"[{ours}]:{PORT}"], dht_bootstrap=bootstrap)
        fine(box.run("sync"), "sync")
        fine(box.run("dht", timeout=60), "dht with an IPv6 address only")
        same(report(box)[torrent]["dht_peers"], 9, "distinct IPv6 addresses")
        close = [abs(report(box)[torrent][key] - want) <= 1 for key, want in (("dht_seeders", 3), ("dht_leechers", 6))]
        same(close, [True, True], "seeders and leechers by BEP 33")
        four.ask("announce", swarms=[{"hash": torrent, "peers": 5}])
        config(box, {"iso": box.path("list.txt")}, dht_listen=["10.200.0.1:6881", f"[{ours}]:{PORT}"], dht_allow_private=True,
               dht_bootstrap=bootstrap + nodes[:2], store_path=box.path("both.db"))
        fine(box.run("sync"), "sync")
        fine(box.run("dht", timeout=60), "dht with both")
        same(report(box)[torrent]["dht_peers"], 14, "distinct addresses of both networks")
        nobody = "%040x" % (0xfee2 << 140)
        box.write("list.txt", f"magnet:?xt=urn:btih:{nobody}\n")
        both = ["10.200.0.1:6881", f"[{ours}]:{PORT}"]
        cases = (("both say none", both, bootstrap + nodes[:2], 0), ("only IPv6 is on", both[1:], bootstrap, 0),
                 ("IPv4 is on and silent", both, bootstrap + ["10.200.0.2:6881"], None),
                 ("IPv6 is on and has no node", both, nodes[:2], 0))
        for name, listen, first, wanted in cases:
            config(box, {"iso": box.path("list.txt")}, dht_listen=listen, dht_allow_private=True, dht_bootstrap=first,
                   store_path=box.path(name + ".db"))
            fine(box.run("sync"), "sync")
            box.run("dht", timeout=60)
            same(report(box)[nobody]["dht_peers"], wanted, f"a torrent that nobody has, {name}: {wanted}")


def transmission():
    """transmission-daemon's DHT node finds and is found; by RPC it is a source of its own"""
    with sandbox() as box, Trackers() as lab, NodeProgram("dht_nodes.mjs", lab.folder) as dht:
        # So few that the eight it announces to and the eight that a lookup ends at have some in common, whichever it knows.
        nodes = dht.ask("start", count=12, prefix="10.1")["nodes"]
        have_addresses(["10.9.0.1"])
        found = Torrent("a", "found 1.iso", 200000, box.path("data"))
        folder = box.path("daemon")
        os.mkdir(folder)
        daemon = Daemon("daemon", folder, "10.9.0.1", "::", **{"dht-enabled": True})
        daemon.know_nodes([(each.split(":")[0], PORT) for each in nodes])
        known = Torrent("b", "known 2.iso", 200000, box.path("known"), lab.urls["http"])
        folder = box.path("second")
        os.mkdir(folder)
        second = Daemon("second", folder, DAEMON, "::", auth=("ada", "pass word"))
        try:
            daemon.start()
            daemon.add(found)
            second.start()
            second.add(known)
            box.write("list.txt", "".join(f"magnet:?xt=urn:btih:{each.hash}\n" for each in (found, known)))
            config(box, {"iso": box.path("list.txt")}, f"[[transmission]]\nurl = '{second.url}'\nusername = 'ada'\n"
                   "password = 'pass word'\n", **dht_options(nodes[:3], dht_rate=0, dht_rate_per_address=0))
            lab.swarm(known, "npm", 2, 3)
            wait_until(lambda: second.get(["trackerStats"])[0]["trackerStats"][0]["seederCount"] >= 1, 20, "an announce")
            second.rpc("torrent-reannounce", ids=[known.hash])
            stats = second.get(["trackerStats"])[0]["trackerStats"][0]
            fine(box.run("sync"), "sync")
            with Wiretap() as wire:
                fine(box.run("trackers", timeout=60), "trackers")
            same([packet for packet in wire.packets if packet.target == NPM and packet.payload
                  and b"scrape" in packet.payload and packet.source != DAEMON], [], "no packet to a tracker that nobody named")
            got = report(box)
            same(got[known.hash]["seeders"], stats["seederCount"], "what its tracker told our Transmission")
            same(got[found.hash]["seeders"], -1, "of a torrent that it has not, nothing")
            with Oracle() as oracle:
                wait_until(lambda: oracle.peers([(each.split(":")[0], PORT) for each in nodes], found.hash), 90,
                           "Transmission to announce")

            def looked_up():
                fine(box.run("dht", timeout=60), "dht")
                return [report(box)[each.hash]["dht_peers"] for each in (found, known)] == [1, 0]
            # It announces to one node after the other: the first of them may be none of those that a lookup ends at.
            wait_until(looked_up, 60, "one peer and none in the DHT")
            ok(True, "it is found in the DHT")
        finally:
            daemon.stop()
            second.stop()


def health_once():
    """health --once: sync, trackers, DHT and reports in one go"""
    with sandbox() as box, Trackers() as lab, NodeProgram("dht_nodes.mjs", lab.folder) as dht:
        nodes = dht.ask("start", count=20, prefix="10.1")["nodes"]
        os.mkdir(box.path("torrents"))
        made = Made("all 1.iso", [lab.urls["udp"]]).put(box.path("torrents"))
        lab.swarm(made, "npm", 3, 4)
        dht.ask("announce", swarms=[{"hash": made.hash, "peers": 6}])
        config(box, {"iso": box.path("torrents")}, report_json=box.path("r.json"), report_html=box.path("r.html"),
               report_stats=box.path("s.html"), **dht_options(nodes[:3]))
        result = box.run("health", "--once", timeout=60)
        fine(result, "health --once")
        clean(result.out + result.err, "what it says is clean text")
        with open(box.path("r.json")) as file:
            got = json.load(file)
        same([(each["infohash"], *counts(each), each["dht_peers"], each["type"]) for each in got],
             [(made.hash, 3, 4, 6, "iso")], "the JSON report has all of it")
        for name in ("r.html", "s.html"):
            with open(box.path(name), encoding="utf-8") as file:
                page = file.read()
            ok(page.lstrip().lower().startswith("<!doctype html"), name + " is a page")
            same(re.findall(r"(?i)<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']?(?:https?:)?//", page), [],
                 "which loads nothing from elsewhere")
        same([name for name in os.listdir(box.home) if name.startswith((".r.", "r.json.", "r.html."))], [], "no temporary file")


def health_daemon():
    """health as a daemon: passes at their intervals, changes are seen, SIGTERM ends it with all that was measured"""
    with sandbox() as box, Trackers() as lab, NodeProgram("dht_nodes.mjs", lab.folder) as dht:
        nodes = dht.ask("start", count=20, prefix="10.1")["nodes"]
        os.mkdir(box.path("torrents"))
        made = Made("daemon 1.iso", [lab.urls["udp"]]).put(box.path("torrents"))
        lab.swarm(made, "npm", 1, 0)
        path = box.path("r.json")

        def configure(where):
            config(box, {"iso": box.path("torrents")}, report_json=where, report_interval=1, sync_interval=1,
                   trackers_interval=1, dht_interval=1, **dht_options(nodes[:3]))

        def shows(infohash, seeders):
            with contextlib.suppress(OSError):
                with open(path) as file:
                    return any((each["infohash"], each["seeders"]) == (infohash, seeders) for each in json.load(file))
        configure(path)
        with box.start("health") as daemon:
            wait_until(lambda: shows(made.hash, 1), 30, "the first report")
            failed(box.run("trackers"), "(?i)another|writ|lock|use", "a second writer", 75)
            lab.swarm(made, "npm", 4, 0)
            wait_until(lambda: shows(made.hash, 4), 30, "a report with more seeders")
            ok(True, "a change is seen at the next pass")
            later = Made("daemon 2.iso", [lab.urls["udp"]])
            lab.swarm(later, "npm", 2, 0)
            later.put(box.path("torrents"))
            wait_until(lambda: shows(later.hash, 2), 30, "a new torrent in the report")
            ok(True, "a new torrent is found, and measured")
            other = box.path("other.json")
            configure(other)
            daemon.signal(signal.SIGHUP)
            wait_until(lambda: os.path.exists(other), 30, "a report at its new place")
            ok(True, "SIGHUP reads the configuration again")
            daemon.signal(signal.SIGTERM)
            result = daemon.finish(5)
        fine(result, "SIGTERM: exit 0")
        like(result.text + result.message, r"(?m)^(swarmtop: )?health: ", "with a summary")
        clean(result.out + result.err, "what it said is clean text")


def unreachable():
    """No DHT, no network: nothing is made a zero, and it says so"""
    with sandbox() as box:
        box.write("list.txt", "magnet:?xt=urn:btih:%s\n" % ("ab" * 20))
        config(box, {"iso": box.path("list.txt")}, **dht_options(["10.77.0.1:6881"]))
        fine(box.run("sync"), "sync")
        failed(box.run("dht", timeout=60), r"(?i)dht|node", "a DHT without nodes", 69)
        same((report(box)["ab" * 20]["dht_peers"], report(box)["ab" * 20]["dht_scraped"]), (None, None), "no answer is no zero")
        config(box, {"iso": box.path("list.txt")}, **dht_options(["10.1.0.1:6881"], dht_allow_private=False))
        with Wiretap() as wire:
            box.run("dht", timeout=60)
            same([packet.target for packet in wire.packets if packet.target.startswith("10.1.")], [],
                 "private nodes are not asked unless allowed")


if __name__ == "__main__":
    if why := node_program.lacking():
        node_program.give_up(why)
    namespace.enter()
    have_addresses([OPENTRACKER, NPM, NPM6, WS, SILENT, SILENT6, DAEMON])
    have_range("10.0.0.0/8", "10.200.0.1")
    main(kinds_of_trackers, many_hashes, silence, proxied, private, dht_npm, dht_runs, dht_together, dht_libtorrent, dht_ipv6,
         transmission, health_once, health_daemon, unreachable)
