"""``python -m codestone.testing``: the scripted endpoint from a shell."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from codestone.errors import CodestoneError
from codestone.suites import load
from codestone.testing import faults, profiles, serving
from codestone.testing.endpoint import ScriptedEndpoint
from codestone.testing.rated import Rated, Rates
from codestone.testing.script import Play, Script, reply

_EPILOG = """\
Each profile and fault is a model id of its own; without options all of them are served.

  oracle, slow, unfenced, empty, reasoning-only, refusing, wrong, tampering
      answer the shipped tasks (or those of --tasks); the task is known by its instruction
  rated
      reads and writes so many tokens a second, with a prefix cache: --rates PROMPT:OUTPUT
  paced
      text on a schedule: --pace FIRST_MS:GAP_MS:CHUNKS

example:
  python -m codestone.testing --port 8080 --profile oracle --profile wrong &
  codestone run quick --endpoint http://127.0.0.1:8080 --model '*'

--serving has names of its own: one model, served well or badly, for `codestone models --check`.
GET /codestone/log tells when each event was really sent (perf_counter_ns).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; print the base URL first."""
    options = _parser().parse_args(arguments)
    if options.list:
        sys.stdout.write("\n".join([*profiles.PROFILES, *faults.names(), "rated", "paced"]) + "\n")
        return 0
    try:
        plays = _plays(options)
        with ScriptedEndpoint(plays, port=options.port) as server:
            sys.stdout.write(f"{server.base_url}\n")
            sys.stdout.flush()
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except (CodestoneError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code if isinstance(error, CodestoneError) else 1
    return 0


def _plays(options: argparse.Namespace) -> dict[str, Script | Play]:
    named = not (options.profile or options.fault or options.serving or options.pace or options.rates)
    chosen = options.profile or (list(profiles.PROFILES) if named else [])
    plays: dict[str, Script | Play] = {}
    if chosen:
        roots = [options.tasks] if options.tasks else None
        plays |= profiles.plays([task for suite in load.all_suites(roots) for task in suite.tasks], chosen)
    plays |= {name: faults.fault(name) for name in options.fault or (faults.names() if named else [])}
    plays |= {name: serving.path(name) for name in options.serving or ()}
    if options.rates:
        plays["rated"] = Rated(options.rates)
    if options.pace:
        plays["paced"] = options.pace
    return plays


def _paced(text: str) -> Script:
    """Read FIRST_MS:GAP_MS:CHUNKS."""
    first_ms, gap_ms, chunks = text.split(":")
    return reply("word" * int(chunks), first_s=float(first_ms) / 1e3, gap_s=float(gap_ms) / 1e3)


def _rated(text: str) -> Rates:
    """Read PROMPT:OUTPUT, in tokens per second."""
    prompt, output = map(float, text.split(":"))
    return Rates(prompt_per_s=prompt, output_per_s=output)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m codestone.testing",
        description="Serve scripted answers and faults on 127.0.0.1 as an OpenAI-compatible API.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="port to listen on; 0 (default) takes a free one")
    known = list(profiles.PROFILES)
    add(
        "--profile", action="append", choices=known, metavar="NAME", help="serve this profile; again for more"
    )
    known = faults.names()
    add("--fault", action="append", choices=known, metavar="NAME", help="serve this fault; again for more")
    known = list(serving.PATHS)
    add(
        "--serving",
        action="append",
        choices=known,
        metavar="NAME",
        help=f"serve a model in this way: {', '.join(known)}",
    )
    add("--rates", type=_rated, metavar="PROMPT:OUTPUT", help="serve the model 'rated', of these tokens/s")
    add("--pace", type=_paced, metavar="FIRST_MS:GAP_MS:CHUNKS", help="serve the model 'paced'")
    add("--tasks", type=Path, metavar="DIR", help="folder of suites (default: the shipped ones)")
    add("--list", action="store_true", help="print the names of profiles and faults, and end")
    return parser


if __name__ == "__main__":
    signal.pthread_sigmask(
        signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM}
    )  # sigwait takes them, in any thread
    sys.exit(main())
