#!/usr/bin/python3
"""The closed lab itself: real peers are there, obey, and leave nothing behind.

Runs in two halves: the outer one starts the inner one in the lab and looks afterwards for what is left.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))

import namespace
import tap
from lab import Lab
from places import Peer, QBITTORRENT
from waiting import wait_for


def raw_peers(daemon):
    """torrent-get as any client would send it, without the lab's own RPC: 409 first, then the answer."""
    body = json.dumps({"method": "torrent-get", "arguments": {"fields": ["peers"]}}).encode()
    headers = {}
    for _ in range(2):
        try:
            with urllib.request.urlopen(urllib.request.Request(daemon.url, body, headers), timeout=10) as answer:
                return [peer for torrent in json.load(answer)["arguments"]["torrents"] for peer in torrent["peers"]]
        except urllib.error.HTTPError as error:
            headers["X-Transmission-Session-Id"] = error.headers["X-Transmission-Session-Id"]
            error.close()
    return []


def printed_addresses(daemon):
    lines = daemon.remote("-t", "all", "-pi").splitlines()
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("Address")}


def peers_are_there(lab):
    peers = raw_peers(lab.daemon)
    addresses = {peer["address"] for peer in peers}
    tap.ok(len(addresses) >= 15, f"15 peers or more are connected ({len(addresses)})")
    tap.ok(len({a.split(".")[0] for a in addresses if "." in a}) >= 10, "from 10 or more IPv4 /8 networks")
    tap.ok(sum(":" in address for address in addresses) >= 2, "2 or more have IPv6 addresses")
    tap.ok(len({lab_peer.country for lab_peer in lab.cast.values()} - {"--"}) >= 10, "the cast is of 10 countries")
    tap.equal(addresses, {peer.address for peer in lab.cast.values()}, "they are the peers that we started")
    tap.ok("Deluge 2.1.1.0" in {peer["clientName"] for peer in peers}, "a client's version looks like an address")
    for member in ("isEncrypted", "isUTP", "isIncoming"):
        tap.equal({peer[member] for peer in peers}, {True, False}, f"{member} is true for some and false for others")
    tap.ok(any(peer["progress"] == 1 for peer in peers), "some are seeds")
    tap.equal(lab.expected(), lab.sightings(), "daemon and peers tell the same connections")
    tap.equal(printed_addresses(lab.daemon), addresses, "transmission-remote prints the same addresses")
    wait_for("rates up", lambda: any(peer["rateToPeer"] > 0 for peer in raw_peers(lab.daemon)))
    wait_for("rates down", lambda: any(peer["rateToClient"] > 0 for peer in raw_peers(lab.daemon)))
    tap.ok(True, "there are rates in both directions")


def peers_obey(lab):
    lab.peers.stop("tim")
    lab.wait_gone(lab.cast["tim"].address)
    tap.ok(lab.cast["tim"].address not in printed_addresses(lab.daemon), "a peer that is stopped vanishes")
    lab.peers.start("tim")
    lab.add_peer(Peer("late", "101.98.5.6", "NZ", *QBITTORRENT))
    lab.wait_connected()
    tap.ok({"101.98.5.6", lab.cast["tim"].address} <= lab.addresses(), "it comes back, and a new one comes")
    lab.add_torrent("d", "fog-signals.zip", peers=["hetzner", "kddi6"])
    lab.wait_connected()
    tap.equal(len(lab.daemon.peers("d")), 2, "a new torrent has the peers that joined it")


def daemons_obey(lab):
    before = lab.daemon.port
    lab.daemon.kill()
    tap.ok(not lab.daemon.running(), "a daemon can be killed")
    lab.restart_daemon()
    lab.wait_connected()
    tap.equal(lab.daemon.port, before, "and is back on its port with all its peers")
    second = lab.start_daemon("B", auth=("ada", "pass:word"))
    lab.wait_connected(second)
    tap.ok(len(lab.addresses(second)) >= 3, "a second daemon with a login has peers of its own")


def inner():
    namespace.enter()
    with Lab(20) as lab:
        peers_are_there(lab)
        peers_obey(lab)
        daemons_obey(lab)
        root = lab.root
    tap.ok(not os.path.exists(root), "the lab removes its folder")
    tap.ok(left_inside() == [], "and ends its processes")
    return tap.done()


def left_inside():
    """Other processes of this namespace, where it has a /proc of its own."""
    if os.readlink("/proc/self") != str(os.getpid()):
        return []
    names = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        with open(f"/proc/{pid}/stat") as stream:
            fields = stream.read()
        if fields.rsplit(")", 1)[1].split()[0] != "Z":
            names.append(fields)
    return names


def left_outside(token):
    """Processes of any namespace that carry our token in their environment."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as stream:
                if token.encode() in stream.read():
                    found.append(pid)
        except OSError:
            continue
    return [pid for pid in found if int(pid) != os.getpid()]


def outer():
    """The inner half once to its end, and once killed in the middle."""
    token = f"LAB_SMOKE_TOKEN={os.getpid()}-{os.urandom(4).hex()}"
    name, value = token.split("=")
    temp = tempfile.gettempdir()
    before = lab_folders(temp)
    environment = {**os.environ, name: value}
    ran = subprocess.run([sys.executable, __file__, "inner"], env=environment, stdout=subprocess.PIPE, text=True,
                         timeout=240)
    if "# SKIP" in ran.stdout or "no network namespace" in ran.stdout:
        print(ran.stdout, end="")
        return ran.returncode
    print("".join(f"    {line}\n" for line in ran.stdout.splitlines()), end="")
    tap.ok(ran.returncode == 0, "the lab works")
    tap.equal(left_outside(token), [], "no process is left")
    running = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(namespace.__file__), "lab.py")],
                               env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with running.stdout:
        tap.ok(running.stdout.readline().startswith("LAB_PORT="), "the lab runs as a program")
        tap.ok(len(left_outside(token)) >= 4, "its processes are seen from outside")
        running.kill()
        running.wait()
    wait_for("all are gone", lambda: not left_outside(token), 10)
    tap.ok(True, "SIGKILL to the lab ends every process of it")
    tap.equal(lab_folders(temp), before, "no folder is left")
    return tap.done()


def lab_folders(temp):
    places = {temp, "/tmp", *namespace.MOUNT_POINTS}
    return {os.path.join(place, name) for place in places if os.path.isdir(place)
            for name in os.listdir(place) if name.startswith("swarmtop-lab-")}


if __name__ == "__main__":
    sys.exit(inner() if sys.argv[1:] == ["inner"] else outer())
