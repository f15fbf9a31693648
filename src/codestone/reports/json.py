"""The summary itself, as JSON: for scripts. Its fields are described in ``docs/reference/records.md``.

Beside the summary stands ``blocks``: for each row of the ranking that has a whole pass, the same scores in
the three blocks ``statistics``, ``scores`` and ``levels`` in which benchmarks in levels publish them.
"""

import json
from typing import Any

from codestone.stats.summary import PassScores, Standing, Summary


def render(summary: Summary) -> str:
    """Return the summary with its blocks as indented ASCII JSON."""
    blocks = json.dumps([_block(row, row.passes) for row in summary.standings if row.passes], indent=2)
    whole = summary.model_dump_json(indent=2, ensure_ascii=True).removesuffix("\n}")
    return f'{whole},\n  "blocks": {blocks.replace(chr(10), chr(10) + "  ")}\n}}\n'


def read(text: str) -> Summary:
    """Return the summary that was rendered."""
    found = json.loads(text)
    del found["blocks"]
    return Summary.model_validate_json(json.dumps(found))


def _block(row: Standing, passes: PassScores) -> dict[str, Any]:
    return {
        "contestant": row.contestant,
        "driver": row.driver,
        "scripted": row.scripted,
        "iterations": passes.n,
        "statistics": {
            "best_score": passes.best,
            "avg_score": passes.mean,
            "min_score": passes.worst,
            "max_score": passes.best,
            "all_scores": passes.scores,
            "best_iteration": passes.best_epoch,
        },
        "scores": {
            **{level.task: level.points for level in passes.levels},
            "total": passes.best,
            "percentage": 100 * passes.best / row.possible,
        },
        "levels": [level.model_dump() for level in passes.levels],
    }
