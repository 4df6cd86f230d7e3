#!/usr/bin/python3
"""The map of the page: the windows that the program tells, a dot at each place, none lost at the edge of the world, sizes by the
steps of the screen's map."""
import json
import math
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chromium import Chromium, missing
from fake_daemon import peer, torrent
from lab_test import make_databases
from page_test import SCREENS, SETTLE, tell_of
from swarmtop_test import main, ok, same, sandbox, wait_until
from web_test import served

PARTS = ["World", "Europe", "Asia", "Africa", "North America", "South America", "Oceania"]
# Connections, country, city, latitude, longitude; the last have no position of their own but their country's.
PLACES = [
    (16, "NZ", "Auckland", -36.85, 174.76), (9, "FJ", "Labasa", -16.43, 179.37), (5, "TO", "Nukualofa", -21.14, -175.2),
    (4, "RU", "Anadyr", 64.73, 177.51), (2, "RU", "Provideniya", 64.42, -173.23), (1, "US", "Adak", 51.88, -176.65),
    (1, "US", "Nome", 64.5, -165.41), (1, "US", "Honolulu", 21.31, -157.86), (1, "PF", "Papeete", -17.54, -149.57),
    (3, "SJ", "Longyearbyen", 78.22, 15.65), (1, "AR", "Ushuaia", -54.8, -68.3), (2, "GL", "Nuuk", 64.18, -51.69),
    (1, "IS", "Reykjavik", 64.15, -21.94), (1, "CV", "Praia", 14.93, -23.51), (1, "MU", "Port Louis", -20.16, 57.5),
    (1, "DE", "Berlin", 52.52, 13.4), (1, "NR", "East", 0, 180), (1, "MH", "West", 10, -180), (1, "KI", None, None, None),
    (1, "CA", None, None, None), (1, "JP", None, None, None),
]
ELSEWHERE = (2, "AQ", "McMurdo", -77.85, 166.67)
CHOOSE = "(select => { select.value = %s; select.dispatchEvent(new Event('change')); })(document.getElementById('map-zoom'))"
# Each dot: where its middle is on the map and, as a part of the picture, on the screen; its radius in pixels; its words.
DOTS = """(world => { const box = world.getBoundingClientRect(); return [...document.querySelectorAll('#dots circle')].map(dot => {
    const at = dot.getBoundingClientRect(), number = name => +dot.getAttribute(name);
    return {x: number('cx'), y: number('cy'), radius: number('r') * world.getScreenCTM().a, words: dot.textContent,
        across: (at.x + at.width / 2 - box.x) / box.width, down: (at.y + at.height / 2 - box.y) / box.height}; }); })(document.getElementById('world'))"""


