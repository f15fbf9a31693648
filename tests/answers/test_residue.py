import pytest

from codestone.answers.residue import strip

CODE = "```python\nx = 1\n```\n"


@pytest.mark.parametrize(
    "reply",
    [
        f"<think>hm\n```python\ny = 2\n```\n</think>\n{CODE}",
        f"<think></think>\n\n<think>again</think>{CODE}",
        f"Sure.\n<thinking>\nhm\n</thinking>\n{CODE}",
        f"[THINK]hm[/THINK]{CODE}",
        f"◁think▷hm◁/think▷{CODE}",
        f"draft\n```python\ny = 2\n</think>\n{CODE}",
        f"draft\n</think>\n{CODE}",
        f"<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>{CODE}<|return|>",
        f"<|channel|>final <|constrain|>code<|message|>{CODE}",
        f"commentaryhm assistantfinal{CODE}",
        f"<|im_start|>assistant\n{CODE}<|im_end|>",
        f"{CODE}<|eot_id|>and then the user said",
        f"{CODE}</s>",
        f"<answer>\n{CODE}</answer>",
    ],
)
def test_residue_goes_and_the_answer_stays(reply):
    """Thinking, channels, end tokens and wrappers are taken out, with a word about each."""
    text, notes = strip(reply)
    assert text.strip().removeprefix("Sure.").strip() == CODE.strip()
    assert notes


@pytest.mark.parametrize("reply", ["<think>\n" + CODE, "<|channel|>analysis<|message|>" + CODE])
def test_what_was_only_thought_is_no_answer(reply):
    """Thinking that never ends leaves nothing."""
    assert strip(reply)[0].strip() == ""


@pytest.mark.parametrize(
    "reply",
    [
        CODE,
        "```\n</think>\n```\n",
        'The tag is "</think>" here.\n' + CODE,
        "```python\nTAG = '<think>'\nEND = '</think>'\n```\n",
        "```\n<think>\nnot mine\n</think>\n```\n",
        'STOP = "<|im_end|>"\n',
        "use `<|channel|>final<|message|>` for it\n",
    ],
)
def test_tags_that_are_somebodys_text_stay(reply):
    """A tag in quotes, in backticks or in a fence is content."""
    assert strip(reply) == (reply, ())
