#!/usr/bin/python3
"""The monitor's page in headless Chromium, on a phone and on a desktop, dark and light: what it shows, hostile names that stay
names, nothing asked of anybody else, the keyboard, screen readers, figures that change by themselves, a monitor that ends."""
import datetime
import json
import os
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chromium import Chromium, missing
from fake_daemon import ADDRESSES, FakeDaemon, hostile_world, peer, torrent
from lab_test import make_databases
from page_test import SCREENS, colour_stays, each_look, stands_out, tell_of
from swarmtop_test import like, main, ok, same, sandbox, scan_text, wait_until
from web_test import Served, served

MARKUP = ["<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "'onmouseover='alert(3)", "javascript:alert(4)", "</title><b>",
          "{{7*7}}", "&lt;b&gt;", "__proto__", "constructor", "<svg/onload=alert(5)>"]
TILE = "document.querySelector('#tiles [data-name=\"%s\"] dd span').textContent"
ROWS = "[...document.querySelectorAll('#%s tbody tr')].map(tr => [...tr.cells].map(cell => cell.innerText.trim()))"
TYPE = "(input => { input.value = %s; input.dispatchEvent(new Event('input')); })(document.getElementById('%s'))"
PAST = {"since": 1795000000, "until": 1795086400, "step": 300, "points": [],
        "by_day": {"days": ["2026-11-20", "2026-11-21"], "countries": [{"code": "DE", "name": "Germany", "days": [3, 4]}]}}


def world():
    peers = [peer("8.8.4.%d" % number, text, up=100) for number, text in enumerate(MARKUP, 1)]
    return [torrent("main.iso", [peer(ADDRESSES["DE"], up=600000), peer(ADDRESSES["IT"], "Transmission 3.00", flags="TUE"),
                                 peer(ADDRESSES["JP"], "Deluge 2.1.1"), peer("192.168.1.7", "Xunlei 0.0.1.2")]),
            *[torrent(text, peers, hashString="%040x" % number) for number, text in enumerate(MARKUP, 500)], *hostile_world()]


class World:
    """One monitor, one browser, for all stories."""

    def __init__(self, box, daemon, program, browser):
        self.box, self.daemon, self.browser = box, daemon, browser
        self.web = Served(box, daemon, program).wait().wait_poll().wait_history()

    def open(self):
        self.browser.open(self.web.url)
        self.wait("document.querySelector('#peers tbody tr td, #peers tbody tr th') && document.querySelector('#torrents tbody tr')")

    def wait(self, condition, timeout=10):
        return wait_until(lambda: self.browser.run("(value => value instanceof Node || value)(%s)" % condition), timeout, condition)

    def type(self, words, field="peers-filter"):
        self.browser.run(TYPE % (json.dumps(words), field))


