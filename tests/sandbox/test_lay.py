"""What was collected is laid over a folder of the user's, and nowhere else."""

import pytest

from codestone.sandbox.lay import lay


@pytest.fixture
def both(tmp_path):
    """A source and a destination."""
    for name in ("source", "destination", "elsewhere"):
        (tmp_path / name).mkdir()
    return tmp_path / "source", tmp_path / "destination"


def test_files_are_laid_over(both):
    """New files are made, old ones replaced, and nothing is deleted."""
    source, destination = both
    (source / "d").mkdir()
    (source / "d" / "new").write_text("new")
    (source / "old").write_text("changed")
    (destination / "old").write_text("old")
    (destination / "kept").write_text("kept")
    assert lay(source, destination) == ()
    assert (destination / "d" / "new").read_text() == "new"
    assert (destination / "old").read_text() == "changed"
    assert (destination / "kept").read_text() == "kept"
    assert sorted(path.name for path in destination.iterdir()) == ["d", "kept", "old"]


def test_a_link_to_a_folder_is_not_followed(both, tmp_path):
    """A folder that is a link in the destination leads nothing outside it."""
    source, destination = both
    (source / "out" / "deep").mkdir(parents=True)
    (source / "out" / "deep" / "evil").write_text("evil")
    (destination / "out").symlink_to(tmp_path / "elsewhere")
    assert [path for path, _ in lay(source, destination)] == ["out"]
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_to_a_file_is_replaced(both, tmp_path):
    """A file that is a link in the destination is replaced; what it points to stays as it is."""
    source, destination = both
    (tmp_path / "elsewhere" / "x").write_text("mine")
    (destination / "x").symlink_to(tmp_path / "elsewhere" / "x")
    (source / "x").write_text("theirs")
    assert lay(source, destination) == ()
    assert (tmp_path / "elsewhere" / "x").read_text() == "mine"
    assert (destination / "x").read_text() == "theirs"


def test_a_file_where_a_folder_is(both):
    """A file does not replace a folder; it is left out, and no half of it stays."""
    source, destination = both
    (source / "x").write_text("file")
    (destination / "x").mkdir()
    assert [path for path, _ in lay(source, destination)] == ["x"]
    assert [path.name for path in destination.iterdir()] == ["x"]
