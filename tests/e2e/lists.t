#!/usr/bin/python3
"""Lists of networks with tags: counted by tag, left out and counted apart, read again when they change."""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "lab"))
from fake_daemon import FakeDaemon, peer, torrent
from preload import preload
from swarmtop_test import like, main, ok, plain_text, same, sandbox, wait_until

MAKE_MMDB = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools", "make_mmdb.pl")
VPN, TOR, OTHER, NEAR = "5.9.1.1", "31.13.64.7", "93.40.0.7", "2a01:4f8::9"
LISTS = '[filter]\nlists = ["vpn=%s", "tor=%s"]\n'


def world():
    """VPN is in both torrents."""
    return [torrent("one", [peer(VPN, up=1000), peer(OTHER, up=500)]),
            torrent("two", [peer(VPN, down=300), peer(TOR), peer(NEAR, up=70)])]


def write_lists(box):
    vpn = box.write("vpn.netset", "# a netset\n5.9.0.0/16\n2a01:4f8::/32\nno network\n")
    tor = box.write("exits", "ExitNode 0011\nPublished 2026-11-20 10:00:00\nExitAddress 31.13.64.7 2026-11-20 11:03:45\n")
    return vpn, tor


def host_port(daemon):
    return "127.0.0.1:%d" % daemon.port


def tags_of(record):
    return {one["tag"]: (one["connections"], one["addresses"], one["rate_up"]) for one in record["tags"]}


def counted():
    """Each tag has its numbers, each peer its tags; a bad line is told"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        box.config(LISTS % write_lists(box))
        result = box.run("-u", host_port(daemon), "--once", "--json", "--peers")
        record = result.record
        same(tags_of(record), {"vpn": (3, 2, 1070), "tor": (1, 1, 0)}, "connections, addresses and rates by tag")
        same({one["address"]: one["tags"] for one in record["peers"]}, {VPN: "vpn", TOR: "tor", OTHER: None, NEAR: "vpn"},
             "the tags of peers")
        same((record["connections"], record["excluded"]["sightings"]), (5, 0), "nothing is left out")
        like(result.message, r"lists: 3 networks, 2 files read\n", "how much was read is told")
        like(result.message, r"vpn: 2 networks from .*vpn\.netset, 1 line rejected", "rejected lines are counted")
        like(result.message, r'vpn\.netset, line 4: "no network": no address, range or AS number', "and named")
        like(box.run("-u", host_port(daemon), "--once", "--plain").text, r"Tagged vpn: 3 now, 3 sightings\nTagged tor: 1 now, 1 sighting\n",
             "plain text too")


def remembered():
    """The history knows the tags of peers; where no list is open any more, it keeps those it knew"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        want = {VPN: "vpn", TOR: "tor", OTHER: None, NEAR: "vpn"}
        for config in (LISTS % write_lists(box), ""):
            box.config(config)
            box.run("-u", host_port(daemon), "-n", 2, "-r", 1.1, "--record")
            rows = json.loads(box.run("history", "--by", "peer", "--json").text)["rows"]
            same({one["address"]: one["tags"] for one in rows}, want, "tags in the history")
        box.config(LISTS % write_lists(box))
        with box.start("-u", host_port(daemon), "-r", 1.1, env=hanging_disk(box)) as program:
            program.wait_for(lambda self: self.out.count(b"Total sightings") > 1, 20)
            program.signal(2)
            program.finish()
        rows = json.loads(box.run("history", "--by", "peer", "--json").text)["rows"]
        same({one["address"]: one["tags"] for one in rows}, want, "so it does while a list is not read yet")


