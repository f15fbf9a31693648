"""Questions about chores, each on files of its own, and what mends two of its faults.

canary 9c8e27b3-dea9-4e1c-bdfc-8322a8a69143
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codestone.grading import Candidate, Finding, Mended, all_of, fail, ok

PROGRAM = "chores"
ENTRY = "src/main.rs"
VALUE_ENUM, BORROW = "value-enum", "immutable-borrow"

Chore = dict[str, Any]


def _chores(candidate: Candidate, *ids: int) -> list[Chore]:
    """Return chores of these ids, of all priorities, the second one done; nobody can know their titles."""
    priorities = ("high", "low", "medium")
    return [
        {
            "id": number,
            "title": f"Water “{candidate.nonce()}” & the rest",
            "priority": priorities[place % 3],
            "done": place % 4 == 1,
        }
        for place, number in enumerate(ids)
    ]


def _chore(number: int, title: str, priority: str) -> Chore:
    """Return what a new chore looks like in the file."""
    return {"id": number, "title": title, "priority": priority, "done": False}


def _with(chores: Sequence[Chore], number: int, **changes: Any) -> list[Chore]:
    """Return chores of which the one of that id has been changed."""
    return [{**chore, **changes} if chore["id"] == number else chore for chore in chores]


def _plain(value: Any) -> str:
    """Return JSON in one spelling: 1, 1.0 and true are told apart, the order of an object's keys is not."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _read(data: bytes) -> Any:
    """Return what the JSON says; None where it is none."""
    try:
        value = json.loads(data)
        _plain(value).encode()
    except (ValueError, RecursionError):
        return None
    return value


@dataclass(frozen=True)
class _Step:
    """One command on a file: how it ended, and the chores in the file after it, None where it is no list."""

    said: str
    code: int | None
    stdout: bytes
    stderr: bytes
    chores: list[Any] | None

    def done(self, chores: Sequence[Chore]) -> Finding:
        """Judge a command that must succeed and leave these chores."""
        if self.code == 0 and _plain(self.chores) == _plain(chores):
            return ok(self.said)
        return fail(f"{self.said}; expected 0 and {_plain(chores)[:500]}")

    def added(self, chores: Sequence[Chore], title: str, priority: str) -> Finding:
        """Judge a command that must succeed and leave one chore more; its id is for other checks."""
        found = self.chores or []
        last = found[-1] if found and isinstance(found[-1], dict) else {}
        return self.done([*chores, {**_chore(0, title, priority), "id": last.get("id")}])

    def refused(self, chores: Sequence[Chore], *, code: int | None = None) -> Finding:
        """Judge a command that must fail, with this exit code or any, say why, and leave these chores."""
        coded = self.code == code if code is not None else self.code not in (None, 0)
        if coded and self.stderr.strip() and _plain(self.chores) == _plain(chores):
            return ok(self.said)
        exits = "an exit code that is not 0" if code is None else str(code)
        return fail(f"{self.said}; expected {exits}, a message, and {_plain(chores)[:500]}")

    def field(self, name: str) -> list[tuple[str, str]] | None:
        """Return id and one field of each chore, by id; None where the file holds anything else."""
        if self.chores is None or not all(isinstance(chore, dict) for chore in self.chores):
            return None
        return sorted((_plain(chore.get("id")), _plain(chore.get(name))) for chore in self.chores)

    def has(self, chores: Sequence[Chore], *names: str) -> Finding:
        """Judge a command that must succeed and leave these fields of these chores, in any order."""
        expected = _Step(self.said, 0, b"", b"", list(chores))
        if self.code == 0 and all(self.field(name) == expected.field(name) for name in ("id", *names)):
            return ok(self.said)
        return fail(f"{self.said}; expected 0 and the {' and '.join(names)} of {_plain(chores)[:500]}")


