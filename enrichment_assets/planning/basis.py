"""What is believed before any draw: this home's records first, a rehearsal where there are none, assumptions last."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from statistics import fmean
from typing import Final

from enrichment_assets.artifacts.base import Artifact, Value
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.core.settings import Settings
from enrichment_assets.planning.chances import Amount, Drawer, Share
from enrichment_assets.planning.estimate import Beliefs
from enrichment_assets.planning.history import History, shares
from enrichment_assets.planning.prices import (
    asked_model_price,
    call_prices,
    kinds_by_provider,
    known_model_price,
    usual_calls,
)
from enrichment_assets.planning.standing import Standing
from enrichment_assets.planning.trying import Prices, Tried, try_out
from enrichment_assets.providers.llm.refused import PROVIDER as LLM
from enrichment_assets.providers.prices import ModelPrice, listed_price
from enrichment_assets.storage.artifacts import ArtifactStore

ENOUGH: Final = 5
"""Companies from which on an artifact's records say more than a rehearsal."""
STAYS_OPEN, OPENS_NOW = 0.95, 0.1
"""Assumed share of gates that are open again where they were open, and where they were closed."""
REMEMBERED: Final = 20.0
"""Companies that such a memory weighs."""
ALIKE: Final = 0.2
"""Weight of what is assumed of stored answers: a changed rule treats all companies alike."""
REHEARSED: Final = "rehearsal"
"""Stands for a run where samples come from one."""
MOST_OFF: Final = 3.0
"""A rehearsal is corrected by what the model's calls really cost, at most by this factor."""


