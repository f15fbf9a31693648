import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.endpoint.url import address
from codestone.errors import UsageError


@pytest.mark.parametrize(
    ("typed", "base_url", "props"),
    [
        ("http://localhost:8080", "http://localhost:8080/v1", "/props"),
        ("http://localhost:8080/", "http://localhost:8080/v1", "/props"),
        ("http://localhost:8080/v1", "http://localhost:8080/v1", "/props"),
        ("http://localhost:8080/v1/", "http://localhost:8080/v1", "/props"),
        ("localhost:8080", "http://localhost:8080/v1", "/props"),
        ("127.0.0.1:1234/v1", "http://127.0.0.1:1234/v1", "/props"),
        (" https://box.lan/llm/ ", "https://box.lan/llm/v1", "/llm/props"),
        ("https://box.lan:443/llm//v1", "https://box.lan/llm/v1", "/llm/props"),
        ("http://box/v1/chat/completions", "http://box/v1", "/props"),
        ("http://box/api/paas/v4", "http://box/api/paas/v4", "/api/paas/props"),
        ("http://[::1]:8080", "http://[::1]:8080/v1", "/props"),
    ],
)
def test_what_people_type_becomes_one_form(typed, base_url, props):
    """With or without scheme, /v1, slash and prefix."""
    where = address(typed)
    assert where.base_url == base_url
    assert where.path("/props") == props
    assert where.origin + where.path("/v1/models") == f"{base_url}/models"


@pytest.mark.parametrize(
    "nonsense",
    ["", "  ", "http://", "ftp://box/v1", "http://box:99999", "http://box:x", "http://a b/v1", "http://box/v1?x=1",
     "http://box/v1#x", "http://user:secret@box/v1", "http://[::1", "http://box\n.evil/", "://", "http://..", "file:///etc"],
)  # fmt: skip
def test_nonsense_is_refused_with_a_reason(nonsense):
    """A UsageError says what is wrong and what a base URL looks like."""
    with pytest.raises(UsageError, match="is no base URL") as caught:
        address(nonsense)
    assert caught.value.hint


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    """No other exception than UsageError, and the one form is read as itself."""
    try:
        where = address(text)
    except UsageError:
        return
    assert address(where.base_url) == where
