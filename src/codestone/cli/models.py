"""``codestone models``: what is served here."""

import click


@click.command("models", short_help="List the servers that answer here and what they serve.")
@click.option("--endpoint", metavar="URL", help="Look there only.")
@click.option("--key-env", metavar="NAME", help="Environment variable that holds the API key.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array on stdout.")
def command(endpoint: str | None, key_env: str | None, as_json: bool) -> None:
    """List servers and their models, as `codestone run --endpoint URL --model ID` wants them."""
    import orjson

    from codestone.endpoint.discover import discover, inspect
    from codestone.engine.reach import key_from

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
            click.echo("  " + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in model.id))
