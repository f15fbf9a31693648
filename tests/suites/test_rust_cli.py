"""What answers to rust-cli earn that no mutant shows: what is mended where they do not compile."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from codestone.errors import ToolchainMissing
from codestone.grading.grade import Graded, grade
from codestone.grading.session import Session
from codestone.languages import rust
from codestone.suites import paths
from codestone.suites.load import load_task
from codestone.task import Task

FILE = "src/main.rs"
MATCH = """\
    fn mark_done(&mut self, id: u32) -> bool {
        match self.chores.iter_mut().find(|chore| chore.id == id) {
            Some(chore) => {
                chore.done = true;
                true
            }
            None => false,
        }
    }
"""
DERIVE = "Eq, ValueEnum, Serialize"
IMPORT = "use clap::{Parser, Subcommand, ValueEnum};"
FROM_STR = """\
impl std::str::FromStr for Priority {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        serde_json::from_value(serde_json::Value::from(word)).map_err(|error| error.to_string())
    }
}

impl fmt::Display for Priority"""
VALUE_ENUM, BORROW = {"compiles", "priority-names"}, {"compiles", "done-marks"}
NOT_MENDED = {"value-enum": None, "immutable-borrow": None, "next-id": None, "inverted-retain": None}


def body(text: str) -> Mapping[str, str]:
    """Replace what mark_done consists of."""
    return {MATCH: f"    fn mark_done(&mut self, id: u32) -> bool {{\n{text}    }}\n"}


RIGHT: dict[str, Mapping[str, str]] = {
    "in full": {DERIVE: "Eq, clap::ValueEnum, Serialize", IMPORT: "use clap::{Parser, Subcommand};"},
    "all of clap": {IMPORT: "use clap::*;"},
    "renamed words": {
        DERIVE: "Eq, ValueEnum, Serialize",
        "enum Priority {": '#[value(rename_all = "lower")]\nenum Priority {',
    },
    "from-str": {
        DERIVE: "Eq, Serialize",
        IMPORT: "use clap::{Parser, Subcommand};",
        ", value_enum": "",
        "impl fmt::Display for Priority": FROM_STR,
    },
    "position": body(
        "        let place = self.chores.iter().position(|chore| chore.id == id);\n"
        "        let Some(place) = place else { return false };\n"
        "        self.chores[place].done = true;\n        true\n"
    ),
    "for all": body(
        "        let mut known = false;\n        for chore in self.chores.iter_mut() {\n"
        "            if chore.id == id { chore.done = true; known = true; }\n        }\n        known\n"
    ),
    "messages": {'eprintln!("chores: {message}")': 'eprintln!("error: {message}!")', "added chore": "new:"},
}
"""Changes to the solution that leave it right."""

MENDED: dict[str, tuple[Mapping[str, str], set[str]]] = {
    "no derive of its own": ({DERIVE: "Eq, Serialize"}, VALUE_ENUM),
    "derived, not imported": ({IMPORT: "use clap::{Parser, Subcommand};"}, VALUE_ENUM),
    "from-str, and value_enum left in": (
        {DERIVE: "Eq, Serialize", "impl fmt::Display for Priority": FROM_STR},
        VALUE_ENUM,
    ),
    "no enum for clap, and done by position": (
        {DERIVE: "Eq, Serialize", **RIGHT["position"]},
        VALUE_ENUM,
    ),
    "shared receiver": ({"fn mark_done(&mut self": "fn mark_done(&self"}, BORROW),
    "a loop over what is read": (
        body(
            "        for chore in &self.chores {\n"
            "            if chore.id == id { chore.done = true; return true; }\n        }\n        false\n"
        ),
        BORROW,
    ),
    "a place that is read": (
        body(
            "        match (0..self.chores.len()).find(|&place| self.chores[place].id == id) {\n"
            "            Some(place) => { let chore = &self.chores[place]; chore.done = true; true }\n"
            "            None => false,\n        }\n"
        ),
        BORROW,
    ),
    "both": ({DERIVE: "Eq, Serialize", MATCH: MATCH.replace("iter_mut", "iter")}, VALUE_ENUM | BORROW),
}
"""Changes to the solution that keep it from being compiled and are mended, and what it then fails."""

BROKEN: dict[str, Mapping[str, str]] = {
    "a word missing": {"let mut store": "let mut"},
    "an enum and another fault": {DERIVE: "Eq, Serialize", "let mut store": "let mut"},
    "another list": {"chores: Vec<Chore>,": "chores: Vec<Job>,"},
}
"""Changes to the solution that nothing is known of."""

WRONG: dict[str, tuple[Mapping[str, str], set[str]]] = {
    "no ids in the list": (
        {'println!("{:>4} [{mark}]': 'println!("[{mark}]', '", chore.id, chore.': '", chore.'},
        {"listing"},
    ),
    "ids from two": (
        {"let id = self.next_id;\n        self.next_id += 1;": "self.next_id += 1; let id = self.next_id;"},
        {"ids-never-reused", "ids-rise", "ids-unique"},
    ),
}
"""Changes to the solution that compile, and what they fail: no other check with it."""

IDLE = {
    "nothing": "fn main() {}\n",
    "refuses all": 'fn main() {\n    eprintln!("no");\n    std::process::exit(1)\n}\n',
    "answers all": 'fn main() {\n    println!("[]");\n}\n',
}
"""Programs that compile and do nothing."""


@pytest.fixture(scope="module")
def task(open_session: Callable[[str, Mapping[str, str]], Session]) -> Task:
    """The task; skipped without Rust."""
    open_session("rust", {FILE: ""})
    return load_task("six-tasks/rust-cli", roots=[paths.shipped()])


@pytest.fixture
def graded(task: Task, tmp_path: Path) -> Callable[[str], Graded]:
    """Grade a file."""

    def of(text: str) -> Graded:
        (tmp_path / FILE).parent.mkdir()
        (tmp_path / FILE).write_text(text, "utf-8")
        return grade(task, tmp_path, seed=1)

    return of


@pytest.fixture
def changed(task: Task, graded: Callable[[str], Graded]) -> Callable[[Mapping[str, str]], Graded]:
    """Grade the solution with these words replaced."""

    def of(changes: Mapping[str, str]) -> Graded:
        text = (task.solution / FILE).read_text("utf-8")
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        return graded(text)

    return of


def failed(outcome: Graded) -> set[str]:
    """Return the checks that failed."""
    return {check.id for check in outcome.checks if not check.passed}


def bugs(outcome: Graded) -> dict[str, bool | None]:
    """Return which bugs are fixed; None where that cannot be told."""
    return {check.bug: check.passed if check.told else None for check in outcome.checks if check.bug}


@pytest.mark.parametrize("name", RIGHT)
def test_right(changed, name: str):
    """Another way to say the same has every point."""
    outcome = changed(RIGHT[name])
    assert failed(outcome) == set()
    assert outcome.score.earned == 20


@pytest.mark.parametrize("name", MENDED)
def test_mended(changed, name: str):
    """What does not compile is mended where that is known, fails just that, and is worth a quarter."""
    changes, fails = MENDED[name]
    outcome = changed(changes)
    assert failed(outcome) == fails
    assert outcome.score.earned == 5
    assert bugs(outcome) == {
        "value-enum": "priority-names" not in fails,
        "immutable-borrow": "done-marks" not in fails,
        "next-id": True,
        "inverted-retain": True,
    }


@pytest.mark.parametrize("name", BROKEN)
def test_broken(changed, name: str):
    """Of what does not compile for a reason of its own nothing is known."""
    outcome = changed(BROKEN[name])
    assert outcome.score.earned == 0
    assert bugs(outcome) == NOT_MENDED


@pytest.mark.parametrize("name", WRONG)
def test_wrong(changed, name: str):
    """What is wrong in one place fails what is asked about it, and is no other bug in the matrix."""
    changes, fails = WRONG[name]
    assert failed(changed(changes)) == fails


@pytest.mark.parametrize("name", IDLE)
def test_idle(graded, name: str):
    """A program that compiles and does nothing earns nothing."""
    assert graded(IDLE[name]).score.earned == 0


def test_left_in(task: Task, graded):
    """As it was handed out it does not compile, and earns what its working commands are worth."""
    outcome = graded((task.workspace / FILE).read_text("utf-8"))
    assert outcome.score.earned == 2.25
    assert set(bugs(outcome).values()) == {False}


def test_fact(changed):
    """What reads a priority is told, and nothing of what does not compile."""
    assert changed({}).facts["priority-read-by"] == "derive(ValueEnum)"


@pytest.mark.parametrize(
    ("name", "said"), [("from-str-and-positions", "impl FromStr"), ("value-enum-by-hand", "impl ValueEnum")]
)
def test_fact_of_others(task: Task, graded, name: str, said: str):
    """Other ways are told apart."""
    text = (task.path / "accepted" / name / FILE).read_text("utf-8")
    assert graded(text).facts["priority-read-by"] == said


def test_no_parser(task: Task, graded, monkeypatch: pytest.MonkeyPatch):
    """Without the parser nothing is graded: our fault is not the answer's."""
    monkeypatch.setattr(rust, "find_spec", lambda _: None)
    with pytest.raises(ToolchainMissing) as caught:
        graded("fn main() {}\n")
    assert "codestone[rust]" in caught.value.hint
