"""What a run's progress says in one line, and what it calls contestants. Pure text.

    [28/60] qwen3.6-27b py-select 2/3 FAIL 5/8 3.1 s
    number/of contestant task epoch/epochs verdict checks seconds-of-generation reason

Without `/of` where a budget decides how many trials there will be. A driver other than `single` stands
behind the contestant. The reason is there when the trial was not plainly answered. A speed trial has no
checks: it is TIMED, and figures of its first reply stand at the end.
"""

import re
from collections.abc import Iterator
from itertools import count
from threading import Lock

from codestone.reports._safe import clipped, visible
from codestone.speed_record import SPEED, Outcome, SpeedRecord
from codestone.trial import Attempt, Ending, TrialKey, TrialRecord

PASS, FAIL, TIMED, NOT_MEASURED = "PASS", "FAIL", "TIMED", "NOT MEASURED"

_LONGEST_NAME = 22
_UNSAID = {"single", SPEED}
"""Drivers that need no word."""
_LONGEST_REASON = 200
_DIGEST = re.compile(r"-[0-9a-f]{8}$")


class Labels:
    """Short names of contestants: without the digest where that tells them apart. The first come keeps it."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}
        self._lock = Lock()

    def of(self, key: TrialKey) -> str:
        """Return what a trial's contestant and driver are called; always the same for the same two."""
        return self.contestant(key.contestant) + ("" if key.driver in _UNSAID else f"·{key.driver}")

    def contestant(self, name: str) -> str:
        """Return what a contestant is called, in at most 22 characters where they tell it apart."""
        with self._lock:
            if name not in self._of:
                taken = self._of.values()
                self._of[name] = next(label for label in _labels(name) if label not in taken)
            return self._of[name]


def _labels(name: str) -> Iterator[str]:
    """Yield what a contestant may be called, the shortest first."""
    bare = _DIGEST.sub("", name)
    digest = name[len(bare) :]
    yield shortened(bare)
    yield shortened(bare, _LONGEST_NAME - len(digest)) + digest
    yield visible(name)
    yield from (f"{visible(name)} ({number})" for number in count(2))


def shortened(name: str, longest: int = _LONGEST_NAME) -> str:
    """Return a name without its middle where it is too long: both ends tell more."""
    name = visible(name)
    if len(name) <= longest:
        return name
    head = longest // 2
    return f"{name[:head]}…{name[-(longest - 1 - head) :]}"


def task_of(key: TrialKey) -> str:
    """Return what a trial's task is called."""
    return shortened(f"{key.task}+{key.variant}" if key.variant else key.task)


def trial_line(outcome: Outcome, *, label: str, number: int, of: int | None, epochs: int | None) -> str:
    """Return the line of a trial that ended."""
    key = outcome.key
    words = [f"[{part(number, of)}]", label, task_of(key), part(key.epoch, epochs), verdict(outcome)]
    if isinstance(outcome, TrialRecord):
        words.append(f"{outcome.score.passed}/{outcome.score.checks}")
    seconds = generation_s(outcome)
    words += [] if seconds is None else [f"{seconds:.1f} s"]
    return " ".join(filter(None, [*words, reason(outcome)]))


def retry_line(key: TrialKey, *, label: str, ending: Ending, detail: str, again_s: float) -> str:
    """Return the line that says when a trial is asked again, and why."""
    when = f"again in {again_s:.0f} s" if again_s >= 1 else "again now"
    return f"{label} {task_of(key)} {key.epoch} {when}: {_said(ending, detail)}"


def verdict(outcome: Outcome) -> str:
    """Return PASS where every check passed, FAIL where one did not, NOT MEASURED where none was judged."""
    if isinstance(outcome, Attempt):
        return NOT_MEASURED
    if isinstance(outcome, SpeedRecord):
        return TIMED
    return PASS if outcome.score.passed == outcome.score.checks else FAIL


def generation_s(outcome: Outcome) -> float | None:
    """Return the seconds that the contestant took, as far as it came; None where it was not asked."""
    if isinstance(outcome, TrialRecord):
        return outcome.generation_ns / 1e9
    walls = [x.speed.wall_ns for x in outcome.exchanges if x.speed.wall_ns is not None]
    return sum(walls) / 1e9 if walls else None


def detail_of(outcome: Outcome) -> str:
    """Return what is known of the ending, or what the server said last; "" for nothing."""
    if isinstance(outcome, SpeedRecord):
        return _timed(outcome)
    return outcome.detail or (outcome.exchanges[-1].detail if outcome.exchanges else "")


def ending_of(outcome: Outcome) -> Ending:
    """Return why the trial ended; a speed trial is answered, whatever its reply was worth."""
    return Ending.ANSWERED if isinstance(outcome, SpeedRecord) else outcome.ending


def reason(outcome: Outcome) -> str:
    """Return why a trial was not plainly answered, "" where it was; control characters escaped."""
    ending = ending_of(outcome)
    if ending is Ending.ANSWERED:
        return clipped(visible(detail_of(outcome)), _LONGEST_REASON)
    return _said(ending, detail_of(outcome))


def part(number: int, of: int | None) -> str:
    """Return "2/3", or "2" where nobody knows of how many."""
    return f"{number}" if of is None else f"{number}/{of}"


def _said(ending: Ending, detail: str) -> str:
    said = f"{ending.words}: {visible(detail)}" if detail and detail != ending.words else ending.words
    return clipped(said, _LONGEST_REASON)


def _timed(record: SpeedRecord) -> str:
    """Return what a speed trial's first reply shows; what was not measured is left out."""
    exchange = record.exchanges[0]
    prompt, ttft_ns, tg = (
        exchange.usage and exchange.usage.prompt_tokens,
        exchange.speed.ttft_ns,
        exchange.speed.tg,
    )
    words = [f"{prompt} prompt tokens"] if prompt is not None else []
    words += [f"TTFT {ttft_ns / 1e9:.3g} s"] if ttft_ns is not None else []
    words += [f"{tg:.3g} tokens/s"] if tg is not None else []
    return ", ".join(words)
