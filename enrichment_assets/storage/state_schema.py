"""The tables of the state database, as every version of the program has left them."""

from typing import Final

from enrichment_assets.storage.migrations import Schema

STATE: Final = Schema(
    "state",
    (
        (
            """CREATE TABLE IF NOT EXISTS list (
                list_id VARCHAR(16) NOT NULL PRIMARY KEY, source TEXT NOT NULL, companies INTEGER NOT NULL,
                stored_at TEXT NOT NULL)""",
            """CREATE TABLE IF NOT EXISTS list_company (
                list_id VARCHAR(16) NOT NULL, position INTEGER NOT NULL, domain VARCHAR(253) NOT NULL,
                name TEXT NOT NULL, PRIMARY KEY (list_id, position))""",
            """CREATE TABLE IF NOT EXISTS company_name (
                domain VARCHAR(253) NOT NULL PRIMARY KEY, name TEXT NOT NULL)""",
            """CREATE TABLE IF NOT EXISTS claim (
                domain VARCHAR(253) NOT NULL PRIMARY KEY, run_id VARCHAR(64) NOT NULL)""",
            "CREATE INDEX IF NOT EXISTS ix_claim_run_id ON claim (run_id)",
            """CREATE TABLE IF NOT EXISTS live_run (
                run_id VARCHAR(64) NOT NULL PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL,
                heartbeat_at FLOAT NOT NULL)""",
            """CREATE TABLE IF NOT EXISTS push (
                "key" VARCHAR(64) NOT NULL PRIMARY KEY, domain TEXT NOT NULL, destination VARCHAR(16) NOT NULL,
                content_hash VARCHAR(64) NOT NULL, sections TEXT NOT NULL, state VARCHAR(8) NOT NULL,
                owner TEXT NOT NULL, intents INTEGER NOT NULL, updated_at TEXT NOT NULL)""",
            "CREATE INDEX IF NOT EXISTS push_by_company ON push (destination, domain)",
            """CREATE TABLE IF NOT EXISTS submission (
                destination VARCHAR(16) NOT NULL PRIMARY KEY, count INTEGER NOT NULL)""",
        ),
        (
            """CREATE TABLE in_flight (
                domain VARCHAR(253) NOT NULL, run_id VARCHAR(64) NOT NULL, PRIMARY KEY (domain, run_id))""",
            """CREATE TABLE reservation (
                "key" VARCHAR(64) NOT NULL PRIMARY KEY, usd FLOAT NOT NULL, made_at FLOAT NOT NULL)""",
            "CREATE TABLE do_not_enrich (fingerprint VARCHAR(64) NOT NULL PRIMARY KEY, added_at TEXT NOT NULL)",
            """CREATE TABLE do_not_enrich_key (id VARCHAR(1) NOT NULL PRIMARY KEY, "key" TEXT NOT NULL)""",
            """CREATE TABLE found_site (
                name VARCHAR(500) NOT NULL, country VARCHAR(100) NOT NULL, profile VARCHAR(300) NOT NULL,
                domain VARCHAR(253), confidence FLOAT NOT NULL, reason TEXT NOT NULL, candidates TEXT NOT NULL,
                version VARCHAR(16) NOT NULL, asked_at VARCHAR(40) NOT NULL,
                PRIMARY KEY (name, country, profile))""",
        ),
        (
            """CREATE TABLE change (
                domain VARCHAR(253) NOT NULL, artifact VARCHAR(100) NOT NULL, number INTEGER NOT NULL,
                noted_at VARCHAR(40) NOT NULL, run_id VARCHAR(64) NOT NULL, cause VARCHAR(8) NOT NULL,
                data_version_before VARCHAR(16) NOT NULL, data_version VARCHAR(16) NOT NULL, fields TEXT NOT NULL,
                PRIMARY KEY (domain, artifact, number))""",
            "CREATE INDEX change_by_time ON change (noted_at)",
        ),
        (
            """CREATE TABLE label (
                domain VARCHAR(253) NOT NULL, artifact VARCHAR(100) NOT NULL, label VARCHAR(40) NOT NULL,
                note TEXT NOT NULL, given_by VARCHAR(100) NOT NULL, given_at VARCHAR(40) NOT NULL,
                evidence VARCHAR(16) NOT NULL, said TEXT NOT NULL, quotes TEXT NOT NULL,
                PRIMARY KEY (domain, artifact))""",
        ),
        (
            """CREATE TABLE run_input (
                owner VARCHAR(64) NOT NULL PRIMARY KEY, list_id VARCHAR(16), document VARCHAR(16) NOT NULL,
                kept_at VARCHAR(40) NOT NULL)""",
            "CREATE TABLE run_document (hash VARCHAR(16) NOT NULL PRIMARY KEY, content TEXT NOT NULL)",
            """CREATE TABLE company_list (
                "key" VARCHAR(100) NOT NULL PRIMARY KEY, source TEXT NOT NULL, list_id VARCHAR(16) NOT NULL,
                "rows" TEXT NOT NULL, asked TEXT NOT NULL, added_at VARCHAR(40) NOT NULL)""",
            """CREATE TABLE alert ("key" VARCHAR(200) NOT NULL PRIMARY KEY, sent_at VARCHAR(40) NOT NULL)""",
        ),
        (
            "ALTER TABLE live_run ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
            """CREATE TABLE purse (
                purse VARCHAR(120) NOT NULL, run_id VARCHAR(64) NOT NULL, nano BIGINT NOT NULL,
                changed_at FLOAT NOT NULL, PRIMARY KEY (purse, run_id))""",
            """CREATE TABLE provider_account (
                account VARCHAR(64) NOT NULL PRIMARY KEY, provider VARCHAR(100) NOT NULL,
                rate FLOAT, growth FLOAT NOT NULL, in_flight INTEGER, learned_at FLOAT NOT NULL,
                rate_version INTEGER NOT NULL, open_until FLOAT NOT NULL, open_kind VARCHAR(16) NOT NULL,
                open_reason TEXT NOT NULL, open_version INTEGER NOT NULL)""",
            """CREATE TABLE provider_share (
                account VARCHAR(64) NOT NULL, holder VARCHAR(64) NOT NULL, wants FLOAT NOT NULL,
                wants_in_flight INTEGER NOT NULL, share FLOAT NOT NULL, measured FLOAT, in_flight INTEGER NOT NULL,
                expires_at FLOAT NOT NULL, PRIMARY KEY (account, holder))""",
        ),
        (
            """CREATE TABLE slice_result (
                together VARCHAR(64) NOT NULL, run_id VARCHAR(64) NOT NULL, number INTEGER NOT NULL,
                domain VARCHAR(253) NOT NULL, document TEXT NOT NULL, told_at FLOAT NOT NULL,
                PRIMARY KEY (together, run_id, number))""",
        ),
    ),
)
"""Step 1 is what homes from before schema versions have (3d8b09e): there it finds everything in place."""
