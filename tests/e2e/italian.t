#!/usr/bin/python3
"""In Italian: the dashboard, its summary and the helps; what programs read stays as it is in every language."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_daemon import FakeDaemon, peer, torrent
from lab_test import make_databases
from report_test import CONFIG, fill, many
from swarmtop_test import ROOT, SWARMTOP, like, main, ok, part, plain_text, same, sandbox, skip
from web_test import Served

COMMANDS = ("monitor", "history", "sync", "trackers", "dht", "report", "health", "pick", "inspect", "config")
CATALOGUE = os.path.join(ROOT, "build", "locale", "it", "LC_MESSAGES", "swarmtop.mo")
TIMES = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?|\"poll_ms\":[\d.]+|\d+(?:\.\d+)? ms")


def world():
    return [torrent("Montr\u00e9al %s %n", [peer("5.9.1.1", up=2000), peer("79.20.44.7", "Countries 1.0", down=300, progress=0.5),
                                          peer("192.168.1.4", "Unknown")])]


def italian(box):
    """The environment of somebody in Italy; None where this machine has no such locale and cannot make it."""
    folder = box.path("locales")
    os.makedirs(folder, exist_ok=True)
    try:
        subprocess.run(["localedef", "--no-warnings=all", "-c", "-i", "it_IT", "-f", "UTF-8", os.path.join(folder, "it_IT.UTF-8")],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        pass
    made = os.path.exists(os.path.join(folder, "it_IT.UTF-8", "LC_MESSAGES"))
    if not made or not os.path.exists(CATALOGUE):
        return None
    # newlocale(3) of glibc forgets to free what it made of LOCPATH.
    leaks = "suppressions=%s:print_suppressions=0" % box.write("leaks", "leak:argz_add_sep\n")
    return {"LC_ALL": "", "LANG": "it_IT.UTF-8", "LOCPATH": folder, "LSAN_OPTIONS": leaks}


def speaks(story):
    """Runs a story with a sandbox and its Italian environment, or skips it."""
    def told():
        with sandbox() as box:
            env = italian(box)
            if not env:
                skip(story.__name__, "no catalogue, or no locale it_IT.UTF-8 and no way to make it")
                return
            story(box, env)
    told.__name__, told.__doc__ = story.__name__, story.__doc__
    return told


def args_of(daemon, box, *more):
    return ["-u", "127.0.0.1:%d" % daemon.port, "-r", 30, "-g", make_databases(box.path("geo"))["city"], *more]


@speaks
def dashboard(box, env):
    """The views, the footer, and the summary after Ctrl+C"""
    with FakeDaemon(world()) as daemon, box.screen(*args_of(daemon, box), env=env) as screen:
        screen.wait_text("3 peer ")
        for key, pattern in (("1", "DE Germania"), ("1", "esci"), ("2", "Indirizzo"), ("3", "Paesi"), ("4", "Mappa di calore"),
                             ("5", "Sconosciuto|Client"), ("6", "Montr\u00e9al %s %n"), ("7", "Registro"), ("?", "Tasti")):
            screen.send(key)
            screen.settle(0.1)
            like(plain_text(screen.output), pattern, "key %s: %s" % (key, pattern))
        ok("Countries 1.0" in plain_text(screen.output), "what a peer calls itself is nobody's word to translate")
        screen.send("\x03")
        same(screen.finish(), 0, "Ctrl+C ends it")
        text = plain_text(screen.output).split("=== swarmtop, ")[-1]
    like(text, r"^riepilogo: 2\d{3}-\d\d-\d\d ", "the summary is in Italian")
    like(text, r"(?s)Totale avvistamenti: 3\b.*Connessi ora: 3, da 3 indirizzi; in upload 2\.0 kB/s", "with the numbers as ever")
    like(text, r"(?s) -- Locale .* DE Germania +1 +1 +1 .* IT Italia ", "its countries too")
    like(text, r"=== fine riepilogo ===\s*$", "to its end")


@speaks
def troubles(box, env):
    """What is wrong, on the screen; the log says it in English"""
    log = box.path("log")
    box.config('[filter]\nlists = ["vpn=%s"]\n' % box.path("away"))
    with box.screen("-u", "127.0.0.1:1", "--set", "log.file=" + log, env=env) as screen:
        screen.wait_text("Ancora nessuna risposta da Transmission").wait_text("nessuna connessione: ")
        screen.send("2/rate-up>much")
        screen.wait_text("colonna 9: 'rate-up' si confronta con un numero")
        screen.send("\x1b")
        screen.settle(0.2)
        screen.send("/tag('x')")
        screen.wait_text("colonna 5: nessuna lista ha questo tag")
        screen.send("\x1b")
        screen.settle(0.2)
        screen.send("7")
        screen.wait_text("Registro").wait_text("localhost: nessuna connessione: ").wait_text("away\\s*non si pu\u00f2 leggere: ")
        screen.send("q")
        same(screen.finish(), 0, "the dashboard tells what is wrong in Italian")
    with open(log) as file:
        text = file.read()
    like(text, "localhost: no connection: ", "the log in English")
    like(text, "away cannot be read: ", "all of it")


def neutral(text):
    return TIMES.sub("", text)


@speaks
def machines(box, env):
    """Plain blocks, JSON and CSV are the same bytes in every language"""
    with FakeDaemon(world()) as daemon:
        for more in (["--once"], ["--once", "--peers"], ["--once", "--json", "--peers"], ["--once", "--csv"],
                     ["--once", "--csv", "--peers"]):
            args = args_of(daemon, box, *more)
            english, abroad = box.run(*args), box.run(*args, env=env)
            same(abroad.code, 0, " ".join(more))
            same(neutral(abroad.text), neutral(english.text), " ".join(more) + ": the same")
        with box.screen(*args_of(daemon, box, "--once"), env=env) as screen:
            same(screen.finish(), 0, "--once on a terminal")
            like(plain_text(screen.output), "(?s)=== swarmtop summary.*DE Germany.*=== end ===", "is a record for logs as well")
        wrong = box.run("--no-such", env=env)
        same(wrong.code, 2, "a wrong option")
        like(wrong.message, "there is no option --no-such", "is told as in every log")
        printed = [box.run("config", "--print", env=e).text for e in ({}, env)]
        same(printed[1], printed[0], "the configuration is the same")
        refused = box.run("-u", "127.0.0.1:1", "--once", "--json", env=env)
        same(json.loads(refused.text)["sources"][0]["state"], "unreachable", "states keep their names")


def columns(text):
    """Where the heads of a table of figures end, and where its first line's figures do: both must be the same."""
    lines = text.splitlines()
    return [[found.end() for found in re.finditer(pattern, line)] for pattern, line in zip((r"\S+", r"\S+(?: (?:B|[kMGT]B|s|min|h|d)\b)?"), lines)]


