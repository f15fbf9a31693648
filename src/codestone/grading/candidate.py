"""The candidate, as a check sees it: ask it questions, hold its objects by handles, hand it ours."""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from time import perf_counter_ns
from typing import Any

from codestone.grading.answer import Answer, Raised
from codestone.grading.channel import CandidateFailed, Channel, Incoming
from codestone.grading.findings import one_line, shown
from codestone.grading.ours import OPERATORS, Call, Callback, Element, Throw, takes
from codestone.grading.relay import Http, Relay
from codestone.grading.shell import Command, Entry, Ran, Shell
from codestone.grading.values import MalformedValue, decode, encode
from codestone.languages import Build


class Handle:
    """An object that stays inside the box. Verbs: call, new, get, value, await_, next_, drop."""

    def __init__(self, candidate: "Candidate", number: int, kind: str) -> None:
        self.candidate, self.number, self.kind = candidate, number, kind

    def call(self, name: str | None = None, /, *args: Any, **kwargs: Any) -> Answer:
        """Call a method of it, or (name None) the object itself."""
        return self.candidate.question("call", name, args, kwargs, on=self)

    def begin(self, name: str | None = None, /, *args: Any, **kwargs: Any) -> "Pending":
        """Call without waiting for what it gives, aside from other questions."""
        return self.candidate.pending("call", name, args, kwargs, on=self)

    def new(self, name: str | None = None, /, *args: Any, **kwargs: Any) -> "Handle":
        """Call, and keep the result inside whatever its type."""
        return self.candidate.handle("new", name, args, kwargs, on=self)

    def get(self, name: str) -> Answer:
        """Read an attribute."""
        return self.candidate.question("get", name, (), {}, on=self)

    def value(self) -> Answer:
        """Read the object itself as a value."""
        return self.candidate.question("value", None, (), {}, on=self)

    def await_(self) -> Answer:
        """Await it, on the worker's own event loop."""
        return self.candidate.question("await", None, (), {}, on=self)

    def begin_await(self) -> "Pending":
        """Await it without waiting here."""
        return self.candidate.pending("await", None, (), {}, on=self)

    def next_(self) -> Answer:
        """Take the next of an iterator or asynchronous iterator; StopIteration is raised inside."""
        return self.candidate.question("next", None, (), {}, on=self)

    def drop(self) -> None:
        """Forget it inside."""
        self.candidate.question("drop", None, (), {}, on=self)

    def __repr__(self) -> str:
        return one_line(f"<{self.kind[:200]} #{self.number}>")


@dataclass(slots=True)
class Pending:
    """A question that was asked and not waited for."""

    candidate: "Candidate"
    number: int
    asked: str

    def answer(self, *, limit_s: float | None = None) -> Answer:
        """Wait for the answer."""
        return self.candidate.taken(self.number, self.asked, limit_s=limit_s)

    @property
    def answered(self) -> bool:
        """Whether the answer is there, so that nobody would have to wait for it."""
        return self.candidate.answered(self.number)


