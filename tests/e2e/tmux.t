#!/usr/bin/python3
"""The dashboard as somebody sees it who sits before a terminal: in tmux, with a shell around it."""
import contextlib
import glob
import os
import re
import shlex
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_daemon import FakeDaemon, peer, torrent
from lab_test import make_databases
from swarmtop_test import SLOW, Sandbox, command, like, main, ok, part, same, wait_until

CONFIG = """
set -g default-terminal tmux-256color
set -g status off
set -s escape-time 0
set -g history-limit 5000
set -g remain-on-exit on
"""
PROMPT = "ready>"
VIEWS = {  # what the screen of each must show
    "1": ("Countries.*Hours", "DE Germany", "Composition"), "2": ("Peers +14", "5\\.9\\.1\\.1 ", "Deluge 2\\.1\\.1\\.0"),
    # The heatmap's hours, but those beside the hour that it is.
    "3": ("Countries", "IT Italy", "JP Japan"), "4": ("Heatmap", "DE Germany", r"\d\d( +\d\d){9,} +seen"),
    "5": ("Clients", "qBittorrent", "Deluge"), "6": ("Torrents", "harbour-recordings", "survey"),
    "7": ("Log", r"\d\d:\d\d:\d\d +\S", ""),
}
ADDRESSES = ["5.9.1.1", "5.9.1.2", "79.20.44.7", "79.20.44.8", "90.84.12.5", "240b:10::5", "81.224.3.4", "2a01:4f8:0:1::5",
             "192.168.178.20", "145.100.5.6", "1.128.0.5", "177.32.10.5", "73.15.20.31", "211.36.10.9"]


def world():
    clients = ["qBittorrent 4.5.2", "Deluge 2.1.1.0", "Transmission 4.06"]
    peers = [peer(address, clients[i % 3], up=1000 * i, down=500 * (i % 2), progress=round(i / 20, 2))
             for i, address in enumerate(ADDRESSES)]
    return [torrent("harbour-recordings.flac", peers), torrent("survey-of-lighthouses.pdf", peers[:3]), torrent("silent")]


class Tmux:
    """A shell in a tmux of its own. What is on its screen is `text`; what a terminal knows of itself is `value`."""

    def __init__(self, box, cols=80, rows=24, **env):
        self.box, self.env = box, {**box.env, **env}
        # A socket of its own: the server before may still be on its way out.
        self.base = ["tmux", "-S", box.path("tmux.%d" % time.monotonic_ns()), "-f", box.write("tmux.conf", CONFIG)]
        self.env.pop("TERM")
        self.shell = "exec bash --noprofile --rcfile %s -i" % box.write("bashrc", "PS1='%s'\n" % PROMPT)
        self.size = (cols, rows)

    def __enter__(self):
        cols, rows = self.size
        subprocess.run([*self.base, "new-session", "-d", "-x", str(cols), "-y", str(rows), self.shell], check=True,
                       env=self.env, cwd=self.box.home)
        return self.wait(PROMPT)

    def __exit__(self, *error):
        self.tmux("kill-server", check=False)

    def tmux(self, *words, check=True):
        ran = subprocess.run([*self.base, *words], env=self.env, capture_output=True, check=check, timeout=20)
        return ran.stdout.decode("utf-8", "replace")

    @property
    def text(self):
        return self.tmux("capture-pane", "-p")

    @property
    def lines(self):
        return self.text.rstrip("\n").split("\n")

    @property
    def colored(self):
        return self.tmux("capture-pane", "-p", "-e")

    @property
    def history(self):
        """Everything on the normal screen, also what has left it; long lines in one piece."""
        return self.tmux("capture-pane", "-p", "-J", "-S", "-")

    def value(self, name):
        return self.tmux("display-message", "-p", "#{%s}" % name).strip()

    def keys(self, *names):
        self.tmux("send-keys", *names)
        return self

    def type(self, text):
        self.tmux("send-keys", "-l", text)
        return self

    def raw(self, data):
        """Bytes that no key of tmux's sends."""
        self.tmux("send-keys", "-H", *("%02x" % byte for byte in data))
        return self

    def resize(self, cols, rows):
        self.tmux("resize-window", "-x", str(cols), "-y", str(rows))
        return self

    def wait(self, pattern, timeout=10, absent=False):
        try:
            wait_until(lambda: bool(re.search(pattern, self.text)) != absent, timeout)
        except TimeoutError:
            raise TimeoutError("%s /%s/ on the screen:\n%s" % ("still" if absent else "no", pattern, self.text.rstrip())) from None
        return self

    def shows(self, pattern, name):
        """Soon at the latest: a screen may be looked at while it is being drawn."""
        with contextlib.suppress(TimeoutError):
            self.wait(pattern)
        like(self.text, pattern, name)

    def has_lines(self, count, name):
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: len(self.lines) == count, 10)
        same(len(self.lines), count, name)

    def still(self, quiet=0.3):
        """The text once it has not changed for `quiet` seconds."""
        last, since = self.text, time.monotonic()

        def same_for_long():
            nonlocal last, since
            now = self.text
            if now != last:
                last, since = now, time.monotonic()
            return time.monotonic() - since > quiet

        wait_until(same_for_long, 10, "a screen that stands still")
        return last

    def run(self, line):
        """A command line of the shell; returns when the prompt is back."""
        mark = "mark%d" % time.monotonic_ns()
        self.type("%s; echo %s''end" % (line, mark)).keys("Enter")
        return self.wait(mark + "end")

    def stty(self):
        """The modes as stty tells them, without the size."""
        self.run("stty -a > modes")
        with open(self.box.path("modes")) as file:
            return re.sub(r"rows \d+; columns \d+; ", "", file.read())

    def start(self, *args, before=""):
        """swarmtop in the foreground of the shell."""
        words = " ".join(shlex.quote(word) for word in command(args))
        self.type("clear; %s %s" % (before, words)).keys("Enter")
        return self

    def pid(self):
        return wait_until(self.find, 10, "the process")

    def find(self):
        """The program in the foreground: the child of the shell that tmux has started."""
        try:
            with open("/proc/%s/task/%s/children" % ((self.value("pane_pid"),) * 2)) as file:
                return int(file.read().split()[0])
        except (OSError, IndexError):
            return None


