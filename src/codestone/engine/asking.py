"""Ask one contestant, as its launch configuration has it: what a driver may do, and what is timed alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from codestone.endpoint.chat import Ask, ChatRequest, Message, OnText, Reply, Timeouts, Tools
from codestone.endpoint.client import Client
from codestone.endpoint.repetition import Repetition, both
from codestone.trial import Contestant

_BUDGETS = {"max_tokens", "max_completion_tokens", "n_predict", "num_predict"}


def asker(
    contestant: Contestant,
    client: Client,
    *,
    seed: int,
    timeouts: Timeouts | None = None,
    on_text: OnText | None = None,
) -> Ask:
    """Return the function that a driver is handed: sampling and thinking as the contestant has them."""
    return _asks(
        contestant, client, seed=seed, timeouts=timeouts, listener=lambda: both(Repetition(), on_text)
    )


def timed_asker(
    contestant: Contestant,
    client: Client,
    *,
    seed: int,
    timeouts: Timeouts | None = None,
    on_text: OnText | None = None,
) -> Ask:
    """Return the same for timing: the budget that is asked for holds, and repetition ends no reply."""
    return _asks(unbudgeted(contestant), client, seed=seed, timeouts=timeouts, listener=lambda: on_text)


def unbudgeted(contestant: Contestant) -> Contestant:
    """Return the contestant without output budgets of its own: they would win over those that are asked."""
    request = {name: value for name, value in contestant.sampling.request.items() if name not in _BUDGETS}
    sampling = contestant.sampling.model_copy(update={"request": request})
    return contestant.model_copy(update={"sampling": sampling})


def _asks(
    contestant: Contestant,
    client: Client,
    *,
    seed: int,
    timeouts: Timeouts | None,
    listener: Callable[[], OnText | None],
) -> Ask:
    """Return a function that asks; ``listener`` makes what hears one reply, a new one for each."""

    def ask(messages: Sequence[Message], max_tokens: int, *, tools: Tools = ()) -> Reply:
        request = ChatRequest(
            model=contestant.model,
            messages=sent(messages, contestant),
            max_tokens=max_tokens,
            seed=seed if contestant.sampling.seeded else None,
            tools=tools,
            extra=merged(contestant.sampling.request, contestant.thinking.request),
        )
        return client.chat(request, listener(), timeouts=timeouts)

    return ask


def sent(messages: Sequence[Message], contestant: Contestant) -> tuple[Message, ...]:
    """Return a conversation as this contestant gets it.

    The prefix stands before the first thing that the user says. Drivers keep the reasoning of every reply;
    it goes back only where the contestant says so.
    """
    thinking = contestant.thinking
    kept = messages if thinking.sent_back else [replace(message, reasoning="") for message in messages]
    return tuple(_prefixed(kept, thinking.prefix))


def merged(first: Mapping[str, object], second: Mapping[str, object]) -> dict[str, object]:
    """Return both laid over each other, objects within objects too; ``second`` wins."""
    whole = dict(first)
    for name, value in second.items():
        below = whole.get(name)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        whole[name] = merged(below, value) if both else value  # type: ignore[arg-type]
    return whole


def _prefixed(messages: Sequence[Message], prefix: str) -> Sequence[Message]:
    """Put the prefix before the first thing that the user says."""
    for place, message in enumerate(messages):
        if prefix and message.role == "user":
            return (
                *messages[:place],
                replace(message, content=prefix + message.content),
                *messages[place + 1 :],
            )
    return messages
