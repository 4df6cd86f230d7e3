#!/usr/bin/python3
"""swarmtop report and pick: the fields that libgen-seedtools needs, files that are whole at any moment, hostile names, the
choice within a budget, and what Transmission gets of it."""
import contextlib
import hashlib
import http.server
import json
import os
import random
import re
import select
import shutil
import signal
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
from report_test import CONFIG, DAY, HOSTILE, fill, many, sample, torrent
from swarmtop_test import ROOT, SLOW, like, main, ok, part, same, sandbox, skip, wait_until

NOW = int(time.time())


@contextlib.contextmanager
def stocked(lines, config=CONFIG):
    """A sandbox with a config and a store."""
    with sandbox() as box:
        box.config(config)
        fill(box, lines)
        yield box


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


# ---- libgen-seedtools ------------------------------------------------------------------------------------------------

# The model that libgen-seedtools 0.4.0 loads each object into: type, and whether null is one.
MODEL = {"ipfs_cid": (str, True), "path": (str, True), "dht_peers": (int, True), "dht_scraped": (int, True), "name": (str, False),
         "link": (str, False), "created_unix": (int, False), "size_bytes": (int, False), "type": (str, False),
         "infohash": (str, False), "seeders": (int, False), "leechers": (int, False), "scraped_date": (int, False)}


def faults(row):
    """What libgen-seedtools would stumble over."""
    found = []
    for key, (kind, may_be_null) in MODEL.items():
        value = row.get(key, "missing")
        if not (value is None and may_be_null) and type(value) is not kind:
            found.append("%s is %r" % (key, value))
    if not re.search(r"\d+", row["name"]):
        found.append("no number in the name %r" % row["name"])
    elif not int(re.search(r"\d+", row["name"])[0]) >= 0:
        found.append("a number that is none in %r" % row["name"])
    if not re.fullmatch("[0-9a-f]{40}", row["infohash"]):
        found.append("the info-hash %r" % row["infohash"])
    if not re.match(r"(https?://|magnet:\?|file:///)[!-~]+$", row["link"]):
        found.append("the link %r" % row["link"])
    if not all(-1 <= row[key] < 2**63 for key in ("seeders", "leechers")) or min(row["scraped_date"], row["size_bytes"]) < 0:
        found.append("a number out of its range")
    return found


def seedtools():
    """Every object of the report loads in libgen-seedtools as it is; unmeasured ones too"""
    odd = [torrent(9001, "", file="r_40000", type="fiction"), torrent(9002, "", link="", file=""), torrent(9003, "No number", link="", magnet="", file="x"),
           torrent(9004, "A local file", link="/srv/a b#1.torrent"), torrent(9005, "Only v2", link="", v2=1),
           torrent(9006, "List", link="", magnet="magnet:?xt=urn:btih:" + "0" * 40, samples=[sample(1, NOW, 3, 4, peers=8)]),
           torrent(9007, "Half", samples=[sample(0, NOW, 3)], type="scimag", collection="papers")]
    with stocked(list(many(600)) + odd) as box:
        result = box.run("report")
        same(result.code, 0, "exit 0")
        like(result.message, r"^report: 607 torrents in 3 collections, \d+ without a tracker's word, to stdout in [\d.]+ s\n$", "one line")
        rows = json.loads(result.out)
        same(len(rows), 607, "all of them")
        same([found for row in rows for found in faults(row)][:5], [], "no fault in any")
        same(result.out.count(b"\n"), 609, "an object a line")
        by = {row["infohash"]: row for row in rows}
        got = [by[hashlib.sha1(b"%d" % number).hexdigest()] for number in range(9001, 9008)]
        same([row["name"] for row in got[:2]], ["r_40000", got[1]["infohash"]], "names: the stem, the info-hash")
        same(got[2]["name"], "No number (%s)" % got[2]["infohash"][:8], "a number is put behind")
        same(got[3]["link"], "file:///srv/a%20b%231.torrent", "a local file")
        like(got[4]["link"], "^magnet:[?]xt=urn:btmh:1220", "a magnet link of version 2")
        same((got[5]["seeders"], got[5]["scraped_date"], got[5]["dht_peers"], got[5]["dht_seeders"]), (-1, 0, 8, 3), "only the DHT knows")
        same((got[6]["seeders"], got[6]["leechers"], got[6]["type"]), (3, -1, "scimag"), "half a measurement")
        same({(row["collections"][0], row["type"]) for row in rows}, {("books", "fiction"), ("papers", "scimag"), ("maps", "maps")},
             "the type of a collection, else its name")
        unmeasured = [row for row in rows if row["seeders"] == -1 and row["dht_peers"] is None]
        ok(unmeasured and all(row["scraped_date"] == 0 and row["dht_scraped"] is None for row in unmeasured), "unmeasured: no dates")
        for key, kinds in (("completed", (int, type(None))), ("dht_seeders", (int, type(None))), ("trend", (int, float, type(None))),
                           ("need", (int, float)), ("collections", (list,)), ("private", (bool,)), ("tracker", (str, type(None)))):
            ok(all(isinstance(row[key], kinds) for row in rows), "our own: " + key)
        same({row["tracker"] for row in rows} - {None}, {"udp://tracker.test"}, "trackers without their paths")


