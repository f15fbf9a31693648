import json

import pytest

from codestone.errors import StoreError
from codestone.serving import Finding
from codestone.store.records import Store

FINDINGS = (
    Finding(id="answers", state="ok", words="the server answers"),
    Finding(
        id="usage", state="broken", words="token counts are missing", evidence="0 of 3", remedy="another"
    ),
)


@pytest.fixture
def store(tmp_path):
    """A run that has just begun."""
    with Store.create(tmp_path / "run", {}, {}) as store:
        yield store


def test_what_was_found_comes_back(store):
    """By contestant, also to a reader beside the writer; nothing where nobody was asked."""
    assert store.serving() == {}
    path = store.write_serving("tiny-1b", FINDINGS)
    assert path == store.directory / "serving" / "tiny-1b.json"
    store.write_serving("qwen/qwen3:8b", FINDINGS[:1])
    with Store.open(store.directory, read_only=True) as beside:
        assert beside.serving() == {"tiny-1b": FINDINGS, "qwen/qwen3:8b": FINDINGS[:1]}
        with pytest.raises(StoreError, match="not open for writing"):
            beside.write_serving("tiny-1b", FINDINGS)


def test_the_last_time_counts(store):
    """A contestant that is asked again has one file."""
    store.write_serving("tiny-1b", FINDINGS)
    store.write_serving("tiny-1b", FINDINGS[:1])
    assert store.serving() == {"tiny-1b": FINDINGS[:1]}


def test_a_draft_that_a_kill_left_is_passed_over_and_removed(store):
    """Half a file is never read, and is gone once the run goes on."""
    path = store.write_serving("tiny-1b", FINDINGS)
    draft = path.with_name(".partial-abc")
    draft.write_bytes(path.read_bytes()[:40])
    assert store.serving() == {"tiny-1b": FINDINGS}
    store.close()
    with Store.open(store.directory):
        assert not draft.exists()


def test_a_damaged_file_is_named(store):
    """It says which file, and what to do."""
    path = store.write_serving("tiny-1b", FINDINGS)
    path.write_text(json.dumps({"contestant": "tiny-1b", "findings": [{"id": "x"}]}))
    with pytest.raises(StoreError, match=r"tiny-1b\.json: findings\.0\.state") as caught:
        store.serving()
    assert "Delete the file" in caught.value.hint
