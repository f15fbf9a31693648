"""The queue."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "job_queue.py"
exec(compile(SOURCE.read_text(), str(SOURCE), "exec"))
