"""The boards that are reached under their vendors' hosts: the sandbox speaks each vendor's contract."""

import pytest

from enrichment_assets.core.errors import TransientError
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.providers.boards.conftest import ReadBoard

SLUGS = {
    "bamboohr": ("{}", ""), "breezy": ("{}", ""), "comeet": ("{}/4F.00B", ""), "gem": ("{}", ""), "hibob": ("{}", ""),
    "jazzhr": ("{}", ""), "join": ("{}", ""), "pinpoint": ("{}", ""), "rippling": ("{}", ""),
    "successfactors": ("{}", "career5.successfactors.eu"), "workday": ("{}/Careers", "wd3"),
}  # fmt: skip
NO_DATES = {"bamboohr", "comeet", "jazzhr", "pinpoint", "rippling", "workday"}


@pytest.mark.parametrize("vendor", SLUGS)
async def test_a_board_is_read_whole(vendor: str, sandbox: Sandbox, read_board: ReadBoard) -> None:
    facts = sandbox.company("acme-widgets.com", name="Acme Widgets", careers=vendor, employees=4_000)
    slug, region = SLUGS[vendor]
    board = await read_board(vendor, slug.format(facts["board_slug"]), region)
    assert board is not None
    assert board.complete
    assert len(board.openings) > 20  # more than a page of Workday's, JOIN's
    assert len({opening.id for opening in board.openings}) == len(board.openings)
    for opening in board.openings:
        assert opening.title == opening.title.strip() != ""
        assert (opening.url or "").startswith("https://")
        assert opening.location
        assert vendor == "workday" or opening.department
        assert (opening.posted_on is None) == (vendor in NO_DATES)


@pytest.mark.parametrize("vendor", SLUGS)
async def test_a_board_that_does_not_exist_is_an_answer(vendor: str, sandbox: Sandbox, read_board: ReadBoard) -> None:
    slug, region = SLUGS[vendor]
    board = await read_board(vendor, slug.format("nobody-has-this-board"), region)
    assert board is None


@pytest.mark.parametrize("vendor", SLUGS)
@pytest.mark.parametrize("status", [429, 500])
async def test_a_board_in_trouble_is_a_failure(
    vendor: str, status: int, sandbox: Sandbox, read_board: ReadBoard
) -> None:
    slug, region = SLUGS[vendor]
    sandbox.boards({vendor: {slug.format("acme"): {"body": {}, "status": status}}})
    with pytest.raises(TransientError):
        await read_board(vendor, slug.format("acme"), region)


@pytest.mark.parametrize("vendor", [vendor for vendor in SLUGS if vendor != "successfactors"])
async def test_a_page_that_is_not_the_feed_is_no_empty_board(
    vendor: str, sandbox: Sandbox, read_board: ReadBoard
) -> None:
    slug, region = SLUGS[vendor]
    sandbox.boards({vendor: {slug.format("acme"): {"body": "<html>Hello</html>", "content_type": "text/html"}}})
    with pytest.raises(TransientError):
        await read_board(vendor, slug.format("acme"), region)


async def test_workday_is_read_in_part_beyond_its_bound(sandbox: Sandbox, read_board: ReadBoard) -> None:
    rows = [{"title": f"Engineer {n}", "externalPath": f"/job/{n}", "postedOn": "Posted Today"} for n in range(7)]
    sandbox.boards({"workday": {"acme/Careers": {"body": {"total": 2_000, "jobPostings": rows}}}})
    board = await read_board("workday", "acme/Careers", "wd3")
    assert (len(board.openings), board.complete) == (7, False)
    assert board.openings[0].posted_on is not None


async def test_an_old_comeet_token_is_not_an_empty_board(sandbox: Sandbox, read_board: ReadBoard) -> None:
    sandbox.boards({"comeet": {"4F.00B/positions": {"body": {"message": "bad token"}, "status": 400}}})
    assert await read_board("comeet", "4F.00B", "ABCDEF0123456789") is None


async def test_successfactors_without_its_feed_is_no_board(sandbox: Sandbox, read_board: ReadBoard) -> None:
    sandbox.boards({"successfactors": {"ACME": {"body": "<html><body>Careers<br></body></html>"}}})
    assert await read_board("successfactors", "ACME", "career5.successfactors.eu") is None


async def test_personio_is_read_from_its_page_where_its_feed_is_off(sandbox: Sandbox, read_board: ReadBoard) -> None:
    page = (
        '<a href="https://acme.jobs.personio.de/job/2103333?language=en"><h2 class="job-title">Data Engineer</h2>'
        '<span class="job-office">Berlin</span></a><a href="/imprint">Imprint</a>'
    )
    sandbox.boards({"personio": {"acme": {"body": "Not Found", "status": 404}}})
    assert await read_board("personio", "acme") is None
    sandbox.boards({"personio-page": {"acme": {"body": page, "content_type": "text/html"}}})
    board = await read_board("personio", "acme")
    assert [(each.id, each.title, each.location) for each in board.openings] == [("2103333", "Data Engineer", "Berlin")]
