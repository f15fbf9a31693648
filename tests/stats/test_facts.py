from codestone.stats.facts import fact_rows
from codestone.stats.summarise import summarise
from codestone.testing.records import make_contestant, make_record

M1, M2 = ("m1", "single"), ("m2", "single")


def records(fact, values, *, who="m1", **changes):
    return [
        make_record(contestant=who, epoch=n, facts={fact: value}, **changes)
        for n, value in enumerate(values, start=1)
    ]


def test_words_are_counted_the_most_frequent_first():
    """What was not told is no value; it is the difference between n and told."""
    values = ["window", "bucket", None, "window"]
    (row,) = fact_rows("t", {M1: records("approach", values), M2: []}, titles={"approach": "how it limits"})
    assert (row.task, row.id, row.title) == ("t", "approach", "how it limits")
    first, second = row.cells
    assert (first.seen.n, first.seen.told, first.seen.median) == (4, 3, None)
    assert [(each.value, each.n) for each in first.seen.values] == [("window", 2), ("bucket", 1)]
    assert (second.seen.n, second.seen.told, second.seen.values) == (0, 0, ())


def test_numbers_have_a_median_and_truth_values_are_none():
    """Twelve different lengths are no table; true and false are counted."""
    (row,) = fact_rows("t", {M1: records("code-lines", [10, 30, None, 20.5])}, titles={})
    seen = row.cells[0].seen
    assert (row.title, seen.median.median, seen.median.n, seen.values) == ("code lines", 20.5, 3, ())
    (row,) = fact_rows("t", {M1: records("vet-clean", [True, False, True])}, titles={})
    assert [(each.value, each.n) for each in row.cells[0].seen.values] == [(True, 2), (False, 1)]


def test_numbers_beside_words_are_words():
    """One median of half of the answers would mislead, for one contestant as for all."""
    (row,) = fact_rows("t", {M1: records("n", [1, 2]), M2: records("n", ["many"], who="m2")}, titles={})
    assert [(each.value, each.n) for each in row.cells[0].seen.values] == [(1, 1), (2, 1)]
    assert row.cells[0].seen.median is row.seen.median is None


def test_over_all_only_models_count():
    """What a script writes is no approach of a model."""
    script = make_contestant("m2", scripted=True)
    found = {M1: records("a", ["x"]), M2: records("a", ["y"], who=script)}
    (row,) = fact_rows("t", found, titles={})
    assert [(each.value, each.n) for each in row.seen.values] == [("x", 1)]


def test_a_fact_that_nobody_was_told_has_no_row(plan):
    """Nor has a task without facts; those with a title come first."""
    facts = {"z": 1, "approach": "x", "gone": None}
    frame = plan(tasks="ab")
    titled = frame.tasks[0].model_copy(update={"facts": {"approach": "A", "gone": "G"}})
    frame = frame.model_copy(update={"tasks": (titled, frame.tasks[1])})
    summary = summarise([make_record(task="a", facts=facts), make_record(task="b")], [], planned=frame)
    assert [(row.task, row.id) for row in summary.facts] == [("examples/a", "approach"), ("examples/a", "z")]
