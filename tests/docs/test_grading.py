import subprocess
import sys
from pathlib import Path

from codestone import grading

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "grading.md"


def test_the_page_is_what_the_code_says():
    """Run scripts/generate_docs.py when this fails."""
    script = str(ROOT / "scripts" / "generate_docs.py")
    ended = subprocess.run(
        [sys.executable, script, "--check", "grading.md"], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_every_public_name_has_a_section():
    """What may be imported is explained."""
    text = PAGE.read_text("utf-8")
    assert [name for name in grading.__all__ if f"\n### `{name}" not in text] == []
