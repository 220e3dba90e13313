"""What careers reads of real data: ``python -m benchmarks.careers_reading [FOLDER]`` (default ``../shared/data``).

No network. Each line is one figure with what it was measured on. ``--show ROW`` prints that row's misses.
"""

import argparse
import csv
import gzip
import html as markup
import json
import re
import tarfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
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
    "engineering": "engineering data security it research",
    "software engineering": "engineering data",
    "software": "engineering data",
    "hardware engineering": "engineering",
    "sales": "sales",
    "business development": "sales",
    "partnerships": "sales",
    "marketing": "marketing",
    "product": "product",
    "product management": "product",
    "finance": "finance",
    "accounting": "finance",
    "finance & accounting": "finance",
    "design": "design",
    "legal": "legal",
    "compliance": "legal",
    "legal & compliance": "legal",
    "people": "people",
    "people ops": "people",
    "human resources": "people",
    "hr": "people",
    "talent": "people",
    "customer success": "customer_success",
    "customer support": "customer_success",
    "data": "data",
    "data science": "data",
    "machine learning": "data",
    "research": "research data",
    "clinical": "healthcare",
    "it security": "security",
    "supply chain": "operations",
}
"""Departments that name one of our functions and nothing else, and the functions their jobs may have."""


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


def show(name: str, description: str | None, rows: Callable[[Path], Iterable[Row]]) -> None:
    """Print every figure of the data in the folder on the command line, and with ``--show`` the misses."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=description)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("../shared/data"))
    parser.add_argument("--show", default="", help="Print the misses of the rows whose names hold this text.")
    given = parser.parse_args()
    for row in rows(given.folder):
        print(row)
        if given.show and given.show in row.name:
            print(*(f"    {miss}" for miss in row.misses), sep="\n")


NO_CAREERS_LINK = (
    "http://fr.itweb.tv/", "http://www.azureva-vacances.com/", "http://www.businessweek.com/",
    "http://www.ma-reduc.com/", "http://www.routard.com/",
)  # fmt: skip
"""Home pages for which the index names a link that leads to no careers page: articles on jobs, and holidays, which are
``vacances`` in French."""


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
    mid = Row("boards read by feed, companies of 11 to 1,000 employees")
    employees = _employees(folder)
    for row in _careers_addresses(folder):
        url, site = row["url"], registrable(urlsplit(row["website"]).hostname or "")
        if site is None or not url.startswith("http") or (urlsplit(url).path in ("", "/") and _host(url) == site):
            continue
        ref = board_of_url(url)
        linked.add(ref is not None or url.partition("#")[0] in careers_links([(url, "Careers")], site), f"{site} {url}")
        if row["ats"] and row["ats"] not in ("linkedin", "notion", "wellfound"):
            by_feed.add(ref is not None and ref.board in BOARDS, f"{row['ats']} {url}")
        if 11 <= employees.get(site, 0) <= 1_000:
            mid.add(ref is not None and ref.board in BOARDS, f"{row['ats'] or 'own page'} {url}")
    yield from (linked, by_feed, mid)


def _employees(folder: Path) -> dict[str, int]:
    """Employees by domain, where they are known."""
    with gzip.open(folder / "companies/yc_companies.jsonl.gz", "rt") as lines:
        told = [json.loads(line) for line in lines]
    return {_host(each["website"]) or "": each["team_size"] for each in told if each["website"] and each["team_size"]}


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
            if row["url"] in NO_CAREERS_LINK:
                continue
            if row["first_careers_link"]:
                wanted = urljoin(row["url"], row["first_careers_link"]).partition("#")[0]
                right.add(wanted in found, f"{row['url']} {wanted}, found {found[:2]}")
            else:
                said = dict(links)
                clean.add(not found, f"{row['url']} took {[(url, said.get(url)) for url in found[:3]]}")
    yield right
    yield clean


def titles_listed(jobs: Iterable[dict[str, str]]) -> Iterator[Row]:
    """Each board's titles written as lists are: links alone, and cards with department and place."""
    bare, cards = Row("titles read from links"), Row("title and place read from cards")
    boards: dict[str, list[dict[str, str]]] = defaultdict(list)
    for job in jobs:
        if not is_evergreen(job["title"]):
            boards[job["board"]].append(job)
    for board in boards.values():
        links, listed = [], []
        for number, job in enumerate(board):
            said = markup.escape(job["title"])
            card = (
                f"<h3>{said}</h3><p>{markup.escape(job['department'])}</p><span>{markup.escape(job['location'])}</span>"
            )
            path = "-".join(["job", *re.findall(r"[a-z]+", job["title"].lower()), "x" * number])
            links.append(f'<a href="/careers/{path}">{said}</a>')
            listed.append(f'<a href="/careers/{path}">{card}</a>')
        found = {title for title, _ in _listed("".join(links))}
        in_cards = _listed("".join(listed))
        for job in board:
            bare.add(job["title"] in found, job["title"])
            cards.add((job["title"], job["location"]) in in_cards, f"{job['title']} / {job['location']}")
    yield bare
    yield cards


def _listed(html: str) -> set[tuple[str, str | None]]:
    found = listed_openings(parsed(html), "https://acme.com/careers")
    return {(opening.title, opening.location) for opening in found}


def functions(jobs: Iterable[dict[str, str]]) -> Iterator[Row]:
    """Jobs in departments that name a function plainly: does the title, and title and department, say the same?"""
    by_title, both = Row("function by title against plain departments"), Row("the same with the department")
    for job in jobs:
        wanted = PLAIN_DEPARTMENTS.get(job["department"].strip().lower(), "").split()
        if not wanted or is_evergreen(job["title"]):
            continue
        said = function_of(job["title"])
        by_title.add(said in wanted, f"{wanted[0]} {said}: {job['title']}")
        said = function_of(job["title"], job["department"])
        both.add(said in wanted, f"{wanted[0]} {said}: {job['title']}")
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
            board = json.loads(line)
            yield from ({**_job(job), "board": board["board"]} for job in board["body"]["jobs"])


def _job(job: dict[str, Any]) -> dict[str, str]:
    return {key: " ".join((job.get(key) or "").split()) for key in ("title", "location", "department")}


def _host(url: str) -> str | None:
    return registrable(urlsplit(url).hostname or "")


if __name__ == "__main__":
    show("careers_reading", __doc__, rows)
