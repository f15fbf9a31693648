"""Runs the abuse corpus: one case at a time, in this process or as a server of another user's.

    python runner.py < questions > answers

A case is run in a box with its guard on, then with only that guard off, and a good command runs in the same
kind of box. Standard library and codestone only, so that a plain user's interpreter can run it.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import replace
from pathlib import Path, PurePosixPath

from codestone.sandbox import BoxLimits, BoxSpec, CollectLimits, Mount, bubblewrap, open_box, profile
from codestone.sandbox.usage import Usage

HERE = Path(__file__).parent
MB = 1 << 20
LIMITS = BoxLimits(
    wall_s=30,
    cpu_s=20,
    memory_bytes=128 * MB,
    disk_bytes=8 * MB,
    file_bytes=4 * MB,
    output_bytes=100_000,
    processes=32,
    fds=128,
    inodes=2000,
)
PRELUDE = """
import ctypes, errno, mmap, os, resource, signal, socket, struct, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
E = os.environ
def call(number, *args):
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(arg) for arg in args))
    if result == -1:
        raise OSError(ctypes.get_errno(), errno.errorcode[ctypes.get_errno()])
    return result
def through():
    print("through", flush=True)
"""
GOOD = """
open("/work/kept", "w").write("x")
open("/tmp/kept", "w").write("x")
assert subprocess.run(["true"]).returncode == 0
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
peer, _ = server.accept()
peer.sendall(b"hello")
assert client.recv(5) == b"hello"
print("good", flush=True)
"""


def corpus():
    """Return the guards by name, and the cases, each with its guard's defaults."""
    table = tomllib.loads((HERE / "boxes.toml").read_text(encoding="utf-8"))
    cases = [{**table["guard"][case["guard"]], **case} for case in table["case"]]
    return table["guard"], {f"{case['guard']}-{case['id']}": case for case in cases}


NAIVE = {
    "python": """
from answers import Counter, add, relay, smallest
assert add(1, 2) == 3
assert add(-4, 9) == 5
""",
    "javascript": """
import assert from "node:assert";
const { add } = await import("./answers.js");
assert.strictEqual(add(1, 2), 3);
assert.strictEqual(add(-4, 9), 5);
""",
    "bash": """
. ./answers.sh add 1 2 > out
[ "$(cat out)" = 3 ] || exit 1
. ./answers.sh add -4 9 > out
[ "$(cat out)" = 5 ] || exit 1
""",
}
"""What a grader in the candidate's own process would do, by language."""
SUFFIXES = {"python": "py", "javascript": "js", "typescript": "ts", "bash": "sh"}


def cheats(language):
    """Return the cheating candidates by name, with what they share written out."""
    table = tomllib.loads((HERE / f"candidates/{language}.toml").read_text(encoding="utf-8"))
    for cheat in table["cheat"]:
        lines = [table["shared"].get(line, line) for line in cheat["code"].split("\n")]
        cheat["code"] = "\n".join(lines)
    return {cheat["id"]: cheat for cheat in table["cheat"]}


def workspace(language, base, cheat=None):
    """Return the files of an answer: "workspace" (wrong) or "solution", and a cheat around it."""
    name = f"answers.{SUFFIXES[language]}"
    text = (HERE / "suites/abuse" / language / base / name).read_text(encoding="utf-8")
    if cheat is None:
        return {name: text}
    parts = (cheat["code"], text) if language == "bash" else (text, cheat["code"])
    large = {path: part * times for path, part, times in cheat.get("large", ())}
    return {name: "\n".join([*parts, ""]), **cheat.get("files", {}), **large}


