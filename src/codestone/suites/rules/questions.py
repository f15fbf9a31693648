"""Rules on ``tests/checks.py``: one function for each declared check, and nothing that makes it flaky.

The file is parsed, never run.
"""

import ast
import keyword
from collections.abc import Iterator
from pathlib import Path

from codestone.errors import Fault, TaskError
from codestone.suites.rules.draft import Draft, nearest
from codestone.suites.schema import read_text

CHECKS = "tests/checks.py"
MENDED = "mended"
"""The one public function that is no question: it repairs what keeps an answer from being compiled."""

_SEED = "use candidate.random(), or random.Random(7) with any number"

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def graders_parse(task: Draft) -> Iterator[Fault]:
    """Demand checks.py, and that every Python file at the top of tests/ parses."""
    if CHECKS not in task.tree.files:
        yield Fault(
            task.folder / CHECKS, 0, "the file is missing: it asks the questions, a function for each check"
        )
    for path in _graders(task):
        try:
            ast.parse(read_text(path))
        except TaskError as error:
            yield from error.faults
        except (SyntaxError, ValueError) as error:
            line = error.lineno if isinstance(error, SyntaxError) else 0
            yield Fault(path, line or 0, f"is not valid Python: {error.args[0]}")


def checks_have_functions(task: Draft) -> Iterator[Fault]:
    """Demand a function for each declared check, and no other public function."""
    functions = _functions(task)
    if functions is None or not task.has("check", "fact"):
        return
    named = {function.name for function in functions}
    for index, check in enumerate(task.spec.check):
        if keyword.iskeyword(check.function):
            yield task.fault(
                f"{check.id!r} is a word of Python's own: no function can bear it", "check", index, "id"
            )
        elif check.function not in named:
            spare = [name for name in sorted(named) if not name.startswith("_")]
            offer = nearest(check.function, spare)
            message = f"{CHECKS} has no function {check.function!r} for this check: {offer}"
            yield task.fault(message, "check", index, "id")
    for index, fact in enumerate(task.spec.fact):
        if fact.function not in named:
            yield task.fault(f"{CHECKS} has no function {fact.function!r} for this fact", "fact", index, "id")
    wanted = [*task.spec.functions, MENDED]
    for function in functions:
        if not function.name.startswith("_") and function.name not in wanted:
            message = (
                f"{function.name!r} is no declared check: "
                "add a [[check]] or a [[fact]] to task.toml, or let its name start with an underscore"
            )
            yield _at(task, function, message)


def checks_well_formed(task: Draft) -> Iterator[Fault]:
    """Demand plain functions, defined once, with a docstring and one parameter."""
    functions = _functions(task) or []
    names = [function.name for function in functions]
    for index, function in enumerate(functions):
        if function.name.startswith("_"):
            continue
        if function.name in names[:index]:
            yield _at(task, function, f"{function.name!r} is defined above already")
        if isinstance(function, ast.AsyncFunctionDef):
            yield _at(task, function, f"{function.name!r} is async: a check is a plain function")
        if not ast.get_docstring(function):
            yield _at(
                task, function, f"{function.name!r} has no docstring: say in one sentence what must hold"
            )
        if _parameters(function) != 1:
            yield _at(task, function, f"{function.name!r} must take one parameter: the candidate")


def no_sleep(task: Draft) -> Iterator[Fault]:
    """Refuse sleeps: no verdict may hang on one."""
    for path, tree in _trees(task):
        naps = {
            name.asname or name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module in {"time", "asyncio"}
            for name in node.names
            if name.name == "sleep"
        }
        for call in _calls(tree):
            function = call.func
            named = isinstance(function, ast.Name) and function.id in naps
            if named or (isinstance(function, ast.Attribute) and function.attr == "sleep"):
                message = "sleeps: on a loaded machine the verdict would change; wait for an event instead"
                yield Fault(path, call.lineno, message)


def random_seeded(task: Draft) -> Iterator[Fault]:
    """Demand a seed, so that random questions are the same ones each time."""
    for path, tree in _trees(task):
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        if any(isinstance(node, ast.Import) and _names(node, "random") for node in imports):
            yield from _unseeded(path, tree)
        for node in imports:
            if isinstance(node, ast.ImportFrom) and node.module == "random" and not _names(node, "Random"):
                yield Fault(path, node.lineno, f"imports from random what has no seed: {_SEED}")


def _unseeded(path: Path, tree: ast.Module) -> Iterator[Fault]:
    calls = [(call, ast.unparse(call.func)) for call in _calls(tree)]
    if any(name == "random.seed" and call.args for call, name in calls):
        return
    for call, name in calls:
        generator = name == "random.Random"
        if (generator and not call.args) or (name.startswith("random.") and not generator):
            yield Fault(path, call.lineno, f"{name}() has no seed: {_SEED}")


def _names(node: ast.Import | ast.ImportFrom, name: str) -> bool:
    """Whether the import takes that name, and under no other."""
    return any(each.name == name and each.asname in {None, name} for each in node.names)


def _graders(task: Draft) -> list[Path]:
    return [
        path for name, path in task.below("tests").items() if name.count("/") == 1 and path.suffix == ".py"
    ]


def _trees(task: Draft) -> Iterator[tuple[Path, ast.Module]]:
    for path in _graders(task):
        try:
            yield path, ast.parse(read_text(path))
        except (TaskError, SyntaxError, ValueError):
            continue  # said by graders_parse


def _functions(task: Draft) -> list[_Function] | None:
    """Return the functions at the top of checks.py; None where it does not parse."""
    for path, tree in _trees(task):
        if path == task.folder / CHECKS:
            return [node for node in tree.body if isinstance(node, _Function)]
    return None


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _parameters(function: _Function) -> int:
    """Count the parameters; a starred or keyword-only one makes it the wrong number."""
    arguments = function.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
        return -1
    return len(arguments.posonlyargs) + len(arguments.args)


def _at(task: Draft, node: _Function, message: str) -> Fault:
    return Fault(task.folder / CHECKS, node.lineno, message)
