import pytest

from codestone.stats.summarise import summarise
from codestone.stats.thinking import seen_of
from codestone.testing.records import make_contestant, make_exchange, make_record
from codestone.trial import Thinking, Usage


def seen_in(mode, *thoughts):
    """Return what a record for each shows: characters of reasoning, or the exchange itself."""
    who = make_contestant(thinking=Thinking(mode=mode))
    exchanges = [
        make_exchange(reasoning_characters=each) if isinstance(each, int) else each for each in thoughts
    ]
    records = [
        make_record(contestant=who, epoch=epoch, exchanges=(each,)) for epoch, each in enumerate(exchanges, 1)
    ]
    return seen_of(who, records)


@pytest.mark.parametrize(
    ("mode", "thoughts", "words"),
    [
        ("off", (0, 0), "off, as declared: 0 of 2 replies think"),
        ("off", (0, 900, 7), "declared off, but 2 of 3 replies think"),
        ("on", (900, 0), "on, as declared: 1 of 2 replies think"),
        ("on", (0,), "declared on, but 0 of 1 reply thinks"),
        ("default", (900,), "left to the server: 1 of 1 reply thinks"),
    ],
)
def test_thinking_is_believed_when_the_replies_show_it(mode, thoughts, words):
    """A flag that was sent proves nothing."""
    seen = seen_in(mode, *thoughts)
    assert (seen.words, seen.replies) == (words, len(thoughts))


def test_tokens_that_the_server_counted_are_thinking_too():
    """Also where the text itself was not sent."""
    hidden = make_exchange(usage=Usage(completion_tokens=90, reasoning_tokens=80))
    assert seen_in("off", hidden).thought == 1


def test_a_reply_of_nothing_is_no_evidence():
    """Neither for nor against: then nothing was measured, and that is not 0."""
    silent = make_exchange(content_characters=0, usage=None)
    seen = seen_in("off", silent)
    assert (seen.thought, seen.replies, seen.words) == (None, 0, "declared off; no reply")


def test_every_contestant_of_a_summary_has_its_row(plan):
    """Also one without a record, in the plan's order."""
    planned = plan(["beta-7b", "alpha-1b"])
    rows = summarise([make_record(contestant="alpha-1b")], [], planned=planned).thinking
    assert [(row.contestant, row.thought) for row in rows] == [("beta-7b", None), ("alpha-1b", 0)]
