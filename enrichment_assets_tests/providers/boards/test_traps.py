"""What the vendors' feeds do that a naive client gets wrong."""

import pytest

from enrichment_assets.core.errors import TransientError
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.providers.boards.conftest import ReadBoard

VENDORS = ("greenhouse", "lever", "ashby", "workable", "smartrecruiters", "recruitee", "personio", "teamtailor")


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_board_that_does_not_exist_is_an_answer(vendor: str, sandbox: Sandbox, read_board: ReadBoard) -> None:
    assert await read_board(vendor, "nobody-has-this-board") is None


@pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if vendor != "personio"])
@pytest.mark.parametrize("body", ["<html>hello</html>", "{", "[[]]", '{"jobs": [{"id": []}], "offers": 3}', "null"])
async def test_nonsense_is_not_an_empty_board(vendor: str, body: str, sandbox: Sandbox, read_board: ReadBoard) -> None:
    sandbox.boards({vendor: {"odd": {"body": body}}})
    with pytest.raises(TransientError):
        await read_board(vendor, "odd")


@pytest.mark.parametrize(
    "body",
    [
        "<html><body>hello</body></html>",
        "<workzag-jobs><position>",
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><workzag-jobs>&b;</workzag-jobs>',
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><workzag-jobs>&f;</workzag-jobs>',
    ],
)
async def test_xml_that_is_not_the_feed_or_is_a_bomb_is_refused(
    body: str, sandbox: Sandbox, read_board: ReadBoard
) -> None:
    sandbox.boards({"personio": {"odd": {"body": body, "content_type": "text/xml"}}})
    with pytest.raises(TransientError):
        await read_board("personio", "odd")


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("status", [403, 500, 503])
async def test_a_board_that_cannot_be_read_is_a_failure(
    vendor: str, status: int, sandbox: Sandbox, read_board: ReadBoard
) -> None:
    sandbox.boards({vendor: {"odd": {"body": {}, "status": status}}})
    with pytest.raises(TransientError):
        await read_board(vendor, "odd")


async def test_smartrecruiters_tells_an_unknown_company_from_one_without_jobs(
    sandbox: Sandbox, read_board: ReadBoard
) -> None:
    nothing = {"offset": 0, "limit": 100, "totalFound": 0, "content": []}
    sandbox.boards({"smartrecruiters": {"Acme": {"body": nothing}, "Ghost": {"body": nothing}}})
    sandbox.page("careers.smartrecruiters.com", "<ul></ul>", path="/Acme/api/more?page=1")
    sandbox.page("careers.smartrecruiters.com", "gone", path="/Ghost/api/more?page=1", status=404)
    known = await read_board("smartrecruiters", "Acme")
    assert known is not None
    assert known.openings == ()
    assert await read_board("smartrecruiters", "Ghost") is None


async def test_an_empty_greenhouse_board_still_says_whose_it_is(sandbox: Sandbox, read_board: ReadBoard) -> None:
    sandbox.boards({"greenhouse": {"acme": {"body": {"jobs": [], "meta": {"total": 0}, "name": "Acme"}}}})
    board = await read_board("greenhouse", "acme")
    assert (board.openings, board.company_name) == ((), "Acme")


@pytest.mark.parametrize("vendor", ["lever", "ashby", "workable", "recruitee", "teamtailor"])
async def test_an_empty_board_is_a_board(vendor: str, sandbox: Sandbox, read_board: ReadBoard) -> None:
    empty = {"lever": [], "ashby": {"jobs": []}, "workable": {"jobs": []}, "recruitee": {"offers": []}}
    sandbox.boards({vendor: {"acme": {"body": empty.get(vendor, {"items": []})}}})
    board = await read_board(vendor, "acme")
    assert board is not None
    assert board.openings == ()


async def test_workables_429_with_a_lying_retry_after_is_a_failure_not_an_empty_board(
    sandbox: Sandbox, read_board: ReadBoard
) -> None:
    refusal = {"body": {"error": "Too many requests"}, "status": 429, "headers": {"Retry-After": "0"}}
    sandbox.boards({"workable": {"acme": refusal}})
    with pytest.raises(TransientError) as raised:
        await read_board("workable", "acme")
    assert raised.value.status == 429


