"""Real HTTP with a server that the candidate runs in the box, from several client addresses.

A harness-owned process in the box (``_workers/relay.py``) connects inside and passes the connection out: a
connection belongs to the network in which it was made, whoever holds it. So no byte passes through a copy,
and the box's network stays closed. Covered: whole requests with their instants, raw connections, several
clients of 127.0.0.0/8 and ::1. Not covered: TLS, and more than BODY_LIMIT bytes of body.
"""

import contextlib
import http.client
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any

from codestone.grading.channel import CandidateFailed
from codestone.grading.findings import printable

BODY_LIMIT = 16 << 20
_CHUNK = 1 << 16
_MARGIN_S = 5.0
_RESET, _AS_USUAL = struct.pack("ii", 1, 0), struct.pack("ii", 0, 0)
"""SO_LINGER. The first closes at once and forgets: the server's port is free again for the next check."""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer of a server.

    ``headers`` have lower-case names, repeated ones joined by ", " (all of them, in order: ``fields``).
    Instants are perf_counter_ns: the request handed to the kernel, the headers read, the body complete.
    """

    status: int
    reason: str
    fields: tuple[tuple[str, str], ...]
    body: bytes
    sent_ns: int
    headers_ns: int
    at_ns: int

    @property
    def headers(self) -> dict[str, str]:
        """Headers by lower-case name."""
        joined: dict[str, str] = {}
        for name, value in self.fields:
            key = name.lower()
            joined[key] = f"{joined[key]}, {value}" if key in joined else value
        return joined

    def json(self) -> Any:
        """Return the body as JSON; raises CandidateFailed where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise CandidateFailed(f"the body is no JSON: {printable(repr(self.body[:200]))}") from None