@speaks
def records(box, env):
    """`history`: tables for people in Italian, in columns; JSON and CSV the same bytes as ever"""
    with FakeDaemon(world()) as daemon:
        box.run(*args_of(daemon, box, "-n", 2, "-r", 0.1, "--json", "--record"))
    heads = {"country": r" paese +avvistamenti +peer +connesso +upload +download", "hour": " ora +letture +avvistamenti +media ",
             "day": " giorno +letture ", "peer": r" indirizzo +cc client +ultima volta visite +tempo +upload", "client": r" client +avvistamenti "}
    for by, head in heads.items():
        result = box.run("history", "--by", by, env=env)
        same((result.code, result.said), (0, ""), by)
        like(result.text.splitlines()[0], head, by + ": its heads")
        ok(all(len(line) <= 80 for line in result.text.splitlines()), by + ": in 80 columns", result.text)
        for form in ("--json", "--csv"):
            said = [re.sub('"until":"[^"]*"', "", box.run("history", "--by", by, form, env=e).text) for e in ({}, env)]
            same(said[1], said[0], "%s %s: the same" % (by, form))
        english = box.run("history", "--by", by).text
        like(english, "sightings|visits", by + ": in the C locale in English")
    table = box.run("history", env=env).text
    like(table, "(?m)^ Germania ", "countries by their names")
    heads, figures = columns(table)
    same(figures[-5:], heads[-5:], "figures stand under their heads")
    like(box.run("history", "--since", "today", env=env).text, r"^ dal 20\d\d-\d\d-\d\d \d\d:\d\d al 20", "the range")


@speaks
def swarms(box, env):
    """`pick` and `inspect`, and what the long works say on a terminal, and elsewhere"""
    box.config(CONFIG)
    fill(box, many(60))
    result = box.run("pick", env=env)
    lines = result.text.splitlines()
    like(lines[0], r"^ pos\. serve +seeder +peso +misurato  nome$", "pick: its heads")
    heads, figures = columns(result.text)
    same(figures[:5], heads[:5], "figures stand under their heads")
    like(lines[-1], r"^\d+ torrent, \d+ [MGT]B$", "its end")
    like(result.message, r"^pick: tralasciati mai misurati \(--unmeasured\): \d", "what is left out")
    for form in ("--json", "--links"):
        said = [box.run("pick", form, env=e) for e in ({}, env)]
        same((said[1].text, said[1].message), (said[0].text, said[0].message), "pick %s: the same" % form)
    one = json.loads(box.run("pick", "--json").text)[0]["infohash"]
    text = box.run("inspect", "--offline", one, env=env).text
    like(text, r"(?m)^  info-hash   [0-9a-f]{40}$", "inspect: a label")
    like(text, r"(?m)^  misurato    .* fa: \d+ seeder, \d+ leecher", "inspect: what is known")
    like(box.run("inspect", "--offline", one).text, r"(?m)^  measured    .* ago: \d+ seeder", "in the C locale in English")
    said = [box.run("inspect", "--offline", "--json", one, env=e).text for e in ({}, env)]
    same(said[1], said[0], "inspect --json: the same")
    made = box.path("a.json")
    like(box.run("report", "--json", made, env=env).message, "^report: 60 torrents in 3 collections", "a log is in English")
    with box.screen("report", "--json", made, env=env) as screen:
        same(screen.finish(), 0, "report on a terminal")
        like(plain_text(screen.output), "report: 60 torrent in 3 collezioni, senza notizie dai tracker: ", "is in Italian")
    pages = [box.run("report", "--html", "-", "--set", "report.json=", env=e).text for e in ({}, env)]
    same(*[re.sub(r"20\d\d-[-\dT:]+Z|\d\d:\d\d UTC", "", page) for page in pages], "the report is the same for all: its reader's browser translates")


