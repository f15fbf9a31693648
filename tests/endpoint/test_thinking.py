import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.endpoint.thinking import TAGS, Piece, Splitter
from codestone.timing import Channel

TEXT = st.text(alphabet="<|/think>achnel \nx", max_size=30)


def split(*texts: str) -> list[Piece]:
    """Split texts, the n-th at n ns."""
    splitter = Splitter()
    pieces = [piece for at, text in enumerate(texts) for piece in splitter.feed(text, at)]
    return pieces + splitter.close()


def joined(pieces: list[Piece], channel: Channel) -> str:
    """Return the text of one channel."""
    return "".join(piece.text for piece in pieces if piece.channel is channel)


@pytest.mark.parametrize(("opening", "closing"), TAGS)
def test_a_block_that_opens_the_content_is_reasoning(opening, closing):
    """Its tags stay with it; what follows is content."""
    pieces = split(f"\n{opening}hm{closing}four")
    assert joined(pieces, Channel.REASONING) == f"\n{opening}hm{closing}"
    assert joined(pieces, Channel.CONTENT) == "four"


@pytest.mark.parametrize("text", ["a <think>b</think>", "x</think>y", "<thin", "<b>bold</b>", "\n\n", "<"])
def test_anything_else_is_content(text):
    """A tag later in the text, an orphan, or half a tag is what the model said."""
    assert joined(split(*text), Channel.CONTENT) == text


@given(inside=TEXT, after=TEXT, opens=st.booleans(), data=st.data())
def test_any_split_gives_the_same_text_and_loses_nothing(inside, after, opens, data):
    """Wherever a tag is cut, the two channels hold the same, and together all of it."""
    text = f"<think>{inside}</think>{after}" if opens else inside + after
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True) if a < b]
    whole, pieces = split(text) if text else [], split(*parts)
    for channel in (Channel.REASONING, Channel.CONTENT):
        assert joined(pieces, channel) == joined(whole, channel)
    assert joined(pieces, Channel.REASONING) + joined(pieces, Channel.CONTENT) == text


def test_text_that_was_held_back_keeps_its_instant():
    """A ``<`` that turns out to be content arrived when it arrived."""
    assert split("<", "b>") == [Piece(0, Channel.CONTENT, "<"), Piece(1, Channel.CONTENT, "b>")]


def test_blanks_without_end_are_content():
    """Who listens for a loop must hear them before the limits of time do."""
    splitter = Splitter()
    pieces = [piece for at_ns in range(300) for piece in splitter.feed("\n", at_ns)]
    assert "".join(piece.text for piece in pieces) == "\n" * 300
    assert {piece.channel for piece in pieces} == {Channel.CONTENT}
