#!/usr/bin/python3
"""swarmtop sync: collections of every kind, from servers of every kind, in a network of its own."""
import contextlib
import gzip
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from swarm_test import PUBLIC, PUBLIC6, config, failed, fine, report, small
from swarmtop_test import ROOT, SLOW, clean, command, like, main, ok, part, plain_text, same, sandbox, scan_text, wait_until

import namespace
from addresses import have_addresses
from bencode import bencode
from collection_server import (Collection, Forbidden, Page, apache_index, bomb, endless, endless_headers, mute, no_http, redirect,
                               torrent_page, truncated, unframed)
from names import Names
from proxies import HttpProxy, SocksProxy
from torrents import metainfo
from wiretap import Wiretap

PORT = 8000
OTHER, FAR = "80.67.10.1", "85.214.10.10"
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
ZEROS = "0" * 40
# One of each kind of address that nobody on the Internet has: what a URL may say, and what it would be connected to.
SPECIAL = {
    "127.0.0.1": "127.0.0.1", "127.1": "127.0.0.1", "2130706433": "127.0.0.1", "0x7f.0.0.1": "127.0.0.1",
    "017700000001": "127.0.0.1", "0.0.0.0": "0.0.0.0", "127.200.3.4": "127.200.3.4", "10.1.2.3": "10.1.2.3",
    "172.16.9.9": "172.16.9.9", "192.168.1.1": "192.168.1.1", "100.64.1.1": "100.64.1.1",
    "169.254.169.254": "169.254.169.254", "198.18.0.1": "198.18.0.1", "192.0.2.1": "192.0.2.1", "[::1]": "::1", "[::]": "::",
    "[::ffff:127.0.0.1]": "::ffff:127.0.0.1", "[::ffff:10.1.2.3]": "::ffff:10.1.2.3", "[::127.0.0.1]": "::127.0.0.1",
    "[fd00::66]": "fd00::66", "[fe80::66]": "fe80::66", "[fec0::66]": "fec0::66", "[2002:7f00:1::1]": "2002:7f00:1::1",
    "[2002:a01:203::1]": "2002:a01:203::1", "[64:ff9b::7f00:1]": "64:ff9b::7f00:1", "[64:ff9b::10.1.2.3]": "64:ff9b::a01:203",
    "[64:ff9b:1::7f00:1]": "64:ff9b:1::7f00:1", "[2001:0:4136:e378:8000:63bf:80ff:fffe]": "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "[2001:db8::1]": "2001:db8::1",
}


def torrents(count, prefix="debian-"):
    """{file name: (bytes, info-hash)}"""
    return {f"{prefix}{number}.torrent": metainfo(f"{prefix}{number}.iso", 1000 + number) for number in range(count)}


def serve(found, folder="/"):
    """Pages of a folder with these torrents, its index among them."""
    return {folder: apache_index(found), **{folder + name: torrent_page(content) for name, (content, _) in found.items()}}


def next_second():
    """The store knows seconds: what is seen by two passes within one is seen at once."""
    now = int(time.time())
    wait_until(lambda: int(time.time()) > now, 2, "the next second")


def synced(box, server, what, **options):
    """One collection "iso" of the server's root: the pass ends well."""
    config(box, {"iso": {"torrent_url": server.url + "/", **options}})
    result = box.run("sync", timeout=60)
    fine(result, what)
    return result


# ---- kinds of collections ------------------------------------------------------------------------------------------


def index():
    """A folder as web servers show it; names that need escapes; the summary"""
    found = torrents(3)
    for name in ("a name.torrent", "100%.torrent", "plus+tilde~(1).torrent", "übung.torrent", "q?a=b&c.torrent", "[x].torrent"):
        found[name] = metainfo(name + ".bin", 7)
    with sandbox() as box, Collection(PUBLIC, PORT, serve(found, "/pub/")) as server:
        config(box, {"iso": server.url + "/pub/"})
        result = box.run("sync")
        fine(result, "an index")
        got = report(box)
        same(sorted(got), sorted(infohash for _, infohash in found.values()), "every torrent of it")
        like(result.text + result.message, r"(?m)^sync: .*\b9 torrents", "the last line says how many")
        first = got[found["debian-1.torrent"][1]]
        same((first["name"], first["size_bytes"], first["type"], first["link"]),
             ("debian-1.iso", 1001, "iso", server.url + "/pub/debian-1.torrent"), "what is known of one")
        same((first["seeders"], first["leechers"], first["scraped_date"], first["dht_peers"]), (-1, -1, 0, None),
             "nothing is measured yet")
        ok(all(request.path.startswith("/pub/") for request in server.requests), "only what belongs to it is asked for",
           server.asked())


def pages():
    """Any page: <base>, relative and absolute links, ports, entities; not: other hosts, other files, other substrings"""
    found = torrents(8, "lib-")
    files = iter(found.items())
    server_pages, links = {}, []

    def put(path, href):
        name, (content, infohash) = next(files)
        server_pages[path] = torrent_page(content)
        links.append(href)
        return infohash
    with sandbox() as box, Collection(PUBLIC, PORT) as server, Collection(PUBLIC, PORT + 1) as second, \
            Collection(OTHER, PORT) as stranger:
        wanted = [put("/deep/lib/1.torrent", "lib/1.torrent"), put("/lib/2.torrent", "/lib/2.torrent"),
                  put("/deep/../lib/3.torrent", "../lib/3.torrent"), put("/lib/5.torrent?a=1&b=2", "/lib/5.torrent?a=1&amp;b=2"),
                  put("/lib/6.torrent", "//%s:%d/lib/6.torrent#part" % (PUBLIC, PORT)),
                  put("/deep/lib/7.TORRENT", "  lib/7.TORRENT\n")]
        server_pages["/lib/3.torrent"] = server_pages.pop("/deep/../lib/3.torrent")
        name, (content, infohash) = next(files)
        second.pages["/lib/8.torrent"] = torrent_page(content)
        wanted.append(infohash)
        links += [second.url + "/lib/8.torrent", stranger.url + "/lib/x.torrent", "/other/9.torrent", "/lib/readme.html",
                  "ftp://%s/lib/y.torrent" % PUBLIC, "javascript:lib.torrent()", "mailto:lib@x.torrent", "http://[bad/lib.torrent",
                  "http://user:pass@%s:%d/lib/z.torrent" % (PUBLIC, PORT)]
        body = "".join('<li><A HREF="%s">x</A>\n' % link for link in links)
        server_pages["/page.php"] = Page('<html><head><base href="/deep/"></head><body>%s<a href=lib/1.torrent>again</a>' % body)
        server.pages = server_pages
        config(box, {"iso": {"torrent_url": server.url + "/page.php", "required_substring": "lib"}})
        fine(box.run("sync"), "a page with <base>")
        same(sorted(report(box)), sorted(wanted), "what it links to, and nothing else")
        same(stranger.requests, [], "another host is not asked")
        same(len(server.asked()), len(set(server.asked())), "nothing is asked for twice")
        ok("/other/9.torrent" not in server.asked(), "required_substring holds")


def lists():
    """Magnet links in pages and texts, lists of objects, our own report, a single torrent, folders and files"""
    hashes = ["%040x" % (0xabc000 + number) for number in range(6)]
    objects_of = ["%040x" % (0xdef000 + number) for number in range(3)]
    content, single = metainfo("single.bin", 99)
    objects = [
        {"btih": objects_of[0], "display_name": "zero", "torrent_size": 10, "data_size": 5000, "type": "books",
         "url": "https://elsewhere.test/zero.torrent"},
        {"infohash": objects_of[1].upper(), "name": "one", "size_bytes": 6000, "link": "https://elsewhere.test/one.torrent"},
        {"infohash": objects_of[2], "magnet_link": "magnet:?xt=urn:btih:" + objects_of[2], "data_size": "7000"},
        {"infohash": None, "name": "none"}, {"name": "no hash"}, {"infohash": "xyz"}, 5, None, [],
    ]
    magnet = "magnet:?xt=urn:btih:%s&amp;dn=M+%d&amp;xl=%d"
    with sandbox() as box, Collection(PUBLIC, PORT) as server:
        server.pages = {
            "/magnets.html": Page("".join('<a href="%s">m</a>' % (magnet % (hashes[n], n, n)) for n in range(3))),
            "/magnets.txt": Page("# a comment\n" + "\r\n".join((magnet % (hashes[n], n, n)).replace("&amp;", "&")
                                                               for n in range(3, 6)), "text/plain"),
            "/list.json": Page(json.dumps(objects), "application/json"), "/one.torrent": torrent_page(content),
        }
        kinds = {"html": "/magnets.html", "text": "/magnets.txt", "json": "/list.json", "single": "/one.torrent"}
        config(box, {name: server.url + path for name, path in kinds.items()})
        fine(box.run("sync"), "four collections at once")
        got = {name: report(box, name) for name in kinds}
        same(sorted(got["html"]), hashes[:3], "magnet links of a page")
        same(sorted(got["text"]), hashes[3:], "magnet links of a text")
        same((got["text"][hashes[4]]["name"], got["text"][hashes[4]]["size_bytes"]), ("M 4", 4), "what a magnet link says")
        ok(got["html"][hashes[0]]["link"].startswith("magnet:?"), "its link")
        same(sorted(got["json"]), objects_of, "objects with a hash; others are passed over")
        same(list(got["single"]), [single], "a single torrent")
        same(sorted(set(server.asked())), sorted(kinds.values()), "a list with hashes needs no torrents")
        with part("objects"):
            zero, one = got["json"][objects_of[0]], got["json"][objects_of[1]]
            same((zero["link"], one["link"]), ("https://elsewhere.test/zero.torrent", "https://elsewhere.test/one.torrent"),
                 "their links, which are stored and not followed")
            like(one["name"], r"^one\b", "their names")
            ok(zero["size_bytes"] in (10, 5000) and one["size_bytes"] == 6000, "their sizes", (zero, one))
            same(zero["type"], "books", "their type")
        with part("our own report"):
            box.run("report", "--set", "report.json=" + box.path("own.json"))
            config(box, {"own": box.path("own.json")})
            with sandbox() as fresh:
                config(fresh, {"own": box.path("own.json")})
                fine(fresh.run("sync"), "our own report as a collection")
                same(sorted(report(fresh)), sorted(hashes + objects_of + [single]), "has the same torrents")


