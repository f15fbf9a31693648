#!/usr/bin/env python3
"""Write the reference pages from the code: ``generate_docs.py [--check] [PAGE]…``.

With ``--check`` nothing is written; the exit code is 1 when a page is not what the code says.
"""

import argparse
import ast
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel, TypeAdapter

from codestone.suites.overlay import OverlaySpec
from codestone.task import Slug, SuiteSpec, TaskSpec

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
NOTE = "<!-- Written by scripts/generate_docs.py from the code; do not edit. -->"

INTRODUCTION = """\
An unknown key is an error. Values keep their TOML type: `"3"` is no number. `codestone tasks check` says what
is wrong, with file and line. JSON schemas for editors: [task.schema.json](task.schema.json),
[suite.schema.json](suite.schema.json)."""

GRADING = """\
What `tests/checks.py` of a task may import from `codestone.grading`. A check is a function named by its id
(hyphens become underscores); it is given the candidate, fresh for each check, asks it questions, and returns
a `Finding`:

```python
def sums(candidate: Candidate) -> Finding:
    \"\"\"Two numbers are added.\"\"\"
    return all_of(candidate.ask("add", a, b).gives(a + b) for a, b in ((1, 2), (-4, 9)))
```

It runs outside the box, and so do your callbacks; only values and handles cross
([the channel](channel.md)). An exception of the check itself is a fault of the task, not of the answer;
`CandidateFailed`, which a question raises when no usable answer comes, fails this one check. Durations
called `…_s` are seconds, instants called `…_ns` are `perf_counter_ns`; without a `limit_s` a question may
take what the check has left. How to use all this: [write a task](../how-to/write-a-task.md)."""

ENDINGS = """\
Why a trial stopped, whose doing it was, and what follows. Only the model's own doing makes a record and is
scored; everything else is an attempt in `attempts.jsonl`, with its evidence, and its trial stays pending.
*Graded* means that files that were left are graded; where there are none, or they are not graded, every check
fails unasked."""

ENDINGS_TOLD = """\
- **Looped** is found while the reply streams, in its content, thinking and tool calls apart: one unit of
  at most {unit:,} characters, {repeats} times and more in a row, for {words_alike:,} characters where it
  is made of words ({words_numbers:,} where only its numbers change), for {other_alike:,}
  ({other_numbers:,}) where it is code, markup or numbers. Files that were complete before the loop are
  graded, as `answered`.
- **Out of time** follows from the contestant's own speed: {slack:g} times the whole output budget at the
  tokens per second that were measured, on top of the wait for the first text; at least {least:g} minutes,
  at most {most:g} hours. Where nothing was measured yet a token a second is assumed. A slow machine is
  slow, not wrong.
- **Context overflow** and **load failed** are known by the words of llama-server, llama-swap, Ollama, LM
  Studio, vLLM, oMLX and CUDA. Other words are a `server-error`. `mlx_lm.server` says nothing of a prompt
  that is too long: it ends, which is a `stream-broken`.
- A **stream** without `finish_reason` and `[DONE]`, one that ends in `[DONE]` without having said
  anything, and one with a chunk that is no JSON (text may be missing) are broken, whatever of an answer
  had come. A reset after `finish_reason` is none: the answer was whole.
- **Empty** needs a `finish_reason`: the model itself ended without a word."""

RETRIES = {
    "never": "It was the model's answer; another would be another trial.",
    "wait": "The server is waited for within the run, a bounded time, and asked anew.",
    "once": "The trial is asked a second time at the end of its contestant's pass.",
    "resume": "Left for `--resume`: within the run it would only happen again.",
}

CONTESTANTS = """\
Who is measured: `codestone run --contestants FILE`. An unknown key is an error, and every fault is said with
file and line. How to use it: [contestants](../how-to/contestants.md). JSON schema for editors:
[contestants.schema.json](contestants.schema.json)."""

WAYS = """\
`thinking = "on"` and `"off"` are asked for as follows, by kind of server and by the model's id; the first row
that fits is taken. `[contestant.thinking_by]` replaces it. Whether a model really thinks is seen in its
replies, and stands in the report."""

PRESETS = """\
`sampling = "preset:NAME"` sends these; a `[[preset]]` of the same name in your file takes its place."""

