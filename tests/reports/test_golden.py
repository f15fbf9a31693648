"""Reports are compared with files.

After a wanted change: CODESTONE_GOLDEN=write pytest tests/reports/test_golden.py, then read the diff.
"""

import os
from pathlib import Path

import pytest

from codestone import plugins

GOLDEN = Path(__file__).parent / "golden"
SUFFIX = {"terminal": "txt", "markdown": "md", "json": "json", "csv": "csv", "block": "block.md"}


@pytest.mark.parametrize("report", SUFFIX)
def test_a_report_is_what_it_was(report, case):
    """To the byte: a change of a report is seen by whoever reviews it."""
    name, summary = case
    text = plugins.find("reports", report).render(summary)
    path = GOLDEN / f"{name}.{SUFFIX[report]}"
    if os.environ.get("CODESTONE_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8", newline="")
    assert text == path.read_bytes().decode()
