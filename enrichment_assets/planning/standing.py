"""How the companies of a list stand, and what is therefore to be made of them: asked for anew, made again, or left.

Companies that stand alike are counted together, so that what follows does not depend on how many there are.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from enrichment_assets.artifacts.base import Artifact
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.standing.stand import Freshness
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.graph import Graph
from enrichment_assets.engine.known.freshness import KnownCompany
from enrichment_assets.storage.history.labels import heeded

Need = Literal["ask", "again", "if_changed"]
"""``ask``: nothing that counts is stored. ``again``: by other rules, from stored answers where they do. ``if_changed``:
fresh, but something that goes in is made anew."""


@dataclass(frozen=True, slots=True, order=True)
class UnknownGate:
    """A gate that will be decided in the run; ``before``: how it stood when it was decided last, if it was."""

    name: str
    before: bool | None


Cell = tuple[str, Need, frozenset[UnknownGate]]
"""An artifact, how it is needed, and the gates that must open before."""


@dataclass
class Standing:
    """``states``: artifact to how many companies are fresh and so on, ``skip`` for what a closed gate leaves out.

    ``work``: the unknown gates of companies, in order, to how many of them there are and their cells. ``outdated`` and
    ``new`` name companies by artifact: those to be made again, and those that lack it though what it is made from is
    known.
    """

    companies: int = 0
    touched: int = 0
    """Companies of which something may be made."""
    states: dict[str, Counter[str]] = field(default_factory=dict)
    work: dict[tuple[UnknownGate, ...], tuple[int, Counter[Cell]]] = field(default_factory=dict)
    outdated: dict[str, list[str]] = field(default_factory=dict)
    new: dict[str, list[str]] = field(default_factory=dict)


_Known = tuple[Freshness, str | None, tuple[bool, ...]]
"""How fresh, the record's status (SKIP, OK, or CONDITION for a skip of its own making), and how its gates stand."""


@dataclass(frozen=True)
class _Deciding:
    catalog: Catalog
    selected: frozenset[str]
    left_out: frozenset[str]
    settings: Settings
    refresh: bool


def standing_of(
    domains: Collection[str],
    known: Iterable[KnownCompany],
    graph: Graph,
    settings: Settings,
    *,
    refresh: bool = False,
) -> Standing:
    """Count. ``graph``: that of the run, with what it makes and leaves out."""
    catalog = graph.catalog
    found = Standing(len(domains), states={name: Counter() for name in catalog})
    deciding = _Deciding(catalog, graph.selected, graph.left_out, settings, refresh)
    alike: Counter[tuple[_Known, ...]] = Counter()
    wanted = set(domains)
    for company in known:
        if company.domain not in wanted:
            continue
        signature = tuple(_known(artifact, company, settings) for artifact in catalog.values())
        alike[signature] += 1
        for name, (freshness, status, _) in zip(catalog, signature, strict=True):
            if name not in graph.selected:
                continue
            if freshness == "outdated" and status == "OK":
                found.outdated.setdefault(name, []).append(company.domain)
            elif freshness == "missing" and _may_be_made(catalog, name, company, settings):
                found.new.setdefault(name, []).append(company.domain)
    nobody: _Known = "missing", None, ()
    if unseen := len(wanted) - alike.total():
        alike[(nobody,) * len(catalog)] += unseen
    for signature, number in alike.items():
        _add(found, deciding, dict(zip(catalog, signature, strict=True)), number)
    return found


def _known(artifact: Artifact[Any], company: KnownCompany, settings: Settings) -> _Known:
    record = company.records.get(artifact.name)
    freshness = company.freshness[artifact.name]
    if record is None:
        return freshness, None, ()
    if record.status == "SKIP":
        return freshness, "CONDITION" if record.summary == artifact.condition else "SKIP", ()
    said = heeded(company.labels.get(artifact.name), record.summary)
    return freshness, "OK", tuple(opens(said, settings) for opens in artifact.gates.values())


def _may_be_made(catalog: Catalog, name: str, company: KnownCompany, settings: Settings) -> bool:
    """What it is made from is known, and every gate before it is open."""
    artifact, records = catalog[name], company.records
    needed = set(artifact.needs) - set(artifact.may_be_skipped)
    if not needed or any(need not in records or records[need].status != "OK" for need in needed):
        return False
    for gate in map(catalog.gates.__getitem__, catalog.gates_before(name)):
        keeper = records.get(gate.artifact)
        if keeper is None:
            continue
        said = heeded(company.labels.get(gate.artifact), keeper.summary)
        if keeper.status != "OK" or not gate.opens(said, settings):
            return False
    return True


def _add(found: Standing, deciding: _Deciding, known: Mapping[str, _Known], number: int) -> None:
    catalog = deciding.catalog
    gates: dict[str, bool | UnknownGate] = {}
    moving: set[str] = set()
    cells: list[Cell] = []
    for name, artifact in catalog.items():
        freshness, status, stood = known[name]
        before = [gates[gate] for gate in catalog.gates_before(name) if gate in gates]
        closed = any(gate is False for gate in before)
        unknown = frozenset(gate for gate in before if isinstance(gate, UnknownGate))
        need = None if closed or name not in deciding.selected else _need(deciding, artifact, known[name], moving)
        shown = "skip" if closed or (freshness == "fresh" and status in ("SKIP", "CONDITION")) else freshness
        found.states[name]["expired" if deciding.refresh and shown == "fresh" else shown] += number
        if need is not None:
            moving.add(name)
            cells.append((name, need, unknown))
        for gate, opens in zip(artifact.gates, stood or [None] * len(artifact.gates), strict=True):
            if closed:
                gates[gate] = False
            elif need in ("ask", "again"):
                gates[gate] = UnknownGate(gate, opens)
            elif opens is not None:
                gates[gate] = opens
            elif name not in deciding.left_out:
                gates[gate] = False  # not made here and nothing known: what waits for it cannot be made
    found.touched += number if cells else 0
    order = tuple(gate for gate in gates.values() if isinstance(gate, UnknownGate))
    counted = found.work.setdefault(order, (0, Counter()))
    counted[1].update(dict.fromkeys(cells, number))
    found.work[order] = counted[0] + number, counted[1]


def _need(deciding: _Deciding, artifact: Artifact[Any], known: _Known, moving: set[str]) -> Need | None:
    freshness, status, _ = known
    if status in (None, "SKIP") or freshness in ("missing", "expired") or (deciding.refresh and artifact.ttl):
        return "ask"
    if freshness == "outdated":
        return "again" if artifact.ttl else "ask"  # what follows its inputs uses no stored answers
    return "if_changed" if moving & set(artifact.content_inputs) else None
