"""Hosts that belong to a domain market or a parking service: MISP warning lists (CC0) and the markets' own domains."""

from typing import Final, Literal

from enrichment_assets.companies import suffixes
from enrichment_assets.companies.platforms import words

SALE_HOSTS: Final = words(
    "afternic.com atom.com brandbucket.com brandpa.com buydomains.com dan.com domainmarket.com dynadot.com "
    "efty.com epik.com flippa.com forsale.dynadot.com godaddy.com hugedomains.com namecheap.com "
    "perfectdomain.com porkbun.com saw.com sav.com sedo.com sedo.de squadhelp.com undeveloped.com "
    "uniregistry.com namefind.com uniregistrymarket.link domainagents.com domain-for-sale.at "
    "domain-for-sale.se spaceship.com gname.com 4.cn 22.cn namesilo.com"
)
"""Where a redirect means that the domain is for sale."""

PARKING_HOSTS: Final = words(
    "above.com bodis.com brainydns.com cashparking.com domainhasexpired.com domainparking.ru domainprofi.de "
    "dsredirection.com dsredirects.com expirationwarning.net fabulous.com fastpark.net ibspark.com "
    "parking-page.net parkingcrew.net parkingspa.com parklogic.com parktons.com searchreinvented.com "
    "sedoparking.com skenzo.com snparking.ru sslparking.com voodoo.com ztomy.com domaincntrol.com hastydns.com "
    "ndsplitter.com securetrafficrouting.com torresdns.com trafficcontrolrouter.com parkweb.com tonic.to "
    "zeropark.com mytrafficmanagement.com"
)
"""Where a redirect, an iframe or a script means that the domain is parked."""


def host_kind(host: str) -> Literal["parked", "for_sale"] | None:
    """What a host that belongs to a domain market or a parking service says; None for any other."""
    domain = suffixes.registrable(host.lower()) or host.lower()
    if domain in PARKING_HOSTS:
        return "parked"
    return "for_sale" if domain in SALE_HOSTS else None