def content(it):
    """What is known is shown, with captions for those who cannot see it"""
    run = it.browser.run
    overview = it.web.json("api/v1/overview")
    same(run(TILE % "Connections"), "{:,}".format(overview["connections"]), "connections")
    same(run("document.title"), "{:,} connections \u2013 swarmtop".format(overview["connections"]), "the title says so too")
    countries = run(ROWS % "countries")
    same(sorted(row[0].split()[0] for row in countries), sorted(one["code"] for one in overview["countries"]), "all countries")
    ok(len(run(ROWS % "heat")[0]) == 25, "the heat map has 24 hours")
    same(run("document.querySelectorAll('#hours rect').length"), 24, "so have the bars")
    ok(0 < run("document.querySelectorAll('#dots circle').length") <= len(overview["map"]["places"]), "dots for the places")
    ok(len(run("document.getElementById('coast').getAttribute('d')")) > 10000, "coasts")
    like(run("document.getElementById('map-caption').textContent"), r"^\d+ connections in sight, 0 elsewhere, \d+ without a place$", "the map in words")
    same(run("document.getElementById('credit').textContent"), overview["credit"] or "", "the credit of the database")
    same(run("[...document.querySelectorAll('#past svg, #trend svg')].filter(svg => (labels => new Set(labels).size < labels.length)("
             "[...svg.querySelectorAll('text[x=\"47\"]')].map(text => text.textContent))).length"), 0, "no scale says a thing twice")
    networks = run(ROWS % "networks")
    ok(any("AS" in row[1] for row in networks) and not run("document.getElementById('networks').hidden"), "networks", networks)
    like(run("document.getElementById('sources').innerText"), r"^localhost \u00b7 \d+ torrents$", "the daemon")
    same(run("[...document.querySelectorAll('svg[role=img]')].filter(svg => !svg.getAttribute('aria-label') && "
             "!svg.getAttribute('aria-labelledby')).length"), 0, "each picture says what it shows")
    same(run("[...document.querySelectorAll('main section')].filter(one => !one.getAttribute('aria-label') && "
             "!document.getElementById(one.getAttribute('aria-labelledby') || '-')).length"), 0, "each part has a name")
    same(run("[...document.querySelectorAll('input, select')].filter(one => !one.closest('label')).length"), 0, "each field has a label")
    same(run("[...document.querySelectorAll('tbody tr')].filter(tr => !tr.querySelector('th[scope=row]')).length"), 0, "rows have heads")
    same(run("new Set([...document.querySelectorAll('[id]')].map(one => one.id)).size === document.querySelectorAll('[id]').length"), True,
         "no id is there twice")
    levels = run("[...document.querySelectorAll('h1, h2, h3')].map(one => +one.tagName[1])")
    ok(levels[0] == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:])), "headings skip no level", levels)
    same(run("[...document.querySelectorAll('th')].filter(one => !one.textContent).length"), 0, "no head of a column is empty")
    same(run("document.querySelector('#log ol').tabIndex"), 0, "who has only keys can read the log to its end")
    same(run("[...document.querySelectorAll('footer a')].map(one => getComputedStyle(one).textDecorationLine).filter(one => one !== 'underline')"), [],
         "links in the text at the foot are known by more than their colour")


def hostile(it):
    """Names are text, whatever they hold"""
    run = it.browser.run
    text = run("document.body.innerText")
    for markup in MARKUP[:3]:
        ok(markup in text, "shown as it is: " + markup)
    same(run("document.querySelectorAll('main img, main script, main b, [onerror], [onload], [onmouseover]').length"), 0, "no markup of theirs")
    same((it.browser.dialogs, it.browser.errors), ([], []), "nothing of theirs ran")
    same(scan_text(text.replace("\t", "").replace("\n", "")), [], "no character of theirs that does something")
    same({url.split("?")[0][:len(it.web.url)] for url in it.browser.requests}, {it.web.url}, "nobody else is asked")
    same(run("fetch('http://127.0.0.1:1/').then(() => 'sent', () => 'kept')"), "kept", "nor could anybody be: the policy keeps it in")
    same(run("Object.keys(document.cookie).length + localStorage.length"), 0, "nothing is left in the browser")
    it.browser.errors.clear()


