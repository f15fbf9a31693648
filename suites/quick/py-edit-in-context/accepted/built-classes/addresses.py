"""Notice addresses: where a parcel service tells people that something has arrived.

An address is written name@host or name+tag@host, as in ada.ferry+lamp@quay.example. A word is made of letters
and digits.

- The name consists of words joined by single dots, underscores or hyphens. The tag is one word.
- Name and tag, with the + between them, have at most 64 characters.
- The host consists of two or more labels joined by single dots. A label consists of words joined by hyphens,
  several in a row if need be, and has at most 63 characters; the whole host has at most 253.
- The last label has two or more characters, all of them letters.
- White space around an address does not count, and the host is put into lower case.
"""

# canary 3f6b1f0c-9f43-4f0e-8f6a-2c7d51b8e0a4
import hashlib
import re
import sys
import unicodedata
from typing import NamedTuple

MOST_BEFORE_AT = 64
MOST_IN_LABEL = 63
MOST_IN_HOST = 253


def _classes():
    """Return the insides of character classes for letters, marks and decimal digits: ranges of all characters."""
    ranges = {"L": [], "M": [], "Nd": []}
    for point in range(sys.maxunicode + 1):
        category = unicodedata.category(chr(point))
        found = ranges.get(category if category == "Nd" else category[0])
        if found is None:
            continue
        if found and found[-1][1] == point - 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    for found in ranges.values():
        yield "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in found)


_L, _M, _D = _classes()
_WORD = f"[{_L}{_D}][{_L}{_M}{_D}]*"
_NAME = re.compile(rf"{_WORD}(?:[._-]{_WORD})*")
_TAG = re.compile(_WORD)
_LABEL = re.compile(rf"{_WORD}(?:-+{_WORD})*")
_LAST_LABEL = re.compile(f"[{_L}][{_L}{_M}]+")
_RUN = re.compile(rf"[{_L}{_M}{_D}._+@-]+")


class AddressError(ValueError):
    """A text is no notice address; ``reason`` is one of empty, at, name, tag, host and length."""

    def __init__(self, text, reason):
        super().__init__(f"bad {reason}: {text!r}")
        self.text = text
        self.reason = reason


class Address(NamedTuple):
    """The parts of an address; ``tag`` is empty where there is none."""

    name: str
    tag: str
    host: str

    def __str__(self):
        return f"{self.before_at()}@{self.host}"

    def before_at(self):
        """Return the name, and the tag if there is one, as they are written."""
        return f"{self.name}+{self.tag}" if self.tag else self.name

    def mailbox(self):
        """Return what decides whose address it is: the tag does not count, nor does the name's case."""
        return f"{self.name.lower()}@{self.host}"


def parse(text):
    """Return the Address that the text holds. Raises AddressError."""
    bare = unicodedata.normalize("NFC", text).strip()
    if not bare:
        raise AddressError(text, "empty")
    before, at, host = bare.partition("@")
    if not at or "@" in host:
        raise AddressError(text, "at")
    name, plus, tag = before.partition("+")
    if not _NAME.fullmatch(name):
        raise AddressError(text, "name")
    if plus and not _TAG.fullmatch(tag):
        raise AddressError(text, "tag")
    if not _is_host(host):
        raise AddressError(text, "host")
    if not _is_short_enough(before, host):
        raise AddressError(text, "length")
    return Address(name, tag, host.lower())


def is_valid(text):
    """Return whether the text holds an address."""
    try:
        parse(text)
    except AddressError:
        return False
    return True


def normalise(text):
    """Return the address as it is stored. Raises AddressError."""
    return str(parse(text))


def same_mailbox(first, second):
    """Return whether two addresses lead to the same mailbox. Raises AddressError."""
    return parse(first).mailbox() == parse(second).mailbox()


def fingerprint(text):
    """Return 12 hexadecimal digits that stand for the mailbox in our tables. Raises AddressError."""
    mailbox = parse(text).mailbox()
    return hashlib.sha256(mailbox.encode("utf-8")).hexdigest()[:12]


def mask(text):
    """Return the address for a screen that others see: m***@quay.example. Raises AddressError."""
    address = parse(text)
    return f"{address.name[0]}***@{address.host}"


def find_all(text):
    """Return the addresses in a running text as they are stored: in their order, each once.

    What may stand in an address is read as far as it goes; dots and hyphens at either end are left out.
    """
    found = []
    for run in _RUN.finditer(unicodedata.normalize("NFC", text)):
        word = run.group().strip(".-")
        if is_valid(word) and normalise(word) not in found:
            found.append(normalise(word))
    return found


def group_by_host(texts):
    """Return the addresses as they are stored, in a dict of lists by host; what is no address is left out."""
    groups = {}
    for text in texts:
        if is_valid(text):
            address = parse(text)
            groups.setdefault(address.host, []).append(str(address))
    return groups


def _is_host(host):
    labels = host.split(".")
    if len(labels) < 2 or not _LAST_LABEL.fullmatch(labels[-1]):
        return False
    return all(_LABEL.fullmatch(label) for label in labels)


def _is_short_enough(before, host):
    if len(before) > MOST_BEFORE_AT or len(host) > MOST_IN_HOST:
        return False
    return all(len(label) <= MOST_IN_LABEL for label in host.split("."))
