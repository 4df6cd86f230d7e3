#!/usr/bin/python3
"""The monitor's web server as good and as bad clients find it: /api/v1, /metrics, who may ask, limits of size, time and number,
and that nothing of it holds up a poll."""
import base64
import contextlib
import json
import os
import re
import select
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_daemon import ADDRESSES, HOSTILE, FakeDaemon, hostile_world, peer, small_world, torrent
from lab_test import make_databases
from swarmtop_test import SLOW, clean, like, main, note, ok, same, sandbox, scan_json, skip, wait_until
from web_test import served

RESOURCES = ["", "metrics", "api/v1", "api/v1/poll", "api/v1/overview", "api/v1/countries", "api/v1/peers", "api/v1/clients",
             "api/v1/torrents"]


def api():
    """/api/v1/poll is what --json prints; tables are filtered, sorted and cut"""
    with served(small_world(), refresh=30) as web:
        web.wait_poll()
        record, poll = web.program.wait_records(1)[0], web.json("api/v1/poll")
        same(sorted(poll), sorted(record), "the keys of a poll are those of --json")
        same(poll["connections"], 6, "six connections")
        overview = web.json("api/v1/overview")
        ok(all(key in overview for key in record), "the overview has them too")
        ok(overview["mix"]["encrypted"] == 6 and overview["trend"]["samples"] and overview["clients"], "and more", overview)
        peers = web.json("api/v1/peers?sort=rate_up&limit=2")
        same((peers["all"], peers["found"], len(peers["peers"]), peers["peers"][0]["address"]), (5, 5, 2, ADDRESSES["DE"]),
             "peers by rate, the first two")
        same([row["address"] for row in web.json("api/v1/peers?filter=client~deluge")["peers"]], ["2a00:1450:4001::8"], "a filter")
        status, headers, body = web.get("api/v1/peers?filter=rate-up%20%3E%20x")
        same(status, 400, "a filter that is wrong")
        ok(json.loads(body)["column"] > 0, "... and where", body)
        for query, why in (("filter=" + "x" * 512, "too long: 511 bytes"), ("filter=%00", "no text: control characters"),
                           ("&".join("a" * 9), "more than 8 parameters"), ("filter=%zz", "malformed")):
            status, headers, body = web.get("api/v1/peers?" + query)
            same(status, 400, query[:20])
            like(json.loads(body)["error"], why, "... and why")
        same(sorted(row["client"] for row in web.json("api/v1/clients")["clients"]),
             ["Deluge", "Transmission", "Xunlei", "qBittorrent"], "clients")
        same(web.json("api/v1/torrents")["torrents"][0]["name"], "one.bin", "torrents")
        same(web.get("api/v1/history")[0], 404, "no history is kept")
        for path in RESOURCES:
            status, headers, body = web.get(path)
            same(status, 200, "/%s is there" % path)
            ok(not [key for key in headers if key.lower().startswith("access-control")], "... for no other origin")
            like(headers["Content-Security-Policy"], r"^default-src 'none'; .*frame-ancestors 'none'", "... with a policy")
            same((headers["X-Content-Type-Options"], headers["Cache-Control"]), ("nosniff", "no-store"), "... and kept nowhere")
            status, headers, empty = web.get(path, method="HEAD")
            ok(status == 200 and empty == b"" and int(headers["Content-Length"]) > 0, "... HEAD is its head")


def networks():
    """Networks, and peers by their networks, in the order of the systems' numbers, whichever way; who has none is last"""
    with sandbox() as box:
        database = make_databases(box.path("geo"))["asn"]
        world = [torrent("one", [peer(address) for address in (ADDRESSES["DE"], ADDRESSES["JP"], ADDRESSES["CA"], "1.1.1.1", "192.168.1.7",
                                                               "5.9.1.2")])]
        with served(world, "-g", database) as web:
            web.wait_poll()
            numbers = lambda path: [row["asn"] for row in web.json("api/v1/" + path)[path.split("?")[0]]]
            same(numbers("networks?sort=asn"), [2501, 5769, 13335, 24940, None], "networks by number")
            same(numbers("networks?sort=asn&reverse=1"), [24940, 13335, 5769, 2501, None], "... the largest first")
            same(numbers("peers?sort=asn"), [2501, 5769, 13335, 24940, 24940, None], "peers by the number of their network")
            same(numbers("peers?sort=network&reverse=1"), [24940, 24940, 13335, 5769, 2501, None], "... the largest first")


