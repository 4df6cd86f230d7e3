#!/usr/bin/python3
"""`swarmtop config` as a user meets it: --check, --print, --example, and the exit status."""
import os
import subprocess
import sys
import tempfile

SWARMTOP = os.environ.get("SWARMTOP", "build/swarmtop")
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
results = []


def ok(what, name, *why):
    results.append(bool(what))
    print("%sok %d - %s" % ("" if what else "not ", len(results), name))
    for line in why if not what else ():
        print("#   %r" % (line,))


def run(*args, **variables):
    env = {"HOME": home, "TZ": "UTC", "LC_ALL": "C.UTF-8", **variables}
    return subprocess.run([SWARMTOP, "config", *args], env=env, capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL)


def write(text, mode=0o644):
    path = os.path.join(home, "config.toml")
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def check():
    path = write("[monitor]\nrefresh = 5\n")
    done = run("--check", "-c", path)
    ok((done.returncode, done.stdout, done.stderr) == (0, path + ": ok\n", ""), "a good file is ok", done)
    write("[monitor]\nrefesh = 5\nremember = 1\n")
    done = run("--check", "-c", path)
    ok((done.returncode, done.stdout) == (78, ""), "a bad one exits 78", done)
    ok(done.stderr.splitlines() == [
        path + ':2:1: unknown key "refesh" in [monitor]; did you mean "refresh"?',
        path + ":3:12: remember must be from 1000 to 10000000"], "with all that is wrong", done.stderr)
    write('[[transmission]]\npassword = "hunter2"\n', 0o644)
    done = run("--check", "-c", path)
    ok(done.returncode == 78 and "chmod 600" in done.stderr, "a password that others may read exits 78", done)
    done = run("--check", "-c", home + "/none")
    ok(done.returncode == 78 and "No such file" in done.stderr, "and so does a file that is not there", done)


def list_of_databases():
    path = write('[filter]\nlists = ["own=/x.mmdb"]\n')
    done = run("--check", "-c", path)
    ok(done.returncode == 78 and done.stderr.startswith(path + ":2:9: lists ") and "its tags itself" in done.stderr,
       "a tag before a database, which has its own, is a mistake", done)
    start = subprocess.run([SWARMTOP, "--once", "-c", path, "-u", "127.0.0.1:1"], capture_output=True, text=True,
                           env={"HOME": home}, timeout=30, stdin=subprocess.DEVNULL)
    ok((start.returncode, start.stderr.rstrip().split(": ", 1)[-1]) == (78, done.stderr.rstrip()),
       "which the start refuses as well", start)


def printed():
    path = write('[[transmission]]\nurl = "nas"\npassword = "hunter2"\n', 0o600)
    done = run("--print", "-c", path, "--set", "log.level=debug", SWARMTOP_MONITOR_REFRESH="2.5")
    ok(done.returncode == 0 and "refresh = 2.5\n" in done.stdout and 'level = "debug"\n' in done.stdout,
       "--print shows all sources", done)
    ok("hunter2" not in done.stdout + done.stderr and 'password = "***"' in done.stdout, "but no password", done)


def example():
    with open(os.path.join(TOP, "config.example.toml")) as file:
        ok(run("--example").stdout == file.read(), "--example is config.example.toml")
    path = write(run("--example").stdout)
    ok(run("--check", "-c", path).returncode == 0, "and a good config")


def usage():
    for args in ([], ["--check", "--print"], ["--check", "x"], ["--chekc"], ["--set"]):
        done = run(*args)
        ok(done.returncode == 2 and done.stderr.endswith("try swarmtop config --help\n"), "usage: %r exits 2" % args, done)
    done = run("--help")
    ok(done.returncode == 0 and done.stdout.startswith("usage: swarmtop config --check"), "--help exits 0", done)
    ok(all(len(line) <= 80 for line in done.stdout.splitlines()), "within 80 columns")
    ok(run("--version").stdout.startswith("swarmtop "), "--version")
    with open("/dev/full", "w") as full:
        done = subprocess.run([SWARMTOP, "config", "--example"], stdout=full, timeout=30)
    ok(done.returncode == 1, "a full disk exits 1", done)


with tempfile.TemporaryDirectory() as home:
    check()
    list_of_databases()
    printed()
    example()
    usage()
print("1..%d" % len(results))
sys.exit(not all(results))
