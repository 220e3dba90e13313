import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from enrichment_assets.reports.documentation import page
from enrichment_assets_tests.builtin import CATALOG, EXAMPLES

DOCS = Path(__file__).parents[2] / "docs" / "artifacts.md"


def test_the_page_in_docs_is_what_the_models_say_today() -> None:
    assert DOCS.read_text(encoding="utf-8") == page(CATALOG), (
        "renew it: python -m enrichment_assets.reports.documentation > docs/artifacts.md"
    )


@pytest.mark.parametrize("name", list(CATALOG))
def test_every_example_is_valid_against_its_schema_and_reads_back_as_itself(name: str) -> None:
    document = EXAMPLES[name].model_dump(mode="json")
    schema = CATALOG[name].model.model_json_schema(mode="serialization")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(document)
    assert CATALOG[name].parse(document) == EXAMPLES[name]


def test_the_page_is_written_without_a_network_keys_or_settings(tmp_path: Path) -> None:
    written = subprocess.run(
        [sys.executable, "-m", "enrichment_assets.reports.documentation"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(DOCS.parents[1]), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
    )
    assert written.stdout.decode() == page(CATALOG)
