import pytest

from codestone.serving import Finding
from codestone.stats.figures import Median
from codestone.stats.planned import Planned, PlannedTask
from codestone.stats.speed_summary import PrefillRow, SpeedTrials, SpeedTurn
from codestone.stats.summarise import summarise
from codestone.store.paths import trial_path
from codestone.testing.records import TASK_DIGEST, make_attempt, make_contestant, make_exchange, make_record
from codestone.trial import CheckResult, Ending, Fact, Score, Speed, Usage

HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\u202e| x | <script>alert(1)</script> ``` ` [a](http://b) \x9b31m\nnext *line*"
)
"""What a model may print: terminal escapes, right-to-left override, table, HTML, code fence, link, C1."""

MACHINE = {
    "started": "2026-01-01T00:00:00Z",
    "system": "Linux-6.1",
    "processor": "Example CPU",
    "cores": 8,
    "memory_bytes": 2**35,
    "gpus": [],
}


def frame(contestants, tasks, *, epochs=1):
    """Return the plan of a run."""
    return Planned(
        title="quick",
        started="2026-01-01T00:00:00Z",
        directory="runs/20260101T000000Z-quick",
        environment=MACHINE,
        epochs=epochs,
        contestants=tuple(contestants),
        tasks=tuple(tasks),
    )


def task(name, **changes):
    """Return a planned task of 100 points."""
    fields = {
        "suite": "examples",
        "task": name,
        "title": f"Task {name}",
        "possible": 100,
        "digest": TASK_DIGEST,
    }
    return PlannedTask(**{**fields, **changes})


def summary_of(planned, records=(), attempts=()):
    """Return the summary with artifacts named."""
    return summarise(records, attempts, planned=planned, artifacts=lambda key: str(trial_path(key)))


def one(*, scripted=False):
    """Return one contestant, one task, one epoch: what a first run shows."""
    facts = {
        "quant": Fact(value="Q8_0", source="server"),
        "file_bytes": Fact(value=1_300_000_000, source="file"),
    }
    contestant = make_contestant(scripted=scripted, facts=facts)
    return summary_of(
        frame([contestant], [task("add-numbers")]), [make_record(contestant=contestant, earned=65)]
    )


def many():
    """Return a matrix with a tie, a row below the line, a skipped and a stale task, and failures."""
    names = ["alpha-1b", "beta-7b", "gamma-7b", "delta-30b"]
    tasks = [task("fix"), task("write"), task("port", skipped="no cargo"), task("old", digest="edited since")]
    records = [
        make_record(
            contestant=name,
            task=name_of_task,
            epoch=epoch,
            earned=earned[epoch - 1],
            exchanges=exchanges(epoch),
        )
        for name, name_of_task, earned in [
            ("alpha-1b", "fix", [45, 65]),
            ("alpha-1b", "write", [0, 100]),
            ("beta-7b", "fix", [65, 45]),
            ("beta-7b", "write", [50, 50]),
            ("gamma-7b", "fix", [100, 100]),
            ("delta-30b", "fix", [90, 100]),
            ("delta-30b", "write", [100, 100]),
        ]
        for epoch in (1, 2)
    ]
    records.append(make_record(contestant="alpha-1b", task="old"))
    attempts = [
        make_attempt(contestant="gamma-7b", task="write", number=1),
        make_attempt(
            contestant="alpha-1b", task="fix", ending=Ending.BOX_FAILED, detail="no user namespaces", number=1
        ),
    ]
    tasks[3] = task("old", digest="edited since", skipped="edited")
    return summary_of(frame(map(make_contestant, names), tasks, epochs=2), records, attempts)


def exchanges(epoch):
    """Return a cold reply in epoch 1, and one from the cache after it."""
    usage = Usage(
        prompt_tokens=210, completion_tokens=128 * epoch, cached_tokens=180 * (epoch - 1), reasoning_tokens=0
    )
    speed = Speed(
        ttft_ns=420_000_000 // epoch,
        ttfo_ns=500_000_000 // epoch,
        wall_ns=3_600_000_000 * epoch,
        tg=40.0 + epoch,
    )
    return [make_exchange(usage=usage, speed=speed)]


def empty():
    """Return a run that was cut before its first trial ended."""
    return summary_of(frame([make_contestant()], [task("add-numbers")]), attempts=[make_attempt()])


