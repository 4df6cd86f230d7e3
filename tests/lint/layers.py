#!/usr/bin/python3
"""Proves the rules of the house that no compiler knows: which layer may include which, one door per library, calls that
are banned, own header first, and a comment at the top of each file. Prints what breaks one; silent when nothing does."""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "base": {"base"},
    "wire": {"base", "wire"},
    "core": {"base", "wire", "core"},
    "peers": {"base", "wire", "core", "peers"},
    "swarm": {"base", "wire", "core", "swarm"},
}
LAYERS = set(MAY_INCLUDE)

# What a library's header looks like: the only files that may include it.
DOORS = [
    (r"maxminddb", r"src/core/geo\.c"),
    (r"curl/", r"(src|include)/core/http\w*\.[ch]"),
    (r"json(-c/|\.h$)", r"src/core/json\.c"),
    (r"(n?curses|term|panel)(w/|\.h$)", r"src/peers/draw_curses\w*\.c"),
    (r"microhttpd", r"src/core/httpd\.c"),
    (r"sqlite3", r"src/core/store\w*\.c"),
    (r"libxml/", r"src/core/html\.c"),
    (r"openssl/", r"src/core/hash\.c"),
    (r"ares", r"src/core/resolve\.c"),
]

BANNED = [
    (re.compile(r"(?<![\w.>])(sprintf|strcpy|strcat|strtok|atoi|gets|sscanf|system|popen|gethostbyname)\s*\("), None),
    (re.compile(r"(?<![\w.>])(time)\s*\(\s*(?:NULL|0)\s*\)"), "src/base/clock.c"),
]

NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def without_text(source):
    """The code with comments and strings blanked, line numbers kept."""
    return NOT_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), source)


def without_comments(source):
    return re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), source, flags=re.S)


def layer_of(path):
    """The layer that a file belongs to; None for main.c, config_main.c and tests, which may include everything."""
    parts = path.split("/")
    return parts[1] if parts[0] in ("src", "include") and len(parts) == 3 else None


def check_includes(path, source, complain):
    layer = layer_of(path)
    if layer and layer not in LAYERS:
        complain(1, f"'{layer}' is no layer")
        return
    for found in INCLUDE.finditer(without_comments(source)):
        where, name = line_of(source, found.start()), found.group(2)
        other = name.split("/")[0]
        if layer and other in LAYERS and other not in MAY_INCLUDE[layer]:
            complain(where, f"{layer} may not include {other}")
        if layer and found.group(1) == '"' and "/" in name and other not in LAYERS:
            complain(where, f'"{name}" names no layer')
        for library, door in DOORS if path.startswith(("src/", "include/")) else []:
            if found.group(1) == "<" and re.match(library, name) and not re.fullmatch(door, path):
                complain(where, f"<{name}> is included only by {door}".replace("\\", ""))


def check_own_header(path, source, complain):
    """A variant (draw_plain.c of draw_*.c) has no header of its own and begins with the one that declares its table."""
    layer = layer_of(path)
    if not (path.startswith("src/") and layer):
        return
    own = path[len("src/"):-len(".c")] + ".h"
    found = INCLUDE.search(without_comments(source))
    first = found.group(2) if found else ""
    if pathlib.Path("include", own).exists():
        if first != own:
            complain(1, f'"{own}" must be the first include')
    elif "_" not in own.split("/")[1] or not first.startswith(layer + "/"):
        complain(1, f"include/{own} is missing")


def check_banned(path, source, complain):
    code = without_text(source)
    for call, except_in in BANNED:
        for found in call.finditer(code):
            if path != except_in:
                complain(line_of(code, found.start()), f"{found.group(1)}() is banned")


def check_top(_path, source, complain):
    if not source.startswith("/* "):
        complain(1, "the file must begin with a comment that says what it is")


def check_guard(path, source, complain):
    parts = path.split("/")
    guard = "_".join(parts[1:]).upper().replace(".", "_")
    if parts[0] == "include" and f"#ifndef {guard}\n#define {guard}\n" not in source:
        complain(1, f"the include guard must be {guard}")


CHECKS = [check_includes, check_own_header, check_banned, check_top, check_guard]


def main():
    faults = 0
    for folder in ("src", "include", "tests"):
        for file in sorted(pathlib.Path(folder).rglob("*.[ch]")):
            path, source = file.as_posix(), file.read_text(encoding="utf-8", errors="replace")

            def complain(line, what, path=path):
                nonlocal faults
                faults += 1
                print(f"{path}:{line}: {what}")

            for check in CHECKS:
                check(path, source, complain)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
