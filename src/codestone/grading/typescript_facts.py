"""What the compiler and a clone detector find in an answer in TypeScript, next to the original.

They run in a box of their own, in which nothing of the candidate's is executed: what they say is evidence.
The answer only comes there as text. One box tells everything; checks that ask again about the same texts are
told the same facts.
"""

import json
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Lock, Thread

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from codestone.errors import SandboxError
from codestone.grading.channel import CandidateFailed
from codestone.grading.findings import one_line
from codestone.languages import WORKER_FOLDER, WORKERS, javascript, typescript
from codestone.sandbox import Backend, BoxLimits, BoxRun, BoxSpec, Mount, run_in_box, without_box
from codestone.sandbox import backend as found_backend

SIZE_LIMIT = 256 << 10
"""Characters of an answer; what is longer is refused unread."""

LIMITS = BoxLimits(wall_s=90, cpu_s=90, memory_bytes=1 << 30, output_bytes=4 << 20)
_HEAP_MB = 768
_KEPT = 4
"""Answers whose facts are remembered: one grading asks about one."""

_READY = b"ready"


_TOLD = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True, kw_only=True, config=_TOLD)
class Measure:
    """The size of one exported function, in nodes of the syntax tree.

    ``own``: of what declares it. ``nodes`` and ``paths`` (1, and 1 for each decision) are of the function and
    of all functions of the module that it calls, so that what was only moved away is still counted.
    """

    own: int
    nodes: int
    paths: int


@dataclass(frozen=True, slots=True, kw_only=True, config=_TOLD)
class Syntax:
    """What stands in a module: its size in nodes, and long ways of writing, for which there are shorter ones.

    ``concatenations``: texts put together with ``+``. ``index_loops``: loops that count to take the elements
    of something. ``long_defaults``: tests for null or undefined that do what ``??`` or ``?.`` does.
    """

    nodes: int
    concatenations: int
    index_loops: int
    long_defaults: int


@dataclass(frozen=True, slots=True, kw_only=True, config=_TOLD)
class TypeScriptFacts:
    """Facts about an answer, and where it says so about the original.

    ``errors``: what the compiler says under ``strict``. ``silenced``: where it is kept from looking (``any``,
    ``@ts-ignore`` …). ``exports`` and ``expected``: names that the answer and the original export.
    ``changed``: why an export's type is not what it was, by name; declarations are compared both ways.
    ``clones``: each two functions with at least 40 tokens alike, names and literals aside. ``functions``: the
    exported ones, by name: ``own`` nodes, and with all that they call ``nodes`` and ``paths``. ``syntax``:
    ``nodes`` of the module, and how many ``concatenations`` (texts put together with ``+``), ``index_loops``
    (loops that count to take elements) and ``long_defaults`` (what ``??`` and ``?.`` do, by hand) it has.
    """

    errors: tuple[str, ...]
    silenced: tuple[str, ...]
    exports: tuple[str, ...]
    expected: tuple[str, ...]
    changed: dict[str, str]
    clones: tuple[tuple[str, str], ...]
    functions: dict[str, Measure]
    functions_were: dict[str, Measure]
    syntax: Syntax
    syntax_was: Syntax


@dataclass(frozen=True, slots=True)
class _Texts:
    entry: str
    answer: tuple[tuple[str, str], ...]
    original: tuple[tuple[str, str], ...]


_facts: dict[_Texts, Future[TypeScriptFacts]] = {}
_lock = Lock()


def typescript_facts(
    source: Mapping[str, str], original: Mapping[str, str], *, entry: str, backend: Backend | None = None
) -> TypeScriptFacts:
    """Return the facts about the module ``entry``; both mappings give the text of files by path.

    Raises CandidateFailed where the answer is too long or the compiler gives up on it, SandboxError or
    ToolchainMissing where it is not the answer's doing.
    """
    texts = _Texts(entry, _typescript(source), _typescript(original))
    future, is_new = _remembered(texts)
    if is_new:
        _settle(future, texts, backend)
    return future.result()


def begin_typescript_facts(
    source: Mapping[str, str], original: Mapping[str, str], *, entry: str, backend: Backend | None = None
) -> None:
    """Begin to find the facts while other checks are asked; what goes wrong is told to who asks for them."""
    texts = _Texts(entry, _typescript(source), _typescript(original))
    future, is_new = _remembered(texts)
    if is_new:
        Thread(target=_settle, args=(future, texts, backend), daemon=True, name="typescript-facts").start()


def _remembered(texts: _Texts) -> tuple[Future[TypeScriptFacts], bool]:
    """Return what was, is being or is to be found about these texts; and whether it is to be found now."""
    with _lock:
        known = _facts.pop(texts, None)
        future = _facts[texts] = known or Future()  # last again: the first is forgotten first
        while len(_facts) > _KEPT:
            del _facts[next(iter(_facts))]
    return future, known is None


def _settle(future: Future[TypeScriptFacts], texts: _Texts, backend: Backend | None) -> None:
    try:
        future.set_result(_found(texts, backend))
    except BaseException as error:  # noqa: BLE001 - raised where the facts are asked for
        if not isinstance(error, CandidateFailed):
            with _lock:
                _facts.pop(texts, None)  # another time they may be had
        future.set_exception(error)


def _typescript(files: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    named = sorted(name for name in files if name.endswith((".ts", ".tsx")) and not name.endswith(".d.ts"))
    return tuple((name, files[name]) for name in named)


def _found(texts: _Texts, backend: Backend | None) -> TypeScriptFacts:
    size = sum(len(text) for _, text in texts.answer)
    if size > SIZE_LIMIT:
        raise CandidateFailed(f"its TypeScript has {size} characters; {SIZE_LIMIT} are read")
    question = {"entry": texts.entry, "original": dict(texts.original), "answer": dict(texts.answer)}
    ran = run_in_box(_spec(), json.dumps(question).encode(), backend=backend or _backend())
    ready, _, told = ran.stdout.partition(b"\n")
    if ready != _READY:
        raise SandboxError(f"the compiler gave up before it saw an answer ({_why(ran)})")
    if ran.end.returncode or ran.end.limit or not told:
        raise CandidateFailed(f"the compiler gave up on it ({_why(ran)})")
    try:
        return TypeAdapter(TypeScriptFacts).validate_json(told)
    except ValidationError as error:
        raise SandboxError(f"the compiler's facts cannot be read: {error}") from error


def _why(ran: BoxRun) -> str:
    lines = ran.stderr.decode(errors="replace").splitlines()
    errors = [line.strip() for line in lines if "Error:" in line or "FATAL" in line]
    said = errors[0] if errors else f"exit code {ran.end.returncode}"
    return f"limit: {ran.end.limit}" if ran.end.limit else one_line(said[:300])


def _spec() -> BoxSpec:
    node = javascript.runtime()
    modules = typescript.prepare().parent
    return BoxSpec(
        argv=(
            node.argv[0],
            f"--max-old-space-size={_HEAP_MB}",
            f"{WORKER_FOLDER}/typescript_facts.cjs",
            str(modules),
        ),
        mounts=(
            *(Mount.same(tree) for tree in (*node.trees, modules)),
            Mount(source=WORKERS, target=WORKER_FOLDER),
        ),
        limits=LIMITS,
    )


def _backend() -> Backend:
    """Return what makes boxes here; none is needed where the user took all walls away, as nothing is run."""
    try:
        return found_backend()
    except SandboxError:
        return without_box()