def hostile():
    """Return a run in which everything from outside tries to break out of the report."""
    contestant = make_contestant(
        model=HOSTILE, server=HOSTILE, facts={HOSTILE: Fact(value=HOSTILE, source=HOSTILE)}
    )
    checks = [
        CheckResult(id="a", passed=False, points=100, bug="x", evidence=HOSTILE),
        CheckResult(id="b", passed=True, points=0, bonus=5, evidence=HOSTILE),
    ]
    record = make_record(
        contestant=contestant, checks=checks, exchanges=[make_exchange(detail=HOSTILE)], files=[HOSTILE]
    )
    attempt = make_attempt(contestant=contestant, detail=HOSTILE, number=1)
    planned = frame([contestant], [task("add-numbers", title=HOSTILE)])
    finding = Finding(id=HOSTILE, state="broken", words=HOSTILE, evidence=HOSTILE, remedy=HOSTILE)
    serving = {contestant.name: (finding, finding.model_copy(update={"state": "not measured"}))}
    changes = {"title": HOSTILE, "environment": {HOSTILE: HOSTILE}, "serving": serving}
    planned = planned.model_copy(update=changes)
    return summary_of(planned, [record], [attempt])


def regraded():
    """Return a run that was regraded twice, the second time in part; one record keeps its older verdict."""
    records = [
        make_record(epoch=1, earned=65, generation=2),
        make_record(epoch=2, generation=1),
        make_record(epoch=3, earned=0),
    ]
    planned = frame([make_contestant()], [task("add-numbers")], epochs=3)
    return summary_of(planned.model_copy(update={"regraded": "2026-01-02T00:00:00+00:00"}), records)


FINDINGS = (
    Finding(id="answers", state="ok", words="the server answers", evidence="18 questions"),
    Finding(
        id="context",
        state="warning",
        words="the context is 4096 tokens of the 32768 that the model was trained for; a setting cuts it",
        evidence="told 4096; trained for 32768",
        remedy="Ollama: num_ctx",
    ),
    Finding(
        id="tool-call",
        state="broken",
        words="the call came as text: chat template and tool parser do not fit each other",
        evidence="text: '<tool_call>'",
        remedy="llama-server: --jinja",
    ),
    Finding(id="two-tool-calls", state="not measured", words="not measured: see tool-call"),
    Finding(id="seed", state="not measured", words="not measured: no time"),
)


def served():
    """Return a run whose first contestant is served badly, its second well; the third was not asked."""
    names = ["alpha-1b", "beta-7b", "gamma-7b"]
    planned = frame(map(make_contestant, names), [task("fix")])
    serving = {"alpha-1b": FINDINGS, "beta-7b": FINDINGS[:1]}
    records = [make_record(contestant=name, task="fix") for name in names]
    return summary_of(planned.model_copy(update={"serving": serving}), records)


def spread(middle):
    """Return a median of three."""
    return Median(median=middle, n=3, least=0.9 * middle, most=1.1 * middle, stdev=0.1 * middle)


def turn(trial, shape, *, number, tg):
    """Return one request of a speed trial; a contestant without ``tg`` tells no tokens."""
    told = dict.fromkeys(["prompt_tokens", "cached_tokens", "cached_share", "completion_tokens"], spread(0.5))
    clock = dict.fromkeys(["ttft", "ttfo", "wall"], spread(3e8 / number))
    rates = dict.fromkeys(["tg", "tg_server", "pp_server"], tg and spread(tg))
    gaps = dict.fromkeys(["itl", "icl_p50", "icl_p90", "icl_p99", "icl_most"], tg and spread(2e7))
    return SpeedTurn(
        trial=trial,
        kind="prose",
        shape=shape,
        turn=number,
        n=3,
        tg_why="" if tg else "the server told no tokens",
        draft_accepted=None,
        wanted_tokens=256,
        output_tokens=128,
        scaled="the context holds 4096 tokens" if shape == "large" else "",
        **told,
        **clock,
        **rates,
        **gaps,
    )


def speed_trials(name, *, scripted, turns):
    """Return the speed trials of one contestant."""
    prefill = PrefillRow(
        tokens_per_second=5000,
        small=3,
        large=3,
        least=4800,
        most=None if scripted else 5300,
        small_tokens=256,
        large_tokens=8192,
    )
    return SpeedTrials(
        contestant=name,
        scripted=scripted,
        n=9,
        planned=12,
        stale=0,
        not_measured=1,
        pp_diff=prefill,
        pp_diff_why="",
        turns=turns,
        load_average=spread(0.4),
    )


def timed():
    """Return the matrix with speed trials of two contestants, one of them without a rate."""
    rows = []
    for name, scripted, tg in (("alpha-1b", True, 40.0), ("beta-7b", False, None)):
        turns = tuple(
            turn(trial, shape, number=number, tg=tg)
            for trial, shape, number in (
                ("small-prose", "small", 1),
                ("large-prose", "large", 1),
                ("talk", "conversation", 1),
                ("talk", "conversation", 2),
            )
        )
        rows.append(speed_trials(name, scripted=scripted, turns=turns))
    return many().model_copy(update={"speed_trials": tuple(rows)})


@pytest.fixture
def night():
    """Return a function: a trial that was measured after attempts, begun at these times, that were not."""

    def summary(started):
        attempts = [make_attempt(started=time, number=number) for number, time in enumerate(started, start=1)]
        return summary_of(frame([make_contestant()], [task("add-numbers")]), [make_record()], attempts)

    return summary


