"""What a task is: frozen types without I/O. ``suites/`` reads them from disk."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

SCHEMA_VERSION = 1

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\n]*$")]


class Data(BaseModel):
    """Frozen data that is stored or read; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Shape(StrEnum):
    """What kind of work a task asks for."""

    FIX = "fix"
    WRITE = "write"
    REFACTOR = "refactor"
    EDIT = "edit"
    DEBUG = "debug"
    REVIEW = "review"
    PROSE = "prose"


class CheckSpec(Data):
    """One ``[[check]]``: a question that the grader asks; a function of ``checks.py`` bears its name."""

    id: Slug = Field(description="Name of the check; its function has underscores for the hyphens.")
    points: float = Field(default=0, ge=0, description="What passing earns; 0 for a bonus check.")
    bonus: float = Field(
        default=0, ge=0, description="Extra points, which never raise a score above the total."
    )
    catches: Line = Field(description="The wrong answer that this check is there for, in one sentence.")
    bug: Slug | None = Field(default=None, description="The planted bug whose fix this check shows.")
    form: bool = Field(default=False, description="About form only (a file exists, it parses); one per task.")
    else_at_most: float | None = Field(
        default=None, ge=0, description="What the whole answer may earn at most where this check fails."
    )
    limit_s: float | None = Field(
        default=None, gt=0, description="Wall seconds, where the task's own is not right."
    )
    side_by_side: bool = Field(
        default=False,
        description="Asked at the same time as its neighbours that say so too, up to 16: for checks that "
        "mostly wait, or of a language that starts slowly. Their workers share the limits of the box.",
    )

    @property
    def function(self) -> str:
        """Name of its function in ``checks.py``: the id with underscores."""
        return self.id.replace("-", "_")


class FactSpec(Data):
    """One ``[[fact]]``: something of an answer that is measured and not judged; no points rest on it."""

    id: Slug = Field(description="Name of the fact; a function of ``checks.py`` bears it, as with checks.")
    title: Line = Field(description="What reports call it.")
    limit_s: float | None = Field(
        default=None, gt=0, description="Wall seconds, where the task's own is not right."
    )

    @property
    def function(self) -> str:
        """Name of its function in ``checks.py``: the id with underscores."""
        return self.id.replace("-", "_")


class MutantSpec(Data):
    """One ``[[mutant]]``: a known-bad overlay on the solution, and exactly the checks that it must fail."""

    name: Slug = Field(description="Its folder in `mutants/`.")
    fails: tuple[Slug, ...] = Field(min_length=1, description="Exactly the checks that it must fail.")


class Limits(Data):
    """What an answer may use. Durations in seconds, sizes in bytes."""

    check_s: float = Field(default=10.0, gt=0, description="Wall seconds of one check.")
    grading_s: float = Field(default=300.0, gt=0, description="Wall seconds of the whole grading.")
    memory_bytes: int = Field(default=512 << 20, gt=0, description="Memory of everything in the box.")
    disk_bytes: int = Field(default=64 << 20, gt=0, description="The writable workspace in the box.")
    processes: int = Field(default=64, gt=0, description="Processes and threads at once.")
    reply_tokens: int = Field(default=4096, gt=0, description="Output budget of one reply.")
    turns: int = Field(default=20, gt=0, description="Replies of one conversation, where a driver holds one.")
    conversation_tokens: int = Field(
        default=32768, gt=0, description="Output budget of a whole conversation."
    )
    conversation_s: float = Field(default=3600.0, gt=0, description="Wall seconds of a whole conversation.")


class AnswerSpec(Data):
    """Where a reply's code goes."""

    files: tuple[str, ...] = Field(
        min_length=1, description="Files that an answer may write; code without a path goes to the first."
    )

    @field_validator("files")
    @classmethod
    def _inside(cls, files: tuple[str, ...]) -> tuple[str, ...]:
        for file in files:
            path = PurePosixPath(file)
            if path.is_absolute() or ".." in path.parts or not path.parts:
                raise ValueError(f"{file!r} is not a path inside the workspace")
        return files


class Baseline(Data):
    """Checks that pass although nothing was done."""

    untouched: tuple[Slug, ...] = Field(default=(), description="Passed by the starting workspace as it is.")


class ToolReply(Data):
    """What a scripted tool says when it is called in a certain way."""

    when: dict[str, str] = Field(
        default={}, description="Regular expressions that whole arguments must match; empty for any call."
    )
    says: str = Field(description="The result.")


