"""One alert as Slack's incoming webhooks and as anything else that takes JSON want it. It holds no secret."""

from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from enrichment_assets.core.settings import SECRET_ADDRESSES, Settings

Event = Literal[
    "run_failed",
    "run_finished",
    "run_stalled",
    "budget",
    "provider_down",
    "webhook_lifetime",
    "checks_failed",
    "digest",
]
SLACK: Final = "hooks.slack.com"
LONGEST: Final = 2_900
"""Characters; Slack takes 3,000 in a section (https://docs.slack.dev/reference/block-kit/blocks/section-block)."""
SHORTEST_SECRET: Final = 6


@dataclass(frozen=True, slots=True)
class Alert:
    """``key`` is the event's: it is told once. ``title`` is a line, ``text`` says more."""

    key: str
    event: Event
    title: str
    text: str = ""
    run_id: str | None = None


def body(alert: Alert, settings: Settings, now: datetime) -> dict[str, Any]:
    """The JSON to post."""
    title, text = (_without_secrets(said, settings) for said in (alert.title, alert.text[:LONGEST]))
    whole = f"{title}\n{text}".strip()
    if urlsplit(settings.enrichment_alert_webhook or "").hostname == SLACK:
        shown = f"*{_slack(title)}*\n{_slack(text)}".strip()
        return {
            "text": _slack(title),
            "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": shown}}],
        }
    return {
        "event": alert.event,
        "key": alert.key,
        "title": title,
        "text": whole,
        "run_id": alert.run_id,
        "at": now.isoformat(timespec="seconds"),
        "program": f"enrichment-assets {version('enrichment-assets')}",
    }


def _slack(text: str) -> str:
    """Slack reads <, > and & (https://docs.slack.dev/messaging/formatting-message-text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _without_secrets(text: str, settings: Settings) -> str:
    secrets = [
        value.get_secret_value()
        for name in type(settings).model_fields
        if isinstance(value := getattr(settings, name), SecretStr)
    ]
    secrets += [str(value) for name in SECRET_ADDRESSES if (value := getattr(settings, name))]
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "…")
    return text
