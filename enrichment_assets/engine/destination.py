"""What a destination got, in words: the reconciliation of its pushes, and how much of its life is used up."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from enrichment_assets.core.settings import Settings
from enrichment_assets.storage.lifetime import Lifetime
from enrichment_assets.storage.outbox import Outbox, destination_id, destination_label
from enrichment_assets.storage.state import open_state

KINDS = ("pushed", "unchanged", "redelivered", "failed", "pending")


def counted(deliveries: Mapping[str, int]) -> str:
    """Deliveries by what happened, in words."""
    return ", ".join(f"{kind} {deliveries.get(kind, 0)}" for kind in KINDS)


@contextmanager
def outbox_at_rest(settings: Settings) -> Iterator[tuple[Outbox, str]]:
    """The outbox, to be looked at or decided upon while nobody pushes, and the id of the settings' destination."""
    state = open_state(settings)
    outbox = Outbox(state, lambda _run_id: True)
    try:
        yield outbox, destination_id(settings.clay_webhook_url or "")
    finally:
        outbox.close()
        state.dispose()


def destination_report(settings: Settings, deliveries: Mapping[str, int]) -> Sequence[str]:
    """One run's deliveries at the destination of these settings; they add up to the run's payloads."""
    url = settings.clay_webhook_url
    if not url:
        return ()
    with outbox_at_rest(settings) as (outbox, destination):
        held = outbox.counts(destination).get("held", 0)
        lifetime = Lifetime(outbox.submitted(destination), settings.webhook_lifetime_submissions)
    lines = [f"Destination {destination_label(url)}: {counted(deliveries)}; held for a person {held}", f"  {lifetime}"]
    if held:
        lines.append("  Held pushes got no answer; see them: enrich deliver --held")
    if lifetime.warning:
        lines.append(f"  WARNING: {lifetime.warning}")
    return lines
