"""What the press wrote: news about a company, about others of its name, and the same story in several papers."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from enrichment_assets.sandbox.world import vocabulary as words
from enrichment_assets.sandbox.world.dice import Dice, chance
from enrichment_assets.sandbox.world.world import Facts, World

_STORIES: Final = (
    ("{name} raises ${m} million Series {round} to grow its {what}",
     "{name}, a {what} for {b0}, has raised ${m} million in a Series {round} round led by {fund}."),
    ("{name} acquires {other} to expand in {b1}", "{name} said it has acquired {other}. Terms were not disclosed."),
    ("{other} acquires {name}", "{other} announced the acquisition of {name}, a {what} based in {city}."),
    ("{name} and {customer} announce partnership", "Under the partnership {customer} will offer {name} to {b0}."),
    ("{name} launches new product for {b1}", "The new release from {name} {does}, the company said."),
    ("{name} appoints new chief revenue officer", "{name} named a new CRO who joins from {other} to lead sales."),
    ("{name} opens office in {city2}", "{name} is expanding to {city2} and plans to hire {m} people there."),
    ("{name} lays off {p}% of staff", "{name} is cutting {p}% of its workforce, according to a memo."),
    ("{name} named to list of fastest growing companies", "{name} won the award for the {m}th time, organisers said."),
    ("How {name} serves {b0}", "A look at how {name}, the {what}, works with {customer}."),
)  # fmt: skip
_OFF_TOPIC: Final = (
    ("Markets close higher as traders weigh rates", "Stocks rose on Thursday. Analysts at {customer} expect more."),
    ("Local team wins derby after late goal", "The striker {label} scored twice in the second half."),
    ("Weather: rain expected in {city2} this weekend", "Showers are forecast, with {label} winds from the west."),
    ("Ten things to do in {city2}", "From museums to the {label} market, our guide to the city."),
)
_PAPERS: Final = ("Reuters", "TechCrunch", "Bloomberg.com", "Business Wire", "Handelsblatt", "PR Newswire", "Forbes",
                  "The Register", "Yahoo Finance", "VentureBeat")  # fmt: skip
_FUNDS: Final = ("Alder Ventures", "Northgate Capital", "Bright Harbor Partners", "Kite Growth")
_AGO: Final = {
    "en": (("min", "mins", "{n} {u} ago"), ("hour", "hours", "{n} {u} ago"), ("day", "days", "{n} {u} ago"),
           ("week", "weeks", "{n} {u} ago"), ("month", "months", "{n} {u} ago")),
    "de": (("Minute", "Minuten", "vor {n} {u}"), ("Stunde", "Stunden", "vor {n} {u}"), ("Tag", "Tagen", "vor {n} {u}"),
           ("Woche", "Wochen", "vor {n} {u}"), ("Monat", "Monaten", "vor {n} {u}")),
    "fr": (("minute", "minutes", "il y a {n} {u}"), ("heure", "heures", "il y a {n} {u}"),
           ("jour", "jours", "il y a {n} {u}"), ("semaine", "semaines", "il y a {n} {u}"),
           ("mois", "mois", "il y a {n} {u}")),
    "es": (("minuto", "minutos", "hace {n} {u}"), ("hora", "horas", "hace {n} {u}"), ("día", "días", "hace {n} {u}"),
           ("semana", "semanas", "hace {n} {u}"), ("mes", "meses", "hace {n} {u}")),
}  # fmt: skip
_MONTHS_EN: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WINDOWS_DAYS: Final = {"h": 1 / 24, "d": 1, "w": 7, "m": 31, "y": 366}
_NO_WORD: Final = re.compile(r"[\W_]+")
_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)


def told(world: World, facts: Facts) -> list[tuple[datetime, dict[str, Any]]]:
    """What the papers have on the company, best first, with the time it appeared."""
    dice, now = world.dice(facts.domain), world.now()
    found: list[tuple[datetime, dict[str, Any]]] = []
    for slot in range(int(dice.roll("press") ** 2 * 6)):
        published, story = _story_at(dice, facts, slot, now)
        found.append((published, story))
        copies = range(int(dice.roll(f"news/{slot}/copies") * 2.6))
        found += [(published + timedelta(hours=1 + copy), _syndicated(story, dice, slot, copy)) for copy in copies]
    for slot in range(dice.whole("off_topic", 0, 2)):
        title, snippet = dice.pick(f"off/{slot}", _OFF_TOPIC)
        found.append((now - timedelta(hours=dice.whole(f"off/{slot}/age", 1, 400)),
                      _item(dice, facts, f"off/{slot}", title, snippet)))  # fmt: skip
    return found


def results(world: World, facts: Facts, language: str, window: str) -> list[dict[str, Any]]:
    """News results for a query about the company, best first; ``window`` is Google's ``qdr:`` form or ""."""
    dice, now = world.dice(facts.domain), world.now()
    oldest = now - timedelta(days=_window_days(window))
    return [
        {**item, "date": _date(now - published, published, language)}
        if dice.roll(f"dated/{item['link']}") > 0.04
        else item
        for published, item in told(world, facts)
        if oldest <= published <= now
    ]


