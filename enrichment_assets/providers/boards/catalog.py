"""The job boards we read. A new one is one file and one line here."""

from enrichment_assets.providers.boards.ashby import ASHBY
from enrichment_assets.providers.boards.board import JobBoard
from enrichment_assets.providers.boards.greenhouse import GREENHOUSE
from enrichment_assets.providers.boards.lever import LEVER
from enrichment_assets.providers.boards.personio import PERSONIO
from enrichment_assets.providers.boards.recruitee import RECRUITEE
from enrichment_assets.providers.boards.smartrecruiters import SMARTRECRUITERS
from enrichment_assets.providers.boards.teamtailor import TEAMTAILOR
from enrichment_assets.providers.boards.workable import WORKABLE

BOARDS: dict[str, JobBoard] = {
    board.name: board
    for board in (GREENHOUSE, LEVER, ASHBY, WORKABLE, SMARTRECRUITERS, RECRUITEE, PERSONIO, TEAMTAILOR)
}