GROUPS = {
    "What a check returns": ("Finding", "ok", "fail", "all_of", "NotMeasured"),
    "The candidate, and what it answers": ("Candidate", "Answer", "Pending", "Handle", "CandidateFailed"),
    "What is ours: functions, elements, large inputs": ("Callback", "Call", "Throw", "Element", "Recipe"),
    "Commands and files": ("Ran", "Command", "Entry"),
    "Servers": ("Http", "Response"),
}
MADE = ("Recipe", "Throw")
"""Classes that a check makes itself; all others are handed to it."""
INNER = {
    "Candidate": ("question", "pending", "handle", "answered", "taken", "reply", "close"),
    "Handle": ("candidate", "number"),
    "Pending": ("candidate", "number"),
    "Callback": ("candidate", "returns", "kind"),
    "Call": ("identity",),
    "Command": ("shell", "number", "limit_s"),
    "Http": ("relay", "port", "left_s"),
}
"""Public between our own modules, and no business of a check."""

SLUG = TypeAdapter(Slug).json_schema()["pattern"]

Schema = dict[str, Any]


def task_toml() -> str:
    """Return the page on the three TOML files of a suite."""
    parts = [
        "# task.toml, suite.toml, overlay.toml",
        NOTE,
        INTRODUCTION,
        "## task.toml",
        *_sections(TaskSpec),
        "## suite.toml",
        *_sections(SuiteSpec),
        "## overlay.toml",
        "At the top of `solution/`, of a mutant or of an accepted answer; it is not copied itself.",
        *_sections(OverlaySpec),
    ]
    return "\n\n".join(parts) + "\n"


def json_schema(model: type[BaseModel]) -> str:
    """Return the JSON schema of one file, for editors."""
    return json.dumps({"$schema": DIALECT, **model.model_json_schema()}, indent=2) + "\n"


def cli() -> str:
    """Return the page on every command."""
    from codestone.cli.main import cli as group  # noqa: PLC0415  the other pages do without it

    pages = "\n\n".join(_commands(group, "codestone", None))
    return f"# Command line\n\n{NOTE}\n\n{pages}\n"


def grading() -> str:
    """Return the page on every public name of ``codestone.grading``."""
    from codestone import grading as module  # noqa: PLC0415  the other pages do without it

    grouped = [name for names in GROUPS.values() for name in names]
    others = tuple(name for name in module.__all__ if name not in grouped)
    parts = ["# codestone.grading", NOTE, GRADING]
    for title, names in {**GROUPS, **({"Others": others} if others else {})}.items():
        parts += [f"## {title}", *(_documented(name, getattr(module, name)) for name in names)]
    return "\n\n".join(parts) + "\n"


def endings() -> str:
    """Return the page on every ending: the table that the engine works by."""
    from codestone.endpoint import repetition  # noqa: PLC0415  the other pages do without them
    from codestone.engine import time_limit  # noqa: PLC0415
    from codestone.trial import Doing, Ending, Retry  # noqa: PLC0415

    whose = {
        Doing.MODEL: "the model's",
        Doing.SERVER: "the server's",
        Doing.OURS: "ours",
        Doing.USER: "the user's",
    }
    rows = []
    for each in Ending:
        graded = "yes" if each.graded else "no"
        rows.append(f"| `{each}` | {each.words} | {whose[each.doing]} | {each.retry} | {graded} |")
    head = "| ending | cause | whose doing | asked again | graded |\n|---|---|---|---|---|"
    retries = [f"- *{retry}*: {RETRIES[retry]}" for retry in Retry]
    told = ENDINGS_TOLD.format(
        unit=repetition.UNIT,
        repeats=repetition.REPEATS,
        words_alike=repetition.LIMITS[True, False],
        words_numbers=repetition.LIMITS[True, True],
        other_alike=repetition.LIMITS[False, False],
        other_numbers=repetition.LIMITS[False, True],
        slack=time_limit.SLACK,
        least=time_limit.WALL_FLOOR_S / 60,
        most=time_limit.WALL_CEILING_S / 3600,
    )
    parts = ["# Endings", NOTE, ENDINGS, "\n".join([head, *rows]), "\n".join(retries)]
    parts += ["## How they are told apart", told]
    return "\n\n".join(parts) + "\n"


def contestants_toml() -> str:
    """Return the page on contestants.toml, and on what is known of servers and models."""
    from codestone.contestants.known import known  # noqa: PLC0415
    from codestone.contestants.spec import ContestantsSpec  # noqa: PLC0415  the other pages do without it

    ways = ["| servers | models | off | on |", "|---|---|---|---|"]
    for way in known().way:
        off, on = (_sent(each.prefix, each.request) for each in (way.off, way.on))
        note = f" ({way.note})" if way.note else ""
        ways.append(f"| {_spans(way.servers)} | {_spans(way.models)} | {off}{note} | {on} |")
    presets = ["| name | sent |", "|---|---|"]
    for preset in known().preset:
        request = preset.sampling("").request
        presets.append(f"| `{preset.name}` | {_sent('', request)}{', a seed' if preset.seeded else ''} |")
    parts = ["# contestants.toml", NOTE, CONTESTANTS, *_sections(ContestantsSpec)]
    parts += ["## Known ways to think or not", WAYS, "\n".join(ways)]
    parts += ["## Shipped presets", PRESETS, "\n".join(presets)]
    return "\n\n".join(parts) + "\n"


