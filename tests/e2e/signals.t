#!/usr/bin/python3
"""Signals, closed pipes, a reopened output, secrets, and the exits of a bad configuration."""
import base64
import fcntl
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_daemon import FakeDaemon, random_world, small_world
from swarmtop_test import (SLOW, command, like, main, note, ok, part, plain_text, same, sandbox, wait_until,
                           without_geo_hints)

SECRET = "s3cret-Pa55"
F_SETPIPE_SZ = 1031


def host_port(daemon):
    return "127.0.0.1:%d" % daemon.port


def titles(text):
    """How many blocks a plain output has: by the line of the total."""
    return len(re.findall(r"(?im)^ *total sightings", text))


def summary_once():
    """SIGINT, SIGTERM: the summary exactly once, exit 0"""
    for number in (signal.SIGINT, signal.SIGTERM):
        with sandbox() as box, FakeDaemon(small_world()) as daemon:
            with box.start("-u", host_port(daemon), "--plain") as program:
                program.wait_for(lambda self: titles(self.out.decode()) == 1 and daemon.count("peers", 200) and self.out)
                time.sleep(0.1)
                program.signal(number)
                result = program.finish()
            same((result.code, result.said), (0, ""), "%s: exit 0, no word" % number.name)
            same(titles(result.text), 2, "%s: one block for the poll, one summary" % number.name)
            ok(result.text.endswith("\n"), "%s: it ends with a line end" % number.name)
            with box.start("-u", host_port(daemon), "--json") as program:
                program.wait_records(1)
                program.signal(number)
                result = program.finish()
            same((result.code, len(result.records)), (0, 1), "%s with --json: records only" % number.name)


def summary_on_terminal():
    """Ctrl+C, SIGTERM and q on the dashboard: terminal restored, summary once, below the restored screen"""
    ways = {"Ctrl+C": lambda screen: screen.send("\x03"), "SIGINT": lambda screen: screen.signal(signal.SIGINT),
            "SIGTERM": lambda screen: screen.signal(signal.SIGTERM), "q": lambda screen: screen.send("q")}
    for name, way in ways.items():
        with part(name), sandbox() as box, FakeDaemon(small_world()) as daemon:
            with box.screen("-u", host_port(daemon)) as screen:
                screen.wait_text("(?i)countries").wait_text("6")
                screen.settle()
                way(screen)
                same(screen.finish(), 0, name + ": exit 0")
                ok(screen.restored, name + ": the terminal's modes are what they were")
                before, left, after = screen.output.rpartition(b"\x1b[?1049l")
                ok(left, name + ": it left the alternate screen")
                text = plain_text(after)
                like(text, r"\b6\b", name + ": the summary is below")
                same(titles(text), 1, name + ": once")
                like(before[-300:] + left + after, r"\x1b\[\?25h|\x1b\[34h", name + ": the cursor is back")


def interrupt_in_every_state():
    """Ctrl+C while it connects, waits for an answer, backs off: exit 0 at once"""
    states = {"silence-accept": "any", "silence": "table", "silence-headers": "peers", "500": "any", "401": "any"}
    for name, phase in states.items():
        with part(name), sandbox() as box, FakeDaemon(small_world()) as daemon:
            daemon.fail(name, on=phase)
            with box.start("-u", host_port(daemon), "--plain") as program:
                wait_until(lambda: daemon.connections and (name == "silence-accept" or daemon.count()), 10, "a request")
                began = time.monotonic()
                program.signal(signal.SIGINT)
                result = program.finish(20)
            same(result.code, 0, name + ": exit 0")
            ok(time.monotonic() - began < 8 * SLOW, name + ": at once", "%.2f s" % (time.monotonic() - began))


