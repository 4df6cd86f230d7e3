#!/usr/bin/python3
"""What `make install` and `make deb` bring: the man page says what --help says, shells complete it, the units are hardened and
installed where they work, a service manager hears from both daemons, and lintian has nothing to say about the package."""
import glob
import gzip
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_daemon import FakeDaemon, peer, torrent
from swarmtop_test import ASAN, ROOT, SLOW, SWARMTOP, Screen, like, main, ok, part, same, sandbox, skip, wait_until

SHARE = os.path.join(ROOT, "src", "share")
MAN = os.path.join(SHARE, "man", "swarmtop.1")
UNITS = sorted(glob.glob(os.path.join(SHARE, "systemd", "*.service")))
COLLECTIONS = '[collection.debian]\ntorrent_url = "/nonexistent"\n[collection."two words"]\ntorrent_url = "/nonexistent"\n'
OPTION = re.compile(r"^  (?:-(.),|   ) --([a-z-]+)(?: ([A-Z][A-Z.=]*))?(?:  .*)?$", re.M)
EXPOSURE = 1.5


def read(*names):
    with open(os.path.join(*names)) as file:
        return file.read()


def tool(*words, env=None, cwd=None, timeout=120):
    """Exit status, and both outputs together."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=env, cwd=cwd, timeout=timeout * SLOW)
    return done.returncode, done.stdout


def commands(box):
    return re.findall(r"^  ([a-z]+) ", box.run("help").text, re.M)


def options(box, command):
    """What --help says: {(letter, name, argument)}, "" for what there is not."""
    found = OPTION.findall(box.run(command, "--help").text)
    assert len(found) >= 5, "no options in the help of " + command
    return set(found)


# ---- the man page ---------------------------------------------------------------------------------------------------


def described(section):
    """The options that the text of a section describes: {(letter, name, argument)}."""
    found = set()
    for line in re.findall(r"^\.It (Fl .*)$", section, re.M):
        letter = name = argument = ""
        for flag, word in re.findall(r"Fl (\S+)|Ar (\S+)", line.replace(" ,", "")):
            if word:
                argument = word
            elif flag.startswith("-"):
                name = flag[1:]
            else:
                letter = flag
        found.add((letter, name, argument))
    return found


def man_page():
    """Every command and option of --help is in swarmtop.1, and nothing else; so is every exit status"""
    page = read(MAN)
    sections = {head: text for head, text in re.findall(r"^\.Ss ([^\n]*)\n(.*?)(?=^\.S[sh] |\Z)", page, re.M | re.S)}
    common = described(sections["Options of every command"])
    with sandbox() as box:
        names = commands(box)
        same(set(re.findall(r"^\.It Cm (\w+)$", page, re.M)), set(names) | {"help"}, "the man page has all commands")
        for name in names:
            own = described(sections.get("Options of " + name, ""))
            same(sorted(own | common), sorted(options(box, name)), "and all options of " + name)
    stated = re.search(r"^\.Sh EXIT STATUS\n(.*?)^\.Sh ", page, re.M | re.S)[1]
    exits = re.findall(r"^\tEXIT_\w+ = (\d+)", read(ROOT, "include", "base", "exits.h"), re.M)
    same(sorted(re.findall(r"^\.It (\d+)$", stated, re.M)), sorted(exits), "and all exit statuses")
    for unit in UNITS:
        ok(os.path.basename(unit) in page, "and " + os.path.basename(unit))


def man_tools():
    """Those who format it have nothing to complain about"""
    if shutil.which("mandoc"):
        same(tool("mandoc", "-T", "lint", "-W", "warning", MAN), (0, ""), "mandoc -T lint")
    else:
        skip("mandoc -T lint", "no mandoc")
    if shutil.which("groff"):
        code, text = tool("groff", "-mandoc", "-Tutf8", "-ww", "-rLL=80n", MAN)
        same((code, re.findall(r"(?i).*warning.*", text)), (0, []), "groff has no warning")
        like(re.sub("\x1b\\[[0-9]*m|.\b", "", text), r"(?m)^NAME\n +swarmtop . top for BitTorrent swarms", "and shows the page")
    else:
        skip("groff", "no groff")


# ---- completions ----------------------------------------------------------------------------------------------------

# Answers lines of words, given as NUL-separated argv, with what bash would offer.
BASH = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
compopt() { :; }
_swarmtop "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "${COMPREPLY[@]}"
"""


