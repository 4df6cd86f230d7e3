#!/usr/bin/python3
"""Hostile client names, torrent names, versions and error texts: none reaches any output as it is. A byte scan of each."""
import csv
import dataclasses
import glob
import io
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_daemon import HOSTILE, FakeDaemon, hostile_world
from swarmtop_test import clean, like, main, ok, part, same, sandbox, scan_text

CLIENT_COLS, TORRENT_COLS = 64, 200  # caps of include/base/text.h
BAD_TEXT = "\x1b[31337m\x07\u202e\u200b\x9b31337m\n\r" + "y" * 5000


def host_port(daemon):
    return "127.0.0.1:%d" % daemon.port


def records():
    """--plain, --json, --csv with and without --peers, in both dialects"""
    for dialect in ("3.00", "4.1"):
        with sandbox() as box, FakeDaemon(hostile_world(), dialect) as daemon:
            for form in (["--plain"], ["--plain", "--peers"], ["--plain", "--color", "always"], ["--json"], ["--json", "--peers"],
                         ["--csv"], ["--csv", "--peers"]):
                result = box.run("-u", host_port(daemon), "--once", *form)
                name = "%s %s" % (dialect, " ".join(form))
                same(result.code, 0, name + ": exit 0")
                clean(result.out, name + ": clean", terminal="always" in form, json_lines="--json" in form)
                same(result.said, "", name + ": not a word on stderr")
                ok(len(result.out) < 200000, name + ": 256 KiB of name are cut", len(result.out))


def peers_kept():
    """The names are cleaned, not dropped: every peer is there, one line each"""
    with sandbox() as box, FakeDaemon(hostile_world(), "4.1") as daemon:
        record = box.run("-u", host_port(daemon), "--once", "--json", "--peers").record
        same((len(record["peers"]), record["sources"][0]["state"]), (2 * len(HOSTILE), "ok"), "every peer is in the record")
        clients = [one["client"] for one in record["peers"] if one["client"]]
        ok(max(map(len, clients)) <= CLIENT_COLS, "client names are at most %d long" % CLIENT_COLS)
        ok(any("31337" in client for client in clients), "what is harmless in them is kept", clients[:5])
        result = box.run("-u", host_port(daemon), "--once", "--csv", "--peers")
        rows = list(csv.reader(io.StringIO(result.text, newline="")))
        same(len(rows), 1 + 2 * len(HOSTILE), "CSV: one row each, a newline in a name makes none")
        same({len(row) for row in rows}, {len(rows[0])}, "CSV: every row has the header's columns")
        ok(b"\r" not in result.out, "CSV: LF only")
        formulas = [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@") or (cell[:1] == "-" and not number(cell)
                                                                                             and cell != "--")]
        same(formulas, [], "CSV: no cell is a formula")
        ok(any(cell.startswith("'=cmd()") for row in rows for cell in row), "CSV: =cmd() is kept behind an apostrophe")


def number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def messages():
    """Foreign texts in messages: the failure that the daemon reports, its version"""
    for dialect, name in (("3.00", "no-success"), ("4.1", "rpc-error")):
        with sandbox() as box, FakeDaemon(hostile_world(), dialect) as daemon:
            daemon.failure_text = "bad " + BAD_TEXT
            daemon.fail(name)
            result = box.run("-u", host_port(daemon), "--once", "--json", "--log-level", "debug")
            same(result.code, 69, name + ": exit 69")
            clean(result.err, name + ": stderr is clean")
            clean(result.out, name + ": the record is clean", json_lines=True)
            ok(len(result.err) < 20000, name + ": a long text is cut", len(result.err))
    with sandbox() as box, FakeDaemon(hostile_world()) as daemon:
        daemon.dialect = dataclasses.replace(daemon.dialect, version=BAD_TEXT)
        for form in ("--plain", "--json"):
            clean(box.run("-u", host_port(daemon), "--once", form).out, "a hostile version, " + form, json_lines=form == "--json")
    with sandbox() as box:
        for argument in ("-u", "-t", "--set", "-c", "-g", "--" + BAD_TEXT[:20]):
            result = box.run(argument, "http://127.0.0.1:1/\x1b[31337m\u202e", "--once", timeout=10)
            ok(result.code != 0 and b"\x1b" not in result.err and "\u202e" not in result.message,
               "an argument is not echoed raw: " + ascii(argument), result.err[:200])


def screen():
    """Every view of the dashboard, its filter, details and help; the saved screen; the log"""
    for dialect, term in (("3.00", "xterm-256color"), ("4.1", "xterm-256color"), ("4.1", "vt100")):
        with part(dialect + term), sandbox() as box, FakeDaemon(hostile_world(), dialect) as daemon:
            log = box.path("log")
            with box.screen("-u", host_port(daemon), "-r", 0.5, "--log-level", "debug", "--set", "log.file=" + log,
                            cols=160, rows=50, env={"TERM": term}) as screen:
                screen.wait_text("(?i)countries")
                for keys in "1234567":
                    screen.send(keys)
                    screen.settle(0.1)
                    if keys in "2356":
                        for more in ("s", "\r", "\x1b", "G", "g", "/cmd\r", "/\x15\r", "x", "x"):
                            screen.send(more)
                            screen.settle(0.05)
                    screen.send("w")
                    screen.settle(0.1)
                screen.send("?")
                screen.settle(0.1)
                screen.send("\x1b")
                screen.settle(0.3)
                screen.send("q")
                same(screen.finish(), 0, "%s %s: q, exit 0" % (dialect, term))
                seen = screen.output
            name = "%s %s: " % (dialect, term)
            if term == "xterm-256color":
                clean(seen, name + "what went to the terminal", terminal=True)
            for marker in (b"\x1b[31337m", b"\x1b]", b"\xc2\x9b", b"\xc2\x9d", "\u202e".encode(), "\u200b".encode(),
                           b"\x9b31337"):
                ok(marker not in seen, name + "no %s on the terminal" % ascii(marker))
            saved = glob.glob(box.path("swarmtop-*.txt"))
            ok(saved, name + "w saved the screen")
            for path in saved:
                with open(path, "rb") as file:
                    clean(file.read(), name + "the saved screen " + os.path.basename(path))
            if os.path.exists(log):
                with open(log, "rb") as file:
                    findings = scan_text(file.read().decode("utf-8", "strict"))
                same(findings, [], name + "the log")


def log():
    """The log on stderr at its most talkative"""
    with sandbox() as box, FakeDaemon(hostile_world(), "4.1") as daemon:
        daemon.fail("html-200", on="table", polls={2})
        result = box.run("-u", host_port(daemon), "-n", 3, "-r", 0.3, "--plain", "--log-level", "debug")
        same(result.code, 0, "exit 0")
        clean(result.err, "stderr is clean")
        like(result.message, ".", "and not empty")


if __name__ == "__main__":
    main(records, peers_kept, messages, screen, log)
