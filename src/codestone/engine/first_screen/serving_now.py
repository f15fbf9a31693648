"""What each model of a server is at this moment, as far as the server tells: no model is asked anything.

Read are the lists and properties of the servers' own APIs, and the command line of a server on this
machine (KV type, draft model). A model that is not loaded stays so. Written to what llama-server says, which
is tried in the tests with the embedded one, and to the documentation of the others.
"""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from codestone.contestants.facts import told
from codestone.contestants.known import server_of, told_by_flags
from codestone.endpoint.discover import Found, Served
from codestone.engine.first_screen.programs import Program

Get = Callable[[str], tuple[int, object]]
Show = Callable[[str], Mapping[str, Any]]
"""Model id -> what Ollama's ``POST /api/show`` tells of it; nothing where it does not answer."""

_THINKS = re.compile(r"<think>|enable_thinking|reasoning_content|reasoning_effort|thinking_budget")
_QUANT = re.compile(r"(?i)(?<![a-z])(i?q\d(?:_[a-z0-9]+)*|bf16|f16|mxfp4|nvfp4)(?![a-z0-9])")
_PORTS = {"llama-server": "8080", "vllm": "8000"}
"""Where they listen when they are told nothing."""
_SHOWN = 4
"""Models of an Ollama that are looked at closely: those that are loaded come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model as it is served; None and "" are what nobody told.

    ``context`` is what one request may use, in tokens. ``thinking`` and ``tools`` tell whether the chat
    template or the server's list has them, which is no proof that they work.
    """

    id: str
    loaded: bool | None = None
    context: int | None = None
    context_trained: int | None = None
    quant: str = ""
    kv_type: str = ""
    draft: str = ""
    thinking: bool | None = None
    tools: bool | None = None
    on_gpu: float | None = None


def models_of(found: Found, *, get: Get, show: Show, running: Sequence[Program]) -> tuple[Model, ...]:
    """Return the models that can chat, those that are loaded first."""
    flags = told_by_flags(found.server, argv) if (argv := command_of(found, running)) else {}
    match found.server:
        case "llama-server" if any(served.meta.get("router") for served in found.models):
            models = list(_router(found, get))
        case "llama-server" | "embedded":
            models = [_llama(served, _object(get("/props")), flags, loaded=True) for served in found.models]
        case "llama-swap":
            models = list(_swap(found, get))
        case "ollama":
            models = list(_ollama(found, show))
        case "lm-studio":
            models = list(_lm_studio(found))
        case kind:
            up = True if kind in {"vllm", "scripted"} else None
            models = [_model(served, flags, loaded=up) for served in found.models]
    return tuple(sorted(models, key=lambda model: not model.loaded))


def command_of(found: Found, running: Sequence[Program]) -> tuple[str, ...]:
    """Return the command of the server at that port of this machine; () where that is not certain.

    It has to be the only one with the port, and to have the model file that the server names.
    """
    port = str(urlsplit(found.base_url).port)
    fitting = [
        program.argv
        for program in running
        if server_of([program.name]) == found.server and _port(program) == port
    ]
    if len(fitting) != 1:
        return ()
    file = str(told_by_flags(found.server, fitting[0]).get("file", ""))
    named = {str(served.meta["model_path"]) for served in found.models if "model_path" in served.meta}
    return fitting[0] if not (file and named) or _last(file) in map(_last, named) else ()


def _port(program: Program) -> str:
    for word, following in zip(program.argv, (*program.argv[1:], ""), strict=True):
        name, _, value = word.partition("=")
        if name == "--port":
            return value or following
    return _PORTS.get(server_of([program.name]), "")


def _last(path: str) -> str:
    return re.split(r"[/\\]", path)[-1]


def _model(served: Served, flags: Mapping[str, object], *, loaded: bool | None, **known: Any) -> Model:
    """Return a model by the facts that every kind of server may tell, and what is ``known`` beside them."""
    facts = {**flags, **told(served.meta)}
    words = " ".join(str(facts.get(name, "")) for name in ("file", "model_name"))
    quant = str(facts.get("quant", "")) or _quant_in(words) or _quant_in(served.id)
    usual = {
        "context": _count(facts.get("context_per_slot", facts.get("context_served"))),
        "context_trained": _count(facts.get("context_trained")),
        "quant": quant,
        "kv_type": str(facts.get("kv_cache_type", "")),
        "draft": _last(str(facts.get("draft", ""))),
    }
    return Model(id=served.id, loaded=loaded, **{**usual, **known})


