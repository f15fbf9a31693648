"""Runs inside the box: executes named calls on candidate code and answers with plain values.

Speaks the channel of ``docs/reference/channel.md``: frames of a 4-byte big-endian length and JSON.
Standard library only. There is nothing to steal here: no expected value ever comes in, and no verdict
goes out. Candidate code shares this process and may break it; that costs the check being asked.
"""

import binascii
import builtins
import collections
import importlib
import itertools
import json
import os
import socket
import sys
import threading

DEPTH_LIMIT = 64
FRAME_LIMIT = 16 << 20
SAFE_INTEGER = 1 << 53
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode
COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


class Unsayable(Exception):
    """A value that the channel cannot carry."""


class Ours:
    """Something of the grader's that crossed as a handle: it stays outside, this names it."""

    __slots__ = ("_number", "_worker")

    def __init__(self, worker, number):
        self._worker, self._number = worker, number


class Function(Ours):
    """Calling it asks outside, from any thread, and waits for the answer."""

    __slots__ = ("__name__",)

    def __call__(self, *args, **kwargs):
        return self._worker.call_back(self._number, "call", args, kwargs)


class AsyncFunction(Ours):
    """Awaiting its call asks outside without holding up the event loop."""

    __slots__ = ()

    async def __call__(self, *args, **kwargs):
        import asyncio

        return await asyncio.to_thread(self._worker.call_back, self._number, "call", args, kwargs)


class Element(Ours):
    """An opaque element: it can be compared, and that is all. Each comparison is asked outside."""

    __slots__ = ()
    __hash__ = None

    def __repr__(self):
        return "<element>"


def _comparison(operator):
    def compare(self, other):
        if type(other) is not Element:
            return NotImplemented
        return self._worker.call_back(self._number, operator, (other,), {})

    return compare


for _operator in COMPARISONS:
    setattr(Element, f"__{_operator}__", _comparison(_operator))

KINDS = {"function": Function, "async": AsyncFunction, "element": Element}


def integers(seed, count, low, high):
    """Recipe "integers": ``count`` whole numbers in [low, high] by splitmix64 from ``seed``."""
    state, span, mask, numbers = seed & 0xFFFFFFFFFFFFFFFF, high - low + 1, 0xFFFFFFFFFFFFFFFF, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & mask
        mixed = state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
        numbers.append(low + (mixed ^ (mixed >> 31)) % span)
    return numbers


RECIPES = {
    "integers": integers,
    "range": lambda start, stop, step: list(range(start, stop, step)),
    "repeat": lambda value, count: [value] * count,
}


class Wait:
    """A thread that waits for one message; ``gate`` is opened when it has come, or its turn to read has."""

    __slots__ = ("gate", "message")

    def __init__(self):
        self.gate = threading.Lock()
        self.gate.acquire()
        self.message = None


