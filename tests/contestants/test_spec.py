from pathlib import Path

import pytest

from codestone.contestants.spec import read_contestants
from codestone.errors import TaskError

SERVED = '[[contestant]]\nmodel = "q"\nendpoint = "http://localhost:8080"\n'
LAUNCHED = '[[contestant]]\nmodel = "q"\n[contestant.launch]\nargv = ["llama-server", "--port", "{port}"]\n'


def faults(folder: Path, text: str) -> list[tuple[int, str]]:
    """Read a file of that text."""
    file = folder / "contestants.toml"
    file.write_text(text)
    with pytest.raises(TaskError) as caught:
        read_contestants(file)
    assert "in the contestants:" in caught.value.message
    return [(fault.line, fault.message) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 0, "'contestant' is missing"),
        ("contestant = []\n", 1, "'contestant' must not be empty"),
        (SERVED + 'modle = "q"\n', 4, "'modle' in [[contestant]] is no known key: did you mean 'model'?"),
        (SERVED + 'thinking = "of"\n', 4, "'thinking' in [[contestant]] must be 'default', 'on' or 'off'"),
        (SERVED + "[contestant.facts]\nqant = 4\n", 5, "'qant' in [contestant.facts] is no known key: did"),
        (
            SERVED + 'thinking = "off"\n[contestant.thinking_by]\nthink = 3\n',
            6,
            "'think' in [contestant.thinking_by]: must be true, false or a level in quotes, not 3",
        ),
        (
            SERVED + 'thinking = "off"\n[contestant.thinking_by]\nchat_template_kwargs = 3\n',
            6,
            "'chat_template_kwargs' in [contestant.thinking_by] must be a table, not 3",
        ),
        (SERVED + "[contestant.thinking_by]\nthink = false\n", 4, "'thinking_by' needs `thinking`"),
        (SERVED + 'sampling = "greedy"\n', 4, "'sampling' must be server, fixed or preset:NAME, not"),
        (SERVED + 'sampling = "preset:greedi"\n', 4, "no preset is called 'greedi'. Did you mean greedy?"),
        (SERVED + 'sampling = "fixed"\n', 4, "`fixed` needs [contestant.sampling_by]"),
        (SERVED + "[contestant.sampling_by]\ntemperature = 0.1\n", 4, "'sampling_by' needs `sampling ="),
        (SERVED.replace("http:", "ftp:"), 3, "'ftp://localhost:8080' is no base URL"),
        (SERVED.replace('model = "q"\n', ""), 1, "'model' is missing (the id that requests carry)"),
        (SERVED + "sha256 = true\n", 4, "'sha256' needs `file`"),
        (SERVED + "launch = { embedded = {} }\n", 1, "a contestant needs `endpoint` or [contestant.launch]"),
        ('[[contestant]]\nmodel = "q"\n', 1, "a contestant needs `endpoint` or [contestant.launch]"),
        (LAUNCHED.replace("{port}", "8080"), 4, "'argv' must have {port} where the server is told its port"),
        (LAUNCHED.replace('"q"', '"q*"'), 2, "'model' of a launched server must be one id, not a pattern"),
        (LAUNCHED + "embedded = {}\n", 3, "a launch needs `argv` or `embedded`, one of them"),
        (LAUNCHED + 'server = "lama-server"\n', 5, "no kind of server is called 'lama-server'. Did you mean"),
        (LAUNCHED.replace("{port}", '{port}", "--api-key", "s3cret'), 4, "a key would be written into"),
        (SERVED + 'key_env = "A"\n' + SERVED + 'key_env = "B"\n', 8, "http://localhost:8080 is given"),
    ],
)
def test_each_kind_of_mistake_is_said_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    """One mistake, one fault, where it stands."""
    found = faults(tmp_path, text)
    assert [place for place, _ in found] == [line]
    assert found[0][1].startswith(words)


def test_every_mistake_of_a_file_is_said_at_once(tmp_path: Path) -> None:
    """Two contestants, each wrong in its own way."""
    text = SERVED + 'sampling = "x"\n' + LAUNCHED.replace("{port}", "80")
    assert [line for line, _ in faults(tmp_path, text)] == [4, 8]


def test_a_preset_of_the_file_may_be_referred_to(tmp_path: Path) -> None:
    """It stands in the same file; one of a shipped name takes its place."""
    file = tmp_path / "contestants.toml"
    file.write_text(SERVED + 'sampling = "preset:mine"\n[[preset]]\nname = "mine"\ntemperature = 0.3\n')
    spec = read_contestants(file)
    assert spec.preset[0].sampling("preset:mine").request == {"temperature": 0.3}


def test_a_file_that_is_missing_is_said_to_be(tmp_path: Path) -> None:
    """Not a trace, and not an empty list of contestants."""
    with pytest.raises(TaskError, match="the file is missing"):
        read_contestants(tmp_path / "none.toml")
