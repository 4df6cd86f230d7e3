#!/usr/bin/python3
"""Generated lists of networks, right and wrong, with all kinds of line ends, against Python's ipaddress: both read the same
networks from each line, or both reject it."""
import ipaddress
import os
import random
import re
import subprocess
import sys

LINES = 40000
SEED = 20261121
MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
BLANK = " \t\r\v\f"

rng = random.Random(SEED)


# --- what is expected ---

def mapped(address):
    """As one of 128 bits: IPv4 is ::ffff:a.b.c.d."""
    return int(MAPPED[0]) + int(address) if address.version == 4 else int(address)


def is4(number):
    return ipaddress.IPv6Address(number) in MAPPED


def address(text):
    if not text.isascii() or "%" in text or "/" in text:
        raise ValueError("no address")
    return mapped(ipaddress.ip_address(text))


def prefix(text):
    head, bits = text.split("/")
    if not bits.isascii() or not bits.isdigit() or len(bits) > 3 or "%" in head:
        raise ValueError("no prefix")
    net = ipaddress.ip_network(head + "/" + str(int(bits)), strict=False)
    first, last = mapped(net[0]), mapped(net[-1])
    if is4(last) and not is4(first):
        last = int(MAPPED[0]) - 1
    return first, last


def span(head, tail):
    first, last = address(head), address(tail)
    if is4(first) != is4(last) or first > last:
        raise ValueError("no range")
    return first, last


def shown(number):
    if is4(number):
        return str(ipaddress.IPv4Address(number - int(MAPPED[0])))
    return ipaddress.IPv6Address(number).compressed


def network(text):
    """The network, and what stands behind it."""
    word = re.match(r"[^%s#;,]*" % BLANK, text).group()
    if re.fullmatch(r"(?i)AS[0-9]{1,10}", word):
        if not 0 < int(word[2:]) < 2**32:
            raise ValueError("no AS")
        return "AS %d" % int(word[2:]), text[len(word):]
    if "/" in word and "-" not in word:
        return prefix(word), text[len(word):]
    head = re.match(r"[^%s#;,-]*" % BLANK, text).group()
    rest = text[len(head):].lstrip(BLANK)
    if not rest.startswith("-"):
        return (address(head), address(head)), rest
    rest = rest[1:].lstrip(BLANK)
    tail = re.match(r"[^%s#;,]*" % BLANK, rest).group()
    return span(head, tail), rest[len(tail):]


def is_another(found, behind):
    word = re.match(r"[^%s#;,-]*" % BLANK, behind.lstrip(BLANK + ",")).group()
    if re.fullmatch("/[0-9]{1,3}", word) or (found[0] == "A" and re.match("(?i)AS[0-9]", word)):
        return True
    try:
        return address(word.split("/")[0]) is not None
    except ValueError:
        return False


def expected(line):
    text = line.lstrip(BLANK)
    if not text or text[0] in "#;":
        return "nothing"
    word = re.match(r"[^%s#;,-]*" % BLANK, text).group()
    if word.lower() in ("exitnode", "published", "laststatus", "@type", "downloaded"):
        return "nothing"
    if word.lower() == "exitaddress":
        text = text[len(word):].lstrip(BLANK)
    try:
        found, behind = network(text)
    except ValueError:
        return "rejected"
    return "rejected" if is_another(found, behind) else found


def same(got, want):
    """Texts of addresses may differ (IPv4-compatible ones), the addresses must not."""
    if isinstance(want, str) or " " not in got or got.startswith("AS "):
        return got == want
    return [mapped(ipaddress.ip_address(t)) for t in got.split(" ")] == list(want)


# --- lists ---

def v4():
    return str(ipaddress.IPv4Address(rng.choice([rng.getrandbits(32), rng.getrandbits(8) << 24, rng.getrandbits(16)])))


def v6():
    number = rng.choice([rng.getrandbits(128), 0x20010db8 << 96 | rng.getrandbits(20),
                         rng.getrandbits(128) >> rng.randrange(128), int(MAPPED[0]) + rng.getrandbits(32), 0x2a01 << 112])
    a = ipaddress.IPv6Address(number)
    return rng.choice([a.compressed, a.exploded, a.compressed.upper()])


def any_address():
    return rng.choice([v4, v4, v6])()


def cidr():
    a = any_address()
    return a + "/" + str(rng.randrange(0, 140 if ":" in a else 36))


