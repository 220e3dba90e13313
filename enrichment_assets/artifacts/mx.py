"""Can this company receive mail?"""

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts.artifact import Artifact, Value, Work, digest
from enrichment_assets.settings import Settings


class Exchange(BaseModel):
    """One MX host with its preference (lower is tried first)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    host: str
    preference: int


class Mx(Value):
    """Whether the domain takes mail, and who runs its mail. SERVFAIL and timeouts are never a value: they FAIL."""

    accepts_mail: bool
    kind: Literal["mx", "implicit_mx", "null_mx", "no_mail", "nxdomain"]
    reason: str = Field(description="One sentence for a person.")
    exchanges: tuple[Exchange, ...] = ()
    mailbox_provider: str | None = Field(None, description="Google Workspace, Microsoft 365, Zoho, ...")
    security_gateway: str | None = Field(None, description="Proofpoint, Mimecast, ...")
    domain_kind: Literal["company", "free_mail", "disposable"] = "company"
    volatile: ClassVar[frozenset[str]] = frozenset()


async def produce(work: Work) -> Mx:
    """Ask DNS."""
    raise NotImplementedError


def version(_settings: Settings) -> str:
    """Only the code decides."""
    return digest("mx", MX.code_version)


MX: Artifact[Mx] = Artifact(
    name="mx",
    model=Mx,
    produce=produce,
    description="Can the company receive mail, and who runs its mail.",
    version=version,
    answer=lambda value: "accepts" if value.accepts_mail else "rejects",
    preview=lambda value: {"kind": value.kind, "provider": value.mailbox_provider},
    fresh_for=timedelta(days=30),
    kinds=("dns",),
)
