#!/usr/bin/python3
"""`make demo`: swarmtop on a private Transmission with real peers of many countries; leaves nothing behind.

DEMO_ARGS are more arguments for swarmtop, DEMO_CMD is another command to run in its place (the word PORT in it becomes
the daemon's), DEMO_PEERS is how many peers take part.

Knows how to stand between a terminal, a dashboard and the lab; does not know what either shows.
"""

import glob
import os
import shlex
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import namespace
from lab import Lab
from peers import python
from places import PEERS
from waiting import wait_for

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ENOUGH = 15
SUMMARY_SECONDS = 12                            # swarmtop may take 10 s to save
TOOLS = ("transmission-daemon", "transmission-remote", "opentracker", "ip")


class Shown:
    """The program in the terminal's foreground. Ctrl+C is its own affair, it gets it from the terminal; a demand to end
    the demo is passed on as SIGTERM, and enforced when SUMMARY_SECONDS have passed."""

    def __init__(self, words, env):
        signal.signal(signal.SIGINT, lambda *_: None)       # a handler, for SIG_IGN would be inherited
        self.deadline = None
        self.process = subprocess.Popen(words, env=env)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.end)

    def end(self, *_):
        if self.deadline is None:
            self.deadline = time.monotonic() + SUMMARY_SECONDS
            self.process.terminate()

    def wait(self, meanwhile):
        """Calls meanwhile() every 2 s; returns the exit status."""
        while True:
            try:
                status = self.process.wait(2)
                return status if status >= 0 else 128 - status
            except subprocess.TimeoutExpired:
                if self.deadline is None:
                    meanwhile()
                elif time.monotonic() > self.deadline:
                    self.process.kill()


def say(text):
    print(f"demo: {text}", file=sys.stderr, flush=True)


def missing():
    folders = os.environ.get("PATH", "").split(":") + ["/usr/sbin", "/sbin"]
    lacking = [tool for tool in TOOLS if not any(os.access(os.path.join(f, tool), os.X_OK) for f in folders)]
    probe = [python(), "-c", "import libtorrent"]
    if subprocess.run(probe, stderr=subprocess.DEVNULL).returncode != 0:
        lacking.append("python3-libtorrent")
    return lacking


def command(port):
    if os.environ.get("DEMO_CMD"):
        return [str(port) if word == "PORT" else word for word in shlex.split(os.environ["DEMO_CMD"])]
    geo = [word for path in sorted(glob.glob(f"{TOP}/build/geoip/*.mmdb")) for word in ("-g", path)]
    return [f"{TOP}/build/swarmtop", "-u", f"127.0.0.1:{port}", "-r", "2", *geo,
            *shlex.split(os.environ.get("DEMO_ARGS", ""))]


def terminal():
    """What the user's terminal and taste say must reach the dashboard, the rest of the environment need not."""
    names = ("TERM", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TZ", "NO_COLOR", "COLUMNS", "LINES", "TERMINFO")
    found = {name: os.environ[name] for name in names if name in os.environ}
    if "TZ" not in found:
        found["TZ"] = ":/etc/localtime"
    return found


def tend(lab):
    try:
        lab.tend()
    except Exception:
        pass                                    # the dashboard shows what is wrong with a daemon; that is its job


def main():
    lacking = missing()
    if lacking:
        say(f"missing: {', '.join(lacking)} (make test-deps installs what the demo needs)")
        return 1
    namespace.enter(refused="error")
    peers = int(os.environ.get("DEMO_PEERS", len(PEERS)))
    say(f"starting a private Transmission, a tracker and {peers} real peers in a closed network")
    try:
        with Lab(peers, lively=True, wait=False) as lab:
            words = command(lab.daemon.port)
            enough = min(ENOUGH, len(lab.wanted))
            wait_for(f"{enough} peers are connected", lambda: len(lab.addresses()) >= enough, 40, 0.2)
            say(f"{len(lab.addresses())} peers are connected; Ctrl+C ends it all")
            try:
                return Shown(words, lab.env(**terminal())).wait(lambda: tend(lab))
            except OSError as error:
                say(f"{words[0]}: {error.strerror} (make builds it)")
                return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
