"""What a trial leaves behind: frozen types without I/O, one schema for store, grading and reports."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from codestone.task import Data

RECORD_VERSION = 1


class Doing(StrEnum):
    """Whose doing an ending was. Only the model's doing is ever scored."""

    MODEL = "model"
    SERVER = "server"
    OURS = "ours"
    USER = "user"


class Ending(StrEnum):
    """Why a trial stopped."""

    ANSWERED = "answered"
    EMPTY = "empty"
    UNPARSABLE = "unparsable"
    REFUSED = "refused"
    THOUGHT_OUT = "thought-out"
    CUT_OFF = "cut-off"
    CONTEXT_OVERFLOW = "context-overflow"
    TAMPERED = "tampered"
    UNREACHABLE = "unreachable"
    LOADING = "loading"
    SERVER_ERROR = "server-error"
    STREAM_BROKEN = "stream-broken"
    STALLED = "stalled"
    BOX_FAILED = "box-failed"
    GRADER_FAILED = "grader-failed"
    CANCELLED = "cancelled"

    @property
    def doing(self) -> Doing:
        """Whose doing it was."""
        return _ENDINGS[self][0]

    @property
    def words(self) -> str:
        """What a report says of it."""
        return _ENDINGS[self][1]

    @property
    def measured(self) -> bool:
        """Whether it is the model's own doing, and so is scored."""
        return self.doing is Doing.MODEL


_ENDINGS: dict[Ending, tuple[Doing, str]] = {
    Ending.ANSWERED: (Doing.MODEL, "answered"),
    Ending.EMPTY: (Doing.MODEL, "the reply had no text"),
    Ending.UNPARSABLE: (Doing.MODEL, "no file could be read out of the reply"),
    Ending.REFUSED: (Doing.MODEL, "the model refused"),
    Ending.THOUGHT_OUT: (Doing.MODEL, "the output budget was spent thinking"),
    Ending.CUT_OFF: (Doing.MODEL, "the output budget ended before any usable file"),
    Ending.CONTEXT_OVERFLOW: (Doing.MODEL, "the prompt does not fit the context"),
    Ending.TAMPERED: (Doing.MODEL, "the answer meddled with what grades it"),
    Ending.UNREACHABLE: (Doing.SERVER, "the server was not reached"),
    Ending.LOADING: (Doing.SERVER, "the server was still loading the model"),
    Ending.SERVER_ERROR: (Doing.SERVER, "the server answered with an error"),
    Ending.STREAM_BROKEN: (Doing.SERVER, "the stream broke off"),
    Ending.STALLED: (Doing.SERVER, "the stream fell silent"),
    Ending.BOX_FAILED: (Doing.OURS, "the box broke"),
    Ending.GRADER_FAILED: (Doing.OURS, "the grader raised an exception"),
    Ending.CANCELLED: (Doing.USER, "cancelled"),
}


class Usage(Data):
    """Token counts as the server told them; None where it did not."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class Speed(Data):
    """The clock of one exchange; ns after the request was sent. Definitions: ``timing.py``."""

    connect_ns: int | None = None
    headers_ns: int | None = None
    ttft_ns: int | None = None
    ttfo_ns: int | None = None
    last_ns: int | None = None
    wall_ns: int | None = None
    chunks: int = 0
    tg: float | None = Field(default=None, description="Tokens per second from our own clock.")


class Exchange(Data):
    """One request with its streamed reply, without its text (that is in ``transcript.jsonl``)."""

    ending: Ending
    detail: str = Field(default="", description="What the server said, or what broke, in one line.")
    status: int | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    timings: dict[str, float] | None = Field(
        default=None, description="The server's own `timings`, verbatim."
    )
    speed: Speed = Speed()
    content_characters: int = 0
    reasoning_characters: int = 0
    malformed_chunks: int = 0


class CheckResult(Data):
    """One named finding."""

    id: str
    passed: bool
    points: float
    bonus: float = 0
    bug: str | None = None
    evidence: str = Field(
        description="What was asked, what came back, what was expected; escaped, at most 2,000 characters."
    )


class Score(Data):
    """Points earned of points possible; computed from checks by ``grading.score``, once."""

    earned: float
    possible: float
    passed: int
    checks: int


class TrialKey(Data):
    """Which trial: no two records of a run share one."""

    suite: str
    task: str
    contestant: str
    driver: str
    epoch: Annotated[int, Field(ge=1)]
    variant: str = ""


class Fact(Data):
    """One property of a contestant and where it was learnt: "server", "declared", "file"."""

    value: Any
    source: str


class Contestant(Data):
    """One launch configuration of a model, as served at one endpoint."""

    name: str = Field(description="Slug and short digest: safe as a folder name, unique in a run.")
    model: str = Field(description="The id that requests carry.")
    base_url: str
    server: str = Field(description="Server kind: llama-server, ollama, embedded, scripted, plain …")
    scripted: bool = Field(default=False, description="Answers come from a script: no model was measured.")
    facts: dict[str, Fact] = Field(default={})


class Versions(Data):
    """What produced a record."""

    codestone: str
    python: str
    box: str = Field(description='For example "bubblewrap 0.8.0", or "none".')


class TrialRecord(Data):
    """One finished trial: the model's own doing, scored. A line of ``records.jsonl``."""

    schema_version: Literal[1] = 1
    key: TrialKey
    contestant: Contestant
    task_digest: str
    task_title: str
    seed: int | None
    started: str = Field(description="UTC, ISO 8601.")
    ending: Ending
    score: Score
    checks: tuple[CheckResult, ...]
    exchanges: tuple[Exchange, ...]
    reply_digest: str = Field(description="sha256 of the reply's text: tells distinct replies from copies.")
    reply_lines: int
    files: tuple[str, ...] = Field(description="Paths that the answer wrote.")
    generation_ns: int = Field(description="Wall time of the driver.")
    grading_ns: int
    versions: Versions


class Attempt(Data):
    """One trial that could not be measured. A line of ``attempts.jsonl``; its key stays pending."""

    schema_version: Literal[1] = 1
    key: TrialKey
    contestant: Contestant
    task_digest: str
    started: str
    ending: Ending
    detail: str
    exchanges: tuple[Exchange, ...] = ()
    versions: Versions
