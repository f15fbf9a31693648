"""Runaway text, found while it streams: a tail that is one unit over and over ends the reply as LOOPED.

What is looked for: a unit of 1 to UNIT characters that comes REPEATS times and more in a row at the end of
a channel, alike to the letter, or alike but for its numbers ("Step 41: …", "Step 42: …"). How long that
must go on depends on what honest answers look like, not on what loops look like:

    words, alike              4,000 characters   about 1,000 tokens: 50 s at 20 tokens/s
    words, numbers change    12,000              a list of 300 numbered sentences is honest
    other text, alike        12,000              a board of 300 equal lines of HTML is honest, so are zeros
    other text, numbers      32,000              a table of 400 lines of 80 characters is honest

"Words" are units that are nearly all letters and spaces, with several different words; code, markup,
numbers and a single word are the other text. No limit is over 32k tokens, as a token has a character at
least. The unit may begin anywhere and be cut into chunks in any way.

It runs between two reads, so it must cost little: 256 characters are looked at in some 20 µs, in 1 ms where
the text is made of long runs of spaces.

Not covered: units longer than UNIT, paraphrases, and a loop that changes before it comes to a limit; the
output budget ends those.
"""

import re

from codestone.endpoint.chat import OnText, Stop
from codestone.timing import Channel
from codestone.trial import Ending

UNIT = 1_000
"""Characters that a unit may have."""
REPEATS = 12
"""How often it must come at least; fewer are a style, not a loop."""
STRIDE = 256
"""Characters between two looks, which are what this costs."""
LIMITS = {(True, False): 4_000, (True, True): 12_000, (False, False): 12_000, (False, True): 32_000}
"""Characters that may repeat: (made of words, numbers change) → so many."""

_TAIL = UNIT * (REPEATS + 1)
_NEEDLE = 24
_WORDS = 4
_WORD_SHARE = 0.8
_SHOWN = 80
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]|[^\W\d_\u2e80-\u9fff\uac00-\ud7af]{2,}")


def both(first: OnText | None, second: OnText | None) -> OnText | None:
    """Return a listener that tells both, and stops for whichever wants it first; None where both are None."""
    if first is None or second is None:
        return first or second

    def on_text(text: str, channel: Channel) -> Stop | None:
        stop, also = first(text, channel), second(text, channel)
        return stop or also

    return on_text


class Repetition:
    """An ``OnText`` for one reply; each channel is listened to apart."""

    def __init__(self) -> None:
        self._tails: dict[Channel, tuple[_Tail, ...]] = {}
        self._waiting: dict[Channel, list[str]] = {channel: [] for channel in Channel}
        self._length = dict.fromkeys(Channel, 0)

    def __call__(self, text: str, channel: Channel) -> Stop | None:
        """Take the next piece; return why to stop once its channel has been repeating for too long."""
        self._waiting[channel].append(text)
        self._length[channel] += len(text)
        if self._length[channel] < STRIDE:
            return None
        text = "".join(self._waiting[channel])
        self._waiting[channel], self._length[channel] = [], 0
        for tail in self._tails.setdefault(channel, (_Tail(numbers=False), _Tail(numbers=True))):
            for start in range(0, len(text), STRIDE):  # one large piece is looked at as many small ones are
                if why := tail.look(text[start : start + STRIDE]):
                    return Stop(Ending.LOOPED, f"{channel} {why}")
        return None


class _Tail:
    """The end of one channel; with ``numbers``, every number in it is a 0."""

    def __init__(self, *, numbers: bool) -> None:
        self._numbers = numbers
        self._text = ""
        self._run = 0  # characters, as they came, that have been repeating

    def look(self, text: str) -> str:
        """Add ``text`` and return what has been repeating for too long, or ""."""
        added = self._add(text)
        period, repeating = _periodic(self._text)
        if period == 0:
            self._run = 0
            return ""
        self._run = max(repeating, self._run + len(text) if repeating > added else 0)
        unit = self._text[-period:]
        if self._run < LIMITS[_is_words(unit), self._numbers]:
            return ""
        but = " but for its numbers" if self._numbers else ""
        return f"repeated over {self._run:,} characters{but}: {_shown(unit)!r}"

    def _add(self, text: str) -> int:
        """Add ``text``; return how many characters of the tail are new."""
        if not self._numbers:
            self._text = (self._text + text)[-_TAIL:]
            return len(text)
        plain = _DIGITS.sub("0", text)
        if self._text.endswith("0") and plain.startswith("0"):  # one number, cut in two by the chunks
            plain = plain[1:]
        self._text = (self._text + plain)[-_TAIL:]
        return len(plain)


def _periodic(text: str) -> tuple[int, int]:
    """Return the length of the unit that ends the text REPEATS times, and how far back that goes; or 0, 0.

    Of several units the one that goes back farthest: a unit may itself end in a run of one character.
    """
    needle, end, found = text[-_NEEDLE:], len(text) - 1, (0, 0)
    while len(needle) == _NEEDLE:
        place = text.rfind(needle, max(0, len(text) - UNIT - _NEEDLE), end)
        if place < 0:
            break
        period, end = len(text) - _NEEDLE - place, place + _NEEDLE - 1
        if _repeats(text, period, REPEATS * period):
            reach = _reach(text, period)
            found = max(found, (period, reach), key=lambda each: each[1])
            end = min(end, len(text) - reach + period - 1)  # up to there every period is a multiple of it
    return found


def _repeats(text: str, period: int, length: int) -> bool:
    """Whether the last ``length`` characters have that period."""
    start = len(text) - length
    return start >= 0 and text[start : len(text) - period] == text[start + period :]


def _reach(text: str, period: int) -> int:
    """Return how many characters at the end have that period."""
    low, high = REPEATS * period, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if _repeats(text, period, middle):
            low = middle
        else:
            high = middle - 1
    return low


def _is_words(unit: str) -> bool:
    """Whether the unit is prose: several different words, and little else."""
    words = set(_WORD.findall(unit))
    letters = sum(mark.isalpha() or mark.isspace() for mark in unit)
    return len(words) >= _WORDS and letters >= _WORD_SHARE * len(unit)


def _shown(unit: str) -> str:
    """Return the unit from the beginning of a line, where it has one, shortened."""
    _, line_feed, rest = unit.partition("\n")
    text = (rest + unit[: len(unit) - len(rest)]).strip() if line_feed else unit.strip()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
