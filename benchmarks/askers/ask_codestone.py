"""Ask with Codestone's client: BASE_URL REQUESTS OUT; writes the TTFTs in ms, without the first one's."""

import json
import sys
from pathlib import Path

from codestone.endpoint.client import ChatRequest, Client, Message

base_url, requests, out = sys.argv[1:]
taken_ms = []
with Client(base_url) as client:
    for _ in range(int(requests)):
        client.warm()
        reply = client.chat(ChatRequest(model="paced", messages=[Message(role="user", content="hi")]))
        assert reply.marks.ttft_ns is not None, reply.exchange.detail
        taken_ms.append(reply.marks.ttft_ns / 1e6)
Path(out).write_text(json.dumps(taken_ms[1:]))
