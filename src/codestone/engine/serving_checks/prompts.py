"""Long prompts: is the start still there, and how much context is there really? Questions, and pure judging.

A word is placed at the start of ever longer prompts and asked for at the end. A server that cuts a prompt
says so in no way but one: its own count of prompt tokens is smaller than what was sent.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codestone.endpoint.chat import Message
from codestone.engine.serving_checks.asking import Asked
from codestone.engine.serving_checks.knobs import knob
from codestone.serving import Finding, State
from codestone.trial import Ending, Fact

NAME = "long-prompt"
FIRST_CHARACTERS = 2_400
MOST_CHARACTERS = 600_000
ROOMY_TOKENS = 16_384
"""Context from which agents and long tasks have room; a setting that cuts it below this is a warning."""
_FORGETTABLE = 1
"""Longest prompts whose word a weak model may miss before anything is said of it."""
_NO_SIGN = {Ending.UNREACHABLE, Ending.BUSY, Ending.LOADING}
_SHOWN = 3
_CUT_SHARE = 0.8
_LONGEST_TOKEN = 8
"""Characters of a token that no prose exceeds on the average."""
_LIMITS = (
    "context_per_slot",
    "context_served",
    "loaded_context_length",
    "max_context_window",
    "num_ctx",
)
_TRAINED = ("context_trained",)
_NUMBER = re.compile(
    r"(?:context|n_ctx|num_ctx|max_model_len|max_context_window)\D{0,40}?(\d{3,8})", re.IGNORECASE
)
_SYLLABLES = ("ba", "do", "fe", "gu", "ki", "lo", "mu", "na", "pe", "ru", "si", "to", "vu", "za")
_SCENES = (
    "the grey boat passed the old mill at noon",
    "a lamp was left burning in the upper window",
    "nobody had seen the second key since spring",
    "the road to the harbour was closed by snow",
    "three letters lay unopened on the long table",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Long:
    """One long prompt: its word, and what came back."""

    word: str
    asked: Asked

    @property
    def found(self) -> bool:
        """Whether the word came back."""
        reply = self.asked.reply
        return self.word in f"{reply.content} {reply.reasoning}".casefold()

    @property
    def told(self) -> int | None:
        """Prompt tokens as the server counted them."""
        return self.asked.usage.prompt_tokens if self.asked.heard else None


def secret_word() -> str:
    """Return a word that nobody can guess, and that starts no prompt which a server has cached."""
    return "".join(secrets.choice(_SYLLABLES) for _ in range(4))


def long_prompt(word: str, characters: int) -> tuple[Message, ...]:
    """Return a prompt of about so many characters with the word in its first line."""
    lines = [f"The secret word is {word}. Remember it."]
    size = 0
    while size < characters:
        lines.append(f"Note {len(lines)}: {_SCENES[len(lines) % len(_SCENES)]}.")
        size += len(lines[-1]) + 1
    lines.append("What is the secret word of the very first line? Reply with that word and nothing else.")
    return (Message(role="user", content="\n".join(lines)),)


def ends(long: Long, earlier: Sequence[Long]) -> bool:
    """Whether a longer prompt would tell nothing more."""
    return not long.asked.heard or _cut_of([*earlier, long]) is not None


def told_context(facts: Mapping[str, Fact]) -> int | None:
    """Return the context that the server tells or that was declared, in tokens."""
    return _fact(facts, _LIMITS)


def context_in(words: str) -> int | None:
    """Return the context that a refusal names, in tokens."""
    number = _NUMBER.search(words)
    return int(number[1]) if number else None


def judge_long(longs: Sequence[Long], server: str, *, fragile: bool = False) -> Finding:
    """Judge whether prompts reach the model whole; ``fragile``: streams of short prompts broke off too."""
    heard = [long for long in longs if long.asked.heard]
    evidence = "; ".join(_line(long, expected_tokens(long, heard)) for long in longs[-_SHOWN:])

    def found(state: State, words: str, remedy: str = "") -> Finding:
        return Finding(id=NAME, state=state, words=words, evidence=evidence, remedy=remedy)

    knobs = knob("context", server)
    failed = [long for long in longs if _failed(long) and not fragile]
    if (cut := _cut_of(longs)) is not None:
        words = f"the server cuts long prompts without saying so: about {cut} tokens of them are read"
        return found("broken", words, knobs)
    if failed:
        return found("broken", f"a long prompt failed: {failed[0].asked.ending.words}", knobs)
    if not heard:
        return found("not measured", f"not measured: {_why_none(longs)}")
    kept = [long for long in heard if long.found]
    if not kept:
        words = "not measured: the model repeats the word of no prompt, however short"
        return found("not measured", words)
    lost = heard[heard.index(kept[-1]) + 1 :]
    if lost and lost[0].told is None:
        words = "the start of a long prompt is lost, and without token counts nobody can say by whom"
        return found("warning", words, knobs)
    if len(lost) > _FORGETTABLE:
        words = "the start of a long prompt is lost although the server counts all of it"
        return found(
            "warning", words, "a model with a longer memory, or another KV-cache type; then the server"
        )
    over = ", and what is too long is refused" if any(_overflows(long) for long in longs) else ""
    size = kept[-1].told
    reach = f"{size} tokens" if size is not None else f"{kept[-1].asked.sent_characters} characters"
    return found("ok", f"a prompt of {reach} is read from its first line on{over}")


def judge_context(longs: Sequence[Long], facts: Mapping[str, Fact], server: str) -> Finding:
    """Say how much context there is, and which setting cuts it."""
    said = next((long.asked.detail for long in longs if _overflows(long)), "")
    refused = context_in(said)
    cut, told, trained = _cut_of(longs), told_context(facts), _fact(facts, _TRAINED)
    largest = max((long.told or 0 for long in longs), default=0)
    least = next((seen for seen in (refused, cut, told) if seen is not None), None)
    remedy = knob("context", server, said)
    evidence = "; ".join(
        filter(
            None,
            [
                f"told {told}" if told is not None else "",
                f"trained for {trained}" if trained is not None else "",
                f"refused beyond {refused}" if refused is not None else "",
                f"read up to {largest}" if largest else "",
                said,
            ],
        )
    )

    def found(state: State, words: str, remedy: str = "") -> Finding:
        return Finding(id="context", state=state, words=words, evidence=evidence, remedy=remedy)

    if least is None:
        if said:
            return found(
                "warning", "the server refuses long prompts and does not say from what size on", remedy
            )
        if not largest:
            return found("not measured", "not measured: the server does not tell its context")
        return found("ok", f"the context is {largest} tokens at least; the server does not tell more")
    seen = refused if refused is not None else cut
    if seen is not None and told is not None and seen < _CUT_SHARE * told:
        return found("warning", f"the server tells a context of {told} tokens, and takes {seen}", remedy)
    limit = least if trained is None else min(least, trained)
    if limit < ROOMY_TOKENS and (trained is None or limit < trained):
        of = "" if trained is None else f" of the {trained} that the model was trained for"
        return found("warning", f"the context is {limit} tokens{of}; a setting cuts it", remedy)
    of = f", of {trained} that the model was trained for" if trained is not None else ""
    return found("ok", f"the context is {limit} tokens{of}", remedy if trained and limit < trained else "")


def expected_tokens(long: Long, heard: Sequence[Long]) -> int | None:
    """Return how many tokens were sent, by the server's count of the shortest prompt; None for that one."""
    first = next((one for one in heard if one.told), None)
    if first is None or first is long or first.told is None:
        return None
    return int(long.asked.sent_characters * first.told / first.asked.sent_characters)