def tables(it):
    """Peers are filtered with the words of the screen, and sorted; mistakes are told"""
    run = it.browser.run
    it.type("country = DE")
    it.wait("document.querySelector('#peers tbody tr') && [...document.querySelectorAll('#peers tbody tr')].every(tr => tr.cells[1].innerText.startsWith('DE'))")
    like(run("document.getElementById('peers-count').textContent"), r"^\d+ of \d+ peers$", "how many are left is said")
    it.type("countri = DE")
    it.wait("document.getElementById('peers-filter').getAttribute('aria-invalid')")
    like(run("document.getElementById('peers-count').textContent"), "did you mean 'country'", "a mistake is told")
    it.type("client ~ nothing")
    it.wait("document.querySelector('#peers tbody').innerText.startsWith('No peer')")
    same(run("document.getElementById('peers-filter').getAttribute('aria-invalid')"), None, "... and is over")
    same(run("document.getElementById('peers-filter').maxLength"), 500, "a filter that the monitor cannot take is not typed")
    it.type("a" * 9000)
    it.wait("document.getElementById('peers-filter').getAttribute('aria-invalid')")
    same(run("document.getElementById('peers-count').textContent"), "the filter is too long", "... or told")
    it.type("")
    it.wait("document.querySelectorAll('#peers tbody tr').length > 9")
    run("document.querySelector('#peers th[data-sort=address] button').click()")
    it.wait("document.querySelector('#peers th[aria-sort]').dataset.sort === 'address'")
    first = it.wait("document.querySelector('#peers tbody tr').cells[0].innerText")
    run("document.querySelector('#peers th[data-sort=address] button').click()")
    it.wait("document.querySelector('#peers th[aria-sort]').ariaSort === 'descending'")
    ok(run("document.querySelector('#peers tbody tr').cells[0].innerText") != first, "a second click turns the order round")
    run("document.getElementById('hide').click()")
    it.wait("[...document.querySelectorAll('#peers tbody th')].every(th => /x/.test(th.innerText))")
    ok("5.9.x.x" in run("document.querySelector('#peers').innerText"), "addresses can be hidden")
    run("document.getElementById('hide').click()")
    it.wait("![...document.querySelectorAll('#peers tbody th')].some(th => /x/.test(th.innerText))")
    if run("!document.getElementById('peers-more').hidden"):
        before = run("document.querySelectorAll('#peers tbody tr').length")
        run("document.getElementById('peers-more').click()")
        it.wait("document.querySelectorAll('#peers tbody tr').length > %d" % before)
        ok(True, "more are shown on request")
    it.type("main", "torrents-filter")
    it.wait("document.querySelectorAll('#torrents tbody tr').length === 1")
    same(run(ROWS % "torrents")[0][0], "main.iso", "torrents by a part of their name")
    it.type("", "torrents-filter")


def many_rows(it):
    """More peers than an answer holds: the button leads to the most that there can be, and no further"""
    run = it.browser.run
    script = it.browser.call("Page.addScriptToEvaluateOnNewDocument", source="""
        const before = window.fetch;
        window.limits = [];
        window.fetch = (url, options) => before(url, options).then(answer => String(url).includes("/peers?") ? answer.json().then(data => {
            limits.push(new URL(url).searchParams.get("limit"));
            data.peers = Array.from({length: Math.min(limits.at(-1), 5000)}, (_, i) => ({...data.peers[0], address: "peer " + i}));
            data.all = data.found = 13940;
            return {ok: true, json: () => data};
        }) : answer);""")["identifier"]
    it.open()
    for rows in (150, 750, 3750, 5000):
        same(run("document.getElementById('peers-more').textContent"),
             "Show {:,} more".format(rows - run("document.querySelectorAll('#peers tbody tr').length")), "how many more is said")
        run("document.getElementById('peers-more').click()")
        it.wait("document.querySelectorAll('#peers tbody tr').length === %d" % rows, 30)
    same(run("document.getElementById('peers-more').hidden"), True, "no button at the most")
    same(run("document.getElementById('peers-count').textContent"), "13,940 peers, the first 5,000 are shown; a filter finds the others", "but a way")
    run("document.getElementById('peers-more').click()")
    asked = run("limits.length")
    it.wait("limits.length > %d" % asked, 30)
    same(run("limits.filter(limit => !(limit <= 5000)).length"), 0, "never more is asked for")
    it.browser.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    it.open()


