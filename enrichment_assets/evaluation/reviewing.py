"""What a person has to look at: stored verdicts and answers with their evidence, and what was said of them before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from enrichment_assets.artifacts.base import Artifact, ExplainLine, Labelling, Value
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.companies.company import Company
from enrichment_assets.core.digest import digest
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.text import truncate_line
from enrichment_assets.storage.artifacts import ArtifactStore
from enrichment_assets.storage.history.labels import Label, Labels
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.state import open_state

OPEN: Final = frozenset({"unclear", "unjudged", "unknown"})
"""What a machine left open is looked at first."""
LONGEST_NOTE: Final = 500
LONGEST_NAME: Final = 100


@dataclass(frozen=True)
class Case:
    """One stored value of one company that a person may label."""

    company: Company
    artifact: Artifact[Any]
    labelling: Labelling[Any]
    value: Value
    computed_at: datetime
    label: Label | None

    @property
    def summary(self) -> str:
        """The value in one word."""
        return self.artifact.summary(self.value)

    @property
    def evidence(self) -> str:
        """Hash of what is said now and its quotes."""
        return self.labelling.evidence(self.value)

    @property
    def on_older_evidence(self) -> bool:
        """There is a label, and something else was said or quoted when it was given."""
        return self.label is not None and self.label.evidence != self.evidence

    @property
    def due(self) -> bool:
        """Nobody has said anything of this evidence."""
        return self.label is None or not self.label.label or self.on_older_evidence

    def lines(self) -> Sequence[ExplainLine]:
        """The evidence, field by field."""
        return tuple(self.artifact.explain(self.value, {}))

    def labelled(self, label: str, by: str, at: datetime, note: str | None = None) -> Label:
        """The label on what is stored now. ``note`` None keeps the earlier one."""
        kept = self.label.note if self.label is not None else ""
        return Label(
            domain=self.company.domain,
            artifact=self.artifact.name,
            label=label,
            note=kept if note is None else truncate_line(note, LONGEST_NOTE),
            by=truncate_line(by, LONGEST_NAME),
            at=at,
            evidence=self.evidence,
            said=self.labelling.said(self.value),
            quotes=tuple(self.labelling.quotes(self.value)),
        )

    def noted(self, note: str, by: str, at: datetime) -> "Case":
        """The same with a note. A label that there is stays as it was given, on whatever evidence."""
        if self.label is None:
            return self.with_label(self.labelled("", by, at, note))
        return self.with_label(replace(self.label, note=truncate_line(note, LONGEST_NOTE)))

    def with_label(self, label: Label | None) -> "Case":
        """The same, with another label."""
        return replace(self, label=label)


def cases(
    settings: Settings, catalog: Catalog, artifact: str, domains: Collection[str] | None = None, word: str | None = None
) -> list[Case]:
    """The stored values of an artifact, of these companies or of everyone; ``word`` chooses by the value in one word.

    What was left open comes first; else the order is by chance, and always the same, so that the first of any number
    are a fair sample. Raises LookupError for an artifact that nobody labels, OSError where the store cannot be read.
    """
    one = catalog[artifact]
    if one.labelling is None:
        raise LookupError(f"{artifact} is not labelled: {', '.join(labelled_artifacts(catalog))} are")
    state, store = open_state(settings), ArtifactStore(settings.store_url)
    try:
        companies = Names(state).everyone() if domains is None else list(Names(state).companies(domains))
        labels = Labels(state).all(domains)
        found = []
        for company in companies:
            envelope = store.get(artifact, company.domain)
            if envelope is None:
                continue
            try:
                value = one.parse(envelope.value)
            except ValidationError:
                continue  # the shape of another version: the next run makes it again
            if word is None or one.summary(value) == word:
                label = labels.get(company.domain, {}).get(artifact)
                found.append(Case(company, one, one.labelling, value, envelope.computed_at, label))
        return sorted(found, key=lambda case: (case.summary not in OPEN, digest("review", case.company.domain)))
    finally:
        store.close()
        state.dispose()


def labelled_artifacts(catalog: Catalog) -> list[str]:
    """Those that people may label."""
    return [name for name, artifact in catalog.items() if artifact.labelling is not None]
