"""What the tests of the swarm wing share: configurations, what a report says, whether the lab is complete.

Knows the contract of config and report; does not know collections, trackers or DHTs.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]

from swarmtop_test import ASAN, like, ok, same  # noqa: E402

PUBLIC, PUBLIC6 = "5.9.1.1", "2a01:4f8:0:1::5"  # addresses that look public; see namespace.enter()


def toml(value):
    return json.dumps(value, ensure_ascii=False)


def config(box, collections=None, more="", **options):
    """Writes the configuration. collections: {name: torrent_url, or a dict of its keys}; options: section_key = value."""
    lines = []
    for name, keys in (collections or {}).items():
        keys = {"torrent_url": keys} if isinstance(keys, str) else keys
        lines += [f"[collection.{name}]"] + [f"{key} = {toml(value)}" for key, value in keys.items()]
    sections = {}
    for name, value in options.items():
        section, _, key = name.partition("_")
        sections.setdefault(section, []).append(f"{key} = {toml(value)}")
    for section, keys in sections.items():
        lines += [f"[{section}]"] + keys
    return box.config("\n".join(lines) + "\n" + more)


def report(box, *args):
    """The torrents of the JSON report, {info-hash: object}; each is there once."""
    result = box.run("report", *args)
    if result.code:
        raise RuntimeError("report: exit %s: %s" % (result.code, result.message[-500:]))
    torrents = json.loads(result.out)
    found = {torrent["infohash"]: torrent for torrent in torrents}
    if len(found) != len(torrents):
        raise RuntimeError("report: a torrent is there twice")
    return found


def fine(result, name):
    """Exit 0; else what it said is shown."""
    return ok(result.code == 0, name, "exit %s\n%s" % (result.code, result.message[-1500:]))


def small(result, mib, name):
    """Memory; a sanitiser needs more."""
    return ok(result.peak_kib < mib * (5120 if ASAN else 1024), name, "%d KiB" % result.peak_kib)


def failed(result, pattern, name, code=1):
    """That exit status, and a message that says so."""
    same(result.code, code, name + ": exit %d" % code)
    return like(result.message, pattern, name + ": and the reason")
