"""What a person can say in the launchpad about a run; descriptions are shown there."""

import dagster as dg
from pydantic import Field


class Options(dg.Config):
    """How companies are enriched, whichever way the run was started."""

    refresh: bool = Field(default=False, description="Do it all again, fresh or not.")
    budget_usd: float | None = Field(
        default=None, ge=0, description="Cap on this run, US dollars. Default: ENRICHMENT_BUDGET_USD."
    )
    parallel: int | None = Field(
        default=None, gt=0, description="Companies in flight at the same time. Default: ENRICHMENT_PARALLEL."
    )


class PartitionOptions(Options):
    """Of a partition of ``company_list``."""

    slices: int = Field(
        default=1, ge=1, description="Runs that share the list: this one, and others that it puts into the queue."
    )


class ListOptions(Options):
    """Which companies and which artifacts. Exactly one of csv_path, list_key, list_id and companies."""

    csv_path: str = Field(default="", description="A CSV of companies inside ENRICHMENT_CSV_DIR.")
    list_key: str = Field(
        default="", description="A partition of company_list. With list_id: the part of it that this run takes."
    )
    list_id: str = Field(default="", description="Stored companies: how large sets travel.")
    companies: list[str] = Field(default=[], description="A few domains.")
    assets: list[str] = Field(default=[], description="Artifacts to produce. Default: all of them.")
    without: list[str] = Field(
        default=[],
        description="Artifacts that are not looked for. Default: what ENRICHMENT_ARTIFACTS leaves out.",
    )
    inputs: str = Field(
        default="", description="Profile, questions and settings that were kept for this run. Default: those of now."
    )
