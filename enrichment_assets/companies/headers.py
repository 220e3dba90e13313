"""Which columns of a list name the company, its site and an e-mail address."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from enrichment_assets.core.normal_form import normalized

# Written as ``_key`` leaves them: lower case, letters and digits only. Earlier ones win.
NAME_ALIASES: Final = (
    "companyname",
    "company",
    "accountname",
    "account",
    "organizationname",
    "organisationname",
    "organization",
    "organisation",
    "businessname",
    "business",
    "legalname",
    "clientname",
    "customername",
    "employer",
    "startup",
    "brand",
    "firma",
    "firmenname",
    "unternehmen",
    "unternehmensname",
    "kunde",
    "societe",
    "nomsociete",
    "nomdelasociete",
    "entreprise",
    "nomentreprise",
    "nomdelentreprise",
    "raisonsociale",
    "empresa",
    "nombreempresa",
    "nombredelaempresa",
    "razonsocial",
    "compania",
    "azienda",
    "ragionesociale",
    "bedrijf",
    "bedrijfsnaam",
    "companynameforemails",
    "name",
    "nom",
    "nombre",
)
WEBSITE_ALIASES: Final = (
    "website",
    "websiteurl",
    "companywebsite",
    "companywebsiteurl",
    "companyurl",
    "accountwebsite",
    "organizationwebsite",
    "websiteaddress",
    "webaddress",
    "homepage",
    "homepageurl",
    "webpage",
    "webseite",
    "webauftritt",
    "internetseite",
    "internetadresse",
    "firmenwebsite",
    "siteweb",
    "siteinternet",
    "sitewebentreprise",
    "sitioweb",
    "paginaweb",
    "web",
    "tamsite",
    "site",
    "siteurl",
    "url",
    "companydomainname",
    "companydomain",
    "domainname",
    "domain",
    "primarydomain",
    "emaildomain",
    "websitedomain",
    "accountdomain",
    "organizationdomain",
    "domains",
    "domaine",
    "nomdedomaine",
    "dominio",
    "domein",
    "domane",
)
EMAIL_ALIASES: Final = (
    "email",
    "emailaddress",
    "workemail",
    "businessemail",
    "companyemail",
    "contactemail",
    "primaryemail",
    "corporateemail",
    "professionalemail",
    "mail",
    "mailaddress",
    "emailadresse",
    "epost",
    "geschaftlicheemail",
    "adressemail",
    "adresseemail",
    "courriel",
    "emailprofessionnel",
    "correo",
    "correoelectronico",
)


@dataclass(frozen=True, slots=True)
class ListColumns:
    """Positions of the columns that matter: the name's, the sites' and the e-mails', best first."""

    name: int | None
    sites: tuple[int, ...]
    emails: tuple[int, ...]

    @property
    def usable(self) -> bool:
        """Whether a domain can be found in the list at all."""
        return bool(self.sites or self.emails)


def map_headers(headers: Sequence[str]) -> ListColumns:
    """Map a header row by alias, whatever the case, the accents and the separators between its words."""
    keys = [_key(header) for header in headers]
    sites, emails = _positions(keys, WEBSITE_ALIASES), _positions(keys, EMAIL_ALIASES)
    # In a list of e-mail addresses without sites, a bare "Name" is a person's.
    aliases = NAME_ALIASES if sites or not emails else NAME_ALIASES[: NAME_ALIASES.index("name")]
    names = _positions(keys, aliases)
    return ListColumns(name=names[0] if names else None, sites=tuple(sites), emails=tuple(emails))


def _positions(keys: list[str], aliases: tuple[str, ...]) -> list[int]:
    return [at for alias in aliases for at, key in enumerate(keys) if key == alias]


def _key(header: str) -> str:
    plain = normalized("NFKD", header.replace("ß", "ss"))
    return re.sub(r"[^a-z0-9]", "", plain.lower())
