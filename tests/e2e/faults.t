#!/usr/bin/python3
"""A daemon that misbehaves: exit code, state, a message with cause and advice, no table changed by half an answer."""
import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_daemon import FakeDaemon, peer, small_world, torrent
from swarmtop_test import ASAN, SLOW, like, main, note, ok, part, same, sandbox

LOST = "unreachable|error"
# fault: exit of --once, state, what the message must name (cause; advice)
ONCE = {
    "401": (77, "refused", r"(?i)(login|password|user)", r"transmission/transmission|transmission.*transmission"),
    "403-lock": (77, "forbidden", r"(?i)(too many|login|locked)", r"(?i)restart"),
    "403-whitelist": (77, "forbidden", r"(?i)(address|403|forbid)", r"rpc-whitelist"),
    "403-bare": (77, "forbidden", r"(?i)(403|forbid|address)", r"rpc-whitelist"),
    "421": (69, "forbidden", r"(?i)host", r"rpc-host-whitelist"),
    "404": (69, "error", r"(?i)404|not found|path|rpc-url", r"(?i)path|url"),
    "301": (69, "error", r"(?i)301|redirect|moved|elsewhere", r"(?i)rpc-url|url|path"),
    "redirect-away": (69, "error", r"(?i)301|redirect|moved|elsewhere", r"(?i)rpc-url|url|path"),
    "500": (69, "error", r"500", r"check the url"),
    "html-200": (69, "error", r"(?i)html|json|not transmission|no transmission|web page", r"(?i)transmission|url|port|path"),
    "html-502": (69, "error", r"502", r"(?i)proxy|gateway|transmission"),
    "409-loop": (69, "error", r"409 twice", r"restart transmission-daemon, or check the proxy in front of it"),
    "no-success": (69, "error", r"no such thing 17", r"Transmission says: "),
    "rpc-error": (69, "error", r"(?i)no such thing 17|invalid params|-32602", r"Transmission says: "),
    "empty-body": (69, LOST, r"no JSON", r"the answer is"),
    "truncated-json": (69, "error", r"no JSON|cut off", r"the answer is"),
    "truncated-gzip": (69, LOST, r"no JSON|cut off", r"the answer is"),
    "long-length": (69, LOST, r"broke off", r"bytes remaining"),
    "short-length": (69, "error", r"no JSON|cut off", r"the answer is"),
    "reset": (69, LOST, r"broke off", r"(?i)reset by peer"),
    "close": (69, LOST, r"broke off", r"Empty reply"),
    "many-headers": (69, LOST, r"headers than 64 KiB", r"not Transmission's"),
    "one-header": (69, LOST, r"headers than 64 KiB", r"not Transmission's"),
    "endless-body": (69, LOST, r"bigger than 64 MiB", r"not Transmission's"),
    "endless-peers": (69, LOST, r"bigger than 64 MiB", r"not Transmission's"),
    "gzip-bomb": (69, LOST, r"no JSON", r"is another server at this url"),
    "json-depth": (69, "error", r"no JSON", r"is another server at this url"),
    "json-depth-objects": (69, "error", r"nesting too deep", r"no JSON"),
    "json-null": (69, "error", r"no JSON", r"is another server at this url"),
    "json-nan": (69, "error", r"makes no sense", r"not what Transmission sends"),
    "json-infinity": (69, "error", r"makes no sense", r"not what Transmission sends"),
}
FIRST_ONLY = {"json-nan": "peers", "json-infinity": "peers", "endless-peers": "peers"}  # these need an answer with peers
# An unknown value may be skipped without looking inside, or refused: both are fine, a crash is not.
EITHER = ("json-deep-value", "json-1e400", "json-400-digits", "json-zeros", "json-duplicate", "json-address")
SLOWLY = ("endless-peers",)  # takes its time until the cap is reached
BODY_CAP_KIB = 64 << 10


def host_port(daemon):
    return "127.0.0.1:%d" % daemon.port


