from pathlib import Path

import pytest

from codestone.errors import TaskError
from codestone.suites.schema import must_read, read
from codestone.task import SuiteSpec, TaskSpec


def faults(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    """Read a suite.toml of that text."""
    file = tmp_path / "suite.toml"
    file.write_text(text)
    return [(fault.line, fault.message) for fault in read(file, SuiteSpec).faults]


GOOD = 'schema_version = 1\ntitle = "T"\nversion = "1.0.0"\ntells = "x"\ntasks = ["a"]\n'


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('title = "T"', "title = 3", 2, "'title' must be text in quotes, not 3"),
        ('title = "T"', "title = 1979-05-27", 2, "'title' must be text in quotes, not datetime."),
        ('title = "T"', 'title = ""', 2, "'title' must not be empty, not ''"),
        ('title = "T"', 'titel = "T"', 2, "'titel' is no known key: did you mean 'title'?"),
        ('title = "T"\n', "", 0, "'title' is missing (What lists and reports call the suite.)"),
        ("schema_version = 1", "schema_version = 2", 1, "'schema_version' must be 1, not 2"),
        ('"1.0.0"', '"1.0"', 3, "'version' must be three numbers with dots, like '1.0.0', not '1.0'"),
        ('["a"]', "[]", 5, "'tasks' must not be empty, not []"),
        ('["a"]', '"a"', 5, "'tasks' must be a list in [ ], not 'a'"),
        ('["a"]', '[\n "a",\n 7,\n]', 7, "entry 2 of 'tasks' must be text in quotes, not 7"),
        ('["a"]', '["A b"]', 5, "entry 1 of 'tasks' must be lower-case words joined by hyphens, "),
        ("tasks", "x = nan\ntasks", 5, "'x' is no known key; known are schema_version, title, version, "),
        ('version = "1.0.0"', "version = ", 3, "is not valid TOML: Invalid value"),
        ('tasks = ["a"]', 'tasks = ["a"', 5, "is not valid TOML: Unclosed array"),
        ("tasks", 'title = "U"\ntasks', 5, "is not valid TOML: Cannot overwrite a value"),
    ],
)  # fmt: skip
def test_each_kind_of_mistake_is_said_in_words(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    """One edit, and its message and line; a number that is not finite counts as well."""
    assert old in GOOD
    found = [fault for fault in faults(tmp_path, GOOD.replace(old, new, 1)) if "finite" not in fault[1]]
    assert [place for place, _ in found] == [line]
    assert found[0][1].startswith(words)


def test_every_mistake_of_a_file_is_found_at_once(tmp_path: Path) -> None:
    """Four mistakes, four faults."""
    text = 'schema_version = "1"\ntitle = "a\\nb"\nversion = 1.0\ntells = "x"\ntasks = ["a"]\nmore = 1\n'
    assert [line for line, _ in sorted(faults(tmp_path, text))] == [1, 2, 3, 6]


@pytest.mark.parametrize("number", ["inf", "-inf", "nan"])
def test_a_limit_must_be_a_finite_number(task: Path, number: str) -> None:
    """TOML can write numbers that are no limit."""
    file = task / "task.toml"
    file.write_text(file.read_text().replace("check_s = 5", f"check_s = {number}"))
    assert "must be a finite number" in {
        f.message.partition(", not")[0][10:] for f in read(file, TaskSpec).faults
    }


def test_a_sound_section_of_a_broken_file_can_be_used(task: Path) -> None:
    """What is right is read, so that further faults can be looked for."""
    file = task / "task.toml"
    file.write_text(file.read_text().replace('shape = "fix"', 'shape = "fxi"'))
    reading = read(file, TaskSpec)
    assert [fault.message for fault in reading.faults] == [
        "'shape' must be 'fix', 'write', 'refactor', 'edit', 'debug', 'review' or 'prose', not 'fxi'"
    ]
    assert not reading.has("shape")
    assert reading.has("check", "mutant", "limits")
    assert reading.spec.limits.check_s == 5


def test_a_good_file_becomes_its_model(tmp_path: Path) -> None:
    """What is read is a validated model."""
    (tmp_path / "suite.toml").write_text(GOOD)
    assert must_read(tmp_path / "suite.toml", SuiteSpec).tasks == ("a",)


@pytest.mark.parametrize(("content", "line"), [(None, 0), (b"a = 1\nb = '\xff'\n", 2)])
def test_a_file_that_cannot_be_read_is_a_task_error(tmp_path: Path, content: bytes | None, line: int) -> None:
    """Missing, or not UTF-8."""
    if content is not None:
        (tmp_path / "suite.toml").write_bytes(content)
    with pytest.raises(TaskError) as caught:
        must_read(tmp_path / "suite.toml", SuiteSpec)
    assert [fault.line for fault in caught.value.faults] == [line]
