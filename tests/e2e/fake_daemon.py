#!/usr/bin/python3
"""A Transmission RPC server that misbehaves on demand, on loopback or a Unix socket.

It speaks as transmission-daemon 3.00 does (measured: headers, order of checks, error texts, sorted keys, number and string
format), as 4.1 does (the recorded answers in tests/data/transmission-4.1), or as 2.40 did (no `format`, no isUTP). What it
tells is a world: torrents and peers as dicts, made by torrent() and peer(). What goes wrong is a list of faults:

    with FakeDaemon([torrent("one", [peer("5.9.1.1")])]) as daemon:
        daemon.fail("html-502", on="peers", polls={2})
        ... daemon.url ... daemon.requests ... daemon.heal()

It knows nothing of the program under test.
"""
import argparse
import base64
import dataclasses
import functools
import gzip
import hashlib
import ipaddress
import json
import os
import random
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import zlib

RPC_PATH = "/transmission/rpc"
LOGIN_LIMIT = 100  # 3.00 locks everybody out after so many bad logins in a row
HEADERS_MAX = 1 << 20
BODY_MAX = 16 << 20

# ---- the world ----------------------------------------------------------------------------------------------------


class Raw(bytes):
    """JSON text that is written as it stands."""


def peer(address, client="qBittorrent 4.5.2", up=0, down=0, progress=0, flags="UEI", port=51413, **more):
    """A peer as Transmission 3.00 describes it; `more` overrides or adds classic keys, a value None removes one."""
    entry = {
        "address": address, "clientIsChoked": True, "clientIsInterested": False, "clientName": client,
        "flagStr": flags, "isDownloadingFrom": down != 0, "isEncrypted": "E" in flags, "isIncoming": "I" in flags,
        "isUTP": "T" in flags, "isUploadingTo": up != 0, "peerIsChoked": up == 0, "peerIsInterested": True,
        "port": port, "progress": progress, "rateToClient": down, "rateToPeer": up,
    }
    entry.update(more)
    return {key: value for key, value in entry.items() if value is not None}


def torrent(name, peers=(), **more):
    """A torrent; `more` overrides or adds classic keys. Its id is its place in the world unless given as id=."""
    text = name if isinstance(name, bytes) else name.encode("utf-8", "surrogatepass")
    entry = {"name": name, "hashString": hashlib.sha1(text).hexdigest(), "peers": list(peers)}
    entry.update(more)
    return entry


# One address (of a provider's or university's real range) for each of these countries.
ADDRESSES = {
    "DE": "5.9.1.1", "IT": "151.1.1.1", "JP": "133.11.0.1", "US": "8.8.8.8", "FR": "212.27.48.10", "NL": "193.0.6.139",
    "CN": "1.2.4.8", "CA": "24.48.0.1", "GB": "212.58.244.20", "BR": "200.160.2.3",
}


def small_world():
    """Two torrents; 6 connections from 5 addresses, one of them in both, and a third torrent without peers."""
    return [
        torrent("one.bin", [peer(ADDRESSES["DE"], up=600), peer(ADDRESSES["IT"], "Transmission 3.00", flags="TUE"),
                            peer("2a00:1450:4001::8", "Deluge 2.1.1.0"), peer("192.168.1.7", "Xunlei 0.0.1.2")]),
        torrent("two.bin", [peer(ADDRESSES["DE"], up=400, port=6881), peer("::ffff:" + ADDRESSES["JP"], progress=1)]),
        torrent("idle.bin"),
    ]


# Each must reach no output as it is. Text goes through the JSON writer of the dialect; bytes are put in as they are.
HOSTILE = {
    "escape": "a\x1b[31337mred", "osc52": "b\x1b]52;c;cHduZWQ=\x07", "title": "c\x1b]0;pwned\x1b\\",
    "c1": "d\x9b31337m\x9d0;x\x9c\x85", "bidi": "e\u202e\u2066\u202d\u2069\u200f", "zero-width": "f\u200b\u200d\ufeff\u2060",
    "newline": "g\n\r\tx\x0b\x0c", "delete": "h\x7f\x08\x00i", "tags": "i\U000e0041\U000e0042", "lines": "j\u2028\u2029",
    "combining": "k" + "\u0301" * 50, "invalid": b"l\xff\xfe\xc0\xaf\xed\xa0\x80\xf5\x80", "c1-raw": b"m\x9b31337m\x1b[31337m",
    "overlong": b"n\xe0\x80\x9b\xf0\x80\x80\x9b", "formula": "=cmd()|' /C calc'!A0", "huge": "o\x1b[31337m" + "x" * (256 << 10),
    "emoji": "p\U0001f600\u00e9",
}


def hostile_world():
    """Each hostile string once as a client and once as a torrent name."""
    return [torrent(text, [peer("5.9.1.%d" % number, text), peer("151.1.1.%d" % number, text)], hashString="%040x" % number)
            for number, text in enumerate(HOSTILE.values(), 1)]


