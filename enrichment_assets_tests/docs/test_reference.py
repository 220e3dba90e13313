import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from enrichment_assets.cli.reference import pages
from enrichment_assets_tests.builtin import CATALOG, EXAMPLES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("path", sorted(pages()))
def test_the_pages_in_docs_are_what_the_code_says_today(path: str) -> None:
    assert (DOCS / path).read_text(encoding="utf-8") == pages()[path], "renew it: make reference"


def test_no_schema_is_left_of_what_is_gone() -> None:
    assert {f"{file.relative_to(DOCS)}" for file in (DOCS / "schemas").rglob("*.json")} <= set(pages())


@pytest.mark.parametrize("name", list(CATALOG))
def test_every_example_is_valid_against_its_schema_and_reads_back_as_itself(name: str) -> None:
    document = EXAMPLES[name].model_dump(mode="json")
    schema = CATALOG[name].model.model_json_schema(mode="serialization")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(document)
    assert CATALOG[name].parse(document) == EXAMPLES[name]


def test_the_pages_are_written_without_a_network_keys_or_settings(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "enrichment_assets.cli.reference", "written"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        check=True,
    )
    assert (tmp_path / "written" / "artifacts.md").read_text(encoding="utf-8") == pages()["artifacts.md"]
