import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-task.md"
LIMIT_S = 300

STEP = re.compile(
    r"^\*\*`(?P<file>[^`]+)`\*\*(?P<appended> \(appended\))?\n\n```\w+\n(?P<text>.*?)^```$"
    r"|^```console\n(?P<console>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def steps() -> list[re.Match[str]]:
    """Return the page's files and commands, in their order."""
    return list(STEP.finditer(PAGE.read_text("utf-8")))


def normal(text: str) -> str:
    """Return output without what differs each time: seconds and a remark on them, number of cores, nonces."""
    text = re.sub(r"^! [^\n]* makes every trial wait\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"'[0-9a-f]{16}'", "'NONCE'", text)
    text = re.sub(r"\d+\.\d s\b", "N s", text)
    return re.sub(r"each of \d+ cores", "each of N cores", text).rstrip()


def said(line: str, folder: Path) -> str:
    """Run one command of the page as a reader would, and return what the terminal shows."""
    assert line.startswith("codestone ")
    ended = subprocess.run(
        ["/bin/sh", "-c", f'"{sys.executable}" -m {line}'],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    return ended.stdout


def test_the_task_of_the_page_is_built_as_shown_and_proves_itself(tmp_path):
    """Files are written and commands run in the order of the page; what is shown is what comes."""
    last = ""
    for step in steps():
        if step["console"] is None:
            path = tmp_path / step["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            before = path.read_text() if step["appended"] else ""
            path.write_text(before + step["text"])
            continue
        line, _, shown = step["console"].partition("\n")
        last = said(line.removeprefix("$ "), tmp_path)
        assert normal(last) == normal(shown), line
    assert "✓ my-suite/middle: " in last


def test_no_block_of_the_page_is_left_out():
    """Every fenced block is a file or a command, and there are many."""
    fences = re.findall(r"^```\w+$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(fences) == len(steps()) > 15