class Story:
    """A home, a daemon, a geo database; `args` for swarmtop."""

    def __init__(self, refresh=30, **options):
        self.daemon, self.refresh = FakeDaemon(world(), **options), refresh

    def __enter__(self):
        self.box = Sandbox().__enter__()
        self.daemon.start()
        geo = make_databases(self.box.path("geo"))["city"]
        self.args = ["-u", "127.0.0.1:%d" % self.daemon.port, "-r", self.refresh, "-g", geo]
        return self

    def __exit__(self, *error):
        self.daemon.stop()
        self.box.__exit__(*error)


# ---- looking -------------------------------------------------------------------------------------------------------

def views():
    """80x24: every view shows its title and plausible rows; Tab goes round; help"""
    with Story() as story, Tmux(story.box) as tmux:
        tmux.start(*story.args).wait("DE Germany")
        same(tmux.value("alternate_on"), "1", "it is on the alternate screen")
        same(tmux.value("cursor_flag"), "0", "the cursor is hidden")
        for key, patterns in VIEWS.items():
            tmux.keys(key).wait(patterns[0])
            for pattern in filter(None, patterns[1:]):
                tmux.shows(pattern, "view %s shows /%s/" % (key, pattern))
            tmux.has_lines(24, "view %s fills the screen" % key)
            tmux.shows(r"\A.*3\.00 .*3 torr(ents)? .*17 peers", "view %s has the header" % key)
            tmux.shows(r"\? help +q quit *\n*\Z", "and the footer")
        tmux.keys("1").wait("Composition")
        seen = {tmux.still()}
        for _ in range(7):
            before = tmux.still()
            tmux.keys("Tab")
            wait_until(lambda: tmux.text != before, 10, "the next view")
            seen.add(tmux.still())
        same(len(seen), 7, "Tab goes through seven views")
        tmux.wait("Composition")
        tmux.keys("?").wait("Keys").wait(r"1-7 .*overview")
        tmux.keys("G").wait("(?i)optimistic")
        tmux.keys("?").wait("Composition")
        ok(True, "help opens, scrolls to the legend of the flags, and closes")


def rows():
    """filter, sort, open, back"""
    with Story() as story, Tmux(story.box) as tmux:
        tmux.start(*story.args).wait("DE Germany").keys("2").wait("Peers +14")
        tmux.keys("/").type("country=IT").keys("Enter").wait(r"79\.20\.44\.7 ")
        tmux.wait(r"5\.9\.1\.1 ", absent=True)
        same(sorted(re.findall(r"(?m)^ (\d[\w.:]+) ", tmux.text)), ["79.20.44.7", "79.20.44.8"], "/country=IT leaves two")
        tmux.keys("/").keys("C-u").type("rate-up>5k client~deluge").keys("Enter").wait(r"145\.100|240b|73\.15|2a01", 10)
        want = sorted(ADDRESSES[i] for i in range(14) if i % 3 == 1 and 1000 * i > (5000 if i not in (0, 1, 2) else 2500))

        def shown():
            return sorted(re.findall(r"(?m)^ ([\da-f][\w.:]+) +[A-Z-]{2} ", tmux.text))
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: shown() == want, 10)
        same(shown(), want, "two terms: both must hold")
        tmux.keys("/").type(" nonsense~~").wait("(?i)~~").keys("Escape")
        tmux.wait(r"5\.9\.1\.1 ")
        ok(True, "Esc clears the filter, also one with a mistake")
        sort_and_open(tmux)


