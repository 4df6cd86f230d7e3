#!/usr/bin/python3
"""The lab of the swarm wing itself, asked by plain clients: what the other tests take for the truth is true."""
import os
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))

import namespace
import node_program
import tap
from addresses import have_addresses, have_range
from announce import UdpTracker, http_announce
from bencode import bdecode, bencode
from collection_server import Collection, Forbidden, Page, apache_index, redirect, torrent_page, truncated
from krpc import Oracle, acquaint
from names import Names
from node_program import NodeProgram
from proxies import HttpProxy, SocksProxy
from waiting import wait_for
from wiretap import Wiretap

PUBLIC, PUBLIC6, PRIVATE, NAT64 = "5.9.1.1", "2a01:4f8:0:1::5", "10.1.2.3", "64:ff9b::7f00:1"
HASH, OTHER = "11" * 20, "22" * 20


def curl(*args):
    """(exit status, what it printed)"""
    ran = subprocess.run(["curl", "--disable", "-sS", "-m", "5", *args], capture_output=True, timeout=20)
    return ran.returncode, ran.stdout


def grammar():
    value = {b"a": [1, -2, b"x", {b"": b""}], b"b": b"\xff"}
    tap.equal(bdecode(bencode(value)), value, "bencoding there and back")
    for text in (b"", b"d1:a", b"i1", b"5:abc", b"1:ab", b"l" * 5000):
        try:
            tap.ok(bdecode(text) is None, f"{text[:5]} is refused")
        except ValueError:
            tap.ok(True, f"{text[:5]} is refused")


def tracker(folder):
    with NodeProgram("npm_tracker.mjs", folder) as program:
        ports = program.ask("listen", udp=PUBLIC, udp6=PUBLIC6, http=PUBLIC)
        with UdpTracker(PUBLIC, ports["udp"], PUBLIC) as each:
            for number in range(5):
                each.announce(HASH, 0 if number < 2 else 5, number)
        http_announce(PUBLIC, ports["http"], HASH, 0, PUBLIC, 17)
        for address, port in ((PUBLIC, ports["udp"]), (PUBLIC6, ports["udp6"])):
            with UdpTracker(address, port) as each:
                tap.equal([(row[0], row[2]) for row in each.scrape([HASH, OTHER])], [(3, 3), (0, 0)], f"counts of {address}")
        asked = [(each["kind"], each["action"]) for each in program.ask("asked")["asked"]]
        tap.equal(asked, [("udp", "announce")] * 5 + [("http", "announce")] + [("udp", "scrape")] * 2, "what it was asked")


def distance(node_id, info_hash):
    return int.from_bytes(node_id, "big") ^ int(info_hash, 16)


def dht(folder):
    with NodeProgram("dht_nodes.mjs", folder) as program, Oracle() as oracle:
        nodes = [(node.split(":")[0], 6881) for node in program.ask("start", count=40, prefix="10.1")["nodes"]]
        truth = program.ask("announce", swarms=[{"peers": 1 + number % 20} for number in range(30)])["truth"]
        tap.equal({each: len(oracle.peers(nodes, each)) for each in truth}, truth, "all nodes together know every peer")
        ids = {node: oracle.ask(node, "ping")[b"id"] for node in nodes}
        tap.equal({each: len(oracle.peers(sorted(nodes, key=lambda node: distance(ids[node], each))[:8], each))
                   for each in truth}, truth, "so do the 8 closest")
        tap.ok(sum(program.ask("asked")["asked"].values()) >= 40 * 30, "they note what they are asked")


def libtorrent(folder):
    addresses = [f"10.2.0.{number}" for number in range(1, 9)]
    have_addresses(addresses)
    nodes = [(address, 6881) for address in addresses]
    with NodeProgram("libtorrent_dht.py", folder) as program, Oracle() as oracle:
        program.ask("start", addresses=addresses)
        acquaint(program, oracle, nodes)
        for number in range(5):
            have_addresses([f"10.3.0.{number}"])
            with Oracle(f"10.3.0.{number}") as peer:
                tap.equal(peer.announce(nodes, HASH, 6881, number < 2), len(nodes), "all take a peer")
        answer = oracle.ask(nodes[0], "get_peers", info_hash=bytes.fromhex(HASH), scrape=1)
        tap.equal([sum(bin(byte).count("1") for byte in answer[name]) for name in (b"BFsd", b"BFpe")], [4, 6],
                  "BEP 33 filters: two bits for each")


def servers():
    with Names({"files.test": [PUBLIC], "re.test": [[PUBLIC], [PRIVATE]]}) as names, Wiretap() as wire, \
            Collection(PUBLIC, 8000) as server, Forbidden() as inner:
        server.pages = {"/": apache_index(["a b.torrent"]), "/half": Page(b"x" * 1000, send=truncated),
                        "/marked": torrent_page(b"d", etag='"x"'), "/moved": redirect("/marked"),
                        "/later": Page(b"ok", fails=1, failure=503)}
        url = "http://files.test:8000"
        tap.ok(b'href="a%20b.torrent"' in curl(url + "/")[1], "an index, by name")
        tap.equal(curl("-w", "%{http_code}", "-H", 'If-None-Match: "x"', url + "/marked"), (0, b"304"), "unchanged")
        tap.equal(curl("-L", url + "/moved"), (0, b"d"), "a redirect")
        tap.equal(curl(url + "/half")[0], 18, "half a body")
        tap.equal([curl("-f", url + "/later")[0] for _ in range(2)], [22, 0], "a failure that passes")
        tap.equal([curl("http://re.test:8000/marked")[0] for _ in range(2)], [0, 7], "a name that moves inside")
        tap.ok(("re.test", 1) in names.asked, "names note who was asked for")
        for address in ("127.0.0.1", PRIVATE, f"[{NAT64}]"):
            curl(f"http://{address}:{inner.port}/")
        tap.equal([address.removeprefix("::ffff:") for address in inner.visited], ["127.0.0.1", PRIVATE, NAT64],
                  "who must not be visited notes every visit")
        for kind, scheme in ((HttpProxy, "http"), (SocksProxy, "socks5h")):
            with kind({"far.test": PUBLIC}) as proxy:
                tap.equal(curl("-x", f"{scheme}://{proxy.address}", "http://far.test:8000/marked"), (0, b"d"), scheme)
                tap.equal(proxy.used, [("far.test", 8000)], "was told the name")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
            datagram.sendto(b"needle", (PRIVATE, 9))
        wait_for("the wiretap", lambda: wire.holding(b"needle"))
        tap.equal([packet.target_port for packet in wire.holding(b"needle")], [9], "the wiretap sees a packet once")


if __name__ == "__main__":
    if why := node_program.lacking():
        node_program.give_up(why)
    namespace.enter()
    have_addresses([PUBLIC, PUBLIC6, PRIVATE, NAT64])
    have_range("10.0.0.0/8", "10.200.0.1")
    grammar()
    tracker(os.environ["TMPDIR"])
    dht(os.environ["TMPDIR"])
    libtorrent(os.environ["TMPDIR"])
    servers()
    sys.exit(tap.done())