def databases(box, places):
    """A database of cities that has a network for each place; returns it and the peers that are there."""
    lines, peers = ["2001:4860::/32\tUS\t-\t-\t-\t15169\tGoogle LLC"], []  # no database may be empty
    for number, (connections, country, *at) in enumerate(places):
        lines.append("\t".join(["101.0.%d.0/24" % number, country, *("-" if one is None else str(one) for one in at), "-", "-"]))
        peers += [peer("101.0.%d.%d" % (number, host + 1)) for host in range(connections)]
    table = box.path("places.tsv")
    with open(table, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return make_databases(box.path("geo"), table)["city"], peers


class Map:
    """One part of the map, as the browser has drawn it."""

    def __init__(self, browser, name, window):
        self.west, self.south, self.east, self.north = window
        self.squeeze = math.cos(math.radians((self.south + self.north) / 2))
        browser.run(CHOOSE % json.dumps(name))
        browser.run(SETTLE)
        self.dots = browser.run(DOTS)
        self.box = [float(word) for word in browser.run("document.getElementById('world').getAttribute('viewBox')").split()]
        self.caption = browser.run("document.getElementById('map-caption').textContent")
        self.legend = browser.run("[...document.querySelectorAll('#map-legend .legend > span')].map(one => one.innerText.trim())")

    def turned(self, longitude):
        """Where a longitude is in this picture, whatever turn it was told in."""
        west = (self.west + self.east) / 2 - 180
        return west + (longitude - west) % 360

    def holds(self, latitude, longitude):
        return self.south <= latitude <= self.north and self.west <= self.turned(longitude) <= self.east

    def dot_of(self, city):
        return next((dot for dot in self.dots if re.search(r"^%s, " % city, dot["words"], re.M)), None)


def windows_of(web):
    """What the program tells the page."""
    return json.loads(re.search(r"PARTS = (\{.*?\});", web.get()[2].decode())[1])


def windows(browser, web):
    """Each part is drawn as the program tells, and what lies in its window is in its picture"""
    told = windows_of(web)
    same(list(told), PARTS, "the parts of the screen's map")
    same(browser.run("[...document.querySelectorAll('#map-zoom option')].map(one => one.value)"), PARTS, "... may be chosen")
    for name in PARTS:
        seen = Map(browser, name, told[name])
        want = [seen.west * seen.squeeze, -seen.north, (seen.east - seen.west) * seen.squeeze, seen.north - seen.south]
        ok(all(abs(a - b) < 1e-6 for a, b in zip(seen.box, want)), name + ": its window", (seen.box, want))
        lost = [city for _, _, city, latitude, longitude in PLACES if city and seen.holds(latitude, longitude) and not seen.dot_of(city)]
        same(lost, [], name + ": what is in the window is drawn")
        off = [dot["words"] for dot in seen.dots if not (-0.001 <= dot["across"] <= 1.001 and -0.001 <= dot["down"] <= 1.001)]
        same(off, [], name + ": no dot is beyond the edge")
        words = [int(number) for number in re.findall(r"(\d+) connections?$", "\n".join(dot["words"] for dot in seen.dots), re.M)]
        ok(seen.caption.startswith("%d connection" % sum(words)), name + ": so many are in sight", (seen.caption, sum(words)))


def world(browser, web):
    """On the world each has its dot, where it is, on this side of the date line and on that; only Antarctica is elsewhere"""
    seen, total = Map(browser, "World", windows_of(web)["World"]), sum(place[0] for place in PLACES)
    same(seen.caption, "%d connections in sight, %d elsewhere, 0 without a place" % (total, ELSEWHERE[0]), "all but those")
    same(len(seen.dots), len(PLACES), "a dot each")
    for _, _, city, latitude, longitude in PLACES:
        dot = city and seen.dot_of(city)
        if dot:
            x, y = seen.turned(longitude) * seen.squeeze, -latitude
            ok(abs(dot["x"] - x) < 0.01 and abs(dot["y"] - y) < 0.01, "%s is where it is" % city, (dot, x, y))
            across = (x - seen.box[0]) / seen.box[2]
            ok(abs(dot["across"] - across) < 0.01, "... on the screen too", (dot["across"], across))
    west, east = seen.dot_of("Nome"), seen.dot_of("Provideniya")
    ok(west["across"] < 0.05 and east["across"] > 0.95, "the Bering Strait is where the world is cut", (west, east))
    same(browser.run("[...document.querySelectorAll('#coasts use')].length"), 2, "the coasts go on over the cut")


def weights(browser, web):
    """A dot is as large as its step, which goes by the most in sight, as the legend says"""
    seen = Map(browser, "World", windows_of(web)["World"])
    same(seen.legend, ["1", "2\u20134", "5\u20139", "10\u201316"], "like steps of the square root")
    steps = {}
    for connections, _, city, *_ in PLACES:
        if city:
            level = math.ceil(math.sqrt(connections / 16) * 4 - 1e-9)
            steps.setdefault(level, set()).add(round(seen.dot_of(city)["radius"], 1))
    sizes = [steps[level] for level in sorted(steps)]
    ok(len(sizes) == 4 and all(len(one) == 1 for one in sizes), "one size for each step", steps)
    ok(sorted(min(one) for one in sizes) == [min(one) for one in sizes], "... and more is larger", steps)
    europe = Map(browser, "Europe", windows_of(web)["Europe"])
    ok(europe.legend == ["1"] and {round(dot["radius"], 1) for dot in europe.dots} == steps[4], "the most in sight is as large as any",
       (europe.legend, europe.dots))


def gathered(browser, web):
    """Where a phone has no room for two dots there is one for both, which names them"""
    seen = Map(browser, "World", windows_of(web)["World"])
    same(sum(dot["words"].count("\n") + 1 for dot in seen.dots), len(PLACES), "each place is named once")
    same(seen.caption.split(",")[0], "%d connections in sight" % sum(place[0] for place in PLACES), "none is lost")


def no_positions():
    """Cities without a position are all in the middle of their country, where none of them is said to be"""
    with sandbox() as box:
        city, peers = databases(box, [(2, "CA", "Toronto", None, None), (1, "CA", "Montreal", None, None), (1, "IT", "Rome", None, None),
                                      (3, "IT", "Rome", None, None), (1, "JP", None, None, None), (1, "JP", "Tokyo", None, None)])
        with served([torrent("one", peers)], "-g", city) as web:
            places = web.wait_poll().json("api/v1/overview")["map"]["places"]
            same(sorted((one["country"], one["city"], one["connections"]) for one in places if one["country"] != "JP"),
                 [("CA", None, 3), ("IT", "Rome", 4)], "two of them have no name, one has its own")
            same([(one["city"], one["connections"]) for one in places if one["country"] == "JP"], [(None, 2)], "nor is one of them there")


def page_map():
    """One monitor and one browser for all"""
    if missing("the map in a browser"):
        return
    with sandbox() as box:
        city, peers = databases(box, [*PLACES, ELSEWHERE])
        with served([torrent("one", peers)], "-g", city) as web, Chromium(box.home) as browser:
            web.wait_poll()
            for screen, size, stories in (("desktop", SCREENS["desktop"], (windows, world, weights)),
                                          ("wide", (3840, 1600, False), [windows]), ("phone", SCREENS["phone"], (windows, gathered))):
                browser.size(*size)
                browser.open(web.url)
                wait_until(lambda: browser.run("document.querySelectorAll('#dots circle').length > 5"), 20, "the map")
                tell_of(browser, web, stories=stories, prefix=screen + ", ")
            same((browser.errors, browser.dialogs), ([], []), "no complaint")


if __name__ == "__main__":
    main(no_positions, page_map)
