"""Dagster's webserver behind a guard."""
