"""``python -m benchmarks.readme [FILE]``: the README's table anew, from results/FILE or the latest whole run."""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
TABLE = re.compile(r"(?<=<!-- make bench -->\n).*?(?=<!-- /make bench -->)", re.DOTALL)


def table(document: dict[str, Any]) -> str:
    """Markdown: a line of what was measured where, then a row a figure; a goal that was not reached is bold."""
    rows = ["| | reached | goal | measured | against, in the same run |", "|---|---|---|---|---|"]
    for one in document["figures"]:
        goal = f"{'≤' if one['at_most'] else '≥'} {one['target']:g} {one['unit']}"
        goal = goal if one["ok"] else f"**{goal}**"
        reached = f"{one['reached']:,.4g} {one['unit']}"
        rows.append(f"| {one['name']} | {reached} | {goal} | {one['measured']} | {one['baseline']} |")
    where = f"{document['machine']}, Python {document['python']}, commit {document['commit']}, {document['at'][:10]}"
    return "\n".join([f"Measured on {where}; the sandbox runs on the same cores.", "", *rows, ""])


def _latest() -> Path:
    whole = [path for path in sorted(RESULTS.glob("*.json")) if not json.loads(path.read_text())["quick"]]
    if not whole:
        sys.exit("no results yet: make bench")
    return whole[-1]


if __name__ == "__main__":
    document = json.loads((Path(sys.argv[1]) if sys.argv[1:] else _latest()).read_text(encoding="utf-8"))
    readme = ROOT / "README.md"
    text, tables = TABLE.subn(lambda _: table(document), readme.read_text(encoding="utf-8"))
    if tables != 1:
        sys.exit("README.md has no place for the table: <!-- make bench -->")
    readme.write_text(text, encoding="utf-8")
