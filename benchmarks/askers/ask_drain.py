"""Read and drop: BASE_URL REQUESTS OUT; the bound that the server itself sets, in the standard library."""

import json
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

base_url, requests, out = sys.argv[1:]
url = urlsplit(base_url)
assert url.hostname
assert url.port
body = json.dumps({"model": "paced", "messages": [], "stream": True})
request = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
for _ in range(int(requests)):
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall((request + body).encode())
        tail = b""
        while not tail.endswith(b"0\r\n\r\n"):
            tail = (tail + connection.recv(1 << 16))[-16:]
Path(out).write_text("[]")
