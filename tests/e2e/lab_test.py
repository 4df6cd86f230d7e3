"""What the tests with the real daemon share: its answers as a client with no cleverness sees them, the test databases, and
what both say of an address.

Knows Transmission's words and tests/data/places.tsv; does not know swarmtop.
"""
import collections
import ipaddress
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(TESTS, "lab"))

import namespace  # noqa: E402  (the folder must be known first)
from lab import Lab  # noqa: E402,F401
from places import Peer  # noqa: E402,F401

# What Transmission 3.00 makes of a peer id, for the clients of tests/lab/places.py; unknown ones it shows as they are.
CLIENTS = {
    "-qB4520-": "qBittorrent 4.5.2", "-qB4250-": "qBittorrent 4.2.5", "-DE2110-": "Deluge 2.1.1.0",
    "-TR4060-": "Transmission 4.06", "-TR2940-": "Transmission 2.94", "-UT3550-": "\u00b5Torrent 3.5.5",
    "-BI3500-": "-BI3500-", "-KT5200-": "KTorrent 5.2.0", "-AZ5770-": "Vuze 5.7.7.0",
    "-LT2080-": "libtorrent (Rasterbar) 2.0.8",
}
# The usual names, as ISO 3166 has them in short; those of the cast.
NAMES = {
    "AU": "Australia", "BR": "Brazil", "CA": "Canada", "CH": "Switzerland", "DE": "Germany", "ES": "Spain", "FR": "France",
    "IN": "India", "IT": "Italy", "JP": "Japan", "KR": "South Korea", "NL": "Netherlands", "NO": "Norway", "NZ": "New Zealand",
    "PL": "Poland", "RU": "Russia", "SE": "Sweden", "US": "United States", "ZA": "South Africa", "--": "Local", "??": "Unknown",
}

Place = collections.namedtuple("Place", "network country city latitude longitude asn name")
NOWHERE = Place(None, "??", None, None, None, None, None)
LOCAL = NOWHERE._replace(country="--")


def read_places():
    places = []
    with open(os.path.join(TESTS, "data", "places.tsv"), encoding="utf-8") as table:
        for line in table:
            if line.strip() and not line.startswith("#"):
                network, country, city, latitude, longitude, asn, name = (
                    None if field == "-" else field for field in line.rstrip("\n").split("\t"))
                places.append(Place(ipaddress.ip_network(network), country, city, float(latitude), float(longitude),
                                    asn and int(asn), name))
    return sorted(places, key=lambda place: -place.network.prefixlen)


PLACES = read_places()


def located_by(address):
    """The address that says where somebody is: 6to4 and Teredo have an IPv4 address inside."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6:
        return ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1]) or ip
    return ip


def place_of(address):
    """What the databases must say of an address; private and special ranges are not asked for."""
    ip = located_by(address)
    if not ip.is_global:
        return LOCAL
    return next((place for place in PLACES if ip.version == place.network.version and ip in place.network), NOWHERE)


def make_databases(folder, *places):
    """The test databases, in a folder, of tests/data/places.tsv or of another table; returns {name without .mmdb: path}."""
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["perl", os.path.join(TESTS, "tools", "make_mmdb.pl"), folder, *places], check=True)
    return {name[:-len(".mmdb")]: os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".mmdb")}


# ---- what a daemon says --------------------------------------------------------------------------------------------

class World:
    """What a daemon says at one moment: `torrents` {hash: [peer object]}, `entries` all of them, `at` {address: entries}."""

    def __init__(self, daemons, hashes=None):
        self.torrents, self.entries = {}, []
        self.at = collections.defaultdict(list)
        for daemon in daemons:
            for info_hash, peers in daemon.peers().items():
                if hashes is not None and info_hash not in hashes:
                    continue
                self.torrents.setdefault(info_hash, []).extend(peers)
                for peer in peers:
                    self.entries.append(peer)
                    self.at[peer["address"]].append({**peer, "hash": info_hash})

    @property
    def shape(self):
        """Who is connected, with what, for which torrent: all but what moves with every block that is sent."""
        return sorted((address, peer["hash"], peer["clientName"]) for address, peers in self.at.items() for peer in peers)

    def rates(self, address):
        """(up, down) of an address, bytes/s: sums over its torrents, up is from the daemon to the peer."""
        peers = self.at.get(address, [])
        return sum(peer["rateToPeer"] for peer in peers), sum(peer["rateToClient"] for peer in peers)


Line = collections.namedtuple("Line", "address flags done down up client")


def printed_peers(daemon, which="all"):
    """What transmission-remote prints for -pi, line by line: addresses, flags, per cent, kB/s, clients."""
    lines = []
    for text in daemon.remote("-t", which, "-pi").splitlines():
        if not text.strip() or text.startswith("Address"):
            continue
        words = text[:94].split()
        address, flags = (words[0], words[1]) if len(words) > 4 else (words[0], "")
        done, down, up, client = text[54:].split(None, 3) if text[54:].split(None, 3)[3:] else (*text[54:].split(), "")
        lines.append(Line(address, flags, float(done), float(down), float(up), client.strip()))
    return lines