def with_swarmtop(box):
    """The environment in which `swarmtop` is the program under test."""
    return {**box.env, "PATH": os.path.dirname(SWARMTOP) + ":" + box.env["PATH"]}


def offered(box, *words):
    code, text = tool("bash", "--norc", "-c", BASH, "bash", os.path.join(SHARE, "completions", "swarmtop.bash"), *words,
                      env=with_swarmtop(box), cwd=box.home)
    return sorted(text.split("\n")[:-1])


def spellings(found):
    return sorted({"--" + name for _, name, _ in found} | {"-" + letter for letter, _, _ in found if letter})


def bash():
    """bash completes commands, options, their arguments, and the names of collections"""
    with sandbox() as box:
        box.config(COLLECTIONS)
        for name in ("a.torrent", "b.txt", "c.toml", "d.mmdb"):
            box.write(name, "")
        other = box.write("other.toml", "[collection.other]\ntorrent_url = '/nonexistent'\n")
        names = commands(box)
        same(offered(box, "swarmtop", ""), sorted(names + ["help"]), "commands")
        for name in names:
            same(offered(box, "swarmtop", name, "-"), spellings(options(box, name)), "all options of " + name)
        same(offered(box, "swarmtop", "--u"), ["--url"], "those of the monitor without its name")
        for name in ("sync", "trackers", "dht", "report", "health", "pick"):
            same(offered(box, "swarmtop", name, ""), ["debian", r"two\ words"], "collections for " + name)
        same(offered(box, "swarmtop", "sync", "-c", other, ""), ["other"], "those of another configuration")
        same(offered(box, "swarmtop", "sync", "--config", "=", other, ""), ["other"], "named with = too")
        same(offered(box, "swarmtop", "--color", ""), ["always", "auto", "never"], "--color")
        same(offered(box, "swarmtop", "--color", "=", "a"), ["always", "auto"], "--color=a")
        same(offered(box, "swarmtop", "--log-level", "w"), ["warn"], "--log-level")
        same(offered(box, "swarmtop", "sync", "--set", "dht.r"), ["dht.rate=", "dht.rate_per_address="], "--set")
        refused = [key for key in offered(box, "swarmtop", "--set", "")
                   if "not taken from the command line" in box.run("config", "--check", "--set", key + "x").err.decode()]
        same(refused, [], "--set: no key that is refused there")
        ok("a.torrent" in offered(box, "swarmtop", "inspect", ""), "inspect takes a .torrent")
        ok("b.txt" not in offered(box, "swarmtop", "inspect", ""), "and no other file")
        ok("c.toml" in offered(box, "swarmtop", "-c", ""), "--config takes a .toml")
        ok("d.mmdb" in offered(box, "swarmtop", "-g", ""), "--geoip takes a .mmdb")
        same(offered(box, "swarmtop", "-u", "h"), ["http://127.0.0.1:9091/transmission/rpc"], "--url: the configured daemons")
        same(offered(box, "swarmtop", "config", ""), [], "nothing where nothing is taken")


