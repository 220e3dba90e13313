"""Which call fails, and how. What each fault looks like on the wire is in ``broken.py`` and ``delivery.py``.

A specification maps a provider to faults: ``{"spider": {"http_500": 0.1}}`` by probability,
``{"serper": {"kind": "http_429", "times": 3}}`` for the first calls,
``{"dns": [{"kind": "servfail", "domains": ["acme.com"]}]}`` for given domains. Chance depends on the seed, the call
and how often that very call came before, never on the order in which calls arrive.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from enrichment_assets.sandbox.world.dice import chance


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HTTP_KINDS: Final = _words(
    """http_400 http_401 http_402 http_403 http_404 http_408 http_429 http_429_retry_after http_500 http_502 http_503
    http_503_retry_after http_504 http_524 http_529 hang reset reset_mid_body slow_drip truncated_json malformed_json
    html empty_body wrong_content_type huge_body gzip_bomb redirect_loop redirect_private error_in_200"""
)
"""Every HTTP provider, web site and board can do these."""
OWN_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "spider": _words(
        """site_401 site_402 site_403 site_404 site_429 site_500 site_503 page_310 page_524 page_525 page_526
        block_page empty_page no_content missing_costs missing_metadata jsonl"""
    ),
    "openrouter": _words(
        """http_402_in_flight http_429_upstream choice_error partial_error empty_choices null_content refusal
        content_filter blanks_then_cut prose fenced double_braces cut_at_length nonsense wrong_fields
        invented_quotes irrelevant_quotes obedient tainted_texts invented_values forged_quotes verbatim"""
    ),
    "serper": _words("out_of_credit query_pattern missing_list missing_fields"),
    "brave": _words("out_of_quota"),
    "clay": _words("accept_then_hang accept_then_reset accept_then_500 silent_drop"),
}
DNS_KINDS: Final = _words(
    """servfail nxdomain refused silence truncated truncated_no_tcp lame referral malformed wrong_id wrong_question
    slow"""
)
BOARDS: Final = (
    "greenhouse", "lever", "lever-eu", "ashby", "workable", "smartrecruiters", "recruitee", "personio", "teamtailor",
)  # fmt: skip
HOSTED_BOARDS: Final = (
    "bamboohr", "breezy", "comeet", "gem", "hibob", "jazzhr", "join", "pinpoint", "rippling", "successfactors",
    "workday",
)  # fmt: skip
"""Boards that are reached under their vendors' own hosts, and have no base address among the settings."""
PROVIDERS: Final = (
    "dns", "spider", "openrouter", "serper", "firecrawl", "brave", "clay", "sites", *BOARDS, *HOSTED_BOARDS,
)  # fmt: skip


def kinds_of(provider: str) -> frozenset[str]:
    """What can go wrong with a provider. Raises ValueError for a name that is none."""
    if provider == "dns":
        return DNS_KINDS
    if provider not in PROVIDERS:
        raise ValueError(f"no provider {provider!r}; there are {', '.join(PROVIDERS)} and boards (all of them)")
    return HTTP_KINDS | OWN_KINDS.get(provider, frozenset())


_GIVEN: Final = _words("kind probability times domains")
OPTIONS: Final = _words("seconds retry_after bytes usd location content")
"""What some kinds know beside that."""


@dataclass
class Fault:
    """One thing that goes wrong. ``options`` belong to the kind."""

    kind: str
    probability: float = 1.0
    times: int | None = None
    domains: tuple[bytes, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    happened: int = 0

    def option(self, name: str, default: Any) -> Any:
        """An option or its default."""
        return self.options.get(name, default)


class Faults:
    """The faults of all providers, and how often each happened."""

    def __init__(self) -> None:
        self._seed = 1
        self._faults: dict[str, list[Fault]] = {}
        self._calls: Counter[tuple[str, bytes]] = Counter()

    def set(self, given: Mapping[str, Any], seed: int = 1) -> None:
        """Replace all faults. Raises ValueError for a provider, kind or option that does not exist."""
        chosen: dict[str, list[Fault]] = {}
        for name, faults in given.items():
            for provider in (*BOARDS, *HOSTED_BOARDS) if name == "boards" else (name,):
                known = kinds_of(provider)
                chosen[provider] = [_fault(one) for one in _listed(faults)]
                for fault in chosen[provider]:
                    if fault.kind not in known:
                        raise ValueError(f"{provider} has no fault {fault.kind!r}; it has {', '.join(sorted(known))}")
        self._seed, self._faults, self._calls = seed, chosen, Counter()

    def draw(self, provider: str, subject: bytes) -> Fault | None:
        """What goes wrong with this call, if anything. ``subject`` is all that identifies the call."""
        faults = self._faults.get(provider)
        if not faults:
            return None
        self._calls[provider, subject] += 1
        roll = chance(self._seed, provider, subject, self._calls[provider, subject])
        lowered = subject.lower()
        for fault in faults:
            if fault.domains and not any(domain in lowered for domain in fault.domains):
                continue
            if fault.times is not None and fault.happened >= fault.times:
                continue
            if roll < fault.probability:
                fault.happened += 1
                return fault
            roll -= fault.probability
        return None

    def standing(self, provider: str, kinds: Iterable[str]) -> Fault | None:
        """A fault of these kinds that befalls every call."""
        for fault in self._faults.get(provider, ()):
            if fault.kind in kinds and fault.probability >= 1 and fault.times is None and not fault.domains:
                return fault
        return None

    def report(self) -> dict[str, dict[str, int]]:
        """Provider to fault to how often it happened."""
        return {
            provider: {fault.kind: fault.happened for fault in faults if fault.happened}
            for provider, faults in self._faults.items()
        }


def _listed(faults: Any) -> Iterable[Mapping[str, Any]]:
    if isinstance(faults, Mapping) and "kind" in faults:
        return [faults]
    if isinstance(faults, Mapping):
        return [
            {"kind": kind, **(how if isinstance(how, Mapping) else {"probability": how})}
            for kind, how in faults.items()
        ]
    return list(faults)


def _fault(given: Mapping[str, Any]) -> Fault:
    unknown = sorted(set(given) - _GIVEN - OPTIONS)
    if unknown:
        raise ValueError(f"a fault has no {', '.join(unknown)}; it has {', '.join(sorted(_GIVEN | OPTIONS))}")
    options = {key: value for key, value in given.items() if key in OPTIONS}
    return Fault(
        kind=str(given["kind"]),
        probability=float(given.get("probability", 1.0)),
        times=given.get("times"),
        domains=tuple(str(domain).lower().encode() for domain in given.get("domains", ())),
        options=options,
    )
