"""An example of what can be added to enrichment-assets without a fork: an artifact and a page fetcher."""