def typed(box, shell, start, *lines):
    """What each line has become after a Tab: the shell shows it with echo."""
    env = {**with_swarmtop(box), "TERM": "dumb", "PS1": "$ "}
    with Screen(box, cols=200, env=env, program=shell) as terminal:
        terminal.send(start + "\necho be'gun'\n")
        terminal.wait_text("begun", 20)
        for before, after in lines:
            terminal.settle()
            since = len(terminal.output)
            terminal.send(before + "\t")
            # What stands there before and after it is echoed, and shells that are asked for more think a while.
            terminal.wait_text(re.escape(after), 10, since)
            terminal.settle()
            terminal.send("\x01echo '<'\x05'>'\n")
            terminal.wait_text("<" + re.escape(after) + " ?>", 10, since)
            ok(True, "%s: %r becomes %r" % (shell[0], before, after))
        terminal.send("\x03exit\n")


LINES = (("swarmtop syn", "swarmtop sync"), ("swarmtop pick --unm", "swarmtop pick --unmeasured"),
         ("swarmtop --ref", "swarmtop --refresh"), ("swarmtop health deb", "swarmtop health debian"))


def bash_typed():
    """The same, as somebody types it"""
    with sandbox() as box:
        box.config(COLLECTIONS)
        typed(box, ["bash", "--norc", "--noprofile", "-i"], "source " + os.path.join(SHARE, "completions", "swarmtop.bash"), *LINES)


def zsh():
    """zsh completes too"""
    if not shutil.which("zsh"):
        return skip("zsh", "no zsh")
    with sandbox() as box:
        box.config(COLLECTIONS)
        start = "fpath=(%s $fpath); autoload -Uz compinit; compinit -u -D" % os.path.join(SHARE, "completions")
        typed(box, ["zsh", "-f", "-i"], start, *LINES)


def fish():
    """and fish"""
    if not shutil.which("fish"):
        return skip("fish", "no fish")
    with sandbox() as box:
        box.config(COLLECTIONS)
        names = commands(box)
        asked = ["swarmtop ", "swarmtop sync ", "swarmtop --color="] + ["swarmtop %s --" % name for name in names]
        script = "source %s\n" % os.path.join(SHARE, "completions", "swarmtop.fish")
        script += "".join("complete -C '%s'; echo ---\n" % line for line in asked)
        code, text = tool("fish", "--no-config", "-c", script, env=with_swarmtop(box), cwd=box.home)
        answers = [sorted(line.split("\t")[0] for line in answer.splitlines()) for answer in text.split("---\n")]
        same(answers[0], sorted(names + ["help"]), "fish: commands")
        same(answers[1], ["debian", "two words"], "fish: collections")
        same(answers[2], ["--color=always", "--color=auto", "--color=never"], "fish: what an option takes")
        for name, answer in zip(names, answers[3:]):
            same(answer, sorted("--" + option for _, option, _ in options(box, name)), "fish: all options of " + name)


# ---- units ----------------------------------------------------------------------------------------------------------


def install(box):
    """`make install` of the program under test; returns its prefix."""
    prefix, program = box.path("usr"), os.path.relpath(SWARMTOP, ROOT)
    env = {**os.environ, "MAKEFLAGS": ""}
    code, text = tool("make", "-C", ROOT, "-o", program, "BIN=" + program, "install", "PREFIX=" + prefix, env=env)
    assert code == 0, text
    return prefix


def units():
    """The units are installed beside what they start, systemd understands them, and they may do little"""
    if not shutil.which("systemd-analyze"):
        return skip("systemd-analyze", "no systemd")
    same([os.path.basename(unit) for unit in UNITS], ["swarmtop-health.service", "swarmtop.service"], "two units")
    for unit in UNITS:
        code, text = tool("systemd-analyze", "security", "--offline=true", unit)
        score = re.search(r"Overall exposure level for \S+: ([\d.]+)", text)
        ok(score and float(score[1]) <= EXPOSURE, "%s: exposure %s" % (os.path.basename(unit), score and score[1]), text)
    at_once = re.search(r"\bCONNECTIONS = (\d+)", read(ROOT, "src", "swarm", "world.c"))[1]
    tasks = re.search(r"(?m)^TasksMax=(\d+)$", read(SHARE, "systemd", "swarmtop-health.service"))[1]
    ok(int(tasks) >= int(at_once) + 8, "health may have a thread for each name that it asks for at once", tasks)
    with sandbox() as box:
        folder = install(box) + "/lib/systemd/system/"
        for unit in UNITS:
            installed = folder + os.path.basename(unit)
            like(read(installed), r"(?m)^ExecStart=%s/bin/swarmtop (monitor|health)" % re.escape(box.path("usr")), "installed")
            same(tool("systemd-analyze", "verify", "--man=no", installed), (0, ""), "and systemd has nothing to complain about")
            ok("\nRuntimeDirectoryPreserve=" not in read(unit), "with which systemd would hide /run/swarmtop from a web server")


