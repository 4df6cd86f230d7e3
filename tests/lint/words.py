#!/usr/bin/python3
"""Proves that translations keep up with the sources: src/share/po/swarmtop.pot holds the words that are marked now, and
each catalogue has all of them, with the same conversions and the same blanks at both ends; those with others in them are
among them. Prints what does not; silent when all is well. `make po` brings the files up to date."""
import ast
import pathlib
import re
import subprocess
import sys
import tempfile

FOLDER, NESTED = pathlib.Path("src/share/po"), pathlib.Path("src/share/page/nested.txt")
FIELD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) ("(?:[^"\\]|\\.)*")$')
MORE = re.compile(r'^"(?:[^"\\]|\\.)*"$')
CONVERSION = re.compile(r"%(?:%|[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j|t|L)?[diouxXeEfgGaAcsp])")


def text_of(quoted):
    """A string of a catalogue is written as in C, and as in Python as far as we go; but its letters are UTF-8."""
    return ast.literal_eval(quoted)


def read(path):
    """The messages of a file: dictionaries of fields, with `flags` and the line they begin at."""
    messages, fields, last, flags = [], {}, None, ""
    for number, line in enumerate(path.read_text("utf-8").splitlines() + [""], 1):
        field = FIELD.match(line)
        if field:
            last = field.group(1)
            fields.setdefault("line", number)
            fields[last] = text_of(field.group(2))
        elif MORE.match(line):
            fields[last] += text_of(line)
        elif line.startswith("#,"):
            flags = line
        elif not line and fields:
            messages.append({**fields, "flags": flags})
            fields, flags = {}, ""
    return messages


def ends(text):
    return re.match(r"\s*", text).group(), re.search(r"\s*$", text).group()


def conversions(text):
    """In the order of the values: a translation may say which one it wants, as in %2$s."""
    numbered = sorted(re.findall(r"%(\d+)\$([-+ #0-9.*a-z]*[a-zA-Z])", text), key=lambda one: int(one[0]))
    return ["%" + rest for _, rest in numbered] or CONVERSION.findall(text)


def check_translation(message, original, translation, complain):
    if not translation:
        complain(message["line"], "has no translation")
        return
    if ends(original) != ends(translation):
        complain(message["line"], "has other blanks at its ends than the original")
    if re.search(r"\S {4,}\S", original) and len(original) != len(translation):
        complain(message["line"], "is the head of a table, and not as wide as the original")
    if re.search(r"\b(c|javascript)-format", message["flags"]) and conversions(original) != conversions(translation):
        complain(message["line"], "has other conversions than the original")


def check_catalogue(path, wanted, complain):
    found = {}
    for message in read(path):
        if "fuzzy" in message["flags"]:
            complain(message["line"], "is fuzzy")
        if not message["msgid"]:
            continue
        found[message["msgid"]] = message
        for field in message:
            if field.startswith("msgstr"):
                # The singular may leave the number out; ours never does.
                check_translation(message, message["msgid"], message[field], complain)
    for missing in wanted - set(found):
        complain(1, f"lacks {missing!r}: run `make po`, and translate it")
    for surplus in set(found) - wanted:
        complain(found[surplus]["line"], "is no word of the program any more: run `make po`")
    checked = subprocess.run(["msgfmt", "--check", "-o", "/dev/null", path], capture_output=True, text=True)
    if checked.returncode or checked.stderr:
        complain(1, checked.stderr.strip())


LITERAL = r'"(?:[^"\\\n]|\\.)*"'
MARKED = re.compile(r"\b(?:N_|_n?)\(\s*(?:%s\s*)+(?:,\s*(?:%s\s*)+)?" % (LITERAL, LITERAL))
SHOWN = re.compile(r"\b(?:frame_(?:put|put_right|wrap)|screen_(?:message|draw_nothing|draw_pane|draw_title)|line|add)\([^;{}]*;")
NAMES = {"swarmtop"}


def unmarked(path):
    """Texts with words in them that a view puts on the screen as they are: (line, text)."""
    code = MARKED.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), path.read_text("utf-8"))
    for statement in SHOWN.finditer(code):
        for literal in re.finditer(LITERAL, statement.group()):
            text = text_of(literal.group())
            if re.search(r"[A-Za-z]{3}", re.sub(r"%[-.\d*]*[a-z]+", "", text)) and text not in NAMES:
                yield code.count("\n", 0, statement.start() + literal.start()) + 1, text


# Of a page's script: what looks like words, and whatever is put where people read it. The rest are classes and names.
WORDY = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}|^\s*[A-Z][a-z]{2,}\s*$|[a-z]{2} $|^ [a-z]{2}|[,;:] [a-z]{2}")
READ = re.compile(r'(?:\b(?:title|hint|label|textContent|placeholder|ariaLabel)\s*[:=]|setText\([^;]*?,|\bmake\("\w+", "[^"]*",)\s*(%s)' % LITERAL)
NO_WORDS = {"use strict", "key round", " min", "World", "Unknown", "\nTransmission ", "swarmtop ", "key ", "key heat-", "line ", "text long", " number",
            " mono", ".summary td.number"}


def unmarked_in_script(path):
    code = re.sub(r"/\*.*?\*/", lambda found: re.sub(r"[^\n]", " ", found.group()), path.read_text("utf-8"), flags=re.S)
    code = MARKED.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), code)
    read = {found.start(1) for found in READ.finditer(code)}
    for literal in re.finditer(LITERAL, code):
        text = text_of(literal.group())
        if text not in NO_WORDS and (WORDY.search(text) or (literal.start() in read and re.search(r"[A-Za-z]{2}", text))):
            yield code.count("\n", 0, literal.start()) + 1, text


def main():
    bad = []
    for path in sorted(pathlib.Path("src/share").glob("*/*.js")):
        bad += ["%s:%d: %r is for people: mark it with _()" % (path, line, text) for line, text in unmarked_in_script(path)]
    for path in sorted(pathlib.Path("src/peers").glob("screen*.c")):
        bad += ["%s:%d: %r is for people: mark it with _()" % (path, line, text) for line, text in unmarked(path)]
    template = FOLDER / "swarmtop.pot"
    with tempfile.TemporaryDirectory() as folder:
        fresh = pathlib.Path(folder) / "fresh.pot"
        subprocess.run(["sh", "tests/tools/pot.sh", fresh], check=True)
        if fresh.read_bytes() != template.read_bytes():
            bad.append(f"{template}:1: is not what the sources hold: run `make po`")
        wanted = {message["msgid"] for message in read(fresh)} - {""}
    for number, line in enumerate(NESTED.read_text("utf-8").splitlines(), 1):
        if line.startswith('"') and text_of(line.rpartition(",")[0]) not in wanted:
            bad.append(f"{NESTED}:{number}: nobody says that")
    for path in sorted(FOLDER.glob("*.po")):
        check_catalogue(path, wanted, lambda line, what: bad.append(f"{path}:{line}: {what}"))
    for line in bad:
        print(line)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
