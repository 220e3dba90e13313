"""What is stored of a company made again from its stored answers, compared with what is stored; and kept as a case.

A case is one JSON file with all of it: the artifact's inputs, the answers, the settings and the profile that decide,
and the value that is expected. It needs no home, no key and no network, so that any test can run it.
"""

import base64
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, Final

import orjson
from pydantic import SecretStr, ValidationError

from enrichment_assets.artifacts.base import DELIVERY, Artifact, Value
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.artifacts.differences import Difference, differences
from enrichment_assets.companies.company import Company
from enrichment_assets.core.errors import MisconfiguredError, NotStoredError, ProviderError
from enrichment_assets.core.settings import GivenSettings, Settings
from enrichment_assets.engine.replay import Situation, offline_providers, replay
from enrichment_assets.providers.call.answers import Answers, KeptAnswer
from enrichment_assets.storage.answers.answer import StoredAnswer
from enrichment_assets.storage.answers.store import AnswerStore, open_answers
from enrichment_assets.storage.artifacts import ArtifactStore
from enrichment_assets.storage.history.labels import Label, Labels, OfCompany
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.state import open_state

FORMAT: Final = 1
ANY_AGE: Final[Mapping[str, timedelta | None]] = MappingProxyType({})
_OF_THIS_MACHINE: Final = ("dagster_home", "enrichment_sandbox", "dns_nameservers")


class CaseError(Exception):
    """A case that cannot be used, or nothing to make one of; the message says why."""


@dataclass(frozen=True)
class Stored:
    """What a home knows of one company."""

    company: Company
    values: Mapping[str, Value]
    ages: Mapping[str, datetime]
    answers: Sequence[StoredAnswer]
    labels: OfCompany = field(default_factory=dict)


@dataclass(frozen=True)
class Replayed:
    """One artifact made again. ``value`` is None where that was not possible, for ``reason``."""

    artifact: str
    value: Value | None
    different: Sequence[Difference] = ()
    reason: str = ""
    unasked: str = ""
    """The provider whose answer is not stored."""
    keys: Collection[str] = ()


class _Given:
    """Answers in memory, as ``AnswerStore`` has them."""

    def __init__(self, answers: Sequence[StoredAnswer]) -> None:
        self._by_key = {answer.key: answer for answer in answers}

    async def get(self, domain: str, key: str) -> KeptAnswer | None:  # noqa: ARG002
        return self._by_key.get(key)

    async def put(self, domain: str, key: str, content: bytes, **facts: Any) -> None:
        raise AssertionError(f"{key} of {domain}: nobody is asked in a replay ({len(content)} bytes, {facts})")

    async def extend(self, domain: str, key: str, expires_at: datetime) -> None:
        raise AssertionError(f"{key} of {domain} until {expires_at}: nothing is written in a replay")

    async def drop(self, domain: str, keys: Collection[str]) -> None:
        raise AssertionError(f"{keys} of {domain}: nothing is written in a replay")


def stored(settings: Settings, catalog: Catalog, domain: str) -> Stored:
    """What this home knows of a company. Raises OSError."""
    state, values, answers = open_state(settings), ArtifactStore(settings.store_url), open_answers(settings)
    try:
        company = next(iter(Names(state).companies([domain])), None) or Company.named(domain, None)
        found: dict[str, Value] = {}
        ages: dict[str, datetime] = {}
        for name, artifact in catalog.items():
            envelope = values.get(name, domain)
            if envelope is None:
                continue
            try:
                found[name], ages[name] = artifact.parse(envelope.value), envelope.computed_at
            except ValidationError:
                continue  # the shape of another version
        labels = Labels(state).all([domain]).get(domain, {})
        return Stored(company, found, ages, _of(answers, domain), labels)
    finally:
        state.dispose()
        values.close()
        if answers is not None:
            answers.close()


def _of(answers: AnswerStore | None, domain: str) -> Sequence[StoredAnswer]:
    return () if answers is None else answers.of(domain)


async def replay_all(
    settings: Settings,
    catalog: Catalog,
    known: Stored,
    artifacts: Collection[str],
    *,
    ttls: Mapping[str, timedelta | None] = ANY_AGE,
    now: datetime | None = None,
) -> list[Replayed]:
    """Make artifacts again, each from the stored values of those before it. Nobody is called.

    ``ttls``: how old an answer may be ``now``, by artifact; by default it may be of any age.
    """
    answers = Answers(_Given(known.answers), ttls, lambda: now or datetime.now(UTC), only_stored=True)
    found = []
    async with offline_providers(settings, *catalog.reading) as (providers, used):
        for name in artifacts:
            artifact, before = catalog[name], known.values.get(name)
            needed = {name, *artifact.needs} - set(artifact.may_be_skipped)
            if before is None or not needed <= known.values.keys():
                lacking = ", ".join(sorted(needed - known.values.keys()))
                found.append(Replayed(name, None, reason=f"there is no stored value of {lacking}"))
                continue
            inputs = {need: known.values[need] for need in artifact.needs if need in known.values}
            ages = {need: known.ages[need] for need in inputs}
            labels = known.labels if artifact.heeds_labels else {}
            situation = Situation(known.company, inputs, ages, known.ages[name], labels)
            try:
                value, keys = await replay(artifact, situation, answers, providers, used)
            except NotStoredError as error:
                found.append(Replayed(name, None, reason=str(error), unasked=error.provider))
                continue
            except ProviderError as error:
                found.append(Replayed(name, None, reason=str(error)))
                continue
            different = differences(artifact.model, before.model_dump(mode="json"), value.model_dump(mode="json"))
            found.append(Replayed(name, value, different, keys=keys))
    return found