def installed_files():
    """`make install`: each thing at its place, and the installed program runs"""
    with sandbox() as box:
        prefix = install(box)
        for name in ("bin/swarmtop", "share/man/man1/swarmtop.1", "share/bash-completion/completions/swarmtop",
                     "share/zsh/site-functions/_swarmtop", "share/fish/vendor_completions.d/swarmtop.fish",
                     "lib/systemd/system/swarmtop.service", "share/doc/swarmtop/config.example.toml",
                     *["share/doc/swarmtop/" + picture for picture in
                       re.findall(r"!\[[^]]*\]\(([^)]*)\)", read(prefix, "share/doc/swarmtop/README.md"))],
                     *["share/locale/it/LC_MESSAGES/swarmtop.mo"][:shutil.which("msgfmt") is not None]):
            ok(os.path.isfile(os.path.join(prefix, name)), name)
        code, text = tool(os.path.join(prefix, "bin", "swarmtop"), "--version", env=box.env)
        like(text, r"^swarmtop \d", "it runs")


# ---- a service manager ----------------------------------------------------------------------------------------------


class Manager:
    """The end of a service manager's socket."""

    def __init__(self, box):
        self.path, self.heard = box.path("notify"), []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    @property
    def env(self):
        return {"NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": "400000"}

    def listen(self):
        try:
            while True:
                self.heard.append(self.socket.recv(4096).decode())
        except BlockingIOError:
            return self.heard

    def wait(self, pattern):
        return wait_until(lambda: any(re.search(pattern, text) for text in self.listen()), 10, pattern)


def reloads(program, manager):
    """SIGHUP, as `systemctl reload` sends it."""
    program.signal(signal.SIGHUP)
    ok(wait_until(lambda: manager.listen().count("READY=1") == 2, 10), "READY=1 again, after SIGHUP")
    about = [text for text in manager.heard if re.search("READY|RELOADING", text)]
    like(about[1], r"^RELOADING=1\nMONOTONIC_USEC=\d+$", "before it RELOADING=1, with the time")


