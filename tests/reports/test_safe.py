import re

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from codestone.reports._safe import clipped, code_span, markdown, visible

reader = MarkdownIt("commonmark").enable("table")


@given(st.text())
def test_visible_text_is_printable_and_keeps_what_was(text):
    """Printable text stays as it is; the rest is escaped."""
    shown = visible(text)
    assert shown.isprintable()
    assert visible(shown) == shown


def test_an_escape_sequence_can_be_read_and_not_obeyed():
    """The reader sees what the model tried."""
    assert visible("\x1b[2J\u202e\n") == r"\x1b[2J\u202e\n"
    assert visible("a\nb", lines=True) == "a\nb"


def test_a_long_text_says_that_there_is_more():
    """Never cut in silence."""
    assert clipped("a" * 10, 5) == "aaaa…"
    assert clipped("aaaaa", 5) == "aaaaa"


ITEM = {
    f"{kind}_{end}" for kind in ("bullet_list", "list_item", "paragraph") for end in ("open", "close")
} | {"inline"}
attacks = st.text(st.sampled_from("`*_[]()<>|&#!~$\\-=+.1a \n\t\x1b"), max_size=30)


@given(attacks)
def test_escaped_text_is_nothing_but_text(text):
    """No emphasis, link, code, HTML, heading or list comes out of it."""
    tokens = reader.parse(f"- {markdown(text)}\n- end")
    inlines = [token for token in tokens if token.type == "inline"]
    assert {token.type for token in tokens} <= ITEM
    assert {child.type for token in inlines for child in token.children} <= {"text", "text_special"}
    shown = ["".join(child.content for child in token.children).split() for token in inlines]
    assert [words for words in shown if words] == [
        words for words in (visible(text).split(), ["end"]) if words
    ]


@given(attacks)
def test_escaped_text_stays_in_its_table_cell(text):
    """A pipe makes no column."""
    html = reader.render(f"| a | b |\n|---|---|\n| {markdown(text)} | end |\n")
    assert html.count("<td>") == 2
    assert "<td>end</td>" in html


@given(attacks)
def test_a_code_span_ends_where_it_should(text):
    """No run of backticks closes it early."""
    html = reader.render(f"- x: {code_span(text)} end")
    assert len(re.findall("<code>", html)) == 1
    assert html.endswith("</code> end</li>\n</ul>\n")
