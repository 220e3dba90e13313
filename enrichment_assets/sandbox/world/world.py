"""What is true about each company in the sandbox. The providers only tell parts of it, each in its own way.

Every fact follows from the seed and the domain alone, so that any process with the same seed serves the same world,
in any order of questions. Only job openings and news move, with the calendar.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

from enrichment_assets.companies import suffixes
from enrichment_assets.companies.company_names import core_name
from enrichment_assets.sandbox.world import vocabulary as words
from enrichment_assets.sandbox.world.dice import Dice

SEGMENTS: Final = (("software", 0.71), ("services", 0.09), ("consumer", 0.13), ("local", 0.04), ("vague", 0.03))
MAIL: Final = (
    ("google", 0.45), ("microsoft", 0.26), ("gateway", 0.06), ("host", 0.09), ("many", 0.01), ("cname", 0.01),
    ("implicit_mx", 0.025), ("null_mx", 0.015), ("no_mail", 0.03), ("nxdomain", 0.025), ("broken", 0.005),
)  # fmt: skip
SITES: Final = (
    ("normal", 0.81), ("other_path", 0.045), ("other_brand", 0.03), ("parked", 0.025), ("for_sale", 0.015),
    ("dead", 0.025), ("blocked", 0.02), ("javascript", 0.02), ("empty", 0.01),
)  # fmt: skip
CAREERS: Final = (
    ("greenhouse", 0.13), ("lever", 0.07), ("lever-eu", 0.02), ("ashby", 0.13), ("workable", 0.05),
    ("smartrecruiters", 0.03), ("recruitee", 0.03), ("personio", 0.03), ("teamtailor", 0.03), ("json_ld", 0.08),
    ("page", 0.14), ("no_openings", 0.08), ("none", 0.18),
)  # fmt: skip
LINKEDIN: Final = (("site", 0.62), ("search", 0.25), ("none", 0.13))
BOARDS: Final = frozenset(
    ("greenhouse", "lever", "lever-eu", "ashby", "workable", "smartrecruiters", "recruitee", "personio", "teamtailor")
)
CAREERS_PATHS: Final = (
    "/careers", "/jobs", "/careers", "/company/careers", "/about/careers", "/join-us", "/work-with-us", "/careers/",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """One company. The kinds are options of the tables above."""

    domain: str
    name: str
    segment: str
    what: str
    does: str
    industry: str
    buyers: tuple[str, ...]
    employees: int
    founded: int
    city: tuple[str, str, str, str]
    mail: str
    site: str
    careers: str
    careers_path: str
    board_slug: str
    board_on_home: bool
    linkedin: str
    linkedin_slug: str
    on_www: bool
    """The bare domain redirects to ``www.``."""
    former_board: str
    """A board the company left: nothing points to it, but it still answers with old openings. Mostly ""."""
    soft_404: bool
    """The site answers 200 with its home page for every path, as single-page applications do."""
    other_brand: str
    """Where the home page redirects when ``site`` is other_brand."""
    home_path: str
    """Where the home page redirects when ``site`` is other_path."""


_WORD: Final = re.compile(r"[\w&.'-]+")

FACT_NAMES: Final = frozenset(f.name for f in fields(Facts)) - {"domain"}


def spoken(name: str) -> str:
    """A name as it is looked up: its words in lower case, without brackets and commas."""
    return " ".join(_WORD.findall(name)).casefold()


@lru_cache(maxsize=65_536)
def registrable(host: str) -> str:
    """The registrable domain of a host, or the host itself where there is none."""
    host = host.rstrip(".").lower()
    return suffixes.registrable(host) or host


def slug_of(domain: str) -> str:
    """A job board's name for a company: ``acme.com`` → ``acme``, ``a-b.io`` → ``a--b-io``. ``domain_of`` undoes it."""
    text = domain.replace("-", "--").replace(".", "-")
    return text.removesuffix("-com") if text.count("-") - 2 * text.count("--") == 1 else text


def domain_of(slug: str) -> str:
    """The company a job board's slug belongs to."""
    text = slug.lower().replace("--", "\0").replace("-", ".").replace("\0", "-")
    return text if "." in text else f"{text}.com"


