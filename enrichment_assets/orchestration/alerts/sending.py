"""Alerts on their way: each event once, a few attempts, and never in the way of what it tells about."""

import logging
import time
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine

from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.alerts.message import Alert, body
from enrichment_assets.storage.history.alerts import SentAlerts

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 10.0
PAUSES_S: Final = (0.0, 1.0, 3.0)
"""Before each attempt."""


def send(alert: Alert, settings: Settings, state: Engine) -> bool:
    """Post an alert, unless it was posted already or nobody wants any; whether it was posted now. Never raises for it.

    What cannot be posted may be tried again by the next who notices the event.
    """
    url = settings.enrichment_alert_webhook
    if url is None:
        return False
    import httpx  # noqa: PLC0415 - most runs tell nobody

    sent = SentAlerts(state)
    if not sent.claim(alert.key):
        return False
    why = ""
    for pause_s in PAUSES_S:
        time.sleep(pause_s)
        try:
            answer = httpx.post(url, json=body(alert, settings, datetime.now(UTC)), timeout=TIMEOUT_S)
        except httpx.HTTPError as error:
            why = type(error).__name__
            continue
        if answer.is_success:
            return True
        why = f"HTTP {answer.status_code}"
        if answer.is_client_error and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            break
    sent.give_back(alert.key)
    log.warning("The alert “%s” could not be posted to ENRICHMENT_ALERT_WEBHOOK: %s", alert.title, why)
    return False