def tables(record):
    """What a failed poll must not change."""
    countries = [{key: one[key] for key in ("code", "name", "sightings", "unique")} for one in record["countries"]]
    return record["sightings"], record["unique"], record["hours"], sorted(countries, key=lambda one: one["code"])


def once():
    """Each fault from the start, with --once"""
    for name, (code, state, cause, advice) in ONCE.items():
        with part(name), sandbox() as box, FakeDaemon(small_world()) as daemon:
            daemon.failure_text = "no such thing 17"
            daemon.fail(name, on=FIRST_ONLY.get(name, "any"))
            result = box.run("-u", host_port(daemon), "--once", "--json", timeout=30)
            same(result.code, code, "%s: exit %d" % (name, code))
            source = result.record["sources"][0]
            ok(source["state"] in state.split("|"), "%s: state %s" % (name, state), source)
            ok(source["error"], name + ": the record tells the error", source)
            like(result.message, cause, name + ": the message names the cause")
            like(result.message, advice, name + ": and what to do")
            same((result.record["sightings"], result.record["countries"]), (0, []), name + ": nothing was counted")
            ok("<" not in result.message and "\x1b" not in result.message, name + ": no HTML in the message", result.message)
            if name == "409-loop":
                ok(daemon.count() <= 2, "409 for ever: at most two requests", daemon.count())
            if name == "401":
                ok(daemon.count(status=401) <= 3, "401: at most three logins", daemon.count(status=401))


def either():
    """Values that may be refused or skipped: an end in order, nothing invented"""
    for name in EITHER:
        with part(name), sandbox() as box, FakeDaemon(small_world()) as daemon:
            daemon.fail(name, on="peers" if name != "json-zeros" else "any")
            result = box.run("-u", host_port(daemon), "--once", "--json", timeout=30)
            ok(result.code in (0, 69) and result.state in ("ok", "error"), name + ": an end in order", result.message)
            ok(0 <= result.record["sightings"] <= 6, name + ": nothing invented", result.record)


def memory():
    """Answers without end are cut: the peak stays under the cap of 64 MiB + 32 MiB"""
    for name in ("endless-body", "endless-peers", "gzip-bomb", "many-headers", "one-header", "json-depth"):
        with sandbox() as box, FakeDaemon(small_world()) as daemon:
            daemon.fail(name, on="peers")
            result = box.run("-u", host_port(daemon), "--once", "--json", timeout=30)
            note("%s: peak %d KiB, %.1f s" % (name, result.peak_kib, result.seconds))
            if not ASAN:
                ok(result.peak_kib < BODY_CAP_KIB + (32 << 10), name + ": peak memory", "%d KiB" % result.peak_kib)
            same(result.code, 69, name + ": exit 69")


