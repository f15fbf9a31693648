"""Lay folders over one another: a starting workspace, a solution on it, a mutant on that.

``overlay.toml`` at the top of a layer may take files away that a lower layer has (``delete = ["a.py"]``);
it is not copied itself.
"""

from pathlib import Path, PurePosixPath

from pydantic import Field

from codestone.errors import Fault, TaskError
from codestone.suites.schema import read
from codestone.suites.tree import read_tree
from codestone.task import Data

OVERLAY = "overlay.toml"


class OverlaySpec(Data):
    """The whole of one ``overlay.toml``."""

    delete: tuple[str, ...] = Field(default=(), description="Files of the layers below that are taken away.")


def flatten(*layers: Path) -> dict[str, Path]:
    """Return which file lies where once all layers are laid: path with "/" → source.

    The lowest layer may be missing (nothing to start from), the others may not.

    Raises:
        TaskError: every missing layer, wrong ``overlay.toml``, symbolic link and clash at once.

    """
    laid: dict[str, Path] = {}
    faults: list[Fault] = []
    for position, layer in enumerate(layers):
        if position and not layer.is_dir():
            faults.append(Fault(layer, 0, "the folder is missing"))
        tree = read_tree(layer)
        faults.extend(tree.faults)
        faults.extend(_delete(layer, laid))
        laid.update((name, path) for name, path in tree.files.items() if name != OVERLAY)
    faults.extend(_clashes(laid))
    if faults:
        raise TaskError(faults)
    return dict(sorted(laid.items()))


def materialise(destination: Path, *layers: Path) -> None:
    """Write the laid layers into ``destination``, new or empty; files 0644, folders 0755.

    Raises:
        TaskError: as ``flatten`` does; nothing has been written then.
        FileExistsError: the destination holds something.

    """
    files = flatten(*layers)
    if destination.is_dir() and any(destination.iterdir()):
        raise FileExistsError(f"{destination} is not empty")
    destination.mkdir(parents=True, exist_ok=True)
    destination.chmod(0o755)
    for name, source in files.items():
        target = destination
        for part in PurePosixPath(name).parent.parts:
            target = target / part
            target.mkdir(exist_ok=True)
            target.chmod(0o755)  # mkdir is subject to the umask
        target = destination / name
        target.write_bytes(source.read_bytes())
        target.chmod(0o644)


def _delete(layer: Path, laid: dict[str, Path]) -> list[Fault]:
    """Take away what the layer deletes; return its faults."""
    if not (layer / OVERLAY).exists():
        return []
    reading = read(layer / OVERLAY, OverlaySpec)
    faults = list(reading.faults)
    for index, name in enumerate(reading.spec.delete if reading.has("delete") else ()):
        if laid.pop(name, None) is None:
            message = f"deletes {name!r}, which no layer below has"
            faults.append(reading.document.fault(message, "delete", index))
    return faults


def _clashes(laid: dict[str, Path]) -> list[Fault]:
    """Paths that would have to be a file and a folder at once."""
    return [
        Fault(
            laid[name], 0, f"needs a folder {str(parent)!r}, but {laid[str(parent)]} is a file of that name"
        )
        for name in laid
        for parent in PurePosixPath(name).parents
        if str(parent) in laid
    ]
