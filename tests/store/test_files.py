import pytest

from codestone.errors import StoreError
from codestone.store.files import write_whole


def test_a_file_is_replaced_whole(tmp_path):
    """The new content stands in the old one's place, and no draft is left."""
    path = tmp_path / "deep" / "file"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    """Where the rename cannot be done, the draft is removed."""
    path = tmp_path / "file"
    (path / "occupied").mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot write"):
        write_whole(path, b"new")
    assert list(tmp_path.iterdir()) == [path]


def test_a_parent_that_is_a_file_is_a_store_error(tmp_path):
    """The message names the path."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="file/below"):
        write_whole(tmp_path / "file" / "below", b"")
