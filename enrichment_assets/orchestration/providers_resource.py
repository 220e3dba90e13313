"""The providers of a run as a Dagster resource, so that a team swaps them in its own code location."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

import dagster as dg

from enrichment_assets.core.settings import Settings
from enrichment_assets.core.together.account_shares import AccountBook
from enrichment_assets.providers.clients import Providers, open_providers

PROVIDERS: Final = "providers"
"""The resource's key."""


class ProvidersResource(dg.ConfigurableResource[None]):
    """Opens the providers that the settings choose. A subclass opens others; give it to ``build_defs``."""

    def open(
        self, settings: Settings, reading: Sequence[str], book: AccountBook
    ) -> AbstractAsyncContextManager[Providers]:
        """The clients of one run, closed at its end. Arguments as those of ``open_providers``, and what it raises."""
        return open_providers(settings, reading, book=book)
