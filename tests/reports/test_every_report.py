import re

import pytest

from codestone import plugins

IN_FIELDS = {"json": '"scripted": true', "csv": "tiny-1b-q8-1a2b3c4d,single,yes,"}
"""Reports for programs have it as a field."""

reports = pytest.mark.parametrize("report", plugins.names("reports"))


def drawn(report, summary):
    """Return the report's text."""
    return plugins.find("reports", report).render(summary)


@reports
def test_it_is_text_that_ends_a_line(report, case):
    """It can be written to a file as it is."""
    assert drawn(report, case[1]).endswith("\n")


@reports
def test_the_same_summary_gives_the_same_bytes(report, case):
    """No clock, no random number, no environment."""
    assert drawn(report, case[1]) == drawn(report, case[1])


@reports
def test_nothing_from_outside_reaches_the_reader_raw(report, case):
    """No terminal escape, no C1 control, no text that runs backwards, in whatever field it came."""
    assert re.findall(r"[^\n\x20-\x7e\xa0-\u200a\u2010-\u2027\u2030-\uffff]", drawn(report, case[1])) == []


@reports
@pytest.mark.parametrize("summary", ["scripted"], indirect=True)
def test_a_script_is_never_taken_for_a_model(report, summary):
    """The label stands at the top, and beside each contestant."""
    text = drawn(report, summary)
    if report in IN_FIELDS:
        assert IN_FIELDS[report] in text
        return
    first, *rest = [line for line in text.splitlines() if line != "```"]
    assert "SCRIPTED" in first
    assert all("SCRIPTED" in line or "SCRIPTED" in after for line, after in named(rest))


def named(lines):
    """Return each line that draws a row or a heading of the contestant, with the line after it."""
    pairs = zip(lines, [*lines[1:], ""], strict=True)
    return [
        (line, after)
        for line, after in pairs
        if "tiny-1b-q8-1a2b3c4d" in line and not re.search(r"trials/|^tiny", line)
    ]


@reports
@pytest.mark.parametrize("summary", ["empty"], indirect=True)
def test_a_run_without_a_record_says_so(report, summary):
    """Nothing measured is no score: there is no 0 of 100."""
    text = drawn(report, summary)
    said = {"json": '"measured": 0', "csv": ",1,0,,,,,,,,,,,1,0\n"}
    assert said.get(report, "No trial has been measured yet.") in text
    assert "0/100" not in text
