"""Questions about toolkit.ts: what it does, by value, and how it is written, by facts of the compiler.

canary a713f32b-c17f-4f72-9ee9-9e70a3587bca
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from codestone.grading import (
    Callback,
    Candidate,
    CandidateFailed,
    Finding,
    Handle,
    Throw,
    TypeScriptFacts,
    Undefined,
    all_of,
    begin_typescript_facts,
    fail,
    ok,
    typescript_facts,
)

ENTRY = "toolkit.ts"
ORIGINAL = {ENTRY: (Path(__file__).parents[1] / "workspace" / ENTRY).read_text("utf-8")}

# README.md here has the figures that these lie between.
NODES_LEFT = 0.75  # of the original's
LOG_NODES = 60  # of one log function
SHOULD_LOG_PATHS = 9
SHOULD_LOG_NODES = 110
LONG_WAYS_LEFT = 0.3  # of the original's

DEBUG, INFO, WARN, ERROR, SILENT = range(5)
NAMES = ("DEBUG", "INFO", "WARN", "ERROR", "SILENT")
LOGS = ("logDebug", "logInfo", "logWarn", "logError")
OTHERS = ("LruStore.", "Pipeline.")  # whose methods are no part of the log, however alike they are
NOW = 1_700_000_000_123
STAMP = "[2023-11-14T22:13:20.123Z]"
# Something that must begin: right code needs milliseconds for it, and only wrong code waits this long.
BEGINS_S = 5.0

_working: dict[tuple[tuple[str, str], ...], Finding] = {}  # by the text of the files


def log_lines(candidate: Candidate) -> Finding:
    """Each of the four functions writes its line: time, level, message and the fields that are there."""
    begin_typescript_facts(candidate.source, ORIGINAL, entry=ENTRY)
    sink = _logging(candidate, DEBUG)
    word = candidate.nonce()
    fields = {"scope": "db", "tries": 3, "ok": False, "user": None, "gone": Undefined(), "word": word}
    written = f"scope=db tries=3 ok=false user=null word={word}"

    def found() -> Iterator[Finding]:
        for level, name in enumerate(LOGS):
            sink.calls.clear()
            yield candidate.ask(name, f"plain {word}").gives(Undefined())
            yield _lines(sink, [(level, f"{STAMP} {NAMES[level]} plain {word}")])
            yield candidate.ask(name, "with fields", fields).gives(Undefined())
            yield _lines(sink, [(level, f"{STAMP} {NAMES[level]} with fields {written}")], since=1)
            yield candidate.ask(name, "", {}).gives(Undefined())
            yield _lines(sink, [(level, f"{STAMP} {NAMES[level]} ")], since=2)

    return all_of(found())


def log_levels(candidate: Candidate) -> Finding:
    """A function writes at its own level and below; what configureLog is not given stays."""

    def found() -> Iterator[Finding]:
        numbers = dict(zip(("Debug", "Info", "Warn", "Error", "Silent"), range(5), strict=True))
        reverse = {str(number): name for name, number in numbers.items()}
        yield candidate.get("LogLevel").gives({**reverse, **numbers})
        yield candidate.get("LEVEL_NAMES").gives(list(NAMES))
        for level in range(5):
            yield candidate.ask("shouldLog", level).gives(INFO <= level < SILENT)
        sink = _logging(candidate, Undefined())
        for current in (Undefined(), SILENT, ERROR, DEBUG, WARN, INFO):
            least = INFO if isinstance(current, Undefined) else current
            candidate.ask("configureLog", {"level": current}).gives(Undefined())
            sink.calls.clear()
            for level, name in enumerate(LOGS):
                yield candidate.ask("shouldLog", level).gives(level >= least)
                candidate.ask(name, "x")
            yield candidate.ask("shouldLog", SILENT).gives(False)
            yield _lines(sink, [(n, f"{STAMP} {NAMES[n]} x") for n in range(least, SILENT)])
        for level in (SILENT, DEBUG):
            candidate.ask("configureLog", {"level": level})
            for options in ({}, {"level": Undefined()}, {"muted": []}):
                candidate.ask("configureLog", options)
                yield candidate.ask("shouldLog", DEBUG).gives(level == DEBUG)
        sink.calls.clear()
        candidate.ask("logDebug", "still")
        yield _lines(sink, [(DEBUG, f"{STAMP} DEBUG still")])
        candidate.ask("configureLog", {"sink": None})
        sink.calls.clear()
        yield candidate.ask("logError", "into nothing").gives(Undefined())
        yield _lines(sink, [])

    return all_of(found())


def muted_scopes(candidate: Candidate) -> Finding:
    """Of a muted scope only errors are logged; the list is copied, and stays until another is given."""
    sink = _logging(candidate, DEBUG)

    def found() -> Iterator[Finding]:
        given = candidate.hold(["db", "http", ""])
        candidate.ask("configureLog", {"muted": given})
        given.call("push", "late")
        for scope, level in product(("db", "http", "", "late", "d", Undefined()), range(4)):
            muted = scope in ("db", "http", "") and level < ERROR
            yield candidate.ask("shouldLog", level, scope).gives(not muted)
        yield candidate.ask("shouldLog", SILENT, "db").gives(False)
        for name, scope in product(LOGS, ("db", "", "late", 7)):
            candidate.ask(name, f"{name} {scope}", {"scope": scope})
        expected = [
            (level, f"{STAMP} {NAMES[level]} {name} {scope} scope={scope}")
            for (level, name), scope in product(enumerate(LOGS), ("db", "", "late", 7))
            if scope not in ("db", "") or level == ERROR
        ]
        yield _lines(sink, expected)
        candidate.ask("configureLog", {"level": ERROR})
        yield candidate.ask("shouldLog", ERROR, "db").gives(True)
        yield candidate.ask("shouldLog", WARN, "other").gives(False)
        candidate.ask("configureLog", {"level": DEBUG})
        yield candidate.ask("shouldLog", WARN, "db").gives(False)
        candidate.ask("configureLog", {"muted": []})
        yield candidate.ask("shouldLog", WARN, "db").gives(True)

    return all_of(found())


def level_names(candidate: Candidate) -> Finding:
    """A level is found by its name, in any case and with spaces around it; else there is the fallback."""

    def found() -> Iterator[Finding]:
        for level, name in enumerate(NAMES):
            for text in (name, name.lower(), f"  {name.title()}\n"):
                yield candidate.ask("parseLevel", text).gives(level)
                yield candidate.ask("parseLevel", text, WARN).gives(level)
        for text in ("", "loud", "debu", "debug info", "0", None, Undefined()):
            yield candidate.ask("parseLevel", text).gives(INFO)
            yield candidate.ask("parseLevel", text, Undefined()).gives(INFO)
            for fallback in (DEBUG, ERROR):
                yield candidate.ask("parseLevel", text, fallback).gives(fallback)

    return all_of(found())


def last_used_stays(candidate: Candidate) -> Finding:
    """The entry that was not used for the longest time goes first; get and set are use, has is none."""
    gone = candidate.callback(lambda *_: None, name="onEvict")
    word = candidate.nonce()

    def found() -> Iterator[Finding]:
        store = candidate.new("LruStore", {"capacity": 3, "onEvict": gone})
        for key in ("a", "b", "c"):
            yield _itself(store.call("set", key, f"{key} {word}"))
        yield store.call("keys").gives(["a", "b", "c"])
        yield store.call("get", "a").gives(f"a {word}")
        yield store.call("has", "b").gives(True)
        yield store.call("keys").gives(["b", "c", "a"])
        store.call("set", "c", f"new c {word}")
        yield store.call("keys").gives(["b", "a", "c"])
        yield _told(gone, [])
        store.call("set", "d", None)
        yield _told(gone, [["b", f"b {word}", "capacity"]])
        store.call("set", "e", 0)
        yield _told(gone, [["b", f"b {word}", "capacity"], ["a", f"a {word}", "capacity"]])
        yield store.call("keys").gives(["c", "d", "e"])
        yield store.get("size").gives(3)
        yield store.call("get", "b").gives(Undefined())
        yield store.call("has", "b").gives(False)
        yield store.call("get", "d").gives(None)
        yield store.call("get", "e").gives(0)
        yield store.call("get", "c").gives(f"new c {word}")
        yield store.call("keys").gives(["d", "e", "c"])
        yield store.call("stats").gives({"hits": 4, "misses": 1})
        yield store.call("prune").gives(0)
        store.new("keys").call("pop")
        yield store.call("keys").gives(["d", "e", "c"])

    return all_of(found())


def capacities(candidate: Candidate) -> Finding:
    """A store keeps as many entries as it was told to, 100 without a word; fewer than one is a RangeError."""

    def found() -> Iterator[Finding]:
        yield candidate.get("DEFAULT_CAPACITY").gives(100)
        for options in (
            (),
            (Undefined(),),
            ({},),
            ({"capacity": Undefined()},),
            ({"capacity": 2},),
            ({"capacity": 1},),
        ):
            most = options[0].get("capacity", 100) if options and isinstance(options[0], dict) else 100
            most = 100 if isinstance(most, Undefined) else most
            store = candidate.new("LruStore", *options)
            yield store.get("size").gives(0)
            for number in range(most + 2):
                store.call("set", number, -number)
            yield store.call("keys").gives(list(range(2, most + 2)))
            yield store.call("get", most + 1).gives(-most - 1)
            yield store.call("prune").gives(0)
        for capacity in (0, -3, 0.5):
            refused = candidate.question("new", "LruStore", ({"capacity": capacity},), {})
            yield refused.raises("RangeError", saying=f"capacity must be at least 1, not {capacity}.")

    return all_of(found())


def entries_expire(candidate: Candidate) -> Finding:
    """An entry is gone ttlMs after it was set, and not before; reading it does not prolong its life."""
    gone = candidate.callback(lambda *_: None, name="onEvict")
    now = [NOW]
    clock = candidate.callback(lambda: now[0], name="clock")

    def found() -> Iterator[Finding]:
        store = candidate.new("LruStore", {"capacity": 9, "ttlMs": 1000, "clock": clock, "onEvict": gone})
        for key in ("a", "b", "c"):
            store.call("set", key, key * 2)
            now[0] += 100
        now[0] = NOW + 999
        yield store.call("get", "a").gives("aa")
        store.call("set", "b", "fresh")
        yield store.get("size").gives(3)
        yield _told(gone, [])
        now[0] = NOW + 1000
        yield store.call("get", "a").gives(Undefined())
        yield _told(gone, [["a", "aa", "expired"]])
        yield store.call("keys").gives(["c", "b"])
        now[0] = NOW + 1200
        yield store.call("has", "c").gives(False)
        yield store.get("size").gives(1)
        yield store.call("stats").gives({"hits": 1, "misses": 1})
        now[0] = NOW + 1998
        yield store.call("prune").gives(0)
        store.call("set", "d", "dd")
        now[0] = NOW + 9999
        yield store.call("prune").gives(2)
        expected = [
            ["a", "aa", "expired"],
            ["c", "cc", "expired"],
            ["b", "fresh", "expired"],
            ["d", "dd", "expired"],
        ]
        yield _told(gone, expected)
        yield store.call("keys").gives([])
        small = candidate.new("LruStore", {"capacity": 1, "ttlMs": 1000, "clock": clock, "onEvict": gone})
        small.call("set", "x", 1)
        now[0] += 1000
        small.call("set", "y", 2)
        yield _told(gone, [*expected, ["x", 1, "expired"]])
        now[0] += 999
        small.call("set", "z", 3)
        expected += [["x", 1, "expired"], ["y", 2, "capacity"]]
        yield _told(gone, expected)
        brief = candidate.new("LruStore", {"ttlMs": 0, "clock": clock, "onEvict": gone})
        brief.call("set", "now", 3)
        yield brief.call("has", "now").gives(False)
        yield _told(gone, [*expected, ["now", 3, "expired"]])

    return all_of(found())


def request_lines(candidate: Candidate) -> Finding:
    """A request is described by method, path, query in the order of its names, and user."""
    word = candidate.nonce()
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"method": "get", "path": "/"}, "GET / by anonymous"),
        ({"method": "Post", "path": f"/a/{word}", "user": {"name": word}}, f"POST /a/{word} by {word}"),
        ({"method": "GET", "path": "/a", "query": {}}, "GET /a by anonymous"),
        (
            {"method": "GET", "path": "/a", "query": {"q": "1 & 2"}, "user": None},
            "GET /a?q=1%20%26%202 by anonymous",
        ),
        (
            {"method": "GET", "path": "/a", "query": {"b": "2", "a": "", "c": word}, "user": {}},
            f"GET /a?a=&b=2&c={word} by anonymous",
        ),
        (
            {"method": "GET", "path": "/", "query": {"B": "é", "a": "x"}, "user": {"name": ""}},
            "GET /?B=%C3%A9&a=x by ",
        ),
        (
            {"method": "GET", "path": "/", "query": {"page!": "3", "page": "2", "page 1": "4"}},
            "GET /?page=2&page 1=4&page!=3 by anonymous",
        ),
        ({"method": "GET", "path": "/", "query": Undefined(), "user": {"name": None}}, "GET / by anonymous"),
    )
    return all_of(candidate.ask("describeRequest", request).gives(line) for request, line in cases)


def steps_in_order(candidate: Candidate) -> Finding:
    """Each step is given what the one before passed on, and its reply goes back through all of them."""
    word = candidate.nonce()
    outer, inner = (candidate.callback(name=name, asynchronous=True) for name in ("outer", "inner"))

    def found() -> Iterator[Finding]:
        pipeline = candidate.new("Pipeline")
        asked = {"method": "GET", "path": f"/{word}", "query": {"a": "1"}}
        yield _reply(pipeline.new("run", asked), 404, f"nothing at /{word}.")
        yield _itself(pipeline.call("use", "outer", outer))
        pipeline.call("use", "inner", inner)
        yield pipeline.call("names").gives(["outer", "inner"])
        taken = pipeline.call("use", "outer", inner)
        yield taken.raises("Error", saying="the step outer is there already")
        yield pipeline.call("names").gives(["outer", "inner"])
        running = pipeline.new("run", asked)
        pipeline.call("use", "late", candidate.callback(lambda *_: Throw("Error", "late"), name="late"))
        onward = _next(outer, asked)
        passed = {"method": "POST", "path": f"/{word}/inner"}
        first = onward.new(None, passed)
        through = _next(inner, passed)
        last = {"method": "PUT", "path": f"/{word}/last"}
        yield _reply(through.new(None, last), 404, f"nothing at /{word}/last.")
        inner.release(_answer(201, f"inner {word}", by="inner"))
        yield _reply(first, 201, f"inner {word}", by="inner")
        outer.release(_answer(202, f"outer {word}", by="outer"))
        yield _reply(running, 202, f"outer {word}", by="outer")
        pipeline = candidate.new("Pipeline")
        pipeline.call("use", "outer", outer)
        alone = pipeline.new("run", asked)
        _next(outer, asked)
        outer.release(_answer(200, "by itself"))
        yield _reply(alone, 200, "by itself")

    return all_of(found())


def steps_that_fail(candidate: Candidate) -> Finding:
    """A step that throws, rejects or calls next twice gives 500 and one line of log."""
    sink = _logging(candidate, INFO)
    word = candidate.nonce()
    asked = {"method": "get", "path": "/fails", "user": {"name": word}}

    def thrown(*_: Any) -> Any:
        raise Throw("TypeError", f"sorry {word}")

    def line(message: str) -> list[tuple[int, str]]:
        told = f"GET /fails by {word} failed scope=pipeline error={message}"
        return [(ERROR, f"{STAMP} ERROR {told}")]

    def found() -> Iterator[Finding]:
        for asynchronous in (False, True):
            pipeline = candidate.new("Pipeline")
            pipeline.call("use", "fails", candidate.callback(thrown, name="fails", asynchronous=asynchronous))
            sink.calls.clear()
            yield _reply(pipeline.new("run", asked), 500, f"failed: sorry {word}.")
            yield _lines(sink, line(f"sorry {word}"))
        sink.calls.clear()
        twice = candidate.callback(name="twice", asynchronous=True)
        pipeline = candidate.new("Pipeline")
        pipeline.call("use", "twice", twice)
        running = pipeline.new("run", asked)
        onward = _next(twice, asked)
        yield _reply(onward.new(None, asked), 404, "nothing at /fails.")
        yield _rejects(onward, asked)
        twice.release(Throw("Error", f"passed on {word}"))
        yield _reply(running, 500, f"failed: passed on {word}.")
        yield _lines(sink, line(f"passed on {word}"))
        again = pipeline.new("run", asked)
        onward = _next(twice, asked)
        yield _reply(onward.new(None, asked), 404, "nothing at /fails.")
        twice.release(_answer(200, "fine"))
        yield _reply(again, 200, "fine")
        yield _lines(sink, line(f"passed on {word}"))

    return all_of(found())


def cached_replies(candidate: Candidate) -> Finding:
    """Good replies to GET come from the store the second time, without the step; the header tells."""
    answers: list[dict[Any, Any]] = []
    step = candidate.callback(lambda *_: answers[-1], name="step", asynchronous=True)
    store = candidate.new("LruStore", {"capacity": 5})
    cached = candidate.new("cached", store, step)
    word = candidate.nonce()

    def asked(method: str, path: str, answer: dict[Any, Any], user: str = "ann") -> Handle:
        answers.append(answer)
        request = {"method": method, "path": path, "user": {"name": user}}
        return cached.new(None, request, candidate.callback(lambda *_: None, name="next", asynchronous=True))

    def found() -> Iterator[Finding]:
        good, other = _answer(200, f"good {word}", kind="x", **{"x-cache": "mine"}), _answer(200, "other")
        marked = {"kind": "x", "x-cache": "miss"}
        yield _reply(asked("GET", "/a", good), 200, f"good {word}", **marked)
        yield store.call("keys").gives(["GET /a by ann"])
        yield store.call("get", "GET /a by ann").gives(good)
        yield _reply(asked("get", "/a", other), 200, f"good {word}", **{**marked, "x-cache": "hit"})
        yield _reply(asked("GET", "/a", other, "bob"), 200, "other", **{"x-cache": "miss"})
        yield _asked_times(step, 2)
        yield _reply(asked("POST", "/a", other), 200, "other")
        yield _asked_times(step, 3)
        for status, times in ((404, 5), (400, 7), (399, 8)):
            for turn in range(2):
                hit = status == 399 and turn == 1
                reply = asked("GET", f"/{status}", _answer(status, f"{status} {turn}"))
                body = "399 0" if hit else f"{status} {turn}"
                yield _reply(reply, status, body, **{"x-cache": "hit" if hit else "miss"})
            yield _asked_times(step, times)
        yield store.call("keys").gives(["GET /a by ann", "GET /a by bob", "GET /399 by ann"])
        yield store.call("stats").gives({"hits": 3, "misses": 7})

    return all_of(found())


def export_names(candidate: Candidate) -> Finding:
    """The module exports what it did, and nothing else."""
    facts = _facts(candidate)
    lost = sorted(set(facts.expected) - set(facts.exports))
    more = sorted(set(facts.exports) - set(facts.expected))
    if lost or more:
        return fail(
            "; ".join(
                f"{what}: {', '.join(names)}" for what, names in (("lost", lost), ("new", more)) if names
            )
        )
    return ok(f"all {len(facts.expected)} exports")


def export_types(candidate: Candidate) -> Finding:
    """Each export that is there has the type that it had, however it is written."""
    facts = _mostly_there(candidate)
    changed = {name: why for name, why in facts.changed.items() if name in facts.exports}
    if changed:
        return fail("; ".join(f"{name}: {why}" for name, why in sorted(changed.items())))
    return ok(f"{len(facts.exports)} types as they were")


def compiles(candidate: Candidate) -> Finding:
    """The compiler has nothing to say under strict."""
    errors = _mostly_there(candidate).errors
    return fail("; ".join(errors)) if errors else ok("no error under strict")


def nothing_silenced(candidate: Candidate) -> Finding:
    """Nothing keeps the compiler from looking."""
    silenced = _mostly_there(candidate).silenced
    return fail("; ".join(silenced)) if silenced else ok("nothing")


def logs_unified(candidate: Candidate) -> Finding:
    """What the four log functions do stands in one place."""
    facts = _judged(candidate)
    if facts.errors:
        return fail(f"it does not compile: {facts.errors[0]}")
    own = {name: facts.functions[name].own for name in LOGS if name in facts.functions}
    missing = [name for name in LOGS if name not in own]
    if missing:
        return fail(f"no function: {', '.join(missing)}")
    large = [f"{name} has {nodes} nodes" for name, nodes in own.items() if nodes > LOG_NODES]
    if large:
        return fail(f"{', '.join(large)}; at most {LOG_NODES} where the work is done elsewhere")
    crowd = [
        name for name, count in _alike(facts.clones).items() if count >= 3 and not name.startswith(OTHERS)
    ]
    if crowd:
        return fail(f"three and more functions alike: {', '.join(crowd)}")
    return ok(f"nodes of each: {own}")


def no_clones(candidate: Candidate) -> Finding:
    """No two functions say the same."""
    clones = _judged(candidate).clones
    if clones:
        return fail("; ".join(f"{one} is {other}" for one, other in clones))
    return ok("no clones")


def shorter(candidate: Candidate) -> Finding:
    """There is less of it, whatever its lines and comments."""
    facts = _judged(candidate)
    now, was = facts.syntax.nodes, facts.syntax_was.nodes
    words = f"{now} nodes, {now / was:.0%} of {was}"
    return ok(words) if now <= NODES_LEFT * was else fail(f"{words}; at most {NODES_LEFT:.0%}")


def should_log_simple(candidate: Candidate) -> Finding:
    """The function that decides is short, and so is what it calls; and it decides right."""
    facts = _judged(candidate)
    right = all_of(_decisions(candidate))
    if not right.passed:
        return right
    size = facts.functions.get("shouldLog")
    if size is None:
        return fail("shouldLog is no function")
    words = f"{size.paths} paths, {size.nodes} nodes"
    if size.paths > SHOULD_LOG_PATHS or size.nodes > SHOULD_LOG_NODES:
        return fail(f"{words}; at most {SHOULD_LOG_PATHS} paths and {SHOULD_LOG_NODES} nodes")
    return ok(words)


def template_literals(candidate: Candidate) -> Finding:
    """Texts are not put together with +."""
    facts = _judged(candidate)
    return _left("texts put together with +", facts.syntax.concatenations, facts.syntax_was.concatenations)


def no_index_loops(candidate: Candidate) -> Finding:
    """Elements are not taken by counting."""
    facts = _judged(candidate)
    return _left("loops that count", facts.syntax.index_loops, facts.syntax_was.index_loops)


def nullish_operators(candidate: Candidate) -> Finding:
    """What may be missing is not looked for by hand."""
    facts = _judged(candidate)
    return _left("defaults written out", facts.syntax.long_defaults, facts.syntax_was.long_defaults)


def _facts(candidate: Candidate) -> TypeScriptFacts:
    return typescript_facts(candidate.source, ORIGINAL, entry=ENTRY)


def _mostly_there(candidate: Candidate) -> TypeScriptFacts:
    """Return the facts about what is still this module: nothing is wrong with what is not there."""
    facts = _facts(candidate)
    lost = sorted(set(facts.expected) - set(facts.exports))
    if len(lost) > len(facts.expected) // 4:
        raise CandidateFailed(f"not judged, as too much is gone: {', '.join(lost)}")
    return facts


def _judged(candidate: Candidate) -> TypeScriptFacts:
    """Return the facts about code that does something: how nothing is written would earn points."""
    texts = tuple(candidate.source.items())
    if texts not in _working:
        try:
            _working[texts] = all_of(_uses(candidate))
        except CandidateFailed as failed:
            _working[texts] = fail(str(failed))
    if not _working[texts].passed:
        raise CandidateFailed(f"not judged, as it does not work: {_working[texts].evidence}")
    return _mostly_there(candidate)


def _uses(candidate: Candidate) -> Iterator[Finding]:
    """A little of everything that the module is for; a wrong threshold leaves two of the log functions."""
    word = candidate.nonce()
    sink = _logging(candidate, DEBUG)
    right = []
    for level, name in enumerate(LOGS):
        sink.calls.clear()
        candidate.ask(name, word)
        right.append(_lines(sink, [(level, f"{STAMP} {NAMES[level]} {word}")]))
    yield sorted(right, key=lambda one: not one.passed)[1]
    store = candidate.new("LruStore", {"capacity": 1})
    for key in ("a", word):
        store.call("set", key, word)
    yield store.call("get", word).gives(word)
    yield store.call("keys").gives([word])
    request = {"method": "get", "path": f"/{word}"}
    yield candidate.ask("describeRequest", request).gives(f"GET /{word} by anonymous")
    yield candidate.ask("parseLevel", "warn").gives(WARN)
    pipeline = candidate.new("Pipeline")
    yield _reply(pipeline.new("run", request), 404, f"nothing at /{word}.")
    step = candidate.callback(lambda *_: _answer(200, word), name="step", asynchronous=True)
    pipeline.call("use", "cached", candidate.new("cached", store, step))
    for mark in ("miss", "hit"):
        yield _reply(pipeline.new("run", request), 200, word, **{"x-cache": mark})


def _decisions(candidate: Candidate) -> Iterator[Finding]:
    candidate.ask("configureLog", {"muted": ["db"]})
    for current in range(5):
        candidate.ask("configureLog", {"level": current})
        for level, scope in product(range(5), ("db", "other")):
            logged = current <= level < SILENT and (level == ERROR or scope == "other")
            yield candidate.ask("shouldLog", level, scope).gives(logged)


def _alike(clones: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return how many functions each one is alike to, itself included."""
    groups: dict[str, set[str]] = {}
    for one, other in clones:
        both = groups.get(one, {one}) | groups.get(other, {other})
        groups.update(dict.fromkeys(both, both))
    return {name: len(group) for name, group in groups.items()}