# ---- JSON as Transmission writes it --------------------------------------------------------------------------------

SHORT_ESCAPES = {8: b"\\b", 12: b"\\f", 10: b"\\n", 13: b"\\r", 9: b"\\t", 34: b'\\"', 92: b"\\\\"}


def write_text(text, ascii_only):
    out = bytearray(b'"')
    for c in text if isinstance(text, bytes) else map(ord, text):
        if c in SHORT_ESCAPES:
            out += SHORT_ESCAPES[c]
        elif c < 0x20 or (c == 0x7f and ascii_only):
            out += b"\\u%04x" % c
        elif isinstance(text, bytes):
            out.append(c)
        elif c < 0x7f:
            out.append(c)
        elif ascii_only:
            out += b"\\u%04x" % c  # 3.00 has no surrogate pairs: U+1F600 becomes \u1f600
        else:
            out += chr(c).encode("utf-8", "surrogatepass")
    return bytes(out + b'"')


def write_real(value, four_digits):
    if abs(value - int(value)) < 0.00001:
        return b"%d" % int(value)
    return b"%.4f" % value if four_digits else repr(value).encode()


def write_json(value, classic=True):
    """The document as 3.00 writes it (classic) or as 4.1 does: keys sorted, no blanks."""
    if isinstance(value, Raw):
        return bytes(value)
    if isinstance(value, dict):
        return b"{" + b",".join(write_text(key, classic) + b":" + write_json(value[key], classic)
                                for key in sorted(value)) + b"}"
    if isinstance(value, (list, tuple)):
        return b"[" + b",".join(write_json(item, classic) for item in value) + b"]"
    if isinstance(value, (str, bytes)):
        return write_text(value, classic)
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, float):
        return write_real(value, classic)
    return b"null" if value is None else b"%d" % value


def snake(name):
    """The 4.1 spelling of a classic key: isUTP -> is_utp, hashString -> hash_string, rpc-version -> rpc_version."""
    name = name.replace("UTP", "Utp").replace("-", "_")
    return re.sub(r"[A-Z]", lambda letter: "_" + letter.group().lower(), name)


# ---- dialects ------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Dialect:
    version: str
    session: dict
    header: str = ""            # X-Transmission-Rpc-Version
    json_rpc: bool = False
    table: bool = True          # knows `format`
    unknown_zero: bool = False  # answers a field it does not know with 0
    utp: bool = True
    attempts_shown: bool = True  # 401 and 403 bodies of 3.00; 4.x says the bare status
    end: bytes = b"\n"
    security_headers: tuple = ()


DIALECTS = {
    "2.40": Dialect("2.40 (12978)", {"rpc-version": 14, "rpc-version-minimum": 1}, table=False, utp=False),
    "3.00": Dialect("3.00 (bb6b5a062e)", {"rpc-version": 16, "rpc-version-minimum": 1}, unknown_zero=True),
    "4.1": Dialect("4.2.0-dev (85fc9d915c)", {"rpc-version": 18, "rpc-version-minimum": 14, "rpc-version-semver": "6.1.0"},
                   header="6.1.0", json_rpc=True, attempts_shown=False, end=b"",
                   security_headers=(("X-Frame-Options", "SAMEORIGIN"),
                                     ("Content-Security-Policy", "frame-ancestors 'self'"),
                                     ("Access-Control-Allow-Origin", "*"))),
}
DIALECTS["9.0"] = dataclasses.replace(DIALECTS["4.1"], version="9.0.0 (0123456789)", header="9.0.0",
                                      session={"rpc-version": 99, "rpc-version-minimum": 14, "rpc-version-semver": "9.0.0"})

CONFLICT = ("<h1>409: Conflict</h1><p>Your request had an invalid session-id header.</p><p>To fix this, follow these steps:"
            "<ol><li> When reading a response, get its X-Transmission-Session-Id header and remember it<li> Add the updated "
            "header to your outgoing requests<li> When you get this 409 error message, resend your request with the updated "
            "header</ol></p><p>This requirement has been added to help prevent <a href=\"https://en.wikipedia.org/wiki/"
            "Cross-site_request_forgery\">CSRF</a> attacks.</p><p><code>X-Transmission-Session-Id: %s</code></p>")
LOCKED = "<p>Too many unsuccessful login attempts. Please restart transmission-daemon.</p>"
WHITELIST = ("<p>Unauthorized IP Address.</p><p>Either disable the IP address whitelist or add your address to it.</p><p>If "
             "you're editing settings.json, see the 'rpc-whitelist' and 'rpc-whitelist-enabled' entries.</p><p>If you're "
             "still using ACLs, use a whitelist instead. See the transmission-daemon manpage for details.</p>")
