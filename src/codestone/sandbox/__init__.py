"""The box: where model-written code runs. Hostile until proven otherwise, mostly by accident.

Covered: files (a private writable workspace, everything else read-only or absent), network (loopback only),
processes (nothing outlives the box), memory, CPU, disk, output, and the rarer system calls. Not covered: a
fault in the kernel, and what can be learnt from timing or from /proc/cpuinfo.
"""

from codestone.sandbox.box import Backend, backend, describe, open_box, run_in_box, without_box
from codestone.sandbox.limits import BoxLimits
from codestone.sandbox.running import RunningBox
from codestone.sandbox.spec import PATH, BoxEnd, BoxRun, BoxSpec, Description, Mount
from codestone.sandbox.workspace import Collected, CollectLimits

__all__ = [
    "PATH",
    "Backend",
    "BoxEnd",
    "BoxLimits",
    "BoxRun",
    "BoxSpec",
    "CollectLimits",
    "Collected",
    "Description",
    "Mount",
    "RunningBox",
    "backend",
    "describe",
    "open_box",
    "run_in_box",
    "without_box",
]
