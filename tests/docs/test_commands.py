import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from codestone.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"))
    if page.name != "cli.md"  # written from the commands themselves
)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^(?: {4}|\t).*$", re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words after each `codestone` in code: fenced, indented, or between backticks."""
    blocks = [line for block in FENCED.findall(text) for line in block.splitlines()]
    rest = FENCED.sub("", text)
    for line in (*blocks, *INDENTED.findall(rest), *SPAN.findall(rest)):
        for match in re.finditer(r"(?:^|[\s/$])codestone +((?:[^\s|;&>#`]+ ?)+)", line):
            words = match[1].split()
            if words[0] in COMMANDS or words[0].startswith("-"):
                yield words


def unknown(words: list[str]) -> list[str]:
    """Return the options among the words that the command does not have."""
    command: click.Command = cli
    context = click.Context(cli, info_name="codestone")
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        inner = command.get_command(context, rest[0])
        if inner is None:
            return [f"no command {rest[0]!r}"]
        command, context, rest = inner, click.Context(inner, info_name=rest[0], parent=context), rest[1:]
    known = {name for each in command.get_params(context) for name in (*each.opts, *each.secondary_opts)}
    options = rest[: rest.index("--")] if "--" in rest else rest
    asked = [word.partition("=")[0].rstrip(",.:)") for word in options if re.match(r"--?[a-z]", word)]
    return [word for word in asked if word not in known]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_names_no_option_that_is_not_there(page):
    """Every `codestone …` in code is a command with options that it has."""
    assert {
        " ".join(words): bad for words in commands(page.read_text("utf-8")) if (bad := unknown(words))
    } == {}


def test_the_commands_of_a_page_are_found_wherever_they_stand():
    """In a fenced block, an indented one, or a sentence; a comment behind them is none of it."""
    text = (
        "Say `codestone run --sed 1` or\n\n"
        "    codestone tasks check x --loda 2   # --no\n\n"
        "```sh\n$ codestone box -- ls --all\n```\n"
    )
    found = sorted(commands(text))
    assert [words[0] for words in found] == ["box", "run", "tasks"]
    assert [unknown(words) for words in found] == [[], ["--sed"], ["--loda"]]


def test_the_readme_shows_commands():
    """An expression that finds nothing would pass anything."""
    assert len(list(commands((ROOT / "README.md").read_text("utf-8")))) > 5
