#!/usr/bin/python3
"""swarmtop trackers and dht among trackers and nodes that lie, in a network of its own: counted, never believed."""
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from swarm_test import config, fine, report, small
from swarmtop_test import SLOW, clean, like, main, ok, part, same, sandbox

import namespace
import node_program
from addresses import have_addresses, have_range
from bencode import bencode
from collection_server import Collection, Forbidden, Page, bomb, endless, endless_headers, no_http, redirect, truncated
from evil import NODES, SCRAPE, TRACKERS, WILD, Liar, head, rows, scraping
from lab_test import make_databases
from names import Names
from node_program import NodeProgram
from torrents import metainfo
from wiretap import Wiretap

OURS, EVIL = "80.67.10.1", "77.12.13.14"
PASSKEY = "s3cretkey0123456789"
SECOND = 85                                     # evil web servers: 85.N.1.1
SPECIAL = ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fd00::66]",
           "[64:ff9b::7f00:1]", "[2002:7f00:1::1]", "127.1", "localhost"]


def put(box, name, *trackers, **options):
    """A torrent in the box's folder; its info-hash."""
    content, infohash = metainfo(name + " 1.iso", announce_list=[[tracker] for tracker in trackers], **options)
    os.makedirs(box.path("torrents"), exist_ok=True)
    with open(box.path("torrents", name + ".torrent"), "wb") as file:
        file.write(content)
    return infohash


def counts(torrent):
    return torrent["seeders"], torrent["leechers"]


def udp_trackers():
    """UDP trackers that lie: nothing of it is believed, and the honest one is heard"""
    good = scraping(lambda tid, count: [head(SCRAPE, tid) + rows(count, 3, 1, 2)])
    with sandbox() as box, Liar(OURS, 6969, good):
        liars = {name: Liar(EVIL, 7000 + number, behaviour) for number, (name, behaviour) in enumerate(TRACKERS.items())}
        huge = Liar(EVIL, 6999, scraping(lambda tid, count: [head(SCRAPE, tid) + rows(count, 0xffffffff, 0x80000000, 0xffffffff)]))
        alone = {name: put(box, name, f"udp://{EVIL}:{liar.port}/announce") for name, liar in liars.items()}
        second = {name: put(box, name + " too", f"udp://{EVIL}:{liar.port}/announce", f"udp://{OURS}:6969/announce")
                  for name, liar in liars.items()}
        enormous = put(box, "huge", f"udp://{EVIL}:{huge.port}/announce")
        config(box, {"iso": box.path("torrents")})
        fine(box.run("sync"), "sync")
        result = box.run("trackers", "--log-level", "debug", timeout=110)
        fine(result, "trackers")
        ok(result.seconds < 90 * SLOW, "they do not hold it up for long", result.seconds)
        clean(result.err, "what they say is logged as clean text")
        got = report(box)
        same({name: counts(got[each]) for name, each in alone.items()}, dict.fromkeys(alone, (-1, -1)), "no lie is believed")
        same({name: counts(got[each]) for name, each in second.items()}, dict.fromkeys(second, (3, 2)),
             "the next tier is asked instead")
        ok(all(-1 <= count <= 0x7fffffff for count in counts(got[enormous])), "4,294,967,295 seeders are no negative number",
           counts(got[enormous]))
        for liar in (*liars.values(), huge):
            ok(liar.asked < 60, "none is asked without end", liar.asked)
            liar.close()


def web_trackers():
    """HTTP and WebSocket trackers that never end, redirect inside, or speak something else"""
    def websocket(frame, accept=b"nonsense"):
        def send(handler, page):
            handler.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + frame)
        return send
    deep = b"d5:files" + b"d20:" + b"x" * 20 + b"l" * 100000
    pages = {
        "endless": Page(send=endless), "bomb": Page(send=bomb), "headers": Page(send=endless_headers),
        "no http": Page(send=no_http), "half": Page(b"d5:files" + b"x" * 4000, send=truncated), "deep": Page(deep),
        "text": Page("<html>down for maintenance</html>"), "empty": Page(b""), "no files": Page(b"d5:filesdee"),
        "failure": Page(bencode({"failure reason": WILD * 50})), "file": redirect("file:///etc/passwd"),
        "list": Page(b"le"), "numbers": Page(b"d5:filesi5ee"), "loop": redirect("/scrape"), "forbidden": Page("", status=403),
        "echo": Page(bencode({"failure reason": f"nobody has the key {PASSKEY.upper()}"})),
    }
    sockets = {
        "wrong accept": Page(send=websocket(b"")), "no upgrade": Page("hello"), "noise": Page(send=websocket(os.urandom(5000))),
        "huge frame": Page(send=websocket(b"\x81\x7f" + struct.pack(">Q", 1 << 62) + b"x" * 1000)),
    }
    with sandbox() as box, Forbidden() as inner:
        pages["inside"] = redirect("http://127.0.0.1:%d/scrape" % inner.port)
        pages["inside6"] = redirect("http://[::ffff:127.0.0.1]:%d/scrape" % inner.port)
        servers, wanted = [], {}
        for number, (name, page) in enumerate([*pages.items(), *sockets.items()]):
            where = f"{SECOND}.{number}.1.1"
            scheme = "ws" if name in sockets else "http"
            servers.append(Collection(where, 8000, {"/scrape": page, "/announce": page}))
            wanted[name] = put(box, f"{scheme} {name}", f"{scheme}://{where}:8000/announce?passkey={PASSKEY}")
        config(box, {"iso": box.path("torrents")})
        fine(box.run("sync"), "sync")
        result = box.run("trackers", "--log-level", "debug", timeout=110)
        ok(result.code in (0, 1), "trackers ends", result.code)
        ok(result.seconds < 90 * SLOW, "in time", result.seconds)
        small(result, 200, "memory stays small")
        clean(result.err, "what they say is logged as clean text")
        like(result.message, r"nobody has the key \*+\n", "and not our passkey, which one of them says")
        ok(PASSKEY not in result.message.lower(), "nor has anything else")
        got = report(box)
        same({name: counts(got[each]) for name, each in wanted.items()}, dict.fromkeys(wanted, (-1, -1)), "nothing is believed")
        with part("inspect"):
            result = box.run("inspect", "--timeout", "5", box.path("torrents", "http echo.torrent"), timeout=60)
            like(result.text, r"nobody has the key \*+\n", "it shows the words of a tracker")
            ok(PASSKEY not in (result.text + result.message).lower(), "and not our passkey")
        same(inner.visited, [], "nobody inside is connected to")
        for name, server in zip([*pages, *sockets], servers):
            ok(server.requests, name + " was asked")
            server.close()


