"""What `run` and `plan` have in common: which tasks, for whom, by which driver, how often."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from codestone.contestants.lineup import Asked

_FILE = click.Path(path_type=Path)

_OPTIONS = (
    click.argument("what", nargs=-1, metavar="[SUITE|SUITE/TASK|speed]…"),
    click.option("--endpoint", metavar="URL", help="Where the model is served, with or without /v1."),
    click.option("--key-env", metavar="NAME", help="Environment variable that holds the API key."),
    click.option("--model", "models", multiple=True, metavar="ID", help="Model id or pattern; repeatable."),
    click.option(
        "--contestants", "file", type=_FILE, metavar="FILE", help="Who is measured: a contestants.toml."
    ),
    click.option(
        "--thinking",
        type=click.Choice(["default", "on", "off"]),
        default="default",
        help="Turn thinking on or off; by default the server decides.",
    ),
    click.option(
        "--sampling",
        metavar="MODE",
        default="server",
        show_default=True,
        help="server: nothing is sent; fixed; preset:NAME.",
    ),
    click.option("--temperature", type=click.FloatRange(0), help="For --sampling fixed, which it implies."),
    click.option("--driver", "drivers", multiple=True, default=("single",), show_default=True, metavar="D"),
    click.option(
        "-n",
        "--epochs",
        type=click.IntRange(1),
        help="Passes over the matrix.  [default: 1; with --budget as many as fit]",
    ),
    click.option("--seed", type=int, default=1, show_default=True, help="Starts every seed of the run."),
    click.option("--tasks", "folders", multiple=True, type=_FILE, help="More suites."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What the common options said; ``what`` is `quick` where nothing was named."""

    what: tuple[str, ...]
    endpoint: str | None
    key_env: str | None
    models: tuple[str, ...]
    file: Path | None
    thinking: str
    sampling: str
    temperature: float | None
    drivers: tuple[str, ...]
    epochs: int | None
    seed: int
    folders: tuple[Path, ...]

    def asked(self) -> Asked:
        """Return who is to be measured."""
        from codestone.contestants.lineup import Asked

        return Asked(
            endpoint=self.endpoint, key_env=self.key_env, models=self.models, file=self.file,
            thinking=self.thinking, sampling=self.sampling, temperature=self.temperature,
        )  # fmt: skip


def selects(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the common options; it is handed them as one argument, ``selection``."""
    names = [field.name for field in fields(Selection)]

    @wraps(function)
    def command(**given: Any) -> Any:
        chosen = {name: given.pop(name) for name in names}
        chosen["what"] = chosen["what"] or ("quick",)
        return function(selection=Selection(**chosen), **given)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command
