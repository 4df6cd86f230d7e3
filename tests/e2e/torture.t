#!/usr/bin/python3
"""Memory that ends at any moment in our own code, and calls of the system that fail: each command says so and exits, or
does without; it never crashes, and the store is sound afterwards."""
import errno
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]

import namespace

namespace.enter()

from fake_daemon import FakeDaemon, small_world
from swarmtop_test import ASAN, main, ok, same, sandbox, skip
from torrents import metainfo

TRIES = 120  # of a command, spread over all of its allocations or calls
LAB = os.path.join(os.path.dirname(HERE), "lab")


def library(box, name):
    path = box.path(name + ".so")
    subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "-o", path, os.path.join(LAB, name + ".c")], check=True)
    return path


def tortured(box, what, name, *args, ways=({},), **env):
    """Lets one of its allocations or calls fail after the other; `ways` are more variables, one run with each."""
    env = {"LD_PRELOAD": box.path(what + ".so"), **env}
    box.run(*args, env={**env, "COUNT_TO": box.path("count")})
    with open(box.path("count")) as file:
        total = int(file.read())
    ok(total > 10, f"{name}: {total} times {what}")
    crashes, refused = [], 0
    for number in sorted({1 + each * total // TRIES for each in range(TRIES)}):
        for more in ways:
            result = box.run(*args, env={**env, "FAIL_AT": str(number), **more})
            refused += result.code == 1
            if not 0 <= result.code < 128:
                crashes.append((number, more, result.code, result.message[-100:]))
    same(crashes, [], f"{name}: no crash")
    return refused


def stocked(box):
    os.makedirs(box.path("torrents"))
    for number in range(5):
        with open(box.path("torrents", f"t{number}.torrent"), "wb") as file:
            file.write(metainfo(f"t{number}", announce_list=[["udp://127.0.0.1:1", "http://127.0.0.1:1/announce"]])[0])
    page = box.write("list.txt", "magnet:?xt=urn:btih:" + "ab" * 20 + "\n")
    box.config(f'[collection.a]\ntorrent_url = "{box.path("torrents")}"\n[collection.b]\ntorrent_url = "{page}"\n'
               '[trackers]\nallow_private = true\n[dht]\nlisten = ["127.0.0.1:0"]\nbootstrap = []\n')
    box.run("sync")
    with FakeDaemon(small_world()) as daemon:
        box.run("-u", "127.0.0.1:%d" % daemon.port, "--once", "--record")


def memory_ends():
    """In every command that reads, fetches or writes"""
    if ASAN:
        return skip("memory ends", "the sanitiser has an allocator of its own")
    with sandbox() as box:
        library(box, "fail_malloc")
        stocked(box)
        one = box.path("torrents", "t0.torrent")
        for name, args in (("sync", ["sync"]), ("trackers", ["trackers"]), ("dht", ["dht"]), ("report", ["report"]),
                           ("page", ["report", "--html", box.path("r.html")]), ("pick", ["pick", "--unmeasured"]),
                           ("inspect", ["inspect", "--offline", one]), ("magnet", ["inspect", "--offline", "magnet:?xt=urn:btih:" + "ab" * 20]),
                           ("history", ["history", "--by", "hour"]), ("peers", ["history", "--by", "peer", "--json"]),
                           ("config", ["config", "--check"]), ("print", ["config", "--print"])):
            refused = tortured(box, "fail_malloc", name, *args, ways=({}, {"FAIL_FOR_EVER": "1"}))
            ok(refused > 0, f"{name}: {refused} times it ended with 1")
        same(box.run("report").code, 0, "the store is sound afterwards")


def calls_fail():
    """Any call of the system, the program's own and the store's, fails once"""
    if ASAN:
        return skip("calls fail", "the sanitiser makes calls of its own")
    with sandbox() as box:
        library(box, "fail_call")
        stocked(box)
        before = json.loads(box.run("report").text)
        live = "magnet:?xt=urn:btih:" + "ab" * 20 + "&tr=udp%3A%2F%2F127.0.0.1%3A1&tr=http%3A%2F%2F127.0.0.1%3A1%2Fannounce"
        for name, args in (("sync", ["sync"]), ("trackers", ["trackers"]), ("dht", ["dht"]), ("report", ["report"]),
                           ("page", ["report", "--html", box.path("r.html")]), ("pick", ["pick", "--unmeasured"]),
                           ("inspect", ["inspect", live]), ("health", ["health", "--once"]),
                           ("history", ["history", "--json"]), ("forget", ["history", "--forget", "192.0.2.1"]),
                           ("monitor", ["--json", "-n", "1", "-u", "http://127.0.0.1:1"])):
            tortured(box, "fail_call", name, *args, FAIL_IN="sqlite3", FAIL_ERRNO=str(errno.EIO))
        tortured(box, "fail_call", "recorder", "--json", "-n", "1", "--record", "-u", "http://127.0.0.1:1",
                 FAIL_IN="sqlite3", FAIL_ERRNO=str(errno.EIO))
        same([name for name in os.listdir(box.path("state", "swarmtop")) if "corrupt" in name], [],
             "what could not be read once was not damaged")
        same(box.run("history").code, 0, "the history is sound")
        box.run("sync")
        result = box.run("report")
        same({each["infohash"] for each in json.loads(result.text)}, {each["infohash"] for each in before},
             "the store is sound, and has every torrent")


if __name__ == "__main__":
    main(memory_ends, calls_fail)
