import socket
from time import perf_counter_ns

import pytest

from codestone.endpoint.discover import DEFAULTS, discover, inspect
from codestone.errors import EndpointError, UsageError
from codestone.testing import Script, ScriptedEndpoint, reply


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_scripted_endpoint_is_found_and_marked():
    """No result of it can pass for a model's."""
    with ScriptedEndpoint({"oracle": reply("a"), "wrong": reply("b")}) as server:
        found = inspect(server.base_url)
        assert discover([f"http://127.0.0.1:{closed_port()}", server.base_url]) == [found]
    assert (found.server, found.scripted) == ("scripted", True)
    assert found.base_url == server.base_url
    assert [model.id for model in found.models] == ["oracle", "wrong"]
    assert found.models[0].meta["n_ctx"] == 32768
    assert found.models[0].raw["object"] == "model"


def test_closed_ports_refuse_at_once():
    """Looking around costs no wait: a bound of seconds, where a time-out each would be more."""
    start_ns = perf_counter_ns()
    assert discover([f"http://127.0.0.1:{closed_port()}"] * len(DEFAULTS), limit_s=60) == []
    assert perf_counter_ns() - start_ns < 20e9


def test_a_server_that_never_answers_is_given_up():
    """It accepts and is silent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert discover([f"http://127.0.0.1:{listener.getsockname()[1]}"], limit_s=0.2) == []


def test_an_endpoint_that_is_not_there_is_named():
    """Exit 3, with the URL that was tried."""
    port = closed_port()
    with pytest.raises(EndpointError, match=f"http://127.0.0.1:{port}/v1/models") as caught:
        inspect(f"localhost:{port}".replace("localhost", "127.0.0.1"))
    assert caught.value.exit_code == 3
    assert caught.value.hint


def test_every_url_that_was_tried_is_named_with_what_came_back():
    """Without /v1 in the URL, the API may also be at the top."""
    with ScriptedEndpoint(Script()) as server:
        deep = server.base_url + "/deep"
        with pytest.raises(EndpointError) as caught:
            inspect(deep)
    assert f"{deep}/v1/models: HTTP 404" in caught.value.message
    assert f"{deep}/models: HTTP 404" in caught.value.message


def test_nonsense_is_a_usage_error():
    """It is not the server that is wrong."""
    with pytest.raises(UsageError):
        inspect("ftp://nowhere")
