from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.errors import StoreError
from codestone.store.lines import Lines, read_lines, whole_length

values = st.dictionaries(
    st.text(max_size=9), st.integers(-(2**53), 2**53) | st.text(max_size=9) | st.booleans(), max_size=4
)


@given(st.lists(values, max_size=4), values, st.data())
def test_a_last_line_torn_at_any_byte_is_cut_and_no_other(kept, last, data):
    """What was whole before the torn line stays whole."""
    whole = b"".join(orjson.dumps(value) + b"\n" for value in kept)
    line = orjson.dumps(last) + b"\n"
    torn = line[: data.draw(st.integers(0, len(line) - 1))]
    assert whole_length(whole + torn) == len(whole)
    assert whole_length(whole + line) == len(whole + line)


@given(st.lists(st.sampled_from([b'{"a":1}', b"{}", b"3", b"", b'{"a"', b"\0\0", b"\r", b"\n"]), max_size=8))
def test_reading_passes_over_exactly_what_opening_would_cut(pieces):
    """Beside a writer, and after a kill; any other damage is named."""
    data = b"".join(pieces)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines"
        path.write_bytes(data)
        try:
            whole = [orjson.loads(line) for line in data[: whole_length(data)].split(b"\n")[:-1]]
        except orjson.JSONDecodeError:
            with pytest.raises(StoreError, match="not JSON"):
                list(read_lines(path))
        else:
            assert list(read_lines(path)) == whole


def test_a_last_line_of_zeros_is_torn():
    """So a power cut leaves a file on some file systems."""
    assert whole_length(b'{"a":1}\n' + b"\0" * 512) == 8
    assert whole_length(b'{"a":1}\n' + b"\0" * 512 + b"\n") == 8


def test_a_bad_line_in_the_middle_is_named(tmp_path):
    """Only the last line can be torn; anything else is damage, and is not passed over."""
    path = tmp_path / "lines"
    path.write_bytes(b'{"a":1}\n{"a"\n{"a":3}\n')
    with pytest.raises(StoreError, match="lines:2: not JSON"):
        list(read_lines(path))


def test_a_carriage_return_ends_no_line(tmp_path):
    """Line numbers count line feeds only."""
    path = tmp_path / "lines"
    path.write_bytes(b'{"a":1}\r\n[\r]\n"\r"\n{}\n')
    with pytest.raises(StoreError, match="lines:3"):
        list(read_lines(path))


def test_a_file_that_is_there_is_not_begun_again(tmp_path):
    """Creating is exclusive."""
    Lines(tmp_path / "lines", create=True).close()
    with pytest.raises(StoreError, match="cannot open"):
        Lines(tmp_path / "lines", create=True)


def test_a_second_writer_is_refused_until_the_first_has_closed(tmp_path):
    """The lock is the file's, and goes with its writer."""
    first = Lines(tmp_path / "lines", create=True)
    with pytest.raises(StoreError, match="another run is writing"):
        Lines(tmp_path / "lines")
    first.close()
    first.close()
    Lines(tmp_path / "lines").close()


def test_appending_to_a_full_device_is_a_store_error():
    """/dev/full takes no byte: the reason and the remedy are said."""
    lines = Lines(Path("/dev/full"))
    try:
        with pytest.raises(StoreError) as caught:
            lines.append(b"{}")
    finally:
        lines.close()
    assert caught.value.exit_code == 6
