"""``codestone plan``: what a night would be, before it is begun."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codestone.cli.durations import DURATION
from codestone.cli.options import selects

if TYPE_CHECKING:
    from codestone.cli.options import Selection


@click.command("plan", short_help="Show what a run would be: trials, time, and what it can show.")
@selects
@click.option(
    "--budget", "budget_s", type=DURATION, metavar="TIME", help="How many passes fit into 8h, 90m …"
)
@click.option(
    "--probe/--no-probe",
    "probes",
    default=None,
    help="Measure speed first, a minute for each contestant.  [default: where a server answers]",
)
@click.option(
    "--seen", multiple=True, type=click.Path(path_type=Path), metavar="RUN", help="Judge by an earlier run."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def command(
    selection: Selection,
    budget_s: float | None,
    probes: bool | None,
    seen: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Show the matrix of a run, how long it takes as a range, and the smallest difference it can show.

    \b
    codestone plan quick --endpoint http://localhost:8080 -n 3
    codestone plan quick --model 'qwen*' --budget 8h       how many passes fit into a night
    codestone plan quick -n 5 --seen runs/20260101T220000Z-quick

    Options are those of `codestone run`. Nothing is written and no task is asked; a probe asks for a
    minute at most, by itself only where that makes no server swap its models.
    """
    import json

    from codestone.cli import plan_shown
    from codestone.engine.outlook import Wanted, outlook
    from codestone.reports._safe import visible

    wanted = Wanted(
        what=selection.what, asked=selection.asked(), drivers=selection.drivers, epochs=selection.epochs,
        folders=selection.folders, budget_s=budget_s, seen=seen, probes=probes,
    )  # fmt: skip
    found = outlook(wanted, lambda line: click.echo(visible(line, lines=True), err=True))
    if as_json:
        click.echo(json.dumps(plan_shown.as_json(found), indent=2))
        return
    for line in plan_shown.lines(found):
        click.echo(line)
