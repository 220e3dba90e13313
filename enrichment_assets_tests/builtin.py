"""The artifacts that ship, without those of installed distributions, and one example of each."""

from collections.abc import Mapping
from typing import Final

from enrichment_assets.artifacts.base import PAYLOAD, Value
from enrichment_assets.artifacts.catalog import BUILT_IN, Catalog
from enrichment_assets.artifacts.payload.schema import Payload
from enrichment_assets.orchestration.specs import asset_specs

CATALOG: Final = Catalog(BUILT_IN)
EXAMPLES: Final[Mapping[str, Value]] = {name: artifact.example() for name, artifact in CATALOG.items()}
INPUTS: Final = CATALOG[PAYLOAD].needs
SPECS: Final = asset_specs(CATALOG)
PayloadModel: Final[type[Payload]] = CATALOG.payload_model
