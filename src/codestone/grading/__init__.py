"""Grading from outside: what a task's ``checks.py`` imports.

A check is a function named by its id. It is given the candidate, asks it questions, and returns a Finding:

    def every_rank(candidate: Candidate) -> Finding:
        \"\"\"Each k gives the k-th smallest.\"\"\"
        return all_of(candidate.ask("kth_smallest", [5, 1, 4], k).gives(v) for k, v in RANKED)

The expected values never enter the box; only values and handles cross. See docs/reference/channel.md.
"""

from codestone.grading.answer import Answer
from codestone.grading.candidate import Candidate, Handle, Pending
from codestone.grading.channel import CandidateFailed
from codestone.grading.compiling import Mended
from codestone.grading.findings import Finding, NotMeasured, all_of, fail, ok
from codestone.grading.ours import Call, Callback, Element, Throw
from codestone.grading.reading import PythonText, python_text
from codestone.grading.relay import Http, Response
from codestone.grading.shell import Command, Entry, Ran
from codestone.grading.typescript_facts import TypeScriptFacts, begin_typescript_facts, typescript_facts
from codestone.grading.values import Recipe, Undefined
from codestone.grading.watching import Watched, watched
from codestone.languages import Build

__all__ = [
    "Answer",
    "Build",
    "Call",
    "Callback",
    "Candidate",
    "CandidateFailed",
    "Command",
    "Element",
    "Entry",
    "Finding",
    "Handle",
    "Http",
    "Mended",
    "NotMeasured",
    "Pending",
    "PythonText",
    "Ran",
    "Recipe",
    "Response",
    "Throw",
    "TypeScriptFacts",
    "Undefined",
    "Watched",
    "all_of",
    "begin_typescript_facts",
    "fail",
    "ok",
    "python_text",
    "typescript_facts",
    "watched",
]