SIX = ("py-top-k", "js-fix-queue", "ts-refactor", "rust-cli", "go-middleware", "js-sse-client")
BUGS = ("heap-precedence", "once-never-unsubscribes", "counted-after-the-clear")
APPROACHES = ("sliding window", "token bucket", "one global reset")


def six():
    """Return six tasks of 20 points: a script, two variants of one model, a distillate, a skipped task."""
    contestants = [
        make_contestant("oracle", scripted=True),
        make_contestant("gpt-oss-20b-q8kxl", model="gpt-oss-20b-q8kxl", facts=weights(12.3)),
        make_contestant("gpt-oss-20b-q8kxl-nonthink", model="gpt-oss-20b-q8kxl", facts=weights(12.3)),
        make_contestant("gpt-oss-20b-q40", model="gpt-oss-20b-q40", facts=weights(7.1)),
        make_contestant(
            "gpt-oss-20b-claude-distill-q8kxl",
            model="gpt-oss-20b-claude-distill-q8kxl",
            facts=weights(12.4, base_model="GPT OSS 20B", distill_of="claude"),
        ),
    ]
    tasks = [
        task(name, suite="six-tasks", possible=20, skipped="no cargo" if name == "rust-cli" else "")
        for name in SIX
    ]
    tasks[4] = tasks[4].model_copy(update={"facts": {"approach": "How it limits", "vet-clean": "go vet"}})
    records = [
        of_six(name, contestant=contestant, place=place, epoch=epoch)
        for place, contestant in enumerate(contestants)
        for name in SIX
        if name != "rust-cli"
        for epoch in (1, 2, 3)
    ]
    attempts = [
        make_attempt(suite="six-tasks", contestant=contestants[3].name, task=name, ending=ending)
        for name, ending in (
            ("js-sse-client", Ending.STALLED),
            ("js-sse-client", Ending.UNREACHABLE),
            ("py-top-k", Ending.STALLED),
        )
    ]
    return summary_of(
        frame(contestants, tasks, epochs=3).model_copy(update={"title": "six-tasks"}), records[:-1], attempts
    )


def weights(gb, **facts):
    """Return what is told of a model's file."""
    told = {"file": f"{gb}.gguf", "file_bytes": int(gb * 1e9), **facts}
    return {name: Fact(value=value, source="file") for name, value in told.items()}


def of_six(name, *, contestant, place, epoch):
    """Return a trial: the further down a contestant stands, the less of the points and bugs."""
    earned = 20 - place * (SIX.index(name) % 3 + 1) - epoch % 2 * (place > 1)
    rest = [] if earned == 20 else [check("rest", 20 - earned, passed=False)]
    checks = [check("most", earned), *rest]
    if name == "js-fix-queue":
        checks += [
            check(bug, 0, bug=bug, passed=place + epoch < 7 - 2 * number, told=(place, epoch) != (4, 3))
            for number, bug in enumerate(BUGS)
        ]
    facts = {"code-lines": 100 + 10 * place + epoch, "comment-lines": 5, "comment-density": 0.05 * place}
    facts |= {
        "idle-helpers": max(0, place - epoch),
        "dead-lines": 2 * (place == 4),
        "dependencies": "fmt, sync" if name == "go-middleware" else "heapq" * (place > 1 and epoch > 1),
    }
    if name == "go-middleware":
        facts |= {"approach": APPROACHES[(place + epoch) % 3] if place < 4 else None, "vet-clean": epoch > 1}
    thinking = 900 if contestant.name == "gpt-oss-20b-q8kxl" else 0
    return make_record(
        suite="six-tasks",
        task=name,
        contestant=contestant,
        epoch=epoch,
        checks=checks,
        facts=facts,
        score=Score(earned=earned, possible=20, passed=1, checks=len(checks)),
        reply_digest=f"{contestant.name} {name} {epoch}",
        exchanges=[
            exchange.model_copy(update={"reasoning_characters": thinking}) for exchange in exchanges(epoch)
        ],
        generation_ns=(20 - 4 * place) * 1_000_000_000,
    )


def check(name, points, *, passed=True, bug=None, told=True):
    """Return a finding."""
    evidence = "as expected" if passed else "not as expected"
    return CheckResult(id=name, passed=passed, points=points, bug=bug, told=told, evidence=evidence)


CASES = {
    "six": six,
    "served": served,
    "one": one,
    "scripted": lambda: one(scripted=True),
    "many": many,
    "empty": empty,
    "regraded": regraded,
    "timed": timed,
    "hostile": hostile,
}


@pytest.fixture(params=CASES)
def case(request):
    """Return name and summary of each case."""
    return request.param, CASES[request.param]()


@pytest.fixture
def summary(request):
    """Return the summary that the test's parameter names."""
    return CASES[request.param]()