@dataclass
class World:
    """The companies, and what tests have changed about them. ``today`` is None for the real calendar."""

    seed: int = 1
    today: date | None = None
    names: dict[str, str] = field(default_factory=dict)
    domains_by_name: dict[str, str] = field(default_factory=dict)
    namesakes: dict[str, list[str]] = field(default_factory=dict)
    """Domain to the companies that were learnt later by the same name."""
    labels: dict[str, str] = field(default_factory=dict)
    """First label of a learnt domain to the first domain with it, which has the LinkedIn page of that name."""
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    dns: dict[str, Any] = field(default_factory=dict)
    boards: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._facts = lru_cache(maxsize=20_000)(self._generate)

    def now(self) -> datetime:
        """The world's clock, in UTC."""
        now = datetime.now(UTC)
        return now if self.today is None else datetime.combine(self.today, now.timetz())

    def company(self, host: str) -> Facts:
        """The company behind a host name; every domain has one."""
        return self._facts(registrable(host))

    def learn(self, companies: Iterable[Mapping[str, Any]]) -> int:
        """Take over names (``company_name`` or ``name``) and any facts given for domains."""
        count = 0
        for given in companies:
            domain = registrable(str(given["domain"]))
            name = str(given.get("name") or given.get("company_name") or "").strip()
            if name:
                self.names[domain] = name
                self.labels.setdefault(domain.partition(".")[0], domain)
                for spelling in (name, core_name(name)):
                    first = self.domains_by_name.setdefault(spoken(spelling), domain)
                    if first != domain and domain not in self.namesakes.setdefault(first, []):
                        self.namesakes[first].append(domain)
            facts = {key: value for key, value in given.items() if key in FACT_NAMES and key != "name"}
            if facts:
                self.changed.setdefault(domain, {}).update(facts)
            count += 1
        self._facts.cache_clear()
        return count

    def reset(self) -> None:
        """Forget what tests changed. Names that were learnt stay."""
        for changes in (self.changed, self.pages, self.dns, self.boards):
            changes.clear()
        self.today = None
        self._facts.cache_clear()

    def dice(self, domain: str) -> Dice:
        """Chance about one company."""
        return Dice(self.seed, domain)

    def _slug(self, domain: str, label: str, ending: str) -> str:
        """No two companies have one page."""
        return label + ending if self.labels.get(label, domain) == domain else domain.replace(".", "-")

    def _generate(self, domain: str) -> Facts:
        dice = Dice(self.seed, domain)
        label = domain.partition(".")[0]
        name = self.names.get(domain) or label.replace("-", " ").title()
        changed = self.changed.get(domain, {})
        segment = changed.get("segment") or dice.weighted("segment", SEGMENTS)
        offers = {
            "software": words.SOFTWARE, "services": words.SERVICES, "consumer": words.CONSUMER, "local": words.LOCAL,
        }  # fmt: skip
        what, does, industry = dice.pick("offer", offers.get(segment, words.SOFTWARE))
        business = segment in ("software", "services", "vague")
        mail = dice.weighted("mail", MAIL)
        site = "dead" if mail == "nxdomain" else dice.weighted("site", SITES)
        careers = dice.weighted("careers", CAREERS if segment != "local" else (("none", 0.8), ("page", 0.2)))
        slug = slug_of(domain)
        facts = Facts(
            domain=domain,
            name=name,
            segment=segment,
            what=what,
            does=does,
            industry=industry,
            buyers=tuple(dice.sample("buyers", words.BUYERS if business else words.CONSUMERS, 3)),
            employees=int(8 * 10 ** (dice.roll("employees") * 2.3)),
            founded=dice.whole("founded", 1996, 2024),
            city=dice.pick("city", words.CITIES),
            mail=mail,
            site=site,
            careers=careers,
            careers_path=dice.pick("careers_path", CAREERS_PATHS),
            board_slug=slug[:1].upper() + slug[1:] if careers in ("lever", "smartrecruiters") else slug,
            board_on_home=dice.roll("board_on_home") < 0.3,
            linkedin=dice.weighted("linkedin", LINKEDIN),
            linkedin_slug=self._slug(domain, label, dice.pick("linkedin_slug", ("", "", "-inc", "hq", "-io"))),
            on_www=dice.roll("www") < 0.35,
            former_board=dice.pick("former", sorted(BOARDS)) if dice.roll("moved") < 0.08 else "",
            soft_404=dice.roll("soft_404") < 0.06,
            other_brand=f"{dice.pick('other_brand', ('get', 'join', 'we-are-'))}{label}-group.com",
            home_path=dice.pick("home_path", ("/en/", "/home", "/us/en", "/en-gb")),
        )
        return replace(facts, **changed)
