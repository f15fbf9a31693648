from pathlib import Path

import pytest

from codestone.engine.check import prove
from codestone.suites.load import load_task


def proof(small_suite: Path, **options) -> tuple[bool, str]:
    """Prove the small task; return the verdict and what was said."""
    said: list[str] = []
    task = load_task("small/add", roots=[small_suite.parent])
    verdict = prove([task], repeat=options.get("repeat", 1), load=options.get("load", 0), report=said.append)
    return verdict, "\n".join(said)


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that is there."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_task_that_is_right_proves_itself_under_load(small_suite):
    """The report counts what was proven."""
    verdict, said = proof(small_suite, repeat=2, load=1)
    assert verdict
    assert "busy processes" in said
    assert "✓ small/add: 2 checks, 2 mutants, 1 accepted styles" in said


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("tests/checks.py", "gives(5)", "gives(6)", "the solution fails 'zero'"),
        (
            "tests/checks.py",
            "gives(a + b)",
            "satisfies(lambda _: True, 'x')",
            "no mutant fails the check 'sums'",
        ),
        ("tests/checks.py", "gives(5)", "nonsense()", "AttributeError"),
        ("tests/checks.py", "return candidate", "candidate", "returned None"),
        ("tests/checks.py", "def zero(", "def none(", "cannot be loaded"),
        ("tests/checks.py", "gives(5)", "satisfies(lambda _: bool(candidate.left_s % 2), '')", "zero"),
        ("solution/adder.py", "a + b", "a", "the solution fails 'sums'"),
        ("accepted/by-sum/adder.py", "sum(numbers)", "0", "accepted/by-sum fails"),
        ("mutants/subtracts/adder.py", "a - b", "a + b", "is the same as the solution"),
        ("mutants/subtracts/adder.py", "a - b", "a * b", "fails 'zero', which task.toml does not say"),
        (
            "mutants/adds-one/adder.py",
            "a + b + 1",
            "a + b if b else a + 1",
            "passes 'sums', which task.toml says",
        ),
        ("mutants/adds-one/adder.py", "a + b + 1", "a - b", "fail the same checks"),
        ("workspace/adder.py", "a - b", "a * b", "the untouched workspace fails 'zero'"),
        ("workspace/adder.py", "a - b", "a + b", "the untouched workspace passes 'sums'"),
    ],
)
def test_a_sabotaged_task_turns_red_with_the_right_message(small_suite, file, old, new, words):
    """Each edit breaks one promise."""
    edit(small_suite / "add" / file, old, new)
    verdict, said = proof(small_suite)
    assert not verdict
    assert words in said


def test_a_flaky_check_is_seen_when_the_reference_is_repeated(small_suite):
    """Its verdict depends on chance, here on a coin that nobody seeded."""
    edit(
        small_suite / "add/tests/checks.py",
        '"add", 5, 0).gives(5)',
        '"add", 5, 0).gives(5 + int(candidate.nonce(), 16) % 2)',
    )
    verdict, said = proof(small_suite, repeat=20)
    assert not verdict
    assert "does not get one verdict in 20 runs: zero" in said
