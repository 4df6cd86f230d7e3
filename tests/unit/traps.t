#!/usr/bin/python3
"""Every trap of tests/traps.tsv has proofs that are there: the file exists, and has the text once. Those of the protocols
and the faults of swarm health, up to a row that is named here, are each played as a story of tests/replay; and every
story proves something, but for those of alerts and plans, which have more to tell than traps."""
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLE = os.path.join(TOP, "tests", "traps.tsv")
LAST_PLAYED = "34 memory and calls fail"
STORIES = "tests/replay/"
MORE = ("alert-", "plan-")
results = []


def ok(what, name, *why):
    results.append(bool(what))
    print("%sok %d - %s" % ("" if what else "not ", len(results), name))
    for line in why if not what else ():
        print("#   %s" % line)


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def fault(proof):
    """What is wrong with it, or None."""
    path, colon, text = proof.partition(": ")
    if not colon or not text.strip():
        return "%r has no text" % proof
    if not os.path.isfile(os.path.join(TOP, path)):
        return "%s is not there" % path
    found = read(path).count(text)
    return None if found == 1 else "%s has %r %d times" % (path, text, found)


def main():
    names, stories, unplayed = [], set(), []
    for line in read(TABLE).splitlines():
        if line.startswith("#"):
            continue
        name, wrong, *proofs = line.split("\t")
        names.append(name)
        stories.update(proof.partition(": ")[0] for proof in proofs)
        if LAST_PLAYED not in names[:-1] and not any(proof.startswith(STORIES) for proof in proofs):
            unplayed.append(name)
        faults = [each for each in map(fault, proofs) if each]
        ok(wrong and proofs and not faults, name, *faults)
    ok(len(names) == len(set(names)), "each has a name of its own")
    ok(LAST_PLAYED in names and not unplayed, "each is a story, up to %s" % LAST_PLAYED, *unplayed)
    replays = {STORIES + each for each in os.listdir(os.path.join(TOP, "tests", "replay")) if not each.startswith(MORE)}
    ok(replays <= stories, "every story proves something", *sorted(replays - stories))
    print("1..%d" % len(results))
    return 0 if all(results) else 1


sys.exit(main())
