"""Golden files are written as those of ``test_golden.py`` are: CODESTONE_GOLDEN=write."""

import os
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from codestone.reports import _compared as reports
from codestone.stats.compared import Compared, ComparedPair, ComparedSide, Difference
from codestone.stats.intervals import CONFIDENCE, RESAMPLES, SEED
from codestone.stats.paired import Contender, compare, trials_of
from codestone.stats.summary import Method
from codestone.stats.task_pairs import pace_ratios, record_couples, task_pairs
from codestone.testing.records import make_record

GOLDEN = Path(__file__).parent / "golden"
REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
HOSTILE = "\x1b[2J\u202e| x | <script>alert(1)</script> ``` [a](http://b) \x9b31m\nnext *line*"
DRAWN = {"txt": reports.terminal, "md": reports.markdown, "json": reports.json}
TASKS = {f"task-{n}": 10 * n for n in range(1, 9)}


def side(name, **changes):
    fields = {
        "run": "runs/20260101T000000Z-quick",
        "label": name,
        "contestant": name,
        "driver": "single",
        "scripted": False,
        "boxed": True,
    }
    return ComparedSide(**{**fields, **changes})


def records(name, earned, tasks=TASKS, wobble=0):
    """Return two epochs of each task; with ``wobble`` no two tasks lie equally far from another's."""
    return [
        make_record(
            contestant=name,
            task=task,
            epoch=epoch,
            earned=max(0, min(100, earned + less * epoch / 2 - less * wobble % 17)),
            reply_digest=f"{name} {task} {epoch}",
            generation_ns=int(1e9 * (4 + less / 50 + less * wobble % 17 / 4)),
        )
        for task, less in tasks.items()
        for epoch in (1, 2)
    ]


def compared(*sides, **changes):
    """Return a comparison of the first with each of the others; a side is name, points and what changes."""
    rows = [records(*each) for each in sides]
    contenders = [
        Contender(label=name, trials=trials_of(row)) for (name, *_), row in zip(sides, rows, strict=True)
    ]
    comparisons = compare([(contenders[0], each) for each in contenders[1:]])
    found = Difference(name="KV type", one="f16", other="q8_0")
    pairs = []
    for place, comparison in enumerate(comparisons, start=1):
        couples = record_couples(rows[0], rows[place])
        fields = {
            "one": side(sides[0][0]),
            "other": side(sides[place][0]),
            "differs": (found,),
            "differs_words": "differs only in: KV type (f16, q8_0)",
            "comparison": comparison,
            "tasks": task_pairs(couples),
            "paces": pace_ratios(couples),
            "left_out": ("examples/task-9: measured only in A",),
        }
        pairs.append(ComparedPair(**{**fields, **changes}))
    method = Method(confidence=CONFIDENCE, resamples=RESAMPLES, seed=SEED)
    return Compared(method=method, pairs=tuple(pairs))


def hostile():
    odd = side(HOSTILE, run=HOSTILE, scripted=True, boxed=False)
    changes = {"one": odd, "other": odd, "differs_words": HOSTILE, "left_out": (HOSTILE,)}
    return compared(("one", 20), ("other", 10), **changes)


CASES = {
    "compare": lambda: compared(("alpha-8b-f16", 20), ("alpha-8b-q8", 0, TASKS, 9)),
    "compare-several": lambda: compared(("alpha-8b", 20), ("beta-8b", 20), ("gamma-8b", 25, TASKS, 7)),
    "compare-few": lambda: compared(("alpha-8b", 60, {"fix": 1}), ("beta-8b", 10, {"fix": 1})),
    "compare-nothing": lambda: compared(("alpha-8b", 60, {"fix": 1}), ("beta-8b", 10, {"write": 1})),
    "compare-hostile": hostile,
}


@pytest.fixture(params=CASES)
def case(request):
    return request.param, CASES[request.param]()


@pytest.mark.parametrize("suffix", DRAWN)
def test_a_comparison_is_drawn_as_it_was(suffix, case):
    """To the byte."""
    name, found = case
    text = DRAWN[suffix](found)
    path = GOLDEN / f"{name}.{suffix}"
    if os.environ.get("CODESTONE_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8", newline="")
    assert text == path.read_bytes().decode()


@pytest.mark.parametrize("suffix", DRAWN)
def test_nothing_from_outside_reaches_the_reader_raw(suffix, case):
    """No terminal escape, no C1 control, no text that runs backwards."""
    assert re.findall(r"[^\n\x20-\x7e\xa0-\u200a\u2010-\u2027\u2030-\uffff]", DRAWN[suffix](case[1])) == []


def test_it_fits_80_columns(case):
    """Names apart, which nobody can shorten."""
    name, found = case
    lines = reports.terminal(found).splitlines()
    assert name == "compare-hostile" or max(map(len, lines)) <= 80


def test_markdown_has_no_html_link_or_path_of_the_machine(case):
    """What is pasted in a forum is text and a table."""
    text = reports.markdown(case[1])
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    kinds = {child.type for token in tokens for child in [token, *(token.children or [])]}
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "fence", "code_block"}
    assert "runs/2026" not in text


def test_json_is_the_comparison_itself(case):
    """Nothing is added, nothing is lost, and it is ASCII."""
    text = reports.json(case[1])
    assert text.isascii()
    assert Compared.model_validate_json(text) == case[1]


def test_a_script_and_a_missing_box_are_named():
    """Nobody can take either for less than it is."""
    for draw in (reports.terminal, reports.markdown):
        text = draw(hostile())
        assert "SCRIPTED" in text
        assert "--unsafe-no-sandbox" in " ".join(text.split())


def test_verdicts_are_sentences():
    """About both, with the figure."""
    found = compared(("alpha-8b", 20), ("beta-8b", 20), ("gamma-8b", 15))
    tied, better = (reports.comparison_words(pair.comparison, one="A", other="B") for pair in found.pairs)
    assert tied.startswith("A and B are tied: the same points in each of 16 trials: 0 of 100 (-")
    assert better.startswith("A is better, beside B: +")


def test_the_example_of_the_reference_is_what_is_written():
    """Copy golden/compare.json there when this fails."""
    assert (REFERENCE / "examples" / "compare.json").read_bytes() == (GOLDEN / "compare.json").read_bytes()


def test_every_field_is_described():
    """The page cannot fall behind the types."""
    schema = Compared.model_json_schema()
    parts = [schema, *schema["$defs"].values()]
    told = {name for part in parts for name in part["properties"]}
    assert told <= set(re.findall(r"`([a-z0-9_-]+)`", (REFERENCE / "records.md").read_text("utf-8")))
