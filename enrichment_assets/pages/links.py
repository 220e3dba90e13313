"""What a page's markup holds besides its text: links, embeds, job postings, title, language. One parse, no judgement.

Everything is capped, so that a hostile page costs milliseconds and kilobytes. Nothing here raises on any text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from enrichment_assets.core.limits import MAX_MARKUP, MAX_URL
from enrichment_assets.pages.html_text import tangled
from enrichment_assets.pages.markdown import parted
from enrichment_assets.pages.profiles import Profile, profiles

HOSTILE_MARKUP: Final = 20_000
"""Characters that are looked at of a page made to take the parser's time."""
MAX_LINKS: Final = 300
"""Links kept per page: those that later artifacts look for first, then the page's head and its footer."""
MAX_EMBEDS: Final = 100
MAX_POSTINGS: Final = 50
MAX_POSTING_CHARACTERS: Final = 50_000
MAX_LINK_TEXT: Final = 200

JOB_BOARD_REFERENCE: Final = re.compile(
    r"(?:https?:)?(?://)?"
    r"(?:(?:boards|job-boards)(?:\.eu|\.cdn)?\.greenhouse\.io|app\.greenhouse\.io/embed|boards-api\.greenhouse\.io|jobs(?:\.eu)?\.lever\.co"
    r"|api(?:\.eu)?\.lever\.co|jobs\.ashbyhq\.com|api\.ashbyhq\.com|(?:careers|jobs)\.smartrecruiters\.com"
    r"|api\.smartrecruiters\.com|ats\.rippling\.com|(?:jobs|api)\.gem\.com|(?:www\.)?comeet\.com?/|join\.com/companies"
    r"|(?<![a-z0-9-])[a-z0-9-]++\.(?:workable\.com|recruitee\.com|jobs\.personio\.(?:de|com)|(?:na\.)?teamtailor\.com"
    r"|pinpointhq\.com|bamboohr\.com|breezy\.hr|applytojob\.com|wd\d+\.myworkdayjobs\.com|careers\.hibob\.com"
    r"|(?:successfactors|sapsf)\.(?:com|eu)|icims\.com|jobvite\.com|taleo\.net|ultipro\.com|paylocity\.com|eightfold\.ai"
    r"|oraclecloud\.com))"
    r"[^\s\"'<>\\`)]*",
    re.IGNORECASE,
)
"""A job board's address anywhere in a script or an attribute, unescaped."""

_BOARD_HINTS: Final = (
    "greenhouse", "lever.co", "ashbyhq", "workable", "smartrecruiters", "recruitee", "personio", "teamtailor",
    "pinpointhq", "bamboohr", "breezy.hr", "rippling", "gem.com", "applytojob", "myworkdayjobs", "hibob", "comeet",
    "join.com/companies", "successfactors", "sapsf.", "icims", "jobvite", "taleo", "ultipro", "paylocity", "eightfold",
    "oraclecloud",
)  # fmt: skip
_WANTED: Final = (
    *_BOARD_HINTS, "linkedin.com", "icims", "jobvite", "career", "job", "join-", "hiring", "vacanc", "work-with",
    "open-roles", "open-positions", "positions", "karriere", "stellen", "recrut", "emploi", "empleo", "vacature",
    "rekry", "kariera", "praca", "lavora", "carreir", "вакансии", "/company", "/about", "/team", "/contact", "/pricing",
)  # fmt: skip
_SKIPPED_SCHEMES: Final = ("javascript:", "mailto:", "tel:", "data:", "sms:", "blob:", "about:", "file:", "ftp:")
_ASSETS: Final = (
    ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".ico", ".css", ".js", ".woff", ".woff2", ".mp4", ".webm", ".mp3",
    ".zip",
)  # fmt: skip
_SLIP: Final = re.compile(
    r"(?:https?(?::/{0,2}|//)){1,2}(?<!^http://)(?<!^https://)(?=[a-z0-9-]{1,40}\.[a-z0-9.-]{2,60}(?:/|$))"
    r"|(?=(?:www\.[a-z0-9-]{1,60}\.[a-z.]{2,20}|(?:[a-z]{2,3}\.)?(?:linkedin|facebook|twitter|x|instagram)\.com)(?:/|$))",
    re.IGNORECASE,
)
"""What a writer's slip puts before a host: no scheme, half of one, or two. A browser would take it for a path."""
_REFRESH: Final = re.compile(r"^\s*+(\d++)[^;]*+;\s*+url\s*+=\s*+['\"]?([^'\">\s]+)", re.IGNORECASE)
_TAGS: Final = ("title", "base", "meta", "a", "area", "iframe", "frame", "embed", "script")
_UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u200b\u2060\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class PageParts:
    """The markup's parts. URLs are absolute; ``refresh_url`` is where a meta refresh of at most 5 seconds leads."""

    title: str = ""
    site_name: str = ""
    description: str = ""
    language: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    header_links: tuple[str, ...] = ()
    """Of the links to profiles at LinkedIn those in the page's header."""
    embeds: tuple[str, ...] = ()
    job_postings: tuple[str, ...] = ()
    refresh_url: str | None = None
    has_scripts: bool = False


