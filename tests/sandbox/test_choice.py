"""Which box is taken, in which order, and what is said where none is to be had."""

import os

import pytest

from codestone.errors import SandboxError
from codestone.sandbox import backend, bubblewrap, container, container_profile


@pytest.fixture
def only(tmp_path, monkeypatch):
    """Let nothing be found but fake programs that log their calls; return how to write one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(
        bubblewrap, "candidates", lambda: [p] if os.access(p := str(tmp_path / "bwrap"), os.X_OK) else []
    )
    for probe in (bubblewrap.probe, container.probe):
        probe.cache_clear()

    def write(name, version="4.3.1", rest="exit 1"):
        path = tmp_path / name
        path.write_text(
            f'#!/bin/sh\necho "{name} $1" >> {tmp_path}/calls\n'
            f'case "$1" in --version) echo {name} version {version};; *) {rest};; esac\n'
        )
        path.chmod(0o755)

    yield write
    for probe in (bubblewrap.probe, container.probe):
        probe.cache_clear()


def calls(tmp_path):
    path = tmp_path / "calls"
    said = path.read_text().splitlines() if path.exists() else []
    return list(dict.fromkeys(line.split()[0] for line in said))


@pytest.mark.skipif(not bubblewrap.candidates(), reason="no bwrap here")
def test_bubblewrap_comes_first():
    """Where it works, nothing else is asked."""
    try:
        bubblewrap.find()
    except SandboxError as error:
        pytest.skip(error.message)
    assert backend().describe().name == "bubblewrap"


def test_each_is_tried_in_its_order(only, tmp_path):
    """bubblewrap, podman, docker; each one's own words are in the error, and the remedies too."""
    only("bwrap", "0.8.0", "echo no user namespaces >&2; exit 1")
    only("podman", rest='echo "$3: image not known" >&2; exit 125')
    only("docker", rest="echo Cannot connect to the Docker daemon >&2; exit 1")
    with pytest.raises(SandboxError) as caught:
        backend()
    assert calls(tmp_path) == ["bwrap", "podman", "docker"]
    said = caught.value.message
    assert (
        said.index("no user namespaces") < said.index("podman does not have") < said.index("Cannot connect")
    )
    hint = caught.value.hint
    assert "sudo tee /etc/apparmor.d/bwrap && sudo apparmor_parser -r /etc/apparmor.d/bwrap" in hint
    assert f"podman pull {container_profile.IMAGE}" in hint
    assert "--unsafe-no-sandbox" in hint


def test_nothing_is_there(only):
    """Exit 5, with what is missing and how to get it; never a run without a box."""
    with pytest.raises(SandboxError) as caught:
        backend()
    assert caught.value.exit_code == 5
    for words in ("bwrap is not installed", "podman is not installed", "docker is not installed"):
        assert words in caught.value.message
    assert "apt-get install bubblewrap" in caught.value.hint