def contestants_schema() -> str:
    """Return the JSON schema of contestants.toml."""
    from codestone.contestants.spec import ContestantsSpec  # noqa: PLC0415  the other pages do without it

    return json_schema(ContestantsSpec)


def _sent(prefix: str, request: dict[str, Any]) -> str:
    said = [f"`{name} = {json.dumps(value)}`" for name, value in request.items()]
    return ", ".join([*said, *([f"prefix `{prefix}`"] if prefix else [])])


def _spans(patterns: tuple[str, ...]) -> str:
    return ", ".join(f"`{pattern}`" for pattern in patterns)


PAGES: dict[str, Callable[[], str]] = {
    "task-toml.md": task_toml,
    "task.schema.json": lambda: json_schema(TaskSpec),
    "suite.schema.json": lambda: json_schema(SuiteSpec),
    "cli.md": cli,
    "grading.md": grading,
    "endings.md": endings,
    "contestants-toml.md": contestants_toml,
    "contestants.schema.json": contestants_schema,
}


def _sections(model: type[BaseModel]) -> Iterator[str]:
    """Yield the table of the file's own keys, then one for each of its tables, theirs included."""
    schema = model.model_json_schema()
    yield from _tables(schema, schema, around="")


def _tables(table: Schema, whole: Schema, *, around: str) -> Iterator[str]:
    """Yield the keys of one table, then the tables within it; ``around`` is its name with a dot."""
    tables = {name: inner for name, part in table["properties"].items() if (inner := _inner(part, whole))}
    own = {name: part for name, part in table["properties"].items() if name not in tables}
    yield _table(table | {"properties": own}, whole)
    for name, inner in tables.items():
        part, path = table["properties"][name], f"{around}{name}"
        need = "needed" if name in table.get("required", ()) else "may be left out"
        yield f"### {f'`[[{path}]]`' if part.get('type') == 'array' else f'`[{path}]`'}: {need}"
        yield " ".join(part.get("description", inner["description"]).split())
        yield from _tables(inner, whole, around=f"{path}.")


def _inner(part: Schema, whole: Schema) -> Schema | None:
    """Return the schema of a table or of an array's tables; None where the value is plain."""
    part = part.get("items", part)
    part = next((option for option in part.get("anyOf", ()) if "$ref" in option), part)
    found = whole.get("$defs", {}).get(part.get("$ref", "").rpartition("/")[2])
    return found if found and found["type"] == "object" else None


def _table(table: Schema, whole: Schema) -> str:
    rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for name, part in table["properties"].items():
        default = "needed" if name in table.get("required", ()) else _default(part.get("default"))
        cells = (f"`{name}`", _type(part, whole), default, part.get("description", ""))
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows)


def _default(value: object) -> str:
    return "none" if value is None else f"`{json.dumps(value)}`"


def _type(part: Schema, whole: Schema) -> str:
    """Say a type and its bounds in words."""
    if "$ref" in part:
        part = whole["$defs"][part["$ref"].rpartition("/")[2]]
    if "anyOf" in part:
        options = [option for option in part["anyOf"] if option.get("type") != "null"]
        return " or ".join(_type(option, whole) for option in options)
    if "const" in part:
        return f"`{json.dumps(part['const'])}`"
    if "enum" in part:
        return "one of " + ", ".join(f"`{json.dumps(value)}`" for value in part["enum"])
    if part["type"] == "object":
        values = part["additionalProperties"]
        return "table" if values is True else f"table of {_type(values, whole)}"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    if part.get("pattern") == SLUG:
        return "words with hyphens"
    if part["type"] == "array":
        least = ", not empty" if part.get("minItems") else ""
        return f"list of {_type(part['items'], whole)}{least}"
    return words[part["type"]] + _bounds(part)


