"""Questions about a log, a limit and an end. Time is virtual where it matters: no verdict rests on a clock.

canary 1f9d4a0e-6f0b-4a86-9c1c-2f6f6e1b7a35
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count
from typing import Any

from codestone.grading import (
    Callback,
    Candidate,
    CandidateFailed,
    Finding,
    Http,
    Pending,
    all_of,
    fail,
    ok,
)

# What a right answer does at once: only a wrong one waits this long for it.
SOON_S = 8.0
# What must not happen: a wrong answer needs milliseconds for it, and a right one waits this long.
GRACE_S = 0.5
# What no verdict rests on.
TELLING_S = 2.0

PORT = 8080
ANNA, BEN = "192.0.2.1", "192.0.2.2"
PASSED, REFUSED = 204, 429

# As a proxy would send them, or somebody who wants to be taken for another.
HEADERS = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "True-Client-Ip", "Cf-Connecting-Ip", "X-Client-Ip")


class _Log:
    """What was written to ``out``, one entry for each Write."""

    def __init__(self, candidate: Candidate) -> None:
        self.write = candidate.callback(lambda *_: None, name="out.Write")

    def lines(self, number: int) -> list[str]:
        """Wait for so many Writes, and return them all."""
        self.write.wait_for(number, limit_s=SOON_S)
        return [str(call.args[0]) for call in self.write.calls]


def _hosted(candidate: Candidate, what: str, log: _Log) -> Http:
    """Let a server of ours answer with what the candidate made."""
    started = candidate.ask(what, PORT, log.write)
    if started.raised:
        raise CandidateFailed(f"nothing could be served: {started.raised}")
    return candidate.http(PORT)


def log_line(candidate: Candidate) -> Finding:
    """Each request is one Write of one line: client, method, path, status, and what may follow."""
    log = _Log(candidate)
    server = _hosted(candidate, "logged", log)
    asked = (("127.0.0.2", "GET", "/notes/milk"), ("127.0.0.3", "POST", "/b/c"), ("127.0.0.2", "PUT", "/"))

    def found() -> Iterator[Finding]:
        for number, (client, method, path) in enumerate(asked, start=1):
            server.request(method, path, client=client)
            lines = log.lines(number)
            words = re.escape(f"{client} {method} {path}")
            right = len(lines) == number and re.fullmatch(rf"{words} \d{{3}}( [^\n]*)?\n", lines[-1])
            said = f"{method} {path} from {client} wrote {lines[number - 1 :]!r:.200}"
            yield ok(said) if right else fail(f"{said}; expected one line '{client} {method} {path} STATUS'")

    return all_of(found())


def log_status(candidate: Candidate) -> Finding:
    """The status in the log is what the client gets: also the implied one, and the first of two."""
    log = _Log(candidate)
    server = _hosted(candidate, "logged", log)
    asked: tuple[tuple[dict[str, str], int], ...] = (
        ({"X-Do": "404"}, 404),
        ({"X-Do": "201", "X-Body": "yes"}, 201),
        ({"X-Body": "yes"}, 200),
        ({}, 200),
        ({"X-Do": "503"}, 503),
        ({"X-Do": "201 500"}, 201),
        ({"X-Do": "202 404", "X-Body": "yes"}, 202),
    )

    def found() -> Iterator[Finding]:
        for number, (headers, status) in enumerate(asked, start=1):
            answer = server.get("/s", headers=headers)
            if answer.status != status:
                yield fail(f"the client got {answer.status} where the handler sets {status}")
            yield _logged(log.lines(number)[number - 1 :], 3, str(status))

    return all_of(found())


def log_path(candidate: Candidate) -> Finding:
    """The path is in the log as it was sent, without the query."""
    log = _Log(candidate)
    server = _hosted(candidate, "logged", log)
    asked = (("/a%20b%0Ac?token=1", "/a%20b%0Ac"), ("/x%2Fy", "/x%2Fy"), ("/notes?", "/notes"))

    def found() -> Iterator[Finding]:
        for number, (sent, path) in enumerate(asked, start=1):
            server.get(sent)
            yield _logged(log.lines(number)[number - 1 :], 2, path)

    return all_of(found())


def _logged(lines: Sequence[str], place: int, expected: str) -> Finding:
    """Judge one field of the one line that was written."""
    said = f"the log got {list(lines)!r:.200}"
    fields = lines[0].split() if len(lines) == 1 else []
    return ok(said) if len(fields) > place and fields[place] == expected else fail(f"{said}; no {expected}")


def log_one_at_a_time(candidate: Candidate) -> Finding:
    """While one line is being written, no other Write begins."""
    write = candidate.callback(name="out.Write")
    asked = candidate.new("logging", write)
    pending = [asked.begin("Ask", f"{ANNA}:1024")]
    if not write.wait_for(1, limit_s=SOON_S):
        return fail("nothing was written for a request")
    pending += [asked.begin("Ask", f"{BEN}:{port}") for port in (1025, 1026)]
    if write.wait_for(2, limit_s=GRACE_S):
        return fail("out.Write was called while another Write was under way")
    for writes in (2, 3):
        write.release()
        if not write.wait_for(writes, limit_s=SOON_S):
            return fail(f"{len(write.calls)} Writes for 3 requests")
        if len(write.held) > 1:
            return fail("out.Write was called while another Write was under way")
    write.release()
    return all_of(each.answer(limit_s=SOON_S).gives(PASSED) for each in pending)


def stream_kept(candidate: Candidate) -> Finding:
    """A note is watched through the log: what is written is seen at once, before the request has ended."""
    board = _hosted(candidate, "app", _Log(candidate))
    words = [candidate.nonce() for _ in range(2)]
    board.request("PUT", "/notes/w", body=words[0].encode())
    with board.connect(client="127.0.0.3") as connection:
        connection.settimeout(min(SOON_S, candidate.left_s))
        connection.sendall(b"GET /watch/w HTTP/1.1\r\nHost: board\r\n\r\n")
        data = _until(connection, words[0])
        if words[0].encode() not in data:
            return fail(f"a watched note did not come while the request was under way: {data!r:.200}")
        put = board.begin("PUT", "/notes/w", body=words[1].encode())
        data += _until(connection, words[1])
        if words[1].encode() not in data:
            return fail(f"a change did not come while the request was under way: {data!r:.200}")
        put.response(limit_s=SOON_S)
    return ok("a note and its change were seen while the request was under way")


def _until(connection: Any, word: str) -> bytes:
    """Read until the word has come, or nothing more does."""
    data = b""
    try:
        while word.encode() not in data and (chunk := connection.recv(65536)):
            data += chunk
    except OSError:
        pass
    return data


def board_kept(candidate: Candidate) -> Finding:
    """Notes are written, read, listed and removed as before."""
    board = _hosted(candidate, "app", _Log(candidate))
    text = candidate.nonce()
    asked = (
        ("PUT", "/notes/b", text, 201, ""),
        ("PUT", "/notes/a", "x", 201, ""),
        ("PUT", "/notes/a", text, 204, ""),
        ("GET", "/notes/a", "", 200, text),
        ("GET", "/notes", "", 200, "a\nb\n"),
        ("DELETE", "/notes/a", "", 204, ""),
        ("GET", "/notes/a", "", 404, "no such note\n"),
        ("POST", "/notes/a", "", 405, "Method Not Allowed\n"),
    )

    def found() -> Iterator[Finding]:
        for place, (method, path, sent, status, body) in enumerate(asked):
            client = f"127.0.0.{2 + place}"
            came = board.request(method, path, body=sent.encode() or None, client=client)
            said = f"{method} {path} gave {came.status} {came.body!r:.100}"
            right = (came.status, came.body) == (status, body.encode())
            yield ok(said) if right else fail(f"{said}; expected {status} {body!r}")

    return all_of(found())


def app_wired(candidate: Candidate) -> Finding:
    """Real requests of the whole: one client is refused, and in the log with that; another is answered."""
    log = _Log(candidate)
    board = _hosted(candidate, "app", log)
    statuses: list[int] = []
    while len(statuses) < MANY and not any(status >= 400 for status in statuses):
        statuses += _sent(board, "127.0.0.2", EACH)
    if not any(status >= 400 for status in statuses):
        return fail(f"{len(statuses)} requests of one client, and all were answered")

    def found() -> Iterator[Finding]:
        other = board.get("/notes", client="127.0.0.3").status
        said = f"another client got {other}"
        yield ok(said) if other == 200 else fail(f"{said} after the first was refused; expected 200")
        came = [line.split() for line in log.lines(len(statuses) + 1)]
        told = sorted(fields[3] for fields in came if len(fields) > 3 and fields[0] == "127.0.0.2")
        said = f"{len(told)} of {len(statuses)} requests of the client are in the log"
        yield ok(said) if told == sorted(map(str, statuses)) else fail(f"{said}, or with another status")

    return all_of(found())


# On each connection fewer than may get through, and in all so many that the slowest machine sees one refused.
EACH, MANY = 8, 320


def _sent(board: Any, client: str, count: int) -> list[int]:
    """Send requests on one connection in one go; return the statuses."""
    with board.connect(client=client) as connection:
        connection.sendall(b"GET /notes HTTP/1.1\r\nHost: board\r\n\r\n" * count)
        data = b""
        while len(found := re.findall(rb"^HTTP/1\.1 (\d{3}) ", data, re.MULTILINE)) < count:
            try:
                chunk = connection.recv(65536)
            except OSError:
                chunk = b""
            if not chunk:
                raise CandidateFailed(f"{len(found)} answers to {count} requests of {client}")
            data += chunk
    return [int(status) for status in found]


def limit_ten(candidate: Candidate) -> Finding:
    """Of 15 requests of one moment 10 get through, at once, and 5 are refused with 429."""
    for start_ms in (0, 350):
        came = _scenario(candidate, [(5450, f"{ANNA}:1024")] * 15, start_ms=start_ms)
        statuses = [each["Status"] for each in came]
        if statuses != [PASSED] * 10 + [REFUSED] * 5:
            return fail(f"15 requests at once got {statuses}; expected 10 times {PASSED}, 5 times {REFUSED}")
        if late := max(each["DelayMs"] for each in came):
            return fail(f"a request was held up for {late} ms")
    return ok("15 requests at once: 10 got through, 5 were refused")


def limit_refusal(candidate: Candidate) -> Finding:
    """A refused request gets 429 and Retry-After, and the handler is not called for it."""
    came = _scenario(candidate, [(0, f"{ANNA}:1024")] * 40)
    refused = [each for each in came if each["Status"] != PASSED]
    if not refused:
        return fail("of 40 requests at once none was refused")
    for each in refused:
        if each["Status"] != REFUSED or each["Retry"] != "1":
            return fail(f"refused with {each['Status']}, Retry-After {each['Retry']!r}; expected 429, '1'")
        if each["Called"]:
            return fail("the handler was called for a request that was refused")
    return ok(f"{len(refused)} of 40 requests were refused with 429, Retry-After 1")


def limit_again(candidate: Candidate) -> Finding:
    """A second later as many get through again; who keeps to the limit is never refused; nobody gets more."""
    burst = [(300, f"{ANNA}:1024")] * 15 + [(1350, f"{ANNA}:1025")] * 15

    def found() -> Iterator[Finding]:
        came = [each["Status"] == PASSED for each in _scenario(candidate, burst)]
        first, second = sum(came[:15]), sum(came[15:])
        said = f"{first} requests got through at once, and {second} again after a second"
        yield ok(said) if 5 <= first == second else fail(said)
        for what, times in (
            ("5 requests every 550 ms", [at for at in range(0, 6000, 550) for _ in range(5)]),
            ("one request every 110 ms", list(range(70, 6000, 110))),
            ("10 requests every 1100 ms", [at for at in range(0, 6000, 1100) for _ in range(10)]),
        ):
            steps = [(at, f"{BEN}:7") for at in times]
            came = [each["Status"] == PASSED for each in _scenario(candidate, steps)]
            said = f"{what}: {came.count(False)} of {len(came)} refused"
            yield ok(said) if all(came) else fail(f"{said}; expected none")
        yield _sustained(candidate, at_most=60)

    return all_of(found())


def limit_refused_uncounted(candidate: Candidate) -> Finding:
    """A client that keeps on sending gets its 10 through in each second."""
    return _sustained(candidate, at_least=45)


def _sustained(candidate: Candidate, *, at_least: int = 0, at_most: int = 1000) -> Finding:
    """Judge how many get through of a request every 20 ms, for 5 seconds."""
    came = _scenario(candidate, [(at, f"{ANNA}:1024") for at in range(370, 5370, 20)])
    passed = sum(each["Status"] == PASSED for each in came)
    said = f"50 requests a second for 5 seconds: {passed} got through"
    expected = f"at least {at_least}" if at_least else f"at most {at_most}"
    return ok(said) if at_least <= passed <= at_most else fail(f"{said}; expected {expected}")


def limit_one_client(candidate: Candidate) -> Finding:
    """Connections from several ports of one address are one client."""

    def found() -> Iterator[Finding]:
        for address in (ANNA, "[2001:db8::1]"):
            came = _scenario(candidate, [(0, f"{address}:{2000 + number}") for number in range(40)])
            refused = sum(each["Status"] != PASSED for each in came)
            said = f"40 requests at once of {address} from 40 ports: {refused} refused"
            yield ok(said) if refused else fail(said)

    return all_of(found())


def limit_per_client(candidate: Candidate) -> Finding:
    """That one client is refused is nothing to another."""

    def found() -> Iterator[Finding]:
        for one, other in ((ANNA, BEN), ("[2001:db8::1]", "[2001:db8::2]"), (ANNA, "[2001:db8::1]")):
            steps = [(0, f"{one}:1024")] * 40 + [(0, f"{other}:1024")] * 3
            came = [each["Status"] for each in _scenario(candidate, steps)]
            said = f"after 40 requests of {one}, 3 of {other} got {came[40:]}"
            yield ok(said) if came[40:] == [PASSED] * 3 else fail(said)

    return all_of(found())


def limit_remote_addr(candidate: Candidate) -> Finding:
    """Headers make nobody another client."""

    def found() -> Iterator[Finding]:
        for header in HEADERS:
            key = "for=" if header == "Forwarded" else ""
            steps: list[tuple[Any, ...]] = [
                (0, f"{ANNA}:1024", {header: f"{key}198.51.100.{n}"}) for n in range(40)
            ]
            steps += [(0, f"{BEN}:1024", {header: f"{key}{ANNA}"})] * 2
            came = [each["Status"] == PASSED for each in _scenario(candidate, steps)]
            said = f"40 requests of one client, each with another {header}: {came[:40].count(False)} refused"
            yield fail(said) if all(came[:40]) else ok(said)
            said = f"another client with the first one's address as {header}"
            yield ok(said) if all(came[40:]) else fail(f"{said} was refused")

    return all_of(found())


def limit_own_counters(candidate: Candidate) -> Finding:
    """Two handlers that LimitRate returned count apart."""
    steps: list[tuple[Any, ...]] = [(0, f"{ANNA}:1024")] * 40 + [(0, f"{ANNA}:1024", {}, 1)] * 3
    came = [each["Status"] for each in _scenario(candidate, steps)]
    said = f"after 40 requests to one handler, 3 to another got {came[40:]}"
    return ok(said) if came[40:] == [PASSED] * 3 else fail(said)


def limit_side_by_side(candidate: Candidate) -> Finding:
    """While the handler is executed for one request, others get through, of the same client too."""
    gate, pending = _under_way(candidate, limit_s=SOON_S)
    if len(gate.calls) < 3:
        return fail(f"{len(gate.calls)} of 3 requests were under way at the same time")
    for _ in range(3):
        gate.release()
    return all_of(each.answer(limit_s=SOON_S).gives(PASSED) for each in pending)


def limit_together(candidate: Candidate) -> Finding:
    """From many goroutines at once no more get through than one after the other; the race detector agrees."""
    serial = candidate.ask("crowd", f"10.1.{next(_networks)}.1:1024", 1, 128).value
    crowds = [candidate.ask("crowd", f"10.1.{next(_networks)}.1:1024", 16, 8).value for _ in range(4)]
    races = candidate.ask("races").value
    if any(each != serial for each in crowds):
        return fail(f"{serial} of 128 requests get through one after the other; at once {crowds}")
    if races != 0:
        return fail(f"the race detector saw {races} data races in the limiter")
    return ok(f"{serial} got through each time, and no data race was seen")


def stop_finishes(candidate: Candidate) -> Finding:
    """A request under way is answered whole after the end was asked for, and Serve returns nil."""
    gate, request, result = _stopped(candidate, PORT + 1, grace_ms=60_000)
    word = candidate.nonce()
    gate.release(word)

    def found() -> Iterator[Finding]:
        body = request.response(limit_s=SOON_S).body
        said = f"the request under way got {body!r:.200}"
        yield ok(said) if body.startswith(word.encode()) else fail(f"{said}; expected {word!r} first")
        yield result.answer(limit_s=SOON_S).gives("nil")

    return all_of(found())


def stop_waits(candidate: Candidate) -> Finding:
    """Serve does not return while a request is under way."""
    _, _, result = _stopped(candidate, PORT + 2, grace_ms=60_000)
    if result.answered:
        return fail(f"Serve returned {result.answer().value} while a request was under way")
    return ok("Serve did not return while a request was under way")


def stop_undisturbed(candidate: Candidate) -> Finding:
    """The context of a request under way is not done because the end was asked for."""
    gate, request, _ = _stopped(candidate, PORT + 3, grace_ms=60_000)
    gate.release("context:")
    body = request.response(limit_s=SOON_S).body.decode(errors="replace")
    said = f"in the request under way, {body}"
    return ok(said) if body == "context: <nil>" else fail(f"{said}; expected that it is not done")


def stop_refuses_new(candidate: Candidate) -> Finding:
    """No connection is taken while the last requests are finished."""
    _stopped(candidate, PORT + 4, grace_ms=60_000)
    refused = candidate.ask("refused", PORT + 4, int(SOON_S * 1000)).value is True
    return ok("no connection is taken") if refused else fail("connections are still taken after the end")


def stop_grace(candidate: Candidate) -> Finding:
    """What takes longer than the grace is cut off, and Serve returns an error."""
    _, request, result = _stopped(candidate, PORT + 5, grace_ms=200)

    def found() -> Iterator[Finding]:
        answer = result.answer(limit_s=SOON_S)
        yield answer.satisfies(lambda value: str(value).startswith("error: "), "an error")
        try:
            request.response(limit_s=SOON_S)
        except CandidateFailed as failed:
            cut = request.answered
            yield ok(str(failed)) if cut else fail("the connection was left open after the grace")
        else:
            yield fail("a request was answered that was still under way")

    return all_of(found())


def stop_listener(candidate: Candidate) -> Finding:
    """When the listener fails, Serve returns the error at once."""
    gate = candidate.callback(lambda _: "here", name="handler")
    serving = candidate.new("serving", PORT + 6, 60_000, gate)
    if candidate.http(PORT + 6).get("/a").status != 200:
        return fail("a request was not answered")
    serving.call("Break")
    answer = serving.begin("Result").answer(limit_s=SOON_S)
    return answer.satisfies(lambda value: str(value).startswith("error: "), "the listener's error")


def vet_clean(candidate: Candidate) -> Finding:
    """`go vet` finds nothing."""
    assert candidate.build is not None
    if not candidate.build.ok:
        return fail(candidate.build.said)
    return fail(candidate.build.said) if candidate.build.said else ok("go vet finds nothing")


def approach(candidate: Candidate) -> str:
    """Tell by its behaviour how the limiter counts."""
    gate, pending = _under_way(candidate, limit_s=TELLING_S)
    if len(gate.calls) == 1 and not any(each.answered for each in pending):
        return "lock held during the request"
    came = _scenario(candidate, [(0, f"{ANNA}:1024")] * 30 + [(0, f"{BEN}:1024")] * 2)
    passed = [each["Status"] == PASSED for each in came]
    if sum(passed[:30]) <= 1 or any(each["DelayMs"] for each in came):
        return "one tick for each request"
    if all(passed[:30]):
        return "no limit"
    if not any(passed[30:]):
        return "one counter for all clients"
    pause_ms, passed_then = _pause(candidate)
    if pause_ms is None:
        return "never counts anew"
    if pause_ms <= 200:
        return "token bucket"
    if pause_ms < 900 and passed_then < PROBES:
        return "sliding window, estimated from two counters"
    if abs(pause_ms - (1000 - BURST_MS)) < STRIDE_MS:
        return "counter, reset for all at once"
    if abs(pause_ms - (1000 - BURST_MS - BEGAN_MS)) < STRIDE_MS:
        return "counter for each second of the clock"
    return _edge(candidate) if 900 < pause_ms <= 1050 else "other"


# A limiter is made so long after a second of the clock began, and its clients send so long after that: what
# counts by the clock, and what counts by a ticker, starts anew at a moment of its own. No pause ends at one.
BEGAN_MS, BURST_MS, STRIDE_MS = 200, 370, 40
PROBES = 4


def _pause(candidate: Candidate) -> tuple[int | None, int]:
    """Return how many ms after 10 at once requests get through again, and how many of PROBES do then.

    Each pause is a client's of its own, which sends nothing meanwhile: refused requests may count.
    """
    pauses = [*range(STRIDE_MS // 2, 1100, STRIDE_MS), 1500, 2500, 3900]
    clients = [f"192.0.2.{number}:1024" for number, _ in enumerate(pauses, start=1)]
    steps = [(BURST_MS, client) for client in clients for _ in range(10)]
    steps += [
        (BURST_MS + pause, client)
        for pause, client in zip(pauses, clients, strict=True)
        for _ in range(PROBES)
    ]
    came = [
        each["Status"] == PASSED
        for each in _scenario(candidate, steps, start_ms=BEGAN_MS)[-len(pauses) * PROBES :]
    ]
    told = {pause: sum(came[PROBES * n : PROBES * (n + 1)]) for n, pause in enumerate(pauses)}
    return next(((pause, passed) for pause, passed in told.items() if passed), (None, 0))


def _edge(candidate: Candidate) -> str:
    """Tell a window that slides from one that starts anew: only there the first half is forgotten first."""
    times = [0] * 5 + [600] * 5 + [1050] * 30
    came = _scenario(candidate, [(at, f"{ANNA}:1024") for at in times])
    passed = sum(each["Status"] == PASSED for each in came[10:])
    return "sliding window" if passed < 8 else "counter for each client, reset each second"


def idle_clients(candidate: Candidate) -> str | None:
    """Tell whether clients that stay away are forgotten, by the memory in use."""
    sizes = candidate.ask("memory", 9, 500).value
    if not isinstance(sizes, list) or len(sizes) != 9 or not all(isinstance(each, int) for each in sizes):
        return None
    grown = (sizes[-1] - sizes[2]) / 6
    return "kept" if grown > KEPT_BYTES else "forgotten"


# 500 clients take more: the key of a map, and a number. What comes and goes by itself is much less.
KEPT_BYTES = 500 * 24


def _under_way(candidate: Candidate, *, limit_s: float) -> tuple[Callback, list[Pending]]:
    """Begin three requests whose handler waits, two of them of one client."""
    gate = candidate.callback(name="next")
    asked = candidate.new("limiting", gate)
    pending: list[Pending] = []
    for clients in ((ANNA,), (ANNA, BEN)):
        pending += [asked.begin("Ask", f"{client}:{1024 + len(pending)}") for client in clients]
        candidate.wait(partial(_settled, gate, pending), limit_s=limit_s)
    return gate, pending


def _settled(gate: Callback, pending: Sequence[Pending]) -> bool:
    """Tell whether each request has come to the handler, or was refused."""
    return len(gate.calls) + sum(each.answered for each in pending) >= len(pending)


def _stopped(candidate: Candidate, port: int, *, grace_ms: int) -> tuple[Callback, Any, Pending]:
    """Ask for the end while a request is under way."""
    gate = candidate.callback(name="handler")
    serving = candidate.new("serving", port, grace_ms, gate)
    request = candidate.http(port).begin("GET", "/slow")
    result = serving.begin("Result")
    if not gate.wait_for(1, limit_s=SOON_S):
        raise CandidateFailed("a request did not reach the handler")
    serving.call("Stop")
    candidate.ask(
        "refused", port, int(TELLING_S * 1000)
    )  # it has noticed; what it cuts off, it cuts off soon
    candidate.wait(lambda: request.answered or result.answered, limit_s=GRACE_S)
    return gate, request, result


def _scenario(
    candidate: Candidate, steps: Sequence[tuple[Any, ...]], *, start_ms: int = 0
) -> list[dict[str, Any]]:
    """Send requests at moments of virtual time: (milliseconds, client, headers, which of two limiters).

    No moment may be a whole second after the first: a clock of the answer's could tick in the midst of it.
    """
    own = next(_networks)
    sent = []
    for at_ms, client, *more in steps:
        headers, limiter = (more[0] if more else {}), (more[1] if len(more) > 1 else 0)
        named = {name: _renamed(value, own) for name, value in headers.items()}
        step = {"At": at_ms, "Limiter": limiter, "Client": _renamed(client, own), "Headers": named}
        sent.append(step)
    came = candidate.ask("scenario", start_ms, 2, sent).value
    wanted = {"Status": int, "Retry": str, "Called": bool, "DelayMs": int}
    if not isinstance(came, list) or len(came) != len(steps):
        raise CandidateFailed("requests without an outcome")
    for each in came:
        if not isinstance(each, dict) or {key: type(value) for key, value in each.items()} != wanted:
            raise CandidateFailed("an outcome that is none")
    return came


# No scenario has a client of another's: who keeps counters for the whole package loses one check, not all.
_networks = count(1)


def _renamed(addresses: str, own: int) -> str:
    """Move addresses to a network of their own."""
    return addresses.replace("192.0.2.", f"10.0.{own}.").replace("2001:db8::", f"2001:db8:{own:x}::")
