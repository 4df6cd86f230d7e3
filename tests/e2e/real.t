#!/usr/bin/python3
"""Every number of swarmtop against the real daemon, its own command line tool, and the peers themselves."""
import calendar
import collections
import csv
import io
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab_test import CLIENTS, NAMES, Lab, Peer, World, make_databases, namespace, place_of, printed_peers
from places import DELUGE, LIBTORRENT, PEERS, QBITTORRENT, TRANSMISSION
from swarmtop_test import Sandbox, like, note, ok, same, tell, wait_until

TRIES = 40
# Whom the table of the lab lacks: tunnels with an address of another country inside, special ranges, and an address that
# no database has.
STRANGERS = [
    Peer("sixtofour", "2002:4f14:2c08::9", "IT", *QBITTORRENT),                             # 79.20.44.8
    Peer("teredo", "2001:0:53aa:64c:0:fbff:aeaf:f0fd", "FR", *DELUGE),                      # not 81.80.15.2, see below
    Peer("cgnat", "100.64.7.7", "--", *TRANSMISSION, torrents="b"),
    Peer("ula", "fd12:3456::7", "--", *LIBTORRENT),
    Peer("nowhere", "203.1.2.3", "??", *QBITTORRENT),
]


def teredo_of(ipv4):
    """A Teredo address (RFC 4380 section 4): the client's IPv4 address stands at its end, every bit turned."""
    a, b, c, d = (255 - int(byte) for byte in ipv4.split("."))
    return "2001:0:53aa:64c:0:fbff:%x:%x" % (a << 8 | b, c << 8 | d)


STRANGERS[1].address = teredo_of("90.84.12.77")