@dataclass(frozen=True)
class _List:
    """A file of chores in the workspace, and the program that is run on it."""

    candidate: Candidate
    path: str

    def run(self, *words: str) -> _Step:
        """Run one command on the file."""
        return self._ran("--file", self.path, *words)

    def run_named_last(self, *words: str) -> _Step:
        """Run one command on the file, which is named after the subcommand."""
        return self._ran(*words, "--file", self.path)

    def _ran(self, *words: str) -> _Step:
        ran = self.candidate.run(PROGRAM, *words)
        there = self.path in self.candidate.listing()
        kept = _read(self.candidate.read(self.path)) if there else {"chores": []}
        found = kept.get("chores") if isinstance(kept, dict) else None
        chores = found if isinstance(found, list) else None
        said = (
            f"`{' '.join(words).replace(f'--file {self.path} ', '')}`: exit code {ran.code}, standard error "
            f"{ran.stderr[:300].decode(errors='replace')!r}, then the file holds "
            f"{'no list' if chores is None else _plain(chores)[:500]}"
        )
        return _Step(said, ran.code, ran.stdout, ran.stderr, chores)


def _holding(candidate: Candidate, chores: Sequence[Chore], *, next_id: int) -> _List:
    """Write a file of chores."""
    path = f"list-{candidate.nonce()}.json"
    candidate.put(path, json.dumps({"next_id": next_id, "chores": chores}).encode())
    return _List(candidate, path)


def _new(candidate: Candidate) -> _List:
    """Name a file that is not there."""
    return _List(candidate, f"new-{candidate.nonce()}.json")


def _mended(candidate: Candidate, bug: str) -> bool:
    return candidate.build is not None and bug in candidate.build.mended


def compiles(candidate: Candidate) -> Finding:
    """It compiles as it stands, and lists the chores of a file."""
    assert candidate.build is not None
    if not candidate.build.ok:
        return fail(f"it does not compile: {candidate.build.said}")
    chores = _chores(candidate, 1, 2, 5)
    step = _holding(candidate, chores, next_id=6).run("list")
    lines = step.stdout.decode(errors="replace").splitlines()
    good = step.code == 0 and all(any(chore["title"] in line for line in lines) for chore in chores)
    return ok(step.said) if good else fail(f"{step.said}; it printed {lines[:9]}; expected a line of each")


def listing(candidate: Candidate) -> Finding:
    """With --json the chores are listed as the file has them, all or of one priority; without, with ids."""
    chores = _chores(candidate, 3, 4, 9, 11, 12, 14)
    kept = _holding(candidate, chores, next_id=15)

    def found() -> Iterator[Finding]:
        yield _listed(kept.run("list", "--json"), chores)
        for priority in ("low", "medium", "high"):
            chosen = [chore for chore in chores if chore["priority"] == priority]
            yield _listed(kept.run("list", "--json", "--priority", priority), chosen)
        yield _listed(_new(candidate).run("list", "--json"), [])
        yield _listed(kept.run_named_last("list", "--json"), chores)
        numbered = _chores(candidate, 20417, 30528, 51639)  # no number that could stand in a title
        yield _lines(_holding(candidate, numbered, next_id=51640).run("list"), numbered)

    return all_of(found())


def _lines(step: _Step, chores: Sequence[Chore]) -> Finding:
    lines = step.stdout.decode(errors="replace").splitlines()
    told = [
        [line for line in lines if chore["title"] in line and str(chore["id"]) in line] for chore in chores
    ]
    good = step.code == 0 and all(len(each) == 1 for each in told)
    return (
        ok(step.said) if good else fail(f"{step.said}; it printed {lines[:9]}; expected id and title of each")
    )


def _listed(step: _Step, chores: Sequence[Chore]) -> Finding:
    if step.code == 0 and _plain(_read(step.stdout)) == _plain(chores):
        return ok(step.said)
    return fail(f"{step.said}; it printed {step.stdout[:500]!r}; expected {_plain(chores)[:500]}")


def priority_names(candidate: Candidate) -> Finding:
    """The three priorities are taken, and medium where none is named."""
    title = candidate.nonce()
    asked = (["--priority", "low"], ["--priority", "medium"], ["--priority=high"], [])
    told = ("low", "medium", "high", "medium")
    found = all_of(
        _new(candidate).run("add", title, *words).added([], title, priority)
        for words, priority in zip(asked, told, strict=True)
    )
    if _mended(candidate, VALUE_ENUM):
        return fail("clap cannot read a priority, which keeps the program from being compiled")
    return found


def priority_refused(candidate: Candidate) -> Finding:
    """What is no priority is refused, and nothing is added."""
    chores = _chores(candidate, 1, 2, 3)
    kept = _holding(candidate, chores, next_id=4)

    def found() -> Iterator[Finding]:
        for word in ("urgent", "1", f"x{candidate.nonce()}"):
            yield kept.run("add", "Sweep", "--priority", word).refused(chores)
        title = candidate.nonce()
        yield kept.run("add", title, "--priority", "low").added(chores, title, "low")

    return all_of(found())