def keyboard(it):
    """Everything by keys alone"""
    run, key = it.browser.run, it.browser.key
    run("document.activeElement.blur(); scrollTo(0, 0)")
    key("Tab", windowsVirtualKeyCode=9)
    same(run("document.activeElement.className"), "skip", "the first Tab offers to skip")
    run("document.activeElement.blur()")
    key("/", "Slash", text="/")
    same(run("document.activeElement.id"), "peers-filter", "a slash leads to the filter")
    same(run("document.activeElement.value"), "", "... and is not typed")
    run("document.querySelector('#peers th[data-sort=client] button').focus()")
    key("Enter", windowsVirtualKeyCode=13, text="\r")
    it.wait("document.querySelector('#peers th[aria-sort]').dataset.sort === 'client'")
    same(run("document.activeElement.textContent"), "Client", "the focus stays where it was when Enter sorts")
    run("document.querySelector('#trend svg').focus()")
    key("ArrowLeft", windowsVirtualKeyCode=37)
    like(run("document.querySelector('#trend figcaption').textContent"), r"^\d\d:\d\d: connections [\d,]+$", "arrow keys read the chart")
    for picture, caption, reads in (("#hours svg", "#hours figcaption", r"^00:00 \u2013 [\d,]+ sightings?$"),
                                    ("#world", "#map-caption", r"^[^;]+: \d+ connections?(; |$)")):
        rest = run("document.querySelector('%s').textContent" % caption)
        run("document.querySelector('%s').focus()" % picture)
        key("ArrowRight", windowsVirtualKeyCode=39)
        first = run("document.querySelector('%s').textContent" % caption)
        like(first, reads, "arrow keys read " + picture)
        same(run("document.querySelectorAll('%s .chosen').length" % picture), 1, "... and mark what is read")
        same(run("document.querySelector('%s').getAttribute('aria-live')" % caption), "polite", "... which is read out")
        key("ArrowRight", windowsVirtualKeyCode=39)
        ok(run("document.querySelector('%s').textContent" % caption) != first, "... one after the other")
        asked = lambda: run("1") and sum("overview" in url for url in it.browser.requests)
        before = asked()
        wait_until(lambda: asked() > before + 2, 30, "polls")
        same(run("document.querySelectorAll('%s .chosen').length" % picture), 1, "... polls do not take it away")
        run("document.activeElement.blur()")
        same(run("document.querySelectorAll('%s .chosen').length" % picture), 0, "... until the focus goes elsewhere")
        same(run("document.querySelector('%s').textContent" % caption).split()[-1], rest.split()[-1], "... and the caption is the usual one")
        same(run("document.querySelector('%s').getAttribute('aria-live')" % caption), "off", "... which is not read out at every poll")
    for picture in ("#hours svg", "#world"):
        run("document.querySelector('%s').focus()" % picture)
        run("document.activeElement.dataset.mark = 'mine'")
        before = asked()
        wait_until(lambda: asked() > before + 2, 30, "polls")
        same(run("document.activeElement.dataset.mark"), "mine", "who has come to %s by Tab is left there in peace" % picture)
        run("document.activeElement.blur()")
    run("document.querySelector('#hours svg').scrollIntoView({block: 'center'})")
    x, y = run("(box => [box.x + box.width / 2, box.y + box.height / 2])(document.querySelector('#hours svg').getBoundingClientRect())")
    for kind in ("mousePressed", "mouseReleased"):
        it.browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
    run("document.querySelector('#hours svg').dataset.mark = 'old'")
    it.wait("document.querySelector('#hours svg:not([data-mark])')", 30)
    ok(run("document.activeElement.matches('#hours svg')"), "a click holds no picture up, and the keys stay with it")
    key("ArrowRight", windowsVirtualKeyCode=39)
    same(run("document.querySelectorAll('#hours .chosen').length"), 1, "... which read it then")
    run("document.activeElement.blur()")
    run("(before => { window.fetch = (url, options) => String(url).includes('api/v1/history') ? Promise.resolve(new Response(%s)) : "
        "before(url, options); })(window.fetch)" % json.dumps(json.dumps(PAST)))
    run("document.getElementById('past-range').dispatchEvent(new Event('change'))")
    it.wait("document.querySelector('#past-days svg')", 20)
    run("document.querySelector('#past-days svg').focus()")
    run("document.activeElement.dataset.mark = 'mine'")
    run("document.querySelector('#past-connections svg').dataset.mark = 'old'; dispatchEvent(new Event('resize'))")
    it.wait("document.querySelector('#past-connections svg:not([data-mark])')", 20)
    same(run("document.activeElement.dataset.mark"), "mine", "who has come to the days is left there")
    key("ArrowLeft", windowsVirtualKeyCode=37)
    same(run("document.querySelector('#past-days figcaption').textContent"), "2026-11-21: Germany 4", "arrow keys read days")
    run("document.activeElement.blur()")
    it.open()


