#!/usr/bin/python3
"""The faulty daemon itself: Debian's transmission-remote and curl understand it, and each fault does what it says."""
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fake_daemon
from fake_daemon import FakeDaemon, hostile_world, peer, small_world, torrent, write_json
from swarmtop_test import ROOT, clean, like, ok, same, scan, tell

ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
TABLE = {"method": "torrent-get", "arguments": {"fields": ["id", "hashString", "name", "peersConnected"], "format": "table"}}


def remote(daemon, *args):
    return subprocess.run(["transmission-remote", "127.0.0.1:%d" % daemon.port, *args], env=ENV, capture_output=True, text=True,
                          timeout=20)


class Client:
    """A plain HTTP client with the 409 dance."""

    def __init__(self, daemon):
        self.http = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=3)
        self.id = self.post({})[1].get("X-Transmission-Session-Id", "")

    def post(self, document, **headers):
        body = document if isinstance(document, bytes) else json.dumps(document)
        headers = {"X-Transmission-Session-Id": getattr(self, "id", ""), **headers}
        self.http.request("POST", fake_daemon.RPC_PATH, body, headers)
        answer = self.http.getresponse()
        return answer.status, answer.headers, answer.read()

    def rpc(self, document):
        return json.loads(self.post(document)[2])


def recorded(name):
    with open(os.path.join(ROOT, "tests/data/transmission-4.1", name), "rb") as file:
        return file.read()


def recorded_json(name):
    return json.loads(recorded(name + ".http").partition(b"\r\n\r\n")[2] or recorded(name + ".http").partition(b"\n\n")[2])


def shape(value):
    """Keys and types of a document."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def transmission_remote():
    """Debian's transmission-remote works with it"""
    with FakeDaemon(small_world()) as daemon:
        result = remote(daemon, "-t", "all", "-pi")
        same(result.returncode, 0, "transmission-remote -t all -pi works")
        like(result.stdout, r"(?m)^5\.9\.1\.1 +UEI +0\.0 +0\.0 +0\.6  qBittorrent 4\.5\.2$", "it shows the first peer")
        same(len([line for line in result.stdout.splitlines() if " UEI " in line or " TUE " in line]), 6, "it shows all six")
        same([request.status for request in daemon.requests], [409, 200], "one 409, one answer")
        daemon.login = ("u", "p:q")
        same(remote(daemon, "-l").returncode, 1, "no login, no answer")
        same(remote(daemon, "-n", "u:p:q", "-l").returncode, 0, "the right login works, a colon in it too")
        same(daemon.bad_logins, 3, "bad logins are counted: transmission-remote tries without one first, and again after the 409")