def ids_rise(candidate: Candidate) -> Finding:
    """In a new file the ids are 1, 2, 3 and so on, each command a run of its own."""
    kept = _new(candidate)
    chores = [_chore(number, candidate.nonce(), "high") for number in (1, 2, 3, 4)]
    return all_of(
        kept.run("add", chore["title"], "--priority", "high").done(chores[: place + 1])
        for place, chore in enumerate(chores)
    )


def ids_unique(candidate: Candidate) -> Finding:
    """After chores were removed from the middle, a new one has an id that no other has."""
    return all_of(
        _added(candidate, ids, next_id=next_id) for ids, next_id in (((1, 4, 5), 6), ((2, 3, 8, 9), 10))
    )


def ids_never_reused(candidate: Candidate) -> Finding:
    """After the last chores were removed, their ids are not given again."""
    return all_of(
        _added(candidate, ids, next_id=next_id) for ids, next_id in (((1, 2), 4), ((2, 5), 40), ((), 7))
    )


def _added(candidate: Candidate, ids: Sequence[int], *, next_id: int) -> Finding:
    chores, title = _chores(candidate, *ids), candidate.nonce()
    step = _holding(candidate, chores, next_id=next_id).run("add", title, "--priority", "high")
    return step.done([*chores, _chore(next_id, title, "high")])


def done_marks(candidate: Candidate) -> Finding:
    """The one chore is marked, and stays so when it is marked again."""
    chores = _chores(candidate, 1, 4, 6)
    kept = _holding(candidate, chores, next_id=7)
    marked = _with(chores, 6, done=True)
    found = all_of(kept.run("done", number).done(marked) for number in ("6", "6", "4"))
    if _mended(candidate, BORROW):
        return fail("done changes a chore through a shared reference, which keeps it from being compiled")
    return found


def done_unknown(candidate: Candidate) -> Finding:
    """An id that is not there is an error, and nothing is marked."""
    chores = _chores(candidate, 1, 4, 6)
    kept = _holding(candidate, chores, next_id=7)

    def found() -> Iterator[Finding]:
        for number in ("2", "7", "0"):
            yield kept.run("done", number).refused(chores, code=1)
        yield kept.run("done", "1").done(_with(chores, 1, done=True))

    return all_of(found())


def remove_takes_one(candidate: Candidate) -> Finding:
    """The one chore goes, the others stay as they are."""
    ids = sorted(candidate.random().sample(range(1, 50), 5))
    asked = (((1, 2, 3, 4), 2), ((1, 2, 3, 4), 1), ((5, 8, 9), 9), ((3,), 3), (ids, ids[2]))
    return all_of(_removed(candidate, numbers, number) for numbers, number in asked)


def _removed(candidate: Candidate, ids: Sequence[int], number: int) -> Finding:
    chores = _chores(candidate, *ids)
    step = _holding(candidate, chores, next_id=60).run("remove", str(number))
    return step.done([chore for chore in chores if chore["id"] != number])


def remove_unknown(candidate: Candidate) -> Finding:
    """An id that is not there is an error, and nothing goes."""
    chores = _chores(candidate, 1, 4, 6)
    kept = _holding(candidate, chores, next_id=7)

    def found() -> Iterator[Finding]:
        for number in ("2", "7", "0"):
            yield kept.run("remove", number).refused(chores, code=1)
        yield kept.run("remove", "1").done(chores[1:])

    return all_of(found())


def broken_file(candidate: Candidate) -> Finding:
    """A file that is no list is an error, and stays as it is."""
    broken = (b'{"next_id": 3, "chores": [', b"[]", b'{"next_id": "three", "chores": {}}', b"\xff\xfe")

    def found() -> Iterator[Finding]:
        for data in broken:
            yield _kept_broken(candidate, data)
        yield _new(candidate).run("add", "Sweep", "--priority", "low").added([], "Sweep", "low")

    return all_of(found())


