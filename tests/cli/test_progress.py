import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from time import perf_counter_ns

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.cli.progress import make_progress
from codestone.cli.progress_lines import Labels, shortened, trial_line
from codestone.cli.progress_table import NOT_YET, LiveTable, _Asked
from codestone.testing.records import make_attempt, make_exchange, make_record, make_speed_record
from codestone.timing import Channel
from codestone.trial import Ending, Exchange, Speed

QWEN = "qwen3.6-27b-1a2b3c4d"
NASTY = "no\x1b[2J\x1b]0;owned\x07 \u202edliw"
NASTY_SHOWN = r"no\x1b[2J\x1b]0;owned\x07 \u202edliw"
SCENE = """
import sys
from codestone.cli.progress import make_progress
from codestone.testing.records import make_attempt, make_record
from codestone.timing import Channel
from codestone.trial import Ending

keys = [
    make_record(contestant=name, task=task).key
    for name in ("qwen3.6-27b-1a2b3c4d", "small-1b-99999999")
    for task in ("py-select", "js-select")
]
with make_progress(sys.argv[1]) as progress:
    progress.expects(keys)
    progress.say("run directory: runs/x")
    progress.forecast("1 h 10 min - 3 h 40 min")
    heard = progress.begins(keys[0], number=1, of=4, epochs=1)
    if heard is not None:
        heard("abc", Channel.REASONING)
        heard("def" * 50, Channel.CONTENT)
    progress.say("NOW")
    progress.ends(make_record(key=keys[0], earned=60), number=1, of=4, epochs=1)
    progress.begins(keys[1], number=2, of=4, epochs=1)
    progress.retries(keys[1], ending=Ending.UNREACHABLE, detail="refused", again_s=2.0)
    progress.begins(keys[1], number=2, of=4, epochs=1)
    progress.begins(keys[2], number=3, of=4, epochs=1)
    progress.say("BOTH")
    progress.ends(make_record(key=keys[1]), number=2, of=4, epochs=1)
    progress.ends(make_attempt(key=keys[2], detail=sys.argv[2]), number=3, of=4, epochs=1)
    progress.ends(make_record(key=keys[3]), number=4, of=4, epochs=1)
print("the report")
"""
LINES = [
    "[1/4] qwen3.6-27b py-select 1/1 FAIL 1/2 4.1 s",
    "qwen3.6-27b js-select 1 again in 2 s: the server was not reached: refused",
    "[2/4] qwen3.6-27b js-select 1/1 PASS 2/2 4.1 s",
    f"[3/4] small-1b py-select 1/1 NOT MEASURED the server was not reached: {NASTY_SHOWN}",
    "[4/4] small-1b js-select 1/1 PASS 2/2 4.1 s",
]


def scene(mode: str) -> subprocess.CompletedProcess:
    """Play the scene with stderr on a pipe."""
    return subprocess.run(
        [sys.executable, "-c", SCENE, mode, NASTY], capture_output=True, text=True, timeout=120, check=True
    )


