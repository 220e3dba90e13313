"""``--until 18:00``: when a run takes no further company."""

from datetime import datetime, timedelta

import click


def moment_to_stop(_context: click.Context, _option: click.Parameter, given: str | None) -> datetime | None:
    """The next time that the clock on the wall shows ``HH:MM``, or a date and time; with its zone."""
    if given is None:
        return None
    now = datetime.now().astimezone()
    try:
        at = datetime.strptime(given.strip(), "%H:%M").time()  # noqa: DTZ007 - the wall's clock
    except ValueError:
        return _moment(given, now)
    today = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def _moment(given: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(given.strip()).astimezone()
    except ValueError:
        raise click.BadParameter(f"{given}: write 18:00, or 2026-11-30T18:00") from None
    if moment <= now:
        raise click.BadParameter(f"{given} is over")
    return moment
