#!/usr/bin/python3
"""swarmtop against each dialect of the RPC, each way to name a daemon and each way to give a login."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_daemon import FakeDaemon, make_certificate, peer, small_world, torrent
from swarmtop_test import like, main, ok, part, same, sandbox


def host_port(daemon):
    return "127.0.0.1:%d" % daemon.port


def fields_of(request):
    return (request.json.get("arguments") or request.json.get("params") or {}) if isinstance(request.json, dict) else {}


def check_small(record, name):
    """Every number of one poll of small_world()."""
    source = record["sources"][0]
    same((source["state"], source["error"], source["torrents"], source["peers"]), ("ok", None, 3, 6), name + ": the source")
    same([record[key] for key in ("schema", "poll", "sightings", "unique", "unique_exact", "connections", "addresses")],
         [1, 1, 6, 5, True, 6, 5], name + ": the totals")
    same((sum(record["hours"]), len(record["hours"])), (6, 24), name + ": the hours")
    same(sum(one["sightings"] for one in record["countries"]), 6, name + ": the countries' sightings")
    same([one["connections"] for one in record["countries"] if one["code"] == "--"], [1], name + ": one Local")
    peers = {one["address"]: one for one in record["peers"]}
    same(sorted(peers), ["133.11.0.1", "151.1.1.1", "192.168.1.7", "2a00:1450:4001::8", "5.9.1.1"],
         name + ": the addresses, unwrapped, none invented from client versions")
    first = peers["5.9.1.1"]
    same([first[key] for key in ("sightings", "torrents", "rate_up", "rate_down", "connected", "client")],
         [2, 2, 1000, 0, True, "qBittorrent 4.5.2"], name + ": a peer in two torrents")
    same(peers["192.168.1.7"]["country"], "--", name + ": a private address is local")


def dialects():
    """2.40, 3.00, 4.1 and a future version tell the same"""
    versions = {"2.40": "2.40 (12978)", "3.00": "3.00 (bb6b5a062e)", "4.1": "4.2.0-dev (85fc9d915c)", "9.0": "9.0.0 (0123456789)"}
    for dialect, version in versions.items():
        with part(dialect), sandbox() as box, FakeDaemon(small_world(), dialect) as daemon:
            result = box.run("-u", host_port(daemon), "--once", "--json", "--peers")
            same((result.code, result.said), (0, ""), dialect + ": exit 0 and no word")
            check_small(result.record, dialect)
            same(result.record["sources"][0]["version"], version, dialect + ": the version")
            same(daemon.count(status=409), 1, dialect + ": one 409")
            json_rpc = [isinstance(request.json, list) or "jsonrpc" in request.json
                        for request in daemon.requests if request.status == 200]
            same(set(json_rpc), {dialect in ("4.1", "9.0")}, dialect + ": JSON-RPC only where the 409 says so")


def two_phases():
    """Torrents without peers are not asked for theirs; one connection; no gzip on loopback"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        result = box.run("-u", host_port(daemon), "-n", 3, "-r", 2, "--json")
        same((result.code, [record["sightings"] for record in result.records]), (0, [6, 12, 18]), "three polls")
        asked = [fields_of(request) for request in daemon.requests if request.phase == "peers"]
        hashes = {one["name"]: one["hashString"] for one in daemon.world}
        ok(asked and all(set(one["ids"]) in ({1, 2}, {hashes["one.bin"], hashes["two.bin"]}) for one in asked),
           "the idle torrent is not asked for peers", asked)
        same((daemon.connections, daemon.count(status=409)), (1, 1), "one connection, one 409")
        ok(all("gzip" not in request.headers.get("accept-encoding", "") for request in daemon.requests), "no gzip on loopback")
        same(daemon.count("table", 200), 3, "one table request for each poll")


def empty():
    """No torrents, and torrents without peers"""
    for world in ([], [torrent("idle")]):
        with sandbox() as box, FakeDaemon(world) as daemon:
            record = box.run("-u", host_port(daemon), "--once", "--json", "--peers").record
            same((record["sources"][0]["state"], record["sources"][0]["torrents"], record["sightings"], record["countries"],
                  record["peers"]), ("ok", len(world), 0, [], []), "%d torrents, no peers" % len(world))


