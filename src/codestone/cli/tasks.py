"""``codestone tasks``: list, show, check and start tasks."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from codestone.task import Task

SCHEMA_VERSION = 1

_folders = click.option(
    "--tasks",
    "folders",
    multiple=True,
    metavar="DIR",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="More tasks: a folder of suites, a suite, or a task. Hides a shipped suite of the same name.",
)
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@click.group("tasks", short_help="See the tasks, write new ones, prove that they grade rightly.")
def command() -> None:
    """See the tasks, write new ones, and prove that they grade rightly."""


@command.command("list")
@click.argument("names", nargs=-1, metavar="[SUITE|SUITE/TASK]…")
@_folders
@_json
def list_tasks(names: tuple[str, ...], folders: tuple[Path, ...], as_json: bool) -> None:
    """List tasks; all of them where none is named."""
    from codestone.suites import load, paths

    tasks = load.select(names, roots=paths.roots(folders))
    if as_json:
        _echo_json({"tasks": [_row(task) for task in tasks]})
    else:
        _print_table(tasks)


@command.command("show")
@click.argument("name", metavar="TASK")
@_folders
@_json
def show(name: str, folders: tuple[Path, ...], as_json: bool) -> None:
    """Show one task: what the model is told, and what each check catches."""
    from codestone.suites import load, paths

    task = load.load_task(name, roots=paths.roots(folders))
    if as_json:
        dumped = task.spec.model_dump(mode="json")
        _echo_json({**_row(task), "digest": task.digest, "instruction": task.instruction, "spec": dumped})
        return
    spec = task.spec
    click.echo(f"{task.id}: {_plain(spec.title)}")
    click.echo(f"{spec.language}, {spec.shape}, answer in {_plain(', '.join(spec.answer.files))}")
    click.echo(f"\n{_plain(task.instruction).rstrip()}\n")
    for check in spec.check:
        worth = f"points: {check.points:g}" if check.points else f"bonus: {check.bonus:g}"
        click.echo(f"{check.id} ({worth}) catches: {_plain(check.catches)}")
    click.echo(f"\npoints: {spec.points:g}, checks: {len(spec.check)}, mutants: {len(spec.mutant)}")


@command.command("new")
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
def new(path: Path) -> None:
    """Write a small task to start from; PATH is SUITE/TASK, and the suite may be new too.

    \b
    codestone tasks new my-suite/my-task
    codestone tasks check my-suite
    """
    from codestone.errors import UsageError
    from codestone.suites.new import new_task

    if len(path.parts) < 2 and not Path("suite.toml").exists():
        raise UsageError("a task lies in a suite", hint=f"codestone tasks new my-suite/{path}")
    for written in new_task(path):
        click.echo(f"wrote {_plain(str(written))}")


@command.command("check")
@click.argument("names", nargs=-1, metavar="[SUITE|SUITE/TASK]…")
@_folders
@click.option("--lint-only", is_flag=True, help="Only read the files; run nothing.")
@click.option("--repeat", type=click.IntRange(1), default=1, show_default=True, metavar="N",
              help="How often the reference is graded; the verdict must be the same each time.")  # fmt: skip
@click.option("--load", type=click.IntRange(0), default=0, show_default=True, metavar="N",
              help="Busy processes per core while it is graded.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1), metavar="N",
              help="Candidates graded at a time.  [default: 2, or 1 on a single core]")  # fmt: skip
@_json
def check_tasks(
    names: tuple[str, ...],
    folders: tuple[Path, ...],
    *,
    lint_only: bool,
    repeat: int,
    load: int,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Prove tasks: files without fault, full points for the solution, each mutant caught as declared.

    Without a name it is every task. A fault in the files is exit code 2, a task that does not prove itself 9.
    What each candidate fails, and how long it took, is told on stderr as it goes.
    """
    from codestone.errors import TaskCheckFailed, TaskError, UsageError
    from codestone.suites import paths
    from codestone.suites.lint import lint
    from codestone.suites.load import select

    if lint_only and as_json:
        raise UsageError("--json tells what was run, and --lint-only runs nothing")
    where = paths.roots(folders)
    meant = [folder for name in names for folder in paths.locate(name, where=where)]
    faults = lint(meant or paths.known(where).values())
    if faults:
        raise TaskError(faults)
    tasks = select(names, roots=where)
    click.echo(f"{len(tasks)} {'task' if len(tasks) == 1 else 'tasks'}: no fault in the files", err=as_json)
    if lint_only:
        return
    from codestone.engine.proving import busy, check

    jobs = jobs or min(2, busy.cores())
    found = check.proofs(
        tasks,
        repeat=repeat,
        load=load,
        jobs=jobs,
        report=lambda line: click.echo(_plain(line), err=as_json),
        progress=lambda line: click.echo(_plain(line), err=True),
    )
    if as_json:
        _echo_json({"repeat": repeat, "load": load, "jobs": jobs, "tasks": [proof.row() for proof in found]})
    if any(proof.faults for proof in found):
        raise TaskCheckFailed(
            "not every task proves itself", hint="Each line above says which check, and why."
        )


def _row(task: "Task") -> dict[str, Any]:
    return {
        "id": task.id,
        "title": task.spec.title,
        "language": task.spec.language,
        "shape": task.spec.shape.value,
        "points": task.spec.points,
        "checks": len(task.spec.check),
    }


def _echo_json(data: dict[str, Any]) -> None:
    click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **data}, indent=2))


def _print_table(tasks: "Sequence[Task]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("task", "language", "shape"):
        table.add_column(heading, no_wrap=True)
    for heading in ("points", "checks"):
        table.add_column(heading, no_wrap=True, justify="right")
    table.add_column("title", overflow="fold")
    for task in tasks:
        row = _row(task)
        worth = f"{task.spec.points:g}", str(row["checks"])
        cells = (task.id, row["language"], row["shape"], *worth, row["title"])
        table.add_row(*(Text(_plain(cell)) for cell in cells))  # Text: a title is no markup
    Console().print(table)


def _plain(text: str) -> str:
    """Escape what a terminal would act upon; a task may come from a stranger."""
    return "".join(char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1] for char in text)
