from itertools import cycle, islice
from time import perf_counter

import pytest

from codestone.engine.changes import changes


@pytest.fixture
def folders(tmp_path):
    """Return the starting and the finished workspace, both empty."""
    for name in ("start", "finished"):
        (tmp_path / name).mkdir()
    return tmp_path / "start", tmp_path / "finished"


def test_what_was_changed_and_deleted_is_in_it_and_what_is_new_is_not(folders):
    """New files lie in the workspace as they are."""
    start, finished = folders
    (start / "a.py").write_text("one\ntwo\n")
    (finished / "a.py").write_text("one\nthree")
    (start / "gone.py").write_text("x\n")
    (start / "same.py").write_text("same\n")
    (finished / "same.py").write_text("same\n")
    (finished / "new.py").write_text("new\n")
    assert changes(start, finished) == (
        "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n\\ No newline at end of file\n"
        "--- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    )


def test_a_task_that_starts_from_nothing_has_no_changes(folders):
    """Its workspace may not even exist."""
    start, finished = folders
    start.rmdir()
    assert changes(start, finished) == ""


def test_what_is_no_text_is_named(folders):
    """A changed binary says so; an unchanged one says nothing."""
    start, finished = folders
    for name, after in (("a.bin", b"\0\2"), ("b.bin", b"\xff"), ("c.bin", b"\0\1")):
        (start / name).write_bytes(b"\0\1")
        (finished / name).write_bytes(after)
    named = "was changed: binary, or too large to compare\n"
    assert changes(start, finished) == f"a.bin {named}b.bin {named}"


@pytest.mark.parametrize("link", ["a.py", "inner"])
def test_no_link_is_followed(folders, link, tmp_path):
    """A link in the place of a file, or of its folder, shows nothing of what it leads to."""
    start, finished = folders
    (start / "inner").mkdir()
    for name in ("a.py", "inner/a.py"):
        (start / name).write_text("x\n")
    secret = tmp_path / "outside"
    secret.mkdir()
    (secret / "a.py").write_text("secret\n")
    (finished / link).symlink_to(secret / "a.py" if link == "a.py" else secret)
    assert "secret" not in changes(start, finished)


def test_an_answer_made_to_be_slow_to_compare_is_not(folders):
    """Lines that repeat are the worst case: minutes without a bound, and here a few seconds at most."""
    start, finished = folders
    (start / "a.py").write_text("".join(f"{number % 100}\n" for number in range(2000)))
    (finished / "a.py").write_text(
        "".join(f"{number * 7 % 100}\n" for number in islice(cycle(range(97)), 2000))
    )
    (start / "b.py").write_text("x\n")
    (finished / "b.py").write_text("y\n" * 200_000)
    begun = perf_counter()
    assert "b.py was changed" in changes(start, finished)
    assert perf_counter() - begun < 60
