"""The limits of provider accounts, shared by all runs on one state database.

Each run leases a part of an account's rate and some of its calls in flight, and renews them every second by the
database's clock; a lease that was not renewed three times is over, and that of a process which is seen to be gone at
once. Whoever wants more than there is gets as much as the others who do. The parts given out never exceed
the whole: what others still hold is not given away before they report, or their lease ends. What one run learns of an
account, and that it is down, the others hear with their next report; what was measured outlives the runs.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, Float, Integer, MetaData, Row, String, Table, Text, delete, select
from sqlalchemy.exc import DBAPIError

from enrichment_assets.core.together.account_shares import Learned, Opened, Report, Share
from enrichment_assets.core.together.process_identity import is_gone, machine, this_process
from enrichment_assets.storage.database import briefly, database_now, insert_into, pages
from enrichment_assets.storage.together.keyed_hash import hash_key, keyed_hash
from enrichment_assets.storage.together.split import split_rate, split_whole

metadata = MetaData()
accounts = Table(
    "provider_account",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("provider", String(100), nullable=False),
    Column("rate", Float),
    Column("growth", Float, nullable=False),
    Column("in_flight", Integer),
    Column("learned_at", Float, nullable=False),
    Column("rate_version", Integer, nullable=False),
    Column("open_until", Float, nullable=False),
    Column("open_kind", String(16), nullable=False),
    Column("open_reason", Text, nullable=False),
    Column("open_version", Integer, nullable=False),
)
shares = Table(
    "provider_share",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("holder", String(64), primary_key=True),
    Column("wants", Float, nullable=False),
    Column("wants_in_flight", Integer, nullable=False),
    Column("share", Float, nullable=False),
    Column("measured", Float),
    Column("in_flight", Integer, nullable=False),
    Column("expires_at", Float, nullable=False),
)
"""``wants``: calls per second, infinite as -1. ``measured``: the account's rate, by what one run was let through."""

LEASE_S: Final = 3.0
"""A run that is gone gives its share back after so long, and one that cannot renew stops using it."""
COUNTED_S: Final = 0.5
"""A run whose share is over counts for so long among those who want one: between turns it is about to report."""
LEARNED_S: Final = 86_400.0
"""What was learned is forgotten when no run has confirmed it for a day."""
TURN_S: Final = 5.0
"""For so long what not all can have belongs to one run: a call in flight, or a call per second."""
ROUNDING: Final = 1e-6
LIMITS_LOCK: Final = 6_702_651_139
"""Key of the advisory lock on Postgres."""
INFINITE: Final = -1.0
MARGIN: Final = 0.985
"""The rate stays so much below the measured one, as a single run's does."""
GROWTH: Final = 0.05
"""Growth per second is this part of what the measurements are apart, divided by their number."""
MAX_GROWTH: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Known:
    """The versions of an account that this run has heard of."""

    rate: int
    opened: int


