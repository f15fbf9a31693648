"""What an answer in Python says in its text: names that it uses, and what gets around a count.

Covered is what stands there: names, also as texts and behind other names on import. Not covered is a name
that the text makes at run time, unless it is given to ``getattr`` and the like. No text is executed.
"""

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from codestone.grading.channel import CandidateFailed

MODULES = {
    *(
        "gc",
        "ctypes",
        "_ctypes",
        "inspect",
        "importlib",
        "builtins",
        "subprocess",
        "multiprocessing",
        "threading",
    ),
    *("_thread", "concurrent", "python_watch"),
}
BUILTINS = {"__import__", "__builtins__", "eval", "exec", "compile", "vars", "globals"}
NAMES = {
    *(
        "settrace",
        "gettrace",
        "setprofile",
        "getprofile",
        "call_tracing",
        "addaudithook",
        "monitoring",
        "f_back",
    ),
    *(
        "_getframe",
        "_current_frames",
        "_current_exceptions",
        "currentframe",
        "tb_frame",
        "gi_frame",
        "cr_frame",
    ),
    *("f_trace", "f_trace_lines", "f_trace_opcodes", "f_globals", "f_locals", "f_builtins", "cell_contents"),
    *("__globals__", "__closure__", "__code__", "__subclasses__", "__dict__", "__getattribute__"),
}
"""What gets at a count, or around it, and what an algorithm has no use for."""

BY_NAME = {"getattr": 1, "setattr": 1, "delattr": 1, "attrgetter": 0, "methodcaller": 0}
"""What takes a name as a text, and in which place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonText:
    """The syntax of an answer and of the modules beside it that it imports; each finding says its line."""

    trees: tuple[ast.Module, ...]
    evasions: tuple[str, ...]
    hidden_sorts: tuple[str, ...]

    def uses(self, *names: str) -> list[str]:
        """Return where one of these names of the library is used: also renamed on import, or as a text.

        Importing it is no use, and neither is a class, function or variable of the answer's own of that name.
        """
        return [found for tree in self.trees for found in _uses(tree, set(names))]


def python_text(source: Mapping[str, str], entry: str) -> PythonText:
    """Read an answer's text (`candidate.source`); raises CandidateFailed where it is not Python."""
    return _read(entry, tuple((name, text) for name, text in source.items() if name.endswith(".py")))


@lru_cache(maxsize=4)
def _read(entry: str, files: tuple[tuple[str, str], ...]) -> PythonText:
    source, names, trees = dict(files), [entry], []
    for name in names:
        tree = _parsed(name, source.get(name, ""))
        beside = [f"{word}.py" for node in ast.walk(tree) for word in _words(node, imports=True)]
        names += [file for file in dict.fromkeys(beside) if file in source and file not in names]
        trees.append(tree)
    return PythonText(
        trees=tuple(trees),
        evasions=tuple(chain.from_iterable(map(_evasions, trees))),
        hidden_sorts=tuple(chain.from_iterable(map(_hidden_sorts, trees))),
    )


def _parsed(name: str, text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an escape that Python only dislikes
            tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CandidateFailed(f"{name} cannot be read as Python: {type(error).__name__}") from None
    if not tree.body:
        raise CandidateFailed(f"{name} is empty")
    return tree


def _evasions(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        reach = NAMES | BUILTINS if isinstance(node, ast.Name) else NAMES
        yield from (_at(node, word) for word in _words(node) if word in reach)
        yield from (_at(node, word) for word in _words(node, imports=True) if word in MODULES)
        if _name_given(node) == []:
            yield _at(node, "a name that is put together")


def _hidden_sorts(tree: ast.Module) -> Iterator[str]:
    """Find a list's sort that something else is to call, and sorts of the library that nobody sees."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        passed = isinstance(node, ast.Attribute) and node.attr == "sort" and id(node) not in called
        if passed or "sort" in (_name_given(node) or ()):
            yield _at(node, "a sort that is not called")
        elif not {"sqlite3", "sort_keys"}.isdisjoint(_words(node)):
            yield _at(node, "a hidden sort")


def _uses(tree: ast.Module, names: set[str]) -> Iterator[str]:
    nodes = list(ast.walk(tree))
    own = {node.name for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    renamed = {
        each.asname or each.name
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for each in node.names
        if each.name in names
    }
    for node in nodes:
        wanted = (names - own) | renamed if isinstance(node, ast.Name) else names
        if isinstance(node, ast.Name | ast.Attribute | ast.Constant):
            yield from (_at(node, word) for word in _words(node) if word in wanted)


def _words(node: ast.AST, *, imports: bool = False) -> list[str]:
    """Return the names that one node has; with ``imports`` only those of what is imported."""
    match node:
        case ast.Import(names=names):
            return [part for each in names for part in each.name.split(".")]
        case ast.ImportFrom(module=module, names=names):
            return [*(module or "").split("."), *(each.name for each in names)]
        case ast.Name(id=word) | ast.Attribute(attr=word) | ast.Constant(value=str(word)) if not imports:
            return [word]
        case ast.keyword(arg=str(word)) if not imports:
            return [word]
    return []


def _name_given(node: ast.AST) -> list[str] | None:
    """Return the text in a call of what takes a name as one, [] where it is put together; None elsewhere."""
    if not isinstance(node, ast.Call):
        return None
    word = "".join(_words(node.func))
    if word not in BY_NAME:
        return None
    given = node.args[BY_NAME[word] :][:1]
    return [text for part in given if isinstance(part, ast.Constant) for text in _words(part)]


def _at(node: ast.AST, what: str) -> str:
    line = getattr(node, "lineno", None)
    return f"line {line}: {what}" if line else what
