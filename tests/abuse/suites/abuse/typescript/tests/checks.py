"""One question of every kind that there is (canary 2e6b9f31-8045-4c2a-9d73-af1e4c68b502)."""

from codestone.grading import Candidate, Finding, Handle, all_of, fail


def values(candidate: Candidate) -> Finding:
    """Plain values, fixed and random."""
    random = candidate.random()
    pairs = [(1, 2), (-4, 9), *((random.randrange(1000), random.randrange(1000)) for _ in range(5))]
    return all_of(candidate.ask("add", a, b).gives(a + b) for a, b in pairs)


def large(candidate: Candidate) -> Finding:
    """A question that no socket's buffer takes, after a small one."""
    numbers = [candidate.random(9).randrange(1000)] * 100_000
    return all_of(
        candidate.ask(name, *args).gives(expected)
        for name, args, expected in (("add", (0, 0), 0), ("total", (numbers,), sum(numbers)))
    )


def elements(candidate: Candidate) -> Finding:
    """Opaque elements in several orders; the right one, with neither too few comparisons nor too many."""

    def found(stream: int) -> Finding:
        ranks = list(range(16))
        candidate.random(stream).shuffle(ranks)
        ranks.sort(key=lambda rank: rank == 0)  # the smallest comes last
        if stream % 2:
            ranks.insert(stream, ranks.pop())
        items, before = candidate.elements(ranks), candidate.comparisons
        answer = candidate.ask("smallest", items, candidate.comparator())
        asked = candidate.comparisons - before
        return answer.satisfies(
            lambda value: value is items[ranks.index(0)] and 15 <= asked <= 40,
            f"the smallest after 15 to 40 comparisons, not {asked}",
        )

    return all_of(found(stream) for stream in range(1, 5))


def callback(candidate: Candidate) -> Finding:
    """Two nonces, each told once and only to whom asks."""

    def found() -> Finding:
        nonce = candidate.nonce()
        return candidate.ask("relay", candidate.callback(lambda: nonce)).gives(nonce)

    return all_of(found() for _ in range(2))


def promise(candidate: Candidate) -> Finding:
    """The same, where both sides have to wait."""

    def found() -> Finding:
        nonce = candidate.nonce()
        told = candidate.ask("later", candidate.callback(lambda: nonce, asynchronous=True)).value
        return told.await_().gives(nonce) if isinstance(told, Handle) else fail("no promise was given")

    return all_of(found() for _ in range(2))


def counter(candidate: Candidate) -> Finding:
    """Two objects, each with a state of its own."""
    one, two = candidate.new("Counter"), candidate.new("Counter")
    for times, handle in ((3, one), (5, two)):
        for _ in range(times):
            handle.call("up")
    return all_of([one.get("count").gives(3), two.get("count").gives(5)])