def storable(text: str) -> str:
    """The text without what JSON, UTF-8 or a terminal cannot take (control characters, lone surrogates), and without
    the signs that only say where a word may be broken: soft hyphens, blanks of no width."""
    return _UNSTORABLE.sub("", text)


def one_line(text: str, limit: int) -> str:
    """Storable text with single blanks, at most ``limit`` characters."""
    return " ".join(storable(text[: limit * 4]).split())[:limit]


def page_parts(html: str, base_url: str) -> PageParts:
    """All parts of a page; empty ones for markup that has none."""
    return parts_of(parsed(html), base_url)


def parts_of(tree: LexborHTMLParser | None, base_url: str) -> PageParts:
    """All parts of a parsed page, which is left as it is."""
    if tree is None:
        return PageParts()
    nodes = _nodes(tree)
    base = _base(nodes["base"], base_url)
    at_linkedin = [(url, each) for each in profiles(tree, base_url) if (url := absolute(each.href, base))]
    scripts = nodes["script"]
    meta = _meta(nodes["meta"])
    root = tree.root
    language = (root.attributes.get("lang") or root.attributes.get("xml:lang")) if root is not None else None
    return PageParts(
        title=one_line((nodes["title"][0].text() if nodes["title"] else "") or meta.get("og:title", ""), 300),
        site_name=one_line(meta.get("og:site_name", ""), 100),
        description=one_line(meta.get("description") or meta.get("og:description", ""), 1_000),
        language=_language(language or meta.get("content-language") or meta.get("og:locale")),
        links=_links((*nodes["a"], *nodes["area"]), base, at_linkedin),
        header_links=tuple(dict.fromkeys(url for url, each in at_linkedin if each.place == "header")),
        embeds=_embeds((*nodes["iframe"], *nodes["frame"], *nodes["embed"]), scripts, base),
        job_postings=_job_postings(scripts),
        refresh_url=_refresh(meta.get("refresh"), base),
        has_scripts=bool(scripts),
    )


def parsed(html: str) -> LexborHTMLParser | None:
    """The page's tree, of as much markup as is looked at; None when there is none."""
    if not html.strip():
        return None
    html = html[:MAX_MARKUP]
    if tangled(html):
        html = html[:HOSTILE_MARKUP]
    try:
        return LexborHTMLParser(html)
    except UnicodeEncodeError:
        return LexborHTMLParser(storable(html))


def absolute(href: str, base: str) -> str | None:
    """The address a browser would go to; None for what is not the web. Never raises."""
    href = _UNSTORABLE.sub("", href.strip())
    slip = _SLIP.match(href)
    if slip:
        href = f"https://{href[slip.end() :]}"
    if not href or len(href) > MAX_URL or href[0] == "#" or href[:12].lower().startswith(_SKIPPED_SCHEMES):
        return None
    if href.startswith(("http://", "https://")):
        url = href
    elif href[0] == "/" and href[1:2] != "/":
        url = _origin(base) + href
    else:
        try:
            url = urljoin(base, href)
        except ValueError:
            return None
    url = url.partition("#")[0] if "#/" not in url else url
    return url if url.startswith(("http://", "https://")) and len(url) > 8 and _is_well_formed(url) else None


def _is_well_formed(url: str) -> bool:
    """Whether the standard library will split it. It refuses only brackets and letters that are signs in disguise."""
    if url.isascii() and "[" not in url and "]" not in url:
        return True
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=256)
def _origin(base: str) -> str:
    try:
        parts = urlsplit(base)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _nodes(tree: LexborHTMLParser) -> dict[str, list[LexborNode]]:
    """All nodes of interest by tag, in the page's order: one walk, because each one costs."""
    found: dict[str, list[LexborNode]] = {tag: [] for tag in _TAGS}
    for node in tree.css(", ".join(_TAGS)):
        found[node.tag or ""].append(node)
    return found


