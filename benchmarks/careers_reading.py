"""What careers reads of real data: ``python -m benchmarks.careers_reading [FOLDER]`` (default ``../shared/data``).

No network. Each line is one figure with what it was measured on. ``--show ROW`` prints that row's misses.
"""

import argparse
import csv
import gzip
import html as markup
import json
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from enrichment_assets.artifacts.careers.functions import function_of, is_evergreen
from enrichment_assets.artifacts.careers.links import careers_links
from enrichment_assets.artifacts.careers.listing import listed_openings
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.pages import html_text
from enrichment_assets.pages.links import page_parts, parsed
from enrichment_assets.providers.boards.catalog import BOARDS
from enrichment_assets.providers.boards.recognise import board_of_url

PLAIN_DEPARTMENTS = {
    "engineering": "engineering", "software engineering": "engineering", "software": "engineering", "sales": "sales",
    "hardware engineering": "engineering", "marketing": "marketing", "product": "product", "finance": "finance",
    "product management": "product", "design": "design", "legal": "legal", "people": "people", "hr": "people",
    "human resources": "people", "talent": "people", "customer success": "customer_success", "data": "data",
    "customer support": "customer_success", "data science": "data", "machine learning": "data", "research": "research",
    "operations": "operations", "accounting": "finance", "finance & accounting": "finance", "clinical": "healthcare",
    "supply chain": "operations", "it security": "security", "business development": "sales", "people ops": "people",
    "compliance": "legal", "legal & compliance": "legal", "partnerships": "sales",
}  # fmt: skip
"""Departments that name one of our functions and nothing else."""


class Row:
    """One figure: how many of how many, and the cases that were not right."""

    def __init__(self, name: str) -> None:
        self.name, self.right, self.total = name, 0, 0
        self.misses: list[str] = []

    def add(self, right: bool, miss: str) -> None:
        """One case."""
        self.total += 1
        self.right += right
        if not right:
            self.misses.append(miss)

    def __str__(self) -> str:
        return f"{self.name}: {self.right} of {self.total} ({self.right / max(1, self.total):.1%})"


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.careers_reading", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("../shared/data"))
    parser.add_argument("--show", default="", help="Print the misses of the rows whose names hold this text.")
    given = parser.parse_args()
    for row in rows(given.folder):
        print(row)
        if given.show and given.show in row.name:
            print(*(f"    {miss}" for miss in row.misses), sep="\n")


def rows(folder: Path) -> Iterator[Row]:
    """Every figure of the data in a folder."""
    yield from reached(folder)
    yield from links_on_pages(folder)
    jobs = [*_jobs(folder)]
    yield from titles_listed(jobs)
    yield from functions(jobs)


def reached(folder: Path) -> Iterator[Row]:
    """A home page that links the careers address as "Careers": is it read, and is a board's feed known?"""
    linked, by_feed = Row("careers address reached when linked as Careers"), Row("boards read by feed")
    for row in _careers_addresses(folder):
        url, site = row["url"], registrable(urlsplit(row["website"]).hostname or "")
        if site is None or not url.startswith("http") or (urlsplit(url).path in ("", "/") and _host(url) == site):
            continue
        ref = board_of_url(url)
        linked.add(ref is not None or url in careers_links([(url, "Careers")], site), f"{site} {url}")
        if row["ats"] and row["ats"] not in ("linkedin", "notion", "wellfound"):
            by_feed.add(ref is not None and ref.board in BOARDS, f"{row['ats']} {url}")
    yield linked
    yield by_feed


def links_on_pages(folder: Path) -> Iterator[Row]:
    """Real home pages: is the careers link found where the index has one, and nothing taken for it elsewhere?"""
    right, clean = Row("careers links found on home pages"), Row("home pages without one on which none is taken")
    with (
        (folder / "html/pages_index.csv").open(newline="") as index,
        tarfile.open(folder / "html/pages.tar.gz") as pages,
    ):
        for row in csv.DictReader(index):
            file = pages.extractfile(row["file"])
            html = html_text.decode(file.read() if file else b"", f"text/html; charset={row['declared_charset']}")
            links = page_parts(html, row["url"]).links
            found = careers_links(links, registrable(urlsplit(row["url"]).hostname or "") or "")
            if row["first_careers_link"]:
                wanted = urljoin(row["url"], row["first_careers_link"]).partition("#")[0]
                right.add(wanted in found, f"{row['url']} {wanted}, found {found[:2]}")
            else:
                said = dict(links)
                clean.add(not found, f"{row['url']} took {[(url, said.get(url)) for url in found[:3]]}")
    yield right
    yield clean


def titles_listed(jobs: Iterable[dict[str, str]]) -> Iterator[Row]:
    """Real titles written as lists are: a link alone, and a card with department and place."""
    bare, cards = Row("titles read from links"), Row("title and place read from cards")
    for number, job in enumerate(jobs):
        title, place, department = job["title"], job["location"], job["department"]
        if is_evergreen(title):
            continue
        said = markup.escape(title)
        bare.add(_listed(f'<a href="/careers/{number}">{said}</a>') == (title, None), title)
        card = f"<h3>{said}</h3><p>{markup.escape(department)}</p><span>{markup.escape(place)}</span>"
        cards.add(_listed(f'<a href="/careers/{number}">{card}</a>') == (title, place), f"{title} / {place}")
    yield bare
    yield cards


def _listed(html: str) -> tuple[str, str | None] | None:
    found = listed_openings(parsed(html), "https://acme.com/careers")
    return (found[0].title, found[0].location) if found else None


def functions(jobs: Iterable[dict[str, str]]) -> Iterator[Row]:
    """Jobs in departments that name a function plainly: does the title, and title and department, say the same?"""
    by_title, both = Row("function by title against plain departments"), Row("the same with the department")
    for job in jobs:
        wanted = PLAIN_DEPARTMENTS.get(job["department"].strip().lower())
        if wanted is None or is_evergreen(job["title"]):
            continue
        said = function_of(job["title"])
        by_title.add(said == wanted, f"{wanted} {said}: {job['title']}")
        said = function_of(job["title"], job["department"])
        both.add(said == wanted, f"{wanted} {said}: {job['title']}")
    yield by_title
    yield both


def _careers_addresses(folder: Path) -> Iterator[dict[str, str]]:
    for name, column in (("company_careers_urls", "careers_url"), ("yc_ats_candidates", "board_url")):
        with (folder / f"ats/{name}.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                yield {"website": row["website"], "url": row[column], "ats": row["ats"]}


def _jobs(folder: Path) -> Iterator[dict[str, str]]:
    with gzip.open(folder / "ats/ashby_boards.jsonl.gz", "rt") as lines:
        for line in lines:
            yield from map(_job, json.loads(line)["body"]["jobs"])


def _job(job: dict[str, Any]) -> dict[str, str]:
    return {key: " ".join((job.get(key) or "").split()) for key in ("title", "location", "department")}


def _host(url: str) -> str | None:
    return registrable(urlsplit(url).hostname or "")


if __name__ == "__main__":
    main()
