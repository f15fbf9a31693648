import pytest

from codestone.stats.power import Spread, passes_to_show, tasks_to_show
from codestone.stats.verdicts import Needs, least_units, needs_of, verdict_words


def test_from_six_tasks_up_it_is_what_the_plan_says():
    """The same functions that speak before the night, less what is there."""
    spread = Spread(between=0.05, within=0.3)
    needs = needs_of(-0.15, tasks=20, epochs=2, spread=spread)
    assert needs.passes == passes_to_show(0.15, tasks=20, spread=spread) - 2
    assert needs.tasks == tasks_to_show(0.15, epochs=2, spread=spread) - 20


def test_where_passes_do_not_help_only_tasks_are_named():
    """The contestants differ from task to task, whatever the passes."""
    needs = needs_of(0.02, tasks=8, epochs=3, spread=Spread(between=0.3, within=0.1))
    assert needs.passes is None
    assert needs.tasks > 100
    words = verdict_words("no detectable difference", tasks=8, matched="", needs=needs)
    assert words.endswith("would show one of this size, more passes alone would not")


def test_a_difference_of_nothing_has_no_number():
    """No night is long enough."""
    needs = needs_of(0.004, tasks=8, epochs=3, spread=Spread())
    assert needs == Needs(None, None)
    assert verdict_words("no detectable difference", tasks=8, matched="", needs=needs) == (
        "no detectable difference"
    )


def test_many_comparisons_need_more():
    """Sign flips of six tasks cannot reach a level of 0.05 / 45, those of eleven can."""
    needs = needs_of(
        1.0, tasks=6, epochs=3, spread=Spread(between=0.0, within=0.01), confidence=1 - 0.05 / 45
    )
    assert needs == Needs(None, 5)


@pytest.mark.parametrize(
    ("tasks", "needs", "words"),
    [
        (8, Needs(1, 2), "; about 1 more pass, or 2 more tasks, would show one of this size"),
        (8, Needs(3, None), "; about 3 more passes would show one of this size"),
        (1, Needs(3, 1), "; about 3 more passes of this task, or 1 more task, would show one of this size"),
    ],
)
def test_what_would_show_it_is_said_in_words(tasks, needs, words):
    """With the singular where it is one."""
    said = verdict_words("no detectable difference", tasks=tasks, matched="", needs=needs)
    assert said == f"no detectable difference{words}"


@pytest.mark.parametrize(
    ("tasks", "needs", "words"),
    [
        (
            4,
            Needs(1, 2),
            (
                "; about 2 more tasks, or 1 more pass of these 4 tasks, for them alone, "
                "would settle one of this size"
            ),
        ),
        (
            1,
            Needs(5, None),
            "; about 5 more passes of this task, for it alone, would settle one of this size",
        ),
        (6, Needs(None, 4), "; about 4 more tasks would settle one of this size"),
        (4, Needs(None, None), ""),
    ],
)
def test_what_would_settle_it_is_said_where_there_are_too_few(tasks, needs, words):
    """More tasks first: they speak for others too."""
    said = verdict_words("too few to tell", tasks=tasks, matched="", needs=needs, units="so many")
    assert said == f"too few to tell: with so many this test can show no difference{words}"


def test_six_units_are_the_least_and_more_with_several_comparisons():
    """2 / 2^6 is the first below 0.05; a fifteenth of it takes ten."""
    assert [least_units(), least_units(0.05 / 15)] == [6, 10]
