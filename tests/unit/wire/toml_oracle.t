#!/usr/bin/python3
"""Generated TOML documents, valid and mutated, against Python's tomllib: both accept with the same values and types, or
both reject."""
import json
import math
import os
import random
import struct
import subprocess
import sys
import tomllib
from datetime import date, datetime, time

VALID, MUTATED = 3000, 9000
SEED = 20261121
FEATURES = ["[a]", "[[a]]", "[a.b]", "[[a.b]]", "[b]", "a.b = 1", "a = {b = 1}", "a = [1]", "a.b.c = 2", "a = 1", "b.a = {}",
            "[a.b.c]", "c = []", "[[c]]", "[c]", "c.d = [{x = 1}]", "a.b.d = 3", "b = 4", "[a.c]", "a.c.e = 5"]

rng = random.Random(SEED)


# --- what is expected ---

def typed(v):
    if isinstance(v, dict):
        return {k: typed(x) for k, x in v.items()}
    if isinstance(v, list):
        return ["array"] + [typed(x) for x in v]
    if isinstance(v, bool):
        return ["bool", "true" if v else "false"]
    if isinstance(v, int):
        if not -2**63 <= v < 2**63:
            raise ValueError("an integer of more than 64 bits")
        return ["int", str(v)]
    if isinstance(v, float):
        return ["float", "nan" if math.isnan(v) else v]
    if isinstance(v, (datetime, date, time)):
        return ["time", v]
    return ["str", v]


def expected(data):
    """The typed tree, or None for a document that must be rejected."""
    try:
        tree = typed(tomllib.loads(data.decode("utf-8")))
    except (ValueError, RecursionError):
        return None
    if depth(tree) > 32:
        return None
    return tree


def depth(tree):
    if isinstance(tree, dict):
        return max((1 + depth(x) for x in tree.values()), default=0)
    if tree and tree[0] == "array":
        return max((1 + depth(x) for x in tree[1:]), default=0)
    return 0


def understood(got):
    """The dump with floats and times as Python's."""
    if isinstance(got, dict):
        return {k: understood(x) for k, x in got.items()}
    if got[0] == "array":
        return ["array"] + [understood(x) for x in got[1:]]
    if got[0] == "float" and got[1] != "nan":
        return ["float", float.fromhex(got[1])]
    if got[0] == "time":
        return ["time", tomllib.loads("v = " + got[1])["v"]]
    return got


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, float):
        return a == b and math.copysign(1, a) == math.copysign(1, b)
    return a == b


# --- documents ---

def blanks():
    return rng.choice(["", "", " ", "\t", "  "])


def newline():
    return rng.choice(["\n", "\n", "\r\n"])


def comment():
    return rng.choice(["", "", "", "# comment", "#", "# \u00fcber \U0001f600 \t]"])


def gap():
    return "".join(rng.choice([" ", newline(), comment() + newline()]) for _ in range(rng.randrange(3)))


CHARACTERS = "abz09 _-.=[]{}#'\u00e9\u4e16\U0001f600\t,~"
ESCAPES = ["\\b", "\\t", "\\n", "\\f", "\\r", '\\"', "\\\\", "\\u00e9", "\\u0000", "\\U0001F600", "\\uFFFD", "\\u007f"]


def basic():
    return '"' + "".join(rng.choice([rng.choice(CHARACTERS), rng.choice(ESCAPES)]) for _ in range(rng.randrange(8))) + '"'


def literal():
    return "'" + "".join(rng.choice(CHARACTERS.replace("'", "") + '\\"') for _ in range(rng.randrange(8))) + "'"


def lines(mark, pieces):
    body = "".join(rng.choice(pieces) for _ in range(rng.randrange(10)))
    return mark + body + mark


def multi_basic():
    return lines('"""', ["a", "'", '"', "x", newline(), " ", "\\" + newline() + "  ", "\\  \n\t\n", rng.choice(ESCAPES)])


def multi_literal():
    return lines("'''", ["a", '"', "'", "\\", newline(), "\u4e16"])


def number():
    digits = rng.choice(["0", "7", "42", "1_000", "9223372036854775807", "9223372036854775808", "123456789012345678901"])
    return rng.choice(["", "+", "-"]) + digits


def based():
    return rng.choice(["0x1F", "0xdead_BEEF", "0o755", "0b1_0", "0x7fffffffffffffff", "0x8000000000000000", "0o0", "0xe1"])


def real():
    whole = rng.choice(["0", "1", "12", "1_2"])
    tail = rng.choice([".0", ".5", ".1_4", "e5", "E-3", "e+1_0", ".25e2", "e400", "e-400", ".30000000000000004"])
    return rng.choice(["", "+", "-"]) + rng.choice([whole + tail, "inf", "nan"])


