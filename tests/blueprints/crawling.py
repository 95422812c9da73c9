"""Walks pages as a browser would: what they link to, and the forms that stand on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit


class Form(NamedTuple):
    """How and where a form is sent, and the names and values of its boxes."""

    method: str
    path: str
    boxes: tuple[tuple[str, str], ...]


class _Page(HTMLParser):
    """The links of a page and its forms."""

    def __init__(self, address: str, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._address = address
        self._sent: tuple[str, str] | None = None
        self._boxes: list[tuple[str, str]] = []
        self._list = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in said:
            self.links.append(urljoin(self._address, said["href"]))
        elif tag == "form":
            there = urljoin(self._address, said.get("action") or self._address)
            self._sent, self._boxes = (said.get("method", "get").upper(), there), []
        elif tag == "select":
            self._list = said.get("name", "")
        elif tag == "option" and self._list and self._list not in dict(self._boxes):
            self._boxes.append((self._list, said.get("value", "")))
        elif tag in {"input", "textarea", "button"} and said.get("name"):
            self._boxes.append((said["name"], said.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._list = ""
        elif tag == "form" and self._sent is not None:
            self.forms.append(Form(*self._sent, tuple(self._boxes)))
            self._sent = None


def forms(
    read: Callable[[str], str], endpoint_of: Callable[[str], str | None], each: int
) -> Iterator[Form]:
    """Every form that is reached from the start page; a link with a question is one of GET too.

    `read` gives the HTML behind an address; of each endpoint at most `each` pages are read.
    """
    waiting, known, opened = ["/"], {"/"}, Counter[str]()
    while waiting:
        address = waiting.pop(0)
        endpoint = endpoint_of(urlsplit(address).path)
        if endpoint is None or opened[endpoint] == each:
            continue
        opened[endpoint] += 1
        page = _Page(address, read(address))
        yield from page.forms
        for link in page.links:
            parts = urlsplit(link)
            there = parts._replace(fragment="").geturl()
            if parts.netloc or there in known:
                continue
            known.add(there)
            waiting.append(there)
            if parts.query:
                yield Form("GET", parts.path, tuple(parse_qsl(parts.query, True)))
