from codestone.reports import json
from codestone.stats.summary import Summary


def test_it_is_the_summary(case):
    """Nothing is added, nothing is lost."""
    assert Summary.model_validate_json(json.render(case[1])) == case[1]


def test_it_is_ascii(case):
    """It can be printed to any terminal."""
    assert json.render(case[1]).isascii()