def inside():
    """Trackers that a torrent names at special addresses are not asked, by datagram or by connection"""
    with sandbox() as box, Forbidden() as inner, Wiretap() as wire, \
            Names({"in.test": ["127.0.0.1"], "in10.test": ["10.1.2.3"], "in6.test": ["::1"], "mapped.test": ["fd00::66"]}):
        hosts = SPECIAL + ["in.test", "in10.test", "in6.test", "mapped.test"]
        for number, host in enumerate(hosts):
            put(box, "n%d" % number, *(f"{scheme}://{host}:{inner.port}/announce" for scheme in ("udp", "http", "ws")))
        config(box, {"iso": box.path("torrents")})
        fine(box.run("sync"), "sync")
        wire.forget()
        box.run("trackers", timeout=100)
        same(inner.visited, [], "nobody inside is connected to")
        wire.catch_up()
        same([packet for packet in wire.packets if packet.target_port == inner.port], [], "nor sent a datagram")
        same({counts(each) for each in report(box).values()}, {(-1, -1)}, "they say nothing")
        with part("allow_private"):
            config(box, {"iso": box.path("torrents")}, trackers_allow_private=True)
            box.run("trackers", timeout=100)
            wire.catch_up()
            ok([packet for packet in wire.packets if packet.target_port == inner.port], "allow_private asks them")


def nodes():
    """A DHT on public addresses with liars in it: every count is right, and no martian is written to"""
    with sandbox() as box, NodeProgram("dht_nodes.mjs", box.home) as dht, Wiretap() as wire:
        real = dht.ask("start", count=40, prefix="5.9", step=257)["nodes"]
        truth = dht.ask("announce", swarms=[{"peers": 1 + number % 20} for number in range(20)])["truth"]
        none = ["%040x" % (0xdead << 64 | number << 140) for number in range(3)]
        liars = [Liar(EVIL, 6881 + number, behaviour) for number, behaviour in enumerate(NODES.values())]
        box.write("list.txt", "".join(f"magnet:?xt=urn:btih:{each}\n" for each in [*truth, *none]))
        config(box, {"iso": box.path("list.txt")}, dht_listen=[OURS + ":6881"], dht_rate=0, dht_rate_per_address=0,
               dht_bootstrap=[f"{EVIL}:{liar.port}" for liar in liars] + real[:2],
               geoip_databases=[make_databases(box.path("geo"))["country"]])
        fine(box.run("sync"), "sync")
        wire.forget()
        result = box.run("dht", "--log-level", "debug", timeout=100)
        fine(result, "dht")
        clean(result.err, "the log is clean text")
        like(result.message, r"(?m)^swarmtop: dht: [1-9]\d* datagrams, [1-9]\d* replies; malformed [1-9]\d*, transactions not ours "
             r"[1-9].*, martians [1-9].*, nodes with port 0 [1-9]", "what is not believed is counted")
        ok(all(liar.asked for liar in liars), "all liars were asked", [liar.asked for liar in liars])
        got = report(box)
        same({each: got[each]["dht_peers"] for each in truth}, truth, "20 counts are right")
        same([got[each]["dht_countries"] for each in truth], [{"DE": peers} for peers in truth.values()], "and their countries")
        ok(all(got[each]["dht_peers"] in (0, None) for each in none), "nobody there is no peer",
           [got[each]["dht_peers"] for each in none])
        wire.catch_up()
        ours = [packet for packet in wire.packets if packet.source == OURS and packet.source_port == 6881]
        strange = {packet.target for packet in ours if packet.target.startswith(("127.", "0.", "224.", "255.", "10.", "192.168.",
                                                                               "169.254."))}
        same(strange, set(), "no datagram goes to an address that nobody has")
        same([packet for packet in ours if not packet.target_port], [], "nor to port 0")
        ok(len(ours) < 5000, "phantoms do not make it ask without end", len(ours))
        small(result, 200, "memory stays small")
        for liar in liars:
            liar.close()


if __name__ == "__main__":
    if why := node_program.lacking():
        node_program.give_up(why)
    namespace.enter()
    have_addresses([OURS, EVIL, "10.1.2.3", "192.168.1.1", "169.254.169.254", "fd00::66", "64:ff9b::7f00:1", "2002:7f00:1::1"]
                   + [f"{SECOND}.{number}.1.1" for number in range(40)])
    have_range("5.9.0.0/16", "5.9.255.255")
    main(udp_trackers, web_trackers, inside, nodes)
