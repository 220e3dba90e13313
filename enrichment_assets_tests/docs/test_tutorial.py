"""The tutorial, done: every command of it runs, and what it shows is what comes out today."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
TUTORIALS = (DOCS / "tutorial.md", DOCS / "first-question.md")
VARIES = (
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|(?<=run )[0-9a-f]{8}\b", "ID"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME"),
    (r"\(\d[\d.]*/min, ETA: [\d.]+min\)", "(RATE)"),
    (r"\$[\d.]*[1-9][\d.]*", "$COST"),  # openings and news follow the calendar, and so does their cost
    (r"#[0-9a-f]{12}\b", "#DESTINATION"),
    (r"^\[\d+/", "[N/"),
)


def blocks(tutorial: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", tutorial.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )


def lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        shown = line.rstrip()
        for pattern, name in VARIES:
            shown = re.sub(pattern, name, shown)
        if shown:
            yield shown


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda tutorial: tutorial.stem)
def test_every_command_of_the_tutorial_prints_what_it_shows(tutorial: Path, tmp_path: Path) -> None:
    (tmp_path / "companies.csv").write_text(blocks(tutorial, "csv")[0], encoding="utf-8")
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
    sessions = blocks(tutorial, "console")
    assert sessions
    for session in sessions:
        command, _, shown = session.partition("\n")
        done = subprocess.run(
            [sys.executable, "-m", "enrichment_assets", *shlex.split(command.removeprefix("$ enrich "))],
            cwd=tmp_path,
            env={**environment, "PYTHONIOENCODING": "utf-8", "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        printed = iter(list(lines(done.stdout)))
        for expected in lines(shown):
            if expected != "...":
                assert expected in printed, f"{command}: {expected!r} is not in (what is left of)\n{done.stdout}"
        assert done.returncode == 0, done.stdout
    assert (tmp_path / "results.csv").exists()


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in VARIES])
def test_what_may_vary_occurs(pattern: str) -> None:
    assert re.search(pattern, "\n".join(blocks(TUTORIALS[0], "console")), flags=re.MULTILINE)
