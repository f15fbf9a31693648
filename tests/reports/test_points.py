import pytest

from codestone.reports import html, markdown, terminal
from codestone.reports._points import COLUMNS, by_task, short_names
from codestone.stats.planned import Planned, PlannedTask
from codestone.stats.summarise import summarise
from codestone.stats.summary import TaskRow
from codestone.testing.records import TASK_DIGEST, make_contestant, make_record


def rows(*names):
    """Return tasks of these ids."""
    return [TaskRow(id=name, title=name, possible=20, skipped="", stale=0) for name in names]


def wide(tasks, *, contestants=("m1",), epochs=1, skipped=()):
    """Return a run of so many tasks."""
    names = [f"task-{n}" for n in range(tasks)]
    planned = Planned(
        title="wide",
        epochs=epochs,
        contestants=tuple(map(make_contestant, contestants)),
        tasks=tuple(
            PlannedTask(
                suite="s",
                task=name,
                title=name,
                possible=100,
                digest=TASK_DIGEST,
                skipped="no go" if name in skipped else "",
            )
            for name in names
        ),
    )
    records = [
        make_record(suite="s", task=name, contestant=who, epoch=epoch, earned=62.5)
        for name in names
        for who in contestants
        for epoch in range(1, epochs + 1)
        if name not in skipped
    ]
    return summarise(records, [], planned=planned)


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (
            ("s/py-top-k", "s/js-fix-queue", "s/ts-refactor", "s/js-sse-client"),
            ["py", "js-fix", "ts", "js-sse"],
        ),
        (("s/go", "s/go-fast", "s/rust-cli"), ["go", "go-fast", "rust"]),
        (("a/x-1", "b/x-1"), ["a/x", "b/x"]),
        (("a/x-1", "b/y-1"), ["x", "y"]),
        (("s/x+hard", "s/x"), ["x+hard", "x"]),
        (("s/only",), ["only"]),
    ],
)
def test_a_short_name_is_nobody_elses(names, short):
    """The fewest leading words that tell a task from all others."""
    found = short_names(rows(*names))
    assert list(found) == list(names)
    assert list(found.values()) == short


def test_each_task_has_a_column_and_the_total_stands_last():
    """Rank, contestant, six tasks, total; below them what was possible."""
    table = by_task(wide(6, contestants=("m1", "m2")), short=True)
    assert table.columns == ("#", "contestant", *(f"task-{n}" for n in range(6)), "total")
    assert [row[-1] for row in table.rows] == ["375/600", "375/600", ""]
    assert table.rows[-1] == ("", "possible", *["100"] * 6, "")


def test_very_many_tasks_have_a_row_each():
    """Then the contestants have the columns."""
    table = by_task(wide(COLUMNS + 1))
    assert table.columns == ("task", "possible", "m1")
    assert len(table.rows) == COLUMNS + 1


@pytest.mark.parametrize("summary", ["six"], indirect=True)
def test_six_tasks_stand_in_one_table_of_eighty_columns(summary):
    """With ranks and totals, however long the contestants' names are."""
    text = terminal.render(summary)
    head = next(line for line in text.splitlines() if "js-sse" in line and "total" in line)
    assert head.split() == ["#", "contestant", "py", "js-fix", "ts", "rust", "go", "js-sse", "total"]
    assert "js-sse: js-sse-client" in text


@pytest.mark.parametrize("draw", [terminal.render, markdown.render, html.render])
def test_a_skipped_task_has_a_mark_of_its_own(draw):
    """In its column; it is neither 0 nor what was not measured, and in nobody's total."""
    text = draw(wide(2, skipped=("task-1",)))
    assert "skipped" in text
    assert "62.5/100" in text
    assert "62.5/200" not in text
    cells = by_task(wide(2, skipped=("task-1",))).rows[0]
    assert cells[2:4] == ("62.5 (n 1)", "skipped")


def test_n_is_left_out_only_where_no_epoch_is_missing():
    """The note says how many there are."""
    summary = wide(2, epochs=2)
    assert by_task(summary, short=True).rows[0][2] == "62.5 ±0"
    more = summary.model_copy(update={"run": summary.run.model_copy(update={"epochs": 3})})
    assert by_task(more, short=True).rows[0][2] == "62.5 ±0 (n 2)"


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("tasks", [12, 13])
def test_what_is_too_wide_goes_on_in_another_table(width, tasks):
    """No figure is broken, and each part says whose row it is."""
    names = [f"a-model-with-a-long-name-{n}-q8" for n in range(4)]
    text = terminal.render(wide(tasks, contestants=names), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text.partition("Two by two")[0]
