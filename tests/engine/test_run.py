import itertools
import os
import signal
import threading

import pytest

from codestone import sandbox
from codestone.engine.report import drawn, summary_of
from codestone.engine.stint import LAUNCHES, Patience
from codestone.errors import EndpointError, SandboxError, StoreError
from codestone.store.records import Store
from codestone.testing import ScriptedEndpoint
from codestone.testing.faults import fault
from codestone.testing.profiles import play, plays
from codestone.trial import Ending


@pytest.fixture
def server(small_task):
    """Every answer profile, as a model of its own."""
    with ScriptedEndpoint(plays([small_task])) as endpoint:
        yield endpoint


def in_turn(*each):
    """Play one for each request; the last one goes on."""
    left = itertools.chain(each, itertools.repeat(each[-1]))

    def play_next(request):
        return next(left)(request)

    return play_next


def test_a_pass_serves_each_contestant_once_and_comes_before_the_next(stand, server):
    """Epoch 1 of all before epoch 2 of any, so that a run cut short has seen everybody."""
    urls = dict.fromkeys(("oracle", "wrong"), server.base_url)
    stand.go(urls, epochs=2)
    assert stand.served == ["oracle", "wrong", "oracle", "wrong"]
    assert [(m, e) for m, e, _ in stand.watch.endings] == [
        ("oracle", 1),
        ("wrong", 1),
        ("oracle", 2),
        ("wrong", 2),
    ]
    assert [number for what, number in stand.watch.events if what == "ends"] == [1, 2, 3, 4]
    assert len(stand.watch.forecasts) == 2  # before the first pass, and after it


def test_going_on_serves_only_who_has_something_left(stand, server):
    """And counts on from what is finished."""
    stand.go({"oracle": server.base_url}, epochs=1)
    again = type(stand)(directory=stand.directory, task=stand.task)
    store = again.go(dict.fromkeys(("oracle", "wrong"), server.base_url), epochs=1)
    assert again.served == ["wrong"]
    assert again.watch.events == [("expects", 1), ("begins", 2), ("ends", 2)]
    assert len(store.records()) == 2


def test_what_a_server_broke_is_asked_once_more_when_the_others_are_done(stand, small_task):
    """Each attempt is recorded; the second chance counts."""
    oracle, broken = play("oracle", [small_task]), fault("reset", "half a ")
    with ScriptedEndpoint(in_turn(broken, oracle)) as server:
        store = stand.go({"scripted": server.base_url})
    assert [str(attempt.ending) for attempt in store.attempts()] == ["stream-broken"]
    assert [record.score.earned for record in store.records()] == [4]
    (folder,) = [failure.artifacts for failure in summary_of(store).failures]
    assert (store.directory / folder / "reply.md").read_text() == "half a half a "
    assert "half a half a " in drawn("html", summary_of(store), store.directory)


def test_what_stays_broken_is_asked_twice_and_no_more(stand):
    """It stays pending, with both attempts as evidence, and the run goes on."""
    with ScriptedEndpoint(fault("error-500")) as server:
        store = stand.go({"scripted": server.base_url})
    assert [str(attempt.ending) for attempt in store.attempts()] == ["server-error"] * 2
    assert not store.records()


def test_a_loading_server_is_waited_for(stand, small_task):
    """503 twice, then an answer: two attempts, one record."""
    oracle, loading = play("oracle", [small_task]), fault("loading")
    patience = Patience(away_s=600, loading_s=600, pause_s=0.001)
    with ScriptedEndpoint(in_turn(loading, loading, oracle)) as server:
        store = stand.go({"scripted": server.base_url}, patience=patience)
    assert stand.watch.again == [Ending.LOADING] * 2
    assert [str(attempt.ending) for attempt in store.attempts()] == ["loading"] * 2
    assert [record.score.earned for record in store.records()] == [4]


def test_without_patience_a_server_that_is_away_costs_one_attempt_a_trial(stand):
    """Nothing listens there."""
    store = stand.go({"nobody": "http://127.0.0.1:9/v1"}, epochs=2)
    assert [str(attempt.ending) for attempt in store.attempts()] == ["unreachable"] * 2


def test_a_server_of_ours_that_dies_is_started_again(stand, server):
    """The trial in flight is an attempt, and is then measured by the new server."""
    urls = iter(["http://127.0.0.1:9/v1", server.base_url])
    store = stand.go({"oracle": lambda: next(urls)}, launched=("oracle",))
    assert stand.served == ["oracle", "oracle"]
    assert [str(attempt.ending) for attempt in store.attempts()] == ["unreachable"]
    assert [record.score.earned for record in store.records()] == [4]


def test_a_server_of_ours_that_always_dies_is_given_up(stand, server):
    """Its trials are said to be not loaded; the next contestant is asked."""
    urls = {"dying": lambda: "http://127.0.0.1:9/v1", "oracle": server.base_url}
    store = stand.go(urls, launched=("dying",))
    assert stand.served == ["dying"] * LAUNCHES + ["oracle"]
    assert [str(attempt.ending) for attempt in store.attempts()] == ["unreachable"] * LAUNCHES + [
        "load-failed"
    ]
    assert [record.contestant.model for record in store.records()] == ["oracle"]


def test_a_model_that_cannot_be_loaded_blames_nobody_else(stand, server):
    """Each of its trials is an attempt with the reason; the others are measured."""

    def out_of_memory():
        raise EndpointError("cannot load: out of memory\nand more of the log")

    store = stand.go({"big": out_of_memory, "oracle": server.base_url}, epochs=2, launched=("big",))
    assert {(str(a.ending), a.detail) for a in store.attempts()} == {
        ("load-failed", "cannot load: out of memory")
    }
    assert [record.contestant.model for record in store.records()] == ["oracle", "oracle"]


