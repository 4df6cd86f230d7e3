#!/usr/bin/python3
"""swarmtop inspect: files, magnet links and info-hashes, what is wrong with them, and what must not be shown."""
import contextlib
import json
import os
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
from bencode import bencode
from swarmtop_test import ROOT, clean, like, main, ok, part, same, sandbox
from torrents import SPELLED, metainfo

FOLDER = os.path.join(ROOT, "tests", "data", "torrents")
HASHES = {"v1-single": "4877fa5f8b986bfa2b8178e1878e70849e3a89b8", "v1-many": "d1d1cc0d4424b632dbcbb745e524eebe33fe445b",
          "hybrid": "fdc0ff48b49c64d641e540746196b51d84303f26", "v2": "17d141de24c84dcff47f55bbb9f8e84b37afe714"}
ZEROS = "0" * 40


def torrent(box, name, **more):
    document = {b"info": {b"length": 5, b"name": b"x", b"piece length": 16384, b"pieces": b"-" * 20}}
    document.update({SPELLED.get(key, key).encode(): value for key, value in more.items()})
    os.makedirs(os.path.dirname(box.path(name)), exist_ok=True)
    with open(box.path(name), "wb") as file:
        file.write(bencode(document))
    return box.path(name)


def inspected(box, *args):
    result = box.run("inspect", "--offline", "--json", *args)
    same((result.code, result.said), (0, ""), "exit 0, no word: " + args[0][-40:])
    return json.loads(result.out)


def files():
    """What libtorrent wrote is read as libtorrent reads it"""
    with sandbox() as box:
        for name, infohash in HASHES.items():
            got = inspected(box, os.path.join(FOLDER, name + ".torrent"))
            same((got["infohash"], got["infohash_v2"] is not None), (infohash, name in ("hybrid", "v2")), name + ": hashes")
            same((got["size_bytes"], got["files"]), (12, 1) if name == "v1-single" else (60002, 3), name + ": size and files")
            same((got["private"], got["created_by"]), (name == "v1-single", "libtorrent 2.0.8"), name + ": the rest")
        text = box.run("inspect", "--offline", os.path.join(FOLDER, "hybrid.torrent")).text
        like(text, r"(?m)^  info-hash +%s$" % HASHES["hybrid"], "the same for people")


def links():
    """Magnet links and bare info-hashes"""
    with sandbox() as box:
        got = inspected(box, "magnet:?xt=urn:btih:%s&dn=A%%20name&tr=udp%%3A%%2F%%2Ft.test%%3A80%%2Fannounce&xl=7" % ZEROS)
        same((got["infohash"], got["name"], got["size_bytes"], got["files"]), (ZEROS, "A name", 7, None), "a magnet link")
        same(got["trackers"], [{"tier": 1, "url": "udp://t.test"}], "its tracker")
        same(inspected(box, "A" * 32)["infohash"], ZEROS, "an info-hash in base32")
        got = inspected(box, "ABCDEF0123" * 4)
        same((got["infohash"], got["private"], got["trackers"]), ("abcdef0123" * 4, None, []), "in hex: nothing else is known")


def stored():
    """What the store has read of a torrent file is told of its hash and its link alike; else what a list says of it"""
    with sandbox() as box:
        torrent(box, "seen/x.torrent", comment="a word", created_by="us", creation_date=1700000000)
        box.write("seen/l.magnet", "magnet:?xt=urn:btih:%s&dn=listed&xl=77\n" % ("1" * 40))
        box.config('[collection.a]\ntorrent_url = "%s"\n' % box.path("seen"))
        same(box.run("sync").code, 0, "both are in the store")
        whole = inspected(box, box.path("seen", "x.torrent"))
        facts = ("name", "size_bytes", "files", "created", "created_by", "comment", "private")
        for argument in (whole["infohash"], "magnet:?xt=urn:btih:%s&dn=other&xl=9" % whole["infohash"]):
            got = inspected(box, argument)
            same([got[key] for key in facts], [whole[key] for key in facts], "all of the file: " + argument[:20])
        like(box.run("inspect", "--offline", whole["infohash"]).text, r"(?m)^  size +5 B \(5 bytes\) in 1 file$", "for people too")
        got = inspected(box, "1" * 40)
        same([got[key] for key in facts], ["listed", 77, None, None, None, None, None], "what a list says")
        same(inspected(box, "magnet:?xt=urn:btih:%s&dn=own&xl=9" % ("1" * 40))["size_bytes"], 9, "a link's own word comes before it")


def older():
    """A store of an older swarmtop is not passed over: it may know that a torrent is private"""
    with sandbox() as box:
        content, link = metainfo("x", private=True)
        os.makedirs(box.path("seen"))
        with open(box.path("seen", "x.torrent"), "wb") as file:
            file.write(content)
        box.config('[collection.a]\ntorrent_url = "%s"\n' % box.path("seen"))
        same(box.run("sync").code, 0, "it is in the store")
        same(inspected(box, link)["private"], True, "which knows that it is private")
        with contextlib.closing(sqlite3.connect(box.path("state", "swarmtop", "swarm.db"))) as store, store:
            store.execute("PRAGMA user_version = 1")
        result = box.run("inspect", link)
        same(result.code, 78, "of an older swarmtop")
        like(result.message, "written by an older swarmtop: run `swarmtop sync`", "it is said what to do")
        for args in (("--offline", link), ("--timeout", "1", box.path("seen", "x.torrent"))):
            result = box.run("inspect", *args, timeout=30)
            same(result.code, 0, "where nobody is asked, or the file itself says so, it is no trouble")
            like(result.message, "warning: .* written by an older swarmtop", "but said")