def _left(what: str, now: int, was: int) -> Finding:
    words = f"{what}: {now}, where there were {was}"
    return (
        ok(words) if now <= LONG_WAYS_LEFT * was else fail(f"{words}; at most {LONG_WAYS_LEFT:.0%} may stay")
    )


def _logging(candidate: Candidate, level: Any) -> Callback:
    """Configure the log with a clock of ours, and return the sink."""
    sink = candidate.callback(lambda *_: None, name="sink")
    clock = candidate.callback(lambda: NOW, name="clock")
    candidate.ask("configureLog", {"level": level, "sink": sink, "clock": clock}).value  # noqa: B018
    return sink


def _lines(sink: Callback, expected: Sequence[tuple[int, str]], since: int = 0) -> Finding:
    """Tell whether the sink was given these levels and lines."""
    written = [call.args for call in sink.calls[since:]]
    if [_plain(line) for line in written] == [_plain(line) for line in expected]:
        return ok(f"{len(written)} lines, as expected")
    return fail(f"the sink was given {written!r}; expected {list(expected)!r}")


def _told(gone: Callback, expected: Sequence[Sequence[Any]]) -> Finding:
    """Tell whether onEvict was given these keys, values and reasons."""
    told = [call.args for call in gone.calls]
    if [_plain(one) for one in told] == [_plain(one) for one in expected]:
        return ok(f"onEvict was called {len(told)} times, as expected")
    return fail(f"onEvict was given {told!r}; expected {list(expected)!r}")


