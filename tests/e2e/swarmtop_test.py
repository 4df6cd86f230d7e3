"""What the end-to-end tests share: TAP, a sandbox that swarmtop runs in, programs with timeouts, a terminal, a byte scan.

The program is build/swarmtop; the environment variable SWARMTOP names another. SWARMTOP_WRAP is put before it (valgrind).
"""
import codecs
import contextlib
import fcntl
import glob
import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SWARMTOP = os.path.abspath(os.environ.get("SWARMTOP", os.path.join(ROOT, "build", "swarmtop")))
WRAP = shlex.split(os.environ.get("SWARMTOP_WRAP", ""))
ASAN = "asan" in SWARMTOP
SLOW = float(os.environ.get("SWARMTOP_SLOW", "10" if WRAP else "3" if ASAN else "1"))  # factor on every timeout
PATIENCE = 3  # and on what is only waited for: on a busy machine everything takes its time, and nobody measures it

sys.path.insert(0, HERE)
# Shells start what runs in the background with this one ignored, and so would be all that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)

# ---- TAP -----------------------------------------------------------------------------------------------------------

tally = {"run": 0, "failed": 0}


def note(text):
    print("\n".join("# " + line for line in str(text).splitlines()), flush=True)


def ok(what, name, why=None):
    tally["run"] += 1
    tally["failed"] += not what
    print("%sok %d - %s" % ("" if what else "not ", tally["run"], name.replace("#", "")), flush=True)
    if not what:
        frame = sys._getframe(1)
        while frame.f_back and frame.f_code.co_filename in (__file__, contextlib.__file__):
            frame = frame.f_back
        note("at %s:%d" % (os.path.basename(frame.f_code.co_filename), frame.f_lineno))
        if why is not None:
            note(why)
    return bool(what)


def same(got, want, name):
    return ok(got == want, name, "  got %r\n want %r" % (got, want))


def like(text, pattern, name):
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return ok(re.search(pattern, text), name, "no /%s/ in:\n%s" % (pattern, text[:1000]))


def skip(name, why):
    tally["run"] += 1
    print("ok %d - %s # SKIP %s" % (tally["run"], name, why), flush=True)


def main(*stories):
    """Runs each story; an exception in one is a failed test and not the end of the others."""
    if not os.access(SWARMTOP, os.X_OK):
        print("1..1\nnot ok 1 - there is no %s" % os.path.relpath(SWARMTOP), flush=True)
        sys.exit(1)
    sys.exit(tell(*stories))


@contextlib.contextmanager
def part(name):
    """A part of a story that fails by itself: an exception in it is a failed test."""
    try:
        yield
    except Exception as error:
        ok(False, name + " runs to its end", "%s: %s" % (type(error).__name__, error))
        note(traceback.format_exc())


def tell(*stories):
    wanted = sys.argv[1:]
    for story in stories:
        if wanted and story.__name__ not in wanted:
            continue
        note("%s: %s" % (story.__name__, story.__doc__ or ""))
        with part(story.__name__):
            story()
    print("1..%d" % tally["run"], flush=True)
    return 1 if tally["failed"] else 0


def wait_until(condition, timeout=10, what="it"):
    """Polls until condition() is true and returns what it returned; TimeoutError else."""
    end = time.monotonic() + timeout * SLOW * PATIENCE
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            raise TimeoutError("waited %g s for %s" % (timeout * SLOW * PATIENCE, what))
        time.sleep(0.01)


def siphash13(text):
    """SipHash-1-3 with a key of zeros, as src/base/map.c has it."""
    words = len(text) // 8 * 8
    last = len(text) % 256 << 56 | int.from_bytes(text[words:], "little")
    v = [0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261, 0x7465646279746573]

    def half(a, b, c, d, left, right):
        def turn(x, by):
            return (x << by | x >> 64 - by) & (1 << 64) - 1
        v[a], v[c] = (v[a] + v[b]) & (1 << 64) - 1, (v[c] + v[d]) & (1 << 64) - 1
        v[b], v[d] = turn(v[b], left) ^ v[a], turn(v[d], right) ^ v[c]
        v[a] = turn(v[a], 32)

    def mix():
        half(0, 1, 2, 3, 13, 16)
        half(2, 1, 0, 3, 17, 21)

    for word in [*(int.from_bytes(text[at:at + 8], "little") for at in range(0, words, 8)), last]:
        v[3] ^= word
        mix()
        v[0] ^= word
    v[2] ^= 0xff
    for _ in range(3):
        mix()
    return v[0] ^ v[1] ^ v[2] ^ v[3]


