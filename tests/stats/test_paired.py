import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.stats.paired import ALL_PAIRS, Contender, Seen, compare, compare_all
from codestone.stats.summarise import summarise
from codestone.testing.records import make_contestant, make_record

NIGHTS = 300


def contender(label, shares, *, copies=False):
    """Return a contender of shares by task, epoch after epoch; replies are copies where told."""
    return Contender(
        label=label,
        trials={
            task: {
                epoch: Seen(share, f"{label} {task}" if copies else f"{label} {task} {epoch}")
                for epoch, share in enumerate(row, start=1)
            }
            for task, row in shares.items()
        },
    )


def the_one(one, other, **how):
    return compare([(contender("one", one, **how), contender("other", other, **how))])[0]


def same(share, *, tasks, epochs):
    return {f"t{n}": [share] * epochs for n in range(tasks)}


def test_what_is_better_on_every_task_is_better():
    """Eight tasks, the same way on each: p is 2 of 256, and the interval holds for tasks like these."""
    one = {f"t{n}": [0.5 + n / 20] for n in range(8)}
    found = the_one(one, same(0.2, tasks=8, epochs=1))
    assert (found.verdict, found.words, found.unit, found.n) == ("better", "better", "task", 8)
    assert found.p == found.p_corrected == 2 / 2**8
    assert found.difference == pytest.approx(0.475)
    assert 0.3 <= found.low < found.difference < found.high <= 0.65
    assert (found.more_passes, found.more_tasks) == (None, None)


def test_the_other_way_round_it_is_worse():
    """With the mirrored interval."""
    one, other = {f"t{n}": [0.5 + n / 20] for n in range(8)}, same(0.2, tasks=8, epochs=1)
    found, mirrored = the_one(one, other), the_one(other, one)
    assert mirrored.verdict == "worse"
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


def test_identical_profiles_are_tied_and_it_is_said():
    """The same points in each trial; whether the replies are the same too is told apart."""
    shares = {f"t{n}": [n / 8, 1.0] for n in range(8)}
    found = the_one(shares, shares)
    assert (found.verdict, found.words) == ("tied", "tied: the same points in each of 16 trials")
    assert found.low < found.difference == 0 < found.high
    twin = contender("one", shares)
    (copied,) = compare([(twin, twin)])
    assert copied.words == "tied: the same replies in each of 16 trials"


def test_no_detectable_difference_says_what_would_show_one():
    """More passes where trials are noisy, more tasks always."""
    draw = random.Random(3)
    one = {f"t{n}": [draw.choice([0.0, 1.0]) for _ in range(2)] for n in range(12)}
    other = {f"t{n}": [draw.choice([0.0, 1.0]) for _ in range(2)] for n in range(12)}
    found = the_one(one, other)
    assert found.verdict == "no detectable difference"
    assert found.low <= 0 <= found.high
    assert found.more_tasks >= 1
    assert f"{found.more_tasks} more task" in found.words
    assert "would show one of this size" in found.words


def test_fewer_than_six_tasks_speak_for_themselves_only():
    """Twelve pairs of trials on four tasks: better there; the unit is the trial."""
    found = the_one(same(1.0, tasks=4, epochs=3), same(0.0, tasks=4, epochs=3))
    assert (found.verdict, found.unit, found.n) == ("better", "trial", 12)
    assert found.words == "better on these 4 tasks (others may differ)"
    assert found.low > 0
    assert found.high == 1


def test_four_trials_cannot_show_anything():
    """Everything against nothing, once on each of four tasks: 1 in 8 nights does so by luck."""
    found = the_one(same(1.0, tasks=4, epochs=1), same(0.0, tasks=4, epochs=1))
    assert (found.verdict, found.p) == ("too few to tell", 0.125)
    assert found.low < 0
    assert found.words == (
        "too few to tell: with 4 tasks x 1 pass this test can show no difference; "
        "about 2 more tasks, or 1 more pass of these 4 tasks, for them alone, would settle one of this size"
    )