def synced():
    """What sync has read of a folder comes out as it is"""
    folder = os.path.join(ROOT, "tests", "data", "torrents")
    with sandbox() as box:
        box.config('[collection.shelf]\ntorrent_url = "%s"\n' % folder)
        same(box.run("sync").code, 0, "sync of a folder")
        rows = {os.path.basename(row["link"]): row for row in json.loads(box.run("report").out)}
        same(set(rows), {"hybrid.torrent", "v1-many.torrent", "v1-single.torrent", "v2.torrent"}, "every torrent is there")
        same([found for row in rows.values() for found in faults(row)], [], "no fault in any")
        same(rows["v1-single.torrent"]["name"], "single.txt (v1-single)", "a name without a number gets the stem")
        same([rows[name + ".torrent"]["private"] for name in ("v1-single", "v1-many")], [True, False], "private or not")
        links = box.run("pick", "--links", "--unmeasured").text.splitlines()
        same(sorted(links), sorted(os.path.join(folder, name) for name in rows if name != "v1-single.torrent"), "links: local paths")


# ---- where it goes ---------------------------------------------------------------------------------------------------


def places():
    """The config says where; options say otherwise; every report is replaced as a whole"""
    with stocked(many(30)) as box:
        box.config(CONFIG + '[report]\njson = "%s"\nhtml = "%s"\nstats = "%s"\n' % tuple(map(box.path, ("a.json", "a.html", "s.html"))))
        result = box.run("report")
        same((result.code, result.text), (0, ""), "three files, and nothing on stdout")
        same(len(load(box.path("a.json"))), 30, "JSON")
        ok("</html>" in open(box.path("a.html")).read() and "</html>" in open(box.path("s.html")).read(), "HTML and statistics")
        same([oct(os.stat(box.path(name)).st_mode & 0o7777) for name in ("a.json", "a.html", "s.html")], ["0o644"] * 3, "for all to read")
        os.unlink(box.path("a.json"))
        box.config(CONFIG + '[report]\njson = "~/own.json"\n')
        same(box.run("report").code, 0, "a file in one's own folder")
        same(len(load(os.path.join(box.env["HOME"], "own.json"))), 30, "is there")
        os.unlink(os.path.join(box.env["HOME"], "own.json"))
        box.config(CONFIG + '[report]\njson = "%s"\nhtml = "%s"\nstats = "%s"\n' % tuple(map(box.path, ("a.json", "a.html", "s.html"))))
        result = box.run("report", "--html", "-", "papers")
        same(result.code, 0, "--html - papers")
        ok(result.text.startswith("<!DOCTYPE html>") and "papers" in result.text and "maps" not in result.text, "one collection, on stdout")
        ok(not os.path.exists(box.path("a.json")), "... and nothing else")
        before = open(box.path("a.html")).read()
        result = box.run("report", "--html", box.path("a.html"), "--json", "/dev/full")
        same(result.code, 1, "a full disk: exit 1")
        like(result.message, "cannot write /dev/full: No space left", "... and why")
        same(open(box.path("a.html")).read(), before, "... and the other report is as it was")
        same(sorted(os.listdir(box.home)), sorted(["a.html", "s.html", "config", "data", "state", "cache"]), "nothing is left beside")
        box.run("report", *(word for option, name in (("json", 'a #1?".json'), ("html", "100%.html"), ("stats", "s ü.html"))
                            for word in ("--" + option, box.path(name))))
        like(open(box.path("100%.html")).read(), r'<a href="\./s%20%C3%BC\.html">Statistics</a>\n<a href="\./a%20%231%3F%22\.json">JSON</a>',
             "links to files of odd names")
        like(open(box.path("s ü.html")).read(), r'<a href="\./100%25\.html">All torrents</a>', "... and back")
        box.config(CONFIG + '[report]\nhtml = "%s"\n' % box.path("none", "a.html"))
        result = box.run("report")
        same(result.code, 1, "a folder that is not there: exit 1")
        same(len(json.loads(box.run("report", "--json", "-").out)), 30, "--json -")


def always_whole():
    """Who reads while it is written finds a whole report"""
    with stocked(many(2000)) as box:
        path, seen, stop = box.path("a.json"), [], threading.Event()
        box.run("report", "--json", path)

        def read():
            while not stop.is_set():
                try:
                    seen.append(len(load(path)))
                except (ValueError, OSError) as error:
                    seen.append(error)
        reader = threading.Thread(target=read)
        reader.start()
        for _ in range(5):
            same(box.run("report", "--json", path).code, 0, "written again")
        stop.set()
        reader.join()
        same(set(seen), {2000}, "%d readers have all seen 2,000 torrents" % len(seen))


