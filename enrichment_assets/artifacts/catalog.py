"""The catalog: every artifact there is, in order, and the gates between them.

It is built once at start and passed to whoever needs it: the artifacts that ship, those of installed distributions
(entry points ``enrichment_assets.artifacts``), the user's questions, then the payload of all of them and its delivery.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, lru_cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

from enrichment_assets.artifacts.base import DELIVERY, PAYLOAD, Artifact
from enrichment_assets.artifacts.delivery.artifact import webhook_delivery
from enrichment_assets.artifacts.payload.artifact import webhook_payload
from enrichment_assets.artifacts.payload.schema import Payload
from enrichment_assets.artifacts.questions.files import QuestionFile, question_files
from enrichment_assets.core.plugins import PluginError, installed
from enrichment_assets.core.settings import Settings

FOLDERS: Final = ("mx", "website", "icp", "linkedin", "careers", "news")
"""What ships: each folder's ``declaration.py`` has an Artifact that is called like the folder, in capitals."""
BUILT_IN: Final[tuple[Artifact[Any], ...]] = tuple(
    getattr(import_module(f"enrichment_assets.artifacts.{name}.declaration"), name.upper()) for name in FOLDERS
)
ENTRY_POINTS: Final = "enrichment_assets.artifacts"
NO_QUESTIONS: Final[Mapping[str, str]] = MappingProxyType({})


class CatalogError(Exception):
    """Artifacts that do not fit together; the message names them."""


@dataclass(frozen=True)
class Gate:
    """A gate is open or closed by the one-word answer of one artifact."""

    artifact: str
    opens: Callable[[str, Settings], bool]


class Catalog(Mapping[str, Artifact[Any]]):
    """Artifacts by name, upstream before downstream; the payload and its delivery last.

    Raises CatalogError for names that clash, needs and gates that nobody has, and circles.
    """

    def __init__(self, contributors: Iterable[Artifact[Any]], questions: Mapping[str, str] = NO_QUESTIONS) -> None:
        given = _in_order(contributors)
        self.questions = questions
        """The user's questions by name, each as the text of a file that asks it."""
        payload, assembly = webhook_payload(given)
        delivery = webhook_delivery(payload, assembly)
        self._artifacts: Mapping[str, Artifact[Any]] = {one.name: one for one in (*given, payload, delivery)}
        self.gates: Mapping[str, Gate] = {
            gate: Gate(artifact.name, opens) for artifact in given for gate, opens in artifact.gates.items()
        }
        self.assembly = assembly

    def __getitem__(self, name: str) -> Artifact[Any]:
        return self._artifacts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._artifacts)

    def __len__(self) -> int:
        return len(self._artifacts)

    @property
    def payload_model(self) -> type[Payload]:
        """The payload with the fields of every artifact."""
        return self.assembly.model

    @property
    def ttls(self) -> Mapping[str, timedelta | None]:
        """For how long a record of each artifact counts; None as long as its inputs do."""
        return {name: artifact.ttl for name, artifact in self.items()}

    @property
    def reading(self) -> tuple[str, ...]:
        """The modules whose functions read what strangers wrote."""
        readers = [artifact for name, artifact in self.items() if name not in (PAYLOAD, DELIVERY)]
        return tuple(dict.fromkeys(name for one in readers for name in (one.produce.__module__, *one.sources)))

    def before(self, name: str) -> set[str]:
        """What is decided directly before an artifact: all that it needs, and the keeper of its gate."""
        artifact = self[name]
        return {*artifact.needs, *([self.gates[artifact.gate].artifact] if artifact.gate else [])}

    def upstream(self, name: str) -> set[str]:
        """All artifacts before one, directly or not."""
        direct = self.before(name)
        return direct.union(*(self.upstream(need) for need in direct))

    def gates_before(self, name: str) -> set[str]:
        """All gates that an artifact's company has to pass: its own, and those of what it cannot do without."""
        artifact = self[name]
        own = {artifact.gate} if artifact.gate else set()
        before = {self.gates[gate].artifact for gate in own} | (set(artifact.needs) - set(artifact.may_be_skipped))
        return own.union(*(self.gates_before(need) for need in before))

    def left_out_by(self, settings: Settings) -> frozenset[str]:
        """What ENRICHMENT_ARTIFACTS leaves out: all but the names it has, or those it has with a minus before them.

        Raises CatalogError for a name there is not.
        """
        given = settings.enrichment_artifacts
        without = [name.removeprefix("-") for name in given if name.startswith("-")]
        only = [name for name in given if not name.startswith("-")]
        left_out = self.all_but(only) if only else frozenset()
        return left_out | self.left_out_with(without)

    def left_out_with(self, names: Collection[str]) -> frozenset[str]:
        """These artifacts and all that cannot be made without them.

        Raises CatalogError for a name there is not, and where no payload could be built.
        """
        if unknown := sorted(set(names) - set(self)):
            raise CatalogError(f"No such artifacts: {', '.join(unknown)}. There are {', '.join(self)}.")
        left_out = set(names)
        for name, artifact in self.items():
            if left_out & set(artifact.needs) - set(artifact.may_be_skipped):
                left_out.add(name)
        if PAYLOAD in left_out - set(names):
            needed = sorted(left_out & set(self[PAYLOAD].needs) - set(self[PAYLOAD].may_be_skipped))
            raise CatalogError(f"{', '.join(needed)} cannot be left out: every payload needs it.")
        return frozenset(left_out)

    def all_but(self, names: Collection[str]) -> frozenset[str]:
        """What is left out when only these artifacts are wanted, with what they need and the payload's delivery."""
        if unknown := sorted(set(names) - set(self)):
            raise CatalogError(f"No such artifacts: {', '.join(unknown)}. There are {', '.join(self)}.")
        wanted = {PAYLOAD, DELIVERY, *names}
        for name in reversed(list(self)):
            if name in wanted:
                wanted |= set(self[name].needs) - set(self[name].may_be_skipped)
        return frozenset(set(self) - wanted)