# ---- the sandbox ---------------------------------------------------------------------------------------------------


class Sandbox:
    """A home of its own: HOME, XDG folders, a working directory; gone at the end."""

    def __enter__(self):
        self.home = tempfile.mkdtemp(prefix="swarmtop-test.")
        # No shell may write its history when the home is gone already.
        self.env = {"HOME": self.home, "PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C.UTF-8",
                    "TERM": "xterm-256color", "HISTFILE": "/dev/null"}
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            self.env["XDG_%s_HOME" % name] = self.path(name.lower())
            os.mkdir(self.path(name.lower()))
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        return self

    def __exit__(self, *error):
        shutil.rmtree(self.home, ignore_errors=True)
        for ledger in self.ledgers():
            os.unlink(ledger)

    def ledgers(self):
        """What was sent to DHT nodes lately, src/core/shared.c: in memory, but with a name of its own for each state folder."""
        what = self.path("state", "swarmtop", "dht-ledger-1")
        return glob.glob("/dev/shm/swarmtop-*-%016x" % siphash13(os.path.realpath(what).encode()))

    def path(self, *names):
        return os.path.join(self.home, *names)

    def write(self, name, text, mode=0o600):
        """Writes a file under the home and returns its path."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def config(self, text, mode=0o600):
        """Writes the configuration file at its usual place."""
        return self.write("config/swarmtop/config.toml", text, mode)

    def run(self, *args, **options):
        return run(self, *args, **options)

    def start(self, *args, **options):
        return Program(self, *args, **options)

    def screen(self, *args, **options):
        return Screen(self, *args, **options)


def command(args, wrap=()):
    return [*wrap, *WRAP, SWARMTOP] + [str(arg) for arg in args]


def without_geo_hints(message):
    return "".join(line for line in message.splitlines(True) if not re.search("(?i)geoip|geo database|mmdb", line))


class Result:
    """How a run ended: code (negative: by that signal), out and err as bytes, seconds, peak_kib."""

    def __init__(self, code, out, err, seconds, peak_kib):
        self.code, self.out, self.err, self.seconds, self.peak_kib = code, out, err, seconds, peak_kib

    @property
    def text(self):
        return self.out.decode("utf-8", "replace")

    @property
    def message(self):
        return self.err.decode("utf-8", "replace")

    @property
    def said(self):
        """stderr without the hints about the geo database, which depend on the day and the machine."""
        return without_geo_hints(self.message)

    @property
    def records(self):
        """The JSON Lines of stdout; strict about numbers (no NaN)."""
        def refuse(name):
            raise ValueError("%s is no JSON" % name)
        return [json.loads(line, parse_constant=refuse) for line in self.out.splitlines()]

    @property
    def record(self):
        """The only record."""
        records = self.records
        assert len(records) == 1, "want one record, got %d; stderr: %s" % (len(records), self.message)
        return records[0]

    @property
    def state(self):
        return self.record["sources"][0]["state"]


def peak_kib(pid):
    """VmHWM. (ru_maxrss would count the memory of this interpreter, from before exec.)"""
    try:
        with open("/proc/%d/status" % pid) as file:
            match = re.search(r"VmHWM:\s+(\d+)", file.read())
    except OSError:
        return 0
    return int(match[1]) if match else 0


class Program:
    """swarmtop in the background, out of reach of the terminal's Ctrl+C; its outputs are gathered as they come."""

    def __init__(self, sandbox, *args, env=None, stdout=subprocess.PIPE, cwd=None, wrap=()):
        self.began = time.monotonic()
        self.process = subprocess.Popen(command(args, wrap), stdin=subprocess.DEVNULL, stdout=stdout,
                                        stderr=subprocess.PIPE, env={**sandbox.env, **(env or {})}, cwd=cwd or sandbox.home,
                                        start_new_session=True)
        self.pid = self.process.pid
        self.chunks = {"out": [], "err": []}
        self.readers = [threading.Thread(target=self.read, args=pair, daemon=True)
                        for pair in (("out", self.process.stdout), ("err", self.process.stderr)) if pair[1]]
        for reader in self.readers:
            reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()

    def read(self, name, pipe):
        while chunk := pipe.read1(65536):
            self.chunks[name].append(chunk)

    @property
    def out(self):
        return b"".join(self.chunks["out"])

    @property
    def err(self):
        return b"".join(self.chunks["err"])

    @property
    def records(self):
        return [json.loads(line) for line in self.out.split(b"\n")[:-1]]

    def signal(self, number):
        os.kill(self.pid, number)  # it is waited for by finish() alone, so the number stays its own

    def wait_for(self, condition, timeout=10, what="its output"):
        return wait_until(lambda: condition(self), timeout, what)

    def wait_records(self, count, timeout=10):
        return self.wait_for(lambda self: len(self.records) >= count and self.records, timeout, "%d records" % count)

    def finish(self, timeout=10):
        """Waits for its end, kills it after the timeout (then code is None)."""
        end, peak = time.monotonic() + timeout * SLOW * PATIENCE, 0
        while True:
            peak = max(peak, peak_kib(self.pid))
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > end:
                self.process.kill()
                os.waitpid(self.pid, 0)
                status = None
                break
            time.sleep(0.005)
        self.process.returncode = -signal.SIGKILL if status is None else os.waitstatus_to_exitcode(status)
        for reader in self.readers:
            reader.join(30)
        return Result(None if status is None else self.process.returncode, self.out, self.err, time.monotonic() - self.began,
                      peak)


