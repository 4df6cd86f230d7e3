"""The near end of real_peers.py: starts the peers' process and speaks its language.

Knows the commands; does not know addresses, daemons or what the answers are used for.
"""

import json
import os
import select
import subprocess
import sys

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "real_peers.py")


def python():
    """Debian's own, the one that has libtorrent."""
    return "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable


class PeersError(Exception):
    pass


class Peers:
    def __init__(self, folder):
        os.makedirs(folder)
        self.log = os.path.join(folder, "log")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([python(), "-B", PROGRAM, folder], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=log, start_new_session=True)

    def ask(self, do, **members):
        """Sends one command and returns its answer; PeersError where it failed or did not come within 30 s."""
        try:
            self.process.stdin.write(json.dumps({"do": do, **members}).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise PeersError(f"the peers' process has ended, see {self.log}") from None
        if not select.select([self.process.stdout], [], [], 30)[0]:
            raise PeersError(f"no answer to {do}")
        line = self.process.stdout.readline()
        if not line:
            raise PeersError(f"the peers' process has ended, see {self.log}")
        answer = json.loads(line)
        if not answer.pop("ok"):
            raise PeersError(answer["error"])
        return answer

    def list(self):
        """What every peer says of itself: a list of dicts, see World.do_list."""
        return self.ask("list")["peers"]

    def get(self, name):
        return next(peer for peer in self.list() if peer["name"] == name)

    def start(self, name):
        self.ask("start", name=name)

    def stop(self, name, forget=True):
        """The peer leaves; with forget=False it comes back (start) with what it had."""
        self.ask("stop", name=name, forget=forget)

    def stop_all(self):
        self.ask("stop_all")

    def limit(self, name, rate):
        self.ask("limit", name=name, rate=rate)

    def join(self, name, torrent):
        """One more torrent for a peer; a capital letter where it has all of it."""
        self.ask("join", name=name, torrent=torrent)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