def read_no_more(box, *args):
    """A run whose stdout is a pipe that nobody reads."""
    ends = os.pipe()
    os.close(ends[0])
    with box.start(*args, stdout=ends[1]) as program:
        os.close(ends[1])
        return program.finish()


def deserted():
    """Nobody reads it any more: that is no failure; other reports are written all the same"""
    with stocked(many(300)) as box:
        for args in (["report"], ["pick"], ["pick", "--json"], ["report", "--html", "-"], ["inspect", "--offline", "ab" * 20],
                     ["inspect", "--offline", "--json", "ab" * 20], ["config", "--print"], ["config", "--example"], ["help"]):
            result = read_no_more(box, *args)
            same(result.code, 0, " ".join(args) + ": exit 0")
            ok("Broken pipe" not in result.message and "torrents in" not in result.message, "... and quietly", result.message)
        same(read_no_more(box, "report", "--json", "-", "--html", box.path("a.html")).code, 0, "one of two: exit 0")
        ok("</html>" in open(box.path("a.html")).read(), "... and the other is whole")


def ended():
    """Ctrl+C and SIGTERM end it at once, also when it waits for a reader; the old files stay"""
    with stocked(many(3000)) as box:
        box.write("a.html", "old")
        for number, args in ((signal.SIGINT, ["report", "--json", "-", "--html", box.path("a.html")]), (signal.SIGTERM, ["pick", "--json"])):
            pipe = os.pipe()
            with box.start(*args, stdout=pipe[1]) as program:
                os.close(pipe[1])
                # Its first bytes are there, and the rest finds no room.
                ok(select.select([pipe[0]], [], [], 20 * SLOW)[0], args[0] + " has begun to write")
                wait_until(lambda: state_of(program.pid) == "S", 20, "a full pipe")
                program.signal(number)
                result = program.finish()
                same(result.code, 0, "signal %d: exit 0" % number)
                like(result.message, "(?m)^%s: ended; " % args[0], "... and a word")
            os.close(pipe[0])
        same(open(box.path("a.html")).read(), "old", "the old report stays")
        same([name for name in os.listdir(box.home) if name.startswith(".")], [], "nothing is left beside")


def state_of(pid):
    with open("/proc/%d/stat" % pid) as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def has_open(pid, name):
    """Whether a process has a file of this name open."""
    folder = "/proc/%d/fd" % pid
    try:
        return any(os.readlink(os.path.join(folder, number)).endswith(name) for number in os.listdir(folder))
    except OSError:
        return False


def pause(pid, seconds):
    """Holds a command up while it has the store open"""
    wait_until(lambda: has_open(pid, "/swarm.db"), 20, "the store")
    os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(pid, signal.SIGCONT)


def progress():
    """A bar on a terminal, a line every few seconds elsewhere"""
    with stocked(many(20000, seed=3)) as box:
        for args in (["report", "--json", box.path("a.json")], ["pick", "--size", "1GB"]):
            with box.screen(*args) as screen:
                pause(screen.pid, 0.5)
                same(screen.finish(), 0, args[0] + ": exit 0")
            like(screen.output, "\r%s .* +\\d+ %%  [\\d,]+ of 20,000 torrents, [\\d.,]+/s, .*\x1b\\[K(?s:.*)\r\x1b\\[K" % args[0],
                 "... and the bar was there, and is gone")
            with box.start(*args) as program:
                pause(program.pid, 5.5)
                same(program.finish(60).code, 0, args[0] + ": exit 0, elsewhere")
            like(program.err.decode(), "%s: [\\d,]+ of 20,000 torrents, [\\d.,]+/s, .* left\n" % args[0], "... and the line was there")


def chosen():
    """The counts are those of the collections that were asked for"""
    both = torrent(1, "Both", "books", samples=[sample(0, NOW, 3)])
    also = dict(both, collection="papers", link="http://files.test/papers/1.torrent")
    lines = [both, also, torrent(2, "Two", "papers"), torrent(3, "Three", "papers"), dict(both, collection="old", link="http://files.test/old/1.torrent"),
             dict(both, collection="amounts", link="http://files.test/was/1.torrent")]
    with stocked(lines) as box:
        named = [row["collections"] for row in json.loads(box.run("report", "books").out)]
        same(named, [["books", "old", "papers"]], "a torrent's collections are those of the configuration")
        result = box.run("report", "books", "--stats", box.path("s.html"), "--json", "-")
        like(result.message, "^report: 1 torrent in 1 collection, ", "one collection")
        rows = re.findall(r'<th scope="row"[^>]*>(\w+)</th>', open(box.path("s.html")).read())
        same(rows, ["books"], "the statistics have no other")
        result = box.run("report", "--stats", box.path("s.html"))
        rows = re.findall(r'<th scope="row"[^>]*>(\w+)</th><td class="number">(\d+)', open(box.path("s.html")).read())
        same(rows, [("books", "1"), ("papers", "3"), ("All", "3")], "one that is not enabled is not counted")
        like(result.message, "report: maps: nothing of it is in the store yet: run `swarmtop sync`\n", "what was never synced is said")
        box.write("a.json", "old")
        result = box.run("report", "maps", "--json", box.path("a.json"))
        same((result.code, load(box.path("a.json"))), (0, []), "... and written")
        like(result.message, "nothing of it is in the store yet", "... and said")
        for command in ("trackers", "dht"):
            result = box.run(command, "maps", "--set", 'dht.listen=["127.0.0.1:0"]', "--set", "dht.bootstrap=[]")
            same(result.code, 0, command + ": nothing to ask for is no failure")
            like(result.message, "(?m)^%s: maps: nothing of it is in the store yet: run `swarmtop sync`$" % command, "... but said")


