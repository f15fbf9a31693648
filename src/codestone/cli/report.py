"""``codestone report``: draw the report of a run again."""

from pathlib import Path

import click

_FILE = click.Path(path_type=Path)


@click.command("report", short_help="Show a run's report again, or write it as a file.")
@click.argument("run", type=_FILE)
@click.option(
    "--html", type=_FILE, metavar="F", help="Write one page with everything in it; it loads nothing."
)
@click.option("--md", type=_FILE, metavar="F", help="Write Markdown, fit for a forum.")
@click.option("--csv", type=_FILE, metavar="F", help="Write a row for each contestant and task.")
@click.option("--json", "json_", type=_FILE, metavar="F", help="Write the summary itself.")
@click.option("--block", is_flag=True, help="Print twelve lines in a code fence of 80 columns, for a forum.")
def command(
    run: Path, html: Path | None, md: Path | None, csv: Path | None, json_: Path | None, block: bool
) -> None:
    """Show the report of a RUN directory. No model is needed, and nothing is measured again.

    \b
    codestone report runs/20260101T220000Z-quick
    codestone report runs/20260101T220000Z-quick --html report.html --csv cells.csv
    codestone report runs/20260101T220000Z-quick --block
    """
    from codestone.engine.report import drawn, read

    summary = read(run)
    files = {"html": html, "markdown": md, "csv": csv, "json": json_}
    if block or not any(files.values()):
        click.echo(drawn("block" if block else "terminal", summary, run), nl=not block)
    for report, path in files.items():
        if path is not None:
            text = drawn(report, summary, run)  # before the old file is touched
            with click.open_file(path, "w", encoding="utf-8", atomic=str(path) != "-") as file:
                file.write(text)