class Relay:
    """The connecting process of one check, and the connections that it made."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._arrived = threading.Condition()
        self._replies: dict[int, tuple[dict[str, Any], socket.socket | None]] = {}
        self._number = 0
        self._ended = False
        self._open: list[socket.socket] = []
        self._reader = threading.Thread(target=self._read, daemon=True, name="relay")
        self._reader.start()

    def connect(self, port: int, *, client: str | None, limit_s: float) -> socket.socket | None:
        """Connect once something listens, or (client None) only wait for that. Raises CandidateFailed."""
        with self._arrived:
            self._number += 1
            number = self._number
            request = {"id": number, "port": port, "client": client, "limit_s": limit_s}
            with contextlib.suppress(OSError):
                self._control.send(json.dumps(request).encode())
            self._arrived.wait_for(lambda: number in self._replies or self._ended, limit_s + _MARGIN_S)
            reply, connection = self._replies.pop(number, ({"error": "the box did not answer"}, None))
        if "error" in reply:
            raise CandidateFailed(printable(f"connecting to port {port}: {reply['error']}"))
        return connection

    def close(self) -> None:
        """Reset every connection, and let the process in the box go."""
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                connection.close()
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._control.close()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, OverflowError):
            while True:
                data, descriptors, _, _ = socket.recv_fds(self._control, 4096, 1)
                if not data:
                    break
                reply = json.loads(data)
                connection = _connection(descriptors)
                with self._arrived:
                    if connection is not None:
                        self._open.append(connection)
                    self._replies[int(reply["id"])] = (reply, connection)
                    self._arrived.notify_all()
        with self._arrived:
            self._ended = True
            self._arrived.notify_all()


def _connection(descriptors: list[int]) -> socket.socket | None:
    """Return what came as a connection; only one over IP is believed to be one."""
    if not descriptors:
        return None
    connection = socket.socket(fileno=descriptors[0])
    if connection.family in {socket.AF_INET, socket.AF_INET6} and connection.type is socket.SOCK_STREAM:
        return connection
    connection.close()
    raise ValueError("a descriptor that is no connection")


@dataclass(slots=True)
class Request:
    """A request under way, in a thread of its own."""

    asked: str
    _thread: threading.Thread = field(init=False)
    _response: Response | None = None
    _why: str = ""

    def response(self, *, limit_s: float | None = None) -> Response:
        """Wait for the answer; raises CandidateFailed where none came, or none within the limit."""
        self._thread.join(limit_s)
        if self._response is None:
            raise CandidateFailed(f"{self.asked}: {self._why or 'no answer yet'}")
        return self._response

    @property
    def answered(self) -> bool:
        """Whether it is over."""
        return not self._thread.is_alive()

    def begin(self, exchange: Callable[[], Response]) -> None:
        """Run the exchange."""

        def run() -> None:
            try:
                self._response = exchange()
            except CandidateFailed as failed:
                self._why = str(failed)

        self._thread = threading.Thread(target=run, daemon=True, name=self.asked)
        self._thread.start()


@dataclass(frozen=True, slots=True)
class Http:
    """A server on one port in the box; ``client`` is the address that a request comes from, as 127.0.0.2."""

    relay: Relay
    port: int
    left_s: Callable[[], float]

    def get(
        self, path: str, *, client: str = "127.0.0.1", headers: Mapping[str, str] | None = None
    ) -> Response:
        """Send a GET and wait for the answer."""
        return self.request("GET", path, client=client, headers=headers)

    def request(  # noqa: PLR0913 - what a request has
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        client: str = "127.0.0.1",
        headers: Mapping[str, str] | None = None,
        limit_s: float | None = None,
    ) -> Response:
        """Send a request on a connection of its own and wait for the answer, once the server listens.

        Raises CandidateFailed where no whole answer of HTTP comes within the limit (what the check has left).
        """
        left_s = self.left_s() if limit_s is None else min(limit_s, self.left_s())
        deadline_ns = perf_counter_ns() + int(left_s * 1e9)
        asked = f"{method} {path} from {client}"
        try:
            with self.connect(client=client, limit_s=left_s) as connection:
                return _exchanged(
                    connection,
                    (method, path, body, dict(headers or {})),
                    port=self.port,
                    deadline_ns=deadline_ns,
                )
        except TimeoutError:
            raise CandidateFailed(f"{asked}: no answer within {left_s:.3g} s") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            if perf_counter_ns() >= deadline_ns:
                raise CandidateFailed(f"{asked}: no answer within {left_s:.3g} s") from None
            words = printable(f"{type(error).__name__}({str(error)[:200]!r})")
            raise CandidateFailed(f"{asked}: {words}") from None

    def begin(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        client: str = "127.0.0.1",
        headers: Mapping[str, str] | None = None,
    ) -> Request:
        """Send a request without waiting for its answer."""
        request = Request(f"{method} {path} from {client}")
        request.begin(lambda: self.request(method, path, body=body, client=client, headers=headers))
        return request

    def connect(self, *, client: str = "127.0.0.1", limit_s: float | None = None) -> socket.socket:
        """Return a plain connection from that address, once the server listens."""
        left_s = self.left_s() if limit_s is None else min(limit_s, self.left_s())
        connection = self.relay.connect(self.port, client=client, limit_s=left_s)
        assert connection is not None
        connection.settimeout(max(0.001, self.left_s()))
        return connection

    def listening(self, *, limit_s: float = 0.0) -> bool:
        """Tell whether something listens, after ``limit_s`` seconds at the latest; no connection is made."""
        try:
            self.relay.connect(self.port, client=None, limit_s=limit_s)
        except CandidateFailed:
            return False
        return True


class _Connected(http.client.HTTPConnection):
    """HTTP over a connection that is already there."""

    def __init__(self, connection: socket.socket, port: int) -> None:
        super().__init__("127.0.0.1", port)
        self.sock = connection

    def close(self) -> None:
        """Do nothing: whoever made the connection closes it, and says how."""


def _exchanged(
    connection: socket.socket,
    request: tuple[str, str, bytes | None, dict[str, str]],
    *,
    port: int,
    deadline_ns: int,
) -> Response:
    """Send one request and read its whole answer; the deadline holds against a server that drips."""
    watchdog = threading.Timer(
        max(0.0, (deadline_ns - perf_counter_ns()) / 1e9), _hang_up, args=(connection,)
    )
    watchdog.daemon = True
    watchdog.start()
    try:
        # where the server closes first, its port would be kept for a minute
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        talk = _Connected(connection, port)
        method, path, body, headers = request
        talk.request(method, path, body=body, headers=headers)
        sent_ns = perf_counter_ns()
        answer = talk.getresponse()
        headers_ns = perf_counter_ns()
        content = _body(answer)
        at_ns = perf_counter_ns()
    finally:
        watchdog.cancel()
    if at_ns >= deadline_ns:
        raise TimeoutError
    if not answer.will_close:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AS_USUAL)
    fields = tuple((name, value) for name, value in answer.getheaders())
    return Response(answer.status, answer.reason, fields, content, sent_ns, headers_ns, at_ns)


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _body(answer: http.client.HTTPResponse) -> bytes:
    body = bytearray()
    while chunk := answer.read(_CHUNK):
        body += chunk
        if len(body) > BODY_LIMIT:
            raise ValueError(f"a body of more than {BODY_LIMIT} bytes")
    if answer.length:
        raise http.client.IncompleteRead(bytes(body), answer.length)
    return bytes(body)