@dataclass
class Basis:
    """Of one plan. ``told``: where the figures come from, a sentence each."""

    catalog: Catalog
    settings: Settings
    history: History
    now: datetime
    told: list[str] = field(default_factory=list)

    @cached_property
    def model(self) -> ModelPrice:
        """The price of the model's tokens."""
        return known_model_price(self.settings) or asyncio.run(asked_model_price(self.settings))

    @cached_property
    def prices(self) -> Prices:
        """Of one call: by the settings and the lists, better by what this home has paid."""
        listed = call_prices(self.settings)
        paid = {name: usd for name, usd in self.history.per_call.items() if name in listed}
        return Prices({**listed, **paid}, self.model)

    def tried(self, standing: Standing) -> Tried:
        """Outdated ones, and those that nobody has paid for yet, on a few companies."""
        history = self.history
        new = {name: domains for name, domains in standing.new.items() if history.made[name] < ENOUGH}
        new = {name: domains for name, domains in new.items() if self.catalog[name].providers}
        measure = (
            next((name for name, judged in history.judged.items() if len(judged) >= ENOUGH), None) if new else None
        )
        judged = {} if measure is None else dict(history.judged[measure])
        tried = try_out(
            self.settings,
            self.catalog,
            outdated=standing.outdated,
            new=new | ({measure: list(judged)} if measure is not None else {}),
            prices=self.prices,
            now=self.now,
        )
        if measure is not None:
            self._correct(tried, measure, judged)
        if new:
            self.told.append(f"{', '.join(new)}: rehearsed on stored companies, nobody was called.")
        return tried

    def _correct(self, tried: Tried, measure: str, judged: Mapping[str, float]) -> None:
        """What the model's calls have really cost tells how many bytes a token has, and how long answers are."""
        rehearsed = [paid.usd for spent in tried.new.pop(measure) for paid in spent if paid.provider == LLM]
        if not rehearsed or not any(rehearsed):
            return
        factor = fmean(judged.values()) * self._price_change(measure) / fmean(rehearsed)
        tried.scale(LLM, min(max(factor, 1 / MOST_OFF), MOST_OFF))

    def beliefs(self, standing: Standing, tried: Tried) -> Beliefs:
        """Everything that ``draw`` needs."""
        usd: dict[str, dict[str, Drawer]] = {}
        calls: dict[str, dict[str, float]] = {}
        made = {name for _, cells in standing.work.values() for name, _, _ in cells}
        for name in (name for name in self.catalog if name in made):
            amounts, calls[name] = self._amounts(name, tried)
            usd[name] = {provider: Drawer.of(amount) for provider, amount in amounts.items()}
        kinds = kinds_by_provider()
        whom = {}
        for name, (_, _, lacking) in tried.again.items():
            everybody = frozenset(calls.get(name, {}))
            # Pages come first: where they are stored, only who is asked about them is missing.
            whom[name] = everybody if any(kinds.get(one) == "pages" for one in lacking) else lacking & everybody
        return Beliefs(
            gates={gate: self._gate(gate.name, gate.before) for order in standing.work for gate in order},
            wanted={
                name: Share(0.5, shares(self.history.asked.get(name)))
                for name in made
                if self.catalog[name].condition is not None
            },
            again={
                name: Share(ALIKE / 2, [(lacking, all_)], ALIKE, 0.0)
                for name, (lacking, all_, _) in tried.again.items()
            },
            again_of=whom,
            moved=Share(0.5, (), 2.0, 0.0),
            usd=usd,
            calls=calls,
        )

    def _gate(self, name: str, before: bool | None) -> Share:
        if before is not None:
            return Share(STAYS_OPEN if before else OPENS_NOW, (), REMEMBERED, 0.0)
        keeper = self.catalog[self.catalog.gates[name].artifact]
        return Share(keeper.usual.passes, shares(self.history.gates.get(name)))

    def _amounts(self, name: str, tried: Tried) -> tuple[dict[str, Amount], dict[str, float]]:
        artifact = self.catalog[name]
        calls = usual_calls(artifact, self.settings)
        amounts = {provider: Amount(number * self._call_usd(artifact, provider)) for provider, number in calls.items()}
        history = self.history
        if history.made[name] >= ENOUGH:
            factor = self._price_change(name) if LLM in history.usd[name] else 1.0
            for provider, paid in history.usd[name].items():
                there, number = self._as_chosen(provider), history.calls[name][provider]
                if there != provider:
                    amounts[there] = Amount(number * self._call_usd(artifact, there))
                    self.told.append(f"{name}: as many calls as {provider} had, at the price of {there}.")
                else:
                    paid.assumed = amounts[provider].assumed if provider in amounts else paid.mean_of_runs
                    paid.factor = factor if provider == LLM else 1.0
                    amounts[there] = paid
                calls[there] = number
            choosable = kinds_by_provider()
            for provider in [one for one in amounts if one not in history.usd[name] and one not in choosable]:
                del amounts[provider], calls[provider]  # ``boards`` has names by now
        elif tried.new.get(name):
            samples = tried.new[name]
            for provider in {paid.provider for spent in samples for paid in spent}:
                own = [next((one for one in spent if one.provider == provider), None) for spent in samples]
                amounts[provider] = Amount(fmean(one.usd if one else 0.0 for one in own))
                calls[provider] = fmean(one.attempts if one else 0 for one in own)
                for one in own:
                    amounts[provider].add(REHEARSED, one.usd if one else 0.0)
            for provider in [provider for provider in amounts if not amounts[provider].runs]:
                del amounts[provider], calls[provider]
        elif artifact.providers:
            self.told.append(f"{name}: assumed calls at list prices.")
        return amounts, calls

    def _call_usd(self, artifact: Artifact[Value], provider: str) -> float:
        if provider == LLM:
            return self.model.usd(*artifact.usual.tokens)
        return self.prices.calls.get(provider, 0.0)

    def _as_chosen(self, provider: str) -> str:
        """The provider that is asked today where another of its kind was."""
        kind = kinds_by_provider().get(provider)
        today = [name for name in self.prices.calls if kinds_by_provider().get(name) == kind] if kind else []
        return provider if not today or provider in today or provider == "web" else today[0]

    def _price_change(self, name: str) -> float:
        """Today's price of the model's tokens over that of the model which was asked then."""
        judged = self.history.judged.get(name)
        if not judged:
            return 1.0
        store = ArtifactStore(self.settings.store_url)
        try:
            kept = store.get(name, judged[-1][0])
        finally:
            store.close()
        then = str(kept.value.get("model") or "") if kept is not None else ""
        before = listed_price(then) if then else None
        if before is None or before == self.model:
            return 1.0
        tokens = self.catalog[name].usual.tokens
        factor = self.model.usd(*tokens) / before.usd(*tokens) if before.usd(*tokens) else 1.0
        if factor != 1.0:
            self.told.append(f"{name}: what {then} has cost, times {factor:.2g} for {self.settings.openrouter_model}.")
        return factor
