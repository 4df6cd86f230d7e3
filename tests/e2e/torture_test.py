"""What the tests share that torture the commands: a small world that answers all of them, the commands, and what must
be true however one of them ended.

Knows what a run may leave; does not know what was done to it.
"""
import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LAB = os.path.join(os.path.dirname(HERE), "lab")
sys.path[:0] = [HERE, LAB]

from fake_daemon import FakeDaemon, small_world  # noqa: E402
from swarmtop_test import sandbox  # noqa: E402

from bencode import bdecode, bencode  # noqa: E402
from collection_server import Collection, apache_index, torrent_page  # noqa: E402
from evil import Liar, compact  # noqa: E402
from names import Names  # noqa: E402
from node_program import NodeProgram  # noqa: E402
from torrents import metainfo  # noqa: E402

NODES, NODE_PORT = [f"127.0.1.{number}" for number in range(1, 9)], 6881
NAME, FIRST_NODE = "lab.test", "node.test"
PEER = compact("5.9.2.1", 6881)
TORRENTS = 7
PEERS, WANTED = 5, "5.9.1.1"  # of the small world, and the one that is to be forgotten
KNOWN = "SELECT count(*) FROM (SELECT ip FROM peers UNION SELECT ip FROM fresh)"
ALL = bool(os.environ.get("TORTURE_ALL"))  # everything, instead of samples: what `make soak` does
MOST = 500  # even then: libcrypto alone has thousands of allocations
EXITS = {0, 1, 2, 69, 75, 77, 78}


def node(address):
    """A DHT node that knows all others, and one peer of everything."""
    def behaviour(packet):
        query = bdecode(packet)
        answer = {"id": hashlib.sha1(address.encode()).digest(), "token": "x", "nodes": everybody}
        if query[b"q"] == b"get_peers":
            answer["values"] = [PEER]
        return [bencode({"t": query[b"t"], "y": "r", "r": answer})]
    everybody = b"".join(hashlib.sha1(each.encode()).digest() + compact(each, NODE_PORT) for each in NODES)
    return behaviour


def torrent(name, url):
    return metainfo(name, announce_list=[[url]])[0]


