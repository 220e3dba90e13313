"""``enrich sandbox``: the providers on loopback, until Ctrl-C."""

import signal

import click


@click.command("sandbox")
@click.option(
    "--file", "file", type=click.Path(exists=True, dir_okay=False), help="Company list the world is made from."
)
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="HTTP port; 0 picks a free one.")
@click.option("--dns-port", type=click.IntRange(0, 65_535), default=0, help="DNS port; 0 picks a free one.")
@click.option("--profile", type=click.Choice(("instant", "realistic")), default="realistic", show_default=True)
@click.option("--faults", metavar="SPEC", help="For example spider.http_500=0.1,dns.servfail=0.05 or a JSON document.")
@click.option("--limits", metavar="SPEC", help="Requests per second, and burst: serper=50,clay=10:20.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed is another world.")
def sandbox(  # noqa: PLR0917 - click passes options by name
    file: str | None, port: int, dns_port: int, profile: str, faults: str | None, limits: str | None, seed: int
) -> None:
    """Serve the providers on loopback and print the settings that use them.

    The world is generated from the company list; domains that are not on it exist too.
    """
    from enrichment_assets.sandbox.foreground import serve_until_interrupted  # noqa: PLC0415 - keeps --help fast

    # A shell starts background jobs deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    serve_until_interrupted(
        file=file, port=port, dns_port=dns_port, profile=profile, faults=faults, limits=limits, seed=seed
    )