MISDIRECTED = ("<p>Transmission received your request, but the hostname was unrecognized.</p><p>To fix this, choose one of "
               "the following options:<ul><li>Enable password authentication, then any hostname is allowed.</li><li>Add the "
               "hostname you want to use to the whitelist in settings.</li></ul></p><p>If you're editing settings.json, see "
               "the 'rpc-host-whitelist' and 'rpc-host-whitelist-enabled' entries.</p><p>This requirement has been added to "
               "help prevent <a href=\"https://en.wikipedia.org/wiki/DNS_rebinding\">DNS Rebinding</a> attacks.</p>")
REASONS = {200: "OK", 204: "No Content", 301: "Moved Permanently", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 409: "Conflict", 421: "Misdirected Request", 500: "Internal Server Error",
           502: "Bad Gateway"}


@dataclasses.dataclass
class Request:
    time: float        # monotonic, when its body was complete
    connection: int    # which connection it came on, from 1
    method: str
    path: str
    headers: dict      # names in lower case
    body: bytes
    json: object       # None when the body is no JSON
    phase: str         # "session", "table", "peers", "other": what it asks for
    poll: int          # how many table requests with a good session id there were, this one included
    status: int = 0    # what it was answered; 0 = nothing


def phase_of(document):
    """What a request asks for; a batch is called after the largest thing in it."""
    if isinstance(document, list):
        phases = [phase_of(item) for item in document]
        return next((name for name in ("peers", "table", "session") if name in phases), "other")
    if not isinstance(document, dict):
        return "other"
    method = snake(str(document.get("method")))
    if method in ("session_get", "session_stats"):
        return "session"
    if method != "torrent_get":
        return "other"
    arguments = document.get("arguments") or document.get("params") or {}
    return "peers" if "peers" in arguments.get("fields", ()) else "table"


# ---- faults --------------------------------------------------------------------------------------------------------
# A fault takes (daemon, connection, request, document) and answers instead of the daemon; `document` is the right answer
# and None for an early fault, which acts before login and session id are looked at.

FAULTS, EARLY = {}, set()


def fault(name, early=False):
    def enter(function):
        FAULTS[name] = function
        if early:
            EARLY.add(name)
        return function
    return enter


def status_fault(name, status, text="", **headers):
    @fault(name, early=True)
    def answer(daemon, connection, request, document):
        connection.html(request, status, text, tuple((key.replace("_", "-"), value) for key, value in headers.items()))


status_fault("401", 401, "<p>Unauthorized User. 1 unsuccessful login attempts.</p>",
             WWW_Authenticate='Basic realm="Transmission"')
status_fault("403-lock", 403, LOCKED)
status_fault("403-whitelist", 403, WHITELIST)
status_fault("403-bare", 403)
status_fault("404", 404, RPC_PATH)
status_fault("301", 301, Location="/transmission/web/")
status_fault("421", 421, MISDIRECTED)
status_fault("500", 500)
status_fault("html-502", 502, "<hr><center>nginx</center>")
status_fault("409-loop", 409, CONFLICT % ("x" * 48), X_Transmission_Session_Id="x" * 48)


@fault("html-200", early=True)
def html_200(daemon, connection, request, document):
    connection.send(request, 200, b"<!DOCTYPE html><html><body>Please log in</body></html>", "text/html")


@fault("redirect-away", early=True)
def redirect_away(daemon, connection, request, document):
    connection.html(request, 301, "", (("Location", daemon.away),))


@fault("no-success")
def no_success(daemon, connection, request, document):
    connection.json(request, {"arguments": {}, "result": daemon.failure_text})


@fault("rpc-error")
def rpc_error(daemon, connection, request, document):
    connection.json(request, {"jsonrpc": "2.0", "id": (request.json or {}).get("id"),
                              "error": {"code": -32602, "message": "Invalid params",
                                        "data": {"error_string": daemon.failure_text}}})


@fault("empty-body")
def empty_body(daemon, connection, request, document):
    connection.send(request, 200, b"")


