"""A plan as commands need it."""
