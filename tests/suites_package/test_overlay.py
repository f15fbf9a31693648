import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.errors import TaskError
from codestone.suites.overlay import flatten, materialise

NAMES = st.sampled_from(["a.py", "b.py", "pkg/a.py", "pkg/sub/c.txt"])
LAYERS = st.lists(st.dictionaries(NAMES, st.binary(max_size=8)), min_size=1, max_size=4)


def lay(folder: Path, files: dict[str, bytes], *, delete: list[str] | None = None) -> Path:
    """Write a layer."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    if delete is not None:
        (folder / "overlay.toml").write_text(f"delete = {delete}")
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """Read a folder back."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@given(layers=LAYERS)
def test_later_layers_win_file_by_file(
    tmp_path_factory: pytest.TempPathFactory, layers: list[dict[str, bytes]]
) -> None:
    """What is written is the union of the layers, the uppermost counting."""
    root = tmp_path_factory.mktemp("layers")
    folders = [lay(root / str(number), files) for number, files in enumerate(layers)]
    materialise(root / "out", *folders)
    assert content(root / "out") == {name: data for files in layers for name, data in files.items()}


def test_a_layer_deletes_what_lies_below_and_may_write_it_anew(tmp_path: Path) -> None:
    """Deleting comes before writing, and overlay.toml is not copied."""
    bottom = lay(tmp_path / "0", {"a.py": b"0", "b.py": b"0"})
    middle = lay(tmp_path / "1", {"b.py": b"1"}, delete=["a.py", "b.py"])
    materialise(tmp_path / "out", bottom, middle)
    assert content(tmp_path / "out") == {"b.py": b"1"}
    materialise(tmp_path / "more", bottom, middle, lay(tmp_path / "2", {"a.py": b"2"}))
    assert content(tmp_path / "more") == {"a.py": b"2", "b.py": b"1"}


def test_modes_are_fixed_whatever_the_umask_and_the_source(tmp_path: Path) -> None:
    """Files are 0644 and folders 0755, so that a box under another user can read them."""
    layer = lay(tmp_path / "0", {"pkg/sub/run.sh": b"x"})
    (layer / "pkg" / "sub" / "run.sh").chmod(0o700)
    before = os.umask(0o077)
    try:
        materialise(tmp_path / "out", layer)
    finally:
        os.umask(before)
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in [tmp_path / "out", *(tmp_path / "out").rglob("*")]
    }
    assert modes == {"out": 0o755, "pkg": 0o755, "sub": 0o755, "run.sh": 0o644}


def test_nothing_to_start_from_is_an_empty_folder(tmp_path: Path) -> None:
    """The lowest layer may be missing."""
    materialise(tmp_path / "out", tmp_path / "missing")
    assert content(tmp_path / "out") == {}
    assert (tmp_path / "out").is_dir()


def test_a_missing_upper_layer_is_a_fault(tmp_path: Path) -> None:
    """A mutant without a folder must not pass for the solution."""
    with pytest.raises(TaskError) as caught:
        materialise(tmp_path / "out", lay(tmp_path / "0", {}), tmp_path / "missing")
    assert caught.value.faults[0].file == tmp_path / "missing"
    assert not (tmp_path / "out").exists()


def test_links_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    """A layer cannot bring in what lies outside the task."""
    layer = lay(tmp_path / "0", {"a.py": b"x"})
    (layer / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(TaskError, match="symbolic link"):
        materialise(tmp_path / "out", layer)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["missing.py", "../0/a.py", "/etc/passwd", "pkg"])
def test_only_files_of_lower_layers_can_be_deleted(tmp_path: Path, name: str) -> None:
    """A wrong name is a fault at its own line, and no path leads outside."""
    bottom = lay(tmp_path / "0", {"a.py": b"x", "pkg/b.py": b"x"})
    upper = lay(tmp_path / "1", {}, delete=[])
    (upper / "overlay.toml").write_text(f'delete = [\n  "a.py",\n  "{name}",\n]\n')
    with pytest.raises(TaskError) as caught:
        flatten(bottom, upper)
    (fault,) = caught.value.faults
    assert (fault.file, fault.line) == (upper / "overlay.toml", 3)
    assert (bottom / "a.py").exists()


def test_a_file_where_a_folder_is_needed_is_a_fault(tmp_path: Path) -> None:
    """Layers that clash are named, both ways round."""
    file, folder = lay(tmp_path / "0", {"pkg": b"x"}), lay(tmp_path / "1", {"pkg/a.py": b"x"})
    for layers in ((file, folder), (folder, file)):
        with pytest.raises(TaskError, match="needs a folder 'pkg'"):
            flatten(*layers)


def test_a_destination_that_holds_something_is_refused(tmp_path: Path) -> None:
    """What is left of another candidate must not be graded with this one."""
    lay(tmp_path / "out", {"left.py": b"x"})
    with pytest.raises(FileExistsError):
        materialise(tmp_path / "out", lay(tmp_path / "0", {}))