class Candidate:
    """One worker with the finished workspace in it, fresh for each check."""

    def __init__(  # noqa: PLR0913 - made in one place, by name
        self,
        channel_of: Callable[[Callable[[Incoming], None]], Channel],
        *,
        source: Mapping[str, str],
        seed: int,
        limit_s: float,
        shell: Callable[[], Shell] | None = None,
        relay: Callable[[], Relay] | None = None,
        build: Build | None = None,
    ) -> None:
        self.source: Mapping[str, str] = source
        """Text of the workspace's files as the model left them; read, never executed out here."""
        self.seed: int = seed
        """Recorded with the trial: random inputs only add to the fixed ones."""
        self.build: Build | None = build
        """What compiling the answer gave, in a language that is compiled."""
        self.comparisons: int = 0
        """Comparisons of elements answered so far."""
        self._deadline_ns = perf_counter_ns() + int(limit_s * 1e9)
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._ours: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._shell_of, self._relay_of = shell, relay
        self._channel = channel_of(self._called)

    def ask(self, name: str, /, *args: Any, **kwargs: Any) -> Answer:
        """Call a function of the entry module ("module:function" for another) and wait for what it gives."""
        return self.question("call", name, args, kwargs)

    def begin(self, name: str, /, *args: Any, **kwargs: Any) -> Pending:
        """Call a function in a thread of its own inside, without waiting for it."""
        return self.pending("call", name, args, kwargs)

    def new(self, name: str, /, *args: Any, **kwargs: Any) -> Handle:
        """Make an object of the candidate's and keep it inside; raises CandidateFailed if that raised."""
        return self.handle("new", name, args, kwargs)

    def hold(self, value: Any) -> Handle:
        """Put a value inside and return its handle, to be passed as an argument and read back."""
        return self.handle("hold", None, (value,), {})

    def get(self, name: str) -> Answer:
        """Read an attribute of the entry module."""
        return self.question("get", name, (), {})

    def run(
        self,
        *argv: str | bytes,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        limit_s: float | None = None,
    ) -> Ran:
        """Run a command in the workspace, inside the box; after the limit its process group is killed."""
        return self._started(argv, stdin, env, limit_s).ended()

    def start(
        self,
        *argv: str | bytes,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        limit_s: float | None = None,
    ) -> Command:
        """Start a command without waiting for its end: a server, say."""
        return self._started(argv, stdin, env, limit_s)

    def put(self, path: str | bytes, data: bytes, *, mode: int | None = None) -> None:
        """Write a file of the workspace, and the folders on its way; ``mode`` 0o755 makes it a program."""
        self._shell.put(path, data, mode=mode, limit_s=self.left_s)

    def read(self, path: str | bytes) -> bytes:
        """Return the bytes of a file of the workspace; that there is none is the candidate's failure."""
        return self._shell.read(path, limit_s=self.left_s)

    def listing(self) -> dict[str, Entry]:
        """Return all that is in the workspace now, by path."""
        return self._shell.listing(limit_s=self.left_s)

    def http(self, port: int) -> Http:
        """Return the server that the candidate runs on that port, in the box."""
        return Http(self._relay, port, lambda: self.left_s)

    def elements(self, ranks: Sequence[Any]) -> list[Element]:
        """Return one opaque element per rank; equal ranks make equal elements."""
        return [Element(rank) for rank in ranks]

    def comparator(self) -> "Callback":
        """Return a function that compares two elements as a sort wants it (below, at or above 0), and counts.

        For languages in which an object cannot have operators; not for Python.
        """

        def compare(*pair: Any) -> int:
            if len(pair) != 2 or not all(isinstance(one, Element) for one in pair):
                raise Throw("TypeError", "compare takes two elements")
            self.comparisons += 1
            left, right = (one.rank for one in pair)
            return int(left > right) - int(left < right)

        return Callback(self, compare, "compare")

    def callback(
        self, returns: Callable[..., Any] | None = None, *, name: str = "callback", asynchronous: bool = False
    ) -> Callback:
        """Return a function for the candidate to call; without ``returns`` its answers are withheld."""
        return Callback(self, returns, name, "async" if asynchronous else "function")

    def nonce(self) -> str:
        """Return a string that nobody can know who was not told it."""
        return secrets.token_hex(8)

    def random(self, stream: int = 0) -> Random:
        """Return a generator seeded by the trial's seed and a stream number."""
        return Random(f"{self.seed}:{stream}")  # noqa: S311  inputs, not secrets

    @property
    def left_s(self) -> float:
        """Seconds left of this check's limit."""
        return max(0.0, (self._deadline_ns - perf_counter_ns()) / 1e9)

    def wait(self, happened: Callable[[], bool], *, limit_s: float | None = None) -> bool:
        """Wait until ``happened`` is true, asked again at each arrival; False when the limit came first."""
        return self._channel.wait(happened, self._within(limit_s))

    def reply(self, identity: str, value: Any) -> None:
        """Answer a withheld callback."""
        if isinstance(value, Throw):
            self._channel.send({"reply": identity, "throws": [value.kind, value.message]})
        else:
            self._channel.send({"reply": identity, "gives": encode(value, self._named)})

    def question(
        self,
        verb: str,
        name: str | None,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        *,
        on: Handle | None = None,
    ) -> Answer:
        """Ask one question of the channel and wait for its answer."""
        number, asked = self._question(verb, name, args, kwargs, on=on)
        return self.taken(number, asked)

    def pending(
        self,
        verb: str,
        name: str | None,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        *,
        on: Handle | None = None,
    ) -> Pending:
        """Ask one question, aside from others, and do not wait for its answer."""
        number, asked = self._question(verb, name, args, kwargs, on=on, aside=True)
        return Pending(self, number, asked)

    def handle(
        self,
        verb: str,
        name: str | None,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        *,
        on: Handle | None = None,
    ) -> Handle:
        """Ask a question whose answer stays inside."""
        answer = self.question(verb, name, args, kwargs, on=on)
        if not isinstance(answer.value, Handle):
            raise CandidateFailed(f"{answer.asked}: bytes outside the protocol")
        return answer.value

    def answered(self, number: int) -> bool:
        """Tell whether a question's answer is there and not taken yet."""
        return self._channel.answered(number)

    def taken(self, number: int, asked: str, *, limit_s: float | None = None) -> Answer:
        """Wait for an answer and decode it."""
        message = self._channel.answer(number, limit_s=self._within(limit_s), asked=asked)
        match message:
            case {"unsayable": str(why)}:
                raise CandidateFailed(f"{asked} gave {one_line(why)}")
            case {"raises": {"type": [*names], "message": str(text), "line": str() | None as line}} if all(
                isinstance(name, str) for name in names
            ):
                return Answer(asked, raised=Raised(tuple(names), text, line))
            case {"gives": value}:
                try:
                    return Answer(asked, self._decoded(value))
                except MalformedValue as error:
                    raise CandidateFailed(f"{asked} gave bytes outside the protocol: {error}") from None
        raise CandidateFailed(f"{asked}: bytes outside the protocol")

    def close(self) -> None:
        """Hang up."""
        self._channel.close()

    @cached_property
    def _shell(self) -> Shell:
        assert self._shell_of is not None, "no box for commands"
        return self._shell_of()

    @cached_property
    def _relay(self) -> Relay:
        assert self._relay_of is not None, "no box for connections"
        return self._relay_of()

    def _started(
        self, argv: Sequence[str | bytes], stdin: bytes, env: Mapping[str, str] | None, limit_s: float | None
    ) -> Command:
        return self._shell.start(argv, stdin=stdin, env=env or {}, limit_s=self._within(limit_s))

    def _within(self, limit_s: float | None) -> float:
        return self.left_s if limit_s is None else min(limit_s, self.left_s)

    def _question(  # noqa: PLR0913 - what a question has
        self,
        verb: str,
        name: str | None,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        *,
        on: Handle | None,
        aside: bool = False,
    ) -> tuple[int, str]:
        """Send a question; return its number, and how a reader would write it."""
        module, _, attribute = (name or "").rpartition(":")
        sent = self._sent(verb, attribute or None, args, kwargs) | {"aside": aside}
        sent |= {"on": on.number} if on else {"module": module or None}
        return self._channel.ask(sent), _asked(name or verb, args, kwargs, on)

    def _sent(
        self, verb: str, name: str | None, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {
            "do": verb,
            "name": name,
            "args": [encode(arg, self._named) for arg in args],
            "kwargs": {key: encode(value, self._named) for key, value in kwargs.items()},
        }

    def _named(self, value: Any) -> dict[str, Any] | None:
        """Name what crosses as a handle: theirs by its number, ours by a new one."""
        if isinstance(value, Handle):
            return {"handle": value.number}
        if isinstance(value, Element):
            return {"ours": [self._number(value), "element"]}
        if isinstance(value, Callback):
            return {"ours": [self._number(value), value.kind]}
        return None

    def _number(self, value: Any) -> int:
        with self._lock:
            number = self._numbers.get(id(value))
            if number is None:
                self._ours.append(value)
                number = self._numbers[id(value)] = len(self._ours)
            return number

    def _decoded(self, value: Any) -> Any:
        return decode(value, lambda number, kind: Handle(self, number, kind), self._own)

    def _own(self, number: int) -> Any:
        if not 0 < number <= len(self._ours):
            raise MalformedValue(f"no handle {number} was given")
        return self._ours[number - 1]

    def _called(self, incoming: Incoming) -> None:
        """Answer one callback, on the reading thread."""
        own = self._own(incoming.on)
        args = tuple(self._decoded(arg) for arg in incoming.args)
        if isinstance(own, Element) and incoming.operation in OPERATORS and len(args) == 1:
            if not isinstance(args[0], Element):
                raise MalformedValue("a comparison with no element")
            self.comparisons += 1
            self.reply(incoming.identity, OPERATORS[incoming.operation](own.rank, args[0].rank))
            return
        if not isinstance(own, Callback) or incoming.operation != "call":
            raise MalformedValue(f"no operation {incoming.operation[:40]!r}")
        kwargs = {name: self._decoded(value) for name, value in incoming.kwargs.items()}
        call = Call(incoming.at_ns, args, kwargs, incoming.identity)
        own.calls.append(call)
        if own.returns is None:
            own.held.append(call)
            return
        try:
            value = own.returns(*args, **kwargs)
        except Throw as thrown:
            value = thrown
        except TypeError as error:
            if takes(own.returns, args, kwargs):
                raise
            value = Throw("TypeError", str(error))  # the caller's mistake, and told to it
        self.reply(incoming.identity, value)


def _asked(name: str, args: Sequence[Any], kwargs: Mapping[str, Any], on: Handle | None = None) -> str:
    """Return the question as a reader would write it: ``name(1, key='x')``."""
    parts = [shown(arg, 60) for arg in args] + [f"{key}={shown(value, 60)}" for key, value in kwargs.items()]
    return f"{f'{on}.' if on else ''}{name}({', '.join(parts)})"