def _kept_broken(candidate: Candidate, data: bytes) -> Finding:
    path = f"broken-{candidate.nonce()}.json"
    candidate.put(path, data)
    ran = candidate.run(PROGRAM, "--file", path, "add", "Sweep")
    left = candidate.read(path)
    said = f"where the file holds {data!r}, `add` ends with {ran.code} and leaves {left[:200]!r}"
    good = ran.code == 1 and bool(ran.stderr.strip()) and left == data
    return ok(said) if good else fail(f"{said}; expected 1, a message, and the file as it was")


def edit_title(candidate: Candidate) -> Finding:
    """A title alone is changed, and no priority with it."""
    kept, chores = _to_edit(candidate)

    def found() -> Iterator[Finding]:
        wanted: Sequence[Chore] = chores
        for number in (1, 2, 7):
            title = f"Dust “{candidate.nonce()}”"
            wanted = _with(wanted, number, title=title)
            yield kept.run("edit", str(number), "--title", title).has(wanted, "title", "priority")

    return all_of(found())


def edit_priority(candidate: Candidate) -> Finding:
    """A priority alone is changed, and no title with it."""
    kept, chores = _to_edit(candidate)
    first = _with(chores, 1, priority="low")

    def found() -> Iterator[Finding]:
        yield kept.run("edit", "1", "--priority", "low").has(first, "title", "priority")
        step = kept.run("edit", "7", "--priority=high")
        yield step.has(_with(first, 7, priority="high"), "title", "priority")

    return all_of(found())


def edit_both(candidate: Candidate) -> Finding:
    """A title and a priority are changed at once, in either order of the words."""
    kept, chores = _to_edit(candidate)
    one, two = candidate.nonce(), candidate.nonce()
    first = _with(chores, 1, title=one, priority="medium")

    def found() -> Iterator[Finding]:
        step = kept.run("edit", "1", "--title", one, "--priority", "medium")
        yield step.has(first, "title", "priority")
        step = kept.run_named_last("edit", "--priority", "low", "--title", two, "7")
        yield step.has(_with(first, 7, title=two, priority="low"), "title", "priority")

    return all_of(found())


def edit_keeps_done(candidate: Candidate) -> Finding:
    """What is done stays done, and what is not stays so."""
    kept, chores = _to_edit(candidate)

    def found() -> Iterator[Finding]:
        wanted: Sequence[Chore] = chores
        for number in (2, 1):
            title = candidate.nonce()
            wanted = _with(wanted, number, title=title, priority="high")
            step = kept.run("edit", str(number), "--title", title, "--priority", "high")
            yield step.has(wanted, "title", "done")

    return all_of(found())


def edit_in_place(candidate: Candidate) -> Finding:
    """A chore keeps its id and its place in the list."""
    kept, chores = _to_edit(candidate)
    titles = {number: candidate.nonce() for number in (1, 2)}

    def found() -> Iterator[Finding]:
        wanted: Sequence[Chore] = chores
        for number, title in titles.items():
            wanted = _with(wanted, number, title=title)
            step = kept.run("edit", str(number), "--title", title)
            yield _in_order(step, [(chore["id"], chore["title"]) for chore in wanted])

    return all_of(found())


def _in_order(step: _Step, wanted: Sequence[tuple[int, str]]) -> Finding:
    chores = [chore for chore in step.chores or [] if isinstance(chore, dict)]
    there = [(chore.get("id"), chore.get("title")) for chore in chores]
    good = step.code == 0 and _plain(there) == _plain(wanted)
    return ok(step.said) if good else fail(f"{step.said}; expected 0 and, in this order, {wanted}")


def edit_nothing(candidate: Candidate) -> Finding:
    """Without a title and a priority edit is an error."""
    kept, chores = _to_edit(candidate)

    def found() -> Iterator[Finding]:
        yield kept.run("edit", "1").refused(chores)
        yield _takes(kept.run("edit", "1", "--title", "Mow"))

    return all_of(found())


def edit_unknown(candidate: Candidate) -> Finding:
    """An id that is not there is an error, and nothing is changed or added."""
    kept, chores = _to_edit(candidate)

    def found() -> Iterator[Finding]:
        yield kept.run("edit", "3", "--title", "Mow").refused(chores, code=1)
        yield kept.run("edit", "8", "--title", "Mow").refused(chores, code=1)
        yield kept.run("edit", "0", "--title", "Mow", "--priority", "low").refused(chores, code=1)
        yield _takes(kept.run("edit", "1", "--title", "Mow"))

    return all_of(found())