def second_interrupt():
    """A second Ctrl+C within 2 s ends it at once with 130, when the first one still waits (for a reader that does not read)"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        reader, writer = os.pipe()
        fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
        with box.start("-u", host_port(daemon), "-r", 0.1, "--plain", stdout=writer) as program:
            os.close(writer)
            wait_until(lambda: daemon.count("table", 200) >= 20 or program.process.poll() is not None, 20, "a full pipe")
            pressed = time.monotonic()
            program.signal(signal.SIGINT)
            time.sleep(0.3)  # not a wait for something: the pause between two key presses
            alive = os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
            while alive:
                program.signal(signal.SIGINT)
                before, pressed = pressed, time.monotonic()
                if pressed - before < 1.5:  # else this test was held up, and it may count as a first one
                    break
            began = time.monotonic()
            result = program.finish()
        note("the first one %s" % ("was still waiting" if alive else "had ended it"))
        same(result.code, 130 if alive else 0, "exit %d" % (130 if alive else 0))
        ok(time.monotonic() - began < 5 * SLOW, "at once")
        os.close(reader)


def closed_pipe():
    """| head -1: a quiet end, exit 0"""
    for form in ("--plain", "--json", "--csv"):
        with part(form), sandbox() as box, FakeDaemon(small_world()) as daemon:
            got = subprocess.run(["bash", "-c", '"$@" | head -1; echo "code ${PIPESTATUS[0]}" >&2', "-"]
                                 + command(["-u", host_port(daemon), "-r", "0.1", form]),
                                 env=box.env, capture_output=True, text=True, timeout=20 * SLOW, cwd=box.home)
            same((without_geo_hints(got.stderr), got.stdout.count("\n")), ("code 0\n", 1), form + " | head -1")
            got = subprocess.run(["bash", "-c", '"$@" >&-', "-"] + command(["-u", host_port(daemon), "--once", form]),
                                 env=box.env, capture_output=True, text=True, timeout=20 * SLOW, cwd=box.home)
            ok(got.returncode in (0, 1), form + " with stdout closed from the start", got)


def stuck_reader():
    """A reader that does not read stops no poll"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        reader, writer = os.pipe()
        fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
        with box.start("-u", host_port(daemon), "-r", 0.1, "--json", stdout=writer) as program:
            os.close(writer)
            wait_until(lambda: daemon.count("table", 200) >= 60, 30, "sixty polls though nobody reads")
            ok(True, "it goes on polling")
            os.close(reader)
            same(program.finish().code, 0, "and ends quietly when the pipe is closed")


def slow_reader():
    """With --once the whole record is delivered, however slow the reader"""
    with sandbox() as box, FakeDaemon(random_world(2000, 5)) as daemon:
        got = subprocess.run(["bash", "-c", '"$@" | (sleep 1; wc -l -c)', "-"]
                             + command(["-u", host_port(daemon), "--once", "--json", "--peers"]),
                             env=box.env, capture_output=True, text=True, timeout=60 * SLOW, cwd=box.home)
        lines, size = (int(n) for n in got.stdout.split())
        ok(lines == 1 and size > 4 * 65536, "one whole line, much more than a pipe holds", got)


def full_disk():
    """What cannot be written is said, and the exit is 1"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        for args in (["--once", "--json"], ["-n", "2", "-r", "0.1", "--csv"]):
            result = box.run("-u", host_port(daemon), *args, "-o", "/dev/full")
            same(result.code, 1, " ".join(args) + ": exit 1")
            like(result.message, "cannot write to /dev/full: No space left on device", "and why")


def stop_and_go():
    """Ctrl+Z where no shell could wake it does nothing; SIGCONT brings the picture back"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        with box.screen("-u", host_port(daemon)) as screen:
            screen.wait_text("(?i)countries")
            screen.settle()
            since = len(screen.output)
            screen.send("\x1a")
            screen.send("2")
            screen.wait_text("(?i)address", since=since)
            screen.send("q")
            same(screen.finish(), 0, "it still answers keys, and quits")


