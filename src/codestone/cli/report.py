"""``codestone report``: draw the report of a run again."""

from pathlib import Path

import click


@click.command("report", short_help="Show a run's report again, or write it as a file.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--md", type=click.Path(path_type=Path), metavar="F", help="Write Markdown, fit for a forum.")
@click.option(
    "--json", "json_", type=click.Path(path_type=Path), metavar="F", help="Write the summary itself."
)
def command(run: Path, md: Path | None, json_: Path | None) -> None:
    """Show the report of a RUN directory. No model is needed, and nothing is measured again.

    \b
    codestone report runs/20260101T220000Z-quick
    codestone report runs/20260101T220000Z-quick --md - > post.md
    """
    from codestone.engine.report import read
    from codestone.reports import json, markdown, terminal

    summary = read(run)
    if md is None and json_ is None:
        click.echo(terminal.render(summary))
    for path, render in ((md, markdown.render), (json_, json.render)):
        if path is not None:
            with click.open_file(path, "w", encoding="utf-8", atomic=str(path) != "-") as file:
                file.write(render(summary))
