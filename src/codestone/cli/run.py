"""``codestone run``: the main job."""

from pathlib import Path

import click


@click.command("run", short_help="Give contestants a suite's tasks and grade every answer.")
@click.argument("what", nargs=-1, metavar="[SUITE|SUITE/TASK]…")
@click.option("--endpoint", metavar="URL", help="Where the model is served, with or without /v1.")
@click.option("--key-env", metavar="NAME", help="Environment variable that holds the API key.")
@click.option("--model", "models", multiple=True, metavar="ID", help="Model id or pattern; repeatable.")
@click.option("--driver", "drivers", multiple=True, default=("single",), show_default=True, metavar="D")
@click.option(
    "-n", "--epochs", type=click.IntRange(1), default=1, show_default=True, help="Passes over the matrix."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Starts every seed of the run.")
@click.option("--tasks", "folders", multiple=True, type=click.Path(path_type=Path), help="More suites.")
@click.option("--out", type=click.Path(path_type=Path), help="Run directory.  [default: runs/<utc>-<suite>]")
@click.option("--resume", type=click.Path(path_type=Path), metavar="DIR", help="Go on with a run.")
@click.option(
    "--unsafe-no-sandbox", "unsafe", is_flag=True, help="Run what the model wrote with all your rights."
)
def command(
    what: tuple[str, ...], endpoint: str | None, key_env: str | None, models: tuple[str, ...],
    drivers: tuple[str, ...], epochs: int, seed: int, folders: tuple[Path, ...], out: Path | None,
    resume: Path | None, unsafe: bool,
) -> None:  # fmt: skip
    """Give every contestant the same tasks, execute every answer in a box, and write a report.

    \b
    codestone run quick                                    the server found here, else the embedded model
    codestone run quick --endpoint http://localhost:8080   a llama-server, vLLM, MLX, LM Studio …
    codestone run quick/py-select --model 'qwen*' -n 5     five passes, each with its own sampling seed
    codestone run --resume runs/20260101T220000Z-quick     go on where a run stopped

    Without a suite, `quick` is run. The run directory holds the plan, every finished trial, every attempt
    that could not be measured, all replies and files, and the report as report.md and report.json.
    """
    from codestone.cli.progress import Progress
    from codestone.engine.start import Request, start
    from codestone.reports import terminal

    request = Request(
        what=what or ("quick",), endpoint=endpoint, key_env=key_env, models=models, drivers=drivers,
        epochs=epochs, seed=seed, folders=folders, out=out, resume=resume, without_box=unsafe,
    )  # fmt: skip
    with Progress() as progress:
        summary, directory = start(request, progress)
    click.echo(terminal.render(summary))
    click.echo(f"report: {directory / 'report.md'}")
