"""Names on disk: a slug to read, a short digest to tell apart what the slug cannot."""

import hashlib
import re
from functools import lru_cache

from codestone.trial import TrialKey

_SAFE = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
_LONGEST = 60
_DIGEST_CHARACTERS = 8


def slug(text: str) -> str:
    """Return ``text`` in lower-case ASCII letters, digits, dots and hyphens; "unnamed" where none is left."""
    words = re.sub(r"[^a-z0-9.]+", "-", text.lower())
    return re.sub(r"[.-]{2,}", "-", words)[:_LONGEST].strip("-.") or "unnamed"


def named(text: str, identity: str = "") -> str:
    """Return slug + short digest: ``qwen/qwen3:8b`` is ``qwen-qwen3-8b-`` and eight hex digits.

    ``identity`` is whatever else makes two things of one ``text`` different, for example the launch
    configuration of a model as canonical JSON.
    """
    digest = hashlib.sha256(f"{text}\0{identity}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{slug(text)}-{digest[:_DIGEST_CHARACTERS]}"


@lru_cache(4096)
def folder(text: str) -> str:
    """Return ``text`` itself where it is safe as a folder name everywhere, else its slug and digest."""
    return text if len(text) <= 2 * _LONGEST and _SAFE.fullmatch(text) else named(text)


def trial_path(key: TrialKey) -> str:
    """Return where a trial's artifacts lie, relative to the run directory; no two keys share a place."""
    task = folder(f"{key.task}+{key.variant}" if key.variant else key.task)
    return f"trials/{folder(key.contestant)}/{folder(key.suite)}/{task}/{folder(key.driver)}-{key.epoch}"
