import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from codestone.cli.main import cli
from codestone.reports.json import read
from codestone.suites.load import load
from codestone.testing import ScriptedEndpoint
from codestone.testing.profiles import PROFILES, plays

CORRECT = {"oracle", "slow", "unfenced"}
HANDING_BACK = {"wrong", "tampering"}


@pytest.fixture
def totals_hold(tmp_path: Path) -> Callable[..., None]:
    """Return what runs a suite on every scripted profile and asserts the points of each level, and the band.

    A correct answer has every point, the workspace its own (``untouched``, by level), others none.
    """

    def hold(name: str, levels: dict[str, float], untouched: dict[str, float]) -> None:
        scores, bands = _measured(name, tmp_path / "run", levels)
        nothing = dict.fromkeys(levels, 0)
        back = nothing | untouched
        assert scores == {
            profile: levels if profile in CORRECT else back if profile in HANDING_BACK else nothing
            for profile in PROFILES
        }
        first, *_, last = (band.name for band in load(name).spec.band)
        assert bands == {profile: last if profile in CORRECT else first for profile in PROFILES}

    return hold


def _measured(
    name: str, run: Path, levels: dict[str, float]
) -> tuple[dict[str, dict[str, float]], dict[str, str | None]]:
    """Return the points of each profile by level, and its band; a level's denominator is its own."""
    with ScriptedEndpoint(plays(load(name).tasks)) as server:
        told = ["--endpoint", server.base_url, "--out", str(run), "--no-check", "--quiet"]
        models = [word for profile in PROFILES for word in ("--model", profile)]
        ran = CliRunner().invoke(cli, ["run", name, *told, *models])
    assert not ran.exception, ran.output
    scores: dict[str, dict[str, float]] = {}
    for line in (run / "records.jsonl").read_text().splitlines():
        record = json.loads(line)
        if "score" in record:
            model, task = record["contestant"]["model"], record["key"]["task"]
            scores.setdefault(model, {})[task] = record["score"]["earned"]
            assert record["score"]["possible"] == levels[task]
    summary = read((run / "report.json").read_text())
    return scores, {row.contestant.rpartition("-")[0]: row.band for row in summary.standings}
