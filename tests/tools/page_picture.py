#!/usr/bin/python3
"""page_picture.py FILE: makes src/share/web/page.png, a picture of the page in headless Chromium. The monitor is the real one;
its daemon is scripted, with peers of a hundred cities that come and go, and a day passes in some minutes."""
import math
import os
import random
import re
import sys
import time

sys.dont_write_bytecode = True
TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, folder) for folder in ("e2e", "lab")]
from chromium import Chromium
from clock import Clock
from fake_daemon import FakeDaemon, peer, torrent
from lab_test import make_databases
from swarmtop_test import sandbox, wait_until
from web_test import Served

WIDTH, HEIGHT, SCALE = 1400, 1108, 0.75
DAY, STEP = 86400 - 900, 40                       # seconds, and those from poll to poll
PEERS, LEAVE = 500, 0.02                          # connections by day, and how many of them leave from poll to poll
TORRENTS = ["debian-12.8.0-amd64-DVD-1.iso", "ubuntu-24.04.1-desktop-amd64.iso", "archlinux-2026.11.01-x86_64.iso",
            "Fedora-Workstation-Live-43.iso", "wikipedia_en_all_maxi_2026-10.zim", "openstreetmap-planet-261116.osm.pbf",
            "LibreOffice_26.8.2_Linux_x86-64_deb", "internet-archive-78rpm-1921"]
CLIENTS = {"qBittorrent 4.5.2": 20, "qBittorrent 5.0.4": 24, "Transmission 4.0.6": 14, "Transmission 3.00": 9, "\u00b5Torrent 3.5.5": 10,
           "Deluge 2.1.1": 7, "libtorrent 2.0.8": 5, "BiglyBT 3.5.0.0": 4, "KTorrent 5.2.0": 2, "rTorrent 0.9.8": 3}
FLAGS = {"UEI": 2, "UE": 4, "TUE": 5, "TE": 3, "U": 2, "E": 3, "UEH": 2, "TUEX": 3}
# Country, city, latitude, longitude, how many of a thousand peers are there.
CITIES = """
DE Berlin 52.5 13.4 24|DE Frankfurt 50.1 8.7 30|DE Munich 48.1 11.6 16|DE Hamburg 53.6 10 12|FR Paris 48.9 2.4 32|FR Lyon 45.8 4.8 9
GB London 51.5 -0.1 34|GB Manchester 53.5 -2.2 9|IE Dublin 53.3 -6.3 7|NL Amsterdam 52.4 4.9 24|BE Brussels 50.9 4.4 7|CH Zurich 47.4 8.5 8
AT Vienna 48.2 16.4 7|IT Milan 45.5 9.2 19|IT Rome 41.9 12.5 18|IT Naples 40.9 14.3 6|ES Madrid 40.4 -3.7 17|ES Barcelona 41.4 2.2 10
PT Lisbon 38.7 -9.1 8|SE Stockholm 59.3 18.1 11|NO Oslo 59.9 10.8 6|DK Copenhagen 55.7 12.6 7|FI Helsinki 60.2 24.9 8|EE Tallinn 59.4 24.8 3
LV Riga 56.9 24.1 3|LT Vilnius 54.7 25.3 4|PL Warsaw 52.2 21 14|CZ Prague 50.1 14.4 9|HU Budapest 47.5 19 8|RO Bucharest 44.4 26.1 13
BG Sofia 42.7 23.3 7|GR Athens 38 23.7 8|RS Belgrade 44.8 20.5 5|HR Zagreb 45.8 16 4|UA Kyiv 50.5 30.5 11|TR Istanbul 41 29 12
RU Moscow 55.8 37.6 30|RU Yekaterinburg 56.8 60.6 7|RU Novosibirsk 55 82.9 7|RU Vladivostok 43.1 131.9 3|RU Murmansk 69 33.1 1
IS Reykjavik 64.1 -21.9 2|IL Haifa 32.8 35 5|AE Dubai 25.2 55.3 5|SA Riyadh 24.7 46.7 4|IR Tehran 35.7 51.4 5|PK Karachi 24.9 67 6
IN Delhi 28.6 77.2 17|IN Mumbai 19.1 72.9 18|IN Bengaluru 13 77.6 13|BD Dhaka 23.8 90.4 5|LK Colombo 6.9 79.9 2|KZ Almaty 43.2 76.9 4
CN Beijing 39.9 116.4 17|CN Shanghai 31.2 121.5 24|CN Guangzhou 23.1 113.3 17|CN Chengdu 30.6 104.1 10|HK Hong-Kong 22.3 114.2 9
TW Taipei 25 121.6 12|KR Seoul 37.6 127 22|JP Tokyo 35.7 139.7 28|JP Osaka 34.7 135.5 13|JP Sapporo 43.1 141.4 4|PH Manila 14.6 121 10
VN Hanoi 21 105.8 8|TH Bangkok 13.8 100.5 10|MY Kuala-Lumpur 3.1 101.7 8|SG Singapore 1.4 103.8 12|ID Jakarta -6.2 106.8 10
AU Sydney -33.9 151.2 13|AU Melbourne -37.8 145 11|AU Perth -32 115.9 5|NZ Auckland -36.8 174.8 6|FJ Suva -18.1 178.4 1
US New-York 40.7 -74 28|US Chicago 41.9 -87.6 17|US Dallas 32.8 -96.8 15|US Denver 39.7 -105 8|US Los-Angeles 34 -118.2 24
US Seattle 47.6 -122.3 12|US Miami 25.8 -80.2 9|US Anchorage 61.2 -149.9 2|US Honolulu 21.3 -157.9 2|CA Toronto 43.7 -79.4 13
CA Montreal 45.5 -73.6 9|CA Vancouver 49.3 -123.1 7|MX Mexico-City 19.4 -99.1 12|CU Havana 23.1 -82.4 1|CO Bogota 4.7 -74.1 6
VE Caracas 10.5 -66.9 3|PE Lima -12 -77 5|BR Sao-Paulo -23.6 -46.6 26|BR Rio -22.9 -43.2 12|BR Recife -8.1 -34.9 5|BR Manaus -3.1 -60 2
CL Santiago -33.4 -70.7 7|AR Buenos-Aires -34.6 -58.4 12|UY Montevideo -34.9 -56.2 2|AR Ushuaia -54.8 -68.3 1|MA Casablanca 33.6 -7.6 3
DZ Algiers 36.8 3.1 4|EG Cairo 30 31.2 7|NG Lagos 6.5 3.4 4|GH Accra 5.6 -0.2 2|KE Nairobi -1.3 36.8 3|ZA Johannesburg -26.2 28 7
ZA Cape-Town -33.9 18.4 4|MG Antananarivo -18.9 47.5 1|MU Port-Louis -20.2 57.5 1
"""