def sort_and_open(tmux):
    first = tmux.still()
    like(first, "↑/s▾", "sorted by rate up at first")
    order = re.findall(r"(?m)^ ([\da-f][\w.:]+) ", first)
    same(order[0], "211.36.10.9", "the fastest is on top")
    tmux.keys("r").wait("↑/s▴")
    same(re.findall(r"(?m)^ ([\da-f][\w.:]+) ", tmux.text)[-1], "211.36.10.9", "r turns it")
    tmux.keys("r").wait("↑/s▾").keys("s").wait("(?i)sorted by")
    ok(tmux.text != first, "s sorts by the next column")
    tmux.keys("S").wait("↑/s▾").keys("Enter").wait("Peer > 211.36.10.9").wait("KR South Korea")
    like(tmux.text, "harbour-recordings", "Enter: the peer, with its torrents")
    tmux.keys("Escape").wait("Peers +14").keys("3").wait("Countries").keys("/").type("italy").keys("Enter")
    tmux.wait("JP Japan", absent=True).keys("Enter").wait("Countries > IT Italy").wait(r"79\.20\.44\.7 ").wait("Rome")
    tmux.keys("Escape").wait("Countries .*1 of 11").keys("q").wait(PROMPT)
    ok(True, "Esc closes what is open, q quits")


def hidden():
    """x hides every address, everywhere; w saves what is shown, and never over a file"""
    with Story() as story, Tmux(story.box, 120, 40) as tmux:
        tmux.start(*story.args).wait("DE Germany").keys("2").wait("Peers").keys("x").wait("addresses are hidden")
        opened = [("%s" % key, [key]) for key in "1234567"]
        opened += [("a peer", ["2", "Enter"]), ("a country", ["3", "Enter"]), ("a family", ["5", "Enter"]),
                   ("a torrent", ["6", "Enter"])]
        for name, keys in opened:
            for key in keys:
                tmux.keys(key)
                text = tmux.still(0.15)
            shown = [address for address in ADDRESSES if address in text]
            same(shown, [], "no address is shown: view %s" % name)
            tmux.keys("Escape").still(0.1)
        tmux.keys("2").wait("Peers")
        saved(story.box, tmux)
        tmux.keys("x").wait("addresses are shown").wait(r"5\.9\.1\.1 ")
        ok(True, "x shows them again")


def saved(box, tmux):
    def pictures():
        return sorted(glob.glob(box.path("swarmtop-*.txt")))

    shown = tmux.still()
    for number in range(1, 5):
        tmux.keys("w")
        wait_until(lambda: len(pictures()) == number, 10, "picture %d" % number)
    tmux.wait("saved to ./swarmtop-")
    same(len(pictures()), 4, "w four times in a row: four files")
    for path in pictures():
        like(os.path.basename(path), r"^swarmtop-\d{8}-\d{6}(-\d+)?\.txt$", "its name")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        ok("\x1b" not in text and not any(address in text for address in ADDRESSES), "no escapes, no hidden addresses")
        like(text, "Deluge 2.1.1.0", "the rows of the screen")
    same(tmux.text.split("\n")[3:30], shown.split("\n")[3:30], "the screen stays")
    same(tmux.value("alternate_on"), "1", "on its screen")


# ---- sizes ---------------------------------------------------------------------------------------------------------

def check_size(tmux, cols, rows, drawn="", lines=0, width=0):
    """The screen of a size, once it stands still; checks that lines fit and nothing is left of another size. It is drawn when it
    has that text, so many lines, and one so wide."""
    def is_drawn():
        text = tmux.text.rstrip("\n").split("\n")
        return re.search(drawn, tmux.text) and len(text) >= lines and max(len(line) for line in text) >= width
    tmux.resize(cols, rows)
    wait_until(lambda: (tmux.value("pane_width"), tmux.value("pane_height")) == (str(cols), str(rows)), 10, "the size")
    with contextlib.suppress(TimeoutError):
        wait_until(is_drawn, 10)
    text = tmux.still()
    ok(len(text.rstrip("\n").split("\n")) <= rows, "%dx%d: not more lines than there are" % (cols, rows))
    return text


