"""``codestone compare``: two runs, or two contestants, side by side."""

from pathlib import Path

import click


@click.command("compare", short_help="Compare two contestants, or two runs: what differs, and its effect.")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--md", type=click.Path(path_type=Path), metavar="F", help="Write Markdown, fit for a forum.")
@click.option("--json", "json_", type=click.Path(path_type=Path), metavar="F", help="Write all figures.")
def command(a: str, b: str, md: Path | None, json_: Path | None) -> None:
    """Compare A with B, on the tasks and epochs that both have. No model is needed.

    \b
    A and B are each one of
      RUN                      a run directory: its only contestant, or all of them
      RUN:CONTESTANT           one of its contestants: name, start of it, model id; * and ? are known
      RUN:CONTESTANT@DRIVER    with one of several drivers
      :CONTESTANT              for B: of the same run as A

    \b
    codestone compare runs/20260101T220000Z-quick:qwen3-8b-q4 :qwen3-8b-q8
    codestone compare runs/before runs/after
    codestone compare 'runs/night:*30b*' runs/night --md - > post.md
    codestone compare runs/night:qwen3-8b@single :qwen3-8b@loop

    Two runs with several contestants: each that both runs have is compared with itself. One contestant and
    a whole run: it is compared with each of the others. What was left out is said.
    """
    from codestone.engine.compare import compared
    from codestone.reports import _compared as reports

    found = compared(a, b)
    if md is None and json_ is None:
        click.echo(reports.terminal(found), nl=False)
    for path, render in ((md, reports.markdown), (json_, reports.json)):
        if path is not None:
            with click.open_file(str(path), "w", encoding="utf-8", atomic=str(path) != "-") as file:
                file.write(render(found))