class ToolSpec(Data):
    """One ``[[tool]]``: something that the driver `loop` lets a contestant do."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(
        description="As the contestant calls it."
    )
    description: Line = Field(description="What the contestant is told of it.")
    does: Literal["list", "read", "search", "write", "replace", "scripted"] = Field(
        description="Its work on the workspace; `scripted` answers from `[[tool.reply]]` alone."
    )
    parameters: dict[str, Any] = Field(
        default={}, description="JSON schema of a scripted tool's arguments; the others have their own."
    )
    reply: tuple[ToolReply, ...] = Field(default=(), description="First match wins.")


class TaskSpec(Data):
    """The whole of one ``task.toml``."""

    schema_version: Literal[1] = Field(description="Version of this format.")
    title: Line = Field(description="What lists and reports call the task.")
    canary: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")] = Field(
        description="A GUID that stands in every hidden file: a leak is found by searching for it."
    )
    language: Slug = Field(description="How the answer is built and called; a module of `languages/`.")
    shape: Shape = Field(description="What kind of work the task asks for.")
    tags: tuple[Slug, ...] = Field(default=(), description="Words to find the task by.")
    answer: AnswerSpec = Field(description="Where a reply's code goes.")
    limits: Limits = Field(default=Limits(), description="What an answer may use.")
    baseline: Baseline = Field(default=Baseline(), description="What passes although nothing was done.")
    tool: tuple[ToolSpec, ...] = Field(default=(), description="What the driver `loop` offers.")
    check: tuple[CheckSpec, ...] = Field(min_length=1, description="The questions, in their order.")
    mutant: tuple[MutantSpec, ...] = Field(default=(), description="Known-bad answers that prove the checks.")
    fact: tuple[FactSpec, ...] = Field(default=(), description="What is measured and not judged.")

    @property
    def functions(self) -> tuple[str, ...]:
        """Names of all functions that ``checks.py`` must have."""
        return (*(check.function for check in self.check), *(fact.function for fact in self.fact))

    @property
    def points(self) -> float:
        """The fixed denominator: points of all checks, bonuses not counted."""
        return sum(check.points for check in self.check)


class Band(Data):
    """One ``[[band]]``: a word for totals of a suite, from ``at_least`` points up to the next band."""

    name: Line = Field(description="What a report calls it.")
    at_least: float = Field(ge=0, description="Points from which on it holds, up to the next band's.")


class SuiteSpec(Data):
    """The whole of one ``suite.toml``."""

    schema_version: Literal[1] = Field(description="Version of this format.")
    title: Line = Field(description="What lists and reports call the suite.")
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")] = Field(
        description="Three numbers; the first rises when scores can no longer be compared."
    )
    tells: str = Field(min_length=1, description="What the suite is meant to tell about a contestant.")
    tasks: tuple[Slug, ...] = Field(min_length=1, description="Folders of the tasks, in their order.")
    band: tuple[Band, ...] = Field(default=(), description="Words for totals, from 0 points upwards.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as it lies on disk; ``digest`` is over every file of its folder.

    ``turns`` are the later messages of a scripted conversation, ``turns/01.md`` and on.
    """

    suite: str
    name: str
    path: Path
    spec: TaskSpec
    instruction: str
    digest: str
    turns: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """``suite/task``, as the command line has it."""
        return f"{self.suite}/{self.name}"

    @property
    def workspace(self) -> Path:
        """What the contestant starts from; the folder may be missing when that is nothing."""
        return self.path / "workspace"

    @property
    def tests(self) -> Path:
        """The hidden grader: ``checks.py`` and its data."""
        return self.path / "tests"

    @property
    def solution(self) -> Path:
        """Overlay on the workspace that must earn every point."""
        return self.path / "solution"

    def mutant(self, name: str) -> Path:
        """Overlay on the solution that must fail what ``task.toml`` says."""
        return self.path / "mutants" / name

    @property
    def accepted(self) -> tuple[Path, ...]:
        """Overlays on the workspace, in other styles, that must earn every point too."""
        folder = self.path / "accepted"
        return tuple(sorted(path for path in folder.iterdir() if path.is_dir())) if folder.is_dir() else ()

    @property
    def brief(self) -> "Brief":
        """The half of the task that a driver may know."""
        return Brief(
            task=self.id,
            instruction=self.instruction,
            language=self.spec.language,
            files=self.spec.answer.files,
            workspace=self.workspace,
            limits=self.spec.limits,
            turns=self.turns,
            tools=self.spec.tool,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """An ordered, versioned list of tasks."""

    name: str
    path: Path
    spec: SuiteSpec
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a driver is handed: the task without its hidden half.

    ``workspace`` is the starting workspace on disk (it may not exist: nothing to start from); the
    driver changes only the copy that it is given.
    """

    task: str
    instruction: str
    language: str
    files: tuple[str, ...]
    workspace: Path
    limits: Limits
    turns: tuple[str, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
