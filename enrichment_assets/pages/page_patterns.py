"""Pages that are no company's: parked, for sale, a server's or host's own page, or a wall in front of the site.

Facts and phrases only. A phrase counts on short pages alone (``SHORT_PAGE`` characters), because a registrar's or a
security vendor's real home page says the same words among many others. Hosts: MISP warning lists (CC0) and the
markets' own domains.
"""

# ruff: noqa: E501  (word lists)

import re
from typing import Final, Literal

from enrichment_assets.companies import suffixes
from enrichment_assets.companies.platforms import words

SHORT_PAGE: Final = 4_000
"""Characters of visible text up to which one phrase is enough."""

WALL_BELOW: Final = 1_500
"""Characters of text up to which a page can be a wall in front of the site."""
GONE_BELOW: Final = 1_000
"""Characters of text up to which a page can be a notice that the site is gone."""

BROKEN_BELOW: Final = 400
"""Characters of text up to which a page can be a notice that the site is broken."""

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

_PARKING_MARKUP: Final = (
    "parking-lander", "window.park=", "window.park =", "parkingcrew.net", "sedoparking.com",
    "d38psrni17bvxu.cloudfront",     "data-adblockkey=", "parklogic.com", "bodis.com/",
)  # fmt: skip
_FOR_SALE: Final = re.compile(
    r"\b(?:this |the )?(?:premium )?domain(?: name)?(?: [\w.-]+)?"
    r" (?:is|may be|could be|might be) (?:available )?for sale"
    r"|\bbuy this (?:premium )?domain\b|\bdomain (?:name )?for sale\b|\b(?:inquire|enquire) about this domain\b"
    r"|\bmake an? offer (?:on|for) this domain\b|\bget this domain\b|\bown this domain today\b"
    r"|\bthis domain (?:name )?is (?:available|listed) (?:for purchase|for sale|at auction)\b"
    r"|\bdiese domain (?:steht zum verkauf|ist zu verkaufen|kaufen)\b|\bdomain (?:zu|zum) verkauf(?:en)?\b"
    r"|\bce (?:nom de )?domaine est à vendre\b|\beste dominio está (?:en|a la) venta\b|\bdomein te koop\b"
    r"|\b(?:questo )?dominio(?: [\w.-]+)? (?:è )?in vendita\b|\b(?:el |este )?dominio(?: [\w.-]+)? está en venta\b"
    r"|\bdomínio(?: [\w.-]+)? (?:está )?à venda\b|\bdomena(?: [\w.-]+)? (?:jest )?na sprzedaż\b"
    r"|\bдомен(?: [\w.-]+)? (?:продаётся|продается|выставлен на продажу)|域名.{0,6}(?:出售|转让)|ドメイン.{0,8}販売",
)
_PARKED: Final = re.compile(
    r"\bdomain (?:name )?(?:[\w.-]+ )?is (?:currently )?parked\b|\bparked free\b"
    r"|\A.{0,300}\b(?:parked (?:page|domain)|domain parking)\b.{0,300}\Z"
    r"|\bdomain (?:name )?(?:[\w.-]+ )?(?:has |is )expired\b"
    r"|\bthis domain (?:has been|was) (?:recently )?registered\b"
    r"|\bthis domain is registered, but\b|\bthis (?:web ?page|domain|web ?site) is parked\b|\bsponsored listings\b"
    r"|\bdiese domain (?:ist|wurde) (?:geparkt|registriert|reserviert)\b|\bdomain (?:ist )?geparkt\b"
    r"|\bfuture home of (?:something|a|an|this)\b.{0,40}\b(?:cool|great|website|site)\b"
    r"|\bthis site is not (?:yet )?(?:configured|published)\b|\bwebsite is no longer available\b"
    r"|\brelated searches\b.{0,400}\bprivacy policy\b"
    r"|\bdomain (?:wurde|ist) (?:soeben |gerade |bereits )?(?:bei \w+ )?registriert\b|\bhier entsteht (?:eine|ein) neue"
    r"|\bdomaine (?:est réservé|a bien été créé|vient d'être)\b|\bdominio está (?:estacionado|aparcado|reservado)\b"
    r"|\bdomena (?:jest )?zaparkowana\b|\bдомен (?:зарегистрирован|припаркован)|\bздесь будет размещ[её]н"
    r"|\bdomain(?: [\w.-]+)? (?:is not|isn't) (?:claimed|connected to a (?:web ?)?site)\b|\bdomain not claimed\b",
    re.DOTALL,
)
_SERVER_PAGE: Final = re.compile(
    r"\bwelcome to (?:nginx|openresty|centos|caddy|lighttpd|tengine)\b|\bhttp server test page\b"
    r"|\btest page for the (?:apache|nginx|http)\b|\byour (?:site|website) has been created with hostinger\b"
    r"|\byou are all set to go!|\bapache2? (?:\w+ )?default page\b|\bapache http server test page\b|\biis windows server\b"
    r"|^index of /|\bplesk (?:obsidian|onyx|default)\b"
    r"|\bdefault (?:web ?)?(?:site )?page\b.{0,80}\b(?:cpanel|plesk|server)\b"
    r"|\bsuccess! the virtual host is working\b|\bcongratulations! your website is up and running\b"
    r"|\bif you are the owner of this (?:web ?site|domain)\b|^it works!?$|\bdefault server vhost\b",
    re.DOTALL,
)
_GONE: Final = re.compile(
    r"\baccount (?:has been )?suspended\b|\bthis account has been suspended\b"
    r"|\bwebsite (?:is )?(?:disabled|suspended)\b"
    r"|\bthere isn't a github pages site here\b|\bfastly error: unknown domain\b|\bno such app\b"
    r"|\bdeployment_not_found\b"
    r"|\A[\s\S]{0,200}\b(?:site|page|website) not found\b(?!\?)|\bsorry, this (?:shop|store) is (?:currently )?unavailable\b"
    r"|\bthis (?:site|website|web site|shop|store) (?:is|has been) (?:permanently )?"
    r"(?:closed|deactivated|removed|deleted)\b"
    r"|\b404 not found\b|\bthe requested url was not found\b|\berror 404\b|\bsite can(?:'|’)t be reached\b"
    r"|\bnosuchbucket\b|\b404 web site not found\b|\b(?:this )?(?:shop|store) is (?:currently )?unavailable\b"
    r"|\benter (?:store )?using password\b|\bproject not found\b",
)
_BROKEN: Final = re.compile(
    r"\b(?:under(?:going)?|down for|for|offline for) (?:scheduled |routine |planned |urgent |some )*maintenance\b|\bmaintenance mode\b"
    r"|\bwe(?:'ll| will) be (?:right )?back (?:soon|shortly|online)\b|\bbriefly unavailable\b|\bwartungsarbeiten\b|\bwartungsmodus\b"
    r"|\ben maintenance\b|\ben mantenimiento\b|\bem manutenção\b|\bin manutenzione\b|\b(?:500 )?internal server error\b"
    r"|\b50[234] (?:bad gateway|service unavailable|service temporarily unavailable|gateway time-?out)\b"
    r"|\berror establishing a database connection\b|\bfatal error: |\bcritical error on this website\b"
    r"|\bapplication error: a (?:client|server)-side exception\b|\bservice unavailable\b.{0,40}\b(?:server|request)\b",
    re.DOTALL,
)
"""What a site shows, with whatever status, while it is broken or being worked on."""
_UNFINISHED: Final = re.compile(
    r"\A.{0,80}\b(?:coming soon|under construction|launching soon|site en construction|en construcción|im aufbau|in costruzione|em construção"
    r"|w budowie|сайт в разработке)\b.{0,120}\Z",
    re.DOTALL,
)
_WALL_TITLE: Final = re.compile(
    r"^(?:just a moment|attention required!|access denied|access to this page has been denied|403 forbidden|forbidden"
    r"|pardon our interruption|are you a (?:robot|human)|security check(?:point)?|ddos-guard|bot verification"
    r"|one moment,? please|verify(?:ing)? (?:you are|your|that you)|human verification|vercel security checkpoint"
    r"|please wait|checking your browser|robot or human|you are being redirected|challenge validation|error 1020"
    r"|request (?:rejected|blocked|unsuccessful)|blocked|unauthorized|401 unauthorized|429 too many requests"
    r"|too many requests|client challenge|sorry, you have been blocked)\b",
)
_WALL: Final = re.compile(
    r"\byou (?:don't|do not) have permission to (?:access|view)\b|\bincapsula incident id\b"
    r"|\bperforming security verification\b|\bchecking (?:if the site connection is secure|your browser)\b"
    r"|\bverify(?:ing)? (?:that )?you are (?:not a (?:ro)?bot|(?:a )?human)\b|\bcloudflare ray id\b|\bray id:"
    r"|\bplease (?:enable|turn on) (?:js|javascript) and (?:disable any ad blocker|cookies)\b"
    r"|\byou have been blocked\b"
    r"|\bunusual (?:traffic|activity) from your\b"
    r"|\baccess to this (?:page|site|resource) (?:is|was|has been) (?:denied|blocked|forbidden)\b"
    r"|^\s*access denied\b"
    r"|\brequest could not be satisfied\b|\bcomplete the (?:security check|captcha)\b|\bthis request was blocked\b"
    r"|\bthe requested url was rejected\b|\bowner of this website has banned\b|\bnot available in your (?:region|country)\b|\bare you a robot\b",
)

