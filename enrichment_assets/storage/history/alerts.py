"""Which alerts have been sent: each event is told once, whichever of our processes noticed it first."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Engine, MetaData, String, Table, delete

from enrichment_assets.storage.database import briefly, insert_into

metadata = MetaData()

alerts = Table(
    "alert",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("sent_at", String(40), nullable=False),
)


class SentAlerts:
    """The alerts of one state database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = insert_into(engine)

    def claim(self, key: str) -> bool:
        """Whether this process is the one to send it."""
        row = {"key": key, "sent_at": datetime.now(UTC).isoformat(timespec="seconds")}
        with briefly(self._engine) as connection:
            done = connection.execute(self._insert(alerts).values(row).on_conflict_do_nothing())
            return bool(done.rowcount)

    def give_back(self, key: str) -> None:
        """It could not be sent: the next who notices may try."""
        with briefly(self._engine) as connection:
            connection.execute(delete(alerts).where(alerts.c.key == key))

    def prune(self, before: datetime) -> int:
        """Forget what was sent before a moment, but never what is younger than a day: somebody may notice it again."""
        moment = min(before, datetime.now(UTC) - timedelta(days=1)).astimezone(UTC).isoformat(timespec="seconds")
        with briefly(self._engine) as connection:
            return connection.execute(delete(alerts).where(alerts.c.sent_at < moment)).rowcount
