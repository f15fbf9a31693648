import pytest

from codestone.drivers._talk import call_as_text, gives_up

TOOLS = ("grep", "read_file")


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ('<tool_call>\n{"name": "grep", "arguments": {}}\n</tool_call>', "<tool_call>"),
        ("I will look.\n```xml\n<tool_call>\n<function=grep>\n</tool_call>\n```", "<tool_call>"),
        ("<function=grep><parameter=pattern>x</parameter></function>", "<function="),
        ("<name>grep\n</parameter>\n</tool_call>", "</tool_call>"),
        ('[TOOL_CALLS][{"name": "grep"}]', "[TOOL_CALLS]"),
        ("<\uff5ctool\u2581calls\u2581begin\uff5c>", "<\uff5ctool\u2581calls\u2581begin\uff5c>"),
        ('<|python_tag|>{"name": "grep"}', "<|python_tag|>"),
        ("<|channel|>commentary to=functions.grep<|message|>{}", "to=functions."),
        ('<invoke name="grep">', "<invoke name="),
        ('{"name": "grep", "arguments": {"pattern": "x"}}', "JSON"),
        ('{"name": "grep", "parameters": {}}', "JSON"),
        ('[{"function": {"name": "grep", "arguments": "{}"}}]', "JSON"),
        ('{"tool": "read_file", "args": {}}', "JSON"),
        ('First:\n\n```json\n{"name": "grep", "arguments": {}}\n```\nThen more.', "JSON"),
    ],
)
def test_a_call_as_text_is_recognised(text, shape):
    """By the marks of chat templates, and as JSON that names one of the tools."""
    assert call_as_text(text, TOOLS).startswith(shape)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Done: `f` returns 2.",
        "The parser looks for `<tool_call>` in the text.",
        '{"name": "Ada", "arguments": []}',
        '{"name": "grep"}',
        "[]",
        "```json\n[1, 2]\n```",
        "```python\ndef grep(arguments): ...\n```",
        "[" * 100_000,
    ],
)
def test_other_text_is_no_call(text):
    """Quoted marks, JSON of something else, code."""
    assert call_as_text(text, TOOLS) == ""


@pytest.mark.parametrize(
    "text", ["I give up.", "I'm giving up", "We could not find it.", "I was unable to see."]
)
def test_giving_up_is_heard(text):
    """In the words that models have for it."""
    assert gives_up(text)


@pytest.mark.parametrize("text", ["Fixed.", "I can't help with that.", "It could be done."])
def test_other_words_do_not_give_up(text):
    """A refusal is something else."""
    assert not gives_up(text)
