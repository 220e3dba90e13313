"""Is everything in place for a run? Each look says its remedy; nothing is bought and nothing pushed."""
