"""What a box left is collected without believing a word of it."""

import os
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.sandbox import BoxSpec, CollectLimits, open_box
from codestone.sandbox.workspace import collect, copy_in


def collected(source, destination, **limits):
    fd = os.open(source, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return collect(fd, destination, CollectLimits(**limits))
    finally:
        os.close(fd)


@pytest.fixture
def left(tmp_path):
    """A folder as a box may leave it."""
    folder = tmp_path / "left"
    folder.mkdir()
    return folder


def test_plain_files_are_collected(left, tmp_path):
    """Files and folders come whole; a program stays a program."""
    (left / "d").mkdir()
    (left / "d" / "x").write_bytes(b"\0\xff")
    (left / "run").write_text("#!/bin/sh\n")
    (left / "run").chmod(0o4755)
    got = collected(left, tmp_path / "out")
    assert (got.files, got.left_out) == (("d/x", "run"), ())
    assert (tmp_path / "out" / "d" / "x").read_bytes() == b"\0\xff"
    assert (tmp_path / "out" / "run").stat().st_mode & 0o7777 == 0o755


def test_links_are_not_followed(left, tmp_path):
    """A symbolic link to a file or folder of ours is left out, and so is a hard link."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("canary")
    (left / "file").symlink_to(secret / "key")
    (left / "folder").symlink_to(secret)
    (left / "hard").hardlink_to(secret / "key")
    got = collected(left, tmp_path / "out")
    assert got.files == ()
    assert [path for path, _ in got.left_out] == ["file", "folder", "hard"]


def test_a_pipe_does_not_block(left, tmp_path):
    """A FIFO that nobody writes to, and a socket, are left out at once."""
    os.mkfifo(left / "pipe")
    (left / "x").write_text("1")
    assert collected(left, tmp_path / "out").files == ("x",)


def test_bytes_are_capped(left, tmp_path):
    """A file that is too large, though sparse, is left out, and a smaller one still comes."""
    with (left / "a-big").open("wb") as file:
        file.truncate(1 << 40)
    (left / "b").write_text("small")
    got = collected(left, tmp_path / "out", bytes=1000)
    assert (got.files, got.left_out) == (("b",), (("a-big", "too large"),))
    assert not (tmp_path / "out" / "a-big").exists()


def test_the_cap_on_bytes_is_of_all_files(left, tmp_path):
    """Many small files do not get around the cap."""
    for number in range(10):
        (left / str(number)).write_bytes(bytes(300))
    assert len(collected(left, tmp_path / "out", bytes=1000).files) == 3


def test_entries_are_capped(left, tmp_path):
    """No more entries than the cap are looked at."""
    for number in range(50):
        (left / str(number)).touch()
    got = collected(left, tmp_path / "out", entries=20)
    assert len(got.files) == 20
    assert got.left_out == ((".", "too many entries"),)


def test_depth_is_capped(left, tmp_path):
    """Folders nested beyond the cap are left out."""
    (left / "a/b/c/d").mkdir(parents=True)
    (left / "a/b/c/d/deep").touch()
    (left / "a/b/near").touch()
    got = collected(left, tmp_path / "out", depth=3)
    assert (got.files, got.left_out) == (("a/b/near",), (("a/b/c/d", "too deep"),))


def test_what_exists_is_not_written_over(left, tmp_path):
    """A file of ours in the destination is left alone."""
    (left / "x").write_text("theirs")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").write_text("ours")
    assert collected(left, tmp_path / "out").left_out == (("x", "cannot be read"),)
    assert (tmp_path / "out" / "x").read_text() == "ours"


@pytest.mark.usefixtures("box")
def test_a_box_is_collected_after_its_end(tmp_path):
    """The workspace of a box that has ended, or was killed, can still be collected."""
    command = "mkdir d; echo 1 > d/x; ln -s /etc/passwd l; mkfifo p"
    with open_box(BoxSpec(argv=("sh", "-c", command))) as box:
        box.wait()
        assert box.collect(tmp_path / "ended").files == ("d/x",)
    with open_box(BoxSpec(argv=("sh", "-c", f"{command}; echo; sleep 60")), own_stdout=True) as box:
        box.stdout.readline()
        assert box.collect(tmp_path / "living").files == ("d/x",)
        box.kill()
        assert box.collect(tmp_path / "killed").files == ("d/x",)


names = st.text(string.ascii_letters + string.digits + "._- \n\u00e9\u4e16", min_size=1, max_size=20).filter(
    lambda name: name not in {".", ".."}
)


@given(st.dictionaries(names, st.binary(max_size=200), max_size=8))
def test_copied_in_and_collected_is_the_same(tmp_path_factory, files):
    """What is copied in comes out again, whatever the names and bytes."""
    place = tmp_path_factory.mktemp("round")
    source, work = place / "source", place / "work"
    source.mkdir()
    work.mkdir()
    for name, content in files.items():
        (source / name).write_bytes(content)
    fd = os.open(work, os.O_RDONLY | os.O_DIRECTORY)
    try:
        copy_in(source, fd, None)
    finally:
        os.close(fd)
    got = collected(work, place / "out")
    assert {name: (place / "out" / name).read_bytes() for name in got.files} == files
