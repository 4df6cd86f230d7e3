#!/usr/bin/python3
"""Memory that ends at any moment in our own code: each command says so and exits, or does without; it never crashes, and
the store is sound afterwards."""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]

import namespace

namespace.enter()

from fake_daemon import FakeDaemon, small_world
from swarmtop_test import ASAN, main, ok, same, sandbox, skip
from torrents import metainfo
from torture_test import compiled, spread

TRIES = 120  # of a command, spread over all of its allocations


def tortured(box, preload, name, *args):
    """Lets one of its allocations fail after the other; and from one on all of them."""
    env = {"LD_PRELOAD": preload}
    box.run(*args, env={**env, "COUNT_TO": box.path("count")})
    with open(box.path("count")) as file:
        total = int(file.read())
    ok(total > 10, f"{name}: {total} allocations")
    crashes, refused = [], 0
    for number in spread(total, TRIES):
        for more in ({}, {"FAIL_FOR_EVER": "1"}):
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
        preload = compiled(box, "fail_malloc", "-shared", "-fPIC")
        stocked(box)
        one = box.path("torrents", "t0.torrent")
        for name, args in (("sync", ["sync"]), ("trackers", ["trackers"]), ("dht", ["dht"]), ("report", ["report"]),
                           ("page", ["report", "--html", box.path("r.html")]), ("pick", ["pick", "--unmeasured"]),
                           ("inspect", ["inspect", "--offline", one]), ("magnet", ["inspect", "--offline", "magnet:?xt=urn:btih:" + "ab" * 20]),
                           ("history", ["history", "--by", "hour"]), ("peers", ["history", "--by", "peer", "--json"]),
                           ("config", ["config", "--check"]), ("print", ["config", "--print"])):
            refused = tortured(box, preload, name, *args)
            ok(refused > 0, f"{name}: {refused} times it ended with 1")
        same(box.run("report").code, 0, "the store is sound afterwards")


if __name__ == "__main__":
    main(memory_ends)
