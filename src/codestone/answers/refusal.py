"""Tell a refusal from an answer that went wrong.

The rule: a reply of at most 800 characters without a fence, whose first 300 say in the first person that
this will not be done ("I can't …", "I'm unable to …", "I must decline …"), or that it is against a policy.
A longer reply that gives no file is unparsable, not a refusal.
"""

import re

from codestone.answers import residue

_CHARACTERS = 800
_HEAD = 300
_REFUSES = re.compile(
    r"\b(?:i|we)(?:\s+am|\s+are|['’]m|['’]re)?(?:\s+(?:really|very|truly|so))?(?:\s+sorry,?\s+(?:but\s+)?(?:i|we))?\s+"  # noqa: RUF001 - models write it
    r"(?:can(?:no|['’])t|can\s+not|won['’]t|will\s+not|must\s+(?:decline|refuse)|have\s+to\s+(?:decline|refuse)"  # noqa: RUF001
    r"|(?:not\s+able|unable|not\s+allowed|not\s+permitted)\s+to|refuse\s+to|decline\s+to)\b"
    r"|\bagainst\s+(?:my|our|the)\s+(?:\w+\s+)?(?:policy|policies|guidelines)\b",
    re.IGNORECASE,
)


def refuses(text: str) -> bool:
    """Whether the reply refuses the task."""
    text = residue.strip(text)[0].strip()
    return len(text) <= _CHARACTERS and "```" not in text and _REFUSES.search(text[:_HEAD]) is not None
