"""Small torrents made on the spot: a file of repeatable noise and the metainfo for it.

Knows BEP 3 and nothing of who shares them.
"""

import hashlib
import os
import random

from bencode import bencode

PIECE = 64 * 1024
SPELLED = {"announce_list": "announce-list", "created_by": "created by", "creation_date": "creation date",
           "url_list": "url-list"}


def metainfo(name, length=5, private=False, **more):
    """A torrent of one file that nobody has: (its bytes, its info-hash in hex). `more`: announce_list, created_by, ..."""
    info = {"name": name, "length": length, "piece length": PIECE, "pieces": b"-" * 20}
    if private:
        info["private"] = 1
    document = {"info": info, **{SPELLED.get(key, key): value for key, value in more.items()}}
    return bencode(document), hashlib.sha1(bencode(info)).hexdigest()


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