def test_a_pass_that_does_not_fit_the_budget_is_not_begun(stand, server):
    """The first one is, and it is whole."""
    store = stand.go({"oracle": server.base_url}, epochs=3, budget_s=3600, likely_s=lambda _: 7200.0)
    assert len(store.records()) == 1
    assert any("pass 2 does not fit" in text for text in stand.watch.said)


def test_without_a_number_of_passes_the_budget_decides(stand, server):
    """As many as fit; here three, because the fourth is expected to take too long."""

    def likely_s(keys):
        return 1e9 if keys[0].epoch == 4 else 0.0

    store = stand.go({"oracle": server.base_url}, epochs=None, budget_s=3600, likely_s=likely_s)
    assert [record.key.epoch for record in store.records()] == [1, 2, 3]


def test_without_a_number_of_passes_one_that_measures_nothing_is_the_last(stand):
    """Else a dead server would fill the night with attempts."""
    store = stand.go({"nobody": "http://127.0.0.1:9/v1"}, epochs=None, budget_s=3600)
    assert len(store.attempts()) == 1
    assert any("nothing could be measured" in text for text in stand.watch.said)


def test_with_overlap_an_answer_is_graded_while_the_next_is_asked(stand, small_task):
    """The second request arrives while the first record is held back."""
    asked_twice = threading.Event()
    oracle = play("oracle", [small_task])
    asked = itertools.count(1)

    def heard(request):
        if next(asked) == 2:
            asked_twice.set()
        return oracle(request)

    watch = stand.watch
    ends = watch.ends

    def held(outcome, **more):
        assert asked_twice.wait(60)  # would never come if asking waited for this
        ends(outcome, **more)

    watch.ends = held
    with ScriptedEndpoint(heard) as server:
        other = type(stand)(directory=stand.directory, task=small_task, watch=watch)
        store = two_tasks(other, server, overlap=True)
    assert len(store.records()) == 2


def two_tasks(stand, server, *, overlap):
    """Run the small task twice within one stint: under two driver names of one driver."""
    return stand.go({"scripted": server.base_url}, drivers=("single", "turns"), overlaps=lambda _: overlap)


class FullDisk(Store):
    """Can write no record."""

    def append(self, record):
        raise StoreError("no space left")


def test_a_store_that_cannot_be_written_ends_the_run(stand, server):
    """Also when it is met in the grading thread."""
    for overlap in (False, True):
        with pytest.raises(StoreError, match="no space"):
            stand.go({"oracle": server.base_url}, kind=FullDisk, overlaps=lambda _, overlap=overlap: overlap)


def test_ctrl_c_while_a_reply_streams_loses_that_trial_only(stand, small_task):
    """It is noted as cancelled, the others' records stay, and going on asks it again."""
    oracle = play("oracle", [small_task])
    asked = itertools.count(1)

    def impatient(request):
        if next(asked) == 2:
            os.kill(os.getpid(), signal.SIGINT)
            return fault("stall")(request)
        return oracle(request)

    with ScriptedEndpoint(impatient) as server:
        with pytest.raises(KeyboardInterrupt):
            stand.go({"scripted": server.base_url}, epochs=3)
        with Store.open(stand.directory) as store:
            assert [record.key.epoch for record in store.records()] == [1]
            assert [str(attempt.ending) for attempt in store.attempts()] == ["cancelled"]
        store = stand.go({"scripted": server.base_url}, epochs=3)
    assert [record.key.epoch for record in store.records()] == [1, 2, 3]


class Interrupted(Store):
    """Hears Ctrl-C while it writes a record."""

    def append(self, record):
        os.kill(os.getpid(), signal.SIGINT)
        super().append(record)


def test_ctrl_c_while_a_trial_is_written_finishes_the_writing(stand, server):
    """The record is there, and only then the run stops."""
    with pytest.raises(KeyboardInterrupt):
        stand.go({"oracle": server.base_url}, epochs=3, kind=Interrupted)
    with Store.open(stand.directory) as store:
        assert [record.key.epoch for record in store.records()] == [1]


class BrokenBoxes:
    """A back end whose first boxes break, and whose later ones are the machine's own."""

    def __init__(self, broken):
        self._left, self._real = broken, sandbox.backend()

    def describe(self):
        return self._real.describe()

    def open(self, spec, **more):
        if self._left > 0:
            self._left -= 1
            raise SandboxError("no space for a box")
        return self._real.open(spec, **more)


def test_an_answer_whose_box_broke_is_graded_in_another(stand, server):
    """The model is not asked again: what it answered is still there."""
    store = stand.go({"oracle": server.base_url}, backend=BrokenBoxes(1))
    assert len(server.requests) == 1
    assert [str(attempt.ending) for attempt in store.attempts()] == ["box-failed"]
    assert [record.score.earned for record in store.records()] == [4]


def test_where_no_box_works_nothing_is_scored(stand, server):
    """It is our doing, twice."""
    store = stand.go({"oracle": server.base_url}, backend=BrokenBoxes(9))
    assert [str(attempt.ending) for attempt in store.attempts()] == ["box-failed"] * 2
    assert [attempt.number for attempt in store.attempts()] == [1, 2]
    assert not store.records()


@pytest.mark.parametrize("name", ["stall", "silent"])
def test_a_reply_that_outlasts_the_budget_is_nobodys_fault(stand, name):
    """Whether text still comes or not: it is cancelled, and the run ends."""
    with ScriptedEndpoint(fault(name)) as server:
        store = stand.go({"scripted": server.base_url}, epochs=3, budget_s=0.5)
    assert {str(attempt.ending) for attempt in store.attempts()} == {"cancelled"}
    assert len(store.attempts()) == 1
    assert not store.records()
