"""What a trial leaves behind: frozen types without I/O, one schema for store, grading and reports."""

from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from codestone.task import Data

RECORD_VERSION = 2


class Doing(StrEnum):
    """Whose doing an ending was. Only the model's doing is ever scored."""

    MODEL = "model"
    SERVER = "server"
    OURS = "ours"
    USER = "user"


class Retry(StrEnum):
    """What may be done about an ending, so that a night's run gets its figure after all."""

    NEVER = "never"
    WAIT = "wait"
    ONCE = "once"
    RESUME = "resume"


class Ending(StrEnum):
    """Why a trial stopped. Each one's doing, retry and grading stand in one table, ``_ENDINGS``."""

    ANSWERED = "answered"
    EMPTY = "empty"
    UNPARSABLE = "unparsable"
    REFUSED = "refused"
    THOUGHT_OUT = "thought-out"
    CUT_OFF = "cut-off"
    LOOPED = "looped"
    GAVE_UP = "gave-up"
    BAD_CALLS = "bad-calls"
    TURNS_SPENT = "turns-spent"
    CONTEXT_OVERFLOW = "context-overflow"
    TAMPERED = "tampered"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    LOADING = "loading"
    LOAD_FAILED = "load-failed"
    REJECTED = "rejected"
    SERVER_ERROR = "server-error"
    STREAM_BROKEN = "stream-broken"
    STALLED = "stalled"
    OUT_OF_TIME = "out-of-time"
    BOX_FAILED = "box-failed"
    GRADER_FAILED = "grader-failed"
    CANCELLED = "cancelled"

    @property
    def doing(self) -> Doing:
        """Whose doing it was."""
        return _ENDINGS[self].doing

    @property
    def words(self) -> str:
        """What a report says of it."""
        return _ENDINGS[self].words

    @property
    def retry(self) -> Retry:
        """What the engine does about it."""
        return _ENDINGS[self].retry

    @property
    def graded(self) -> bool:
        """Whether files that were left are graded; where not, every check fails unasked."""
        return _ENDINGS[self].graded

    @property
    def measured(self) -> bool:
        """Whether it is the model's own doing, and so is scored."""
        return self.doing is Doing.MODEL


class _Row(NamedTuple):
    """One row of the table; what is the model's doing is never tried again."""

    doing: Doing
    words: str
    retry: Retry = Retry.NEVER
    graded: bool = False