def packed():
    """Compression, which loopback is not asked for: 0.0.0.0 leads there and does not look like it"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        url = "http://0.0.0.0:%d/transmission/rpc" % daemon.port
        plain = box.run("-u", host_port(daemon), "--once", "--json").record
        result = box.run("-u", url, "--once", "--json")
        asked = [one for one in daemon.requests if "gzip" in one.headers.get("accept-encoding", "")]
        ok(asked, "compression is asked for")
        same(tables(result.record), tables(plain), "and what comes packed is the same")
    for name in ("truncated-gzip", "gzip-bomb"):
        with part(name), sandbox() as box, FakeDaemon(small_world()) as daemon:
            daemon.fail(name, on="peers")
            url = "http://0.0.0.0:%d/transmission/rpc" % daemon.port
            result = box.run("-u", url, "--once", "--json", timeout=60)
            same((result.code, result.record["sightings"]), (69, 0), name + ": exit 69, nothing counted")
            like(result.message, r"cut off|broke off|bigger than 64 MiB|makes no sense", name + ": the message names the cause")
            if not ASAN:
                ok(result.peak_kib < BODY_CAP_KIB + (32 << 10), name + ": peak memory", "%d KiB" % result.peak_kib)


def second_fails(box, daemon, name, phase, want, refresh, skip=0):
    """Two polls, the second of which fails; its state shall be one of `want`. What a busy machine answers later than the next
    round comes too late for its record: then it is given more time."""
    for longer in (1, 6, 30):
        daemon.polls, daemon.requests = 0, []
        daemon.fail(name, on=phase, polls={2, 3}, skip=skip)
        result = box.run("-u", host_port(daemon), "-n", 2, "-r", refresh * longer * SLOW, "--json", timeout=120)
        good, bad = result.records
        if bad["sources"][0]["state"] in want:
            break
    return result, good, bad


def middle():
    """One good poll, then a failing one: sightings, unique, hours and countries are what they were"""
    faults = [name for name in ONCE if name not in ("many-headers", "endless-body", "gzip-bomb")]
    for name in faults:
        for phase in ("table", "peers"):
            if FIRST_ONLY.get(name, phase) != phase:
                continue
            with part(name), sandbox() as box, FakeDaemon(small_world()) as daemon:
                want = ONCE[name][1].split("|")
                result, good, bad = second_fails(box, daemon, name, phase, want, 3 if name in SLOWLY else 0.4)
                where = "%s in the %s of poll 2" % (name, phase)
                same((result.code, good["sources"][0]["state"]), (0, "ok"), where + ": exit 0, for one poll was good")
                ok(bad["sources"][0]["state"] in want, where + ": the state says so", bad["sources"])
                same(tables(bad), tables(good), where + ": the tables are what they were")
                same((bad["connections"], bad["addresses"]), (0, 0), where + ": and nobody is connected")


def second_batch():
    """The second batch of a poll fails: the first one is not counted either"""
    world = [torrent("t%d" % number, [peer("5.9.%d.1" % number)], peersConnected=40000) for number in range(8)]
    for name in ("500", "truncated-json", "reset", "no-success"):
        with part(name), sandbox() as box, FakeDaemon(world) as daemon:
            result = box.run("-u", host_port(daemon), "-n", 1, "--json")
            batches = daemon.count("peers", 200)
            ok(batches >= 2, "320,000 announced peers are asked for in batches", batches)
            _, good, bad = second_fails(box, daemon, name, "peers", ("unreachable", "error"), 0.4, 1)
            same((good["sightings"], bad["sources"][0]["state"] != "ok"), (8, True), name + " in batch 2 of poll 2")
            same(tables(bad), tables(good), name + ": the tables are what they were")


def huge_counts():
    """Two torrents that claim 2^63-1 peers each: no sum runs over, each is asked for, the poll ends in order"""
    most = (1 << 63) - 1
    world = [torrent("t%d" % number, [peer("5.9.%d.1" % number)], peersConnected=most) for number in range(2)]
    for dialect in ("3.00", "4.1"):
        with part(dialect), sandbox() as box, FakeDaemon(world, dialect) as daemon:
            result = box.run("-u", host_port(daemon), "--once", "--json")
            same((result.code, result.state), (0, "ok"), dialect + ": exit 0")
            same((result.record["sightings"], result.record["connections"]), (2, 2), "counted is what the lists hold")
            same(daemon.count("peers", 200), 2, "a batch for each")


def recovers():
    """A daemon that is back is asked again, by itself"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        daemon.fail("500", on="table", polls={2})
        with box.start("-u", host_port(daemon), "-r", 0.3, "--json") as program:
            def states():
                return [record["sources"][0]["state"] for record in program.records]
            program.wait_for(lambda self: "error" in states(), 10, "the error")
            last = program.wait_for(lambda self: states()[-1] == "ok" and self.records[-1], 10, "its end")
            program.signal(15)
            same((program.finish().code, last["sources"][0]["error"]), (0, None), "it recovers, the error is gone")


