"""``codestone`` alone: what is on this machine, and the next three commands. Plain text in a pipe."""

from __future__ import annotations

import shutil
from textwrap import wrap
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codestone.engine.first_screen.earlier import Earlier
    from codestone.engine.first_screen.here import Here
    from codestone.engine.first_screen.memory_holders import Card, Holder
    from codestone.engine.first_screen.next_steps import Next, Step
    from codestone.engine.first_screen.serving_now import Model
    from codestone.sandbox import Description

_LABEL = 10
_NARROW, _WIDE = 80, 100
_MODELS = 5
_NOT_IN_FORCE = ("not ", "unfiltered")
"""How a box says of a limit that it has none."""


def show() -> None:
    """Look, and print what was seen."""
    from codestone.engine.first_screen.here import here
    from codestone.engine.first_screen.next_steps import next_steps, run_seconds

    width = min(_WIDE, max(_NARROW, shutil.get_terminal_size((_NARROW, 24)).columns))
    found = here()
    for line in lines(found, next_steps(found, run_seconds, which=shutil.which), width=width):
        click.echo(line)


def lines(found: Here, following: Next, *, width: int = _NARROW) -> Iterator[str]:
    """Yield the lines of the screen; commands are whole, however long they are."""
    yield click.style("Here", bold=True)
    for label, text in (*_machine(found), *_ours(found)):
        yield from _row(label, text, width)
    yield ""
    yield click.style("Servers", bold=True)
    yield from _servers(found, width)
    yield ""
    yield click.style("Next", bold=True)
    yield from _indented(following.situation, 2, width)
    for number, step in enumerate(following.steps, 1):
        yield from _step(number, step, width)
    yield "  Times are without loading a model and without what a network takes."


def _machine(found: Here) -> Iterator[tuple[str, str]]:
    gone = found.unknown
    if found.cards is None:
        yield "GPU", f"not known: {gone['gpu']}"
    elif not found.cards:
        yield "GPU", "none that nvidia-smi could tell of"
    for card in found.cards or ():
        yield "GPU", _card(card, gone.get("gpu holders", ""))
    if found.memory is None:
        yield "memory", f"not known: {gone['memory']}"
    else:
        sizes = f"{_size(found.memory.total_bytes)}, {_size(found.memory.available_bytes)} available"
        most = f"; most have {_holders(found.largest)}" if found.largest else ""
        late = f"; by whom is not known: {gone['programs']}" if "programs" in gone else ""
        yield "memory", f"{sizes}{most}{late}"


def _card(card: Card, holders_unknown: str) -> str:
    if card.shared:
        limit = f", at most {_size(card.total_bytes)} for the GPU" if card.total_bytes else ""
        return f"{card.name}, shares the machine's memory{limit}"
    used = f"{_size(card.used_bytes)} of {_size(card.total_bytes)} taken"
    if holders_unknown:
        return f"{card.name}, {used}; by whom is not known: {holders_unknown}"
    who = f" by {_holders(card.holders)}" if card.holders else ""
    return f"{card.name}, {used}{who}"


def _holders(holders: Sequence[Holder]) -> str:
    return ", ".join(f"{who.name} ({_size(who.size_bytes)}, pid {who.pid})" for who in holders)


def _ours(found: Here) -> Iterator[tuple[str, str]]:
    """Yield what Codestone itself needs: box, embedded model; and model files."""
    gone = found.unknown
    if found.box is None:
        late = "box" in found.late
        yield "box", f"not known: {gone['box']}; codestone doctor" if late else f"none: {_first(gone['box'])}"
    else:
        yield "box", _box(found.box)
    if found.embedded_installed and found.embedded_cached:
        yield "embedded", "ready (a tiny model that shows the path)"
    elif found.embedded_installed:
        yield "embedded", "not fetched: codestone doctor --prepare embedded"
    else:
        yield "embedded", "not installed: pip install 'codestone[embedded]'"
    if found.files is None:
        yield "files", f"not looked for: {gone['files']}"
    else:
        yield "files", _files(found)
    if "earlier runs" in gone:
        yield "runs", f"not known: {gone['earlier runs']}"


def _box(box: Description) -> str:
    """Return what the box is made of, and of which limits it has none."""
    free = [name for name, how in box.in_force.items() if how.startswith(_NOT_IN_FORCE)]
    held = [name for name in box.in_force if name not in free]
    none = f"; not limited: {', '.join(free)}" if free else ""
    return f"{box}; in force: {', '.join(held)}{none}"


