import pytest
from rich.cells import cell_len

from codestone.reports import terminal


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(case, width):
    """80 columns are safe, and so is what a pipe or a narrow window has."""
    text = terminal.render(case[1], width=width)
    assert max(map(cell_len, text.splitlines())) <= width


def test_without_colour_there_is_no_escape(case):
    """A pipe gets plain text, whatever the environment says."""
    assert "\x1b" not in terminal.render(case[1])


def test_forced_colour_of_the_environment_does_not_count(monkeypatch, case):
    """The caller says whether it writes to a terminal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in terminal.render(case[1])


@pytest.mark.parametrize("summary", ["one"], indirect=True)
def test_no_color_wins(monkeypatch, summary):
    """NO_COLOR leaves no colour, and every symbol."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[32m" in terminal.render(summary, colour=True)
    monkeypatch.setenv("NO_COLOR", "1")
    text = terminal.render(summary, colour=True)
    assert "\x1b[3" not in text
    assert "✓" in text
    assert "✗" in text


@pytest.mark.parametrize("summary", ["one"], indirect=True)
def test_a_first_run_shows_what_went_wrong_and_where_to_look(summary):
    """Score with n, evidence, speed with who measured it, the artifacts, box and server."""
    text = terminal.render(summary)
    for wanted in (
        "65/100",
        "(n 1)",
        "✗   35  adds-negatives",
        "add(-1, -1) gave 0, expected -2",
        "ending: answered",
        "our clock",
        "the server's",
        "trials/tiny-1b-q8-1a2b3c4d/examples/add-numbers/single-1",
        "bubblewrap 0.11.0",
        "llama-server at http://127.0.0.1:8080/v1",
    ):
        assert wanted in text


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_a_lower_bound_is_marked_and_not_ranked(summary):
    """gamma-7b has one of two tasks."""
    line = next(line for line in terminal.render(summary).splitlines() if "gamma-7b" in line)
    assert line.startswith("\N{EN DASH}")
    assert "100+/200" in line