async def test_lever_sites_in_the_eu_are_read_there_and_case_matters(sandbox: Sandbox, read_board: ReadBoard) -> None:
    job = {"id": "1", "text": "Account Executive", "categories": {"location": "Berlin"}, "workplaceType": "onsite"}
    sandbox.boards({"lever-eu": {"Acme": {"body": [job]}}})
    board = await read_board("lever", "Acme", "eu")
    assert [(o.title, o.remote) for o in board.openings] == [("Account Executive", False)]
    assert await read_board("lever", "acme", "eu") is None
    assert await read_board("lever", "Acme") is None


async def test_unlisted_ashby_jobs_are_left_out(sandbox: Sandbox, read_board: ReadBoard) -> None:
    jobs = [{"id": "1", "title": "Seen"}, {"id": "2", "title": "Hidden", "isListed": False}]
    sandbox.boards({"ashby": {"acme": {"body": {"jobs": jobs}}}})
    board = await read_board("ashby", "acme")
    assert [opening.title for opening in board.openings] == ["Seen"]


async def test_unpublished_recruitee_offers_are_left_out(sandbox: Sandbox, read_board: ReadBoard) -> None:
    offers = [{"id": 1, "title": "Seen", "status": "published"}, {"id": 2, "title": "Draft", "status": "draft"}]
    sandbox.boards({"recruitee": {"acme": {"body": {"offers": offers}}}})
    board = await read_board("recruitee", "acme")
    assert [opening.title for opening in board.openings] == ["Seen"]


@pytest.mark.parametrize(
    ("vendor", "careers"),
    [("lever", "lever"), ("smartrecruiters", "smartrecruiters"), ("teamtailor", "teamtailor"), ("personio", "personio"),
     ("workable", "workable"), ("greenhouse", "greenhouse"), ("recruitee", "recruitee")],
)  # fmt: skip
async def test_the_sandboxes_own_boards_are_read_whole(
    vendor: str, careers: str, sandbox: Sandbox, read_board: ReadBoard
) -> None:
    facts = sandbox.company("acme-widgets.com", name="Acme Widgets", careers=careers, employees=4_000)
    board = await read_board(vendor, facts["board_slug"])
    assert board is not None
    assert len(board.openings) > 20  # more than one page of Teamtailor's
    assert len({opening.id for opening in board.openings}) == len(board.openings)


async def test_postings_of_one_smartrecruiters_job_count_once(sandbox: Sandbox, read_board: ReadBoard) -> None:
    def posting(number: int, reference: str | None, city: str) -> dict[str, object]:
        return {"id": str(number), "name": "Engineer", "refNumber": reference, "location": {"fullLocation": city}}

    named = [("REF1", "Oslo"), ("REF2", "Oslo"), ("REF1", "Bergen"), (None, "Oslo"), (None, "Oslo")]
    rows = [posting(number, reference, city) for number, (reference, city) in enumerate(named, 1)]
    sandbox.boards({"smartrecruiters": {"Acme": {"body": {"totalFound": 5, "content": rows}}}})
    board = await read_board("smartrecruiters", "Acme")
    assert [(o.id, o.location) for o in board.openings] == [
        ("1", "Oslo; Bergen"), ("2", "Oslo"), ("4", "Oslo"), ("5", "Oslo"),
    ]  # fmt: skip


async def test_workables_list_goes_on_by_token_to_its_end(sandbox: Sandbox, read_board: ReadBoard) -> None:
    """The sandbox refuses a ``limit``, as Workable does, and gives ten a page."""
    facts = sandbox.company("acme-widgets.com", name="Acme Widgets", careers="workable", employees=4_000)
    by_widget = await read_board("workable", facts["board_slug"])
    sandbox.boards({"workable": {facts["board_slug"]: {"body": {"error": "Not found"}, "status": 404}}})
    by_list = await read_board("workable", facts["board_slug"])
    assert len(by_list.openings) > 20
    assert [(o.id, o.title, o.posted_on) for o in by_list.openings] == [
        (o.id, o.title, o.posted_on) for o in by_widget.openings
    ]


@pytest.mark.parametrize(("status", "fails"), [(403, False), (404, False), (429, True), (500, True)])
async def test_an_empty_workable_widget_is_an_answer_unless_the_list_is_in_trouble(
    status: int, fails: bool, sandbox: Sandbox, read_board: ReadBoard
) -> None:
    sandbox.boards({"workable": {"acme": {"name": "Acme", "jobs": []}}})
    sandbox.boards({"workable-v3": {"acme": {"body": {}, "status": status, "headers": {"Retry-After": "0"}}}})
    if fails:
        with pytest.raises(TransientError):
            await read_board("workable", "acme")
    else:
        assert (await read_board("workable", "acme")).openings == ()
