"""The artifacts in order, and the gates between them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from enrichment_assets.artifacts.artifact import Artifact
from enrichment_assets.artifacts.careers import CAREERS
from enrichment_assets.artifacts.icp import ICP
from enrichment_assets.artifacts.linkedin import LINKEDIN
from enrichment_assets.artifacts.mx import MX
from enrichment_assets.artifacts.news import NEWS
from enrichment_assets.artifacts.webhook_delivery import WEBHOOK_DELIVERY
from enrichment_assets.artifacts.webhook_payload import WEBHOOK_PAYLOAD
from enrichment_assets.artifacts.website import WEBSITE
from enrichment_assets.settings import Settings

CATALOG: Mapping[str, Artifact[Any]] = {
    artifact.name: artifact
    for artifact in (MX, WEBSITE, ICP, LINKEDIN, CAREERS, NEWS, WEBHOOK_PAYLOAD, WEBHOOK_DELIVERY)
}
"""Upstream before downstream."""


@dataclass(frozen=True)
class Gate:
    """A gate is open or closed by the one-word answer of one artifact."""

    artifact: str
    opens: Callable[[str, Settings], bool]


GATES: Mapping[str, Gate] = {
    "mx_pass": Gate("mx", lambda answer, _settings: answer == "accepts"),
    "icp_pass": Gate(
        "icp",
        lambda answer, settings: answer == "fit" or (answer == "unclear" and settings.enrichment_unclear_passes),
    ),
}
