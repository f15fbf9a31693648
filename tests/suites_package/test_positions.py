import json
import string
import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from codestone.suites.positions import positions

KEY = st.text(string.ascii_letters + string.digits + " .\"#='[]-é", min_size=1, max_size=6)
SCALAR = st.one_of(
    st.text(string.ascii_letters + " \"'#[]{},=\\\n", max_size=8), st.integers(-9, 9), st.booleans()
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEY, inner, max_size=3)),
    max_leaves=6,
)
DOCUMENT = st.dictionaries(
    KEY,
    st.one_of(VALUE, st.lists(st.dictionaries(KEY, VALUE, max_size=3), min_size=1, max_size=3)),
    max_size=4,
)


def inline(value: Any) -> str:
    """Write a value as TOML, lists over several lines."""
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)} = {inline(part)}" for key, part in value.items()) + "}"
        case list():
            return "[ # ] a comment\n" + "".join(f"  {inline(part)},\n" for part in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def written(document: dict[str, Any]) -> str:
    """Write a document: plain values first, then a [table] or [[array of tables]] for each that is one."""
    plain, tables = [], []
    for key, value in document.items():
        many = isinstance(value, list) and value and all(isinstance(part, dict) for part in value)
        if not many and not isinstance(value, dict):
            plain.append(f"{json.dumps(key)} = {inline(value)}\n")
            continue
        head = f"[[{json.dumps(key)}]]" if many else f"[{json.dumps(key)}]"
        for table in value if many else [value]:
            body = "".join(f"{json.dumps(name)} = {inline(part)} # x\n" for name, part in table.items())
            tables.append(f"\n{head}\n{body}")
    return "".join(plain + tables)


def places(value: Any, key: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Every key and index of a document."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {key} - {()} | {place for name, part in parts for place in places(part, (*key, name))}


@given(DOCUMENT)
def test_every_key_that_tomllib_reads_has_a_line_and_no_other_has(document: dict[str, Any]) -> None:
    """The places found are exactly those of the parsed document."""
    text = written(document)
    assert set(positions(text)) == places(tomllib.loads(text))


def test_lines_count_over_comments_and_texts_of_several_lines() -> None:
    """Each key has the line on which it is written."""
    text = (
        '# head\nfirst = 1\n\ntext = """\n[no] # table\n"""""\nraw = \'\'\'\n\'\'\'\n'
        '[[check]] # one\nid = "a"\nlist = [\n  1,\n  # two\n  2,\n]\n'
        "[check.deep]\na.b = 1979-05-27 07:32:00\r\n[[check]]\n'id' = {x = 'y'}"
    )
    tomllib.loads(text)
    assert positions(text) == {
        ("first",): 2,
        ("text",): 4,
        ("raw",): 7,
        ("check",): 9,
        ("check", 0): 9,
        ("check", 0, "id"): 10,
        ("check", 0, "list"): 11,
        ("check", 0, "list", 0): 12,
        ("check", 0, "list", 1): 14,
        ("check", 0, "deep"): 16,
        ("check", 0, "deep", "a"): 17,
        ("check", 0, "deep", "a", "b"): 17,
        ("check", 1): 18,
        ("check", 1, "id"): 19,
        ("check", 1, "id", "x"): 19,
    }