def silence():
    """No answer, half an answer, a byte a second: cut after one round, nothing counted"""
    for name in ("silence-accept", "silence", "silence-headers", "slow-body"):
        with part(name), sandbox() as box, FakeDaemon(small_world()) as daemon:
            daemon.fail(name, on="any")
            result = box.run("-u", host_port(daemon), "--once", "--json", "-r", 2, timeout=70)
            same(result.code, 69, name + ": exit 69")
            ok(result.seconds < 20 * SLOW, name + ": the record is written after one refresh", "%.1f s" % result.seconds)
            same((result.state in ("connecting", "unreachable", "error"), result.record["sightings"]), (True, 0),
                 name + ": nothing counted")
            like(result.message, r"(?i)answer|respon|time|silent|slow", name + ": the message says so")
        with part(name), sandbox() as box, FakeDaemon(small_world()) as daemon:
            daemon.fail(name if name != "silence-accept" else "silence", on="peers", polls={2, 3, 4})
            result = box.run("-u", host_port(daemon), "-n", 2, "-r", 1, "--json", timeout=70)
            good, bad = result.records
            same(tables(bad), tables(good), name + " in poll 2: the tables are what they were")


def refused():
    """Nobody listens"""
    with socket.socket() as nobody, sandbox() as box:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        result = box.run("-u", "127.0.0.1:%d" % port, "--once", "--json")
        same((result.code, result.state), (69, "unreachable"), "connection refused: exit 69")
        like(result.message, "%d" % port, "the message names the address")
        like(result.message, r"(?i)running|listen|start|transmission-daemon|demo", "and what to check")
        ok(result.seconds < 20 * SLOW, "at once", result.seconds)
        result = box.run("-u", "unix:" + box.path("nothing.sock"), "--once", "--json")
        same((result.code, result.state), (69, "unreachable"), "no such socket: exit 69")
        result = box.run("-u", "no-such-host.invalid", "--once", "--json")
        same((result.code, result.state), (69, "unreachable"), "no such host: exit 69")
        like(result.message, r"no-such-host\.invalid", "the message names the host")


def logins_are_few():
    """A wrong login is tried at most 3 times ever, however long it runs"""
    with sandbox() as box, FakeDaemon(small_world(), login=("u", "right")) as daemon:
        result = box.run("-u", host_port(daemon), "-n", 12, "-r", 0.2, "--json", env={"TR_AUTH": "u:wrong"}, timeout=30)
        same(result.code, 77, "exit 77")
        same({record["sources"][0]["state"] for record in result.records[1:]}, {"refused"}, "refused")
        ok(daemon.bad_logins <= 3, "at most three bad logins in twelve polls", daemon.bad_logins)
        ok("wrong" not in result.message and b"wrong" not in result.out, "the password is in no message", result.message)
        like(result.message, "(?i)login|password", "the message says what is refused")
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        with box.start("-u", host_port(daemon), "-n", 12, "-r", 0.2, "--json") as program:
            program.wait_records(2)
            daemon.login = ("u", "p")
            result = program.finish(30)
        ok(result.code == 0 and daemon.bad_logins <= 3, "a login wanted in the middle: at most three tries", daemon.bad_logins)
        same(result.records[-1]["sources"][0]["state"], "refused", "and the state says so")


def forbidden_is_rare():
    """403 and 421 are not asked again soon"""
    for name in ("403-whitelist", "403-lock", "421"):
        with sandbox() as box, FakeDaemon(small_world()) as daemon:
            daemon.fail(name)
            box.run("-u", host_port(daemon), "-n", 15, "-r", 0.2, "--json", timeout=30)
            ok(daemon.count() <= 3, name + ": at most three requests in fifteen rounds", daemon.count())


def redirects():
    """A redirect is never followed: no login goes elsewhere"""
    with sandbox() as box, FakeDaemon(small_world()) as trap, FakeDaemon(small_world()) as daemon:
        daemon.away = trap.url
        daemon.fail("redirect-away")
        result = box.run("-u", host_port(daemon), "--once", "--json", env={"TR_AUTH": "u:p"})
        same((result.code, trap.count()), (69, 0), "nothing is sent to where it points")


if __name__ == "__main__":
    main(once, either, memory, packed, middle, second_batch, huge_counts, recovers, silence, refused,
         logins_are_few, forbidden_is_rare, redirects)
