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
import unicodedata
from typing import NamedTuple

MOST_BEFORE_AT = 64
MOST_IN_LABEL = 63
MOST_IN_HOST = 253


def _is_letter(char):
    return unicodedata.category(char).startswith("L")


def _is_mark(char):
    return unicodedata.category(char).startswith("M")


def _is_digit(char):
    return unicodedata.category(char) == "Nd"


def _belongs(char):
    return char in "._+@-" or _is_letter(char) or _is_mark(char) or _is_digit(char)


def _is_word(text):
    return (
        bool(text)
        and not _is_mark(text[0])
        and all(_is_letter(char) or _is_mark(char) or _is_digit(char) for char in text)
    )


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
    bare = unicodedata.normalize("NFC", text.strip())
    if not bare:
        raise AddressError(text, "empty")
    before, at, host = bare.partition("@")
    if not at or "@" in host:
        raise AddressError(text, "at")
    name, plus, tag = before.partition("+")
    if not all(_is_word(word) for word in name.replace("_", ".").replace("-", ".").split(".")):
        raise AddressError(text, "name")
    if plus and not _is_word(tag):
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
    text = "".join(char if _belongs(char) else " " for char in unicodedata.normalize("NFC", text))
    for run in text.split(" "):
        word = run.strip(".-")
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
    *labels, last = host.split(".")
    if not labels or len(last) < 2 or not _is_word(last) or any(map(_is_digit, last)):
        return False
    return all(
        label[:1] != "-"
        and label[-1:] != "-"
        and all(_is_word(word) for word in label.split("-") if word)
        and label.strip("-")
        for label in labels
    )


def _is_short_enough(before, host):
    if len(before) > MOST_BEFORE_AT or len(host) > MOST_IN_HOST:
        return False
    return all(len(label) <= MOST_IN_LABEL for label in host.split("."))
