"""Which of the job boards that the company's own site points to is the company's, and what it holds.

A board counts only when the site points to it; slugs are never guessed. Rules, in this order:

1. Pointers to one board are one pointer, whether link, embed or script; a board that no longer exists is none.
2. A board whose slug, or the name it gives itself, is the company's brand is the company's: confidence high.
3. The only board of a page, under another name: medium when nothing contradicts (Lever and Ashby name nobody); low
   when it calls itself something else (a parent company, or somebody else). On a home page it must also be an embed
   or a link that speaks of jobs, else it does not count: sites name their customers' boards too.
4. Two or three boards on a careers page, none under the company's brand: its subsidiaries', read together, low. More,
   or several elsewhere: a portfolio or a jobs directory. None is read.
5. Of several that are the company's, the one with the newest posting: moving to another vendor leaves the old board up.
   Boards of one vendor are read together.
6. A board that is empty, or whose newest posting is over a year old, is only believed when nothing better is found.
7. A board that a page points to as the company's and that could not be read is said to be so: its openings are unknown.
8. A careers page that shows its vendor's signs but names no board may be the board, under the company's own host: it
   is asked for the vendor's feed there, and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from enrichment_assets.artifacts.base import ProduceContext
from enrichment_assets.artifacts.careers.functions import is_evergreen
from enrichment_assets.artifacts.careers.links import Link, is_careers_link
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.company_names import brand_label, core_name, same_brand, squashed
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.core.errors import PermanentError
from enrichment_assets.providers.boards.board import OWN_HOST, Board, BoardRef, host, once
from enrichment_assets.providers.boards.catalog import BOARDS
from enrichment_assets.providers.boards.recognise import board_refs, tokens_told

Confidence = Literal["high", "medium", "low"]

MAX_BOARDS_READ = 3
MAX_SUBSIDIARIES = 3
OWN_HOST_VENDORS = ("teamtailor", "recruitee", "successfactors")
STALE_AFTER = timedelta(days=365)
_SHORTEST_PREFIX = 5


@dataclass(frozen=True, slots=True)
class Pointer:
    """A board that a page points to, by which link. ``about_jobs``: it is an embed, or the link speaks of jobs."""

    ref: BoardRef
    url: str | None
    about_jobs: bool


@dataclass(frozen=True, slots=True)
class BoardFound:
    """A board accepted as the company's."""

    board: Board
    url: str | None
    confidence: Confidence
    reason: str
    current: bool
    """It holds an open job, and not only ones from years ago."""
    read_with: tuple[BoardRef, ...] = ()
    """Further boards whose openings are among its own."""

    @property
    def name(self) -> str:
        """The boards that were read: ``greenhouse:acme``."""
        return ", ".join(sorted(str(ref) for ref in (self.board.ref, *self.read_with)))


@dataclass(frozen=True, slots=True)
class BoardsRead:
    """What came of the boards a page points to. ``unread`` says which the company seems to have that were not read."""

    found: BoardFound | None = None
    unread: tuple[str, ...] = ()


def pointers(links: Sequence[Link], embeds: Sequence[str], markup: str = "") -> tuple[Pointer, ...]:
    """Every board that a page points to, once."""
    found: dict[BoardRef, Pointer] = {}
    for url, text in links:
        for ref in board_refs(url):
            about_jobs = is_careers_link(url, text)
            known = found.get(ref)
            if known is None or (about_jobs and not known.about_jobs):
                found[ref] = Pointer(ref, url, about_jobs)
    for text in (*embeds, markup):
        for ref in (*board_refs(text), *(tokens_told(text) if text is markup else ())):
            known = found.get(ref)
            if known is None:
                found[ref] = Pointer(ref, None, about_jobs=text is not markup)
    return tuple(found.values())


async def company_board(context: ProduceContext, found: Sequence[Pointer], *, careers_page: bool) -> BoardsRead:
    """The company's board among those a page points to, by the rules above. Raises TransientError."""
    ours = [pointer for pointer in found if _is_brand(pointer.ref.slug, context.company)]
    several = not ours and len(found) > 1
    if several and (not careers_page or len(found) > MAX_SUBSIDIARIES):
        return BoardsRead(unread=(f"{len(found)} job boards of other names",) if careers_page else ())
    accepted: list[BoardFound] = []
    unread: list[str] = []
    for pointer in (ours or found)[:MAX_BOARDS_READ]:
        if not ours and not careers_page and not pointer.about_jobs:
            return BoardsRead()
        board = await BOARDS[pointer.ref.board].read(
            context.providers.web, pointer.ref, context.settings, context.scope
        )
        if board is None:
            unread.append(f"job board {pointer.ref}, whose feed cannot be found")
            continue
        judged = _judged(board, pointer, context, alone=len(found) == 1, several=several)
        if judged is not None:
            accepted.append(judged)
    return BoardsRead(_together(accepted, all_of_them=several), tuple(unread))