_ENDINGS: dict[Ending, _Row] = {
    Ending.ANSWERED: _Row(Doing.MODEL, "answered", graded=True),
    Ending.EMPTY: _Row(Doing.MODEL, "the reply had no text"),
    Ending.UNPARSABLE: _Row(Doing.MODEL, "no file could be read out of the reply"),
    Ending.REFUSED: _Row(Doing.MODEL, "the model refused"),
    Ending.THOUGHT_OUT: _Row(Doing.MODEL, "the output budget was spent thinking"),
    Ending.CUT_OFF: _Row(Doing.MODEL, "the output budget ended before any usable file"),
    Ending.LOOPED: _Row(Doing.MODEL, "the model repeated itself", graded=True),
    Ending.GAVE_UP: _Row(Doing.MODEL, "the model gave up", graded=True),
    Ending.BAD_CALLS: _Row(Doing.MODEL, "the model's tool calls could not be carried out", graded=True),
    Ending.TURNS_SPENT: _Row(Doing.MODEL, "the turns or tokens of the conversation were spent", graded=True),
    Ending.CONTEXT_OVERFLOW: _Row(
        Doing.MODEL, "prompt and output budget do not fit the context", graded=True
    ),
    Ending.TAMPERED: _Row(Doing.MODEL, "the answer meddled with what grades it"),
    Ending.UNREACHABLE: _Row(Doing.SERVER, "the server was not reached", Retry.WAIT),
    Ending.BUSY: _Row(Doing.SERVER, "the server was busy with others", Retry.WAIT),
    Ending.LOADING: _Row(Doing.SERVER, "the server was still loading the model", Retry.WAIT),
    Ending.LOAD_FAILED: _Row(Doing.SERVER, "the model could not be loaded", Retry.ONCE),
    Ending.REJECTED: _Row(Doing.SERVER, "the server rejected the request", Retry.RESUME),
    Ending.SERVER_ERROR: _Row(Doing.SERVER, "the server answered with an error", Retry.ONCE),
    Ending.STREAM_BROKEN: _Row(Doing.SERVER, "the stream broke off", Retry.ONCE),
    Ending.STALLED: _Row(Doing.SERVER, "the stream fell silent", Retry.ONCE),
    Ending.OUT_OF_TIME: _Row(Doing.SERVER, "the reply did not end within its time limit", Retry.ONCE),
    Ending.BOX_FAILED: _Row(Doing.OURS, "the box broke", Retry.ONCE),
    Ending.GRADER_FAILED: _Row(Doing.OURS, "the grader raised an exception", Retry.RESUME),
    Ending.CANCELLED: _Row(Doing.USER, "cancelled", Retry.RESUME),
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
    icl_p50_ns: float | None = Field(
        default=None, description="Median gap between arrivals; from 20 gaps up."
    )
    icl_p90_ns: float | None = None
    icl_p99_ns: float | None = None
    icl_most_ns: float | None = Field(default=None, description="The longest gap.")


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
    told: bool = Field(
        default=True,
        description="False where it failed only because nothing could be run: what it asks is not known.",
    )


FactValue = bool | int | float | str | None
"""A fact of an answer; None: not told."""


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


class Thinking(Data):
    """How a contestant is told to think or not. Believed only when its replies show it."""

    mode: Literal["default", "on", "off"] = Field(
        default="default", description="What was wanted; default: left to the server."
    )
    request: dict[str, Any] = Field(
        default={}, description="Laid into each request, such as `chat_template_kwargs`."
    )
    prefix: str = Field(default="", description="Put before the first user message, such as `/no_think `.")
    sent_back: bool = Field(
        default=False, description="Whether earlier reasoning goes back with a conversation."
    )


class Sampling(Data):
    """What requests say about sampling. The output budget is the task's and is always sent."""

    mode: str = Field(default="server", description="`server`: nothing is sent. `fixed`. `preset:<name>`.")
    request: dict[str, Any] = Field(
        default={}, description="Laid into each request: temperature, top_p, max_tokens …"
    )
    seeded: bool = Field(default=False, description="Whether the seed of the epoch is sent.")


class Launch(Data):
    """How a contestant's server is started and stopped by the run itself; None where it is served already."""

    argv: tuple[str, ...] = Field(
        default=(), description="The command, `{port}` in it; empty for the embedded model."
    )
    embedded: dict[str, Any] = Field(
        default={}, description="Settings of the embedded model: context_tokens, threads."
    )
    load_s: float = Field(default=300.0, gt=0, description="Seconds that loading may take.")


class Contestant(Data):
    """One launch configuration of a model, as served at one endpoint."""

    name: str = Field(description="Slug and short digest: safe as a folder name, unique in a run.")
    model: str = Field(description="The id that requests carry.")
    base_url: str
    server: str = Field(description="Server kind: llama-server, ollama, embedded, scripted, plain …")
    scripted: bool = Field(default=False, description="Answers come from a script: no model was measured.")
    facts: dict[str, Fact] = Field(default={})
    thinking: Thinking = Thinking()
    sampling: Sampling = Sampling()
    launch: Launch | None = None


class Versions(Data):
    """What produced a record."""

    codestone: str
    python: str
    box: str = Field(description='For example "bubblewrap 0.8.0", or "none".')


class TrialRecord(Data):
    """One finished trial: the model's own doing, scored. A line of ``records.jsonl``."""

    schema_version: Literal[2] = 2
    key: TrialKey
    contestant: Contestant
    task_digest: str
    task_title: str
    seed: int | None = Field(description="Of the epoch; sent where the contestant's sampling is seeded.")
    started: str = Field(description="UTC, ISO 8601.")
    ending: Ending
    detail: str = Field(default="", description="What there is to know of the ending, in one line.")
    score: Score
    checks: tuple[CheckResult, ...]
    facts: dict[str, FactValue] = Field(
        default={}, description="What the task measures of an answer and does not judge; null: not told."
    )
    exchanges: tuple[Exchange, ...]
    reply_digest: str = Field(description="sha256 of the reply's text: tells distinct replies from copies.")
    reply_lines: int
    files: tuple[str, ...] = Field(description="Paths that the answer wrote.")
    generation_ns: int = Field(description="Wall time of the driver.")
    grading_ns: int
    versions: Versions
    generation: int = Field(default=0, ge=0, description="How often it was regraded; 0 as it was run.")


class Attempt(Data):
    """One trial that could not be measured. A line of ``attempts.jsonl``; its key stays pending."""

    schema_version: Literal[2] = 2
    key: TrialKey
    contestant: Contestant
    task_digest: str
    started: str
    ending: Ending
    detail: str
    exchanges: tuple[Exchange, ...] = ()
    versions: Versions
    number: int | None = Field(
        default=None,
        ge=1,
        description="n of the folder `attempt-<n>` that has what was said; None: nothing kept.",
    )
