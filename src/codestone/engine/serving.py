"""Ask how a contestant is served, before anything is graded: 30 s, some fifteen questions.

Read this for the order of the questions; what each answer means stands in ``serving_checks/``. The clock
starts with the first reply, which may wait for a model to be loaded. No question begins after ``limit_s``
(half as much again where the contestant thinks), and none takes more than a third of it.
"""

from collections.abc import Callable, Iterator, Sequence

from codestone.contestants.lineup import Asked as LineupAsked
from codestone.contestants.lineup import key_of, lineup
from codestone.endpoint.client import Client
from codestone.endpoint.launched import LoadFailed, served
from codestone.engine.serving_checks import answers, prompts, system, thinking, tools, wire
from codestone.engine.serving_checks.asking import Asked, Asking
from codestone.serving import Finding
from codestone.trial import Contestant, Ending, Fact

FINDINGS = (
    "answers", "thinking", "channels", "tool-call", "tool-call-after-text", "two-tool-calls",
    "tool-result", "late-system", "long-prompt", "context", "usage", "timings", "finish-reason",
    "output-budget", "streaming", "first-chunk", "stream-end", "seed",
)  # fmt: skip
"""Every id, in the order in which findings are returned."""

_PLAIN = tools.question("Is 91 a prime number? Answer with one word: yes or no.")
_ENDLESS = tools.question("Write the numbers from one to one hundred in words, one a line.")
_THINKING_TIME = 1.5
_SHORT, _LONG, _CUT = 96, 256, 24
"""Output budgets in tokens: of a model that does not think, of one that does, and of a reply to be cut."""


def check_serving(
    contestant: Contestant,
    client: Client,
    *,
    limit_s: float = 30,
    report: Callable[[str], None] = lambda _: None,
) -> tuple[Finding, ...]:
    """Return what was found, one finding for each of FINDINGS; nothing that a server does raises.

    Within 11/6 of ``limit_s`` seconds at the very most, loading the model not counted.
    """
    report(f"asking {contestant.name} how it is served (about {limit_s:g} s)")
    asking = Asking(contestant, client, limit_s=limit_s)
    first = asking.first("answers", _PLAIN, 1)
    if not (first.heard or first.broke):
        again = first.refused and answers.carries(contestant)
        bare = asking.first("answers", _PLAIN, 1, bare=True) if again else None
        return _silent(answers.judge_answers(contestant, asking.asked[:1], bare=bare))
    asking.begin()
    asking.ask("thinking", _PLAIN, _LONG)
    thinks = any(map(thinking.thought_characters, asking.asked))
    budget = _LONG if thinks else _SHORT
    if thinks:
        asking.extend(_THINKING_TIME)
    streaming = _streaming(asking)
    found = [
        *_tools(asking, contestant.server, budget),
        _system(asking, contestant.server, budget),
        answers.judge_seed(asking.ask("seed", _PLAIN, budget, seeded=True), contestant),
        *_prompts(asking, contestant, budget),
        thinking.judge_thinking(contestant, asking.asked),
        thinking.judge_channels(contestant, asking.asked),
        wire.judge_usage(asking.asked),
        wire.judge_timings(asking.asked, contestant.server),
        wire.judge_finish(asking.asked),
        wire.judge_budget(asking.asked, contestant.server),
        streaming,
        wire.judge_first_chunk(asking.asked),
        wire.judge_end(asking.asked),
        answers.judge_answers(contestant, asking.asked),
    ]
    return tuple(sorted(found, key=lambda finding: FINDINGS.index(finding.id)))


def checked(
    asked: LineupAsked, *, report: Callable[[str], None]
) -> Iterator[tuple[Contestant, tuple[Finding, ...]]]:
    """Check every contestant that was asked for, one after the other; its server is started if need be.

    Raises what ``lineup`` raises. A server that cannot be started is a finding.
    """
    with lineup(asked, report=report) as contestants:
        for contestant in contestants:
            key = key_of(contestant, asked)
            try:
                with (
                    served(contestant, key=key, report=report, log=None) as url,
                    Client(url, key=key) as client,
                ):
                    found = check_serving(contestant, client, report=report)
            except LoadFailed as failed:
                found = _silent(answers.unloaded(failed.message, failed.hint))
            yield contestant, found


def _silent(why: Finding) -> tuple[Finding, ...]:
    """Return the findings on a server that does not answer."""
    words = "not measured: the server does not answer"
    rest = (Finding(id=name, state="not measured", words=words) for name in FINDINGS if name != why.id)
    return (why, *rest)


