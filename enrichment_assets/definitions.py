"""The code location. Loading it needs no network, no keys and no environment."""

from enrichment_assets.orchestration.build import build_defs

defs = build_defs()
