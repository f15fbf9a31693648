import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.contestants.facts import alike, differences, file_told, merged, told
from codestone.trial import Fact


def test_what_servers_call_by_many_names_has_one():
    """Nested values and empty texts are no facts; a path is reduced to the file's name."""
    meta = {
        "n_params": 7,
        "ftype": "Q4_K - Medium",
        "n_ctx": 4096,
        "model_path": "/home/me/q.gguf",
        "x": {},
        "y": "",
    }
    assert told(meta) == {"parameters": 7, "quant": "Q4_K - Medium", "context_served": 4096, "file": "q.gguf"}


def test_told_wins_and_the_contradicted_declaration_is_kept():
    """Both stand in the facts, and a sentence says so."""
    facts, contradictions = merged(
        server={"context_served": 2048},
        file={"quant": "Q8_0"},
        declared={"quant": "Q4_K_M", "context_served": 2048},
    )
    assert facts == {
        "context_served": Fact(value=2048, source="server"),
        "declared_quant": Fact(value="Q4_K_M", source="declared"),
        "quant": Fact(value="Q8_0", source="file"),
    }
    assert contradictions == ("quant: it is declared as Q4_K_M, the file says Q8_0",)


def test_a_server_and_a_file_may_contradict_each_other_too():
    """The file named is then hardly the file served."""
    facts, contradictions = merged(server={"parameters": 8e9}, file={"parameters": 30e9}, declared={})
    assert (facts["parameters"].value, facts["file_parameters"].value) == (8e9, 30e9)
    assert len(contradictions) == 1


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("quant", "UD-Q4_K_XL", "Q4_K - Medium", True),
        ("quant", "q8_0", "Q8_0", True),
        ("quant", "Q4_K_M", "Q5_K_M", False),
        ("quant", "IQ4_XS", "Q4_K_M", False),
        ("quant", "4bit", "Q4_K_M", True),
        ("parameters", 30.5e9, 30532122624, True),
        ("parameters", 8e9, 30532122624, False),
        ("context_served", 4096, 8192, False),
        ("base_model", "Qwen3 8B", "qwen3-8b-base", True),
        ("base_model", "Qwen3 8B", "Gemma", False),
    ],
)
def test_two_spellings_of_one_fact_are_alike(name, one, other, same):
    """As people and servers write them; what cannot be compared is no contradiction."""
    assert alike(name, one, other) is same
    assert alike(name, other, one) is same


@given(st.dictionaries(st.text(min_size=1), st.integers() | st.text(min_size=1) | st.booleans()))
def test_what_is_told_once_more_is_no_difference(meta):
    """A plan's facts against the same server."""
    facts, contradictions = merged(server=told(meta), file={}, declared={})
    assert contradictions == ()
    assert list(differences(facts, told(meta))) == []


def test_what_the_server_tells_otherwise_is_said():
    """Changed, gone and new; declared facts are not the server's to change."""
    was = {
        "build": Fact(value="b1", source="server"),
        "slots": Fact(value=1, source="server"),
        "note": Fact(value="x", source="declared"),
    }
    assert list(differences(was, {"build": "b2", "quant": "Q8_0"})) == [
        "build was b1, is b2",
        "quant was not told, is Q8_0",
        "slots was 1, is not told",
    ]


def test_a_file_that_a_server_names_is_read_only_where_it_is_here(tmp_path):
    """A path of another machine means nothing on this one."""
    file = tmp_path / "q.gguf"
    file.touch()
    meta = {"model_path": str(file)}
    assert file_told("http://127.0.0.1:1/v1", meta) == file
    assert file_told("http://10.0.0.2:1/v1", meta) is None
    assert file_told("http://localhost:1/v1", {"model_path": str(tmp_path / "none.gguf")}) is None
