import re
import textwrap
from pathlib import Path

import pytest

from codestone.contestants.spec import read_contestants

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
FILES = re.findall(r"^    cat > mine.toml <<'END'\n(.*?)^    END$", README, re.MULTILINE | re.DOTALL)


def test_the_readme_opens_with_three_doors():
    """Before the report: whoever comes sees their own case first."""
    doors = (
        "**A server is running**",
        "**I only have GGUF files**",
        "**Nothing is here**",
        "<!-- report -->",
    )
    places = [README.index(door) for door in doors]
    assert places == sorted(places)


@pytest.mark.parametrize("number", range(2))
def test_a_file_of_the_readme_is_sound(number, tmp_path):
    """It may be pasted as it stands, with one's own path in it."""
    file = tmp_path / "mine.toml"
    file.write_text(textwrap.dedent(FILES[number]), "utf-8")
    (spec,) = read_contestants(file).contestant
    assert spec.launch is not None