def doubted():
    """What a list that cannot be read would say is unknown: stored tags of its tag stay, others are those of now"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        vpn, tor = write_lists(box)
        box.config(LISTS % (vpn, tor))
        box.run("-u", host_port(daemon), "-n", 2, "-r", 1.1, "--record")
        os.rename(tor, tor + ".away")
        box.write("vpn.netset", "5.9.0.0/16\n31.13.64.0/24\n")
        wants = ({VPN: "vpn", TOR: "vpn tor", OTHER: None, NEAR: None}, {VPN: "vpn", TOR: "vpn", OTHER: "tor", NEAR: None})
        for want in wants:
            for _ in range(2):
                box.run("-u", host_port(daemon), "-n", 2, "-r", 1.1, "--record")
                rows = json.loads(box.run("history", "--by", "peer", "--json").text)["rows"]
                same({one["address"]: one["tags"] and " ".join(sorted(one["tags"].split(), reverse=True)) for one in rows}, want,
                     "tags in the history")
            box.write("exits", OTHER + "\n")


def excluded():
    """What is left out is in no table, and counted apart"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        box.config(LISTS % write_lists(box) + 'exclude = ["vpn", "93.40.0.0/16"]\n')
        record = box.run("-u", host_port(daemon), "--once", "--json", "--peers").record
        same((record["connections"], record["sightings"], record["unique"]), (1, 1, 1), "one peer is left")
        same([one["address"] for one in record["peers"]], [TOR], "which one")
        same(record["excluded"], {"sightings": 4, "connections": 4, "addresses": 3, "rate_up": 1570, "rate_down": 300},
             "the others are counted apart")
        like(box.run("-u", host_port(daemon), "--once", "--plain").text,
             r"Excluded from all this: 4 now, from 3 addresses; 4 sightings", "and never silently")
        result = box.run("-u", host_port(daemon), "--once", "--csv")
        same((result.code, result.message.count("excluded peers are not in these rows")), (0, 1), "in CSV a note beside it")
        ok("excluded" not in result.text, "and none in it")
        metrics = box.path("swarmtop.prom")
        box.run("-u", host_port(daemon), "--once", "--textfile", metrics)
        with open(metrics) as file:
            like(file.read(), r"\nswarmtop_torrents_with_peers 1\n", "a torrent with nobody else is not in the metrics")


def excluded_later():
    """What is left out on SIGHUP is so from then on, and what comes back counts from then on"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        text = "[monitor]\nrefresh = 600\n" + LISTS % write_lists(box)
        box.config(text)
        with box.start("-u", host_port(daemon), "--json", "--peers") as program:
            for count, more in enumerate(("", 'exclude = ["vpn"]\n', "")):
                if count:
                    box.config(text + more)
                    program.signal(1)
                program.wait_records(count + 1, 20)
            program.signal(2)
            records = program.finish().records
        same([[record[key] for key in ("connections", "sightings", "unique")] for record in records], [[5, 5, 4], [2, 7, 4], [5, 12, 4]],
             "connections, sightings and unique")
        same([sorted(one["address"] for one in record["peers"] if not one["connected"]) for record in records], [[], sorted([VPN, NEAR]), []],
             "who is remembered, and not connected")
        same([(record["excluded"]["connections"], record["excluded"]["sightings"]) for record in records], [(0, 0), (3, 3), (0, 3)],
             "what is counted apart")
        same([record["sources"][0]["peers"] for record in records], [5, 5, 5], "the daemon counts as ever")


def mistakes():
    """A mistake of the configuration ends with 78, a missing list does not"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        for text, said in (('lists = ["VPN=x"]', r"tag=path"), ('exclude = ["tor"]', r'no list has the tag "tor"'),
                           ('exclude = ["10/8"]', r"takes tags of lists"), ('exclude = ["5.9.1.1, 8.8.8.8"]', r"each as a text of its own"),
                           ('lists = ["vpn=/x"]\nexclude = ["5.9.1.1, vpn"]', r"each as a text of its own")):
            box.config("[filter]\n" + text + "\n")
            result = box.run("-u", host_port(daemon), "--once")
            same(result.code, 78, text + ": exit 78")
            like(result.message, said, text + ": and why")
        box.config('[filter]\nlists = ["vpn=/nowhere/list"]\n')
        result = box.run("-u", host_port(daemon), "--once", "--json")
        same((result.code, tags_of(result.record)), (0, {"vpn": (None, None, None)}), "nobody knows what a list that is not there says")
        same(result.record["tags"][0]["state"], "unreadable", "which is its state")
        like(result.message, r"/nowhere/list cannot be read: No such file", "and told")
        like(box.run("-u", host_port(daemon), "--once").text, "Tagged vpn: its list cannot be read", "also in plain text")