def hostile():
    """Hostile names in every answer: clean text, one line of metrics each"""
    for dialect in ("3.00", "4.1"):
        with served(hostile_world(), dialect=dialect) as web:
            web.wait_poll()
            for path in RESOURCES[1:]:
                body = web.get(path + ("?limit=5000" if path.startswith("api/v1/p") else ""))[2]
                if path == "metrics":
                    clean(body, "%s: metrics are clean" % dialect)
                    ok(all(re.fullmatch(r"# .*|swarmtop_\w+(\{\w+=\"([^\"\\]|\\.)*\"\})? [-+0-9.e]+", line)
                           for line in body.decode().splitlines()), "%s: ... each line is one" % dialect)
                else:
                    same(scan_json(body), [], "%s: %s is clean" % (dialect, path))
            same(len(web.json("api/v1/peers?limit=5000")["peers"]), 2 * len(HOSTILE), "%s: every peer is there" % dialect)
    if shutil.which("promtool"):
        with served(hostile_world() + small_world()) as web:
            body = web.wait_poll().get("metrics")[2]
            check = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, timeout=60)
            same((check.returncode, check.stdout + check.stderr), (0, b""), "promtool has nothing to say")
            ok(not re.search(rb"\d+\.\d+\.\d+\.\d+|2a00:", re.sub(rb"version=\"[^\"]*\"|client=\"[^\"]*\"", b"", body)), "no address is in them")
    else:
        skip("promtool has nothing to say", "prometheus is not installed")


