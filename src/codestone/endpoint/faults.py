"""What a server's refusal means: status and error body in, ending and one line of evidence out. Pure.

The words are those of the servers themselves, each beside its server's name. What none of them says is a
SERVER_ERROR: better a trial asked once more than one blamed on the wrong cause.
"""

import re
from typing import Any

import orjson

from codestone.trial import Ending

DETAIL_LIMIT = 200
"""Characters of a detail."""
_LOOKED_AT = 4_096

_OVERFLOW_TYPES = frozenset(
    {
        "exceed_context_size_error",  # llama-server
        "context_length_exceeded",  # OpenAI, and many that follow it
        "context_exceeded",  # ds4
    }
)
_OVERFLOW = re.compile(
    r"exceeds the available context size"  # llama-server
    r"|context size has been exceeded"  # llama-server with a cache that slots share; LM Studio with MLX
    r"|maximum context length"  # vLLM, OpenAI, mlx-serve
    r"|longer than the maximum model length"  # vLLM
    r"|tokens when (?:the )?context (?:the )?overflows"  # LM Studio, whose words are in this order
    r"|is greater than the context length"  # LM Studio
    r"|input length exceeds the context length"  # Ollama
    r"|exceeds max context window"  # oMLX
    r"|^prompt_too_long",  # vMLX
    re.IGNORECASE,
)
_LOAD_FAILED = re.compile(
    r"model name=.{1,300} failed to load"  # llama-server as a router
    r"|unable to start process:|upstream command exited prematurely"  # llama-swap
    r"|model requires more (?:system |gpu )?memory|llama runner process has terminated"  # Ollama
    r"|timed out waiting for llama runner to start"  # Ollama
    r"|failed to load (?:the )?model|error loading model"  # LM Studio, llama.cpp
    r"|model loading (?:was stopped|aborted) due to"  # LM Studio
    r"|exceeds max-model-memory|would exceed the memory ceiling"  # oMLX
    r"|unable to allocate \w+ buffer|cudaMalloc failed"  # ggml, handed on by whoever runs it
    r"|CUDA error: out of memory|CUDA out of memory",  # ggml, PyTorch
    re.IGNORECASE | re.DOTALL,
)


def one_line(text: str) -> str:
    """Return ``text`` as one printable line of at most DETAIL_LIMIT characters."""
    line = " ".join(text[: 4 * DETAIL_LIMIT].split())
    safe = "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in line)
    return safe if len(safe) <= DETAIL_LIMIT else safe[: DETAIL_LIMIT - 1] + "…"


def refusal(status: int, body: bytes, *, retry_after: str = "") -> tuple[Ending, str]:
    """Return what an answer other than 200 means: no room, not loaded, busy, rejected, or an error."""
    error = _error_of(body)
    if overflow := _overflow(error):
        return Ending.CONTEXT_OVERFLOW, overflow
    text = body[:_LOOKED_AT].decode("utf-8", "replace")
    when = f" (Retry-After: {retry_after})" if retry_after else ""
    said = one_line(f"HTTP {status}{when}: {text[:DETAIL_LIMIT] or 'empty body'}")
    if load_failed(text):
        return Ending.LOAD_FAILED, said
    if status == 503 and _is_loading(text):
        return Ending.LOADING, said
    if status in {429, 503}:
        return Ending.BUSY, said
    return (Ending.REJECTED if 400 <= status < 500 else Ending.SERVER_ERROR), said


def stream_error(error: object, *, begun: bool = False) -> tuple[Ending, str]:
    """Return what an ``error`` inside a 200 means; ``begun``: text had come, so the model was loaded."""
    known = _error_in(error)
    if overflow := _overflow(known):
        return Ending.CONTEXT_OVERFLOW, overflow
    said = f"error inside the stream: {_message(known) or error}"
    ending = Ending.LOAD_FAILED if not begun and load_failed(said) else Ending.SERVER_ERROR
    return ending, one_line(said)


def load_failed(text: str) -> bool:
    """Whether these are a server's words for a model that it could not load."""
    return _LOAD_FAILED.search(text) is not None


def _error_of(body: bytes) -> dict[str, Any]:
    try:
        return _error_in(orjson.loads(body))
    except (orjson.JSONDecodeError, RecursionError):
        return {}


def _error_in(value: object) -> dict[str, Any]:
    """Return the error object of ``{"error": {…}}``, ``{"error": "…"}`` or of the object itself."""
    if not isinstance(value, dict):
        return {}
    error = value.get("error", value)
    return error if isinstance(error, dict) else {"message": str(error)}


def _message(error: dict[str, Any]) -> str:
    return str(error.get("message") or error.get("detail") or "")  # FastAPI says "detail"


def _overflow(error: dict[str, Any]) -> str:
    """Return the line for a prompt that does not fit, "" where the error is another one."""
    message = _message(error)
    known = _OVERFLOW_TYPES & {str(error.get("type")), str(error.get("code"))}
    if not known and not _OVERFLOW.search(message):
        return ""
    prompt, context = error.get("n_prompt_tokens"), error.get("n_ctx")
    if prompt is None or context is None:
        return one_line(message or "the prompt does not fit the context")
    return one_line(f"prompt of {prompt} tokens, context of {context} tokens: {message}")


def _is_loading(text: str) -> bool:
    """Whether the server says that it is busy loading, as llama-server does with 503."""
    return re.search(r"\bloading\b", text, re.IGNORECASE) is not None