def a_year(it):
    """Days of a year are drawn by week; two days are no walls"""
    days = [(datetime.date(2025, 11, 22) + datetime.timedelta(days=i)).isoformat() for i in range(365)]
    year = {**PAST, "since": PAST["until"] - 365 * 86400, "step": 86400, "points": [[PAST["until"] - 86400, 5, 9, 1, 10 ** 8, 2]],
            "by_day": {"days": days, "countries": [{"code": "DE", "name": "Germany", "days": [1500000] * 365}]}}
    script = it.browser.call("Page.addScriptToEvaluateOnNewDocument", source="""
        const before = window.fetch;
        window.fetch = (url, options) => String(url).includes("api/v1/history")
            ? Promise.resolve(new Response(String(url).includes("365d") ? %s : %s)) : before(url, options);""" % (
        json.dumps(json.dumps(year)), json.dumps(json.dumps(PAST))))["identifier"]
    it.open()
    it.wait("document.querySelectorAll('#past-days svg g').length === 2", 20)
    ok(it.browser.run("Math.max(...[...document.querySelectorAll('#past-days g rect')].map(one => one.getBoundingClientRect().width))") < 100,
       "two days are two bars")
    it.browser.run("(one => { one.value = '365d'; one.dispatchEvent(new Event('change')); })(document.getElementById('past-range'))")
    it.wait("document.querySelectorAll('#past-days svg g').length === 53", 20)
    same(it.browser.run("[0, 1, 52].map(i => document.querySelectorAll('#past-days g title')[i].textContent.replace('\\n', ': '))"),
         ["week of 2025-11-17: Germany 3,000,000", "week of 2025-11-24: Germany 10,500,000", "week of 2026-11-16: Germany 9,000,000"],
         "from Monday on")
    same(it.browser.run("[...document.querySelectorAll('#past svg text')].filter(one => one.getBBox().x < 0).map(one => one.textContent)"), [],
         "no figure of a scale is cut")
    same(it.browser.run("document.querySelector('#past-days figcaption').textContent"), "Sightings by week and country", "as is said")
    same(it.browser.run("[...document.querySelectorAll('#past-connections .dots')].map(dot => dot.getBBox().x > 0 && "
                        "parseFloat(getComputedStyle(dot).strokeWidth))"), [5, 5], "a day of a year is a dot that is seen")
    it.browser.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    it.open()


def live(it):
    """Figures change by themselves; what is read meanwhile stays"""
    run = it.browser.run
    run("document.querySelector('#countries tbody tr').dataset.mark = 'x'; document.querySelector('#log li').dataset.mark = 'x'")
    polls = it.web.json("api/v1/poll")["poll"]
    before = run(TILE % "Connections")
    it.daemon.world.append(torrent("fresh", [peer("193.0.6.%d" % i, up=1000) for i in range(50, 60)]))
    it.wait(TILE % "Connections" + " !== '%s'" % before)
    same(int(run(TILE % "Connections").replace(",", "")), int(before.replace(",", "")) + 10, "ten more connections are shown")
    ok(run("document.querySelector('#countries tr[data-mark=x]') !== null"), "the rows are the same elements")
    ok(run("document.querySelector('#log li[data-mark=x]') !== null"), "and so are the lines of the log")
    ok(it.web.json("api/v1/poll")["poll"] >= polls, "after a poll")
    requests = len(it.browser.requests)
    time.sleep(3)
    run("1")
    asked = len(it.browser.requests) - requests
    ok(2 <= asked <= 18, "in three seconds of polls a second apart %d requests" % asked)


