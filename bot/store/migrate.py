"""Brings a database's tables up to date, with Alembic."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.store.errors import StoreError

HEAD = "0004"
"""The newest revision. It stands here so that a database that is up to date needs no Alembic to say so."""

_REVISIONS = Path(__file__).parent / "migrations"


def is_current(connection: Connection) -> bool:
    """Whether the tables are those that this program expects."""
    return revision(connection) == HEAD


def revision(connection: Connection) -> str | None:
    """The revision that a database is at; None where it has none of our tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(connection: Connection) -> None:
    """Runs what is missing.

    Takes a connection with a transaction open, which is left to be committed. Raises `StoreError` where
    the tables are a newer version's.
    """
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        # Replicas that start together wait for one another here, and the later ones find it done.
        connection.execute(text("SELECT pg_advisory_xact_lock(4077361)"))
    if (found := revision(connection) or "") > HEAD:
        raise StoreError(
            f"the tables of this database are a newer whatif's (revision {found}, and this one knows {HEAD});"
            " install that version, or name another database with DATABASE_URL"
        )
    config = Config()
    config.set_main_option("script_location", str(_REVISIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
