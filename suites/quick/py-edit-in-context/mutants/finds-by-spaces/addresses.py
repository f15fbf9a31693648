"""Notice addresses: where a parcel service tells people that something has arrived.

An address is written name@host or name+tag@host, as in ada.ferry+lamp@quay.example. A word is made of letters,
combining marks and decimal digits of any script, and does not begin with a mark.

- The name consists of words joined by single dots, underscores or hyphens. The tag is one word.
- Name and tag, with the + between them, have at most 64 characters.
- The host consists of two or more labels joined by single dots. A label consists of words joined by hyphens,
  several in a row if need be, and has at most 63 characters; the whole host has at most 253.
- The last label has two or more characters, all of them letters or marks.
- White space around an address does not count. The text is brought into NFC, and the host into lower case.
"""

# canary 3f6b1f0c-9f43-4f0e-8f6a-2c7d51b8e0a4
import hashlib
import re
from typing import NamedTuple
from unicodedata import category, normalize

MOST_BEFORE_AT = 64
MOST_IN_LABEL = 63
MOST_IN_HOST = 253

# These are for the shape of a text: see _shape.
_KINDS = (
    dict.fromkeys(("Lu", "Ll", "Lt", "Lm", "Lo"), "a") | dict.fromkeys(("Mn", "Mc", "Me"), "m") | {"Nd": "0"}
)
_NAME = re.compile(r"[a0][a0m]*(?:[._-][a0][a0m]*)*")
_TAG = re.compile(r"[a0][a0m]*")
_LABEL = re.compile(r"[a0][a0m]*(?:-+[a0][a0m]*)*")
_LAST_LABEL = re.compile(r"a[am]+")
_RUN = re.compile(r"[a0m._+@-]+")


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
    bare = normalize("NFC", text).strip()
    if not bare:
        raise AddressError(text, "empty")
    before, at, host = bare.partition("@")
    if not at or "@" in host:
        raise AddressError(text, "at")
    name, plus, tag = before.partition("+")
    if not _NAME.fullmatch(_shape(name)):
        raise AddressError(text, "name")
    if plus and not _TAG.fullmatch(_shape(tag)):
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
    return hashlib.sha256(mailbox.encode()).hexdigest()[:12]


def mask(text):
    """Return the address for a screen that others see: m***@quay.example. Raises AddressError."""
    address = parse(text)
    return f"{address.name[0]}***@{address.host}"


def find_all(text):
    """Return the addresses in a running text as they are stored: in their order, each once.

    What may stand in an address is read as far as it goes; dots and hyphens at either end are left out.
    """
    found = []
    text = normalize("NFC", text)
    for run in re.finditer(r"[^\s,;<>()]+", text):
        word = text[run.start() : run.end()].strip(".-")
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
    if len(labels) < 2 or not _LAST_LABEL.fullmatch(_shape(labels[-1])):
        return False
    return all(_LABEL.fullmatch(_shape(label)) for label in labels)


def _is_short_enough(before, host):
    if len(before) > MOST_BEFORE_AT or len(host) > MOST_IN_HOST:
        return False
    return all(len(label) <= MOST_IN_LABEL for label in host.split("."))


def _shape(text):
    """Return the text with a, m or 0 for each letter, mark or digit, and ? for what no address has."""
    return "".join(_KINDS.get(category(each), each if each in "._+@-" else "?") for each in text)