def seconds_of(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


class Story:
    """One lab, one home, and the databases; `take` asks swarmtop while the world stands still."""

    def __init__(self, lab, box):
        self.lab, self.box = lab, box
        self.geo = make_databases(box.path("geo"))

    def args(self, *databases):
        return [word for name in databases for word in ("-g", self.geo[name])]

    def take(self, *args, daemons=None, hashes=None, env=None):
        """(record, world before, world after, lines of transmission-remote), all of one shape; retried until they are."""
        daemons = daemons or [self.lab.daemon]
        urls = [word for daemon in daemons for word in ("-u", daemon.url)]
        for _ in range(TRIES):
            before = World(daemons, hashes)
            result = self.box.run(*urls, "--once", "--json", "--peers", *args, env=env)
            printed = [line for daemon in daemons for line in printed_peers(daemon)]
            after = World(daemons, hashes)
            if before.shape == after.shape and (hashes or len(printed) == len(after.entries)):
                if result.code != 0:
                    note(result.message)
                return result.record, before, after, printed
        raise TimeoutError("the world never stood still")


def by_address(record):
    return {peer["address"]: peer for peer in record["peers"]}


# ---- one look ------------------------------------------------------------------------------------------------------

def check_totals(record, world):
    same((record["schema"], record["poll"]), (1, 1), "schema 1, poll 1")
    same(record["connections"], len(world.entries), "connections: peer entries")
    same(record["sightings"], len(world.entries), "sightings of one poll: the same")
    same(record["addresses"], len(world.at), "addresses: distinct ones")
    same((record["unique"], record["unique_exact"]), (len(world.at), True), "unique after one poll: the same, exactly")


def check_source(record, world, daemon):
    source = record["sources"][0]
    same(len(record["sources"]), 1, "one source")
    same((source["state"], source["error"], source["url"]), ("ok", None, daemon.url), "state, error, url")
    same(source["version"], daemon.rpc("session-get", fields=["version"])["version"], "version as session-get has it")
    same(source["torrents"], len(daemon.get(["id"])), "torrents, also those without peers")
    same(source["peers"], len(world.entries), "peers")
    ok(source["poll_ms"] is not None and 0 < source["poll_ms"] < 5000, "poll_ms", source["poll_ms"])


def check_who(record, world, lab):
    """Addresses, torrents, clients and countries, against the daemon and against the cast."""
    peers = by_address(record)
    same(sorted(peers), sorted(world.at), "the addresses, none twice and none invented")
    same(len(peers), len(record["peers"]), "each address once")
    same({a: p["torrents"] for a, p in peers.items()}, {a: len(e) for a, e in world.at.items()}, "torrents of each")
    same({a: p["sightings"] for a, p in peers.items()}, {a: len(e) for a, e in world.at.items()}, "sightings of each")
    same({a: p["client"] for a, p in peers.items()}, {a: e[0]["clientName"] for a, e in world.at.items()},
         "clients as the daemon names them")
    same({p["address"]: p["client"] for p in record["peers"]},
         {peer.address: CLIENTS[peer.fingerprint] for peer in lab.cast.values()}, "and as the peers introduce themselves")
    same({a: p["country"] for a, p in peers.items()}, {peer.address: peer.country for peer in lab.cast.values()},
         "countries")
    ok(all(p["connected"] for p in peers.values()), "all are connected")
    pairs = collections.Counter(address for address, _ in lab.expected())
    same({a: p["torrents"] for a, p in peers.items()}, dict(pairs), "torrents of each, as the peers count them")


def check_printed(record, printed):
    same(sorted(line.address for line in printed),
         sorted(a for a, p in by_address(record).items() for _ in range(p["torrents"])), "transmission-remote: addresses")
    same({line.address: line.client for line in printed}, {a: p["client"] for a, p in by_address(record).items()},
         "transmission-remote: clients")


def still_rates(before, after):
    """Addresses whose rates were the same right before and right after."""
    return [address for address in before.at if before.rates(address) == after.rates(address)]


def check_rates(record, before, after):
    """Returns how many rates that are not zero have been compared."""
    peers, still = by_address(record), still_rates(before, after)
    same({a: (peers[a]["rate_up"], peers[a]["rate_down"]) for a in still}, {a: before.rates(a) for a in still},
         "rates of %d of %d addresses that stood still" % (len(still), len(peers)))
    return (sum(before.rates(a)[0] > 0 for a in still), sum(before.rates(a)[1] > 0 for a in still))


def check_sums(record):
    """Countries and totals are sums of the peers beside them."""
    countries = {row["code"]: row for row in record["countries"]}
    same(len(countries), len(record["countries"]), "each country once")
    for key in ("rate_up", "rate_down"):
        sums = collections.Counter()
        for peer in record["peers"]:
            sums[peer["country"]] += peer[key] if peer["connected"] else 0
        same({code: row[key] for code, row in countries.items()}, {code: sums[code] for code in countries},
             "%s of countries" % key)
        same(record[key], sum(sums.values()), "%s of all" % key)
    for key, value in (("sightings", "sightings"), ("unique", None)):
        sums = collections.Counter()
        for peer in record["peers"]:
            sums[peer["country"]] += peer[value] if value else 1
        same({code: row[key] for code, row in countries.items()}, dict(sums), "%s of countries" % key)
    same({code: row["name"] for code, row in countries.items()}, {code: NAMES[code] for code in countries}, "names")
    order = [row["sightings"] for row in record["countries"]]
    same(order, sorted(order, reverse=True), "countries are sorted by sightings")
    same(sum(record["hours"]), record["sightings"], "hours add up to the sightings")


def check_now(record, world):
    connections, addresses = collections.Counter(), collections.Counter()
    for address, entries in world.at.items():
        connections[place_of(address).country] += len(entries)
        addresses[place_of(address).country] += 1
    same({row["code"]: row["connections"] for row in record["countries"]}, dict(connections), "connections of countries")
    same({row["code"]: row["addresses"] for row in record["countries"]}, dict(addresses), "addresses of countries")


def check_times(record, began, ended):
    ok(began <= seconds_of(record["time"]) <= ended, "the time is that of the poll, in UTC", record["time"])
    ok(all(peer[key] == record["time"] for peer in record["peers"] for key in ("first_seen", "last_seen")),
       "everybody was first and last seen then")


def check_details(record, before, after):
    """Flags and progress of an address are those of one of its entries; where they changed meanwhile, before or after."""
    wrong = []
    for peer in record["peers"]:
        entries = before.at[peer["address"]] + after.at[peer["address"]]
        if not any(set(entry["flagStr"].replace("O", "")) == set(peer["flags"].replace("O", "")) for entry in entries):
            wrong.append((peer["address"], peer["flags"], [entry["flagStr"] for entry in entries]))
        low, high = (f(float(entry["progress"]) for entry in entries) for f in (min, max))
        if not low - 0.001 <= peer["progress"] <= high + 0.001:
            wrong.append((peer["address"], peer["progress"], low, high))
    same(wrong, [], "flags and progress")


def one_look(story):
    """--once --json --peers against daemon, transmission-remote and peers"""
    began = int(time.time())
    record, before, after, printed = story.take(*story.args("city", "asn"))
    check_totals(record, after)
    check_source(record, after, story.lab.daemon)
    check_who(record, after, story.lab)
    check_printed(record, printed)
    check_sums(record)
    check_now(record, after)
    check_details(record, before, after)
    check_times(record, began, int(time.time()) + 1)
    same([hour for hour, count in enumerate(record["hours"]) if count], [time.gmtime(seconds_of(record["time"])).tm_hour],
         "the hour is that of the poll")
    local = {peer["address"]: peer for peer in record["peers"] if peer["country"] == "--"}
    same(sorted(local), ["100.64.7.7", "192.168.178.20", "fd12:3456::7"], "private, shared and unique local addresses")
    same([p[key] for p in local.values() for key in ("city", "latitude", "longitude", "asn", "network")], [None] * 15,
         "are not looked up")
    ok("2.1.1.0" not in by_address(record) and any(p["client"] == "Deluge 2.1.1.0" for p in record["peers"]),
       "a client's version is no address")


def rates(story):
    """rates, in looks until enough of them have been compared"""
    up = down = 0
    wait_until(lambda: has_flow(story.lab.daemon), 30, "rates both ways")
    for _ in range(TRIES):
        record, before, after, _ = story.take(*story.args("city"))
        looked_up, looked_down = check_rates(record, before, after)
        up, down = up + looked_up, down + looked_down
        if up >= 20 and down >= 2:
            break
    ok(up >= 20 and down >= 2, "rates that are not zero have been compared: %d up, %d down" % (up, down))
    check_sums(record)


def has_flow(daemon):
    entries = World([daemon]).entries
    return any(peer["rateToPeer"] for peer in entries) and any(peer["rateToClient"] for peer in entries)


def hours_are_local(story):
    """the hour is the local one, the time is not"""
    record, *_ = story.take(*story.args("city"), env={"TZ": "XXX-5:30"})
    now = seconds_of(record["time"])
    ok(abs(now - time.time()) < 30, "time stays UTC", record["time"])
    same([hour for hour, count in enumerate(record["hours"]) if count], [time.gmtime(now + 5 * 3600 + 1800).tm_hour],
         "the hour is 5:30 ahead")


# ---- torrents ------------------------------------------------------------------------------------------------------

def some_torrents(story):
    """-t: ids, hashes, all; a torrent without peers counts as a torrent"""
    lab = story.lab
    lab.add_torrent("d", "fog-signals.zip")
    ids = {t["hashString"]: t["id"] for t in lab.daemon.get(["hashString", "id"])}
    a, b, c, d = (lab.torrents[key].hash for key in "abcd")
    for words, hashes in ((str(ids[a]), [a]), (b, [b]), ("%d,%s" % (ids[c], a.upper()), [a, c]), ("all", None),
                          ("%d,%d" % (ids[d], ids[b]), [b, d])):
        record, _, after, _ = story.take("-t", words, hashes=hashes)
        name = "-t " + " ".join(word[:6] for word in words.split(","))
        same((record["connections"], record["addresses"]), (len(after.entries), len(after.at)), name)
        same(sorted(by_address(record)), sorted(after.at), name + ": who")
        same(record["sources"][0]["torrents"], len(hashes) if hashes else 4, name + ": torrents")


# ---- databases -----------------------------------------------------------------------------------------------------

# Which of the databases, and what they know: city, position (of the city), network; families.
SCHEMAS = {
    "nested city": (["city"], True, False, "46"),
    "nested city and ASN": (["city", "asn"], True, True, "46"),
    "nested country": (["country"], False, False, "46"),
    "flat country": (["flat-country"], False, False, "46"),
    "flat city, a file for each family": (["flat-city-ipv4", "flat-city-ipv6"], True, False, "46"),
    "the same, the other way round, with ASN": (["flat-asn", "flat-city-ipv6", "flat-city-ipv4"], True, True, "46"),
    "flat city, positions as text": (["flat-city-text"], True, False, "46"),
    "flat city, IPv4 only": (["flat-city-ipv4"], True, False, "4"),
    "flat city, IPv6 only": (["flat-city-ipv6"], True, False, "6"),
}


def family(address):
    return "6" if ":" in address else "4"


def databases(story):
    """the same places from every schema of a geo database"""
    for name, (names, has_city, has_network, families) in SCHEMAS.items():
        record, *_ = story.take(*story.args(*names))
        wrong = []
        for address, peer in by_address(record).items():
            place = place_of(address)
            if place.country == "--":
                place = place_of("127.0.0.1")
            elif located_family(address) not in families:
                place = place_of("203.1.2.3")._replace(asn=place.asn if has_network else None)
            want = [place.country, place.city if has_city else None]
            got = [peer["country"], peer["city"]]
            if has_city and place.latitude is not None:
                want += [round(place.latitude, 2), round(place.longitude, 2)]
                got += [round(peer["latitude"], 2), round(peer["longitude"], 2)]
            want += [place.asn, place.name] if has_network else [None, None]
            got += [peer["asn"], peer["network"]]
            if not same_place(got, want):
                wrong.append((address, got, want))
        same(wrong, [], name)
        check_known(record, name, families)


def same_place(got, want):
    """Positions may differ in the last digit: single precision, and rounding."""
    return len(got) == len(want) and all(abs(g - w) < 0.011 if isinstance(w, float) and isinstance(g, float) else g == w
                                         for g, w in zip(got, want))


def located_family(address):
    """Tunnels are located by the IPv4 address inside."""
    return "4" if address.startswith(("2002:", "2001:0:")) else family(address)


def check_known(record, name, families):
    unknown = {a for a, p in by_address(record).items() if p["country"] == "??"}
    want = {a for a in by_address(record)
            if place_of(a).country != "--" and (located_family(a) not in families or place_of(a).country == "??")}
    same(unknown, want, name + ": who is unknown")


def no_countries(story):
    """without countries the numbers are as right"""
    record, _, after, _ = story.take(*story.args("asn"))
    check_totals(record, after)
    same({row["code"] for row in record["countries"]}, {"??", "--"}, "Unknown and Local")
    args = ["-u", story.lab.daemon.url, "--once", "--json"]
    like(story.box.run(*args, *story.args("asn")).message, "no open geo database has countries", "a message says so")
    result = story.box.run(*args, "-g", story.box.path("absent.mmdb"))
    same((result.code, result.out), (78, b""), "a database that was named and is absent: exit 78, no record")


# ---- several polls -------------------------------------------------------------------------------------------------

def three_polls(story):
    """-n 3: sightings are the sum over the polls"""
    began = time.monotonic()
    result = story.box.run("-u", story.lab.daemon.url, "-n", "3", "-r", "2", "--json", "--peers", *story.args("city"))
    took = time.monotonic() - began
    records = result.records
    same([record["poll"] for record in records], [1, 2, 3], "three records")
    ok(took >= 4, "two seconds apart", took)
    total, hours, seen = 0, collections.Counter(), collections.Counter()
    for record in records:
        total += record["connections"]
        hours[time.gmtime(seconds_of(record["time"])).tm_hour] += record["connections"]
        for peer in record["peers"]:
            seen[peer["address"]] += peer["torrents"] if peer["connected"] else 0
        same(record["sightings"], total, "sightings after poll %d: the sum of the connections" % record["poll"])
        same({p["address"]: p["sightings"] for p in record["peers"]}, dict(seen), "and of each peer")
        check_sums(record)
        same(record["hours"], [hours[hour] for hour in range(24)], "hours")
    same(records[2]["unique"], len(seen), "unique counts each address once")


def flow(story):
    """what has flowed: rates over time, against what the daemon has sent and the peers have received"""
    lab = story.lab
    sent, got = sent_by(lab.daemon), received(lab)
    result = story.box.run("-u", lab.daemon.url, "-n", "33", "-r", "0.25", "--json", "--peers", timeout=30)
    sent, got = sent_by(lab.daemon) - sent, received(lab) - got
    estimated = sum(peer["estimated_bytes_up"] for peer in result.records[-1]["peers"])
    note("sent %d, received %d, estimated %d" % (sent, got, estimated))
    ok(sent > 200000 and got > 100000, "bytes have flowed")
    # Transmission's rates are means of two seconds, and tell of what has entered the sockets' buffers.
    ok(0.6 <= estimated / sent <= 1.5, "the estimate is near to what the daemon has sent", "%d of %d" % (estimated, sent))
    ok(0.2 <= estimated / got <= 4, "and to what the peers have received", "%d of %d" % (estimated, got))


def sent_by(daemon):
    return sum(torrent["uploadedEver"] for torrent in daemon.get(["uploadedEver"]))


def received(lab):
    return sum(torrent["down"] for peer in lab.peers.list() for torrent in peer["torrents"].values())


# ---- other forms ---------------------------------------------------------------------------------------------------

def bare(cell):
    """A cell that a spreadsheet would take for a formula has a quote before it."""
    return cell[1:] if cell.startswith(("'-", "'=", "'+", "'@")) else cell


def csv_and_plain(story):
    """CSV and plain text say the same as JSON"""
    for _ in range(TRIES):
        before = World([story.lab.daemon])
        args = ["-u", story.lab.daemon.url, "--once", *story.args("city")]
        countries = list(csv.DictReader(io.StringIO(story.box.run(*args, "--csv").text)))
        peers = list(csv.DictReader(io.StringIO(story.box.run(*args, "--csv", "--peers").text)))
        plain = story.box.run(*args, "--peers").text
        record, _, after, _ = story.take(*story.args("city"))
        if before.shape == after.shape:
            break
    keys = ("code", "name", "sightings", "unique", "connections", "addresses")
    same([tuple(bare(row[key]) for key in keys) for row in countries],
         [tuple(str(row[key]) for key in keys) for row in record["countries"]], "CSV: countries")
    keys = ("address", "country", "sightings", "torrents", "client")
    same(sorted(tuple(bare(row[key]) for key in keys) for row in peers),
         sorted(tuple(str(row[key]) for key in keys) for row in record["peers"]), "CSV: peers")
    like(plain, "Total sightings: %d\n" % record["sightings"], "plain: sightings")
    like(plain, "Unique addresses: %d\n" % record["unique"], "plain: unique")
    like(plain, "Connected now: %d, from %d address" % (record["connections"], record["addresses"]), "plain: now")
    for row in record["countries"]:
        like(plain, r"(?m)^ %s %s +%d +%d +%d " % (row["code"].replace("?", r"\?"), row["name"], row["sightings"],
                                                   row["unique"], row["connections"]), "plain: " + row["name"])
    lines = [line.split() for line in plain.splitlines() if line.startswith(" * ")]
    same(sorted(line[1] for line in lines), sorted(by_address(record)), "plain: peers")


def story_of(story, part):
    def told():
        part(story)
    told.__name__, told.__doc__ = part.__name__, part.__doc__
    return told


PARTS = (one_look, rates, hours_are_local, databases, no_countries, three_polls, flow, csv_and_plain, some_torrents)


def main():
    namespace.enter()
    with Lab(PEERS[:18]) as lab, Sandbox() as box:
        for stranger in STRANGERS:
            lab.add_peer(stranger)
        lab.wait_connected()
        story = Story(lab, box)
        return tell(*(story_of(story, part) for part in PARTS))


if __name__ == "__main__":
    sys.exit(main())
