"""What must be set before anything is spent: looked at for the artifacts that were selected, nobody is called."""

from collections.abc import Callable, Collection, Mapping

from enrichment_assets.artifacts.icp.profile import load_profile
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.llm.endpoint import endpoint_of


def preflight(settings: Settings, selected: Collection[str]) -> list[str]:
    """Everything that would make this run fail, one sentence each: the setting, what needs it, where to get it."""
    problems: dict[str, list[str]] = {}
    for artifact in selected:
        for check in CHECKS.get(artifact, ()):
            problem = check(settings)
            if problem is not None:
                problems.setdefault(problem, []).append(artifact)
    return [f"{problem} (needed by {', '.join(artifacts)})" for problem, artifacts in problems.items()]


def _openrouter(settings: Settings) -> str | None:
    if settings.openrouter_api_key is not None or endpoint_of(settings).is_local:
        return None
    return (
        "OPENROUTER_API_KEY is not set: get one at https://openrouter.ai/keys, "
        "or set OPENROUTER_BASE_URL and the key of any OpenAI-compatible endpoint"
    )


def _spider(settings: Settings) -> str | None:
    if settings.spider_api_key is not None or settings.website_source == "direct":
        return None
    return (
        "SPIDER_API_KEY is not set: get one at https://spider.cloud/api-keys, "
        "or set WEBSITE_SOURCE=direct to fetch pages directly"
    )


def _serper(settings: Settings) -> str | None:
    if settings.serper_api_key is not None:
        return None
    return "SERPER_API_KEY is not set: get one at https://serper.dev/api-key"


def _profile(settings: Settings) -> str | None:
    try:
        load_profile(settings)
    except MisconfiguredError as error:
        return f"The ICP profile is unusable: {error.message}"
    return None


def _webhook(settings: Settings) -> str | None:
    if settings.clay_webhook_url:
        return None
    return (
        "CLAY_WEBHOOK_URL is not set: copy it from the Clay table (Add, Import data, Webhook), "
        "or leave webhook_delivery out (enrich run --dry-run)"
    )


CHECKS: Mapping[str, tuple[Callable[[Settings], str | None], ...]] = {
    "website": (_spider,),
    "icp": (_openrouter, _profile),
    "linkedin": (_serper,),
    "careers": (_spider, _openrouter),
    "news": (_serper,),
    "webhook_delivery": (_webhook,),
}
"""By artifact. ``mx`` and ``webhook_payload`` need nothing."""
