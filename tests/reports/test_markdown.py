import pytest
from markdown_it import MarkdownIt

from codestone.reports import markdown


def test_it_is_markdown_without_html_links_or_images(case):
    """Whatever a model said: what a forum shows has no tag, link or image in it."""
    reader = MarkdownIt("commonmark").enable("table")
    kinds = {
        child.type
        for token in reader.parse(markdown.render(case[1]))
        for child in [token, *(token.children or [])]
    }
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "fence", "code_block"}


def test_every_table_row_has_the_columns_of_its_head(case):
    """No text makes a column of its own."""
    reader = MarkdownIt("commonmark").enable("table")
    columns = 0
    for token in reader.parse(markdown.render(case[1])):
        match token.type:
            case "table_open":
                width = None
            case "tr_open":
                columns = 0
            case "td_open" | "th_open":
                columns += 1
            case "tr_close":
                assert width in (None, columns)
                width = columns


@pytest.mark.parametrize("summary", ["one"], indirect=True)
def test_it_names_no_address_and_no_directory_of_the_machine(summary):
    """What is pasted in a forum tells nothing of the network and the home."""
    text = markdown.render(summary)
    assert "127.0.0.1" not in text
    assert summary.run.directory not in text
