"""``enrich report``: its sums are those of the other commands, and it shows nothing it was told to do."""

import re
from html.parser import HTMLParser

import pytest

from enrichment_assets.reports.page.facts import kind_of
from enrichment_assets_tests.cli.conftest import Terminal, terminal

__all__ = ["terminal"]


class Page(HTMLParser):
    """A page's text, and the addresses it would load or run something from."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loaded: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "link", "img", "iframe"} or any(name == "src" for name, _ in attrs):
            self.loaded.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_a_run_on_a_page_adds_up_and_its_list_names_it(terminal: Terminal) -> None:
    done = terminal.enrich("run", "--file", "companies.csv")
    assert done.returncode == 0, done.stderr
    found = re.search(r"Run (\S{36})", done.stdout)
    assert found
    ran = found[1]
    said = terminal.enrich("report", ran, "--output", "out.html")
    assert said.returncode == 0, said.stderr
    page = Page((terminal.folder / "out.html").read_text())
    assert page.loaded == []
    costs = re.search(r"Total: \$([\d.]+)", terminal.enrich("costs").stdout)
    total = re.search(r"Total \$([\d.]+)", page.text)
    assert costs
    assert total
    assert f"{float(total[1]):.4f}" == costs[1]
    status = {
        line.split()[0]: line.split()[1:] for line in terminal.enrich("status", ran).stdout.splitlines() if line.split()
    }
    assert status["mx"][0] in page.text
    assert "company 7" in page.text or "company 8" in page.text
    assert f"Runs {ran}" in page.text

    terminal.enrich("report", "--file", "companies.csv")
    assert ran in (terminal.folder / "report.html").read_text()
    (terminal.folder / "other.csv").write_text("website\nstripe.com\n")
    terminal.enrich("report", "--file", "other.csv", "--output", "other.html")
    page = Page((terminal.folder / "other.html").read_text())
    assert "costs are not known" in page.text
    assert "1 companies, 1 enriched" in page.text


def test_what_a_list_says_is_text(terminal: Terminal) -> None:
    (terminal.folder / "bad.csv").write_text('company_name,website\n"<script>alert(1)</script>",stripe.com\n')
    terminal.enrich("run", "--file", "bad.csv")
    terminal.enrich("report", "--file", "bad.csv", "--output", "bad.html")
    page = Page((terminal.folder / "bad.html").read_text())
    assert page.loaded == []


@pytest.mark.parametrize(
    ("words", "says"),
    [(("report",), "Which run, or which list?"), (("report", "nobody"), "there is no such run")],
)
def test_what_is_missing_is_named(terminal: Terminal, words: tuple[str, ...], says: str) -> None:
    said = terminal.enrich(*words)
    assert said.returncode == 2
    assert says in said.stderr


def test_reasons_of_a_kind_are_one() -> None:
    reasons = [("acme.com leads to beta.io.", "acme.com"), ("other.org leads to https://x.de/y?z=1 .", "other.org")]
    assert {kind_of(text, {own: "the domain"}) for text, own in reasons} == {"the domain leads to"}
    parked = "acme.com is not in use: “this domain is parked”."
    assert kind_of(parked, {"acme.com": "the domain"}) == "the domain is not in use"
    assert kind_of("Acme asks for 120,000 signs, “so it says” (status 403)", {"Acme": "the company"}) == (
        "the company asks for # signs, … (status 403)"
    )