def run(sandbox, *args, timeout=20, **options):
    """Runs swarmtop to its end. wrap: words that are put before it."""
    with Program(sandbox, *args, **options) as program:
        return program.finish(timeout)


# ---- a terminal ----------------------------------------------------------------------------------------------------


class Screen:
    """swarmtop, or another program, on a pseudo-terminal and in a session of its own. `output` is every byte it wrote."""

    def __init__(self, sandbox, *args, cols=80, rows=24, env=None, cwd=None, program=None):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        self.modes = termios.tcgetattr(slave)
        self.process = subprocess.Popen(["setsid", "-c"] + (program or command(args)), stdin=slave, stdout=slave, stderr=slave,
                                        env={**sandbox.env, **(env or {})}, cwd=cwd or sandbox.home)
        self.slave = slave  # kept open: the modes are read after the end
        self.pid, self.output = self.process.pid, b""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for fd in (self.master, self.slave):
            if fd is not None:
                os.close(fd)
        self.master = self.slave = None

    def pump(self, timeout=0.0):
        """Takes what has been written within the timeout; returns it (b"" = nothing)."""
        if not select.select([self.master], [], [], timeout)[0]:
            return b""
        try:
            chunk = os.read(self.master, 65536)
        except OSError:
            chunk = b""
        self.output += chunk
        return chunk

    def wait_text(self, pattern, timeout=10, since=0):
        """Until the text written since (escape sequences removed) matches."""
        end = time.monotonic() + timeout * SLOW * PATIENCE
        while not re.search(pattern, plain_text(self.output[since:])):
            if time.monotonic() > end:
                raise TimeoutError("no /%s/ on the screen: %r" % (pattern, plain_text(self.output[since:])[-600:]))
            self.pump(0.05)
        return self

    def shows(self, view, pattern):
        """Whether it is in the view of that key, drawn anew, since only what changes is written."""
        since = len(self.output)
        self.send(view + "\x0c")
        self.settle()
        return re.search(pattern, plain_text(self.output[since:]))

    def settle(self, quiet=0.2, timeout=5):
        """Until nothing has been written for `quiet` seconds."""
        end = time.monotonic() + timeout * SLOW
        while self.pump(quiet) and time.monotonic() < end:
            pass

    def send(self, keys):
        os.write(self.master, keys.encode() if isinstance(keys, str) else keys)

    def press(self, key, quiet=0.1):
        """A key that changes what is shown, until that is shown."""
        before = len(self.output)
        self.send(key)
        wait_until(lambda: (self.pump(0.05), len(self.output) > before)[1], 10, "an answer to %r" % key)
        self.settle(quiet)

    def resize(self, cols, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def signal(self, number):
        self.process.send_signal(number)

    def answer_ms(self, key, timeout=20):
        """Milliseconds from a key to the first bytes that answer it; None = no answer."""
        while self.pump(0):
            pass
        began = time.monotonic()
        self.send(key)
        chunk, left = b"", timeout * SLOW
        while b"\x1b" not in chunk and left > 0:  # an echo by the terminal itself is no answer
            chunk += self.pump(left)
            left = began + timeout * SLOW - time.monotonic()
        return (time.monotonic() - began) * 1000 if b"\x1b" in chunk else None

    def finish(self, timeout=10):
        """Waits for its end; the exit code, None if it had to be killed."""
        end = time.monotonic() + timeout * SLOW * PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            self.pump(0.02)
        while self.pump(0.05):
            pass
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
            return None
        return self.process.returncode

    @property
    def restored(self):
        """Whether the terminal's modes are what they were."""
        return termios.tcgetattr(self.slave) == self.modes


# ---- the byte scan -------------------------------------------------------------------------------------------------

# What a curses program may send to an xterm: cursor and colour sequences, charset, keypad. No OSC, DCS, APC, PM.
SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()*+][0-9A-B]|[78=>DEHMc])")
FORBIDDEN = {
    "control": re.compile("[\x00-\x08\x0b-\x1f\x7f]"), "C1": re.compile("[\x80-\x9f]"),
    "bidi": re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"),
    "zero-width": re.compile("[\u200b-\u200d\u2060-\u2065\ufeff\u00ad]"), "line separator": re.compile("[\u2028\u2029]"),
    "tag": re.compile("[\U000e0000-\U000e007f]"), "marks": re.compile("[\u0300-\u036f]{2}"),
}