def who_may_ask():
    """DNS rebinding, other methods, tokens"""
    with served(small_world(), config='hosts = ["nas.example"]') as web:
        for host, want in (("evil.example", 421), ("evil.example:%d" % web.port, 421), ("localhost.evil.example", 421),
                           ("localhost:%d" % web.port, 200), ("127.0.0.1", 200), ("[::1]", 200), ("nas.example", 200), ("NAS.example.", 200)):
            status, headers, body = web.get("api/v1/poll", {"Host": host, "Origin": "http://evil.example"})
            same(status, want, "Host: %s" % host)
            ok("Access-Control-Allow-Origin" not in headers, "... no word to its origin")
        like(web.say(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"), r"^HTTP/1\.1 400 ", "two hosts")
        like(web.say(b"GET / HTTP/1.0\r\n\r\n"), r"^HTTP/1\.\d 400 ", "none")
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"):
            same(web.get("api/v1/poll", method=method)[0], 405, method + " is refused")
        same(web.get("api/v2")[0], 404, "what is not there")
        same(web.get("..%2f..%2fetc/passwd")[0], 404, "nor elsewhere")
        like(web.say(b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n"), r"^HTTP/1\.1 400 ", "it is no proxy")
    token = "0123456789abcdef"
    with served(small_world(), config='token = "%s"' % token) as web:
        login = {"Authorization": "Basic " + base64.b64encode(b"me:" + token.encode()).decode()}
        same(web.get("api/v1/poll")[0], 401, "without the token")
        like(web.get("")[1]["WWW-Authenticate"], "^Basic realm=", "... a browser is told to ask for it")
        same(web.get("api/v1/poll", {"Authorization": "Bearer " + token})[0], 200, "as a bearer token")
        same(web.get("api/v1/poll", login)[0], 200, "as a password")
        same(web.get("api/v1/poll", {"Authorization": "Bearer " + token[:-1]})[0], 401, "a part of it")
        same(web.get("api/v1/poll?token=" + token)[0], 401, "in the address, where it would stand in logs")
        web.program.signal(signal.SIGTERM)
        result = web.program.finish()
        ok(token not in result.message + result.text, "it is in no output")
    with sandbox() as box:
        for listen in ("0.0.0.0:0", "[::]:0", "192.0.2.1:80"):
            result = box.run("--set", 'web.listen="%s"' % listen, "--once")
            same(result.code, 78, "%s without a token: exit 78" % listen)
            like(result.message, r"other machines can reach: set web\.token \(`openssl rand -hex 16`", "... and what to do")
        os.mkdir(box.path("credentials"))
        box.write("credentials/web-token", token + "\n")
        credential = {"CREDENTIALS_DIRECTORY": box.path("credentials")}
        result = box.run("config", "--check", "--set", "web.listen=0.0.0.0:9899", env=credential)
        same((result.code, result.said), (0, ""), "a token as a credential of systemd is one")
        box.write("credentials/web-token", "short\n")
        result = box.run("config", "--check", "--set", "web.listen=0.0.0.0:9899", env=credential)
        same(result.code, 78, "one that is too short is refused")
        like(result.message, r"credential web-token takes 16 to 200 characters", "... by its name")
        box.config('[web]\ntoken = "%s"\n' % token, 0o644)
        result = box.run("config", "--check")
        same(result.code, 78, "a file with a token that others can read")
        os.chmod(box.path("config/swarmtop/config.toml"), 0o600)
        ok(token not in box.run("config", "--print").text, "it is not printed")


def limits():
    """A request line of 1 MB, headers without end, bytes that are no HTTP, pipelining"""
    with served(small_world()) as web:
        head = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n"
        for name, data in (("a line of 1 MB", head % (b"x" * (1 << 20))), ("1 MB of headers", head % b"" + b"X: y\r\n" * 200000),
                           ("a header of 1 MB", head % b"" + b"X: " + b"y" * (1 << 20)),
                           ("a body of 1 MB", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\n" + b"z" * (1 << 20)),
                           ("a body of 1 EB", head % b"" + b"Content-Length: 1152921504606846976\r\n\r\n"),
                           ("noise", os.urandom(65536) + b"\r\n\r\n"), ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500))):
            began = time.monotonic()
            answer = web.say(data)
            took = time.monotonic() - began
            ok(took < 20 * SLOW, "%s: closed after %.1f s" % (name, took))
            ok(not answer.startswith(b"HTTP/1.1 200") or name == "a body of 1 EB", name + ": nothing is served", answer[:200])
        answer = web.say(b"GET /api/v1 HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000)
        same(answer.count(b"HTTP/1.1 200"), 1, "of a thousand requests in a row one is answered")
        same(web.get("api/v1/poll")[0], 200, "others are served")
        ok(web.program.process.poll() is None, "and it runs")


def intervals(daemon, seconds):
    """Milliseconds between polls, as the daemon sees them."""
    times, seen, end = [], daemon.polls, time.monotonic() + seconds
    while time.monotonic() < end:
        if daemon.polls != seen:
            seen = daemon.polls
            times.append(time.monotonic())
        time.sleep(0.001)
    return [(b - a) * 1000 for a, b in zip(times, times[1:])]


def punctual(times):
    """Polls every 500 ms. A busy machine may hold up one of them, but not half of them, nor for long."""
    late = [abs(ms - 500) for ms in times]
    return statistics.median(late) < 100 * SLOW and max(late) < 1000 * SLOW


def punctual_window(daemon, seconds):
    """Intervals of a while in which polls came in time; of the last while if there was none."""
    for _ in range(4):
        times = intervals(daemon, seconds)
        if punctual(times):
            break
    return times


def crowd():
    """A hundred clients that send a byte now and then: polls come in time, others are served"""
    with served(small_world(), refresh=0.5) as web:
        web.wait_poll(2)
        quiet = intervals(web.daemon, 4)
        stop, socks = threading.Event(), []

        def loris():
            while not stop.is_set():
                try:
                    with web.dial(3) as sock:
                        sock.sendall(b"GET /api/v1/overview HTTP/1.1\r\nHost: localhost\r\n")
                        while not stop.wait(0.3):
                            sock.sendall(b"X: y\r\n")
                except OSError:
                    stop.wait(0.1)

        threads = [threading.Thread(target=loris, daemon=True) for _ in range(100)]
        for thread in threads:
            thread.start()
        served_in, fetching = [], threading.Event()

        def good():
            while not fetching.is_set():
                began = time.monotonic()
                status = web.get("metrics")[0]
                served_in.append((time.monotonic() - began if status == 200 else 99) * 1000)
                fetching.wait(0.2)

        fetcher = threading.Thread(target=good, daemon=True)
        fetcher.start()
        loud = punctual_window(web.daemon, 8)
        fetching.set()
        fetcher.join(20)
        sockets = len([name for name in os.listdir("/proc/%d/fd" % web.program.pid)])
        stop.set()
        for thread in threads:
            thread.join(10)
        jitter = max(abs(ms - 500) for ms in loud)
        note("polls: quiet %.0f..%.0f ms, in the crowd %.0f..%.0f ms; metrics in %.0f ms, at worst %.0f ms; %d descriptors" % (
            min(quiet), max(quiet), min(loud), max(loud), statistics.median(served_in), max(served_in), sockets))
        ok(len(loud) >= 8 and punctual(loud), "polls keep their time: at most %.0f ms early or late" % jitter, loud)
        ok(len(served_in) > 5 and max(served_in) < 9000 * SLOW, "who asks properly is served all the while", served_in)
        ok(sockets < 60, "no more than a few connections are kept", sockets)
        readers = [web.dial() for _ in range(30)]
        for sock in readers:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        times = punctual_window(web.daemon, 3)
        ok(punctual(times), "nor do readers hold it up that do not read", times)
        for sock in readers:
            sock.close()


def alerts():
    """Alerts and who tells of them, as JSON and as metrics"""
    rules = ('[alert.many]\nwhen = "connections > 3"\nfor = 1\nnotify = ["nobody"]\n[alert.none]\nwhen = "connections > 300"\n'
             '[notify.nobody]\ncommand = ["/bin/true"]\n')
    with served(small_world(), config=rules, refresh=5) as web:
        wait_until(lambda: web.json("api/v1/poll").get("notifiers", [{}])[0].get("sent"), 20, "the message")
        same([(one["name"], one["state"]) for one in web.json("api/v1/overview")["alerts"]], [("many", "raised"), ("none", "ok")],
             "the overview has them")
        metrics = web.get("metrics")[2].decode()
        for line in ('swarmtop_alert_raised{alert="many"} 1', 'swarmtop_alert_raised{alert="none"} 0',
                     'swarmtop_notifications_sent_total{notifier="nobody"} 1', 'swarmtop_notifications_lost_total{notifier="nobody"} 0'):
            ok(line + "\n" in metrics, line, metrics[-800:])


def configuration():
    """SIGHUP moves the page; a port that is taken is no end; a run of a few polls serves none"""
    with served(small_world()) as web:
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen()
            port = busy.getsockname()[1]
            web.box.config('[web]\nlisten = "127.0.0.1:%d"\n[history]\npath = "none"\n' % port)
            web.program.signal(signal.SIGHUP)
            web.program.wait_for(lambda self: b"no page, no metrics: cannot listen at 127.0.0.1:%d" % port in self.err, 10, "its complaint")
            ok(True, "a port that is taken is told")
            wait_until(lambda: web.daemon.polls > 3, 10, "more polls")
        web.program.signal(signal.SIGHUP)
        web.program.wait_for(lambda self: b"the page is at http://127.0.0.1:%d/" % port in self.err, 10, "the page")
        web.wait()
        same((web.port, web.get("api/v1/poll")[0]), (port, 200), "once it is free, SIGHUP opens it")
        token = "fedcba9876543210"
        web.box.config('[web]\nlisten = "127.0.0.1:%d"\ntoken = "%s"\n[history]\npath = "none"\n' % (port, token))
        web.program.signal(signal.SIGHUP)
        wait_until(lambda: web.get("api/v1/poll")[0] == 401, 10, "the token")
        ok(True, "a token is needed from then on")
        web.program.signal(signal.SIGTERM)
        same(web.program.finish().code, 0, "it ends well")
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen()
            port = busy.getsockname()[1]
            program = box.start("-u", "127.0.0.1:%d" % daemon.port, "-r", 1, "--json", "--set", "web.listen=127.0.0.1:%d" % port,
                                "--set", "history.path=none")
            program.wait_for(lambda self: b"cannot listen" in self.err, 10, "its complaint")
        with program:
            program.wait_for(lambda self: b"the page is at http://127.0.0.1:%d/" % port in self.err, 45, "the page")
            ok(True, "a port that is freed is had after a while, without SIGHUP")
            same(program.err.count(b"no page, no metrics"), 1, "... and what failed is told once")
        for polls, said in ((1, 0), (2, 1)):
            result = box.run("-u", "127.0.0.1:%d" % daemon.port, "-n", polls, "-r", 0.1, "--json", "--set", "web.listen=127.0.0.1:0")
            same((result.code, "the page is at" in result.message), (0, False), "-n %d serves nothing" % polls)
            same(result.message.count("with -n no page is served at 127.0.0.1:0\n"), said, "... and says so if it takes a while")


def another_history():
    """SIGHUP to another history: the charts are of that file at once"""
    with served(small_world()) as web:
        text = '[web]\nlisten = "127.0.0.1:0"\n[history]\npath = "%s"\n'
        web.box.run("-u", "127.0.0.1:%d" % web.daemon.port, "-n", 2, "-r", 0.3, "--record", "--json", "--set",
                    "history.path=" + web.box.path("old.db"))
        for name, points in (("old.db", True), ("new.db", False)):
            web.box.config(text % web.box.path(name))
            web.program.signal(signal.SIGHUP)
            wait_until(lambda: os.path.exists(web.box.path(name)), 20, name)
            wait_until(lambda: bool(web.json("api/v1/history").get("points", not points)) == points, 20, "the charts of " + name)
            ok(True, "charts of " + name)


def ranges():
    """Days by country are those of the range that is asked for"""
    with served(small_world()) as web:
        path = web.box.path("old.db")
        web.box.run("-u", "127.0.0.1:%d" % web.daemon.port, "-n", 2, "-r", 0.3, "--record", "--json", "--set", "history.path=" + path)
        now = int(time.time()) // 3600
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            for days in (3, 20, 40, 300):
                db.execute("INSERT INTO observed VALUES(?, 1)", (now - 24 * days,))
                db.execute("INSERT INTO hours VALUES(?, 'DE', ?, 0, 0, 0)", (now - 24 * days, 1000 + days))
        web.box.config('[web]\nlisten = "127.0.0.1:0"\n[history]\npath = "%s"\n' % path)
        web.program.signal(signal.SIGHUP)
        for name, want in (("1d", []), ("7d", [1003]), ("30d", [1020, 1003]), ("365d", [1300, 1040, 1020, 1003])):
            wait_until(lambda: "by_day" in web.json("api/v1/history?range=" + name), 20, name)
            by_day = web.json("api/v1/history?range=" + name)["by_day"]
            same([n for one in by_day["countries"] for n in one["days"] if n >= 1000], want, name)


def textfile():
    """--textfile: at every poll, whole at any moment"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        path = box.path("swarmtop.prom")
        result = box.run("-u", "127.0.0.1:%d" % daemon.port, "--once", "--json", "--textfile", path)
        same(result.code, 0, "--once writes it")
        with open(path) as file:
            like(file.read(), r"(?m)^swarmtop_polls_total 1$", "... after the poll")
        with box.start("-u", "127.0.0.1:%d" % daemon.port, "-r", 0.1, "--json", "--textfile", path, "--set", "history.path=none") as program:
            polls, whole = set(), True
            begin = time.monotonic()
            while time.monotonic() < begin + 3 or (len(polls) <= 10 and time.monotonic() < begin + 60 * SLOW):
                with open(path) as file:
                    text = file.read()
                whole = whole and text.startswith("# HELP ") and text.endswith("\n") and "swarmtop_origin_connections{origin=\"cache\"}" in text
                polls.add(re.search(r"(?m)^swarmtop_polls_total (\d+)$", text)[1])
            ok(whole and len(polls) > 10, "in %d polls it was whole" % len(polls))
            names = [name for name in os.listdir(box.home) if "prom" in name]
            ok(all(name == "swarmtop.prom" or not name.endswith(".prom") for name in names), "what is not whole is not called .prom", names)
            program.signal(signal.SIGTERM)
            same(program.finish().code, 0, "it ends well")
        result = box.run("-u", "127.0.0.1:%d" % daemon.port, "-n", 3, "-r", 0.2, "--json", "--textfile", box.path("no/x.prom"))
        same((result.code, result.message.count("cannot write")), (1, 1), "a folder that is not there is told once: exit 1")
        result = box.run("-u", "127.0.0.1:1", "--once", "--json", "--textfile", box.path("no/x.prom"))
        same((result.code, result.message.count("cannot write")), (69, 1), "... but that no daemon answered goes before it: exit 69")
        result = box.run("-u", "127.0.0.1:1", "--once", "--json", "-o", "/dev/full")
        same((result.code, result.message.count("cannot write")), (69, 1), "and before records that nobody can write")
        result = box.run("-u", "127.0.0.1:%d" % daemon.port, "--once", "--textfile", "-")
        same((result.code, result.message.count("--textfile wants a file")), (2, 1), "stdout has records: exit 2")
        path = box.path("pipe")
        os.mkfifo(path)
        result = box.run("-u", "127.0.0.1:%d" % daemon.port, "--once", "--json", "--textfile", path)
        same((result.code, result.message.count("cannot write")), (1, 1), "a pipe that nobody reads likewise")
        with box.start("-u", "127.0.0.1:%d" % daemon.port, "-r", 0.1, "--json", "--textfile", path, "--set", "history.path=none") as program:
            program.wait_records(5)
            reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            wait_until(lambda: b"swarmtop_polls_total" in (os.read(reader, 65536) if select.select([reader], [], [], 1)[0] else b""), 10,
                       "metrics by the pipe")
            os.close(reader)
            program.signal(signal.SIGTERM)
            same(program.finish().code, 0, "the monitor goes on, writes to who reads, and ends when told to")


if __name__ == "__main__":
    main(api, networks, hostile, who_may_ask, limits, crowd, alerts, configuration, another_history, ranges, textfile)
