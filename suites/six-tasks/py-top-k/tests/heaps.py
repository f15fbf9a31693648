"""Runs inside the box: notes how long a list is that an answer goes through as a binary heap of its own.

Such code is told by what it takes out of a list: the children of a place, at 2i, 2i + 1 and 2i + 2, and
the place itself. Where an index is one of the former, or a name that stands for nothing else, the list is
noted, and so it is for any other index. A heap is noted for both, a list of pairs laid end to end is not.
All else stays as it is. Not covered are heaps in which a place has other than two children.

canary 85671ed6-35ea-4370-9449-906494537bda
"""

import ast
from collections.abc import Iterator, Sized
from typing import Any

NOTED = "noted as a heap"
"""A name that no answer can have."""

_Bound = Iterator[tuple[str, ast.expr | None]]


def largest(source: str, function: str, *args: Any) -> int:
    """Return the length of the longest list that is a heap while that function of the source is called."""
    tree, lengths = ast.parse(source), {True: _Lengths(), False: _Lengths()}
    children = {name for node in ast.walk(tree) for name in _gives_a_child(node)}
    for node in tree.body:
        for scope in node.body if isinstance(node, ast.ClassDef) else [node]:
            _Notes(children | _only_children(scope, children)).visit(scope)

    def noted(entries: Any, of_child: bool) -> Any:  # noqa: FBT001 - called by what we wrote into the answer
        if isinstance(entries, Sized):
            lengths[of_child].note(entries)
        return entries

    names: dict[str, Any] = {"__name__": "top_k", NOTED: noted}
    exec(compile(ast.fix_missing_locations(tree), "top_k.py", "exec"), names)  # noqa: S102 - in the box
    names[function](*args)
    both = lengths[True].most.keys() & lengths[False].most.keys()
    return max((lengths[True].most[place] for place in both), default=0)


class _Lengths:
    """How long each list was at most; it is held on to, so that no other can get its place in memory."""

    def __init__(self) -> None:
        self.most: dict[int, int] = {}
        self._lists: dict[int, Sized] = {}

    def note(self, entries: Sized) -> None:
        self._lists[id(entries)] = entries
        self.most[id(entries)] = max(len(entries), self.most.get(id(entries), 0))


class _Notes(ast.NodeTransformer):
    """Puts a call around each list that is taken from, which says whether a child is."""

    def __init__(self, children: set[str]) -> None:
        self.children = children

    def visit_Subscript(self, node: ast.Subscript) -> ast.Subscript:
        self.generic_visit(node)
        of_child = ast.Constant(value=_is_child(node.slice, self.children))
        noted = ast.Name(id=NOTED, ctx=ast.Load())
        node.value = ast.Call(func=noted, args=[node.value, of_child], keywords=[])
        return node


def _gives_a_child(node: ast.AST) -> Iterator[str]:
    """Yield the name of a function that returns the place of a child."""
    match node:
        case ast.FunctionDef(name=name, body=[*_, ast.Return(value=value)]) if _is_child(value, set()):
            yield name
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(body=value)) if _is_child(value, set()):
            yield name


def _only_children(scope: ast.stmt, children: set[str]) -> set[str]:
    """Return the names in it that stand for the place of a child whenever they are given a value."""
    bound = [pair for node in ast.walk(scope) for pair in _bound(node)]
    found: set[str] = set()
    while more := {name for name, value in bound if _is_child(value, children | found)} - found:
        found |= more
    while others := {name for name, value in bound if not _is_child(value, children | found)} & found:
        found -= others
    return found


def _bound(node: ast.AST) -> _Bound:
    """Yield each name that a node gives a value to, with that value; None where it could be any."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _pairs(target, value)
        case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value) if value:
            yield from _pairs(target, value)
        case ast.FunctionDef(args=given):
            yield from ((each.arg, None) for each in (*given.posonlyargs, *given.args, *given.kwonlyargs))
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            yield name, ast.BinOp(left=ast.Name(id=name, ctx=ast.Load()), op=node.op, right=value)
        case ast.For(target=target, iter=several) | ast.comprehension(target=target, iter=several):
            yield from _pairs(target, several)


def _pairs(target: ast.expr, value: ast.expr | None) -> _Bound:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        values = value.elts if isinstance(value, ast.Tuple) else []
        for index, each in enumerate(target.elts):
            yield from _pairs(each, values[index] if len(values) == len(target.elts) else None)


def _is_child(value: ast.expr | None, children: set[str]) -> bool:
    """Tell whether an expression is twice something, but for a number that is added, or several of these."""
    match value:
        case ast.BinOp(left=ast.Constant(value=2), op=ast.Mult(), right=other):
            return not isinstance(other, ast.Call | ast.Constant)
        case ast.BinOp(left=other, op=ast.Mult(), right=ast.Constant(value=2)):
            return not isinstance(other, ast.Call | ast.Constant)
        case ast.BinOp(op=ast.LShift(), right=ast.Constant(value=1)):
            return True
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if (
            name in children
        ):
            return True
    return any(_is_child(part, children) for part in _same_kind(value))


def _same_kind(value: ast.expr | None) -> list[ast.expr]:
    """Return the part of an expression that is the place of a child where the whole is."""
    match value:
        case ast.BinOp(left=part, op=ast.Add() | ast.Sub() | ast.BitOr(), right=ast.Constant()):
            return [part]
        case ast.BinOp(left=ast.Constant(), op=ast.Add() | ast.BitOr(), right=part):
            return [part]
        case ast.Call(func=ast.Name(id="min" | "max" | "list"), args=[part, *_]):
            return [part]
        case ast.Call(func=ast.Name(id="range"), args=[part, _, *_]):
            return [part]
        case ast.Tuple(elts=[part, *_]) | ast.List(elts=[part, *_]) | ast.IfExp(body=part):
            return [part]
        case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part):
            return [part]
    return []
