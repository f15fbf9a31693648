"""How the figures of a summary are written, the same in every report. Units change here; figures do not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from codestone.serving import Finding
from codestone.stats.summary import (
    Cell,
    CheckRow,
    EpochScore,
    Mean,
    Median,
    Proportion,
    RunFacts,
    ServingRow,
    SpeedRow,
    Standing,
    Summary,
    TaskRow,
    Total,
)
from codestone.trial import Contestant

NOT_MEASURED = "\N{EN DASH}"
TO = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"
SKIPPED = "skipped"
PASSED, FAILED = "\N{CHECK MARK}", "\N{BALLOT X}"
SCRIPTED = "SCRIPTED"
SCRIPTED_SENTENCE = "SCRIPTED: these answers come from a script. No model was measured: "
NO_SANDBOX = "NO SANDBOX"
NO_SANDBOX_SENTENCE = (
    "sandbox: none. The code of these answers ran without a box (--unsafe-no-sandbox): it could read the"
    " hidden tests, and change its grading."
)
NO_RECORDS = "No trial has been measured yet."

_SHOWN_ELSEWHERE = {"started", "codestone", "python", "box"}


def unboxed(run: RunFacts) -> bool:
    """Whether any answer's code ran without a box."""
    return "none" in run.boxes


def number(value: float | None) -> str:
    """Return points with one decimal where they have any: 65, 62.5."""
    return NOT_MEASURED if value is None else f"{value:.1f}".removesuffix(".0")


def told(checks: Sequence[CheckRow]) -> Iterator[tuple[CheckRow, str]]:
    """Yield each check with its evidence, "" where it passed; the same words in a row are said once."""
    for check, following in zip_longest(checks, checks[1:]):
        said_next = following is not None and failed(following) and following.evidence == check.evidence
        yield check, check.evidence if failed(check) and not said_next else ""


def failed(check: CheckRow) -> bool:
    """Whether the check failed in any epoch."""
    return check.passed.k < check.passed.n


def headline(run: RunFacts) -> str:
    """Return when the run was, and how much of it was measured."""
    failed = f" · {_count(run.attempts, 'attempt', 'attempts')} failed by no doing of a model"
    return (
        f"{run.started or NOT_MEASURED} · {run.measured} of {_count(run.planned, 'trial', 'trials')} measured"
        f"{failed if run.attempts else ''}"
    )


def regraded_sentence(run: RunFacts) -> str:
    """Return how often the kept answers were graded again; "" where they never were."""
    if not run.generation:
        return ""
    which = f"{run.regraded_trials} of {_count(run.measured, 'trial', 'trials')}"
    often = _count(run.generation, "time", "times")
    return f"regraded {often}, last on {run.regraded or NOT_MEASURED} ({which})"


def served(row: ServingRow) -> str:
    """Return which contestant was asked how it is served."""
    return f"{row.contestant} {SCRIPTED}" if row.scripted else row.contestant


def fault_sentence(finding: Finding) -> str:
    """Return what is wrong with a serving path: state, what was looked at, what was found."""
    return f"{finding.state}: {finding.id}: {finding.words}"


def unmeasured_sentence(row: ServingRow) -> str:
    """Return what could not be measured of a serving path; "" where all was."""
    named = ", ".join(finding.id for finding in row.unmeasured)
    return f"not measured: {named}" if named else ""


def standing_points(row: Standing) -> str:
    """Return points of points possible; a lower bound has a plus sign."""
    return f"{total(row)} {row.band}" if row.band else total(row)


def mean_share(mean: Mean | None) -> str:
    """Return a share with its interval, where there is one, and the number of tasks: 62% (45-78, n 12)."""
    if mean is None:
        return NOT_MEASURED
    if mean.low is None or mean.high is None:
        return f"{_percent(mean.mean)}% (n {mean.n})"
    return f"{_percent(mean.mean)}% ({_percent(mean.low)}{TO}{_percent(mean.high)}, n {mean.n})"


def proportion(part: Proportion) -> str:
    """Return k of n with its Wilson interval: 7/10 (40-89%)."""
    if part.low is None or part.high is None:
        return NOT_MEASURED
    return f"{part.k}/{part.n} ({_percent(part.low)}{TO}{_percent(part.high)}%)"


def total(row: Standing) -> str:
    """Return points of points possible, without the suite's word for them: 98/120, 83+/120."""
    if row.points is None:
        return NOT_MEASURED
    return f"{number(row.points)}{'' if row.complete else '+'}/{number(row.possible)}"