def on_terminal(mode: str, *, columns: int) -> bytes:
    """Play the scene with stderr on a terminal of that width; return what the terminal got."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES", "NO_COLOR"}}
    child = subprocess.Popen(
        [sys.executable, "-c", SCENE, mode, NASTY],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**environment, "TERM": "xterm-256color"},
    )
    os.close(theirs)
    got = b""
    try:
        while data := os.read(ours, 1 << 16):
            got += data
    except OSError:  # Linux says so when the last writer is gone
        pass
    finally:
        os.close(ours)
    assert child.wait(120) == 0
    return got


class Screen:
    """A terminal that knows what is used here: new lines, going up, and clearing a line."""

    def __init__(self) -> None:
        self.lines, self.row, self.column, self.widest = [""], 0, 0, 0

    def feed(self, text: str) -> "Screen":
        for code, plain in re.findall(r"(\x1b\[[?\d;]*[A-Za-z])|([^\x1b])", text):
            if code:
                self._obey(code)
            elif plain == "\n":
                self.row += 1
                self.lines += [""] * (self.row == len(self.lines))
            elif plain == "\r":
                self.column = 0
            else:
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[: self.column] + plain + line[self.column + 1 :]
                self.column += 1
                self.widest = max(self.widest, len(self.lines[self.row].rstrip()))
        return self

    def _obey(self, code: str) -> None:
        if code.endswith("A"):
            self.row -= int(code[2:-1])
        elif code == "\x1b[2K":
            self.lines[self.row] = ""
        else:
            assert code.endswith("m") or code in {"\x1b[?25l", "\x1b[?25h"}, code

    def shown(self) -> list[str]:
        return [line.rstrip() for line in self.lines if line.strip()]


def below(line: str, got: str) -> list[str]:
    """Return the table as it was drawn below a line."""
    after = got[got.index(line) :].partition("\n")[2]
    return Screen().feed(after.partition("\x1b[2K")[0]).shown()


@pytest.mark.parametrize("mode", ["auto", "lines"])
def test_on_a_pipe_there_is_a_line_for_each_trial_and_no_escape(mode):
    """In the documented shape, the reason behind it, and nothing of it on stdout."""
    ran = scene(mode)
    assert ran.stdout == "the report\n"
    assert ran.stderr.splitlines() == [
        "run directory: runs/x", "time left: 1 h 10 min - 3 h 40 min", "NOW", *LINES[:2], "BOTH", *LINES[2:],
    ]  # fmt: skip
    assert "\x1b" not in ran.stderr


def test_a_terminal_keeps_the_lines_and_the_table_is_gone_at_the_end():
    """What a model or server said moves no cursor."""
    screen = Screen().feed(on_terminal("auto", columns=120).decode())
    assert screen.shown() == ["run directory: runs/x", "NOW", *LINES[:2], "BOTH", *LINES[2:]]


def test_a_terminal_shows_meanwhile_who_does_what():
    """Done of how many, points so far, characters per second, time left; 80 columns are enough."""
    got = on_terminal("auto", columns=80).decode()
    heading, first, second, left = below("NOW", got)
    assert heading.split() == ["contestant", "done", "points", "now"]
    assert re.fullmatch(
        rf"qwen3.6-27b +0/2 +{NOT_YET} +py-select (writing( \d+ chars/s)?|last text \d+ s ago)", first
    )
    assert re.fullmatch(rf"small-1b +0/2 +{NOT_YET}", second)
    assert left == "time left: 1 h 10 min - 3 h 40 min"
    _, first, second, _ = below("BOTH", got)
    assert re.fullmatch(r"qwen3.6-27b +1/2 +60/100 +js-select being graded", first)
    assert re.fullmatch(rf"small-1b +0/2 +{NOT_YET} +py-select waiting \d+ s for text", second)
    again = below("js-select 1 again", got)
    assert re.fullmatch(r"qwen3.6-27b +1/2 +60/100 +js-select again in 2 s: the server was.*", again[1])
    ordinary = got.replace(LINES[3].partition(":")[2], "").replace(LINES[1], "")
    assert Screen().feed(ordinary).widest <= 80


def test_lines_on_a_terminal_have_no_table():
    """For who logs a terminal."""
    got = on_terminal("lines", columns=80).decode()
    assert "contestant" not in got
    assert "\x1b[2K" not in got


def test_json_is_one_versioned_object_a_line():
    """Each with its event, whatever was said in it."""
    ran = scene("json")
    told = [json.loads(line) for line in ran.stderr.splitlines()]
    assert {line["schema_version"] for line in told} == {1}
    assert [line["event"] for line in told] == [
        "expects", "says", "forecast", "begins", "says", "ends", "begins", "retries", "begins", "begins",
        "says", "ends", "ends", "ends",
    ]  # fmt: skip
    ends = [line for line in told if line["event"] == "ends"]
    assert [line["verdict"] for line in ends] == ["fail", "pass", "not-measured", "pass"]
    assert ends[0]["score"] == {"earned": 60, "possible": 100, "passed": 1, "checks": 2}
    assert (ends[2]["score"], ends[2]["generation_s"], ends[2]["doing"]) == (None, None, "server")
    assert ends[2]["detail"] == NASTY
    assert ends[0]["key"]["task"] == "py-select"


def test_quiet_says_nothing():
    """Errors and the final report are not its business."""
    ran = scene("quiet")
    assert (ran.stdout, ran.stderr) == ("the report\n", "")


def line_of(outcome, **changes):
    return trial_line(outcome, **{"label": "qwen3.6-27b", "number": 28, "of": 60, "epochs": 3, **changes})


def test_a_plain_answer_has_no_reason():
    """The line of the handbook."""
    record = make_record(task="py-select", epoch=2, earned=60, generation_ns=3_100_000_000)
    assert line_of(record) == "[28/60] qwen3.6-27b py-select 2/3 FAIL 1/2 3.1 s"
    assert line_of(record, of=None, epochs=None) == "[28] qwen3.6-27b py-select 2 FAIL 1/2 3.1 s"


def test_whatever_else_happened_is_said_with_its_evidence():
    """The ending's words, then the last exchange's detail."""
    spent = Exchange(ending=Ending.THOUGHT_OUT, detail="9000 characters of reasoning, none of content")
    thought = make_record(earned=0, ending=Ending.THOUGHT_OUT, exchanges=(spent,))
    assert line_of(thought).endswith(
        "FAIL 0/2 4.1 s the output budget was spent thinking: 9000 characters of reasoning, none of content"
    )
    cut = make_record(exchanges=(make_exchange(detail="the output budget ended the reply"),))
    assert line_of(cut).endswith("PASS 2/2 4.1 s the output budget ended the reply")


def test_what_could_not_be_measured_has_no_checks():
    """Only the seconds that the server was listened to."""
    broken = Exchange(ending=Ending.STREAM_BROKEN, speed=Speed(wall_ns=12_340_000_000))
    attempt = make_attempt(ending=Ending.STREAM_BROKEN, detail="reset", exchanges=(broken,))
    assert line_of(attempt).endswith("1/3 NOT MEASURED 12.3 s the stream broke off: reset")
    assert line_of(make_attempt(ending=Ending.CANCELLED, detail="")).endswith("NOT MEASURED cancelled")


@given(detail=st.text())
def test_no_detail_breaks_the_line(detail):
    """It stays one line of printable characters, of bounded length."""
    line = line_of(make_attempt(detail=detail))
    assert line.isprintable()
    assert len(line) < 300


def test_labels_drop_the_digest_where_that_tells_contestants_apart():
    """Two of one name: the second keeps it; a driver other than `single` is named."""
    labels = Labels()
    assert labels.contestant(QWEN) == "qwen3.6-27b"
    assert labels.contestant("qwen3.6-27b-99999999") == "qwen3.6-27b-99999999"
    assert labels.contestant(QWEN) == "qwen3.6-27b"
    assert labels.of(make_record(contestant=QWEN, driver="loop").key) == "qwen3.6-27b·loop"


@given(st.lists(st.from_regex(r"[a-z0-9.]{1,40}(-q4_k_m)?-[0-9a-f]{8}", fullmatch=True), unique=True))
def test_labels_tell_contestants_apart_whatever_they_are_called(names):
    """No two share one."""
    labels = Labels()
    assert len({labels.contestant(name) for name in names}) == len(names)


def test_long_names_lose_their_middle():
    """Model at the front, quant at the end."""
    assert shortened("qwen3-coder-30b-a3b-instruct-q4_k_m") == "qwen3-coder…uct-q4_k_m"
    assert shortened("short") == "short"


def test_trials_may_end_in_another_thread():
    """Every trial is counted once, and every line is whole."""
    table, records = LiveTable(Labels()), [make_record(contestant=QWEN, epoch=e) for e in range(1, 201)]
    table.expects(record.key for record in records)
    threads = []
    for record in records:
        heard = table.begins(record.key)
        heard("text", Channel.CONTENT)
        threads.append(threading.Thread(target=table.ends, args=(record,)))
        threads[-1].start()
        table.drawing()
    for thread in threads:
        thread.join()
    (row,) = table._rows.values()
    assert (row.done, row.of, row.earned, row.possible) == (200, 200, 20_000, 20_000)
    assert not table._asked


def test_what_a_contestant_does_is_told_with_its_speed():
    """Waiting, thinking, writing; after two silent seconds when text came last: it may be graded."""
    key = make_record(task="py-select").key
    begun_ns = perf_counter_ns()
    asked = _Asked(key, begun_ns - 5_000_000_000)
    assert asked.doing() == "py-select waiting 5 s for text"
    asked.first_ns = begun_ns - 10_000_000_000
    asked.last_ns, asked.characters, asked.channel = begun_ns - 500_000_000, 950, Channel.REASONING
    assert asked.doing() in {"py-select thinking 100 chars/s", "py-select last text 2 s ago"}
    asked.last_ns = begun_ns - 60_000_000_000
    assert re.fullmatch(r"py-select last text \d\d s ago", asked.doing())
    asked.answered = True
    assert asked.doing() == "py-select being graded"


def test_json_lines_of_several_threads_stay_whole(capsys):
    """One object a line, none lost."""
    with make_progress("json") as progress:
        threads = [
            threading.Thread(
                target=progress.ends,
                args=(make_record(epoch=e),),
                kwargs={"number": e, "of": 50, "epochs": 50},
            )
            for e in range(1, 51)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert sorted(line["number"] for line in told) == list(range(1, 51))


def test_a_speed_trial_is_timed_and_tells_its_first_reply():
    """No checks, no driver in its name; what was not measured is left out."""
    record = make_speed_record(contestant=QWEN, task="large-code", epoch=2)
    line = trial_line(record, label=Labels().of(record.key), number=7, of=12, epochs=3)
    figures = "210 prompt tokens, TTFT 0.42 s, 40 tokens/s"
    assert line == f"[7/12] qwen3.6-27b large-code 2/3 TIMED 3.6 s {figures}"
    bare = make_speed_record(contestant=QWEN, exchanges=[Exchange(ending=Ending.EMPTY)])
    line = trial_line(bare, label="q", number=1, of=12, epochs=3)
    assert line == "[1/12] q small-code 1/3 TIMED"


def test_programs_hear_of_a_speed_trial_without_a_score(capsys):
    """Its ending is answered: the server has done what it was asked."""
    with make_progress("json") as progress:
        progress.ends(make_speed_record(), number=1, of=12, epochs=3)
    told = json.loads(capsys.readouterr().err)
    assert (told["verdict"], told["score"], told["ending"]) == ("timed", None, "answered")
    assert told["detail"] == "210 prompt tokens, TTFT 0.42 s, 40 tokens/s"
