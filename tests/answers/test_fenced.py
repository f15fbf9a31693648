import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.answers.fenced import blocks, outside, unwrapped
from codestone.answers.render import block


def _codes(text):
    return [found.code for found in blocks(text)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("```\na\n```", ["a\n"]),
        ("```py\na\n```\n```\nb\n```\n", ["a\n", "b\n"]),
        ("~~~\na\n```\n~~~", ["a\n```\n"]),
        ("````\n```\na\n```\n````", ["```\na\n```\n"]),
        ("```\na\n`````", ["a\n"]),
        ("```\na\n``` x\nb\n```", ["a\n``` x\nb\n"]),
        ("``` `x` ```\na", []),
        ("```\na", ["a"]),
        ("```", [""]),
        ("- ```py\n  a\n    b\n  ```", ["a\n  b\n"]),
        ("    ```\n    a\n    ```", ["a\n"]),
        ("```py\n'''\n    ```\n'''\n```", ["'''\n    ```\n'''\n"]),
        ("```md\n# t\n```sh\nls\n```\nend\n```", ["# t\n```sh\nls\n```\nend\n"]),
        ("```py\r\na\r\nb\r\n```\r\n", ["a\nb\n"]),
    ],
)
def test_fences_are_those_of_commonmark_and_of_models(text, codes):
    """Kinds, lengths, nesting, indentation, line ends and a missing end are read as a reader would."""
    assert _codes(text) == codes


def test_a_block_knows_its_line_its_surroundings_and_its_end():
    """Line numbers count from 1; the lines above reach back to the block before."""
    one, two = blocks("hi\n\n```\na\n```\n# t\n\ntext\n\n```py\nb")
    assert (one.line, one.above, one.closed) == (3, ("hi",), True)
    assert (two.line, two.above, two.closed, two.info) == (10, ("text", "# t"), False, "py")


def test_outside_is_what_no_block_holds():
    """The text around the blocks is kept."""
    text = "a\n```\nb\n```\nc"
    assert outside(text, list(blocks(text))).split() == ["a", "c"]


def test_one_markdown_block_around_all_is_opened():
    """A reply wrapped into one Markdown block is read as what it holds."""
    assert unwrapped("```md\nx\n```py\ny\n```\n```\n") == "x\n```py\ny\n```\n"
    assert unwrapped("```md\nx\n```\nmore") == "```md\nx\n```\nmore"


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("`~\n \r")))
def test_a_rendered_block_reads_back(code):
    """Whatever a file holds, a fence that is long enough gives it back."""
    code = code if not code or code.endswith("\n") else code + "\n"
    assert _codes(block(code, "text")) == [code]
