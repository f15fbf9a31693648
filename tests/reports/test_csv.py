import csv as reader
from io import StringIO

import pytest

from codestone.reports import csv


def rows(summary):
    """Return the rows, as a spreadsheet reads them."""
    return list(reader.DictReader(StringIO(csv.render(summary))))


def test_it_has_a_row_for_each_contestant_and_task(case):
    """Skipped and unmeasured ones too, with the same columns in every row."""
    found = rows(case[1])
    assert len(found) == len(case[1].cells)
    assert all(tuple(row) == csv.COLUMNS and None not in row.values() for row in found)


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_what_was_not_measured_is_empty_and_not_zero(summary):
    """A figure has its n; nothing has none."""
    by = {(row["contestant"], row["task"]): row for row in rows(summary)}
    measured, missing = by["alpha-1b", "examples/fix"], by["gamma-7b", "examples/write"]
    assert (measured["mean"], measured["n"], measured["points"]) == ("55.0", "2", "45 65")
    assert (measured["rank"], measured["full"], measured["endings"]) == ("2", "0", "answered 2")
    assert (missing["n"], missing["not_measured"]) == ("0", "1")
    assert {missing[name] for name in ("mean", "best", "full", "full_low", "distinct_replies", "rank")} == {
        ""
    }
    assert by["alpha-1b", "examples/port"]["skipped"] == "no cargo"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "'"])
@pytest.mark.parametrize("summary", ["one"], indirect=True)
def test_a_spreadsheet_takes_no_text_for_a_formula(summary, start):
    """A task's title is text of a stranger."""
    formula = f'{start}HYPERLINK("http://x";"click")'
    tasks = tuple(task.model_copy(update={"title": formula}) for task in summary.tasks)
    (row,) = rows(summary.model_copy(update={"tasks": tasks}))
    assert row["title"] == f"'{formula}"
