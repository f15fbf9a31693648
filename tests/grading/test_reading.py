"""Names that an answer's text uses, and what in it gets around a count."""

import pytest

from codestone.grading import CandidateFailed, python_text


def read(text: str, **beside: str):
    """Read an answer, with modules beside it."""
    return python_text({"a.py": text} | {f"{name}.py": other for name, other in beside.items()}, "a.py")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import sys\nsys.settrace(None)", "line 2: settrace"),
        ("from sys import setprofile as off", "line 1: setprofile"),
        ("import sys\ngetattr(sys, 'settrace')(None)", "line 2: settrace"),
        ("import sys\ngetattr(sys, 'set' + 'trace')(None)", "line 2: a name that is put together"),
        ("getattr(*pair)", "line 1: a name that is put together"),
        ("import operator\noperator.attrgetter(name)(1)", "line 2: a name that is put together"),
        ("x = f.__closure__", "line 1: __closure__"),
        ("import gc", "line 1: gc"),
        ("def f():\n    from concurrent.futures import ThreadPoolExecutor", "line 2: concurrent"),
        ("exec('1')", "line 1: exec"),
        ("f = eval", "line 1: eval"),
    ],
)
def test_evasions(text: str, found: str):
    """Each is told with its line."""
    assert found in read(text).evasions


@pytest.mark.parametrize(
    "text",
    [
        "gc = 1\ninspect = gc",
        "import re\nre.compile('a')",
        "import sys\nsys.maxsize",
        "getattr(1, 'real')",
        "'a settrace in a sentence'",
        "import heapq, random, collections.abc",
        "pattern = '\\d'",
        "\ufeffx = 1",
    ],
)
def test_no_evasions(text: str):
    """A variable, a method or a sentence that has such a word is none."""
    assert read(text).evasions == ()


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("values.sort()", ()),
        ("list.sort(values)", ()),
        ("sorted(values)", ()),
        ("list(map(list.sort, [values]))", ("line 1: a sort that is not called",)),
        (
            "from operator import methodcaller\nmethodcaller('sort')(values)",
            ("line 2: a sort that is not called",),
        ),
        ("json.dumps(values, sort_keys=True)", ("line 1: a hidden sort",)),
        ("import sqlite3", ("line 1: a hidden sort",)),
    ],
)
def test_hidden_sorts(text: str, hidden: tuple[str, ...]):
    """A sort that is called is counted; one that is passed on is not."""
    found = read(text).hidden_sorts
    assert [each.split(": ")[1] for each in found] == [each.split(": ")[1] for each in hidden]


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("from collections import Counter\nCounter(x)", ["line 2: Counter"]),
        ("from collections import Counter as C\nC(x)", ["line 2: C"]),
        ("from collections import Counter", []),
        ("import typing\ntyping.Counter", ["line 2: Counter"]),
        ("import collections\ngetattr(collections, 'Counter')", ["line 2: Counter"]),
        ("class Counter(dict): ...\nCounter()", []),
        ("'A Counter in a sentence'", []),
    ],
)
def test_uses(text: str, uses: list[str]):
    """Under whatever name; importing is no use, and a name of one's own is another thing."""
    assert read(text).uses("Counter") == uses


def test_modules_beside_it_are_read_when_they_are_imported():
    """Also over another; what nobody imports is not looked at."""
    text = read("import b", b="from c import f", c="import gc", d="import ctypes")
    assert text.evasions == ("line 1: gc",)
    assert len(text.trees) == 3


@pytest.mark.parametrize("text", ["", "# nothing\n", "def", "\0", "(" * 10_000, "x = " + "-" * 200_000 + "1"])
def test_what_is_not_python_is_the_candidates_failure(text: str):
    """Empty or broken, it fails the check that asked."""
    with pytest.raises(CandidateFailed, match=r"a\.py (is empty|cannot be read)"):
        read(text)
