"""One question of every kind that there is (canary 3f7ca042-9156-4d3b-ae84-b02f5d79c613)."""

from codestone.grading import Candidate, Finding, Ran, all_of, fail, ok


def _asked(candidate: Candidate, *words: str, stdin: bytes = b"") -> Ran:
    return candidate.run("bash", "answers.sh", *words, stdin=stdin)


def _gives(ran: Ran, code: int, stdout: bytes) -> Finding:
    said = f"exit code {ran.code}, standard output {ran.stdout[:100]!r}"
    return (
        ok(said) if (ran.code, ran.stdout) == (code, stdout) else fail(f"{said}; expected {code}, {stdout!r}")
    )


def values(candidate: Candidate) -> Finding:
    """Sums, of fixed numbers and random ones."""
    random = candidate.random()
    pairs = [(1, 2), (-4, 9), *((random.randrange(1000), random.randrange(1000)) for _ in range(5))]
    return all_of(
        _gives(_asked(candidate, "add", str(a), str(b)), 0, f"{a + b}\n".encode()) for a, b in pairs
    )


def stream(candidate: Candidate) -> Finding:
    """Two inputs that nobody knew."""

    def found() -> Finding:
        nonce = f"x{candidate.nonce()}"
        return _gives(_asked(candidate, "upper", stdin=nonce.encode()), 0, nonce.upper().encode())

    return all_of(found() for _ in range(2))


def copies(candidate: Candidate) -> Finding:
    """A file of its own with the same bytes; the input is as it was, and nothing else is new."""
    nonce = candidate.nonce()
    source, target, data = f"in-{nonce}", f"out-{nonce}", nonce.encode()
    candidate.put(source, data, mode=0o640)
    before = candidate.listing()
    ran = _asked(candidate, "copy", source, target)
    after = candidate.listing()
    made = after.get(target)
    if made is None or made.kind != "file" or ran.code != 0:
        return fail(f"exit code {ran.code}, the copy is {made and made.kind}")
    if {path: entry for path, entry in after.items() if path != target} != before:
        return fail(f"beside the copy, {sorted(before)} became {sorted(after)}")
    if (candidate.read(source), candidate.read(target)) != (data, data):
        return fail("the bytes are not the same")
    candidate.put(source, b"changed")
    same = candidate.read(target) == data
    return ok("a copy") if same else fail("the copy changes with the file that it was made of")


def refuses(candidate: Candidate) -> Finding:
    """An unknown word is refused, and a known one is not."""
    ran = _asked(candidate, f"word-{candidate.nonce()}")
    refused = _gives(ran, 64, b"")
    if refused.passed and not ran.stderr.strip():
        return fail("it was refused without a word")
    return all_of([refused, _gives(_asked(candidate, "add", "20", "30"), 0, b"50\n")])