def two():
    a, b = rng.choice([(v4(), v4()), (v6(), v6()), (v4(), v6())])
    if rng.random() < .8 and (":" in a) == (":" in b):
        a, b = sorted((a, b), key=lambda t: int(ipaddress.ip_address(t)))
    return a + rng.choice(["-", " - ", "- ", "\t-"]) + b


def system():
    number = rng.choice([0, 1, 15169, 4200000000, 4294967295, 4294967296, rng.getrandbits(34)])
    return rng.choice(["AS", "as", "As"]) + str(number)


def tor():
    return rng.choice(["ExitNode %040X" % rng.getrandbits(160), "Published 2026-11-20 10:00:00",
                       "LastStatus 2026-11-20 11:00:00", "@type tordnsel 1.0", "ExitAddress", "exitaddress " + cidr(),
                       "ExitAddress " + any_address() + " 2026-11-20 11:03:45"])


WRONG = ["", " ", "<html>", "10/8", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4/33", "1.2.3.4/", "/24", "-",
         "1.2.3.4-", "-1.2.3.4", "::1::", ":::", "fe80::1%eth0", "[::1]", "1.2.3.4:80", "!1.2.3.4", "AS", "AS12x", "ASN 5", "1.2.3.0/024",
         "1.2.3.0/+24", "1.2.3.0/255.255.255.0", "example.org", "\u0661.2.3.4", "1.2.3.0/24-1.2.4.0", "::/80", "::/0", "::/1",
         "::ffff:0:0/95", "0.0.0.0/0", "1.2.3.4 -", "::ffff:1.2.3.4/120", "::1.2.3.4", "1.2.3.4-1.2.3.4", "1.2.3.5-1.2.3.4"]


def mutated(text):
    at = rng.randrange(len(text) + 1)
    junk = rng.choice(["", " ", ".", ":", "/", "-", "0", "9", "f", "#", ";", ",", "AS", "\v", "\u00e9", "::"])
    return text[:at] + junk + text[at + rng.randrange(2):]


def line():
    text = rng.choice([any_address, any_address, cidr, cidr, two, system, tor, lambda: rng.choice(WRONG)])()
    if rng.random() < .25:
        text = mutated(text)
    before = rng.choice(["", "", "", " ", "\t", "#", "; "])
    behind = rng.choice(["", "", "", "", "", "", "", "", "", "\f", " # text", "#text", ";text", " text of others", ",csv,1", "\t- x", "   ",
                         " AS5", ", /24", " " + any_address(), "," + cidr(), " # 1.2.3.4", " /x", " //", "::"])
    return before + text + behind


# --- the run ---

def main():
    lines = [line() for _ in range(LINES)] + WRONG
    binary = os.path.join(os.environ.get("TEST_BIN", "build/tests"), "netlist_dump")
    ended = "".join(l + e for l, e in zip(lines, rng.choices(["\n", "\r\n", "\r"], k=len(lines))))
    lines = re.split("\r\n|\r|\n", ended)[:-1]  # a CR before an empty line with LF is one end
    done = subprocess.run([binary], input=ended.encode(), stdout=subprocess.PIPE, timeout=120)
    answers = done.stdout.decode().split("\n")[:-1]
    if done.returncode or len(answers) != len(lines) + 1:
        sys.exit("Bail out! %s ended with %d after %d answers" % (binary, done.returncode, len(answers)))
    wants = [expected(l) for l in lines]
    bad = [(l, a, w) for l, a, w in zip(lines, answers, wants) if not same(a, w)]
    rejected = sum(w == "rejected" for w in wants)
    networks = sum(not isinstance(w, str) or w.startswith("AS ") for w in wants)
    total = [int(n) for n in answers[-1].split()[1:4]]
    results = [(not bad, "each of %d lines as ipaddress reads it" % len(lines)),
               (LINES // 3 < networks and LINES // 10 < rejected, "%d networks, %d rejected" % (networks, rejected)),
               (total == [len(lines), networks, rejected], "the same in pieces: %s" % total)]
    for number, (holds, name) in enumerate(results, 1):
        print("%sok %d - %s" % ("" if holds else "not ", number, name))
    for text, got, want in bad[:8]:
        want = want if isinstance(want, str) else " ".join(shown(n) for n in want)
        print("# %r\n#   got  %s\n#   want %s" % (text, got, want))
    print("1..%d" % len(results))
    return 0 if all(holds for holds, _ in results) else 1


sys.exit(main())