def reports():
    """Our own report as a collection: what is private stays so, what is v2 stays so; numbers that no torrent has"""
    secret, secret_hash = metainfo("secret.bin", 5, private=True)
    cut = "17d141de24c84dcff47f55bbb9f8e84b37afe714"
    with sandbox() as box:
        os.makedirs(box.path("torrents"))
        for name in ("v2", "hybrid"):
            shutil.copy(os.path.join(ROOT, "tests", "data", "torrents", name + ".torrent"), box.path("torrents"))
        with open(box.path("torrents", "secret.torrent"), "wb") as file:
            file.write(secret)
        config(box, {"local": box.path("torrents")})
        fine(box.run("sync"), "a private torrent, a v2 and a hybrid one")
        box.run("report", "--set", "report.json=" + box.path("own.json"))
        was = report(box)
        ok(cut in was and was[cut]["infohash_v2"].startswith(cut), "the v2 one is known by its cut hash")
        with sandbox() as fresh:
            config(fresh, {"own": box.path("own.json")})
            fine(fresh.run("sync"), "our report as a collection")
            got = report(fresh)
            same({each: (got[each]["private"], got[each]["infohash_v2"]) for each in got},
                 {each: (was[each]["private"], was[each]["infohash_v2"]) for each in was}, "private and v2 as they were")
            ok(got[secret_hash]["private"], "the private one is private")
            like(fresh.run("dht", "--set", "dht.bootstrap=[]", "--set", 'dht.listen=["127.0.0.1:0"]', timeout=60).message,
                 "dht: 2 torrents", "and not asked for in the DHT")
            with open(fresh.path("other.json"), "w", encoding="utf-8") as file:
                json.dump([{"infohash": secret_hash, "name": "secret 2"}], file)
            for more in ({"other": fresh.path("other.json")}, {"magnet": fresh.path("other.magnet")}):
                with open(fresh.path("other.magnet"), "w", encoding="utf-8") as file:
                    file.write("magnet:?xt=urn:btih:%s&dn=secret\n" % secret_hash)
                config(fresh, {"own": box.path("own.json"), **more})
                fine(fresh.run("sync"), "named without it by another list")
                ok(report(fresh)[secret_hash]["private"], "it stays private")
        with part("numbers"), sandbox() as fresh:
            with open(fresh.path("wild.json"), "w", encoding="utf-8") as file:
                json.dump([{"infohash": "%040x" % 1, "size_bytes": 2 ** 70, "created_unix": 1e300},
                           {"infohash": "%040x" % 2, "size_bytes": -5, "created_unix": -1},
                           {"infohash": "%040x" % 3, "size_bytes": 5, "created_unix": 6}], file)
            config(fresh, {"wild": fresh.path("wild.json")})
            fine(fresh.run("sync"), "sizes and dates that no torrent has")
            same([(each["size_bytes"], each["created_unix"]) for _, each in sorted(report(fresh).items())],
                 [(0, 0), (0, 0), (5, 6)], "are unknown")


def folders():
    """A local folder or file, by path and by file://; hidden and broken ones beside them"""
    with sandbox() as box:
        os.makedirs(box.path("torrents", "sub"))
        shutil.copy(os.path.join(ROOT, "tests", "data", "torrents", "v2.torrent"), box.path("torrents"))
        shutil.copy(os.path.join(ROOT, "tests", "data", "torrents", "hybrid.torrent"), box.path("torrents"))
        for name, (content, _) in torrents(3).items():
            with open(box.path("torrents", name), "wb") as file:
                file.write(content)
        with open(box.path("torrents", "broken.torrent"), "wb") as file:
            file.write(b"d4:info")
        os.mkfifo(box.path("torrents", "pipe.torrent"))
        os.symlink("/dev/zero", box.path("torrents", "zero.torrent"))
        wanted = sorted([infohash for _, infohash in torrents(3).values()]
                        + ["17d141de24c84dcff47f55bbb9f8e84b37afe714", "fdc0ff48b49c64d641e540746196b51d84303f26"])
        for url in (box.path("torrents"), "file://" + box.path("torrents"), box.path("torrents") + "/"):
            config(box, {"local": url}, store_path=box.path("store%d.db" % len(url)))
            fine(box.run("sync"), url.replace(box.home, "") + " is read")
            same(sorted(report(box)), wanted, "v1, v2 and hybrid torrents of it")
        link = report(box)[wanted[0]]["link"]
        like(link, r"^(file://|magnet:)", "the link of a local torrent")
        config(box, {"local": box.path("torrents", "debian-1.torrent")}, store_path=box.path("file.db"))
        fine(box.run("sync"), "a file")
        same(len(report(box)), 1, "is one torrent")
        config(box, {"local": url}, store_path=box.path("store%d.db" % len(url)))
        for name in torrents(3):
            os.remove(box.path("torrents", name))
        like(box.run("sync").message, "3 gone", "most of its files are deleted")
        same(len(report(box)), 2, "and gone from reports")
        config(box, {"local": box.path("nowhere")})
        failed(box.run("sync"), "nowhere|local", "a folder that is not there")
        os.makedirs(box.path("odd"))
        os.symlink("round.torrent", box.path("odd", "round.torrent"))
        box.write("cut.json", '[{"name": "x"}, ')
        config(box, {"local": box.path("odd")})
        result = box.run("sync")
        same((result.code, "1 failed" in result.message), (0, True), "a file of a folder that cannot be opened has failed")
        for name, why in (("odd/round.torrent", "Too many levels"), ("cut.json", "nothing in it could be read"),
                          ("torrents/pipe.torrent", "it is neither a file nor a folder")):
            config(box, {"local": box.path(name)})
            result = box.run("sync")
            failed(result, "cannot read .*: " + why, name + " alone")
            same([line for line in result.message.splitlines() if line.count(box.path(name)) > 1], [], "no line says its path twice")