@pytest.mark.parametrize(
    ("tasks", "epochs", "few"), [(5, 1, True), (6, 1, False), (3, 2, False), (1, 5, True)]
)
def test_too_few_is_said_where_no_difference_could_be_shown(tasks, epochs, few):
    """Six units are the least, be they tasks or trials; then the widest gap shows and a small one may not."""
    wide = the_one(same(1.0, tasks=tasks, epochs=epochs), same(0.0, tasks=tasks, epochs=epochs))
    assert (wide.verdict == "too few to tell") is few
    assert few or wide.verdict == "better"
    one = {f"t{n}": [0.5 + (n + e) % 2 / 4 for e in range(epochs)] for n in range(tasks)}
    small = the_one(one, same(0.6, tasks=tasks, epochs=epochs))
    assert small.verdict == ("too few to tell" if few else "no detectable difference")


def test_too_few_counts_copies_once():
    """Ten copies of one pair of replies show no more than one does."""
    one, other = same(1.0, tasks=4, epochs=10), same(0.0, tasks=4, epochs=10)
    found = the_one(one, other, copies=True)
    assert found.words == (
        "too few to tell: with 4 different pairs of answers to 4 tasks this test can show no difference; "
        "about 2 more tasks would settle one of this size"
    )
    assert found.more_passes is None


def test_copies_of_a_reply_are_no_further_evidence():
    """Ten epochs of one and the same pair of replies are one unit."""
    one, other = same(1.0, tasks=4, epochs=10), same(0.0, tasks=4, epochs=10)
    found = the_one(one, other, copies=True)
    assert (found.n, found.trials, found.verdict) == (4, 40, "too few to tell")
    assert the_one(one, other).n == 40


def test_only_what_both_have_is_compared():
    """Tasks and epochs; the mean of a task is over the epochs that count."""
    one = {"a": [1.0, 0.0, 0.0], "b": [1.0], "only": [0.0]}
    found = the_one(one, {"a": [0.5], "b": [0.5, 0.9], "else": [1.0]})
    assert (found.tasks, found.trials, found.difference) == (2, 2, 0.5)


def test_nothing_in_common_is_not_compared():
    """No figure, and never 0."""
    found = the_one({"a": [1.0]}, {"b": [1.0]})
    assert (found.verdict, found.difference, found.p, found.p_corrected) == ("not compared", None, None, None)
    assert (found.tasks, found.trials, found.n) == (0, 0, 0)


def test_one_task_is_its_pairs_and_agrees_with_mcnemar():
    """All or nothing, 9 epochs to 1 of those that differ: 0.0215."""
    one, other = {"a": [1.0] * 9 + [0.0] + [1.0] * 2}, {"a": [0.0] * 9 + [1.0] + [1.0] * 2}
    found = the_one(one, other)
    assert found.p == pytest.approx(0.021484375)
    assert found.words == "better on this task (others may differ)"


def test_several_comparisons_are_corrected():
    """What stands alone does not stand among fifteen."""
    good, bad = same(1.0, tasks=6, epochs=1), same(0.0, tasks=6, epochs=1)
    alone = the_one(good, bad)
    assert (alone.p, alone.verdict) == (2 / 2**6, "better")
    many = compare_all([contender("good", good), *(contender(f"bad {n}", bad) for n in range(5))])
    assert len(many) == 15
    first = many[0]
    assert (first.p, first.verdict) == (2 / 2**6, "too few to tell")
    assert "with 6 tasks in each of 15 comparisons this test can show no difference" in first.words
    assert first.p_corrected == pytest.approx(15 * first.p)
    assert first.more_tasks == 4  # 2 / 2^10 is the first that stands fifteen times


def test_each_two_are_compared_and_many_with_the_next_one():
    """Ten make 45 comparisons, eleven make ten."""
    row = [contender(f"m{n}", {"a": [0.5]}) for n in range(ALL_PAIRS + 1)]
    assert len(compare_all(row[:-1])) == 45
    assert [(each.one, each.other) for each in compare_all(row)] == [
        (f"m{n}", f"m{n + 1}") for n in range(ALL_PAIRS)
    ]


shares = st.lists(st.integers(0, 8).map(lambda k: k / 8), min_size=1, max_size=3)
profiles = st.dictionaries(st.sampled_from([f"t{n}" for n in range(9)]), shares, max_size=9)


