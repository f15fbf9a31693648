"""Facts about the machine that a run is made on; None where the machine does not tell."""

import os
import platform
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from codestone import __version__, process


def environment(box: str) -> dict[str, object]:
    """Return what a reader needs to know about where the figures come from."""
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "codestone": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": memory_bytes(),
        "gpus": gpus(),
        "box": box,
    }


def processor() -> str | None:
    """Return the processor's name."""
    if platform.system() == "Darwin":
        ran = process.run(["sysctl", "-n", "machdep.cpu.brand_string"], limit_s=10)
        return ran.stdout.decode(errors="replace").strip() or None
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", errors="replace")
    except OSError:
        return platform.processor() or None
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()


def memory_bytes() -> int | None:
    """Return the installed memory."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return None


def gpus() -> list[str]:
    """Return name and memory of each NVIDIA card; an Apple GPU is part of the processor."""
    if shutil.which("nvidia-smi") is None:
        return []
    ran = process.run(["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"], limit_s=30)
    return ran.stdout.decode(errors="replace").strip().splitlines() if ran.returncode == 0 else []
