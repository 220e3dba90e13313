"""What a run goes by, read once, kept under its id, and used to its end: companies, profile, questions, settings.

A run that re-executes or resumes another goes by what that one had, on whatever machine it runs; so do all runs of one
backfill. A file that is edited while a run is at work is the next run's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dagster as dg
import orjson
from sqlalchemy import Engine

from enrichment_assets.artifacts.catalog import Catalog, load_catalog
from enrichment_assets.artifacts.icp.profile import profile_text
from enrichment_assets.companies.company import Company
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import GivenSettings, Settings
from enrichment_assets.core.whole_file import write_whole
from enrichment_assets.storage.inputs.run_inputs import FOLDER, RunInput, RunInputs
from enrichment_assets.storage.lists import Lists

DECIDING: Final = (
    "openrouter_model",
    "openrouter_fallback_model",
    "openrouter_context_tokens",
    "openrouter_extra_body",
    "enrichment_pages",
    "enrichment_search",
    "enrichment_llm",
    "enrichment_artifacts",
    "enrichment_unclear_passes",
    "enrichment_push_incomplete",
    "webhook_max_bytes",
    "webhook_callback_id",
    "web_max_bytes",
)
"""Settings that decide values. Keys, addresses, limits, prices and budgets do not, and may change in between."""
INPUTS_TAG: Final = "enrichment/inputs"
BACKFILL_TAG: Final = "dagster/backfill"


@dataclass(frozen=True)
class Pinned:
    """One run's inputs. ``earlier``: the nearest run it continues; ``list_id``: that one's companies."""

    settings: Settings
    catalog: Catalog
    document: str
    earlier: str | None = None
    list_id: str | None = None
    changed: tuple[str, ...] = ()
    """What is another one today than in this run."""

    def said(self) -> str | None:
        """A sentence for a person where this run does not go by what is there today."""
        if not self.changed:
            return None
        what = ", ".join(self.changed)
        return (
            f"Changed since this run began first, and so not used in it: {what}. A new run goes by what is there now."
        )


def pin(context: dg.OpExecutionContext, settings: Settings, state: Engine, catalog: Catalog, given: str = "") -> Pinned:
    """The inputs of a run that begins: those of the run it continues, of its backfill, or else what is there now.

    ``given``: the hash of a document that somebody pinned for this run. Raises LookupError where it is not kept here.
    """
    kept, run = RunInputs(state), context.run
    now = _document(settings, catalog)
    earlier = next(((one, found) for one in ancestors(context.instance, run) if (found := kept.of(one))), None)
    backfill = run.tags.get(BACKFILL_TAG)
    if earlier is not None:
        document = earlier[1].document
    elif given:
        document = given
    else:
        document = kept.keep_document(now)
        if backfill is not None:
            document = kept.keep(backfill, RunInput(None, document)).document
    content = kept.document(document)
    context.instance.add_run_tags(run.run_id, {INPUTS_TAG: document})
    pinned_settings, pinned_catalog = _restored(content, document, settings, catalog)
    return Pinned(
        pinned_settings,
        pinned_catalog,
        document,
        earlier[0] if earlier else None,
        earlier[1].list_id if earlier else None,
        _different(content, now),
    )


def keep_now(settings: Settings, state: Engine, catalog: Catalog) -> str:
    """Keep what is there now for runs that are yet to start; the hash that ``pin`` takes."""
    return RunInputs(state).keep_document(_document(settings, catalog))


def keep_companies(state: Engine, run_id: str, companies: Sequence[Company], pinned: Pinned, source: str) -> None:
    """Keep which companies a run has, for what continues it. ``source``: the stored list they are from, or a word."""
    stored = Lists(state)
    try:
        known = stored.describe(source)
        # A list that lost a company since, because it is not to be enriched, is another one.
        list_id = known.list_id if known.companies == len(companies) else stored.store(companies, known.source).list_id
    except LookupError:
        list_id = stored.store(companies, source).list_id
    RunInputs(state).keep(run_id, RunInput(list_id, pinned.document))


def ancestors(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Iterator[str]:
    """The runs that a run continues, the nearest first."""
    seen: set[str] = set()
    parent_id = run.parent_run_id
    while parent_id is not None and parent_id not in seen:
        yield parent_id
        seen.add(parent_id)
        parent = instance.get_run_by_id(parent_id)
        parent_id = parent.parent_run_id if parent is not None else None


def _document(settings: Settings, catalog: Catalog) -> str:
    """Profile, questions and settings as they are now. Of a profile that cannot be used ``preflight`` speaks."""
    try:
        profile: str | None = profile_text(settings)
    except MisconfiguredError:
        profile = None
    values = settings.model_dump(mode="json", include=set(DECIDING))
    content = {
        "profile": profile,
        "questions": dict(catalog.questions),
        "settings": values,
        "unset": [name for name in DECIDING if name not in settings.model_fields_set],
    }
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def _restored(content: str, hashed: str, settings: Settings, catalog: Catalog) -> tuple[Settings, Catalog]:
    """Today's settings and catalog with what the document decides."""
    said: Mapping[str, Any] = orjson.loads(content)
    folder = settings.dagster_home / FOLDER / hashed
    # A document of a later or earlier version may know other settings.
    values = {name: value for name, value in said["settings"].items() if name in DECIDING}
    given = GivenSettings(**values)
    update: dict[str, Any] = {name: getattr(given, name) for name in values}
    if said["profile"] is not None:
        update["enrichment_icp_profile"] = _written(folder / "icp.yaml", said["profile"])
    pinned = settings.model_copy(update=update)
    pinned.model_fields_set.difference_update(said["unset"])
    if said["questions"] == dict(catalog.questions):
        return pinned, catalog
    for name, text in said["questions"].items():
        _written(folder / "questions" / f"{name}.yaml", text)
    (folder / "questions").mkdir(parents=True, exist_ok=True)
    return pinned, load_catalog(pinned.model_copy(update={"enrichment_questions_dir": folder / "questions"}))


def _written(path: Path, text: str) -> Path:
    """A file with this text, whole, whoever else writes it at the same time."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text)
    return path


def _different(content: str, now: str) -> tuple[str, ...]:
    if content == now:
        return ()
    before, after = orjson.loads(content), orjson.loads(now)
    names = [name.upper() for name in DECIDING if before["settings"].get(name) != after["settings"].get(name)]
    whole = {"profile": "the profile", "questions": "the questions"}
    return (*(words for part, words in whole.items() if before[part] != after[part]), *names)


def known_here(catalog: Catalog, names: Iterable[str], here: Catalog) -> list[str]:
    """The artifacts to make without those that came after the run's own inputs; names that nobody has stay, to fail."""
    return [name for name in names if name in catalog or name not in here]
