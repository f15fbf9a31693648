import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestone.endpoint.chat import Stop
from codestone.endpoint.repetition import LIMITS, REPEATS, STRIDE, UNIT, Repetition, both
from codestone.timing import Channel
from codestone.trial import Ending

REPOSITORY = Path(__file__).parents[2]
LONGEST = max(LIMITS[words, False] for words in (True, False))
SENTENCE = "Wait, let me check once more whether that is right.\n"


def heard(text: str, sizes: tuple[int, ...] = (64,), channel: Channel = Channel.CONTENT) -> tuple[int, str]:
    """Let a text come in pieces; return how much had come at the stop, and why; -1, "" without a stop."""
    listen, place, number = Repetition(), 0, 0
    while place < len(text):
        size = sizes[number % len(sizes)]
        if stop := listen(text[place : place + size], channel):
            assert stop.ending is Ending.LOOPED
            return place + size, stop.why
        place, number = place + size, number + 1
    return -1, ""


@given(
    before=st.text(max_size=300),
    unit=st.text(min_size=1, max_size=40) | st.text("ab ", min_size=1, max_size=UNIT),
    sizes=st.lists(st.integers(1, 700), min_size=1, max_size=5).map(tuple),
)
@settings(max_examples=60)
def test_any_unit_repeated_enough_is_found(before, unit, sizes):
    """Whatever it is, wherever it begins, however it is cut into pieces."""
    enough = max(LONGEST, (REPEATS + 1) * len(unit)) + 2 * STRIDE + max(sizes)
    came, why = heard(before + unit * (enough // len(unit) + 1), sizes)
    assert "repeated over" in why
    assert came <= len(before) + enough + len(unit) + max(sizes)


@given(unit=st.text("abc de.\n1", min_size=1, max_size=60), sizes=st.lists(st.integers(1, 99), min_size=1))
@settings(max_examples=60)
def test_a_unit_that_comes_too_seldom_is_no_loop(unit, sizes):
    """Under the lowest limit nothing is stopped."""
    assert heard(unit * (min(LIMITS.values()) // len(unit)), tuple(sizes)) == (-1, "")


@pytest.mark.parametrize("channel", list(Channel))
def test_sentences_over_and_over_are_stopped_within_a_minute_or_so(channel):
    """4,000 characters are about 1,000 tokens: 50 s of a model of 20 tokens/s; thinking counts as well."""
    came, why = heard("Four.\n" + SENTENCE * 500, channel=channel)
    assert came < LIMITS[True, False] + 3 * STRIDE
    assert why.startswith(f"{channel} repeated over 4,")
    assert why.endswith(f"{SENTENCE.strip()!r}")


def test_a_counter_does_not_hide_a_loop():
    """Numbers that change are no new thought."""
    steps = "".join(f"Step {n}: check that {n - 1} is followed by {n} here.\n" for n in range(9, 900))
    came, why = heard(steps, sizes=(3,))
    assert came < LIMITS[True, True] + 3 * STRIDE
    assert "but for its numbers: 'Step 0: check that 0 is followed by 0 here.'" in why


def test_a_unit_with_a_run_of_its_own_is_found():
    """The run is not taken for the loop, nor does it hide the loop."""
    came, why = heard(("=" * 400 + " once more, from the top\n") * 60)
    assert 0 < came < 12_000 + (REPEATS + 1) * 424
    assert "=====" in why
    assert 0 < heard(("x" * 999 + "y") * 20)[0] < 14_000


def test_a_loop_that_changes_begins_anew():
    """What repeated before the change is not counted, however soon it goes on."""
    assert heard(("ab cd ef gh " * 285 + "!") * 5) == (-1, "")


def test_channels_are_heard_apart():
    """A word of thinking between two pieces of content does not break the loop, nor join two."""
    listen, stops = Repetition(), []
    for _ in range(200):
        stops.append(listen(SENTENCE, Channel.CONTENT))
        stops.append(listen("Hm, let me think about all of that for a while.\n", Channel.REASONING))
    assert any(stop and stop.why.startswith("content") for stop in stops)
    assert any(stop and stop.why.startswith("reasoning") for stop in stops)


def test_a_loop_that_ended_is_forgiven():
    """The tail counts: who gets out of it goes on."""
    rhyme = SENTENCE * (3_500 // len(SENTENCE))
    fresh = "".join(f"{chr(97 + n % 26) * (n % 7 + 1)} {'xyz'[n % 3] * n} then.\n" for n in range(40))
    assert heard((rhyme + fresh) * 4) == (-1, "")


HONEST = {
    "a table of numbers": "".join(f"    ({n}, {n * n % 97}, {n % 7}),\n" for n in range(600)),
    "one line of numbers": "TABLE = [" + ", ".join(str(n * 37 % 1000) for n in range(5_000)) + "]",
    "a board of zeros": ("    [" + "0, " * 31 + "0],\n") * 64,
    "a hundred asserts": "".join(f"    assert fizz({n}) == 'fizz {n}'\n" for n in range(300)),
    "unrolled code": "".join(f"    out[{n}] = a[{n}] * b[{n}];\n" for n in range(500)),
    "objects of JSON": "".join(
        f'{{"id": {n}, "name": "User {n}", "mail": "u{n}@example.com", "on": true}},\n' for n in range(400)
    ),
    "CSS": "".join(f".m-{n} {{ margin: {n}px; padding: {n}px; }}\n" for n in range(500)),
    "cells of HTML": '      <div class="cell"></div>\n' * 300,
    "ASCII art": ("#" * 60 + "\n") * 40 + ("#" + "." * 58 + "#\n") * 120,
    "a numbered list": "".join(f"{n}. Check the input of rule {n} first.\n" for n in range(300)),
    "names of tests": "".join(f"def test_{n}():\n    assert run({n}) == {n}\n\n\n" for n in range(400)),
}


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST.keys())
def test_what_an_honest_answer_may_hold_is_no_loop(text):
    """Several hundred lines alike are code."""
    assert heard(text) == (-1, "")
    assert heard(text, channel=Channel.REASONING) == (-1, "")


def _corpus() -> Iterator[Path]:
    """The standard library with its tables of encodings, our suites, our own code and tests."""
    library = Path(sysconfig.get_path("stdlib"))
    yield from library.glob("*.py")
    yield from (library / "encodings").glob("*.py")
    for folder in ("suites", "src", "tests"):
        yield from (path for path in (REPOSITORY / folder).rglob("*") if path.is_file())


def test_no_code_that_people_wrote_is_a_loop():
    """Tables of 256 characters, generated data and repeated tests among it."""
    stopped, files = {}, 0
    for path in _corpus():
        try:
            text = path.read_text("utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        files += 1
        if (found := heard(text[:400_000], sizes=(STRIDE,)))[1]:
            stopped[path] = found
    assert files > 500
    assert not stopped


def test_both_listeners_hear_everything():
    """The first that wants to stop is heeded, and the other has heard the piece all the same."""
    told: list[tuple[str, str]] = []

    def first(text: str, channel: Channel) -> Stop | None:
        told.append(("first", text))
        return Stop(Ending.CUT_OFF, "enough") if text == "b" else None

    def second(text: str, channel: Channel) -> Stop | None:
        told.append(("second", text))
        return Stop(Ending.LOOPED, "again") if text == "c" else None

    listen = both(first, second)
    assert listen is not None
    assert [listen(text, Channel.CONTENT) for text in "abc"] == [
        None,
        Stop(Ending.CUT_OFF, "enough"),
        Stop(Ending.LOOPED, "again"),
    ]
    assert told == [(who, text) for text in "abc" for who in ("first", "second")]


def test_nobody_is_both():
    """One listener stays what it is."""
    listen = Repetition()
    assert both(None, listen) is both(listen, None) is listen
    assert both(None, None) is None