def _base(nodes: Iterable[LexborNode], base_url: str) -> str:
    href = next((href for node in nodes if (href := node.attributes.get("href"))), "")
    return (absolute(href, base_url) or base_url) if href else base_url


def _meta(nodes: Iterable[LexborNode]) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in nodes:
        attributes = node.attributes
        key = attributes.get("name") or attributes.get("property") or attributes.get("http-equiv")
        content = attributes.get("content")
        if key and content:
            found.setdefault(key.strip().lower(), content)
    return found


def _language(text: str | None) -> str | None:
    code = (text or "").strip().replace("_", "-").partition("-")[0].partition(",")[0].lower()
    return code if 2 <= len(code) <= 3 and code.isascii() and code.isalpha() else None


def _links(
    nodes: Iterable[LexborNode], base: str, at_linkedin: Iterable[tuple[str, Profile]]
) -> tuple[tuple[str, str], ...]:
    """The links with their texts; those to LinkedIn with what leads up to them, and those that are only declared."""
    found: dict[str, str] = {}
    for node in nodes:
        attributes = node.attributes
        url = absolute(attributes.get("href") or "", base)
        if url is None or url.partition("?")[0].lower().endswith(_ASSETS):
            continue
        if not found.get(url):
            text = link_text(node) or attributes.get("aria-label") or attributes.get("title") or ""
            found[url] = one_line(text, MAX_LINK_TEXT)
    for url, profile in at_linkedin:
        found[url] = one_line(f"{profile.said} {found.get(url, '')}", MAX_LINK_TEXT)
    links = list(found.items())
    if len(links) <= MAX_LINKS:
        return tuple(links)
    wanted = [at for at, link in enumerate(links) if _mentions("\n".join(link), _WANTED)][:MAX_LINKS]
    kept = dict.fromkeys(wanted)
    for at in _ends_inwards(len(links)):
        if len(kept) >= MAX_LINKS:
            break
        kept[at] = None
    return tuple(links[at] for at in sorted(kept))


def link_text(node: LexborNode, separator: str = "", within: str = "*") -> str:
    """What a link says, its elements parted by ``separator`` where one of them is ``within``.

    Links in one another say nothing: each of a thousand would say what all those within say.
    """
    if node.css_first("a a") is not None:
        return ""
    return node.text(separator=separator) if separator and node.css_first(within) is not None else parted(node)


def _mentions(text: str, words: Iterable[str]) -> bool:
    lower = text.lower()
    return any(word in lower for word in words)


def _ends_inwards(count: int) -> Iterable[int]:
    for at in range((count + 1) // 2):
        yield count - 1 - at
        yield at


def _embeds(frames: Iterable[LexborNode], scripts: Iterable[LexborNode], base: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in frames:
        attributes = node.attributes
        url = absolute(attributes.get("src") or attributes.get("data-src") or "", base)
        if url:
            found[url] = None
    late: dict[str, None] = {}
    for node in scripts:
        src = node.attributes.get("src")
        if src:
            url = absolute(src, base)
            if url:
                (found if _mentions(url, _BOARD_HINTS) else late)[url] = None
        else:
            text = node.text()
            if _mentions(text, _BOARD_HINTS):
                found.update(dict.fromkeys(_board_references(text)))
    return tuple(dict.fromkeys((*found, *late)))[:MAX_EMBEDS]


def _board_references(script: str) -> list[str]:
    text = script.replace("\\/", "/").replace("\\u002F", "/").replace("\\u002f", "/").replace("\\u0026", "&")
    text = text.replace("&amp;", "&").replace("&quot;", '"')
    if "%2F" in text or "%2f" in text:
        text = unquote(text)
    found = []
    for match in JOB_BOARD_REFERENCE.finditer(text):
        address = match[0].rstrip(".,;")
        if not address.lower().startswith("http"):
            address = "https:" + address if address.startswith("//") else f"https://{address}"
        found.append(storable(address[:MAX_URL]))
        if len(found) >= MAX_EMBEDS:
            break
    return found


def _job_postings(scripts: Iterable[LexborNode]) -> tuple[str, ...]:
    found = []
    for node in scripts:
        if "ld+json" in (node.attributes.get("type") or "").lower():
            text = node.text()
            if "JobPosting" in text:
                found.append(storable(text[:MAX_POSTING_CHARACTERS]).strip())
    return tuple(found[:MAX_POSTINGS])


def _refresh(content: str | None, base: str) -> str | None:
    match = _REFRESH.match(content or "")
    return absolute(match[2], base) if match and len(match[1]) < 3 and int(match[1]) <= 5 else None
