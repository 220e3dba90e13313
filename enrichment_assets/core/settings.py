"""Every setting of the product: its name, its default, its meaning.

Values come from the environment or from ``.env`` in the current directory (the environment wins). Nothing else in
the package reads the environment. ``.env.example`` lists the same names and is tested against this module.
"""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict


def _header_value(secret: SecretStr) -> SecretStr:
    """What goes into a header: an invisible or typographic character would fail in every call instead of here."""
    value = secret.get_secret_value().strip()
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("it holds a character that no key has; copy it again")
    return SecretStr(value)


def _http_url(given: str) -> str:
    url = given.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise ValueError("it is not an address that starts with https:// (or http://)")
    return url


def _loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _readable_on_the_way(url: str | None) -> bool:
    """Whether others than the two ends can read what is sent there."""
    parts = urlsplit(url or "")
    return parts.scheme == "http" and not _loopback(parts.hostname)


def nameserver(text: str) -> tuple[str, int]:
    """Address and port of ``ip``, ``ip:port`` or ``[ipv6]:port``. Raises ValueError for anything else."""
    host, _, port = text.rpartition(":") if text.count(":") == 1 or "]:" in text else (text, "", "53")
    host = host.strip("[]")
    try:
        ipaddress.ip_address(host)
        number = int(port)
    except ValueError:
        raise ValueError(f"{text!r} is not ip:port") from None
    if not 0 < number < 65_536:
        raise ValueError(f"{text!r}: there is no port {number}")
    return host, number


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: a loopback address, or ``localhost``."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _contact(text: str) -> str:
    if not re.fullmatch(r"[!-'*-~]{1,200}", text.strip()):
        raise ValueError("it is not a mail address or URL: at most 200 ASCII characters, no blanks, no parentheses")
    return text.strip()


Contact = Annotated[str, AfterValidator(_contact)]
Key = Annotated[SecretStr, AfterValidator(_header_value)]
Url = Annotated[str, AfterValidator(_http_url)]


SECRET_ADDRESSES = (
    "clay_webhook_url",
    "enrichment_alert_webhook",
    "enrichment_state_db",
    "enrichment_store",
    "enrichment_answers",
)
"""Settings that are shown nowhere, though they are no keys: an address may hold a password, or be one."""


