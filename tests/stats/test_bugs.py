from pathlib import Path

import pytest

from codestone.stats.bugs import EASY_FROM, HARD_BELOW, KNOWN_FROM, bug_rows, difficulty_of
from codestone.stats.spread import proportion
from codestone.stats.summarise import summarise
from codestone.testing.records import make_contestant, make_record
from codestone.trial import CheckResult

M1, SCRIPT = ("m1", "single"), ("script", "single")


def checks(*told, bug="leak"):
    """Return checks of one bug: True and False passed or not, None where nothing could be run."""
    return [
        CheckResult(id=f"{bug}-{n}", passed=bool(one), points=50, bug=bug, evidence="", told=one is not None)
        for n, one in enumerate(told)
    ]


def one_row(*records, who=M1):
    (row,) = bug_rows("t", {who: records})
    return row


@pytest.mark.parametrize(
    ("told", "k", "n"),
    [
        ((True, True), 1, 1),
        ((True, False), 0, 1),
        ((None, False), 0, 1),
        ((None, True), 0, 0),
        ((None, None), 0, 0),
    ],
)
def test_a_bug_is_fixed_where_all_of_its_checks_pass(told, k, n):
    """One that fails and was told is enough to say no; what could not be run says nothing."""
    row = one_row(make_record(contestant="m1", checks=checks(*told)))
    assert (row.bug, row.checks) == ("leak", ("leak-0", "leak-1"))
    cell = row.cells[0]
    assert (cell.n, cell.fixed.k, cell.fixed.n) == (1, k, n)
    assert (cell.fixed.low is None) is (n == 0)


def test_rows_are_in_the_order_of_the_checks_and_tasks_without_bugs_have_none(plan):
    """Every contestant has its cell, whether it was measured or not."""
    both = [*checks(True, bug="heap"), *checks(False, bug="once")]
    summary = summarise(
        [make_record(contestant="m1", task="a", checks=both), make_record(contestant="m1", task="b")],
        [],
        planned=plan(["m1", "m2"], "ab"),
    )
    assert [(row.task, row.bug) for row in summary.bugs] == [("examples/a", "heap"), ("examples/a", "once")]
    assert [(cell.contestant, cell.n) for cell in summary.bugs[0].cells] == [("m1", 1), ("m2", 0)]


def test_difficulty_counts_the_different_answers_of_models():
    """A copy of an answer is no further evidence, and a script none at all; a cell counts its trials."""
    records = [
        make_record(contestant="m1", epoch=n, reply_digest=digest, checks=checks(passed))
        for n, (digest, passed) in enumerate([("x", True), ("x", True), ("y", False)], start=1)
    ]
    script = make_record(contestant=make_contestant("script", scripted=True), checks=checks(True))
    (row,) = bug_rows("t", {M1: records, SCRIPT: [script]})
    assert (row.fixed.k, row.fixed.n) == (1, 2)
    assert [(cell.fixed.k, cell.fixed.n) for cell in row.cells] == [(2, 3), (1, 1)]


@pytest.mark.parametrize(
    ("k", "n", "word"),
    [
        (24, 26, "easy"),
        (19, 26, "medium"),
        (10, 26, "hard"),
        (30, 30, "easy"),
        (28, 30, "easy"),
        (14, 30, "hard"),
        (8, 10, "easy"),
        (5, 10, "medium"),
        (KNOWN_FROM - 1, KNOWN_FROM - 1, "not known"),
        (0, 0, "not known"),
    ],
)
def test_the_words_are_those_of_the_published_tables(k, n, word):
    """Seven bugs of 26 to 30 models, and the edges."""
    assert difficulty_of(proportion(k, n)) == word


def test_the_page_says_where_the_words_begin():
    """docs/concepts/statistics.md has the edges of the code."""
    page = (Path(__file__).parents[2] / "docs/concepts/statistics.md").read_text("utf-8")
    assert f"| easy | {100 * EASY_FROM:.0f} % and more |" in page
    assert f"| hard | below {100 * HARD_BELOW:.0f} % |" in page
    assert f"fewer than {KNOWN_FROM} answers tell" in page
