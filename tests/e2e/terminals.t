#!/usr/bin/python3
"""Terminals of every kind: what they are sent, what is not sent, and what their odd keys do."""
import os
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_daemon import FakeDaemon, peer, torrent
from swarmtop_test import SEQUENCE, like, main, ok, part, plain_text, same, sandbox, skip, wait_until

SGR = re.compile(rb"\x1b\[([\d;]*)m")
SIXTEEN = "xterm-16c|made for tests, colors#16, pairs#256, setaf=\\E[38;5;%p1%dm, setab=\\E[48;5;%p1%dm, use=xterm-256color,\n"


def world():
    return [torrent("one", [peer("5.9.1.1", up=2000), peer("8.8.8.8", "Deluge 2.1.1.0", down=300, progress=0.5),
                            peer("192.168.1.4"), peer("2003::5", "\u00b5Torrent 3.5.5")]),
            torrent("Montr\u00e9al \u65e5\u672c\u8a9e", [peer("1.1.1.1")])]


def args_of(daemon, refresh=30):
    return ["-u", "127.0.0.1:%d" % daemon.port, "-r", refresh]


def colors(data):
    """The numbers of the colours that were asked for."""
    found = set()
    for codes in SGR.findall(data):
        numbers = [int(code or 0) for code in codes.split(b";")]
        while numbers:
            code = numbers.pop(0)
            if code in (38, 48):
                kind, value = numbers.pop(0), numbers.pop(0)
                found.add(value if kind == 5 else -1)
            elif 30 <= code <= 37 or 40 <= code <= 47:
                found.add(code % 10)
            elif 90 <= code <= 97 or 100 <= code <= 107:
                found.add(8 + code % 10)
    return found


def tour(box, daemon, *more, env=None, cols=80, rows=24):
    """Every view of a dashboard; returns what was sent until it ended, without the summary behind it."""
    with box.screen(*args_of(daemon), *more, env=env, cols=cols, rows=rows) as screen:
        screen.wait_text("5 peers")
        for key in "234567?1":
            screen.press(key)
        screen.send("q")
        same(screen.finish(), 0, "q ends it")
        ok(screen.restored, "the terminal's modes are what they were")
        return re.split(rb"(?:\x1b\[[\d;]*m)?=== swarmtop", screen.output)[0]


def no_screen():
    """TERM=dumb, nonsense, none: plain text"""
    for name in ("dumb", "nonsense", ""):
        with part(name), sandbox() as box, FakeDaemon(world()) as daemon:
            with box.screen(*args_of(daemon, 0.5), env={"TERM": name}) as screen:
                screen.wait_text("poll 2 ===").wait_text("=== end ===")
                screen.send("\x03")
                same(screen.finish(), 0, "TERM=%s: Ctrl+C ends it" % name)
                text = screen.output.decode()
            like(text, "TERM=|terminal", "TERM=%s: a message says why" % name)
            same(len(re.findall("=== swarmtop summary", text)), 1, "TERM=%s: blocks, and one summary" % name)
            colored = name == "nonsense"        # a terminal all the same, which may have colours
            ok("\x1b" not in (SGR.sub(b"", text.encode()).decode() if colored else text), "TERM=%s: no escapes" % name)


def no_colors():
    """NO_COLOR, --color never, a terminal without colours: none is asked for"""
    cases = {"NO_COLOR": ([], {"NO_COLOR": "1"}), "--color never": (["--color", "never"], {}), "vt100": ([], {"TERM": "vt100"})}
    for name, (more, env) in cases.items():
        with part(name), sandbox() as box, FakeDaemon(world()) as daemon:
            data = tour(box, daemon, *more, env=env)
            same(colors(data), set(), name + ": no colours")
            ok(SGR.search(data), name + ": but attributes")
    with sandbox() as box, FakeDaemon(world()) as daemon:
        ok(colors(tour(box, daemon, env={"NO_COLOR": ""})), "NO_COLOR without a value means nothing")
        ok(colors(tour(box, daemon, "--color", "always", env={"NO_COLOR": "1"})), "--color always is stronger")


