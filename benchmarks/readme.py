"""``python -m benchmarks.readme [FILE]``: the tables of README.md and benchmarks/README.md anew.

From results/FILE, else from the latest whole run. The README shows the ratios that people ask for first.
"""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
IN_README = (
    "CPU-bound: full path", "CPU-bound: two runs", "against Dagster", "warm", "one model judgement", "latency-bound",
    "provider-bound", "shared limits: 4 runs, a rate they were told", "delivery: Clay's rate", "intake",
    "start-up: enrich run", "event log against", "memory: peak",
)  # fmt: skip
"""Beginnings of the names of figures, in their order."""
TABLE = re.compile(r"(?<=<!-- make bench -->\n).*?(?=<!-- /make bench -->)", re.DOTALL)


def table(document: dict[str, Any], figures: Sequence[dict[str, Any]]) -> str:
    """Markdown: a line of what was measured where, then a row a figure; a goal that was not reached is bold."""
    rows = ["| | reached | goal | measured | against, in the same run |", "|---|---|---|---|---|"]
    for one in figures:
        goal = f"{'≤' if one['at_most'] else '≥'} {one['target']:g} {one['unit']}"
        goal = goal if one["ok"] else f"**{goal}**"
        reached = f"{one['reached']:,.4g} {one['unit']}"
        rows.append(f"| {one['name']} | {reached} | {goal} | {one['measured']} | {one['baseline']} |")
    where = f"{document['machine']}, Python {document['python']}, commit {document['commit']}, {document['at'][:10]}"
    return "\n".join([f"Measured on {where}; the sandbox runs on the same cores.", "", *rows, ""])


def _latest() -> Path:
    whole = [path for path in sorted(RESULTS.glob("*.json")) if _is_whole(json.loads(path.read_text()))]
    if not whole:
        sys.exit("no results yet: make bench")
    return whole[-1]


def _is_whole(document: dict[str, Any]) -> bool:
    return not (document["quick"] or document["only"] or document.get("to_come"))


def _fill(path: Path, filling: str) -> None:
    text, tables = TABLE.subn(lambda _: filling, path.read_text(encoding="utf-8"))
    if tables != 1:
        sys.exit(f"{path} has no place for the table: <!-- make bench -->")
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    document = json.loads((Path(sys.argv[1]) if sys.argv[1:] else _latest()).read_text(encoding="utf-8"))
    every = document["figures"]
    short = [one for begins in IN_README for one in every if one["name"].startswith(begins)]
    _fill(ROOT / "README.md", table(document, short))
    _fill(ROOT / "benchmarks" / "README.md", table(document, every))