def monitor_service():
    """The monitor: ready though no daemon answers, alive, how it is, and stopping"""
    with sandbox() as box, Manager(box) as manager, FakeDaemon([torrent("one", [peer("5.9.1.1"), peer("8.8.8.8")])]) as daemon:
        with part("the monitor as a service"), box.start("--json", "-u", daemon.url, "-r", "0.2", env=manager.env) as program:
            ok(manager.wait(r"^READY=1$"), "READY=1")
            ok(manager.wait(r"^STATUS=poll \d+: 2 connections from 2 addresses$"), "STATUS=...")
            seen = manager.listen().count("WATCHDOG=1")
            ok(wait_until(lambda: manager.listen().count("WATCHDOG=1") >= seen + 2, 10), "WATCHDOG=1, again and again")
            same(manager.heard.count("READY=1"), 1, "READY=1 came once")
            reloads(program, manager)
            program.signal(signal.SIGTERM)
            same(program.finish().code, 0, "SIGTERM: exit 0")
            same(manager.listen()[-1], "STOPPING=1", "and STOPPING=1 was its last word")
        same(manager.heard.count("READY=1"), 2, "no other READY=1 came")
        args = re.search(r'^Environment="MONITOR_ARGS=(.*)"$', read(SHARE, "systemd", "swarmtop.service"), re.M)[1].split()
        manager.heard.clear()
        with box.start(*args, "-u", daemon.url, "-r", "0.2", env=manager.env) as program:
            ok(manager.wait(r"^STATUS=poll [3-9]:"), "as the unit starts it: STATUS=...")
            program.signal(signal.SIGTERM)
            result = program.finish()
            same((result.code, result.text), (0, ""), "and not a word to the journal")
    with sandbox() as box, Manager(box) as manager:
        with box.start("--json", "-u", "127.0.0.1:1", env=manager.env) as program:
            ok(manager.wait(r"^READY=1$"), "ready where nobody answers, too: that is no failure of the service")
            ok(manager.wait(r"^STATUS=poll \d+: 0 connections from 0 addresses; .*: no "), "and the status says who does not")
    with sandbox() as box, Manager(box) as manager, FakeDaemon([torrent("one", [peer("5.9.1.1")])], login=("u", "p")) as daemon:
        with box.start("--output", "/dev/null", "-u", daemon.url, "-r", "0.5", env=manager.env) as program:
            ok(manager.wait(r"^STATUS=poll \d+: .*: login refused"), "a login that is refused")
            program.signal(signal.SIGTERM)
            like(program.finish().err, "credstore/swarmtop.rpc-password, as user:password", "and where a service takes it from")
        box.write("credentials/rpc-password", "u:p\n")
        env = {**manager.env, "CREDENTIALS_DIRECTORY": box.path("credentials")}
        manager.heard.clear()
        with box.start("--output", "/dev/null", "-u", daemon.url, "-r", "0.5", env=env):
            ok(manager.wait(r"^STATUS=poll \d+: 1 connection from 1 address$"), "such as a credential")


def health_service():
    """health: ready, alive, its passes, and stopping"""
    with sandbox() as box, Manager(box) as manager:
        os.mkdir(box.path("empty"))
        box.config('[collection.none]\ntorrent_url = %s\n[dht]\nlisten = ["127.0.0.1:0"]\nbootstrap = []\n'
                   % json.dumps(box.path("empty")))
        with box.start("health", env=manager.env) as program:
            ok(manager.wait(r"^READY=1$"), "READY=1")
            ok(manager.wait(r"^STATUS=sync: 1 collection"), "STATUS=... of a pass")
            ok(manager.wait(r"^WATCHDOG=1$"), "WATCHDOG=1")
            for name in ("trackers", "dht"):
                ok(manager.wait(r"^STATUS=%s: 0 torrents" % name), "STATUS=... of the others")
            reloads(program, manager)
            program.signal(signal.SIGTERM)
            same(program.finish(20).code, 0, "SIGTERM: exit 0")
            ok("STOPPING=1" in manager.listen(), "STOPPING=1")
        manager.heard.clear()
        with box.start("health", env=manager.env) as program:
            ok(manager.wait(r"^STATUS=waiting: (sync|trackers|dht) is next, \d{4}-\d\d-\d\d \d\d:\d\d$"),
               "STATUS=... after a restart, when nothing is due yet")
            program.signal(signal.SIGTERM)
            same(program.finish(20).code, 0, "SIGTERM: exit 0")


def health_folder():
    """health in a folder that is empty after every start, as /run/swarmtop: the report is there again at once"""
    with sandbox() as box, Manager(box) as manager:
        os.mkdir(box.path("empty"))
        report = box.path("run", "report.json")
        box.config('[collection.none]\ntorrent_url = %s\n[dht]\nlisten = ["127.0.0.1:0"]\nbootstrap = []\n[report]\njson = %s\n'
                   % (json.dumps(box.path("empty")), json.dumps(report)))
        for start in ("the first", "the second"):
            shutil.rmtree(os.path.dirname(report), ignore_errors=True)
            os.mkdir(os.path.dirname(report))
            with box.start("health", env=manager.env) as program:
                ok(wait_until(lambda: os.path.exists(report), 30), start + " start writes the report")
                same(os.stat(report).st_mode & 0o777, 0o644, "which others may read")
                program.signal(signal.SIGTERM)
                same(program.finish(20).code, 0, "SIGTERM: exit 0")


