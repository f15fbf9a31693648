import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.grading.style import _GRAMMARS
from codestone.grading.style.dead import dead_rows
from codestone.grading.style.parsing import parsed


def rows(language, text):
    syntax = parsed(text, _GRAMMARS[language])
    assert syntax is not None
    return dead_rows(syntax)


@pytest.mark.parametrize(
    ("language", "text", "dead"),
    [
        ("python", "def f():\n    return 1\n    a()\n    # why\n    if b:\n        c()\n", {2, 4, 5}),
        (
            "python",
            "for a in b:\n    if c:\n        continue\n        d()\n    e()\n    break\n    f()\n",
            {3, 6},
        ),
        ("python", "raise A\nb()\n", {1}),
        (
            "python",
            "if False:\n    a()\nelif False:\n    b()\nelse:\n    c()\nwhile 0:\n    d()\n",
            {1, 3, 7},
        ),
        ("javascript", "function f() {\n  return 1;\n  a();\n  b(\n    c);\n}\n", {2, 3, 4}),
        (
            "javascript",
            "switch (a) {\n  case 1:\n    return b;\n    c();\n  default:\n    throw d;\n    e();\n}\n",
            {3, 6},
        ),
        ("javascript", "if (false) {\n  a();\n} else {\n  b();\n}\nwhile (false)\n  c();\n", {1, 6}),
        ("typescript", "function f(): void {\n  for (;;) {\n    break;\n    a();\n  }\n  b();\n}\n", {3}),
        ("tsx", "const F = () => {\n  return <b/>;\n  a();\n};\n", {2}),
        ("go", 'package m\n\nfunc f() {\n\tpanic("a")\n\tb()\n}\n', {4}),
        (
            "go",
            "package m\n\nfunc f() {\n\tfor {\n\t\tcontinue\n\t\ta()\n\t}\n\tif false {\n\t\tb()\n\t}\n}\n",
            {5, 8},
        ),
        (
            "go",
            "package m\n\nfunc f() {\n\tswitch {\n\tcase a:\n\t\treturn\n\t\tb()\n\tdefault:\n\t}\n}\n",
            {6},
        ),
        (
            "rust",
            'fn f() -> u8 {\n    return 1;\n    a();\n    2\n}\nfn g() {\n    panic!("b");\n    c();\n}\n',
            {2, 3, 7},
        ),
        (
            "rust",
            "fn f() {\n  loop {\n    break;\n    a();\n  }\n  if false {\n    b();\n  }\n}\n",
            {3, 6},
        ),
    ],
)
def test_what_follows_an_end_is_dead(language, text, dead):
    """In the same block only, and blocks whose condition is written false."""
    assert rows(language, text) == dead


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "def f():\n    return\n    yield\n"),
        ("python", "def f():\n    if False:\n        yield 1\n"),
        ("python", "def f():\n    raise A\n    while True:\n        yield 1\n"),
        ("python", "def f(a):\n    if a: return 1\n    return 2; b()\n"),
        (
            "python",
            "def f(a):\n  match a:\n    case 1:\n      return 1\n    case _:\n      return 2\n",
        ),
        ("python", "def f(a):\n    try:\n        return 1\n    finally:\n        b()\n"),
        ("javascript", "function f() {\n  return g();\n  function g() {}\n  // why\n  var a, b;\n  ;\n}\n"),
        ("javascript", "function f(a) {\n  if (a) return;\n  b();\n}\n"),
        ("javascript", "function f(a) {\n  if (a)\n    return;\n  b();\n}\n"),
        ("javascript", "do {\n  a();\n} while (false);\n"),
        ("javascript", "const f = (a) => { if (a) { return 1; } return 2; };\n"),
        ("javascript", "for (;;) {\n  break;\n  here: for (;;) a();\n}\n"),
        ("typescript", "function f() {\n  return 1;\n  type A = number;\n  interface B {}\n}\n"),
        ("go", "package m\n\nfunc f() {\n\tgoto here\nhere:\n\ta()\n}\n"),
        ("go", "package m\n\nfunc f() {\n\tif a {\n\t\treturn\n\t}\n\tb()\n}\n"),
        ("rust", "fn f() {\n    return g();\n    fn g() {}\n    const A: u8 = 1;\n    use b::c;\n}\n"),
        ("rust", "fn f() -> u8 {\n    #[cfg(unix)]\n    return 1;\n    2\n}\n"),
        ("rust", "fn f(a: u8) {\n    match a {\n        1 => return,\n        _ => {}\n    }\n    b();\n}\n"),
    ],
)
def test_what_speaks_after_an_end_is_not_dead(language, text):
    """It is hoisted, jumped to, conditional, or makes a generator of its function."""
    assert rows(language, text) == set()


@given(st.integers(0, 20), st.integers(0, 20))
def test_as_many_lines_are_dead_as_stand_below(above, below):
    """However many stand above."""
    text = "def f():\n" + "    a()\n" * above + "    return\n" + "    b()\n" * below
    assert len(rows("python", text)) == below
