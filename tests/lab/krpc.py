"""A plain DHT client (BEP 5): what a node knows, asked with no cleverness.

The oracle for lookups of the program under test; shares no code with it. Knows one packet at a time, no lookups.
"""

import os
import socket
import time

from bencode import bdecode, bencode
from waiting import wait_for

MY_ID = b"swarmtop-lab-oracle!"
SECONDS = 2
TRIES = 4


def query(method, **arguments):
    """A packet, and its transaction id."""
    tid = os.urandom(4)
    return bencode({"t": tid, "y": "q", "q": method, "a": {"id": MY_ID, **arguments}}), tid


def acquaint(program, oracle, nodes, count=7):
    """Waits until each of these nodes of libtorrent_dht.py knows `count` others. They are asked seldom: they ban who asks
    more than 50 times in 10 s."""
    def known():
        return all(oracle.neighbours(node) >= count for node in nodes) or bool(program.ask("meet"))
    wait_for("the nodes to know each other", known, 30, every=1)


class Oracle:
    """Asks from one address."""

    def __init__(self, address="0.0.0.0"):
        self.socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind((address, 0))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def ask(self, node, method, **arguments):
        """The dictionary `r` of the answer, or None. node: (address, port)."""
        packet, tid = query(method, **arguments)
        self.socket.settimeout(SECONDS)
        self.socket.sendto(packet, node)
        end = time.monotonic() + SECONDS
        try:
            while time.monotonic() < end:
                answer = bdecode(self.socket.recv(65536))
                if answer.get(b"t") == tid:
                    return answer.get(b"r")
        except (TimeoutError, ValueError):
            pass
        return None

    def neighbours(self, node):
        """How many nodes it tells of."""
        answer = self.ask(node, "find_node", target=os.urandom(20)) or {}
        return len(answer.get(b"nodes", b"")) // 26 + len(answer.get(b"nodes6", b"")) // 38

    def peers(self, nodes, info_hash):
        """The distinct addresses (packed) that these nodes know for a hash (hex), all of them asked."""
        found = set()
        for node in nodes:
            answer = self.ask(node, "get_peers", info_hash=bytes.fromhex(info_hash)) or {}
            found |= {value[:-2] for value in answer.get(b"values", [])}
        return found

    def announce(self, nodes, info_hash, port, seed=False):
        """This address becomes a peer of a hash (hex) at each of the nodes; returns how many took it."""
        info_hash, taken = bytes.fromhex(info_hash), 0
        more = {"seed": 1} if seed else {}

        def is_taken(node):
            token = (self.ask(node, "get_peers", info_hash=info_hash) or {}).get(b"token")
            return token and self.ask(node, "announce_peer", info_hash=info_hash, port=port, token=token, **more)
        for node in nodes:
            taken += any(is_taken(node) for _ in range(TRIES))  # on a busy machine an answer may come too late
        return taken
