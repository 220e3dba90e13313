"""What a cell of a list says about the company's site: one canonical registrable domain, or why not.

The domain is the partition key of everything else, so a value that could mean two things means nothing here:
it is rejected with a reason, never guessed.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, NewType, cast
from urllib.parse import unquote

import idna

from enrichment_assets.companies import mail_hosts, platforms, suffixes, wrappers
from enrichment_assets.companies.company_names import core_name, squashed
from enrichment_assets.core.normal_form import normalized

Domain = NewType("Domain", str)
"""A registrable domain by the Public Suffix List: lower case, A-labels, no trailing dot."""

RejectionCode = Literal[
    "empty",
    "not_a_domain",
    "file_name",
    "ip_address",
    "localhost",
    "invalid_name",
    "unknown_suffix",
    "bare_suffix",
    "several_sites",
    "free_mail_address",
    "social_network",
    "app_store",
    "link_in_bio",
    "shortener",
    "email_provider",
    "reference",
    "infrastructure",
    "directory_page",
    "job_board",
    "hosted_page",
    "booking_page",
    "marketplace_page",
    "link_wrapper",
    "reserved",
]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A value that names no company site: ``code`` for machines, ``reason`` as a sentence for a person."""

    code: RejectionCode
    reason: str


MOST_CHARACTERS: Final = 2_000
"""Of a cell; what lies beyond is not looked at."""

PLACEHOLDERS: Final = platforms.words(
    "- -- --- – — . .. ? ?? / * x xx xxx 0 n/a n.a. n.a na #n/a #na #ref! #value! none null nil nan undefined unknown "
    "unbekannt tbd tba tbc todo k.a. keine kein aucun aucune ninguno ninguna missing empty blank false no nein "
    "http https http: https: http:// https:// http://www https://www www www. http://www. https://www. website url "
    "domain"
) | {
    *("not available", "no website", "no web site", "not applicable", "keine angabe", "no site", "sin web"),
    *("not found", "website not found", "no website found", "no web site found", "none found", "no url", "no domain"),
    *("no data", "not provided", "not specified", "not set", "not listed", "not known", "nothing found", "no value"),
    *(
        "to be confirmed",
        "to be defined",
        "coming soon",
        "under construction",
        "does not exist",
        "no info",
        "no result",
    ),
    *("nicht bekannt", "nicht vorhanden", "nicht gefunden", "keine website", "keine webseite", "non disponible"),
    *(
        "non renseigné",
        "pas de site",
        "pas de site web",
        "non trouvé",
        "no disponible",
        "no encontrado",
        "sin sitio web",
    ),
    *(
        "sin página web",
        "non disponibile",
        "nessun sito",
        "não disponível",
        "não informado",
        "sem site",
        "geen website",
    ),
    *("niet bekend", "ingen hemsida", "ingen hjemmeside", "brak", "brak strony", "нет", "нет сайта", "не указан"),
    *("\\n", "/n", "#name?", "#error!", "#error", "#spill!", "#num!", "#null!", "#calc!", "#field!", "#loading!"),
    *("[object object]", "(blank)", "(empty)", "(none)", "(null)", "<null>", "<none>", "<na>", "{}", "[]", '""', "''"),
}

FILE_ENDINGS: Final = platforms.words(
    "html htm xhtml php php3 asp aspx jsp cgi pdf png jpg jpeg gif svg webp ico bmp tif tiff doc docx xls xlsx ppt "
    "pptx odt ods csv tsv txt rtf json xml yaml yml zip rar 7z tar gz exe dmg apk msi mp3 mp4 mov avi eml msg css "
    "js ts log bak"
)
_BESIDE_URLS: Final = platforms.words("website web homepage home page site url domain domains www link and or und oder")

