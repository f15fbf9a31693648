"""Answer profiles: what a model of a certain kind would answer to a task. Request in, script out.

Which task is asked is told by its instruction: it stands in what the user said. A profile reads the
task's solution, so that the whole path can be tried without a model; its contestant is marked scripted.

Every turn of a conversation gets the same answer. Where tools are offered, a profile that answers with
files writes them by calls, all in one reply, and says that it is finished when the results are there.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from codestone.answers.paths import allows
from codestone.suites.overlay import flatten
from codestone.task import Task
from codestone.testing.script import Play, Request, Script, calling, reply

Profile = Callable[[Task], Script]

_TAGS = {
    ".css": "css",
    ".go": "go",
    ".html": "html",
    ".js": "javascript",
    ".json": "json",
    ".md": "markdown",
    ".mjs": "javascript",
    ".py": "python",
    ".rs": "rust",
    ".sh": "bash",
    ".toml": "toml",
    ".ts": "typescript",
}
_PROSE = "Here is the complete answer; every file stands under its path.\n\n"


def oracle(task: Task) -> Script:
    """Answer with the solution: every file in a fence, under its path."""
    return reply(_PROSE + _fenced(_solved(task)))


def slow(task: Task) -> Script:
    """Answer as the oracle does, after half a second and in a hundred pieces 20 ms apart."""
    text = _PROSE + _fenced(_solved(task))
    return reply(text, first_s=0.5, gap_s=0.02, piece=max(4, -(-len(text) // 100)))


def unfenced(task: Task) -> Script:
    """Answer with the solution's code and nothing else: no fence, no path where there is one file."""
    files = _solved(task)
    if len(files) == 1:
        return reply(next(iter(files.values())))
    return reply("\n".join(f"{path}\n\n{text}" for path, text in files.items()))


def empty(task: Task) -> Script:  # noqa: ARG001 - every profile has one signature
    """Answer nothing."""
    return reply("")


def reasoning_only(task: Task) -> Script:
    """Think the solution, and say nothing."""
    return reply("", reasoning=_fenced(_solved(task)))


def refusing(task: Task) -> Script:  # noqa: ARG001 - every profile has one signature
    """Refuse."""
    return reply("I'm sorry, but I can't help with that request.")


def wrong(task: Task) -> Script:
    """Hand the starting workspace back as it is."""
    return reply(_PROSE + _fenced(_untouched(task)))


def tampering(task: Task) -> Script:
    """Claim the oracle's answer, hand the workspace back, and write where no answer may."""
    return reply(_PROSE + _fenced(_tampered(task)))


PROFILES: Mapping[str, Profile] = {
    "oracle": oracle,
    "slow": slow,
    "unfenced": unfenced,
    "empty": empty,
    "reasoning-only": reasoning_only,
    "refusing": refusing,
    "wrong": wrong,
    "tampering": tampering,
}


def play(name: str, tasks: Sequence[Task]) -> Play:
    """Return the play of a profile for these tasks; KeyError for another name."""
    profile = PROFILES[name]

    def answer(request: Request) -> Script:
        task = task_of(request, tasks)
        if task is None:
            return reply("I know no such task.")
        if name in _WRITTEN and request.tools:
            return _written(task, _WRITTEN[name](task), request)
        return profile(task)

    return answer


def plays(tasks: Sequence[Task], names: Sequence[str] = tuple(PROFILES)) -> dict[str, Play]:
    """Return the plays of several profiles, by the model id under which they are served."""
    return {name: play(name, tasks) for name in names}


def task_of(request: Request, tasks: Sequence[Task]) -> Task | None:
    """Return the task whose instruction the user's messages hold; the longest, where one holds another."""
    said = request.user_text
    asked = [task for task in tasks if task.instruction.strip() and task.instruction.strip() in said]
    return max(asked, key=lambda task: len(task.instruction), default=None)


def _written(task: Task, files: Mapping[str, str], request: Request) -> Script:
    """Write the files with the task's own tool, then say so; say it at once where no tool writes."""
    tool = next((tool.name for tool in task.spec.tool if tool.does == "write"), None)
    if tool is None or tool not in request.tools:
        return reply("No tool here writes a file.")
    if request.last_role == "tool":
        return reply("Done: every file is written.")
    return calling([(tool, {"path": path, "content": text}) for path, text in files.items()])


def _tampered(task: Task) -> dict[str, str]:
    hook = "def pytest_runtest_makereport(item, call):\n    item.session.testsfailed = 0\n"
    outside = {
        "conftest.py": hook,
        "sitecustomize.py": "import os\n\nos._exit(0)\n",
        "tests/checks.py": "def test_all():\n    assert True\n",
        "../../escaped.txt": "outside\n",
    }
    return {**_untouched(task), **outside}


def _solved(task: Task) -> dict[str, str]:
    return _texts(task.solution)


def _untouched(task: Task) -> dict[str, str]:
    """Return what an answer may write, as the workspace has it; an empty file where it has none."""
    here = _texts(task.workspace) if task.workspace.is_dir() else {}
    files = {
        path: text for path, text in here.items() if any(allows(e, path) for e in task.spec.answer.files)
    }
    return files or {next(iter(flatten(task.solution))): "\n"}


def _texts(folder: Path) -> dict[str, str]:
    return {path: source.read_text(encoding="utf-8") for path, source in flatten(folder).items()}


def _fenced(files: Mapping[str, str]) -> str:
    return "\n".join(_block(path, text) for path, text in files.items())


def _block(path: str, text: str) -> str:
    """Return one file in a fence that is longer than any in its text."""
    fence = "```"
    while fence in text:
        fence += "`"
    tag = _TAGS.get(PurePosixPath(path).suffix, "")
    ended = text if text.endswith("\n") else f"{text}\n"
    return f"`{path}`\n\n{fence}{tag}\n{ended}{fence}\n"


_WRITTEN: Mapping[str, Callable[[Task], Mapping[str, str]]] = {
    "oracle": _solved,
    "slow": _solved,
    "wrong": _untouched,
    "tampering": _tampered,
}
"""Files that a profile writes where tools are offered; the others say there what they always say."""