def dialect_300():
    """The classic dialect, letter for letter as measured on 3.00"""
    world = [torrent("one.bin", [peer("127.0.0.2", "libtorrent (Rasterbar) 2.0.8", down=0, progress=0.015625, port=34463)],
                     hashString="4b77c420db70a65e63f7dad249924a7daeb0760c")]
    with FakeDaemon(world) as daemon:
        client = Client(daemon)
        same(client.post({**TABLE, "tag": 7})[2],
             b'{"arguments":{"torrents":[["id","hashString","name","peersConnected"],[1,"4b77c420db70a65e63f7dad249924a7daeb0760c",'
             b'"one.bin",1]]},"result":"success","tag":7}\n', "a table")
        same(client.post({"method": "torrent-get", "arguments": {"ids": [1], "fields": ["peers"]}})[2],
             b'{"arguments":{"torrents":[{"peers":[{"address":"127.0.0.2","clientIsChoked":true,"clientIsInterested":false,'
             b'"clientName":"libtorrent (Rasterbar) 2.0.8","flagStr":"UEI","isDownloadingFrom":false,"isEncrypted":true,'
             b'"isIncoming":true,"isUTP":false,"isUploadingTo":false,"peerIsChoked":true,"peerIsInterested":true,"port":34463,'
             b'"progress":0.0156,"rateToClient":0,"rateToPeer":0}]}]},"result":"success"}\n', "a peer")
        same(client.post({"method": "torrent-get", "arguments": {"ids": ["aa", 1, 99], "fields": ["id", "nope", "hashString"],
                                                                  "format": "table"}})[2],
             b'{"arguments":{"torrents":[["id","nope","hashString"],[1,0,"4b77c420db70a65e63f7dad249924a7daeb0760c"]]},'
             b'"result":"success"}\n', "an unknown field is 0, an unknown id is missing")
        same(client.post({"method": "session-get", "arguments": {"fields": ["version", "rpc-version", "nope"]}})[2],
             b'{"arguments":{"rpc-version":16,"version":"3.00 (bb6b5a062e)"},"result":"success"}\n', "session-get with fields")
        same(client.rpc({"method": "torrent-get", "arguments": {}}), {"arguments": {"torrents": []}, "result": "no fields specified"},
             "no fields")
        same(client.rpc(b"{bad"), {"arguments": {}, "result": "no method name"}, "no JSON")
        same(client.rpc({"jsonrpc": "2.0", "method": "torrent_get"})["result"], "method name not recognized", "no JSON-RPC")
        same(client.rpc({"method": "torrent-get", "arguments": {"ids": [], "fields": ["id"]}})["arguments"]["torrents"], [],
             "an empty list of ids is no torrent")
        same(client.post({}, Host="example.org")[0], 421, "another host name: 421")
        status, headers, body = client.post(TABLE, **{"Accept-Encoding": "deflate, gzip"})
        same((headers["Content-Encoding"], json.loads(zlib.decompress(body, 31))["result"]), ("gzip", "success"),
             "gzip when it is asked for")
        same(write_json("a\x1b\x07\u00e9\U0001f600\u009b\u202e\n\"\\/\x7f"),
             rb'"a\u001b\u0007\u00e9\u1f600\u009b\u202e\n\"\\/\u007f"', "strings are escaped as 3.00 does it")
        same([request.phase for request in daemon.requests][1:4], ["table", "peers", "table"], "phases are told apart")


def dialect_41():
    """JSON-RPC, with the shape of the recorded answers"""
    with FakeDaemon(small_world(), "4.1") as daemon:
        client = Client(daemon)
        for name in ("session_get", "torrent_get-table", "torrent_get-peers", "batch", "error", "error-nofields", "classic-table",
                     "classic-peers"):
            got = client.rpc(recorded(name + ".request.json"))
            want = recorded_json(name)
            same(shape(got), shape(want), "the shape of " + name)
        header = Client(daemon).post({}, **{"X-Transmission-Session-Id": "x"})[1]
        same(header["X-Transmission-Rpc-Version"], "6.1.0", "the 409 tells the version")
        same(list(client.rpc(recorded("torrent_get-peers.request.json"))["result"]["torrents"][0]["peers"][0]),
             list(recorded_json("torrent_get-peers")["result"]["torrents"][0]["peers"][0]), "keys in the same order")


def dialect_240():
    """2.40 knows no table and no isUTP"""
    with FakeDaemon(small_world(), "2.40") as daemon:
        client = Client(daemon)
        same(client.rpc(TABLE)["arguments"]["torrents"][2]["name"], "idle.bin", "objects, though a table was asked for")
        answer = client.rpc({"method": "torrent-get", "arguments": {"fields": ["peers", "nope"]}})["arguments"]["torrents"]
        ok("isUTP" not in answer[0]["peers"][0] and "nope" not in answer[0], "no isUTP, no unknown field")


def login_lock():
    """100 bad logins lock everybody out"""
    with FakeDaemon(small_world(), login=("u", "p")) as daemon:
        client = Client(daemon)
        for _ in range(99):
            status, headers, body = client.post({})
        same((status, headers["WWW-Authenticate"]), (401, 'Basic realm="Transmission"'), "401 up to the hundredth")
        like(body, "Unauthorized User. 100 unsuccessful login attempts", "which is counted in the body")
        status, _, body = client.post({}, Authorization="Basic dTpw")
        same(status, 403, "then the right login is refused too")
        like(body, "restart transmission-daemon", "with the words of 3.00")


