#!/usr/bin/python3
"""One real Prometheus scrapes several monitors, one of them behind a token, and answers what the Grafana dashboard asks."""
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_daemon import ADDRESSES, hostile_world, peer, small_world, torrent
from swarmtop_test import ROOT, main, note, ok, same, sandbox, skip, wait_until
from web_test import NO_PROXY, served

TOKEN = "0123456789abcdef"
DASHBOARD = os.path.join(ROOT, "src", "share", "grafana", "swarmtop.json")
CONFIG = """
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: swarmtop
    static_configs: [{targets: ["127.0.0.1:%d", "127.0.0.1:%d"]}]
  - job_name: swarmtop-token
    authorization: {credentials: "%s"}
    static_configs: [{targets: ["127.0.0.1:%d"]}]
"""


class Prometheus:
    """A Prometheus of its own: its port is free a moment before it starts."""

    def __init__(self, box, config):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.url = "http://127.0.0.1:%d" % sock.getsockname()[1]
        self.log = box.path("prometheus.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", "--config.file=" + box.write("prometheus.yml", config), "--storage.tsdb.path=" + box.path("tsdb"),
                 "--web.listen-address=" + self.url[len("http://"):], "--log.level=warn"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=box.home)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def ask(self, path, **words):
        try:
            with NO_PROXY.open(self.url + "/api/v1/" + path + "?" + urllib.parse.urlencode(words), timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code in (400, 422):
                return json.load(error)
        except OSError:
            pass
        return {"status": "down", "data": {"result": [], "activeTargets": []}}

    def query(self, text):
        """{labels as a text: value}"""
        answer = self.ask("query", query=text)
        if answer["status"] == "error":
            raise ValueError("%s: %s" % (text, answer.get("error")))
        return {",".join("%s=%s" % pair for pair in sorted(one["metric"].items()) if pair[0] not in ("__name__", "instance", "job")):
                float(one["value"][1]) for one in answer["data"]["result"]}

    def healths(self):
        return [target["health"] for target in self.ask("targets")["data"]["activeTargets"]]


def expressions(panels):
    for panel in panels:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$job", ".*").replace("$instance", ".*")


def scrape():
    """Three monitors, one Prometheus"""
    if not shutil.which("prometheus"):
        if os.environ.get("CI") == "true":
            return ok(False, "a real Prometheus", "prometheus is not installed")
        return skip("a real Prometheus", "prometheus is not installed")
    with contextlib.ExitStack() as stack:
        lists = stack.enter_context(sandbox())
        tagged = '[filter]\nlists = ["vpn=%s"]\n[alert.many]\nwhen = "connections > 3"\nfor = 1\n' % lists.write(
            "vpn.txt", ADDRESSES["DE"] + "\n")
        webs = [stack.enter_context(served(small_world(), config=tagged)), stack.enter_context(served(hostile_world() + [torrent(
            "quoted", [peer("8.8.4.4", 'a"b\\c{}=\n,1.0')])])), stack.enter_context(served(small_world(), config='token = "%s"' % TOKEN))]
        for web in webs[:2]:
            web.wait_poll()
        box = stack.enter_context(sandbox())
        prometheus = stack.enter_context(Prometheus(box, CONFIG % (webs[0].port, webs[1].port, TOKEN, webs[2].port)))
        try:
            wait_until(lambda: prometheus.healths() == ["up"] * 3, 40, "three targets that are up")
            ok(True, "three monitors are scraped, one with a token")
        except TimeoutError as error:
            with open(prometheus.log) as log:
                ok(False, "three monitors are scraped", "%s: %s %s" % (error, prometheus.ask("targets"), log.read()[-2000:]))
            return
        wait_until(lambda: prometheus.query("sum(swarmtop_source_up)").get("") == 3, 20, "their polls")
        instance = '{instance="127.0.0.1:%d"}' % webs[0].port
        same(prometheus.query("swarmtop_client_connections" + instance),
             {"client=qBittorrent": 3, "client=Transmission": 1, "client=Deluge": 1, "client=Xunlei": 1}, "clients of the first")
        same(sum(prometheus.query("swarmtop_connections" + instance).values()), 6, "its connections, by country")
        same(prometheus.query("swarmtop_tag_connections" + instance), {"tag=vpn": 2}, "by tag")
        same(prometheus.query("swarmtop_alert_raised" + instance), {"alert=many": 1}, "an alert that is raised")
        same(prometheus.query("swarmtop_source_upload_bytes_per_second" + instance), {"source=localhost": 1000}, "its rate")
        same(prometheus.query("count(count by (instance) (swarmtop_build_info))"), {"": 3}, "many boxes, one place")
        wait_until(lambda: sum(prometheus.query("increase(swarmtop_sightings_total%s[1m])" % instance).values()) > 6, 30, "two more polls")
        ok(True, "a counter counts")
        clients = prometheus.query('swarmtop_client_connections{instance="127.0.0.1:%d"}' % webs[1].port)
        ok(len(clients) > 10 and sum(clients.values()) > 30, "hostile names are labels like others", clients)
        with open(DASHBOARD) as file:
            dashboard = json.load(file)
        asked = 0
        for title, expression in expressions(dashboard["panels"]):
            try:
                result = prometheus.query(expression)
            except ValueError as error:
                ok(False, title, error)
                continue
            asked += 1
            ok(result, "%s: %d series" % (title, len(result)), expression)
        ok(asked >= 15, "the dashboard's %d questions are answered" % asked)
        same(sorted({panel["id"] for panel in dashboard["panels"]}), list(range(1, len(dashboard["panels"]) + 1)), "its panels have numbers")
        grid = set()
        for panel in dashboard["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            ok(at["x"] + at["w"] <= 24 and not cells & grid, "%s lies on no other" % panel["title"])
            grid |= cells
        note("%d series in all" % prometheus.query('count({__name__=~"swarmtop_.*"})')[""])


if __name__ == "__main__":
    main(scrape)
