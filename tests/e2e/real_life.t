#!/usr/bin/python3
"""What happens to a real daemon in its life: killed, restarted, locked, doubled; and what swarmtop makes of it."""
import base64
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab_test import Lab, World, make_databases, namespace
from swarmtop_test import Sandbox, like, ok, same, tell, wait_until

PEERS = 15
LOGIN = ("ada", "pass:word")


class Story:
    """One lab, one home, one geo database; `start` runs swarmtop on some daemons, a record every half second."""

    def __init__(self, lab, box):
        self.lab, self.box = lab, box
        self.geo = ["-g", make_databases(box.path("geo"))["city"]]

    def words(self, *args, daemons=None):
        urls = [word for daemon in daemons or [self.lab.daemon] for word in ("-u", daemon.url)]
        return [*urls, "-r", "0.5", *self.geo, *args]

    def start(self, *args, daemons=None, env=None):
        return self.box.start(*self.words("--json", "--peers", *args, daemons=daemons), env=env)


def states(record):
    return [source["state"] for source in record["sources"]]


def connected(record):
    return {peer["address"] for peer in record["peers"] if peer["connected"]}


def remembered(record):
    return {peer["address"] for peer in record["peers"]}


def wait_record(program, condition, what, timeout=25, after=0):
    """The first record from number `after` on that condition() holds for."""
    return program.wait_for(lambda p: next((r for r in p.records[after:] if condition(r)), None), timeout, what)


def wait_world(program, daemons, timeout=30):
    """A record that shows exactly what the daemons list, taken when they listed the same before and after."""
    def agreed(p):
        before, count = World(daemons), len(p.records)
        wait_record(p, lambda record: True, "another record", 5, count + 1)
        record, after = p.records[count + 1], World(daemons)
        return before.shape == after.shape and connected(record) == set(after.at) and record

    return program.wait_for(agreed, timeout, "a record of the world as it is")


def finish(program, name):
    program.signal(signal.SIGTERM)
    result = program.finish()
    same(result.code, 0, name + ": exit 0")
    return result


def parts_of(record):
    """What some of the daemons have said, or all, or none."""
    sums = {0}
    for source in record["sources"]:
        sums |= {part + source["peers"] for part in sums}
    return sums


def check_books(records, name):
    """Over all records: sightings grow by the connections of each poll, by none while nobody answers; nobody is lost. A daemon of
    a busy machine that answers after its round adds nothing to that one's record."""
    wrong, before, on_time = [], None, 0
    for record in records:
        grown = record["sightings"] - (before["sightings"] if before else 0)
        now = sum(peer["torrents"] for peer in record["peers"] if peer["connected"])
        on_time += grown == record["connections"]
        if grown not in parts_of(record) or now != record["connections"] or len(connected(record)) != record["addresses"]:
            wrong.append((record["poll"], grown, now, record["connections"], record["addresses"]))
        if sum(record["hours"]) != record["sightings"] or record["unique"] != len(record["peers"]):
            wrong.append((record["poll"], "hours or unique"))
        if sum(row["sightings"] for row in record["countries"]) != record["sightings"]:
            wrong.append((record["poll"], "countries"))
        if before and not remembered(before) <= remembered(record):
            wrong.append((record["poll"], "forgot", remembered(before) - remembered(record)))
        if before and record["poll"] != before["poll"] + 1:
            wrong.append((record["poll"], "after", before["poll"]))
        before = record
    same(wrong, [], "%s: %d records add up" % (name, len(records)))
    ok(on_time * 2 > len(records), "%s: most daemons answer in time" % name, on_time)


# ---- one daemon ----------------------------------------------------------------------------------------------------