def restart():
    """A restart: other ids, another session id; a torrent that goes away between the phases"""
    with FakeDaemon(small_world()) as daemon:
        client = Client(daemon)
        before = [row[0:2] for row in client.rpc(TABLE)["arguments"]["torrents"][1:]]
        daemon.restart()
        same(Client(daemon).post(TABLE, **{"X-Transmission-Session-Id": client.id})[0], 409, "the old session id: 409")
        client = Client(daemon)
        after = [row[0:2] for row in client.rpc(TABLE)["arguments"]["torrents"][1:]]
        same({row[1] for row in before}, {row[1] for row in after}, "the same hashes")
        ok(not {row[0] for row in before} & {row[0] for row in after}, "other ids")
        daemon.gone = {after[0][0]}
        same(len(client.rpc({"method": "torrent-get", "arguments": {"fields": ["peers"], "ids": [row[0] for row in after]}})
                 ["arguments"]["torrents"]), 2, "a torrent that is gone is missing")


def raw_answer(daemon, seconds=1.5, limit=4 << 20):
    """All bytes of the answer to one good table request, up to a limit and time."""
    request = json.dumps(TABLE).encode()
    with socket.create_connection(("127.0.0.1", daemon.port)) as sock:
        sock.settimeout(seconds)
        sock.sendall(b"POST /transmission/rpc HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Transmission-Session-Id: %s\r\nContent-Length: %d"
                     b"\r\n\r\n%s" % (daemon.session_id.encode(), len(request), request))
        data = b""
        try:
            while len(data) < limit and (chunk := sock.recv(65536)):
                data += chunk
            return data, "open" if len(data) >= limit else "closed"
        except ConnectionResetError:
            return data, "reset"
        except TimeoutError:
            return data, "open"


def faults():
    """Each fault does what it says"""
    expected = {
        "401": (b"HTTP/1.1 401 ", "open"), "403-lock": (b"Too many unsuccessful", "open"), "404": (b"404: Not Found", "open"),
        "403-whitelist": (b"rpc-whitelist", "open"), "403-bare": (b"<h1>403: Forbidden</h1>", "open"),
        "301": (b"Location: /transmission/web/", "open"), "421": (b"rpc-host-whitelist", "open"), "500": (b" 500 ", "open"),
        "html-200": (b"<!DOCTYPE", "open"), "html-502": (b" 502 Bad", "open"), "409-loop": (b"X-Transmission-Session-Id: xxx", "open"),
        "no-success": (b'"result":"no method name"', "open"), "rpc-error": (b'"code":-32602', "open"),
        "empty-body": (b"Content-Length: 0", "open"), "truncated-json": (b'{"arguments":{', "open"),
        "truncated-gzip": (b"Content-Encoding: gzip", "open"), "long-length": (b'"success"}', "closed"),
        "short-length": (b'"success"}', "closed"), "reset": (b'{"arguments":{', "reset"), "close": (b"", "closed"),
        "silence": (b"", "open"), "silence-accept": (b"", "open"), "silence-headers": (b"\r\n\r\n", "open"),
        "slow-body": (b"\r\n\r\n{", "open"), "endless-body": (b"xxxxxxxxxxxxxxx", "open"), "endless-peers": (b"5.9.1.1", "open"),
        "many-headers": (b"X-Filler-9999", "open"), "one-header": (b"y" * 1000000, "open"), "json-depth": (b"[[[[[", "open"),
        "json-deep-value": (b'"success"', "open"), "json-depth-objects": (b'{"a":{"a":', "open"), "json-null": (b"\r\n\r\nnull", "open"),
        "json-zeros": (b'"peersConnected":0', "open"), "redirect-away": (b"Location: http://127.0.0.1:9/", "open"),
    }
    for name, (marker, end) in expected.items():
        with FakeDaemon(small_world()) as daemon:
            daemon.fail(name)
            data, ended = raw_answer(daemon, 0.3)
            ok(marker in data and ended == end and (marker or not data), "fault " + name, "%s, %r" % (ended, data[:300]))


