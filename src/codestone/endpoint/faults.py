"""What a server's refusal means: status and error body in, ending and one line of evidence out. Pure."""

from typing import Any

import orjson

from codestone.trial import Ending

DETAIL_LIMIT = 200
"""Characters of a detail."""


def one_line(text: str) -> str:
    """Return ``text`` as one printable line of at most DETAIL_LIMIT characters."""
    line = " ".join(text[: 4 * DETAIL_LIMIT].split())
    safe = "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in line)
    return safe if len(safe) <= DETAIL_LIMIT else safe[: DETAIL_LIMIT - 1] + "…"


def refusal(status: int, body: bytes) -> tuple[Ending, str]:
    """Return what an answer other than 200 means: still loading, context too small, or an error."""
    error = _error_of(body)
    if overflow := _overflow(error):
        return Ending.CONTEXT_OVERFLOW, overflow
    said = one_line(f"HTTP {status}: {body[:DETAIL_LIMIT].decode('utf-8', 'replace') or 'empty body'}")
    return (Ending.LOADING if status == 503 and _is_loading(body) else Ending.SERVER_ERROR), said


def stream_error(error: object) -> tuple[Ending, str]:
    """Return what an ``error`` inside a 200 means."""
    known = _error_in(error)
    if overflow := _overflow(known):
        return Ending.CONTEXT_OVERFLOW, overflow
    said = known.get("message") or error
    return Ending.SERVER_ERROR, one_line(f"error inside the stream: {said}")


def _error_of(body: bytes) -> dict[str, Any]:
    try:
        return _error_in(orjson.loads(body))
    except orjson.JSONDecodeError:
        return {}


def _error_in(value: object) -> dict[str, Any]:
    """Return the error object of ``{"error": {…}}``, ``{"error": "…"}`` or of the object itself."""
    if not isinstance(value, dict):
        return {}
    error = value.get("error", value)
    return error if isinstance(error, dict) else {"message": str(error)}


def _overflow(error: dict[str, Any]) -> str:
    """Return the line for a prompt that does not fit, "" where the error is another one."""
    message = str(error.get("message", ""))
    known = {"exceed_context_size_error", "context_length_exceeded"} & {error.get("type"), error.get("code")}
    if not known and "maximum context length" not in message:  # vLLM has no type of its own for it
        return ""
    prompt, context = error.get("n_prompt_tokens"), error.get("n_ctx")
    if prompt is None or context is None:
        return one_line(message or "the prompt does not fit the context")
    return one_line(f"prompt of {prompt} tokens, context of {context} tokens: {message}")


def _is_loading(body: bytes) -> bool:
    return b"loading" in body.lower()