def peers_come_and_go(story):
    """a peer leaves and comes back; a torrent is added"""
    lab = story.lab
    tim = lab.cast["tim"].address
    with story.start() as program:
        first = wait_world(program, [lab.daemon])
        lab.peers.stop("tim")
        lab.wait_gone(tim)
        gone = wait_record(program, lambda r: tim not in connected(r), "a record without tim", after=len(program.records) - 1)
        ok(tim in remembered(gone), "who left is remembered")
        same((gone["connections"], gone["unique"]), (first["connections"] - 1, first["unique"]), "one connection less")
        row = next(row for row in gone["countries"] if row["code"] == "IT")
        ok(row["connections"] == 0 and row["addresses"] == 0 and row["sightings"] > 0, "its country counts 0 now", row)
        seen = next(peer for peer in gone["peers"] if peer["address"] == tim)
        later = wait_record(program, lambda r: r["poll"] >= gone["poll"] + 2, "two polls more")
        same(next(peer for peer in later["peers"] if peer["address"] == tim), seen, "its row stands still")
        ok(later["peers"][-1]["address"] == tim, "behind the connected ones")
        lab.peers.start("tim")
        lab.add_torrent("d", "fog-signals.zip", peers=["hetzner", "kddi6"])
        lab.wait_connected()
        back = wait_world(program, [lab.daemon])
        ok(tim in connected(back), "it comes back")
        same(back["unique"], first["unique"], "and is no new one")
        same((back["connections"], back["sources"][0]["torrents"]), (first["connections"] + 2, 4), "a new torrent appears")
        torrents = {peer["address"]: peer["torrents"] for peer in back["peers"]}
        same((torrents[lab.cast["hetzner"].address], torrents[lab.cast["kddi6"].address]), (3, 2), "with its peers")
        check_books(finish(program, "coming and going").records, "coming and going")


def wait_back(lab):
    """The peers have found the restarted daemon; one of "d" that has not is started afresh."""
    def back():
        return len(lab.addresses()) >= PEERS // 2 and len(lab.daemon.peers("d")) == 2

    for _ in range(3):
        try:
            return wait_until(back, 15, "peers")
        except TimeoutError:
            for name in ("hetzner", "kddi6"):
                lab.peers.stop(name, forget=False)
                lab.peers.start(name)
    return wait_until(back, 15, "peers")


def killed_and_restarted(story):
    """kill -9, and a restart that changes ids; -t with an id follows its torrent"""
    lab = story.lab
    lab.remove_torrent("a")
    lab.wait_connected()
    ids = {t["hashString"]: t["id"] for t in lab.daemon.get(["hashString", "id"])}
    survivor = lab.torrents["d"].hash
    with story.start() as all_of_it, story.start("-t", str(ids[survivor])) as one:
        first = wait_world(all_of_it, [lab.daemon])
        only = wait_record(one, lambda r: r["connections"] == 2, "the peers of one torrent")
        lab.daemon.kill()
        dead = [wait_record(program, lambda r: states(r) == ["unreachable"], "unreachable") for program in (all_of_it, one)]
        check_dead(dead[0], first)
        like(dead[0]["sources"][0]["error"], "(?i)no connection.*running", "the error says what to check")
        lab.restart_daemon()
        wait_back(lab)
        fresh = {t["hashString"]: t["id"] for t in lab.daemon.get(["hashString", "id"])}
        ok(fresh[survivor] != ids[survivor], "the restart has changed its id", (ids, fresh))
        back = wait_world(all_of_it, [lab.daemon])
        same((states(back), back["unique"], remembered(back)), (["ok"], first["unique"], remembered(first)),
             "ok again, nobody lost, nobody doubled")
        again = wait_record(one, lambda r: r["connections"] == 2, "the peers of the torrent", after=dead[1]["poll"])
        same(connected(again), connected(only), "-t with an id: the same torrent after the restart")
        same(again["sources"][0]["torrents"], 1, "and only that")
        for program, name in ((all_of_it, "all torrents"), (one, "one torrent")):
            result = finish(program, name)
            check_books(result.records, name)
            like(result.message, "(?s)no connection.*answers again", name + ": the log tells both")
            same(len(re.findall("answers again", result.message)), 1, name + ": once")


