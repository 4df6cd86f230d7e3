#!/usr/bin/python3
"""The closed lab: a tracker, transmission-daemons and peers of many countries, all real, in a network of their own.

As a module: `namespace.enter()` first, then `with Lab() as lab:`. As a program it runs a command in the lab:
    lab.py [--peers N] [--lively] [--auth USER:PASSWORD] [COMMAND...]
with LAB_PORT, LAB_URL and LAB_ROOT in the environment; without a command it stays until Ctrl+C.

Puts the parts together; does not know what is tested with them.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import namespace
from addresses import have_addresses
from daemon import Daemon
from peers import Peers
from places import DAEMON_ADDRESSES, PEERS, TRACKER_ADDRESS
from torrents import Torrent
from tracker import Tracker
from waiting import wait_for

MIB = 1 << 20
# key, name, size, whether the daemon has it: it seeds a and b, and downloads c from peers that have it.
TORRENTS = [("a", "harbour-recordings.flac", 6 * MIB, True), ("b", "survey-of-lighthouses.pdf", 5 * MIB, True),
            ("c", "tide-tables-1900-2100.csv.xz", 16 * MIB, False)]
DEFAULT_PEERS = 20


class Lab:
    """Everything is up and connected when `with` hands it over, and gone when it ends.

    root: a temp folder; home: a HOME inside it for the programs under test; tracker, peers (peers.Peers); daemon: the
    first daemon, daemons: all of them; torrents: {key: Torrent}; cast: {name: places.Peer}, everybody who takes part.
    """

    def __init__(self, peers=DEFAULT_PEERS, lively=False, auth=None, wait=True, **settings):
        """peers: how many of places.PEERS, or a list of Peer; auth: (user, password); settings: of settings.json."""
        if not namespace.inside():
            raise RuntimeError("a Lab needs namespace.enter() first")
        self.wanted = PEERS[:peers] if isinstance(peers, int) else list(peers)
        self.lively, self.auth, self.wait, self.settings = lively, auth, wait, settings
        self.daemons, self.torrents, self.cast = [], {}, {}
        self.root = self.tracker = self.peers = None

    @property
    def daemon(self):
        return self.daemons[0]

    def __enter__(self):
        try:
            self.build()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind, value, trace):
        if kind not in (None, SystemExit, KeyboardInterrupt):
            self.show_logs()
        self.close()

    def build(self):
        self.root = tempfile.mkdtemp(prefix="swarmtop-lab-")
        os.chmod(self.root, 0o755)              # the tracker runs as nobody
        self.home = self.folder("home")
        have_addresses([TRACKER_ADDRESS, *(address for pair in DAEMON_ADDRESSES for address in pair)])
        self.tracker = Tracker(os.path.join(self.root, "tracker"), TRACKER_ADDRESS)
        self.tracker.start()
        self.peers = Peers(os.path.join(self.root, "peers"))
        self.peers.ask("setup", tracker=TRACKER_ADDRESS, lively=self.lively)
        for torrent in TORRENTS:
            self.make_torrent(*torrent[:3])
        have_addresses([peer.address for peer in self.wanted])
        for peer in self.wanted:
            if not peer.dials:
                self.join_cast(peer)
        wait_for("the tracker knows whom the daemon shall find", self.tracker_is_ready, 10)
        self.start_daemon("".join(key.upper() if whole else key for key, _, _, whole in TORRENTS), auth=self.auth,
                          **self.settings)
        for peer in self.wanted:
            if peer.dials:
                self.join_cast(peer)
        if self.wait:
            self.wait_connected()

    def folder(self, name):
        path = os.path.join(self.root, name)
        os.makedirs(path, exist_ok=True)
        return path

    def env(self, **more):
        """An environment for a program under test: nothing of the user's configuration, UTC, UTF-8."""
        kept = {name: os.environ[name] for name in ("PATH", "TERM", "TMPDIR", "COLORTERM", namespace.MARK)
                if name in os.environ}
        xdg = {f"XDG_{kind}_HOME": self.folder(f"home/{kind.lower()}") for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
        return {**kept, "HOME": self.home, "TZ": "UTC", "LC_ALL": "C.UTF-8",
                "XDG_RUNTIME_DIR": self.folder("home/run"), **xdg, **more}

    def make_torrent(self, key, name, size):
        torrent = Torrent(key, name, size, self.folder(f"data/{key}"), self.tracker.announce)
        self.tracker.allow(torrent.hash)
        self.torrents[key] = torrent
        self.peers.ask("torrent", key=key, path=torrent.path, folder=torrent.folder)
        return torrent

    def add_torrent(self, key, name, size=4 * MIB, daemon=None, complete=True, peers=()):
        """A new torrent (a free letter as its key) for a daemon, and for the peers of these names."""
        torrent = self.make_torrent(key, name, size)
        (daemon or self.daemon).add(torrent, complete)
        self.introduce(daemon or self.daemon)
        for peer in peers:
            self.peers.join(peer, key if complete else key.upper())
        return torrent

    def remove_torrent(self, key, daemon=None):
        (daemon or self.daemon).remove(key)
        self.introduce(daemon or self.daemon)

    def start_daemon(self, keys, auth=None, **settings):
        """One more daemon; keys: its torrents, capital letters for those that it has. Two daemons with one torrent in
        common find each other through the tracker, and stay connected where one of them is downloading it."""
        number = len(self.daemons)
        address4, address6 = DAEMON_ADDRESSES[number]
        name = f"daemon{number + 1}"
        daemon = Daemon(name, self.folder(name), address4, address6, auth, **settings)
        self.daemons.append(daemon)
        daemon.start()
        for key in keys:
            daemon.add(self.torrents[key.lower()], complete=key.isupper())
        self.introduce(daemon)
        return daemon

    def restart_daemon(self, daemon=None):
        """Same configuration, same port, same torrents; their ids and the session id may change. Also for a killed one:
        with daemon.start() alone peers would hold on to their dead uTP connections for up to a minute."""
        daemon = daemon or self.daemon
        daemon.stop()
        self.peers.ask("hang_up", name=daemon.name)
        daemon.start()

    def introduce(self, daemon):
        """Peers try to reach a daemon from here on, for the torrents that it has."""
        self.peers.ask("daemon", name=daemon.name, address4=daemon.address4, address6=daemon.address6,
                       port=daemon.settings["peer-port"], torrents="".join(daemon.torrents))

    def add_peer(self, peer):
        """One more places.Peer, on an address that the lab makes."""
        have_addresses([peer.address])
        self.join_cast(peer)

    def join_cast(self, peer):
        self.cast[peer.name] = peer
        self.peers.ask("add", peer=peer.as_dict())

    def tracker_is_ready(self):
        waiting = [peer for peer in self.cast.values() if not peer.dials]
        return all(self.tracker.members(torrent.hash) >= sum(key in peer.torrents.lower() for peer in waiting)
                   for key, torrent in self.torrents.items())

    def sightings(self, daemon=None):
        """(address, torrent hash) of every peer that a daemon lists now."""
        return {(peer["address"], info_hash) for info_hash, peers in (daemon or self.daemon).peers().items()
                for peer in peers}

    def expected(self, daemon=None):
        """The same as the peers tell it: (address, torrent hash) of every connection that they hold to the daemon."""
        name = (daemon or self.daemon).name
        return {(peer["address"], self.torrents[key].hash) for peer in self.peers.list()
                for key, torrent in peer["torrents"].items()
                if any(link["daemon"] == name for link in torrent["connections"])}

    def addresses(self, daemon=None):
        """The distinct addresses that a daemon lists now."""
        return {address for address, _ in self.sightings(daemon)}

    def wait_connected(self, daemon=None, seconds=30):
        """Until every running peer has reached the daemon for each torrent they share, and both sides agree on it."""
        daemon = daemon or self.daemon

        def agreed():
            running = [peer for peer in self.peers.list() if peer["running"]]
            wanted = {(peer["address"], daemon.torrents[key].hash) for peer in running for key in peer["torrents"]
                      if key in daemon.torrents}
            return self.expected(daemon) == wanted == self.sightings(daemon)

        wait_for(f"all peers are connected to {daemon.name}", agreed, seconds, 0.2)

    def wait_gone(self, address, daemon=None, seconds=20):
        wait_for(f"{address} has left", lambda: address not in self.addresses(daemon), seconds, 0.2)

    def tend(self):
        """For a lab that runs for long: a daemon that has downloaded everything starts it afresh."""
        for daemon in self.daemons:
            if not daemon.running():
                continue
            done = {t["hashString"] for t in daemon.get(["hashString", "status"]) if t["status"] == 6}
            for key, torrent in list(daemon.torrents.items()):
                if torrent.hash in done and os.path.exists(os.path.join(daemon.downloads, torrent.name)):
                    daemon.remove(key, delete_data=True)
                    daemon.add(torrent, complete=False)

    def show_logs(self):
        """The last lines of everybody's log, for whoever looks for the reason of a failure."""
        for folder, _, names in os.walk(self.root or "/nonexistent"):
            if "log" not in names:
                continue
            with open(os.path.join(folder, "log"), errors="replace") as stream:
                for line in stream.readlines()[-15:]:
                    print(f"# {os.path.basename(folder)}: {line.rstrip()}", file=sys.stderr)

    def close(self):
        if self.peers:
            self.peers.close()
        for daemon in self.daemons:
            if daemon.running():
                daemon.kill()                   # it would say goodbye to the tracker first
        if self.tracker:
            self.tracker.stop()
        if self.root:
            shutil.rmtree(self.root, ignore_errors=True)
        self.peers = self.tracker = self.root = None
        self.daemons = []


def main():
    options = argparse.ArgumentParser(description="runs a command in the closed lab")
    options.add_argument("--peers", type=int, default=DEFAULT_PEERS)
    options.add_argument("--lively", action="store_true", help="peers come and go")
    options.add_argument("--auth", help="USER:PASSWORD")
    options.add_argument("command", nargs=argparse.REMAINDER)
    given = options.parse_args()
    namespace.enter(refused="error")
    auth = tuple(given.auth.split(":", 1)) if given.auth else None
    started = time.monotonic()
    with Lab(given.peers, given.lively, auth) as lab:
        print(f"# {len(lab.addresses())} addresses on {lab.daemon.url} after {time.monotonic() - started:.1f} s",
              file=sys.stderr)
        known = {"LAB_PORT": str(lab.daemon.port), "LAB_URL": lab.daemon.url, "LAB_ROOT": lab.root}
        if given.command:
            return subprocess.run(given.command, env=lab.env(**known)).returncode
        print("\n".join(f"{name}={value}" for name, value in known.items()), flush=True)
        try:
            while True:
                time.sleep(5)
                lab.tend()
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main())
