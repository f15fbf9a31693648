from codestone.answers.choose import COMPLETE, Candidate, best

ORIGINAL = "def a():\n    return 1\n\n\ndef b():\n    return 2\n"
FIXED = ORIGINAL.replace("1", "3")
PART = "def a():\n    return 3\n"


def _best(*texts, original=ORIGINAL, language="python", path="x.py", **fields):
    candidates = [
        Candidate(
            path=path, text=text, how="", line=n, **{name: n in numbers for name, numbers in fields.items()}
        )
        for n, text in enumerate(texts)
    ]
    one, level = best(candidates, original=original, language=language)
    return one.line, level


def test_the_whole_file_goes_before_quotation_part_and_usage():
    """Among all that models show, the changed file that defines what the original did is taken."""
    assert _best(ORIGINAL, FIXED, PART, "from x import a\nprint(a())\n") == (1, COMPLETE)
    assert _best(FIXED, "Ran 3 tests\n") == (0, COMPLETE)
    assert _best(FIXED, ORIGINAL + "\n\n") == (0, COMPLETE)


def test_the_last_of_equals_wins():
    """A model's last word counts, unless an earlier block bears the path."""
    second = FIXED.replace("3", "4")
    assert _best(FIXED, second) == (1, COMPLETE)
    assert _best(FIXED, second, labelled={0}) == (0, COMPLETE)
    assert _best(FIXED, second, certain={0}) == (0, COMPLETE)


def test_without_an_original_an_example_is_told_by_what_it_uses():
    """A block that calls what another defines is its example, tests included."""
    usage, tests = "print(a())\n", "def test_a():\n    assert a() == 1\n"
    assert _best(ORIGINAL, usage, tests, original=None) == (0, COMPLETE)
    assert _best("print('hi')\n", original=None) == (0, COMPLETE)


def test_elided_and_broken_code_come_last():
    """A file with "... existing code ..." or one that does not parse is taken for want of a better only."""
    assert _best(FIXED, "# ... existing code ...\n" + FIXED.replace("3", "5"))[0] == 0
    assert _best(FIXED, FIXED + "def (")[0] == 0
    assert _best(ORIGINAL, "def (")[1] == 0


def test_javascript_is_judged_by_its_lines():
    """Where nothing parses the language, the lines that define decide."""
    original = "class A {\n}\nfunction f() {\n}\n"
    fixed = original.replace("{\n}", "{ go(); }")
    assert _best(original, fixed, "const a = new A();\n", path="x.js", original=original) == (1, COMPLETE)
