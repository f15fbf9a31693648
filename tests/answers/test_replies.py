import tomllib
from pathlib import Path

import pytest

from codestone.answers.read import read

REPLIES = Path(__file__).parent / "replies"
EXPECTED = tomllib.loads((REPLIES / "expected.toml").read_text())


def _text(name: str) -> str:
    return (REPLIES / "files" / f"{name}.txt").read_text()


def test_every_reply_has_an_expected_outcome():
    """No reply of the corpus is left unread, and none is missing."""
    assert {path.stem for path in REPLIES.glob("*.txt")} == set(EXPECTED["reply"])


@pytest.mark.parametrize("name", sorted(EXPECTED["reply"]))
def test_reply_gives_what_a_reader_would_take(name):
    """Each realistic reply yields exactly the files, by the way and with the refusals written down."""
    expected = EXPECTED["reply"][name]
    task = EXPECTED["task"][expected["task"]]
    answer = read(
        (REPLIES / f"{name}.txt").read_bytes().decode(),
        files=task["files"],
        language=task["language"],
        workspace={path: _text(text) for path, text in task["workspace"].items()},
    )
    assert dict(answer.files) == {path: _text(text) for path, text in expected["gives"].items()}
    assert len(answer.how) == len(answer.files)
    assert all(expected.get("how", "") in how for how in answer.how)
    for reason in expected.get("rejects", []):
        assert any(reason in rejected for rejected in answer.rejected), answer.rejected
