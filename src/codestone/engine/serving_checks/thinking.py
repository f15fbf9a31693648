"""Whether a contestant thinks as declared, and whether its thinking stays out of its answer. Pure.

Thinking is believed only from reasoning that came, or from tokens that were counted; never from a flag.
"""

import re
from collections.abc import Sequence

from codestone.endpoint.thinking import TAGS
from codestone.engine.serving_checks.asking import Asked
from codestone.engine.serving_checks.knobs import knob
from codestone.serving import Finding, State
from codestone.trial import Contestant

PLAIN = {"thinking", "output-budget", "seed"}
"""Questions whose reply is text and nothing else."""
_HIDDEN_TOKENS = 16
_CONTROL = re.compile(
    r"<\|(?:im_start|im_end|im_sep|channel|start|end|message|return|eot_id|eom_id|begin_of_text|endoftext"
    r"|start_header_id|end_header_id|assistant|user|system)\|>"
    r"|<start_of_turn>|<end_of_turn>|\[/?INST\]|<\uff5c[^\uff5c\n]{1,40}\uff5c>|</s>\s*$"
)
_CLOSING = re.compile(r"</think(?:ing)?>")


def thought_characters(asked: Asked) -> int:
    """Return how many characters of thinking came; an empty ``<think></think>`` is none."""
    text = asked.reply.reasoning
    for opening, closing in TAGS:
        text = text.replace(opening, "").replace(closing, "")
    unopened = _CLOSING.search(asked.reply.content)
    return len(text.strip()) + (unopened.start() if unopened else 0)


def judge_thinking(contestant: Contestant, asked: Sequence[Asked]) -> Finding:
    """Compare what was declared with what came."""
    plain = [one for one in asked if one.about in PLAIN and (one.heard or one.late)]
    shown = sum(map(thought_characters, plain))
    counted = [one.usage.reasoning_tokens for one in plain if one.usage.reasoning_tokens is not None]
    hidden = sum(map(_hidden, plain))
    evidence = (
        f"{len(plain)} replies: {shown} characters of reasoning, "
        f"{sum(counted) if counted else 'no count of'} reasoning tokens, {hidden} tokens that were not shown"
    )
    mode, thinks = contestant.thinking.mode, bool(shown or sum(counted) or hidden)

    def found(state: State, words: str, remedy: str = "") -> Finding:
        return Finding(id="thinking", state=state, words=words, evidence=evidence, remedy=remedy)

    if not plain or not any(_told(one) for one in plain):
        return found("not measured", "not measured: no reply to judge by")
    knobs = knob("thinking", contestant.server)
    if mode == "off" and thinks:
        return found("broken", "thinking is declared off, and the contestant thinks", knobs)
    if mode == "on" and not thinks:
        return found("broken", "thinking is declared on, and no reasoning came", knobs)
    if hidden and not shown:
        words = "more tokens were counted than shown: reasoning is hidden, or text was lost"
        return found("warning", words, knob("channels", contestant.server))
    said = "the contestant thinks" if thinks else "the contestant does not think"
    return found("ok", said if mode == "default" else f"{said}, as declared")


def judge_channels(contestant: Contestant, asked: Sequence[Asked]) -> Finding:
    """Content is the answer and nothing else; thinking comes apart from it."""
    plain = [one for one in asked if one.about in PLAIN and one.heard]
    remedy = knob("channels", contestant.server)

    def found(state: State, words: str, evidence: str) -> Finding:
        return Finding(
            id="channels",
            state=state,
            words=words,
            evidence=evidence,
            remedy=remedy if state in {"broken", "warning"} else "",
        )

    if not plain:
        return Finding(id="channels", state="not measured", words="not measured: no reply to judge by")
    for one in plain:
        if _CLOSING.search(one.reply.content):
            return found("broken", "thinking stands in the content, unmarked at its start", _start(one))
        if control := _CONTROL.search(one.reply.content):
            words = f"control tokens of a chat template stand in the content: {control[0].strip()}"
            return found("broken", words, _start(one))
    ended = [one for one in plain if one.reply.exchange.finish_reason == "stop"]
    silent = [one for one in ended if one.reply.reasoning.strip() and not one.reply.content.strip()]
    if silent:
        words = "a whole reply came as reasoning; its content is empty"
        state: State = "broken" if len(silent) == len(ended) else "warning"
        return found(state, words, f"{len(silent)} of {len(ended)} replies; {_start(silent[0])}")
    tagged = [one for one in plain if _left_in_content(one)]
    if tagged:
        words = "thinking was left in the content, between tags; Codestone reads it apart, others may not"
        return found("warning", words, f"{len(tagged)} of {len(plain)} replies; {_start(tagged[0])}")
    if not any(one.reply.content.strip() for one in plain):
        return found(
            "not measured", "not measured: no reply got as far as its answer", f"{len(plain)} replies"
        )
    return found("ok", "content and reasoning come apart", f"{len(plain)} replies")


def _told(one: Asked) -> bool:
    """Whether a reply says anything about thinking: it has text, or a count of tokens."""
    return bool(one.reply.content or one.reply.reasoning or one.usage.completion_tokens)


def _hidden(one: Asked) -> int:
    """Return tokens that cannot be those of the text that came: a token has a character at least."""
    counted = one.usage.completion_tokens or 0
    shown = len(one.reply.content) + len(one.reply.reasoning)
    return counted - shown if counted > shown + _HIDDEN_TOKENS else 0


def _left_in_content(one: Asked) -> bool:
    return one.reply.reasoning.lstrip().startswith(tuple(opening for opening, _ in TAGS))


def _start(one: Asked) -> str:
    said = one.reply.content or one.reply.reasoning
    return f"the reply began: {said[:80]!r}"
