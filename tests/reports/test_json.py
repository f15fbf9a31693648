import json as plain

import pytest

from codestone.reports import json


def test_it_is_the_summary(case):
    """Nothing is lost, and the blocks beside it are no part of it."""
    assert json.read(json.render(case[1])) == case[1]


def test_it_is_ascii(case):
    """It can be printed to any terminal."""
    assert json.render(case[1]).isascii()


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_scores_stand_in_the_blocks_of_benchmarks_in_levels(summary):
    """Best, mean, least and all scores; those of the best pass by task, with their sum."""
    blocks = {block["contestant"]: block for block in plain.loads(json.render(summary))["blocks"]}
    assert "gamma-7b" not in blocks
    assert blocks["alpha-1b"] == {
        "contestant": "alpha-1b",
        "driver": "single",
        "scripted": False,
        "iterations": 2,
        "statistics": {
            "best_score": 165.0,
            "avg_score": 105.0,
            "min_score": 45.0,
            "max_score": 165.0,
            "all_scores": [45.0, 165.0],
            "best_iteration": 2,
        },
        "scores": {"examples/fix": 65.0, "examples/write": 100.0, "total": 165.0, "percentage": 82.5},
        "levels": [
            {"task": "examples/fix", "points": 65.0, "possible": 100.0},
            {"task": "examples/write", "points": 100.0, "possible": 100.0},
        ],
    }


@pytest.mark.parametrize("summary", ["empty"], indirect=True)
def test_a_run_without_a_whole_pass_has_no_block(summary):
    """A sum over fewer tasks is no score."""
    assert plain.loads(json.render(summary))["blocks"] == []
