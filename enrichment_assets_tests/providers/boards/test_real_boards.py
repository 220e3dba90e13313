"""Real boards, served over loopback: what is read is exactly what they hold."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from enrichment_assets.providers.boards.board import Board
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.providers.boards.conftest import ReadBoard


def ashby_boards(shared_data: Path) -> dict[str, dict]:
    with gzip.open(shared_data / "ats" / "ashby_boards.jsonl.gz", "rt") as lines:
        return {row["board"]: row["body"] for row in map(json.loads, lines)}


async def test_all_ashby_boards_give_exactly_the_postings_they_hold(
    sandbox: Sandbox, read_board: ReadBoard, shared_data: Path
) -> None:
    boards = ashby_boards(shared_data)
    assert len(boards) == 58
    sandbox.boards({"ashby": boards})
    for slug, body in boards.items():
        board = await read_board("ashby", slug)
        assert board is not None
        listed = [job for job in body["jobs"] if job["isListed"]]
        got = [(o.id, o.title, o.url, str(o.posted_on)) for o in board.openings]
        assert got == [(j["id"], j["title"].strip(), j["jobUrl"], j["publishedAt"][:10]) for j in listed], slug
        assert [o.department for o in board.openings] == [j.get("department") or j.get("team") for j in listed]
        for opening, job in zip(board.openings, listed, strict=True):
            assert opening.location.startswith(job["location"].strip()), slug


CAPTURES = {
    "ashby": (
        ("data/ats/captures/ashby_jobboard_openai_trimmed.json", "jobs", "id"),
        ("samples/ats/ashby.json", "jobs", "id"),
    ),
    "greenhouse": (
        ("data/ats/captures/greenhouse_jobs_stripe_trimmed.json", "jobs", "id"),
        ("samples/ats/greenhouse.json", "jobs", "id"),
    ),
    "lever": (
        ("data/ats/captures/lever_postings_palantir.json", None, "id"),
        ("samples/ats/lever.json", None, "id"),
    ),
    "workable": (("samples/ats/workable.json", "jobs", "shortcode"),),
    "workable-v3": (("data/ats/captures/workable_v3_jobs.json", "results", "shortcode"),),
    "smartrecruiters": (
        ("data/ats/captures/smartrecruiters_postings.json", "content", "id"),
        ("data/ats/captures/smartrecruiters_postings_visa.json", "content", "id"),
        ("samples/ats/smartrecruiters.json", "content", "id"),
    ),
    "recruitee": (
        ("data/ats/captures/recruitee_offers_fd_sandbox.json", "offers", "id"),
        ("samples/ats/recruitee.json", "offers", "id"),
    ),
    "teamtailor": (("samples/ats/teamtailor.json", "items", "id"),),
}
TITLES = {"lever": "text", "smartrecruiters": "name"}


@pytest.mark.parametrize(
    ("vendor", "path", "key", "id_key"),
    [(vendor, *capture) for vendor, captures in CAPTURES.items() for capture in captures],
)
async def test_each_capture_gives_exactly_the_postings_it_holds(
    vendor: str, path: str, key: str | None, id_key: str, sandbox: Sandbox, read_board: ReadBoard, shared_data: Path
) -> None:
    body = json.loads((shared_data.parent / path).read_text())
    rows = body[key] if key else body
    sandbox.boards({vendor: {"captured": {"body": body}}})
    board = await read_board(vendor.removesuffix("-v3"), "captured")
    assert board is not None
    held = {str(row[id_key]): row[TITLES.get(vendor, "title")].strip() for row in rows}
    assert rows
    assert Counter((o.id, o.title) for o in board.openings) == Counter(held.items())
    assert all(opening.url for opening in board.openings)
    assert all(opening.posted_on for opening in board.openings)
    assert all(opening.location for opening in board.openings)


async def test_the_detail_of_one_smartrecruiters_posting_is_that_posting(
    sandbox: Sandbox, read_board: ReadBoard, shared_data: Path
) -> None:
    """A posting has one shape, alone and in the list; alone it also tells its own address."""
    detail = json.loads((shared_data / "ats/captures/smartrecruiters_posting_detail_visa.json").read_text())
    sandbox.boards({"smartrecruiters": {"Visa": {"body": {"totalFound": 1, "content": [detail]}}}})
    board = await read_board("smartrecruiters", "Visa")
    assert board is not None
    (opening,) = board.openings
    assert (opening.id, opening.title, opening.url) == (detail["id"], detail["name"], detail["postingUrl"])
    assert (opening.department, opening.location) == ("Software Development/Engineering", "Austin, TX, United States")
    assert (opening.remote, str(opening.posted_on), board.company_name) == (False, "2026-06-24", "Visa")


async def test_workables_list_is_read_in_its_details(
    sandbox: Sandbox, read_board: ReadBoard, shared_data: Path
) -> None:
    body = json.loads((shared_data / "ats/captures/workable_v3_jobs.json").read_text())
    sandbox.boards(
        {"workable-v3": {"captured": {"body": body}}, "workable": {"captured": {"name": "Acme", "jobs": []}}}
    )
    board = await read_board("workable", "captured")
    assert board is not None
    assert board.company_name == "Acme"
    last = board.openings[2]
    assert (last.id, last.department, last.location) == ("97904BAC90", "Product", "Paris, Île-de-France, France")
    assert (last.remote, str(last.posted_on)) == (True, "2026-05-29")


async def test_the_personio_capture_gives_its_one_position_once(
    sandbox: Sandbox, read_board: ReadBoard, shared_data: Path
) -> None:
    xml = (shared_data.parent / "samples/ats/personio.xml").read_text()
    sandbox.boards({"personio": {"captured": xml}})
    board = await read_board("personio", "captured")
    assert isinstance(board, Board)
    (position,) = board.openings
    assert (position.id, position.title) == ("1834171", "Staff Software Engineer, Data Platform")
    assert position.location == "Munich; Berlin"
    assert str(position.posted_on) == "2024-11-13"
    assert board.company_name == "Acme SE & Co. KG"


async def test_details_of_the_captures_are_read_as_their_vendors_mean_them(
    sandbox: Sandbox, read_board: ReadBoard, shared_data: Path
) -> None:
    samples = shared_data.parent / "samples" / "ats"
    for vendor in CAPTURES.keys() - {"workable-v3"}:
        sandbox.boards({vendor: {"captured": {"body": json.loads((samples / f"{vendor}.json").read_text())}}})
    greenhouse = await read_board("greenhouse", "captured")
    assert greenhouse.company_name == "Amplitude"
    assert greenhouse.openings[0].department == "Solutions Consulting"
    assert str(greenhouse.openings[0].posted_on) == "2026-07-16"  # first_published, not updated_at
    lever = await read_board("lever", "captured")
    assert lever.openings[0].remote is True
    assert str(lever.openings[0].posted_on) == "2025-11-27"
    ashby = await read_board("ashby", "captured")
    assert [opening.remote for opening in ashby.openings][:2] == [True, False]  # hybrid is not remote
    workable = await read_board("workable", "captured")
    assert [(o.id, o.location) for o in workable.openings] == [("DD136DD7E7", "Spain; Portugal")]
    smartrecruiters = await read_board("smartrecruiters", "captured")
    assert smartrecruiters.company_name == "Knight Gayles"
    assert smartrecruiters.openings[0].url == "https://jobs.smartrecruiters.com/Knight/743999671674844"
    teamtailor = await read_board("teamtailor", "captured")
    assert teamtailor.openings[1].location == "Stockholm, Sweden, SE; København, Europe, DK"
