"""What a box costs over a bare process: ``python -m benchmarks.box [N]``.

Spawns ``/usr/bin/true`` N times (default 100) in turn: bare, under the guard, and in a box, the order
rotating, so that a busy moment hits all alike. Prints medians and the difference to bare, in milliseconds,
the cost of one byte there and back over a living box's pipe, and one line of JSON.
"""

import itertools
import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns

from codestone import process
from codestone.sandbox import BoxSpec, describe, open_box, run_in_box

TRUE = "/usr/bin/true"
TRIPS = 2000


def bare() -> None:
    """Start and reap, nothing else."""
    with process.start([TRUE], supervised=False) as child:
        child.wait()


def guarded() -> None:
    """Start and reap under the guard."""
    with process.start([TRUE]) as child:
        child.wait()


def boxed(files: Path | None = None) -> None:
    """Run in a fresh box."""
    end = run_in_box(BoxSpec(argv=(TRUE,), files=files)).end
    assert end.returncode == 0


def elapsed_ms(call: Callable[[], None]) -> float:
    """Time one call."""
    began_ns = perf_counter_ns()
    call()
    return (perf_counter_ns() - began_ns) / 1e6


def round_trip_us(count: int = TRIPS) -> float:
    """Return the median time of one byte to a ``cat`` in a living box and back, in microseconds."""
    with open_box(BoxSpec(argv=("cat",)), own_stdout=True) as box:
        trips = []
        for _ in range(count):
            began_ns = perf_counter_ns()
            box.stdin.write(b"x")
            box.stdout.read(1)
            trips.append((perf_counter_ns() - began_ns) / 1e3)
    return statistics.median(trips)


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    box = describe()
    with TemporaryDirectory() as folder:
        for number in range(100):
            Path(folder, f"{number}.py").write_bytes(bytes(4096))
        calls: dict[str, Callable[[], None]] = {
            "bare": bare,
            "guarded": guarded,
            "box": boxed,
            "box, 100 files": lambda: boxed(Path(folder)),
        }
        times: dict[str, list[float]] = {name: [] for name in calls}
        names = itertools.cycle(calls)
        for _ in range(count + 1):
            for name in itertools.islice(names, len(calls)):
                times[name].append(elapsed_ms(calls[name]))
            next(names)  # rotates who comes first
    print(f"{box} at {box.program}; " + ", ".join(f"{name}: {how}" for name, how in box.in_force.items()))
    print(f"{'':16}{'median ms':>11}{'p90 ms':>9}{'over bare':>11}   n = {count}")
    least = statistics.median(times["bare"][1:])
    for name, taken in times.items():
        median, p90 = statistics.median(taken[1:]), statistics.quantiles(taken[1:], n=10)[8]
        print(f"{name:16}{median:11.2f}{p90:9.2f}{median - least:11.2f}")
    trip_us = round_trip_us()
    print(f"one byte there and back in a living box: {trip_us:.0f} us (median)")
    medians = {name: statistics.median(taken[1:]) for name, taken in times.items()}
    figures = {"n": count, "median_ms": medians, "round_trip_us": trip_us, "trips": TRIPS, "box": str(box)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
