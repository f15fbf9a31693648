"""Questions about addresses: what worked still works, and the same holds for every script.

canary 3f6b1f0c-9f43-4f0e-8f6a-2c7d51b8e0a4
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from unicodedata import normalize

from codestone.grading import Candidate, Finding, all_of, fail, ok

PARTS = {
    "ada@quay.example": ("ada", "", "quay.example"),
    "  Bo.Dock@QUAY.Example\n": ("Bo.Dock", "", "quay.example"),
    "a_b-c.d9+lamp7@x1.y--2.example": ("a_b-c.d9", "lamp7", "x1.y--2.example"),
    "7@8.de": ("7", "", "8.de"),
    "Z+Q@3-k.EXAMPLE": ("Z", "Q", "3-k.example"),
}
REFUSED = {
    "": "empty",
    " \t": "empty",
    "ada.quay.example": "at",
    "ada@quay@example.org": "at",
    "@quay.example": "name",
    ".ada@quay.example": "name",
    "ada.@quay.example": "name",
    "ada..b@quay.example": "name",
    "a d@quay.example": "name",
    "a\n@quay.example": "name",
    "a!d@quay.example": "name",
    "ada+@quay.example": "tag",
    "ada+b+c@quay.example": "tag",
    "ada+b.c@quay.example": "tag",
    "ada@quay": "host",
    "ada@": "host",
    "ada@-quay.example": "host",
    "ada@quay-.example": "host",
    "ada@qu_ay.example": "host",
    "ada@quay..example": "host",
    "ada@quay.example.": "host",
    "ada@quay.e": "host",
    "ada@quay.e1": "host",
    "ada@quay.ex-ample": "host",
}
NAMES = {
    "søren.ås@quay.example": ("søren.ås", "", "quay.example"),
    "Жанна_П-3@quay.example": ("Жанна_П-3", "", "quay.example"),
    "名前@quay.example": ("名前", "", "quay.example"),
    "ليلى+مصباح@quay.example": ("ليلى", "مصباح", "quay.example"),
    "ada+größe@quay.example": ("ada", "größe", "quay.example"),
    "δ٣.७@quay.example": ("δ٣.७", "", "quay.example"),
}
HOSTS = {
    "ada@größe.example": ("ada", "", "größe.example"),
    "ada@Ålesund-Øst.Example": ("ada", "", "ålesund-øst.example"),
    "ada@почта.рф": ("ada", "", "почта.рф"),
    "ada@例え.みんな": ("ada", "", "例え.みんな"),
    "ada@१२३.example": ("ada", "", "१२३.example"),
    "ada@ליבה-7.example": ("ada", "", "ליבה-7.example"),
}
MARKED = {
    "हिन्दी@quay.example": ("हिन्दी", "", "quay.example"),
    "ada+தமிழ்@quay.example": ("ada", "தமிழ்", "quay.example"),
    "ada@ตู้.example": ("ada", "", "ตู้.example"),
    "ada@डाक.भारत": ("ada", "", "डाक.भारत"),
    "q\u0308.x@quay.example": ("q\u0308.x", "", "quay.example"),
}
# Each has a near neighbour that is taken: refusing all that is not ASCII is no answer.
NOT_ONLY_ASCII = ("søren@quay.example", "ada@größe.example", "ada@почта.рф", "ada+größe@quay.example")
STRANGE = (
    "m²@quay.example",
    "ada@m².example",
    "Ⅷ@quay.example",
    "ada+½@quay.example",
    "sø😀ren@quay.example",
    "ada@gr😀ße.example",
    "ø€@quay.example",
    "ada@grö€e.example",
    "sø\u200bren@quay.example",
    "ada@grö\u00adße.example",
    "ø\N{FULLWIDTH COMMERCIAL AT}quay.example",
    "sø。ren@quay.example",
    "ada@größe\N{IDEOGRAPHIC FULL STOP}example",
    "ada@größe\u2010ost.example",
    "sø\uff3fren@quay.example",
    "ada\uff0bø@quay.example",
    "søren ås@quay.example",
    "sø\n@quay.example",
    "ada@grö_ße.example",
    "ada@-größe.example",
    "sø..ren@quay.example",
    "ada@größe",
)
NUMBERED = ("ada@почта.рф٣", "ada@größe.é1", "ada@quay.१२", "ada@quay.भारत७", "ada@größe.ф")
MARK_FIRST = (
    "\u0308q@quay.example",
    "x.\u0308q@quay.example",
    "ada+\u093fh@quay.example",
    "ada@\u0e49ab.example",
    "ada@ab-\u0e49.example",
    "ada@quay.\u093eab",
)


def kept_addresses(candidate: Candidate) -> Finding:
    """Take the ASCII addresses that were taken before, in the same parts."""
    return all_of([*_parsed(candidate, PARTS), _fields(candidate)])


def kept_refusals(candidate: Candidate) -> Finding:
    """Refuse the ASCII texts that were refused before, each for the same reason."""

    def found() -> Iterator[Finding]:
        for text, reason in REFUSED.items():
            yield _refused(candidate, text, reason)
            yield candidate.ask("is_valid", text).gives(False)
        yield _refused(candidate, f"{'a' * 65}@quay.example", "length")
        yield _refused(candidate, f"ada@{'a' * 64}.example", "length")

    return all_of(found())


def kept_functions(candidate: Candidate) -> Finding:
    """Normalise, mask, compare and group ASCII addresses as before, by the same parameters."""

    def found() -> Iterator[Finding]:
        yield candidate.ask("is_valid", text="ada@quay.example").gives(True)
        yield candidate.ask("normalise", text=" Ada+Lamp@QUAY.example ").gives("Ada+Lamp@quay.example")
        yield candidate.ask("normalise", "ada@quay").raises("ValueError")
        yield candidate.ask("mask", text="mira+lamp@Quay.example").gives("m***@quay.example")
        yield candidate.ask("mask", "Z@quay.example").gives("Z***@quay.example")
        for second, same in (("ADA+lamp@QUAY.example", True), ("adb@quay.example", False)):
            answer = candidate.ask("same_mailbox", first="ada+b@quay.example", second=second)
            yield answer.gives(same)
        texts = ["B+x@dock.example", "no address", "a@Quay.example", "a@DOCK.example", "a@dock.example"]
        groups = {
            "dock.example": ["B+x@dock.example", "a@dock.example", "a@dock.example"],
            "quay.example": ["a@quay.example"],
        }
        yield candidate.ask("group_by_host", texts=texts).gives(groups)

    return all_of(found())


def kept_finding(candidate: Candidate) -> Finding:
    """Find ASCII addresses in a running text as before."""
    texts = {
        "To ada@quay.example, or (bo+x@DOCK.example).": ["ada@quay.example", "bo+x@dock.example"],
        "ada@quay.example!ADA@quay.example;ada@QUAY.example": ["ada@quay.example", "ADA@quay.example"],
        "mailto:ada@quay.example?subject=x": ["ada@quay.example"],
        '"-ada@quay.example-" <bo@dock.example>...': ["ada@quay.example", "bo@dock.example"],
        "no one@home, e.g. a@b@c.example or x@y": [],
        "": [],
    }
    return all_of(candidate.ask("find_all", text=text).gives(there) for text, there in texts.items())


def kept_fingerprints(candidate: Candidate) -> Finding:
    """Give ASCII addresses the fingerprints that are in the tables."""
    texts = {
        "Ada+lamp@QUAY.example": "ada@quay.example",
        "bo.dock_7@x-1.example": "bo.dock_7@x-1.example",
    }
    return all_of(
        candidate.ask("fingerprint", text=text).gives(_digits(mailbox)) for text, mailbox in texts.items()
    )


def names_of_any_script(candidate: Candidate) -> Finding:
    """Take letters and digits of any script in names and tags."""
    return all_of(_parsed(candidate, NAMES))


def hosts_of_any_script(candidate: Candidate) -> Finding:
    """Take letters and digits of any script in hosts, in lower case; no digit in the last label."""
    numbered = (_invalid(candidate, text) for text in NUMBERED)
    return all_of([*_parsed(candidate, HOSTS), _lower(candidate), *numbered])


def combining_marks(candidate: Candidate) -> Finding:
    """Take marks that no composed letter contains, but none at the beginning of a word."""
    return all_of([*_parsed(candidate, MARKED), *(_invalid(candidate, text) for text in MARK_FIRST)])


def one_spelling(candidate: Candidate) -> Finding:
    """Take composed and decomposed spellings for the same address, and fold nothing else."""

    def found() -> Iterator[Finding]:
        for text in ("zoë.ångström@größe.example", "ada+é@한국.example", "Éva@ö.example"):
            apart = normalize("NFD", text)
            yield candidate.ask("normalise", apart).gives(text)
            yield candidate.ask("same_mailbox", text, apart).gives(True)
        yield candidate.ask("mask", normalize("NFD", "éva@ö.example")).gives("é***@ö.example")
        hosts = {"ö.example": ["a@ö.example", "b@ö.example"]}
        yield candidate.ask("group_by_host", ["a@ö.example", "ö", "b@o\u0308.example"]).gives(hosts)
        yield candidate.ask("normalise", "ﬁn@\uff41b.example").gives("ﬁn@\uff41b.example")
        yield candidate.ask("same_mailbox", "ﬁn@quay.example", "fin@quay.example").gives(False)

    return all_of(found())


def lengths(candidate: Candidate) -> Finding:
    """Count characters of the composed form against the limits, which are where they were."""

    def found() -> Iterator[Finding]:
        for most in ("a", "é", "e\u0301", "名"):
            yield from _limit(candidate, f"{most * 64}@quay.example", f"{most * 65}@quay.example")
            yield from _limit(candidate, f"x+{most * 62}@quay.example", f"x+{most * 63}@quay.example")
            yield from _limit(candidate, f"x@{most * 63}.example", f"x@{most * 64}.example")
            host = f"{most * 63}.{most * 63}.{most * 63}."
            yield from _limit(candidate, f"x@{host}{most * 61}", f"x@{host}{most * 62}")

    return all_of(found())


def still_refused(candidate: Candidate) -> Finding:
    """Refuse symbols, emoji, invisible characters, other numbers and look-alikes of the separators."""
    taken = (candidate.ask("is_valid", text).gives(True) for text in NOT_ONLY_ASCII)
    return all_of([*taken, *(_invalid(candidate, text) for text in STRANGE)])


def finding(candidate: Candidate) -> Finding:
    """Find addresses of any script in a running text."""
    texts = {
        "Fragt søren@größe.example!": ["søren@größe.example"],
        "✉søren@quay.example": ["søren@quay.example"],
        "日本語\uff1a名前@例え.みんな。": ["名前@例え.みんな"],
        "«हिन्दी@डाक.भारत», ada@quay.example": ["हिन्दी@डाक.भारत", "ada@quay.example"],
        "Zoe\u0308@quay.example \u2014 Zoë@quay.example": ["Zoë@quay.example"],
        "“жанна@почта.рф”; ñ@ñ": ["жанна@почта.рф"],
    }
    return all_of(candidate.ask("find_all", text).gives(there) for text, there in texts.items())


def fingerprints(candidate: Candidate) -> Finding:
    """Hash the UTF-8 of an address of any script, one hash for each mailbox."""
    texts = {
        "Søren+x@quay.example": "søren@quay.example",
        "ada@почта.рф": "ada@почта.рф",
        "Zoe\u0308@Größe.example": "zoë@größe.example",
    }
    return all_of(candidate.ask("fingerprint", text).gives(_digits(box)) for text, box in texts.items())


def _parsed(candidate: Candidate, addresses: dict[str, tuple[str, str, str]]) -> Iterator[Finding]:
    for text, parts in addresses.items():
        yield candidate.ask("parse", text).gives(parts)


def _fields(candidate: Candidate) -> Finding:
    """Tell whether what parse gives still has its names and its text."""
    address = candidate.new("parse", text="Ada+lamp@quay.example")
    fields = {"name": "Ada", "tag": "lamp", "host": "quay.example"}
    asked = {"__str__": "Ada+lamp@quay.example", "before_at": "Ada+lamp", "mailbox": "ada@quay.example"}
    return all_of(
        [
            *(address.get(name).gives(value) for name, value in fields.items()),
            *(address.call(name).gives(value) for name, value in asked.items()),
        ]
    )


def _lower(candidate: Candidate) -> Finding:
    """Tell whether lower case is what it was: the sharp s stays, which other foldings replace."""
    return candidate.ask("normalise", "ada@STRAßE.Example").gives("ada@straße.example")


def _limit(candidate: Candidate, longest: str, longer: str) -> Iterable[Finding]:
    yield candidate.ask("is_valid", longest).gives(True)
    yield _refused(candidate, longer, "length")


def _invalid(candidate: Candidate, text: str) -> Finding:
    return candidate.ask("is_valid", text).gives(False)


def _refused(candidate: Candidate, text: str, reason: str) -> Finding:
    """Tell whether parse refuses a text with the message for that reason."""
    answer = candidate.ask("parse", text)
    found = answer.raises("AddressError")
    if found.passed and answer.raised and not answer.raised.message.startswith(f"bad {reason}:"):
        return fail(f"{found.evidence}; expected the reason {reason!r}")
    return ok(found.evidence) if found.passed else found


def _digits(mailbox: str) -> str:
    return sha256(mailbox.encode()).hexdigest()[:12]