class Host:
    """What there is to steal or to harm on this machine, all of it ours."""

    def __init__(self, stack):
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="codestone-abuse-")))
        self.folder.chmod(0o755)
        self.secret = os.urandom(8).hex()
        (self.folder / "secret").write_text(self.secret)
        os.environ["CODESTONE_ABUSE_SECRET"] = self.secret
        self.listening = {
            "TCP": stack.enter_context(socket.create_server(("0.0.0.0", 0))),
            "TCP6": stack.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6)),
            "UDP": stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
            "ABSTRACT": stack.enter_context(socket.socket(socket.AF_UNIX)),
            "PATH": stack.enter_context(socket.socket(socket.AF_UNIX)),
        }
        self.listening["UDP"].bind(("127.0.0.1", 0))
        self.listening["UDP"].setblocking(False)
        self.listening["ABSTRACT"].bind(f"\0abuse-{self.secret}")
        self.listening["PATH"].bind(str(self.folder / "socket"))
        (self.folder / "socket").chmod(0o777)
        for name in ("ABSTRACT", "PATH"):
            self.listening[name].listen(100)
        self.victims = stack

    def victim(self):
        """Start a process that an attack may aim at."""
        victim = subprocess.Popen(["sleep", "60"])
        self.victims.callback(_bury, victim)
        return victim

    def env(self, marker, victim):
        """Return what an attack is told: an attacker who knows more than any real one."""
        port = {name: str(self.listening[name].getsockname()[1]) for name in ("TCP", "TCP6", "UDP")}
        return {
            "HOST_TCP": port["TCP"],
            "HOST_TCP6": port["TCP6"],
            "HOST_UDP": port["UDP"],
            "HOST_ABSTRACT": f"abuse-{self.secret}",
            "HOST_SOCKET": str(self.folder / "socket"),
            "HOST_SECRET": str(self.folder / "secret"),
            "HOST_PID": str(os.getpid()),
            "VICTIM": str(victim.pid),
            "MARKER": marker,
        }

    def udp_arrived(self):
        """Tell whether a datagram came, and forget it."""
        with contextlib.suppress(BlockingIOError):
            return bool(self.listening["UDP"].recv(100))
        return False


def _bury(victim):
    victim.kill()
    victim.wait()


class Runner:
    """Runs cases; ``mounts`` make ``python`` visible in a box."""

    def __init__(self, stack):
        base = Path(sys.base_prefix).resolve()
        self.mounts = () if base.is_relative_to("/usr") else (Mount.same(base),)
        self.python = str(Path(getattr(sys, "_base_executable", "") or sys.executable).resolve())
        self.host = Host(stack)
        self.numbers = iter(range(10**9))
        self.known_good = {}
        self.place = self.host.folder / "deep"
        (self.place / "er").mkdir(parents=True)
        (self.place / "er" / "data").write_text("mounted")

    def run(self, case):
        """Return what became of the attack, the control and the good command."""
        limits = replace(LIMITS, **case.get("limits", {}))
        told = {"attack": self.boxed(case["attack"], limits, case), "good": self.good(case, limits)}
        off = case["off"]
        if "unsafe" not in off and off.get("who", who()) == who() and (not off.get("polled") or polled()):
            told["off"] = self.without(case, limits, off)
            told["bare"] = self.bare(case["attack"], case) if off.get("may_lack") else None
        return told

    def good(self, case, limits):
        """Run the good command in such a box, once for each kind of box."""
        key = (limits, case.get("good", GOOD))
        if key not in self.known_good:
            self.known_good[key] = self.boxed(key[1], limits, {})
        return self.known_good[key]

    def without(self, case, limits, off):
        """Run the attack with only the guard off."""
        if off.get("bare"):
            return self.bare(case["attack"], case)
        with contextlib.ExitStack() as stack:
            if off.get("filter"):
                stack.enter_context(swapped(bubblewrap, "seccomp_filter", lambda: None))
            if off.get("rss"):
                stack.enter_context(swapped(Usage, "_proportional", lambda usage: usage._poll()[1]))
            if words := off.get("words"):
                stack.enter_context(swapped(profile, "options", less(profile.options, words)))
            code = off.get("before", "") + "\n" + case["attack"]
            return self.boxed(code, replace(limits, **off.get("limits", {})), case)

    def boxed(self, code, limits, case):
        """Run code in a box."""
        number = next(self.numbers)
        marker, victim = f"abuse-{os.getpid()}-{number}-end", self.host.victim()
        mounts = (*self.mounts, Mount(source=self.place, target=PurePosixPath("/some/deep/place")))
        spec = BoxSpec(
            argv=(self.python, "-I", "-S", "-c", PRELUDE + code),
            env=self.host.env(marker, victim),
            limits=limits,
            mounts=mounts,
        )
        with open_box(spec, stdin=b"") as box:
            run = box.run()
            left = survivors(marker)
            collected = self.collected(box, number) if "collected" in case else {}
        told = {
            "stdout": run.stdout.decode(errors="replace")[-4000:],
            "stderr": run.stderr.decode(errors="replace")[-4000:],
            "limit": run.end.limit,
            "returncode": run.end.returncode,
        }
        return told | collected | self.aftermath(victim, left)

    def bare(self, code, case):
        """Run code without any box, in a session of its own that is killed afterwards."""
        victim, marker = self.host.victim(), f"abuse-{os.getpid()}-{next(self.numbers)}-end"
        with tempfile.TemporaryDirectory(dir=self.host.folder) as folder:
            process = subprocess.Popen(
                [self.python, "-I", "-S", "-c", PRELUDE + code],
                env={**os.environ, **self.host.env(marker, victim)},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            try:
                process.wait(20)
            finally:
                left = survivors(marker)
                for pid in left:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, 9)
            out, err = process.communicate()
            told = {"stdout": out.decode(errors="replace"), "stderr": err.decode(errors="replace")}
            if "collected" in case:
                copy = f"{folder}-copy"
                shutil.copytree(folder, copy, ignore=lambda _, names: {n for n in names if "fifo" in n})
                told["stolen"] = self.stolen(Path(copy))
        return told | {"limit": None, "returncode": process.returncode} | self.aftermath(victim, left)

    def collected(self, box, number):
        """Collect the workspace; tell what came, and whether our secret did."""
        place = self.host.folder / f"out-{number}"
        got = box.collect(place, CollectLimits(bytes=MB, entries=100, depth=5))
        return {"files": got.files, "left_out": dict(got.left_out), "stolen": self.stolen(place)}

    def stolen(self, place):
        """Tell whether the secret stands in a file below ``place``."""
        files = (path for path in place.rglob("*") if path.is_file())
        return any(self.host.secret.encode() in path.read_bytes() for path in files)

    def aftermath(self, victim, left):
        """Tell what happened to our own things."""
        told = {"survivors": len(left), "victim": victim.poll() is None, "udp": self.host.udp_arrived()}
        _bury(victim)
        return told


