"""``enrich costs``: what was paid, from Dagster's event log alone."""

from collections.abc import Mapping

import click

from enrichment_assets.cli.opening import state_settings
from enrichment_assets.cli.report import provider_lines

LATEST = 20


@click.command()
@click.option("--all", "everything", is_flag=True, help=f"Every day and run, not only the latest {LATEST}.")
@click.option("--sandbox", is_flag=True, help="Of sandbox runs, whose money is not real.")
def costs(*, everything: bool, sandbox: bool) -> None:
    """What was paid, by provider, artifact, day and run; failed and retried calls too. Cache hits cost nothing."""
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415 - --help must not wait for Dagster
    from enrichment_assets.cache.queries import by_provider, spendings, summed, tallies  # noqa: PLC0415

    with open_instance(state_settings(sandbox=sandbox)) as instance:
        known, spent = tallies(instance), by_provider(spendings(instance))
    companies = sum(tally.events for tally in known if tally.artifact == "mx" and tally.outcome == "OK")
    total = sum(tally.cost_usd for tally in known)
    failed = sum(tally.cost_usd for tally in known if tally.outcome in ("FAIL", "BUDGET"))
    click.echo(f"Total: ${total:.4f}, of which ${failed:.4f} for what failed")
    if companies:
        click.echo(f"Per company walked: ${total / companies:.5f} ({companies} companies)")
    click.echo("\nBy provider:")
    click.echo("\n".join(provider_lines(spent)) or "  nobody was called")
    _print("By artifact", summed(known, lambda tally: tally.artifact), None)
    _print("By day (UTC)", summed(known, lambda tally: tally.day), None if everything else LATEST)
    _print("By run", summed(known, lambda tally: tally.run_id), None if everything else LATEST)


def _print(title: str, usd: Mapping[str, float], latest: int | None) -> None:
    shown = list(usd.items())[-latest:] if latest else list(usd.items())
    click.echo(
        f"\n{title}:" + (f" (the latest {latest} of {len(usd)}; all with --all)" if len(shown) < len(usd) else "")
    )
    for name, paid in shown:
        amount = f"${paid:.4f}"
        click.echo(f"  {name:<38}{amount:>14}")