def collisions():
    """Two reports never share a file"""
    with stocked(many(3)) as box:
        path = box.write("a.json", "old")
        os.symlink(path, box.path("link"))
        for other in (path, box.path(".", "a.json"), box.path("link"), "a.json"):
            result = box.run("report", "--json", path, "--html", other)
            same((result.code, open(path).read()), (2, "old"), "the same file twice: exit 2")
            like(result.message, "--json and --html name the same file", "... and why")
        result = box.run("report", "--json", "-", "--stats", "-")
        same((result.code, result.text), (2, ""), "stdout twice: exit 2")
        same(box.run("report", "--json", "new", "--html", box.path("new")).code, 2, "a new file twice: exit 2")
        same(box.run("report", "--json", "/dev/null", "--html", "/dev/null").code, 0, "/dev/null takes any number")
        box.config(CONFIG + '[report]\njson = "%s"\nhtml = "%s"\n' % (path, path))
        same(box.run("report").code, 78, "in the config: exit 78")
        with part("the store"):
            swarm = box.path("state", "swarmtop", "swarm.db")
            shutil.copy(swarm, box.path("store"))
            os.symlink(swarm, box.path("to-store"))
            box.config(CONFIG)
            for arguments in (["--json", swarm], ["--html", box.path("to-store")], ["--json", "-", "--stats", swarm]):
                result = box.run("report", *arguments)
                same((result.code, result.text), (2, ""), "a database is not overwritten: exit 2")
                like(result.message, "names a database of swarmtop, which is not overwritten", "... and why")
            box.config(CONFIG + '[report]\nhtml = "%s"\n' % swarm)
            same(box.run("report").code, 78, "in the config: exit 78")
            same(open(swarm, "rb").read(), open(box.path("store"), "rb").read(), "it is what it was")


def homeless():
    """A reader makes no folders"""
    with sandbox() as box:
        box.config(CONFIG)
        home = box.path("state", "none")
        for command in ("report", "pick"):
            result = box.run(command, env={"XDG_STATE_HOME": "", "HOME": home})
            same(result.code, 1, command + " without a store: exit 1")
            like(result.message, "there is no store at .*: run `swarmtop sync` first", "... and what to do")
        ok(not os.path.exists(home), "no folder is made")


def ages():
    """The age is that of the number beside it"""
    lines = [torrent(1, "Old word", samples=[sample(0, NOW - 200 * DAY, 50, 1), sample(1, NOW - 10, 2, 1, peers=5)]),
             torrent(2, "DHT alone", samples=[sample(1, NOW - 3 * 3600, 2, 1, peers=5)]),
             torrent(3, "Addresses alone", samples=[sample(1, NOW - 3 * 3600, peers=31)]),
             torrent(4, "Nobody", samples=[sample(1, NOW - 3 * 3600, 0, 0, peers=0)])]
    with stocked(lines) as box:
        text = box.run("pick", "--unmeasured").text
        like(text, r"(?m) 50 +\S+( \w+)? +200 d  Old word", "a tracker's number of long ago")
        like(text, r"(?m) ~2 +\S+( \w+)? +3 h 00  DHT alone", "the DHT's")
        like(text, r"(?m) \? +\S+( \w+)? +never  Addresses alone", "addresses are no seeders")
        like(text, r"(?m) ~0 +\S+( \w+)? +3 h 00  Nobody", "a proof that nobody is there")
        like(box.run("pick").message, "1 never measured", "... and those are left out")
        page = box.run("report", "--html", "-").text
        rows = {row[0]: row for row in json.loads(page[page.index('id="data">') + 10:].split("</script>")[0])}
        same([rows[name][11] for name in ("Old word", "DHT alone", "Addresses alone")], [NOW - 200 * DAY, NOW - 3 * 3600, NOW - 3 * 3600],
             "the page has them so too")