@contextlib.contextmanager
def swapped(owner, name, value):
    """Put something else in a place for a while: a guard is off."""
    kept = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)


def less(options, words):
    """Return ``options`` without a run of its words; a replacement may stand after "->"."""
    wanted, _, instead = " ".join(words).partition(" -> ")

    def changed(*args, **kwargs):
        kept = options(*args, **kwargs)
        run = wanted.split()
        same = [
            at for at in range(len(kept)) if all(w in ("*", k) for w, k in zip(run, kept[at:], strict=False))
        ]
        assert same, f"no {wanted} in {kept}"
        for at in reversed(same):
            kept[at : at + len(run)] = instead.split()
        return kept

    return changed


def survivors(marker):
    """Return the pids of processes in whose command line or environment the marker stands."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if marker.encode() in words and state != "Z":
                found.append(int(folder.name))
    return found


def who():
    """Return whose boxes are opened."""
    return "root" if os.geteuid() == 0 else "plain"


def polled():
    """Tell whether memory is polled here."""
    return bubblewrap._in_force()["memory"] == "polled"


def graded(asked):
    """Grade a workspace; return what was earned, and the evidence by check."""
    from codestone.grading.grade import grade  # noqa: PLC0415 - boxes alone need no pydantic
    from codestone.suites.load import load_task  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="codestone-abuse-") as folder:
        write(Path(folder), asked["files"])
        task = load_task(f"abuse/{asked['language']}", roots=[HERE / "suites"])
        result = grade(task, Path(folder), seed=asked.get("seed", 1))
    return {
        "earned": result.score.earned,
        "total": task.spec.points,
        "checks": {check.id: [check.passed, check.evidence] for check in result.checks},
    }


def write(folder, files):
    """Write texts below a folder by their paths."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def fooled(language, files, python):
    """Tell whether a grader that runs its tests in the candidate's process believes it: the control."""
    test = {"python": "test_answers.py", "javascript": "test.mjs", "bash": "test.sh"}[language]
    package = {"package.json": '{"type": "module"}'}  # for a Node that does not look at the syntax
    with tempfile.TemporaryDirectory(prefix="codestone-abuse-") as folder:
        write(Path(folder), {**package, **files, test: NAIVE[language]})
        words = [{"python": python, "javascript": "node", "bash": "bash"}[language], test]
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        ran = subprocess.run(words, cwd=folder, env=env, capture_output=True, timeout=60, check=False)
    return ran.returncode == 0 or b"35 passed" in ran.stdout + ran.stderr


def answer(asked, runner):
    """Answer one question: a case of boxes, or files to be graded, by us or by a naive grader."""
    if "naive" in asked:
        return fooled(asked["language"], asked["naive"], runner.python)
    if "files" in asked:
        return graded(asked)
    return runner.run(corpus()[1][asked["case"]])


def main():
    """Answer questions, one JSON a line."""
    with contextlib.ExitStack() as stack:
        runner = Runner(stack)
        for line in sys.stdin:
            try:
                told = answer(json.loads(line), runner)
            except Exception as error:  # noqa: BLE001 - told to the test, which fails with it
                told = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(told), flush=True)  # noqa: T201 - the answer to the test


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
