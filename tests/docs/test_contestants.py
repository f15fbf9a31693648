import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from codestone.contestants.spec import read_contestants

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = FENCED.findall((ROOT / "docs" / "how-to" / "contestants.md").read_text("utf-8"))


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_of_the_page_is_a_sound_file(tmp_path, number):
    """It may be copied as it stands."""
    file = tmp_path / "contestants.toml"
    file.write_text(EXAMPLES[number], encoding="utf-8")
    assert read_contestants(file).contestant


def test_there_are_examples():
    """The test above would be silent without them."""
    assert len(EXAMPLES) >= 3


def test_the_reference_is_what_the_code_says():
    """Run scripts/generate_docs.py when this fails."""
    pages = ("contestants-toml.md", "contestants.schema.json")
    argv = [sys.executable, str(ROOT / "scripts" / "generate_docs.py"), "--check", *pages]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_schema_refuses_unknown_keys_and_explains_every_key():
    """An editor can say what a key is for, and that there is no such key."""
    schema = json.loads((ROOT / "docs" / "reference" / "contestants.schema.json").read_text("utf-8"))
    for table in (schema, *schema["$defs"].values()):
        assert table["additionalProperties"] is False
        assert all(part.get("description") for part in table["properties"].values())
