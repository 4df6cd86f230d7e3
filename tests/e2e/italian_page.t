#!/usr/bin/python3
"""The monitor's page and the reports in a browser whose reader prefers Italian: no word of theirs is left in English, all of it
fits a phone, what is not ours stays as it is; who prefers another language gets that, or English."""
import json
import os
import re
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chromium import Chromium, missing
from fake_daemon import ADDRESSES, FakeDaemon, peer, torrent
from lab_test import make_databases
from report_test import CONFIG, fill, many
from swarmtop_test import ROOT, like, main, note, ok, part, same, sandbox, wait_until
from web_test import Served

PHONE, DESKTOP = (390, 844, True), (1440, 900, False)
SETTLE = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# What a person may come to read, but for what has a name of its own.
TEXTS = """(() => {
    const names = "[translate=no], script, style, noscript, #credit, #version, #sources, .c-name, .c-collection, .c-hash, #table .tag, "
        + "#collection, .tag, #networks th[scope=row], .code";
    const found = [], nodes = document.createTreeWalker(document, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, node =>
        node.matches && node.matches(names) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
        if (node.data !== undefined)
            found.push(node.data);
        else
            for (const name of ["title", "aria-label", "placeholder"])
                if (node.hasAttribute(name))
                    found.push(node.getAttribute(name));
    }
    return found.map(text => text.trim()).filter(text => text);
})()"""
COLLISIONS = """(() => {
    const boxes = [...document.querySelectorAll("#table thead button")].filter(one => one.offsetParent).map(one => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return [one.textContent, range.getBoundingClientRect()];
    });
    return boxes.flatMap(([name, a]) => boxes.filter(([other, b]) => other !== name && a.left < b.right && b.left < a.right &&
        a.top < b.bottom && b.top < a.bottom).map(([other]) => name + " on " + other));
})()"""
FITS = "document.documentElement.scrollWidth <= innerWidth"


def messages():
    """(English, Italian) of all that is not a country."""
    with open(os.path.join(ROOT, "src/share/po/it.po"), encoding="utf-8") as file:
        blocks = file.read().split("\n\n")[1:]
    text = lambda block, field: "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', "".join(re.findall(
        r'^%s(?:_plural|\[\d\])? ((?:"(?:[^"\\]|\\.)*"\n?)+)' % field, block, re.M))))
    return [(text(block, "msgid"), text(block, "msgstr")) for block in blocks if "base/country.c" not in block]


def tokens(text):
    return {word.lower() for word in re.findall(r"[A-Za-z\u00c0-\u00ff]{3,}", re.sub(r"\\.|%[-+.\d*]*[a-z]+", " ", text))}


def english_words():
    """Words that are in an original, and in no translation."""
    pairs = messages()
    kept = set().union(*(tokens(italian) for english, italian in pairs if english != italian))
    return set().union(*(tokens(english) for english, italian in pairs if english != italian)) - kept


ENGLISH = english_words()
# Conditions are written alike in all languages, and a path is a name.
WRITTEN = re.compile(r"country = DE and rate-up > 10k|connections (?:[=>] \d+|= unknown)|/\S+|GeoLite2-\w+")


def no_english(browser, name):
    texts = [WRITTEN.sub("", text) for text in browser.run(TEXTS)]
    left = {text: sorted(tokens(text) & ENGLISH) for text in texts if tokens(text) & ENGLISH}
    ok(len(texts) > 20 and not left, name + ": no English", left)
    return texts


def world():
    return [torrent("Montr\u00e9al", [peer(ADDRESSES["DE"], up=1500), peer(ADDRESSES["IT"], "Transmission 3.00", flags="TUE"),
                                     peer(ADDRESSES["JP"], "Italy 2.1.1"), peer("192.168.1.7", "")], hashString="%040x" % number)
            for number in range(3)] + [torrent("Oslo", [peer("193.0.6.%d" % i, "Deluge 2.%d" % i, up=100 * i) for i in range(40)])]


def opened(browser, url):
    browser.open(url)
    wait_until(lambda: browser.run("!!document.querySelector('#peers tbody tr th') && !!document.querySelector('#torrents tbody tr th')"),
               20, "the tables")
    browser.run(SETTLE)


