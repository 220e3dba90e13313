"""Finished files in the store, under ``exports/``: each appears whole or not at all."""

from pathlib import Path

import fsspec

FOLDER = "exports"


def publish(store_url: str, file: Path) -> str:
    """Put a local file into the store under its own name, replacing an earlier one; its path there.

    Raises OSError when the store cannot be written. Object stores replace objects as a whole; elsewhere the file is
    written beside its place and moved.
    """
    files, root = fsspec.core.url_to_fs(store_url)
    folder = f"{root}/{FOLDER}"
    files.makedirs(folder, exist_ok=True)
    target, beside = f"{folder}/{file.name}", f"{folder}/.{file.name}.part"
    files.put_file(str(file), beside)
    files.mv(beside, target)
    return target