def _cut_of(longs: Sequence[Long]) -> int | None:
    """Return how many tokens were read of the first prompt that was cut, None where none was."""
    heard = [long for long in longs if long.asked.heard]
    for long in heard:
        sent = expected_tokens(long, heard)
        least = long.asked.sent_characters / _LONGEST_TOKEN if sent is None else _CUT_SHARE * sent
        if long.told is not None and not long.found and long.told < least:
            return long.told
    return None


def _failed(long: Long) -> bool:
    """Whether the server broke on it, rather than refuse it."""
    asked = long.asked
    elsewhere = asked.heard or asked.late or asked.ending in _NO_SIGN
    return not elsewhere and not _overflows(long)


def _overflows(long: Long) -> bool:
    """Whether the server refused it for its size: with the error of its kind, or with words about context."""
    worded = _NUMBER.search(long.asked.detail) or "too large" in long.asked.detail.lower()
    ending = long.asked.ending
    refused = ending in {Ending.SERVER_ERROR, Ending.REJECTED}
    return ending is Ending.CONTEXT_OVERFLOW or (refused and bool(worded))


def _why_none(longs: Sequence[Long]) -> str:
    if any(_overflows(long) for long in longs):
        return "every prompt was refused"
    return "no time" if all(long.asked.late for long in longs) else "no reply to judge by"


def _line(long: Long, expected: int | None) -> str:
    if not long.asked.heard:
        return f"{long.asked.sent_characters} characters: {long.asked.detail or long.asked.ending.words}"
    told = "not counted" if long.told is None else f"{long.told} counted"
    back = "the word came back" if long.found else "the word did not come back"
    sent = f"{long.asked.sent_characters} characters" if expected is None else f"about {expected} tokens"
    return f"{sent} sent, {told}, {back}"


def _fact(facts: Mapping[str, Fact], names: Sequence[str]) -> int | None:
    values = [facts[name].value for name in names if name in facts]
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool) and v > 0), None)
