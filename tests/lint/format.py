#!/usr/bin/python3
"""Compares C files with what clang-format makes of them, but leaves to the author what it does badly: the columns of a
table and the alignment of comments. Prints the first lines that differ; `--fix` rewrites the files instead."""
import difflib
import re
import subprocess
import sys

OFF, ON = "// clang-format off", "// clang-format on"
COLUMNS = 120
TABLE_BEGINS = re.compile(r"^(\t*)(?:\S.*=|#define \w+(?:\([^)]*\))?) \{(?:$|\{| /\*)")


def too_long(line):
    return len(line.expandtabs(8)) > COLUMNS


def guarded(lines):
    """The lines, with the formatter switched off around each initialiser of several lines, each macro of a row, and a
    long comment behind code, for which it would tear the code apart."""
    out, end = [], None
    for line in lines:
        begins = None if end else TABLE_BEGINS.match(line)
        if begins:
            out.append(OFF)
            end = re.compile(r".*[^\\]$" if line[0] == "#" else begins.group(1) + r"\}")
        alone = not end and "/*" in line and too_long(line)
        out += [OFF, line, ON] if alone else [line]
        if end and end.match(line) and not (begins and line[0] != "#"):
            out.append(ON)
            end = None
    return out


def formatted(path, lines):
    run = subprocess.run(["clang-format", f"--assume-filename={path}"], input="\n".join(guarded(lines)) + "\n",
                         text=True, capture_output=True, check=True)
    return [line for line in run.stdout.splitlines() if line.strip() not in (OFF, ON)]


def squeezed(lines):
    return [re.sub(r"(?<=\S)[ \t]+", " ", line) for line in lines]


def differences(path, lines, want):
    for number, line in enumerate(lines, 1):
        if too_long(line):
            yield f"{path}:{number}: longer than {COLUMNS} columns"
    matcher = difflib.SequenceMatcher(None, squeezed(lines), squeezed(want), autojunk=False)
    for kind, i1, _, j1, j2 in matcher.get_opcodes():
        if kind != "equal":
            yield f"{path}:{i1 + 1}: clang-format wants: {' '.join(line.strip() for line in want[j1:j2])[:150]}"


def main(argv):
    fix = argv[:1] == ["--fix"]
    faults = 0
    for path in argv[1:] if fix else argv:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        want = formatted(path, lines)
        found = list(differences(path, lines, want))
        faults += len(found)
        if fix and found:
            with open(path, "w", encoding="utf-8") as file:
                file.write("\n".join(want) + "\n")
        elif found:
            print("\n".join(found))
    return 1 if faults and not fix else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