def _plain(values: Sequence[Any]) -> list[tuple[str, str]]:
    """Return values so that two of different types are not the same."""
    return [(type(value).__name__, repr(value)) for value in values]


def _itself(answer: Any) -> Finding:
    return answer.satisfies(lambda value: isinstance(value, Handle), "the object itself, for the next call")


def _next(step: Callback, request: Mapping[str, Any]) -> Handle:
    """Wait until a step is called with this request, and return the next that it was given."""
    if not step.candidate.wait(lambda: bool(step.held), limit_s=BEGINS_S):
        raise CandidateFailed(f"{step.name} was not called")
    match step.held[0].args:
        case (dict() as given, Handle() as onward) if given == request:
            return onward
        case given:
            raise CandidateFailed(f"{step.name} was given {given!r}; expected {request!r} and next")


def _answer(status: int, body: str, **headers: str) -> dict[str, Any]:
    return {"status": status, "body": body, "headers": headers}


def _reply(promise: Handle, status: int, body: str, **headers: str) -> Finding:
    return promise.await_().gives(_answer(status, body, **headers))


def _rejects(onward: Handle, request: Mapping[str, Any]) -> Finding:
    """Tell whether calling next fails: at once, or by a promise that is rejected."""
    answer = onward.call(None, request)
    if not answer.raised:
        if not isinstance(answer.value, Handle):
            return fail(f"next gave {answer.value!r} the second time")
        answer = answer.value.await_()
    return answer.raises("Error", saying="next was called twice")


def _asked_times(step: Callback, times: int) -> Finding:
    words = f"the step was asked {len(step.calls)} times"
    return ok(words) if len(step.calls) == times else fail(f"{words}; expected {times}")
