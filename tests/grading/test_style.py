import sys
from textwrap import dedent
from time import perf_counter_ns

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestone import process
from codestone.grading.code_lines import LIMIT, LINE_LIMIT
from codestone.grading.grade import grade
from codestone.grading.style import UNTOLD, style_facts

SUFFIXES = (".py", ".js", ".ts", ".tsx", ".go", ".rs")


def facts(source, tmp_path, asked=""):
    return style_facts(source, files=("*",), start=tmp_path, asked=asked)


def test_every_grading_tells_them(small_task, workspace):
    """What the instruction asks for is not idle."""
    text = "import json\ndef add(a, b):\n    return a + b\n    print(a)\ndef helper():\n    pass\n"
    graded = grade(small_task, workspace({"adder.py": text}), seed=1)
    told = {name: graded.facts[name] for name in UNTOLD}
    assert told == {"idle-helpers": 1, "dead-lines": 1, "dependencies": "json"}


def test_only_what_the_answer_wrote_counts(tmp_path):
    """Files as they were are no one's doing, and name what they name; so do names of the start in a file."""
    (tmp_path / "old.py").write_text("def left(): pass\nuse_me()\n")
    (tmp_path / "new.py").write_text("import os\ndef before(): pass\n")
    source = {
        "old.py": "def left(): pass\nuse_me()\n",
        "new.py": "def before(): pass\ndef use_me(): pass\ndef extra(): pass\n",
        "README.md": "nothing",
    }
    assert facts(source, tmp_path) == {"idle-helpers": 1, "dead-lines": 0, "dependencies": ""}


def test_a_start_that_does_not_parse_declares_what_can_be_read(tmp_path):
    """Its other functions are no helpers of the answer's."""
    (tmp_path / "a.js").write_text("function before() {}\nlet x = (;\n")
    told = facts({"a.js": "function before() {}\nfunction extra() {}\n"}, tmp_path)
    assert told["idle-helpers"] == 1


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"a.py": "start\n"},
        {"a.sh": "f() { :; }\n"},
        {"a.html": "<p>a</p>\n"},
        {"b.py": "b = 1\n" * (LIMIT // 6 + 1)},
        {"b.py": f"b = '{'x' * LINE_LIMIT}'\n"},
        {"b.py": "b = (1\n"},
        {"b.js": "let b = 1;\n", "c.js": "function (\n"},
        {"b.ts": "let b: = 1;\n"},
        {"b.go": "package b\n\nfunc {\n"},
        {"b.rs": "fn b( {\n"},
    ],
)
def test_what_cannot_be_told_is_none(tmp_path, source):
    """Nothing written, as it was, another language, too much, minified, one file with an error: never 0."""
    (tmp_path / "a.py").write_text("start\n")
    assert facts(source, tmp_path) == UNTOLD


def test_an_empty_file_has_nothing_idle(tmp_path):
    """It was told, so these are zeros."""
    assert facts({"a.py": "\n"}, tmp_path) == {"idle-helpers": 0, "dead-lines": 0, "dependencies": ""}


def test_a_page_names_what_a_script_declares(tmp_path):
    """A file in a language without a parser is text."""
    source = {"a.js": "function clicked() {}\n", "a.html": '<p onclick="clicked()">\n'}
    assert facts(source, tmp_path)["idle-helpers"] == 0


def test_without_the_extra_nothing_is_told():
    """Nor is any parser loaded before there is something to parse."""
    code = """
        import sys
        from pathlib import Path
        from codestone.engine.doctor import style_finding
        from codestone.grading.style import style_facts
        sys.modules["tree_sitter_go"] = None
        sys.path_importer_cache.clear()
        told = style_facts({"a.py": "x = 1"}, files=["*"], start=Path("/nonexistent"), asked="")
        finding = style_finding()
        print(set(told.values()), finding.ok, finding.remedy, "tree_sitter" in sys.modules)
    """
    ran = process.run([sys.executable, "-c", dedent(code)], limit_s=60)
    assert ran.stdout.decode() == "{None} None pip install 'codestone[style]' False\n", ran.stderr


NESTED = {
    "parentheses": (".py", "x = " + "\n(" * 16_000 + "1" + ")\n" * 16_000),
    "functions": (".js", "function a() {\n" * 3800 + "}\n" * 3800),
    "arrows": (".ts", "const a = () => {\n" * 3000 + "}\n" * 3000),
    "dead blocks": (".js", "for (;;) { break\n" * 3400 + "}\n" * 3400),
    "classes": (".py", "".join(f"{' ' * n}class A:\n" for n in range(300)) + " " * 300 + "x\n"),
    "blocks": (".rs", "fn a() {\n" * 5000 + "}\n" * 5000),
    "uses": (".rs", "use a::\n" + "{b::\n" * 8000 + "c" + "}\n" * 8000 + ";"),
    "literals": (".go", "package a\n\nvar x = " + "[]any{\n" * 5000 + "},\n" * 4999 + "}\n"),
    "flat": (".rs", "#[a]\n" * 8000 + "fn a() {}\n" * 2000),
    "many": (".go", "package a\n\n" + "func (a *A) a() {}\n" * 3000),
    "open": (".js", "(\n" * 30_000),
    "quotes": (".rs", '"""""\n' * 10_000),
    "templates": (".ts", "`${\n" * 15_000),
}