def _takes(step: _Step) -> Finding:
    return ok(step.said) if step.code == 0 else fail(f"{step.said}; expected 0")


def _to_edit(candidate: Candidate) -> tuple[_List, list[Chore]]:
    """Return a file and its chores: the first of high priority, the second of low and done, one of medium."""
    chores = _chores(candidate, 1, 2, 7)
    return _holding(candidate, chores, next_id=8), chores


def priority_read_by(candidate: Candidate) -> str | None:
    """Tell what reads a priority from the command line; nothing where it does not compile."""
    if candidate.build is None or not candidate.build.ok:
        return None
    text = candidate.source.get(ENTRY, "")
    enum = _Source(text).enum("Priority")
    if enum is not None and "ValueEnum" in enum.derived:
        return "derive(ValueEnum)"
    for trait in ("ValueEnum", "FromStr"):
        if re.search(rf"\bimpl\b[^{{;]*\b{trait}\s+for\b", text):
            return f"impl {trait}"
    return "value_parser" if "value_parser" in text else "something else"


def mended(source: Mapping[str, str]) -> Mended | None:
    """Repair what keeps the program from being compiled, where it was left in: the enum, and the borrow."""
    if ENTRY not in source:
        return None
    text = _Source(source[ENTRY])
    edits = {VALUE_ENUM: _value_enum(text), BORROW: _borrow(text)}
    bugs = frozenset(bug for bug, found in edits.items() if found)
    if not bugs:
        return None
    patched = text.patched([edit for found in edits.values() for edit in found])
    return Mended(source={**source, ENTRY: patched}, bugs=bugs)


_Edit = tuple[int, int, str]
"""First byte, the one after the last, and what stands there instead."""


@dataclass(frozen=True)
class _Item:
    """A struct or an enum with the attributes before it: what it derives, and where that is written."""

    node: Any
    derived: tuple[str, ...]
    lists: tuple[Any, ...]


class _Source:
    """A file of Rust and its syntax; ``node`` is anything of tree-sitter's."""

    def __init__(self, text: str) -> None:
        import tree_sitter  # noqa: PLC0415 - an extra: the language says so where it is missing
        import tree_sitter_rust  # noqa: PLC0415

        self.data = text.encode(errors="replace")
        language = tree_sitter.Language(tree_sitter_rust.language())
        self.root = tree_sitter.Parser(language).parse(self.data).root_node

    def text(self, node: Any) -> str:
        """Return the text of a node."""
        return self.data[node.start_byte : node.end_byte].decode(errors="replace")

    def all(self, *kinds: str, under: Any = None) -> list[Any]:
        """Return all nodes of these kinds, in their order."""
        found, todo = [], [under or self.root]
        while todo:
            node = todo.pop()
            if node.type in kinds:
                found.append(node)
            todo.extend(reversed(node.children))
        return found

    def attributes(self, node: Any) -> Iterator[Any]:
        """Yield the attributes of an item or a field, the nearest first."""
        before = node.prev_sibling
        while before is not None and before.type in {"attribute_item", "line_comment", "block_comment"}:
            if before.type == "attribute_item":
                yield before
            before = before.prev_sibling

    def before(self, node: Any) -> str:
        """Return the attributes of an item or a field as they are written."""
        return "".join(map(self.text, self.attributes(node)))

    def items(self) -> Iterator[_Item]:
        """Yield all structs and enums."""
        for node in self.all("struct_item", "enum_item"):
            lists = []
            for attribute in self.attributes(node):
                if re.match(r"#\s*\[\s*derive\b", self.text(attribute)):
                    lists += self.all("token_tree", under=attribute)[:1]
            names = [self.text(name) for tree in lists for name in self.all("identifier", under=tree)]
            yield _Item(node, tuple(names), tuple(lists))

    def enum(self, name: str) -> _Item | None:
        """Return the enum of that name."""
        for item in self.items():
            named = item.node.child_by_field_name("name")
            if item.node.type == "enum_item" and named is not None and self.text(named) == name:
                return item
        return None

    def patched(self, edits: Sequence[_Edit]) -> str:
        """Return the text with these changes."""
        data = self.data
        for start, end, words in sorted(edits, reverse=True):
            data = data[:start] + words.encode() + data[end:]
        return data.decode(errors="replace")