def second_version():
    """v2 hashes, alone and as a multihash; and the link of a torrent that is only v2"""
    with sandbox() as box:
        whole = inspected(box, os.path.join(FOLDER, "v2.torrent"))
        link = "magnet:?xt=urn:btmh:1220" + whole["infohash_v2"]
        ok(whole["magnet"].startswith(link), "a magnet link", whole["magnet"])
        for text in (whole["infohash_v2"], "1220" + whole["infohash_v2"].upper(), whole["magnet"]):
            got = inspected(box, text)
            same((got["infohash"], got["infohash_v2"]), (HASHES["v2"], whole["infohash_v2"]), "read from " + text[-70:])
            ok(got["magnet"].startswith(link), "with the same link", got["magnet"])
        same(box.run("inspect", "--offline", "1" * 63).code, 1, "63 digits are none")


def hybrids():
    """A hybrid of a collection is looked for by its v1 hash, whichever of its hashes was given"""
    with sandbox() as box:
        box.config('[collection.all]\ntorrent_url = "%s"\n' % FOLDER)
        same(box.run("sync").code, 0, "sync")
        for name in ("hybrid", "v2"):
            whole = inspected(box, os.path.join(FOLDER, name + ".torrent"))
            v2 = whole["infohash_v2"]
            for text in (whole["infohash"], v2, v2[:40], "magnet:?xt=urn:btmh:1220" + v2):
                got = inspected(box, text)
                same([got[key] for key in ("infohash", "infohash_v2", "magnet")],
                     [whole[key] for key in ("infohash", "infohash_v2", "magnet")], name + " by " + text[-64:])
                same(got["store"]["collections"], "all", "... is the one of the collection")


def families():
    """A DHT that has no address to ask from was not asked"""
    with sandbox() as box:
        box.config('[dht]\nlisten = ["127.0.0.1:0"]\nbootstrap = []\n')
        got = json.loads(box.run("inspect", "--json", ZEROS).out)["health"]["sources"]
        same([(each["source"], each["state"]) for each in got if each["kind"] == "dht"],
             [("DHT IPv4", "failed"), ("DHT IPv6", "off")], "IPv4 without nodes, IPv6 without an address")


def web_seeds():
    """A web seed's login and query are nowhere in the output"""
    with sandbox() as box:
        path = torrent(box, "x.torrent", url_list=[b"http://user:s3cret@seed.test/a/b@c.iso?key=s3cret",
                                                   b"https://plain.test:8443/x/#s3cret"])
        same(inspected(box, path)["web_seeds"], ["http://seed.test/a/b@c.iso", "https://plain.test:8443/x/"], "in JSON")
        text = box.run("inspect", "--offline", path).text
        ok("s3cret" not in text and "seed.test/a/b@c.iso" in text, "for people", text)


def passkeys():
    """A tracker's path and query are nowhere in the output"""
    with sandbox() as box:
        for url in (b"http://t.test/announce?passkey=s3cret", b"https://t.test/s3cret/announce"):
            path = torrent(box, "x.torrent", announce=url)
            for form in ([], ["--json"]):
                out = box.run("inspect", "--offline", path, *form).text
                ok("s3cret" not in out, "%s %s" % (url.decode(), " ".join(form)), out)


def hostile():
    """Foreign texts are inert, broken files are refused with a reason"""
    with sandbox() as box:
        wild = b"\x1b]52;c;eA==\x07 \xe2\x80\xae \xff\n" + b"A" * 100000
        path = torrent(box, "wild.torrent", comment=wild, created_by=wild, announce=b"http://" + wild)
        result = box.run("inspect", "--offline", path)
        same(result.code, 0, "wild texts: exit 0")
        clean(result.out, "text")
        clean(box.run("inspect", "--offline", "--json", path).out, "JSON", json_lines=True)
        for name, content in (("empty", b""), ("html", b"<html>"), ("list", b"le"), ("deep", b"l" * 100000), ("cut", b"d4:info"),
                              ("big-number", b"d4:infod6:lengthi99999999999999999999e4:name1:xee")):
            with part(name):
                with open(box.path(name), "wb") as file:
                    file.write(content)
                result = box.run("inspect", "--offline", box.path(name))
                same((result.code, result.text), (1, ""), name + ": exit 1")
                like(result.message, r"no good torrent: \w", name + ": and the reason")
        for argument, message in ((box.path("none"), "No such file"), (box.home, "is no file"), ("/dev/zero", "is no file"),
                                  ("magnet:?dn=x", "."), (ZEROS[1:], "no info-hash: that has 40 .* and this has 39 characters"),
                                  ("x" + ZEROS[1:], "no info-hash: that has 40 hexadecimal"), ("", "an empty text is no file"),
                                  ("http://127.0.0.1:9/a.torrent", "a URL is not fetched here")):
            result = box.run("inspect", "--offline", argument)
            same((result.code, result.text), (1, ""), argument[-20:] + ": exit 1")
            like(result.message, message, argument[-20:] + ": and the reason")
        for arguments in ([], [ZEROS, ZEROS], ["--nonsense", ZEROS]):
            same(box.run("inspect", "--offline", *arguments).code, 2, "usage: " + " ".join(arguments))


if __name__ == "__main__":
    main(files, links, stored, older, second_version, hybrids, families, web_seeds, passkeys, hostile)