def databases():
    """AS numbers by a database of networks, and a database of who hides"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        subprocess.run(["perl", MAKE_MMDB, box.path()], check=True)
        systems = box.write("systems", "AS24940 # hosting\n")
        text = '[geoip]\ndatabases = ["%s"]\n[filter]\nlists = ["hosting=%s", "%s"]\nexclude = ["AS32934"]\n'
        box.config(text % (box.path("asn.mmdb"), systems, box.path("anonymity.mmdb")))
        record = box.run("-u", host_port(daemon), "--once", "--json").record
        same({tag: numbers[0] for tag, numbers in tags_of(record).items()}, {"hosting": 3, "vpn": 0, "proxy": 0, "tor": 3},
             "connections by tag")
        same(record["excluded"]["connections"], 1, "a whole network is left out")
        same([(one["asn"], one["kind"], one["connections"]) for one in record["networks"]],
             [(24940, "hosting", 3), (None, None, 1)], "networks, those with most sightings first")
        box.config(text % (box.path("country.mmdb"), systems, box.path("anonymity.mmdb")))
        result = box.run("-u", host_port(daemon), "--once", "--json")
        ok("networks" not in result.record, "without a database of networks there are none")
        same(tags_of(result.record)["hosting"][0], 0, "without a database of networks an AS number is nobody's")
        ok("AS numbers of lists need a geo database of networks" in result.message, "which is told", result.message)
        box.config(LISTS % (systems, box.write("mixed", "AS24940\n5.9.1.1\n")))
        record = box.run("-u", host_port(daemon), "--once", "--json", "-g", box.path("country.mmdb")).record
        same({tag["tag"]: (tag["connections"], tag["state"]) for tag in record["tags"]},
             {"vpn": (None, "no-asn-database"), "tor": (2, "ok")}, "a list of nothing else says nothing")
        like(box.run("-u", host_port(daemon), "--once", "--plain", "-g", box.path("country.mmdb")).text,
             "Tagged vpn: its list needs an ASN database", "in plain text too")
        record = box.run("-u", host_port(daemon), "--once", "--json", "-g", box.path("asn.mmdb")).record
        same([tag["connections"] for tag in record["tags"]], [3, 3], "with one it does")


def cut_in_place():
    """Databases that are rewritten in place, as cp and curl do, end nothing; what they said stays until they are whole"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        subprocess.run(["perl", MAKE_MMDB, box.path()], check=True)
        names = [box.path(name) for name in ("country.mmdb", "anonymity.mmdb")]
        whole = [open(name, "rb").read() for name in names]
        box.config('[geoip]\ndatabases = ["%s"]\n[filter]\nlists = ["%s"]\n' % tuple(names))
        with box.start("-u", host_port(daemon), "-r", 0.2, "--json") as program:
            wait_until(lambda: program.records and tags_of(program.records[-1])["tor"][0] == 3, 20, "the first tags")
            for name in names:
                open(name, "wb").close()
            daemon.world[1]["peers"].append(peer("5.9.1.2", up=10))
            wait_until(lambda: tags_of(program.records[-1])["tor"][0] == 4, 20, "an address that was never looked up")
            same([one["connections"] for one in program.records[-1]["countries"] if one["code"] == "DE"], [4], "its country")
            program.wait_for(lambda self: b"anonymity.mmdb is empty" in self.err, 60)
            program.wait_records(len(program.records) + 2)
            same(tags_of(program.records[-1])["tor"][0], 4, "an empty file says what it said")
            for name, data in zip(names, whole):
                with open(name, "wb") as file:
                    file.write(data)
            program.wait_for(lambda self: self.err.count(b"vpn, proxy, tor, hosting: ") == 2, 60)
            ok(True, "a whole one is read again")
            program.signal(2)
            same(program.finish().code, 0, "it ends when it is told to")