# Words without which none of the longer phrases can be there: most pages are done after a few substring searches.
_DOMAIN_HINTS: Final = (
    "domain", "domein", "domini", "domíni", "domena", "домен", "域名", "ドメイン", "здесь будет", "hier entsteht", "for sale", "parked", "geparkt", "sponsored listings", "related searches",
    "future home", "this site is not", "no longer available",
)  # fmt: skip
_SERVER_HINTS: Final = (
    "nginx", "apache", "iis windows", "index of /", "plesk", "cpanel", "virtual host", "congratulations!",
    "owner of this", "it works", "vhost", "default server", "default page", "default web", "default site", "welcome to", "test page", "hostinger", "all set to go",
)  # fmt: skip

_WALL_HINTS: Final = (
    "permission to", "incapsula", "security verification", "checking ", "verify", "ray id", "script and", "js and",
    "been blocked", "unusual ", "access to this ", "access denied", "could not be satisfied", "complete the",
    "request was blocked", "url was rejected", "has banned", "available in your", "are you a robot",
)  # fmt: skip
_GONE_HINTS: Final = (
    "suspended", "disabled", "github pages", "unknown domain", "no such app", "deployment_not_found", "not found",
    "unavailable", "closed", "deactivated", "removed", "deleted", "error 404", "be reached", "nosuchbucket",
    "using password",
)  # fmt: skip

