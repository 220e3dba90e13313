"""``enrich review``: one company at a time with its evidence; what a person says overrides the gate."""

import getpass
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel, JsonValue

from enrichment_assets.cli.commands.judging.one_by_one import ask_all
from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import JSON, is_asked, plain, say, tell
from enrichment_assets.cli.main import UNUSABLE
from enrichment_assets.cli.opening import company_of, state_settings, usable_list

if TYPE_CHECKING:
    from enrichment_assets.artifacts.catalog import Catalog
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.evaluation.reviewing import Case

MOST_BAD_ROWS = 20
_FILE = click.Path(dir_okay=False, path_type=Path)


class EvidenceLine(BaseModel):
    """One field, and the words that it stands on."""

    field: str
    value: str
    quote: str | None
    page: str | None


class GivenLabel(BaseModel):
    """What a person said; ``older`` where something else was said or quoted then."""

    label: str
    note: str
    by: str
    at: datetime
    older: bool


class StoredCase(BaseModel):
    """One verdict or answer with its evidence, and its label so far."""

    domain: str
    company_name: str
    artifact: str
    said: JsonValue
    why: str
    computed_at: datetime
    evidence: list[EvidenceLine]
    label: GivenLabel | None


class Review(BaseModel):
    """What would be asked (nobody is asked); or the table that was written, or what was taken from one."""

    cases: list[StoredCase] = []
    wrote: str | None = None
    labels: int | None = None
    taken_back: int | None = None
    bad_rows: dict[int, str] = {}
    """Line to what is wrong there."""


@click.command()
@answers(Review)
@click.argument("domains", nargs=-1, metavar="[DOMAIN]…")
@click.option("--verdict", metavar="WORD", help="Those of which this is said: unclear, fit, …; of a question known, ….")
@click.option("--question", metavar="NAME", help="The answers to this question, instead of the verdicts.")
@click.option("--file", "listed", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="This list's.")
@click.option("--again", is_flag=True, help="Those with a label on what is stored now, too.")
@click.option("--by", metavar="NAME", help="Who says so.  [default: your login name]")
@click.option("--export", "exported", type=_FILE, help="Write them all as CSV, with their labels, and end.")
@click.option("--import", "imported", type=_FILE, help="Take labels from such a table (csv, xlsx, …), and end.")
@click.option("--sandbox", is_flag=True, help="What sandbox runs found.")
def review(
    *,
    domains: tuple[str, ...],
    verdict: str | None,
    question: str | None,
    listed: Path | None,
    again: bool,
    by: str | None,
    exported: Path | None,
    imported: Path | None,
    sandbox: bool,
) -> None:
    """Look at verdicts (or answers) with their evidence, one company at a time, and say whether they are right.

    Keys: y, n, s to skip, t for a note, u to take a label back, q to end. Piped, one of them a line; `y WORDS` labels
    with a note. What was left open comes first; a label on older evidence is shown, and asked for again.

    A label decides the gate and the tier from the next run on, and is kept with the evidence it was given on. Nothing
    is called: what the opened gate lets through is found out, and paid, by the next run.

    Exit status: 0, 2 for input that cannot be used.
    """
    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415 - `enrich --help` stays quick
    from enrichment_assets.companies.reading import UnreadableListError  # noqa: PLC0415
    from enrichment_assets.evaluation.reviewing import cases  # noqa: PLC0415

    settings = state_settings(sandbox=sandbox)
    if not settings.dagster_home.is_dir():
        raise click.UsageError(f"nothing was enriched here yet ({settings.dagster_home} does not exist)")
    catalog = load_catalog(settings)
    artifact = question or "icp"
    if artifact not in catalog or (question and catalog[artifact].kinds != ("question",)):
        raise click.UsageError(f"there is no question {artifact} (enrich questions shows them)")
    if imported is not None:
        try:
            _import(imported, settings, catalog, by or _login())
        except UnreadableListError as error:
            raise click.UsageError(str(error)) from error
        return
    wanted = _wanted(domains, listed, settings)
    found = cases(settings, catalog, artifact, wanted, verdict)
    if exported is not None:
        from enrichment_assets.evaluation.label_sheet import write_sheet  # noqa: PLC0415

        exported.write_text(write_sheet(found), encoding="utf-8", newline="")
        labelled = sum(case.label is not None for case in found)
        say(f"Wrote {exported}: {len(found)} companies, {labelled} with a label.")
        say("Fill in the column label, then --import it.")
        tell(Review(wrote=str(exported)))
        return
    due = found if again or domains else [case for case in found if case.due]
    if is_asked(JSON):
        tell(Review(cases=[_document(case) for case in due]))
        return
    if not due:
        say(
            f"Nothing to review: {len(found)} stored of these, all labelled (--again shows them)." if found else NOTHING
        )
        return
    ask_all(due, settings, by or _login())


NOTHING = "Nothing to review: there is nothing stored of these. enrich run finds it out."


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a user of that number
        return "somebody"


def _wanted(domains: Collection[str], listed: Path | None, settings: "Settings") -> list[str] | None:
    """The companies that were named; None for everyone."""
    if not domains and listed is None:
        return None
    wanted = list(map(company_of, domains))
    if listed is not None:
        wanted += [company.domain for company in usable_list(listed, settings).companies]
    return list(dict.fromkeys(wanted))


def _import(path: Path, settings: "Settings", catalog: "Catalog", by: str) -> None:
    """All of a table's labels, or none of them where a row is bad."""
    from enrichment_assets.evaluation.label_sheet import by_key, read_sheet  # noqa: PLC0415
    from enrichment_assets.evaluation.reviewing import cases, labelled_artifacts  # noqa: PLC0415
    from enrichment_assets.storage.do_not_enrich import DoNotEnrich  # noqa: PLC0415
    from enrichment_assets.storage.history.labels import Labels  # noqa: PLC0415
    from enrichment_assets.storage.state import open_state  # noqa: PLC0415

    known = {key: case for name in labelled_artifacts(catalog) for key, case in by_key(cases(settings, catalog, name))}
    sheet = read_sheet(path, catalog, known, by, datetime.now(UTC))
    if sheet.bad:
        say(f"Nothing was imported: {len(sheet.bad)} rows of {path} cannot be used.", err=True)
        for line, problem in list(sheet.bad.items())[:MOST_BAD_ROWS]:
            say(plain(f"  line {line}: {problem}"), err=True)
        tell(Review(labels=0, taken_back=0, bad_rows=dict(sheet.bad)))
        raise SystemExit(UNUSABLE)
    state = open_state(settings)
    try:
        refused = DoNotEnrich(state).among({label.domain for label in sheet.given})
        given = [label for label in sheet.given if label.domain not in refused]
        Labels(state).put(given)
        back = sum(Labels(state).remove(*key) for key in sheet.taken_back)
    finally:
        state.dispose()
    say(f"{len(given)} labels from {path}, {back} taken back.")
    if refused:
        say(f"{len(refused)} left out: on the do-not-enrich list.")
    tell(Review(labels=len(given), taken_back=back))


def _document(case: "Case") -> StoredCase:
    label = case.label
    older = case.on_older_evidence
    return StoredCase(
        domain=case.company.domain,
        company_name=case.company.name,
        artifact=case.artifact.name,
        said=case.labelling.said(case.value),
        why=case.labelling.shown(case.value),
        computed_at=case.computed_at,
        evidence=[
            EvidenceLine(field=line.field, value=line.value, quote=line.quote, page=line.page) for line in case.lines()
        ],
        label=label and GivenLabel(label=label.label, note=label.note, by=label.by, at=label.at, older=older),
    )
