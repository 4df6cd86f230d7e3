"""Trackers and DHT nodes that lie: each behaviour is a function from a request to the datagrams of its answer.

Knows BEP 5 and BEP 15 as far as lies need them; does not know who is lied to.
"""

import bisect
import contextlib
import os
import socket
import struct

from bencode import bdecode, bencode
from listener import Listener

CONNECT, SCRAPE, ERROR = 0, 2, 3
SO_TIMESTAMPNS = 35                             # Python has no name for it
WILD = b"\x1b]0;owned\x07\x1b[31337m\xe2\x80\xaeevil\xff\0"
ELSEWHERE = object()                            # (ELSEWHERE, bytes): sent from another port


class Liar(Listener):
    """A datagram socket at an address, behind which one behaviour answers. `asked`: how many datagrams came."""

    def __init__(self, address, port, behaviour):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.behaviour, self.asked = behaviour, 0
        mouth, self.other = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
        mouth.bind((address, port))
        self.other.bind((address, 0))
        self.port = mouth.getsockname()[1]
        self.listen(mouth)

    def close(self):
        super().close()
        self.other.close()

    def heard(self, packet, client):
        self.asked += 1
        with contextlib.suppress(OSError, ValueError, KeyError, struct.error):
            for answer in self.behaviour(packet):
                if isinstance(answer, tuple):
                    self.other.sendto(answer[1], client)
                else:
                    self.socket.sendto(answer, client)


class Watch(Liar):
    """The same with a watch: when each datagram came, by the kernel's clock, however late it is read."""

    def listen(self, mouth):
        self.times = []
        mouth.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        super().listen(mouth)

    def hear_all(self):
        while not self.ending.is_set():
            try:
                packet, ((_, _, stamp), *_), _, sender = self.socket.recvmsg(1 << 16, 64)
            except OSError:
                continue
            seconds, nanoseconds = struct.unpack("ll", stamp)
            self.times.append(seconds + nanoseconds / 1e9)
            self.heard(packet, sender)

    def most(self, seconds):
        """The most that came within so many seconds."""
        times = sorted(self.times)
        return max((bisect.bisect_right(times, begin + seconds) - first for first, begin in enumerate(times)), default=0)


# ---- UDP trackers --------------------------------------------------------------------------------------------------

def scraping(lie):
    """An honest connect; lie(transaction id, number of hashes) answers the scrape."""
    def behaviour(packet):
        action, tid = struct.unpack_from(">I", packet, 8)[0], packet[12:16]
        if action == CONNECT:
            return [struct.pack(">I", CONNECT) + tid + b"\1" * 8]
        return lie(tid, (len(packet) - 16) // 20)
    return behaviour


def rows(count, seeders=1000, completed=1000, leechers=1000):
    return struct.pack(">III", seeders, completed, leechers) * count


def head(action, tid):
    return struct.pack(">I", action) + tid


TRACKERS = {
    "wrong id": scraping(lambda tid, count: [head(SCRAPE, os.urandom(4)) + rows(count)]),
    "wrong action": scraping(lambda tid, count: [head(7, tid) + rows(count)]),
    "another port": scraping(lambda tid, count: [(ELSEWHERE, head(SCRAPE, tid) + rows(count))]),
    "no rows": scraping(lambda tid, count: [head(SCRAPE, tid)]),
    "half a row": scraping(lambda tid, count: [head(SCRAPE, tid) + rows(1)[:7]]),
    "half a header": scraping(lambda tid, count: [head(SCRAPE, tid)[:6]]),
    "nothing": scraping(lambda tid, count: [b""]),
    "noise": scraping(lambda tid, count: [os.urandom(1400) for _ in range(50)]),
    "refusal": scraping(lambda tid, count: [head(ERROR, tid) + WILD * 20]),
    "no connection": lambda packet: [head(ERROR, packet[12:16]) + WILD],
    "wrong connection": lambda packet: [head(CONNECT, os.urandom(4)) + b"\1" * 8],
    "short connection": lambda packet: [head(CONNECT, packet[12:16]) + b"\1" * 3],
    "connects for ever": lambda packet: [head(CONNECT, packet[12:16]) + os.urandom(8)],
}


# ---- DHT nodes -----------------------------------------------------------------------------------------------------

def compact(address, port):
    return socket.inet_aton(address) + struct.pack(">H", port)


# Nobody's addresses, and ports that nobody listens at.
NOBODY = [compact(address, port) for address, port in (
    ("127.0.0.1", 6881), ("0.0.0.0", 6881), ("224.0.0.1", 6881), ("255.255.255.255", 6881), ("10.9.9.9", 6881),
    ("192.168.1.1", 6881), ("169.254.1.1", 6881), ("9.9.9.9", 0))]


def near(target, number):
    """A node id that differs from a target in its last bytes only."""
    return target[:18] + struct.pack(">H", struct.unpack(">H", target[18:])[0] ^ (number + 1))


def answering(lie):
    """lie(query, target) gives the members of `r`, without the id, or ready datagrams in a list."""
    def behaviour(packet):
        query = bdecode(packet)
        target = query[b"a"].get(b"info_hash") or query[b"a"].get(b"target") or os.urandom(20)
        found = lie(query, target)
        if isinstance(found, list):
            return found
        return [reply(query, target, found)]
    return behaviour


def reply(query, target, members):
    return bencode({"t": query[b"t"], "y": "r", "r": {"id": near(target, 0), "token": "x", **members}})


def martians(query, target):
    """Peers and nodes at addresses that nobody has, with ids next to the target."""
    nodes = b"".join(near(target, number) + each for number, each in enumerate(NOBODY))
    return {"values": NOBODY * 10, "nodes": nodes}


def phantoms(query, target):
    """Nodes next to the target that do not exist, hundreds of them; no peers."""
    return {"nodes": b"".join(near(target, number) + compact(f"9.{number}.9.9", 6881) for number in range(200))}


def filters(query, target):
    """BEP 33 filters that say: everybody, and of a wrong size."""
    return {"BFsd": b"\xff" * 256, "BFpe": b"\xff" * 100, "values": [b"", b"abc", 5, [], {}]}


def broken(query, target):
    honest = reply(query, target, martians(query, target))
    return [honest[:-1], honest[:50], honest + b"e", b"l" * 3000, b"d1:t4:", os.urandom(1000),
            honest.replace(query[b"t"], os.urandom(len(query[b"t"]))), (ELSEWHERE, honest)]


def flood(query, target):
    return [reply(query, target, martians(query, target))] * 100


def odd(query, target):
    """Types that nobody expects."""
    return [bencode({"t": query[b"t"], "y": "r", "r": members}) for members in
            ({"id": 5}, {"id": "short"}, {"id": target, "nodes": ["x"], "values": "x"}, {"id": target, "nodes": b"x" * 27})
            ] + [bencode({"t": query[b"t"], "y": "r", "r": []}), bencode({"t": query[b"t"], "y": "e", "e": [WILD, WILD]})]


NODES = {each.__name__: answering(each) for each in (martians, phantoms, filters, broken, flood, odd)}