def picture(browser, name):
    if os.environ.get("PICTURES"):
        browser.run("scrollTo(0, 0)")
        browser.picture(os.path.join(os.environ["PICTURES"], name + ".png"), captureBeyondViewport=True)


def words(browser, web):
    """The page is in Italian, whatever it shows"""
    opened(browser, web.url)
    run = browser.run
    same(run("document.documentElement.lang"), "it-IT", "it says so")
    like(run("document.title"), r"^\d+ connessioni \u2013 swarmtop$", "its title too")
    no_english(browser, "at first")
    ok("Germania" in run("document.getElementById('countries').innerText"), "countries have their names")
    wait_until(lambda: "tanti scattato: " in run("document.getElementById('alerts').innerText"), 10, "the alert")
    wait_until(lambda: "allarme tanti: " in run("document.getElementById('log').innerText"), 10, "the alert in the log")
    like(run("document.getElementById('log').innerText"), r"(?s)la pagina \u00e8 a http.*database geografico \S+ \(\S+\), creato il \S+: citt\u00e0, IPv4 e IPv6",
         "how the monitor began")
    for line in (r"hosting: 1 rete da \S+hosting, 1 riga scartata\n", r"hosting, riga 2: \"nonsense\": n\u00e9 indirizzo, ",
                 r"proxy non \u00e8 una lista di reti: la riga 1 \u00e8 \"xyz\" \(n\u00e9 indirizzo"):
        like(run("document.getElementById('log').innerText"), line, "lists")
    wait_until(lambda: "domestica" in run("document.querySelector('#networks table').textContent"), 10, "kinds of networks")
    ok("Germania" in run("document.getElementById('heat').innerText"), "in the heat map too")
    like(run("document.getElementById('map-caption').textContent"), r"^\d+ connessioni in vista, \d+ altrove, \d+ senza posizione$", "the map")
    like(run("document.getElementById('countries').innerText"), r"DE\s+Germania[^A-Z]*\s\d,\d kB/s", "numbers have an Italian comma")
    ok("Italy" in run("document.getElementById('clients').innerText"), "a client that calls itself Italy still does")
    same(run("[...document.querySelectorAll('#map-zoom option')].map(one => one.value).slice(0, 2)"), ["World", "Europe"], "values stay")
    for value in ("Europe", "World"):
        run("(one => { one.value = '%s'; one.dispatchEvent(new Event('change')); })(document.getElementById('map-zoom'))" % value)
    for button in ("heat-more", "clients-more", "countries-more"):
        run("document.getElementById('%s').click()" % button)
    run("document.getElementById('hide').click()")
    no_english(browser, "with all lists open")
    for button in ("heat-more", "clients-more", "countries-more"):
        run("document.getElementById('%s').click()" % button)
    same((browser.errors, browser.dialogs), ([], []), "without a complaint")


def names(browser, web):
    """Names are nobody's words, not even those that a word of ours is spelled like"""
    read = lambda path: open(os.path.join(ROOT, path), encoding="utf-8").read()
    told = "const told" + read("src/share/web/web.js").split("const told")[1].split("\n};")[0] + "\n};\n"
    script = "(() => { %s const view = {data: {sources: [{name: 'casa: Local'}, {name: 'home'}]}}; %s return RESULT; })()" % (
        "".join(read(path) for path in ("build/gen/web_words.js", "src/share/page/words.js")), told)
    run = lambda what: browser.run(script.replace("RESULT", what))
    for text, italian in (("alert peers: connections = 9", "allarme peers: connections = 9"),
                          ("alert share is over: connections = 3", "allarme share finito: connections = 3"),
                          ("Local refuses the login: l takes another one", "Local rifiuta l'accesso: l ne chiede un altro"),
                          ("casa: Local: answers again", "casa: Local: risponde di nuovo"),
                          ("other: name: answers again", "other: name: risponde di nuovo"),
                          ("column 3: no field 'now' here", "colonna 3: qui non c'\u00e8 il campo 'now'"),
                          ("history: /h.db: the disk is full; what is seen is kept in memory, and it is tried again",
                           "storico: /h.db: the disk is full; ci\u00f2 che si vede resta in memoria, e si riprova"),
                          ("the history of before: the history is written again; 1,204 sightings and polls were lost",
                           "lo storico di prima: lo storico viene scritto di nuovo; 1,204 avvistamenti e letture sono andati persi"),
                          ("no page, no metrics: cannot listen at [::1]:80: Permission denied; trying again",
                           "niente pagina n\u00e9 metriche: impossibile ascoltare a [::1]:80: Permission denied; si riprova"),
                          ("constructor", "constructor"), ("", ""), ("alert %s: %s", "allarme %s: %s")):
        same(run("told(%s)" % json.dumps(text)), italian, text)
    same(run("fill('%2$s of %1$.1f, 50%%', 7, 'x')"), "x of 7, 50%", "a translation may order its values anew")


