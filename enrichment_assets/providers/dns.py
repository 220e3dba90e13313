"""DNS, asked with dnspython. (Seam: the body comes with the providers' issue.)"""

from dataclasses import dataclass
from typing import Literal

from enrichment_assets.providers.ledger import Account


@dataclass(frozen=True, slots=True)
class MxAnswer:
    """What DNS says about a domain's mail. Exchanges are (preference, host), lower-case, without the final dot.

    ``address_only``: no MX but an A or AAAA record (implicit MX). ``nothing``: the name exists with neither.
    """

    kind: Literal["mx", "null_mx", "address_only", "nothing", "nxdomain"]
    exchanges: tuple[tuple[int, str], ...] = ()


class Dns:
    """Asynchronous, several nameservers, UDP then TCP. SERVFAIL, REFUSED and silence raise TransientError."""

    async def mx(self, domain: str, account: Account) -> MxAnswer:
        """The domain's MX set, or why there is none."""
        raise NotImplementedError

    async def addresses(self, host: str, account: Account | None = None) -> tuple[str, ...]:
        """A and AAAA addresses of a host; empty when it has none."""
        raise NotImplementedError