def _streaming(asking: Asking) -> Finding:
    """Ask for more than the budget; twice where the text seems to come at once: a busy machine reads late."""
    found = wire.judge_streaming(asking.ask("output-budget", _ENDLESS, _CUT))
    if found.state != "broken":
        return found
    again = asking.ask("output-budget", _ENDLESS, _CUT)
    return found if again is None or not again.heard else wire.judge_streaming(again)


def _tools(asking: Asking, server: str, budget: int) -> Sequence[Finding]:
    name = "tool-call"
    alone = asking.ask(name, tools.ALONE, budget, tools=tools.TOOLS)
    forced = toolless = None
    if _missed(alone):
        forced = asking.ask(name, tools.ALONE, budget, tools=tools.TOOLS, extra=tools.REQUIRED)
    if _missed(alone) and not tools.called(forced):
        toolless = asking.ask(name, tools.ALONE, 1)
    call = tools.judge_call(alone, server, forced=forced, toolless=toolless)
    if alone is not None and alone.refused:
        return (call, *(tools.depends(name, call) for name in ("tool-result", *_HARDER)))
    word = prompts.secret_word()
    result = asking.ask("tool-result", tools.with_result(alone, word), budget, tools=tools.TOOLS)
    used = tools.judge_result(result, word, server, before=alone)
    if call.state in {"broken", "not measured"}:
        return (call, used, *(tools.depends(name, call) for name in _HARDER))
    return (call, used, *_harder(asking, server, budget))


_HARDER = ("tool-call-after-text", "two-tool-calls")


def _harder(asking: Asking, server: str, budget: int) -> tuple[Finding, Finding]:
    """Ask for a call after text, and for two at once."""
    parallel = None
    after = asking.ask("tool-call-after-text", tools.AFTER_TEXT, budget, tools=tools.TOOLS)
    two = asking.ask("two-tool-calls", tools.TWO, budget, tools=tools.TOOLS)
    if two is not None and tools.called(two) and len(two.reply.tool_calls) == 1:
        parallel = asking.ask(two.about, tools.TWO, budget, tools=tools.TOOLS, extra=tools.PARALLEL)
    return tools.judge_after_text(after, server), tools.judge_two(two, server, parallel=parallel)


def _missed(asked: Asked | None) -> bool:
    """Whether a call was asked for, and neither it nor anything like it came."""
    if asked is None or not asked.heard or asked.ending is Ending.THOUGHT_OUT:
        return False
    return not tools.called(asked) and not tools.in_text(asked)


def _system(asking: Asking, server: str, budget: int) -> Finding:
    word = prompts.secret_word()
    conversation = system.conversation(word)
    asked = asking.ask(system.NAME, conversation, budget)
    without = None
    if asked is not None and asked.heard:
        without = asking.ask(system.NAME, system.without_system(conversation), 1)
    return system.judge_late_system(asked, word, server, without=without)


def _prompts(asking: Asking, contestant: Contestant, budget: int) -> tuple[Finding, Finding]:
    """Ask ever longer prompts, as long as the next one is expected to be answered in time."""
    fragile = any(asked.broke for asked in asking.asked)
    longs: list[prompts.Long] = []
    characters: int | None = prompts.FIRST_CHARACTERS
    while characters is not None:
        word = prompts.secret_word()
        asked = asking.ask(prompts.NAME, prompts.long_prompt(word, characters), budget, share=1)
        if asked is None:
            break
        longs.append(prompts.Long(word=word, asked=asked))
        ended = prompts.ends(longs[-1], longs[:-1])
        characters = None if ended else _next(longs, contestant.facts, left_s=asking.left_s())
    return (
        prompts.judge_long(longs, contestant.server, fragile=fragile),
        prompts.judge_context(longs, contestant.facts, contestant.server),
    )


def _next(longs: Sequence[prompts.Long], facts: dict[str, Fact], *, left_s: float) -> int | None:
    """Return the next prompt's characters: twice as many, or just over the context that is told.

    None where it would take longer than is left, by the time that the last one took.
    """
    last = longs[-1]
    took_ns, told = last.asked.reply.exchange.speed.wall_ns, last.told
    characters = 2 * last.asked.sent_characters
    limit = prompts.told_context(facts)
    if limit is not None and told:
        over = int(last.asked.sent_characters * limit * _OVER / told)
        characters = min(characters, over)
    growth = characters / last.asked.sent_characters
    if growth < _LEAST_GROWTH or characters > prompts.MOST_CHARACTERS:
        return None
    return characters if took_ns is not None and took_ns / 1e9 * growth * _SLOWER < left_s else None


_OVER = 1.15
_LEAST_GROWTH = 1.05
_SLOWER = 1.1
"""Attention makes the time of a prompt grow faster than its size."""
