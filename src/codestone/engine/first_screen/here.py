"""What is on this machine now: memory and who holds it, servers and their models, box, model files.

Everything is asked at once, each in a thread of its own, and nobody is waited for longer than the bound;
what did not answer by then is named in ``unknown``. Nothing is started but small programs that tell facts,
and one box; no model is asked or loaded.
"""

import json
import queue
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from time import monotonic_ns
from typing import Any, Literal

from codestone import sandbox
from codestone.contestants.facts import told
from codestone.endpoint import embedded, weights
from codestone.endpoint.chat import Timeouts
from codestone.endpoint.client import Client
from codestone.endpoint.discover import DEFAULTS, inspect
from codestone.endpoint.url import Address, address
from codestone.engine.first_screen import memory_holders
from codestone.engine.first_screen.earlier import Earlier, earlier
from codestone.engine.first_screen.memory_holders import Card, Holder, Memory
from codestone.engine.first_screen.model_files import Files, model_files
from codestone.engine.first_screen.programs import Program, programs
from codestone.engine.first_screen.serving_now import Model, models_of
from codestone.errors import CodestoneError, EndpointError
from codestone.sandbox import Description

LIMIT_S = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What answers at one place; ``trouble`` is why its models are not known.

    ``state``: "up", "key" (it wants one), "loading", "silent", "other" (no API for models).
    """

    base_url: str
    kind: str = ""
    build: str = ""
    models: tuple[Model, ...] = ()
    trouble: str = ""
    state: Literal["up", "key", "loading", "silent", "other"] = "up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What was found within the bound; None is what is not known, and ``unknown`` says why, by its name."""

    cards: tuple[Card, ...] | None
    memory: Memory | None
    largest: tuple[Holder, ...]
    servers: tuple[Server, ...]
    box: Description | None
    files: Files | None
    embedded_installed: bool
    embedded_cached: bool
    earlier: Mapping[str, Earlier] = field(default_factory=dict)
    """What the last runs of the current folder know, by model id."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    late: frozenset[str] = frozenset()
    """Those of ``unknown`` that are only late: nothing is known to be wrong with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one part came to: its value, or why there is none."""

    value: Any = None
    fault: str = ""
    late: bool = False


def here(candidates: Sequence[str] = DEFAULTS, *, limit_s: float = LIMIT_S) -> Here:
    """Look at everything and return what was seen, ``limit_s`` seconds later at the latest."""
    heard: set[str] = set()
    parts: dict[str, Callable[[], object]] = {
        "programs": partial(programs, limit_s=limit_s),
        "gpu": partial(memory_holders.cards, limit_s=limit_s),
        "gpu holders": partial(memory_holders.apps, limit_s=limit_s),
        "memory": partial(memory_holders.memory, limit_s=limit_s),
        "box": sandbox.describe,
        "earlier runs": earlier,
        "files": partial(model_files, limit_s=limit_s * 0.8),
        **{url: partial(_server, url, limit_s, heard) for url in candidates},
    }
    found = together(parts, limit_s=limit_s)
    running: tuple[Program, ...] = found["programs"].value or ()
    cards, memory = found["gpu"].value, found["memory"].value
    holders = found["gpu holders"].value or {}
    by_pid = {program.pid: program for program in running}
    return Here(
        cards=None if cards is None else tuple(memory_holders.held(card, holders, by_pid) for card in cards),
        memory=memory,
        largest=memory_holders.largest(running, memory.total_bytes if memory else None),
        servers=_servers({url: found[url] for url in candidates}, heard),
        box=found["box"].value,
        files=found["files"].value,
        earlier=found["earlier runs"].value or {},
        embedded_installed=embedded.installed(),
        embedded_cached=weights.cached(),
        unknown={name: found[name].fault for name in _NAMED if found[name].fault},
        late=frozenset(name for name in _NAMED if found[name].late),
    )


_NAMED = ("programs", "gpu", "gpu holders", "memory", "box", "files", "earlier runs")


def together(parts: Mapping[str, Callable[[], object]], *, limit_s: float) -> dict[str, Answer]:
    """Call every part in a thread of its own; return what each came to within ``limit_s`` seconds.

    A part that is late goes on alone, and ends with the process at the latest.
    """
    late = Answer(fault=f"no answer within {limit_s:g} s", late=True)
    answers = dict.fromkeys(parts, late)
    done: queue.SimpleQueue[tuple[str, Answer]] = queue.SimpleQueue()
    deadline_ns = monotonic_ns() + int(limit_s * 1e9)
    for name, part in parts.items():
        threading.Thread(target=_answer, args=(name, part, done), daemon=True).start()
    for _ in parts:
        try:
            name, answer = done.get(timeout=max(0.0, (deadline_ns - monotonic_ns()) / 1e9))
        except queue.Empty:
            break
        answers[name] = answer
    return answers


def _answer(name: str, part: Callable[[], object], done: "queue.SimpleQueue[tuple[str, Answer]]") -> None:
    try:
        answer = Answer(value=part())
    except CodestoneError as error:
        answer = Answer(fault=error.message)
    except OSError as error:
        answer = Answer(fault=str(error))
    except Exception as error:  # noqa: BLE001 - one part's fault is said, and hides no other part
        answer = Answer(fault=f"{type(error).__name__}: {error}")
    done.put((name, answer))


def _servers(answers: Mapping[str, Answer], heard: Collection[str]) -> tuple[Server, ...]:
    """Return what answers, in the order of the ports, and whatever listens and does not answer.

    ``heard`` are those that took a connection.
    """
    return tuple(
        answer.value
        or Server(
            base_url=url,
            trouble=f"{'something listens there' if url in heard else 'not known'}: {answer.fault}",
            state="silent",
        )
        for url, answer in answers.items()
        if answer.value is not None or answer.fault
    )


def _server(url: str, limit_s: float, heard: set[str]) -> Server | None:
    """Return what answers at ``url``; None where nobody listens."""
    place = address(url)
    timeouts = Timeouts(connect_s=limit_s, first_s=limit_s, silence_s=limit_s, wall_s=limit_s)
    with Client(place, timeouts=timeouts) as client:
        try:
            client.warm()
        except EndpointError:
            return None
        client.close()  # a server with one thread would wait for it
        heard.add(url)
        try:
            found = inspect(url, limit_s=10 * limit_s)  # whoever is late is left behind, and said to be so
        except EndpointError as error:
            return _troubled(url, error)
        get, show = partial(_get, client), partial(_show, place, limit_s)
        models = models_of(found, get=get, show=show, running=_running(limit_s))
    builds = [str(build) for served in found.models if (build := told(served.meta).get("build"))]
    return Server(base_url=url, kind=found.server, build=builds[0] if builds else "", models=models)


def _troubled(url: str, error: EndpointError) -> Server:
    match error.status:
        case 401 | 403:
            return Server(base_url=url, trouble="wants an API key", state="key")
        case 503:
            return Server(base_url=url, trouble="still loads its model", state="loading")
        case None:
            return Server(base_url=url, trouble="listens, and breaks connections off", state="other")
        case status:
            words = f"HTTP {status} for its list of models: no OpenAI-compatible API"
            return Server(base_url=url, trouble=words, state="other")


def _running(limit_s: float) -> tuple[Program, ...]:
    try:
        return programs(limit_s=limit_s)
    except OSError:
        return ()


def _get(client: Client, path: str) -> tuple[int, object]:
    try:
        return client.get_json(path)
    except EndpointError:
        return 0, None


def _show(place: Address, limit_s: float, model: str) -> Mapping[str, Any]:
    """Return what Ollama tells of a model, which loads nothing; nothing where it does not answer."""
    connection = HTTPConnection(place.host, place.port, timeout=limit_s)
    try:
        connection.request("POST", place.path("/api/show"), json.dumps({"model": model}))
        told_of_it = json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError):
        return {}
    finally:
        connection.close()
    return told_of_it if isinstance(told_of_it, dict) else {}
