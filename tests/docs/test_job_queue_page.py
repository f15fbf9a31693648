import re
import subprocess
import sys
from pathlib import Path

import pytest

from codestone.suites import paths
from codestone.suites.load import load_task

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "concepts" / "job-queue.md").read_text("utf-8")
GRADED = re.findall(r"^```console\n\$ codestone (grade [^\n]+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| (\d+(?:\.\d)?)", re.MULTILINE)
LEVELS = re.findall(r"^\| `(l\d-[a-z]+)` \|.*\| (\d+) \| (\d+) \|", PAGE, re.MULTILINE)
LIMIT_S = 300


def normal(text: str) -> str:
    """Return evidence without what differs each time: nonces, fractions of seconds, who lost a race."""
    text = re.sub(r"'[0-9a-f]{16}'", "'NONCE'", text)
    text = re.sub(r"\.total\('[^\n]*", ".total() TELLS", text)
    return re.sub(r"(\d+)\.\d\d s\b", r"\1 s", text)


@pytest.mark.parametrize(("command", "shown"), GRADED, ids=[command for command, _ in GRADED])
def test_the_evidence_of_each_failing_answer_is_what_the_grader_says(command, shown):
    """The command of the page is run as it stands there."""
    words = [sys.executable, "-m", "codestone", *command.split()]
    ended = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=LIMIT_S, check=True
    )
    assert normal(ended.stdout) == normal(shown)


@pytest.mark.parametrize(("level", "points", "checks"), LEVELS, ids=[level for level, *_ in LEVELS])
def test_each_level_has_the_points_and_checks_of_its_table(level, points, checks):
    """And an answer that fails."""
    task = load_task(f"job-queue/{level}", roots=paths.roots())
    assert (task.spec.points, len(task.spec.check)) == (int(points), int(checks))
    heading = re.search(rf"^## {level[:2].upper()}:.*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert heading
    assert "\n✗ " in heading[0]
    rows = [(re.findall("[a-z-]+", names), float(worth)) for names, worth in ROW.findall(heading[0])]
    told = {name: worth for names, worth in rows for name in names}
    assert told == {check.id: check.points for check in task.spec.check}


def test_the_page_shows_every_level_that_it_names():
    """An expression that finds nothing would pass anything."""
    assert len(LEVELS) == 5
    assert len(GRADED) >= 4
