"""Values as the text of a cell."""

import json

import polars as pl


def as_json(value: object) -> str:
    """A nested value as JSON text."""
    return json.dumps(value.to_list() if isinstance(value, pl.Series) else value, default=str, ensure_ascii=False)


def as_strings(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as strings: nested values as JSON."""
    return frame.with_columns(
        pl.col(name).map_elements(as_json, return_dtype=pl.String)
        if dtype.is_nested() or dtype in {pl.Object, pl.Binary}
        else pl.col(name).cast(pl.String)
        for name, dtype in frame.schema.items()
    )
