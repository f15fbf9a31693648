import pytest
from benchmarks.results import Part, Results, Row, read, write
from benchmarks.table import README, draw, met, number, placed


def row(**overrides):
    fields = {"figure": "Size", "unit": "MB", "n": 3, "codestone": 17.1, "llama_benchy": 295.0, "bare": 13.8}
    return Row(**{**fields, "bare_is": "aiohttp", **overrides})


def results(*rows):
    part = Part(date="2026-01-02T03:04:05+00:00", load=2.5, seconds=1.0, settings={}, rows=rows)
    return Results(machine={"cores": "2 cores", "system": "Linux"}, parts={"launch": part})


def test_a_row_shows_figures_ratios_and_n():
    """Ratios are ours of theirs, from the figures and not from what is shown of them."""
    line = draw(results(row())).splitlines()[4]
    assert line == "| Size | 17.1 MB | 295 MB | 13.8 MB (aiohttp) | 0.0580 | 1.24 |  | 3 |"


def test_what_was_not_measured_is_a_dash_and_has_no_ratio():
    """Never 0."""
    line = draw(results(row(codestone=None, bare=None))).splitlines()[4]
    assert line == "| Size | - | 295 MB | - | - | - |  | 3 |"


def test_the_machine_the_day_and_the_load_stand_above():
    """A figure without them says nothing."""
    first = draw(results(row())).splitlines()[0]
    assert first == "Measured 2026-01-02 on 2 cores, Linux; load average 2.5 to 2.5."


@pytest.mark.parametrize(
    ("limits", "held"),
    [
        ({}, None),
        ({"limit": 17.1}, True),
        ({"limit": 17.0}, False),
        ({"share": 0.25}, True),
        ({"share": 0.05}, False),
        ({"limit": 20.0, "share": 0.05}, False),
        ({"limit": 20.0, "codestone": None}, None),
    ],
)
def test_a_row_holds_where_it_is_within_all_its_limits(limits, held):
    """What was not measured neither holds nor misses."""
    assert met(row(**limits)) is held


def test_a_ratio_too_small_to_tell_is_said_to_be_so():
    """A row of noughts is no figure."""
    assert "| < 0.001 |" in draw(results(row(codestone=0.1, llama_benchy=25100.0)))


def test_a_missed_limit_is_said():
    """It is not left out."""
    assert "≤ 10.0 MB ✗ missed" in draw(results(row(limit=10.0)))
    assert "≤ 20.0 MB and ≤ 0.250 of llama-benchy's ✓" in draw(results(row(limit=20.0, share=0.25)))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (0.00123456, "0.00123"),
        (0.5, "0.500"),
        (9.996, "10.00"),
        (123.4, "123"),
        (118745.0, "119,000"),
        (118745, "118,745"),
    ],
)
def test_three_digits_count(value, shown):
    """More would be noise."""
    assert number(value) == shown


def test_the_table_replaces_what_is_between_the_markers():
    """And nothing else; a backslash in it is only a backslash."""
    text = "before\n<!-- figures -->\nold\n<!-- /figures -->\nafter\n"
    once = placed(text, "new \\1\n")
    assert once == "before\n<!-- figures -->\nnew \\1\n<!-- /figures -->\nafter\n"
    assert placed(once, "new \\1\n") == once


@pytest.mark.parametrize("text", ["none", "<!-- figures -->\n<!-- /figures -->\n" * 2])
def test_markers_are_there_once(text):
    """Else the figures would go nowhere, or twice."""
    with pytest.raises(ValueError, match="there must be one"):
        placed(text, "new")


def test_results_come_back_as_they_were_written(tmp_path):
    """The file is the source of the table."""
    path = tmp_path / "results.json"
    write(results(row(), row(bare=None)), path)
    assert read(path) == results(row(), row(bare=None))


def test_the_readme_shows_the_committed_results():
    """Run `python -m benchmarks --draw` when this fails."""
    text = README.read_text("utf-8")
    assert placed(text, draw(read())) == text
    assert read().parts
