"""The texts of ``nvidia-smi`` and of a Mac are written to their documentation; we never ran them."""

from pathlib import Path

import pytest

from codestone.engine.first_screen import memory_holders
from codestone.engine.first_screen.memory_holders import Card, Holder
from codestone.engine.first_screen.programs import Program

MIB, GIB = 1 << 20, 1 << 30
CARDS = """\
GPU-11111111-aaaa-bbbb-cccc-000000000001, NVIDIA GeForce RTX 4090, 24564, 18213
GPU-11111111-aaaa-bbbb-cccc-000000000002, NVIDIA GB10, [N/A], [N/A]
"""
APPS = """\
GPU-11111111-aaaa-bbbb-cccc-000000000001, 812, /usr/local/bin/llama-server, 512
GPU-11111111-aaaa-bbbb-cccc-000000000001, 900, C:\\Program Files, Inc\\app, 17640
GPU-11111111-aaaa-bbbb-cccc-000000000002, 33, [Insufficient Permissions], [N/A]
"""
VM_STAT = """\
Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               62431.
Pages active:                           1034276.
Pages inactive:                          998274.
Pages speculative:                        35150.
Pages throttled:                              0.
Pages wired down:                        300418.
Pages purgeable:                          19238.
"Translation faults":                 123456789.
"""
MEMINFO = "MemTotal:       32614248 kB\nMemFree:         1042104 kB\nMemAvailable:   20971520 kB\n"


def nvidia_smi(folder: Path, monkeypatch, script: str) -> None:
    """Put a program of that name on PATH, before all others."""
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_cards_are_read_in_mib_and_what_they_cannot_tell_is_none():
    """A card that shares the machine's memory tells no size."""
    first, second = memory_holders.cards_of(CARDS)
    assert (first.name, first.total_bytes, first.used_bytes) == (
        "NVIDIA GeForce RTX 4090", 24564 * MIB, 18213 * MIB,
    )  # fmt: skip
    assert (second.name, second.total_bytes, second.used_bytes) == ("NVIDIA GB10", None, None)


def test_holders_stand_at_their_card_the_largest_first_by_the_name_known_here():
    """A name with a comma in it is one name; a size that the driver hides is None, not 0."""
    apps = memory_holders.apps_of(APPS)
    server = Program(pid=812, argv=("python3", "-m", "vllm"), resident_bytes=0)
    first, second = (
        memory_holders.held(card, apps, {812: server}) for card in memory_holders.cards_of(CARDS)
    )
    assert [(who.pid, who.size_bytes) for who in first.holders] == [(900, 17640 * MIB), (812, 512 * MIB)]
    assert first.holders[1].name == "python3 -m vllm"
    assert second.holders == (Holder(pid=33, name="[Insufficient Permissions]", size_bytes=None),)


@pytest.mark.parametrize("text", ["", "\n", "No running processes found\n", "a, b, c, d\n", ",,,\n"])
def test_no_holders_and_nonsense_are_no_holders(text):
    """Drivers word it differently."""
    assert memory_holders.apps_of(text) == {}


def test_the_program_is_asked_for_both_and_answers(tmp_path, monkeypatch):
    """A real process: the two questions get their own answers."""
    (tmp_path / "cards").write_text(CARDS)
    (tmp_path / "apps").write_text(APPS)
    nvidia_smi(
        tmp_path,
        monkeypatch,
        f'case "$1" in --query-gpu=uuid,*) cat {tmp_path}/cards;;'
        f' --query-compute-apps=gpu_uuid,*) cat {tmp_path}/apps;; *) exit 6;; esac',
    )  # fmt: skip
    monkeypatch.setattr("platform.system", lambda: "Linux")
    assert len(memory_holders.cards(limit_s=60)) == 2
    assert len(memory_holders.apps(limit_s=60)) == 2


def test_a_driver_that_fails_is_told_in_its_own_words(tmp_path, monkeypatch):
    """Not "no card": somebody has to reboot."""
    words = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."
    nvidia_smi(tmp_path, monkeypatch, f'echo "{words}"; exit 9')
    with pytest.raises(OSError, match="communicate with the NVIDIA driver"):
        memory_holders.cards(limit_s=60)


def test_a_driver_that_hangs_is_given_up(tmp_path, monkeypatch):
    """The program is gone afterwards; nobody waits for it."""
    nvidia_smi(tmp_path, monkeypatch, "exec tail -f /dev/null")
    with pytest.raises(TimeoutError, match="nvidia-smi"):
        memory_holders.cards(limit_s=0.5)


def test_without_the_program_there_are_no_cards(tmp_path, monkeypatch):
    """And nothing is started to find out."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert memory_holders.cards(limit_s=60) == ()
    assert memory_holders.apps(limit_s=60) == {}


def test_available_memory_is_what_could_be_had_without_swapping():
    """Linux says it; on a Mac it is free, speculative and inactive pages."""
    assert memory_holders.available_of_meminfo(MEMINFO) == 20 * GIB
    assert memory_holders.available_of_vm_stat(VM_STAT) == (62431 + 35150 + 998274) * 16384
    assert memory_holders.available_of_meminfo("") is None
    assert memory_holders.available_of_vm_stat("") is None


def test_a_limit_for_the_gpu_of_a_mac_counts_where_somebody_set_it():
    """0 is the system's own choice, which it does not tell; older systems do not know the name."""
    assert memory_holders.limit_of_sysctl("iogpu.wired_limit_mb: 57344\n") == 56 * GIB
    assert memory_holders.limit_of_sysctl("iogpu.wired_limit_mb: 0\n") is None
    assert memory_holders.limit_of_sysctl("sysctl: unknown oid 'iogpu.wired_limit_mb'\n") is None


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="not Linux")
def test_the_memory_of_this_machine_is_told():
    """What is available is part of what there is."""
    told = memory_holders.memory(limit_s=60)
    assert told.total_bytes is not None
    assert told.available_bytes is not None
    assert 0 < told.available_bytes <= told.total_bytes


def test_only_programs_with_a_twentieth_of_the_memory_are_named():
    """Three at most; the rest is noise."""
    sizes = [1, 9, 5, 6, 7]
    running = [Program(pid=n, argv=(f"p{n}",), resident_bytes=n * GIB) for n in sizes]
    assert [who.pid for who in memory_holders.largest(running, 100 * GIB)] == [9, 7, 6]
    assert [who.pid for who in memory_holders.largest(running, 160 * GIB)] == [9]


def test_a_card_without_holders_keeps_its_figures():
    """Nothing is made up."""
    card = Card(name="c", total_bytes=5, used_bytes=3, uuid="u")
    assert memory_holders.held(card, {}, {}) == card
