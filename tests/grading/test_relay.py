"""Real HTTP with servers that run in the box, in several languages and from several addresses."""

from collections.abc import Callable, Iterator, Mapping
from time import perf_counter_ns

import pytest

from codestone.grading import Candidate, CandidateFailed
from codestone.grading.session import Session

Open = Callable[[str, Mapping[str, str]], Session]

PORT = 8080
PYTHON = """\
import socket, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def do_POST(self): self.answer(self.rfile.read(int(self.headers["Content-Length"])))
    def do_GET(self): self.answer(self.client_address[0].encode())
    def answer(self, body):
        if self.path == "/held": body = Handler.gate(self.client_address[0]).encode()
        self.send_response(201 if self.command == "POST" else 200, "Fine")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Two", "a")
        self.send_header("x-two", "b")
        self.end_headers()
        self.wfile.write(body)

def serve(port, gate=None):
    Handler.gate = staticmethod(gate)
    ThreadingHTTPServer(("", port), Handler).serve_forever()

def late(port):
    time.sleep(0.3)
    serve(port)

def raw(port, pieces, pause, reuse=False):
    server = socket.socket()
    server.bind(("127.0.0.1", port))
    server.listen()
    while True:
        connection, _ = server.accept()
        connection.recv(65536)
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
        except OSError:
            pass
        connection.close()
"""
JAVASCRIPT = """\
import http from "node:http";
export const serve = (port) => new Promise((resolve) => {
  const server = http.createServer((request, response) => {
    let body = request.socket.remoteAddress;
    request.on("data", (data) => { body = data; });
    request.on("end", () => response.writeHead(request.method === "POST" ? 201 : 200, "Fine").end(body));
  }).listen(port, () => resolve(null));
});
"""


@pytest.fixture(scope="module")
def session(open_session: Open) -> Iterator[Session]:
    """A box with servers in Python."""
    with open_session("python", {"server.py": PYTHON}) as opened:
        yield opened


@pytest.fixture
def candidate(session: Session) -> Iterator[Candidate]:
    """A fresh worker."""
    with session.candidate(seed=1, limit_s=60) as fresh:
        yield fresh


def test_get(candidate: Candidate):
    """A request is answered whole, with its instants in order, and the server sees the client's address."""
    candidate.begin("serve", PORT)
    http = candidate.http(PORT)
    before_ns = perf_counter_ns()
    for client in ("127.0.0.1", "127.0.0.2", "127.77.0.3"):
        response = http.get("/", client=client)
        assert (response.status, response.reason, response.body) == (200, "Fine", client.encode())
    assert response.headers["x-two"] == "a, b"
    assert before_ns < response.sent_ns < response.headers_ns <= response.at_ns


def test_post(candidate: Candidate):
    """A body goes in and out byte for byte, large ones too."""
    candidate.begin("serve", PORT)
    body = bytes(range(256)) * 8000
    response = candidate.http(PORT).request("POST", "/", body=body, headers={"Content-Type": "x/y"})
    assert (response.status, response.body) == (201, body)


def test_waits_until_it_listens(candidate: Candidate):
    """The first request waits for a server that is slow to start; without one it fails at its limit."""
    assert not candidate.http(PORT).listening()
    with pytest.raises(CandidateFailed, match="nothing listens on port 8080"):
        candidate.http(PORT).request("GET", "/", limit_s=0.2)
    candidate.begin("late", PORT)
    assert candidate.http(PORT).get("/").status == 200
    assert candidate.http(PORT).listening()


def test_held(candidate: Candidate):
    """Requests from several clients are under way together, while the server waits for us."""
    gate = candidate.callback(name="gate")
    candidate.begin("serve", PORT, gate)
    clients = [f"127.0.0.{last}" for last in (2, 3, 4)]
    requests = {client: candidate.http(PORT).begin("GET", "/held", client=client) for client in clients}
    assert gate.wait_for(3)
    assert not any(request.answered for request in requests.values())
    for call in list(gate.held):
        gate.release(f"for {call.args[0]}", call=call)
    for client, request in requests.items():
        assert request.response(limit_s=60).body == f"for {client}".encode()


def test_every_check_finds_the_port_free(session: Session):
    """A server that closes first and does not ask for its port again can still be started in each check."""
    for _ in range(3):
        with session.candidate(seed=1, limit_s=60) as candidate:
            candidate.begin("raw", PORT, [b"HTTP/1.0 200 OK\r\n\r\nbody"], 0)
            assert candidate.http(PORT).get("/").body == b"body"
            candidate.http(PORT).connect().sendall(b"left open")


@pytest.mark.parametrize(
    "pieces",
    [
        [b"no http at all\r\n\r\n"],
        [b""],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"],
        [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"],
        [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * (1 << 20)] * 20],
    ],
    ids=["text", "nothing", "short", "chunk", "headers", "endless"],
)
def test_no_whole_answer(candidate: Candidate, pieces: list[bytes]):
    """What is no whole answer of HTTP is the candidate's failure."""
    candidate.begin("raw", PORT, pieces, 0)
    with pytest.raises(CandidateFailed, match="GET / from"):
        candidate.http(PORT).get("/")


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_that_drips(candidate: Candidate, start: bytes):
    """A byte now and then does not keep a request alive beyond its limit, wherever it stands."""
    candidate.begin("raw", PORT, [start, *[b"x"] * 1000], 0.05)
    began_ns = perf_counter_ns()
    with pytest.raises(CandidateFailed, match="no answer within 1 s"):
        candidate.http(PORT).request("GET", "/", limit_s=1)
    assert perf_counter_ns() - began_ns < 20e9


def test_plain_connection(candidate: Candidate):
    """A check may talk to the server by bytes of its own."""
    candidate.begin("serve", PORT)
    with candidate.http(PORT).connect(client="127.0.0.9") as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        assert b"400" in connection.recv(4096)


def test_javascript(open_session: Open):
    """A server in another language is reached in the same way, over IPv6 too."""
    with (
        open_session("javascript", {"server.js": JAVASCRIPT}) as box,
        box.candidate(seed=1, limit_s=60) as candidate,
    ):
        candidate.ask("serve", PORT).value.await_()
        http = candidate.http(PORT)
        assert http.get("/", client="127.0.0.2").body == b"::ffff:127.0.0.2"
        assert http.get("/", client="::1").body == b"::1"
        assert http.request("POST", "/", body=b"x").status == 201


def test_a_program(open_session: Open):
    """A server that is a program is started by its command line, and gone after the check."""
    files = {"serve.sh": f"exec python3 -m http.server --bind 127.0.0.1 {PORT}\n", "page.txt": "hello\n"}
    with open_session("bash", files) as box:
        for _ in range(2):
            with box.candidate(seed=1, limit_s=60) as candidate:
                assert not candidate.http(PORT).listening()
                candidate.start("bash", "serve.sh")
                assert candidate.http(PORT).get("/page.txt").body == b"hello\n"


def test_the_server_dies(candidate: Candidate):
    """A connection whose server is gone is the candidate's failure."""
    command = candidate.start("python3", "-m", "http.server", "--bind", "127.0.0.1", str(PORT))
    http = candidate.http(PORT)
    assert http.get("/").status == 200
    candidate.run("pkill", "-f", "http.server")
    assert command.ended().code == -15
    assert not http.listening()
