#!/usr/bin/env python3
"""Write the reference pages from the code: ``generate_docs.py [--check] [PAGE]…``.

With ``--check`` nothing is written; the exit code is 1 when a page is not what the code says.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
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


PAGES: dict[str, Callable[[], str]] = {
    "task-toml.md": task_toml,
    "task.schema.json": lambda: json_schema(TaskSpec),
    "suite.schema.json": lambda: json_schema(SuiteSpec),
    "cli.md": cli,
}


def _sections(model: type[BaseModel]) -> Iterator[str]:
    """Yield the table of the file's own keys, then one for each of its tables."""
    schema = model.model_json_schema()
    own = {name: part for name, part in schema["properties"].items() if _inner(part, schema) is None}
    yield _table(schema | {"properties": own}, schema)
    for name, part in schema["properties"].items():
        inner = _inner(part, schema)
        if inner is not None:
            many = part.get("type") == "array"
            need = "needed" if name in schema["required"] else "may be left out"
            yield f"### {f'`[[{name}]]`' if many else f'`[{name}]`'}: {need}"
            yield " ".join(part.get("description", inner["description"]).split())
            yield _table(inner, schema)


def _inner(part: Schema, whole: Schema) -> Schema | None:
    """Return the schema of a table or of an array's tables; None where the value is plain."""
    part = part.get("items", part)
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
        part = next(option for option in part["anyOf"] if option.get("type") != "null")
    if "const" in part:
        return f"`{json.dumps(part['const'])}`"
    if "enum" in part:
        return "one of " + ", ".join(f"`{json.dumps(value)}`" for value in part["enum"])
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