def alerts_and_tags(it):
    """Alerts and tags, once there are some, with hostile names"""
    script = it.browser.call("Page.addScriptToEvaluateOnNewDocument", source="""
        const before = window.fetch;
        window.fetch = (url, options) => before(url, options).then(answer => String(url).endsWith("overview") ? answer.json().then(data => {
            data.alerts = [{name: "calm", when: "unique > 9", state: "ok", since: null, values: "unique 3"},
                {name: "<b>many</b>", when: "connections > 9", state: "raised", since: "2026-11-21T07:30:00Z", values: "connections 12"}];
            data.tags = [{tag: "<i>vpn</i>", connections: data.connections, addresses: 1, sightings: 1, rate_up: 0, rate_down: 0}];
            data.excluded.sightings = 7;
            return {ok: true, json: () => data};
        }) : answer);""")["identifier"]
    it.open()
    it.wait("!document.getElementById('alerts').hidden")
    ways = "[...document.querySelectorAll('nav a')].filter(way => way.offsetWidth).map(way => way.innerText)"
    ok("Alerts" in it.browser.run(ways), "there is a way to them", it.browser.run(ways))
    same(it.browser.run("[...document.querySelectorAll('nav a')].filter(way => document.querySelector(way.hash).hidden !== way.hidden).length"), 0,
         "... and none to what is not there")
    rows = it.browser.run("[...document.querySelectorAll('#alerts li')].map(item => item.innerText)")
    like(rows[0], r"^<b>many</b> raised since (2026-11-21 )?\d\d:\d\d \u00b7 connections 12$", "what is raised comes first")
    like(rows[1], r"^calm not raised", "then the rest")
    ok("<i>vpn</i>" in it.browser.run("document.getElementById('mix').innerText"), "tags with their share")
    like(it.browser.run("document.querySelector('#tiles').innerText"), r"\+ 0 left out", "what is left out is said, also when nobody of it is there now")
    same(it.browser.run("document.querySelectorAll('main b, main i').length"), 0, "no markup of theirs")
    it.browser.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    it.open()


def slow_history(it):
    """A history that is still being read is asked for again, and nothing looks broken meanwhile"""
    script = it.browser.call("Page.addScriptToEvaluateOnNewDocument", source="""
        const before = window.fetch;
        window.asked = 0, window.complaints = 0, window.said = '';
        window.fetch = (url, options) => String(url).includes("api/v1/history") && (window.asked++ < 3 || window.slow)
            ? Promise.resolve(new Response('{"error": "the history is being read: ask again"}', {status: 503})) : before(url, options);
        setInterval(() => complaints += !document.getElementById('trouble').hidden || document.body.classList.contains('lost'), 20);
        setInterval(() => said = said || document.getElementById('past-connections').textContent, 20);""")["identifier"]
    it.open()
    it.wait("document.querySelectorAll('#past figure svg').length >= 2", 20)
    same(it.browser.run("said"), "The history is being read.", "that it is being read is said")
    ok(it.browser.run("asked") == 4, "asked again until it was there, and no more often", it.browser.run("asked"))
    charts = it.browser.run("document.getElementById('past-connections').textContent")
    it.browser.run("window.slow = true; (select => { select.value = '30d'; select.dispatchEvent(new Event('change')); })(document.getElementById('past-range'))")
    it.wait("asked >= 6", 20)
    same(it.browser.run("document.getElementById('past-connections').textContent"), charts, "what was shown stays meanwhile")
    it.browser.run("window.slow = false")
    it.wait("document.getElementById('past-connections').textContent !== %s" % json.dumps(charts), 20)
    same(it.browser.run("complaints"), 0, "no complaint in between")
    it.browser.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    it.open()


def another_history(it):
    """SIGHUP to another history while the page is open: no chart of the old one stays, and no sum of all time that is less than
    the run's"""
    run = it.browser.run
    text = '[web]\nlisten = "127.0.0.1:%d"\n[history]\npath = "%s"\n'
    it.open()
    it.wait("document.querySelectorAll('#past figure svg').length >= 2", 30)
    run("document.querySelectorAll('#past figure svg').forEach(svg => svg.dataset.mark = 'old')")
    like(run("document.getElementById('tiles').innerText"), "of [\\d,]+ of all time", "the numbers of all time")
    it.box.config(text % (it.web.port, it.box.path("other.db")))
    it.web.program.signal(signal.SIGHUP)
    it.wait("document.querySelectorAll('#past figure svg:not([data-mark])').length >= 2", 60)
    same(run("document.querySelectorAll('#past svg[data-mark]').length"), 0, "the charts are of the new one")
    all_time = it.web.json("api/v1/overview")
    ok(all_time["all_time"]["sightings"] < all_time["sightings"], "which knows less than the monitor", all_time["all_time"]["sightings"])
    same([run(TILE.replace(" span'", " .less'") % name) for name in ("Unique", "Seen")], ["", ""], "... and is not told as all time")
    same("all time" in run("document.querySelector('#countries thead').innerText"), False, "... nor by country")


