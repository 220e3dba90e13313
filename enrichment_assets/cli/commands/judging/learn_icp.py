"""``enrich learn-icp``: a draft of a profile from companies that were won and companies that were lost."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from enrichment_assets.cli.commands.judging.eval import Share, share_of
from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import plain, say, tell
from enrichment_assets.cli.main import UNUSABLE
from enrichment_assets.cli.opening import state_settings, usable_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enrichment_assets.companies.company import Company
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.evaluation.agreement import Rate
    from enrichment_assets.evaluation.learning.learning import Learned
    from enrichment_assets.evaluation.learning.stored_evidence import Gathered

MOST_SHOWN = 25
_LIST = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW = click.Path(dir_okay=False, path_type=Path)


class LearnedTrait(BaseModel):
    """One trait, how many of those of whom it could be known have it, and its lift (see docs/how-to/review.md)."""

    kind: str
    trait: str
    won_with: int
    won: int
    lost_with: int
    lost: int
    log_odds: float
    chance: float


class LearnedProfile(BaseModel):
    """What tells the lists apart, the draft (None where nothing does), and its score on companies held out."""

    won: int
    lost: int
    without_a_page: list[str]
    in_both_lists: int
    traits: list[LearnedTrait]
    draft: str | None
    held_out: dict[str, Share]
    stored_verdicts: dict[str, Share]
    cost_usd: float = 0.0


@click.command(name="learn-icp")
@answers(LearnedProfile)
@click.option("--won", required=True, type=_LIST, metavar="LIST", help="Companies that became customers.")
@click.option("--lost", required=True, type=_LIST, metavar="LIST", help="Companies that did not.")
@click.option("--output", default="icp.learned.yaml", show_default=True, type=_NEW, help="Where the draft goes.")
@click.option("--held-out", "held_out", type=_NEW, help="Write the companies kept for the score, with labels, as CSV.")
@click.option("--sandbox", is_flag=True, help="From what sandbox runs found.")
def learn_icp(*, won: Path, lost: Path, output: Path, held_out: Path | None, sandbox: bool) -> None:
    """Find out what tells won companies from lost ones in what is stored of them, and draft an icp.yaml from it.

    Read are the stored pages, verdicts, answers, openings and news; nobody is called and nothing is paid. The draft has
    counts and quotes above each line. Its score is that of its lines on three tenths of the companies, which it was not
    learned from; what a model makes of the draft tells: enrich what-if --icp icp.learned.yaml --labels FILE.

    Exit status: 0, 1 when nothing tells the lists apart, 2 for too few companies or unusable input.
    """
    import asyncio  # noqa: PLC0415 - `enrich --help` stays quick

    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.artifacts.icp.profile import load_profile  # noqa: PLC0415
    from enrichment_assets.evaluation.learning.learning import TooFewError, learn_profile  # noqa: PLC0415
    from enrichment_assets.evaluation.learning.stored_evidence import gather  # noqa: PLC0415

    settings = state_settings(sandbox=sandbox)
    if not settings.dagster_home.is_dir():
        raise click.UsageError(f"nothing was enriched here yet ({settings.dagster_home} does not exist)")
    for path in (output, held_out):
        if path is not None and path.exists():
            raise click.UsageError(f"{path} exists: move it away, or name another file")
    companies, both = _companies(won, lost, settings)
    gathered = asyncio.run(gather(settings, load_catalog(settings), companies))
    _say_what_there_is(gathered, companies, both, (won, lost), sandbox=sandbox)
    try:
        learned = learn_profile(gathered.known, load_profile(settings))
    except TooFewError as error:
        say(f"enrich learn-icp: {error}", err=True)
        raise SystemExit(UNUSABLE) from None
    if learned.draft is not None:
        output.write_text(learned.draft, encoding="utf-8")
    if held_out is not None:
        rows = "".join(f"{one.domain},{'fit' if one.won else 'not_fit'}\n" for one in learned.test)
        held_out.write_text(f"domain,label\n{rows}", encoding="utf-8")
    _show(learned, output)
    tell(_document(learned, gathered, both))
    raise SystemExit(int(learned.draft is None))


def _companies(won: Path, lost: Path, settings: "Settings") -> "tuple[dict[Company, bool], int]":
    """Each company of one list with whether it was won; and how many stand in both, which say nothing."""
    won_ones, lost_ones = (list(usable_list(path, settings).companies) for path in (won, lost))
    both = {one.domain for one in won_ones} & {one.domain for one in lost_ones}
    named = [(one, True) for one in won_ones] + [(one, False) for one in lost_ones]
    return {one: is_won for one, is_won in named if one.domain not in both}, len(both)


def _say_what_there_is(
    gathered: "Gathered",
    companies: "dict[Company, bool]",
    both: int,
    lists: tuple[Path, Path],
    *,
    sandbox: bool,
) -> None:
    lacking = set(gathered.without)
    for name, is_won, path in zip(("won", "lost"), (True, False), lists, strict=True):
        mine = [one for one, belongs in companies.items() if belongs is is_won]
        without = sum(one.domain in lacking for one in mine)
        say(f"{name + ':':6}{len(mine)} companies, {len(mine) - without} with a stored page that can be read.")
        if without:
            run = f"enrich run {'--sandbox ' if sandbox else ''}--file {path} --only icp"
            say(f"      {without} have none and are left out; this looks for them: {run}")
    if both:
        say(f"{both} companies stand in both lists and are left out.")


def _show(learned: "Learned", output: Path) -> None:
    from enrichment_assets.evaluation.learning.draft import told  # noqa: PLC0415

    train, test = learned.train, learned.test
    won, held = sum(one.won for one in train), sum(one.won for one in test)
    say(f"Learned from {won} won and {len(train) - won} lost; held out: {held} won and {len(test) - held} lost.")
    say(f"\n{len(learned.found)} traits tell them apart" + (", the strongest first:" if learned.found else "."))
    for lift in learned.found[:MOST_SHOWN]:
        say(plain(f"  {lift.trait.kind:10}{told(lift)}"))
    if learned.draft is None:
        say("\nNo draft was written: nothing that a home page shows tells these lists apart.")
        return
    lines = learned.rules.lines
    musts = sum(line.section == "must_haves" for line in lines)
    say(f"\nWrote {output}: {musts} must-haves and {len(lines) - musts} disqualifiers, each with its quotes.")
    say("On the companies held out:")
    for name, rates in (("these lines", learned.held_out), ("stored verdicts", learned.present)):
        say(f"  {name:17}precision {_rate(rates[0])}, recall {_rate(rates[1])}")
    say("Nobody was called, and nothing was paid. Read the draft before you use it: every line of it is a guess.")


def _rate(rate: "Rate") -> str:
    low, high = rate.interval
    share = "-" if rate.share is None else f"{rate.share:.1%}"
    return f"{share} ({rate.hits} of {rate.of}; 95%: {low:.1%} to {high:.1%})"


def _document(learned: "Learned", gathered: "Gathered", both: int) -> LearnedProfile:
    def score(rates: "Sequence[Rate]") -> dict[str, Share]:
        return {name: share_of(rate) for name, rate in zip(("precision", "recall"), rates, strict=True)}

    return LearnedProfile(
        won=sum(one.won for one in gathered.known),
        lost=sum(not one.won for one in gathered.known),
        without_a_page=list(gathered.without),
        in_both_lists=both,
        traits=[
            LearnedTrait(
                kind=lift.trait.kind,
                trait=str(lift.trait),
                won_with=lift.won_with,
                won=lift.won,
                lost_with=lift.lost_with,
                lost=lift.lost,
                log_odds=lift.log_odds,
                chance=lift.chance,
            )
            for lift in learned.found
        ],
        draft=learned.draft,
        held_out=score(learned.held_out),
        stored_verdicts=score(learned.present),
    )