@given(profiles, profiles)
def test_figure_interval_and_verdict_never_contradict_each_other(one, other):
    """The interval holds its figure; "better" lies on one side of 0, and is never said with p above 0.05."""
    found = the_one(one, other)
    if found.difference is None:
        assert not one.keys() & other.keys()
        return
    assert -1 <= found.low <= found.difference <= found.high <= 1
    if found.verdict in {"better", "worse"}:
        assert found.p_corrected <= 0.05
        assert found.low >= 0 or found.high <= 0
    else:
        assert found.low <= 0 <= found.high or found.p > 0.05


def profile(draw, difficulties, gap):
    """Return shares of one contestant: task effects of its own, and the luck of each of eight checks."""
    found = {}
    for task, (difficulty, epochs) in difficulties.items():
        chance = max(0.0, min(1.0, difficulty + draw.gauss(gap, 0.1)))
        found[task] = [sum(draw.random() < chance for _ in range(8)) / 8 for _ in range(epochs)]
    return found


@pytest.mark.parametrize(("tasks", "epochs"), [(6, 2), (12, 1), (12, 3)])
def test_a_difference_that_is_not_there_is_said_in_5_of_100_nights(tasks, epochs):
    """At most; contestants differ on each task, and not on the average."""
    draw, alarms = random.Random(tasks * epochs), 0
    for _ in range(NIGHTS):
        difficulties = {f"t{n:02}": (draw.uniform(0.2, 0.8), epochs) for n in range(tasks)}
        found = the_one(profile(draw, difficulties, 0.0), profile(draw, difficulties, 0.0))
        alarms += found.verdict in {"better", "worse"}
    assert alarms / NIGHTS <= 0.05 + 0.0126  # one standard error of 300 nights


def test_on_few_tasks_alike_contestants_are_told_apart_in_5_of_100_nights():
    """At most; three tasks, four passes: both have the same chance on each of these."""
    draw, alarms = random.Random(9), 0
    for _ in range(NIGHTS):
        chances = {f"t{n}": draw.uniform(0.2, 0.8) for n in range(3)}
        one, other = (
            {
                task: [sum(draw.random() < chance for _ in range(8)) / 8 for _ in range(4)]
                for task, chance in chances.items()
            }
            for _ in range(2)
        )
        alarms += the_one(one, other).verdict in {"better", "worse"}
    assert alarms / NIGHTS <= 0.05 + 0.0126


def test_about_as_many_tasks_as_it_says_do_show_it():
    """In more than half of the nights; it says "about", and means four of five on the average."""
    draw, shown, nights = random.Random(11), 0, 60
    for _ in range(nights):
        difficulties = {f"t{n:03}": (draw.uniform(0.2, 0.6), 2) for n in range(10)}
        first = the_one(profile(draw, difficulties, 0.12), profile(draw, difficulties, 0.0))
        if first.more_tasks is None or abs(first.difference - 0.12) > 0.06:
            shown += 0.8
            continue
        difficulties = {f"t{n:03}": (draw.uniform(0.2, 0.6), 2) for n in range(10 + first.more_tasks)}
        again = the_one(profile(draw, difficulties, 0.12), profile(draw, difficulties, 0.0))
        shown += again.verdict == "better"
    assert shown / nights > 0.5


def test_a_summary_compares_its_rows(plan):
    """First the ranked ones; the labels are those of the standings."""
    contestants = [make_contestant("oracle", scripted=True), make_contestant("m1"), make_contestant("m2")]
    tasks = tuple(f"t{n}" for n in range(8))
    records = [
        make_record(contestant=who, task=task, earned=earned, reply_digest=digest)
        for who, earned, digest in zip(contestants, (100, 40, 40), "abb", strict=True)
        for task in tasks
    ]
    summary = summarise(records, [], planned=plan(contestants, tasks))
    found = {(row.one, row.other): row for row in summary.comparisons}
    assert list(found) == [("oracle SCRIPTED", "m1"), ("oracle SCRIPTED", "m2"), ("m1", "m2")]
    assert found["oracle SCRIPTED", "m1"].verdict == "better"
    assert found["m1", "m2"].words == "tied: the same replies in each of 8 trials"
    assert fmean(row.difference for row in found.values()) == pytest.approx(0.4)