# A head wider than its cell may stand over the next one's, if nothing cuts it and that one is not seen.
CUT_HOURS = """[...document.querySelectorAll('#heat thead th')].filter(one => one.textContent && one.offsetParent
    && getComputedStyle(one).visibility === 'visible' && one.scrollWidth > one.clientWidth
    && (getComputedStyle(one).overflowX !== 'visible' || getComputedStyle(one.nextElementSibling || one).visibility !== 'hidden'))
    .map(one => one.textContent)"""


def looks(it):
    """On each screen, dark and light: nothing wider than the screen, texts that stand out"""
    it.daemon.world.append(torrent("long", [peer("2a01:4f8:1234:5678:9abc:def0:1234:5678", "libtorrent (Rasterbar) 2.0.8.0", up=500000)]))
    it.wait("[...document.querySelectorAll('#peers tbody th')].some(th => th.innerText.endsWith(':5678'))")
    for name in each_look(it.browser, SCREENS, it.open, "web"):
        cut = it.browser.run("[...document.querySelectorAll('#countries .wide, #clients .wide, #heat .wide, #networks .wide, #torrents .wide')]"
                             ".filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.parentElement.id)")
        same(cut, [], name + "no table is cut")
        if name.startswith(("phone", "narrow")):
            ok(it.browser.run("(box => box.scrollWidth <= box.clientWidth + 1)(document.querySelector('#peers .wide'))"),
               name + "the rates of peers are seen beside the longest addresses")
        cut = it.browser.run("[...document.querySelectorAll('#tiles div > *')].filter(one => one.scrollWidth > one.clientWidth + 1).length")
        same(cut, 0, name + "no figure is cut")
        it.wait("!document.getElementById('past').hidden")
        wide = it.browser.run("[...document.querySelectorAll('.panel figure')].filter(one => one.getBoundingClientRect().right > "
                              "one.closest('.panel').getBoundingClientRect().right - 5).map(one => one.id)")
        same(wide, [], name + "no picture is wider than its panel")
        same(it.browser.run(CUT_HOURS), [], name + "no hour of the heat map is cut")
        for what in ("body", ".dim", "#countries td", "nav a", "button"):
            stands_out(it.browser, what, 4.5, name)
        small = it.browser.run("[...document.querySelectorAll('button, select, input[type=search]')].filter(one => one.offsetParent && "
                               "one.getBoundingClientRect().height < 24).map(one => one.outerHTML.slice(0, 90))")
        same(small, [], name + "what is touched is large enough")


def zones(it):
    """A reader whose clock is not the monitor's is told whose hours and days they are"""
    run = it.browser.run
    same(it.web.json("api/v1/overview")["utc_offset"], 0, "the monitor is at UTC")
    script = it.browser.call("Page.addScriptToEvaluateOnNewDocument", source="""
        const before = window.fetch;
        window.fetch = (url, options) => String(url).includes("api/v1/history") ? Promise.resolve(new Response(%s))
            : before(url, options).then(answer => String(url).endsWith("overview") ? answer.json().then(data => {
                data.utc_offset = Number(document.cookie.slice(7) || data.utc_offset);
                return {ok: true, json: () => data};
            }) : answer);""" % json.dumps(json.dumps(PAST)))["identifier"]
    for zone, offset, told in (("Asia/Kolkata", "", "the monitor's time, UTC+0"), ("Asia/Kolkata", "19800", ""), ("Asia/Kolkata", "-12600", "UTC\u22123:30"),
                               ("Atlantic/Reykjavik", "", "")):
        it.browser.zone(zone)
        run("document.cookie = 'offset=%s'" % offset)
        it.open()
        it.wait("document.querySelector('#past-days svg')", 20)
        for place in ("#hours figcaption", "#heat-zone", "#past-days figcaption"):
            text = run("document.querySelector('%s').textContent" % place)
            ok(told in text and ("UTC" in text) == bool(told) and "()" not in text, "%s, %s: %s" % (zone, offset or 0, place), text)
    run("document.cookie = 'offset=; max-age=0'")
    it.browser.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    it.browser.zone("")
    it.open()