def many_files():
    """A torrent of 200,000 files is one like others"""
    files = [{"length": number, "path": ["dir%d" % (number // 100), "f%d" % number]} for number in range(200000)]
    with sandbox() as box:
        os.makedirs(box.path("torrents"))
        with open(box.path("torrents", "x.torrent"), "wb") as file:
            file.write(bencode({"info": {"name": "big", "piece length": 1 << 20, "pieces": b"-" * 20, "files": files}}))
        config(box, {"local": box.path("torrents")})
        result = box.run("sync", timeout=60)
        like(result.message, r" 1 new, 0 gone, 0 as before, 0 bad", "it is read")
        same([row["files"] for row in report(box).values()], [200000], "with all of its files")
        small(result, 250, "in some memory")


# ---- again ---------------------------------------------------------------------------------------------------------


def again():
    """A second pass asks whether the page has changed, and fetches only what is new"""
    found = torrents(5)
    with sandbox() as box, Collection(PUBLIC, PORT, serve(found)) as server:
        for marks in ({"etag": '"v1"'}, {"modified": DATE}, {"etag": 'W/"v2"', "modified": DATE}):
            vars(server.pages["/"]).update({"etag": None, "modified": None, **marks})
            config(box, {"iso": server.url + "/"}, store_path=box.path("%d.db" % len(str(marks))))
            server.forget()
            fine(box.run("sync"), "first, %s" % sorted(marks))
            same(server.asked(200)[0], "/", "the page, and the torrents")
            same(len(server.asked(200)), 6, "each once")
            server.forget()
            fine(box.run("sync"), "again")
            same((server.asked(200), server.asked(304)[:1]), ([], ["/"]), "it has not changed: nothing is sent")
            asked = next(request for request in server.requests if request.path == "/").headers
            same(asked.get("If-None-Match"), marks.get("etag"), "the ETag comes back as it was")
            same(len(report(box)), 5, "and all torrents are still there")
        with part("a new one"):
            server.pages.update(serve(torrents(6)))
            server.forget()
            fine(box.run("sync"), "one more")
            same(sorted(server.asked(200)), ["/", "/debian-5.torrent"], "only the new one is fetched")
            same(len(report(box)), 6, "and there")


def a_week_later(box):
    """What was fetched is asked for again"""
    with contextlib.closing(sqlite3.connect(box.path("state", "swarmtop", "swarm.db"))) as store, store:
        store.execute("UPDATE urls SET fetched = fetched - 8 * 86400 WHERE url LIKE 'http%'")


def gone():
    """A torrent that left the page is gone from reports, and back when it is back; a page that fails takes nothing away"""
    with sandbox() as box, Collection(PUBLIC, PORT, serve(torrents(4))) as server:
        synced(box, server, "four")
        next_second()
        server.pages["/"] = apache_index(torrents(3))
        synced(box, server, "one has left")
        same(len(report(box)), 3, "it is gone")
        with part("failing pages"):
            for page in (Page("down", status=503), Page("no", status=403), Page(b"<html>" + b"x" * 4000, send=truncated)):
                server.pages["/"] = page
                config(box, {"iso": server.url + "/"})
                same(box.run("sync", timeout=60).code, 1, "the page answers %s" % (page.send and "half" or page.status))
                same(len(report(box)), 3, "the torrents stay")
        server.pages["/"] = apache_index(torrents(4))
        server.forget()
        synced(box, server, "all are back")
        same(len(report(box)), 4, "it is back")
        with part("dead link"):
            del server.pages["/debian-2.torrent"]
            synced(box, server, "the page still names a torrent that we have and that is not there any more")
            same(len(report(box)), 4, "it stays")
        with part("a link that is gone for good"):
            server.pages["/debian-2.torrent"] = Page("gone", status=410)
            for when in ("a week later", "after that"):
                a_week_later(box)
                next_second()
                like(synced(box, server, when).message, "0 new, 0 gone, 4 as before", "the page still names it: it did not leave, nor come back")


def replaced():
    """Another torrent at the link of one: that one is gone, and the other one is new"""
    one, other = (metainfo(name)[0] for name in ("one 1", "two 2"))
    with sandbox() as box, Collection(PUBLIC, PORT, {"/": torrent_page(one)}) as server:
        synced(box, server, "a torrent")
        for body, counts, names in ((one + b"\n", "0 new, 0 gone, 1 as before", ["one 1"]), (other, "1 new, 1 gone, 0 as before", ["two 2"])):
            next_second()
            server.pages["/"] = torrent_page(body)
            like(synced(box, server, "it is sent anew").message, ": %s, 0 bad" % counts, counts)
            same([row["name"] for row in report(box).values()], names, "which the report has")
    with sandbox() as box:
        folder = box.path("folder")
        os.makedirs(folder)
        for body, counts in ((one, "1 new, 0 gone, 0 as before"), (one + b"\n", "0 new, 0 gone, 1 as before"),
                             (other, "1 new, 1 gone, 0 as before"), (b"none", "0 new, 0 gone, 1 as before, 1 bad"),
                             (b"none", "0 new, 0 gone, 1 as before, 1 bad"), (other, "0 new, 0 gone, 1 as before, 0 bad")):
            with open(os.path.join(folder, "x.torrent"), "wb") as file:
                file.write(body)
            config(box, {"local": folder})
            like(box.run("sync").message, ": " + counts, "a file of a folder: " + counts)
            same(len(report(box)), 1, "there is one")
            next_second()
    with sandbox() as box, Collection(PUBLIC, PORT, serve(torrents(2))) as server, part("a link that is back with another torrent"):
        synced(box, server, "two torrents")
        next_second()
        server.pages["/"] = apache_index(torrents(1))
        like(synced(box, server, "one has left").message, "0 new, 1 gone, 1 as before", "which is counted")
        a_week_later(box)
        server.pages["/debian-1.torrent"] = torrent_page(other, delay=3)  # longer than what was seen waits to be written
        server.pages["/"] = apache_index(torrents(2))
        next_second()
        like(synced(box, server, "its link is back with another one").message, "1 new, 0 gone, 1 as before", "that one is new")
        same(len(report(box)), 2, "which the report has")


def no_torrent_now():
    """A server that sends a page to log in on, in the place of torrents that it gave before, takes none of them away"""
    found = torrents(3)
    with sandbox() as box, Collection(PUBLIC, PORT, serve(found)) as server:
        synced(box, server, "three torrents")
        for page, why in ((Page("<html>Who are you?</html>"), "this is a web page"), (Page(send=endless), "bigger than")):
            a_week_later(box)
            server.pages["/debian-1.torrent"] = page
            message = synced(box, server, "a week later").message
            like(message, r"debian-1\.torrent: no good torrent, the one of before stays: .*" + why, "is said")
            like(message, r"0 new, 0 gone, 3 as before, 1 bad", "is counted")
            next_second()
            server.forget()
            like(synced(box, server, "again").message, r"0 new, 0 gone, 3 as before, 0 bad", "nothing is gone")
            same((server.asked(), len(report(box))), (["/"], 3), "and it is not asked for again at once")


def cut():
    """A page that may be cut off takes no torrent away"""
    found = torrents(50)
    index = apache_index(found).body
    half = index.index(b"debian-30.torrent") - 60
    links = b"".join(b'<a href="%s">x</a>\n' % name.encode() for name in found)
    cases = (("cut after some bytes", dict(body=index, send=unframed(1200)), 50, "may be cut off"),
             ("cut before its first torrent", dict(body=index, send=unframed(300)), 50, "names no torrent any more"),
             ("cut after most of it", dict(body=index, send=unframed(half)), 50, "does not close what it opens"),
             ("with a length, but the program that wrote it has died", dict(body=index[:half]), 50, "does not close what it opens"),
             ("a piece of HTML, most of it lost", dict(body=links, send=unframed(links.index(b"\n", 600))), 50, "without a length"),
             ("a piece of HTML, one lost", dict(body=links, send=unframed(links.rindex(b"<a"))), 49, "1 gone"),
             ("whole, by its </html>, with few left", dict(body=apache_index(list(found)[:3]).body, send=unframed(1 << 20)), 3,
              "47 gone"))
    for name, page, left, words in cases:
        with sandbox() as box, Collection(PUBLIC, PORT, serve(found)) as server:
            synced(box, server, "fifty")
            next_second()
            server.pages["/"] = Page(etag='"cut"', **page)
            result = synced(box, server, name)
            same(len(report(box)), left, "%s: %d are there" % (name, left))
            like(result.message, words, "and it says so")
            if left == 50 and "send" in page:
                synced(box, server, "once more")
                ok("If-None-Match" not in server.requests[-1].headers, "a page that may be cut has no ETag")
    with sandbox() as box, Collection(PUBLIC, PORT, serve(found)) as server:
        server.pages["/"] = Page(index[:index.index(b"</table>")], etag='"open"')
        synced(box, server, "a page that never closes what it opens")
        result = synced(box, server, "again")
        same((server.asked(304), "cut off" in result.message), (["/"], False), "has its ETag, and nothing to complain of")


def cut_files():
    """The same of lists on this machine: whose program has died, or whose disk was full"""
    magnets = ["magnet:?xt=urn:btih:%040x&dn=t%d" % (number + 1, number) for number in range(10)]
    items = ["<li><a href='%s'>x</a></li>\n" % magnet for magnet in magnets]
    head, tail = "<html><body><ul>\n", "</ul></body></html>\n"
    whole, text = head + "".join(items) + tail, "\n".join(magnets) + "\n"
    cases = (("HTML, after three of ten", "list.html", whole, head + "".join(items[:3]), 10, "does not close what it opens"),
             ("HTML, within a tag", "list.html", whole, head + "".join(items[:3]) + items[3][:20], 10, "does not close"),
             ("whole, with few left", "list.html", whole, head + "".join(items[:3]) + tail, 3, "7 gone"),
             ("HTML called a text, in a folder", "folder/list.txt", whole, head + "".join(items[:3]), 10, "does not close"),
             ("a text, most of it lost", "list.txt", text, "\n".join(magnets[:3]) + "\n", 10, "less than half"),
             ("a text, some of it", "list.txt", text, "\n".join(magnets[:7]) + "\n", 7, "3 gone"),
             ("a text in a folder, most of it lost", "folder/list.txt", text, "\n".join(magnets[:2]) + "\n", 10, "less than half"),
             ("a text in a folder, some of it", "folder/list.txt", text, "\n".join(magnets[:7]) + "\n", 7, "3 gone"))
    for name, path, before, after, left, words in cases:
        with sandbox() as box:
            os.mkdir(box.path("folder"))
            url = box.path(os.path.dirname(path) or path)
            box.write(path, before)
            config(box, {"local": url})
            fine(box.run("sync"), "ten")
            next_second()
            box.write(path, after)
            result = box.run("sync")
            fine(result, name)
            same(len(report(box)), left, "%s: %d are there" % (name, left))
            like(result.message, words, "and it says so")


def folder_lists():
    """A folder with lists: an empty one takes nothing away, and a text that is no list hinders nobody"""
    links = ["magnet:?xt=urn:btih:%040x&dn=t%d\n" % (number + 1, number) for number in range(10)]
    with sandbox() as box:
        os.mkdir(box.path("folder"))
        box.write("folder/list.txt", "".join(links[:3]))
        box.write("folder/more.txt", "".join(links[3:]))
        box.write("folder/whole.json", json.dumps([{"infohash": "%040x" % 77, "name": "x"}]))
        config(box, {"local": box.path("folder")})
        fine(box.run("sync"), "three lists")
        next_second()
        box.write("folder/list.txt", "")
        like(box.run("sync").message, r"folder/list\.txt is empty", "one is empty now")
        same(len(report(box)), 11, "all are there")
        next_second()
        os.remove(box.path("folder/list.txt"))
        like(box.run("sync").message, "3 gone", "it is deleted")
        next_second()
        box.write("folder/more.txt", links[3])
        like(box.run("sync").message, "less than half", "another is cut, and one is closed")
        same(len(report(box)), 8, "all of both are there")
        next_second()
        box.write("folder/more.txt", "".join(links[3:]))
        box.write("folder/one.txt", "magnet:?xt=urn:btih:%040x\n" % 78)
        fine(box.run("sync"), "it is whole again, and there is a small one")
        next_second()
        os.remove(box.path("folder/more.txt"))
        like(box.run("sync").message, "7 gone", "the larger one is deleted")
        same(len(report(box)), 2, "what the others have is there")
        next_second()
        box.write("folder/more.txt", "".join(links[:2]))
        box.write("folder/third.txt", "".join(links[2:]))
        fine(box.run("sync"), "it is back, with fewer, and there is a third one")
        next_second()
        os.remove(box.path("folder/whole.json"))
        like(box.run("sync").message, "1 gone", "what it named before it was deleted does not count")
        next_second()
        box.write("folder/third.txt", "out of order\n")
        like(box.run("sync").message, "third.txt names less than half of what it did", "a list that is some other text now")
        same(len(report(box)), 11, "takes nothing away")
    texts = (("<html><body>notes", 3), ("these torrents are <b>mine", 3), ('{"a":1}', 3), ("hello world\n", 3), ("", 4))
    for text, left in texts:
        with sandbox() as box:
            os.mkdir(box.path("folder"))
            for name, (content, _) in torrents(4).items():
                with open(box.path("folder", name), "wb") as file:
                    file.write(content)
            box.write("folder/README.txt", text)
            config(box, {"local": box.path("folder")})
            box.run("sync")
            next_second()
            os.remove(box.path("folder", "debian-1.torrent"))
            message = box.run("sync").message
            same(len(report(box)), left, "beside %r a torrent file is deleted" % text)
            like(message, "1 gone" if left == 3 else r"folder/README\.txt is empty", "and it says so")
            if left == 3:
                next_second()
                os.remove(box.path("folder", "debian-2.torrent"))
                os.remove(box.path("folder", "debian-3.torrent"))
                like(box.run("sync").message, "2 gone", "and most of the others")


def filters():
    """required_substring: as it is seen or as it is written in a URL; what it left out is said"""
    found = {"sp ace.torrent": metainfo("a.bin", 1), "other.torrent": metainfo("b.bin", 2)}
    with sandbox() as box, Collection(PUBLIC, PORT, serve(found)) as server:
        for needle in ("sp ace", "sp%20ace"):
            result = synced(box, server, needle, required_substring=needle)
            same(len(report(box)), 1, needle + " is found")
            like(result.message, r"sync: .* 1 left out", "and how many were left out")
            box.run("sync", "--set", "collection.iso.required_substring=other")
        result = synced(box, server, "what is in none", required_substring="nowhere")
        like(result.message, "required_substring", "is said")
        ok("other hosts" not in result.message, "and nobody else is blamed", result.message)
        config(box, {"iso": {"torrent_url": server.url + "/", "required_substring": "nowhere"}}, store_path=box.path("new.db"))
        like(box.run("sync").message, r'required_substring = "nowhere" is in none of 2 links', "also the first time")


def places():
    """The summary counts torrents, not files"""
    found = torrents(42)
    with sandbox() as box, Collection(PUBLIC, PORT, {**serve(found), **serve(torrents(2), "/two/")}) as server:
        server.pages["/again.torrent"] = server.pages["/debian-7.torrent"]
        server.pages["/"] = apache_index([*found, "again.torrent"])
        config(box, {"iso": server.url + "/", "two": server.url + "/two/"})
        like(box.run("sync").message, r"sync: 2 collections, 42 torrents in 45 places: 45 new", "one twice, and two in two")
        next_second()
        like(box.run("sync").message, r"sync: 2 collections, 42 torrents in 45 places: 0 new, 0 gone, 45 as before", "again")
        like(box.run("sync", "two").message, r"sync: 1 collection, 2 torrents: 0 new", "one of them")


def locked():
    """A store that another program has locked: the store is blamed"""
    with sandbox() as box, Collection(PUBLIC, PORT, serve(torrents(2))) as server:
        synced(box, server, "a store")
        store = next(os.path.join(folder, name) for folder, _, names in os.walk(box.home) for name in names
                     if name == "swarm.db")
        other = sqlite3.connect(store, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        result = box.run("sync", timeout=60)
        other.execute("ROLLBACK")
        other.close()
        failed(result, r"swarm\.db", "a store that is locked")
        ok("cannot read" not in result.message, "the page is not to blame", result.message)


def two():
    """A torrent of two collections is one torrent"""
    found = torrents(4)
    with sandbox() as box, Collection(PUBLIC, PORT, {**serve(found, "/a/"), **serve(torrents(6), "/b/")}) as server:
        config(box, {"a": server.url + "/a/", "b": server.url + "/b/"})
        fine(box.run("sync"), "two collections with four in common")
        same((len(report(box)), len(report(box, "a")), len(report(box, "b"))), (6, 4, 6), "are six torrents")
        server.pages["/a/"] = apache_index([])
        box.run("sync")
        same(len(report(box)), 6, "gone from one, still in the other")
        with part("names"):
            failed(box.run("sync", "c"), "c", "a collection that is not configured", 2)
            server.forget()
            config(box, {"a": server.url + "/a/", "b": {"torrent_url": server.url + "/b/", "enabled": False}})
            fine(box.run("sync"), "a collection that is not enabled")
            ok(not any(path.startswith("/b/") for path in server.asked()), "is left alone", server.asked())


def bad():
    """What is no torrent is counted and said, and never the end"""
    found = torrents(3)
    wrong = {"html": b"<html>not found</html>", "empty": b"", "cut": found["debian-1.torrent"][0][:40], "deep": b"l" * 200000,
             "number": b"d4:infod6:lengthi99999999999999999999e4:name1:x12:piece lengthi5e6:pieces20:" + b"-" * 20 + b"ee",
             "noinfo": b"d8:announce3:abce", "negative": b"d4:infod6:lengthi-5e4:name1:x12:piece lengthi5e6:pieces0:ee",
             "list": b"le"}
    with sandbox() as box, Collection(PUBLIC, PORT) as server:
        files = {**found, **{name + ".torrent": (content, "") for name, content in wrong.items()}}
        server.pages = serve(files)
        result = synced(box, server, "bad torrents among good ones")
        same(len(report(box)), 3, "the good ones are there")
        for name in wrong:
            like(result.message, name + r"\.torrent", name + " is named in the log")
        like(result.text + result.message, r"(?m)^sync: .*\b%d\b" % len(wrong), "and they are counted")
        clean(result.err, "the log is clean text")
        server.forget()
        synced(box, server, "again")
        same([path for path in server.asked(200) if path != "/"], [], "bad ones are not fetched again at once")
        with part("many"):
            server.pages = serve({"bad-%02d.torrent" % number: (b"d4:info%d" % number, "") for number in range(30)})
            server.pages.update({"/": apache_index([*("bad-%02d.torrent" % number for number in range(30)), *found]),
                                 **{"/" + name: torrent_page(content) for name, (content, _) in found.items()}})
            config(box, {"iso": server.url + "/"}, store_path=box.path("many.db"))
            result = box.run("sync")
            like(result.message, "and 10 more: --log-level debug shows them all", "thirty: the last line says where the others are")
            config(box, {"iso": server.url + "/"}, store_path=box.path("debug.db"))
            result = box.run("sync", "--log-level", "debug")
            ok(all("bad-%02d.torrent" % number in result.message for number in range(30)), "and there they are", result.message)


# ---- addresses -----------------------------------------------------------------------------------------------------


def policy():
    """No link, redirect or name leads to a special address, whatever it looks like"""
    have_addresses([address for address in SPECIAL.values() if address not in ("0.0.0.0", "::", "127.0.0.1", "::1")
                    and not address.startswith(("127.", "::ffff:"))])
    with sandbox() as box, Forbidden() as inner, Collection(PUBLIC, PORT, serve(torrents(1))) as server:
        secret = ":%d/secret.torrent" % inner.port
        named = {"n%d.test" % number: [address] for number, address in enumerate(SPECIAL.values())
                 if address not in ("0.0.0.0", "::")}
        named["localhost.test"] = ["127.0.0.1", "::1"]
        named["mixed.test"] = ["127.0.0.1", "10.1.2.3", "fd00::66"]
        with Names(named):
            for kind, hosts in (("literal addresses", list(SPECIAL)), ("names", ["localhost", *named])):
                links = ["http://" + host + secret for host in hosts]
                server.pages["/"] = Page("".join('<a href="%s">x</a>' % link for link in links)
                                         + '<a href="debian-0.torrent">x</a>')
                synced(box, server, kind + " that hosts allows", hosts=[host.strip("[]") for host in hosts])
                same(inner.visited, [], kind + ": nobody is connected to")
                synced(box, server, kind + " with allow_private", allow_private=True,
                       hosts=[host.strip("[]") for host in hosts])
                ok(len(set(inner.visited)) > 10, "would lead there", set(inner.visited))
                inner.visited.clear()
            with part("redirects"):
                targets = ["http://" + host + secret for host in list(SPECIAL) + list(named)]
                targets += ["file:///etc/passwd", "gopher://%s:%d/" % (PUBLIC, PORT), "ftp://%s/x" % PUBLIC,
                            "dict://%s:%d/" % (PUBLIC, PORT), "//127.0.0.1" + secret, "/loop.torrent", "", "http://",
                            "http://user@127.0.0.1" + secret, "http://%s@127.0.0.1%s" % (PUBLIC, secret)]
                for number, target in enumerate(targets):
                    server.pages["/r%d.torrent" % number] = redirect(target)
                server.pages["/loop.torrent"] = redirect("/loop.torrent")
                server.pages["/"] = apache_index(["r%d.torrent" % number for number in range(len(targets))] + ["debian-0.torrent"])
                server.forget()
                result = synced(box, server, "redirects to special addresses and other schemes",
                                hosts=[host.strip("[]") for host in SPECIAL] + list(named))
                same(inner.visited, [], "redirects: nobody is connected to")
                asked = server.asked()
                ok(len({path for path in asked if path.startswith("/r")}) == len(targets), "each was met")
                same([path for path in asked if path != "/loop.torrent" and asked.count(path) > 1], [], "denied is not retried")
                ok("root:" not in result.text + result.message, "no file is read")
            same(len(report(box)), 1, "the good one is there")
        with part("the collection itself"):
            for host in ("127.0.0.1", "[::1]", "10.1.2.3", "[::ffff:127.0.0.1]", "localhost"):
                config(box, {"iso": "http://" + host + secret}, store_path=box.path("other.db"))
                failed(box.run("sync"), r"\[collection\.iso\] allow_private = true", host + " without allow_private")
            same(inner.visited, [], "it is not connected to either")


def hosts():
    """Other hosts only when `hosts` says so, for links and for redirects; one's own server with allow_private"""
    found = torrents(3)
    with sandbox() as box, Collection(PUBLIC, PORT) as server, Collection(OTHER, PORT, serve(found)) as other, \
            Collection(FAR, PORT, serve(found)) as far, Names({"files.test": [OTHER], "far.test": [FAR]}):
        server.pages = {"/": Page('<a href="http://files.test:%d/debian-0.torrent">x</a><a href="r1.torrent">x</a>'
                                  '<a href="r2.torrent">x</a><a href="r3.torrent">x</a>' % PORT),
                        "/r1.torrent": redirect("http://FILES.test:%d/debian-1.torrent" % PORT, 301),
                        "/r2.torrent": redirect("http://far.test:%d/debian-2.torrent" % PORT, 307),
                        "/r3.torrent": redirect("/here.torrent", 308),
                        "/here.torrent": torrent_page(metainfo("here.bin")[0])}
        result = synced(box, server, "without hosts")
        like(result.message, r"redirected to another host, files\.test, which hosts = \[\.\.\.\] of the collection would allow",
             "the cure is named")
        same((other.asked(), far.asked()), ([], []), "links and redirects stay on the host")
        same(len(report(box)), 1, "a redirect on the host is followed")
        synced(box, server, "with hosts", hosts=["files.test"])
        same((len(report(box)), sorted(other.asked()), far.asked()),
             (3, ["/debian-0.torrent", "/debian-1.torrent"], []), "one more host, and only that one")
    for address in ("127.0.0.1", "::1", "10.1.2.3"):
        have_addresses([address])
        with part(address), sandbox() as box, Collection(address, 0, serve(found)) as own:
            synced(box, own, address + " with allow_private", allow_private=True)
            same(len(report(box)), 3, "is read")


def rebinding():
    """A name that is public when it is asked for the first time and private the next"""
    with sandbox() as box, Collection(PUBLIC, PORT, serve(torrents(2))) as server, Forbidden(PORT, "127.0.0.1") as inner, \
            Forbidden(PORT, "10.1.2.3") as other, \
            Names({"re.test": [[PUBLIC], ["127.0.0.1"]], "both.test": [["127.0.0.1", PUBLIC], ["10.1.2.3", "127.0.0.1"]]}) as dns:
        server.pages["/"].headers["Connection"] = "close"
        for name in ("re.test", "both.test"):
            config(box, {"iso": "http://%s:%d/" % (name, PORT)}, store_path=box.path(name))
            first, second = (box.run("sync", timeout=60) for _ in range(2))
            ok((name, 1) in dns.asked, name + " was asked for")
            if name == "re.test":
                same((first.code, second.code), (0, 1), "fine as long as it is public")
        same(inner.visited + other.visited, [], "nobody inside is connected to")


def ipv6():
    """A server with an IPv6 address, by literal and by name"""
    with sandbox() as box, Collection(PUBLIC6, PORT, serve(torrents(2))) as server, Names({"six.test": [PUBLIC6]}):
        synced(box, server, "a literal IPv6 address")
        same(len(report(box)), 2, "is read")
        config(box, {"iso": "http://six.test:%d/" % PORT}, store_path=box.path("six.db"))
        fine(box.run("sync"), "a name that has only IPv6")
        same(len(report(box)), 2, "is read too")


def proxies():
    """HTTP and SOCKS proxies: all goes through them, names too; with enforce nothing else goes out"""
    found = torrents(2)
    with Collection(PUBLIC, PORT, serve(found)) as server, Names({"far.test": [FAR]}) as dns, Forbidden() as inner:
        for kind, scheme in ((HttpProxy, "http"), (SocksProxy, "socks5h")):
            with part(scheme), sandbox() as box, kind({"far.test": PUBLIC}) as proxy, Wiretap() as wire:
                url = "%s://%s" % (scheme, proxy.address)
                server.pages["/"] = Page('<a href="debian-0.torrent">x</a><a href="debian-1.torrent">x</a>'
                                         '<a href="http://127.0.0.1:%d/x.torrent">x</a>' % inner.port)
                config(box, {"iso": {"torrent_url": "http://far.test:%d/" % PORT, "hosts": ["127.0.0.1"]}}, proxy_url=url)
                fine(box.run("sync"), scheme + " proxy")
                same(len(report(box)), 2, "all is fetched through it")
                same(set(proxy.used), {("far.test", PORT)}, "it is told names, and no special address")
                same((dns.asked, inner.visited), ([], []), "nobody else is asked for names")
                own = {PUBLIC, "127.0.0.1"}
                same({packet.target for packet in wire.packets} - own, set(), "nothing goes elsewhere")
        with part("enforce"), sandbox() as box, HttpProxy({"far.test": PUBLIC}) as proxy:
            config(box, {"iso": "http://far.test:%d/" % PORT}, proxy_url="http://" + proxy.address, proxy_enforce=True,
                   dht_bootstrap=[FAR + ":6881"], trackers_extra=["udp://%s:6969/announce" % FAR])
            fine(box.run("sync"), "sync with enforce")
            with Wiretap() as wire:
                for command in ("dht", "trackers"):
                    like(box.run(command, timeout=40).message, "(?i)enforce|proxy", command + " says that it is off")
                same([packet for packet in wire.packets if packet.protocol == "udp"], [], "no datagram goes out")
        with part("a proxy that is not there"), sandbox() as box:
            server.forget()
            config(box, {"iso": server.url + "/"}, proxy_url="http://127.0.0.1:9", proxy_enforce=True)
            failed(box.run("sync", timeout=60), "(?i)proxy|connect|unreachable|iso", "a dead proxy")
            config(box, {"iso": server.url + "/"}, proxy_enforce=True)
            ok(box.run("sync", timeout=60).code != 0, "enforce without a proxy does not go well")
            same(server.requests, [], "and nothing goes out without it")


# ---- servers that fail ---------------------------------------------------------------------------------------------


def caps():
    """Endless, huge, slow and half bodies: each ends, and the rest goes on"""
    evil = {"endless": Page(kind="application/x-bittorrent", send=endless), "bomb": Page(send=bomb),
            "headers": Page(send=endless_headers), "nohttp": Page(send=no_http),
            "half": Page(metainfo("half.bin")[0], send=truncated)}
    found = torrents(2)
    with sandbox() as box, Collection(PUBLIC, PORT) as server:
        server.pages = {**serve(found), "/": apache_index([*found, *(name + ".torrent" for name in evil)]),
                        **{"/%s.torrent" % name: page for name, page in evil.items()}}
        result = synced(box, server, "evil torrents")
        same(len(report(box)), 2, "the good ones are there")
        for name in ("endless", "bomb"):
            same(server.asked().count("/%s.torrent" % name), 1, name + ": too big is not retried")
        like(result.message, r"endless\.torrent: .*bigger than", "and said")
        server.forget()
        synced(box, server, "again")
        same([name for name in ("endless", "bomb") if "/%s.torrent" % name in server.asked()], [],
             "what is too big is not asked for again at once")
        small(result, 200, "memory stays small")
        for name, page in evil.items():
            with part(name):
                server.pages["/"] = page
                config(box, {"iso": server.url + "/"}, store_path=box.path(name + ".db"))
                result = box.run("sync", timeout=60)
                same(result.code, 1, name + " as the page: exit 1")
                small(result, 300, name + ": memory stays small")


def retries():
    """Failures that may pass are retried, with a pause; those that will not, are not"""
    found = torrents(1)
    kinds = {"500": Page(metainfo("500.bin")[0], fails=1),
             "503": Page(metainfo("503.bin")[0], fails=2, failure=503, failure_headers={"Retry-After": "2"}),
             "429": Page(metainfo("429.bin")[0], fails=1, failure=429, failure_headers={"Retry-After": "2"}),
             "403": Page("", status=403), "404": Page("", status=404), "410": Page("", status=410), "451": Page("", status=451)}
    with sandbox() as box, Collection(PUBLIC, PORT) as server:
        server.pages = {**serve(found), "/": apache_index([*found, *(name + ".torrent" for name in kinds)]),
                        **{"/%s.torrent" % name: page for name, page in kinds.items()}}
        result = synced(box, server, "servers that fail now and then")
        same(len(report(box)), 3, "what was to be had is there")
        for name, want in (("500", 2), ("503", 3), ("429", 1), ("403", 1), ("404", 1), ("410", 1), ("451", 1)):
            same(server.asked().count("/%s.torrent" % name), want, name + ": asked %d times" % want)
        times = [request.time for request in server.requests if request.path == "/503.torrent"]
        ok(len(times) == 3 and all(b - a >= 1.9 for a, b in zip(times, times[1:])), "Retry-After is obeyed", times)
        like(result.message, r"429\.torrent: not fetched: HTTP status 429, .* before the next run \(it wants 2 s of rest\)",
             "who has had too much of us is asked in the next run")
        server.forget()
        synced(box, server, "the next run")
        same(server.asked().count("/429.torrent"), 1, "which asks")
        same(len(report(box)), 4, "and gets it")
        with part("dates"):
            # Dates know seconds, and a busy machine takes some until it asks. Without it one would be waited for.
            until = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=8), usegmt=True)
            server.pages.update({"/": apache_index(["date.torrent"]), "/date.torrent": Page(
                metainfo("date.bin")[0], fails=1, failure=503, failure_headers={"Retry-After": until})})
            synced(box, server, "a date to come back at")
            times = [request.time for request in server.requests if request.path == "/date.torrent"]
            ok(len(times) == 2 and times[1] - times[0] >= 1.9, "is obeyed too", times)


def quota(count, seconds):
    """A behaviour: answers so many, then 429 until it has had a rest."""
    lock, state = threading.Lock(), {"left": count, "until": 0.0}

    def send(handler, page):
        with lock:
            now = time.monotonic()
            if state["left"] and now >= state["until"]:
                state["left"] -= 1
                status, body, headers = 200, page.body, {}
            else:
                if now >= state["until"]:
                    # our clock and that of who waits are not quite the same
                    state.update(left=count, until=now + seconds - 0.1)
                status, body, headers = 429, b"too many\n", {"Retry-After": str(seconds)}
            refused.append(status == 429)
            handler.begin(status, page.kind, len(body), headers)
            handler.wfile.write(body)
    refused = []
    return send, refused


def tired_of(message, server, refused, links):
    """What is said of a server that is given up. Those whose refusals were on their way then are left, too."""
    counts = re.search(r"(?m)^sync: .*, (\d+) failed, (\d+) left; ", message)
    failed, left = map(int, counts.groups()) if counts else (0, 0)
    ok(10 <= failed <= refused and failed + left == links, "it counts %d that failed, %d left" % (failed, left), message)
    like(message, "%s: too many requests, also after each of 9 pauses: %d links are left" % (server, left), "and says so")


def limited():
    """Servers that want no more than so many requests (429): they get a rest, and each link is asked for once in a run"""
    found = torrents(60)

    def limit(server, count, seconds):
        send, refused = quota(count, seconds)
        for name in found:
            server.pages["/" + name].send = send
        server.forget()
        return refused
    with sandbox() as box, Collection(PUBLIC, PORT, serve(found)) as server:
        refused = limit(server, 10, 1)
        result = synced(box, server, "ten, and a second of rest")
        count = sum(refused)
        ok(3 <= count <= 4 + 2 + 6, "after each rest it is asked by fewer at once", count)
        same(len(report(box)), 60 - count, "all are there but for those")
        like(result.message, r"(?m)^sync: .*, %d failed; " % count, "which have failed; none is left")
        same(len(server.asked()), 61, "each was asked for once")
        refused = limit(server, 20, 1)
        synced(box, server, "the next run")
        same((len(refused), sum(refused), len(report(box))), (count, 0, 60), "asks for those, and gets them")
    with sandbox() as box, Collection(PUBLIC, PORT, serve(found)) as server, part("never enough"):
        refused = limit(server, 0, 1)
        result = synced(box, server, "only 429, with a rest after each")
        ok(10 <= len(refused) <= 4 + 2 + 8, "it is given up after ten rests", len(refused))
        tired_of(result.message, PUBLIC, len(refused), 60)
    with sandbox() as box, Collection(PUBLIC, PORT, serve(found)) as server, part("an hour"):
        for name in found:
            server.pages["/" + name] = Page("", status=429, headers={"Retry-After": "3600"})
        result = synced(box, server, "only 429, and it wants an hour of rest")
        count = len(server.asked(429))
        ok(1 <= count <= 4, "it is given up at once", count)
        like(result.message, PUBLIC + ": it wants to be left alone for 60 min: 5[6-9] links are left", "it says so")
        # Those whose answers were on their way are left, too.
        counts = re.search(r"(?m)^sync: .*, (\d+) failed, (\d+) left; ", result.message)
        ok(counts and 1 <= int(counts[1]) <= count and int(counts[1]) + int(counts[2]) == 60, "and counts them", result.message)
    with sandbox() as box, Collection(PUBLIC, PORT, serve(found)) as server, part("stopped"):
        refused = limit(server, 0, 60)
        config(box, {"iso": server.url + "/"})
        with box.start("sync") as running:
            wait_until(lambda: len(refused) > 0, 30, "the first 429")
            wait_until(lambda: not server.busy, 30, "all of them")
            running.signal(signal.SIGINT)
            result = running.finish(5)
        fine(result, "Ctrl+C in a rest of a minute")
        ok(len(refused) <= 4, "in which nothing was asked", len(refused))


def mirrors():
    """Servers beside each other: one that sends us on to others has answered; one that rests keeps nobody from another"""
    found = torrents(80)
    links = {"hosts": [OTHER]}
    with sandbox() as box, Collection(PUBLIC, PORT) as server, Collection(OTHER, PORT, serve(found)) as other:
        count, lock = [0], threading.Lock()

        def send(handler, page):
            with lock:
                count[0] += 1
                limited = count[0] % 8 == 0
            handler.begin(429 if limited else 302, "text/plain", 0, {} if limited else {"Location": other.url + handler.path})
        server.pages = {"/": apache_index(found), **{"/" + name: Page(send=send) for name in found}}
        began = time.monotonic()
        result = synced(box, server, "each of eight requests is too many, the others are sent on", **links)
        same(len(report(box)), 80 - count[0] // 8, "all others are there")
        ok("left for" not in result.message, "none is left", result.message)
        # 1, 2, 4 ... 60 s, and then the end, if they were in a row
        ok(time.monotonic() - began < 75, "each pause is a short one", time.monotonic() - began)
    with sandbox() as box, Collection(PUBLIC, PORT, serve(found)) as server, Collection(OTHER, PORT) as other:
        many = [other.url + "/other-%d.torrent" % number for number in range(120)]
        other.pages = {url[len(other.url):]: Page("", status=429, headers={"Retry-After": "1"}) for url in many}
        server.pages["/"] = Page("".join('<a href="%s">x</a>\n' % link for link in [*many, *found]))
        result = synced(box, server, "the first of two servers says only 429", **links)
        same(len(report(box)), 80, "what the second one has is there")
        ok(max(r.time for r in server.requests) < max(r.time for r in other.requests), "before the first one is given up")
        refused = len(other.requests)
        ok(10 <= refused <= 4 + 2 + 8, "which is after ten", refused)
        tired_of(result.message, OTHER, refused, 120)
        like(result.message, "(?m)^sync: .* 80 new, ", "and of the links of the other one none is left")


def dead_links():
    """A page of dead links is given up after a while, and the next pass goes on behind them"""
    dead = ["dead-%03d.torrent" % number for number in range(250)]
    found = torrents(5, "good-")
    with sandbox() as box, Collection(PUBLIC, PORT, serve(found)) as server:
        server.pages["/"] = apache_index([*dead, *found])
        server.pages["/"].etag = '"one"'
        asked = []
        for number in range(2):
            server.forget()
            result = synced(box, server, "pass %d" % (number + 1))
            like(result.message, r"the last 1\d\d downloads have brought nothing: 1?\d\d links are left for the next time",
                 "it is said how many are left")
            asked.append([path for path in server.asked() if path != "/"])
            ok(100 <= len(asked[-1]) <= 120, "about a hundred are asked for", len(asked[-1]))
            like(result.message, r"(?m)^sync: .*, %d failed, %d left; " % (len(asked[-1]), 255 - len(asked[-1])),
                 "what was not asked for has not failed")
        same(set(asked[0]) & set(asked[1]), set(), "none of them twice")
        server.forget()
        synced(box, server, "pass 3")
        same(len(report(box)), 5, "the good ones behind them are found")
        ok(set(server.asked(200)) > {"/" + name for name in found}, "each was fetched")
        server.forget()
        synced(box, server, "pass 4")
        same(server.asked(), ["/"], "what was refused before is no reason to ask again")


def gzipped():
    """A torrent that the server compresses without being asked"""
    (name, (content, _)), = torrents(1).items()
    with sandbox() as box, Collection(PUBLIC, PORT) as server:
        server.pages = {"/": apache_index([name]), "/" + name: torrent_page(gzip.compress(content),
                                                                            headers={"Content-Encoding": "gzip"})}
        synced(box, server, "a compressed torrent")
        same(len(report(box)), 1, "is read")


def odd():
    """A page that moved, a compressed one, one torrent under two names, a wait of a day, a server that says nothing"""
    found = torrents(4)
    with sandbox() as box, Collection(PUBLIC, PORT, serve(found, "/new/dir/")) as server:
        index = server.pages["/new/dir/"]
        server.pages["/old"] = redirect("/new/dir/")
        config(box, {"iso": server.url + "/old"})
        fine(box.run("sync"), "a page that has moved")
        same(len(report(box)), 4, "its links are relative to where it is now")
        server.pages["/new/dir/"] = Page(gzip.compress(index.body), headers={"Content-Encoding": "gzip"})
        config(box, {"iso": server.url + "/new/dir/"}, store_path=box.path("gzip.db"))
        fine(box.run("sync"), "a compressed page")
        same(len(report(box)), 4, "is read")
        with part("twice"):
            server.pages["/new/dir/"] = apache_index(["debian-1.torrent", "same.torrent"])
            server.pages["/new/dir/same.torrent"] = server.pages["/new/dir/debian-1.torrent"]
            config(box, {"iso": server.url + "/new/dir/"}, store_path=box.path("twice.db"))
            fine(box.run("sync"), "one torrent under two names")
            same(len(report(box)), 1, "is one torrent")
            next_second()
            server.pages["/new/dir/"] = apache_index(["same.torrent"])
            fine(box.run("sync"), "one of the names has left")
            same(len(report(box)), 1, "it is still there")
        with part("patience"):
            server.pages.update({"/new/dir/": apache_index(["debian-1.torrent", "mute.torrent"]),
                                 "/new/dir/mute.torrent": Page(send=mute)})
            config(box, {"iso": server.url + "/new/dir/"}, store_path=box.path("patience.db"))
            server.forget()
            with box.start("sync") as running:
                # some time after the last of them, what was answered has been taken
                wait_until(lambda: len(server.requests) == 3 and time.monotonic() - server.requests[-1].time > 3, 30,
                           "all to be asked")
                running.signal(signal.SIGINT)
                result = running.finish(5)
            fine(result, "Ctrl+C while a server says nothing")
            same(len(report(box)), 1, "the good one is there")
            server.pages.update({"/new/dir/": apache_index(["debian-1.torrent", "day.torrent"]),
                                 "/new/dir/day.torrent": Page("", status=503, headers={"Retry-After": "86400"})})
            result = box.run("sync")
            fine(result, "a server that wants us to wait for a day")
            like(result.message, r"day.torrent: not fetched: HTTP status 503 \(it wants 86400 s of rest\)", "is asked once")
            same(len(report(box)), 1, "what was there stays")


def parallel():
    """Several downloads at once from one host, and no more than allowed"""
    for limit in (1, 3):
        with sandbox() as box, Collection(PUBLIC, PORT, serve(torrents(12))) as server:
            for path, page in server.pages.items():
                page.delay = 0.1 if path != "/" else 0
            config(box, {"iso": server.url + "/"}, sync_connections=limit)
            fine(box.run("sync"), "at most %d" % limit)
            same(server.most_busy, limit, "%d at once" % limit)


def status():
    """Exit statuses: a whole collection, another writer, a bad configuration"""
    found = torrents(2)
    with sandbox() as box, Collection(PUBLIC, PORT, serve(found)) as server:
        config(box, {"good": server.url + "/", "dead": "http://%s:9/" % PUBLIC, "none": server.url + "/none/"})
        result = box.run("sync", timeout=60)
        failed(result, "dead", "two of three collections cannot be read")
        like(result.message, "none", "both are named")
        same(len(report(box)), 2, "the third is there")
        fine(box.run("sync", "good"), "the good one by its name")
        failed(box.run("sync", "goood"), "good", "a name that is nearly right", 2)
        with part("another writer"):
            server.pages["/"].delay = 20
            with box.start("sync", "good") as busy:
                wait_until(lambda: server.busy, 10, "the first one to be at work")
                failed(box.run("sync", "good"), "(?i)another|writ|lock|use", "a second writer", 75)
                same(len(report(box)), 2, "report reads beside it")
                busy.signal(signal.SIGINT)
                same(busy.finish(5).code, 0, "Ctrl+C: exit 0, at once")
            server.pages["/"].delay = 0
        with part("logins and hosts"):
            for url in ("http://user:secretpw@%s/" % PUBLIC, "HTTP://a.example\\@secretpw@%s/" % PUBLIC):
                config(box, {"x": url})
                result = box.run("sync")
                failed(result, "torrent_url.*login", "a login in torrent_url", 78)
                ok("secretpw" not in result.message, "which is not shown", result.message)
            for host in ("a.org:80", "http://x", "[::1]"):
                config(box, {"x": {"torrent_url": server.url + "/", "hosts": [host]}})
                failed(box.run("sync"), "hosts.*names and addresses", "hosts = [%s]" % host, 78)
        with part("configuration"):
            box.config("[collection.x]\ntorent_url = 'x'\n")
            failed(box.run("sync"), "torrent_url", "a key that is nearly right", 78)
            config(box, {"x": "gopher://%s/" % PUBLIC})
            failed(box.run("sync"), "torrent_url|gopher|http", "another scheme", 78)
            config(box, {"x": ""})
            ok(box.run("sync").code in (1, 78), "no URL is no success")
            box.config("")
            ok(box.run("sync").message, "no collections at all: it says so")
            box.config("[collection.old]\ntorrent_url = '%s/'\nenabled = true\nredis_db_id = 3\n"
                       "required_substring = 'debian'\n" % server.url)
            fine(box.run("sync"), "the keys of TSMD")


def interrupted():
    """SIGINT and SIGKILL in the middle: what was fetched is not fetched again"""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with part(number.name), sandbox() as box, Collection(PUBLIC, PORT, serve(torrents(100))) as server:
            for path, page in server.pages.items():
                page.delay = 0.3 if path != "/" else 0
            config(box, {"iso": server.url + "/"})
            with box.start("sync") as running:
                wait_until(lambda: len(server.asked(200)) > 50, 30, "half of it")
                running.signal(number)
                sent = time.monotonic()
                result = running.finish(10)
            if number != signal.SIGKILL:
                same(result.code, 0, number.name + ": exit 0")
                ok(time.monotonic() - sent < 10, "at once")
                like(result.text + result.message, r"(?m)^sync: .*, [1-9]\d* left; ", "with the summary, and how many are left")
            wait_until(lambda: not server.busy, 5, "the server to be idle")
            before = [request for request in server.requests if request.status == 200]
            server.forget()
            for page in server.pages.values():
                page.delay = 0
            if number != signal.SIGKILL:
                ok(len(report(box)) > 40, "what was fetched is in the store", len(report(box)))
            fine(box.run("sync"), "the next run")
            same(len(report(box)), 100, "has them all")
            # what was on its way then, and after SIGKILL the last moments before they were written
            kept = 3.5 if number == signal.SIGKILL else 2.5
            old = {request.path for request in before if request.time < sent - kept} - {"/"}
            same(sorted(old & set(server.asked(200))), [], "and does not fetch again what was there")
            if number != signal.SIGKILL:
                ok(len(set(server.asked(200)) & {request.path for request in before}) <= 9, "nor much of what was on its way")


def unheard():
    """A signal when nobody reads what is said any more, and a terminal that is closed: it ends all the same"""
    with sandbox() as box, Collection(PUBLIC, PORT, serve(torrents(100))) as server:
        for path, page in server.pages.items():
            page.delay = 1 if path != "/" else 0

        def ends(what, process, end):
            wait_until(lambda: len(server.asked(200)) > 5, 30, "some downloads")
            end(process)
            try:
                same(process.wait(10 * SLOW), 0, what + ": exit 0")
            finally:
                process.kill()
                process.wait()
                wait_until(lambda: not server.busy, 5, "the server to be idle")
                server.forget()
            ok(len(report(box)) > 1, "what was fetched is in the store")

        config(box, {"iso": server.url + "/"})
        for number in (signal.SIGTERM, signal.SIGINT):
            with part(number.name):
                reader, writer = os.pipe()
                process = subprocess.Popen(command(["sync"]), stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, env=box.env)
                os.close(writer)
                os.close(reader)
                ends(number.name, process, lambda process, number=number: process.send_signal(number))
        with part("the terminal"), box.screen("sync") as screen:
            def close(process):
                os.close(screen.master)
                screen.master = None
            ends("the terminal", screen.process, close)


def progress():
    """A bar on a terminal, lines now and then elsewhere; Ctrl+C on the terminal"""
    with sandbox() as box, Collection(PUBLIC, PORT, serve(torrents(60))) as server:
        for path, page in server.pages.items():
            page.delay = 0.2 if path != "/" else 0
        config(box, {"iso": server.url + "/"}, sync_connections=2)
        with box.screen("sync") as screen:
            screen.wait_text(r"(?i)\b\d+\s*(/|of)\s*60\b", 15)
            screen.send("\x03")
            same(screen.finish(), 0, "Ctrl+C: exit 0")
            like(plain_text(screen.output), r"(?m)^\s*sync: ", "the summary is on the screen")
            ok(b"\nswarmtop: stopping; " in screen.output, "the word before it has a line of its own", screen.output[-300:])
        config(box, {"iso": server.url + "/"}, sync_connections=2, store_path=box.path("again.db"))
        with part("elsewhere"):
            result = box.run("sync", timeout=60)
            fine(result, "into a pipe")
            ok(b"\r" not in result.out + result.err and b"\x1b" not in result.out + result.err, "no escape sequences")
            lines = [line for line in result.message.splitlines() if "60" in line]
            ok(1 <= len(lines) <= 6, "a line now and then", result.message)
        with part("the rest of it"):
            server.pages.update((path, page) for path, page in serve(torrents(61)).items()
                                if path == "/" or path not in server.pages)
            server.pages["/debian-60.torrent"].delay = 7
            message = box.run("sync", timeout=60).message
            ok("1 new" in message and re.search(r"60 of 61 torrents(?!.*/s)", message), "what was there before is no rate", message)


# ---- hostile pages -------------------------------------------------------------------------------------------------


def hostile():
    """Names that are terminal sequences, links of a megabyte, pages that nest without end"""
    wild = "\x1b]0;owned\x07\x1b[31337m\u202eevil\u200b\r\n"
    content, infohash = metainfo(wild + "1.iso", 5, comment=wild, created_by=wild)
    good = '<a href="last.torrent">x</a>'
    last, known = metainfo("last.bin")
    pages = {
        "wild names": '<a href="/%1B%5D0%3Bx%07.torrent">' + wild + '</a><a href="/\x1b[31337m.torrent">x</a>'
                      '<a href="/\u202e.torrent">x</a>',
        "a long magnet": '<a href="magnet:?xt=urn:btih:' + "ab" * 20 + "&amp;dn=%1b%5B31337m%E2%80%AE" + "N" * 9000 + '">x</a>',
        "a link of a megabyte": '<a href="/' + "A" * (1 << 20) + '.torrent">x</a>',
        "a text of a megabyte": "<a href=x.html>" + "A" * (1 << 20) + "</a>", "a comment that never ends": good + "<!--" + "-" * 99999,
        "entities": "&amp" * 10000 + "&#0;&#x110000;&bogus;" * 100, "nests deep": "<div>" * 200 + "<a><b><i>" * 50,
        "zeros": "\0" * 1000,
    }
    for name, page in pages.items():
        with part(name), sandbox() as box, Collection(PUBLIC, PORT) as server:
            server.pages = {"/": Page(page + good), "/%1B%5D0%3Bx%07.torrent": torrent_page(content),
                            "/last.torrent": torrent_page(last)}
            config(box, {"iso": server.url + "/"})
            result = box.run("sync", "--log-level", "debug", timeout=60)
            fine(result, name)
            got = report(box)
            ok(known in got, name + ": what is a torrent there is taken", list(got))
            ok((infohash in got) == (name == "wild names"), name + ": and nothing else")
            ok(max(len(path) for path in server.asked()) < 20000, name + ": no long link is asked for")
            clean(result.err, name + ": the log is clean text")
            same(scan_text("".join(json.dumps(each, ensure_ascii=False) for each in got.values())), [], "and so is the report")
    for name, page in (("nests", "<div>" * 500000 + good), ("is one tag", good + "<a " + "x=y " * 500000)):
        with sandbox() as box, Collection(PUBLIC, PORT, {"/": Page(page)}) as server:
            config(box, {"iso": server.url + "/"})
            result = box.run("sync", timeout=60)
            ok(result.code in (0, 1), f"a page that {name} without end ends", result.code)
            small(result, 200, "memory stays small")


def many():
    """A page with 10,000 links, and one with a million"""
    with sandbox() as box, Collection(PUBLIC, PORT) as server:
        link = '<a href="magnet:?xt=urn:btih:%040x&amp;dn=Volume+%d">v</a>\n'
        server.pages["/"] = Page("".join(link % (number, number) for number in range(10000)))
        result = synced(box, server, "10,000 links")
        same(len(report(box)), 10000, "are 10,000 torrents")
        ok(result.seconds < 40, "soon", result.seconds)
        server.pages["/"] = Page('<a href="/x">y</a>\n' * 1000000)
        config(box, {"iso": server.url + "/"}, store_path=box.path("million.db"))
        result = box.run("sync", timeout=60)
        ok(result.code in (0, 1), "a million links to nothing end", result.code)
        small(result, 200, "memory stays small")


def secrets():
    """Passkeys and logins are in no log and no output"""
    content, _ = metainfo("private 1.bin", 5, private=True, announce="http://t.test/s3cretkey/announce?passkey=s3cretkey")
    with sandbox() as box, Collection(PUBLIC, PORT) as server:
        server.pages = {"/": apache_index(["p.torrent", "gone.torrent"]), "/p.torrent": torrent_page(content)}
        config(box, {"iso": server.url + "/"}, proxy_url="")
        texts = [box.run("sync", "--log-level", "debug"), box.run("report"), box.run("report", "--log-level", "debug")]
        ok(all(b"s3cretkey" not in result.out + result.err for result in texts), "a passkey")
        config(box, {"iso": server.url + "/"}, proxy_url="http://user:s3cretkey@127.0.0.1:9")
        result = box.run("sync", "--log-level", "debug", timeout=60)
        ok(b"s3cretkey" not in result.out + result.err, "the proxy's password", result.message)


if __name__ == "__main__":
    namespace.enter()
    have_addresses([PUBLIC, PUBLIC6, OTHER, FAR])
    main(index, pages, lists, folders, many_files, reports, again, gone, replaced, no_torrent_now, cut, cut_files, folder_lists, filters, places, locked, two, bad, policy,
         hosts, rebinding, ipv6, proxies, caps, retries, limited, mirrors, dead_links, gzipped, odd,
         parallel, status, interrupted, unheard, progress, hostile, many, secrets)
