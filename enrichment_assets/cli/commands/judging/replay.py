"""``enrich replay DOMAIN``: what is stored of a company made again from its stored answers, with no network at all."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import plain, say, tell
from enrichment_assets.cli.main import UNUSABLE
from enrichment_assets.cli.opening import state_settings

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.evaluation.replaying import Replayed


class ChangedField(BaseModel):
    """A field of the stored value, and what came of it now."""

    field: str
    before: Any
    after: Any


class ReplayedArtifact(BaseModel):
    """One artifact; ``reason`` says why it could not be made again."""

    artifact: str
    made: bool
    different: list[ChangedField]
    reason: str


class Replay(BaseModel):
    """What was made again, and where it differs from what is stored."""

    artifacts: list[ReplayedArtifact]


@click.command()
@answers(Replay)
@click.argument("domain", required=False)
@click.option("--artifact", metavar="NAME", help="This artifact alone.  [default: all that can be made again]")
@click.option(
    "--save-case",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write it as a self-contained case: answers, inputs, what decides, and what came of it. Needs --artifact.",
)
@click.option(
    "--case", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Run a saved case instead of DOMAIN."
)
@click.option("--sandbox", is_flag=True, help="From what sandbox runs left.")
def replay(
    *, domain: str | None, artifact: str | None, save_case: Path | None, case: Path | None, sandbox: bool
) -> None:
    """Make what is stored of DOMAIN again from its stored answers, and print the difference to the stored value.

    Nobody is called and nothing is changed. Each artifact is made from the stored values of those before it.

    Exit status: 0 where nothing is different, 1 where something is or could not be made again, 2 for unusable input.
    """
    import asyncio  # noqa: PLC0415 - `enrich --help` stays quick

    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.evaluation.replaying import CaseError, run_case  # noqa: PLC0415

    if save_case is not None and artifact is None:
        raise click.UsageError("--save-case needs --artifact: a case is about one")
    if domain is None and case is None:
        raise click.UsageError("name a company, or a case with --case FILE")
    try:
        if case is not None:
            done = [asyncio.run(run_case(case.read_bytes(), load_catalog(state_settings(sandbox=sandbox))))]
        else:
            done = _of_home(domain or "", artifact, save_case, state_settings(sandbox=sandbox))
    except CaseError as error:
        say(f"enrich replay: {plain(str(error))}", err=True)
        raise SystemExit(UNUSABLE) from None
    tell(Replay(artifacts=[_document(one) for one in done]))
    for one in done:
        _show(one)
    raise SystemExit(int(any(one.value is None or one.different for one in done)))


def _of_home(domain: str, artifact: str | None, save_case: Path | None, settings: "Settings") -> "list[Replayed]":
    import asyncio  # noqa: PLC0415

    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.companies.domain import Rejected, canonical_domain  # noqa: PLC0415
    from enrichment_assets.evaluation.replaying import (  # noqa: PLC0415
        CaseError,
        case_of,
        replay_all,
        replayable,
        stored,
    )

    catalog = load_catalog(settings)
    company = canonical_domain(domain)
    if isinstance(company, Rejected):
        raise CaseError(company.reason)
    can_be = replayable(catalog)
    if artifact is not None and artifact not in can_be:
        raise CaseError(f"{artifact} cannot be made again; {', '.join(can_be)} can")
    known = stored(settings, catalog, str(company))
    if not known.values:
        raise CaseError(f"nothing is stored of {company}")
    wanted = [artifact] if artifact else [name for name in can_be if name in known.values]
    done = asyncio.run(replay_all(settings, catalog, known, wanted))
    if save_case is not None:
        save_case.write_bytes(case_of(settings, catalog[wanted[0]], known, done[0]))
        say(f"Wrote {save_case}")
    return done


def _document(one: "Replayed") -> ReplayedArtifact:
    different = [ChangedField(field=each.field, before=each.before, after=each.after) for each in one.different]
    return ReplayedArtifact(artifact=one.artifact, made=one.value is not None, different=different, reason=one.reason)


def _show(one: "Replayed") -> None:
    if one.value is None:
        say(f"{one.artifact}: not made again: {plain(one.reason)}")
    elif not one.different:
        say(f"{one.artifact}: the same")
    else:
        say(f"{one.artifact}: {len(one.different)} fields are different")
    for different in one.different:
        say(plain(f"  {different.field}: {different.before!r} → {different.after!r}"))