def high_contrast(it):
    """In a theme of few colours bars, the heat map and the keys of legends are seen"""
    it.open()
    for what in (".bar > span", "#heat td:is(.heat-1, .heat-2, .heat-3, .heat-4)", ".legend .key:not(.round)", "#sources .dot"):
        colour_stays(it.browser, what, "few colours")


def troubles(it):
    """A daemon that goes, scripts that may not run, a monitor that ends: each is said"""
    run = it.browser.run
    it.daemon.fail("500")
    it.wait("!document.getElementById('trouble').hidden", 20)
    like(run("document.getElementById('trouble').textContent"), "localhost: ", "a daemon in trouble is told")
    like(run("document.querySelector('#sources li').className"), "bad", "... and marked")
    it.daemon.heal()
    it.wait("document.getElementById('trouble').hidden", 70)
    ok(True, "... until it is back")
    it.browser.scripts(False)
    it.browser.open(it.web.url)
    it.browser.scripts(True)
    like(run("document.querySelector('noscript').innerText"), "draws itself with a script", "without scripts it says so")
    it.open()
    it.web.program.signal(signal.SIGTERM)
    it.wait("!document.getElementById('trouble').hidden", 20)
    like(run("document.getElementById('trouble').textContent"), "^The monitor cannot be reached", "a monitor that has ended is told")
    ok(run(TILE % "Connections") != "", "what was known stays")


TOKEN = "0123456789abcdef0123456789abcdef"


def with_token(browser):
    """A page behind a token, the login in its address"""
    with served([torrent("one", [peer(ADDRESSES["DE"])])], config='token = "%s"' % TOKEN) as web:
        web.program.wait_records(1)
        browser.open(web.url)
        ok(not browser.run("!!document.getElementById('tiles')"), "without the token there is no page")
        browser.open(web.url.replace("http://", "http://me:%s@" % TOKEN))
        wait_until(lambda: browser.run("(tile => tile && tile.textContent)(document.querySelector('#tiles dd span'))"), 10, "its figures")
        same(browser.run(TILE % "Connections"), "1", "with it the figures are there")
        ok(TOKEN not in browser.run("document.documentElement.outerHTML"), "which nowhere shows it")


def before_the_first(browser):
    """A daemon that has never answered: an hour that ends now, and no legend of what is not there"""
    with sandbox() as box, FakeDaemon([]) as daemon:
        daemon.fail("500")
        box.config('[web]\nlisten = "127.0.0.1:0"\n[history]\npath = "none"\n')
        with box.start("-u", "127.0.0.1:%d" % daemon.port, "-r", 1, "--json") as program:
            browser.open(Served(box, daemon, program).wait().url)
            hours = "[...document.querySelectorAll('#trend text')].map(text => text.textContent).filter(text => /:/.test(text))"
            shown = wait_until(lambda: browser.run(hours), 20, "the last hour")
            now = browser.run("(now => now.getHours() * 60 + now.getMinutes())(new Date())")
            shown = [int(text[:2]) * 60 + int(text[3:]) for text in shown]
            ok((now - shown[-1]) % 1440 <= 2 and (shown[-1] - shown[0]) % 1440 == 60, "the last hour ends now", (shown, now))
            same(browser.run("document.getElementById('heat-legend').textContent + document.getElementById('map-legend').textContent"), "",
                 "no legend")


def page():
    """One monitor and one browser for all"""
    if missing("the page in a browser"):
        return
    with sandbox() as box, FakeDaemon(world()) as daemon:
        box.config('[web]\nlisten = "127.0.0.1:0"\n')
        databases = make_databases(box.path("geo"))
        with box.start("-u", "127.0.0.1:%d" % daemon.port, "-r", 1, "--json", "-g", databases["city"], "-g", databases["asn"]) as program, Chromium(box.home) as browser:
            it = World(box, daemon, program, browser)
            browser.size(*SCREENS["desktop"])
            it.open()
            same((browser.errors, browser.dialogs), ([], []), "the page opens without a complaint")
            tell_of(it, stories=(content, hostile, tables, many_rows, keyboard, a_year, live, alerts_and_tags, slow_history, another_history, looks, zones, high_contrast, troubles))
            tell_of(browser, stories=[with_token, before_the_first])


if __name__ == "__main__":
    main(page)