def changed():
    """SIGHUP reads lists again; so does a change of the file"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        vpn, tor = write_lists(box)
        box.config(LISTS % (vpn, tor))
        with box.start("-u", host_port(daemon), "-r", 0.2, "--json") as program:
            wait_until(lambda: program.records and tags_of(program.records[-1])["vpn"][0] == 3, 20, "the first tags")
            like(program.err.decode(), r"swarmtop: tor: 1 network from .*exits", "a list that is fine is told, too")
            box.write("vpn.netset", "93.40.0.7\n")
            program.signal(1)
            wait_until(lambda: tags_of(program.records[-1])["vpn"] == (1, 1, 500), 20, "SIGHUP")
            last = {one["tag"]: one["sightings"] for one in program.records[-1]["tags"]}
            ok(last["vpn"] <= program.records[-1]["sightings"] // 5 + 1, "sightings move with the addresses", last)
            box.write("new", "2a01:4f8::9\n5.9.1.1\n93.40.0.7\n")
            os.rename(box.path("new"), vpn)
            wait_until(lambda: tags_of(program.records[-1])["vpn"] == (4, 3, 1570), 45, "the file changed")
            ok(True, "a file that was replaced is read again")
            program.signal(2)
            program.finish()


def news():
    """A country that comes as a list changes is new all the same; one that was left out is not"""
    with sandbox() as box, FakeDaemon(world()[:1]) as daemon:
        daemon.world[0]["peers"].append(peer("8.8.8.8"))
        subprocess.run(["perl", MAKE_MMDB, box.path()], check=True)
        text = ('[monitor]\nrefresh = 600\n[geoip]\ndatabases = ["%s"]\n[alert.news]\nwhen = "new_country"\nfor = 1\n'
                % box.path("country.mmdb")) + LISTS % write_lists(box)
        box.config(text + 'exclude = ["8.8.8.8"]\n')
        with box.start("-u", host_port(daemon), "--json") as program:
            program.wait_records(1)
            box.config(text)
            program.signal(1)
            program.wait_records(2, 20)
            box.write("vpn.netset", "93.40.0.7\n")
            daemon.world[0]["peers"].append(peer(TOR))
            program.signal(1)
            program.wait_records(3, 20)
            program.signal(2)
            records = program.finish().records
        same([[one["code"] for one in record["countries"] if one["code"] != "??"] for record in records],
             [["DE"], ["DE", "US"], ["DE", "US", "IE"]], "countries")
        same([record["alerts"][0]["state"] for record in records], ["ok", "ok", "raised"], "the alert")


def screen():
    """Shares on the overview, a filter for a tag, and how many are left out"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        box.config(LISTS % write_lists(box) + 'exclude = ["93.40.0.7"]\n')
        with box.screen("-u", host_port(daemon), "-r", 0.5, cols=100, rows=30) as shown:
            shown.wait_text(r"vpn +75 % +tor +25 %", 20)
            shown.wait_text(r"1 excluded")
            shown.send("2/tag('tor')\r")
            shown.wait_text(r"31\.13\.64\.7")
            ok(True, "the screen shows tags")
            shown.send("q")
            shown.finish()


def unreadable():
    """A list that could not be read so far counts as unknown, and ends no alert; one that goes away leaves what it said"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        vpn, tor = write_lists(box)
        alert = '[alert.tor]\nwhen = "tag(\'tor\').connections > 0"\nfor = 1\n'
        box.config(LISTS % (vpn, tor) + alert)
        with box.start("-u", host_port(daemon), "-r", 0.2, "--json") as program:
            program.wait_for(lambda self: any(one["alerts"][0]["state"] == "raised" for one in self.records), 60)
            os.rename(tor, box.path("away"))
            program.signal(1)
            program.wait_for(lambda self: b"exits cannot be read" in self.err, 45)
            program.wait_records(len(program.records) + 3)
            same(tags_of(program.records[-1])["tor"], (1, 1, 0), "a list that has gone says what it said")
            program.signal(2)
            program.finish()
        args = ("-u", host_port(daemon), "-r", 0.2, "--json", "--textfile", box.path("metrics"))
        with box.start(*args) as program:
            program.wait_for(lambda self: any(one["alerts"][0]["state"] == "raised" for one in self.records), 60)
            program.wait_records(len(program.records) + 4)
            last, metrics = program.records[-1], open(box.path("metrics")).read()
            program.signal(2)
            result = program.finish()
        ok("alert tor is over" not in result.message, "over a restart the alert goes on", result.message)
        same((last["alerts"][0]["state"], tags_of(last)), ("raised", {"vpn": (3, 2, 1070), "tor": (None,) * 3}), "numbers")
        same(('tag_connections{tag="vpn"} 3' in metrics, 'tag="tor"' in metrics), (True, False), "metrics")
        box.config(LISTS % (vpn, tor) + 'exclude = ["tor"]\n')
        with box.screen("-u", host_port(daemon), "-r", 0.5, cols=160, rows=30) as shown:
            shown.wait_text(r"vpn +60 % +tor: unreadable", 20)
            os.rename(box.path("away"), tor)
            ok(wait_until(lambda: shown.shows("1", r"1 excluded"), 60, "the list"), "when it is there it counts")
            shown.send("q")
            same(shown.finish(), 0, "it ends")


def hanging_disk(box):
    """Lists on a disk that does not answer as long as there is the file `hang`; the environment for that."""
    box.write("hang", "")
    return preload(box, "hanging", HANG_PATH="exits", HANG_FILE=box.path("hang"))


def answers(shown, name):
    took = [shown.answer_ms(key) for key in "23456432"]
    ok(None not in took, name, took)


def hanging():
    """A list on a disk that does not answer: the screen does, and other lists count"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        box.config(LISTS % write_lists(box))
        with box.screen("-u", host_port(daemon), "-r", 0.5, env=hanging_disk(box), cols=160, rows=30) as shown:
            shown.wait_text(r"vpn +60 % +tor: reading", 20)
            answers(shown, "keys are answered while a list is being read for the first time")
            since = len(shown.output)
            shown.send("7")
            shown.wait_text(r"tor: .*exits is still being read", 10, since)
            since = len(shown.output)
            shown.signal(1)
            shown.wait_text(r"the configuration was read again", 20, since)
            answers(shown, "and after SIGHUP")
            os.remove(box.path("hang"))
            wait_until(lambda: shown.shows("1", r"tor +20 %"), 45, "the list")
            box.write("hang", "")
            box.write("new", "31.13.64.7\n93.40.0.7\n")
            os.rename(box.path("new"), box.path("exits"))
            since = len(shown.output)
            shown.signal(1)
            shown.send("7")
            shown.wait_text(r"exits is still being read; what it said stays", 45, since)
            answers(shown, "and when it hangs later")
            os.remove(box.path("hang"))
            ok(wait_until(lambda: shown.shows("1", r"tor +40 %"), 45, "the new list"), "what is read then counts")
            shown.send("q")
            same(shown.finish(), 0, "it ends")


