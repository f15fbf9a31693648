import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.grading.values import MalformedValue, Recipe, Undefined, decode, encode, same

PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary(max_size=20)
    | st.just(Undefined())
)
KEYS = st.none() | st.booleans() | st.integers() | st.text() | st.binary(max_size=5)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.sets(KEYS, max_size=4)
        | st.frozensets(KEYS, max_size=4)
    ),
    max_leaves=12,
)


def ours(value):
    return None


def nobody(*args):
    raise AssertionError("no handle was sent")


@given(VALUES)
def test_what_is_encoded_decodes_to_the_same_value_and_types(value):
    """NaN, -0.0, huge integers and any nesting included."""
    assert same(decode(encode(value, ours), nobody, nobody), value)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (True, 1),
        (1, 1.0),
        (0.0, -0.0),
        ([1], (1,)),
        ({1: "a"}, {1.0: "a"}),
        ({1: "a"}, {True: "a"}),
        ({1, 2}, {1, True + 1.0}),
        ({1}, frozenset({1})),
        (b"a", "a"),
        (None, Undefined()),
        ([1, [True]], [1, [1]]),
    ],
)
def test_values_of_different_types_are_not_the_same(left, right):
    """Where == says yes, ``same`` says no."""
    assert not same(left, right)


def test_nan_is_the_same_as_nan():
    """A question about NaN can be asked."""
    assert same([math.nan], [math.nan])


@pytest.mark.parametrize(
    "wire",
    [
        {"int": "12x"},
        {"int": "0x" + "f" * 3600},
        {"set": [{"int": hex(n * (2**61 - 1))} for n in range(2000)]},
        {"dict": [[{"int": hex(n * (2**61 - 1))}, 1] for n in range(2000)]},
        {"float": "one"},
        {"bytes": "%%%"},
        {"set": [[]]},
        {"dict": [[1]]},
        {"dict": [[[1], 2]]},
        {"handle": 1},
        {"ours": "1"},
        {"verdict": True},
        {"a": 1, "b": 2},
        {},
        1.5,
        {"tuple": {"float": "1"}},
    ],
)
def test_whatever_is_not_of_the_schema_is_malformed(wire):
    """A forged frame is a failure of the one who sent it, never a crash of ours."""
    with pytest.raises(MalformedValue):
        decode(wire, lambda *_: None, lambda *_: None)


def test_a_value_deeper_than_the_bound_is_malformed():
    """Recursion is bounded."""
    wire = []
    for _ in range(200):
        wire = [wire]
    with pytest.raises(MalformedValue, match="deeper"):
        decode(wire, nobody, nobody)


def test_a_recipe_is_made_alike_from_one_seed_and_differently_from_another():
    """The numbers are within their bounds."""
    made = Recipe("integers", (7, 1000, -5, 5)).made()
    assert made == Recipe("integers", (7, 1000, -5, 5)).made()
    assert made != Recipe("integers", (8, 1000, -5, 5)).made()
    assert set(made) == set(range(-5, 6))
