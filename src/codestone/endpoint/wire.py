"""Sockets and HTTP/1.1: open a connection, write a request, parse a response. It has no clock."""

import socket
import ssl

import httptools

from codestone.endpoint.url import Address

READ_BYTES = 1 << 16
LAST_CHUNK = b"0\r\n\r\n"
"""How a chunked message ends, trailers aside."""


def connect(address: Address, limit_s: float) -> socket.socket:
    """Open a connection without delay of small writes; raise OSError, with certificates checked for https."""
    raw = socket.create_connection((address.host, address.port), timeout=limit_s)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if address.scheme == "http":
        return raw
    try:
        return ssl.create_default_context().wrap_socket(raw, server_hostname=address.host)
    except BaseException:
        raw.close()
        raise


def is_idle(connection: socket.socket) -> bool:
    """Whether a kept connection can carry another request: it is open and nothing unread waits on it."""
    try:
        connection.settimeout(0)
        connection.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):  # the latter also after TLS has read its session tickets
        return True
    except OSError:
        return False
    return False  # the end of the connection, or bytes that nobody asked for


def request_bytes(address: Address, path: str, *, key: str | None, body: bytes | None) -> bytes:
    """Return a whole request, POST where there is a body; ``path`` is as the API's documents have it."""
    lines = [
        f"{'GET' if body is None else 'POST'} {address.path(path)} HTTP/1.1",
        f"Host: {address.authority}",
        "User-Agent: codestone",
        "Accept: application/json, text/event-stream",
        "Accept-Encoding: identity",
        "Connection: keep-alive",
    ]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class Response:
    """A response in the making: ``feed`` it what was read; raises ValueError for what is no HTTP."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._framed = False
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.complete = False
        self.keep_alive = False

    def feed(self, data: bytes) -> bytes:
        """Return what ``data`` adds to the body."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raised = error.__context__ if isinstance(error, httptools.HttpParserCallbackError) else None
            if isinstance(raised, KeyboardInterrupt):  # in a callback, and the user's
                raise raised from None
            self.keep_alive = False
            if not self.complete:  # what comes after a whole message is no part of it
                raise ValueError(f"no HTTP: {error}") from error
        body = b"".join(self._body)
        self._body.clear()
        return body

    def end(self) -> None:
        """Take the end of the connection, which ends a body that has no other end."""
        self.complete = self.complete or (self.status is not None and not self._framed)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header (called by the parser, as are the following)."""
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Note status and framing; a 1xx is no answer yet."""
        if self.complete:  # an answer that nobody asked for
            self.keep_alive = False
            return
        status = self._parser.get_status_code()
        if status < 200:
            self.headers.clear()
            return
        self.status = status
        # no stream: llama.cpp promises to keep its connection and closes it, in a race with the next request
        self.keep_alive = self._parser.should_keep_alive() and "content-length" in self.headers
        self._framed = (
            "content-length" in self.headers or "chunked" in self.headers.get("transfer-encoding", "").lower()
        )

    def on_body(self, body: bytes) -> None:
        """Note a piece of the body."""
        if not self.complete:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Note the end."""
        self.complete = self.status is not None