def _files(found: Here) -> str:
    assert found.files is not None
    files = found.files.files
    by_place: dict[str, int] = {}
    for file in files:
        by_place[file.place] = by_place.get(file.place, 0) + 1
    places = ", ".join(f"{place} {count}" for place, count in by_place.items())
    more = "" if found.files.whole else "; the search was cut short"
    if not files:
        return f"no GGUF file in the usual places{more}"
    named = ", ".join(f"{file.name} ({_size(file.size_bytes)})" for file in files[:3])
    rest = ", …" if len(files) > 3 else ""
    return f"{len(files)} GGUF ({places}): {named}{rest}{more}"


def _servers(found: Here, width: int) -> Iterator[str]:
    servers = found.servers
    shown = [server for server in servers if server.state != "other"]
    if not shown:
        yield "  none answers on the usual ports; elsewhere: codestone models --endpoint URL"
    for server in servers:
        if server.trouble:
            yield from _indented(f"{server.base_url}  {server.trouble}", 2, width)
            continue
        yield from _indented(" ".join(filter(None, (server.base_url, server.kind, server.build))), 2, width)
        for model in server.models[:_MODELS]:
            yield from _model(model, found.earlier.get(model.id), width)
        if len(server.models) > _MODELS:
            yield f"    … and {len(server.models) - _MODELS} more: codestone models"
        if not server.models:
            yield "    no model that could chat"


def _model(model: Model, before: Earlier | None, width: int) -> Iterator[str]:
    loaded = {True: "loaded", False: "not loaded", None: ""}[model.loaded]
    if model.on_gpu is not None:
        loaded += f" ({round(model.on_gpu * 100)} % on the GPU)"
    told = [
        loaded,
        model.quant,
        _context(model),
        f"KV {model.kv_type}" if model.kv_type else "",
        f"draft: {model.draft}" if model.draft else "",
        {True: "can think", False: "does not think", None: ""}[model.thinking],
        {True: "takes tools", False: "takes no tools", None: ""}[model.tools],
    ]
    fields = {
        "context": model.context,
        "KV type": model.kv_type,
        "draft": model.draft,
        "thinking": model.thinking is not None,
        "tools": model.tools is not None,
    }
    untold = [name for name, known in fields.items() if not known]
    text = ", ".join(filter(None, told))
    more = f"not told: {', '.join(untold)}" if untold and model.loaded is not False else ""
    checked = _checked(before) if before or model.loaded is not False else ""
    words = "; ".join(filter(None, (text, more, checked)))
    yield from _indented(f"{model.id}  {words}", 4, width)


def _checked(before: Earlier | None) -> str:
    """Return what the last check of a model of that id found, of what most goes wrong."""
    states = {name: before.state(name) for name in ("thinking", "tool-call", "context")} if before else {}
    if before is None or not any(states.values()):
        return "not checked: codestone models --check"
    found = ", ".join(f"{name} {state}" for name, state in states.items() if state)
    return f"checked for runs/{before.run}: {found}"


def _context(model: Model) -> str:
    if model.context is None:
        return f"trained for {model.context_trained:,} tokens" if model.context_trained else ""
    trained = model.context_trained
    of = f" of {trained:,}" if trained and trained != model.context else ""
    return f"context {model.context:,}{of}"


def _step(number: int, step: Step, width: int) -> Iterator[str]:
    for place, line in enumerate(step.command.splitlines()):
        mark = f"{number}." if place == 0 else ""
        # what stands in a here-document has to begin where it does: it is copied from here
        yield f"  {mark:<3}{click.style(_plain(line), fg='cyan')}" if place == 0 else _plain(line)
    yield from _indented(f"{_duration(step)}: {step.tells}", 5, width)


def _duration(step: Step) -> str:
    from codestone.stats.forecast import Forecast, words

    if step.seconds is None:
        return "time not known"
    low, high = step.seconds
    if high <= 2:
        return "at once"
    return words(Forecast(low_s=low, likely_s=high, high_s=high))


def _row(label: str, text: str, width: int) -> Iterator[str]:
    first, *rest = wrap(_plain(text), width - _LABEL - 2, break_on_hyphens=False)
    yield f"  {click.style(f'{label:<{_LABEL}}', fg='bright_black')}{first}"
    yield from (f"  {'':{_LABEL}}{line}" for line in rest)


def _indented(text: str, indent: int, width: int) -> Iterator[str]:
    """Yield wrapped lines; those after the first are two further in. A long word is not cut."""
    yield from wrap(
        _plain(text), width, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _first(text: str) -> str:
    """Return the start of a fault that has several lines; the first may only say that there is one."""
    return ": ".join(text.splitlines()[:2])


def _size(size_bytes: int | None) -> str:
    if size_bytes is None:
        return "an unknown amount"
    gib = size_bytes / (1 << 30)
    return f"{gib:.1f} GiB" if gib >= 1 else f"{size_bytes / (1 << 20):.0f} MiB"


def _plain(text: str) -> str:
    """Escape what a terminal would act upon: servers, files and programs choose their names."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
