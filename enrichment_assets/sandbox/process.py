"""The handle: starts the sandbox in a process of its own, sets it up, looks at it, stops it."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final, Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from pydantic import SecretStr

from enrichment_assets.core.settings import GivenSettings, Settings
from enrichment_assets.sandbox.trouble.faults import BOARDS

SPIDER_KEY: Final = "sp-sandbox-SECRET"
OPENROUTER_KEY: Final = "sk-or-sandbox-SECRET"
SERPER_KEY: Final = "serper-sandbox-SECRET"
CLAY_TOKEN: Final = "clay-sandbox-SECRET"  # noqa: S105 - recognisable on purpose, so that tests can look for leaks
FIRECRAWL_KEY: Final = "fc-sandbox-SECRET"
BRAVE_KEY: Final = "BSA-sandbox-SECRET"
SECRETS: Final = (SPIDER_KEY, OPENROUTER_KEY, SERPER_KEY, FIRECRAWL_KEY, BRAVE_KEY, CLAY_TOKEN)
CLAY_ROUTE: Final = "/clay/v3/sources/webhook/pull-in-data-from-a-webhook-5a11d0c5-0000-4000-8000-000000000001"
_BATCH: Final = 5_000
_open: Final = build_opener(ProxyHandler({})).open
"""Whatever proxy the environment names, loopback is reached without it."""


class Sandbox(AbstractContextManager["Sandbox"]):
    """A running sandbox. As a context manager it is stopped at the end; it also ends with its parent."""

    def __init__(self, process: subprocess.Popen[bytes], http_port: int, dns_port: int) -> None:
        self._process = process
        self.http_port = http_port
        self.dns_port = dns_port

    @classmethod
    def start(
        cls,
        companies: Iterable[Mapping[str, Any]] = (),
        *,
        seed: int = 1,
        port: int = 0,
        dns_port: int = 0,
        profile: str = "instant",
    ) -> Self:
        """Start it and wait until it answers. ``companies``: mappings with ``domain`` and ``name``.

        Raises RuntimeError when the process does not come up, for instance because a port is taken.
        """
        command = [sys.executable, "-m", "enrichment_assets.sandbox.server", "--seed", str(seed), "--port", str(port),
                   "--dns-port", str(dns_port)]  # fmt: skip
        # A process group of its own: Ctrl-C is for the command, whose companies in flight still need the providers.
        process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
        )
        assert process.stdout is not None  # noqa: S101 - given by PIPE
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the sandbox did not start (exit code {process.wait()}); its message stands above")
        ports = json.loads(line)
        if said := ports.get("not_started"):
            process.communicate()
            raise RuntimeError(f"the sandbox did not start: {said}")
        sandbox = cls(process, ports["http_port"], ports["dns_port"])
        sandbox.companies(companies)
        if profile != "instant":
            sandbox.latency(profile)
        return sandbox

    def stop(self) -> None:
        """End the process."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it serves HTTP."""
        return f"http://127.0.0.1:{self.http_port}"

    def environment(self) -> dict[str, str]:
        """The settings that make the product use the sandbox, as environment variables."""
        return settings_of(self.http_port, self.dns_port)

    def settings(self, **overrides: Any) -> Settings:
        """Settings for this sandbox alone: neither ``.env`` nor the environment is read; retries are fast.

        Raises TypeError for an override that is no setting.
        """
        return settings_at(self.http_port, self.dns_port, **overrides)

    def companies(self, companies: Iterable[Mapping[str, Any]]) -> None:
        """Teach it names, or any fact of ``world.Facts``: ``{"domain": "acme.com", "site": "parked"}``."""
        listed = [dict(company) for company in companies]
        for start in range(0, len(listed), _BATCH):
            self._post("companies", listed[start : start + _BATCH])

    def company(self, domain: str, **facts: Any) -> dict[str, Any]:
        """The facts of a company, after changing those given."""
        if facts:
            self.companies([{"domain": domain, **facts}])
        return dict(self._get(f"company?domain={domain}"))

    def faults(self, faults: Mapping[str, Any], seed: int = 1) -> None:
        """Replace all faults; see ``faults.py`` for the form and the names."""
        self._post("faults", {"faults": dict(faults), "seed": seed})

    def faults_happened(self) -> dict[str, dict[str, int]]:
        """Provider to fault to how often it happened."""
        return dict(self._get("faults"))

    def limits(self, limits: Mapping[str, Mapping[str, float]]) -> None:
        """Token buckets: ``{"serper": {"rate": 50, "burst": 50, "concurrent": 10}}``. Traffic counts start anew."""
        self._post("limits", dict(limits))

    def traffic(self) -> dict[str, dict[str, Any]]:
        """What arrived per provider: totals, by second, accepted, refused, peak in flight."""
        return dict(self._get("limits"))

    def latency(self, profile: str | Mapping[str, float], seed: int = 1) -> None:
        """``instant``, ``realistic`` or seconds per provider."""
        self._post("latency", {"profile": profile if isinstance(profile, str) else dict(profile), "seed": seed})

    def lost(self, usd: Mapping[str, float]) -> None:
        """What each provider invoices for an answer that cannot be read (default 0)."""
        self._post("lost", dict(usd))

    def bill(self) -> dict[str, dict[str, Any]]:
        """Provider to ``calls``, ``usd`` and ``statuses``."""
        return dict(self._get("bill"))

    def received(self, after: int = 0) -> list[dict[str, Any]]:
        """The rows the loopback Clay has: ``headers``, ``body``, ``at`` (unix time), ``path``."""
        return list(self._get(f"received?after={after}"))

    def clay(self, **options: Any) -> dict[str, int]:
        """Set any of ``token, lifetime, dedupe_on, acknowledges, submissions``; returns submissions and rows."""
        if options:
            self._post("clay", options)
        return dict(self._get("clay"))

    def page(self, domain: str, html: str | None = None, **options: Any) -> None:
        """Put a page of one's own on a site: ``path``, ``status``, ``content_type``, ``location``, ``base64``."""
        self._post("pages", {"domain": domain, **({"html": html} if html is not None else {}), **options})

    def mx(self, answers: Mapping[str, Any]) -> None:
        """DNS answers by name: ``[[10, "host"], …]``, a word such as ``null_mx``, or ``{"mx": …, "a": […]}``."""
        self._post("dns", dict(answers))

    def boards(self, bodies: Mapping[str, Mapping[str, Any]]) -> None:
        """Board answers by board and slug: a JSON document, a text, or ``{"body": …, "status": …}``."""
        self._post("boards", dict(bodies))

    def today(self, today: str | None) -> None:
        """Move the world's calendar (ISO date); None is the real one."""
        self._post("clock", {"today": today})

    def reset(self) -> None:
        """Forget everything but the companies' names."""
        self._post("reset", {})

    def _get(self, path: str) -> Any:
        with _open(f"{self.url}/_sandbox/{path}", timeout=30) as response:
            return json.load(response)

    def _post(self, path: str, document: Any) -> None:
        request = Request(f"{self.url}/_sandbox/{path}", json.dumps(document).encode(), method="POST")  # noqa: S310
        try:
            with _open(request, timeout=30):
                return
        except HTTPError as error:
            raise ValueError(json.load(error)["error"]) from None


