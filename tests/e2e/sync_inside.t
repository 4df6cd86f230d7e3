#!/usr/bin/python3
"""swarmtop sync where its server is on a public-looking address: no page, redirect or name leads it to an inner one."""
import os
import re
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]

import namespace  # noqa: E402
from addresses import have_addresses  # noqa: E402
from bencode import bencode  # noqa: E402
from collection_server import Collection, Forbidden, Page, redirect, torrent_page  # noqa: E402
from names import Names  # noqa: E402
from swarm_test import PUBLIC, PUBLIC6, config  # noqa: E402
from swarmtop_test import like, main, ok, same, sandbox  # noqa: E402

INNER = ["10.77.0.1", "172.16.5.5", "192.168.7.7", "169.254.169.254", "100.64.0.9", "198.18.0.1", "fd00::7", "fec0::7",
         "64:ff9b::a4d:1", "64:ff9b::7f00:1", "2002:7f00:1::1", "2002:a4d:1::", "::10.77.0.1"]
LITERAL = ["127.0.0.1", "127.1.2.3", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0",
           "017700000001", "127.0.0.1.", "%31%32%37.0.0.1", "①②⑦.0.0.1", "127。0。0。1", "localhost", "LOCALHOST", "localhost.",
           "a.localhost", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::7f00:1]",
           "255.255.255.255", "224.0.0.1", "240.0.0.1", "[ff02::1]", "[fe80::1%25lo]"] + [
               "[%s]" % address if ":" in address else address for address in INNER]
NAMES = {"inner4.example": ["10.77.0.1"], "inner6.example": ["fd00::7"], "loop.example": ["127.0.0.1"],
         "mapped.example": ["::ffff:127.0.0.1"], "nat64.example": ["64:ff9b::7f00:1"], "both.example": ["10.77.0.1", "::1"],
         "cloud.example": ["169.254.169.254"], "rebind.example": [[PUBLIC], ["127.0.0.1"]]}


def torrent(name):
    info = {b"length": 5, b"name": name.encode(), b"piece length": 16384, b"pieces": b"-" * 20}
    return torrent_page(bencode({b"info": info}))


def there(box):
    store = sqlite3.connect("file:%s?mode=ro" % box.path("state", "swarmtop", "swarm.db"), uri=True)
    names = sorted(name for name, in store.execute("SELECT name FROM torrents"))
    store.close()
    return names


def hosts_of(literals):
    """All that a careless owner could write into hosts: then only addresses decide."""
    names = {literal.strip("[]").lower().rstrip(".") for literal in literals} | {"127.0.0.1", "0.0.0.0"} | set(NAMES)
    # ... but for what the configuration refuses, because no host of a URL is ever called so
    return sorted(name for name in names if re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", name))


def links(port):
    return ["http://%s:%d/l%d.torrent" % (host, port, number) for number, host in enumerate(LITERAL + list(NAMES))]


def page(urls):
    return Page("".join('<a href="%s">x</a>\n' % url for url in urls))


def corpus():
    """Links and redirects to inner addresses in every spelling, and names that mean them"""
    with Names({**NAMES, "books.example": [PUBLIC]}), Collection(PUBLIC, 8000) as server, Forbidden() as inner, \
            sandbox() as box:
        urls = links(inner.port)
        server.pages["/"] = page(urls + ["/to%d.torrent" % number for number in range(len(urls))] + ["good.torrent"])
        server.pages["/good.torrent"] = torrent("good")
        for number, url in enumerate(urls):      # a header is ASCII
            server.pages["/to%d.torrent" % number] = redirect(url) if url.isascii() else Page(status=404)
        config(box, {"books": {"torrent_url": "http://books.example:8000/", "hosts": hosts_of(LITERAL)}})
        result = box.run("sync", timeout=120)
        same(result.code, 0, "%d links and as many redirects: exit 0" % len(urls))
        same([address for address in inner.visited if PUBLIC not in address], [], "nobody inside was visited")
        same(there(box), ["good"], "the one good link was fetched")
        asked = server.asked()
        same([url for number, url in enumerate(urls) if asked.count("/to%d.torrent" % number) != 1], [],
             "no redirect was tried again")
        like(result.message, "not allowed: ", "it says why")


def collections():
    """A collection that is inside itself, by address, by name, by redirect"""
    with Names({**NAMES, "books.example": [PUBLIC]}), Collection(PUBLIC, 8000) as server, Forbidden() as inner, \
            sandbox() as box:
        server.pages["/to"] = redirect("http://127.0.0.1:%d/" % inner.port)
        urls = ["http://127.0.0.1:%d/", "http://[::1]:%d/", "http://0x7f.1:%d/", "http://inner4.example:%d/",
                "http://mapped.example:%d/", "http://cloud.example:%d/"]
        config(box, {"c%d" % number: url % inner.port for number, url in enumerate(urls)} | {
            "to": {"torrent_url": "http://books.example:8000/to", "hosts": ["127.0.0.1"]}})
        result = box.run("sync", timeout=60)
        same((result.code, inner.visited), (1, []), "none is visited")
        like(result.message, r"7 collections \(7 not read\)", "none is read")


def rebinding():
    """A name that means a public address for the page and an inner one for its torrents"""
    with Names({"re.example": [[PUBLIC], [PUBLIC], ["127.0.0.1"]]}), Collection(PUBLIC, 8000) as server, \
            Forbidden(8000, "127.0.0.1") as inner, sandbox() as box:
        server.pages["/"] = Page('<a href="x.torrent">x</a>', headers={"Connection": "close"})
        config(box, {"books": "http://re.example:8000/"})
        box.run("sync", timeout=60)
        same(inner.visited, [], "the second meaning is not believed")


def watched():
    """The test sees a visit if there is one, and public IPv6 works"""
    with Names({"six.example": [PUBLIC6]}), Collection(PUBLIC6, 8000) as server, Forbidden() as inner, sandbox() as box:
        server.pages["/"] = page(["y.torrent"] + links(inner.port)[:1])
        server.pages["/y.torrent"] = torrent("six")
        config(box, {"books": {"torrent_url": "http://six.example:8000/", "hosts": ["127.0.0.1"], "allow_private": True}})
        box.run("sync", timeout=60)
        same([re.sub("^::ffff:", "", address) for address in inner.visited], ["127.0.0.1"], "who allows it is led inside")
        same(there(box), ["six"], "and public IPv6 is fetched from")


if __name__ == "__main__":
    namespace.enter()
    have_addresses([PUBLIC, PUBLIC6] + INNER)
    main(corpus, collections, rebinding, watched)
