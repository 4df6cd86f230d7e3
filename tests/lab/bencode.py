"""Bencoding, both ways (BEP 3); for tests that write torrents and speak with trackers and DHT nodes.

Knows the grammar only.
"""


def bencode(value):
    """int, str (as UTF-8), bytes, list, dict with str or bytes keys, which are sorted."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    pairs = sorted((key.encode() if isinstance(key, str) else key, item) for key, item in value.items())
    return b"d" + b"".join(bencode(key) + bencode(item) for key, item in pairs) + b"e"


def bdecode(text):
    """int, bytes, list, dict with bytes keys; ValueError where it is none."""
    try:
        value, end = decode_at(text, 0)
    except (IndexError, RecursionError) as error:
        raise ValueError("cut, or nested too deep") from error
    if end != len(text):
        raise ValueError("something follows")
    return value


def decode_at(text, at):
    kind = text[at:at + 1]
    if kind == b"i":
        end = text.index(b"e", at)
        return int(text[at + 1:end]), end + 1
    if kind in (b"l", b"d"):
        items, at = [], at + 1
        while text[at] != ord("e"):
            item, at = decode_at(text, at)
            items.append(item)
        return (items if kind == b"l" else dict(zip(items[::2], items[1::2]))), at + 1
    colon = text.index(b":", at)
    end = colon + 1 + int(text[at:colon])
    if end > len(text):
        raise ValueError("cut")
    return text[colon + 1:end], end
