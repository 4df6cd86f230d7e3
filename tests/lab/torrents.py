"""Small torrents made on the spot: a file of repeatable noise and the metainfo for it.

Knows BEP 3 and nothing of who shares them.
"""

import hashlib
import os
import random

PIECE = 64 * 1024


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    pairs = sorted((key.encode(), item) for key, item in value.items())
    return b"d" + b"".join(bencode(key) + bencode(item) for key, item in pairs) + b"e"


class Torrent:
    """One file `name` of `size` bytes in `folder`, and metainfo (bytes) with one tracker, or none."""

    def __init__(self, key, name, size, folder, announce=None):
        self.key, self.name, self.size, self.folder = key, name, size, folder
        os.makedirs(folder, exist_ok=True)
        noise = random.Random(name)
        pieces = []
        with open(os.path.join(folder, name), "wb") as stream:
            for start in range(0, size, PIECE):
                piece = noise.randbytes(min(PIECE, size - start))
                stream.write(piece)
                pieces.append(hashlib.sha1(piece).digest())
        info = {"name": name, "length": size, "piece length": PIECE, "pieces": b"".join(pieces)}
        self.hash = hashlib.sha1(bencode(info)).hexdigest()
        metainfo = {"info": info, "created by": "swarmtop tests", "creation date": 1700000000}
        if announce:
            metainfo["announce"] = announce
        self.metainfo = bencode(metainfo)
        self.path = os.path.join(folder, name + ".torrent")
        with open(self.path, "wb") as stream:
            stream.write(self.metainfo)