def keys():
    """No passkey of a stored magnet link gets out, and no name breaks a list of links"""
    magnet = "magnet:?xt=urn:btih:%s&dn=x&tr=https%%3A%%2F%%2Ftrk.test%%2FSECRET%%2Fannounce&tr=udp%%3A%%2F%%2Fopen.test%%3A80%%2Fannounce&tr=http%%3A%%2F%%2Fq.test%%2Fannounce%%3Fpasskey%%3DSECRET"
    line = torrent(1, "Linked", link="", samples=[sample(0, NOW, 1)])
    line["magnet"] = magnet % line["torrent"]["hash"]
    evil = torrent(2, "Evil", link="/srv/a\x1b[31m\nrm -rf.torrent", samples=[sample(0, NOW, 1)], size=2**63 - 1, created=2**62)
    with stocked([line, evil]) as box:
        outputs = [box.run("report", "--" + kind, "-").text for kind in ("json", "html", "stats")] + \
            [box.run("pick", *more).text for more in ([], ["--json"], ["--links"])]
        same([text for text in outputs if "SECRET" in text], [], "the key is nowhere")
        ok("tr=udp%3A%2F%2Fopen.test%3A80%2Fannounce" in outputs[0], "an open tracker is")
        same(outputs[5].splitlines()[1:], ["file:///srv/a%1B[31m%0Arm%20-rf.torrent"], "a path that is not to be printed is a URL")
        row = json.loads(outputs[0])[1] if "Evil" in json.loads(outputs[0])[1]["name"] else json.loads(outputs[0])[0]
        same((row["size_bytes"], row["created_unix"]), (0, 0), "numbers that are not true are unknown")


def wrong():
    """What is wrong is said, with what to do"""
    with sandbox() as box:
        box.config(CONFIG)
        for command in ("report", "pick"):
            with part(command):
                result = box.run(command)
                same((result.code, result.text), (1, ""), command + " without a store: exit 1")
                like(result.message, "swarmtop sync", "... and what to run first")
                ok(not os.path.exists(box.path("state", "swarmtop", "swarm.db")), "... and no store is made")
                result = box.run(command, "boks")
                same(result.code, 2, command + " of an unknown collection: exit 2")
                like(result.message, 'did you mean "books"', "... and the nearest")
                same(box.run(command, "old").code, 2, "a collection that is not enabled: exit 2")
                same(box.run(command, "--nonsense").code, 2, "an unknown option: exit 2")
                like(box.run(command, "--help").text, r"(?s)usage: swarmtop %s .*--json" % command, "--help")
        for args in (["--size", "2XB"], ["--size", "0"], ["--seeders", "3-1"], ["--seeders", "few"], ["--json", "--links"], ["--start"],
                     ["--add", "-u", "ftp://x"]):
            same(box.run("pick", *args).code, 2, "pick " + " ".join(args))


def hostile():
    """Hostile names in every output"""
    tame = [name for name in HOSTILE if not re.search("[\u2028\u2029]", name)]  # the store holds clean texts
    with stocked([torrent(i, name, samples=[sample(0, NOW, 1)]) for i, name in enumerate(HOSTILE)]) as box:
        result = box.run("report", "--html", box.path("a.html"), "--json", box.path("a.json"), "--stats", box.path("s.html"))
        same(result.code, 0, "exit 0")
        names = {row["name"].rsplit(" (", 1)[0] for row in load(box.path("a.json"))}
        same([name for name in HOSTILE if name not in names and not re.search(r"\d", name)], [], "JSON has them as they are")
        page = open(box.path("a.html"), encoding="utf-8").read()
        same(page.count("<script"), 2, "two scripts in the page: data, and ours")
        same(re.findall("<(?:img|svg onload|b>)", page), [], "no markup of theirs")
        same(re.findall('="javascript:', page), [], "no link of theirs")
        ok("\u2028" not in page[page.index('id="data"'):], "no line separator in the data")
        for options in ([], ["--links"], ["--json"]):
            result = box.run("pick", *options)
            same(result.code, 0, "pick " + " ".join(options))
            ok(all(name[:60] in result.text for name in tame if "\\" not in name and '"' not in name) or options == ["--links"],
               "... has the names")


# ---- pick ------------------------------------------------------------------------------------------------------------

GB = 10**9