_INVISIBLE: Final = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffc]"
)
_JOINER: Final = re.compile(r"(?<![^\x00-\x7f])[\u200c\u200d]++|(?<![\u200c\u200d])[\u200c\u200d]++(?=[\x00-\x7f]|$)")
_DOTS: Final = str.maketrans({"。": ".", "．": ".", "｡": ".", "․": ".", "\\": "/"})
_SCHEME: Final = re.compile(
    r"^(?:h{1,2}t{1,3}p{1,2}s?\s*[:;]\s*/*|h{1,2}t{1,3}p{1,2}s?//+|ftps?://|//)+", re.IGNORECASE
)
_SCHEME_GAP: Final = re.compile(r"(https?:/{1,3})\s+(?=\S)", re.IGNORECASE)
_OTHER_SCHEME: Final = re.compile(r"^(file|tel|javascript|data|sms|callto|blob|about|chrome):", re.IGNORECASE)
_GLUED: Final = re.compile(r"(?<=[^\s/:=])(?=https?://)|(?<=[^\s:/]/)(?=https?://)", re.IGNORECASE)
_LISTED: Final = re.compile(r"[,;|](?=(?:https?:|www\.|[^\s,;|/?#]+\.[^\s,;|]))", re.IGNORECASE)
_BREAKS: Final = re.compile(r"[\s<>\"“”„«»]+|\]\(")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HOST_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_MAIL: Final = re.compile(r"[^\s@<>\"'(),;:\[\]|]{1,64}@[^\s@<>\"'(),;:\[\]|/?]{1,255}")
RESERVED: Final = platforms.words("example.com example.net example.org")
RESERVED_TOP: Final = platforms.words("test example invalid onion internal alt arpa lan home corp private intranet")
_IPV4: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_LOCALHOST: Final = re.compile(r"localhost(?:$|[:/])", re.IGNORECASE)
_WORD_LIKE: Final = re.compile(r"[^\W\d_]", re.UNICODE)
LONGEST_LABEL: Final = 253
"""Characters of a label, composed or not, that can still become the 63 of a name: encoding takes time squared."""
_ENDS: Final = "()[]{}'`´‘’,;!•·*|"


def canonical_domain(text: str | None) -> Domain | Rejected:
    """The registrable domain that ``text`` (a website or e-mail cell, as pasted) names.

    Never raises, whatever the text; ``canonical_domain(domain) == domain`` for every result.
    """
    cell = _tidied(_cut(text or ""))
    if not cell:
        return Rejected("empty", "The cell is empty.")
    if _is_placeholder(cell):
        return Rejected("empty", f"{_quoted(cell)} stands for an empty cell.")
    addresses, words = _split(cell)
    if not addresses:
        return _no_address(cell)
    results = [_one(address) for address in addresses]
    if len(addresses) > 1:
        return _one_of(results, cell)
    if words and not _SCHEME.match(addresses[0]) and not addresses[0].lower().startswith("www."):
        return Rejected("not_a_domain", f"{_quoted(cell)} is text, not one web address.")
    return results[0]


def _one_of(results: list[Domain | Rejected], cell: str) -> Domain | Rejected:
    """What several addresses in a cell say together: the company's own site counts, its pages on platforms do not."""
    sites = {result for result in results if not isinstance(result, Rejected)}
    others = {result.code for result in results if isinstance(result, Rejected)}
    if len(sites) == 1 and others <= platforms.WORDS.keys():
        return sites.pop()
    if sites:
        return Rejected("several_sites", f"The cell names several sites: {_quoted(cell)}. Keep the right one.")
    return results[0]


_MAILBOXES: Final = platforms.words(
    "gmail.com googlemail.com hotmail.com outlook.com live.com msn.com icloud.com ymail.com rocketmail.com"
)


def itself(text: str, name: str) -> Domain | None:
    """The platform that a bare address is, where the row is about the company that runs it: LinkedIn, linkedin.com.

    A host below it (pos.toasttab.com) counts where name and domain begin alike. ``Gmail, gmail.com`` is no company's
    row: address books and CRMs make such ones from anybody's mailbox.
    """
    host = _without_port(_authority_and_path(_SCHEME.sub("", text.strip().lower()))[0]).removeprefix("www.")
    domain = suffixes.registrable(host)
    if domain is None or domain in _MAILBOXES:
        return None
    plain, label = re.sub(r"[^a-z0-9]", "", name.lower()), domain.partition(".")[0]
    same = plain in {label, domain.replace(".", "")} or squashed(core_name(name)) == label.replace("-", "")
    alike = min(len(plain), len(label)) > 4 and (plain.startswith(label) or label.startswith(plain))
    return Domain(domain) if same or (alike and host != domain) else None


def company_of_mail(text: str | None) -> Domain | Rejected:
    """The registrable domain that an e-mail cell names, whatever stands beside the address: a name, "work:", brackets.

    Of several addresses those at free mail providers do not count. Never raises.
    """
    cell = _tidied(_cut(text or ""))
    addresses = _MAIL.findall(cell)
    if not addresses:
        return canonical_domain(text)
    results = list(dict.fromkeys(_one(address) for address in addresses))
    sites = [result for result in results if not isinstance(result, Rejected)]
    if len(sites) > 1:
        return Rejected("several_sites", f"The addresses name several companies: {_quoted(cell)}. Keep the right one.")
    return sites[0] if sites else results[0]


def _is_placeholder(cell: str) -> bool:
    lower = cell.lower()
    bare = _SCHEME.sub("", lower)
    return (
        lower in PLACEHOLDERS
        or lower.strip(_ENDS + " ") in PLACEHOLDERS
        or bare.strip(_ENDS + " /") in PLACEHOLDERS
        or not cell.strip(_ENDS + " ./-")
    )


