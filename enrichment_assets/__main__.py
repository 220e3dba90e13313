"""``python -m enrichment_assets`` is ``enrich``."""

from enrichment_assets.cli.main import main

main()
