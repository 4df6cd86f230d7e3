"""A real opentracker on one address of the closed network.

Debian's build serves only the info-hashes of a list, so it must be told of every torrent; it refuses to run as root, so
it gets a user of its own. Knows no peers.
"""

import os
import re
import signal
import socket
import subprocess
import urllib.parse
import urllib.request

from waiting import end_process, wait_for

PORT = 6969


class Tracker:
    def __init__(self, folder, address):
        self.folder, self.address, self.process = folder, address, None
        self.announce = f"http://{address}:{PORT}/announce"
        self.hashes = []
        os.makedirs(folder)

    def start(self):
        self.write_list()
        command = ["opentracker", "-i", self.address, "-p", str(PORT), "-P", str(PORT), "-d", self.folder,
                   "-w", "whitelist", "-u", "nobody"]
        if only_root_is_mapped():
            command = ["unshare", "--user", "--map-user=65534"] + command
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        wait_for("opentracker answers", self.answers, 10)

    def answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"opentracker ended with {self.process.returncode}, see {self.folder}/log")
        with socket.socket() as probe:
            return probe.connect_ex((self.address, PORT)) == 0

    def members(self, info_hash):
        """How many peers have announced themselves for a torrent (hex)."""
        query = urllib.parse.quote(bytes.fromhex(info_hash))
        with urllib.request.urlopen(f"http://{self.address}:{PORT}/scrape?info_hash={query}", timeout=5) as answer:
            counts = re.findall(rb"(?:complete|incomplete)i(\d+)e", answer.read())
        return sum(map(int, counts))

    def allow(self, info_hash):
        """The tracker reads its list again within an instant, but does not say when."""
        self.hashes.append(info_hash)
        if self.process:
            self.write_list()
            self.process.send_signal(signal.SIGHUP)

    def write_list(self):
        path = os.path.join(self.folder, "whitelist")
        with open(path + ".new", "w") as stream:
            stream.writelines(f"{info_hash}\n" for info_hash in self.hashes)
        os.rename(path + ".new", path)

    def stop(self):
        if self.process:
            end_process(self.process, 2)
            self.process = None


def only_root_is_mapped():
    """Whether our user namespace knows one user only, so that a process of ours cannot become another."""
    with open("/proc/self/uid_map") as stream:
        return sum(int(line.split()[2]) for line in stream) < 65536
