from pathlib import Path

from codestone.suites.turns import read_turns


def test_no_folder_is_no_conversation(tmp_path: Path) -> None:
    """And no fault."""
    assert read_turns(tmp_path) == ((), ())


def test_texts_come_verbatim_in_order(tmp_path: Path) -> None:
    """Windows newlines and all."""
    (tmp_path / "turns").mkdir()
    (tmp_path / "turns" / "02.md").write_bytes(b"b\r\n\n")
    (tmp_path / "turns" / "01.md").write_bytes(b"a")
    assert read_turns(tmp_path) == (("a", "b\r\n\n"), ())


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    """A hole, an empty one, one that is no text, and a stray file."""
    (tmp_path / "turns").mkdir()
    for name, data in {"01.md": b"", "03.md": b"\xff", "x": b"x"}.items():
        (tmp_path / "turns" / name).write_bytes(data)
    faults = [(fault.file.name, fault.message.partition(":")[0]) for fault in read_turns(tmp_path)[1]]
    assert faults == [
        ("01.md", "is empty"),
        ("03.md", "stands where 02.md is expected"),
        ("03.md", "is not UTF-8 text"),
        ("x", "is no message"),
    ]