@pytest.mark.parametrize("name", NESTED)
def test_depth_and_number_cost_no_more_than_the_length(tmp_path, name):
    """Every text within the limit is done with, and quickly; what its facts are is its own affair."""
    suffix, text = NESTED[name]
    assert len(text) <= LIMIT
    begun = perf_counter_ns()
    told = facts({f"a{suffix}": text}, tmp_path)
    assert set(told) == set(UNTOLD)
    assert perf_counter_ns() - begun < 30e9


TANGLED = {
    "decorators": ("a.py", "@x\n" * 300 + "def f(): pass\n"),
    "classes": ("a.js", "class A { f() {\n" * 200 + "}}\n" * 200),
    "tokens": ("a.rs", "m! {\n" + "(\n" * 600 + ")\n" * 600 + "}\n"),
    "lists": ("a.py", "x = " + "[\n" * 600 + "]\n" * 600),
}


@pytest.mark.parametrize("name", TANGLED)
def test_what_would_take_too_long_to_ask_is_not_told(tmp_path, name):
    """Half of a query's finds would be a wrong figure."""
    path, text = TANGLED[name]
    assert facts({path: text}, tmp_path) == UNTOLD


ORDINARY = {
    "methods": ("a.py", "class A(B):\n" + "    @property\n    def f(self): return self.x\n" * 1300),
    "statements": ("a.py", "def f():\n" + "    a = b.c(1)\n" * 3000),
    "table": ("a.py", "x = {\n" + '    "a": b,\n' * 4000 + "}\n"),
    "names": ("a.py", "__all__ = [\n" + '    "a",\n' * 4000 + "]\n"),
    "class": ("a.js", "class A extends B {\n" + "  f() { return 1; }\n" * 2500 + "}\n"),
    "fields": ("a.ts", "class A extends B {\n" + "  @x() private f = () => 1;\n" * 2000 + "}\n"),
    "arms": ("a.rs", "fn f() { match x {\n" + "  A::B => return c::d(),\n" * 2000 + "} }\n"),
    "cases": (
        "a.go",
        "package a\n\nfunc f() {\n\tswitch x {\n" + "\tcase 1:\n\t\treturn\n" * 2500 + "\t}\n}\n",
    ),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_much_that_is_plain_is_told(tmp_path, name):
    """Length alone makes nothing too long to ask."""
    path, text = ORDINARY[name]
    assert None not in facts({path: text}, tmp_path).values()


@pytest.mark.parametrize("error", ["MemoryError", "RecursionError", "ValueError"])
def test_what_breaks_them_breaks_no_grading(small_task, error):
    """A parser that fails leaves them untold, and the other facts as they are."""
    code = f"""
        import sys
        from importlib.machinery import ModuleSpec
        from pathlib import Path
        from types import ModuleType
        from codestone.grading.grade import _facts_of_code
        from codestone.suites.load import load_task
        def language():
            raise {error}
        broken = sys.modules["tree_sitter_python"] = ModuleType("tree_sitter_python")
        broken.__spec__, broken.language = ModuleSpec("tree_sitter_python", None), language
        task = load_task(sys.argv[1], roots=[Path(sys.argv[2])])
        told = _facts_of_code(task, {{"adder.py": "x = 1  # one\\n"}})
        print(*(told[name] for name in ("idle-helpers", "dead-lines", "dependencies")), told["code-lines"])
    """
    argv = [sys.executable, "-c", dedent(code), small_task.id, str(small_task.path.parents[1])]
    ran = process.run(argv, limit_s=60)
    assert ran.stdout.decode() == "None None None 1\n", ran.stderr


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        alphabet=st.one_of(st.characters(), st.sampled_from("(){}[]<>=:;.,'\"`$#@!/\\*\n \tabfx01_")),
        max_size=120,
    ),
    st.sampled_from(SUFFIXES),
)
def test_no_text_breaks_it(tmp_path_factory, text, suffix):
    """Whatever it is, all three are told or none."""
    told = facts({f"a{suffix}": text}, tmp_path_factory.getbasetemp() / "nothing-there")
    assert set(told) == set(UNTOLD)
    assert len({value is None for value in told.values()}) == 1


PIECES = (
    *("def f():\n    return 1\n", "class A:\n    def b(self): pass\n", "import a\n", "if False:\n    x\n"),
    *("function f() { return; }\n", "class A { #b() {} }\n", "import 'a';\n", "if (false) { }\n", "export "),
    *("package a\n", "func f() { return }\n", "type A struct{}\n", "x\n"),
    *(
        "fn f() { return; }\n",
        "struct A;\n",
        "impl A { fn b() {} }\n",
        "#[a]\n",
        "pub ",
        "use a::{b, c as d};\n",
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.sampled_from(SUFFIXES))
def test_no_code_breaks_it(tmp_path_factory, text, suffix):
    """Counts are no more than there is to count."""
    told = facts({f"a{suffix}": text}, tmp_path_factory.getbasetemp() / "nothing-there")
    if told["idle-helpers"] is not None:
        assert 0 <= told["idle-helpers"] <= len(PIECES)
        assert 0 <= told["dead-lines"] <= text.count("\n") + 1
