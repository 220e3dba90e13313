"""All looks in their order: what is set, the state, the profile, the network."""

from collections.abc import AsyncIterator

from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.artifacts.icp.profile import load_profile
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings
from enrichment_assets.diagnosis.finding import Finding, fail, ok, warn
from enrichment_assets.diagnosis.given import look_at_settings
from enrichment_assets.diagnosis.home import look_at_home
from enrichment_assets.diagnosis.network import Clock, look_at_network, utc_now


async def examine(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Finding]:
    """One finding after the other, as they are made. Nothing is pushed or changed; keys are tried cheaply."""
    for finding in look_at_settings(settings):
        yield finding
    for finding in look_at_home(settings):
        yield finding
    yield _profile(settings)
    try:
        catalog = load_catalog(settings)
        async for finding in look_at_network(settings, catalog, catalog.left_out_by(settings), clock):
            yield finding
    except MisconfiguredError as error:
        yield fail("settings", error.message, "Correct it in .env or the environment")


def _profile(settings: Settings) -> Finding:
    try:
        profile = load_profile(settings)
    except MisconfiguredError as error:
        return fail("profile", error.message, "Correct the line, or `enrich init` in a new folder writes one to edit")
    if profile.is_default:
        return warn("profile", "no icp.yaml here: companies are judged by the one that ships", "enrich init")
    return ok("profile", profile.source)
