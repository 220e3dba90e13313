"""What each provider would invoice."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass
class Line:
    """One provider. Summed in decimals, so that a bill of many small calls adds up to the last digit."""

    calls: int = 0
    usd: Decimal = Decimal(0)
    tokens: int = 0
    statuses: Counter[str] = field(default_factory=Counter)


@dataclass
class Bill:
    """All providers."""

    lines: dict[str, Line] = field(default_factory=dict)

    def book(self, provider: str, usd: float, status: str, tokens: int = 0) -> None:
        """Count one call, what it costs in US dollars, and a model's tokens."""
        line = self.lines.get(provider)
        if line is None:
            line = self.lines[provider] = Line()
        line.calls += 1
        line.statuses[status] += 1
        line.tokens += tokens
        if usd:
            line.usd += Decimal(repr(usd))

    def report(self) -> dict[str, dict[str, Any]]:
        """Provider to calls, US dollars, a model's tokens, and answers by status (by fault, where none was given)."""
        return {
            provider: {
                "calls": line.calls,
                "usd": float(line.usd),
                "statuses": dict(line.statuses),
                **({"tokens": line.tokens} if line.tokens else {}),
            }
            for provider, line in sorted(self.lines.items())
        }
