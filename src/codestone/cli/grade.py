"""``codestone grade``: the real grading path, on somebody's answer."""

import sys
from pathlib import Path

import click


@click.command("grade", short_help="Grade an answer of your own: a finished folder, or a model's reply.")
@click.argument("task", metavar="TASK")
@click.option(
    "--workspace", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Finished folder."
)
@click.option(
    "--reply", type=click.Path(path_type=Path, allow_dash=True), help="A reply's text; - for stdin."
)
@click.option("--tasks", "folders", multiple=True, type=click.Path(path_type=Path), help="More suites.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the grader's random inputs.")
@click.option("--unsafe-no-sandbox", "unsafe", is_flag=True, help="Run the answer with all your rights.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout (docs/reference/grade.md).")
def command(
    task: str, workspace: Path | None, reply: Path | None, folders: tuple[Path, ...], seed: int,
    unsafe: bool, as_json: bool,
) -> None:  # fmt: skip
    """Grade an answer to TASK (suite/task) in the box. The exit code is 0 whatever the score.

    \b
    codestone grade quick/py-select --workspace ./my-fix
    codestone grade quick/py-select --reply answer.md --json

    With --reply, files are read out of the text exactly as in a run; with --workspace the folder is
    graded as it lies, and stays unchanged.
    """
    from codestone import sandbox
    from codestone.engine.answer import grade_reply, grade_workspace
    from codestone.errors import UsageError
    from codestone.suites import paths
    from codestone.suites.load import load_task

    if (workspace is None) == (reply is None):
        raise UsageError("one of --workspace and --reply is needed", hint="codestone grade --help")
    backend = sandbox.without_box() if unsafe else None
    loaded = load_task(task, roots=paths.roots(folders))
    if workspace is not None:
        outcome = grade_workspace(loaded, workspace, seed=seed, backend=backend)
    else:
        assert reply is not None
        outcome = grade_reply(loaded, _text(reply), seed=seed, backend=backend)
    if as_json:
        click.echo(outcome.model_dump_json(indent=2))
        return
    for check in outcome.checks:
        sign = click.style("✓", fg="green") if check.passed else click.style("✗", fg="red")
        click.echo(f"{sign} {check.id} ({check.points + check.bonus:g}): {check.evidence}")
    if outcome.detail:
        click.echo(f"{outcome.ending.words}: {outcome.detail}")
    score = outcome.score
    click.echo(f"{score.earned:g} of {score.possible:g} points, {score.passed} of {score.checks} checks")
    if unsafe:
        click.secho(f"sandbox: {outcome.sandbox}", fg="yellow", bold=True)


def _text(reply: Path) -> str:
    from codestone.errors import UsageError

    try:
        data = sys.stdin.buffer.read() if str(reply) == "-" else reply.read_bytes()
    except OSError as error:
        raise UsageError(f"{reply} cannot be read: {error.strerror}") from error
    return data.decode("utf-8", "replace")
