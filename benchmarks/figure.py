"""One measured figure beside what it is compared with."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """``reached`` is what the target is compared with: a share, a ratio or a rate, named by ``unit``."""

    name: str
    measured: str
    baseline: str
    reached: float
    unit: str
    target: float
    at_most: bool = False
    """The target is a ceiling."""

    @property
    def ok(self) -> bool:
        return self.reached <= self.target if self.at_most else self.reached >= self.target

    def document(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok}