# ---- the package ----------------------------------------------------------------------------------------------------


def libraries():
    """What the package is built with is what the Makefile names"""
    named = re.search(r"^LIBRARIES := ((?:.*\\\n)*.*)$", read(ROOT, "Makefile"), re.M)[1]
    wanted = {pair.split(":")[1] for pair in named.replace("\\", " ").split()}
    control = read(SHARE, "debian", "control")
    built = {word.strip() for word in re.search(r"^Build-Depends:\n((?: .*\n)+)", control, re.M)[1].split(",\n")}
    same(sorted(built - {"debhelper-compat (= 13)", "gettext", "pkg-config", ""}), sorted(wanted), "Build-Depends has the libraries")


def package():
    """`make deb`: lintian has nothing to say, and everything is in it"""
    if ASAN or os.environ.get("TEST_VARIANT", "release") != "release":
        return skip("the package", "not of this variant")
    if not all(shutil.which(name) for name in ("dpkg-buildpackage", "dh", "lintian")):
        return skip("the package", "no debhelper, or no lintian")
    with sandbox() as box:
        out = box.path("deb")
        code, text = tool("sh", os.path.join(ROOT, "tests", "tools", "deb.sh"), out, "0.1.0-3-gabc", SWARMTOP, cwd=ROOT)
        same(code, 0, "it is built, and lintian finds no error and no warning") or ok(False, "lintian", text)
        ok(not re.search(r"(?m)^[EWP]: ", text), "not even a pedantic one", text)
        (file,) = glob.glob(out + "/swarmtop_*.deb")
        like(os.path.basename(file), r"^swarmtop_0\.1\.0\+3\.gabc_", "its version follows git's")
        inside = tool("dpkg-deb", "--contents", file)[1]
        for name in ("usr/bin/swarmtop", "lib/systemd/system/swarmtop.service", "lib/systemd/system/swarmtop-health.service",
                     "usr/share/man/man1/swarmtop.1.gz", "usr/share/bash-completion/completions/swarmtop",
                     "usr/share/zsh/vendor-completions/_swarmtop", "usr/share/doc/swarmtop/config.example.toml",
                     "usr/share/locale/it/LC_MESSAGES/swarmtop.mo"):
            ok(("./%s\n" % name) in inside, name)
        tool("dpkg-deb", "--extract", file, box.path("inside"))
        folder = box.path("inside/usr/share/doc/swarmtop/")
        with gzip.open(folder + "README.md.gz", "rt", encoding="utf-8") as readme:
            links = set(re.findall(r"\]\(([^#):][^):]*)\)", readme.read()))
        same(sorted(name for name in links if not os.path.exists(folder + name)), [], "no link of the README leads nowhere")
        ok(len(links) >= 2, "of some", links)
        if glob.glob(os.path.join(ROOT, "build", "geoip", "*.mmdb")):
            like(inside, r" \./usr/share/swarmtop/\S+\.mmdb\n", "and the geo databases that were fetched")
        tool("dpkg-deb", "--control", file, box.path("control"))
        like(read(box.path("control", "postrm")), r"purge.*\n.*rm -rf /var/lib/private/swarmtop", "purge takes the state along")
        depends = tool("dpkg-deb", "--field", file, "Depends")[1]
        for name in ("libc6", "libcurl4", "libncursesw6", "libsqlite3-0"):
            ok(re.search(r"\b%s\b" % name, depends), "depends on " + name, depends)


main(man_page, man_tools, bash, bash_typed, zsh, fish, units, installed_files, monitor_service, health_service, health_folder,
     libraries, package)