def peer_faults():
    """Faults inside peers, and which requests a fault takes"""
    for name, marker in (("json-nan", b'"port":NaN'), ("json-1e400", b'"rateToPeer":1e400'), ("json-duplicate", b'"port":1,"port":2'),
                         ("json-bad-utf8", b"q\xff\xfe"), ("json-nul", b'"q\\u0000Bit'), ("json-types", b'"isUTP":1'),
                         ("json-minus", b'"rateToPeer":-1'), ("json-unknown", b'"newKey"'), ("json-address", b'"address":17')):
        with FakeDaemon(small_world()) as daemon:
            daemon.fail(name, on="peers", skip=1, count=1)
            client = Client(daemon)
            got = [client.post({"method": "torrent-get", "arguments": {"fields": ["peers"]}})[2] for _ in range(3)]
            same([marker in body for body in got], [False, True, False], "fault %s, in the second answer only" % name)
    with FakeDaemon(small_world()) as daemon:
        daemon.fail("500", on="table", polls={2})
        client = Client(daemon)
        same([client.post(TABLE)[0] for _ in range(3)], [200, 500, 200], "a fault of one poll")
        daemon.fail("409-loop", on="peers")
        same(client.post(TABLE)[0], 200, "a fault of another phase does nothing")
        same((daemon.count("table", 500), daemon.count("table")), (1, 4), "requests are counted")


def hostile():
    """The hostile world is hostile, and the byte scan sees it"""
    with FakeDaemon(hostile_world(), "4.1") as daemon:
        body = Client(daemon).post({"method": "torrent-get", "arguments": {"fields": ["name", "peers"]}})[2]
        ok(b"\xff\xfe" in body and len(body) > 3 * (256 << 10), "it is served as it is")
    for kind, text in (("control", b"a\x1bb"), ("C1", b"a\xc2\x9bb"), ("bidi", "a\u202eb".encode()), ("DEL", b"a\x7f"),
                       ("zero-width", "a\u200bb".encode()), ("raw C1", b"a\x9bb"), ("CR", b"a\rb"), ("NUL", b"\0")):
        ok(scan(text), "the scan finds " + kind)
    ok(scan(b"\x1b]0;x\x07", terminal=True), "the scan finds OSC on a terminal")
    same(scan(b"\x1b[31mred\x1b[m\x1b(B\r\n", terminal=True), [], "and lets colours pass")
    clean("plain 1\t2 ü █\n".encode(), "and plain text")


def sockets():
    """TLS and a Unix socket"""
    with tempfile.TemporaryDirectory() as folder:
        fake_daemon.make_certificate(folder)
        with FakeDaemon(small_world(), tls=folder) as daemon:
            got = subprocess.run(["curl", "-sS", "--cacert", folder + "/cert.pem", "-d", "{}", "-o", "/dev/null", "-w",
                                  "%{http_code}", daemon.url], capture_output=True, text=True, env=ENV, timeout=20)
            same(got.stdout, "409", "https with a certificate made now")
        with FakeDaemon(small_world(), unix=folder + "/rpc.sock"):
            got = subprocess.run(["curl", "-sS", "--unix-socket", folder + "/rpc.sock", "-d", "{}", "-o", "/dev/null", "-w",
                                  "%{http_code}", "http://localhost/transmission/rpc"], capture_output=True, text=True, env=ENV,
                                 timeout=20)
            same(got.stdout, "409", "a Unix socket")


if __name__ == "__main__":
    sys.exit(tell(transmission_remote, dialect_300, dialect_41, dialect_240, login_lock, restart, faults, peer_faults, hostile,
                  sockets))