def hanging_once():
    """--once waits for the lists before it asks; Ctrl+C ends that"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        box.config(LISTS % write_lists(box))
        env = hanging_disk(box)
        with box.start("-u", host_port(daemon), "--once", "--json", env=env) as program:
            program.wait_for(lambda self: b"exits is still being read" in self.err, 20)
            same(len(daemon.requests), 0, "nobody is asked yet")
            os.remove(box.path("hang"))
            result = program.finish(20)
        same((result.code, tags_of(result.record)["tor"][0]), (0, 1), "then the list counts")
        box.write("hang", "")
        with box.start("-u", host_port(daemon), "--once", "--json", env=env) as program:
            program.wait_for(lambda self: b"exits is still being read" in self.err, 20)
            program.signal(2)
            same(program.finish(20).code, 0, "Ctrl+C ends it")


def many():
    """The tags of many addresses are asked for again in parts; a record that is due meanwhile waits for all of them"""
    peers, tags = [peer("20.0.%d.%d" % (n // 250, n % 250)) for n in range(20000)], ["t%d" % n for n in range(60)]
    with sandbox() as box, FakeDaemon([torrent("one", peers)]) as daemon:
        path = box.write("list", "10.0.0.0/8\n")
        box.config("[monitor]\nrefresh = 600\n[filter]\nlists = [%s]\n" % ", ".join('"%s=%s"' % (tag, path) for tag in tags))
        with box.start("-u", host_port(daemon), "--json") as program:
            program.wait_records(1, 60)
            daemon.world = [torrent("one", peers[:1])]  # whose answer comes long before the others have their tags
            for text, among in (("20.0.0.0/16\n", True), ("20.0.10.0/24\n", False), ("20.0.0.0/16\n", True)):
                box.write("list", text)
                for _ in range(50):  # a slow disk has more than one turn
                    count = len(program.records)
                    program.signal(1)
                    program.wait_records(count + 1, 60)
                    values = {one["sightings"] for one in program.records[count]["tags"]}
                    ok(values <= {0, 250, len(peers) + count}, "sightings by tag: of all peers or of none", values)
                    if values == {len(peers) + count if among else 250}:
                        break
                else:
                    ok(False, "the list is read again", values)
            program.signal(2)
            same(program.finish().code, 0, "it ends")


def all_of_them():
    """A peer in all lists there may be: outputs and history have each of its tags"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        vpn, _ = write_lists(box)
        tags = ["a-very-long-%03d" % number for number in range(64)]
        box.config("[filter]\nlists = %s\n" % json.dumps(["%s=%s" % (tag, vpn) for tag in tags]))
        record = box.run("-u", host_port(daemon), "--once", "--json", "--peers", "--record").record
        same([one["tags"].split() for one in record["peers"] if one["address"] == VPN], [tags], "in JSON")
        rows = json.loads(box.run("history", "--by", "peer", "--json").text)["rows"]
        same([one["tags"].split() for one in rows if one["address"] == VPN], [tags], "and in the history")


