#!/usr/bin/python3
"""Real BitTorrent peers: one libtorrent session for each, on its own address, under its own name.

A program with a small language: one JSON object per line on stdin, one answer per line on stdout ({"ok": true, ...} or
{"ok": false, "error": TEXT}); it ends when stdin does. What it can do is the table COMMANDS. What it reports is what
the peers see themselves, never what a daemon says of them. Peers talk to the daemons they are told of and to the
tracker, to nobody else: so a daemon's list and theirs can be compared.

Does not know how daemons, trackers or addresses came to be.
"""

import json
import os
import random
import select
import shutil
import sys
import time

import libtorrent as lt

TICK = 0.5                                      # seconds between two looks at the connections
PATIENCE = 12.0                                 # a peer that waits to be dialled dials itself after this many seconds
PEER_PORT = 6881
# libtorrent's names: pe_forced 0, pe_enabled 1, pe_disabled 2; allowed_enc_level 2 = RC4 of the whole stream.
FORCED, ENABLED, DISABLED, RC4, BOTH = 0, 1, 2, 2, 3
UTP_SOCKET = 1 << 17                            # peer_info::utp_socket, which the Python module does not name
QUIET = {
    "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False, "alert_mask": 0,
    "min_reconnect_time": 1, "max_failcount": 1000, "allow_multiple_connections_per_ip": True, "connection_speed": 20,
    "peer_connect_timeout": 4, "handshake_timeout": 6, "peer_turnover": 0, "close_redundant_connections": False,
    "aio_threads": 1, "hashing_threads": 1, "stop_tracker_timeout": 1, "tick_interval": 200,
    "unchoke_slots_limit": 50, "choking_algorithm": 0, "min_announce_interval": 5, "send_redundant_have": True,
}