def _cut(text: str) -> str:
    """No more than is looked at, and no address whose host the cut went through."""
    if len(text) <= MOST_CHARACTERS:
        return text
    kept = text[:MOST_CHARACTERS]
    last = re.split(r"[\s,;|<>]", kept)[-1]
    host = last[last.find("://") + 3 :] if "://" in last else last
    return kept if re.search(r"[/?#]", host) else kept[: len(kept) - len(last)]


def _tidied(text: str) -> str:
    text = _JOINER.sub("", _INVISIBLE.sub("", text)).translate(_DOTS)
    if not text.isascii():
        text = normalized("NFKC", text)
    text = " ".join(text.split())
    if text[:12].lower().startswith(("http%3a", "https%3a")):
        text = unquote(text)
    return _SCHEME_GAP.sub(r"\1", text)


def _split(cell: str) -> tuple[list[str], bool]:
    """The addresses in a cell (repeated spellings kept), and whether there is other text beside them."""
    addresses: list[str] = []
    words = False
    for chunk in _BREAKS.split(cell):
        if "/" in chunk and _wrapped(chunk):
            addresses.append(chunk)  # what stands in it is its own
            continue
        for piece in _LISTED.split(chunk):
            for glued in _GLUED.split(piece) if "http" in piece.lower() else (piece,):
                token = glued.strip(_ENDS).rstrip(".:")
                if "." in token.strip(".") or _SCHEME.match(token) or "@" in token or _LOCALHOST.match(token):
                    addresses.extend(_slashed(token))
                elif _WORD_LIKE.search(token) and token.lower().rstrip(":") not in _BESIDE_URLS:
                    words = True
    return addresses, words


def _slashed(token: str) -> list[str]:
    """``acme.com/acme.de`` is two sites; ``acme.com/index.html`` is one."""
    parts = token.split("/")
    if len(parts) == 2 and "@" not in token and all("." in part.strip(".") for part in parts):
        first, second = (_one(part) for part in parts)
        if not isinstance(first, Rejected) and not isinstance(second, Rejected):
            return parts
    return [token]


def _no_address(cell: str) -> Rejected:
    if cell.replace(":", "").replace("[", "").replace("]", "").isalnum() and cell.count(":") > 1:
        return Rejected("ip_address", f"{_quoted(cell)} is an IP address, not a domain.")
    return Rejected("not_a_domain", f"{_quoted(cell)} is no web address.")


def _one(token: str) -> Domain | Rejected:
    """One address, without text around it."""
    if token[:7].lower() == "mailto:":
        token = token[7:].lstrip("/").partition("?")[0]
    elif match := _OTHER_SCHEME.match(token):
        code: RejectionCode = "file_name" if match[1].lower() == "file" else "not_a_domain"
        return Rejected(code, f"{_quoted(token)} is not the address of a web site.")
    bare = _SCHEME.sub("", token)
    authority, path = _authority_and_path(bare)
    has_scheme = bare != token
    if "@" in authority:
        user, _, authority = authority.rpartition("@")
        if not has_scheme and user:
            return _mail_domain(authority.rstrip("."), token)
    if authority.startswith("["):
        return Rejected("ip_address", f"{_quoted(token)} is an IP address, not a domain.")
    host = _without_port(authority).strip(".").strip(_ENDS)
    return _site(host, path, token, plain=not has_scheme and not path)


def _authority_and_path(bare: str) -> tuple[str, str]:
    end = min((at for at in map(bare.find, "/?#") if at >= 0), default=len(bare))
    return bare[:end], bare[end:]


def _without_port(authority: str) -> str:
    host, colon, port = authority.rpartition(":")
    return host if colon and (not port or port.isdecimal()) else authority


def _mail_domain(host: str, token: str) -> Domain | Rejected:
    ascii_host = _a_labels(host.lower())
    if ascii_host is not None and (mail_hosts.is_free_mail(ascii_host) or mail_hosts.is_disposable(ascii_host)):
        return Rejected("free_mail_address", f"{ascii_host} gives a mailbox to anybody: the address names no company.")
    return _site(host, "", token, plain=False)


def _site(written: str, path: str, token: str, *, plain: bool) -> Domain | Rejected:
    host = _host(written, token, plain=plain)
    if isinstance(host, Rejected):
        return host
    if (target := wrappers.target_of(host, path)) is not None:
        return _unwrapped(target, host)
    top = host.rpartition(".")[2]
    domain = suffixes.registrable(host)
    if top in RESERVED_TOP or domain in RESERVED:
        return Rejected("reserved", f"{_quoted(token)} is reserved (RFC 2606, RFC 6761): no company has it.")
    suffix = suffixes.public_suffix(host)
    if suffix is None:
        return Rejected("unknown_suffix", f"{_quoted(token)}: there is no .{top} on the internet.")
    if (platform := _never(host)) is not None:
        return _on_platform(platforms.NEVER[platform], platform)
    return _own_site(host, path, suffix, domain, token)


