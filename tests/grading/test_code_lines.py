import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.grading.code_lines import LIMIT, LINE_LIMIT, code_facts, lines_of
from codestone.grading.grade import grade

NOTHING = {"code-lines": None, "comment-lines": None, "comment-density": None}


@pytest.mark.parametrize(
    ("language", "text", "code", "comments"),
    [
        ("python", '#!/usr/bin/env python\n"""Doc.\n\nmore\n"""\nx = "# no"  # why\n', {0, 5}, {1, 3, 4, 5}),
        ("javascript", "// a\nconst a = `// not\n`;\nconst r = /[/*]/;\n/** d\n */\n", {1, 2, 3}, {0, 4, 5}),
        ("typescript", "/* a */ let a: number = 1;\n\n// b\n", {0}, {0, 2}),
        ("tsx", "let a = <b>{/* c */}</b>;\n", {0}, {0}),
        ("rust", "#[derive(Debug)]\n/// doc\nstruct A; // x\n/* a\n b */\n", {0, 2}, {1, 2, 3, 4}),
        ("go", 'package main\n// c\nvar a = "// no" /* a */\n', {0, 2}, {1, 2}),
        ("bash", "#!/bin/sh\n# a\necho '# b' # c\n", {0, 2}, {1, 2}),
        ("html", "<!-- a -->\n<p>b</p>\n<script>\n// x\n</script>\n", {1, 2, 4}, {0, 3}),
        ("css", "/* a */\nb { c: d }\n", {1}, {0}),
    ],
)
def test_code_and_comments_are_told_apart(language, text, code, comments):
    """In strings and patterns there is no comment; documentation is one; a line may have both."""
    assert lines_of(text, language=language) == (code, comments)


@given(st.text(alphabet="ab =()\"'#/*\n", max_size=80))
def test_a_comment_below_adds_one_comment_and_no_code(text):
    """Whatever stands above, as long as it leaves no string open."""
    above = "".join(f"x = {line!r}\n" for line in text.split("\n"))
    code, comments = lines_of(above, language="python")
    assert lines_of(f"{above}\n# more\n", language="python") == (code, comments | {above.count("\n") + 1})


def test_only_what_the_answer_wrote_counts(tmp_path):
    """A file that is as it was, one that is nobody's to write, and one that is no code are left out."""
    (tmp_path / "old.py").write_text("a = 1\n")
    (tmp_path / "new.py").write_text("a = 1\n")
    source = {
        "old.py": "a = 1\n",
        "new.py": "a = 1\n\n# b\nb = 2  # c\n",
        "lib/x.py": "a = 1\n",
        "other.py": "a = 1\n",
        "README.md": "# a\n",
    }
    facts = code_facts(source, files=("old.py", "new.py", "lib/", "README.md"), start=tmp_path)
    assert facts == {"code-lines": 3, "comment-lines": 2, "comment-density": 0.5}


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"a.py": "start\n"},
        {"a.py": "b = 1\n" * (LIMIT // 6 + 1)},
        {"a.py": f"b = '{'x' * LINE_LIMIT}'\n"},
    ],
)
def test_what_cannot_be_told_is_none(tmp_path, source):
    """Nothing written, as it was, too much, minified: never 0."""
    (tmp_path / "a.py").write_text("start\n")
    assert code_facts(source, files=("a.py",), start=tmp_path) == NOTHING


def test_an_empty_file_has_no_density(tmp_path):
    """It is code of no lines."""
    facts = code_facts({"a.py": "\n"}, files=("a.py",), start=tmp_path)
    assert facts == {"code-lines": 0, "comment-lines": 0, "comment-density": None}


def test_every_grading_tells_them(small_task, workspace):
    """Beside whatever the task itself measures."""
    graded = grade(small_task, workspace({"adder.py": "# sums\ndef add(a, b):\n    return a + b\n"}), seed=1)
    assert {name: graded.facts[name] for name in NOTHING} == {
        "code-lines": 2,
        "comment-lines": 1,
        "comment-density": 0.3333,
    }
