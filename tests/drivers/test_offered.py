import pytest

from codestone.drivers._offered import PARAMETERS, fitted, offered
from codestone.task import ToolSpec

READ = ToolSpec(name="read_file", description="Read.", does="read")
ASK = ToolSpec(
    name="ask",
    description="Ask.",
    does="scripted",
    parameters={
        "type": "object",
        "properties": {
            "n": {"type": "number"},
            "b": {"type": "boolean"},
            "s": {"type": "string", "enum": ["x", "y"]},
            "a": {"type": "array"},
            "o": {"type": "object"},
            "any": {},
        },
    },
)


def test_a_tool_is_offered_as_the_api_has_it():
    """Own parameters for what works on the workspace, the declared ones for what is scripted."""
    assert offered(READ) == {
        "type": "function",
        "function": {"name": "read_file", "description": "Read.", "parameters": PARAMETERS["read"]},
    }
    assert offered(ASK)["function"]["parameters"] == ASK.parameters


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"path": "a"}, ""),
        ({"path": "a", "first_line": 3, "last_line": None}, ""),
        ({}, "'path' is missing"),
        ({"path": None}, "'path' must be of type string"),
        ({"path": 3}, "'path' must be of type string"),
        ({"path": "a", "first_line": "3"}, "'first_line' must be of type integer"),
        ({"path": "a", "first_line": True}, "'first_line' must be of type integer"),
        ({"path": "a", "\x1b[2J": 1}, "known: path, first_line, last_line"),
    ],
)
def test_arguments_of_our_own_tools_are_checked(arguments, fault):
    """A null for what need not be given is left out."""
    given, said = fitted(arguments, READ)
    assert fault in said
    assert bool(fault) == bool(said)
    assert "last_line" not in given
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [("n", 1.5, "1"), ("b", False, 0), ("s", "y", "z"), ("a", [], {}), ("o", {}, []), ("any", 1, None)],
)
def test_arguments_of_scripted_tools_are_checked(name, good, bad):
    """By type and by enum."""
    assert fitted({name: good}, ASK) == ({name: good}, "")
    assert name == "any" or fitted({name: bad}, ASK)[1].startswith(f"'{name}' must be")
