"""``enrich add``: companies as partitions, so that Dagster's own commands and its UI can enrich them."""

import sys
from pathlib import Path

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import say, tell
from enrichment_assets.cli.main import UNUSABLE
from enrichment_assets.cli.opening import state_settings, usable_list


class Added(BaseModel):
    """Domains that are partitions now, those that were before, and what was refused for which reason."""

    added: list[str]
    known: list[str]
    refused: dict[str, str]


@click.command()
@answers(Added)
@click.argument("domains", nargs=-1, metavar="[DOMAIN…]")
@click.option("--file", "path", type=click.Path(path_type=Path), help="A list, as one partition of company_list.")
@click.option("--name", help="What the company is called; for one domain. [default: the domain's first label]")
@click.option("--sandbox", is_flag=True, help="In the sandbox's state.")
def add(*, domains: tuple[str, ...], path: Path | None, name: str | None, sandbox: bool) -> None:
    """Make companies, or a list, known as partitions; nothing is looked up and nothing is spent.

    \b
    enrich add stripe.com https://www.adyen.com/
    dagster asset materialize -m enrichment_assets.definitions --select '*' --partition stripe.com
    enrich add --file companies.csv    # to be enriched in Dagster: Assets, company_list, Materialize

    Addresses, URLs and e-mails are read as in a list. One that is no company is named, and the others are added.
    """
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415 - --help stays quick
    from enrichment_assets.companies.company import Company  # noqa: PLC0415
    from enrichment_assets.companies.domain import Rejected, canonical_domain  # noqa: PLC0415
    from enrichment_assets.orchestration.partitions import NAME, register  # noqa: PLC0415
    from enrichment_assets.storage.do_not_enrich import REASON, DoNotEnrich  # noqa: PLC0415
    from enrichment_assets.storage.state import open_state  # noqa: PLC0415

    if name and len(domains) > 1:
        raise click.UsageError("--name is for one domain; names of many stand in a list (enrich run --file)")
    if bool(domains) == bool(path):
        raise click.UsageError("Name domains, or a list with --file")
    settings = state_settings(sandbox=sandbox)
    if path is not None:
        _add_list(path, sandbox=sandbox)
        return
    read = {given: canonical_domain(given) for given in domains}
    found = dict.fromkeys(str(each) for each in read.values() if not isinstance(each, Rejected))
    wrong = {given: each.reason for given, each in read.items() if isinstance(each, Rejected)}
    with open_instance(settings) as instance:
        state = open_state(settings)
        try:
            refused = DoNotEnrich(state).among(found)
            wrong |= dict.fromkeys(refused, REASON)
            known = set(instance.get_dynamic_partitions(NAME))
            companies = [Company.named(domain, name) for domain in found if domain not in refused]
            if name:
                register(instance, state, companies)
            elif companies:  # the first list that brings them names them
                instance.add_dynamic_partitions(NAME, [company.domain for company in companies])
        finally:
            state.dispose()
    domains_added = [company.domain for company in companies if company.domain not in known]
    domains_known = [company.domain for company in companies if company.domain in known]
    tell(Added(added=domains_added, known=domains_known, refused=wrong))
    for company in companies:
        say(f"{company.domain}: {'known already' if company.domain in known else 'added'}")
    for given, reason in wrong.items():
        say(f"{given}: not added. {reason}", err=True)
    if companies:
        say(
            "Next: dagster asset materialize -m enrichment_assets.definitions --select '*' --partition "
            f"{companies[0].domain}   (DAGSTER_HOME={settings.dagster_home})"
        )
    sys.exit(UNUSABLE if wrong else 0)


def _add_list(path: Path, *, sandbox: bool) -> None:
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415
    from enrichment_assets.orchestration.runs.company_lists import add_list  # noqa: PLC0415
    from enrichment_assets.storage.state import open_state  # noqa: PLC0415

    settings = state_settings(sandbox=sandbox)
    listed = usable_list(path, settings)
    with open_instance(settings) as instance:
        state = open_state(settings)
        try:
            known = add_list(instance, settings, state, listed)
        finally:
            state.dispose()
    tell(Added(added=[known.key], known=[], refused={}))
    say(f"{known.key}: {known.rows['company']} companies of {sum(known.rows.values())} rows")
    say("Next: enrich ui, Assets, company_list, Materialize")