def check_dead(dead, before):
    same((dead["connections"], dead["addresses"], dead["rate_up"], dead["rate_down"]), (0, 0, 0, 0), "counts 0 meanwhile")
    same(dead["sources"][0]["peers"], 0, "also as a source")
    ok(remembered(dead) == remembered(before) and not connected(dead), "its peers stay, none is connected")
    ok(dead["sightings"] >= before["sightings"] and dead["unique"] == before["unique"], "what was seen stays")
    ok(all(row["connections"] == row["addresses"] == row["rate_up"] == 0 < row["sightings"] for row in dead["countries"]),
       "also by country", dead["countries"])
    ok(dead["sources"][0]["version"], "its version is remembered")


def plain_log(story):
    """swarmtop | tee log: one block for each poll, append-only, no escapes; SIGTERM adds the summary"""
    log = story.box.path("log")
    with open(os.devnull, "wb") as nowhere:
        tee = subprocess.Popen(["tee", log], stdin=subprocess.PIPE, stdout=nowhere)
    with tee, story.box.start(*story.words(), stdout=tee.stdin) as program:
        tee.stdin.close()
        kept = [b""]
        wait_until(lambda: grown(log, kept) and kept[-1].count(b"=== end ===") >= 4, 15, "four blocks")
        program.signal(signal.SIGTERM)
        result = program.finish()
        tee.wait(10)
    same((result.code, result.said), (0, ""), "exit 0, nothing on stderr")
    with open(log, "rb") as file:
        text = file.read()
    ok(all(text.startswith(part) for part in kept), "the log only grew (looked %d times)" % len(kept))
    ok(b"\x1b" not in text and b"\r" not in text, "no escape codes")
    text = text.decode()
    polls = [int(n) for n in re.findall(r"(?m)^=== swarmtop record: .*, poll (\d+) ===$", text)]
    same(polls, list(range(1, len(polls) + 1)), "a block for each poll")
    same(len(re.findall(r"(?m)^=== swarmtop summary: .* ===$", text)), 1, "one summary")
    same(text.count("\n=== end ==="), len(polls) + 1, "every block is complete")
    blocks = re.split(r"(?m)^=== end ===\n\n", text)
    same(blocks.pop(), "", "the log ends with an end line")
    same(body(blocks[-1]), body(blocks[-2]), "the summary says what the last record said")
    totals = [int(re.search(r"Total sightings: ([\d,]+)", block)[1].replace(",", "")) for block in blocks[:-1]]
    now = [int(re.search(r"Connected now: ([\d,]+)", block)[1].replace(",", "")) for block in blocks[:-1]]
    same(totals, [sum(now[:i + 1]) for i in range(len(now))], "sightings add up, block by block")


def grown(path, kept):
    """Keeps what the file holds now, if that is new."""
    if os.path.exists(path):
        with open(path, "rb") as file:
            now = file.read()
        if now != kept[-1]:
            kept.append(now)
    return True


def body(block):
    return block.split("\n", 1)[1]


# ---- two daemons, and logins ---------------------------------------------------------------------------------------

def two_daemons(story):
    """two at once: merged; one is killed"""
    lab = story.lab
    first, second = lab.daemon, lab.daemons[1] if len(lab.daemons) > 1 else lab.start_daemon("B")
    lab.wait_connected(second)
    both = [first, second]
    with story.start(daemons=both) as program:
        merged = wait_world(program, both)
        worlds = [World([daemon]) for daemon in both]
        same([(s["url"], s["state"], s["peers"]) for s in merged["sources"]],
             [(d.url, "ok", len(w.entries)) for d, w in zip(both, worlds)], "each has its own state and peers")
        same(merged["connections"], sum(len(world.entries) for world in worlds), "connections are the sum")
        same(merged["addresses"], len(set(worlds[0].at) | set(worlds[1].at)), "addresses are merged")
        ok(set(worlds[0].at) & set(worlds[1].at), "some peers are connected to both")
        second.kill()
        half = wait_record(program, lambda r: states(r) == ["ok", "unreachable"], "one unreachable")
        same((half["connections"], connected(half)), (len(World([first]).entries), set(World([first]).at)),
             "only the other one counts")
        same(remembered(half), remembered(merged), "all are remembered")
        later = wait_record(program, lambda r: r["poll"] >= half["poll"] + 3, "three polls more")
        same(states(later), ["ok", "unreachable"], "the other one goes on")
        check_books(finish(program, "two daemons").records, "two daemons")


