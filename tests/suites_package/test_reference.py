import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("task-toml.md", "task.schema.json", "suite.schema.json")


def generate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script of a checkout."""
    script = str(root / "scripts" / "generate_docs.py")
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)


def test_the_committed_pages_are_what_the_code_says() -> None:
    """Run scripts/generate_docs.py when this fails."""
    done = generate(ROOT, "--check", *OURS)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_page_that_was_edited_is_found_and_written_anew(tmp_path: Path) -> None:
    """--check names it and writes nothing; without it the page comes back."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "generate_docs.py").write_bytes(
        (ROOT / "scripts" / "generate_docs.py").read_bytes()
    )
    page = tmp_path / "docs" / "reference" / "task-toml.md"
    assert generate(tmp_path, *OURS).returncode == 0
    good = page.read_text()
    page.write_text(good + "more")
    done = generate(tmp_path, "--check", *OURS)
    assert (done.returncode, done.stdout) == (1, "out of date: task-toml.md\n")
    assert page.read_text() == good + "more"
    assert generate(tmp_path, "task-toml.md").stdout == "wrote: task-toml.md\n"
    assert page.read_text() == good


@pytest.mark.parametrize("name", ["task.schema.json", "suite.schema.json"])
def test_a_schema_refuses_unknown_keys_and_explains_every_key(name: str) -> None:
    """An editor can say what a key is for, and that there is no such key."""
    schema = json.loads((ROOT / "docs" / "reference" / name).read_text())
    tables = [schema, *(table for table in schema.get("$defs", {}).values() if table["type"] == "object")]
    for table in tables:
        assert table["additionalProperties"] is False
        assert all("description" in part or "$ref" in part for part in table["properties"].values())
