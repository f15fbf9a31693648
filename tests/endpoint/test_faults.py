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
        (503, b'{"error":{"message":"no slot available"}}', Ending.BUSY),
        (500, b"", Ending.SERVER_ERROR),
        (400, b'{"error":"context"}', Ending.REJECTED),
        (
            400,
            b'{"error":{"type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}}',
            Ending.CONTEXT_OVERFLOW,
        ),
        (400, b'{"error":{"code":"context_length_exceeded","message":"too long"}}', Ending.CONTEXT_OVERFLOW),
        (400, b'{"message":"This model\'s maximum context length is 8 tokens."}', Ending.CONTEXT_OVERFLOW),
        (
            400,
            b'{"error":{"type":"context_exceeded","n_prompt_tokens":9,"n_ctx":8}}',
            Ending.CONTEXT_OVERFLOW,
        ),
        (
            400,
            b'{"detail":"The prompt is longer than the maximum model length of 8."}',
            Ending.CONTEXT_OVERFLOW,
        ),
        (500, b'{"error":{"message":"Context size has been exceeded."}}', Ending.CONTEXT_OVERFLOW),
        (503, b"Loading", Ending.LOADING),
        (503, b"still downloading the weights", Ending.BUSY),
        (500, b"Loading", Ending.SERVER_ERROR),
        (503, b'{"error":{"message":"Failed to load model"}}', Ending.LOAD_FAILED),
        (400, b'{"detail":"Model x (9 GB) exceeds max-model-memory (7 GB)"}', Ending.LOAD_FAILED),
        (500, b'{"error":{"message":"model runner has unexpectedly stopped"}}', Ending.SERVER_ERROR),
        (500, b'{"error":{"message":"out of memory"}}', Ending.SERVER_ERROR),
        (302, b"moved", Ending.SERVER_ERROR),
        (400, b"[1]", Ending.REJECTED),
    ],
)
def test_a_refusal_is_told_by_status_and_body(status, body, ending):
    """An overflow is the model's own, loading is not, and what no server is known to say is an error."""
    assert refusal(status, body)[0] is ending


def test_both_numbers_of_an_overflow_are_told():
    """The prompt's tokens and the context's."""
    body = b'{"error":{"type":"exceed_context_size_error","n_prompt_tokens":9412,"n_ctx":8192}}'
    assert "9412" in refusal(400, body)[1]
    assert "8192" in refusal(400, body)[1]


def test_the_first_bytes_of_a_refusal_are_told():
    """What the server said is not dropped."""
    assert refusal(422, b"max_tokens must be\npositive") == (
        Ending.REJECTED,
        "HTTP 422: max_tokens must be positive",
    )


@pytest.mark.parametrize(
    "error", ["boom", {"error": "boom"}, {"error": {"message": "boom"}}, {"message": "boom"}]
)
def test_an_error_in_the_stream_is_told_in_its_words(error):
    """In whatever form it comes."""
    assert stream_error(error) == (Ending.SERVER_ERROR, "error inside the stream: boom")


def test_when_to_come_again_is_told():
    """The header of a busy server stands in the detail."""
    assert refusal(429, b"slow down", retry_after="30")[1] == "HTTP 429 (Retry-After: 30): slow down"


def test_memory_that_ends_in_mid_reply_is_no_failed_load():
    """The model was loaded: it had begun to answer."""
    error = {"message": "CUDA error: out of memory"}
    assert stream_error(error)[0] is Ending.LOAD_FAILED
    assert stream_error(error, begun=True)[0] is Ending.SERVER_ERROR


def test_a_long_error_is_looked_at_beyond_its_detail():
    """What matters may stand at its end."""
    said = "x" * 300 + " llama runner process has terminated: exit status 2"
    assert stream_error({"message": said})[0] is Ending.LOAD_FAILED
    assert refusal(500, said.encode())[0] is Ending.LOAD_FAILED