def _bounds(part: Schema) -> str:
    bounds = [
        f"{sign} {part[key]:g}" for key, sign in (("exclusiveMinimum", ">"), ("minimum", "≥")) if key in part
    ]
    if "pattern" in part and part["pattern"] != r"^[^\n]*$":
        bounds.append(f"matches `{part['pattern']}`")
    if "maxLength" in part:
        bounds.append(f"at most {part['maxLength']} characters")
    return "".join(f", {bound}" for bound in bounds)


def _documented(name: str, what: Any) -> str:
    """Return one name's section: a function, or a class with its attributes and methods."""
    if not inspect.isclass(what):
        return f"### `{name}{_signature(what)}`\n\n{_words(what)}"
    made = _signature(what) if name in MADE else ""
    members = [*_attributes(what), *_methods(what)]
    bare = ", ".join(f"`{member}`" for member, meaning in members if not meaning)
    rows = [f"| `{_cell(member)}` | {_cell(meaning)} |" for member, meaning in members if meaning]
    table = "\n".join(["| | |", "|---|---|", *rows]) if rows else ""
    parts = (f"### `{name}{made}`", _words(what), f"Has {bare}." if bare else "", table)
    return "\n\n".join(part for part in parts if part)


def _cell(text: str) -> str:
    return text.replace("|", chr(92) + "|")


def _attributes(kind: type) -> Iterator[tuple[str, str]]:
    """Yield fields of a dataclass, and what ``__init__`` annotates and describes in a string below."""
    inner = INNER.get(kind.__name__, ())
    if is_dataclass(kind):
        for name, annotation in inspect.get_annotations(kind).items():
            if not name.startswith("_") and name not in inner and kind.__name__ not in MADE:
                yield f"{name}: {_type_name(annotation)}", ""
        return
    if "__init__" not in vars(kind):
        return
    body = ast.parse(textwrap.dedent(inspect.getsource(vars(kind)["__init__"]))).body[0]
    assert isinstance(body, ast.FunctionDef), f"{kind} has an odd __init__"
    for line, below in zip(body.body, body.body[1:], strict=False):
        match line, below:
            case (
                ast.AnnAssign(target=ast.Attribute(attr=name), annotation=annotation),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                yield f"{name}: {ast.unparse(annotation)}", " ".join(words.split())


def _methods(kind: type) -> Iterator[tuple[str, str]]:
    for name, member in vars(kind).items():
        if name.startswith("_") or name in INNER.get(kind.__name__, ()):
            continue
        if isinstance(member, property):
            returned = inspect.signature(member.fget, eval_str=False).return_annotation  # type: ignore[arg-type]
            yield f"{name}: {_type_name(returned)}", _words(member)
        elif inspect.isfunction(member):
            yield f"{name}{_signature(member)}", _words(member)


def _signature(what: Any) -> str:
    """Return the signature as a caller writes it: without self, without quotes and packages."""
    signature = inspect.signature(what)
    given = [each for name, each in signature.parameters.items() if name != "self"]
    if inspect.isclass(what):
        signature = signature.replace(return_annotation=inspect.Signature.empty)
    return _short(str(signature.replace(parameters=given)))


def _type_name(annotation: Any) -> str:
    return _short(inspect.formatannotation(annotation))


def _short(text: str) -> str:
    """Take out the modules in which types live, and quotes around names of types."""
    text = re.sub(r"\b(?:codestone|collections|typing|random|socket)(?:\.[a-z_]+)*\.(?=\w)", "", text)
    return re.sub(r"(?<=[:>] )'([A-Z]\w+)'", r"\1", text)


def _words(what: Any) -> str:
    """Return the docstring in one line a paragraph."""
    text = inspect.getdoc(what)
    assert text, f"{what} has no docstring"
    return " ".join(text.split()).replace("``", "`")


def _commands(command: click.Command, path: str, parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent, terminal_width=100)
    yield f"## `{path}`"
    yield f"```text\n{command.get_help(context).rstrip()}\n```"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None, f"{path} lists {name} and has no such command"
            yield from _commands(inner, f"{path} {name}", context)


def main() -> int:
    """Write or check the pages; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when a page is out of date"
    )
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=f"of {', '.join(PAGES)}; all by default")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.pages) - set(PAGES))
    if unknown:
        parser.error(f"no page is called {', '.join(unknown)}")
    stale = []
    for name in arguments.pages or PAGES:
        text, file = PAGES[name](), REFERENCE / name
        if file.exists() and file.read_text("utf-8") == text:
            continue
        stale.append(name)
        if not arguments.check:
            REFERENCE.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
    if stale:
        verb = "out of date" if arguments.check else "wrote"
        print(f"{verb}: {', '.join(stale)}")
    return 1 if arguments.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