def session_expires():
    """The session id changes in the middle: one 409, one retry, no poll lost"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        with box.start("-u", host_port(daemon), "-n", 5, "-r", 1.5, "--json") as program:
            program.wait_records(2)
            before = daemon.count()
            daemon.new_session()
            result = program.finish()
            after = daemon.requests[before:]
        same([record["sources"][0]["state"] for record in result.records], ["ok"] * 5, "every poll is good")
        same(result.records[-1]["sightings"], 30, "none lost")
        same(sum(request.status == 409 for request in after), 1, "one more 409")


def restart():
    """The daemon restarts: ids renumbered, another session id; tables go on, torrents are known by their hash"""
    for wanted in ("all", "1"):
        with sandbox() as box, FakeDaemon(small_world()) as daemon:
            with box.start("-u", host_port(daemon), "-n", 4, "-r", 1, "-t", wanted, "--json", "--peers") as program:
                program.wait_records(2)
                daemon.restart()
                result = program.finish(20)
            record = result.records[-1]
            same((result.code, record["sources"][0]["state"]), (0, "ok"), "-t %s: it goes on" % wanted)
            same(record["unique"], 5 if wanted == "all" else 4, "-t %s: the same addresses as before" % wanted)
            same({one["torrents"] for one in record["peers"] if one["address"] == "5.9.1.1"}, {2 if wanted == "all" else 1},
                 "-t %s: the same torrents as before" % wanted)


def torrents():
    """--torrents takes ids and hashes"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        two = daemon.world[1]["hashString"]
        for wanted, sightings in (("all", 6), ("1", 4), (two, 2), ("1," + two, 6), ("3", 0), (two.upper(), 2)):
            record = box.run("-u", host_port(daemon), "--once", "--json", "-t", wanted).record
            same((record["sightings"], record["sources"][0]["state"]), (sightings, "ok"), "-t " + wanted)
        same(box.run("-u", host_port(daemon), "--once", "-t", "nonsense!").code, 2, "-t nonsense is a usage error")


