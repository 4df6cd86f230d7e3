"""One real transmission-daemon: its settings, its life, its RPC.

Knows how to start, kill and restart it and to ask it; does not know its peers.
"""

import base64
import json
import os
import socket
import subprocess
import urllib.error
import urllib.request

from bencode import bencode
from waiting import end_process, wait_for

PEER_PORT = 51413
SETTINGS = {
    "rpc-enabled": True, "rpc-bind-address": "127.0.0.1", "rpc-whitelist": "127.0.0.1", "rpc-whitelist-enabled": True,
    "peer-port": PEER_PORT, "port-forwarding-enabled": False, "utp-enabled": True, "encryption": 1,
    "dht-enabled": False, "lpd-enabled": False, "pex-enabled": False, "blocklist-enabled": False,
    "peer-limit-global": 500, "peer-limit-per-torrent": 200, "upload-slots-per-torrent": 60,
    "ratio-limit-enabled": False, "idle-seeding-limit-enabled": False, "queue-stalled-enabled": False,
    "download-queue-enabled": False, "seed-queue-enabled": False, "start-added-torrents": True, "preallocation": 0,
    "incomplete-dir-enabled": False, "rename-partial-files": False, "trash-original-torrent-files": False,
    "message-level": 2,
}
STATUS_DOWNLOADING, STATUS_SEEDING = 4, 6


class RpcError(Exception):
    """`status` is the HTTP status, or 200 with the text of `result`."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status = status


class Daemon:
    """`address4` and `address6` are where peers reach it; RPC is on 127.0.0.1, at a free port that a restart keeps.

    auth is (user, password) or None. `torrents` maps keys to Torrent, in the order they were added.
    """

    def __init__(self, name, folder, address4, address6, auth=None, **settings):
        self.name, self.folder, self.auth, self.process = name, folder, auth, None
        self.address4, self.address6 = address4, address6
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/transmission/rpc"
        self.session_id = ""
        self.torrents = {}
        self.downloads = os.path.join(folder, "downloads")
        os.makedirs(self.downloads)
        self.settings = {
            **SETTINGS, "rpc-port": self.port, "bind-address-ipv4": address4, "bind-address-ipv6": address6,
            "download-dir": self.downloads, "rpc-authentication-required": bool(auth),
            "rpc-username": auth[0] if auth else "", "rpc-password": auth[1] if auth else "", **settings,
        }

    def start(self):
        with open(os.path.join(self.folder, "settings.json"), "w") as stream:
            json.dump(self.settings, stream, indent=4)
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(["transmission-daemon", "--foreground", "--config-dir", self.folder],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                            env={**os.environ, "HOME": self.folder})
        wait_for(f"{self.name} answers", self.answers, 20)
        wait_for(f"{self.name} has checked its torrents", self.ready, 30)

    def know_nodes(self, nodes):
        """Before start(), with dht-enabled: (address, port) of DHT nodes. It takes some 20 s to meet eight, and then
        announces what it has."""
        packed = b"".join(socket.inet_aton(address) + port.to_bytes(2, "big") for address, port in nodes)
        with open(os.path.join(self.folder, "dht.dat"), "wb") as stream:
            stream.write(bencode({"id": os.urandom(20), "nodes": packed}))

    def kill(self):
        """SIGKILL: what a power cut or the kernel's memory killer does."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process:
            end_process(self.process, 5)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"transmission-daemon ended with {self.process.returncode}, see {self.folder}/log")
        try:
            return self.rpc("session-get", fields=["version"])["version"]
        except OSError:
            return None

    def ready(self):
        found = self.get(["hashString", "status"])
        return (len(found) >= len(self.torrents)
                and all(t["status"] in (STATUS_DOWNLOADING, STATUS_SEEDING) for t in found))

    def add(self, torrent, complete=True):
        """Adds it and waits until it seeds; with complete=False it starts from nothing and downloads."""
        self.torrents[torrent.key] = torrent
        folder = torrent.folder if complete else self.downloads
        self.rpc("torrent-add", metainfo=base64.b64encode(torrent.metainfo).decode(), **{"download-dir": folder})
        wait_for(f"{self.name} has checked {torrent.name}", self.ready, 30)

    def remove(self, key, delete_data=False):
        """delete_data is for a torrent that was added with complete=False: the others share one file."""
        torrent = self.torrents.pop(key)
        self.rpc("torrent-remove", ids=[torrent.hash], **{"delete-local-data": delete_data})

    def get(self, fields, ids=None):
        """torrent-get; returns the list of torrents."""
        return self.rpc("torrent-get", fields=fields, **({} if ids is None else {"ids": ids}))["torrents"]

    def peers(self, key=None):
        """What the daemon says of its peers: {torrent hash: [peer object]}, or the list of one torrent."""
        found = {t["hashString"]: t["peers"] for t in self.get(["hashString", "peers"])}
        return found if key is None else found[self.torrents[key].hash]

    def rpc(self, method, **arguments):
        """One classic RPC call; returns its arguments, raises RpcError or OSError (nobody listens)."""
        body = json.dumps({"method": method, "arguments": arguments}).encode()
        for attempt in (1, 2):
            try:
                with urllib.request.urlopen(self.request(body), timeout=20) as answer:
                    found = json.load(answer)
                break
            except urllib.error.HTTPError as error:
                with error:
                    self.session_id = error.headers.get("X-Transmission-Session-Id", self.session_id)
                    if error.code != 409 or attempt == 2:
                        raise RpcError(error.code, error.reason) from None
        if found["result"] != "success":
            raise RpcError(200, found["result"])
        return found["arguments"]

    def request(self, body):
        headers = {"X-Transmission-Session-Id": self.session_id, "Content-Type": "application/json"}
        if self.auth:
            headers["Authorization"] = "Basic " + base64.b64encode(":".join(self.auth).encode()).decode()
        return urllib.request.Request(self.url, body, headers)

    def remote(self, *arguments, seconds=20):
        """Runs transmission-remote on this daemon; returns what it printed."""
        login = ["-n", ":".join(self.auth)] if self.auth else []
        ran = subprocess.run(["transmission-remote", f"127.0.0.1:{self.port}", *login, *arguments], text=True,
                             stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=True)
        return ran.stdout


def free_port():
    """A port that stays ours: while a daemon is down, a client that retries must not get its port and meet itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    try:
        with open("/proc/sys/net/ipv4/ip_local_reserved_ports", "r+") as stream:
            reserved = stream.read().strip()
            stream.seek(0)
            stream.write(f"{reserved},{port}" if reserved else f"{port}")
    except OSError:
        pass                                    # /proc/sys is read-only in some containers
    return port
