#!/usr/bin/python3
"""Random alert conditions, evaluated by the program and by a reading of the same tree in Python: words, values and units in
all spellings, `not`, parentheses, terms side by side, unknown and open values. And mistakes: each has a column that is in the text."""
import json
import os
import random
import subprocess
import sys

COUNT, MUTATED, SEED = 4000, 4000, 20261121
DUMP = os.path.join(os.environ.get("TEST_BIN", "build/release/tests"), "alert_dump")
rng = random.Random(SEED)
FRACTIONS = ("encrypted", "incoming", "utp", "seeds", "ipv6", "share")
NUMBERS = {"=": lambda a, b: a == b, "!=": lambda a, b: a != b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
           "<": lambda a, b: a < b, "<=": lambda a, b: a <= b}
TEXTS = {"=": lambda a, b: a.lower() == b.lower(), "!=": lambda a, b: a.lower() != b.lower(),
         "~": lambda a, b: b.lower() in a.lower(), "!~": lambda a, b: b.lower() not in a.lower()}
results = []


def ok(what, name, *why):
    results.append(bool(what))
    print("%sok %d - %s" % ("" if what else "not ", len(results), name))
    for line in why if not what else ():
        print("#   %s" % (line,))


def kind(key):
    name, _, member = key.partition("(")
    last = member.rpartition(".")[2] if "." in member else name
    if last == "state":
        return "text"
    if last == "new-country":
        return "flag"
    return "fraction" if name in FRACTIONS or last == "share" else "time" if last == "age" else "number"


# ---- spellings -----------------------------------------------------------------------------------------------------


def spell_word(key):
    name, bracket, rest = key.partition("(")
    argument, bracket, member = rest.partition(")")
    argument = argument.strip("'")
    if bracket and rng.random() < 0.3 and argument.isalnum():
        argument = rng.choice((argument, '"%s"' % argument))
    elif bracket:
        argument = rng.choice(("'%s'", '"%s"')) % argument
    plain = [part.replace("-", rng.choice("-_")) for part in (name, member)]
    plain = [rng.choice((part, part.upper(), part.capitalize() if not part.startswith(".") else part)) for part in plain]
    space = rng.choice(("", " "))
    return plain[0] + ("(%s%s%s)" % (space, argument, space) if bracket else "") + plain[1]