def torrent_gone():
    """A torrent that is removed between the phases is simply missing"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        daemon.gone = {2}
        record = box.run("-u", host_port(daemon), "--once", "--json").record
        same((record["sources"][0]["state"], record["sightings"]), ("ok", 4), "the others are there")


def odd_values():
    """-1, other types, unknown keys, 0 for everything: no harm, no invented peers"""
    for name, sightings in (("json-minus", 6), ("json-unknown", 6), ("json-types", 6), ("json-duplicate", None), ("json-nul", 6),
                            ("json-surrogate", 6), ("json-bad-utf8", 6), ("json-address", None)):
        with part(name), sandbox() as box, FakeDaemon(small_world()) as daemon:
            daemon.fail(name, on="peers")
            result = box.run("-u", host_port(daemon), "--once", "--json", "--peers")
            record = result.record
            addresses = {one["address"] for one in record["peers"]}
            ok(result.code in (0, 69) and addresses <= {"133.11.0.1", "151.1.1.1", "192.168.1.7", "2a00:1450:4001::8", "5.9.1.1",
                                                        "9.9.9.9"}, name + ": an end in order", result.message)
            if sightings is not None:
                same((record["sources"][0]["state"], record["sightings"]), ("ok", sightings), name + ": all peers are there")
            ok(all(one["rate_up"] >= 0 and one["rate_down"] >= 0 for one in record["peers"]), name + ": no negative rate")


def many_peers():
    """5,000 peers in one torrent, 300 torrents with one each"""
    big = [torrent("big", [peer("5.%d.%d.1" % (number // 250, number % 250)) for number in range(5000)])]
    many = [torrent("t%d" % number, [peer("151.1.%d.%d" % (number // 250, number % 250))]) for number in range(300)]
    with sandbox() as box, FakeDaemon(big + many) as daemon:
        record = box.run("-u", host_port(daemon), "--once", "--json").record
        same((record["sightings"], record["unique"], record["sources"][0]["torrents"]), (5300, 5300, 301), "all of them")


def host_grammar():
    """host:port, URLs with and without path, IPv6, a Unix socket, localhost"""
    with sandbox() as box:
        with FakeDaemon(small_world()) as daemon:
            for form in ("127.0.0.1:%d", "http://127.0.0.1:%d", "http://127.0.0.1:%d/transmission/", "localhost:%d",
                         "http://127.0.0.1:%d/transmission/rpc"):
                result = box.run("--url", form % daemon.port, "--once", "--json")
                same((result.code, result.state), (0, "ok"), form)
        with FakeDaemon(small_world(), host="::1") as daemon:
            for form in ("[::1]:%d", "http://[::1]:%d/transmission/rpc"):
                same(box.run("-u", form % daemon.port, "--once", "--json").code, 0, form)
        with FakeDaemon(small_world(), "4.1", unix=box.path("rpc.sock")) as daemon:
            result = box.run("-u", "unix:" + box.path("rpc.sock"), "--once", "--json")
            same((result.code, result.record["sightings"]), (0, 6), "unix:/path")
        for form in ("ftp://127.0.0.1/", "127.0.0.1:99999", "http://"):
            same(box.run("-u", form, "--once").code, 2, form + " is a usage error")


def https():
    """https is verified unless insecure = true"""
    with sandbox() as box:
        folder = make_certificate(box.path("tls"))
        with FakeDaemon(small_world(), tls=folder) as daemon:
            result = box.run("-u", daemon.url, "--once", "--json")
            same((result.code, result.state), (69, "unreachable"), "a self-made certificate is refused")
            like(result.message, r"(?i)certificate.*(cacert|insecure)|(cacert|insecure).*certificate", "with the way out")
            entry = "[[transmission]]\nname = \"home\"\nurl = \"%s\"\n%s\n"
            box.config(entry % (daemon.url, 'cacert = "%s/cert.pem"' % folder))
            same(box.run("--once", "--json").code, 0, "cacert makes it good")
            box.config(entry % (daemon.url, "insecure = true"))
            same(box.run("--once", "--json").code, 0, "so does insecure = true")


def logins():
    """TR_AUTH, ~/.netrc, the config, password_file: each is sent at once, none costs a failed attempt"""
    entry = "[[transmission]]\nname = \"home\"\nurl = \"http://127.0.0.1:%d/transmission/rpc\"\nusername = \"u\"\n%s\n"
    ways = {
        "TR_AUTH": lambda box, daemon: box.run("-u", host_port(daemon), "--once", "--json", env={"TR_AUTH": "u:p:q"}),
        "netrc": lambda box, daemon: (box.write(".netrc", "machine 127.0.0.1 login u password p:q\n"),
                                      box.run("-u", host_port(daemon), "--once", "--json"))[1],
        "the config": lambda box, daemon: (box.config(entry % (daemon.port, 'password = "p:q"')), box.run("--once", "--json"))[1],
        "password_file": lambda box, daemon: (
            box.config(entry % (daemon.port, 'password_file = "%s"' % box.write("secret", "p:q\n"))),
            box.run("--once", "--json"))[1],
        "a config's login lent to -u": lambda box, daemon: (
            box.config(entry % (daemon.port, 'password = "p:q"')), box.run("-u", host_port(daemon), "--once", "--json"))[1],
    }
    for name, way in ways.items():
        with part(name), sandbox() as box, FakeDaemon(small_world(), login=("u", "p:q")) as daemon:
            result = way(box, daemon)
            same((result.code, daemon.bad_logins), (0, 0), name)
            ok(b"p:q" not in result.out + result.err, name + ": the password is nowhere in the output", result.message)


def several():
    """Two daemons merged; one of them down"""
    with sandbox() as box, FakeDaemon(small_world()) as one, FakeDaemon([torrent("three", [peer("5.9.1.1"), peer("8.8.8.8")])],
                                                                        "4.1") as two:
        record = box.run("-u", host_port(one), "-u", host_port(two), "--once", "--json").record
        same((record["connections"], record["addresses"], [source["state"] for source in record["sources"]]),
             (8, 6, ["ok", "ok"]), "two daemons: connections add up, a shared address is one")
        two.stop()
        result = box.run("-u", host_port(one), "-u", host_port(two), "--once", "--json")
        same((result.code, [source["state"] for source in result.record["sources"]]), (0, ["ok", "unreachable"]),
             "one of them down: exit 0")
        same(result.record["connections"], 6, "and the other one counts")
    with sandbox() as box, FakeDaemon(small_world()) as one, FakeDaemon(small_world()) as two:
        box.config('[[transmission]]\nname = "a"\nurl = "%s"\n[[transmission]]\nname = "b"\nurl = "%s"\n' % (one.url, two.url))
        record = box.run("--once", "--json").record
        same(([source["name"] for source in record["sources"]], record["sightings"], record["unique"]), (["a", "b"], 12, 5),
             "names come from the config")


if __name__ == "__main__":
    main(dialects, two_phases, empty, session_expires, restart, torrents, torrent_gone, odd_values, many_peers, host_grammar,
         https, logins, several)
