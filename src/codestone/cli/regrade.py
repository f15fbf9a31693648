"""``codestone regrade``: grade a run's kept answers again."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from codestone.engine.regrade import Outcome


@click.command("regrade", short_help="Grade a run's kept answers again, with today's tasks.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--only", multiple=True, metavar="SUITE/TASK", help="Only this task or suite; repeatable.")
@click.option("--tasks", "folders", multiple=True, type=click.Path(path_type=Path), help="More suites.")
@click.option("--dry-run", is_flag=True, help="Grade and tell what would change; write nothing.")
@click.option("--unsafe-no-sandbox", "unsafe", is_flag=True, help="Run the answers with all your rights.")
def command(run: Path, only: tuple[str, ...], folders: tuple[Path, ...], dry_run: bool, unsafe: bool) -> None:
    """Grade every finished trial of a RUN directory again. No model is needed.

    \b
    codestone regrade runs/20260101T220000Z-quick
    codestone regrade runs/20260101T220000Z-quick --only quick/py-select --dry-run

    The new verdicts go into RUN/regrades/<n>.jsonl in one step once all is graded, and count from then on;
    the old ones stay where they are, and Ctrl-C leaves nothing. A trial that cannot be graded again keeps
    its verdict and is named. When none can be, the exit code is 7.
    """
    from codestone import sandbox
    from codestone.engine.regrade import Request, regrade
    from codestone.suites import paths

    backend = sandbox.without_box() if unsafe else sandbox.backend()
    request = Request(directory=run, only=only, roots=paths.roots(folders), dry_run=dry_run)
    outcomes, path = regrade(request, _Progress(), backend=backend)
    for line in _summary(outcomes):
        click.echo(line)
    click.echo(f"new verdicts: {path}" if path else "dry run: nothing was written")
    if unsafe:
        click.secho("sandbox: none", fg="yellow", bold=True)


class _Progress:
    """One line a trial on stderr, with what changed."""

    def ends(self, outcome: "Outcome", *, number: int, of: int) -> None:
        key = outcome.before.key
        trial = f"{key.contestant} {key.suite}/{key.task} {key.driver} epoch {key.epoch}"
        click.echo(_plain(f"[{number}/{of}] {trial} {_change(outcome)}"), err=True)


def _change(outcome: "Outcome") -> str:
    """Return what a trial was and is worth, in checks and, where that changed, in points."""
    if outcome.after is None:
        return f"NOT REGRADED ({outcome.why})"
    old, new = outcome.before, outcome.after
    checks = f"{new.score.passed}/{new.score.checks}"
    if _verdict(outcome) == "as before":
        words = f"{checks}, as before"
    else:
        words = f"{old.score.passed}/{old.score.checks} -> {checks}"
        if (old.score.earned, old.score.possible) != (new.score.earned, new.score.possible):
            points = [f"{score.earned:g}/{score.possible:g}" for score in (old.score, new.score)]
            words += f", {' -> '.join(points)} points"
        words += "".join(f", {told}" for told in _checks(outcome))
    return f"{words} (its instruction was another)" if outcome.asked_otherwise else words


def _checks(outcome: "Outcome") -> Sequence[str]:
    """Return which checks changed their verdict, came or went."""
    assert outcome.after is not None
    old = {check.id: check.passed for check in outcome.before.checks}
    new = {check.id: check.passed for check in outcome.after.checks}
    words = {True: "passes now", False: "fails now"}
    changed = [f"{name} {words[new[name]]}" for name in new if name in old and new[name] != old[name]]
    came = [f"{name} is new and {'passes' if new[name] else 'fails'}" for name in new if name not in old]
    return [*changed, *came, *(f"{name} is gone" for name in old if name not in new)]


def _verdict(outcome: "Outcome") -> str:
    """Return in which row of the summary a trial counts, by its share of the points."""
    old, new = outcome.before, outcome.after
    if new is None:
        return "not regraded"
    before, after = (score.earned / score.possible for score in (old.score, new.score))
    if before == after:
        same = old.score == new.score and not _checks(outcome)
        return "as before" if same else "otherwise changed"
    return "gained" if after > before else "lost"


def _summary(outcomes: Sequence["Outcome"]) -> list[str]:
    """Return the totals, and every trial that could not be graded again."""
    counts = Counter(_verdict(outcome) for outcome in outcomes)
    trials = "1 trial" if len(outcomes) == 1 else f"{len(outcomes)} trials"
    lines = [f"{trials}: " + ", ".join(f"{n} {verdict}" for verdict, n in sorted(counts.items()))]
    otherwise = sum(outcome.asked_otherwise for outcome in outcomes)
    if otherwise:
        lines.append(f"instruction edited since: {otherwise} answers are to the older one; run them anew")
    kept = [outcome for outcome in outcomes if outcome.after is None]
    if kept:
        lines.append("not graded again, the older verdict stays:")
    for outcome in kept:
        key = outcome.before.key
        lines.append(_plain(f"  {key.contestant} {key.suite}/{key.task} epoch {key.epoch}: {outcome.why}"))
    return lines


def _plain(text: str) -> str:
    """Escape what a terminal would act upon; names come from servers and task files."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