def _in_order(artifacts: Iterable[Artifact[Any]]) -> list[Artifact[Any]]:
    """Upstream before downstream; else as given."""
    by_name: dict[str, Artifact[Any]] = {}
    fields: dict[str, str] = dict.fromkeys(Payload.model_fields, "the payload itself")
    keepers: dict[str, str] = {}
    for artifact in artifacts:
        name = artifact.name
        if name in by_name or name in (PAYLOAD, DELIVERY):
            raise CatalogError(f"There are two artifacts called {name}: {artifact.produce.__module__} has one of them.")
        by_name[name] = artifact
        for field in artifact.payload.fields if artifact.payload else ():
            if field.name in fields:
                raise CatalogError(f"{name} adds {field.name} to the payload, which {fields[field.name]} has already.")
            fields[field.name] = name
        for gate in artifact.gates:
            if gate in keepers:
                raise CatalogError(f"{name} decides the gate {gate}, which {keepers[gate]} decides already.")
            keepers[gate] = name
    for name, artifact in by_name.items():
        if missing := [need for need in artifact.needs if need not in by_name]:
            raise CatalogError(f"{name} needs {', '.join(missing)}, which is no artifact.")
        if artifact.gate is not None and artifact.gate not in keepers:
            raise CatalogError(f"{name} waits for the gate {artifact.gate}, which no artifact decides.")
    before = {
        name: {*artifact.needs, *([keepers[artifact.gate]] if artifact.gate else [])}
        for name, artifact in by_name.items()
    }
    try:
        return [by_name[name] for name in _stable(before)]
    except CycleError as error:
        raise CatalogError(f"Artifacts that wait for each other: {', '.join(error.args[1])}.") from error


def _stable(before: Mapping[str, set[str]]) -> Iterable[str]:
    """The order given wherever it may be kept. Raises CycleError."""
    sorter = TopologicalSorter(before)
    sorter.prepare()
    place = {name: number for number, name in enumerate(before)}
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=place.__getitem__)
        first = ready.pop(0)
        yield first
        sorter.done(first)


def load_catalog(settings: Settings) -> Catalog:
    """The catalog of this installation with the user's questions.

    Raises PluginError, naming the distribution, where one does not fit in, and MisconfiguredError, naming file and
    line, for a question that cannot be asked.
    """
    return _with_questions(question_files(settings))


@lru_cache(maxsize=8)
def _with_questions(files: tuple[QuestionFile, ...]) -> Catalog:
    others = _installed()
    if not files:
        return others
    from enrichment_assets.artifacts.questions.declaration import question_artifacts  # noqa: PLC0415 - if there are any

    contributors = [artifact for name, artifact in others.items() if name not in (PAYLOAD, DELIVERY)]
    questions = question_artifacts(files, others, {name: gate.artifact for name, gate in others.gates.items()})
    try:
        return Catalog([*contributors, *questions], {file.question.name: file.said for file in files})
    except CatalogError as error:
        for number, file in enumerate(files, 1):
            try:
                Catalog([*contributors, *(replace(each, needs=("website",), gate=None) for each in questions[:number])])
            except CatalogError as its_own:
                raise file.unusable(f"`name` cannot be used: {its_own}", file.line_of("name")) from its_own
        raise files[0].unusable(f"the questions do not fit together: {error}") from error


@cache
def _installed() -> Catalog:
    catalog = Catalog(BUILT_IN)
    artifacts = list(BUILT_IN)
    for plugin in installed(ENTRY_POINTS):
        artifact = plugin.load(Artifact)
        artifacts.append(artifact)
        try:
            catalog = Catalog(artifacts)
        except CatalogError as error:
            raise PluginError(plugin.distribution, str(error)) from error
    return catalog
