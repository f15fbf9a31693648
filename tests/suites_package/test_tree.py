import os
from pathlib import Path

import pytest

from codestone.suites.tree import LARGEST_BYTES, digest, read_tree


def every_file(folder: Path) -> list[Path]:
    """Return the files of a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_digest_changes_with_any_byte_of_any_file(task: Path) -> None:
    """One bit in each file in turn gives another digest each time."""
    digests = {digest(task)}
    for path in every_file(task):
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        digests.add(digest(task))
        path.write_bytes(content)
    assert len(digests) == 1 + len(every_file(task))


def test_digest_changes_with_a_rename_and_comes_back(task: Path) -> None:
    """The path of a file is part of it."""
    before = digest(task)
    moved = (task / "instruction.md").rename(task / "instruction.txt")
    assert digest(task) != before
    moved.rename(task / "instruction.md")
    assert digest(task) == before


def test_digest_tells_where_one_file_ends(tmp_path: Path) -> None:
    """The same bytes, cut into files elsewhere, are another task."""
    for name, first, second in (("a", b"xy", b"z"), ("b", b"x", b"yz")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1").write_bytes(first)
        (tmp_path / name / "2").write_bytes(second)
    assert digest(tmp_path / "a") != digest(tmp_path / "b")


def test_digest_does_not_change_with_times_modes_caches_and_place(task: Path) -> None:
    """A checkout elsewhere, at another time, after a test run, has the same digest."""
    before = digest(task)
    for path in every_file(task):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    (task / "tests" / "__pycache__").mkdir()
    (task / "tests" / "__pycache__" / "checks.pyc").write_bytes(b"\0")
    (task / ".DS_Store").write_bytes(b"\0")
    assert digest(task) == before
    assert digest(task.rename(task.parent / "elsewhere")) == before


@pytest.mark.parametrize("kind", ["file link", "folder link", "dangling link", "pipe"])
def test_what_is_no_file_is_a_fault_and_never_read(tmp_path: Path, kind: str) -> None:
    """Links and devices are named, and not followed."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("s")
    folder, odd = tmp_path / "task", tmp_path / "task" / "odd"
    folder.mkdir()
    match kind:
        case "pipe":
            os.mkfifo(odd)
        case "file link":
            odd.symlink_to(tmp_path / "outside" / "secret")
        case "folder link":
            odd.symlink_to(tmp_path / "outside", target_is_directory=True)
        case _:
            odd.symlink_to(tmp_path / "nowhere")
    tree = read_tree(folder)
    assert not tree.files
    assert [(fault.file, fault.line) for fault in tree.faults] == [(odd, 0)]


def test_a_huge_file_is_a_fault(tmp_path: Path) -> None:
    """The largest allowed passes, one byte more does not."""
    (tmp_path / "large").write_bytes(bytes(LARGEST_BYTES))
    assert not read_tree(tmp_path).faults
    (tmp_path / "large").write_bytes(bytes(LARGEST_BYTES + 1))
    assert "1,048,577 bytes" in read_tree(tmp_path).faults[0].message
