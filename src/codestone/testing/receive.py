"""Read one HTTP request from a socket, for the scripted endpoint."""

import socket
from time import perf_counter_ns

import httptools
import orjson

from codestone.testing.script import Request


class _Receiving:
    """Callbacks of the parser."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.target = b""
        self.body: list[bytes] = []
        self.complete = False

    def on_url(self, target: bytes) -> None:
        self.target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        self.complete = True


def receive(connection: socket.socket) -> Request | None:
    """Return the next request, None where the client is gone or speaks no HTTP."""
    receiving = _Receiving()
    parser = httptools.HttpRequestParser(receiving)
    while not receiving.complete:
        data = connection.recv(1 << 16)
        at_ns = perf_counter_ns()
        if not data:
            return None
        try:
            parser.feed_data(data)
        except httptools.HttpParserError:
            return None
    return Request(
        method=parser.get_method().decode("latin-1"),
        path=receiving.target.decode("latin-1"),
        headers=receiving.headers,
        body=_decoded(b"".join(receiving.body)),
        at_ns=at_ns,
    )


def _decoded(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
