"""Time against truth: a server on the same clock says when it sent what the client stamps."""

from statistics import median

from codestone.endpoint.client import ChatRequest, Client, Message
from codestone.testing import Script, ScriptedEndpoint, chunk, schedule
from codestone.testing.script import DONE

TARGET_NS = 1_000_000
SLACK = 10  # a loaded machine stamps late; `python -m benchmarks client` prints the true figure
ROLE, STOP = chunk({"role": "assistant", "content": None}), chunk(finish="stop")


def test_ttft_and_last_are_what_the_server_sent():
    """Median error over 24 requests; the role chunk comes 15 ms before the first text."""
    texts = [(0.02, chunk({"content": "word"})), *[(0.003, chunk({"content": "word"}))] * 5]
    script = Script(steps=schedule([(0.005, ROLE), *texts, (0.0, STOP), (0.0, DONE)]))
    first, last = [], []
    with ScriptedEndpoint(script) as server, Client(server.base_url) as client:
        client.warm()
        for _ in range(24):
            reply = client.chat(ChatRequest(model="m", messages=[Message(role="user", content="hi")]))
            played = server.played[-1]
            first.append(abs(reply.marks.ttft_ns - (played.sent[1].before_ns - played.request.at_ns)))
            last.append(abs(reply.marks.last_ns - (played.sent[6].before_ns - played.request.at_ns)))
    assert median(first) < SLACK * TARGET_NS
    assert median(last) < SLACK * TARGET_NS
