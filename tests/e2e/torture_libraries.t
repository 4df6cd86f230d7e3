#!/usr/bin/python3
"""Memory that ends at any moment in libraries that bear it, and in what uses them: each command says so and exits; it
never crashes, and the store and the files are whole afterwards."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from torture_test import ALL, compiled, scene, spread
from swarmtop_test import ASAN, main, ok, same, skip

import namespace
import node_program

TRIES = {"dht": 8}  # of a command, spread over all of its allocations
LIBRARIES = {"libsqlite3": 10, "libjson-c": 20, "libcares": 20}  # the others take their memory from us
PATIENT = {"libsqlite3", "libcares"}  # without any memory they are waited for, some 10 s in each run
SECONDS = 20


def fail_one(place, name, words, env):
    """What is wrong then."""
    place.reset(name)
    result = place.box.run(*words, env=env, timeout=SECONDS)
    found = place.complaints(name, result)
    return [f"{env['FAIL_AT']}: {', '.join(found)}: {result.message[-300:]}"] if found else []


def counted(place, name, words, env):
    """How many allocations there are, if none of them fails."""
    counts = place.box.path("count")
    place.reset(name)
    place.box.run(*words, env={**env, "COUNT_TO": counts})
    with open(counts) as file:
        return int(file.read())


def tortured(place, name, words, env, total, tries):
    """Fails one allocation after the other; and from one on all of them."""
    wrong = []
    ways = [{}, {"FAIL_FOR_EVER": "1"}]
    if env.get("FAIL_IN") in PATIENT and not ALL:
        ways.pop()
    for number in spread(total, tries):
        for more in ways:
            found = fail_one(place, name, words, {**env, "FAIL_AT": str(number), **more})
            wrong += [f"{text} {more}" for text in found]
    same(wrong, [], f"{env['FAIL_IN']} of {name}: {total} allocations, no harm done when one fails")


def libraries():
    """Each of them, in every command"""
    if ASAN:
        return skip("memory of libraries", "the sanitiser has an allocator of its own")
    with scene() as place:
        preload = compiled(place.box, "fail_malloc", "-shared", "-fPIC")
        own = {name: counted(place, name, words, {"LD_PRELOAD": preload}) for name, words in place.commands().items()}
        for library, tries in LIBRARIES.items():
            env = {"LD_PRELOAD": preload, "FAIL_IN": library}
            totals = {name: counted(place, name, words, env) for name, words in place.commands().items()}
            ok(totals != own, f"{library} is there")
            for name, total in totals.items():
                if total == own[name]:
                    continue
                tortured(place, name, place.commands()[name], env, total, min(tries, TRIES.get(name, tries)))
    return None


if __name__ == "__main__":
    namespace.enter()
    if lacking := node_program.lacking():
        node_program.give_up(lacking)
    main(libraries)
