import re
from pathlib import Path

import orjson
import pytest

from codestone.speed_record import SpeedRecord
from codestone.stats import summary
from codestone.stats.summary import Summary
from codestone.store.migrations import upgraded
from codestone.store.regrades import Regrade
from codestone.task import Data
from codestone.trial import Attempt, Ending, TrialRecord

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def fields(kind):
    """Return the names of all fields of a model, and of the models in it."""
    schema = kind.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return {name for part in parts for name in part.get("properties", {})}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("record", TrialRecord),
        ("attempt", Attempt),
        ("regrade", Regrade),
        ("speed", SpeedRecord),
        ("report", Summary),
    ],
)
def test_the_example_files_are_what_is_written_and_read(name, kind):
    """An example is read by the type that it shows, and written again with the same fields and values."""
    value = orjson.loads((REFERENCE / "examples" / f"{name}.json").read_bytes())
    value.pop("blocks", None)  # the JSON report's own, made of the summary beside them
    read = kind.model_validate(upgraded(value) if kind in {TrialRecord, Attempt} else value)
    assert read.model_dump(mode="json") == value


def test_every_field_and_every_ending_is_described():
    """The page cannot fall behind the types."""
    described = set(re.findall(r"`([a-z0-9_-]+)`", (REFERENCE / "records.md").read_text("utf-8")))
    told = (
        fields(TrialRecord)
        | fields(Attempt)
        | fields(Regrade)
        | fields(SpeedRecord)
        | fields(Summary)
        | set(Ending)
    )
    assert told <= described


def test_every_model_of_a_summary_can_be_reached_from_it():
    """No model is left behind that no report can show."""
    models = {
        name for name, kind in vars(summary).items() if isinstance(kind, type) and issubclass(kind, Data)
    }
    assert models - {"Data", "Summary"} <= set(Summary.model_json_schema()["$defs"])