class AccountLimits:
    """``AccountBook`` in one state database, for one run."""

    lease_s = LEASE_S

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = insert_into(engine)
        self._holder = _holder()
        self._key: bytes | None = None
        self._known: dict[str, _Known] = {}

    def fingerprint(self, provider: str, secret: str) -> str:
        """An account's name."""
        if self._key is None:
            self._key = hash_key(self._engine)
        return keyed_hash(self._key, f"{provider}\n{secret}")

    def exchange(self, reports: list[Report]) -> dict[str, Share]:
        """Report and be told, in one transaction that overlaps no other run's."""
        try:
            return self._exchange(reports)
        except DBAPIError as error:
            raise OSError(f"the limits could not be shared: {error.orig}") from error

    def _exchange(self, reports: list[Report]) -> dict[str, Share]:
        names = sorted(report.account for report in reports)
        with briefly(self._engine, lock=LIMITS_LOCK, synced=False) as connection:
            now = database_now(connection)
            stored = {
                row.account: row for row in connection.execute(select(accounts).where(accounts.c.account.in_(names)))
            }
            live = (shares.c.account.in_(names), shares.c.expires_at > now - COUNTED_S, shares.c.holder != self._holder)
            others: dict[str, list[Row[Any]]] = {}
            for row in connection.execute(select(shares).where(*live).order_by(shares.c.holder)):
                if not _is_gone(row.holder):
                    others.setdefault(row.account, []).append(row)
            given: dict[str, Share] = {}
            known: dict[str, _Known] = {}
            account_rows: list[Mapping[str, Any]] = []
            share_rows: list[Mapping[str, Any]] = []
            for report in sorted(reports, key=lambda report: report.account):
                theirs = others.get(report.account, [])
                mine = self._heard(report, stored.get(report.account), theirs, now)
                known[report.account] = mine.known
                given[report.account], held = self._shared(report, mine, theirs, now)
                share_rows.append(held)
                if mine.changed:
                    account_rows.append(mine.row)
            self._upsert(connection, accounts, account_rows)
            self._upsert(connection, shares, share_rows)
            connection.execute(delete(shares).where(shares.c.expires_at < now - LEASE_S))
        self._known |= known
        return given

    def leave(self) -> None:
        """Give back all shares."""
        with briefly(self._engine, lock=LIMITS_LOCK) as connection:
            connection.execute(delete(shares).where(shares.c.holder == self._holder))

    def _heard(self, report: Report, row: Row[Any] | None, others: Sequence[Row[Any]], now: float) -> "_Heard":
        """What the account is known to be, with this run's news; and the others' news for this run."""
        values = _fresh(report) if row is None else dict(row._mapping)
        if values["learned_at"] < now - LEARNED_S:
            values |= {"rate": None, "in_flight": None}
        known = self._known.get(report.account)
        first = known is None
        if known is None:  # an account that a person has to see to is tried again by whoever starts
            forgiven = values["open_kind"] not in ("", "down")
            known = _Known(0, values["open_version"] if forgiven else 0)
        heard = _Heard(values, known, changed=row is None)
        told, new = report.learned, values["rate_version"] > known.rate
        if report.refused and not new and report.measured is not None:
            rate, growth = _measured(report, values["rate"], others)
            heard.change(rate=rate, growth=growth, learned_at=now, rate_version=values["rate_version"] + 1)
            heard.learned = Learned(rate, growth, values["in_flight"])
        elif (new or first) and (values["rate"] is not None or values["in_flight"] is not None):
            heard.learned = Learned(values["rate"], values["growth"], values["in_flight"])
        elif values["rate"] is not None and (told.rate or report.rate) > values["rate"]:
            heard.change(rate=told.rate, growth=told.growth, learned_at=now)
        if told.in_flight is not None and told.in_flight < (values["in_flight"] or report.in_flight):
            heard.change(in_flight=told.in_flight, learned_at=now)
        if report.opened is not None:
            opened = report.opened
            heard.change(
                open_kind=opened.kind,
                open_until=now + opened.left_s,
                open_reason=opened.reason,
                open_version=values["open_version"] + 1,
            )
        elif values["open_version"] > known.opened:
            left_s = max(0.0, values["open_until"] - now)
            if values["open_kind"] != "down" or left_s:
                heard.opened = Opened(values["open_kind"], left_s, values["open_reason"])
        heard.known = _Known(values["rate_version"], values["open_version"])
        return heard

    def _shared(
        self, report: Report, heard: "_Heard", others: Sequence[Row[Any]], now: float
    ) -> tuple[Share, Mapping[str, Any]]:
        rate = min(report.rate, heard.row["rate"] or report.rate)
        in_flight = min(report.in_flight, heard.row["in_flight"] or report.in_flight)
        wants = INFINITE if report.wants is None else report.wants
        turn, turn_s = int(now // TURN_S), TURN_S - now % TURN_S
        # In the order of their names, in which all of them count.
        before = sum(other.holder < self._holder for other in others)
        rates = [float("inf") if other.wants == INFINITE else other.wants for other in others]
        rates.insert(before, float("inf") if report.wants is None else report.wants)
        parts = split_rate(rate, rates, turn)
        by_turns = 0.0 in parts
        fair = parts[before] / rate
        held = [other for other in others if other.expires_at > now]
        part = max(0.0, min(fair, 1.0 - sum(other.share for other in held)))
        place = sum(part > 0 for part in parts[:before]) / sum(part > 0 for part in parts)
        # The grid of its calls on the database's clock: apart from the others', and never at the end of a turn.
        begun = (now * parts[before] - place - 0.5) % 1.0
        windows = [other.wants_in_flight for other in others]
        windows.insert(before, max(report.wants_in_flight, report.busy))
        places = split_whole(in_flight, windows, turn)
        fair_in_flight = places[before] + (in_flight - sum(places)) // len(places)
        window = max(0, min(fair_in_flight, in_flight - sum(other.in_flight for other in held)))
        row = {
            "account": report.account,
            "holder": self._holder,
            "wants": wants,
            "wants_in_flight": windows[before],
            "share": part,
            "measured": report.measured,
            "in_flight": max(window, report.busy),
            "expires_at": now + (min(LEASE_S, turn_s) if by_turns else LEASE_S),
        }
        short = bool(others) and (part < fair - ROUNDING or window < fair_in_flight)
        ends = turn_s if by_turns else None
        return Share(part, window, heard.learned, heard.opened, short, begun if others else None, ends), row

    def _upsert(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        keys = [column.name for column in table.primary_key]
        for page in pages(rows, 500):
            statement = self._insert(table).values(page)
            values = {name: statement.excluded[name] for name in page[0] if name not in keys}
            connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))


