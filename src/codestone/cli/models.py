"""``codestone models``: what is served here, and whether it is served well."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codestone.errors import EndpointError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codestone.contestants.lineup import Asked
    from codestone.serving import Finding
    from codestone.trial import Contestant

_SIGNS = {
    "ok": ("✓", "green"),
    "warning": ("!", "yellow"),
    "broken": ("✗", "red"),
    "not measured": ("–", "bright_black"),  # noqa: RUF001 - as reports have it
}


@click.command("models", short_help="List the servers that answer here, and check how they serve.")
@click.option("--endpoint", metavar="URL", help="Look there only.")
@click.option("--key-env", metavar="NAME", help="Environment variable that holds the API key.")
@click.option("--check", is_flag=True, help="Ask each model how it is served; about 30 s each.")
@click.option(
    "--model", "models", multiple=True, metavar="ID", help="With --check: id or pattern; repeatable."
)
@click.option(
    "--contestants",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --check: those of a contestants.toml.",
)
@click.option(
    "--thinking",
    type=click.Choice(["default", "on", "off"]),
    default="default",
    help="With --check: what is wanted of it.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def command(
    endpoint: str | None,
    key_env: str | None,
    check: bool,
    models: tuple[str, ...],
    file: Path | None,
    thinking: str,
    as_json: bool,
) -> None:
    """List servers and their models, as `codestone run --endpoint URL --model ID` wants them.

    \b
    codestone models                             what answers here
    codestone models --check                     thinking, tool calls, context, streaming, token counts
    codestone models --check --contestants FILE  each as it is declared

    A check grades nothing. It asks whether the way to the model is sound, so that no model scores 0 for its
    server. The exit code is 3 where something is broken, and 0 where there are warnings at most.
    """
    if check:
        from codestone.contestants.lineup import Asked

        asked = Asked(endpoint=endpoint, key_env=key_env, models=models, file=file, thinking=thinking)
        _check(asked, as_json=as_json)
    elif models or file or thinking != "default":
        raise UsageError("--model, --contestants and --thinking need --check")
    else:
        _list(endpoint, key_env, as_json=as_json)


def _check(asked: Asked, *, as_json: bool) -> None:
    from codestone.engine.serving import checked

    rows = []
    for contestant, findings in checked(asked, report=lambda text: click.echo(_plain(text), err=True)):
        rows.append((contestant, findings))
        if not as_json:
            click.echo("\n".join(_drawn(contestant, findings)))
    if as_json:
        _write_json(rows)
    broken = [c.name for c, findings in rows if any(finding.state == "broken" for finding in findings)]
    if broken:
        raise EndpointError(
            f"served so that results would not be the model's own: {', '.join(broken)}",
            hint="Put right what is marked ✗, and check again.",
        )


def _drawn(contestant: Contestant, findings: tuple[Finding, ...]) -> Iterator[str]:
    """Yield the lines of one contestant; what is well has one line, the rest its evidence and remedy."""
    yield _plain(f"{contestant.name}  {contestant.server}")
    width = max(len(finding.id) for finding in findings)
    for finding in findings:
        sign, colour = _SIGNS[finding.state]
        yield f"  {click.style(sign, fg=colour)} {finding.id:<{width}}  {_plain(finding.words)}"
        if finding.state != "ok":
            remedy = f"remedy: {finding.remedy}" if finding.remedy else ""
            yield from (f"      {_plain(text)}" for text in (finding.evidence, remedy) if text)


def _write_json(rows: list[tuple[Contestant, tuple[Finding, ...]]]) -> None:
    import orjson

    whole = {
        "schema_version": 1,
        "contestants": [
            {
                "contestant": contestant.model_dump(mode="json"),
                "findings": [finding.model_dump(mode="json") for finding in findings],
            }
            for contestant, findings in rows
        ],
    }
    click.echo(orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode())


def _list(endpoint: str | None, key_env: str | None, *, as_json: bool) -> None:
    import orjson

    from codestone.contestants.reach import key_from
    from codestone.endpoint.discover import discover, inspect

    found = [inspect(endpoint, key_from(key_env))] if endpoint else discover()
    if as_json:
        rows = [
            {"base_url": f.base_url, "server": f.server, "models": [{"id": m.id, **m.meta} for m in f.models]}
            for f in found
        ]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    if not found:
        click.echo("No server answers here. Start one, or run `codestone run quick` for the embedded model.")
    for server in found:
        click.echo(f"{server.base_url}  {server.server}")
        for model in server.models:
            click.echo(f"  {_plain(model.id)}")


def _plain(text: str) -> str:
    """Escape what a terminal would act upon: a server chooses its words and the names of its models."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