def reopen_output():
    """SIGHUP after logrotate: the records go to the new file"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        path, old = box.path("out.jsonl"), box.path("out.jsonl.1")

        def lines(name):
            try:
                with open(name) as file:
                    return file.read().count("\n")
            except FileNotFoundError:
                return 0
        with box.start("-u", host_port(daemon), "-r", 0.2, "--json", "-o", path) as program:
            wait_until(lambda: lines(path) >= 2, 10, "two records")
            os.rename(path, old)
            program.signal(signal.SIGHUP)
            wait_until(lambda: lines(path) >= 2, 10, "two records in the new file")
            kept = lines(old)
            wait_until(lambda: lines(path) >= 4, 10, "two more")
            same(lines(old), kept, "nothing more in the old one")
            program.signal(signal.SIGTERM)
            result = program.finish()
        same((result.code, result.out), (0, b""), "exit 0, nothing on stdout")
        before = lines(path)
        box.run("-u", host_port(daemon), "--once", "--json", "-o", path)
        same(lines(path), before + 1, "an existing file is appended to")
        ok(box.run("-u", host_port(daemon), "--once", "-o", "/nonexistent/x").code not in (0, None), "a bad path is an error")


def reload_config():
    """SIGHUP: a good new configuration is taken, a bad one is refused with a word and the old one kept"""
    entry = '[[transmission]]\nname = "%s"\nurl = "%s"\n'
    with sandbox() as box, FakeDaemon(small_world()) as one, FakeDaemon(small_world()) as two:
        box.config("monitor.refresh = 0.3\n" + entry % ("one", one.url))
        with box.start("--json") as program:
            program.wait_records(2)
            box.config("monitor.refresh = 0.3\n" + entry % ("one", one.url) + entry % ("two", two.url))
            program.signal(signal.SIGHUP)
            program.wait_for(lambda self: [source["name"] for source in self.records[-1]["sources"]] == ["one", "two"]
                             and [source["state"] for source in self.records[-1]["sources"]] == ["ok", "ok"], 10, "two sources")
            ok(True, "a second daemon is taken up")
            ok(program.records[-1]["sightings"] > program.records[0]["sightings"], "the tables are kept")
            box.config("monitor.refresh = 0.3\nnonsense = [\n" + entry % ("three", one.url))
            program.signal(signal.SIGHUP)
            program.wait_for(lambda self: self.err, 10, "a message")
            count = len(program.records)
            program.wait_records(count + 2)
            same([source["name"] for source in program.records[-1]["sources"]], ["one", "two"], "a bad one: the old one is kept")
            like(program.err, r"config\.toml", "the message names the file")
            program.signal(signal.SIGTERM)
            same(program.finish().code, 0, "exit 0")


def login_after_reload():
    """401 stops; a new login in the configuration and SIGHUP start again"""
    entry = '[monitor]\nrefresh = 0.3\n[[transmission]]\nname = "a"\nurl = "%s"\nusername = "u"\npassword = "%s"\n'
    with sandbox() as box, FakeDaemon(small_world(), login=("u", "right")) as daemon:
        box.config(entry % (daemon.url, "wrong"))
        with box.start("--json") as program:
            program.wait_for(lambda self: self.records and self.records[-1]["sources"][0]["state"] == "refused", 10, "refused")
            box.config(entry % (daemon.url, "right"))
            program.signal(signal.SIGHUP)
            program.wait_for(lambda self: self.records[-1]["sources"][0]["state"] == "ok", 10, "ok")
            ok(daemon.bad_logins <= 3, "at most three bad logins", daemon.bad_logins)
            program.signal(signal.SIGTERM)
            same(program.finish().code, 0, "exit 0")


def reload_keeps():
    """SIGHUP without a change: an id stays the torrent that it named, and a refused login is not tried again"""
    def addresses(program):
        return sorted(one["address"] for one in program.records[-1]["peers"] if one["connected"])

    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        with box.start("-u", host_port(daemon), "-r", "0.3", "-t", "1", "--json", "--peers") as program:
            program.wait_records(2)
            first = addresses(program)
            same(len(first), 4, "torrent 1 has four addresses")
            daemon.restart()
            program.signal(signal.SIGHUP)
            count = len(program.records)
            program.wait_for(lambda self: len(self.records) > count + 2
                             and self.records[-1]["sources"][0]["state"] == "ok", 15, "records after it")
            same(addresses(program), first, "after a restart and SIGHUP it is the same torrent")
            program.signal(signal.SIGTERM)
            same(program.finish().code, 0, "exit 0")
    with sandbox() as box, FakeDaemon(small_world(), login=("u", "right")) as daemon:
        with box.start("-u", host_port(daemon), "-r", "0.3", "--json") as program:
            program.wait_for(lambda self: self.records and self.records[-1]["sources"][0]["state"] == "refused", 10, "refused")
            asked = daemon.count()
            program.signal(signal.SIGHUP)
            count = len(program.records)
            program.wait_records(count + 3)
            same(daemon.count(), asked, "a refused daemon is left alone")
            program.signal(signal.SIGTERM)
            program.finish()


def no_core():
    """A program that crashes leaves no core: logins are in its memory"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        with box.start("-u", host_port(daemon), "-r", "0.3", "--json") as program:
            program.wait_records(1)
            with open("/proc/%d/limits" % program.process.pid) as limits:
                core = [line for line in limits if line.startswith("Max core file size")][0]
            same(core.split()[4:6], ["0", "0"], "the limit of core files is 0")
            program.signal(signal.SIGTERM)
            program.finish()