def bad_logins(daemon):
    """What the daemon has counted: it tells whoever comes with a wrong login, and counts that one, too."""
    wrong = base64.b64encode(b"nobody:nothing").decode()
    try:
        urllib.request.urlopen(urllib.request.Request(daemon.url, b"{}", {"Authorization": "Basic " + wrong}), timeout=10)
    except urllib.error.HTTPError as error:
        with error:
            return int(re.search(rb"(\d+) unsuccessful", error.read())[1]) - 1
    return None


def wrong_password(story):
    """a wrong password: refused, exit 77, and not tried again"""
    lab = story.lab
    daemon = lab.start_daemon("B", auth=LOGIN)
    env = {"TR_AUTH": "ada:wrong"}
    result = story.box.run(*story.words("--json", "--once", daemons=[daemon]), env=env)
    same((result.code, result.state), (77, "refused"), "--once: exit 77, state refused, and a record")
    like(result.message, "transmission/transmission", "the message names Debian's login")
    same(bad_logins(daemon), 1, "one bad login")
    with story.start(daemons=[daemon], env=env) as program:
        wait_record(program, lambda r: r["poll"] >= 6, "six polls")
        same({tuple(states(record)) for record in program.records}, {("refused",)}, "it stays refused")
        finish(program, "refused")
    ok(bad_logins(daemon) <= 2 + 3, "at most 3 bad logins for six polls", "%d in all" % bad_logins(daemon))
    same(story.box.run(*story.words("--json", "--once", daemons=[daemon])).code, 77, "no login at all: exit 77")
    result = story.box.run(*story.words("--json", "--once", daemons=[daemon]), env={"TR_AUTH": ":".join(LOGIN)})
    same((result.code, result.state), (0, "ok"), "the right one, with a colon in the password")
    same(bad_logins(daemon), 0, "which the daemon takes")
    story.box.write(".netrc", "machine 127.0.0.1 login ada password pass:word\n")
    same(story.box.run(*story.words("--json", "--once", daemons=[daemon])).state, "ok", "the same from ~/.netrc")
    os.unlink(story.box.path(".netrc"))
    story.box.config('[[transmission]]\nname = "lab"\nurl = "%s"\nusername = "ada"\npassword = "pass:word"\n' % daemon.url)
    result = story.box.run(*story.words("--json", "--once", daemons=[lab.daemon, daemon]))
    same(states(result.record), ["ok", "ok"], "from the configuration, beside a daemon without a login")
    os.unlink(story.box.path("config", "swarmtop", "config.toml"))
    result = story.box.run(*story.words("--json", "--once", daemons=[lab.daemon, daemon]), env=env)
    same((result.code, states(result.record)), (0, ["ok", "refused"]), "one of two refused: exit 0")


def story_of(story, part):
    def told():
        part(story)
    told.__name__, told.__doc__ = part.__name__, part.__doc__
    return told


PARTS = (peers_come_and_go, killed_and_restarted, plain_log, two_daemons, wrong_password)


def main():
    namespace.enter()
    with Lab(PEERS) as lab, Sandbox() as box:
        story = Story(lab, box)
        return tell(*(story_of(story, part) for part in PARTS))


if __name__ == "__main__":
    sys.exit(main())