def _value_enum(text: _Source) -> list[_Edit]:
    """Return what makes clap read a priority, where the enum is not made for it."""
    enum = text.enum("Priority")
    if enum is None or not _read_by_clap(text):
        return []
    traits = {
        text.text(trait).rpartition("::")[2].partition("<")[0]
        for impl in text.all("impl_item")
        if (trait := impl.child_by_field_name("trait")) is not None
        and text.text(impl.child_by_field_name("type")) == "Priority"
    }
    if "ValueEnum" in traits:
        return []
    if "ValueEnum" in enum.derived:
        return [] if _imported(text) else _full_names(text, enum)
    if traits & {"FromStr", "From"} and not re.search(r"#\[[^\]]*\bvalue_enum\b", text.data.decode()):
        return []
    clone = "" if "Clone" in enum.derived else "Clone, "
    if enum.lists:
        start = enum.lists[0].start_byte + 1
        return [(start, start, f"{clone}clap::ValueEnum, ")]
    start = enum.node.start_byte
    return [(start, start, f"#[derive({clone}clap::ValueEnum)]\n")]


def _read_by_clap(text: _Source) -> bool:
    """Tell whether a priority is among what clap reads, and no function of the answer's reads it."""
    return any(
        re.search(r"\bPriority\b", text.text(kind)) and not re.search(r"\bvalue_parser\b", text.before(field))
        for item in text.items()
        if {"Parser", "Args", "Subcommand"} & set(item.derived)
        for field in text.all("field_declaration", under=item.node)
        if (kind := field.child_by_field_name("type")) is not None
    )


def _imported(text: _Source) -> bool:
    uses = [text.text(use) for use in text.all("use_declaration")]
    return any(re.search(r"\bclap\b.*(\bValueEnum\b|\*)", use, re.DOTALL) for use in uses)


def _full_names(text: _Source, enum: _Item) -> list[_Edit]:
    """Return what names the derive macro in full, where it is neither imported nor named so."""
    edits = []
    for tree in enum.lists:
        for name in text.all("identifier", under=tree):
            before = name.prev_sibling
            if text.text(name) == "ValueEnum" and (before is None or before.type != "::"):
                edits.append((name.start_byte, name.end_byte, "clap::ValueEnum"))
    return edits


_MUTABLE = {"iter": "iter_mut", "get": "get_mut", "first": "first_mut", "last": "last_mut"}


def _borrow(text: _Source) -> list[_Edit]:
    """Return what makes mark_done borrow mutably, where it changes a chore that it borrowed to read."""
    for function in text.all("function_item"):
        named = function.child_by_field_name("name")
        body = function.child_by_field_name("body")
        if named is None or body is None or text.text(named) != "mark_done":
            continue
        changed = [
            owner.type
            for left in _assigned(text, body)
            if (owner := left.child_by_field_name("value")) is not None
            and text.text(left.child_by_field_name("field")) == "done"
        ]
        receiver = _receiver(text, function)
        borrows = _borrows(text, body)
        mutably = re.search(r"_mut\b|&\s*mut\b", text.text(body))
        if changed and (receiver or ("identifier" in changed and borrows and not mutably)):
            return [*receiver, *borrows]
    return []


def _assigned(text: _Source, body: Any) -> Iterator[Any]:
    """Yield the fields that are assigned to."""
    for assignment in text.all("assignment_expression", under=body):
        left = assignment.child_by_field_name("left")
        if left is not None and left.type == "field_expression":
            yield left


def _receiver(text: _Source, function: Any) -> list[_Edit]:
    """Return the change to a receiver ``&self``."""
    return [
        (each.start_byte, each.end_byte, "&mut self")
        for each in text.all("self_parameter", under=function)
        if re.fullmatch(r"&\s*self", text.text(each))
    ]


def _borrows(text: _Source, body: Any) -> list[_Edit]:
    """Return the changes to what borrows the list to read it."""
    edits = []
    for call in text.all("call_expression", under=body):
        method = call.child_by_field_name("function")
        name = method.child_by_field_name("field") if method.type == "field_expression" else None
        if name is not None and text.text(name) in _MUTABLE:
            edits.append((name.start_byte, name.end_byte, _MUTABLE[text.text(name)]))
    for reference in text.all("reference_expression", under=body):
        if re.match(r"&\s*self\b", text.text(reference)):
            start = reference.start_byte
            edits.append((start, start + 1, "&mut "))
    return edits
