"""Every packet of the closed network, as it went over lo.

Needs namespace.enter(). Knows IP, UDP and TCP headers, no protocol above.
"""

import ipaddress
import os
import socket
import struct
from collections import namedtuple

from listener import Listener
from waiting import wait_for

Packet = namedtuple("Packet", "protocol source source_port target target_port payload")
ETH_P_ALL, OUTGOING = 3, 4
PROTOCOLS = {6: "tcp", 17: "udp"}


class Wiretap(Listener):
    """`packets`, while the `with` lasts. They are kept whole: for tests, not for benchmarks."""

    def __init__(self):
        self.packets = []
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 << 20)
        tap.bind(("lo", ETH_P_ALL))
        self.listen(tap)

    def heard(self, frame, sender):
        _, _, kind, *_ = sender
        packet = kind != OUTGOING and dissect(frame)
        if packet:
            self.packets.append(packet)

    def catch_up(self):
        """Returns when all that went over lo so far is in `packets`."""
        marker = os.urandom(16)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
            datagram.sendto(marker, ("127.0.0.1", 9))
        wait_for("the wiretap", lambda: any(packet.payload == marker for packet in list(self.packets[-1000:])))
        self.packets[:] = [packet for packet in self.packets if packet.payload != marker]

    def forget(self):
        self.catch_up()
        self.packets.clear()

    def to(self, *targets):
        """Packets to these addresses."""
        self.catch_up()
        return [packet for packet in list(self.packets) if packet.target in targets]

    def holding(self, *needles):
        """Packets that hold one of these bytes."""
        self.catch_up()
        return [packet for packet in list(self.packets) if any(needle in packet.payload for needle in needles)]


def dissect(frame):
    """None for what is neither UDP nor TCP; fragments and extension headers do not happen on lo."""
    version = frame[0] >> 4 if frame else 0
    if version == 4:
        protocol, at = frame[9], (frame[0] & 15) * 4
        source, target = frame[12:16], frame[16:20]
    elif version == 6:
        protocol, at, source, target = frame[6], 40, frame[8:24], frame[24:40]
    else:
        return None
    if protocol not in PROTOCOLS or len(frame) < at + 8:
        return None
    ports = struct.unpack_from(">HH", frame, at)
    payload = at + (8 if protocol == 17 else (frame[at + 12] >> 4) * 4)
    return Packet(PROTOCOLS[protocol], str(ipaddress.ip_address(source)), ports[0], str(ipaddress.ip_address(target)),
                  ports[1], frame[payload:])