@fault("truncated-json")
def truncated_json(daemon, connection, request, document):
    body = write_json(document, not daemon.dialect.json_rpc)
    connection.send(request, 200, body[:len(body) * 2 // 3])


@fault("truncated-gzip")
def truncated_gzip(daemon, connection, request, document):
    body = gzip.compress(write_json(document, not daemon.dialect.json_rpc))
    connection.send(request, 200, body[:len(body) * 2 // 3], more=(("Content-Encoding", "gzip"),))


@fault("long-length")
def long_length(daemon, connection, request, document):
    body = write_json(document)
    connection.send(request, 200, body, length=len(body) + 1000)
    connection.close()


@fault("short-length")
def short_length(daemon, connection, request, document):
    body = write_json(document)
    connection.send(request, 200, body, length=len(body) // 2)
    connection.close()


@fault("reset")
def reset(daemon, connection, request, document):
    body = write_json(document)
    connection.send(request, 200, body[:len(body) // 2], length=len(body))
    connection.reset()


@fault("close")
def close(daemon, connection, request, document):
    connection.close()


@fault("silence")
def silence(daemon, connection, request, document):
    daemon.stopping.wait()


@fault("silence-accept", early=True)
def silence_accept(daemon, connection, request, document):
    daemon.stopping.wait()


@fault("silence-headers")
def silence_headers(daemon, connection, request, document):
    connection.send(request, 200, b"", length=1000)
    daemon.stopping.wait()


@fault("slow-body")
def slow_body(daemon, connection, request, document):
    body = write_json(document)
    connection.send(request, 200, b"", length=len(body))
    for number in range(len(body)):
        connection.write(body[number:number + 1])
        if daemon.stopping.wait(1):
            return


@fault("endless-body")
def endless_body(daemon, connection, request, document):
    connection.head(request, 200, (("Content-Type", "application/json; charset=UTF-8"),))
    connection.write(b'{"arguments":{"torrents":[{"name":"')
    while not daemon.stopping.is_set():
        connection.write(b"x" * 65536)


@fault("endless-peers")
def endless_peers(daemon, connection, request, document):
    connection.head(request, 200, (("Content-Type", "application/json; charset=UTF-8"),))
    connection.write(b'{"arguments":{"torrents":[{"hashString":"%040d","name":"endless","peers":[' % 1)
    entry = write_json(peer("5.9.1.1")) + b","
    while not daemon.stopping.is_set():
        connection.write(entry * 200)


@functools.cache
def make_bomb():
    """512 MiB in 512 KiB."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    parts = [packer.compress(b'{"arguments":{"torrents":[{"name":"')]
    parts += [packer.compress(b"x" * (1 << 20)) for _ in range(512)]
    return b"".join(parts) + packer.flush()


@fault("gzip-bomb")
def gzip_bomb(daemon, connection, request, document):
    connection.send(request, 200, make_bomb(), more=(("Content-Encoding", "gzip"),))


@fault("many-headers")
def many_headers(daemon, connection, request, document):
    more = tuple(("X-Filler-%d" % number, "y" * 85) for number in range(10000))
    connection.send(request, 200, write_json(document), more=more)


@fault("one-header")
def one_header(daemon, connection, request, document):
    connection.send(request, 200, write_json(document), more=(("X-Filler", "y" * 1000000),))


def value_fault(name, *pairs):
    """The right answer with other values in each peer."""
    @fault(name)
    def answer(daemon, connection, request, document):
        body = write_json(document, not daemon.dialect.json_rpc)
        for pattern, replacement in pairs:
            body = re.sub(pattern, lambda _: replacement, body)
        connection.send(request, 200, body)


PORT, RATE = rb'"port":\d+', rb'"(?:rateToPeer|rate_to_peer)":\d+'
value_fault("json-nan", (PORT, b'"port":NaN'))
value_fault("json-infinity", (PORT, b'"port":-Infinity'))
value_fault("json-1e400", (RATE, b'"rateToPeer":1e400'), (PORT, b'"port":-1e400'))
value_fault("json-400-digits", (RATE, b'"rateToPeer":1' + b"0" * 400))
value_fault("json-duplicate", (PORT, b'"port":1,"port":2,"address":"9.9.9.9","address":"5.9.1.1"'))
value_fault("json-bad-utf8", (rb"qBittorrent", b"q\xff\xfe\xc0\x80"))
value_fault("json-nul", (rb"qBittorrent", b"q\\u0000Bit"))
value_fault("json-surrogate", (rb"qBittorrent", b"q\\ud800\\udc00\\ud800x\\udfff"))
value_fault("json-types", (rb'"(?:isUTP|is_utp)":\w+', b'"isUTP":1'), (rb'"(?:isEncrypted|is_encrypted)":\w+',
            b'"isEncrypted":"yes"'), (PORT, b'"port":"x"'), (rb'"(?:flagStr|flag_str)":"\w*"', b'"flagStr":null'))
value_fault("json-address", (rb'"address":"[^"]*"', b'"address":17'))
value_fault("json-minus", (RATE, b'"rateToPeer":-1'), (PORT, b'"port":-1'), (rb'"progress":[\d.]+', b'"progress":-1'))
value_fault("json-unknown", (PORT, b'"port":1,"newKey":{"a":[1,{"b":null}],"peers":[]},"x":0'))
value_fault("json-deep-value", (PORT, b'"port":1,"deep":' + b"[" * 1000000 + b"]" * 1000000))


@fault("json-depth")
def json_depth(daemon, connection, request, document):
    connection.send(request, 200, b"[" * 1000000 + b"]" * 1000000)


@fault("json-depth-objects")
def json_depth_objects(daemon, connection, request, document):
    connection.send(request, 200, b'{"a":' * 1000000)


@fault("json-zeros")
def json_zeros(daemon, connection, request, document):
    """Every field asked for is 0, as 3.00 answers fields that it does not know."""
    fields = ((request.json or {}).get("arguments") or (request.json or {}).get("params") or {}).get("fields", [])
    connection.json(request, {"arguments": {"torrents": [{name: 0 for name in fields}]}, "result": "success"})


@fault("json-null")
def json_null(daemon, connection, request, document):
    connection.send(request, 200, b"null")


@dataclasses.dataclass
class Armed:
    name: str
    on: str            # a phase, or "any"
    polls: object      # a set of poll numbers (see Request.poll), or None = every poll
    skip: int          # so many matching requests pass first
    count: float       # then it strikes so many times
    struck: int = 0


# ---- the server ----------------------------------------------------------------------------------------------------


class Connection:
    """One accepted socket: reads requests, writes answers."""

    def __init__(self, daemon, sock, number):
        self.daemon, self.sock, self.number = daemon, sock, number
        self.file = sock.makefile("rb")
        self.open = True

    def close(self):
        if self.open:
            self.open = False
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self.file.close()
            self.sock.close()

    def reset(self):
        """Ends it with RST instead of FIN."""
        self.open = False
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.file.close()
        self.sock.close()

    def write(self, data):
        self.sock.sendall(data)

    def head(self, request, status, headers):
        request.status = status
        lines = ["HTTP/1.1 %d %s" % (status, REASONS[status]), "Server: Transmission"]
        lines += ["%s: %s" % pair for pair in self.daemon.dialect.security_headers + tuple(headers)]
        self.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def send(self, request, status, body, kind="application/json; charset=UTF-8", more=(), length=None):
        headers = tuple(more) + (("Date", time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())),
                                 ("Content-Length", len(body) if length is None else length), ("Content-Type", kind))
        self.head(request, status, headers)
        self.write(body)

    def html(self, request, status, text="", more=()):
        body = text if text.startswith("<h1>") else "<h1>%d: %s</h1>%s" % (status, REASONS[status], text)
        self.send(request, status, body.encode(), "text/html; charset=ISO-8859-1", more)

    def json(self, request, document):
        body = write_json(document, not self.daemon.dialect.json_rpc) + self.daemon.dialect.end
        if "gzip" in request.headers.get("accept-encoding", "") and self.daemon.gzip:
            self.send(request, 200, gzip.compress(body, 6), more=(("Content-Encoding", "gzip"),))
        else:
            self.send(request, 200, body)

    def read_request(self):
        """The next request, or None when the other side is done."""
        line = self.file.readline(HEADERS_MAX).decode("latin-1").split()
        if len(line) != 3:
            return None
        headers = {}
        while (text := self.file.readline(HEADERS_MAX).decode("latin-1").strip()):
            name, _, value = text.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.file.read(min(int(headers.get("content-length", 0)), BODY_MAX))
        try:
            document = json.loads(body)
        except ValueError:
            document = None
        return Request(time.monotonic(), self.number, line[0], line[1], headers, body, document, phase_of(document), 0)

    def serve(self):
        try:
            if self.daemon.strikes("silence-accept", None):
                self.daemon.stopping.wait()
            while self.open and (request := self.read_request()):
                self.daemon.answer(self, request)
        except (OSError, ValueError, ssl.SSLError):
            pass
        finally:
            self.close()


class FakeDaemon:
    """The server. Change `world`, `gone`, `login` at any time; read `requests`, `bad_logins`, `connections`.

    world     list of torrent()
    dialect   "3.00", "4.1", "2.40", "9.0" (a future one)
    login     (user, password) or None
    unix      path of a Unix socket instead of a port
    tls       folder with cert.pem and key.pem, see make_certificate()
    gone      ids that table requests still tell of, and peer requests do not
    away      where the fault redirect-away points
    """

    def __init__(self, world=(), dialect="3.00", login=None, unix=None, tls=None, port=0, host="127.0.0.1"):
        self.world, self.dialect, self.login = list(world), DIALECTS[dialect], login
        self.failure_text = "no method name"
        self.gzip, self.away = True, "http://127.0.0.1:9/"
        self.gone, self.requests, self.faults, self.open = set(), [], [], set()
        self.polls = self.bad_logins = self.attempts = self.connections = 0
        self.id_shift = 0
        self.lock, self.stopping = threading.RLock(), threading.Event()
        self.session_id = self.new_session_id()
        self.unix, self.tls, self.host = unix, tls, host
        if unix:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(unix)
        else:
            self.listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind((host, port))
        self.listener.listen(64)
        self.port = None if unix else self.listener.getsockname()[1]
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(os.path.join(tls, "cert.pem"), os.path.join(tls, "key.pem"))

    @staticmethod
    def new_session_id():
        return base64.b64encode(random.randbytes(36), b"ab").decode()

    @property
    def url(self):
        if self.unix:
            return "unix:" + self.unix
        host = "[%s]" % self.host if ":" in self.host else self.host
        return "%s://%s:%d%s" % ("https" if self.tls else "http", host, self.port, RPC_PATH)

    def start(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def accept(self):
        while not self.stopping.is_set():
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.greet, args=(sock,), daemon=True).start()

    def greet(self, sock):
        try:
            if not self.unix:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.context:
                sock = self.context.wrap_socket(sock, server_side=True)
        except (OSError, ssl.SSLError):
            sock.close()
            return
        with self.lock:
            self.connections += 1
            connection = Connection(self, sock, self.connections)
            self.open.add(connection)
        connection.serve()
        with self.lock:
            self.open.discard(connection)

    def drop_connections(self):
        with self.lock:
            for connection in self.open:
                try:
                    connection.sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def stop(self):
        self.stopping.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.drop_connections()
        if self.unix and os.path.exists(self.unix):
            os.unlink(self.unix)

    def __enter__(self):
        return self.start()

    def __exit__(self, *error):
        self.stop()

    # -- what tests say and ask --

    def fail(self, name, on="any", polls=None, skip=0, count=float("inf")):
        """Arms a fault of FAULTS for requests of phase `on`, in polls number `polls`, after `skip` of them, `count` times."""
        assert name in FAULTS, name
        with self.lock:
            self.faults.append(Armed(name, on, polls, skip, count))

    def heal(self):
        with self.lock:
            self.faults.clear()

    def restart(self):
        """What a restart of the daemon looks like: connections cut, another session id, the torrents' ids renumbered."""
        with self.lock:
            self.session_id = self.new_session_id()
            self.id_shift += 10
            self.world.reverse()
        self.drop_connections()

    def new_session(self):
        """The session id expires, as it does each hour."""
        with self.lock:
            self.session_id = self.new_session_id()

    def count(self, phase=None, status=None):
        with self.lock:
            return sum(1 for request in self.requests
                       if phase in (None, request.phase) and status in (None, request.status))

    # -- how it answers --

    def strikes(self, name, request):
        """Whether an armed fault called `name` takes this request (None: a fresh connection)."""
        with self.lock:
            for armed in self.faults:
                if armed.name != name or (request and armed.on not in ("any", request.phase)):
                    continue
                if armed.polls is not None and (self.polls if not request else request.poll) not in armed.polls:
                    continue
                if armed.skip > 0:
                    armed.skip -= 1
                elif armed.struck < armed.count:
                    armed.struck += 1
                    return True
        return False

    def take_fault(self, early, connection, request, document):
        for name in dict.fromkeys(armed.name for armed in list(self.faults)):
            if (name in EARLY) == early and name != "silence-accept" and self.strikes(name, request):
                FAULTS[name](self, connection, request, document)
                return True
        return False

    def answer(self, connection, request):
        with self.lock:
            self.requests.append(request)
            if self.session_good(request) and request.phase == "table":
                self.polls += 1
            request.poll = self.polls
        if not self.take_fault(True, connection, request, None) and not self.refuse(connection, request):
            self.answer_rpc(connection, request)

    def session_good(self, request):
        return request.headers.get("x-transmission-session-id") == self.session_id

    def login_good(self, request):
        if not self.login:
            return True
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(text).decode() if kind.lower() == "basic" else ""
        except ValueError:
            given = ""
        return given == "%s:%s" % self.login

    def refuse(self, connection, request):
        """The checks of the real server, in its order."""
        with self.lock:
            if self.attempts >= LOGIN_LIMIT:
                connection.html(request, 403, LOCKED if self.dialect.attempts_shown else "")
                return True
            if not self.login_good(request):
                self.attempts += 1
                self.bad_logins += 1
                text = "<p>Unauthorized User. %d unsuccessful login attempts.</p>" % self.attempts
                connection.html(request, 401, text if self.dialect.attempts_shown else "",
                                (("WWW-Authenticate", 'Basic realm="Transmission"'),))
                return True
            self.attempts = 0
        if not request.path.startswith("/transmission/"):
            connection.html(request, 301, more=(("Location", "/transmission/web/"),))
        elif not self.host_good(request):
            connection.html(request, 421, MISDIRECTED)
        elif not self.session_good(request):
            self.conflict(connection, request)
        elif not request.path.startswith(RPC_PATH):
            connection.html(request, 404, request.path)
        elif request.method != "POST":
            connection.html(request, 405)
        else:
            return False
        return True

    def host_good(self, request):
        """With no login required, only an address, localhost or the local names pass."""
        host = re.sub(r":\d*$", "", request.headers.get("host", "")).strip("[]").rstrip(".")
        if self.login or self.unix or host in ("localhost", "localhost.localdomain"):
            return True
        try:
            return bool(ipaddress.ip_address(host))
        except ValueError:
            return False

    def conflict(self, connection, request):
        more = (("X-Transmission-Session-Id", self.session_id),)
        if self.dialect.header:
            more += (("X-Transmission-Rpc-Version", self.dialect.header),
                     ("Access-Control-Expose-Headers", "X-Transmission-Session-Id, X-Transmission-Rpc-Version"))
        connection.html(request, 409, CONFLICT % self.session_id, more)

    def answer_rpc(self, connection, request):
        with self.lock:
            if self.dialect.json_rpc and isinstance(request.json, list):
                document = [self.call_json_rpc(call) for call in request.json]
            elif self.dialect.json_rpc and isinstance(request.json, dict) and request.json.get("jsonrpc") == "2.0":
                document = self.call_json_rpc(request.json)
            else:
                document = self.call_classic(request.json)
        if not self.take_fault(False, connection, request, document):
            connection.json(request, document)

    def call_classic(self, call):
        call = call if isinstance(call, dict) else {}
        result, arguments = self.call(call.get("method"), call.get("arguments") or {})
        document = {"arguments": arguments, "result": result}
        if isinstance(call.get("tag"), int):
            document["tag"] = call["tag"]
        return document

    def call_json_rpc(self, call):
        classic = {"session_get": "session-get", "session_stats": "session-stats", "torrent_get": "torrent-get"}
        document = {"id": call.get("id"), "jsonrpc": "2.0"}
        if call.get("method") not in classic:
            document["error"] = {"code": -32601, "message": "Method not found"}
            return document
        result, answer = self.call(classic[call["method"]], call.get("params") or {}, snake)
        if result == "success":
            document["result"] = answer
        else:
            document["error"] = {"code": -32602, "message": "Invalid params", "data": {"error_string": result}}
        return document

    def call(self, method, arguments, spell=lambda name: name):
        """(result text, answer); `spell` gives a classic key the spelling of the dialect that was asked in."""
        if not isinstance(method, str):
            return "no method name", {}
        if method == "session-get":
            return "success", self.session(arguments.get("fields"), spell)
        if method == "session-stats":
            return "success", self.stats(spell)
        if method == "torrent-get":
            return self.torrents(arguments, spell)
        return "method name not recognized", {}

    def session(self, fields, spell):
        known = dict(self.dialect.session)
        known.update({"version": self.dialect.version, "session-id": self.session_id, "download-dir": "/srv", "peer-port": 51413})
        if fields is not None and self.dialect.table:
            known = {key: value for key, value in known.items() if key in fields or spell(key) in fields}
        return {spell(key): value for key, value in known.items()}

    def stats(self, spell):
        up = sum(entry["rateToPeer"] for one in self.world for entry in one["peers"] if isinstance(entry.get("rateToPeer"), int))
        totals = {"downloadedBytes": 0, "filesAdded": 0, "secondsActive": 1225, "sessionCount": 1, "uploadedBytes": 56051171}
        totals = {spell(key): value for key, value in totals.items()}
        return {spell("activeTorrentCount"): len(self.world), spell("cumulative-stats"): totals, spell("current-stats"): totals,
                spell("downloadSpeed"): 0, spell("pausedTorrentCount"): 0, spell("torrentCount"): len(self.world),
                spell("uploadSpeed"): up}

    def torrents(self, arguments, spell):
        fields = arguments.get("fields")
        if fields is None:
            return "no fields specified", {"torrents": []}
        rows = [(number + self.id_shift, one) for number, one in enumerate(self.world, 1)]
        rows = [(one.get("id", number), one) for number, one in rows]
        if "ids" in arguments:
            wanted = arguments["ids"] if isinstance(arguments["ids"], list) else [arguments["ids"]]
            wanted = [one.lower() if isinstance(one, str) else one for one in wanted]  # measured: hashes in either case
            if wanted not in (["recently-active"], ["recently_active"]):
                rows = [(number, one) for number, one in rows if number in wanted or one["hashString"] in wanted]
        if "peers" in fields:
            rows = [(number, one) for number, one in rows if number not in self.gone]
        known = [name for name in fields if self.dialect.unknown_zero or name in self.known_fields(spell)]
        answers = [[self.field(number, one, name, spell) for name in known] for number, one in rows]
        if arguments.get("format") == "table" and self.dialect.table:
            return "success", {"torrents": [known] + answers}
        return "success", {"torrents": [dict(zip(known, answer)) for answer in answers]}

    def known_fields(self, spell):
        names = ("id", "hashString", "name", "peers", "peersConnected", "peersFrom", "rateUpload", "rateDownload", "status",
                 "percentDone", "totalSize", "trackerStats", "error", "errorString", "isPrivate", "uploadedEver",
                 "downloadedEver", "peersSendingToUs", "peersGettingFromUs", "uploadRatio", "sizeWhenDone", "leftUntilDone",
                 "addedDate", "activityDate", "eta")
        return {spell(name): name for name in names}

    def field(self, number, one, name, spell):
        classic = self.known_fields(spell).get(name)
        peers = one["peers"]
        defaults = {
            "id": lambda: number, "peersConnected": lambda: len(peers), "peersFrom": lambda: self.origins(peers, spell),
            "rateUpload": lambda: sum(entry["rateToPeer"] for entry in peers if isinstance(entry.get("rateToPeer"), int)),
            "rateDownload": lambda: 0, "status": lambda: 6, "percentDone": lambda: 1, "totalSize": lambda: 1 << 30,
            "trackerStats": lambda: [], "isPrivate": lambda: False, "errorString": lambda: "",
        }
        if classic == "peers":
            return [self.spell_peer(entry, spell) for entry in peers]
        if classic in one:
            return one[classic]
        return defaults.get(classic, lambda: 0)()

    def spell_peer(self, entry, spell):
        entry = dict(entry)
        if not self.dialect.utp:
            entry.pop("isUTP", None)
        if self.dialect.json_rpc:
            entry.setdefault("bytes_to_client", 0)
            entry.setdefault("bytes_to_peer", 0)
            entry.setdefault("peer_id", "LVRSNDA1MC1TeCFQc04qNWItWDk=")
        return {spell(key): value for key, value in entry.items()}

    def origins(self, peers, spell):
        incoming = sum(1 for entry in peers if entry.get("isIncoming") is True)
        origins = {"fromCache": 0, "fromDht": 0, "fromIncoming": incoming, "fromLpd": 0, "fromLtep": 0, "fromPex": 0,
                   "fromTracker": len(peers) - incoming}
        return {spell(key): value for key, value in origins.items()}


def make_certificate(folder, name="localhost"):
    """Writes folder/cert.pem and key.pem, self-made, for `name` and 127.0.0.1. Returns the folder."""
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:%s,IP:127.0.0.1" % name,
                    "-keyout", os.path.join(folder, "key.pem"), "-out", os.path.join(folder, "cert.pem")],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


def random_world(peers, torrents, seed=1):
    rng = random.Random(seed)
    worlds = [[] for _ in range(torrents)]
    for number in range(peers):
        address = "%d.%d.%d.%d" % (rng.randrange(1, 224), rng.randrange(256), rng.randrange(256), rng.randrange(1, 255))
        worlds[number % torrents].append(peer(address, up=rng.choice((0, 0, 1000, 25000)), progress=round(rng.random(), 4)))
    return [torrent("torrent-%d" % number, entries) for number, entries in enumerate(worlds)]


def parse_fault(text):
    """NAME[@PHASE][+SKIP][*COUNT]"""
    match = re.fullmatch(r"([\w-]+)(?:@(\w+))?(?:\+(\d+))?(?:\*(\d+))?", text)
    if not match or match[1] not in FAULTS:
        raise argparse.ArgumentTypeError("faults are: " + " ".join(sorted(FAULTS)))
    return {"name": match[1], "on": match[2] or "any", "skip": int(match[3] or 0),
            "count": int(match[4]) if match[4] else float("inf")}


def main():
    parser = argparse.ArgumentParser(description="A Transmission RPC server that misbehaves on demand. "
                                     "Prints its URL, then each request, until it is ended.")
    parser.add_argument("--dialect", choices=sorted(DIALECTS), default="3.00")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--unix", metavar="PATH")
    parser.add_argument("--tls", metavar="FOLDER", help="with cert.pem and key.pem; made there if missing")
    parser.add_argument("--login", metavar="USER:PASSWORD")
    parser.add_argument("--world", choices=("small", "hostile", "random", "empty"), default="small")
    parser.add_argument("--peers", type=int, default=1000)
    parser.add_argument("--torrents", type=int, default=10)
    parser.add_argument("--fault", type=parse_fault, action="append", default=[], metavar="NAME[@PHASE][+SKIP][*COUNT]",
                        help="repeatable; phases: session table peers other any. Names: " + " ".join(sorted(FAULTS)))
    args = parser.parse_args()
    worlds = {"small": small_world, "hostile": hostile_world, "empty": list,
              "random": lambda: random_world(args.peers, args.torrents)}
    if args.tls and not os.path.exists(os.path.join(args.tls, "key.pem")):
        make_certificate(args.tls)
    daemon = FakeDaemon(worlds[args.world](), args.dialect, tuple(args.login.split(":", 1)) if args.login else None,
                        args.unix, args.tls, args.port)
    for armed in args.fault:
        daemon.fail(**armed)
    with daemon:
        print(daemon.url, flush=True)
        shown = 0
        try:
            while True:
                time.sleep(0.2)
                for request in daemon.requests[shown:]:
                    print("%s #%d %s %s" % (request.phase, request.connection, request.status, request.body[:200]), flush=True)
                    shown += 1
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main())