class Scene:
    """A folder and a web page of torrents, trackers of each kind and one that is dead, a DHT, and a store that knows
    them; a Transmission, and a history of its peers. `one` is a file of a torrent."""

    def __init__(self, box, stack):
        self.box = box
        trackers = stack.enter_context(NodeProgram("npm_tracker.mjs", box.path("npm")))
        ports = trackers.ask("listen", udp="127.0.0.1", http="127.0.0.1")
        urls = [f"udp://{NAME}:{ports['udp']}", f"http://{NAME}:{ports['http']}/announce",
                f"ws://127.0.0.1:{ports['http']}", "udp://127.0.0.1:1"]
        stack.enter_context(Names({NAME: ["127.0.0.1"], FIRST_NODE: NODES[:1]}))
        for address in NODES:
            stack.enter_context(Liar(address, NODE_PORT, node(address)))
        server = stack.enter_context(Collection())
        server.pages = {"/": apache_index(["x.torrent", "y.torrent"])}
        server.pages.update((f"/{name}.torrent", torrent_page(torrent(name, urls[1]))) for name in "xy")
        os.makedirs(box.path("torrents", "more"))
        for number in range(TORRENTS - 2):
            with open(box.path("torrents", "more" if number > 2 else "", f"t{number}.torrent"), "wb") as file:
                file.write(torrent(f"t{number}", urls[number % len(urls)]))
        self.one, self.page = box.path("torrents", "t0.torrent"), box.path("r.html")
        box.config(f'[collection.a]\ntorrent_url = "{box.path("torrents")}"\n'
                   f'[collection.b]\ntorrent_url = "http://{NAME}:{server.port}/"\nallow_private = true\n'
                   '[trackers]\nallow_private = true\n'
                   '[dht]\nrate_per_address = 0\nallow_private = true\nlisten = ["127.0.0.1:0"]\n'
                   f'bootstrap = ["{FIRST_NODE}:{NODE_PORT}"]\n')
        self.store, self.kept = box.path("state", "swarmtop"), box.path("kept")
        daemon = stack.enter_context(FakeDaemon(small_world()))
        self.poll = ["monitor", "-u", daemon.url, "--json", "--polls", "1"]
        for words in (["sync"], ["trackers"], ["dht"], self.poll + ["--record"]):
            if (result := box.run(*words)).code:
                raise RuntimeError(f"{words}: exit {result.code}: {result.message}")
        shutil.copytree(self.store, self.kept)

    def commands(self):
        """{name: words}; the first one begins a store."""
        magnet = "magnet:?xt=urn:btih:" + "ab" * 20
        return {"first": ["sync"], "sync": ["sync"], "trackers": ["trackers"], "dht": ["dht"], "report": ["report"],
                "page": ["report", "--html", self.page], "pick": ["pick", "--unmeasured"],
                "inspect": ["inspect", "--offline", self.one], "live": ["inspect", self.one],
                "magnet": ["inspect", "--offline", magnet], "health": ["health", "--once"],
                "monitor": self.poll, "recorder": self.poll + ["--record"],
                "history": ["history", "--by", "peer", "--json"], "forget": ["history", "--forget", WANTED],
                "config": ["config", "--check"], "print": ["config", "--print"]}

    def reset(self, name):
        """As it was before: what failed once would be left alone else."""
        shutil.rmtree(self.store, ignore_errors=True)
        if name != "first":
            shutil.copytree(self.kept, self.store)
        for file in os.listdir(self.box.home):
            if "r.html" in file:
                os.unlink(self.box.path(file))

    def complaints(self, name, result):
        """What is wrong with the end of a run of this command: texts."""
        found = []
        if result.code not in EXITS:
            found.append(f"exit {result.code}")
        if result.code and not result.message.strip():
            found.append("says nothing")
        if result.code == 0 and name in WHOLE and not WHOLE[name](self, result):
            found.append("claims to be whole")
        found += [f"left {file}" for file in os.listdir(self.box.home) if "r.html." in file]
        if os.path.exists(self.page) and not read(self.page).endswith("</html>\n"):
            found.append("half a page")
        if name == "first" and (again := self.box.run("sync")).code:
            found.append(f"another one fails: {again.message}")
        found += [f"{file}: it was not damaged" for file in os.listdir(self.store) if "corrupt" in file]
        there = self.sound("swarm.db", "SELECT count(*) FROM places WHERE gone = 0", found)
        if there != TORRENTS:
            found.append(f"{there} torrents are there")
        if name != "first":
            there = self.sound("peers.db", KNOWN, found)
            if there != PEERS and not (name == "forget" and there == PEERS - 1):
                found.append(f"{there} peers are known")
            if name == "forget" and result.code == 0 and there == PEERS:
                found.append("nobody was forgotten")
        return found

    def sound(self, name, query, found):
        """The answer to a query of a database of the store; what is wrong with the file is found."""
        with contextlib.closing(sqlite3.connect(os.path.join(self.store, name))) as store:
            found += [row[0] for row in store.execute("PRAGMA integrity_check") if row[0] != "ok"]
            found += ["a reference to nothing" for row in store.execute("PRAGMA foreign_key_check")]
            return store.execute(query).fetchone()[0]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def is_list(scene, result):
    return len(json.loads(result.out)) == TORRENTS


# What a command has written that claims to have been fine.
WHOLE = {
    "report": is_list,
    "page": lambda scene, result: read(scene.page).endswith("</html>\n"),
    "pick": lambda scene, result: len(result.out.splitlines()) > TORRENTS,
    "inspect": lambda scene, result: b"t0" in result.out and b"udp://lab.test" in result.out,
    "live": lambda scene, result: b"t0" in result.out,
    "magnet": lambda scene, result: b"ab" * 20 in result.out,
    "monitor": lambda scene, result: result.record["connections"] == 6,
    "recorder": lambda scene, result: result.record["connections"] == 6,
    "history": lambda scene, result: len(json.loads(result.out)["rows"]) == PEERS,
    "print": lambda scene, result: b"allow_private = true" in result.out and result.out.endswith(b"\n"),
}


def spread(count, tries):
    """Numbers from 1 to count, no more than that many; or, if all are wanted, than MOST."""
    tries = MOST if ALL else tries
    if count <= tries:
        return range(1, count + 1)
    return sorted({1 + each * (count - 1) // (tries - 1) for each in range(tries)})


@contextlib.contextmanager
def scene():
    with sandbox() as box, contextlib.ExitStack() as stack:
        yield Scene(box, stack)


def compiled(box, name, *options):
    """A C program of the lab."""
    path = box.path(name)
    subprocess.run(["cc", "-D_GNU_SOURCE", "-O1", *options, "-o", path, os.path.join(LAB, name + ".c")], check=True)
    return path
