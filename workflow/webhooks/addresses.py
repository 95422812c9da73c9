"""Where webhooks may go: nowhere inside the machine or private networks, unless it is allowed.

Names are resolved here, and the connection goes to the address that was looked at, so that a name
cannot answer twice in two ways.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Sequence
from urllib.parse import SplitResult, urlsplit

from workflow.errors import Problem

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST = 2000
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses of IPv4 as a translating router sees them."""


class Closed(OSError):
    """The address is one to which nothing may be posted."""


def problem(url: str, allowed: Sequence[Network], *, https_only: bool) -> Problem | None:
    """What is wrong with an address as it was typed; names are looked up only when sending."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return Problem("url", "not_an_address")
    if len(url) > LONGEST:
        return Problem("url", "too_long", {"most": LONGEST})
    if parts.scheme not in ("https", "http") or not parts.hostname or not url.isascii():
        return Problem("url", "not_an_address")
    if any(character.isspace() or not character.isprintable() for character in url):
        return Problem("url", "not_an_address")
    if parts.username is not None or parts.password is not None or parts.fragment:
        return Problem("url", "more_than_an_address")
    if https_only and parts.scheme != "https":
        return Problem("url", "not_https")
    if _is_closed_by_name(parts, allowed):
        return Problem("url", "closed_address")
    return None


def resolve(host: str, port: int, allowed: Sequence[Network]) -> list[str]:
    """The addresses of a host. Raises Closed when one of them is not open, OSError without any."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_open(ipaddress.ip_address(address.partition("%")[0]), allowed):
            raise Closed(f"{host} leads to {address}, which is inside; see WEBHOOK_NETWORKS")
    return addresses


def is_open(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether something may be posted to this address."""
    if any(address in network for network in allowed):
        return True
    inner = list(_inside(address))
    if inner:
        return all(is_open(one, allowed) for one in inner)
    is_inside = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    is_ordinary = address.is_global and not address.is_multicast and not address.is_reserved
    return is_ordinary and not is_inside


def _inside(address: Address) -> Iterator[Address]:
    """The addresses of IPv4 that an address of IPv6 stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in TRANSLATED:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _is_closed_by_name(parts: SplitResult, allowed: Sequence[Network]) -> bool:
    host = parts.hostname or ""
    try:
        return not is_open(ipaddress.ip_address(host), allowed)
    except ValueError:
        return not allowed and (host == "localhost" or host.endswith(".localhost"))
