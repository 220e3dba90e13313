"""The job boards we read. A new one is one file and one line here."""

from enrichment_assets.providers.boards.ashby import ASHBY
from enrichment_assets.providers.boards.bamboohr import BAMBOOHR
from enrichment_assets.providers.boards.board import JobBoard
from enrichment_assets.providers.boards.breezy import BREEZY
from enrichment_assets.providers.boards.comeet import COMEET
from enrichment_assets.providers.boards.gem import GEM
from enrichment_assets.providers.boards.greenhouse import GREENHOUSE
from enrichment_assets.providers.boards.hibob import HIBOB
from enrichment_assets.providers.boards.jazzhr import JAZZHR
from enrichment_assets.providers.boards.join import JOIN
from enrichment_assets.providers.boards.lever import LEVER
from enrichment_assets.providers.boards.personio import PERSONIO
from enrichment_assets.providers.boards.pinpoint import PINPOINT
from enrichment_assets.providers.boards.recruitee import RECRUITEE
from enrichment_assets.providers.boards.rippling import RIPPLING
from enrichment_assets.providers.boards.smartrecruiters import SMARTRECRUITERS
from enrichment_assets.providers.boards.successfactors import SUCCESSFACTORS
from enrichment_assets.providers.boards.teamtailor import TEAMTAILOR
from enrichment_assets.providers.boards.workable import WORKABLE
from enrichment_assets.providers.boards.workday import WORKDAY

BOARDS: dict[str, JobBoard] = {
    board.name: board
    for board in (
        GREENHOUSE, LEVER, ASHBY, WORKABLE, SMARTRECRUITERS, RECRUITEE, PERSONIO, TEAMTAILOR,
        WORKDAY, BAMBOOHR, BREEZY, COMEET, GEM, HIBOB, JAZZHR, JOIN, PINPOINT, RIPPLING, SUCCESSFACTORS,
    )
}  # fmt: skip