def plain_text(data):
    return SEQUENCE.sub(b"", data).decode("utf-8", "replace")


def scan_text(text):
    return ["%s U+%04X at %d: %r" % (kind, ord(found[0][0]), found.start(), text[max(0, found.start() - 30):found.end() + 10])
            for kind, pattern in FORBIDDEN.items() if (found := pattern.search(text))]


def scan(data, terminal=False):
    """What is in an output and must not be, as a list of texts; [] = clean. `terminal`: escape sequences of curses are fine."""
    if terminal:
        findings = ["the marker sequence"] if b"\x1b[31337m" in data else []
        data = SEQUENCE.sub(b"", data)
        data = data.replace(b"\r", b"").replace(b"\b", b"")
    else:
        findings = []
    try:
        text = codecs.decode(data, "utf-8")
    except UnicodeDecodeError as error:
        findings.append("no UTF-8 at %d: %r" % (error.start, data[max(0, error.start - 30):error.start + 10]))
        text = data.decode("utf-8", "replace")
    return findings + scan_text(text)


def scan_json(data):
    """scan(), and the strings inside after their escapes are undone."""
    findings = scan(data)

    def visit(value):
        if isinstance(value, str):
            findings.extend(scan_text(value))
        elif isinstance(value, list):
            for item in value:
                visit(item)
        elif isinstance(value, dict):
            for pair in value.items():
                visit(list(pair))
    for line in data.splitlines():
        visit(json.loads(line))
    return findings


def clean(data, name, terminal=False, json_lines=False):
    findings = scan_json(data) if json_lines else scan(data, terminal)
    return ok(data and not findings, name, "\n".join(findings[:5]) or "it is empty")


@contextlib.contextmanager
def sandbox():
    with Sandbox() as box:
        yield box
