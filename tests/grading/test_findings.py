import pytest

from codestone.grading.findings import all_of, fail, ok, one_line, printable, shown


def test_all_of_passes_with_a_count_and_stops_asking_at_the_first_failure():
    """Later questions are not asked."""
    asked = []

    def questions():
        for number, finding in enumerate([ok("a"), fail("b"), ok("c")]):
            asked.append(number)
            yield finding

    assert all_of(questions()) == fail("b")
    assert asked == [0, 1]
    assert all_of([ok("a"), ok("b")]).evidence == "2 of 2 as expected, last: b"


def test_all_of_nothing_is_a_mistake_and_no_pass():
    """A check that asks nothing would always pass."""
    with pytest.raises(ValueError, match="no finding"):
        all_of([])


def test_a_finding_has_no_truth_value():
    """``if finding`` and ``a and b`` would drop evidence without a word."""
    with pytest.raises(TypeError):
        bool(ok("a"))


def test_evidence_shows_control_characters_escaped_and_long_values_cut_in_the_middle():
    """A terminal acts on none of it."""
    assert printable("a\x1b[31m\udc80\nb") == "a\\x1b[31m\\udc80\nb"
    text = shown("x" * 1000)
    assert len(text) < 250
    assert "…" in text


def test_what_a_candidate_names_stays_in_one_line():
    """It cannot look like the line of another check."""

    class Named:
        def __repr__(self):
            return "a\nvalues: passed"

    assert one_line("a\nb\x1b") == "a\\nb\\x1b"
    assert shown(Named()) == "a\\nvalues: passed"
