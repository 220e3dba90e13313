"""Is everything in place for a run? Each look says its remedy; no page is bought and nothing is pushed."""
