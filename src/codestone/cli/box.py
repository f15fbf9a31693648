"""``codestone box``: run a command of one's own in the box that graded code runs in."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from codestone.sandbox import Backend, BoxEnd, BoxLimits, BoxSpec, RunningBox

TIMED_OUT, LIMITED = 124, 137


@click.command(
    "box",
    short_help="Run a command in the sandbox, on a copy of the current folder.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option(
    "--limit", "limits", metavar="KEY=VALUE", multiple=True, help="A limit; may be given repeatedly."
)
@click.option("--write-back", is_flag=True, help="Copy what the command left back over the current folder.")
@click.option("--unsafe-no-sandbox", "unsafe", is_flag=True, help="Run CMD with all your rights.")
@click.option("--json", "json_file", metavar="FILE", help="Write how it ended to FILE, as JSON.")
@click.argument("words", metavar="-- CMD…", nargs=-1, required=True, type=click.UNPROCESSED)
def command(
    limits: tuple[str, ...], write_back: bool, unsafe: bool, json_file: str | None, words: tuple[str, ...]
) -> int:
    """Run CMD in a fresh box: no network, no files of yours but a copy of the current folder.

    \b
    codestone box -- python3 -m unittest
    codestone box --limit wall=10s --limit memory=256M --write-back -- ./generate.sh

    \b
    Keys: wall, cpu (2m, 30s, 500ms); memory, disk, file, output (bytes, or K M G = 1024);
    processes, fds, inodes (a count).

    The current folder stays as it is unless --write-back is given; then files that CMD left are laid over
    it, none is deleted, and nothing is copied where a limit ended CMD. The exit code is CMD's own; 124 when
    the wall limit ended it and 137 when another one did, with one line on stderr; --json FILE tells the two
    apart.
    """
    from pathlib import Path

    from codestone import sandbox
    from codestone.sandbox.limits import parse

    asked = parse(limits)
    here = Path.cwd()
    backend = sandbox.without_box() if unsafe else sandbox.backend()
    if unsafe:
        click.echo("codestone box: sandbox: none", err=True)
    end = _run(_spec(words, here, asked), here, backend, write_back=write_back)
    if json_file is not None:
        _write_json(Path(json_file), end, backend)
    if end.limit is None:
        return end.returncode
    click.echo(f"codestone box: {_ended_by(end.limit, asked)}", err=True)
    return TIMED_OUT if end.limit == "wall" else LIMITED


def _spec(words: tuple[str, ...], here: Path, limits: BoxLimits) -> BoxSpec:
    """Show the command what a grading box shows: /usr, and the interpreter that runs us."""
    from codestone.languages import python
    from codestone.sandbox import BoxSpec, Mount

    trees = python.runtime().trees
    path = ":".join(
        [*(f"{tree}/bin" for tree in trees), "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
    )
    return BoxSpec(
        argv=words, files=here, limits=limits, mounts=tuple(map(Mount.same, trees)), env={"PATH": path}
    )


def _run(spec: BoxSpec, here: Path, backend: Backend, *, write_back: bool) -> BoxEnd:
    """Run the box to its end, passing input and output on while it runs."""
    import threading

    from codestone.sandbox import open_box

    with open_box(spec, backend=backend) as box:
        threading.Thread(target=_feed, args=(box,), daemon=True).start()
        told = [0, 0]
        while not box.ends_within(0.05):
            _tell(box, told)
        end = box.wait()
        _tell(box, told)
        if write_back and end.limit is None:
            _write_back(box, here, spec.limits)
    return end


def _feed(box: RunningBox) -> None:
    """Give our standard input to the command until one of the two ends."""
    import contextlib

    with contextlib.suppress(OSError, ValueError):  # the command has ended, or closed its input
        while chunk := os.read(sys.stdin.fileno(), 1 << 16):
            box.stdin.write(chunk)
    with contextlib.suppress(OSError, ValueError):
        box.stdin.close()


def _tell(box: RunningBox, told: list[int]) -> None:
    """Write what is new in the command's output; ``told``: how much of each stream was written before."""
    for number, (name, got) in enumerate(zip(("stdout", "stderr"), box.output(), strict=True)):
        stream = getattr(sys, name).buffer
        stream.write(got[told[number] :])
        stream.flush()
        told[number] = len(got)


def _write_back(box: RunningBox, here: Path, limits: BoxLimits) -> None:
    """Collect what the command left, then lay it over ``here``; say what was left out."""
    import tempfile
    from pathlib import Path

    from codestone.sandbox import CollectLimits
    from codestone.sandbox.lay import lay

    with tempfile.TemporaryDirectory(prefix="codestone-") as folder:
        kept = Path(folder, "work")
        caps = CollectLimits(bytes=limits.disk_bytes, entries=limits.inodes, depth=64)
        left_out = (*box.collect(kept, caps).left_out, *lay(kept, here))
    for path, reason in left_out:
        click.echo(f"codestone box: {path!r} was not written back: {reason}", err=True)


def _ended_by(limit: str, limits: BoxLimits) -> str:
    allowed = {
        "wall": f"{limits.wall_s:g} s",
        "cpu": f"{limits.cpu_s:g} s",
        "memory": f"{limits.memory_bytes} bytes",
        "disk": f"{limits.disk_bytes} bytes",
        "output": f"{limits.output_bytes} bytes",
        "inodes": f"{limits.inodes} inodes",
    }
    return f"the {limit} limit of {allowed[limit]} ended the command"


def _write_json(path: Path, end: BoxEnd, backend: Backend) -> None:
    import json
    from dataclasses import asdict

    box = backend.describe()
    whole = {"schema_version": 1, **asdict(end), "box": str(box), "in_force": dict(box.in_force)}
    path.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