class Settings(BaseSettings):
    """The settings of one process. Field names are the environment's names in lower case."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    openrouter_api_key: Key | None = Field(None, description="Key of OpenRouter: https://openrouter.ai/keys")
    openrouter_base_url: Url = Field(
        "https://openrouter.ai/api/v1", description="Any OpenAI-compatible endpoint works here."
    )
    openrouter_model: str = Field("openai/gpt-4o-mini", description="The model that judges companies.")
    openrouter_fallback_model: str = Field(
        "google/gemini-2.5-flash",
        description="Asked when an answer cannot be read. Unset, elsewhere than at OpenRouter: the same model.",
    )
    openrouter_requests_per_s: float = Field(50.0, gt=0, description="Ceiling of LLM calls per second.")
    openrouter_in_flight: int = Field(100, gt=0, description="Ceiling of LLM calls at the same time.")
    openrouter_prompt_usd_per_mtok: float | None = Field(
        None, ge=0, description="Price of a million prompt tokens, USD. Needed, with the next, for unlisted models."
    )
    openrouter_completion_usd_per_mtok: float | None = Field(
        None, ge=0, description="Price of a million completion tokens, USD. Default: the table in providers/prices.py."
    )
    openrouter_lost_usd: float | None = Field(
        None, ge=0, description="Booked for an LLM call without a readable answer. Default: its prompt's list price."
    )
    openrouter_timeout_s: float = Field(
        120.0, gt=0, description="Whole LLM call, in seconds. Unset, a model on this machine is given what it needs."
    )
    openrouter_context_tokens: int | None = Field(
        None, ge=1_000, description="Tokens the model can read, where they are few: pages are cut to fit."
    )
    openrouter_extra_body: dict[str, Any] = Field(
        {}, description='JSON added to each request: {"reasoning_effort": "low"}; null leaves a field out.'
    )

    spider_api_key: Key | None = Field(None, description="Key of Spider: https://spider.cloud/api-keys")
    spider_base_url: Url = Field("https://api.spider.cloud", description="Spider's API.")
    spider_requests_per_s: float = Field(
        8.0, gt=0, description="Spider's plan: Starter 1.6 (100/min), Growth 8.3 (500/min), Enterprise more."
    )
    spider_in_flight: int = Field(20, gt=0, description="Spider's plan: Starter 5, Growth 20.")
    spider_timeout_s: float = Field(60.0, gt=0, description="Whole Spider call, in seconds.")

    serper_api_key: Key | None = Field(None, description="Key of Serper: https://serper.dev/api-key")
    serper_base_url: Url = Field("https://google.serper.dev", description="Serper's API.")
    serper_requests_per_s: float = Field(50.0, gt=0, description="Serper's plan: 50, 100, 200 or 300 per second.")
    serper_in_flight: int = Field(50, gt=0, description="Ceiling of Serper calls at the same time.")
    serper_usd_per_credit: float = Field(0.001, ge=0, description="What one Serper credit costs in your plan, USD.")
    serper_timeout_s: float = Field(30.0, gt=0, description="Whole Serper call, in seconds.")

    clay_webhook_url: Url | None = Field(
        None, repr=False, description="Where payloads are pushed: a Clay table's webhook, or any HTTP endpoint."
    )
    clay_webhook_token: Key | None = Field(None, description="Sent as x-clay-webhook-auth.")
    webhook_requests_per_s: float = Field(10.0, gt=0, description="Clay takes 10 records per second per workspace.")
    webhook_burst: int = Field(20, gt=0, description="Clay's burst.")
    webhook_in_flight: int = Field(20, gt=0, description="Ceiling of pushes at the same time.")
    webhook_max_bytes: int = Field(100_000, gt=0, description="Largest payload; larger ones are trimmed.")
    webhook_lifetime_submissions: int = Field(
        50_000, ge=0, description="Submissions one webhook takes for life (Clay: 50,000); 0 means no limit."
    )
    webhook_retries: int = Field(2, ge=0, description="Further attempts after a push that was not accepted.")
    webhook_retry_delay_s: float = Field(30.0, ge=0, description="Seconds between two attempts.")
    webhook_unknown: Literal["retry", "hold"] = Field(
        "retry", description="A push without an answer: retry with the same key, or hold it for a person."
    )
    webhook_hmac_secret: SecretStr | None = Field(None, description="Signs time and body as X-Signature-256 when set.")
    webhook_callback_id: bool = Field(
        False, description="Payloads carry a callback_id that an answer can name them by."
    )
    webhook_timeout_s: float = Field(30.0, gt=0, description="Whole push, in seconds.")

    dns_nameservers: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="ip:port, comma separated. Default: the system's."
    )
    dns_requests_per_s: float = Field(500.0, gt=0, description="Ceiling of DNS questions per second.")
    dns_in_flight: int = Field(200, gt=0, description="Ceiling of DNS questions at the same time.")
    dns_timeout_s: float = Field(5.0, gt=0, description="One DNS question, all nameservers, in seconds.")

    firecrawl_api_key: Key | None = Field(None, description="Key of Firecrawl: https://firecrawl.dev")
    firecrawl_base_url: Url = Field("https://api.firecrawl.dev", description="Firecrawl's API, without /v2.")
    firecrawl_requests_per_s: float = Field(
        8.0, gt=0, description="Firecrawl's plan: Free 0.16 (10/min), Hobby 1.6 (100/min), Standard 8.3 (500/min)."
    )
    firecrawl_in_flight: int = Field(50, gt=0, description="Browsers at a time: Free 2, Hobby 5, Standard 50.")
    firecrawl_usd_per_credit: float = Field(
        0.00083, ge=0, description="What one Firecrawl credit costs in your plan, USD: Standard 83 for 100,000."
    )
    firecrawl_timeout_s: float = Field(60.0, gt=0, description="Whole Firecrawl call, in seconds.")

    brave_api_key: Key | None = Field(None, description="Key of Brave Search: https://brave.com/search/api")
    brave_base_url: Url = Field("https://api.search.brave.com", description="Brave's API.")
    brave_requests_per_s: float = Field(1.0, gt=0, description="Brave's plan: Free 1, Base 20, Pro 50 per second.")
    brave_in_flight: int = Field(20, gt=0, description="Ceiling of Brave calls at the same time.")
    brave_usd_per_request: float = Field(0.005, ge=0, description="What one Brave request costs in your plan, USD.")
    brave_timeout_s: float = Field(30.0, gt=0, description="Whole Brave call, in seconds.")

    web_timeout_s: float = Field(20.0, gt=0, description="One direct fetch, redirects included, in seconds.")
    web_requests_per_s: float = Field(100.0, gt=0, description="Ceiling of direct page fetches per second, all hosts.")
    web_in_flight: int = Field(100, gt=0, description="Ceiling of direct fetches at the same time.")
    web_requests_per_s_per_host: float = Field(1.0, gt=0, description="Politeness: direct fetches per second and host.")
    web_max_bytes: int = Field(
        20_000_000, gt=0, description="Largest board answer that is read, decompressed; of a page 5 MB."
    )

    board_requests_per_s: float = Field(10.0, gt=0, description="Ceiling of calls per second to one kind of job board.")
    board_in_flight: int = Field(10, gt=0, description="Ceiling of calls at the same time to one kind of job board.")

    retry_attempts: int = Field(
        3, gt=0, description="Attempts at one call, the first included; 2n - 1 where the rate is refused."
    )
    retry_base_delay_s: float = Field(0.5, ge=0, description="First pause between attempts; doubles, with jitter.")
    retry_after_max_s: float = Field(
        120.0, ge=0, description="Longest Retry-After that is waited for; a longer one closes the provider that long."
    )
    circuit_failures: int = Field(10, gt=0, description="Failures in a row after which a provider counts as down.")
    circuit_after_s: float = Field(5.0, ge=0, description="... if they span at least this many seconds.")
    circuit_probe_s: float = Field(5.0, gt=0, description="Seconds until a provider that is down is tried again.")

    greenhouse_base_url: Url = "https://boards-api.greenhouse.io"
    lever_base_url: Url = "https://api.lever.co"
    lever_eu_base_url: Url = "https://api.eu.lever.co"
    ashby_base_url: Url = "https://api.ashbyhq.com"
    workable_base_url: Url = "https://apply.workable.com"
    smartrecruiters_base_url: Url = "https://api.smartrecruiters.com"
    smartrecruiters_careers_base_url: Url = Field(
        "https://careers.smartrecruiters.com", description="Tells an unknown company from one without openings."
    )
    recruitee_base_url: Url = Field("https://{slug}.recruitee.com", description="{slug} is the company's board.")
    personio_base_url: Url = Field("https://{slug}.jobs.personio.de", description="{slug} is the company's board.")
    teamtailor_base_url: Url = Field("https://{slug}.teamtailor.com", description="{slug} is the company's board.")

    dagster_home: Path = Field(Path(".state"), description="Where Dagster keeps runs and records. Made absolute.")
    enrichment_store: str | None = Field(
        None,
        repr=False,
        description="Values and exports: a local folder, any fsspec URL, or postgresql://… for values in a table. "
        "Default: artifacts/ inside DAGSTER_HOME.",
    )
    enrichment_answers: str | None = Field(
        None,
        repr=False,
        description="Where providers' answers are kept, so that each is bought once: a local folder, any fsspec or "
        "SQLAlchemy URL, or off. Default: beside the values.",
    )
    enrichment_answer_max_bytes: int = Field(
        5_000_000, gt=0, description="Largest answer that is kept, compressed; a larger one is bought again."
    )
    enrichment_state_db: str | None = Field(
        None,
        repr=False,
        description="SQLAlchemy URL of outbox, leases and names. Default: enrichment.db inside DAGSTER_HOME.",
    )
    enrichment_pages: Annotated[tuple[str, ...], NoDecode] = Field(
        ("spider",),
        validation_alias=AliasChoices("enrichment_pages", "website_source"),  # the second is its name in 0.1
        description="Who fetches pages: spider, direct (free), firecrawl. Several are a ladder (direct,spider): the "
        "next is asked only where the one before met a wall, an empty page or an error.",
    )
    enrichment_search: str = Field("serper", description="Who searches: serper or brave.")
    enrichment_llm: str = Field("openrouter", description="Who judges: openrouter, or any endpoint of that kind.")
    enrichment_destination: str = Field("webhook", description="Where payloads go: webhook (Clay's or any other).")
    enrichment_artifacts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="What is looked for: mx,website,careers are these alone; -news,-linkedin is all but these. "
        "Default: everything.",
    )
    enrichment_icp_profile: Path = Field(Path("icp.yaml"), description="The Ideal Customer Profile.")
    enrichment_questions_dir: Path = Field(
        Path("questions"), description="The folder of your own questions, one YAML file each."
    )
    enrichment_parallel: int = Field(30, gt=0, description="Companies in flight at the same time.")
    enrichment_budget_usd: float | None = Field(None, ge=0, description="Cap on what one run may spend, USD.")
    enrichment_ask_above_usd: float = Field(
        5.0, ge=0, description="`enrich run` asks at a terminal before it starts what may cost more, USD."
    )
    enrichment_list_budget_usd: float | None = Field(
        None, ge=0, description="Cap on what all runs over one stored list may spend in a day (UTC), USD."
    )
    enrichment_daily_budget_usd: float | None = Field(
        None, ge=0, description="Cap on what all runs together may spend in a day (UTC), USD."
    )
    enrichment_company_budget_usd: float = Field(
        0.25, gt=0, description="Cap on what one company may cost in one run, USD."
    )
    enrichment_unclear_passes: bool = Field(False, description="An unclear ICP verdict opens the ICP gate.")
    enrichment_push_incomplete: bool = Field(
        False, description="Push companies whose linkedin, careers or news failed, with the hole named."
    )
    enrichment_grace_s: float = Field(
        20.0, ge=0, description="After Ctrl-C or Terminate: seconds the companies in flight have to finish."
    )
    enrichment_readers: int | None = Field(
        None, gt=0, description="Processes that read what strangers wrote. Default: one per core, at most 4."
    )
    enrichment_reader_s: float = Field(
        2.0, gt=0, description="Processor seconds in which one page, feed or result must be read."
    )
    enrichment_reader_mb: int = Field(512, gt=0, description="Memory in which it must be read, MB.")
    enrichment_backfill_companies_per_run: int | None = Field(
        None, gt=0, description="Cut backfills into runs of so many companies. Default: one run per backfill."
    )
    enrichment_keep_page_text_days: int | None = Field(
        None,
        ge=0,
        description="`enrich prune` drops the text of pages read longer ago, and answers as old. Default: kept.",
    )
    enrichment_user_agent_contact: Contact | None = Field(
        None,
        description="Whom a website's owner may write to: an address or URL, sent with every direct fetch. "
        "Default: the project's page.",
    )
    enrichment_csv_dir: Path = Field(Path("data"), description="The CSV sensor watches *.csv in this directory.")
    enrichment_csv_companies_per_run: int = Field(
        10_000, gt=0, description="A dropped CSV of more companies becomes several runs."
    )
    enrichment_sensor_daily_budget_usd: float = Field(
        5.0,
        ge=0,
        validation_alias=AliasChoices(
            "enrichment_sensor_daily_budget_usd",
            "enrichment_refresh_daily_budget_usd",  # in 0.1
        ),
        description="What runs that sensors start (dropped CSVs, refresh) may spend in 24 hours, USD.",
    )
    enrichment_refresh_assets: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Assets the refresh sensor keeps fresh, comma separated. Default: none, it spends money."
    )
    enrichment_refresh_max_companies: int = Field(
        1_000, gt=0, description="Companies the refresh sensor takes in one run."
    )
    enrichment_sandbox: str | None = Field(
        None,
        description="ip:port of a running sandbox, on loopback. Nothing but loopback is reached then.",
    )
    enrichment_alert_webhook: Url | None = Field(
        None, repr=False, description="Who is told of failed and stalled runs, budgets, checks: Slack or any webhook."
    )
    enrichment_alert_digest: Literal["run", "daily", "off"] = Field(
        "run", description="When it is told what came out: after each run, once a day (UTC), or never."
    )
    enrichment_alert_stalled_minutes: float = Field(
        15.0, gt=0, description="Minutes without anything recorded after which a run counts as stalled."
    )
    enrichment_metrics_file: Path | None = Field(
        None, description="What `health` observes, in Prometheus's text format, after each run and hourly."
    )
    enrichment_check_fresh_share: float = Field(
        1.0, ge=0, le=1, description="Share of companies that must be fresh for an asset's check to pass."
    )
    enrichment_check_failed_share: float = Field(
        0.05, ge=0, le=1, description="Share of companies that may have a failure for the check of `health` to pass."
    )
    enrichment_check_usd_per_qualified: float | None = Field(
        None, gt=0, description="What a company that qualifies may cost for the check of `health` to pass, USD."
    )
    enrichment_code_location: str = Field(
        "enrichment_assets.definitions",
        description="The code location's name in Dagster's workspace: by it the UI re-executes runs of `enrich run`.",
    )
    enrichment_ui_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Further names `enrich ui` answers to, comma separated: those of a proxy before it."
    )

    @field_validator(
        "dns_nameservers",
        "enrichment_pages",
        "enrichment_artifacts",
        "enrichment_refresh_assets",
        "enrichment_ui_hosts",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("dns_nameservers")
    @classmethod
    def _nameservers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            nameserver(text)
        return value

    @model_validator(mode="after")
    def _sandbox_alone(self) -> Self:
        """A sandbox that is mixed with real settings, by a ``.env`` for instance, is refused."""
        sandbox = self.enrichment_sandbox
        if sandbox is None:
            return self
        if not is_loopback(nameserver(sandbox)[0]):
            raise ValueError(f"ENRICHMENT_SANDBOX is {sandbox}, which is not on loopback")
        if not all(is_loopback(nameserver(text)[0]) for text in self.dns_nameservers):
            raise ValueError("ENRICHMENT_SANDBOX is set, and DNS_NAMESERVERS is not on loopback")
        if self.clay_webhook_url and urlsplit(self.clay_webhook_url).netloc != sandbox:
            raise ValueError("ENRICHMENT_SANDBOX is set, and CLAY_WEBHOOK_URL is not at the sandbox")
        if self.enrichment_alert_webhook and not is_loopback(urlsplit(self.enrichment_alert_webhook).hostname or ""):
            raise ValueError("ENRICHMENT_SANDBOX is set, and ENRICHMENT_ALERT_WEBHOOK is not on loopback")
        for name in ("enrichment_store", "enrichment_state_db", "enrichment_answers"):
            if getattr(self, name) not in (None, "off"):
                raise ValueError(f"ENRICHMENT_SANDBOX is set: its state is in DAGSTER_HOME, so unset {name.upper()}")
        return self

    @field_validator(
        "openrouter_base_url", "spider_base_url", "serper_base_url", "firecrawl_base_url", "brave_base_url"
    )
    @classmethod
    def _no_key_in_the_clear(cls, value: str, info: ValidationInfo) -> str:
        key = f"{str(info.field_name).partition('_')[0]}_api_key"
        if info.data.get(key) and _readable_on_the_way(value):
            raise ValueError(f"it is http://, so {key.upper()} could be read on the way: use https:// (or loopback)")
        return value

    @field_validator("clay_webhook_token")
    @classmethod
    def _no_token_in_the_clear(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value and _readable_on_the_way(info.data.get("clay_webhook_url")):
            raise ValueError("CLAY_WEBHOOK_URL is http://, so it could be read on the way: use https:// (or loopback)")
        return value

    @field_validator("dagster_home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def store_url(self) -> str:
        """Where values live."""
        return self.enrichment_store or str(self.dagster_home / "artifacts")

    @property
    def exports_url(self) -> str:
        """Where files go (exports, reports, lists): with the values, or in the home where those are in a database."""
        in_files = not self.store_url.startswith("postgres")
        return self.store_url if in_files else str(self.dagster_home / "artifacts")

    @property
    def answers_url(self) -> str | None:
        """Where answers of providers are kept; None: nowhere."""
        return None if self.enrichment_answers == "off" else self.enrichment_answers or self.store_url

    @property
    def state_db_url(self) -> str:
        """Where the outbox, the leases and the company names live."""
        return self.enrichment_state_db or f"sqlite:///{self.dagster_home / 'enrichment.db'}"


class GivenSettings(Settings):
    """Settings that are what they are given and defaults else: no environment, no ``.env``."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given."""
        return (init_settings,)
