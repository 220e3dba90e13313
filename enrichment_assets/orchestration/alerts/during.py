"""What a run tells while it goes on, and at its end: the budget, a provider that is down, what came out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from sqlalchemy import Engine

from enrichment_assets.core.digest import digest
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import CompanyResult
from enrichment_assets.orchestration.alerts.message import Alert
from enrichment_assets.orchestration.alerts.sending import send

DOWN: Final = "not asked, it is down"
"""What a failure says that an open circuit caused."""
WARN_AT: Final = 0.8


class RunAlerts:
    """The alerts of one run, posted in a thread of their own."""

    def __init__(self, settings: Settings, state: Engine, run_id: str, budget_usd: float | None) -> None:
        self._settings = settings
        self._state = state
        self._run_id = run_id
        self._budget_usd = budget_usd
        self._told: set[str] = set()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="alerts")
        self.wanted = settings.enrichment_alert_webhook is not None

    def finished(self, company: CompanyResult, spent_usd: float) -> None:
        """One company is done; so much the run has spent by now."""
        if not self.wanted:
            return
        cap = self._budget_usd
        if cap and spent_usd >= WARN_AT * cap:
            self._tell("budget", lambda key: Alert(key, "budget", f"80% of the run's ${cap:.2f} is spent"))
        for name, node in company.nodes.items():
            if DOWN in node.reason and not node.waiting:
                said = f"{name} cannot be made", node.reason
                self._tell(f"down:{name}", lambda key, said=said: Alert(key, "provider_down", *said))  # type: ignore[misc]

    def over(self, *, failed: bool, out_of_money: int, text: str, warning: str | None = None) -> None:
        """The run is over. ``out_of_money``: companies that its cap left; ``warning``: of the webhook's lifetime."""
        if not self.wanted:
            return
        if out_of_money:
            title = f"The run's budget is used up: {out_of_money} companies were left"
            self._tell("budget 100", lambda key: Alert(key, "budget", title))
        if warning:
            # The same for all runs over one webhook, until the next share is reached.
            key = f"lifetime:{digest(self._settings.clay_webhook_url, warning.partition('(')[0])}"
            self._post(Alert(key, "webhook_lifetime", warning))
        self._post(ended(self._run_id, failed=failed, text=text))

    def close(self) -> None:
        """Wait until everything is posted, or has failed to be."""
        self._thread.shutdown(wait=True)

    def _tell(self, what: str, make: Callable[[str], Alert]) -> None:
        if what not in self._told:
            self._told.add(what)
            alert = make(f"{what}:{self._run_id}")
            self._post(Alert(alert.key, alert.event, alert.title, alert.text, self._run_id))

    def _post(self, alert: Alert) -> None:
        self._thread.submit(send, alert, self._settings, self._state)


def ended(run_id: str, *, failed: bool, text: str) -> Alert:
    """The alert for a run that is over; one for each run."""
    title = f"Run {run_id[:8]} {'failed' if failed else 'has finished'}"
    return Alert(f"ended:{run_id}", "run_failed" if failed else "run_finished", title, text, run_id)
