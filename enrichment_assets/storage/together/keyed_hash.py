"""Hashes that nobody can try guesses against who has not the whole state: their key lies in the state database."""

import hashlib
import hmac
import secrets

from sqlalchemy import Column, Engine, MetaData, String, Table, Text, select

from enrichment_assets.storage.database import insert_into, transact

metadata = MetaData()
keys = Table(
    "do_not_enrich_key", metadata, Column("id", String(1), primary_key=True), Column("key", Text, nullable=False)
)


def hash_key(engine: Engine) -> bytes:
    """The key of this state, made when it is first asked for."""
    made = insert_into(engine)(keys).values(id="1", key=secrets.token_hex(32)).on_conflict_do_nothing()
    with engine.connect() as connection:
        found = connection.execute(select(keys.c.key)).scalar()
    if found is None:
        transact(engine, lambda connection: connection.execute(made))
        with engine.connect() as connection:
            found = connection.execute(select(keys.c.key)).scalar_one()
    return bytes.fromhex(found)


def keyed_hash(key: bytes, text: str) -> str:
    """HMAC-SHA256 of a text, in hexadecimal."""
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()
