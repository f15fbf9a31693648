"""A system message that is not the first message: taken, dropped, or refused. Question, and pure judging."""

from codestone.endpoint.chat import Message
from codestone.engine.serving_checks.asking import Asked, unheard
from codestone.engine.serving_checks.knobs import knob
from codestone.serving import Finding, State

NAME = "late-system"


def conversation(word: str) -> tuple[Message, ...]:
    """Return a conversation whose system message comes third, and asks for ``word``."""
    return (
        Message(role="user", content="Good morning."),
        Message(role="assistant", content="Good morning. How can I help?"),
        Message(role="system", content=f'From now on, end every reply with the word "{word}".'),
        Message(role="user", content="Name one colour."),
    )


def without_system(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Return the conversation without its system message."""
    return tuple(message for message in messages if message.role != "system")


def judge_late_system(
    asked: Asked | None, word: str, server: str, *, without: Asked | None = None
) -> Finding:
    """Judge it by the word, else by whether the prompt grew; no driver of ours sends such a message."""
    if asked is not None and asked.refused:
        words = "a system message that is not the first message is refused"
        return _found("warning", words, asked.detail, server)
    if finding := unheard(NAME, asked):
        return finding
    assert asked is not None
    if word.casefold() in f"{asked.reply.content} {asked.reply.reasoning}".casefold():
        return _found("ok", "a system message that is not the first message is taken", "the word came back")
    now = asked.usage.prompt_tokens
    then = without.usage.prompt_tokens if without is not None and without.heard else None
    if now is None or then is None:
        return _found("not measured", "not measured: the model did not do as the message says", "")
    evidence = f"{now} prompt tokens with it, {then} without it"
    if now <= then:
        words = "a system message that is not the first message is dropped without a word"
        return _found("warning", words, evidence, server)
    words = "a system message that is not the first message is taken; the model did not do as it says"
    return _found("ok", words, evidence)


def _found(state: State, words: str, evidence: str, server: str | None = None) -> Finding:
    remedy = "" if server is None else f"for agents that send such messages: {knob('tools', server)}"
    return Finding(id=NAME, state=state, words=words, evidence=evidence, remedy=remedy)
