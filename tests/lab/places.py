"""Who takes part: addresses that look public, of many countries, and the clients that sit on them.

A table of facts for the lab, and what a test may expect of it; starts nothing.
"""

from dataclasses import asdict, dataclass


@dataclass
class Peer:
    """One peer. Rates are bytes/s; `dials` = it connects to the daemon, else the daemon finds it through the tracker.

    encrypted, utp and dials hold for the first connection; a daemon that has been restarted dials, over uTP and
    encrypted, whomever it remembers."""

    name: str
    address: str
    country: str                                # ISO 3166 code; "--" for a private range
    fingerprint: str                            # the first bytes of the peer id
    agent: str
    torrents: str = "a"                         # one letter each; "A" = the peer has all of torrent "a" already
    rate: int = 8000                            # at most this down (and up, where it is a seed)
    encrypted: bool = False
    utp: bool = False
    dials: bool = True

    def as_dict(self):
        return asdict(self)


QBITTORRENT = ("-qB4520-", "qBittorrent/4.5.2")
QBITTORRENT_OLD = ("-qB4250-", "qBittorrent/4.2.5")
DELUGE = ("-DE2110-", "Deluge/2.1.1 libtorrent/2.0.8.0")        # Transmission shows "Deluge 2.1.1.0"
TRANSMISSION = ("-TR4060-", "Transmission 4.0.6")
TRANSMISSION_OLD = ("-TR2940-", "Transmission 2.94")
UTORRENT = ("-UT3550-", "uTorrent/3.5.5")
BIGLYBT = ("-BI3500-", "BiglyBT 3.5.0.0")
KTORRENT = ("-KT5200-", "ktorrent/5.2.0")
AZUREUS = ("-AZ5770-", "Azureus 5.7.7.0")
LIBTORRENT = ("-LT2080-", "libtorrent/2.0.8.0")

# The first 15 are enough for 10 countries, both address families and every kind of peer.
PEERS = [
    Peer("hetzner", "5.9.1.1", "DE", *QBITTORRENT, torrents="ab", rate=24000),
    Peer("comcast", "73.15.20.31", "US", *UTORRENT, rate=6000, encrypted=True),
    Peer("orange", "90.84.12.5", "FR", *TRANSMISSION, torrents="b", dials=False),
    Peer("tim", "79.20.44.7", "IT", *DELUGE, rate=12000),
    Peer("kddi6", "240b:10::5", "JP", *QBITTORRENT, rate=16000),
    Peer("telefonica", "83.32.10.9", "ES", *QBITTORRENT_OLD, torrents="b", rate=5000, encrypted=True),
    Peer("surf", "145.100.5.6", "NL", *TRANSMISSION, torrents="C", rate=9000),
    Peer("claro", "177.32.10.5", "BR", *BIGLYBT, rate=4000),
    Peer("softbank", "126.10.20.30", "JP", *QBITTORRENT, torrents="ab", rate=20000, utp=True),
    Peer("hetzner6", "2a01:4f8:0:1::5", "DE", *DELUGE, torrents="b", rate=10000, encrypted=True),
    Peer("telia", "81.224.3.4", "SE", *KTORRENT, rate=7000),
    Peer("telstra", "1.128.0.5", "AU", *QBITTORRENT, torrents="C", rate=6000, dials=False),
    Peer("videotron", "24.48.0.9", "CA", *TRANSMISSION_OLD, torrents="ab", rate=9000, dials=False),
    Peer("neighbour", "192.168.178.20", "--", *TRANSMISSION, rate=14000),
    Peer("jio", "49.36.10.20", "IN", *UTORRENT, torrents="b", rate=3000),
    Peer("free6", "2a01:e0a:1:2::3", "FR", *TRANSMISSION, torrents="C", rate=8000),
    Peer("orangepl", "83.20.10.11", "PL", *AZUREUS, rate=6000),
    Peer("swisscom", "85.0.10.20", "CH", *LIBTORRENT, torrents="b", rate=18000, encrypted=True),
    Peer("hetzner2", "5.9.1.2", "DE", *DELUGE, rate=5000),
    Peer("telkomsa", "41.13.5.6", "ZA", *QBITTORRENT, torrents="a", rate=4000, utp=True),
    Peer("beeline", "95.24.5.6", "RU", *UTORRENT, torrents="b", rate=6000),
    Peer("korea", "211.36.10.9", "KR", *QBITTORRENT, rate=22000),
    Peer("telenor", "84.208.10.20", "NO", *DELUGE, torrents="ab", rate=7000),
    Peer("comcast6", "2601:40::8", "US", *QBITTORRENT_OLD, rate=9000, encrypted=True),
]

TRACKER_ADDRESS = "80.67.10.1"
DAEMON_ADDRESSES = [("85.214.10.10", "2a01:238:1::10"), ("85.214.10.11", "2a01:238:1::11"),
                    ("85.214.10.12", "2a01:238:1::12")]