def settings_at(http_port: int, dns_port: int, **overrides: Any) -> Settings:
    """The settings that use a sandbox on these ports. Raises TypeError for an override that is no setting."""
    if unknown := overrides.keys() - Settings.model_fields:
        raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {name.lower(): value for name, value in settings_of(http_port, dns_port).items()}
    for name in [name for name in values if name.endswith(("_api_key", "_webhook_token"))]:
        values[name] = SecretStr(values[name])
    values |= _FAST | overrides
    return GivenSettings(**{name: v for name, v in values.items() if name in Settings.model_fields})


def settings_of(http_port: int, dns_port: int) -> dict[str, str]:
    """The settings that make the product use a sandbox on these ports, as environment variables."""
    url = f"http://127.0.0.1:{http_port}"
    variables = {
        "OPENROUTER_API_KEY": OPENROUTER_KEY,
        "OPENROUTER_BASE_URL": f"{url}/openrouter/api/v1",
        "SPIDER_API_KEY": SPIDER_KEY,
        "SPIDER_BASE_URL": f"{url}/spider",
        "SERPER_API_KEY": SERPER_KEY,
        "SERPER_BASE_URL": f"{url}/serper",
        "FIRECRAWL_API_KEY": FIRECRAWL_KEY,
        "FIRECRAWL_BASE_URL": f"{url}/firecrawl",
        "BRAVE_API_KEY": BRAVE_KEY,
        "BRAVE_BASE_URL": f"{url}/brave",
        "CLAY_WEBHOOK_URL": f"{url}{CLAY_ROUTE}",
        "CLAY_WEBHOOK_TOKEN": CLAY_TOKEN,
        "DNS_NAMESERVERS": f"127.0.0.1:{dns_port}",
        "ENRICHMENT_SANDBOX": f"127.0.0.1:{http_port}",
    }
    for board in BOARDS:
        slug = "/{slug}" if board in _SLUG_HOSTS else ""
        variables[f"{board.upper().replace('-', '_')}_BASE_URL"] = f"{url}/{board}{slug}"
    return variables


_SLUG_HOSTS: Final = frozenset(("recruitee", "personio", "teamtailor"))
_FAST: Final[dict[str, Any]] = {
    "dagster_home": ".state",
    "retry_base_delay_s": 0.02,
    "webhook_retry_delay_s": 0.05,
    "dns_timeout_s": 2.0,
    "openrouter_timeout_s": 10.0,
    "spider_timeout_s": 10.0,
    "serper_timeout_s": 10.0,
    "firecrawl_timeout_s": 10.0,
    "brave_timeout_s": 10.0,
    "web_timeout_s": 10.0,
    "webhook_timeout_s": 10.0,
    "openrouter_requests_per_s": 5_000.0,
    "spider_requests_per_s": 5_000.0,
    "serper_requests_per_s": 5_000.0,
    "firecrawl_requests_per_s": 5_000.0,
    "brave_requests_per_s": 5_000.0,
    "webhook_requests_per_s": 5_000.0,
    "webhook_burst": 5_000,
    "webhook_lifetime_submissions": 0,
    "dns_requests_per_s": 5_000.0,
    "web_requests_per_s": 5_000.0,
    "web_requests_per_s_per_host": 1_000.0,
    "board_requests_per_s": 5_000.0,
    "board_in_flight": 200,
    "spider_in_flight": 200,
    "serper_in_flight": 200,
    "firecrawl_in_flight": 200,
    "brave_in_flight": 200,
    "openrouter_in_flight": 200,
    "webhook_in_flight": 200,
}
