"""The tables of our own store, and the numbered migrations that make them.

A migration that was released is never edited: a change is a new one at the end. Key columns compare byte by byte on
both databases (SQLite's default; ``COLLATE "C"`` on PostgreSQL), so that a prefix is a range.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.errors import UsageError

_LOCK = 0x67726166  # "graf": one migration at a time on PostgreSQL

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE graftsman_inbox (
            seq {serial}, id {text} NOT NULL UNIQUE, event {text} NOT NULL, action {text}, installation BIGINT,
            repository {text}, payload {blob} NOT NULL, received_at {real} NOT NULL,
            state {text} NOT NULL DEFAULT 'pending', error TEXT)""",
        "CREATE INDEX graftsman_inbox_pending ON graftsman_inbox (seq) WHERE state = 'pending'",
        "CREATE INDEX graftsman_inbox_age ON graftsman_inbox (received_at)",
        """CREATE TABLE graftsman_objects (
            kind {text} NOT NULL, key {text} NOT NULL, repository {text} NOT NULL, installation BIGINT NOT NULL,
            wanted BIGINT NOT NULL DEFAULT 1, done BIGINT NOT NULL DEFAULT 0, starts BIGINT NOT NULL DEFAULT 0,
            attempts BIGINT NOT NULL DEFAULT 0, faults BIGINT NOT NULL DEFAULT 0, crashes BIGINT NOT NULL DEFAULT 0,
            next_attempt_at {real} NOT NULL, parked INTEGER NOT NULL DEFAULT 0, cause TEXT, last_error TEXT,
            PRIMARY KEY (kind, key))""",
        """CREATE INDEX graftsman_objects_due ON graftsman_objects (next_attempt_at)
            WHERE wanted > done AND parked = 0""",
        """CREATE TABLE graftsman_leases (
            repository {text} PRIMARY KEY, owner {text} NOT NULL, run {text} NOT NULL, until {real} NOT NULL,
            kind {text} NOT NULL, key {text} NOT NULL)""",
        "CREATE TABLE graftsman_schedules (name {text} PRIMARY KEY, due {real} NOT NULL)",
        """CREATE TABLE graftsman_intents (
            key {text} PRIMARY KEY, state {text} NOT NULL, result TEXT, at {real} NOT NULL)""",
        """CREATE TABLE graftsman_ledger (
            repository {text} NOT NULL, number BIGINT NOT NULL, id {text} NOT NULL, subject {text} NOT NULL,
            event TEXT NOT NULL, previous {text} NOT NULL, hash {text} NOT NULL,
            PRIMARY KEY (repository, number), UNIQUE (repository, id))""",
        "CREATE INDEX graftsman_ledger_subject ON graftsman_ledger (repository, subject, number)",
        """CREATE TABLE graftsman_heads (
            repository {text} PRIMARY KEY, number BIGINT NOT NULL, hash {text} NOT NULL)""",
        """CREATE TABLE graftsman_reports (
            seq {serial}, id {text} NOT NULL UNIQUE, repository {text} NOT NULL, report TEXT NOT NULL)""",
        "CREATE INDEX graftsman_reports_repository ON graftsman_reports (repository, seq)",
        "CREATE TABLE graftsman_memory (key {text} PRIMARY KEY, value TEXT NOT NULL)",
    ),
    (  # what of the ledger git has: a cache, the truth is the trailer of the notes' commit
        "ALTER TABLE graftsman_heads ADD COLUMN noted BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE graftsman_heads ADD COLUMN waiting_since {real}",
        "UPDATE graftsman_heads SET waiting_since = 0 WHERE number > 0",
        """CREATE INDEX graftsman_heads_waiting ON graftsman_heads (waiting_since)
            WHERE waiting_since IS NOT NULL""",
        "CREATE INDEX graftsman_objects_repository ON graftsman_objects (lower(repository))",
    ),
)
_WORDS = {
    "sqlite": {"serial": "INTEGER PRIMARY KEY AUTOINCREMENT", "text": "TEXT", "blob": "BLOB", "real": "REAL"},
    "postgresql": {
        "serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "text": 'TEXT COLLATE "C"',
        "blob": "BYTEA",
        "real": "DOUBLE PRECISION",
    },
}


def _table(table: str, /, **columns: type[sa.types.TypeEngine[Any]]) -> sa.TableClause:
    return sa.table(f"graftsman_{table}", *(sa.column(column, kind) for column, kind in columns.items()))


INBOX = _table(
    "inbox",
    seq=sa.BigInteger,
    id=sa.Text,
    event=sa.Text,
    action=sa.Text,
    installation=sa.BigInteger,
    repository=sa.Text,
    payload=sa.LargeBinary,
    received_at=sa.Double,
    state=sa.Text,
    error=sa.Text,
)
OBJECTS = _table(
    "objects",
    kind=sa.Text,
    key=sa.Text,
    repository=sa.Text,
    installation=sa.BigInteger,
    wanted=sa.BigInteger,
    done=sa.BigInteger,
    starts=sa.BigInteger,
    attempts=sa.BigInteger,
    faults=sa.BigInteger,
    crashes=sa.BigInteger,
    next_attempt_at=sa.Double,
    parked=sa.Integer,
    cause=sa.Text,
    last_error=sa.Text,
)
LEASES = _table("leases", repository=sa.Text, owner=sa.Text, run=sa.Text, until=sa.Double, kind=sa.Text, key=sa.Text)
SCHEDULES = _table("schedules", name=sa.Text, due=sa.Double)
INTENTS = _table("intents", key=sa.Text, state=sa.Text, result=sa.Text, at=sa.Double)
LEDGER = _table(
    "ledger",
    repository=sa.Text,
    number=sa.BigInteger,
    id=sa.Text,
    subject=sa.Text,
    event=sa.Text,
    previous=sa.Text,
    hash=sa.Text,
)
HEADS = _table(
    "heads", repository=sa.Text, number=sa.BigInteger, hash=sa.Text, noted=sa.BigInteger, waiting_since=sa.Double
)
REPORTS = _table("reports", seq=sa.BigInteger, id=sa.Text, repository=sa.Text, report=sa.Text)
MEMORY = _table("memory", key=sa.Text, value=sa.Text)


def migrate(connection: sa.Connection) -> int:
    """Brings the schema up to date inside the caller's transaction; two processes may do so at once.

    The caller's transaction holds SQLite's write lock already; on PostgreSQL an advisory lock is taken. Returns the
    version. Raises ``UsageError`` when the schema is newer than this program.
    """
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    connection.execute(sa.text("CREATE TABLE IF NOT EXISTS graftsman_schema (version BIGINT NOT NULL)"))
    found = connection.execute(sa.text("SELECT max(version) FROM graftsman_schema")).scalar() or 0
    if found > len(MIGRATIONS):
        raise UsageError(f"the store has schema version {found}, this program knows {len(MIGRATIONS)}: upgrade it")
    for version, statements in enumerate(MIGRATIONS[found:], found + 1):
        for statement in statements:
            connection.execute(sa.text(statement.format_map(_WORDS[dialect])))
        connection.execute(sa.text("INSERT INTO graftsman_schema (version) VALUES (:version)"), {"version": version})
    return len(MIGRATIONS)
