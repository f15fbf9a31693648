import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.endpoint.faults import DETAIL_LIMIT, one_line, refusal, stream_error
from codestone.trial import Ending


@given(st.text(max_size=1000))
def test_a_detail_is_one_printable_line(text):
    """No escape sequence, line break or novel gets into a detail."""
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= DETAIL_LIMIT


@pytest.mark.parametrize(
    ("status", "body", "ending"),
    [
        (503, b'{"error":{"message":"Loading model","code":503}}', Ending.LOADING),
        (503, b'{"error":{"message":"no slot available"}}', Ending.SERVER_ERROR),
        (500, b"", Ending.SERVER_ERROR),
        (400, b'{"error":"context"}', Ending.SERVER_ERROR),
        (
            400,
            b'{"error":{"type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}}',
            Ending.CONTEXT_OVERFLOW,
        ),
        (400, b'{"error":{"code":"context_length_exceeded","message":"too long"}}', Ending.CONTEXT_OVERFLOW),
        (400, b'{"message":"This model\'s maximum context length is 8 tokens."}', Ending.CONTEXT_OVERFLOW),
        (302, b"moved", Ending.SERVER_ERROR),
        (400, b"[1]", Ending.SERVER_ERROR),
    ],
)
def test_a_refusal_is_told_by_status_and_body(status, body, ending):
    """Loading is not an error, and an overflow is the model's own."""
    assert refusal(status, body)[0] is ending


def test_both_numbers_of_an_overflow_are_told():
    """The prompt's tokens and the context's."""
    body = b'{"error":{"type":"exceed_context_size_error","n_prompt_tokens":9412,"n_ctx":8192}}'
    assert "9412" in refusal(400, body)[1]
    assert "8192" in refusal(400, body)[1]


def test_the_first_bytes_of_a_refusal_are_told():
    """What the server said is not dropped."""
    assert refusal(422, b"max_tokens must be\npositive") == (
        Ending.SERVER_ERROR,
        "HTTP 422: max_tokens must be positive",
    )


@pytest.mark.parametrize(
    "error", ["boom", {"error": "boom"}, {"error": {"message": "boom"}}, {"message": "boom"}]
)
def test_an_error_in_the_stream_is_told_in_its_words(error):
    """In whatever form it comes."""
    assert stream_error(error) == (Ending.SERVER_ERROR, "error inside the stream: boom")
