#!/usr/bin/python3
"""`swarmtop dht` on a closed network of 300 real nodes (bittorrent-dht) with 300 info-hashes of known peer counts, our own
limits lifted: how many counts are exact, how fast, and at what cost, beside the nodes themselves.

What the nodes can do is measured by a bare blast of get_peers in the same run: a lookup needs at least 8 answers, so its
rate divided by 8 is what no lookup can beat that asks each of the 8 closest nodes.

usage: bench_dht.py [--runs N] [--nodes N]
"""
import argparse
import json
import os
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e"), os.path.join(os.path.dirname(HERE), "lab")]

import namespace
import node_program
from addresses import have_range
from bench import RUNNER, build, mean, measure, target, verdict
from krpc import Oracle
from node_program import NodeProgram
from swarmtop_test import SWARMTOP, Sandbox

PREFIX, OURS = "10.1", "10.200.0.1"
MOST_PEERS = 20
EXACT, RATE, CPU = 299 / 300, 0.5, 0.1
BLAST_SECONDS = 3


def options(nodes, store):
    sets = {"dht.rate": "0", "dht.rate_per_address": "0", "dht.allow_private": "true", "dht.bootstrap": json.dumps(nodes[:3]),
            "dht.listen": json.dumps([OURS + ":6881"]), "store.path": json.dumps(store)}
    return [word for key, value in sets.items() for word in ("--set", f"{key}={value}")]


def one_run(box, dht, nodes, truth, number):
    """(exact counts, lookups/s of ours as a part of the nodes' best, our CPU seconds, the nodes')."""
    common = options(nodes, box.path(f"store{number}.db"))
    if box.run("sync", *common).code:
        sys.exit("bench: sync failed")
    with Oracle(OURS) as oracle:
        pairs = [(node.split(":")[0], int(node.split(":")[1])) for node in nodes]
        best = oracle.blast(pairs, list(truth), BLAST_SECONDS) / 8
    dht.ask("asked")
    before = dht.ask("cpu")["seconds"]
    cost = measure(box, [SWARMTOP, "dht", *common])
    theirs = dht.ask("cpu")["seconds"] - before
    asked = dht.ask("asked")
    found = {each["infohash"]: each["dht_peers"] for each in json.loads(box.run("report", *common).out)}
    exact = sum(found.get(each) == count for each, count in truth.items())
    rate = len(truth) / max(asked["seconds"], 1e-3)
    print("%4d %8d %10.1f %14.1f %10.2f %10.2f %12.2f %12.1f"
          % (number, exact, rate, best, cost.wall, cost.cpu, theirs, sum(asked["asked"].values()) / len(truth)), flush=True)
    return exact, rate / best, cost.cpu, theirs


def main():
    parser = argparse.ArgumentParser(description="swarmtop dht on a closed network of real nodes")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--nodes", type=int, default=300)
    args = parser.parse_args()
    if why := node_program.lacking():
        sys.exit("bench: " + why)
    build(RUNNER)
    namespace.enter("error")
    have_range("10.0.0.0/8", OURS)
    with Sandbox() as box, NodeProgram("dht_nodes.mjs", box.home) as dht:
        nodes = dht.ask("start", 120, count=args.nodes, prefix=PREFIX)["nodes"]
        truth = dht.ask("announce", 300, swarms=[{"peers": 1 + number % min(MOST_PEERS, args.nodes)}
                                                 for number in range(args.nodes)])["truth"]
        box.config('[collection.bench]\ntorrent_url = "%s"\n' % box.write(
            "list.txt", "".join(f"magnet:?xt=urn:btih:{each}\n" for each in truth)))
        base = mean([measure(box, [SWARMTOP, "--version"]) for _ in range(5)]).cpu
        print("%d nodes, %d info-hashes, %d peers\n" % (len(nodes), len(truth), sum(truth.values())))
        print("%4s %8s %10s %14s %10s %10s %12s %12s" % ("run", "exact", "lookups/s", "blast/8 per s", "wall s", "CPU s",
                                                        "nodes' CPU s", "asked each"))
        runs = [one_run(box, dht, nodes, truth, number + 1) for number in range(args.runs)]
    print()
    target("exact counts of %d, the worst run" % len(truth), min(run[0] for run in runs), int(EXACT * len(truth)), least=True)
    target("lookups/s / (bare blast's replies/s / 8), median", statistics.median(run[1] for run in runs), RATE, least=True)
    target("our CPU / the nodes' CPU, median", statistics.median((run[2] - base) / run[3] for run in runs), CPU)
    return verdict()


if __name__ == "__main__":
    sys.exit(main())