def _llama(
    served: Served, props: Mapping[str, Any], flags: Mapping[str, object], *, loaded: bool | None
) -> Model:
    """Return a model of llama.cpp by its /props as well, where it has any."""
    known: dict[str, Any] = {}
    caps = _mapping(props.get("chat_template_caps"))
    if (template := props.get("chat_template")) is not None:
        keeps = caps.get("supports_preserve_reasoning") or caps.get("supports_reasoning_effort")
        known["thinking"] = bool(keeps or _THINKS.search(str(template)))
    if "supports_tools" in caps:
        known["tools"] = bool(caps["supports_tools"])
    settings = _mapping(props.get("default_generation_settings"))
    if n_ctx := _count(settings.get("n_ctx")):
        known["context"] = n_ctx
    if draft := _draft(settings, flags):
        known["draft"] = draft
    if props.get("is_sleeping"):
        loaded = False
    return _model(served, flags, loaded=loaded, **known)


def _draft(settings: Mapping[str, Any], flags: Mapping[str, object]) -> str:
    """Return how tokens are drafted: a model's file, MTP …; "none", or "" where it is not told."""
    if file := flags.get("draft"):
        return _last(str(file))
    types = _mapping(settings.get("params")).get("speculative.types")
    if isinstance(types, str) and types:
        return types
    on = settings.get("speculative")
    return "" if on is None else "on" if on else "none"


def _router(found: Found, get: Get) -> Iterator[Model]:
    """Yield the models of a router: what it would start each with, and /props of those that run."""
    status = _mapping(found.now.get("status"))
    for served in found.models:
        state = _mapping(status.get(served.id))
        args = [word for word in _list(state.get("args")) if isinstance(word, str)]
        loaded = state.get("value") == "loaded"
        asked = f"/props?model={quote(served.id, safe='')}&autoload=false"
        props = _object(get(asked)) if loaded else {}
        yield _llama(served, props, told_by_flags("llama-server", args), loaded=loaded)


def _swap(found: Found, get: Get) -> Iterator[Model]:
    """Yield the models of llama-swap: the command and /props of those that run."""
    running = {str(each.get("model")): each for each in _objects(found.now.get("running"))}
    for served in found.models:
        each = running.get(served.id, {})
        loaded = each.get("state") == "ready"
        argv = _words(str(each.get("cmd", "")))
        flags = told_by_flags(server_of(argv), argv) if argv else {}
        props = _object(get(f"/upstream/{quote(served.id)}/props")) if loaded else {}
        yield _llama(served, props, flags, loaded=loaded)


def _ollama(found: Found, show: Show) -> Iterator[Model]:
    """Yield the models of Ollama; a closer look, which loads nothing, at few of them."""
    loaded = {str(each.get("model", each.get("name"))): each for each in _objects(found.now.get("models"))}
    ranked = sorted(found.models, key=lambda served: served.id not in loaded)
    for place, served in enumerate(ranked):
        more = _mapping(show(served.id)) if place < _SHOWN else {}
        abilities = more.get("capabilities")
        known: dict[str, Any] = {}
        if isinstance(abilities, list):
            if "completion" not in abilities:
                continue  # embeddings
            known = {"thinking": "thinking" in abilities, "tools": "tools" in abilities}
        lengths = [v for k, v in _mapping(more.get("model_info")).items() if k.endswith(".context_length")]
        now = loaded.get(served.id, {})
        whole, gpu = _count(now.get("size")), now.get("size_vram")
        yield _model(
            served,
            {},
            loaded=served.id in loaded,
            context=_count(now.get("context_length")),
            context_trained=_count(lengths[0]) if lengths else None,
            on_gpu=gpu / whole if whole and isinstance(gpu, int) else None,
            **known,
        )


def _lm_studio(found: Found) -> Iterator[Model]:
    """Yield the models of LM Studio that can chat."""
    entries = {str(each.get("id")): each for each in _objects(found.now.get("models"))}
    for served in found.models:
        entry = entries.get(served.id, {})
        if entry.get("type", "llm") not in {"llm", "vlm"}:
            continue
        abilities = entry.get("capabilities")
        yield _model(
            served,
            {},
            loaded=entry.get("state") == "loaded",
            context=_count(entry.get("loaded_context_length")),
            tools="tool_use" in abilities if isinstance(abilities, list) else None,
        )


def _quant_in(name: str) -> str:
    found = _QUANT.search(name)
    return found[1].upper() if found else ""


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _object(answer: tuple[int, object]) -> Mapping[str, Any]:
    status, body = answer
    return _mapping(body) if status == 200 else {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
