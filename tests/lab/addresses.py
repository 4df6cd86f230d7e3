"""Addresses of the closed network: any address, or a whole range, becomes one of lo's.

Needs namespace.enter(); does not know who will sit on them.
"""

import subprocess


def have_addresses(addresses):
    """Gives lo these addresses; those that it has already are no error."""
    lines = "".join(f"addr replace {address}/128 dev lo nodad\n" if ":" in address else
                    f"addr replace {address}/32 dev lo\n" for address in addresses)
    subprocess.run(["ip", "-batch", "-"], input=lines, text=True, check=True)


def have_range(network, source):
    """Every address of an IPv4 network can be bound from now on; `source`, one of them, is where a socket that is bound
    to none sends from."""
    have_addresses([source])
    subprocess.run(["ip", "route", "replace", "local", network, "dev", "lo", "src", source], check=True)
