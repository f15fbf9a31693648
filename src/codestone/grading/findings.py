"""What a check found: passed or not, and the evidence for it."""

from collections.abc import Iterable
from dataclasses import dataclass

EVIDENCE_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one question, or of a check made of several."""

    passed: bool
    evidence: str

    def __bool__(self) -> bool:
        raise TypeError("a Finding is returned by a check, or given to all_of(); ask for .passed")


def ok(evidence: str) -> Finding:
    """Return a passed finding."""
    return Finding(passed=True, evidence=evidence)


def fail(evidence: str) -> Finding:
    """Return a failed finding."""
    return Finding(passed=False, evidence=evidence)


class NotMeasured(Exception):
    """Raised by a check that the machine kept from measuring: nobody's failure; the trial stays pending."""


def all_of(findings: Iterable[Finding]) -> Finding:
    """Return the first failed finding, else one that counts them; stops asking at the first failure.

    Raises ValueError when there is nothing to judge: a check that asks nothing would always pass.
    """
    count, last = 0, ""
    for finding in findings:
        if not finding.passed:
            return finding
        count, last = count + 1, finding.evidence
    if not count:
        raise ValueError("all_of() was given no finding")
    return ok(last if count == 1 else f"{count} of {count} as expected, last: {last}")


def shown(value: object, limit: int = 200) -> str:
    """Return a value as evidence: its repr, with control characters escaped, shortened in the middle."""
    text = repr(value)
    if len(text) > limit:
        text = f"{text[: limit * 2 // 3]} … {text[-limit // 4 :]}"
    return one_line(text)


def one_line(text: str) -> str:
    """Return text that a terminal shows as it is, in one line: nobody's words can pass for a line of ours."""
    return printable(text).replace("\n", "\\n")


def printable(text: str) -> str:
    """Return text that a terminal shows as it is: control characters and lone surrogates escaped."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
