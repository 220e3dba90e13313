"""``enrich stress``: how fast and how parallel a provider really serves an account, found out by asking it."""
