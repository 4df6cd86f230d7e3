#!/usr/bin/python3
"""With the real daemon under valgrind: no bad access, no use of what was never written, no leak."""
import os
import shutil
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab_test import Lab, make_databases, namespace

LOG = "valgrind.log"
# What valgrind takes for a use of memory may be the runtime of the sanitisers, so one of them at a time.
if "asan" in os.environ.get("SWARMTOP", ""):
    print("1..0 # SKIP the sanitisers are watching already")
    sys.exit(0)
if not shutil.which("valgrind"):
    print("1..0 # SKIP there is no valgrind")
    sys.exit(0)

os.environ["SWARMTOP_WRAP"] = ("valgrind --quiet --error-exitcode=99 --leak-check=full --track-fds=no "
                               "--errors-for-leak-kinds=definite,possible --log-file=" + LOG)
from swarmtop_test import Sandbox, ok, same, tell  # noqa: E402  (it reads SWARMTOP_WRAP)


def clean(box, code, name):
    """Exit 0, and not a word from valgrind."""
    with open(box.path(LOG), errors="replace") as file:
        text = file.read()
    ok(code == 0 and not text, name + ": clean", "exit %s\n%s" % (code, text[:4000]))


def records(lab, box, geo):
    """--once --json --peers, CSV, plain"""
    for more in (["--json", "--peers"], ["--csv", "--peers"], ["--peers"]):
        result = box.run("-u", lab.daemon.url, "--once", *geo, *more)
        ok(lab.cast["hetzner"].address in result.text, more[0] + ": it has looked")
        clean(box, result.code, more[0])


def history(lab, box, geo):
    """recorded twice, shown, forgotten"""
    for args in (["-u", lab.daemon.url, "-n", "2", "-r", "1", "--record", "--json", *geo],
                 ["-u", lab.daemon.url, "--once", "--record", "--json", *geo], ["history", "--by", "peer"],
                 ["history", "--json"], ["history", "--by", "hour", "--csv", "--since", "1d"], ["history", "--forget"]):
        result = box.run(*args)
        clean(box, result.code, " ".join(one for one in args if one.startswith("-") or one == "history"))


def dashboard(lab, box, geo):
    """some polls on a terminal, every view, a filter, a daemon that dies"""
    with box.screen("-u", lab.daemon.url, "-r", 1, *geo, cols=110, rows=30) as screen:
        screen.wait_text("8 torrents|3 torrents", 20)
        for keys in ("2", "3", "a", "4", "5", "a", "6", "7", "m", "m", "n", "?", "?", "2", "/country=DE\r", "\r", "\x1b", "s", "r", "x", "w", "1"):
            before = len(screen.output)
            screen.press(keys, 0.2)
            ok(len(screen.output) > before, "%r is answered" % keys)
        screen.resize(20, 5)
        screen.signal(signal.SIGWINCH)
        screen.settle(0.3)
        screen.resize(200, 60)
        screen.signal(signal.SIGWINCH)
        screen.settle(0.3)
        before = len(screen.output)
        lab.daemon.kill()
        screen.wait_text("(?i)no connection|unreachable", 20, since=before)
        screen.send("\x03")
        clean(box, screen.finish(30), "the dashboard")
        ok(screen.restored, "the terminal is as it was")


def nobody(lab, box, geo):
    """nobody answers: exit 69"""
    result = box.run("-u", lab.daemon.url, "--once", "--json", *geo)
    same(result.code, 69, "exit 69, not valgrind's 99")
    clean(box, 0, "nobody")


def story_of(part, *args):
    def told():
        part(*args)
    told.__name__, told.__doc__ = part.__name__, part.__doc__
    return told


def main():
    namespace.enter()
    with Lab(8) as lab, Sandbox() as box:
        databases = make_databases(box.path("geo"))
        geo = ["-g", databases["city"], "-g", databases["asn"]]
        return tell(*(story_of(part, lab, box, geo) for part in (records, history, dashboard, nobody)))


if __name__ == "__main__":
    sys.exit(main())
