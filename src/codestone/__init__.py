"""Codestone finds out which local coding model deserves which job on this machine.

The public API, loaded when asked for: ``import codestone`` itself imports nothing.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "CodestoneError": "errors",
    "Task": "task",
    "Suite": "task",
    "Brief": "task",
    "Contestant": "trial",
    "Ending": "trial",
    "TrialKey": "trial",
    "TrialRecord": "trial",
    "Score": "trial",
    "CheckResult": "trial",
    "Client": "endpoint.client",
    "ChatRequest": "endpoint.client",
    "Reply": "endpoint.client",
    "load": "suites.load",
    "grade": "grading.grade",
    "Store": "store.records",
    "Summary": "stats.summary",
    "summarise": "stats.summary",
    "run": "engine.run",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604  the names are strings in the table above


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"codestone.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'codestone' has no attribute {name!r}")
