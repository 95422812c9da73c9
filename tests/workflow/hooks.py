"""A receiver of webhooks for tests: keeps what is posted to it, and answers as it is told."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Posted:
    """One request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """What arrived, and what is answered."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.status = 204
        self.answer = b""
        self.headers: dict[str, str] = {}
        self.is_hanging = False
        self.is_dripping = False
        self.let_go = threading.Event()
        self.url = ""

    @property
    def ids(self) -> list[str]:
        """The webhook-id of each request."""
        return [one.headers["webhook-id"] for one in self.posted]


@contextmanager
def receiving_hooks(certificate: str | None = None) -> Iterator[Receiver]:
    """A receiver on a free port of this machine; with a certificate, by HTTPS."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            _answer(self, receiver)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    scheme, host = "http", "127.0.0.1"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme, host = "https", "localhost"
    receiver.url = f"{scheme}://{host}:{server.server_port}/hooks?from=alur"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(request: BaseHTTPRequestHandler, receiver: Receiver) -> None:
    length = int(request.headers["Content-Length"])
    said = {name.lower(): value for name, value in request.headers.items()}
    receiver.posted.append(Posted(request.path, said, request.rfile.read(length)))
    if receiver.is_hanging:
        receiver.let_go.wait(10)
        return
    if receiver.is_dripping:
        while not receiver.let_go.wait(0.02):
            request.wfile.write(b"H")
            request.wfile.flush()
        return
    request.send_response(receiver.status)
    for name, value in receiver.headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(receiver.answer)))
    request.end_headers()
    request.wfile.write(receiver.answer)
