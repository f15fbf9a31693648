"""KEY=VALUE, read as the command line's reference says."""

import contextlib
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.errors import UsageError
from codestone.sandbox.limits import BoxLimits, parse


@pytest.mark.parametrize(
    ("word", "field", "value"),
    [
        ("wall=2m", "wall_s", 120.0),
        ("wall=500ms", "wall_s", 0.5),
        ("cpu=1.5s", "cpu_s", 1.5),
        ("memory=1G", "memory_bytes", 1 << 30),
        ("disk=4096", "disk_bytes", 4096),
        ("file=2K", "file_bytes", 2048),
        ("output=1M", "output_bytes", 1 << 20),
        ("processes=9", "processes", 9),
        ("fds=99", "fds", 99),
        ("inodes=5", "inodes", 5),
    ],
)
def test_each_key(word, field, value):
    """Every key sets its limit and leaves the others alone."""
    assert asdict(parse([word])) == {**asdict(BoxLimits()), field: value}


def test_the_last_word_counts():
    """A key that is given twice has its later value."""
    assert parse(["fds=10", "fds=20"]).fds == 20


@pytest.mark.parametrize(
    "word",
    ["wall", "wal=1s", "wall=1", "wall=1h", "wall=-1s", "wall=0s", "memory=1T", "memory=1k", "memory=",
     "fds=1K", "fds=1.5", "fds=0", "disk=0.1", "wall=1e3s", "wall=nans", "fds=\u0663", "=1", ""],
)  # fmt: skip
def test_what_is_no_limit(word):
    """An unknown key, unit or value is a usage error, and the hint lists the keys."""
    with pytest.raises(UsageError) as caught:
        parse([word])
    assert all(key in caught.value.hint for key in ("wall", "cpu", "memory", "processes", "inodes", "500ms"))


@given(st.integers(1, 1 << 50), st.sampled_from(["", "K", "M", "G"]))
def test_sizes_are_powers_of_1024(number, unit):
    """A size is its number times 1024 to the unit's power, exactly."""
    assert parse([f"disk={number}{unit}"]).disk_bytes == number * 1024 ** " KMG".index(unit or " ")


@given(st.text(max_size=30))
def test_any_text_is_a_limit_or_a_usage_error(word):
    """No text brings anything but limits or a usage error."""
    with contextlib.suppress(UsageError):
        assert isinstance(parse([word]), BoxLimits)
