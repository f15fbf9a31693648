"""Take out of a reply what a chat template should have taken out: thinking, channel tags, end tokens.

A tag counts only where a template puts it: thinking at the start of a line outside fences, and none of
them beside a quote or a backtick, where it is somebody's string.
"""

import re

from codestone.answers.fenced import blocks

_PAIRS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel>", "<channel|>"),
)
_CLOSING = dict(_PAIRS)
_OPENING_OR_FENCE = re.compile(
    r"^[ \t]*(?:(?P<fence>`{3,}|~{3,})(?P<rest>[^\n]*)|(?P<tag>"
    + "|".join(re.escape(a) for a, _ in _PAIRS)
    + "))",
    re.MULTILINE,
)
_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_CHANNEL = re.compile(
    r"<\|channel\|>[ \t]*(\w{1,40})[^\n<]{0,200}(?:<\|constrain\|>[ \t]*\w{0,40}[ \t]*)?<\|message\|>"
)
_TURN_END = re.compile(
    r"(?<![\"'`/(])(?:<\|im_end\|>|<\|endoftext\|>|<\|eot_id\|>|<\|end_of_text\|>|<end_of_turn>|<\|return\|>"
    r"|<\|end\|>|<\uff5cend\u2581of\u2581sentence\uff5c>|<\|EOT\|>|<\|im_start\|>user|<start_of_turn>user)(?![\"'`)])"
)
_TURN_START = re.compile(
    r"\s*(?:<\|start\|>assistant|<\|im_start\|>assistant\s*\n|<\|assistant\|>|<start_of_turn>model\s*\n"
    r"|<\|begin_of_box\|>|<s>)"
)
_WRAPPERS = (
    ("<answer>", "</answer>"),
    ("<solution>", "</solution>"),
    ("<output>", "</output>"),
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
)
_QUOTES = frozenset("\"'`")
_TAILS = ("</s>", "<|end_of_box|>", "<|file_separator|>", "[/INST]")


def strip(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the reply without residue, and one phrase for each kind that was taken out."""
    notes: list[str] = []
    steps = (
        (_final_channel, "text outside the final channel"),
        (_without_headless_thinking, "thinking before a lone closing tag"),
        (_without_thinking, "thinking"),
        (_first_turn, "what follows the end of the turn"),
        (_unwrapped, "tags around the answer"),
    )
    for step, what in steps:
        rest = step(text)
        if rest != text:
            notes.append(f"{what} was ignored ({len(text) - len(rest)} characters)")
        text = rest
    return text, tuple(notes)


def _final_channel(text: str) -> str:
    """Return the last final message where the reply has channel headers (Harmony), else all of it."""
    headers = [h for h in _CHANNEL.finditer(text) if text[max(0, h.start() - 1) : h.start()] not in _QUOTES]
    if not headers:
        # the same with its special tokens eaten by the server
        head, eaten, tail = text.partition("assistantfinal")
        return tail if eaten and head.startswith(("analysis", "commentary")) else text
    final = next((found for found in reversed(headers) if found[1] == "final"), None)
    if final is not None:
        return text[final.end() :]
    return text[: headers[0].start()].removesuffix("<|start|>assistant")


def _without_headless_thinking(text: str) -> str:
    """Drop what precedes a closing tag that nothing opened: the template had opened it in the prompt."""
    for opening, closing in _PAIRS:
        at = text.find(closing)
        around = text[max(0, at - 1) : at] + text[at + len(closing) : at + len(closing) + 1]
        headless = at >= 0 and text.find(opening, 0, at) < 0 and not set(around) & _QUOTES
        if headless and not _in_block(text, at):
            return text[at + len(closing) :]
    return text


def _in_block(text: str, at: int) -> bool:
    """Whether a fence is open there and the next one closes it (behind a draft the next one opens)."""
    following = _FENCE.search(text, at)
    return bool(
        following and not following[1].strip() and any(not found.closed for found in blocks(text[:at]))
    )


def _without_thinking(text: str) -> str:
    """Drop each thinking block that starts a line outside a fence; one never closed goes on to the end."""
    kept: list[str] = []
    start = at = 0
    fence = ""
    while found := _OPENING_OR_FENCE.search(text, at):
        at = found.end()
        if mark := found["fence"]:
            if not fence:
                fence = mark if mark[0] == "~" or "`" not in found["rest"] else ""
            elif mark.startswith(fence) and not found["rest"].strip():
                fence = ""
        elif not fence:
            closing = _CLOSING[found["tag"]]
            end = text.find(closing, at)
            kept.append(text[start : found.start()])
            start = at = len(text) if end < 0 else end + len(closing)
    return "".join([*kept, text[start:]])


def _first_turn(text: str) -> str:
    """Drop the head of the turn, and its end token with what a model dreams up behind it."""
    if start := _TURN_START.match(text):
        text = text[start.end() :]
    end = _TURN_END.search(text)
    text = text[: end.start()] if end else text
    trimmed = text.rstrip()
    tail = next((tail for tail in _TAILS if trimmed.endswith(tail)), "")
    return trimmed.removesuffix(tail) if tail else text


def _unwrapped(text: str) -> str:
    """Drop one pair of tags, such as ``<answer>``, around the whole."""
    trimmed = text.strip()
    for opening, closing in _WRAPPERS:
        if trimmed.startswith(opening):
            return trimmed.removeprefix(opening).removesuffix(closing).removeprefix("\n")
    return text
