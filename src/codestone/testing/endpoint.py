"""A loopback HTTP/1.1 server that plays scripts on time and notes when each event was really sent.

Truth: ``Sent.before_ns`` is read right before the ``send`` call and ``after_ns`` right after it, both on
the ``perf_counter_ns`` clock, which all processes of a machine share. No receiver can have the bytes
before ``before_ns``. Instants of a schedule are absolute, so that delays do not add up: the server
sleeps until a millisecond before, then yields in a loop.

``GET /codestone/log`` returns what was played, for a client in another process.
"""

import socket
import struct
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter_ns, sleep
from types import TracebackType
from typing import Self

import orjson

from codestone.endpoint.servers.scripted import OWNER
from codestone.testing.receive import receive
from codestone.testing.script import Finish, Play, Request, Script, Step, document

LOG_PATH = "/codestone/log"
_SPIN_NS = 1_000_000
_POLL_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One step as it was really sent; see the module for the two instants."""

    before_ns: int
    after_ns: int
    data: bytes


@dataclass(slots=True)
class Played:
    """One request and what was sent for it, in order."""

    request: Request
    sent: list[Sent] = field(default_factory=list)


class ScriptedEndpoint:
    """Serve one script or play under any model name, or several by model id; a context manager."""

    def __init__(self, what: Script | Play | Mapping[str, Script | Play], *, port: int = 0) -> None:
        self._plays: Mapping[str, Script | Play] = what if isinstance(what, Mapping) else {"scripted": what}
        self._any_model = not isinstance(what, Mapping)
        self._port = port
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._connections: set[socket.socket] = set()
        self.played: list[Played] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = int(self._listener.getsockname()[1])
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept, which close alone does not
        self._listener.close()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join()

    @property
    def base_url(self) -> str:
        """Where it is, with /v1."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def requests(self) -> list[Request]:
        """Every chat request that came, in order."""
        return [played.request for played in self.played]

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads = [old for old in self._threads if old.is_alive()] + [thread]
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.add(connection)
            self._start(self._converse, connection)

    def _converse(self, connection: socket.socket) -> None:
        """Answer requests on one connection until either side is done."""
        with connection, suppress(OSError):
            kept = True
            while kept and not self._stop.is_set():
                request = receive(connection)
                if request is None:
                    break
                kept = self._answer(connection, request)
        self._connections.discard(connection)

    def _answer(self, connection: socket.socket, request: Request) -> bool:
        """Answer one request; return whether the connection can carry another."""
        match request.method, request.path:
            case "GET", "/v1/models":
                return _send_json(
                    connection, 200, {"object": "list", "data": [_entry(n) for n in self._plays]}
                )
            case "GET", path if path == LOG_PATH:
                return _send_json(connection, 200, [_logged(played) for played in self.played])
            case "POST", "/v1/chat/completions":
                return self._chat(connection, request)
        return _send_json(connection, 404, {"error": {"code": 404, "message": f"no route {request.path}"}})

    def _chat(self, connection: socket.socket, request: Request) -> bool:
        play = self._plays.get(request.model)
        if play is None and self._any_model:
            play = self._plays["scripted"]
        if play is None:
            message = f"model {request.model!r} is not served; known: {', '.join(self._plays)}"
            return _send_json(connection, 404, {"error": {"code": 404, "message": message}})
        script = play if isinstance(play, Script) else play(request)
        if (
            isinstance(request.body, dict)
            and not request.body.get("stream")
            and script.status == 200
            and script.head
        ):
            script = Script(steps=(Step(0.0, document(script)),), content_type="application/json")
        played = Played(request)
        self.played.append(played)
        return self._perform(connection, script, played)

    def _perform(self, connection: socket.socket, script: Script, played: Played) -> bool:
        if script.head:
            connection.sendall(_head(script))
        due_ns = played.request.at_ns
        for step in script.steps:
            due_ns += int(step.after_s * 1e9)
            self._wait_until(due_ns)
            framed = b"%x\r\n%b\r\n" % (len(step.data), step.data) if script.framed else step.data
            before_ns = perf_counter_ns()
            connection.sendall(framed)
            played.sent.append(Sent(before_ns=before_ns, after_ns=perf_counter_ns(), data=step.data))
        match script.finish:
            case Finish.END | Finish.CLOSE:
                connection.sendall(b"0\r\n\r\n")
            case Finish.RESET:
                # close with unsent data discarded: the peer sees a reset, not an end
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case Finish.STALL:
                self._hold(connection)
        return script.finish is Finish.END

    def _wait_until(self, due_ns: int) -> None:
        while (left_ns := due_ns - perf_counter_ns()) > 0:
            if left_ns > _SPIN_NS:
                if self._stop.wait((left_ns - _SPIN_NS) / 1e9):
                    raise ConnectionAbortedError("the scripted endpoint is closing")
            else:
                sleep(0)  # gives way to a client in this process, unlike a bare loop

    def _hold(self, connection: socket.socket) -> None:
        """Keep the connection open until the client leaves or the server closes."""
        connection.settimeout(_POLL_S)
        while not self._stop.is_set():
            with suppress(TimeoutError):
                if not connection.recv(1):
                    return


def _entry(name: str) -> dict[str, object]:
    return {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": OWNER,
        "meta": {"n_ctx": 32768, "script": name},
    }


def _logged(played: Played) -> dict[str, object]:
    sent = [{"before_ns": s.before_ns, "after_ns": s.after_ns, "bytes": len(s.data)} for s in played.sent]
    return {"model": played.request.model, "at_ns": played.request.at_ns, "sent": sent}


def _head(script: Script) -> bytes:
    headers = {"Content-Type": script.content_type, "Transfer-Encoding": "chunked", **script.headers}
    lines = [f"HTTP/1.1 {script.status} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def _send_json(connection: socket.socket, status: int, value: object) -> bool:
    body = orjson.dumps(value)
    head = (
        f"HTTP/1.1 {status} Scripted\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    return True
