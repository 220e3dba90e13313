"""The artifact ``mx``: what it adds to the payload, how it is explained, its gate."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from pydantic import Field

from enrichment_assets.artifacts.base import Artifact, ExplainLine, PayloadField, PayloadPart, Tier, Usual, Value
from enrichment_assets.artifacts.mx.artifact import Exchange, Mx, produce, summary
from enrichment_assets.artifacts.payload.schema import Line, PayloadDocument

EXCHANGES_SHOWN = 5


class MailDetails(PayloadDocument):
    """How the domain takes mail."""

    kind: Line = Field(description="mx, implicit_mx, null_mx, no_mail or nxdomain.")
    reason: Line
    exchanges: tuple[Line, ...] = Field((), description="MX hosts, first choice first.")
    security_gateway: Line | None = None
    domain_kind: Line = Field("company", description="company, free_mail or disposable.")


def _details(mx: Mx) -> MailDetails:
    return MailDetails(
        kind=mx.kind,
        reason=mx.reason,
        exchanges=tuple(exchange.host for exchange in mx.exchanges[:20]),
        security_gateway=mx.security_gateway,
        domain_kind=mx.domain_kind,
    )


def _tier(mx: Mx) -> tuple[Tier, str] | None:
    return None if mx.accepts_mail else ("DISQUALIFIED", f"takes no mail: {mx.reason}")


def explain(mx: Mx, _values: Mapping[str, Value]) -> Iterable[ExplainLine]:
    """Whether it takes mail, who runs its mail, and the hosts that say so."""
    yield ExplainLine("accepts mail", "yes" if mx.accepts_mail else "no", by=f"DNS: {mx.reason}")
    if mx.mailbox_provider or mx.security_gateway:
        yield ExplainLine("mail provider", mx.mailbox_provider or str(mx.security_gateway), by="DNS")
    for exchange in mx.exchanges[:EXCHANGES_SHOWN]:
        yield ExplainLine("exchange", f"{exchange.preference} {exchange.host}", by="DNS")
    if len(mx.exchanges) > EXCHANGES_SHOWN:
        yield ExplainLine("exchange", f"and {len(mx.exchanges) - EXCHANGES_SHOWN} more", by="DNS")


def example() -> Mx:
    """Two exchanges at one mailbox provider."""
    return Mx(
        accepts_mail=True,
        kind="mx",
        reason="2 mail exchanges, run by Google Workspace.",
        exchanges=(
            Exchange(host="aspmx.l.google.com", preference=1),
            Exchange(host="alt1.aspmx.l.google.com", preference=5),
        ),
        mailbox_provider="Google Workspace",
    )


MX: Artifact[Mx] = Artifact(
    name="mx",
    model=Mx,
    produce=produce,
    description="Can the company receive mail, and who runs its mail.",
    summary=summary,
    preview=lambda value: {
        "kind": value.kind,
        "provider": value.mailbox_provider,
        "gateway": value.security_gateway,
    },
    explain=explain,
    example=example,
    payload=PayloadPart(
        columns=(
            PayloadField("accepts_mail", bool, required=True),
            PayloadField(
                "mail_provider",
                Line | None,
                lambda mx: mx.mailbox_provider or mx.security_gateway,
                "Who runs its mail: Google Workspace, Microsoft 365, ...",
            ),
        ),
        document=PayloadField("mail", MailDetails, _details, required=True),
        judge=_tier,
    ),
    gates={"mx_pass": lambda answer, _settings: answer == "accepts"},
    ttl=timedelta(days=30),
    usual=Usual({"dns": 1.5}, passes=0.9),
    kinds=("dns",),
)
