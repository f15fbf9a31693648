"""``codestone doctor``: what works on this machine, and the remedy for what does not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codestone.engine.doctor import Finding

_SIGNS = {True: ("✓", "green"), False: ("✗", "red"), None: ("-", "dim")}


@click.command("doctor", short_help="Tell what works on this machine, with a remedy for each fault.")
@click.option(
    "--prepare",
    "what",
    metavar="WHAT",
    multiple=True,
    help="First fetch WHAT. Known: embedded, typescript, rust, go.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def command(what: tuple[str, ...], as_json: bool) -> None:
    """Try the toolchains, the box, the servers and the embedded model, and tell what was found.

    \b
    codestone doctor
    codestone doctor --prepare embedded     fetch the embedded model's weights (93 MB, once)
    codestone doctor --prepare typescript   fetch the TypeScript compiler (23 MB, once)
    codestone doctor --prepare rust         build the crates that Rust answers may use (30 MB, once)
    codestone doctor --prepare go           build the library that Go answers are linked with (180 MB, once)

    The exit code is 0 when tasks can be run and graded, 5 when no box can be built, and 4 when a toolchain
    is missing and REQUIRE_TOOLCHAINS=1 is set; otherwise tasks that need it are skipped.
    """
    from codestone.engine.doctor import fault, findings, prepare

    prepare(what, lambda line: click.echo(line, err=True))
    found = findings()
    wrong = fault(found, require_toolchains=os.environ.get("REQUIRE_TOOLCHAINS") == "1")
    if as_json:
        _write_json(found, usable=wrong is None)
    else:
        _draw(found)
    if wrong is not None:
        raise wrong


def _write_json(found: Sequence[Finding], *, usable: bool) -> None:
    import json
    from dataclasses import asdict

    whole = {"schema_version": 1, "usable": usable, "findings": [asdict(finding) for finding in found]}
    click.echo(json.dumps(whole, indent=2))


def _draw(found: Sequence[Finding]) -> None:
    """Draw a table, then each remedy on a line of its own, whole, so that it can be copied."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for finding in found:
        sign, style = _SIGNS[finding.ok]
        cells = (finding.area, finding.name, finding.detail)
        table.add_row(Text(sign, style=style), *(Text(_plain(cell)) for cell in cells))
    Console(highlight=False).print(table)
    remedies = [finding for finding in found if finding.remedy]
    if remedies:
        click.echo("\nWhat to do:")
    for finding in remedies:
        click.echo(f"  {finding.name}: " + _plain(finding.remedy).replace("\n", "\n    "))


def _plain(text: str) -> str:
    """Escape what a terminal would act upon: a server chooses the names of its models."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
