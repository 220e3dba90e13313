"""The limits that a run keeps to, by the provider's name in the ledger."""

from enrichment_assets.core.settings import Settings


def limits_of(settings: Settings, provider: str) -> tuple[float, int] | None:
    """Calls per second and calls at the same time, as set; None where a provider brings limits of its own."""
    rate = getattr(settings, f"{provider}_requests_per_s", None)
    in_flight = getattr(settings, f"{provider}_in_flight", None)
    return None if rate is None or in_flight is None else (float(rate), int(in_flight))


def setting_of(provider: str) -> tuple[str, str]:
    """The names of the two settings."""
    return f"{provider.upper()}_REQUESTS_PER_S", f"{provider.upper()}_IN_FLIGHT"
