"""Data files that ship are read as YAML 1.2 has them, whoever reads them."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

import enrichment_assets
from enrichment_assets.core.yaml_files.shipped import load_shipped

ROOT = Path(enrichment_assets.__file__).parent
FILES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=str)
def test_the_fast_reader_reads_what_the_exact_one_does(file: Path) -> None:
    exact = YAML(typ="safe", pure=True).load((ROOT / file).read_text(encoding="utf-8"))
    fast = load_shipped("enrichment_assets", file.as_posix())
    assert repr(fast) == repr(exact)