def sizes():
    """200x60, 20x5, 1x1 and back, while it polls"""
    with Story(refresh=2) as story, Tmux(story.box) as tmux:
        tmux.start(*story.args).wait("DE Germany")
        for view, word in (("1", "Composition"), ("2", "Deluge"), ("4", "Heatmap")):
            tmux.keys(view).wait(word)
            large = check_size(tmux, 200, 60, word, 0, 101)
            like(large, word, "200x60: view " + view)
            ok(max(len(line) for line in large.split("\n")) > 100, "and it uses the room")
            small = check_size(tmux, 20, 5, r"\A.*17 peers")
            like(small.split("\n")[0], "17 peers", "20x5: one line of sense")
            check_size(tmux, 1, 1)
            check_size(tmux, 3, 2)
            back = check_size(tmux, 80, 24, word, 24)
            like(back, word, "80x24 again")
            same(len(back.rstrip("\n").split("\n")), 24, "and whole")
        like(tmux.keys("1").wait("Composition").text, "DE Germany", "keys still work")
        storm(tmux)


def storm(tmux):
    """A hundred sizes as fast as tmux can, the last one counts."""
    for number in range(100):
        tmux.resize(1 + number * 37 % 200, 1 + number * 23 % 70)
    text = check_size(tmux, 100, 30, "(?s)Countries.*DE Germany.*Composition", 30)
    like(text, "(?s)Countries.*DE Germany.*Composition", "after 100 sizes: a whole screen")
    same(len(text.rstrip("\n").split("\n")), 30, "of 30 lines")
    fresh = tmux.keys("C-l").still()
    same([line for line in fresh.split("\n")[2:] if "seen" not in line][-4:],
         [line for line in text.split("\n")[2:] if "seen" not in line][-4:], "drawing anew changes nothing")
    tmux.keys("q").wait(PROMPT)
    same((tmux.value("alternate_on"), tmux.value("cursor_flag")), ("0", "1"), "and it ends well")


# ---- keys ----------------------------------------------------------------------------------------------------------

NOTHING = {
    "letters": b"zyYZQbcdefiotuv", "digits without a view": b"089", "F keys": b"\x1bOP\x1bOQ\x1b[15~\x1b[24~",
    "control characters": b"\x01\x02\x05\x0e\x10\x11\x13\x14\x16\x18", "NUL": b"\0", "UTF-8": "äπ日🐟".encode(),
    "broken UTF-8": b"\xff\xc3\xe2\x82", "modified arrows": b"\x1b[1;5A\x1b[1;3B\x1b[1;2C\x1b[1;6D",
    "modified F keys": b"\x1b[15;5~\x1b[1;6P", "Alt with a letter": b"\x1bq", "Alt with a digit": b"\x1b4",
    "an unknown sequence": b"\x1b[987;654z", "a mouse click": b"\x1b[<0;12;7M\x1b[<0;12;7m", "focus": b"\x1b[I\x1b[O",
    "the answer to a question": b"\x1b[?62;1;4c\x1b[24;80R", "paste marks": b"\x1b[200~\x1b[201~",
    "Insert and Delete": b"\x1b[2~\x1b[3~",
}


def unknown_keys():
    """unknown keys do nothing"""
    with Story() as story, Tmux(story.box) as tmux:
        tmux.start(*story.args).wait("DE Germany").keys("3").wait("Countries +11")
        before = tmux.still()
        for name, data in NOTHING.items():
            tmux.raw(data)
            same(tmux.still(0.2), before, name)
        tmux.keys("2").wait("Peers")
        ok(True, "and keys that mean something still do")
        for keys in ("jjjkk", "G", "g", "lh"):
            tmux.type(keys)
        ok(tmux.find() is not None, "it is alive")


def suspend():
    """Ctrl+Z and fg"""
    with Story(refresh=1) as story, Tmux(story.box) as tmux:
        modes = tmux.stty()
        tmux.start(*story.args).wait("DE Germany")
        for number in (1, 2):
            tmux.keys("C-z").wait("Stopped")
            same((tmux.value("alternate_on"), tmux.value("cursor_flag")), ("0", "1"), "Ctrl+Z %d: the shell's screen" % number)
            same(tmux.stty(), modes, "and its modes")
            polls = story.daemon.polls
            tmux.resize(90, 28)
            tmux.type("fg").keys("Enter").wait("DE Germany").wait("Composition")
            same((tmux.value("alternate_on"), tmux.value("cursor_flag")), ("1", "0"), "fg %d: the dashboard" % number)
            tmux.has_lines(28, "in the new size")
            tmux.keys("2").wait("Deluge").keys("1").wait("Composition")
            wait_until(lambda: story.daemon.polls > polls, 10, "a poll")
            tmux.resize(80, 24).still()
        tmux.keys("q").wait(PROMPT)
        same(tmux.stty(), modes, "after q: the same modes")


