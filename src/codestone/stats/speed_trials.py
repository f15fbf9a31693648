"""Speed trials → rows: what was timed alone on the machine. Pure.

Every figure is a median over timed runs with n, least, most and sample deviation; what no run measured is
None with the reason, never 0. Tokens are the server's count. pp_diff is ``prefill.py``'s, over the small and
the large prompt of one kind.

Covered: one request at a time, one machine in one state. Not covered: several requests at once; the noise of
other programs, of which only the load average tells.
"""

from collections.abc import Callable, Iterator, Sequence

from codestone.errors import StoreError
from codestone.speed_record import SPEED, SpeedRecord
from codestone.stats.figures import Median
from codestone.stats.planned import Planned
from codestone.stats.prefill import PromptRead, pp_diff
from codestone.stats.speed_summary import PrefillRow, SpeedTrials, SpeedTurn
from codestone.stats.spread import median_of
from codestone.timing import RATE_FLOOR_TOKENS
from codestone.trial import Attempt, Contestant, Exchange, Usage

UNTOLD = "the server tells no token counts"

Records = Sequence[SpeedRecord]


def speed_trials(records: Records, attempts: Sequence[Attempt], planned: Planned) -> tuple[SpeedTrials, ...]:
    """Return one row for each contestant, in their order; nothing where no speed trial was planned.

    Raises StoreError for a record that the plan does not hold.
    """
    names = {contestant.name for contestant in planned.contestants}
    known = planned.speed.trials if planned.speed else ()
    for record in records:
        if record.key.contestant not in names or record.key.task not in known:
            named = f"{record.key.contestant}, {record.key.task}"
            raise StoreError(f"a speed record does not belong to this run's plan: {named}")
    ordered = sorted(records, key=lambda record: (record.key.contestant, record.key.task, record.key.epoch))
    return tuple(
        _row(contestant, ordered, attempts, planned) for contestant in planned.contestants if planned.speed
    )


def is_of_speed(attempt: Attempt) -> bool:
    """Whether an attempt was at a speed trial."""
    return attempt.key.suite == SPEED


def _row(
    contestant: Contestant, records: Records, attempts: Sequence[Attempt], planned: Planned
) -> SpeedTrials:
    assert planned.speed is not None
    own = [record for record in records if record.key.contestant == contestant.name]
    fresh = [record for record in own if record.task_digest == planned.speed.digest]
    prefill, why = _prefill(fresh)
    return SpeedTrials(
        contestant=contestant.name,
        scripted=contestant.scripted,
        n=len(fresh),
        planned=len(planned.speed.trials) * planned.speed.epochs,
        stale=len(own) - len(fresh),
        not_measured=sum(attempt.key.contestant == contestant.name for attempt in attempts),
        pp_diff=prefill,
        pp_diff_why=why,
        turns=tuple(turn for name in planned.speed.trials for turn in _turns(name, fresh)),
        load_average=median_of(record.load_average[0] for record in fresh if record.load_average),
    )


def _turns(name: str, records: Records) -> Iterator[SpeedTurn]:
    """Yield a row for each request of a trial: one, or the turns of the conversation."""
    own = [record for record in records if record.key.task == name]
    for turn in range(max((len(record.turns) for record in own), default=0)):
        exchanges = [record.turns[turn].exchange for record in own if turn < len(record.turns)]
        yield _turn(own[0], turn + 1, exchanges)


