import pytest

from codestone.grading.answer import Answer, Raised

KEY_ERROR = Raised(("builtins.KeyError", "builtins.LookupError", "builtins.Exception"), "'k-17'", None)


@pytest.mark.parametrize(
    ("kind", "saying", "passed"),
    [
        ("KeyError", "", True),
        ("LookupError", "k-17", True),
        ("KeyError", "k-18", False),
        ("ValueError", "k-17", False),
    ],
)
def test_an_exception_is_judged_by_its_type_and_by_what_it_says(kind, saying, passed):
    """Both have to be right; a type may be that of a base."""
    assert Answer("f()", raised=KEY_ERROR).raises(kind, saying=saying).passed is passed


def test_what_was_expected_of_the_message_stands_in_the_evidence():
    """And so does what came."""
    evidence = Answer("f()", raised=KEY_ERROR).raises("KeyError", saying="k-18").evidence
    assert evidence == "f() raised KeyError(\"'k-17'\"); expected KeyError saying 'k-18'"
    assert Answer("f()", value=3).raises("KeyError", saying="k").evidence == (
        "f() → 3; expected KeyError saying 'k'"
    )