def replayable(catalog: Catalog) -> list[str]:
    """The artifacts that can be made again: all but the push."""
    return [name for name in catalog if name != DELIVERY]


def case_of(settings: Settings, artifact: Artifact[Any], known: Stored, done: Replayed) -> bytes:
    """One replayed artifact as a self-contained case; what it gave is what it is expected to give."""
    if done.value is None:
        raise CaseError(f"{artifact.name} could not be made again, so there is no case: {done.reason}")
    profile = settings.enrichment_icp_profile
    document = {
        "format": FORMAT,
        "artifact": artifact.name,
        "company": {"domain": known.company.domain, "name": known.company.name},
        "now": known.ages[artifact.name].isoformat(),
        "settings": _deciding(settings),
        "profile": profile.read_text(encoding="utf-8") if profile.is_file() else None,
        "inputs": {
            need: {"value": known.values[need].model_dump(mode="json"), "computed_at": known.ages[need].isoformat()}
            for need in artifact.needs
            if need in known.values
        },
        "answers": [_written(answer) for answer in known.answers if answer.key in done.keys],
        "labels": [asdict(label) for label in known.labels.values()] if artifact.heeds_labels else [],
        "expected": done.value.model_dump(mode="json"),
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _deciding(settings: Settings) -> dict[str, Any]:
    """What differs from the defaults and is neither a secret nor a place on this machine."""
    kept = {}
    for name, value in settings.model_dump(exclude_defaults=True).items():
        field = type(settings).model_fields[name]
        private = isinstance(value, SecretStr | Path) or not field.repr or "@" in str(value)
        if not private and name not in _OF_THIS_MACHINE:
            kept[name] = value
    return kept


def _written(answer: StoredAnswer) -> dict[str, Any]:
    facts = {"key": answer.key, "provider": answer.provider, "answered_at": answer.answered_at.isoformat()}
    try:
        return {**facts, "text": answer.content.decode()}
    except UnicodeDecodeError:
        return {**facts, "base64": base64.b64encode(answer.content).decode()}


async def run_case(content: bytes, catalog: Catalog) -> Replayed:
    """Run a case, wherever one is; its differences are those to what it expects. Raises CaseError."""
    try:
        case = orjson.loads(content)
        if case["format"] != FORMAT:
            raise CaseError(f"a case of format {case['format']}, this version knows {FORMAT}")
        artifact = catalog[case["artifact"]]
        company = Company(**case["company"])
        values = {need: catalog[need].parse(given["value"]) for need, given in case["inputs"].items()}
        ages = {need: datetime.fromisoformat(given["computed_at"]) for need, given in case["inputs"].items()}
        values[artifact.name] = artifact.parse(case["expected"])
        ages[artifact.name] = datetime.fromisoformat(case["now"])
        answers = [_read(company.domain, artifact.name, given) for given in case["answers"]]
        with TemporaryDirectory(prefix="enrich-case-") as folder:
            given = {name: value for name, value in case["settings"].items() if name in Settings.model_fields}
            if case["profile"] is not None:
                given["enrichment_icp_profile"] = Path(folder) / "icp.yaml"
                given["enrichment_icp_profile"].write_text(case["profile"], encoding="utf-8")
            settings = GivenSettings(dagster_home=Path(folder), **given)
            said = [Label(**{**each, "at": datetime.fromisoformat(each["at"])}) for each in case.get("labels", ())]
            known = Stored(company, values, ages, answers, {label.artifact: label for label in said})
            return (await replay_all(settings, catalog, known, [artifact.name]))[0]
    except (ValueError, KeyError, TypeError, MisconfiguredError) as error:
        raise CaseError(f"it is no case that can be run here: {' '.join(str(error).split())[:300]}") from error


def _read(domain: str, artifact: str, given: Mapping[str, str]) -> StoredAnswer:
    at = datetime.fromisoformat(given["answered_at"])
    content = given["text"].encode() if "text" in given else base64.b64decode(given["base64"])
    return StoredAnswer(domain, given["key"], given["provider"], artifact, at, at, 0.0, content)
