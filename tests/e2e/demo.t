#!/usr/bin/python3
"""What `make demo` shows: a dashboard with peers of many countries, a summary at the end, and nothing left behind."""
import os
import re
import shlex
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import swarmtop_test
from lab_test import NAMES, TESTS, make_databases, namespace
from swarmtop_test import ROOT, SWARMTOP, like, main, ok, plain_text, same, sandbox, wait_until

LAB = os.path.join(TESTS, "lab")
TOKEN = "SWARMTOP_DEMO_TEST=%d-%s" % (os.getpid(), os.urandom(4).hex())


def environment(box):
    """For demo.py: our databases, a short interval; another program than build/swarmtop where one is tested."""
    geo = ["-r", "1", "-g", make_databases(box.path("geo"))["city"]]
    name, value = TOKEN.split("=")
    if SWARMTOP == os.path.join(ROOT, "build", "swarmtop"):
        return {name: value, "DEMO_ARGS": shlex.join(geo)}
    return {name: value, "DEMO_CMD": shlex.join([SWARMTOP, "-u", "PORT", *geo])}


def left():
    """Processes, of any namespace, that carry our token."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/environ" % pid, "rb") as file:
                if TOKEN.encode() in file.read():
                    found.append(int(pid))
        except OSError:
            continue
    return found


def folders():
    places = {tempfile.gettempdir(), "/tmp", *namespace.MOUNT_POINTS}
    return {os.path.join(place, name) for place in places if os.path.isdir(place) for name in os.listdir(place)
            if name.startswith("swarmtop-lab-")}


def named(text):
    """The countries that a text names."""
    return {code for code, name in NAMES.items() if re.search(r"\b%s *%s" % (re.escape(code), name), text)} - {"??", "--"}


def shows_and_leaves(end, name):
    """Starts the demo on a terminal, looks, and ends it in this way."""
    before = folders()
    with sandbox() as box, box.screen(env=environment(box), cols=100, rows=40) as screen:
        screen.wait_text("peers are connected; Ctrl", 60)
        screen.wait_text("Composition", 20)
        wait_until(lambda: looks_right(screen), 30, "ten countries")
        ok(True, name + ": the dashboard shows ten countries or more")
        ok(len(left()) >= 4, name + ": daemon, tracker and peers run", left())
        end(screen)
        same(screen.finish(20), 0, name + ": exit 0")
        ok(screen.restored, name + ": the terminal's modes are what they were")
        before_end, gone, after = screen.output.rpartition(b"\x1b[?1049l")
        text = plain_text(after)
        ok(gone, name + ": it left its screen")
        same(text.count("=== swarmtop summary"), 1, name + ": one summary below")
        ok(len(named(text)) >= 10, name + ": with ten countries or more", sorted(named(text)))
        like(text, r"Connected now: (1[5-9]|[2-9]\d), from", name + ": and fifteen connections or more")
        ok("::" in plain_text(before_end) or ":" in text, name + ": IPv6 peers are among them")
    try:
        wait_until(lambda: not left(), 10, "the end of every process")
    except TimeoutError:
        pass
    same(left(), [], name + ": no process is left")
    same(folders() - before, set(), name + ": no folder is left")


def looks_right(screen):
    """Draws the countries anew and reads them."""
    since = len(screen.output)
    screen.send("3\x0c")
    screen.settle(0.3)
    return len(named(plain_text(screen.output[since:]))) >= 10


def ctrl_c():
    """Ctrl+C"""
    shows_and_leaves(lambda screen: screen.send("\x03"), "Ctrl+C")


def terminate():
    """SIGTERM to the demo itself"""
    shows_and_leaves(lambda screen: screen.process.terminate(), "SIGTERM")


if __name__ == "__main__":
    probe = [sys.executable, "-B", "-c", "import namespace; namespace.enter(); print('inside')"]
    said = subprocess.run(probe, env={**os.environ, "PYTHONPATH": LAB}, stdout=subprocess.PIPE, text=True)
    if said.stdout != "inside\n":
        print(said.stdout, end="")
        sys.exit(said.returncode)
    # The program that runs on the terminal is the demo, which starts the one under test.
    swarmtop_test.WRAP, swarmtop_test.SWARMTOP = ["/usr/bin/python3", "-B"], os.path.join(LAB, "demo.py")
    main(ctrl_c, terminate)
