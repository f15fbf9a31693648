import pytest

from codestone.reports import _words as words
from codestone.reports import html, markdown, terminal
from codestone.reports._answer_sections import observed, seen
from codestone.reports._compared import comparison_words
from codestone.reports._sections import sections
from codestone.stats.bugs import difficulty_of
from codestone.stats.spread import median_of, proportion
from codestone.stats.summary import BugRow, FactSeen, ValueCount

DRAWN = pytest.mark.parametrize("draw", [terminal.render, markdown.render, html.render])


def plain(text):
    """Return text with its dashes and times signs in ASCII."""
    return text.replace(words.TO, "-").replace(words.TIMES, "x")


def found(summary):
    """Return the sections by their id."""
    return {section.id: section for section in sections(summary)}


def row(table, name):
    """Return a table's row by its first text, as text by column."""
    return dict(
        zip(table.columns, map(plain, next(row for row in table.rows if row[0] == name)), strict=True)
    )


@pytest.mark.parametrize("summary", ["six"], indirect=True)
def test_every_section_is_there_where_it_has_something_to_say(summary):
    """In the order in which they are read."""
    assert list(found(summary)) == ["passes", "value", "twins", "bugs", "facts", "reliability"]


@pytest.mark.parametrize("summary", ["one"], indirect=True)
def test_one_trial_has_none_of_them(summary):
    """One pass, one task, one contestant, no bug, no fact, no failure: nothing to say."""
    assert found(summary) == {}


@DRAWN
@pytest.mark.parametrize("summary", ["six"], indirect=True)
def test_every_report_draws_them(draw, summary):
    """Heading, and figures out of each."""
    text = " ".join(plain(draw(summary)).split())
    for wanted in (
        "From pass to pass",
        "Variants of one model",
        "Planted bugs",
        "hard, 1/11 (2-38%)" if draw is not terminal.render else "hard,",
        "Measured of the answers, and not judged",
        "102 / 0%",
        "2 x the stream fell silent" if draw is not terminal.render else "2 x",
    ):
        assert wanted in text


@pytest.mark.parametrize("summary", ["six"], indirect=True)
def test_the_bug_matrix_has_a_row_for_each_bug_and_tells_what_is_not_known(summary):
    """The answer of the distillate that did not compile is left out of n; not told at all is no 0."""
    (table,) = found(summary)["bugs"].tables
    assert table.caption == "Task js-fix-queue (six-tasks/js-fix-queue)"
    once = row(table, "once-never-unsubscribes")
    assert once["observed"] == "medium, 6/11 (28-79%)"
    assert once["gpt-oss-20b-q8kxl-nonthink"] == "2/3 (21-94%)"
    assert once["gpt-oss-20b-claude-distill-q8kxl"] == "0/2 (0-66%)"


@pytest.mark.parametrize("summary", ["six"], indirect=True)
def test_approaches_stand_by_contestant_and_over_all_models(summary):
    """Scripts are no models; what was not told is counted as such."""
    table = found(summary)["facts"].tables[0]
    assert table.columns == ("contestant", "How it limits", "go vet")
    assert row(table, "gpt-oss-20b-claude-distill-q8kxl")["How it limits"] == "-"
    assert row(table, "all models")["How it limits"] == (
        "3 x one global reset, 3 x sliding window, 3 x token bucket, 3 x not told"
    )
    assert row(table, "gpt-oss-20b-q40")["go vet"] == "2 x yes, 1 x no"


@pytest.mark.parametrize("summary", ["six"], indirect=True)
def test_style_has_a_column_for_each_task(summary):
    """Counts from least to most, n where answers are missing; modules with how often they were seen."""
    _, _, style, modules = found(summary)["facts"].tables
    assert row(style, "gpt-oss-20b-q8kxl")["py"] == "0 / 0"
    assert row(style, "gpt-oss-20b-claude-distill-q8kxl")["go"] == "1-3 / 2"
    assert row(style, "gpt-oss-20b-claude-distill-q8kxl")["js-sse"] == "2-3 / 2 (n 2)"
    assert row(modules, "gpt-oss-20b-q40")["py"] == "2 x heapq, 1 x none"
    assert row(modules, "gpt-oss-20b-q40")["go"] == "3 x fmt + sync"


@pytest.mark.parametrize("summary", ["six"], indirect=True)
def test_twins_say_what_differs_and_by_how_much(summary):
    """Thinking, quantisation and distillation, each paired by task with its interval."""
    thinking, quant, distill = found(summary)["twins"].tables
    one = dict(zip(thinking.columns, thinking.rows[0], strict=True))
    assert one["one"] == "gpt-oss-20b-q8kxl (thinks)"
    assert one["points"] == "89/100 and 74.7/100"
    assert one["difference"].startswith("+14.3 of 100 (+11.7 to +16.9")
    assert quant.rows[0][0] == "gpt-oss-20b-q40 (q40)"
    assert distill.rows[0][1] == "gpt-oss-20b-q8kxl-nonthink (its base model)"


@pytest.mark.parametrize("summary", ["six"], indirect=True)
def test_points_for_time_are_those_of_the_same_trials(summary):
    """100 points in five tasks of 20 s are 60 a minute; as published they are five times that."""
    (table,) = found(summary)["value"].tables
    oracle = row(table, "oracle SCRIPTED")
    assert (oracle["points/minute"], oracle["Score/Min"], oracle["GB"]) == ("60", "300", "-")
    assert row(table, "gpt-oss-20b-q8kxl")["points/GB"].startswith("7.2 (")


@pytest.mark.parametrize(
    ("fixed", "text"),
    [((24, 26), "easy, 24/26 (76-98%)"), ((3, 3), "not known, 3/3"), ((0, 0), "not known, 0/0")],
)
def test_a_difficulty_says_what_it_rests_on(fixed, text):
    """Word, k of n, interval; no word on few answers."""
    part = proportion(*fixed)
    bug = BugRow(task="t", bug="b", checks=("c",), fixed=part, difficulty=difficulty_of(part), cells=())
    assert plain(observed(bug)) == text


def test_a_fact_is_written_as_values_or_as_a_median():
    """Nothing told is the mark of what is not measured."""
    nothing = FactSeen(n=2, told=0, values=(), median=None)
    numbers = FactSeen(n=3, told=2, values=(), median=median_of([1, 2.5]))
    said = FactSeen(
        n=3, told=3, values=(ValueCount(value=True, n=2), ValueCount(value="x", n=1)), median=None
    )
    assert [plain(seen(each)) for each in (nothing, numbers, said)] == [
        "-",
        "1.8 (n 2, 1-2.5)",
        "2 x yes, 1 x x",
    ]


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_too_few_to_tell_names_what_was_observed(summary):
    """And that no difference could be shown, before what would settle it."""
    pair = summary.comparisons[0]
    said = comparison_words(pair, one="A", other="B")
    assert said.startswith(
        "A and B: too few to tell: with 2 tasks x 2 passes this test can show no difference"
    )
    assert "would settle one of this size: observed +45 of 100 (" in said
