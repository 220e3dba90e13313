"""One cheap question to each paid provider, before anything is bought: do key, credit and model work?

A provider answers it with ``try_out``; one that has none is not asked. The question comes with the first artifact that
is made, so a run that finds everything in the records asks nobody. An account that does not work refuses the whole
run. One that ends later (its credit is used up) stops all that costs money from then on: what else would be bought is
of no use without it, and a resumed run buys it when the account works again.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from enrichment_assets.artifacts.base import Artifact
from enrichment_assets.core.errors import BudgetReachedError, MisconfiguredError, OutOfCreditError, ProviderError
from enrichment_assets.providers.call.ledger import CostScope
from enrichment_assets.providers.clients import Providers

log = logging.getLogger(__name__)

TRIAL = "trial"
"""What the question is booked under, as if it were an artifact."""
ACCOUNT_ERRORS = (MisconfiguredError, OutOfCreditError)


class RefusedError(Exception):
    """An account does not work: nothing was bought, and nothing will be. ``errors`` is by kind of provider."""

    def __init__(self, errors: Mapping[str, ProviderError]) -> None:
        super().__init__("; ".join(map(str, errors.values())))
        self.errors = errors


async def tried(providers: Providers, kinds: Collection[str], scope: CostScope) -> Mapping[str, ProviderError]:
    """Kind of provider to what is wrong with its account. A provider that does not answer is not at fault here."""
    asked = [(kind, client) for kind in sorted(kinds) for client in clients_of(providers, kind)]
    answers = await asyncio.gather(*(_try_out(client, scope) for _, client in asked))
    return {kind: error for (kind, _), error in zip(asked, answers, strict=True) if error is not None}


class Trial:
    """The accounts of one run: asked once, whoever comes first, and watched from then on."""

    def __init__(self, providers: Providers, kinds: Collection[str], scope: CostScope) -> None:
        self._providers = providers
        self._kinds = kinds
        self._scope = scope
        self._asked: asyncio.Future[Mapping[str, ProviderError]] | None = None
        self.ended: dict[str, ProviderError] = {}
        """Provider to the account error that stopped it in the middle of the run."""

    async def allow(self, artifact: Artifact[Any]) -> None:
        """Return when the artifact may be made.

        Raises RefusedError when an account does not work as the run starts, whichever the artifact needs; and the
        account error that has stopped a provider since, where making it would cost money.
        """
        clients = [client for kind in artifact.providers for client in clients_of(self._providers, kind)]
        if not clients:
            return
        if self._asked is None:
            self._asked = asyncio.ensure_future(tried(self._providers, self._kinds, self._scope))
        errors = await asyncio.shield(self._asked)
        if errors:
            raise RefusedError(errors)
        if self.ended and any(_paid(client) for client in clients):
            error = next(iter(self.ended.values()))
            raise type(error)(error.provider, error.message, error.status)

    def note(self, artifact: Artifact[Any], error: ProviderError) -> None:
        """An artifact could not be made. An account error of a provider that is bought from stops it for the run."""
        kinds_of_it = any(clients_of(self._providers, kind) for kind in artifact.providers)
        if isinstance(error, ACCOUNT_ERRORS) and kinds_of_it and error.provider not in self.ended:
            self.ended[error.provider] = error
            log.error("%s; nothing more is bought in this run", error)


async def _try_out(client: Any, scope: CostScope) -> ProviderError | None:
    ask = getattr(client, "try_out", None)
    if ask is None:
        return None
    try:
        await ask(scope)
    except ACCOUNT_ERRORS as error:
        return error
    except (ProviderError, BudgetReachedError) as error:
        log.info("asked whether it works: %s", error)
    return None


def clients_of(providers: Providers, kind: str) -> Sequence[Any]:
    """The clients of a kind whose accounts can be tried, in the order of the settings; none for other kinds."""
    return {"pages": providers.pages, "search": (providers.search,), "llm": (providers.llm,)}.get(kind, ())


def _paid(client: Any) -> bool:
    return bool(getattr(client, "paid", True))