_BROKEN_HINTS: Final = (
    "maintenance", "be right back", "be back", "briefly", "wartungs", "mantenimiento", "manuten", "server error", "bad gateway",
    "unavailable", "gateway time", "database connection", "fatal error", "critical error", "-side exception",
)  # fmt: skip

Foreign = Literal["parked", "for_sale", "dead", "blocked"]


def host_kind(host: str) -> Literal["parked", "for_sale"] | None:
    """What a host that belongs to a domain market or a parking service says; None for any other."""
    domain = suffixes.registrable(host.lower()) or host.lower()
    if domain in PARKING_HOSTS:
        return "parked"
    return "for_sale" if domain in SALE_HOSTS else None


def has_parking_markup(html: str) -> bool:
    """Whether the markup is a parking service's lander; only its first 50,000 characters are looked at."""
    head = html[:50_000].lower()
    return any(mark in head for mark in _PARKING_MARKUP)


def not_company_page(title: str, text: str, domain: str) -> tuple[Foreign, str] | None:
    """What a page that is not the company's is, with the words that say so.

    ``text`` is the whole text of a short page, without markup or markdown.
    """
    heading, body = title.strip().lower(), text.lower()
    whole = f"{heading}\n{body}"
    wall = (_WALL_TITLE.search(heading) or _said(_WALL, _WALL_HINTS, whole)) if len(text) < WALL_BELOW else None
    if wall:
        return "blocked", wall[0]
    if any(hint in whole for hint in _DOMAIN_HINTS):
        sale = _named_for_sale(whole, domain) or _FOR_SALE.search(whole)
        if sale:
            return "for_sale", _words(sale)
        parked = _PARKED.search(whole)
        if parked:
            return "parked", _words(parked)
    if any(hint in whole for hint in _SERVER_HINTS):
        server = _SERVER_PAGE.search(heading) or _SERVER_PAGE.search(body.strip())
        if server:
            return "parked", _words(server)
    unfinished = _UNFINISHED.search(body.strip() or heading)
    if unfinished:
        return "parked", _words(unfinished)
    gone = _said(_GONE, _GONE_HINTS, whole) if len(text) < GONE_BELOW else None
    return ("dead", _words(gone)) if gone else None


def broken_page(title: str, text: str) -> str | None:
    """The words with which a short page says that its site is broken or being worked on right now."""
    whole = f"{title.strip()}\n{text}".lower()
    broken = _said(_BROKEN, _BROKEN_HINTS, whole) if len(text) < BROKEN_BELOW else None
    return _words(broken) if broken else None


def _said(phrases: re.Pattern[str], hints: tuple[str, ...], text: str) -> re.Match[str] | None:
    return phrases.search(text) if any(hint in text for hint in hints) else None


def _words(match: re.Match[str]) -> str:
    return " ".join(match[0].split())


def _named_for_sale(text: str, domain: str) -> re.Match[str] | None:
    if "for sale" not in text:
        return None
    return re.search(rf"(?<![\w.-]){re.escape(domain)}(?: is| may be)?(?: available)?(?: now)? for sale\b", text)