def many_colors():
    """8, 16 and 256 colours: no number that the terminal lacks"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        source, folder = box.write("sixteen.ti", SIXTEEN), box.path("terminfo")
        made = subprocess.run(["tic", "-x", "-o", folder, source], stderr=subprocess.DEVNULL).returncode == 0
        for term, count in (("xterm", 8), ("linux", 8), ("xterm-16c", 16), ("xterm-256color", 256), ("screen-256color", 256)):
            if count == 16 and not made:
                skip("xterm-16c", "no tic here")
                continue
            with part(term):
                used = colors(tour(box, daemon, env={"TERM": term, "TERMINFO_DIRS": folder + ":"}))
                ok(used and max(used) < count, "%s: colours %s of %d" % (term, sorted(used), count))
                ok(count == 8 or max(used) >= 8, "%s: it uses what there is" % term)


def ascii_only():
    """no locale, LC_ALL=C, --ascii: only ASCII"""
    unset = {"LC_ALL": "", "LANG": "", "LC_CTYPE": ""}
    cases = {"LC_ALL=C": ([], {"LC_ALL": "C"}), "no locale": ([], unset), "an unknown locale": ([], {"LC_ALL": "xx_YY.UTF-9"}),
             "--ascii": (["--ascii"], {})}
    for name, (more, env) in cases.items():
        with part(name), sandbox() as box, FakeDaemon(world()) as daemon:
            data = tour(box, daemon, *more, env=env)
            odd = sorted({byte for byte in SEQUENCE.sub(b"", data) if byte >= 0x7f or (byte < 0x20 and byte not in b"\b\r\n\t")})
            same(odd, [], name + ": nothing but ASCII")
            ok(b"\x0e" not in data, name + ": no other character set")
            like(plain_text(data), "Composition", name + ": it is all there")
    with sandbox() as box, FakeDaemon(world()) as daemon:
        like(plain_text(tour(box, daemon)), "\u65e5\u672c", "and with UTF-8 it is as it should be")


def quiet():
    """nothing is sent while nothing changes"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        with box.screen(*args_of(daemon, 300)) as screen:
            screen.wait_text("5 peers")
            screen.settle(0.5)
            for name, key in (("overview", "1"), ("peers", "2"), ("log", "7")):
                if key != "1":  # which is there
                    screen.press(key, 0.3)
                before = len(screen.output)
                screen.settle(2, 3)
                same(len(screen.output) - before, 0, name + ": no byte in 2 s between polls")
            before = len(screen.output)
            for key in ("7", "7", "\x00", "Z"):
                screen.send(key)
            screen.settle(0.3)
            same(len(screen.output) - before, 0, "keys that change nothing send nothing")
            screen.press("2", 0.3)
            ok(0 < len(screen.output) - before < 4000, "another view: %d bytes" % (len(screen.output) - before))
            ok(daemon.polls == 1, "one poll was made meanwhile", daemon.polls)


ODD = {
    "mouse": "\x1b[<0;12;7M\x1b[<0;12;7m", "Ctrl with arrows": "\x1b[1;5A\x1b[1;5B", "Alt with q": "\x1bq",
    "Alt with 4": "\x1b4", "keypad": "\x1bOu\x1bOy", "F1 to F12": "\x1bOP\x1bOS\x1b[17~\x1b[24~", "focus": "\x1b[I\x1b[O",
    "cursor report": "\x1b[24;80R", "an unfinished sequence": "\x1b[12;7",
}


def odd_keys():
    """sequences that a terminal's description does not know are no keys"""
    for term in ("xterm-256color", "linux", "vt100"):
        with part(term), sandbox() as box, FakeDaemon(world()) as daemon:
            with box.screen(*args_of(daemon), env={"TERM": term}) as screen:
                screen.wait_text("5 peers")
                screen.press("3", 0.2)
                for name, keys in ODD.items():
                    before = len(screen.output)
                    screen.send(keys)
                    screen.settle(0.1)
                    same(plain_text(screen.output[before:]).strip(), "", "%s: %s does nothing" % (term, name))
                before = len(screen.output)
                screen.send("\x1bOB\x1b[B2")
                screen.wait_text("Address", since=before)
                screen.send("/")
                screen.send("deluge\r")
                screen.settle(0.1)
                before = len(screen.output)
                screen.send("\x1b")
                screen.wait_text("5.9.1.1|192.168.1.4", since=before)
                ok(True, term + ": Esc alone still is Esc")


def flow_control():
    """Ctrl+S does not stop it"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        with box.screen(*args_of(daemon, 0.5)) as screen:
            screen.wait_text("5 peers")
            screen.send("\x13")
            screen.settle(0.1, 0.3)
            before = len(screen.output)
            screen.send("2")
            screen.wait_text("Address", since=before)
            polls = daemon.polls
            wait_until(lambda: (screen.pump(0.02), daemon.polls >= polls + 2)[1], 10, "polls")
            screen.send("\x11q")
            same(screen.finish(), 0, "keys and polls go on, and q ends it")
            ok(screen.restored, "with flow control as it was")


def hung_up():
    """the terminal is closed under it: it ends, whatever it writes"""
    for name, more in (("dashboard", []), ("plain", ["--plain"]), ("JSON", ["--json"])):
        with part(name), sandbox() as box, FakeDaemon(world()) as daemon:
            with box.screen(*args_of(daemon, 0.5), *more) as screen:
                screen.wait_text("1.1.1.1|5 peers|unique")
                os.close(screen.slave)
                os.close(screen.master)
                screen.master = screen.slave = None
                wait_until(lambda: screen.process.poll() is not None, 5, "its end")
                same(screen.process.returncode, 0, name + ": exit 0")


def small_start():
    """a start in 20x5, 1x1 and 0x0"""
    for cols, rows in ((20, 5), (1, 1), (0, 0)):
        with part("%dx%d" % (cols, rows)), sandbox() as box, FakeDaemon(world()) as daemon:
            with box.screen(*args_of(daemon), cols=cols, rows=rows) as screen:
                end = time.monotonic() + 5
                while not daemon.polls and time.monotonic() < end:
                    screen.pump(0.05)
                screen.settle(0.3)
                screen.resize(80, 24)
                screen.signal(28)
                screen.wait_text("Composition")
                screen.send("q")
                same(screen.finish(), 0, "%dx%d: it starts, grows and ends" % (cols, rows))


if __name__ == "__main__":
    main(no_screen, no_colors, many_colors, ascii_only, quiet, odd_keys, flow_control, hung_up, small_start)