def terminal_gone():
    """The terminal is closed: it ends, exit 0"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        with box.screen("-u", host_port(daemon)) as screen:
            screen.wait_text("(?i)countries")
            os.close(screen.slave)
            os.close(screen.master)
            screen.master = screen.slave = None
            try:
                code = screen.process.wait(12 * SLOW)
            except subprocess.TimeoutExpired:
                code = None
            same(code, 0, "exit 0")


def secrets():
    """A password is nowhere: not in /proc/PID/cmdline, the log, the records, config --print"""
    with sandbox() as box, FakeDaemon(small_world(), login=("user17", SECRET)) as daemon:
        path = box.config('[monitor]\nrefresh = 0.3\n[[transmission]]\nname = "a"\nurl = "%s"\nusername = "user17"\n'
                          'password = "%s"\n' % (daemon.url, SECRET))
        log = box.path("log")
        hidden = [SECRET.encode(), base64.b64encode(b"user17:" + SECRET.encode())]
        with box.start("--json", "--log-level", "debug", "--set", "log.file=" + log) as program:
            program.wait_records(2)
            with open("/proc/%d/cmdline" % program.pid, "rb") as file:
                seen = {"cmdline": file.read()}
            daemon.login = ("user17", "other")
            daemon.restart()
            program.wait_for(lambda self: self.records[-1]["sources"][0]["state"] == "refused", 10, "refused")
            program.signal(signal.SIGTERM)
            result = program.finish()
        seen.update({"stdout": result.out, "stderr": result.err})
        if os.path.exists(log):
            with open(log, "rb") as file:
                seen["the log"] = file.read()
        printed = box.run("config", "--print")
        same(printed.code, 0, "config --print: exit 0")
        like(printed.out, "user17", "config --print shows the user")
        seen["config --print"] = printed.out + printed.err
        daemon.login = ("user17", SECRET)
        seen["TR_AUTH"] = box.run("-u", host_port(daemon), "--once", "--json", "--log-level", "debug", "-c", path,
                                  env={"TR_AUTH": "user17:" + SECRET}).err
        for name, data in seen.items():
            ok(not any(text in data for text in hidden), "no password in " + name)
        result = box.run("-u", "http://user17:%s@%s/transmission/rpc" % (SECRET, host_port(daemon)), "--once", "--json")
        ok(not any(text in result.out + result.err for text in hidden), "nor where it was given in a URL", result.message)


def bad_config():
    """A config that others can read and that holds a password: 78; so are an unknown key and broken TOML"""
    with sandbox() as box, FakeDaemon(small_world()) as daemon:
        entry = '[[transmission]]\nname = "a"\nurl = "%s"\n' % daemon.url
        path = box.config(entry + 'username = "u"\npassword = "p"\n', 0o644)
        result = box.run("--once", "--json")
        same((result.code, result.out, daemon.count()), (78, b"", 0), "0644 with a password: exit 78, nothing sent")
        like(result.message, re.escape(path), "the message names the file")
        like(result.message, r"chmod|0?600", "and what to do")
        os.chmod(path, 0o640)
        same(box.run("--once").code, 78, "0640 too")
        os.chmod(path, 0o600)
        same(box.run("--once", "--json").code, 0, "0600 is fine")
        box.config(entry, 0o644)
        same(box.run("--once", "--json").code, 0, "0644 without a password is fine")
        box.config(entry + "\n[monitor]\nrefesh = 3\n")
        result = box.run("--once")
        same(result.code, 78, "an unknown key: exit 78")
        like(result.message, r"config\.toml:6\b.*refesh.*refresh|config\.toml.*6.*refesh(.|\n)*refresh",
             "the message names file, line and the nearest key")
        for text in ("monitor = [", "[monitor]\nrefresh = 0.01\n", "[monitor]\nrefresh = \"x\"\n", "\xff"):
            box.config(text)
            same(box.run("--once").code, 78, "exit 78 for " + ascii(text))
        same(box.run("--once", "-c", box.path("none.toml")).code, 78, "a named config that is not there: exit 78")


def usage():
    """--help, --version, unknown options"""
    with sandbox() as box:
        for argument in ("--help", "--version"):
            result = box.run(argument)
            ok(result.code == 0 and result.out and not result.err, argument + ": exit 0, on stdout")
        for arguments in (["--nonsense"], ["nonsense"], ["-n", "0"], ["-n", "x"], ["-r", "0.01"], ["-r", "nan"],
                          ["--json", "--csv"], ["--set", "nonsense"], ["-u"]):
            result = box.run(*arguments, timeout=5)
            ok(result.code in (2, 78) and result.err and not result.out, " ".join(arguments) + ": a usage error", result.message)


if __name__ == "__main__":
    main(summary_once, summary_on_terminal, interrupt_in_every_state, second_interrupt, closed_pipe, stuck_reader, slow_reader,
         full_disk, stop_and_go, reopen_output, reload_config, login_after_reload, reload_keeps, terminal_gone, no_core, secrets, bad_config, usage)
