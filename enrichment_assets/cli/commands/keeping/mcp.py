"""``enrich mcp``: what this project knows, for coding agents and chat programs, over the Model Context Protocol."""

import click

from enrichment_assets.cli.echo import JSON, say


@click.command()
@click.option("--allow-run", is_flag=True, help="Also offer the tool that enriches a list, which spends money.")
@click.option("--budget", type=click.FloatRange(min=0), metavar="USD", help="With --allow-run: all its runs together.")
@click.option("--sandbox", is_flag=True, help="On the sandbox's state, runs against the sandbox's providers.")
@click.pass_context
def mcp(context: click.Context, *, allow_run: bool, budget: float | None, sandbox: bool) -> None:
    """Serve status, explain, costs, changes, runs and logs as tools on standard input and output, until it is closed.

    A program that speaks MCP starts it, in the folder of the project:

    \b
    {"mcpServers": {"enrich": {"command": "enrich", "args": ["mcp"], "cwd": "/path/to/project"}}}

    Reading costs nothing. With --allow-run and a --budget there is a tool that enriches lists of this folder, too.
    """
    if allow_run and budget is None:
        raise click.UsageError("--allow-run needs --budget USD: what may all its runs together spend?")
    if budget is not None and not allow_run:
        raise click.UsageError("--budget is for the runs that --allow-run allows")
    try:
        from enrichment_assets.cli.commands.keeping.mcp_tools import server  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if error.name != "mcp":
            raise
        raise click.UsageError("enrich mcp needs an extra: pip install 'enrichment-assets[mcp]'") from None
    context.meta[JSON] = True  # standard output is the protocol's
    say("Serving MCP on standard input and output; Ctrl-C ends it.")
    server(sandbox=sandbox, budget_usd=budget).run("stdio")
