#!/usr/bin/python3
"""DHT nodes of libtorrent, one session each on its own address. They serve BEP 33 filters.

A program with the language of lines.mjs. Does not know who looks them up.
"""

import json
import sys
import time

import libtorrent as lt

PORT = 6881
SETTINGS = {
    "enable_dht": True, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False, "alert_mask": 0,
    "dht_restrict_routing_ips": False, "dht_restrict_search_ips": False, "dht_prefer_verified_node_ids": False,
    "dht_enforce_node_id": False, "dht_ignore_dark_internet": False, "dht_upload_rate_limit": 1 << 20,
    "aio_threads": 1, "hashing_threads": 1,
}
sessions = []


def start(addresses, via="", ban=None):
    """A node on each address; `via` ("host:port") = they join that network. `ban`: packets a second that libtorrent
    suffers from one address, its own 5 if None."""
    for address in addresses:
        known = via or (endpoint(sessions[0]["address"]) if sessions else "")
        settings = {**SETTINGS, "listen_interfaces": endpoint(address), "dht_bootstrap_nodes": known}
        if ban is not None:
            settings["dht_block_ratelimit"] = ban
        sessions.append({"address": address, "session": lt.session(settings)})
    meet()
    return {"nodes": [endpoint(each["address"]) for each in sessions]}


def meet():
    """Introduces all to all: by themselves they would take minutes to find each other."""
    for each in sessions:
        for other in sessions:
            if other is not each:
                each["session"].add_dht_node((other["address"], PORT))
    return {}


def endpoint(address):
    return f"[{address}]:{PORT}" if ":" in address else f"{address}:{PORT}"


COMMANDS = {"start": start, "meet": meet, "cpu": lambda: {"seconds": time.process_time()}}


def main():
    for line in sys.stdin:
        try:
            request = json.loads(line)
            answer = {"ok": True, **COMMANDS[request.pop("do")](**request)}
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
