"""``enrich prune``: forgetting what is old."""

from datetime import UTC, datetime, timedelta

import click

from enrichment_assets.cli.opening import state_settings


@click.command()
@click.option("--days", type=click.IntRange(min=0), default=90, show_default=True, help="Keep what is younger.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--sandbox", is_flag=True, help="From the sandbox's state.")
def prune(*, days: int, yes: bool, sandbox: bool) -> None:
    """Delete superseded records, logs of finished runs, and runs of which nothing is left.

    The latest record of a company is never deleted, however old, and neither is what was paid.
    """
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415
    from enrichment_assets.cache.prune import prune as prune_records  # noqa: PLC0415
    from enrichment_assets.orchestration.partitions import NAME  # noqa: PLC0415 - --help must not wait for Dagster

    settings = state_settings(sandbox=sandbox)
    before = datetime.now(UTC) - timedelta(days=days)
    if not yes:
        click.confirm(f"Delete what is older than {before:%Y-%m-%d} from {settings.dagster_home}?", abort=True)
    with open_instance(settings) as instance:
        pruned = prune_records(instance, before, NAME)
    click.echo(f"Deleted {pruned.events} events and {pruned.runs} runs; {pruned.freed_bytes / 1e6:.1f} MB freed.")