@speaks
def web(box, env):
    """What a program asks for while the dashboard is in Italian"""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with box.screen("-u", "127.0.0.1:1", "--set", "web.listen=127.0.0.1:%d" % port, "--set", "history.path=none", env=env) as screen:
        screen.wait_text("nessuna connessione: ")
        served = Served(box, None, screen)
        served.url = "http://127.0.0.1:%d/" % port
        status, _, body = served.get("api/v1/peers?filter=rate-up%3Ex")
        same(status, 400, "a filter that is wrong")
        like(json.loads(body)["error"], "^column 9: 'rate-up' is compared with a number", "... is told in English")
        overview = served.json("api/v1/overview")
        like(overview["sources"][0]["error"], "^no connection: ", "so is a daemon's trouble")
        texts = [event["text"] for event in overview["events"]]
        ok(any(text.startswith("localhost: no connection: ") for text in texts), "and what is in the log", texts)
        ok(not any("nessuna" in text for text in texts), "... without a word of Italian", texts)
        screen.send("7")
        screen.wait_text("localhost: nessuna connessione: ")
        screen.send("2/rate-up>much")
        screen.wait_text("colonna 9: 'rate-up' si confronta con un numero")
        screen.send("\x03")
        same(screen.finish(), 0, "the dashboard speaks Italian all the while")


@speaks
def helps(box, env):
    """--help of each command"""
    for name in COMMANDS:
        text = box.run(name, "--help", env=env).text
        like(text, r"^uso: swarmtop.*\n(?s:.*)Mostra questo testo\.", name + " --help")
        ok(all(len(line) <= 80 for line in text.splitlines()), name + ": in 80 columns", text)
        options = [re.findall(r"(?m)^  (?:-\w, |    )(--[\w-]+(?: [A-Z][A-Z.=]*)?)", box.run(name, "--help", env=e).text)
                   for e in ({}, env)]
        same(options[1], options[0], name + ": the same options, for completions")
    like(box.run("help", env=env).text, r"Comandi:\n  monitor +chi \u00e8 connesso", "swarmtop help")


@speaks
def languages(box, env):
    """Who gets which language"""
    cases = {
        "LC_MESSAGES is stronger than LANG": ({"LC_MESSAGES": "C.UTF-8"}, "usage:"),
        "LC_ALL is stronger still": ({"LC_MESSAGES": "C.UTF-8", "LC_ALL": "it_IT.UTF-8"}, "uso:"),
        "LC_NUMERIC says nothing about words": ({"LANG": "C.UTF-8", "LC_NUMERIC": "it_IT.UTF-8"}, "usage:"),
        "LANGUAGE names others first": ({"LANGUAGE": "xx:en"}, "usage:"),
        "an unknown locale is English": ({"LANG": "it_XX.UTF-8"}, "usage:"),
        "the C locale is English": ({"LC_ALL": "C"}, "usage:"),
    }
    for name, (more, word) in cases.items():
        like(box.run("--help", env={**env, **more}).text, "^" + word, name)
    prefix = box.path("usr")
    program = os.path.relpath(SWARMTOP, ROOT)
    subprocess.run(["make", "-C", ROOT, "-o", program, "BIN=" + program, "install", "PREFIX=" + prefix], check=True,
                   env={**os.environ, "MAKEFLAGS": ""}, stdout=subprocess.DEVNULL)
    said = subprocess.run([prefix + "/bin/swarmtop", "--help"], env={**box.env, **env}, capture_output=True, timeout=20).stdout
    like(said.decode(), "^uso:", "what was installed has its words with it")
    alone = box.path("elsewhere", "swarmtop")
    os.makedirs(os.path.dirname(alone))
    shutil.copy(SWARMTOP, alone)
    shutil.copytree(os.path.join(ROOT, "build", "locale"), box.path("locale"))
    said = subprocess.run([alone, "--help"], env={**box.env, **env}, capture_output=True, timeout=20).stdout.decode()
    like(said, "^usage:", "words are taken from the build and from where it was installed, from nowhere else")


main(dashboard, troubles, machines, records, swarms, web, helps, languages)
