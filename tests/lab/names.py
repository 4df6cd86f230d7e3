"""Names of the closed network: a small DNS server, and the private /etc/resolv.conf that leads to it.

Knows A and AAAA (RFC 1035, 3596); needs namespace.enter(). Does not know who sits on the addresses.
"""

import contextlib
import ipaddress
import os
import socket
import struct
import tempfile

from listener import Listener
from namespace import MS_NOSUID, libc

MS_BIND = 4096
TYPES = {1: 4, 28: 6}                           # A, AAAA: IP version
NXDOMAIN = 3


class Names(Listener):
    """names: {name: addresses}; or a list of lists: each question gets the next, and the last one stays.

    `asked`: [(name, type)]. Answers live 0 seconds, so that whoever believes them may ask again."""

    def __init__(self, names, address="127.0.0.53"):
        self.names, self.asked = names, []
        self.turns = {}
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind((address, 53))
        with tempfile.NamedTemporaryFile("w", suffix=".resolv.conf", delete=False) as stream:
            stream.write(f"nameserver {address}\noptions timeout:1 attempts:2\n")
        os.chmod(stream.name, 0o644)
        if libc.mount(stream.name.encode(), b"/etc/resolv.conf", None, MS_BIND | MS_NOSUID, None) != 0:
            raise OSError("cannot lay a resolv.conf over the system's")
        self.listen(server)

    def close(self):
        super().close()
        libc.umount2(b"/etc/resolv.conf", 2)

    def heard(self, packet, client):
        with contextlib.suppress(OSError):  # nobody waits for the answer
            self.socket.sendto(self.answer(packet), client)

    def answer(self, packet):
        labels, at = [], 12
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]].decode("latin-1").lower())
            at += 1 + packet[at]
        question = packet[12:at + 5]
        name, kind = ".".join(labels), struct.unpack_from(">H", packet, at + 1)[0]
        self.asked.append((name, kind))
        known = name in self.names
        found = [ip for ip in map(ipaddress.ip_address, self.addresses(name, kind)) if ip.version == TYPES.get(kind)]
        records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(ip.packed)) + ip.packed for ip in found)
        flags = 0x8180 | (0 if known else NXDOMAIN)
        return packet[:2] + struct.pack(">HHHHH", flags, 1, len(found), 0, 0) + question + records

    def addresses(self, name, kind):
        known = self.names.get(name, [])
        if not known or isinstance(known[0], str):
            return known
        turn = self.turns.get((name, kind), 0)
        self.turns[name, kind] = turn + 1
        return known[min(turn, len(known) - 1)]