def _own_site(host: str, path: str, suffix: str, domain: str | None, token: str) -> Domain | Rejected:
    if domain is None or domain == f"www.{suffix}":
        if suffix in suffixes.company_suffixes():
            return Domain(suffix)
        return Rejected("bare_suffix", f"Others register their names under {suffix}; it is no company's site.")
    if not _LABEL.fullmatch(domain.partition(".")[0]):
        return Rejected("invalid_name", f"{_quoted(token)} is not a valid domain name.")
    return _page_of_another(host, domain, path) or _mail_site(domain) or Domain(domain)


def _wrapped(address: str) -> bool:
    authority, path = _authority_and_path(_SCHEME.sub("", address))
    return wrappers.target_of(_without_port(authority.lower()), path) is not None


def _unwrapped(target: str, host: str) -> Domain | Rejected:
    """What a wrapped link leads to; wrappers within wrappers only so far."""
    inner = target
    for _ in range(3):
        bare = _SCHEME.sub("", inner)
        authority, path = _authority_and_path(bare)
        inner_host = _without_port(authority.lower()).strip(".")
        deeper = wrappers.target_of(inner_host, path) if inner_host else None
        if not deeper:
            break
        inner = deeper
    else:
        return _on_platform("link_wrapper", host)
    if not inner or deeper == "":
        return _on_platform("link_wrapper", host)
    return _one(inner)


def _host(written: str, token: str, *, plain: bool) -> str | Rejected:
    """The host in A-labels; ``plain`` means that nothing (scheme, path) shows that a site is meant."""
    if _IPV4.fullmatch(written):
        return Rejected("ip_address", f"{_quoted(token)} is an IP address, not a domain.")
    lower = written.lower()
    if lower == "localhost" or lower.endswith((".localhost", ".localdomain", ".local")):
        return Rejected("localhost", f"{_quoted(token)} is this machine or its network, not a company.")
    if "." not in written:
        return Rejected("not_a_domain", f"{_quoted(token)} is no web address.")
    if plain and not lower.startswith("www.") and lower.rpartition(".")[2] in FILE_ENDINGS:
        return Rejected("file_name", f"{_quoted(token)} is the name of a file.")
    host = _a_labels(lower)
    return host or Rejected("invalid_name", f"{_quoted(token)} is not a valid domain name.")


def _never(name: str) -> str | None:
    """The domain at or above ``name`` that is never a company."""
    labels = name.split(".")
    return next((up for at in range(len(labels)) if (up := ".".join(labels[at:])) in platforms.NEVER), None)


def _mail_site(domain: str) -> Rejected | None:
    return _on_platform("email_provider", domain) if mail_hosts.is_disposable(domain) else None


def _page_of_another(host: str, domain: str, path: str) -> Rejected | None:
    """Whether this is somebody else's page on the platform that ``domain`` belongs to."""
    if code := platforms.HOSTS.get(host.removeprefix("www.")):
        return _on_platform(code, host)
    way = path.lstrip("/").replace("?", "/").replace("#", "/").lower() if path[:1] == "/" else ""
    first, _, rest = way.partition("/")
    for prefix, code in platforms.PATHS.get(domain, ()):
        if first == prefix:
            return _on_platform(code, f"{domain}/{prefix}")
    code = platforms.PAGES.get(domain) or platforms.SUBDOMAINS.get(domain)
    if code is None:
        return None
    below = host.removesuffix(domain).rstrip(".")
    if below in {"", "www", "m"}:
        of_its_own = first in platforms.OWN_PATHS and not (rest and first in platforms.OWN_PATHS_ALONE)
        own = domain in platforms.SUBDOMAINS or not first or of_its_own
    else:
        own = below in platforms.OWN_SUBDOMAINS
    return None if own else _on_platform(code, domain)


def _on_platform(code: str, where: str) -> Rejected:
    return Rejected(cast("RejectionCode", code), f"{where} is {platforms.WORDS[code]}, not the company's own site.")


def _a_labels(host: str) -> str | None:
    """The host in lower-case A-labels (IDNA 2008 after UTS 46 mapping); None when it is no valid name."""
    labels: list[str] = []
    for label in host.split("."):
        if len(label) > LONGEST_LABEL:
            return None
        if label.isascii() and not label.startswith("xn--"):
            if not _HOST_LABEL.fullmatch(label):
                return None
            labels.append(label)
            continue
        try:
            mapped = idna.uts46_remap(label, std3_rules=True, transitional=False)
            labels.extend(idna.alabel(part).decode("ascii").lower() for part in mapped.split("."))
        except (idna.IDNAError, UnicodeError):
            return None
    name = ".".join(labels)
    return name if len(name) <= 253 and all(labels) else None


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= 80 else text[:79] + '…'}”"