def cell_points(cell: Cell, *, n: bool = True) -> str:
    """Return a cell of the matrix: 62 ±18.6 (n 5); a task that nobody was asked has a mark of its own."""
    if cell.skipped:
        return SKIPPED
    if cell.mean is None:
        return NOT_MEASURED
    spread = "" if cell.stdev is None else f" ±{number(cell.stdev)}"
    return f"{number(cell.mean)}{spread}{f' (n {cell.n})' if n else ''}"


def cell_sentence(cell: Cell) -> str:
    """Return what several epochs of a cell have in common, in one line."""
    return "; ".join(
        [
            f"mean {number(cell.mean)} of {number(cell.possible)} (n {cell.n})",
            f"best {number(cell.best)}, worst {number(cell.worst)}, stdev {number(cell.stdev)}",
            f"full marks {proportion(cell.full)}",
            f"{cell.distinct_replies} distinct of {_count(cell.n, 'reply', 'replies')}",
        ]
    )


def epoch_sentence(cell: Cell, epoch: EpochScore) -> str:
    """Return one trial in one line: points, checks, ending, size of the reply, durations."""
    return "; ".join(
        [
            f"{number(epoch.points)}/{number(cell.possible)} points",
            f"{epoch.passed}/{epoch.checks} checks",
            f"ending: {epoch.words}",
            f"{epoch.reply_lines} lines of reply",
            f"generated in {duration(epoch.generation_ns)}, graded in {duration(epoch.grading_ns)}",
        ]
    )


def duration(ns: float) -> str:
    """Return nanoseconds as a reader would say them: 420 ms, 3.60 s, 4 min 05 s."""
    if ns < 999.5e6:
        return f"{ns / 1e6:.0f} ms" if ns >= 9.95e6 else f"{ns / 1e6:.1f} ms"
    if ns < 59.95e9:
        return f"{ns / 1e9:.2f} s" if ns < 9.995e9 else f"{ns / 1e9:.1f} s"
    minutes, seconds = divmod(round(ns / 1e9), 60)
    return f"{minutes} min {seconds:02} s"


def check_sentence(row: CheckRow) -> str:
    """Return a check in one line: name, how often passed, and the planted bug that it shows."""
    passed = proportion(row.passed) if row.passed.n > 1 else f"{row.passed.k}/{row.passed.n}"
    return f"{row.id} {passed}{f' (bug {row.bug})' if row.bug else ''}"


def worth(row: CheckRow) -> str:
    """Return what passing a check earns; a bonus has a plus sign."""
    return f"+{number(row.bonus)}" if row.bonus and not row.points else number(row.points)


def symbol(row: CheckRow) -> str:
    """Return a tick where a check passed in every epoch."""
    return PASSED if row.passed.k == row.passed.n else FAILED


def rate(tokens_per_second: float) -> str:
    """Return tokens per second."""
    return f"{tokens_per_second:.1f}" if tokens_per_second < 99.95 else f"{tokens_per_second:.0f}"


def median(found: Median | None, show: Callable[[float], str]) -> str:
    """Return a median with n, and with its spread where n is more than 1."""
    if found is None:
        return NOT_MEASURED
    spread = f", {show(found.least)}{TO}{show(found.most)}" if found.n > 1 else ""
    return f"{show(found.median)} (n {found.n}{spread})"


def short_median(found: Median | None, show: Callable[[float], str]) -> str:
    """Return a median for a narrow column, which has its n beside it."""
    return NOT_MEASURED if found is None else show(found.median)


def speed_lines(row: SpeedRow) -> Iterator[tuple[str, str]]:
    """Yield term and figure; each says who measured it."""
    split = [
        (row.ttft_uncached, "nothing cached"),
        (row.ttft_cached, "prefix cached"),
        (row.ttft_untold, "cache not told"),
    ]
    ttft = [f"{median(found, duration)}, {words}" for found, words in split if found]
    yield "TTFT", f"{'; '.join(ttft) or NOT_MEASURED} · our clock"
    yield "TTFO", f"{median(row.ttfo, duration)} · our clock"
    yield "tg", f"{median(row.tg, rate)} tokens/s · our clock; {median(row.tg_server, rate)} · the server's"
    yield "prompt", f"{median(row.pp_server, rate)} tokens/s · the server's"
    yield "wall", f"{median(row.wall, duration)} a reply · our clock"
    yield "tokens", f"{_tokens(row)}; {_count(row.replies, 'reply', 'replies')} · the server's count"