def filters(browser, web):
    """What is filtered, what is not found, and what is wrong with a filter"""
    run = browser.run
    count = "document.getElementById('peers-count').textContent"
    write = lambda text: run("(one => { one.value = %s; one.dispatchEvent(new Event('input')); })(document.getElementById('peers-filter'))"
                             % json.dumps(text))
    for text, said in (("country = DE", r"^\d+ di \d+ peer$"), ("city = nowhere", r"^0 di \d+ peer$"),
                       ("countri = DE", r"^colonna 1: qui non c'\u00e8 il campo 'countri'; forse 'country'\?$"),
                       ("rate-up > much", r"^colonna 11: 'rate-up' si confronta con un numero \(50, 1\.5M, 10k\), non con 'much'$"),
                       ("tag('x')", "^colonna 5: nessuna lista ha questo tag$"),
                       ("x" * 512, r"^il valore di un parametro \u00e8 troppo lungo: 511 byte, anche in un filtro$"),
                       ("(country = DE", "nessuna \\) chiude questa \\("), ("", r"^\d+ peer, sono mostrati i primi 30$")):
        write(text)
        wait_until(lambda: re.search(said, run(count)), 10, "%r told" % text)
        ok(True, "%r: %s" % (text, said))


def troubles(browser, web, daemon):
    """A daemon in trouble, the log of it, alerts, the end of the monitor"""
    run = browser.run
    daemon.fail("500")
    wait_until(lambda: run("!document.getElementById('trouble').hidden"), 20, "the trouble")
    like(run("document.getElementById('trouble').textContent"), r"^localhost: stato HTTP 500: non \u00e8 una risposta di Transmission", "the trouble")
    like(run("document.getElementById('sources').innerText"), "errore", "the daemon's state")
    wait_until(lambda: "stato HTTP 500" in run("document.getElementById('log').innerText"), 10, "the log")
    no_english(browser, "in trouble")
    daemon.heal()
    wait_until(lambda: run("document.getElementById('trouble').hidden"), 70, "the end of the trouble")
    wait_until(lambda: "localhost: risponde di nuovo" in run("document.getElementById('log').innerText"), 10, "the log")
    no_english(browser, "after it")
    web.program.signal(signal.SIGHUP)
    wait_until(lambda: "la configurazione \u00e8 stata riletta" in run("document.getElementById('log').innerText"), 20, "the log")
    no_english(browser, "read again")
    ok(not any("stato" in event["text"] for event in web.json("api/v1/overview")["events"]), "the monitor itself speaks English")


def sizes(browser, web):
    """It fits a phone, and a large screen"""
    for name, size in (("phone", PHONE), ("narrow", (320, 640, True)), ("desktop", DESKTOP)):
        browser.size(*size)
        opened(browser, web.url)
        ok(browser.run(FITS), name + ": no wider than the screen")
        cut = browser.run("[...document.querySelectorAll('#countries .wide, #clients .wide, #heat .wide, #networks .wide, #torrents .wide')]"
                          ".filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.parentElement.id)")
        same(cut, [], name + ": no table is cut")
        cut = browser.run("[...document.querySelectorAll('#tiles div > *, #mix .row > *, button')].filter(one => one.offsetParent && "
                          "one.scrollWidth > one.clientWidth + 1).map(one => one.textContent)")
        same(cut, [], name + ": no word is cut")
        no_english(browser, name)
        picture(browser, "italian-" + name)


