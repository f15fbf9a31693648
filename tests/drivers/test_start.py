import os

from codestone.drivers._start import shown, texts


def test_text_files_are_shown_in_order_and_nothing_else(tmp_path):
    """Binary files, links and pipes are left out; line ends stay."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.py").write_bytes(b"x\r\n")
    (tmp_path / "a.txt").write_text("ü\n")
    (tmp_path / "data").write_bytes(b"\xff\xfe")
    (tmp_path / "nul").write_bytes(b"a\0b")
    (tmp_path / "link").symlink_to("/etc/hostname")
    (tmp_path / "away").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    assert list(texts(tmp_path).items()) == [("a.txt", "ü\n"), ("b/x.py", "x\r\n")]


def test_an_empty_or_missing_workspace_shows_nothing(tmp_path):
    """There is nothing to say of it."""
    assert texts(tmp_path) == texts(tmp_path / "none") == {}
    assert shown({}) == ""