class Session:
    """One running peer. `spec` is what places.Peer.as_dict() gives."""

    def __init__(self, spec, world):
        self.spec, self.world = spec, world
        self.folder = os.path.join(world.folder, spec["name"])
        self.handles, self.next_dial, self.dials_from = {}, {}, {}
        self.session = lt.session(self.settings())
        self.apply_filter()
        for letter in spec["torrents"]:
            self.add(letter)

    def settings(self):
        spec = self.spec
        address = f"[{spec['address']}]" if ":" in spec["address"] else spec["address"]
        utp = spec["utp"]
        return {
            **QUIET, "listen_interfaces": f"{address}:{PEER_PORT}", "outgoing_interfaces": spec["address"],
            "peer_fingerprint": spec["fingerprint"], "user_agent": spec["agent"],
            "download_rate_limit": spec["rate"], "upload_rate_limit": spec["rate"],
            "out_enc_policy": FORCED if spec["encrypted"] else DISABLED,
            "in_enc_policy": FORCED if spec["encrypted"] else ENABLED,
            "allowed_enc_level": RC4 if spec["encrypted"] else BOTH, "prefer_rc4": spec["encrypted"],
            "enable_outgoing_utp": utp, "enable_outgoing_tcp": not utp,
            # Everybody can be dialled over uTP: Transmission tries that first, also to addresses that it remembers from
            # before a restart, and while it waits for an answer it resets TCP connections from there.
            "enable_incoming_utp": True, "enable_incoming_tcp": not utp,
        }

    def apply_filter(self):
        """Everybody is closed out but the daemons and the tracker."""
        rules = lt.ip_filter()
        rules.add_rule("0.0.0.0", "255.255.255.255", 1)
        rules.add_rule("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1)
        for address in self.world.friends():
            rules.add_rule(address, address, 0)
        self.session.set_ip_filter(rules)

    def add(self, letter):
        torrent = self.world.torrents[letter.lower()]
        info = lt.torrent_info(torrent["path"])
        flags = lt.torrent_flags.disable_dht | lt.torrent_flags.disable_pex | lt.torrent_flags.disable_lsd
        params = {"ti": info, "save_path": self.folder, "flags": flags}
        if letter.isupper():
            params.update(save_path=torrent["folder"], flags=flags | lt.torrent_flags.seed_mode)
        else:
            os.makedirs(self.folder, exist_ok=True)
        handle = self.session.add_torrent(params)
        if self.spec["dials"]:
            handle.replace_trackers([])
        self.handles[letter.lower()] = handle
        self.dials_from[letter.lower()] = time.monotonic() + (0 if self.spec["dials"] else PATIENCE)

    def tick(self, now):
        for key, handle in self.handles.items():
            if now < self.dials_from[key]:
                continue
            connected = {peer.ip[0] for peer in handle.get_peer_info()}
            for daemon in self.world.daemons.values():
                target = self.target(daemon)
                if key not in daemon["torrents"] or target[0] in connected:
                    continue
                if now >= self.next_dial.get((key, target), 0):
                    self.next_dial[key, target] = now + 2
                    handle.connect_peer(target)

    def target(self, daemon):
        return (daemon["address6"] if ":" in self.spec["address"] else daemon["address4"], daemon["port"])

    def report(self):
        return {key: self.report_torrent(key, handle) for key, handle in self.handles.items()}

    def report_torrent(self, key, handle):
        status = handle.status()
        links = [self.report_link(peer) for peer in handle.get_peer_info()
                 if not peer.flags & (lt.peer_info.connecting | lt.peer_info.handshake)]
        return {
            "seed": bool(status.is_seeding), "progress": round(status.progress, 4),
            "down": status.total_payload_download, "up": status.total_payload_upload,
            "rate_down": status.download_payload_rate,
            "rate_up": status.upload_payload_rate, "connections": [link for link in links if link["daemon"]],
        }

    def report_link(self, peer):
        names = [name for name, daemon in self.world.daemons.items() if self.target(daemon)[0] == peer.ip[0]]
        return {
            "daemon": names[0] if names else None, "port": peer.local_endpoint[1],
            "dialled": bool(peer.flags & lt.peer_info.outgoing_connection),
            "encrypted": bool(peer.flags & (lt.peer_info.rc4_encrypted | lt.peer_info.plaintext_encrypted)),
            "utp": bool(peer.flags & UTP_SOCKET), "rate_down": peer.payload_down_speed,
            "rate_up": peer.payload_up_speed,
        }

    def seconds_left(self):
        """Until the last download is complete, at the peer's rate; None for a seed."""
        left = [handle.status().total_wanted - handle.status().total_wanted_done for handle in self.handles.values()
                if not handle.status().is_seeding]
        return sum(left) / self.spec["rate"] if left else None

    def limit(self, rate):
        self.session.apply_settings({"download_rate_limit": rate, "upload_rate_limit": rate})

    def close(self, forget=True):
        """With forget, what it downloaded goes, too."""
        self.session.pause()
        self.handles = self.session = None
        if forget:
            shutil.rmtree(self.folder, ignore_errors=True)


class World:
    """All peers, running or not, and what they know: torrents, daemons, tracker."""

    def __init__(self, folder):
        self.folder, self.tracker, self.lively = folder, None, False
        self.torrents, self.daemons, self.specs, self.running, self.back_at = {}, {}, {}, {}, {}
        self.dice = random.Random(7)
        self.next_change = 0

    def friends(self):
        addresses = [self.tracker] if self.tracker else []
        for daemon in self.daemons.values():
            addresses += [address for address in (daemon["address4"], daemon["address6"]) if address]
        return addresses

    def tick(self, now):
        for session in self.running.values():
            session.tick(now)
        if self.lively and now >= self.next_change:
            self.next_change = now + self.dice.uniform(2, 5)
            self.change_something(now)

    def change_something(self, now):
        """People come and go, and their lines are never equally fast; whoever has everything starts afresh."""
        for name in [name for name, when in self.back_at.items() if now >= when]:
            self.start(name)
        for name, session in list(self.running.items()):
            left = session.seconds_left()
            if left is not None and left < 5:
                self.leave(name, now, forget=True)
        name = self.dice.choice(sorted(self.running) or [None])
        if name and self.dice.random() < 0.15 and len(self.back_at) < max(1, len(self.specs) // 10):
            self.leave(name, now, forget=False)
        elif name:
            self.running[name].limit(int(self.specs[name]["rate"] * self.dice.uniform(0.3, 1.6)))

    def leave(self, name, now, forget):
        self.stop(name, forget)
        self.back_at[name] = now + self.dice.uniform(5, 20)

    def start(self, name):
        self.back_at.pop(name, None)
        if name not in self.running:
            self.running[name] = Session(self.specs[name], self)

    def stop(self, name, forget=True):
        self.back_at.pop(name, None)
        if name in self.running:
            self.running.pop(name).close(forget)

    # What follows are the commands: they take the members of the request as arguments and return an answer's members.

    def do_setup(self, tracker, lively=False):
        self.tracker, self.lively = tracker, lively

    def do_torrent(self, key, path, folder):
        self.torrents[key] = {"path": path, "folder": folder}

    def do_daemon(self, name, address4, address6, port, torrents):
        self.daemons[name] = {"address4": address4, "address6": address6, "port": port, "torrents": torrents}
        for session in self.running.values():
            session.apply_filter()

    def do_hang_up(self, name):
        """uTP, even when told to close, waits up to a minute for a daemon that is dead: such peers start again."""
        for peer, session in list(self.running.items()):
            links = [link for torrent in session.report().values() for link in torrent["connections"]]
            if any(link["utp"] and link["daemon"] == name for link in links):
                self.stop(peer, forget=False)
                self.start(peer)

    def do_add(self, peer):
        self.specs[peer["name"]] = peer
        self.start(peer["name"])

    def do_start(self, name):
        self.start(self.known(name))

    def do_stop(self, name, forget=True):
        self.stop(self.known(name), forget)

    def do_stop_all(self):
        for name in list(self.specs):
            self.stop(name)

    def do_limit(self, name, rate):
        self.specs[self.known(name)]["rate"] = rate
        if name in self.running:
            self.running[name].limit(rate)

    def do_join(self, name, torrent):
        self.specs[self.known(name)]["torrents"] += torrent
        if name in self.running:
            self.running[name].add(torrent)

    def do_list(self):
        peers = []
        for name, spec in self.specs.items():
            torrents = self.running[name].report() if name in self.running else {}
            connected = [key for key, torrent in torrents.items() if torrent["connections"]]
            peers.append({"name": name, "address": spec["address"], "port": PEER_PORT, "country": spec["country"],
                          "fingerprint": spec["fingerprint"], "agent": spec["agent"], "dials": spec["dials"],
                          "running": name in self.running, "connected": connected, "torrents": torrents})
        return {"peers": peers}

    def known(self, name):
        if name not in self.specs:
            raise KeyError(f"no peer is called {name}")
        return name


COMMANDS = {
    "setup": World.do_setup,                    # the tracker's address; lively = peers come and go, rates change
    "torrent": World.do_torrent,                # a torrent's key (one letter), file, and folder with its data
    "daemon": World.do_daemon,                  # a daemon to connect to, and the keys of its torrents; again = replace
    "hang_up": World.do_hang_up,                # let go of a daemon that has ended
    "add": World.do_add,                        # a new peer, and start it
    "start": World.do_start, "stop": World.do_stop, "stop_all": World.do_stop_all,
    "limit": World.do_limit,                    # another rate, bytes/s
    "join": World.do_join,                      # one more torrent for a peer
    "list": World.do_list,                      # what every peer says of itself
}


def answer(world, line):
    try:
        request = json.loads(line)
        found = COMMANDS[request.pop("do")](world, **request)
        return {"ok": True, **(found or {})}
    except (KeyError, TypeError, ValueError, RuntimeError, OSError) as error:
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}


def main():
    world = World(sys.argv[1])
    unread = b""
    next_tick = 0.0
    while True:
        now = time.monotonic()
        if now >= next_tick:
            world.tick(now)
            next_tick = time.monotonic() + TICK
        if not select.select([0], [], [], max(0, next_tick - time.monotonic()))[0]:
            continue
        chunk = os.read(0, 65536)
        if not chunk:
            os._exit(0)                         # sessions would first say goodbye to a tracker that may be gone
        *lines, unread = (unread + chunk).split(b"\n")
        for line in lines:
            print(json.dumps(answer(world, line)), flush=True)


if __name__ == "__main__":
    main()