def choosing():
    """Who needs it most, within the budget; the rest is counted"""
    lines = [
        torrent(1, "Healthy", size=GB, samples=[sample(0, NOW, 200, 1)]),
        torrent(2, "Scarce", size=5 * GB, samples=[sample(0, NOW, 1, 1)]),
        torrent(3, "Falling", size=4 * GB, samples=[sample(0, NOW - 9 * DAY, 10, 1), sample(0, NOW - 5 * DAY, 6, 1), sample(0, NOW, 1, 1)]),
        torrent(4, "Gone dark", size=3 * GB, samples=[sample(0, NOW, 0, 1)]),
        torrent(5, "In the DHT", size=2 * GB, samples=[sample(1, NOW, 2, 1, peers=5)], collection="papers"),
        torrent(6, "Stranger", size=GB),
        torrent(7, "Secret", size=GB, private=1, samples=[sample(0, NOW, 0, 1)]),
        torrent(8, "Sizeless", link="", samples=[sample(0, NOW, 0, 1)]),
    ]
    with stocked(lines) as box:
        def picked(*args):
            result = box.run("pick", "--json", *args)
            same(result.code, 0, "pick " + " ".join(args))
            return [row["name"].split(" (")[0] for row in json.loads(result.out)]
        same(picked(), ["Sizeless", "Gone dark", "Falling", "Scarce", "In the DHT", "Healthy"], "by need")
        same(picked("--size", "9GB"), ["Gone dark", "Falling", "In the DHT"], "what does not fit is passed over")
        same(picked("--seeders", "1-3"), ["Falling", "Scarce", "In the DHT"], "one to three seeders")
        same(picked("--seeders", "100-"), ["Healthy"], "a hundred and more")
        same(picked("papers"), ["In the DHT"], "one collection")
        ok("Stranger" in picked("--unmeasured") and "Secret" in picked("--private"), "those that are asked for")
        text = box.run("pick", "--size", "9GB")
        like(text.text, r"(?m)^ +1 +\d+\.\d +0 +3\.0 GB +\d+ s  Gone dark$", "the table")
        like(text.text, r"(?m)^3 torrents, 9\.0 GB of 9\.0 GB$", "and its total")
        like(text.message, r"left out 1 private .*, 1 never measured .*, 1 of unknown size, 2 over the budget", "what was left out")
        for args in (["--json"], ["--links", "papers"]):
            like(box.run("pick", "--size", "9GB", *args).message, r"(?m)^pick: \d torrents?, \d\.0 GB of 9\.0 GB$",
                 args[0] + ": the total is told beside it")
        links = box.run("pick", "--links").text.splitlines()
        same(links[1], "http://files.test/books/4.torrent", "links")
        like(links[0], "^magnet:", "... and magnet links")
        same(box.run("pick", "--links", "--seeders", "50-60").text, "", "none is no failure")
        same([found for row in json.loads(box.run("pick", "--json").out) for found in faults(row)], [], "the JSON is the report's")
        with box.screen("pick", "--seeders", "0-3", cols=60) as screen:
            same(screen.finish(), 0, "on a terminal")
        ok(all(len(line) <= 60 for line in screen.output.decode().splitlines() if "left out" not in line), "... cut to its width")


# ---- Transmission ----------------------------------------------------------------------------------------------------


class Files(http.server.SimpleHTTPRequestHandler):
    asked = []  # paths

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.asked.append(self.path)
        super().do_GET()