def _story_at(dice: Dice, facts: Facts, slot: int, now: datetime) -> tuple[datetime, dict[str, Any]]:
    """Each slot brings one story per period, so the news moves with the calendar."""
    period_h = 24 * dice.whole(f"news/{slot}/period", 20, 300)
    hour = int((now - _EPOCH).total_seconds() // 3600) + dice.whole(f"news/{slot}/offset", 0, period_h)
    issue, age_h = divmod(hour, period_h)
    whole_hour = now.replace(minute=int(chance(dice.subject, slot) * 60), second=0, microsecond=0)
    published = whole_hour - timedelta(hours=age_h)
    title, snippet = dice.pick(f"news/{slot}/{issue}", _STORIES)
    return min(published, now - timedelta(minutes=2)), _item(dice, facts, f"news/{slot}/{issue}", title, snippet)


def _item(dice: Dice, facts: Facts, key: str, title: str, snippet: str) -> dict[str, Any]:
    first, second, _ = (*facts.buyers, "", "", "")[:3]
    fill = {
        "name": facts.name, "what": facts.what, "does": facts.does, "b0": first, "b1": second or first,
        "city": facts.city[0], "label": facts.domain.partition(".")[0], "m": dice.whole(f"{key}/m", 3, 90),
        "p": dice.whole(f"{key}/p", 5, 30), "round": dice.pick(f"{key}/round", "ABCD"),
        "fund": dice.pick(f"{key}/fund", _FUNDS), "customer": dice.pick(f"{key}/customer", words.CUSTOMERS),
        "other": dice.pick(f"{key}/other", ("Norvane", "Tidemark Systems", "Quillworks", "Osprey Labs")),
        "city2": dice.pick(f"{key}/city", words.CITIES)[0],
    }  # fmt: skip
    paper = dice.pick(f"{key}/paper", _PAPERS)
    headline = title.format(**fill)
    return _published(headline, snippet.format(**fill), paper, dice, key)


def _published(headline: str, snippet: str, paper: str, dice: Dice, key: str) -> dict[str, Any]:
    slug = _NO_WORD.sub("-", headline.lower()).strip("-")
    host = paper.lower().replace(" ", "").removesuffix(".com")
    item = {"title": headline, "link": f"https://www.{host}.com/business/{slug}-{dice.whole(key, 1000, 9999)}"}
    if dice.roll(f"{key}/snippet") > 0.05:
        item["snippet"] = snippet
    item["source"] = paper
    if dice.roll(f"{key}/image") > 0.2:
        item["imageUrl"] = f"https://encrypted-tbn0.gstatic.com/images?q=tbn:{dice.whole(key + '/i', 10**8, 10**9)}&s"
    return item


def _syndicated(story: dict[str, Any], dice: Dice, slot: int, copy: int) -> dict[str, Any]:
    paper = dice.pick(f"news/{slot}/copy/{copy}", _PAPERS)
    title = str(story["title"]) if copy else f"{story['title']} - {paper}"
    return _published(title, str(story.get("snippet", "")), paper, dice, f"news/{slot}/copy/{copy}/x")


def _window_days(window: str) -> float:
    _, _, code = window.partition("qdr:")
    if not code or code[0] not in _WINDOWS_DAYS:
        return 366.0
    return _WINDOWS_DAYS[code[0]] * int(code[1:].split(",")[0] or 1)


def _date(age: timedelta, published: datetime, language: str) -> str:
    forms = _AGO.get(language.partition("-")[0], _AGO["en"])
    minutes = max(1, int(age.total_seconds() // 60))
    if minutes > 60 * 24 * 92:
        return f"{_MONTHS_EN[published.month - 1]} {published.day}, {published.year}"
    unit = sum(minutes >= limit for limit in (60, 1440, 10_080, 43_200))
    one, many, template = forms[unit]
    count = max(1, minutes // (1, 60, 1440, 10_080, 43_200)[unit])
    return template.format(n=count, u=one if count == 1 else many)