def below_the_line(row: Standing) -> str:
    """Return how much of an incomplete row was measured."""
    return f"{row.tasks_measured} of {row.tasks} tasks, {row.trials_measured} of {row.trials} trials measured"


def stale_sentence(task: TaskRow) -> str:
    """Return how much was not counted because the task was edited."""
    return (
        f"{task.id}: {_count(task.stale, 'record', 'records')} of an older version of this task not counted"
    )


def skipped_sentence(task: TaskRow) -> str:
    """Return why nobody was asked."""
    return f"{task.id}: skipped, {task.skipped}; in nobody's total"


def machine_lines(summary: Summary) -> Iterator[tuple[str, str]]:
    """Yield name and value of what is known of the machine, and of the software on it."""
    for name, value in summary.run.environment.items():
        if name not in _SHOWN_ELSEWHERE:
            yield _fact(name, value)
    yield "box", ", ".join(summary.run.boxes) or NOT_MEASURED
    yield (
        "software",
        ", ".join(
            [f"codestone {version}" for version in summary.run.codestone]
            + [f"Python {version}" for version in summary.run.python]
        )
        or NOT_MEASURED,
    )


def served_at(contestant: Contestant) -> str:
    """Return what serves a contestant, and where."""
    if contestant.launch is not None:
        return f"{contestant.server}, started by the run"
    return f"{contestant.server} at {contestant.base_url}"


def setting_lines(contestant: Contestant, summary: Summary) -> Iterator[tuple[str, str]]:
    """Yield how a contestant was told to think, whether its replies do, and how it was to sample."""
    seen = next((each.words for each in summary.thinking if each.contestant == contestant.name), NOT_MEASURED)
    asked = _sent(contestant.thinking.request)
    if contestant.thinking.prefix:
        asked = ", ".join([*([asked] if asked else []), f"prefix {contestant.thinking.prefix.strip()}"])
    yield "thinking", f"{seen} (sent: {asked})" if asked else seen
    sampling = contestant.sampling
    sent = [_sent(sampling.request)] if sampling.request else []
    sent += ["a seed for each epoch"] if sampling.seeded else []
    yield "sampling", f"{sampling.mode}: {', '.join(sent) or 'nothing sent'}"


def fact_lines(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and value of a contestant's facts, each with where it was learnt."""
    for name, fact in facts.items():
        shown, value = _fact(name, fact.value)
        yield shown, f"{value} ({fact.source})"


def how_to_read(summary: Summary) -> tuple[str, ...]:
    """Return the sentences without which the figures would be misread."""
    sure = f"{_percent(summary.method.confidence)}%"
    return (
        (
            "Hidden checks asked each answer in a sandbox; points are those of the checks that passed. "
            "full: trials that earned every point."
        ),
        (
            f"n counts what was measured. The range after k/n is its {sure} Wilson interval, after a mean "
            f"share its {sure} interval over tasks, after a duration or rate its least and most."
        ),
        f"{NOT_MEASURED} is not measured, never 0. 83+ is a lower bound: tasks are missing, so no rank.",
    )


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _sent(request: Mapping[str, Any]) -> str:
    """Return what is laid into each request, what lies within an object as ``outer.inner``."""
    return ", ".join(f"{name} {str(value).lower()}" for name, value in _flat(request))


def _flat(request: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in request.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _fact(name: str, value: object) -> tuple[str, str]:
    shown = name.removesuffix("_bytes").replace("_", " ")
    if value is None or value in ([], (), {}, ""):
        return shown, NOT_MEASURED
    if name.endswith("_bytes") and isinstance(value, int | float):
        return shown, f"{value / 2**30:.1f} GiB"
    if isinstance(value, list | tuple):
        return shown, ", ".join(str(one) for one in value)
    if isinstance(value, dict):
        return shown, ", ".join(f"{key} {one}" for key, one in value.items())
    return shown, str(value)


def _tokens(row: SpeedRow) -> str:
    prompt, output = f"{_total(row.prompt_tokens)} prompt", f"{_total(row.completion_tokens)} output"
    if row.cached_tokens:
        prompt += f" ({_total(row.cached_tokens)} of them cached)"
    if row.reasoning_tokens:
        output += f" ({_total(row.reasoning_tokens)} of them reasoning)"
    return f"{prompt}, {output}"


def _total(total: Total | None) -> str:
    if total is None:
        return NOT_MEASURED
    return str(total.total) if total.n == total.of else f"{total.total} (told by {total.n} of {total.of})"
