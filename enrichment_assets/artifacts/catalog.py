"""The artifacts in order, and the gates between them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from enrichment_assets.artifacts.base import Artifact
from enrichment_assets.artifacts.careers.artifact import CAREERS
from enrichment_assets.artifacts.delivery.artifact import WEBHOOK_DELIVERY
from enrichment_assets.artifacts.icp.artifact import ICP
from enrichment_assets.artifacts.linkedin.artifact import LINKEDIN
from enrichment_assets.artifacts.mx.artifact import MX
from enrichment_assets.artifacts.news.artifact import NEWS
from enrichment_assets.artifacts.payload.artifact import WEBHOOK_PAYLOAD
from enrichment_assets.artifacts.website.artifact import WEBSITE
from enrichment_assets.core.settings import Settings

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
