"""Addresses of the closed network that must not be spoken to: a route says so here, or a firewall on the way.

Linux tells a socket EACCES of both. Needs namespace.enter(); does not know who wanted to speak.
"""

import socket
import struct
import subprocess

from listener import Listener

UNREACHABLE, PROHIBITED, UDP = 1, 1, 17         # RFC 4443, 3.1: type and code; the protocol


def prohibit(address):
    """Whoever sends to this address, which is none of lo's, is told so by the system."""
    subprocess.run(["ip", "route", "replace", "prohibit", address], check=True)


class Firewall(Listener):
    """Sends back what comes to an IPv6 address and a UDP port: "administratively prohibited"."""

    def __init__(self, address, port):
        self.address, self.port = address, port
        self.icmp = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        inside = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        inside.bind((address, port))
        self.listen(inside)

    def close(self):
        super().close()
        self.icmp.close()

    def heard(self, packet, client):
        source, source_port, *_ = client
        datagram = struct.pack(">HHHH", source_port, self.port, 8 + len(packet), 0) + packet
        header = struct.pack(">IHBB", 6 << 28, len(datagram), UDP, 1)
        ends = b"".join(socket.inet_pton(socket.AF_INET6, end) for end in (source, self.address))
        # The kernel adds the checksum.
        self.icmp.sendto(struct.pack(">BBHI", UNREACHABLE, PROHIBITED, 0, 0) + header + ends + datagram, (source, 0))
