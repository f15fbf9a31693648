"""``codestone run``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from codestone.cli.durations import DURATION
from codestone.cli.options import Selection, selects
from codestone.errors import UsageError

if TYPE_CHECKING:
    from codestone.cli.progress import Mode

_OF_THE_PLAN = {
    "what", "models", "file", "thinking", "sampling", "temperature", "drivers", "epochs", "seed", "out",
}  # fmt: skip
"""Stands in the plan of a run that is resumed, and cannot be said again."""


@click.command("run", short_help="Give contestants a suite's tasks and grade every answer, or time them.")
@selects
@click.option("--out", type=click.Path(path_type=Path), help="Run directory.  [default: runs/<utc>-<suite>]")
@click.option("--resume", type=click.Path(path_type=Path), metavar="DIR", help="Go on with a run.")
@click.option(
    "--budget", "budget_s", type=DURATION, metavar="8h", help="End within this time, with whole passes."
)
@click.option("--detach", is_flag=True, help="Go on in the background; the terminal may be closed.")
@click.option(
    "--overlap/--no-overlap", default=None, help="Grade while the next answer is generated, or never."
)
@click.option("--check/--no-check", default=None, help="First ask how each model is served, or never.")
@click.option(
    "--progress",
    type=click.Choice(["auto", "lines", "json", "quiet"]),
    default="auto",
    show_default=True,
    help="What is told on stderr meanwhile.",
)
@click.option("-q", "--quiet", is_flag=True, help="The same as --progress quiet.")
@click.option(
    "--unsafe-no-sandbox", "unsafe", is_flag=True, help="Run what the model wrote with all your rights."
)
@click.pass_context
def command(
    ctx: click.Context, selection: Selection, out: Path | None, resume: Path | None,
    budget_s: float | None, detach: bool, overlap: bool | None, check: bool | None, progress: Mode,
    quiet: bool, unsafe: bool,
) -> None:  # fmt: skip
    """Give every contestant the same tasks, execute every answer in a box, and write a report.

    \b
    codestone run quick                                    the server found here, else the embedded model
    codestone run quick --endpoint http://localhost:8080   a llama-server, vLLM, MLX, LM Studio …
    codestone run quick/py-select --model 'qwen*' -n 5     five passes
    codestone run quick --contestants night.toml --budget 8h --detach
                                                           as many passes as fit the night
    codestone run quick speed                              then speed trials, alone on the machine
    codestone run --resume runs/20260101T220000Z-quick     go on where a run stopped

    Without a suite, `quick` is run. Every contestant gets through pass 1 before any begins pass 2. The run
    directory holds the plan, every finished trial, every attempt that could not be measured, all replies and
    files, and the report as report.html, report.md and report.json. Ctrl-C once finishes what is being
    written, twice stops at once; nothing that was written is lost either way.

    By itself grading overlaps the next generation only where the model runs on another machine or was
    declared to be wholly on an accelerator: graders and a model on one processor would slow each other.

    `speed` is no suite: prompts that nothing has cached, small and large, and a conversation, timed three
    times (or -n) after a warm-up that does not count, when all grading is done. Nothing else should run then.
    """
    if resume:
        _refuse_what_is_planned(ctx)
    if detach:
        _detach(out or resume, selection)
        return

    from codestone.cli.progress import make_progress
    from codestone.engine.start import Request, start
    from codestone.reports import terminal

    request = Request(
        what=selection.what, asked=selection.asked(), drivers=selection.drivers,
        epochs=selection.epochs, seed=selection.seed, budget_s=budget_s,
        folders=selection.folders, out=out, resume=resume, overlap=overlap, check=check, without_box=unsafe,
    )  # fmt: skip
    with make_progress("quiet" if quiet else progress) as watch:
        summary, directory = start(request, watch)
    click.echo(terminal.render(summary))
    click.echo(f"report: {directory / 'report.html'}")


def _refuse_what_is_planned(ctx: click.Context) -> None:
    """Raise UsageError for an option that a resumed run has in its plan."""
    said = {name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    if again := said & _OF_THE_PLAN:
        options = ", ".join(sorted(_written(ctx, name) for name in again))
        raise UsageError(
            f"{options}: stands in the plan of the run that is resumed",
            hint="Leave it out, or start a new run with --out.",
        )


def _written(ctx: click.Context, name: str) -> str:
    """Return a parameter as the user writes it."""
    return next(
        max(param.opts, key=len) if isinstance(param, click.Option) else param.make_metavar(ctx)
        for param in ctx.command.params
        if param.name == name
    )


def _detach(directory: Path | None, selection: Selection) -> None:
    """Start the same command in the background, and say how to follow, stop and read it."""
    import sys

    from codestone import process
    from codestone.engine.prepare import directory_of

    directory = directory or directory_of(None, selection.what)
    words = [word for word in sys.argv[1:] if word != "--detach"]
    if not {"--out", "--resume"} & {word.partition("=")[0] for word in words}:
        words += ["--out", str(directory)]
    directory.parent.mkdir(parents=True, exist_ok=True)
    log = directory.with_name(f"{directory.name}.log")
    pid = process.detach([sys.executable, "-P", "-m", "codestone", *words], log=log)
    click.echo(f"run {pid} goes on in {directory}")
    click.echo(f"  follow:  tail -f {log}")
    click.echo(f"  stop:    kill {pid}   (go on later with: codestone run --resume {directory})")
    click.echo(f"  report:  codestone report {directory}   (at any time)")
