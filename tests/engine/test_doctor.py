from pathlib import Path

import pytest

from codestone.engine import doctor
from codestone.engine.doctor import BOX, TOOLCHAINS, TOOLS, Finding, Tool
from codestone.errors import SandboxError, ToolchainMissing, UnknownName

TOOL = Tool(name="stonec", serves="Stone", packages=("stone-compiler", "stone"), least=18)


@pytest.fixture
def programs(tmp_path, monkeypatch) -> Path:
    """Make an empty folder the whole of PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def install(folder: Path, name: str, script: str) -> None:
    """Put a program there."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_tells_of_every_area_with_a_remedy_for_every_fault():
    """Each area is there, each fault comes with what to do, and what works with nothing."""
    found = doctor.findings()
    assert {finding.area for finding in found} == {
        "machine",
        "toolchains",
        "box",
        "endpoints",
        "embedded model",
        "cache",
    }
    assert all(finding.detail for finding in found)
    assert all(finding.remedy for finding in found if finding.ok is False)
    assert not any(finding.remedy for finding in found if finding.ok)


def test_a_toolchain_that_is_there_is_told_with_its_version_and_place(programs):
    """The version is the program's own word."""
    install(programs, "stonec", "echo stonec v18.2.1 of Tuesday")
    finding = doctor.tool_finding(TOOL)
    assert (finding.ok, finding.detail) == (True, f"18.2.1 at {programs / 'stonec'}")


def test_a_toolchain_that_is_too_old_is_a_fault(programs):
    """An old version is named together with the one that is needed."""
    install(programs, "stonec", "echo v16.20.2")
    finding = doctor.tool_finding(TOOL)
    assert finding.ok is False
    assert "16.20.2" in finding.detail
    assert "18 or newer" in finding.detail


def test_a_toolchain_that_does_not_run_is_a_fault_with_its_own_words(programs):
    """A program that is on PATH and fails is not called installed."""
    install(programs, "stonec", "echo no default toolchain >&2; exit 1")
    finding = doctor.tool_finding(TOOL)
    assert finding.ok is False
    assert "no default toolchain" in finding.detail


def test_a_missing_toolchain_comes_with_the_command_of_this_systems_packages(programs):
    """The remedy is a line to copy where the package manager is known, words where it is not."""
    assert doctor.tool_finding(TOOL).remedy == (
        "Install stonec 18 or newer with your package manager and put it on PATH."
    )
    install(programs, "brew", "true")
    assert doctor.tool_finding(TOOL).remedy == "brew install stone"
    install(programs, "apt-get", "true")
    assert doctor.tool_finding(TOOL).remedy == "sudo apt-get install -y stone-compiler"


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_only_what_tasks_need_is_a_fault_when_it_is_missing(programs, tool):
    """A missing toolchain is False where tasks are skipped without it, None where nothing needs it."""
    assert doctor.tool_finding(tool).ok is (False if tool.needed else None)


def test_without_a_box_the_machine_cannot_be_used():
    """The fault is a SandboxError with the probe's words and the remedy, whatever else is missing."""
    box = Finding(area=BOX, name="sandbox", ok=False, detail="no user namespaces", remedy="sysctl this")
    tool = Finding(area=TOOLCHAINS, name="go", ok=False, detail="not installed", remedy="install go")
    fault = doctor.fault([tool, box], require_toolchains=True)
    assert isinstance(fault, SandboxError)
    assert (fault.message, fault.hint) == ("no user namespaces", "sysctl this")


def test_missing_toolchains_are_a_fault_only_where_they_are_required():
    """All that are missing are named, each remedy once."""
    found = [
        Finding(area=BOX, name="sandbox", ok=True, detail="bubblewrap"),
        Finding(area=TOOLCHAINS, name="node", ok=False, detail="-", remedy="install node"),
        Finding(area=TOOLCHAINS, name="npm", ok=False, detail="-", remedy="install node"),
        Finding(area=TOOLCHAINS, name="tsc", ok=None, detail="-", remedy="install tsc"),
    ]
    assert doctor.fault(found, require_toolchains=False) is None
    fault = doctor.fault(found, require_toolchains=True)
    assert isinstance(fault, ToolchainMissing)
    assert (fault.what, fault.hint) == ("node, npm", "install node")


def test_an_unknown_preparation_is_refused_before_anything_is_fetched():
    """The nearest name is offered, and the known one beside it was not touched."""
    said: list[str] = []
    with pytest.raises(UnknownName) as caught:
        doctor.prepare(["embedded", "embeded"], said.append)
    assert caught.value.hint == "Did you mean embedded?"
    assert said == []


def test_the_cache_is_tried_by_writing(tmp_path, monkeypatch):
    """A folder that can be made is fine; one that cannot be is a fault with the variable that moves it."""
    monkeypatch.setenv("CODESTONE_CACHE", str(tmp_path / "new" / "cache"))
    assert doctor.cache_finding().ok is True
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CODESTONE_CACHE", str(tmp_path / "file" / "cache"))
    finding = doctor.cache_finding()
    assert finding.ok is False
    assert "CODESTONE_CACHE" in finding.remedy


def test_the_parsers_of_style_are_told():
    """Here they are; ``tests/grading/test_style.py`` asks where they are not."""
    assert doctor.style_finding() == Finding(
        area=TOOLCHAINS, name="style", ok=True, detail="parsers of five languages"
    )


def test_crates_of_rust_come_with_what_is_missing_for_them(programs, tmp_path, monkeypatch):
    """Without Rust it is no fault of its own; one that does not run is; else the command builds them."""
    monkeypatch.setenv("CODESTONE_CACHE", str(tmp_path / "cache"))
    finding = doctor.crates_finding()
    assert (finding.ok, finding.detail) == (None, "rustc is not installed (Rust)")
    install(programs, "rustc", "echo broken; exit 1")
    finding = doctor.crates_finding()
    assert finding.ok is False
    assert "broken" in finding.remedy
    told = "printf 'host: x86_64-unknown-linux-gnu\\nrelease: 1.95.0\\n'"
    install(programs, "rustc", f'[ "$1" = -vV ] && {told} || echo {tmp_path}')
    finding = doctor.crates_finding()
    assert (finding.ok, finding.remedy) == (None, "codestone doctor --prepare rust")
