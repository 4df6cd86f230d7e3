#!/usr/bin/python3
"""`swarmtop dht` on a closed network of 300 real nodes (bittorrent-dht) with 300 info-hashes of known peer counts, our own
limits lifted: how many counts are exact, how fast, and at what cost, beside the nodes themselves.

What the nodes can do is measured by a bare blast of get_peers in the same run: a lookup needs at least 8 answers, so its
rate divided by 8 is the measure. Lookups may beat it, since answers with peers cost the nodes less than answers with nodes.
The rate of lookups is by the nodes' clocks, from the first get_peers to the last; CPU is that of the whole command, less
that of --version just before. Not one datagram may be lost in receive buffers meanwhile, ours or the nodes'.

For comparison ours is told for all runs together, since some of the nodes' runs clear away the garbage of all; and without
our start, as the nodes' CPU is without theirs: less that of the same command with nothing to look up.

Also for comparison: the kernel's part, which no engine can beat. A program that does nothing but send the 8 packets of each
lookup by sendmmsg() and read the answers by recvmmsg(), gathered as ours are, to the 8 closest nodes, which it was told:
its CPU beside what the nodes used for our lookups.

usage: bench_dht.py [--runs N] [--nodes N]
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e"), os.path.join(os.path.dirname(HERE), "lab")]

import namespace
import node_program
from addresses import have_range
from bench import RUNNER, build, mean, measure, target, verdict
from krpc import Oracle
from node_program import NodeProgram
from swarmtop_test import ROOT, SWARMTOP, Sandbox

PREFIX, OURS = "10.1", "10.200.0.1"
MOST_PEERS = 20
EXACT, RATE, CPU = 299 / 300, 0.5, 0.1
BLAST_SECONDS, WINDOW, GATHER_MS = 3, 300, 16
BASES = 5  # of --version, whose cost swings too
BLAST = os.path.join(ROOT, "build", "bench", "bench_blast")


def options(nodes, store):
    sets = {"dht.rate": "0", "dht.rate_per_address": "0", "dht.allow_private": "true", "dht.bootstrap": json.dumps(nodes[:3]),
            "dht.listen": json.dumps([OURS + ":6881"]), "store.path": json.dumps(store)}
    return [word for key, value in sets.items() for word in ("--set", f"{key}={value}")]


class Blast:
    """bench_blast.c at the nodes: what it sent, heard, and cost itself and them."""

    def __init__(self, dht, pairs, seconds, gather_ms):
        lines = "".join(f"{node.replace(':', ' ')} {infohash}\n" for node, infohash in pairs)
        ran = subprocess.run([BLAST, OURS, str(WINDOW), str(seconds), str(gather_ms)], input=lines, capture_output=True, text=True, check=True)
        sent, answered, took, cpu = ran.stdout.split()
        self.rate, self.cpu = int(answered) / float(took), float(cpu)


def everything(nodes, truth):
    """Pairs for the blast: each hash, and nodes in an order of their own."""
    return [(nodes[number * 31 % len(nodes)], infohash) for number, infohash in enumerate(list(truth) * 31)]


def closest(ids, truth):
    """Pairs of a perfect lookup: each hash, and the 8 nodes that are closest to it."""
    return [(node, infohash) for infohash in truth for node in
            sorted(ids, key=lambda node: int.from_bytes(ids[node], "big") ^ int(infohash, 16))[:8]]


def overflows():
    """Datagrams that found a receive buffer full, in this namespace"""
    with open("/proc/self/net/snmp") as file:
        names, values = (line.split() for line in file if line.startswith("Udp:"))
    return int(values[names.index("RcvbufErrors")])


def one_run(box, dht, ids, truth, number):
    """(exact counts, lookups/s of ours as a part of the nodes' best, our CPU seconds / theirs, the same without our start,
    a perfect lookup's bare packets / theirs, datagrams that were lost, our CPU seconds, theirs)"""
    nodes = list(ids)
    common = options(nodes, box.path(f"store{number}.db"))
    if box.run("sync", "bench", *common).code:
        sys.exit("bench: sync failed")
    best = Blast(dht, everything(nodes, truth), BLAST_SECONDS, 0).rate / 8
    base = mean([measure(box, [SWARMTOP, "--version"]) for _ in range(BASES)]).cpu
    dht.ask("asked")
    before, full = dht.ask("cpu")["seconds"], overflows()
    cost = measure(box, [SWARMTOP, "dht", "bench", *common])
    theirs, lost = dht.ask("cpu")["seconds"] - before, overflows() - full
    asked = dht.ask("asked")
    least = Blast(dht, closest(ids, truth), 0, GATHER_MS)
    found = {each["infohash"]: each["dht_peers"] for each in json.loads(box.run("report", *common).out)}
    exact = sum(found.get(each) == count for each, count in truth.items())
    rate = len(truth) / max(asked["seconds"], 1e-3)
    start = measure(box, [SWARMTOP, "dht", "nothing", *common]).cpu
    print("%4d %7d %10.1f %12.1f %8.2f %8.1f %10.1f %10.1f %10.1f %14.1f"
          % (number, exact, rate, best, cost.wall, sum(asked["asked"].values()) / len(truth), (cost.cpu - base) * 1e3,
             (start - base) * 1e3, theirs * 1e3, least.cpu * 1e3), flush=True)
    ours = cost.cpu - base
    return exact, rate / best, ours / theirs, (cost.cpu - start) / theirs, least.cpu / theirs, lost, ours, theirs


def main():
    parser = argparse.ArgumentParser(description="swarmtop dht on a closed network of real nodes")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--nodes", type=int, default=300)
    args = parser.parse_args()
    if why := node_program.lacking():
        sys.exit("bench: " + why)
    build(RUNNER)
    build(BLAST)
    namespace.enter("error")
    have_range("10.0.0.0/8", OURS)
    with Sandbox() as box, NodeProgram("dht_nodes.mjs", box.home) as dht:
        nodes = dht.ask("start", 120, count=args.nodes, prefix=PREFIX)["nodes"]
        truth = dht.ask("announce", 300, swarms=[{"peers": 1 + number % min(MOST_PEERS, args.nodes)}
                                                 for number in range(args.nodes)])["truth"]
        box.config('[collection.bench]\ntorrent_url = "%s"\n[collection.nothing]\ntorrent_url = "%s"\n' % (
            box.write("list.txt", "".join(f"magnet:?xt=urn:btih:{each}\n" for each in truth)), box.path("nothing.txt")))
        with Oracle(OURS) as oracle:
            ids = {node: oracle.ask((node.split(":")[0], int(node.split(":")[1])), "ping")[b"id"] for node in nodes}
        print("%d nodes, %d info-hashes, %d peers\n" % (len(nodes), len(truth), sum(truth.values())))
        print("%4s %7s %10s %12s %8s %8s %10s %10s %10s %14s" % (
            "run", "exact", "lookups/s", "blast/8 /s", "wall s", "asked", "CPU ms", "start ms", "nodes' ms", "bare packets ms"))
        runs = [one_run(box, dht, ids, truth, number + 1) for number in range(args.runs)]
    print()
    median = [statistics.median(run[part] for run in runs) for part in range(5)]
    target("exact counts of %d, the worst run" % len(truth), min(run[0] for run in runs), int(EXACT * len(truth)), least=True)
    target("datagrams lost to full receive buffers with all in flight, the worst run", max(run[5] for run in runs), 0)
    target("lookups/s / (bare blast's replies/s / 8), median", median[1], RATE, least=True)
    target("our CPU / the nodes' CPU, median", median[2], CPU)
    print("  %-68s %9.2f" % ("for comparison: the same of all runs together, garbage and all",
                             sum(run[6] for run in runs) / sum(run[7] for run in runs)))
    print("  %-68s %9.2f" % ("for comparison: the same without our start", median[3]))
    print("  %-68s %9.2f" % ("for comparison: 8 bare packets a lookup, CPU / the nodes' CPU", median[4]))
    return verdict()


if __name__ == "__main__":
    sys.exit(main())
