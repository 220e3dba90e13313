"""What a destination got, in words: the reconciliation of its pushes, and how much of its life is used up."""

from collections.abc import Mapping, Sequence

from enrichment_assets.core.settings import Settings
from enrichment_assets.storage.lifetime import Lifetime
from enrichment_assets.storage.outbox import Outbox, destination_id, destination_label
from enrichment_assets.storage.state import open_state

KINDS = ("pushed", "unchanged", "redelivered", "failed", "pending")


def counted(deliveries: Mapping[str, int]) -> str:
    """Deliveries by what happened, in words."""
    return ", ".join(f"{kind} {deliveries.get(kind, 0)}" for kind in KINDS)


def destination_report(settings: Settings, deliveries: Mapping[str, int]) -> Sequence[str]:
    """One run's deliveries at the destination of these settings; they add up to the run's payloads."""
    url = settings.clay_webhook_url
    if not url:
        return ()
    state = open_state(settings)
    outbox = Outbox(state, lambda _run_id: True)
    try:
        held = outbox.counts(destination_id(url)).get("held", 0)
        lifetime = Lifetime(outbox.submitted(destination_id(url)), settings.webhook_lifetime_submissions)
    finally:
        outbox.close()
        state.dispose()
    lines = [f"Destination {destination_label(url)}: {counted(deliveries)}; held for a person {held}", f"  {lifetime}"]
    if held:
        lines.append("  Held pushes got no answer; see them: enrich deliver --held")
    if lifetime.warning:
        lines.append(f"  WARNING: {lifetime.warning}")
    return lines