def others(browser, web):
    """The first language that there is"""
    for names, lang, word in (("de-DE,de,it", "it", "Paesi"), ("en-GB,it", "en", "Countries"), ("de,fr", "en", "Countries"),
                              ("it-CH", "it-CH", "Paesi")):
        browser.languages(names)
        opened(browser, web.url)
        same(browser.run("[document.documentElement.lang, document.getElementById('countries-title').textContent]"), [lang, word], names)
    browser.languages("it-IT,it,en")


def end(browser, web, program):
    """A monitor that has ended"""
    opened(browser, web.url)
    program.signal(signal.SIGTERM)
    wait_until(lambda: browser.run("!document.getElementById('trouble').hidden"), 20, "the end")
    like(browser.run("document.getElementById('trouble').textContent"), "^Il monitor non \u00e8 raggiungibile", "it is told")


def monitor():
    """The monitor's page"""
    if missing("the page in Italian"):
        return
    with sandbox() as box, FakeDaemon(world()) as daemon:
        lists = {"hosting": "5.9.0.0/16\nnonsense\n", "proxy": "xyz\n"}
        for tag, text in lists.items():
            with open(box.path(tag), "w", encoding="utf-8") as file:
                file.write(text)
        box.config('[web]\nlisten = "127.0.0.1:0"\n[alert.tanti]\nwhen = "connections > 9"\nfor = 1\n[filter]\nlists = %s\n' %
                   json.dumps(["%s=%s" % (tag, box.path(tag)) for tag in lists]))
        databases = make_databases(box.path("geo"))
        with box.start("-u", "127.0.0.1:%d" % daemon.port, "-r", 1, "--json", "-g", databases["city"], "-g", databases["asn"]) as program, \
                Chromium(box.home) as browser:
            web = Served(box, daemon, program).wait().wait_poll()
            browser.languages("it-IT,it,en")
            browser.size(*DESKTOP)
            for story, args in ((words, ()), (names, ()), (filters, ()), (troubles, (daemon,)), (sizes, ()), (others, ()), (end, (program,))):
                note("%s: %s" % (story.__name__, story.__doc__))
                with part(story.__name__):
                    story(browser, web, *args)


def reports():
    """The report with all torrents, and the statistics"""
    if missing("the reports in Italian"):
        return
    with sandbox() as box, Chromium(box.home) as browser:
        box.config(CONFIG)
        fill(box, many(60))
        same(box.run("report", "--html", box.path("report.html"), "--stats", box.path("stats.html"), timeout=60).code, 0, "both are written")
        browser.languages("it")
        for page, title in (("report", "Salute degli sciami"), ("stats", "Collezioni di torrent")):
            for name, size in (("phone", PHONE), ("desktop", DESKTOP)):
                browser.size(*size)
                browser.open("file://" + box.path(page + ".html"))
                browser.run(SETTLE)
                same((browser.run("document.title"), browser.run("document.documentElement.lang")), (title, "it"), page)
                same((browser.errors, browser.requests), ([], ["file://" + box.path(page + ".html")]), "no complaint, nobody is asked")
                ok(browser.run(FITS), "%s, %s: no wider than the screen" % (page, name))
                same(browser.run(COLLISIONS), [], "no head lies on another")
                no_english(browser, "%s, %s" % (page, name))
                picture(browser, "italian-%s-%s" % (page, name))
            like(browser.run("document.querySelector('.summary').innerText"), r"(?s)Collezione.*di pi\u00f9.*Tutte", "the summary")
            like(browser.run("document.querySelector('td.countries[title]').title"), "Germania", "countries have their names")
        browser.open("file://" + box.path("report.html"))
        like(browser.run("document.getElementById('count').textContent"), r"^60 torrent, \d+(,\d)? [GTM]B$", "how many")
        for text, said in (("no such thing", "Nessun torrent corrisponde."), ("", "ignoto")):
            browser.run("(one => { one.value = %s; one.dispatchEvent(new Event('input')); })(document.getElementById('words'))" % json.dumps(text))
            ok(said in browser.run("document.getElementById('table').textContent"), said)


if __name__ == "__main__":
    main(monitor, reports)
