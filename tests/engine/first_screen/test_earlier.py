import os

from codestone.engine.first_screen import earlier as module
from codestone.engine.first_screen.earlier import Earlier, earlier
from codestone.engine.plan import Plan
from codestone.serving import Finding
from codestone.store.records import Store
from codestone.testing.records import make_contestant, make_record

BROKEN = Finding(id="tool-call", state="broken", words="lost")


def run(folder, name: str, *, at: int, model: str = "q", trials: int = 1) -> None:
    """Write a run of one model, as old as that."""
    contestant = make_contestant("q-12345678", model=model, scripted=model == "script")
    plan = Plan(title="quick", tasks=(), contestants=(contestant,), drivers=("single",), epochs=1)
    with Store.create(folder / name, plan, {}) as store:
        store.write_serving(contestant.name, [BROKEN])
        for epoch in range(1, trials + 1):
            store.append(make_record(contestant=contestant.name, epoch=epoch))
    os.utime(folder / name / "plan.json", (at, at))


def test_the_newest_run_of_a_model_is_what_is_known(tmp_path):
    """Its check and its trials, by the model's id."""
    run(tmp_path, "old", at=1, trials=3)
    run(tmp_path, "new", at=2)
    run(tmp_path, "other", at=1, model="o", trials=2)
    known = earlier(tmp_path)
    assert {model: (each.run, len(each.records)) for model, each in known.items()} == {
        "q": ("new", 1), "o": ("other", 2),
    }  # fmt: skip
    assert (known["q"].state("tool-call"), known["q"].state("thinking")) == ("broken", "")


def test_scripts_are_no_models(tmp_path):
    """Their trials would promise a speed that nobody has."""
    run(tmp_path, "scripted", at=1, model="script")
    assert earlier(tmp_path) == {}


def test_what_cannot_be_read_or_is_too_much_is_left_out(tmp_path, monkeypatch):
    """The first screen shows the rest."""
    assert earlier(tmp_path / "nowhere") == {}
    run(tmp_path, "well", at=1)
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn/plan.json").write_text("{")
    (tmp_path / "torn/records.jsonl").write_text("")
    assert list(earlier(tmp_path)) == ["q"]
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    assert earlier(tmp_path) == {}


def test_only_the_newest_runs_are_read(tmp_path, monkeypatch):
    """A folder of a thousand runs costs no more than one of three."""
    monkeypatch.setattr(module, "MOST_RUNS", 1)
    run(tmp_path, "old", at=1, model="o")
    run(tmp_path, "new", at=2)
    assert list(earlier(tmp_path)) == ["q"]


def test_nothing_known_has_no_state():
    """As of a model that was never asked."""
    assert Earlier(run="r").state("thinking") == ""
