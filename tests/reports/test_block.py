import pytest
from markdown_it import MarkdownIt
from rich.cells import cell_len

from codestone.reports import block
from codestone.reports._words import NOT_MEASURED


def test_it_has_twelve_lines_of_eighty_columns_at_most(case):
    """A forum shows a code fence of that size whole, on a phone too."""
    lines = block.render(case[1]).splitlines()
    assert len(lines) <= 12
    assert max(map(cell_len, lines)) <= 80


def test_it_is_one_code_fence_and_nothing_else(case):
    """Nothing that a model or server said ends the fence early."""
    tokens = MarkdownIt("commonmark").parse(block.render(case[1]))
    assert [token.type for token in tokens] == ["fence"]


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_it_says_who_is_first_how_sure_and_on_what(summary):
    """Machine, box, ranks with ties, lower bounds, intervals with n."""
    text = block.render(summary)
    for wanted in ("Example CPU", "bubblewrap 0.11.0", "195/200", "100+/200", "n 2)", "95% interval"):
        assert wanted in text
    ranks = [line.split()[0] for line in text.splitlines()[5:9]]
    assert ranks == ["1", "2", "2", NOT_MEASURED]


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_what_does_not_fit_is_counted(summary):
    """Seven contestants: five are shown."""
    rows = [row.model_copy(update={"label": "very-long-name-of-a-model-" * 3}) for row in summary.standings]
    text = block.render(summary.model_copy(update={"standings": (*rows, *rows[:3])}))
    assert "and 2 more" in text
    assert len(text.splitlines()) <= 12
    assert "very-long-name-of-a-mod…" in text


@pytest.mark.parametrize("summary", ["one"], indirect=True)
def test_it_names_no_address_and_no_directory_of_the_machine(summary):
    """What is pasted in a forum tells nothing of the network and the home."""
    text = block.render(summary)
    assert "127.0.0.1" not in text
    assert summary.run.directory not in text