def moment():
    day = "%04d-%02d-%02d" % (rng.randrange(1, 9999), rng.randrange(1, 13), rng.randrange(1, 29))
    clock = "%02d:%02d:%02d" % (rng.randrange(24), rng.randrange(60), rng.randrange(60)) + rng.choice(["", ".5", ".123456"])
    zone = rng.choice(["", "Z", "z", "+01:00", "-23:59"])
    return rng.choice([day, clock, day + rng.choice("Tt ") + clock + zone])


def boolean():
    return rng.choice(["true", "false"])


def array(level):
    items = [value(level + 1) for _ in range(rng.randrange(4))]
    body = "".join(gap() + item + gap() + "," for item in items)
    return "[" + (body if rng.random() < .3 else body[:-1]) + gap() + "]"


def inline(level):
    pairs = [key() + " = " + value(level + 1) for _ in range(rng.randrange(4))]
    return "{" + blanks() + ", ".join(pairs) + blanks() + "}"


SIMPLE = [basic, literal, multi_basic, multi_literal, number, based, real, moment, boolean]


def value(level=0):
    if level < 4 and rng.random() < .25:
        return rng.choice([array, inline])(level)
    return rng.choice(SIMPLE)()


def key():
    part = lambda: rng.choice(["a", "b", "c", "key", "1", "-_", "true", basic(), literal(), '""'])
    return (blanks() + "." + blanks()).join(part() for _ in range(rng.choice([1, 1, 1, 2, 3])))


def line():
    kind = rng.random()
    if kind < .15:
        return "[" + blanks() + key() + blanks() + "]"
    if kind < .25:
        return "[[" + blanks() + key() + blanks() + "]]"
    if kind < .35:
        return ""
    return key() + blanks() + "=" + blanks() + value()


def document():
    if rng.random() < .3:  # who may define what again
        return "\n".join(rng.choice(FEATURES) for _ in range(rng.randrange(2, 6)))
    return "".join(blanks() + line() + blanks() + comment() + newline() for _ in range(rng.randrange(1, 8)))


JUNK = [b"\0", b"\r", b"\x7f", b"\x1b", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf",
        b"\n", b'"', b"'", b"=", b".", b"[", b"]", b"{", b"}", b",", b"#", b"\\", b"_", b"0", b"e", b"-", b"+", b":", b"T",
        b" ", b"1", b"x", b"\\u12", b"\\UFFFFFFFF", b"\\ud800", b'"""', b"'''", b"2026-02-29", b"24:00:00", b"0x", b"1__0"]


def mutated(data):
    for _ in range(rng.choice([1, 1, 2, 3])):
        at = rng.randrange(len(data) + 1)
        to = min(len(data), at + rng.choice([0, 1, 1, 2, 9]))
        data = data[:at] + rng.choice([b"", rng.choice(JUNK), data[at:to] * 2]) + data[to:]
    return data


def deep(levels):
    return [("a = " + "[" * levels + "]" * levels).encode(), ("[" + ".".join("a" * levels) + "]").encode(),
            (".".join("a" * levels) + " = 1").encode(), ("a = " + "{a = " * levels + "1" + "}" * levels).encode()]


def documents():
    found = []
    while len(found) < VALID:
        data = document().encode()
        if expected(data) is not None:
            found.append(data)
    return found + [mutated(rng.choice(found)) for _ in range(MUTATED)] + deep(20) + deep(40) + deep(5000)


# --- the run ---

def dump(docs):
    binary = os.environ.get("TOML_DUMP", os.path.join(os.environ.get("TEST_BIN", "build/tests"), "toml_dump"))
    stdin = b"".join(struct.pack(">I", len(d)) + d for d in docs)
    done = subprocess.run([binary], input=stdin, stdout=subprocess.PIPE, timeout=300)
    if done.returncode:
        sys.exit("Bail out! %s ended with %d" % (binary, done.returncode))
    return done.stdout.decode().split("\n")[:-1]


def agree(data, answer):
    want = expected(data)
    if answer.startswith("error "):
        return want is None
    return want is not None and same(understood(json.loads(answer)), want)


def report(number, name, docs, answers):
    bad = [(d, a) for d, a in zip(docs, answers) if not agree(d, a)]
    print("%sok %d - %s: %d documents, %d rejected by both" % (
        "not " if bad else "", number, name, len(docs), sum(a.startswith("error ") for a in answers) if not bad else 0))
    for data, answer in bad[:5]:
        print("# %r\n#   got  %s\n#   want %r" % (data, answer, expected(data)))
    return not bad


def main():
    docs = documents()
    answers = dump(docs)
    results = [len(answers) == len(docs)]
    print("%sok 1 - an answer for each of %d documents" % ("" if results[0] else "not ", len(docs)))
    results.append(report(2, "valid", docs[:VALID], answers[:VALID]))
    results.append(report(3, "mutated and deep", docs[VALID:], answers[VALID:]))
    rejected = sum(a.startswith("error ") for a in answers[VALID:])
    results.append(rejected > MUTATED // 3)
    print("%sok 4 - enough of the mutated ones are invalid: %d" % ("" if results[3] else "not ", rejected))
    print("1..4")
    return 0 if all(results) else 1


sys.exit(main())
