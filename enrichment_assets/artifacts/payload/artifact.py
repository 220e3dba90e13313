"""Everything known about one company in the one shape that is pushed (``payload_schema``). Calls nobody.

The fields are those that the artifacts declare. Tier, first rule that applies:

1. the domain takes no mail: ``DISQUALIFIED``
2. verdict ``not_fit``: ``DISQUALIFIED``
3. verdict ``fit``: ``QUALIFIED``
4. verdict ``unclear`` or ``unjudged``: ``REVIEW``, also when ENRICHMENT_UNCLEAR_PASSES lets an unclear company through
   the gate: it is then enriched, and still for a person to decide.

What a person said (``enrich review``) stands in the place of the verdict, which stays in its own field.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from enrichment_assets.artifacts.base import (
    PAYLOAD,
    Artifact,
    ExplainLine,
    Labelling,
    PayloadPart,
    ProduceContext,
    Tier,
    Value,
)
from enrichment_assets.artifacts.example_company import COMPANY, NOW
from enrichment_assets.artifacts.payload.schema import Payload, payload_model, web_address
from enrichment_assets.companies.company import Company
from enrichment_assets.core.digest import digest
from enrichment_assets.storage.history.labels import NO_LABELS, Label, OfCompany


@dataclass(frozen=True)
class Assembly:
    """How payloads are put together: the parts by artifact, in the catalog's order, and the model with their fields."""

    parts: Mapping[str, PayloadPart[Any]]
    model: type[Payload]
    labelling: Mapping[str, Labelling[Any]]
    """What people may say of which artifact."""

    async def produce(self, context: ProduceContext) -> Payload:
        """Build it from what is there. Calls nobody, raises nothing of its own."""
        return self.assemble(
            context.company,
            context.inputs,
            computed_at=context.computed_at,
            missing_inputs=context.missing_inputs,
            now=context.now,
            callback=context.settings.webhook_callback_id,
            sandbox=bool(context.settings.enrichment_sandbox),
            labels=context.labels,
        )

    def assemble(
        self,
        company: Company,
        inputs: Mapping[str, Value],
        *,
        computed_at: Mapping[str, datetime],
        missing_inputs: Mapping[str, str],
        now: datetime,
        callback: bool = False,
        sandbox: bool = False,
        labels: OfCompany = NO_LABELS,
    ) -> Payload:
        """The payload of one company: ``inputs`` are those there are, ``missing_inputs`` says why others are not."""
        there = {name: inputs[name] for name in self.parts if name in inputs}
        said = {name: each.label for name, each in labels.items() if name in there and self._stands(each, there[name])}
        tier, reason = self.tier(there, said)
        draft = self.model(
            domain=company.domain,
            company_name=company.name,
            tier=tier,
            tier_reason=reason,
            evidence_urls=tuple(self._urls(there)),
            missing=tuple(sorted(missing_inputs)),
            missing_reasons=dict(missing_inputs),
            as_of={name: computed_at[name] for name in self.parts if name in computed_at},
            built_at=now,
            content_hash="",
            sandbox=True if sandbox else None,
            **self._fields(there, said),
        )
        content_hash = draft.data_version()
        callback_id = digest(company.domain, content_hash) if callback else None
        return draft.model_copy(update={"content_hash": content_hash, "callback_id": callback_id})

    def _stands(self, label: Label, value: Value) -> bool:
        """Whether a label holds for this value."""
        labelling = self.labelling.get(label.artifact)
        if labelling is None or label.label not in labelling.words:
            return False
        return labelling.outlives or label.said == labelling.said(value)

    def _fields(self, there: Mapping[str, Value], said: Mapping[str, str]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name, value in there.items():
            part, label = self.parts[name], said.get(name)
            if label is None or label not in self.labelling[name].withdraws:
                fields |= {column.name: column.of(value) for column in part.columns}
            if part.document is not None:
                document = part.document.of(value)
                fields[part.document.name] = document.model_copy(update={"label": label}) if label else document
        answers = {name.partition(".")[2]: fields.pop(name) for name in list(fields) if "." in name}
        return fields | ({"answers": answers} if answers else {})

    def tier(self, inputs: Mapping[str, Value], said: Mapping[str, str] = NO_LABELS) -> tuple[Tier, str]:
        """The tier and, in a sentence, why: what the first artifact says that has a say, or a person in its place.

        ``said``: labels by artifact.
        """
        for name, value in inputs.items():
            judge = self.parts[name].judge
            judged = judge(value) if judge is not None else None
            if name in said and said[name] in self.labelling[name].tiers:
                label, labelling = said[name], self.labelling[name]
                return labelling.tiers[label], f"labelled {label}; without it {labelling.shown(value)}"
            if judged is not None:
                return judged
        return "REVIEW", "not judged"

    def _urls(self, inputs: Mapping[str, Value]) -> Iterable[str]:
        urls = (url for name, value in inputs.items() for url in self.parts[name].urls(value))
        return dict.fromkeys(url for url in urls if url and web_address(url))

    def sections(self) -> Mapping[str, tuple[str, ...]]:
        """Which fields of a payload come from which artifact, or from the list.

        The tier's stand with the last artifact that can decide it. ``evidence_urls`` repeats what the others say.
        """
        judge = next((name for name in reversed(list(self.parts)) if self.parts[name].judge is not None), "company")
        sections = {
            "company": ("domain", "company_name", "schema_version"),
            **{name: tuple(field.name for field in part.fields) for name, part in self.parts.items()},
            "missing": ("missing",),
        }
        return {**sections, judge: ("tier", "tier_reason", *sections[judge])}


def webhook_payload(contributors: Sequence[Artifact[Any]]) -> tuple[Artifact[Payload], Assembly]:
    """The payload of a catalog, with what these artifacts add to it.

    One behind a gate may be absent. One that nothing else needs, and that keeps no gate, may have failed.
    """
    parts = {artifact.name: artifact.payload for artifact in contributors if artifact.payload is not None}
    labelling = {each.name: each.labelling for each in contributors if each.labelling is not None}
    assembly = Assembly(parts, payload_model(parts.values()), labelling)
    giving = [artifact for artifact in contributors if artifact.name in parts]
    needed = {need for artifact in giving for need in artifact.needs}
    artifact = Artifact(
        name=PAYLOAD,
        model=assembly.model,
        produce=assembly.produce,
        description="The company's facts in the documented, versioned shape that is pushed to Clay.",
        summary=lambda value: value.tier,
        preview=lambda value: {
            "tier": value.tier,
            "reason": value.tier_reason,
            "content_hash": value.content_hash,
        },
        explain=explain,
        example=lambda: _example(assembly, giving),
        decided_by=lambda settings: (list(parts), settings.webhook_callback_id, bool(settings.enrichment_sandbox)),
        needs=tuple(parts),
        may_be_skipped=tuple(artifact.name for artifact in giving if artifact.gate is not None or artifact.condition),
        optional_on_failure=tuple(
            artifact.name for artifact in giving if not artifact.gates and artifact.name not in needed
        ),
        content_inputs=tuple(parts),
        heeds_labels=True,
        kinds=("json",),
        sources=tuple(artifact.explain.__module__ for artifact in giving),
    )
    return artifact, assembly


def explain(payload: Payload, _values: Mapping[str, Value]) -> Iterable[ExplainLine]:
    """The tier, and what is missing."""
    yield ExplainLine("tier", payload.tier, by=payload.tier_reason)
    yield ExplainLine("content hash", payload.content_hash)
    for name in payload.missing:
        yield ExplainLine("missing", name, by=payload.missing_reasons.get(name))


def _example(assembly: Assembly, contributors: Iterable[Artifact[Any]]) -> Payload:
    return assembly.assemble(
        COMPANY,
        {artifact.name: artifact.example() for artifact in contributors},
        computed_at={name: NOW - timedelta(minutes=2) for name in assembly.parts},
        missing_inputs={},
        now=NOW,
    )
