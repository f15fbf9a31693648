import pytest

from codestone.answers.refusal import refuses


@pytest.mark.parametrize(
    "reply",
    [
        "I'm sorry, but I can't help with that.",
        "I cannot assist with this request.",
        "I\u2019m unable to write this.",
        "Sorry, I won't do that.",
        "<think>Dangerous?</think>I must decline to do this.",
        "This is against my usage policies.",
    ],
)
def test_short_first_person_denials_are_refusals(reply):
    """The rule of the module, on what models say."""
    assert refuses(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "The function cannot return None.",
        "I can fix that: use a heap.",
        "I can't see the bug.\n```python\nx = 1\n```",
        "I cannot say it in a few words. " + "It goes on and on. " * 60,
    ],
)
def test_other_replies_are_none(reply):
    """Talk about code, an answer with code, or a long reply is no refusal."""
    assert not refuses(reply)