def renamed():
    """SIGHUP with a list of another tag and another path: no poll is without it"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        vpn, tor = write_lists(box)
        text = '[monitor]\nrefresh = 600\n[filter]\nlists = ["%s=%s"]\nexclude = ["%s"]\n'
        box.config(text % ("vpn", vpn, "vpn"))
        with box.start("-u", host_port(daemon), "--json") as program:
            program.wait_records(1)
            for tag, path in (("mine", vpn), ("mine", box.path("moved")), ("yours", box.path("again"))):
                if path != vpn and not os.path.exists(path):
                    os.link(vpn, path)
                count = len(program.records)
                box.config(text % (tag, path, tag))
                program.signal(1)
                program.wait_records(count + 1, 20)
            program.signal(2)
            records = program.finish().records
        same([record["connections"] for record in records], [2] * len(records), "what is left out stays out")


def hanging_numbers():
    """What a list would count is unknown while it is being read for the first time, and ends no alert"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        box.config(LISTS % write_lists(box) + '[alert.tor]\nwhen = "tag(\'tor\').connections > 0"\nfor = 1\n')
        args = ("-u", host_port(daemon), "-r", 0.2, "--json", "--textfile", box.path("metrics"))
        for env in ({}, hanging_disk(box)):
            with box.start(*args, env=env) as program:
                program.wait_for(lambda self: any(one["alerts"][0]["state"] == "raised" for one in self.records), 60)
                program.wait_records(len(program.records) + 4)
                last, metrics = program.records[-1], open(box.path("metrics")).read()
                if env:
                    os.remove(box.path("hang"))
                    program.wait_for(lambda self: tags_of(self.records[-1])["tor"][0] == 1, 45)
                program.signal(2)
                result = program.finish()
            ok("alert tor is over" not in result.message, "the alert goes on", result.message)
            same((last["alerts"][0]["state"], tags_of(last)), ("raised", {"vpn": (3, 2, 1070), "tor": (None,) * 3 if env
                                                               else (1, 1, 0)}), "numbers")
            same(('tag_connections{tag="vpn"} 3' in metrics, 'tag="tor"' in metrics), (True, not env), "metrics")


def hanging_excluded():
    """The first poll waits for a list of what is left out; the screen says so and answers"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        box.config(LISTS % write_lists(box) + 'exclude = ["tor"]\n')
        with box.screen("-u", host_port(daemon), "-r", 0.5, env=hanging_disk(box), cols=100, rows=30) as shown:
            shown.wait_text(r"Reading the lists of what is left out", 20)
            shown.wait_text(r"as soon as they are read")
            took = []
            for key in "2131":
                shown.settle()
                took.append(shown.answer_ms(key))
            ok(None not in took, "keys are answered meanwhile", took)
            for key in " +-pp":
                shown.send(key)
                shown.settle()
            same(daemon.requests, [], "none of them asks")
            os.remove(box.path("hang"))
            shown.wait_text(r"1 excluded", 20)
            shown.send("q")
            same(shown.finish(), 0, "it ends")
        rows = json.loads(box.run("history", "--by", "peer", "--json").text)["rows"]
        same(sorted(one["address"] for one in rows), sorted([VPN, OTHER, NEAR]), "the history never saw it")


def hanging_reload():
    """SIGHUP while a poll waits for a list: another interval, then no lists at all"""
    with sandbox() as box, FakeDaemon(world()) as daemon:
        lists = LISTS % write_lists(box)
        box.config(lists)
        with box.start("-u", host_port(daemon), "-n", 2, "--json", env=hanging_disk(box)) as program:
            program.wait_for(lambda self: b"exits is still being read" in self.err, 20)
            box.config("[monitor]\nrefresh = 0.2\n" + lists)
            program.signal(1)
            wait_until(lambda: program.err.count(b"vpn: 2 networks") == 2, 20, "SIGHUP")
            same((daemon.requests, program.records), ([], []), "nobody is asked yet")
            box.config("[monitor]\nrefresh = 0.2\n")
            program.signal(1)
            result = program.finish(20)
        same((result.code, [record["poll"] for record in result.records]), (0, [1, 2]), "without lists it begins")


if __name__ == "__main__":
    main(counted, remembered, doubted, excluded, excluded_later, mistakes, databases, cut_in_place, changed, many, all_of_them, renamed, news,
         screen, unreadable, hanging, hanging_once, hanging_numbers, hanging_excluded, hanging_reload)
