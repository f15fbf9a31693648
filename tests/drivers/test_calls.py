import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.drivers._calls import MOST, carry_out, with_ids
from codestone.endpoint.chat import ToolCall


def _call(name="read_it", arguments='{"path": "x.py"}', call_id="1"):
    return ToolCall(id=call_id, name=name, arguments=arguments)


@pytest.fixture
def one(brief, workspace):
    """Carry out one call."""
    return lambda *call, cut=False: carry_out([_call(*call)], brief(), workspace, cut=cut)[0]


def test_a_good_call_is_carried_out_and_goes_back_as_it_came(one):
    """The result bears its id."""
    result = one()
    assert (result.bad, result.text, result.wrote) == ("", "def f():\n    return 1\n", "")
    assert result.call == _call()
    assert (result.message.role, result.message.tool_call_id) == ("tool", "1")


def test_no_arguments_at_all_are_an_empty_object(one):
    """And go back as one: a template could not read an empty text."""
    result = one("list_it", " ")
    assert (result.bad, result.text, result.call.arguments) == ("", "x.py", "{}")


def test_a_tool_that_cannot_do_its_work_is_no_bad_call(one):
    """The call was right, the file is not there."""
    result = one("read_it", '{"path": "y.py"}')
    assert (result.bad, result.text[:6]) == ("", "error:")


@pytest.mark.parametrize(
    ("name", "arguments", "bad"),
    [
        ("shell", "{}", "unknown tool 'shell'; known: list_it, read_it, search_it, write_it, replace_it"),
        ("", "{}", "unknown tool ''"),
        ("read_it", "{}", "wrong arguments for read_it: 'path' is missing"),
        ("read_it", '{"path": ', 'invalid JSON: {"path":'),
        ("read_it", '["x.py"]', "invalid JSON: "),
        ("read_it", '"{}"', "invalid JSON: "),
        ("read_it", '{"path": NaN}', "invalid JSON: "),
        ("read_it", '{"path": "\\ud800"}', "invalid JSON: "),
        ("read_it", "[" * 100_000, "invalid JSON: "),
    ],
)
def test_a_bad_call_is_told_apart_and_answered(one, name, arguments, bad):
    """What goes back is JSON that a chat template can read, and an error for the model."""
    result = one(name, arguments)
    assert result.bad.startswith(bad)
    assert len(result.bad) < 300
    assert result.text.startswith("error: ")
    assert isinstance(json.loads(result.call.arguments), dict)
    assert result.call.name == name


def test_a_call_that_the_budget_cut_is_said_to_be_cut(one):
    """It is no lack of JSON."""
    assert one("read_it", '{"path": ', cut=True).bad.startswith("the reply was cut off inside it")
    assert one(cut=True).bad == ""


def test_calls_of_one_reply_are_carried_out_in_order(brief, workspace):
    """The second sees what the first has done."""
    written = json.dumps({"path": "x.py", "content": "new"})
    calls = [_call("write_it", written, "a"), _call(call_id="b")]
    assert [result.text for result in carry_out(calls, brief(), workspace, cut=False)] == [
        "wrote x.py (1 lines)",
        "new",
    ]


def test_a_flood_of_calls_is_bounded(brief, workspace):
    """Every call has its answer all the same."""
    results = carry_out([_call()] * (MOST + 2), brief(), workspace, cut=False)
    assert [bool(result.bad) for result in results] == [False] * MOST + [True] * 2
    assert results[-1].bad.startswith("more than 32 calls in one reply")


def test_calls_that_mean_the_same_are_the_same(one):
    """Order and spaces of the JSON do not count."""
    first = one("read_it", '{"path":"x.py","first_line":1}')
    assert first.same == one("read_it", ' {"first_line": 1, "path": "x.py"} ').same
    assert first.same != one("list_it", '{"path":"x.py","first_line":1}').same


@given(st.lists(st.sampled_from(["", "0", "call_1_0", "call_2_1"]), max_size=6))
def test_every_call_has_an_id_of_its_own(ids):
    """One that came and was the first stays."""
    named = with_ids([_call(call_id=given) for given in ids])
    assert len({call.id for call in named}) == len(ids)
    assert all(call.id for call in named)
    if ids and ids[0]:
        assert named[0].id == ids[0]
