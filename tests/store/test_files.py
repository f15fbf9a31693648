import os
import stat

import pytest

from codestone.errors import StoreError
from codestone.store.files import copy_whole, write_whole


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


def test_a_folder_is_copied_with_all_that_a_box_is_given(tmp_path):
    """Files with their executable bit, empty folders, links as links; a pipe is left out."""
    source = tmp_path / "source"
    (source / "deep" / "empty").mkdir(parents=True)
    (source / "run.sh").write_bytes(b"#!/bin/sh\n")
    (source / "run.sh").chmod(0o744)
    (source / "deep" / "text").write_bytes(b"text")
    (source / "deep" / "text").chmod(0o600)
    (source / "link").symlink_to("deep/text")
    (source / "folder").symlink_to("deep")
    (source / "dangling").symlink_to("/no/such")
    os.mkfifo(source / "pipe")
    copy = tmp_path / "to" / "copy"
    copy_whole(source, copy)
    names = {path.relative_to(copy).as_posix() for path in copy.rglob("*")}
    assert names == {"deep", "deep/empty", "deep/text", "run.sh", "link", "folder", "dangling"}
    assert (copy / "run.sh").read_bytes() == b"#!/bin/sh\n"
    modes = [stat.S_IMODE((copy / name).stat().st_mode) for name in ("run.sh", "deep/text", "deep", ".")]
    assert modes == [0o755, 0o644, 0o755, 0o755]
    links = [str((copy / name).readlink()) for name in ("link", "folder", "dangling")]
    assert links == ["deep/text", "deep", "/no/such"]


@pytest.mark.parametrize("older", ["folder", "file", "link"])
def test_an_older_folder_is_replaced_and_not_added_to(tmp_path, older):
    """Nothing of an earlier answer is mixed in; what a link pointed to stays."""
    (tmp_path / "elsewhere").mkdir()
    copy = tmp_path / "copy"
    match older:
        case "folder":
            write_whole(copy / "stale" / "file", b"old")
        case "file":
            copy.write_bytes(b"old")
        case "link":
            write_whole(tmp_path / "elsewhere" / "kept", b"")
            copy.symlink_to(tmp_path / "elsewhere")
    write_whole(tmp_path / "source" / "fresh", b"new")
    copy_whole(tmp_path / "source", copy)
    assert [path.name for path in copy.iterdir()] == ["fresh"]
    assert not copy.is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {"copy", "source", "elsewhere"}
    assert older != "link" or (tmp_path / "elsewhere" / "kept").exists()


def test_a_failed_copy_leaves_the_older_folder_and_nothing_else(tmp_path):
    """Here the place cannot be written into."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot write"):
        copy_whole(tmp_path, tmp_path / "file" / "copy")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
