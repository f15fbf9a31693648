"""Records for tests: sane defaults, and only what a test is about said in it."""

from typing import Any

from codestone.speed_record import SPEED, SpeedRecord, Timed
from codestone.trial import (
    Attempt,
    CheckResult,
    Contestant,
    Ending,
    Exchange,
    Score,
    Speed,
    TrialKey,
    TrialRecord,
    Usage,
    Versions,
)

TASK_DIGEST = "d" * 64
POSSIBLE = 100.0


def make_record(**overrides: Any) -> TrialRecord:
    """Return a finished trial that earned 100 of 100 in two checks.

    ``overrides`` are fields of TrialKey (``epoch=2``) or of TrialRecord (``reply_digest=...``), and
    ``earned=65``, which makes the second check fail. ``checks=...`` brings its score along.
    """
    earned = overrides.pop("earned", POSSIBLE)
    key = _key(overrides)
    checks = tuple(overrides.pop("checks", _checks(earned)))
    fields: dict[str, Any] = {
        "key": key,
        "contestant": make_contestant(key.contestant),
        "task_digest": TASK_DIGEST,
        "task_title": "Add two numbers",
        "seed": key.epoch,
        "started": f"2026-01-01T00:{key.epoch % 60:02}:00Z",
        "ending": Ending.ANSWERED,
        "score": _score(checks),
        "checks": checks,
        "exchanges": (make_exchange(),),
        "reply_digest": f"{key.epoch:064x}",
        "reply_lines": 12,
        "files": ("main.py",),
        "generation_ns": 4_100_000_000,
        "grading_ns": 350_000_000,
        "versions": _VERSIONS,
    }
    return TrialRecord(**{**fields, **overrides})


def make_speed_record(**overrides: Any) -> SpeedRecord:
    """Return a finished speed trial with one exchange a turn; ``exchanges=...`` are its turns.

    Other ``overrides`` are fields of TrialKey (``task="large-code"``) or of SpeedRecord.
    """
    key = _key({"suite": SPEED, "task": "small-code", "driver": SPEED, **_taken(overrides)})
    exchanges = overrides.pop("exchanges", (make_exchange(),))
    kind = "prose" if key.task.endswith("prose") else "code"
    fields: dict[str, Any] = {
        "key": key,
        "contestant": make_contestant(key.contestant),
        "task_digest": TASK_DIGEST,
        "kind": kind,
        "shape": key.task.removesuffix(f"-{kind}"),
        "started": f"2026-01-01T00:{key.epoch % 60:02}:00Z",
        "output_tokens": 300,
        "wanted_tokens": 70,
        "load_average": (0.1, 0.2, 0.3),
        "turns": tuple(Timed(exchange=exchange, prompt_characters=280) for exchange in exchanges),
        "codestone": _VERSIONS.codestone,
        "python": _VERSIONS.python,
    }
    return SpeedRecord(**{**fields, **overrides})


def make_attempt(**overrides: Any) -> Attempt:
    """Return an attempt that the server's absence ended; ``overrides`` as for ``make_record``."""
    key = _key(overrides)
    fields: dict[str, Any] = {
        "key": key,
        "contestant": make_contestant(key.contestant),
        "task_digest": TASK_DIGEST,
        "started": "2026-01-01T00:00:00Z",
        "ending": Ending.UNREACHABLE,
        "detail": "connection refused",
        "versions": _VERSIONS,
    }
    return Attempt(**{**fields, **overrides})


def make_contestant(name: str = "tiny-1b-q8-1a2b3c4d", **overrides: Any) -> Contestant:
    """Return a contestant that a plain server at a loopback address serves."""
    fields: dict[str, Any] = {
        "name": name,
        "model": "tiny-1b-q8",
        "base_url": "http://127.0.0.1:8080/v1",
        "server": "llama-server",
    }
    return Contestant(**{**fields, **overrides})


def make_exchange(**overrides: Any) -> Exchange:
    """Return one complete reply of 128 tokens at 40 tokens/s, its prompt not cached."""
    fields: dict[str, Any] = {
        "ending": Ending.ANSWERED,
        "status": 200,
        "finish_reason": "stop",
        "usage": Usage(prompt_tokens=210, completion_tokens=128, cached_tokens=0),
        "timings": {
            "prompt_n": 210.0,
            "prompt_per_second": 500.0,
            "predicted_n": 128.0,
            "predicted_per_second": 40.5,
        },
        "speed": Speed(
            connect_ns=200_000,
            headers_ns=2_000_000,
            ttft_ns=420_000_000,
            ttfo_ns=420_000_000,
            last_ns=3_595_000_000,
            wall_ns=3_600_000_000,
            chunks=128,
            tg=40.0,
        ),
        "content_characters": 512,
    }
    return Exchange(**{**fields, **overrides})


_KEY_FIELDS = ("suite", "task", "driver", "epoch", "variant")
_VERSIONS = Versions(codestone="0.1.0", python="3.11.7", box="bubblewrap 0.11.0")


def _key(overrides: dict[str, Any]) -> TrialKey:
    """Take the fields of a key out of ``overrides``; a whole ``key`` wins."""
    fields: dict[str, Any] = {
        "suite": "examples",
        "task": "add-numbers",
        "contestant": "tiny-1b-q8-1a2b3c4d",
        "driver": "single",
        "epoch": 1,
    }
    contestant = overrides.get("contestant")
    if isinstance(contestant, str):
        fields["contestant"] = overrides.pop("contestant")
    elif isinstance(contestant, Contestant):
        fields["contestant"] = contestant.name
    fields.update({name: overrides.pop(name) for name in _KEY_FIELDS if name in overrides})
    whole = overrides.pop("key", None)
    return whole if isinstance(whole, TrialKey) else TrialKey(**fields)


def _taken(overrides: dict[str, Any]) -> dict[str, Any]:
    """Take what belongs to a key out of ``overrides``."""
    names = [name for name in (*_KEY_FIELDS, "contestant") if isinstance(overrides.get(name), str | int)]
    return {name: overrides.pop(name) for name in names}


def _checks(earned: float) -> tuple[CheckResult, ...]:
    first = earned if 0 < earned < POSSIBLE else 60.0
    whole = earned == POSSIBLE
    return (
        CheckResult(id="adds", passed=earned > 0, points=first, evidence="add(2, 2) gave 4"),
        CheckResult(
            id="adds-negatives",
            passed=whole,
            points=POSSIBLE - first,
            evidence="add(-1, -1) gave -2" if whole else "add(-1, -1) gave 0, expected -2",
        ),
    )


def _score(checks: tuple[CheckResult, ...]) -> Score:
    return Score(
        earned=sum(check.points for check in checks if check.passed),
        possible=POSSIBLE,
        passed=sum(check.passed for check in checks),
        checks=len(checks),
    )
