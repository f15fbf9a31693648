"""The values that cross the channel, decoded strictly to builtin types.

Schema and tags: docs/reference/channel.md. Covered: a candidate's ``__eq__``, ``__bool__`` or ``__hash__``
never runs out here, because nothing of its own class ever arrives. Not covered: that a value is *right*.
"""

import base64
import binascii
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DEPTH_LIMIT = 70
INTEGER_DIGITS = 3500  # hexadecimal: as many as Python writes out in decimal
CROWD = 1000
SAFE_INTEGER = 1 << 53
_MASK = 0xFFFFFFFFFFFFFFFF


class MalformedValue(ValueError):
    """Bytes from the box that are no value of the schema."""


@dataclass(frozen=True, slots=True)
class Undefined:
    """JavaScript's ``undefined``, which is not None."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A large input, made inside from a few numbers: ``Recipe("integers", (seed, count, low, high))``.

    Names: integers (splitmix64), range (start, stop, step), repeat (value, count). ``made()`` gives the
    same list out here.
    """

    name: str
    args: tuple[Any, ...]

    def made(self) -> list[Any]:
        """Return the list that the worker makes of it."""
        return _RECIPES[self.name](*self.args)


def _integers(seed: int, count: int, low: int, high: int) -> list[int]:
    """splitmix64 (Steele, Lea, Flood 2014), reduced by modulo: the same numbers in every language."""
    state, span, numbers = seed & _MASK, high - low + 1, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        numbers.append(low + (mixed ^ (mixed >> 31)) % span)
    return numbers


_RECIPES: dict[str, Callable[..., list[Any]]] = {
    "integers": _integers,
    "range": lambda start, stop, step: list(range(start, stop, step)),
    "repeat": lambda value, count: [value] * count,
}


def encode(value: Any, ours: Callable[[Any], dict[str, Any] | None]) -> Any:
    """Return the JSON form; ``ours`` names what crosses as a handle, or returns None."""
    named = ours(value)
    if named is not None:
        return named
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if -SAFE_INTEGER < value < SAFE_INTEGER else {"int": hex(value)}
        case float():
            return {"float": repr(value)}
        case bytes():
            return {"bytes": base64.b64encode(value).decode()}
        case list():
            return [encode(part, ours) for part in value]
        case tuple() | set() | frozenset():
            return {type(value).__name__: [encode(part, ours) for part in value]}
        case dict():
            return {"dict": [[encode(k, ours), encode(v, ours)] for k, v in value.items()]}
        case Recipe():
            return {"recipe": [value.name, [encode(part, ours) for part in value.args]]}
        case Undefined():
            return {"undefined": True}
    raise TypeError(f"a {type(value).__name__} cannot cross into the box")


def decode(value: Any, handle: Callable[[int, str], Any], ours: Callable[[int], Any], depth: int = 0) -> Any:
    """Return the builtin value; ``handle`` and ``ours`` make the two kinds of reference.

    Raises MalformedValue for anything that is not of the schema.
    """
    if depth > DEPTH_LIMIT:
        raise MalformedValue(f"deeper than {DEPTH_LIMIT} levels")
    match value:
        case None | bool() | int() | str():
            return value
        case list():
            return [decode(part, handle, ours, depth + 1) for part in value]
        case {"handle": int(number), "type": str(kind)} if len(value) == 2:
            return handle(number, kind)
        case dict() if len(value) == 1:
            ((tag, inner),) = value.items()
            try:
                return _tagged(tag, inner, handle, ours, depth + 1)
            except (TypeError, ValueError, binascii.Error) as error:
                raise MalformedValue(f"not a value of tag {tag!r}: {error}") from None
    raise MalformedValue(f"not a value: a {type(value).__name__}")


def _tagged(
    tag: str, inner: Any, handle: Callable[[int, str], Any], ours: Callable[[int], Any], depth: int
) -> Any:
    match tag, inner:
        case "int", str():
            if len(inner) > INTEGER_DIGITS:
                raise MalformedValue(f"a whole number of more than {INTEGER_DIGITS} hexadecimal digits")
            return int(inner, 16)
        case "float", str():
            return float(inner)
        case "bytes", str():
            return base64.b64decode(inner, validate=True)
        case "undefined", True:
            return Undefined()
        case "ours", int():
            return ours(inner)
        case "tuple", list():
            return tuple(decode(part, handle, ours, depth) for part in inner)
        case "set", list():
            return set(_keys([decode(part, handle, ours, depth) for part in inner]))
        case "frozenset", list():
            return frozenset(_keys([decode(part, handle, ours, depth) for part in inner]))
        case "dict", list():
            keys = _keys([decode(key, handle, ours, depth) for key, _ in inner])
            return {k: decode(v, handle, ours, depth) for k, (_, v) in zip(keys, inner, strict=True)}
    raise MalformedValue(f"no value is tagged {tag[:40]!r}")


def _keys(keys: list[Any]) -> list[Any]:
    """Return keys that are not chosen to have one hash: a set of 200,000 such would take us minutes."""
    if len(keys) > CROWD and max(Counter(map(hash, keys)).values()) > CROWD:
        raise MalformedValue(f"more than {CROWD} keys of one hash")
    return keys


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal and of the same types all the way down: True is not 1, 1 is not 1.0.

    NaN is the same as NaN; -0.0 is not 0.0. Sets and dicts compare without regard to order.
    """
    if type(left) is not type(right):
        return False
    match left:
        case float():
            return repr(left) == repr(right)
        case list() | tuple():
            return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
        case dict():
            return len(left) == len(right) and same(_keyed(left), _keyed(right)) if left else not right
        case set() | frozenset():
            return bool(left == right) and sorted(map(_typed, left)) == sorted(map(_typed, right))
    return bool(left == right)


def _typed(value: Any) -> str:
    return f"{type(value).__name__} {value!r}"


def _keyed(pairs: dict[Any, Any]) -> list[tuple[str, Any]]:
    return sorted(((_typed(key), value) for key, value in pairs.items()), key=lambda pair: pair[0])
