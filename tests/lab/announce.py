"""Announces, so that a tracker has peers to count: over UDP (BEP 15) and HTTP (BEP 3), from any address of the lab.

Knows the two protocols as far as that needs; does not know which tracker it talks to.
"""

import hashlib
import os
import socket
import struct
import urllib.parse

MAGIC = 0x41727101980
CONNECT, ANNOUNCE, SCRAPE = 0, 1, 2
EVENT_NONE, EVENT_COMPLETED, EVENT_STARTED, EVENT_STOPPED = range(4)
SECONDS = 3
TRIES = 4


class AnnounceError(Exception):
    pass


def peer_id(source, number):
    return b"-LB0001-" + hashlib.sha1(f"{source} {number}".encode()).digest()[:12]


class UdpTracker:
    """One tracker, asked from one source address; one connection id serves for all its requests."""

    def __init__(self, address, port, source=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.source = source or ""
        if source:
            self.socket.bind((source, 0))
        self.socket.connect((address, port))
        self.socket.settimeout(SECONDS)
        self.id = struct.pack(">Q", MAGIC)
        self.id = self.ask(CONNECT, b"")[:8]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def ask(self, action, body):
        """The answer behind action and transaction id. On a busy machine one may come too late: then it is asked again."""
        head = struct.pack(">I", action) + os.urandom(4)
        for left in reversed(range(TRIES)):
            self.socket.send(self.id + head + body)
            try:
                while (answer := self.socket.recv(4096))[4:8] != head[4:]:
                    pass  # to what was asked before
                break
            except TimeoutError:
                if not left:
                    raise
        if answer[:8] != head:
            raise AnnounceError(answer[8:].decode("latin-1") or "a wrong answer")
        return answer[8:]

    def announce(self, info_hash, left, number=0, event=EVENT_STARTED):
        """info_hash: hex; left 0 = a seeder; number tells peers of one source address apart, where the tracker does."""
        answer = self.ask(ANNOUNCE, bytes.fromhex(info_hash) + peer_id(self.source, number)
                          + struct.pack(">QQQIIIiH", 0, left, 0, event, 0, number, 0, 6881 + number % 50000))
        if len(answer) < 12:
            raise AnnounceError("refused")      # opentracker's way to say so

    def scrape(self, hashes):
        """[(seeders, completed, leechers)] in the order of the hashes."""
        answer = self.ask(SCRAPE, b"".join(map(bytes.fromhex, hashes)))
        return [struct.unpack_from(">III", answer, at) for at in range(0, len(answer) - 11, 12)]


def http_announce(address, port, info_hash, left, source, number=0, event="started"):
    """The same over HTTP; returns the answer's body."""
    query = urllib.parse.urlencode({
        "info_hash": bytes.fromhex(info_hash), "peer_id": peer_id(source, number), "port": 6881 + number % 50000,
        "uploaded": 0, "downloaded": 0, "left": left, "compact": 1, "event": event, "numwant": 0,
    })
    with socket.create_connection((address, port), TRIES * SECONDS, (source, 0)) as link:
        host = f"[{address}]" if ":" in address else address
        link.sendall(f"GET /announce?{query} HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode())
        answer = b""
        while chunk := link.recv(65536):
            answer += chunk
    body = answer.partition(b"\r\n\r\n")[2]
    if b"failure reason" in body:
        raise AnnounceError(body.decode("latin-1"))
    return body