@dataclass(slots=True)
class _Heard:
    row: dict[str, Any]
    known: _Known
    changed: bool = False
    learned: Learned | None = None
    opened: Opened | None = None

    def change(self, **values: Any) -> None:
        self.row |= values
        self.changed = True


def _holder() -> str:
    """A name for one run's shares, from which its machine sees whether the process is still there."""
    mine = this_process()
    return f"{_machine()} {mine.pid} {mine.started} {uuid.uuid4().hex[:8]}"


def _is_gone(holder: str) -> bool:
    where, *rest = holder.split(" ")
    return len(rest) == 3 and where == _machine() and is_gone(f"{machine()} {rest[0]} {rest[1]}")


def _machine() -> str:
    return hashlib.sha256(machine().encode()).hexdigest()[:16]


def _measured(report: Report, rate: float | None, others: Sequence[Row[Any]]) -> tuple[float, float]:
    """The account's rate, and how fast it may grow, now that a run was refused.

    What one run measures is too little where another took its place in the bucket, and that one measures too much: on
    average they are right, and how far they are apart says how sure that is. Alone, a run has done all this by itself.
    """
    told = report.learned
    if not others:
        return told.rate or report.rate, told.growth
    known = [(other.share, other.measured) for other in others if other.measured is not None and other.share > 0]
    known.append((1.0 / (len(others) + 1), report.measured))
    average = sum(part * measured for part, measured in known) / sum(part for part, _ in known)
    apart = max(abs(1.0 - measured / average) for _, measured in known) / len(known)
    return MARGIN * min(average, rate or average), min(MAX_GROWTH, max(told.growth / len(known), GROWTH * apart))


def _fresh(report: Report) -> dict[str, Any]:
    return {
        "account": report.account,
        "provider": report.provider,
        "rate": None,
        "growth": 0.0,
        "in_flight": None,
        "learned_at": 0.0,
        "rate_version": 0,
        "open_until": 0.0,
        "open_kind": "",
        "open_reason": "",
        "open_version": 0,
    }
