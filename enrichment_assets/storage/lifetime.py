"""How much of a webhook's life is used up: Clay's takes 50,000 submissions and then drops rows without an error."""

from dataclasses import dataclass

WARN_AT = (80, 90)
"""Percent of a webhook's lifetime submissions at which a person is warned."""
WHAT_TO_DO = "make a new webhook source in Clay and set CLAY_WEBHOOK_URL"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Submissions a webhook has had, and how many it takes for life (0: any number)."""

    submitted: int
    limit: int

    def __str__(self) -> str:
        if not self.limit:
            return f"{self.submitted} submissions so far"
        return f"{self.submitted} of {self.limit} submissions for life ({self.submitted / self.limit:.0%})"

    @property
    def warning(self) -> str | None:
        """What a person should know by now."""
        passed = [percent for percent in WARN_AT if self.submitted >= self._submissions(percent)]
        if not self.limit or not passed:
            return None
        if self.submitted >= self.limit:
            return f"This webhook is full ({self}) and takes nothing any more: {WHAT_TO_DO}."
        return f"This webhook is over {passed[-1]}% full ({self}): {WHAT_TO_DO} in time."

    @property
    def is_turning_point(self) -> bool:
        """This very submission reached a share at which a person is warned, or the limit."""
        return bool(self.limit) and self.submitted in [self._submissions(percent) for percent in (*WARN_AT, 100)]

    def _submissions(self, percent: int) -> int:
        return -(-self.limit * percent // 100)
