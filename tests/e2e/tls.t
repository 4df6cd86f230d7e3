#!/usr/bin/python3
"""Trackers and collections behind TLS: real counts over wss and https, and whoever shows the wrong certificate is told
by name and not asked. The system's certificates are those of the test's own authority, in its own mount namespace."""
import contextlib
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from swarm_test import PUBLIC, config, failed, fine, report
from swarmtop_test import like, main, same, sandbox

import namespace
import node_program
from addresses import have_addresses
from announce import UdpTracker
from certificates import Authority
from collection_server import Collection, apache_index, torrent_page
from names import Names
from node_program import NodeProgram
from torrents import metainfo

GOOD, WRONG, OLD, UNTRUSTED = "good.test", "wrong.test", "old.test", "untrusted.test"
SCHEMES = {"wss": "/", "https": "/announce"}
REASONS = {WRONG: "the certificate is for another host name", OLD: "certificate has expired",
           UNTRUSTED: "unable to get local issuer certificate"}


def secured(program, authority):
    """The tracker's ports by the name that leads to them; only the first one shows what it should."""
    shown = {GOOD: authority.certify(GOOD, PUBLIC), WRONG: authority.certify("other.test"),
             OLD: authority.certify(OLD, days=-1), UNTRUSTED: Authority("Nobody").certify(UNTRUSTED)}
    return {host: program.ask("secure", address=PUBLIC, **files)["port"] for host, files in shown.items()}


def torrents_of(urls):
    return {key: metainfo("-".join(key) + ".iso", 1000, announce_list=[[url]]) for key, url in urls.items()}


def collection(box, torrents):
    for number, (content, _) in enumerate(torrents.values()):
        os.makedirs(box.path("torrents"), exist_ok=True)
        with open(box.path("torrents", f"{number}.torrent"), "wb") as stream:
            stream.write(content)
    return box.path("torrents")


def announced(port, torrents, seeders, leechers):
    with UdpTracker(PUBLIC, port, PUBLIC) as peers:
        for _, digest in torrents.values():
            for number in range(seeders + leechers):
                peers.announce(digest, 0 if number < seeders else 1, number)


def counted(box, digest):
    row = report(box)[digest]
    return row["seeders"], row["leechers"]


def scrapes(program):
    return [each for each in program.ask("asked")["asked"] if each["action"] == "scrape"]


def refused(box, host, key, digest, said):
    """A tracker with a certificate that is not its own: the torrent stays unknown, and the reason is told."""
    like(said, f"tracker {key}://{host}.*{REASONS[host]}", f"{key} {host}: the log says why")
    same(counted(box, digest), (-1, -1), f"{key} {host}: unknown")
    result = box.run("inspect", digest, "--timeout", "5", timeout=40)
    like(result.out, f"{key}://{host}[^\n]*certificate", f"{key} {host}: inspect says why, too")


def certificates():
    """The right certificate: right counts; the wrong host's, an old one, an unknown authority's: refused"""
    with NodeProgram("npm_tracker.mjs", tempfile.mkdtemp()) as program, sandbox() as box, \
            Names({host: [PUBLIC] for host in (GOOD, *REASONS)}):
        authority = Authority()
        udp = program.ask("listen", udp=PUBLIC, http=PUBLIC)["udp"]
        ports = secured(program, authority)
        ports[PUBLIC] = ports[GOOD]
        urls = {(scheme, host): f"{scheme}://{host}:{port}{path}"
                for host, port in ports.items() for scheme, path in SCHEMES.items()}
        torrents = torrents_of(urls)
        announced(udp, torrents, 3, 2)
        config(box, {"iso": collection(box, torrents)})
        fine(box.run("sync"), "sync")
        program.ask("asked")
        with authority.trusted():
            result = box.run("trackers", "--log-level", "debug", timeout=40)
            fine(result, "trackers")
            for (scheme, host), (_, digest) in torrents.items():
                if host in REASONS:
                    refused(box, host, scheme, digest, result.message)
                else:
                    same(counted(box, digest), (3, 2), f"{scheme}://{host}: 3 seeders, 2 leechers")
        same({digest for each in scrapes(program) for digest in each["hashes"]},
             {digest for (_, host), (_, digest) in torrents.items() if host not in REASONS},
             "who shows a wrong certificate never learns what would have been asked")
        same(program.ask("refused")["refused"] > 0, True, "their handshakes were broken off")
        fine(box.run("trackers", timeout=40), "trackers without the authority")
        same(program.ask("asked")["asked"], [], "nobody knows the authority any more: none is asked")


def many():
    """150 torrents in three questions on one secured WebSocket: long answers, every count right"""
    with NodeProgram("npm_tracker.mjs", tempfile.mkdtemp()) as program, sandbox() as box, Names({GOOD: [PUBLIC]}):
        authority = Authority()
        udp = program.ask("listen", udp=PUBLIC, http=PUBLIC)["udp"]
        port = program.ask("secure", address=PUBLIC, **authority.certify(GOOD))["port"]
        torrents = torrents_of({("many", str(number)): f"wss://{GOOD}:{port}" for number in range(150)})
        announced(udp, torrents, 1, 2)
        config(box, {"iso": collection(box, torrents)})
        fine(box.run("sync"), "sync")
        program.ask("asked")
        with authority.trusted():
            fine(box.run("trackers"), "trackers")
        same({(row["seeders"], row["leechers"]) for row in report(box).values()}, {(1, 2)}, "every count is right")
        asked = [len(each["hashes"]) for each in scrapes(program)]
        same((sum(asked), len(asked)), (150, 3), "in three questions")


def pages():
    """A collection over https: read with the authority, refused without it or by another name"""
    authority = Authority()
    names = Names({GOOD: [PUBLIC], WRONG: [PUBLIC]})
    content, digest = metainfo("page.iso", 1000)
    with names, sandbox() as box, Collection(PUBLIC, files=authority.certify(GOOD)) as server:
        server.pages = {"/": apache_index(["a.torrent"]), "/a.torrent": torrent_page(content)}
        for host, trusted, reason in ((GOOD, False, REASONS[UNTRUSTED]), (WRONG, True, REASONS[WRONG])):
            config(box, {"iso": f"https://{host}:{server.port}/"})
            with authority.trusted() if trusted else contextlib.nullcontext():
                failed(box.run("sync"), f"its certificate is not trusted: .*{reason}", f"sync {host}")
            same(server.asked(), [], "and asks for nothing")
        config(box, {"iso": f"https://{GOOD}:{server.port}/"})
        with authority.trusted():
            fine(box.run("sync"), "sync with the authority")
        same(list(report(box)), [digest], "reads the torrent")


if __name__ == "__main__":
    namespace.enter()
    have_addresses([PUBLIC])
    if lacking := node_program.lacking():
        node_program.give_up(lacking)
    main(certificates, many, pages)
