"""What a company is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Company:
    """One canonical registrable domain, which is also its Dagster partition key.

    ``name`` is as the first list that brought the company spells it. A company that came without a name
    (a partition added by hand) is called after its domain's first label.
    """

    domain: str
    name: str

    @classmethod
    def named(cls, domain: str, name: str | None) -> "Company":
        """A company, with a name made from the domain where none is known."""
        return cls(domain, (name or "").strip() or domain.partition(".")[0])