class Worker:
    """One channel, one candidate: questions in, values out.

    Whoever waits reads, one thread at a time, and hands over what is another's: a callback costs no change
    of threads. So nothing is read while the main thread executes and no other thread waits for us.
    """

    def __init__(self, channel, entry, verbs):
        self._socket = socket.socket(fileno=channel)
        self._stream = self._socket.makefile("rb")
        self._entry = entry
        self._verbs = verbs
        self._sending = threading.Lock()
        self._turn = threading.Lock()  # guards the five below
        self._reading = False
        self._others = {}  # waits that do not read, in order
        self._waiting = {}  # callbacks by their identity
        self._questions = collections.deque()
        self._idle = None  # the main thread, when it waits for a question
        self._handles = {}
        self._numbers = itertools.count(1)
        self._loop = None

    def serve(self):
        """Answer questions in the main thread, one after the other, until the channel closes."""
        while True:
            with self._turn:
                question = self._questions.popleft() if self._questions else None
                if question is None:
                    wait = self._idle = Wait()
            self._answer(self._until(wait) if question is None else question)

    def call_back(self, number, operation, args, kwargs):
        """Ask outside and wait; raise here what was thrown there."""
        identity = os.urandom(8).hex()
        message = {
            "callback": identity,
            "on": number,
            "operation": operation,
            "args": [self._encode(arg) for arg in args],
            "kwargs": {name: self._encode(value) for name, value in kwargs.items()},
        }
        wait = self._waiting[identity] = Wait()
        self._send(message)
        reply = self._until(wait)
        if "throws" in reply:
            name, message = reply["throws"]
            kind = getattr(builtins, name, RuntimeError)
            raise kind(message)
        return self._decode(reply["gives"])

    def _until(self, wait):
        """Wait for a message: read for all when nobody else does."""
        while True:
            with self._turn:
                if wait.message is not None:
                    return wait.message
                leads = not self._reading
                if leads:
                    self._reading = True
                else:
                    self._others[wait] = None
            if leads:
                self._lead(wait)
            else:
                wait.gate.acquire()

    def _lead(self, wait):
        """Read until our own message is there, then let another read."""
        try:
            while wait.message is None:
                self._take(self._frame())
        finally:
            with self._turn:
                self._reading = False
                for heir in self._others:
                    del self._others[heir]
                    heir.gate.release()
                    break

    def _frame(self):
        header = self._stream.read(4)
        if len(header) < 4:
            os._exit(0)
        return json.loads(self._stream.read(int.from_bytes(header, "big")))

    def _take(self, message):
        if message.get("aside"):
            threading.Thread(target=self._answer, args=(message,), daemon=True).start()
            return
        with self._turn:
            if "reply" in message:
                wait = self._waiting.pop(message["reply"], None)
            else:
                wait, self._idle = self._idle, None
                if wait is None:
                    self._questions.append(message)
            if wait is not None:
                wait.message = message
                if wait in self._others:
                    del self._others[wait]
                    wait.gate.release()

    def _send(self, message):
        data = _ENCODE(message).encode()
        if len(data) > FRAME_LIMIT:
            raise Unsayable(f"a message of {len(data)} bytes is over the limit of {FRAME_LIMIT}")
        with self._sending:
            self._socket.sendall(len(data).to_bytes(4, "big") + data)

    def _answer(self, question):
        number = question["question"]
        try:
            message = {"answer": number, "gives": self._encode(self._do(question))}
            self._send(message)
        except Unsayable as error:
            self._send({"answer": number, "unsayable": str(error)})
        except BaseException as error:  # SystemExit and KeyboardInterrupt are answers like any other
            self._send({"answer": number, "raises": self._raised(error)})

    def _raised(self, error):
        names = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
        try:
            message = str(error)[:500]
        except BaseException:
            message = "(its message could not be read)"
        line = None
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename.startswith(os.getcwd()):
                name = os.path.relpath(trace.tb_frame.f_code.co_filename)
                line = f"{name}:{trace.tb_lineno}"
            trace = trace.tb_next
        if isinstance(error, SyntaxError) and error.filename:
            line = f"{os.path.basename(error.filename)}:{error.lineno}"
        return {"type": names, "message": message, "line": line}

    def _do(self, question):
        verb = question["do"]
        args = [self._decode(arg) for arg in question.get("args", ())]
        kwargs = {name: self._decode(value) for name, value in question.get("kwargs", {}).items()}
        if verb == "hold":
            return Held(args[0])
        if verb in self._verbs:
            return self._verbs[verb](*args)
        target = self._target(question)
        name = question.get("name")
        match verb:
            case "call":
                return (getattr(target, name) if name else target)(*args, **kwargs)
            case "new":
                return Held((getattr(target, name) if name else target)(*args, **kwargs))
            case "get":
                return getattr(target, name)
            case "value":
                return target
            case "await":
                return self._await(target)
            case "next":
                if hasattr(target, "__anext__"):
                    return self._await(target.__anext__())
                return next(target)
            case "drop":
                del self._handles[question["on"]]
                return None
        raise Unsayable(f"no verb is called {verb!r}")

    def _target(self, question):
        if question.get("on") is not None:
            return self._handles[question["on"]]
        return importlib.import_module(question.get("module") or self._entry)

    def _await(self, awaitable):
        import asyncio

        if threading.current_thread() is not threading.main_thread():
            return asyncio.run(_awaited(awaitable))
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self._loop)
        return self._loop.run_until_complete(_awaited(awaitable))

    def _encode(self, value, depth=0):
        if depth > DEPTH_LIMIT:
            raise Unsayable(f"a value deeper than {DEPTH_LIMIT} levels")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if isinstance(value, Ours):
            return {"ours": value._number}
        if kind is Held:
            return self._handle(value.value)
        mro = kind.__mro__
        if int in mro:
            number = int.__index__(value)
            return number if -SAFE_INTEGER < number < SAFE_INTEGER else {"int": hex(number)}
        if float in mro:
            return {"float": float.__repr__(value)}
        if str in mro:
            return str.__str__(value)
        if bytes in mro or bytearray in mro:
            return {"bytes": binascii.b2a_base64(value, newline=False).decode()}
        if list in mro:
            return [self._encode(part, depth + 1) for part in list.__iter__(value)]
        for builtin in (tuple, set, frozenset):
            if builtin in mro:
                parts = [self._encode(part, depth + 1) for part in builtin.__iter__(value)]
                return {builtin.__name__: parts}
        if dict in mro:
            pairs = dict.items(value)
            return {"dict": [[self._encode(k, depth + 1), self._encode(v, depth + 1)] for k, v in pairs]}
        return self._handle(value)

    def _handle(self, value):
        number = next(self._numbers)
        self._handles[number] = value
        kind = type(value)
        return {"handle": number, "type": f"{kind.__module__}.{kind.__qualname__}"}

    def _decode(self, value):
        if isinstance(value, list):
            return [self._decode(part) for part in value]
        if not isinstance(value, dict):
            return value
        ((tag, inner),) = value.items()
        match tag:
            case "int":
                return int(inner, 16)
            case "float":
                return float(inner)
            case "bytes":
                return binascii.a2b_base64(inner)
            case "tuple":
                return tuple(self._decode(part) for part in inner)
            case "set":
                return {self._decode(part) for part in inner}
            case "frozenset":
                return frozenset(self._decode(part) for part in inner)
            case "dict":
                return {self._decode(k): self._decode(v) for k, v in inner}
            case "handle":
                return self._handles[inner]
            case "ours":
                number, kind = inner
                return KINDS[kind](self, number)
            case "recipe":
                name, args = inner
                return RECIPES[name](*(self._decode(arg) for arg in args))
        raise Unsayable(f"no value is tagged {tag!r}")


class Held:
    """Marks a value that stays inside whatever its type."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


async def _awaited(awaitable):
    return await awaitable


def give_way():
    """Let the candidate's modules be found where we have imported others of their names, a ``queue`` say."""
    with os.scandir() as entries:
        names = {entry.name.partition(".")[0] for entry in entries}
    for name in names.intersection(sys.modules).difference(sys.builtin_module_names, {"os"}):
        del sys.modules[name]


def serve(channel, entry, *, verbs):
    """Serve one channel; ``entry`` is the module that questions without a module are about.

    None: no module of the candidate's is ever found, though the workspace has one of a name that we import.
    ``verbs`` are functions of ours, asked by name.
    """
    sys.dont_write_bytecode = True
    if entry is not None:
        sys.path.insert(0, os.getcwd())
        give_way()
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    Worker(channel, entry, verbs).serve()
