"""docs/sandbox.md says what is there."""

from pathlib import Path

from enrichment_assets.sandbox.control import CHANGES, LOOKS
from enrichment_assets.sandbox.trouble.faults import PROVIDERS, kinds_of
from enrichment_assets.sandbox.trouble.latency import REALISTIC

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def test_every_fault_and_every_call_of_the_control_api_is_documented() -> None:
    names = {kind for provider in PROVIDERS for kind in kinds_of(provider)} | {*CHANGES, *LOOKS}
    assert sorted(name for name in names if f"`{name}" not in DOCUMENT) == []


def test_the_latencies_are_the_documented_ones() -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in DOCUMENT.splitlines() if line.startswith("|")]
    written = {row[0]: tuple(map(float, row[1:])) for row in rows if row[0] in REALISTIC and len(row) == 4}
    assert written == REALISTIC