def _turn(record: SpeedRecord, turn: int, exchanges: Sequence[Exchange]) -> SpeedTurn:
    def middle(of: Callable[[Exchange], float | None]) -> Median | None:
        return median_of(map(of, exchanges))

    tg = middle(lambda x: x.speed.tg)
    return SpeedTurn(
        trial=record.key.task,
        kind=record.kind,
        shape=record.shape,
        turn=turn,
        n=len(exchanges),
        prompt_tokens=middle(lambda x: _usage(x).prompt_tokens),
        cached_tokens=middle(lambda x: _usage(x).cached_tokens),
        cached_share=middle(_cached_share),
        completion_tokens=middle(lambda x: _usage(x).completion_tokens),
        ttft=middle(lambda x: x.speed.ttft_ns),
        ttfo=middle(lambda x: x.speed.ttfo_ns),
        wall=middle(lambda x: x.speed.wall_ns),
        tg=tg,
        tg_why="" if tg else _why_no_rate(exchanges),
        tg_server=middle(lambda x: _server_rate(x, "predicted")),
        pp_server=middle(lambda x: _server_rate(x, "prompt")),
        itl=middle(lambda x: 1e9 / x.speed.tg if x.speed.tg else None),
        icl_p50=middle(lambda x: x.speed.icl_p50_ns),
        icl_p90=middle(lambda x: x.speed.icl_p90_ns),
        icl_p99=middle(lambda x: x.speed.icl_p99_ns),
        icl_most=middle(lambda x: x.speed.icl_most_ns),
        draft_accepted=middle(_accepted),
        wanted_tokens=record.wanted_tokens,
        output_tokens=record.output_tokens,
        scaled=record.scaled if turn == 1 else "",
    )


def _prefill(records: Records) -> tuple[PrefillRow | None, str]:
    """Return the differential prefill rate, or why there is none; small and large of the large one's kind."""
    large = [record for record in records if record.shape == "large"]
    kinds = {record.kind for record in large}
    small = [record for record in records if record.shape == "small" and record.kind in kinds]
    if not large or not small:
        return None, "no large prompt was measured" if not large else "no small prompt was measured"
    reads = {shape: _reads(found) for shape, found in (("small", small), ("large", large))}
    if not reads["small"] or not reads["large"]:
        return None, UNTOLD
    found = pp_diff(reads["small"], reads["large"])
    if found is None:
        return None, "the large prompt was answered no later than the small one"
    tokens = {shape: median_of(read.uncached_tokens for read in each) for shape, each in reads.items()}
    row = PrefillRow(
        tokens_per_second=found.tokens_per_second,
        small=found.small,
        large=found.large,
        least=found.least,
        most=found.most,
        small_tokens=tokens["small"].median if tokens["small"] else 0.0,
        large_tokens=tokens["large"].median if tokens["large"] else 0.0,
    )
    return row, ""


def _reads(records: Records) -> list[PromptRead]:
    """Return uncached tokens and TTFT of cold prompts; a cache that is not told of is taken to be empty.

    The prompt is new from its first character on, so that only the template can be cached: it is in the
    small prompt as well, and cancels out.
    """
    found = []
    for record in records:
        exchange = record.turns[0].exchange
        usage, ttft_ns = _usage(exchange), exchange.speed.ttft_ns
        if usage.prompt_tokens is not None and ttft_ns is not None:
            found.append(PromptRead(usage.prompt_tokens - (usage.cached_tokens or 0), ttft_ns))
    return found


def _usage(exchange: Exchange) -> Usage:
    return exchange.usage or Usage()


def _cached_share(exchange: Exchange) -> float | None:
    usage = _usage(exchange)
    if usage.cached_tokens is None or not usage.prompt_tokens:
        return None
    return usage.cached_tokens / usage.prompt_tokens


def _server_rate(exchange: Exchange, phase: str) -> float | None:
    timings = exchange.timings or {}
    tokens = timings.get(f"{phase}_n")
    return timings.get(f"{phase}_per_second") if tokens is not None and tokens >= RATE_FLOOR_TOKENS else None


def _accepted(exchange: Exchange) -> float | None:
    """Return the share of drafted tokens that were accepted; None where nothing was drafted."""
    timings = exchange.timings or {}
    drafted, accepted = timings.get("draft_n"), timings.get("draft_n_accepted")
    return accepted / drafted if drafted and accepted is not None else None


def _why_no_rate(exchanges: Sequence[Exchange]) -> str:
    told = [
        usage.completion_tokens for usage in map(_usage, exchanges) if usage.completion_tokens is not None
    ]
    if not told:
        return UNTOLD
    if max(told) < RATE_FLOOR_TOKENS:
        return f"{max(told)} tokens came at most, and a rate needs {RATE_FLOOR_TOKENS}"
    return "all text came at once"