def _together(accepted: Sequence[BoardFound], *, all_of_them: bool) -> BoardFound | None:
    """The best of the boards, with the openings of the others that are read with it."""
    if not accepted:
        return None
    best = max(accepted, key=lambda each: (each.current, _newest(each.board) or date.min, len(each.board.openings)))
    vendor = best.board.ref.board
    others = [
        each for each in accepted
        if each is not best and each.current and (all_of_them or each.board.ref.board == vendor)
    ]  # fmt: skip
    if not others:
        return best
    openings = once([opening for each in (best, *others) for opening in each.board.openings])
    board = replace(best.board, openings=openings, complete=all(each.board.complete for each in (best, *others)))
    read_with = tuple(each.board.ref for each in others)
    reason = f"{best.reason}; read together with {', '.join(map(str, read_with))}"
    return replace(best, board=board, reason=reason, read_with=read_with)


async def own_host_board(
    context: ProduceContext, page_url: str, vendors: Sequence[str], domains: frozenset[str]
) -> BoardFound | None:
    """The board that a careers page on one of the company's domains is itself: of the vendors it shows signs of.

    Raises TransientError.
    """
    at = host(page_url)
    if registrable(at) not in domains:
        return None
    for vendor in vendors:
        if vendor not in OWN_HOST_VENDORS:
            continue
        ref = BoardRef(vendor, at, OWN_HOST)
        try:
            board = await BOARDS[vendor].read(context.providers.web, ref, context.settings, context.scope)
        except PermanentError:  # robots.txt, or an address that is not public
            continue
        if board is not None:
            return _judged(board, Pointer(ref, page_url, about_jobs=True), context, alone=True)
    return None


def _judged(
    board: Board, pointer: Pointer, context: ProduceContext, *, alone: bool, several: bool = False
) -> BoardFound | None:
    company = context.company
    name = board.company_name
    named = bool(name and _is_brand(core_name(name), company))
    sited = bool(board.company_url and registrable(host(board.company_url)) == company.domain)
    if _is_brand(board.ref.slug, company):
        confidence: Confidence = "high"
        why = "its name is the company's"
    elif board.ref.region == OWN_HOST:
        confidence, why = "high", "it stands on the company's own host"
    elif named or sited:
        confidence, why = "high", f"it calls itself {name or board.company_url}"
    elif several:
        confidence, why = "low", "it is one of several that the careers page points to, under other names"
    elif not alone:
        return None
    elif _begins_alike(board.ref.slug, company):
        confidence, why = "medium", "it is the only board the site points to, and its name begins like the company's"
    elif name:
        confidence, why = "low", f"the site points to it, but it calls itself {name}"
    else:
        confidence, why = "medium", "it is the only board the site points to"
    newest = _newest(board)
    jobs = [opening for opening in board.openings if not is_evergreen(opening.title)]
    stale = bool(jobs) and newest is not None and newest < context.now.date() - STALE_AFTER
    if stale:
        confidence = "low"
        why += f"; its newest posting is from {newest}"
    return BoardFound(board, pointer.url, confidence, f"job board {board.ref}: {why}", current=bool(jobs) and not stale)


def _is_brand(text: str, company: Company) -> bool:
    """Whether a slug or a name is the company's brand, at most decorated once (``acme-hq``), or its whole domain."""
    text = text.partition("/")[0]  # Workday's tenant, Comeet's name
    if squashed(text) == squashed(company.domain):
        return True
    return any(same_brand(text, brand) for brand in (brand_label(company.domain), core_name(company.name)))


def _begins_alike(text: str, company: Company) -> bool:
    """Whether one of slug and brand goes on where the other ends (``bandlabtechnologies``); weaker than a brand."""
    said = squashed(text.partition("/")[0])
    for brand in (brand_label(company.domain), core_name(company.name)):
        shorter, longer = sorted((said, squashed(brand)), key=len)
        if len(shorter) >= _SHORTEST_PREFIX and longer.startswith(shorter):
            return True
    return False


def _newest(board: Board) -> date | None:
    return max((opening.posted_on for opening in board.openings if opening.posted_on), default=None)
