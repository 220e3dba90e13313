"""One cheap question to each paid provider, before anything is bought: do key, credit and model work?

A provider answers it with ``try_out``; one that has none is not asked. The question comes with the first artifact that
is made, so a run that finds everything in the records asks nobody.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from enrichment_assets.artifacts.base import Artifact
from enrichment_assets.core.errors import MisconfiguredError, OutOfCreditError, ProviderError
from enrichment_assets.providers.call.ledger import CostScope
from enrichment_assets.providers.clients import Providers

log = logging.getLogger(__name__)

TRIAL = "trial"
"""What the question is booked under, as if it were an artifact."""
_ACCOUNT_ERRORS = (MisconfiguredError, OutOfCreditError)


async def tried(providers: Providers, kinds: Collection[str], scope: CostScope) -> Mapping[str, ProviderError]:
    """Kind of provider to what is wrong with its account. A provider that does not answer is not at fault here."""
    asked = [(kind, client) for kind in sorted(kinds) for client in _clients(providers, kind)]
    answers = await asyncio.gather(*(_try_out(client, scope) for _, client in asked))
    return {kind: error for (kind, _), error in zip(asked, answers, strict=True) if error is not None}


class Trial:
    """The question of one run, asked once whoever comes first."""

    def __init__(self, providers: Providers, kinds: Collection[str], scope: CostScope) -> None:
        self._providers = providers
        self._kinds = kinds
        self._scope = scope
        self._asked: asyncio.Future[Mapping[str, ProviderError]] | None = None

    async def allow(self, artifact: Artifact[Any]) -> None:
        """Return when the artifact may be made.

        Raises the account error of a provider it needs; and of any other, where making it would cost money that is of
        no use without the other.
        """
        clients = [client for kind in artifact.providers for client in _clients(self._providers, kind)]
        if not clients:
            return
        if self._asked is None:
            self._asked = asyncio.ensure_future(tried(self._providers, self._kinds, self._scope))
        errors = await asyncio.shield(self._asked)
        if not errors:
            return
        error = next((errors[kind] for kind in artifact.providers if kind in errors), None)
        if error is None and any(_paid(client) for client in clients):
            error = next(iter(errors.values()))
        if error is not None:
            raise type(error)(error.provider, error.message, error.status)


async def _try_out(client: Any, scope: CostScope) -> ProviderError | None:
    ask = getattr(client, "try_out", None)
    if ask is None:
        return None
    try:
        await ask(scope)
    except _ACCOUNT_ERRORS as error:
        return error
    except ProviderError as error:
        log.info("asked whether it works: %s", error)
    return None


def _clients(providers: Providers, kind: str) -> Sequence[Any]:
    return {"pages": providers.pages, "search": (providers.search,), "llm": (providers.llm,)}.get(kind, ())


def _paid(client: Any) -> bool:
    return bool(getattr(client, "paid", True))
