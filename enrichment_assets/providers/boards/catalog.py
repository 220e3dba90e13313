"""The job boards we read. A new one is one file and one line here."""

from enrichment_assets.providers.boards.ashby import ASHBY
from enrichment_assets.providers.boards.board import JobBoard
from enrichment_assets.providers.boards.greenhouse import GREENHOUSE
from enrichment_assets.providers.boards.hosted.bamboohr import BAMBOOHR
from enrichment_assets.providers.boards.hosted.breezy import BREEZY
from enrichment_assets.providers.boards.hosted.comeet import COMEET
from enrichment_assets.providers.boards.hosted.gem import GEM
from enrichment_assets.providers.boards.hosted.hibob import HIBOB
from enrichment_assets.providers.boards.hosted.jazzhr import JAZZHR
from enrichment_assets.providers.boards.hosted.join import JOIN
from enrichment_assets.providers.boards.hosted.pinpoint import PINPOINT
from enrichment_assets.providers.boards.hosted.rippling import RIPPLING
from enrichment_assets.providers.boards.hosted.successfactors import SUCCESSFACTORS
from enrichment_assets.providers.boards.hosted.workday import WORKDAY
from enrichment_assets.providers.boards.lever import LEVER
from enrichment_assets.providers.boards.personio import PERSONIO
from enrichment_assets.providers.boards.recruitee import RECRUITEE
from enrichment_assets.providers.boards.smartrecruiters import SMARTRECRUITERS
from enrichment_assets.providers.boards.teamtailor import TEAMTAILOR
from enrichment_assets.providers.boards.workable import WORKABLE

BOARDS: dict[str, JobBoard] = {
    board.name: board
    for board in (
        GREENHOUSE, LEVER, ASHBY, WORKABLE, SMARTRECRUITERS, RECRUITEE, PERSONIO, TEAMTAILOR,
        WORKDAY, BAMBOOHR, BREEZY, COMEET, GEM, HIBOB, JAZZHR, JOIN, PINPOINT, RIPPLING, SUCCESSFACTORS,
    )
}  # fmt: skip
