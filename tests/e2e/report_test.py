"""What the tests of reports share: made-up torrents, some of them hostile, and a store that is filled with them."""
import hashlib
import json
import os
import random
import subprocess
import time

from swarmtop_test import ROOT, SLOW, SWARMTOP

DAY = 86400
CONFIG = "".join('[collection.%s]\ntorrent_url = "http://files.test/%s/"\n%s\n' % (name, name, more) for name, more in (
    ("books", 'type = "fiction"'), ("papers", ""), ("maps", ""), ("old", "enabled = false")))
WORDS = ("harbour survey lighthouse river archive atlas letters garden botany journal maps proceedings field notes weather "
         "tables glossary almanac railway bridges folk songs recordings plates index supplement").split()
HOSTILE = [
    "</script><script>window.owned=1</script>", "<!--<script>", "<img src=x onerror=window.owned=1>", "]]><svg onload=owned=1>",
    "\"><b>bold</b>", "' onmouseover='window.owned=1", "&lt;b&gt; &amp; &#39;", "javascript:window.owned=1", "{{7*7}} ${7*7} `id`",
    "\u2028window.owned=1\u2029", "\\u003c/script\\u003e", "=cmd|' /C calc'!A0", "__proto__", "constructor", "emoji \U0001f30a and \u6f22\u5b57",
    "a" * 900,
]


def catalog_dump():
    folder = os.environ.get("TEST_BIN") or os.path.join(ROOT, "build", "asan" if "asan" in SWARMTOP else "release", "tests")
    return os.path.join(folder, "catalog_dump")


def sample(kind, at, seeders=-1, leechers=-1, **more):
    return {"kind": kind, "at": int(at), "seeders": seeders, "leechers": leechers, **more}


def torrent(number, name, collection="books", link=None, samples=(), **more):
    """One line for the store. `more` are members of the torrent, or of the place if they are named there."""
    place = {key: more.pop(key) for key in ("magnet", "file", "type", "seen") if key in more}
    link = "http://files.test/%s/%d.torrent" % (collection, number) if link is None else link
    return {"collection": collection, "link": link, "seen": int(time.time()), **place, "samples": list(samples),
            "torrent": {"hash": hashlib.sha1(b"%d" % number).hexdigest(), "name": name, **more}}


def history(dice, now):
    """A torrent's last weeks: trackers with a trend, the DHT once."""
    seeders, drift = int(dice.paretovariate(0.9)) - 1, dice.choice([-0.3, -0.1, 0, 0, 0, 0.1])
    seeders, samples = min(seeders, 5000), []
    for day in range(dice.choice([0, 3, 9, 14, 21]), -1, -3):
        value = max(0, round(seeders - drift * day))
        samples.append(sample(0, now - day * DAY - dice.randrange(7200), value, dice.randrange(1 + value // 2), completed=value * 9,
                              tracker="udp://tracker.test:6969/announce"))
    if dice.random() < 0.8:
        samples.append(sample(1, now - dice.randrange(DAY), round(seeders * 0.8), seeders // 3, peers=seeders + dice.randrange(9),
                              countries="DE %d,US %d,?? 1" % (2 + seeders, 1 + seeders // 2)))
    return samples


def many(count, seed=1):
    """So many torrents as a collection of books and papers has them, the hostile ones among them."""
    dice, now = random.Random(seed), time.time()
    for i in range(count):
        collection = ["books", "papers", "maps"][i * 3 // count]
        name = HOSTILE[i] if i < len(HOSTILE) else "%s %s, vol. %d" % (dice.choice(WORDS).title(), dice.choice(WORDS), i)
        measured = [] if i % 50 == 49 else history(dice, now)
        yield torrent(i + 1, name, collection, samples=measured, size=int(dice.lognormvariate(21, 2)), private=int(i % 97 == 96),
                      created=1_500_000_000 + i, files=1 + i % 9)


def fill(box, lines, path=None):
    """Makes the store of a sandbox."""
    file = box.path("lines.json")
    with open(file, "w", encoding="utf-8") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    os.makedirs(box.path("state", "swarmtop"), exist_ok=True)
    subprocess.run([catalog_dump(), path or box.path("state", "swarmtop", "swarm.db"), file], check=True, env=box.env,
                   timeout=300 * SLOW)
    os.unlink(file)
