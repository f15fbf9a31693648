"""The prompts of speed trials: text of our own, made by rule, of any length, and never twice the same.

The salt stands at the very beginning and seeds all that follows, so that no server has any of it cached:
neither as a prefix nor as a piece from the middle. The same salt gives the same text.
"""

import random
from collections.abc import Callable
from typing import assert_never

from codestone.speed_record import Kind

_PROSE_ASK = "\n\nGo on in the same manner: at least six hundred words of prose, without headings and lists."
_CODE_ASK = "\n\nWrite the next ten functions of this module, each whole, with a docstring. Nothing but code."
_OPENING_ASK = (
    "\n\nThis module is yours now. Add `parse_date(text)`, which returns year, month and day of a text such"
    " as 2031-05-17 and raises ValueError for anything else. Show the function and explain each line of it."
)
FOLLOW_UPS = (
    "It must take week dates too, such as 2031-W07-3. Show the whole function again and say what changed.",
    "Write tests for it with pytest, one for each rule, bad texts included.",
)
"""What the user says in turns 2 and 3 of the conversation."""

_WHO = ("the ferryman", "a clerk", "the younger sister", "our neighbour", "the surveyor", "an old baker",
        "the night guard", "a visitor", "the gardener", "their uncle", "the teacher", "a pedlar")  # fmt: skip
_DID = ("carried", "counted", "forgot", "repaired", "painted", "sold", "hid", "described", "weighed",
        "measured", "sorted", "borrowed")  # fmt: skip
_WHAT = ("seven lanterns", "the broken clock", "a crate of apples", "the long letter", "two copper kettles",
         "a map of the coast", "the green door", "a bundle of reeds", "the last ledger", "three wet coats",
         "a box of nails", "the spare oars")  # fmt: skip
_WHERE = ("behind the mill", "on the upper floor", "near the harbour", "under the bridge", "at the crossing",
          "beside the well", "in the empty hall", "along the canal", "by the stove",
          "across the square")  # fmt: skip
_WHEN = ("before noon", "late in the evening", "after the storm", "on the third day", "without a word",
         "as the snow began", "while the others slept", "once the bells had ended")  # fmt: skip

_VERBS = (
    "merge",
    "count",
    "shift",
    "rank",
    "scale",
    "trim",
    "pair",
    "fold",
    "split",
    "weigh",
    "clamp",
    "join",
)
_NOUNS = ("orders", "levels", "tickets", "rows", "prices", "slots", "routes", "weights", "marks", "parcels")
_ADJECTIVES = ("open", "late", "local", "dense", "plain", "signed", "sparse", "paired")
_NAMES = ("first", "second", "lower", "upper", "start", "stop", "left", "right", "width", "depth")


def prompt(kind: Kind, characters: int, *, salt: str) -> str:
    """Return a prompt of so many characters, or a few more than the request alone has."""
    match kind:
        case "prose":
            return _filled(f"{salt}. ", _sentence, salt=salt, characters=characters, ask=_PROSE_ASK)
        case "code":
            return _filled(f"# {salt}\n\n", _function, salt=salt, characters=characters, ask=_CODE_ASK)
    assert_never(kind)


def opening(characters: int, *, salt: str) -> str:
    """Return what the user says first in the conversation: a module of code, and what is to be done."""
    return _filled(f"# {salt}\n\n", _function, salt=salt, characters=characters, ask=_OPENING_ASK)


def _filled(head: str, piece: Callable[[random.Random], str], *, salt: str, characters: int, ask: str) -> str:
    """Return head, as many pieces as fill the size, cut where it is reached, and the request."""
    draw = random.Random(salt)  # noqa: S311 - it must be repeatable, not secret
    room = characters - len(ask)
    parts, size = [head], len(head)
    while size < room:
        parts.append(piece(draw))
        size += len(parts[-1])
    return "".join(parts)[: max(len(head), room)] + ask


def _sentence(draw: random.Random) -> str:
    who, did, what, where, when = (draw.choice(words) for words in (_WHO, _DID, _WHAT, _WHERE, _WHEN))
    return f"{who.capitalize()} {did} {what} {where} {when}. "


def _function(draw: random.Random) -> str:
    verb, noun, adjective = draw.choice(_VERBS), draw.choice(_NOUNS), draw.choice(_ADJECTIVES)
    one, other = draw.sample(_NAMES, 2)
    limit, step = draw.randrange(2, 400), draw.randrange(2, 40)
    return (
        f"def {verb}_{noun}({one}, {other}):\n"
        f'    """Return the {adjective} {noun} from {one} to {other}."""\n'
        f"    if {one} > {limit}:\n"
        f"        return {one} - {other} * {step}\n"
        f"    return [{other} + step for step in range({one}, {limit + step})]\n\n\n"
    )