def cities():
    for line in CITIES.strip().replace("\n", "|").split("|"):
        country, city, latitude, longitude, share = line.split()
        yield country, city.replace("-", " "), float(latitude), float(longitude), int(share)


def origins(peers):
    """How they were found."""
    incoming = sum(1 for one in peers if one["isIncoming"])
    dht, pex = (len(peers) - incoming) * 2 // 9, (len(peers) - incoming) // 6
    return {"fromCache": 0, "fromDht": dht, "fromIncoming": incoming, "fromLpd": 0, "fromLtep": 0, "fromPex": pex,
            "fromTracker": len(peers) - incoming - dht - pex}


def one_of(rng, choices):
    return rng.choices(list(choices), list(choices.values()))[0]


class Crowd:
    """Who is connected: more of a place by day than by night."""

    def __init__(self, folder, world):
        self.rng, self.here, self.world = random.Random(5), {}, world
        self.places = [(number, *city) for number, city in enumerate(cities())]
        table = os.path.join(folder, "places.tsv")
        with open(table, "w") as file:
            for number, *about, _ in self.places:
                for network in ("101.%d.0.0/16" % number, "2a10:%x::/32" % number):
                    file.write("\t".join([network, *map(str, about), "64500", "Example"]) + "\n")
        self.database = make_databases(os.path.join(folder, "geo"), table)["city"]

    def awake(self, longitude, seconds):
        """From 0.3 at four in the morning to 1 at four in the afternoon."""
        hour = (seconds / 3600 + longitude / 15) % 24
        return 0.65 - 0.35 * math.cos((hour - 4) * math.pi / 12)

    def newcomer(self, number):
        rng = self.rng
        host = rng.randrange(1, 65535)
        address = "2a10:%x::%x" % (number, host) if rng.random() < 0.14 else "101.%d.%d.%d" % (number, host >> 8, host & 255)
        down = rng.random() < 0.1
        return address, rng.randrange(len(TORRENTS)), dict(
            client=one_of(rng, CLIENTS), flags=one_of(rng, FLAGS), up=rng.choice([0, 0, 0, int(rng.lognormvariate(10.5, 1.3))]),
            down=int(rng.lognormvariate(10, 1)) if down else 0, progress=round(rng.choice([1, rng.random(), rng.random()]), 3))

    def step(self, seconds):
        for number, _, _, _, longitude, share in self.places:
            here = [one for one in self.here.get(number, []) if self.rng.random() > LEAVE]
            wanted = PEERS * share / 1000 * self.awake(longitude, seconds)
            while len(here) + self.rng.random() < wanted:
                here.append(self.newcomer(number))
            self.here[number] = here
        torrents = [[] for _ in TORRENTS]
        for here in self.here.values():
            for address, number, about in here:
                about["up"] = int(about["up"] * self.rng.uniform(0.9, 1.11))
                torrents[number].append(peer(address, **about))
        self.world[:] = [torrent(name, peers, peersFrom=origins(peers)) for name, peers in zip(TORRENTS, torrents)]


def live_through(crowd, clock, program):
    """A day, up to now. The first poll that ends at a step may have begun before it, and a step without one would be a gap
    in the picture: the next one is waited for, too."""
    printed = program.chunks["out"]
    for age in range(DAY, -1, -STEP):
        crowd.step(time.time() - age)
        clock.set(-age)
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age)).encode()
        printed.clear()
        program.wait_for(lambda _: sum(at >= now for at in re.findall(rb'"schema":1,"time":"(.*?)"', b"".join(printed))) > 1, 30, "two polls")


def main(path):
    with sandbox() as box, FakeDaemon([]) as daemon:
        crowd, clock = Crowd(box.home, daemon.world), Clock(box)
        clock.set(-DAY)
        box.config('[web]\nlisten = "127.0.0.1:0"\n')
        with box.start("-u", "127.0.0.1:%d" % daemon.port, "-r", 0.1, "--json", "-g", crowd.database, env=clock.env) as program:
            web = Served(box, daemon, program).wait()
            live_through(crowd, clock, program)
            web.wait_history()
            with Chromium(box.home) as browser:
                browser.size(WIDTH, HEIGHT)
                browser.scheme("dark")
                browser.open(web.url)
                wait_until(lambda: browser.run("document.querySelectorAll('#peers tbody tr').length > 9"), 20, "the page")
                browser.picture(path, clip={"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT, "scale": SCALE})


main(sys.argv[1])
