"""Events, messages and the budget: what makes a turn durable."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds the tables and, on PostgreSQL, those of Procrastinate 3.10."""
    op.add_column("conversation", sa.Column("shown", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "event",
        sa.Column("conv", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("accepted", sa.Double, nullable=False),
        sa.Column("due", sa.Double),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    done, undone = (
        ("done", "NOT done") if op.get_bind().dialect.name == "postgresql" else ("done = 1", "done = 0")
    )
    for name, column, which in (
        ("event_now", "accepted", f"{undone} AND due IS NULL"),
        ("event_later", "due", f"{undone} AND due IS NOT NULL"),
        ("event_done", "accepted", done),
    ):
        where = sa.text(which)
        op.create_index(name, "event", [column], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "message",
        sa.Column("conv", sa.Text, primary_key=True),
        sa.Column("pos", sa.BigInteger, primary_key=True),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("not_before", sa.Double, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
    )
    op.create_table(
        "budget", sa.Column("key", sa.Text, primary_key=True), sa.Column("tat", sa.Double, nullable=False)
    )
    if op.get_bind().dialect.name == "postgresql":
        raw = op.get_bind().connection
        raw.cursor().execute(SchemaManager.get_schema())
