"""The ``codestone`` command: finds the subcommand, and is the one place where errors are caught."""

import os
import sys
import tempfile
import traceback
from importlib import import_module

import click

from codestone import __version__
from codestone.errors import CodestoneError, UnknownName

COMMANDS = ("doctor", "models", "tasks", "grade", "plan", "run", "regrade", "report", "compare", "box")
INTERRUPTED = 130


class Commands(click.Group):
    """Subcommands by name; only the one that is asked for is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command's module; every such module has its command as ``command``."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"codestone.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Offer the nearest names for an unknown command."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise UnknownName("command", args[0], COMMANDS)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="codestone")
@click.pass_context
def cli(context: click.Context) -> None:
    """Find out which local coding model deserves which job on this machine.

    Codestone gives every model the same brief on this machine, executes every answer in a sandbox,
    measures speed from true timestamps, and reports what is known and how surely.

    \b
    A server is running:        codestone run quick --endpoint http://localhost:8080
    Nothing is running yet:     codestone run quick          (a tiny embedded model shows how it works)
    Is this machine ready:      codestone doctor
    """
    if context.invoked_subcommand is None:
        from codestone.cli import first_screen

        first_screen.show()


def main() -> None:
    """Run the command line and exit with the documented code."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except CodestoneError as error:
        _say(error.message, error.hint)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; say no more
        sys.exit(0)
    except Exception as error:  # noqa: BLE001  whatever nobody expected is our fault, and said so
        _say(f"{type(error).__name__}: {error}", f"This is a fault of codestone. Report: {_bug_report()}")
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _say(message: str, hint: str) -> None:
    click.echo(f"{click.style('error:', fg='red', bold=True)} {_plain(message)}", err=True)
    if hint:
        click.echo(f"{click.style('hint:', fg='cyan')} {_plain(hint)}", err=True)


def _plain(text: str) -> str:
    """Escape what a terminal would act upon; what a server or a file said may be in the message."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def _bug_report() -> str:
    """Write the traceback with versions and arguments to a file; return its path."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="codestone-bug-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"codestone {__version__}\npython {sys.version}\nargv {sys.argv[1:]!r}\n\n")
        traceback.print_exc(file=file)
    return file.name


if __name__ == "__main__":
    main()
