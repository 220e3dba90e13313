"""The versions that commit 3d8b09e gave to what it made: here they count beside the present ones.

There a version hashed a number that somebody bumped, digests of prompts and rules, settings and the profile. Those
digests stand here as that commit computes them; settings and profile are today's, so that a changed one is another
version here too. A home from there keeps no answers: without this an upgrade would pay for all of it again and push it
again. What was made there counts as long as it would have counted there, at most for the longest TTL, 90 days; payload
and delivery as long as nothing that went in changes. Then this module has nothing left to do.
"""

from collections.abc import Iterable

from enrichment_assets.artifacts.icp.profile import load_profile
from enrichment_assets.core.digest import digest
from enrichment_assets.core.settings import Settings
from enrichment_assets.storage.outbox import destination_id

FETCHERS = (("spider",), ("direct",))
"""There was one fetcher at a time."""


def earlier_versions(artifact: str, settings: Settings) -> Iterable[str]:
    """Nothing for an artifact that 3d8b09e did not know, or could not have made with these settings.

    Raises MisconfiguredError when the profile cannot be used.
    """
    models = settings.openrouter_model, settings.openrouter_fallback_model
    match artifact:
        case "mx":
            yield "dce875f7c87c34f9"
        case "website" if settings.enrichment_pages in FETCHERS:
            yield digest("website", "1", *settings.enrichment_pages, "5eda35c485c93288", 30_000, 300)
        case "icp" if (profile := _profile(settings)) is not None:
            yield digest("icp", "2", "88e03f6e", *models, profile)
        case "linkedin":
            yield "6a531a7e05cefed9"
        case "careers" if settings.enrichment_pages in FETCHERS:
            yield digest("careers", "3", "c42201e7", *models, *settings.enrichment_pages)
        case "news":
            yield "b7778dc0b749658e"
        case "webhook_payload":
            yield digest("webhook_payload", "1", settings.webhook_callback_id)
        case "webhook_delivery":
            url = settings.clay_webhook_url
            yield digest("webhook_delivery", "1", destination_id(url) if url else None)


def _profile(settings: Settings) -> str | None:
    """Its hash of then, when a must-have was a line of text; None for a profile that could not be written."""
    profile = load_profile(settings).profile
    if any(each.unless_contradicted for each in profile.must_haves):
        return None
    return digest({**profile.model_dump(mode="json"), "must_haves": [each.text for each in profile.must_haves]})