def spell_number(value):
    choices = ["%d" % value, "%d.0" % value]
    if value and value % 1000 == 0:
        choices += ["%dk" % (value // 1000), "%dkB/s" % (value // 1000)]
    if value % 100 == 0 and value:
        choices.append("%.1fk" % (value / 1000))
    if value % 1024 == 0 and value:
        choices.append("%dKi" % (value // 1024))
    return rng.choice(choices)


def spell_time(seconds):
    choices = ["%d" % seconds, "%ds" % seconds]
    if seconds % 60 == 0:
        choices.append("%dm" % (seconds // 60))
    if seconds > 60:
        choices.append("%dm%ds" % (seconds // 60, seconds % 60))
    return rng.choice(choices)


def spell_fraction(percent):
    return rng.choice(("%d%%" % percent, "%.2f" % (percent / 100)))


# ---- trees: (truth, text); None: open ------------------------------------------------------------------------------


def decided(truths, by):
    return by if by in truths else None if None in truths else not by


def comparison(values):
    key = rng.choice(list(values))
    value, sort = values[key], kind(key)
    if sort == "flag":
        text = spell_word(key)
        shape = rng.choice(("%s", "%s = yes", "%s != no", "%s=off"))
        return value if "off" not in shape else not value, shape % text
    if sort == "text":
        operator = rng.choice(list(TEXTS))
        other = rng.choice(("ok", "OK", "refused", "connecting") + (("ref", "o", "x y") if "~" in operator else ()))
        quoted = "'%s'" % other if " " in other else rng.choice(("%s", "'%s'", '"%s"')) % other
        truth = None if value == "?" else TEXTS[operator](value, other)
        return truth, "%s%s%s" % (spell_word(key), spaced(operator), quoted)
    operator = rng.choice(list(NUMBERS))
    if sort == "fraction":
        percent = rng.randrange(0, 101, 25) if rng.random() < 0.7 else rng.randrange(101)
        other, text = percent / 100, spell_fraction(percent)
    elif sort == "time":
        other = rng.choice((0, 59, 60, 600, 3601))
        text = spell_time(other)
    else:
        other = rng.choice((0, 1, 2, 3, 4, 5, 1000, 1024, 1600, 2000, 5000)) if rng.random() < 0.7 else rng.randrange(10000)
        text = spell_number(other)
    if value == "?":
        return None, spell_word(key) + spaced(operator) + text
    return value is not None and NUMBERS[operator](value, other), spell_word(key) + spaced(operator) + text


def spaced(operator):
    return rng.choice(("", " ")) + rng.choice((operator, "==" if operator == "=" else operator)) + rng.choice(("", " "))


def term(values, depth):
    choice = rng.random()
    if depth == 0 or choice < 0.5:
        return comparison(values)
    if choice < 0.75:
        truth, text = either(values, depth - 1)
        return truth, rng.choice(("(%s)", "( %s )")) % text
    truth, text = term(values, depth - 1)
    return None if truth is None else not truth, rng.choice(("not ", "! ", "NOT ", "!")) + text


def both(values, depth):
    parts = [term(values, depth) for _ in range(rng.choice((1, 1, 2, 3)))]
    return decided([truth for truth, _ in parts], False), rng.choice((" and ", " AND ", " & ", " && ", "  ")).join(text for _, text in parts)


def either(values, depth):
    parts = [both(values, depth) for _ in range(rng.choice((1, 1, 2)))]
    return decided([truth for truth, _ in parts], True), rng.choice((" or ", " Or ", " | ", "||")).join(text for _, text in parts)


def mutate(text):
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.randrange(len(text) + 1)
        text = rng.choice((text[:at] + text[at + 1:], text[:at] + rng.choice("()'\"=!~<>&|.,_-x5%k \u00e9\u4e2d") + text[at:], text[:at]))
    return text


def ask(texts, *lost):
    done = subprocess.run([DUMP, *lost], input="".join(text + "\n" for text in texts).encode(), capture_output=True, timeout=60, check=True)
    lines = done.stdout.decode().splitlines()
    return json.loads(lines[0]), lines[1:]


def compare(values, *lost):
    trees = [either(values, 3) for _ in range(COUNT)]
    trees = [(truth, text) for truth, text in trees if len(text) <= 1000]
    _, answers = ask([text for _, text in trees], *lost)
    truths = {True: "1", False: "0", None: "?"}
    wrong = [(text, truth, answer) for (truth, text), answer in zip(trees, answers, strict=True) if answer != truths[truth]]
    shares = [sum(truth is t for truth, _ in trees) / len(trees) for t in truths]
    ok(not wrong, "%d conditions: %.2f true, %.2f false, %.2f open" % (len(trees), *shares), *wrong[:5])
    ok(min(shares[:2]) > (0.05 if lost else 0.2) and shares[2] > (0.1 if lost else 0.001), "true and false ones, and open ones")
    return trees


values, _ = ask([])
ok(len(values) > 100 and values["connections"] == 4 and values["source('nas').peers"] == "?" and values["source('attic').age"] == "?",
   "values: %d" % len(values))
trees = compare(values)
values, _ = ask([], "lost")
ok(values["connections"] == values["share('CN')"] == "?" and values["unique"] == 4, "values when a daemon is lost: %d" % len(values))
compare(values, "lost")
mutants = [mutate(text) for _, text in trees if len(text) < 500][:MUTATED]
_, answers = ask(mutants)
bad, mistakes = [], 0
for text, answer in zip(mutants, answers, strict=True):
    if answer in ("0", "1", "?"):
        continue
    mistakes += 1
    column = answer.split(":")[0].removeprefix("column ")
    if not (answer.startswith("column ") and column.isdigit() and 1 <= int(column) <= len(text) + 1):
        bad.append((text, answer))
ok(not bad, "%d mistakes of %d mutants, each with its column" % (mistakes, len(mutants)), *bad[:5])
print("1..%d" % len(results))
sys.exit(not all(results))