def dead_daemon():
    """a daemon dies: the header says so, and how old the numbers are; keys work; it comes back"""
    with Story(refresh=1) as story, Tmux(story.box, 110, 30) as tmux:
        tmux.start(*story.args).wait("DE Germany")
        port = story.daemon.port
        story.daemon.stop()
        tmux.wait(r"(?m)\A.*(unreachable|no connection)")
        wait_until(lambda: re.search(r"\b\d+ s\b", tmux.lines[0] + tmux.lines[1]), 10, "the age")
        first = tmux.lines[0]
        wait_until(lambda: tmux.lines[0] != first, 10, "the age ticks")
        like(tmux.text, "DE Germany", "the rows stay")
        tmux.keys("2").wait(r"5\.9\.1\.1 ").keys("7").wait("(?i)no connection").keys("1").wait("Composition")
        ok(True, "keys work, and the log tells")
        with FakeDaemon(world(), port=port):
            tmux.wait(r"(?m)\A.*3\.00", 30)
            like(tmux.lines[0], "17 peers", "it is back")
            tmux.keys("7").wait("answers again")


def login():
    """l: a login for a daemon that refused; the password is not shown"""
    with Story(refresh=1, login=("ada", "s3cret-Pa55")) as story, Tmux(story.box) as tmux:
        tmux.start(*story.args).wait("(?i)refused")
        refused = story.daemon.count(status=401)
        tmux.keys("l").wait("user name").type("ada").wait("ada").keys("Enter").wait("password")
        tmux.type("s3cret-Pa55")
        ok("s3cret" not in tmux.still() and "Pa55" not in tmux.history, "the password is not shown")
        tmux.keys("Enter").wait("DE Germany")
        ok(refused <= 1 and story.daemon.count(status=401) == refused, "one refusal, and the login is taken")
        tmux.keys("q").wait(PROMPT)
        ok("s3cret" not in tmux.history, "nor left behind")


# ---- the end -------------------------------------------------------------------------------------------------------

def ends():
    """Ctrl+C, SIGTERM, a crash: the terminal is as it was"""
    ways = {"Ctrl+C": lambda tmux: tmux.keys("C-c"), "SIGTERM": lambda tmux: os.kill(tmux.pid(), 15),
            "SIGSEGV": lambda tmux: os.kill(tmux.pid(), 11), "SIGABRT": lambda tmux: os.kill(tmux.pid(), 6),
            "Ctrl+\\": lambda tmux: tmux.keys("C-\\"), "SIGHUP": None}
    with Story() as story:
        for name, way in ways.items():
            with part(name), Tmux(story.box) as tmux:
                tmux.run("ulimit -c 0")
                if not way:  # the leak checker sometimes spins for ever when its terminal is gone
                    tmux.run("export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0")
                modes = tmux.stty()
                tmux.start(*story.args).wait("DE Germany")
                if not way:
                    ended_with_terminal(tmux, name)
                    continue
                way(tmux)
                tmux.wait(r"(?m)^%s *\Z|%s\s*\Z" % (PROMPT, PROMPT))
                same((tmux.value("alternate_on"), tmux.value("cursor_flag")), ("0", "1"), name + ": screen and cursor")
                same(tmux.stty(), modes, name + ": stty -a is what it was")
                summaries = len(re.findall("=== swarmtop summary", tmux.history))
                same(summaries, 1 if name in ("Ctrl+C", "SIGTERM") else 0, name + ": summaries on the normal screen")
                if summaries:
                    like(tmux.history, r"(?s)Total sightings: 17\n.*DE Germany +5", name + ": and what it says")


def ended_with_terminal(tmux, name):
    pid = tmux.pid()
    tmux.tmux("kill-server")
    try:
        wait_until(lambda: not alive(pid), 12, "its end")
        ok(True, name + ": the terminal is gone, and so is it")
    except TimeoutError as error:
        os.kill(pid, 9)
        ok(False, name + ": the terminal is gone, and so is it", error)


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    main(views, rows, hidden, sizes, unknown_keys, suspend, dead_daemon, login, ends)
