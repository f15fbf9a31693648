import warnings

import pytest

from codestone.answers.code import defined, elided, finished, fits, language_of, module, parses


def test_tags_fit_their_own_language_only():
    """A command, a diff or another language is no code; a related one is for want of a better."""
    assert fits("py", "python") is True
    assert fits("", "go") is True
    assert fits("ts", "javascript") is None
    assert fits("bash", "python") is False
    assert fits("text", "python") is False
    assert fits("json", "python") is False
    assert fits("sh", "bash") is True
    assert fits("diff", "") is False
    assert fits("json", "") is True
    assert fits("python", "") is None


def test_a_suffix_says_the_language():
    """The task's language counts only where the path has no suffix."""
    assert language_of("a/b.rs", "go") == "rust"
    assert language_of("data.json", "go") == ""
    assert language_of("bin/tool", "bash") == "bash"


@pytest.mark.parametrize("text", ["x = '\0'", "-" * 200_000 + "1", "(" * 300, "x = " + "9" * 5000, "\ud800"])
def test_no_text_breaks_the_parser(text):
    """What Python's own parser cannot stand is simply no code."""
    assert module(text) is None


def test_parsing_warns_nobody():
    """A warning about a candidate's code is not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parses("x = '\\d'\nassert (x, 1)\n", "python")


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        (
            "python",
            "import a\ndef f(): ...\nclass C:\n def m(self): ...\ntry:\n def g(): ...\nexcept E: ...\n",
            "f C g",
        ),
        ("python", "def f(:\nclass C:\n", "f C"),
        (
            "javascript",
            "export default class A {}\nconst f = (x) => x\nconst n = 3\nasync function* g() {}\n",
            "A f g",
        ),
        ("typescript", "export interface I {}\ntype T = string\nabstract class B {}\nenum E {}\n", "I T B E"),
        ("rust", "pub(crate) async fn f() {}\nstruct S;\nimpl S { fn m() {} }\nconst N: u8 = 1;\n", "f S N"),
        ("go", "func (s *S) M() {}\ntype S struct{}\nfunc main() {}\nvar v = 1\n", "M S main v"),
        ("bash", "f() {\n:\n}\nfunction g () { :; }\n", "f g"),
        ("html", "<p>", ""),
    ],
)
def test_definitions_at_top_level_are_found(language, text, names):
    """Functions, classes and types count; what is local does not."""
    assert defined(text, language) == set(names.split())


def test_elision_is_seen():
    """A comment that stands for code left out marks a part."""
    assert elided("x = 1\n# ... existing code ...\n")
    assert elided("  // … rest of the class unchanged\n")
    assert not elided("# wait... no\nx = ...\n")


def test_an_unended_text_is_judged_by_what_it_has():
    """It parses, its brackets balance, or its root element is closed."""
    assert finished("x = 1\n", "python")
    assert not finished("def f(\n", "python")
    assert finished("func f() { g() }\n", "go")
    assert not finished("func f() {\n", "go")
    assert finished("<html></html>\n", "html")
    assert not finished("<html><p>\n", "html")