@contextlib.contextmanager
def serving(folder):
    """A web server of a folder; its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: Files(*args, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield "http://127.0.0.1:%d" % server.server_port
    finally:
        server.shutdown()
        server.server_close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def transmission(box, auth=None):
    from daemon import Daemon
    os.makedirs(box.path("transmission"))
    daemon = Daemon("transmission", box.path("transmission"), "127.0.0.1", "::1", auth,
                    **{"peer-port": free_port(), "start-added-torrents": True})
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.stop()


def adding():
    """Transmission gets what it lacks: by URL, by magnet link, from a file; paused, unless told otherwise"""
    if not shutil.which("transmission-daemon"):
        return skip("a real Transmission", "transmission-daemon is not installed")
    from torrents import Torrent
    with sandbox() as box, serving(box.home) as web, transmission(box, ("me", "s3cret")) as daemon:
        made = [Torrent(str(i), "file %d" % i, 1000 + i, box.path("shared")) for i in range(4)]
        box.write("shared/broken.torrent", "no torrent")
        link = [web + "/shared/file%200.torrent", "", made[2].path, made[3].path]
        magnet = "magnet:?xt=urn:btih:%s&dn=file+1" % made[1].hash
        lines = [torrent(i, t.name, link=link[i], magnet=magnet if i == 1 else "", size=1000 + i, samples=[sample(0, NOW, i, 1)])
                 for i, t in enumerate(made)]
        for line, t in zip(lines, made):
            line["torrent"]["hash"] = t.hash
        fill(box, lines)
        box.config(shed(daemon) + SHELF % (web, "true"))
        daemon.rpc("torrent-add", filename=made[0].path, paused=True)
        result = box.run("pick", "--seeders", "0-2", "--add", timeout=60)
        same(result.code, 0, "pick --add: exit 0")
        like(result.message, r"(?m)^pick: shed has 2 new torrents \(paused\), had 1 already$", "what became of it")
        same({t["hashString"] for t in daemon.get(["hashString"])}, {t.hash for t in made[:3]}, "they are there")
        # A new torrent is checked first, paused or not.
        ok(wait_until(lambda: {t["status"] for t in daemon.get(["status"])} == {0}, 20, "the check"), "and paused")
        like(box.run("pick", "--seeders", "0-2", "--add").message, "0 new torrents .*, had 3 already", "a second time: none is new")
        result = box.run("pick", "--add", "--start", "-u", daemon.url.replace("/transmission/rpc", ""))
        like(result.message, "1 new torrent, had 3 already", "--start, and -u with the config's login")
        ok(daemon.get(["status"], [made[3].hash])[0]["status"] != 0, "it is not paused")
        os.unlink(made[3].path)
        os.rename(box.path("shared", "broken.torrent"), made[3].path)
        daemon.rpc("torrent-remove", ids=[made[3].hash])
        result = box.run("pick", "--add")
        same(result.code, 0, "a file that is no torrent: exit 0")
        by_magnet = "1 new torrent .paused., had 3 already\npick: 1 of them only by magnet link: file 3: its torrent file"
        like(result.message, by_magnet + " is none: ", "... it is added by magnet link, and why")
        daemon.rpc("torrent-remove", ids=[made[3].hash])
        shutil.copy(made[2].path, made[3].path)
        like(box.run("pick", "--add").message, by_magnet + " is of another torrent, " + made[2].hash, "another torrent in its place")
        daemon.rpc("torrent-remove", ids=[made[3].hash])
        os.unlink(made[3].path)
        os.mkfifo(made[3].path)
        like(box.run("pick", "--add").message, by_magnet + ": Invalid argument", "a pipe in its place makes nobody wait")
        same({t["hashString"] for t in daemon.get(["hashString"])}, {t.hash for t in made}, "all are there")
        box.config('[[transmission]]\nurl = "%s"\nusername = "me"\npassword = "wrong"\n' % daemon.url + CONFIG)
        result = box.run("pick", "--add")
        same(result.code, 77, "a wrong login: exit 77")
        like(result.message, "login refused", "... and why")
        ok("s3cret" not in result.message and "wrong" not in result.message.replace("wrong login", ""), "... without the password")
        result = box.run("pick", "--add", "-u", "127.0.0.1:%d" % free_port())
        same(result.code, 69, "nobody there: exit 69")


SHELF = '[collection.books]\ntorrent_url = "%s/shared/"\nallow_private = %s\n'


def shed(daemon):
    return '[[transmission]]\nname = "shed"\nurl = "%s"\nusername = "me"\npassword = "s3cret"\n' % daemon.url


def strangers():
    """A list of somebody else sends Transmission nowhere, and gives it no other torrent than the one that was chosen"""
    if not shutil.which("transmission-daemon"):
        return skip("a real Transmission", "transmission-daemon is not installed")
    from torrents import Torrent
    with sandbox() as box, serving(box.home) as web, transmission(box, ("me", "s3cret")) as daemon:
        made = [Torrent(str(i), "file %d" % i, 1000 + i, box.path("shared")) for i in range(3)]

        def offer(number, link, **more):
            line = torrent(number, made[number].name, link=link, **{"samples": [sample(0, NOW, 0, 1, tracker="udp://open.test:6969/announce")],
                                                                     "size": 1000 + number, **more})
            line["torrent"]["hash"] = made[number].hash
            return line

        def add(line, allow, *args, also=()):
            """What a pick of this one says, and what was fetched."""
            shutil.rmtree(box.path("state", "swarmtop"), ignore_errors=True)
            fill(box, [line, *also])
            box.config(shed(daemon) + SHELF % (web, allow))
            for there in daemon.get(["hashString"]):
                daemon.rpc("torrent-remove", ids=[there["hashString"]])
            Files.asked.clear()
            return box.run("pick", "--add", *args, timeout=60)

        def has():
            return [t["hashString"] for t in daemon.get(["hashString"])]

        good = web + "/shared/file%200.torrent"
        result = add(offer(0, good + "?admin=1"), "false")
        same((result.code, Files.asked, has()), (0, [], [made[0].hash]), "a private address: nobody asks it, and the torrent is added")
        like(result.message, r"shed has 1 new torrent \(paused\), had 0 already\npick: 1 of them only by magnet link: file 0: its torrent file: not allowed",
             "... by magnet link, and why")
        like(daemon.get(["magnetLink"])[0]["magnetLink"], "open.test", "... with the tracker that is known")
        result = add(offer(0, good.replace("127.0.0.1", "localhost")), "true")
        same((result.code, Files.asked, has()), (0, [], [made[0].hash]), "another host than the collection's: nobody asks it")
        like(result.message, "leads to another host: allow it with hosts", "... and what to do")
        result = add(offer(0, web + "/shared/file%201.torrent"), "true")
        same((result.code, len(Files.asked), has()), (0, 1, [made[0].hash]), "another torrent at its URL: the chosen one is added")
        like(result.message, "only by magnet link: file 0: its torrent file is of another torrent, " + made[1].hash, "... and it is said")
        result = add(offer(0, web + "/shared/none.torrent"), "true")
        like(result.message, "only by magnet link: file 0: its torrent file: HTTP status 404", "none at its URL")
        result = add(offer(0, web + "/shared/none.torrent", magnet="magnet:?xt=urn:btih:%s&tr=udp://named.test:80" % made[0].hash), "true")
        like(daemon.get(["magnetLink"])[0]["magnetLink"], "named.test", "... nor there, but there is a magnet link, too: that is taken")
        folder = {**offer(0, "file:///none/0.torrent"), "collection": "a folder", "samples": []}
        result = add(offer(0, good), "true", also=[folder])
        same((result.code, has()), (0, [made[0].hash]), "a file on the disk that is gone")
        ok("magnet" not in result.message and len(Files.asked) == 1, "... is fetched where another collection has it, under its rules")
        named = "magnet:?xt=urn:btih:%s&tr=udp://named.test:80" % made[0].hash
        result = add(offer(0, "/none/0.torrent", magnet=named), "true")
        same((result.code, has()), (0, [made[0].hash]), "one that is gone, and is nowhere else")
        like(result.message, "only by magnet link: file 0: its torrent file: No such file", "... is added by its magnet link, and why")
        like(daemon.get(["magnetLink"])[0]["magnetLink"], "named.test", "... by the one that it has")
        result = add(offer(0, "/none/0.torrent", magnet=named, private=1), "true", "--private")
        same((result.code, has()), (1, []), "a private one is not")
        result = add(offer(0, web + "/shared/none.torrent", private=1), "true", "--private")
        same((result.code, has()), (1, []), "a private one needs its file")
        like(result.message, "1 could not be added: file 0: .*HTTP status 404; it is private", "... and that is said")
        result = add(offer(0, good, size=10), "true", "--size", "500")
        same((result.code, has()), (1, []), "one that is bigger than was said does not break the budget")
        like(result.message, "could not be added: file 0: it is bigger than was said", "... and that is said")
        result = add(offer(0, good), "true", "--size", "2kB")
        same((result.code, has()), (0, [made[0].hash]), "a good one")
        ok("magnet" not in result.message and daemon.get(["totalSize"])[0]["totalSize"] > 0, "... by its torrent file")
        dead = "http://127.0.0.1:%d/" % free_port()
        result = add(offer(0, dead + "a.torrent"), "true")
        like(result.message, "only by magnet link: file 0: its torrent file: no connection", "a server that is down")
        with socket.create_server(("127.0.0.1", 0)) as mute:
            shutil.rmtree(box.path("state", "swarmtop"))
            fill(box, [offer(2, "http://127.0.0.1:%d/a.torrent" % mute.getsockname()[1])])
            mute.settimeout(20 * SLOW)
            with box.start("pick", "--add") as program:
                mute.accept()
                program.signal(signal.SIGINT)
                result = program.finish(5)
            same(result.code, 0, "Ctrl+C while a server is silent: exit 0")
            like(result.message, "0 new torrents .*, and was not asked for 1\n", "... and what was left")


def refusing():
    """A server that gives no files for now is given up after a while, and holds up nobody: magnet links take their place"""
    if not shutil.which("transmission-daemon"):
        return skip("a real Transmission", "transmission-daemon is not installed")
    from collection_server import Collection, Page
    from torrents import Torrent
    with sandbox() as box, Collection() as server, transmission(box, ("me", "s3cret")) as daemon:
        made = [Torrent(str(i), "file %d" % i, 1000 + i, box.path("shared")) for i in range(6)]
        lines = [torrent(i, t.name, link="%s/%d.torrent" % (server.url, i), size=1000 + i, samples=[sample(0, NOW, i, 1)])
                 for i, t in enumerate(made)]
        for line, t in zip(lines, made):
            line["torrent"]["hash"] = t.hash
        fill(box, lines)
        box.config(shed(daemon) + SHELF % (server.url, "true"))
        for status, seconds, files, tries in ((429, 1, 3, 1), (429, 3600, 1, 1), (503, 0, 3, 3), (503, 3600, 1, 1)):
            for i in range(6):
                server.pages["/%d.torrent" % i] = Page("", status=status, headers={"Retry-After": str(seconds)})
            for there in daemon.get(["hashString"]):
                daemon.rpc("torrent-remove", ids=[there["hashString"]])
            server.forget()
            # Transmission is at the same address: were it to rest too, that would take a minute.
            result = box.run("pick", "--add", timeout=50 * SLOW)
            words = "status %d with a wish for %d s" % (status, seconds)
            same((result.code, len(server.asked())), (0, files * tries), words + ": %d files are asked for" % files)
            like(result.message, "6 new torrents .*\npick: 6 of them only by magnet link: file 0: .*HTTP status %d" % status,
                 "... and the others are added all the same")


def many_reports():
    """20,000 torrents in a second or two"""
    with stocked(many(20000, seed=random.randrange(1000))) as box:
        result = box.run("report", "--json", box.path("a.json"), "--html", box.path("a.html"), timeout=60)
        same(result.code, 0, "exit 0")
        same([found for row in load(box.path("a.json")) for found in faults(row)][:5], [], "no fault in any")
        ok(result.peak_kib < 128 * 1024 or "asan" in os.environ.get("SWARMTOP", ""), "in %d MiB" % (result.peak_kib // 1024))


if __name__ == "__main__":
    main(seedtools, synced, places, always_whole, deserted, ended, progress, chosen, collisions, homeless, ages, keys, wrong, hostile, choosing, adding, strangers, refusing, many_reports)
